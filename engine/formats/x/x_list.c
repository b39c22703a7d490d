/* The list in a file of an X archive: see x_list.h. Happy path: the name in front of the '[' is
 * read, the elements are pulled by the caller, and behind the ']' nothing but white space and ';'
 * is found. Fails with a sentence that names the line and how many elements were whole. */
#include "formats/x/x_list.h"

#include "formats/base/record.h"

#include <inttypes.h>
#include <string.h>

#define HEAD_MAX 256

#define NO_LIST                                                                                    \
    "There is no list in the file; following.js of an X archive begins with "                      \
    "\"window.YTD.following.part0 = [\"."

bool x_is_id(const char *at, size_t size) {
    if (size == 0 || size > X_ID_MAX || (at[0] == '0' && size > 1))
        return false;
    for (size_t i = 0; i < size; i++)
        if (at[i] < '0' || at[i] > '9')
            return false;
    return true;
}

int x_list_fail(struct x_list *x) {
    struct json_pull *p = &x->json;
    const char *fault = p->fault != NULL ? p->fault : "it cannot be understood";
    uint64_t whole = x->elements - x->in_element;
    if (p->unreadable)
        return -1;
    if (strncmp(fault, "it ends", 7) == 0)
        return winnow_fail(x->err, WINNOW_BAD_INPUT,
                           "The file ends in the middle of line %" PRIu64 ", after %" PRIu64
                           " whole elements; get the archive again.",
                           pull_line(p), whole);
    if (strcmp(fault, json_pull_too_deep) == 0)
        return winnow_fail(x->err, WINNOW_BAD_INPUT,
                           "Line %" PRIu64 " is nested more than %d deep.", pull_line(p),
                           JSON_PULL_DEPTH);
    return winnow_fail(x->err, WINNOW_BAD_INPUT,
                       "Line %" PRIu64 " is not JSON (%s), after %" PRIu64
                       " whole elements; get the archive again.",
                       pull_line(p), fault, whole);
}

/* "window.YTD.NAME.part0 =": take the name. */
static int head_name(struct x_list *x, const char *head, size_t size) {
    static const char start[] = "window.YTD.";
    const size_t start_size = sizeof start - 1;
    while (size > 0 && strchr(" \t\r\n=", head[size - 1]) != NULL)
        size--;
    if (size == 0)
        return 0;
    const char *name = head + start_size;
    const char *stop = size > start_size ? memchr(name, '.', size - start_size) : NULL;
    size_t name_size = stop != NULL ? (size_t)(stop - name) : 0;
    if (name_size == 0 || name_size >= sizeof x->name || memcmp(head, start, start_size) != 0)
        return winnow_fail(x->err, WINNOW_BAD_INPUT,
                           "The file begins with %s; following.js of an X archive begins with "
                           "\"window.YTD.following.part0 = [\".",
                           RECORD_SHOW(head, size));
    memcpy(x->name, name, name_size);
    x->name[name_size] = '\0';
    return 0;
}

static int read_head(struct x_list *x) {
    struct json_pull *p = &x->json;
    char head[HEAD_MAX];
    size_t size = 0;
    for (char c = pull_look(p); c != '['; c = pull_peek(p)) {
        if (p->unreadable)
            return -1;
        if (c == '\0' && p->fault == NULL)
            return winnow_fail(x->err, WINNOW_BAD_INPUT,
                               "The file ends before its list begins; get the archive again.");
        if (c == '\0' || c == '{' || size == sizeof head)
            return winnow_fail(x->err, WINNOW_BAD_INPUT, NO_LIST);
        head[size++] = c;
        p->at++;
    }
    return head_name(x, head, size);
}

int x_list_open(struct x_list *x, struct lines *lines, struct winnow_error *err) {
    x->err = err;
    x->elements = 0;
    x->in_element = false;
    x->name[0] = '\0';
    pull_start(&x->json, lines, err);
    if (read_head(x) != 0)
        return -1;
    return pull_value(&x->json) == PULL_LIST ? 0 : x_list_fail(x);
}

static int read_tail(struct x_list *x) {
    struct json_pull *p = &x->json;
    char c = pull_look(p);
    for (; c == ';'; c = pull_look(p))
        p->at++;
    if (p->unreadable)
        return -1;
    if (c == '\0' && p->fault == NULL)
        return 0;
    return winnow_fail(x->err, WINNOW_BAD_INPUT,
                       "Line %" PRIu64 ": there is more behind the end of the list.", pull_line(p));
}

int x_list_next(struct x_list *x) {
    x->in_element = false;
    int result = pull_item(&x->json);
    if (result == 0)
        return read_tail(x);
    if (result < 0)
        return x_list_fail(x);
    /* One comma more than elements stands here: the fault comes with the value. */
    x->elements++;
    x->in_element = true;
    return 1;
}
