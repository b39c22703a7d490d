/* Users in JSON, as programs save them: what `gh api --paginate user/following` prints (arrays, one
 * behind the other, or an array of arrays), what web exporters save, answers of X's or Mastodon's
 * API, and Sharkey's {"host":"...","followings":["alice@a.example"]}.
 *
 * Happy path: whatever lists stand in the file are gone through; each object in them is a user, by
 * the names that the platforms' own interfaces have for id, handle and counts, and each text is an
 * id or a handle.
 * Failures: a user without id and handle, or with one of the wrong kind, is skipped and told.
 * Broken JSON, and a list of which nobody says whom it lists, end the reading. */
#include "formats/lists/users_json.h"

#include "core/base/utf8.h"
#include "formats/base/json_pull.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define HEAD_MAX  4096u
#define DEPTH_MAX 6 /* of lists in lists and in objects */

/* Of each fact the name with the highest rank counts. */
static const struct {
    const char *key;
    enum fact_id fact;
    int rank;
} keys[] = {
    {"id_str", FACT_ID, 3},
    {"did", FACT_ID, 3},
    {"rest_id", FACT_ID, 2},
    {"id", FACT_ID, 1},
    {"user_id", FACT_ID, 1},
    {"accountId", FACT_ID, 1},
    {"screen_name", FACT_HANDLE, 3},
    {"acct", FACT_HANDLE, 3},
    {"login", FACT_HANDLE, 3},
    {"handle", FACT_HANDLE, 3},
    {"username", FACT_HANDLE, 2},
    {"userName", FACT_HANDLE, 2},
    {"display_name", FACT_NAME, 2},
    {"displayName", FACT_NAME, 2},
    {"name", FACT_NAME, 1},
    {"followers_count", FACT_FOLLOWERS, 1},
    {"followersCount", FACT_FOLLOWERS, 1},
    {"friends_count", FACT_FOLLOWING, 1},
    {"following_count", FACT_FOLLOWING, 1},
    {"followsCount", FACT_FOLLOWING, 1},
    {"statuses_count", FACT_POSTS, 1},
    {"postsCount", FACT_POSTS, 1},
};
#define KEYS (sizeof keys / sizeof keys[0])

/* Lists of users within an object, and whom they list. */
static const struct {
    const char *key;
    enum roster_list list;
} lists[] = {
    {"data", ROSTER_LIST_UNSAID},
    {"users", ROSTER_LIST_UNSAID},
    {"followings", ROSTER_LIST_FOLLOWING},
    {"followers", ROSTER_LIST_FOLLOWERS},
};
#define LISTS (sizeof lists / sizeof lists[0])

struct user_text {
    char at[JSON_PULL_TEXT_MAX];
    uint32_t size;
    int rank; /* 0: not told */
};

struct users {
    struct reading *reading;
    struct json_pull json;
    struct winnow_error *err;
    bool told; /* whom the lists are of */
    enum roster_list says;

    /* The user at hand. */
    struct user_text texts[FACT_NAME + 1];
};

static int fail_json(struct users *u) {
    const struct json_pull *p = &u->json;
    if (p->unreadable)
        return -1;
    return winnow_fail(u->err, WINNOW_BAD_INPUT, "Line %" PRIu64 " is not JSON (%s).",
                       pull_line(&u->json),
                       p->fault != NULL ? p->fault : "it cannot be understood");
}

static int deliver(struct users *u, uint64_t line) {
    struct reading *r = u->reading;
    if (!u->told && reading_relation(r, u->says, "a list of users in JSON", u->err) != 0)
        return -1;
    u->told = true;
    return reading_deliver(r, r->relation, line, u->err);
}

static bool wrong(struct users *u, const char *key, enum pull_kind kind) {
    struct text found = u->json.text;
    return record_fail(&u->reading->record, "\"%s\" is %s.", key,
                       kind == PULL_TEXT || kind == PULL_NUMBER ? RECORD_SHOW(found.at, found.size)
                                                                : pull_kind_name(kind));
}

static void take_count(struct users *u, size_t i, enum pull_kind kind) {
    int64_t value = 0;
    struct text text = u->json.text;
    if (kind == PULL_NUMBER && record_read_number(text.at, text.size, &value))
        facts_set_value(&u->reading->record.facts, keys[i].fact, value);
}

static void take_text(struct users *u, size_t i, enum pull_kind kind) {
    struct json_pull *p = &u->json;
    struct user_text *to = &u->texts[keys[i].fact];
    bool is_id = keys[i].fact == FACT_ID;
    bool good = kind == PULL_TEXT || (is_id && kind == PULL_NUMBER && record_is_digits(p->text));
    if (kind == PULL_NULL || keys[i].rank <= to->rank)
        return;
    if (!good || p->cut) {
        if (keys[i].fact != FACT_NAME)
            wrong(u, keys[i].key, kind);
        return;
    }
    memcpy(to->at, p->text.at, p->text.size);
    to->size = p->text.size;
    to->rank = keys[i].rank;
}

/* The text was JSON's, so what was half of a surrogate pair is U+FFFD, which no name has. */
static void set_texts(struct users *u) {
    struct record *record = &u->reading->record;
    for (int fact = FACT_ID; fact <= FACT_NAME; fact++) {
        const struct user_text *t = &u->texts[fact];
        if (t->rank == 0)
            continue;
        if (fact != FACT_NAME && memmem(t->at, t->size, "\xEF\xBF\xBD", 3) != NULL)
            record_fail(record, "\"%s\" holds half of a surrogate pair.", fact_names[fact]);
        else
            record_set_text(record, (enum fact_id)fact, t->at, t->size);
    }
}

static void user_start(struct users *u) {
    record_clear(&u->reading->record, "", 0);
    for (int fact = FACT_ID; fact <= FACT_NAME; fact++)
        u->texts[fact].rank = 0;
}

static int read_value(struct users *u, int depth);

static int read_list(struct users *u, int depth) {
    int more;
    if (depth == DEPTH_MAX)
        return winnow_fail(u->err, WINNOW_BAD_INPUT, "Line %" PRIu64 ": lists within lists.",
                           pull_line(&u->json));
    while ((more = pull_item(&u->json)) == 1)
        if (read_value(u, depth + 1) != 0)
            return -1;
    return more == 0 ? 0 : fail_json(u);
}

/* What an object says of a list in it holds for that list alone. */
static int read_named_list(struct users *u, enum roster_list list, int depth) {
    enum roster_list before = u->says;
    if (list == ROSTER_LIST_UNSAID)
        return read_list(u, depth);
    u->reading->counts->never_whole =
        "in Sharkey's form, which leaves out whom the account has muted and who has long been idle";
    u->says = list;
    u->told = false;
    int result = read_list(u, depth);
    u->says = before;
    u->told = false;
    return result;
}

/* 1: a list of users stood there and was read; 0: the member was taken, or passed. */
static int read_member(struct users *u, int depth) {
    struct json_pull *p = &u->json;
    size_t list = 0;
    size_t i = 0;
    while (list < LISTS && !pull_text_is(p, lists[list].key))
        list++;
    while (i < KEYS && !pull_text_is(p, keys[i].key))
        i++;
    enum pull_kind kind = pull_value(p);
    if (list < LISTS && kind == PULL_LIST)
        return read_named_list(u, lists[list].list, depth) == 0 ? 1 : -1;
    if (i < KEYS && fact_types[keys[i].fact] == FACT_TEXT)
        take_text(u, i, kind);
    else if (i < KEYS)
        take_count(u, i, kind);
    return pull_skip(p, kind) == 0 ? 0 : fail_json(u);
}

static int read_object(struct users *u, int depth) {
    uint64_t line = pull_line(&u->json);
    bool holds_list = false;
    int more;
    user_start(u);
    while ((more = pull_key(&u->json)) == 1) {
        int result = read_member(u, depth);
        if (result < 0)
            return -1;
        holds_list = holds_list || result == 1;
    }
    if (more != 0)
        return fail_json(u);
    if (holds_list)
        return 0;
    set_texts(u);
    return deliver(u, line);
}

/* "12", "alice", "@alice@a.example" */
static void read_name(struct users *u, enum pull_kind kind) {
    struct json_pull *p = &u->json;
    struct record *record = &u->reading->record;
    bool id = kind != PULL_FAILED && record_is_digits(p->text);
    struct user_text *to = &u->texts[id ? FACT_ID : FACT_HANDLE];
    user_start(u);
    if ((kind != PULL_TEXT && !(kind == PULL_NUMBER && id)) || p->cut)
        record_fail(record, "The list holds %s; expected users.", pull_kind_name(kind));
    else if (memchr(p->text.at, '/', p->text.size) != NULL)
        record_fail(record, "%s is a page's address, which does not tell for sure who it is of.",
                    RECORD_SHOW(p->text.at, p->text.size));
    if (record->bad)
        return;
    memcpy(to->at, p->text.at, p->text.size);
    to->size = p->text.size;
    to->rank = 1;
    set_texts(u);
}

static int read_value(struct users *u, int depth) {
    struct json_pull *p = &u->json;
    enum pull_kind kind = pull_value(p);
    switch (kind) {
    case PULL_FAILED:
        return fail_json(u);
    case PULL_LIST:
        return read_list(u, depth);
    case PULL_OBJECT:
        return depth < DEPTH_MAX ? read_object(u, depth) : pull_skip(p, kind);
    case PULL_TEXT:
    case PULL_NUMBER:
    case PULL_NULL:
    case PULL_NO:
    case PULL_YES:
        break;
    }
    read_name(u, kind);
    return deliver(u, pull_line(p));
}

int users_json_read(struct reading *r, struct winnow_error *err) {
    struct users u = {.reading = r, .err = err};
    r->counts->form = "a list of users in JSON";
    pull_start(&u.json, &r->lines, err);
    while (pull_look(&u.json) != '\0')
        if (read_value(&u, 0) != 0)
            return -1;
    return u.json.fault == NULL && !u.json.unreadable ? 0 : fail_json(&u);
}

/* ---- the head ---- */

static size_t skip_white(const char *at, size_t size, size_t i) {
    while (i < size && (at[i] == ' ' || at[i] == '\t' || at[i] == '\n' || at[i] == '\r'))
        i++;
    return i;
}

static bool has(const char *at, size_t size, const char *word) {
    return memmem(at, size, word, strlen(word)) != NULL;
}

/* The elements of an X archive's lists are objects with one of these keys, and one alone. */
static bool is_x_element(const char *at, size_t size) {
    static const char *const known[] = {"\"following\"", "\"follower\"", "\"blocking\"",
                                        "\"muting\"",    "\"tweet\"",    "\"dmConversation\"",
                                        "\"account\"",   "\"like\""};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (size >= strlen(known[i]) && memcmp(at, known[i], strlen(known[i])) == 0)
            return true;
    return false;
}

bool users_json_is_head(const char *at, size_t size, size_t line) {
    size = size < HEAD_MAX ? size : HEAD_MAX;
    size_t first = skip_white(at, size, 0);
    size_t second = skip_white(at, size, first + 1);
    if (first >= size || second >= size)
        return false;
    if (at[first] == '[') {
        size_t third = skip_white(at, size, second + 1);
        bool element = at[second] == '{' && third < size && is_x_element(at + third, size - third);
        return at[second] != '\0' && strchr("[{\"0123456789", at[second]) != NULL && !element;
    }
    if (at[first] != '{')
        return false;
    line = line < size ? line : size;
    if (second >= line) /* "{" alone: no line of JSONL */
        return true;
    if (has(at, line, "\"handle\""))
        return false;
    return has(at, line, "\"screen_name\"") || has(at, line, "\"login\"") ||
           has(at, line, "\"id_str\"") || has(at, line, "\"username\"") ||
           has(at, line, "\"acct\"") || has(at, line, "\"followings\"") ||
           has(at, line, "\"data\":[") || has(at, line, "\"users\":[") ||
           has(at, line, "\"followers\":[");
}
