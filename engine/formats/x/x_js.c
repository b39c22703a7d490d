/* Lists of accounts in an X archive: following.js, follower.js, block.js, mute.js, with elements
 * {"following":{"accountId":"12","userLink":"..."}} (keys "follower", "blocking", "muting").
 *
 * Happy path: each element that closes is handed over.
 * Failures: an element without a good accountId is skipped and told. What makes the whole file
 * doubtful ends the reading with an error: another kind of file, broken JSON, an end before the
 * list's end. A shortened follower.js must never pass for a whole one, since whoever is missing
 * in it would look like somebody who does not follow back. */
#include "formats/x/x_js.h"

#include "formats/x/x_list.h"
#include "formats/x/x_talk.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

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

static const struct {
    const char *file, *key, *one;
} lists[] = {
    [X_FOLLOWING] = {"following", "following", "followee"},
    [X_FOLLOWER] = {"follower", "follower", "follower"},
    [X_BLOCK] = {"block", "blocking", "blocked account"},
    [X_MUTE] = {"mute", "muting", "muted account"},
};

struct x_js {
    struct reading *reading;
    struct winnow_error *err;
    struct x_list list;
    enum x_accounts wanted; /* X_ANY: X_FOLLOWING or X_FOLLOWER, as the file says */

    /* The element at hand. */
    uint64_t line;
    bool wrapped, has_id;
    char id[X_ID_MAX];
};

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
    if (x->wanted != X_ANY)
        return winnow_fail(x->err, WINNOW_BAD_INPUT, "The file holds %s where \"%s\" must be.",
                           RECORD_SHOW(name, size),
                           by_key ? lists[x->wanted].key : lists[x->wanted].file);
    if (what != NULL)
        return winnow_fail(x->err, WINNOW_BAD_INPUT,
                           "This file of an X archive holds %s; import following.js or "
                           "follower.js, or the whole archive.",
                           what);
    return winnow_fail(
        x->err, WINNOW_BAD_INPUT,
        "This file holds %s, neither \"following\" nor \"follower\"; import following.js "
        "or follower.js of an X archive.",
        RECORD_SHOW(name, size));
}

/* Which of the lists the reader takes that is; X_ANY: none of them. */
static enum x_accounts find_list(const struct x_js *x, struct text name, bool by_key) {
    enum x_accounts last = x->wanted == X_ANY ? X_FOLLOWER : x->wanted;
    for (unsigned i = x->wanted == X_ANY ? X_FOLLOWING : x->wanted; i <= last; i++) {
        const char *known = by_key ? lists[i].key : lists[i].file;
        if (strlen(known) == name.size && memcmp(known, name.at, name.size) == 0)
            return (enum x_accounts)i;
    }
    return X_ANY;
}

static void take_id(struct x_js *x, enum pull_kind kind) {
    struct record *record = &x->reading->record;
    struct text id = x->list.json.text;
    if (kind != PULL_TEXT)
        record_fail(record, "\"accountId\" is %s; expected an id as text.", pull_kind_name(kind));
    else if (!x_is_id(id.at, id.size))
        record_fail(record, "\"accountId\" is %s; expected 1 to %d digits.",
                    RECORD_SHOW(id.at, id.size), X_ID_MAX);
    else if (x->has_id)
        record_fail(record, "\"accountId\" stands there twice.");
    else {
        memcpy(x->id, id.at, id.size);
        facts_set_text(&record->facts, FACT_ID, x->id, id.size);
    }
    x->has_id = true;
}

static int read_account(struct x_js *x) {
    struct json_pull *json = &x->list.json;
    int more;
    while ((more = pull_key(json)) == 1) {
        if (!pull_text_is(json, "accountId")) {
            x->reading->counts->unknown_keys += !pull_text_is(json, "userLink");
            if (pull_pass(json) != 0)
                return -1;
            continue;
        }
        enum pull_kind kind = pull_value(json);
        take_id(x, kind);
        if (pull_skip(json, kind) != 0)
            return -1;
    }
    return more;
}

/* Of a single file: what it says must be what the user says. */
static int check_as(struct x_js *x, enum x_accounts file) {
    if (x->wanted != X_ANY)
        return 0;
    return reading_relation(x->reading,
                            file == X_FOLLOWER ? ROSTER_LIST_FOLLOWERS : ROSTER_LIST_FOLLOWING,
                            "a list of an X archive", x->err);
}

/* The key around an element: it says what the file is, and that must not change half-way. */
static int take_wrapper(struct x_js *x, enum x_accounts *file) {
    struct text key = x->list.json.text;
    enum x_accounts found = find_list(x, key, true);
    if (found == X_ANY)
        return fail_other_file(x, key.at, key.size, true);
    if (x->wrapped)
        record_fail(&x->reading->record, "The element holds more than one account.");
    x->wrapped = true;
    if (*file != X_ANY && *file != found)
        return winnow_fail(x->err, WINNOW_BAD_INPUT,
                           "Line %" PRIu64 ": a %s among the elements of %s.js; the file was put "
                           "together from two.",
                           pull_line(&x->list.json), lists[found].one, lists[*file].file);
    if (*file == X_ANY && check_as(x, found) != 0)
        return -1;
    *file = found;
    return 0;
}

static int read_element(struct x_js *x, enum x_accounts *file) {
    struct json_pull *json = &x->list.json;
    struct record *record = &x->reading->record;
    int more;
    while ((more = pull_key(json)) == 1) {
        if (take_wrapper(x, file) != 0)
            return -1;
        enum pull_kind kind = pull_value(json);
        if (kind != PULL_OBJECT && kind != PULL_FAILED)
            record_fail(record, "The element is %s; expected an object with an accountId.",
                        pull_kind_name(kind));
        if ((kind == PULL_OBJECT ? read_account(x) : pull_skip(json, kind)) != 0)
            return x_list_fail(&x->list);
    }
    return more == 0 ? 0 : x_list_fail(&x->list);
}

static int deliver(struct x_js *x, enum x_accounts file) {
    struct record *record = &x->reading->record;
    enum roster_relation relation = file == X_FOLLOWER    ? ROSTER_FOLLOWER
                                    : file == X_FOLLOWING ? ROSTER_FOLLOWEE
                                                          : ROSTER_OTHER;
    if (!x->wrapped)
        record_fail(record, "The element is empty.");
    else if (!x->has_id)
        record_fail(record, "The element has no accountId.");
    if (file == X_FOLLOWER)
        facts_set_flag(&record->facts, FACT_FOLLOWS_ME, true);
    return reading_deliver(x->reading, relation, x->line, x->err);
}

static int read_list(struct x_js *x, enum x_accounts file) {
    struct json_pull *json = &x->list.json;
    int more;
    while ((more = x_list_next(&x->list)) == 1) {
        enum pull_kind kind = pull_value(json);
        if (kind == PULL_FAILED)
            return x_list_fail(&x->list);
        x->line = pull_line(json);
        if (kind != PULL_OBJECT)
            return winnow_fail(x->err, WINNOW_BAD_INPUT,
                               "Line %" PRIu64 ": the list holds %s; expected objects such as "
                               "{\"following\":{\"accountId\":\"12\"}}.",
                               x->line, pull_kind_name(kind));
        x->wrapped = x->has_id = false;
        record_clear(&x->reading->record, x->id, sizeof x->id);
        if (read_element(x, &file) != 0 || deliver(x, file) != 0)
            return -1;
        x->reading->elements++;
    }
    return more;
}

bool x_js_is_head(const char *at, size_t size) {
    return size >= 7 && memcmp(at, "window.", 7) == 0;
}

int x_accounts_read(struct reading *r, enum x_accounts wanted, struct winnow_error *err) {
    struct x_js x = {.reading = r, .err = err, .wanted = wanted};
    r->elements = 0;
    if (x_list_open(&x.list, &r->lines, err) != 0)
        return -1;
    struct text name = {x.list.name, (uint32_t)strlen(x.list.name)};
    enum x_accounts file = name.size > 0 ? find_list(&x, name, false) : wanted;
    if (name.size > 0 && file == X_ANY)
        return fail_other_file(&x, name.at, name.size, false);
    if (file != X_ANY && check_as(&x, file) != 0)
        return -1;
    return read_list(&x, file);
}

/* "window.YTD.NAME.part0": the name, empty when there is none. */
static struct text head_name(const char *at, size_t size) {
    static const char start[] = "window.YTD.";
    if (size < sizeof start - 1 || memcmp(at, start, sizeof start - 1) != 0)
        return (struct text){"", 0};
    at += sizeof start - 1;
    size -= sizeof start - 1;
    const char *stop = memchr(at, '.', size);
    return (struct text){at, stop != NULL ? (uint32_t)(stop - at) : 0};
}

int x_js_read(struct reading *r, struct winnow_error *err) {
    const char *at = NULL;
    size_t size = 0;
    if (lines_peek(&r->lines, &at, &size, err) != 0)
        return -1;
    enum x_talk_kind kind = x_talk_kind_of(head_name(at, size));
    r->counts->form = "a list of an X archive";
    return kind != X_TALK_NONE && r->options->talked != NULL
               ? x_talk_read(r, kind, r->options->talked, err)
               : x_accounts_read(r, X_ANY, err);
}
