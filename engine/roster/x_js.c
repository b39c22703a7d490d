/* following.js and follower.js of an X archive: `window.YTD.following.part0 = [` and then elements
 * {"following":{"accountId":"12","userLink":"..."}} (key "follower" in the other file).
 *
 * Happy path: the name in front of the '[' is read and checked, then chunks go to yajl, and each
 * element that closes is handed over; its line is counted along.
 * Failures: an element without a good accountId is skipped and told. What makes the whole file
 * doubtful ends the reading with an error: another kind of file, broken JSON, an end before the
 * list's end. A shortened follower.js must never pass for a whole one, since whoever is missing
 * in it would look like somebody who does not follow back. */
#include "roster/reading.h"

#include "roster/x_js.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#define X_HEAD_MAX   256
#define X_CHUNK_SIZE 65536u
#define X_DEPTH_MAX  32
#define X_ID_MAX     19 /* digits of an id on X */

/* What else an archive holds: the file's name, the elements' key, and what it is. */
static const struct {
    const char *file, *key, *what;
} others[] = {
    {"block", "blocking", "the accounts you have blocked"},
    {"mute", "muting", "the accounts you have muted"},
    {"tweets", "tweet", "your posts"},
    {"tweet", "tweet", "your posts"},
    {"deleted_tweets", "tweet", "your deleted posts"},
    {"like", "like", "your likes"},
    {"direct_message_headers", "dmConversation", "your direct messages"},
    {"direct_messages", "dmConversation", "your direct messages"},
    {"account", "account", "your own account"},
};

struct x_js {
    struct reading *reading;
    struct winnow_error *err;
    yajl_handle yajl; /* owned */
    char head[X_HEAD_MAX];
    size_t head_size;
    bool in_list, list_ended;
    int depth; /* of open objects and lists, the outermost list being 1 */

    enum roster_relation file_relation;
    bool file_known; /* by the head; a bare list has none */

    /* Where the chunk at hand stands. */
    const char *chunk;
    size_t counted; /* newlines of the chunk are counted up to here */
    uint64_t line;
    uint64_t unfinished; /* bytes given to yajl since the last element ended */
    uint64_t elements;   /* whole ones, bad ones included */

    /* The element at hand. */
    uint64_t element_line;
    enum roster_relation relation;
    bool wrapped, at_id, has_id;
    char id[X_ID_MAX];
    bool stopped; /* `err` is filled */
};

static int x_stop(struct x_js *x) {
    x->stopped = true;
    return 0;
}

/* Count the newlines up to where yajl stands now. */
static void line_follow(struct x_js *x, size_t position) {
    for (; x->counted < position; x->counted++)
        x->line += x->chunk[x->counted] == '\n';
}

static const char *what_is(const char *name, size_t size, bool by_key) {
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        const char *known = by_key ? others[i].key : others[i].file;
        if (strlen(known) == size && memcmp(known, name, size) == 0)
            return others[i].what;
    }
    return NULL;
}

static int fail_other_file(struct x_js *x, const char *name, size_t size, bool by_key) {
    const char *what = what_is(name, size, by_key);
    if (what != NULL)
        winnow_fail(x->err, WINNOW_BAD_INPUT,
                    "This file of an X archive holds %s; import following.js or follower.js.",
                    what);
    else
        winnow_fail(
            x->err, WINNOW_BAD_INPUT,
            "This file holds %s, neither \"following\" nor \"follower\"; import following.js "
            "or follower.js of an X archive.",
            RECORD_SHOW(name, size));
    return x_stop(x);
}

static bool relation_of(const char *name, size_t size, enum roster_relation *relation) {
    bool following = size == 9 && memcmp(name, "following", 9) == 0;
    bool follower = size == 8 && memcmp(name, "follower", 8) == 0;
    *relation = follower ? ROSTER_FOLLOWER : ROSTER_FOLLOWEE;
    return following || follower;
}

static int element_stray(struct x_js *x, const char *found) {
    if (x->depth == 1) {
        winnow_fail(x->err, WINNOW_BAD_INPUT,
                    "Line %" PRIu64 ": the list holds %s; expected objects such as "
                    "{\"following\":{\"accountId\":\"12\"}}.",
                    x->line, found);
        return x_stop(x);
    }
    if (x->depth == 2)
        record_fail(&x->reading->record, "The element is %s; expected an object with an accountId.",
                    found);
    else if (x->at_id)
        record_fail(&x->reading->record, "\"accountId\" is %s; expected an id as text.", found);
    return 1;
}

static int on_scalar(struct x_js *x, const char *found) {
    line_follow(x, yajl_get_bytes_consumed(x->yajl));
    int on = x->depth <= 3 ? element_stray(x, found) : 1;
    x->at_id = false;
    return on;
}

static int on_null(void *context) {
    return on_scalar(context, "null");
}

static int on_boolean(void *context, int yes) {
    return on_scalar(context, yes ? "true" : "false");
}

static int on_number(void *context, const char *at, size_t size) {
    (void)at;
    (void)size;
    return on_scalar(context, "a number");
}

static bool is_id(const char *at, size_t size) {
    if (size == 0 || size > X_ID_MAX)
        return false;
    for (size_t i = 0; i < size; i++)
        if (at[i] < '0' || at[i] > '9')
            return false;
    return true;
}

static int on_string(void *context, const unsigned char *text, size_t size) {
    struct x_js *x = context;
    const char *at = (const char *)text;
    if (x->depth != 3 || !x->at_id)
        return on_scalar(x, "text");
    struct record *record = &x->reading->record;
    x->at_id = false;
    if (!is_id(at, size)) {
        record_fail(record, "\"accountId\" is %s; expected 1 to %d digits.", RECORD_SHOW(at, size),
                    X_ID_MAX);
        return 1;
    }
    if (x->has_id)
        record_fail(record, "\"accountId\" stands there twice.");
    x->has_id = true;
    memcpy(x->id, at, size);
    facts_set_text(&record->facts, FACT_ID, x->id, size);
    return 1;
}

static void element_start(struct x_js *x) {
    line_follow(x, yajl_get_bytes_consumed(x->yajl));
    x->element_line = x->line;
    x->wrapped = x->at_id = x->has_id = false;
    record_clear(&x->reading->record, x->id, sizeof x->id);
}

static int element_end(struct x_js *x) {
    struct record *record = &x->reading->record;
    if (!x->wrapped)
        record_fail(record, "The element is empty.");
    else if (!x->has_id)
        record_fail(record, "The element has no accountId.");
    if (x->relation == ROSTER_FOLLOWER)
        facts_set_flag(&record->facts, FACT_FOLLOWS_ME, true);
    x->elements++;
    x->unfinished = 0;
    if (reading_deliver(x->reading, x->relation, x->element_line, x->err) != 0)
        return x_stop(x);
    return 1;
}

static int go_deeper(struct x_js *x) {
    if (x->depth < X_DEPTH_MAX) {
        x->depth++;
        return 1;
    }
    winnow_fail(x->err, WINNOW_BAD_INPUT, "Line %" PRIu64 " is nested more than %d deep.", x->line,
                X_DEPTH_MAX);
    return x_stop(x);
}

static int on_start_map(void *context) {
    struct x_js *x = context;
    if (x->depth == 1)
        element_start(x);
    else if (x->depth == 3 && x->at_id)
        on_scalar(x, "an object");
    return go_deeper(x);
}

static int on_start_array(void *context) {
    struct x_js *x = context;
    if (x->depth > 0 && x->depth <= 3 && on_scalar(x, "a list") == 0)
        return 0;
    return go_deeper(x);
}

/* The key around an element: it says what the file is, and that must not change half-way. */
static int on_wrapper(struct x_js *x, const char *key, size_t size) {
    if (!relation_of(key, size, &x->relation))
        return fail_other_file(x, key, size, true);
    if (x->wrapped)
        record_fail(&x->reading->record, "The element holds more than one account.");
    if (x->file_known && x->relation != x->file_relation) {
        winnow_fail(x->err, WINNOW_BAD_INPUT,
                    "Line %" PRIu64 ": a %s among the elements of %s.js; the file was put together "
                    "from two.",
                    x->line, x->relation == ROSTER_FOLLOWER ? "follower" : "followee",
                    x->file_relation == ROSTER_FOLLOWER ? "follower" : "following");
        return x_stop(x);
    }
    x->file_relation = x->relation;
    x->file_known = true;
    x->wrapped = true;
    return 1;
}

static int on_key(void *context, const unsigned char *text, size_t size) {
    struct x_js *x = context;
    const char *key = (const char *)text;
    if (x->depth == 2)
        return on_wrapper(x, key, size);
    if (x->depth != 3)
        return 1;
    x->at_id = size == 9 && memcmp(key, "accountId", 9) == 0;
    bool known = x->at_id || (size == 8 && memcmp(key, "userLink", 8) == 0);
    x->reading->counts->unknown_keys += !known;
    return 1;
}

static int on_end(void *context) {
    struct x_js *x = context;
    x->depth--;
    x->list_ended = x->depth == 0;
    return x->depth == 1 ? element_end(x) : 1;
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_boolean,
    .yajl_number = on_number,
    .yajl_string = on_string,
    .yajl_start_map = on_start_map,
    .yajl_map_key = on_key,
    .yajl_end_map = on_end,
    .yajl_start_array = on_start_array,
    .yajl_end_array = on_end,
};

bool x_js_is_head(const char *at, size_t size) {
    return size >= 7 && memcmp(at, "window.", 7) == 0;
}

/* What stands in front of the list must be the name of one of the two files. */
static int head_check(struct x_js *x) {
    size_t size = x->head_size;
    while (size > 0 && strchr(" \t\r\n=", x->head[size - 1]) != NULL)
        size--;
    if (size == 0)
        return 0;
    static const char start[] = "window.YTD.";
    const size_t start_size = sizeof start - 1;
    const char *name = x->head + start_size;
    const char *stop = size > start_size ? memchr(name, '.', size - start_size) : NULL;
    if (stop == NULL || memcmp(x->head, start, start_size) != 0) {
        winnow_fail(x->err, WINNOW_BAD_INPUT,
                    "The file begins with %s; following.js of an X archive begins with "
                    "\"window.YTD.following.part0 = [\".",
                    RECORD_SHOW(x->head, size));
        return -1;
    }
    size_t name_size = (size_t)(stop - name);
    x->file_known = true;
    if (relation_of(name, name_size, &x->file_relation))
        return 0;
    fail_other_file(x, name, name_size, false);
    return -1;
}

/* Take bytes up to the '[', which is left for yajl. */
static int head_feed(struct x_js *x, struct text *chunk) {
    while (chunk->size > 0 && chunk->at[0] != '[') {
        char c = chunk->at[0];
        bool is_space = strchr(" \t\r\n", c) != NULL;
        x->line += c == '\n';
        chunk->at++;
        chunk->size--;
        if (is_space && x->head_size == 0)
            continue;
        if (x->head_size == sizeof x->head || c == '{' || c == '\0')
            return winnow_fail(x->err, WINNOW_BAD_INPUT,
                               "There is no list in the file; following.js of an X archive begins "
                               "with \"window.YTD.following.part0 = [\".");
        x->head[x->head_size++] = c;
    }
    x->in_list = chunk->size > 0;
    return x->in_list ? head_check(x) : 0;
}

static int fail_json(struct x_js *x) {
    unsigned char *text = yajl_get_error(x->yajl, 0, NULL, 0);
    const char *words = text != NULL ? strstr((const char *)text, ": ") : NULL;
    words = words != NULL ? words + 2 : "it cannot be understood\n";
    line_follow(x, yajl_get_bytes_consumed(x->yajl));
    winnow_fail(x->err, WINNOW_BAD_INPUT,
                "Line %" PRIu64 " is not JSON (%.*s), after %" PRIu64
                " whole elements; get the archive again.",
                x->line, (int)strcspn(words, ".\n"), words, x->elements);
    if (text != NULL)
        yajl_free_error(x->yajl, text);
    return -1;
}

static int list_feed(struct x_js *x, struct text *chunk) {
    x->chunk = chunk->at;
    x->counted = 0;
    x->unfinished += chunk->size;
    yajl_status status = yajl_parse(x->yajl, (const unsigned char *)chunk->at, (size_t)chunk->size);
    if (x->stopped)
        return -1;
    if (status != yajl_status_ok)
        return fail_json(x);
    size_t taken = x->list_ended ? yajl_get_bytes_consumed(x->yajl) : chunk->size;
    line_follow(x, taken);
    *chunk = (struct text){chunk->at + taken, (uint32_t)(chunk->size - taken)};
    if (x->unfinished > ROSTER_LINE_MAX + X_CHUNK_SIZE)
        return winnow_fail(x->err, WINNOW_BAD_INPUT,
                           "Line %" PRIu64 ": an element is longer than %u bytes, after %" PRIu64
                           " whole elements.",
                           x->line, ROSTER_LINE_MAX, x->elements);
    return 0;
}

static int tail_feed(struct x_js *x, const struct text *chunk) {
    for (uint32_t i = 0; i < chunk->size; i++) {
        x->line += chunk->at[i] == '\n';
        if (chunk->at[i] == '\0' || strchr(" \t\r\n;", chunk->at[i]) == NULL)
            return winnow_fail(x->err, WINNOW_BAD_INPUT,
                               "Line %" PRIu64 ": there is more behind the end of the list.",
                               x->line);
    }
    return 0;
}

static int chunk_feed(struct x_js *x, struct text chunk) {
    if (!x->in_list && head_feed(x, &chunk) != 0)
        return -1;
    if (x->in_list && !x->list_ended && list_feed(x, &chunk) != 0)
        return -1;
    return x->list_ended ? tail_feed(x, &chunk) : 0;
}

static int end_check(struct x_js *x) {
    if (x->list_ended)
        return 0;
    if (!x->in_list)
        return winnow_fail(x->err, WINNOW_BAD_INPUT,
                           "The file ends before its list begins; get the archive again.");
    return winnow_fail(x->err, WINNOW_BAD_INPUT,
                       "The file ends in the middle of line %" PRIu64 ", after %" PRIu64
                       " whole elements; get the archive again.",
                       x->line, x->elements);
}

static int chunks_read(struct x_js *x) {
    struct text chunk;
    int got = 0;
    while ((got = lines_chunk(&x->reading->lines, X_CHUNK_SIZE, &chunk, x->err)) > 0)
        if (chunk_feed(x, chunk) != 0)
            return -1;
    return got < 0 ? -1 : end_check(x);
}

int x_js_read(struct reading *r, struct winnow_error *err) {
    struct x_js x = {.reading = r, .err = err, .line = 1};
    x.yajl = yajl_alloc(&callbacks, NULL, &x);
    if (x.yajl == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "There is no memory for reading JSON.");
    yajl_config(x.yajl, yajl_allow_trailing_garbage, 1);
    int result = chunks_read(&x);
    yajl_free(x.yajl);
    return result;
}
