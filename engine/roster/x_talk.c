/* Whom an account talks to, by its archive.
 *   tweets.js  {"tweet":{"created_at":"Sat Feb 18 12:33:11 +0000 2023","full_text":"...",
 *              "in_reply_to_user_id_str":"12","entities":{"user_mentions":[{"id_str":"12"}]}}}
 *   direct-message-headers.js, direct-message-group-headers.js
 *              {"dmConversation":{"conversationId":"12-34","messages":[
 *              {"messageCreate":{"senderId":"12","recipientId":"34","createdAt":"2023-..."}}]}}
 *
 * Happy path: a post counts once for each account that it answers or mentions, when it is no
 * retweet; a message for who is at its other end, in a group for its sender. The account itself is
 * left out.
 * Failures: a post or a message without a good time or id is skipped and told: then some
 * interaction may be missing, so the file counts as read in part. A file that is not whole is an
 * error, after what was whole has been counted. */
#include "core/text_time.h"
#include "roster/reading.h"
#include "roster/x_list.h"
#include "roster/x_people.h"

#include <stdlib.h>
#include <string.h>

/* More than any post has room for: 25,000 characters of "@a ". */
#define POST_PEOPLE_MAX 8192u

struct x_talk {
    struct reading *reading;
    struct x_people *people;
    uint64_t self;
    bool group;
    struct x_list list;

    /* The post at hand. */
    uint32_t met_count;
    uint64_t met[POST_PEOPLE_MAX];
    bool retweet;

    bool has_time;
    int64_t time_ms;

    /* The message at hand, and the two in its conversation's name; 0: not told. */
    uint64_t sender, recipient, pair[2];
};

static uint64_t id_of(struct text text) {
    uint64_t id = 0;
    if (!x_is_id(text.at, text.size))
        return 0;
    for (uint32_t i = 0; i < text.size; i++)
        id = id * 10 + (uint64_t)(text.at[i] - '0');
    return id;
}

static bool bad(struct x_talk *t, const char *key, enum pull_kind kind) {
    struct text found = t->list.json.text;
    return record_fail(&t->reading->record, "\"%s\" is %s.", key,
                       kind == PULL_TEXT ? RECORD_SHOW(found.at, found.size)
                                         : pull_kind_name(kind));
}

/* An id as the value that is next. null is none, and so is "-1", which X puts for accounts that
 * are gone. Whatever else is no id makes the record bad. */
static int take_id(struct x_talk *t, const char *key, uint64_t *id) {
    struct json_pull *p = &t->list.json;
    enum pull_kind kind = pull_value(p);
    *id = kind == PULL_TEXT ? id_of(p->text) : 0;
    if (*id == 0 && kind != PULL_NULL && kind != PULL_FAILED &&
        !(kind == PULL_TEXT && pull_text_is(p, "-1")))
        bad(t, key, kind);
    return pull_skip(p, kind);
}

static int take_time(struct x_talk *t, const char *key,
                     bool (*read)(const char *at, size_t size, int64_t *time_ms)) {
    struct json_pull *p = &t->list.json;
    enum pull_kind kind = pull_value(p);
    t->has_time = kind == PULL_TEXT && read(p->text.at, p->text.size, &t->time_ms);
    if (!t->has_time && kind != PULL_FAILED)
        bad(t, key, kind);
    return pull_skip(p, kind);
}

static void record_start(struct x_talk *t) {
    record_clear(&t->reading->record, "", 0);
    t->has_time = false;
}

/* ---- posts ---- */

static void meet(struct x_talk *t, uint64_t id) {
    if (id == 0 || id == t->self)
        return;
    for (uint32_t i = 0; i < t->met_count; i++)
        if (t->met[i] == id)
            return;
    if (t->met_count == POST_PEOPLE_MAX)
        record_fail(&t->reading->record, "The post mentions more than %u accounts.",
                    POST_PEOPLE_MAX);
    else
        t->met[t->met_count++] = id;
}

static int read_mention(struct x_talk *t) {
    struct json_pull *p = &t->list.json;
    uint64_t id;
    int more;
    while ((more = pull_key(p)) == 1) {
        bool is_id = pull_text_is(p, "id_str");
        if ((is_id ? take_id(t, "id_str", &id) : pull_pass(p)) != 0)
            return -1;
        if (is_id)
            meet(t, id);
    }
    return more;
}

static int read_mentions(struct x_talk *t) {
    struct json_pull *p = &t->list.json;
    int more;
    while ((more = pull_item(p)) == 1) {
        enum pull_kind kind = pull_value(p);
        if (kind != PULL_OBJECT && kind != PULL_FAILED)
            bad(t, "user_mentions", kind);
        if ((kind == PULL_OBJECT ? read_mention(t) : pull_skip(p, kind)) != 0)
            return -1;
    }
    return more;
}

static int read_entities(struct x_talk *t) {
    struct json_pull *p = &t->list.json;
    int more;
    while ((more = pull_key(p)) == 1) {
        if (!pull_text_is(p, "user_mentions")) {
            if (pull_pass(p) != 0)
                return -1;
            continue;
        }
        enum pull_kind kind = pull_value(p);
        if (kind != PULL_LIST && kind != PULL_NULL && kind != PULL_FAILED)
            bad(t, "user_mentions", kind);
        if ((kind == PULL_LIST ? read_mentions(t) : pull_skip(p, kind)) != 0)
            return -1;
    }
    return more;
}

static bool begins_as_retweet(const struct json_pull *p) {
    return p->text.size >= 4 && memcmp(p->text.at, "RT @", 4) == 0;
}

/* The value of one of a post's keys. */
static int read_post_member(struct x_talk *t) {
    struct json_pull *p = &t->list.json;
    uint64_t id;
    if (pull_text_is(p, "created_at"))
        return take_time(t, "created_at", text_time_read_x);
    if (pull_text_is(p, "in_reply_to_user_id_str")) {
        int result = take_id(t, "in_reply_to_user_id_str", &id);
        meet(t, id);
        return result;
    }
    bool entities = pull_text_is(p, "entities");
    bool text = pull_text_is(p, "full_text") || pull_text_is(p, "text");
    bool retweet = pull_text_is(p, "retweeted_status");
    if (!entities && !text && !retweet)
        return pull_pass(p);
    enum pull_kind kind = pull_value(p);
    if (entities && kind == PULL_OBJECT)
        return read_entities(t);
    t->retweet = t->retweet || (retweet && kind == PULL_OBJECT) ||
                 (text && kind == PULL_TEXT && begins_as_retweet(p));
    return pull_skip(p, kind);
}

static int read_post(struct x_talk *t) {
    struct json_pull *p = &t->list.json;
    int more;
    while ((more = pull_key(p)) == 1)
        if (read_post_member(t) != 0)
            return -1;
    return more;
}

static void count_post(struct x_talk *t) {
    if (t->retweet)
        return;
    for (uint32_t i = 0; i < t->met_count; i++)
        x_people_met(t->people, t->met[i], t->time_ms);
}

/* The one member of the element that is of interest, read by `inner` when it is an object. */
static int read_wrapped(struct x_talk *t, const char *wrapper, int (*inner)(struct x_talk *)) {
    struct json_pull *p = &t->list.json;
    bool found = false;
    int more;
    while ((more = pull_key(p)) == 1) {
        bool wanted = pull_text_is(p, wrapper) && !found;
        found = found || wanted;
        enum pull_kind kind = pull_value(p);
        if (wanted && kind != PULL_OBJECT && kind != PULL_FAILED)
            bad(t, wrapper, kind);
        if ((wanted && kind == PULL_OBJECT ? inner(t) : pull_skip(p, kind)) != 0)
            return -1;
    }
    if (!found)
        record_fail(&t->reading->record, "There is no \"%s\".", wrapper);
    return more;
}

/* One element, which is to be an object. */
static int read_element(struct x_talk *t, const char *wrapper, int (*inner)(struct x_talk *)) {
    struct json_pull *p = &t->list.json;
    enum pull_kind kind = pull_value(p);
    if (kind != PULL_OBJECT && kind != PULL_FAILED)
        record_fail(&t->reading->record, "The element is %s; expected an object with \"%s\".",
                    pull_kind_name(kind), wrapper);
    return kind == PULL_OBJECT ? read_wrapped(t, wrapper, inner) : pull_skip(p, kind);
}

static void end_element(struct x_talk *t, uint64_t line) {
    struct reading *r = t->reading;
    r->elements++;
    if (r->record.bad) {
        reading_skip(r, line, r->record.why);
        return;
    }
    r->counts->lines++;
    r->counts->others++;
}

static int check_name(struct x_talk *t, const char *const names[2], struct winnow_error *err) {
    const char *name = t->list.name;
    if (name[0] == '\0' || strcmp(name, names[0]) == 0 || strcmp(name, names[1]) == 0)
        return 0;
    return winnow_fail(err, WINNOW_BAD_INPUT, "The file holds %s where \"%s\" must be.",
                       RECORD_SHOW(name, strlen(name)), names[0]);
}

static int read_posts(struct x_talk *t) {
    struct record *record = &t->reading->record;
    int more;
    while ((more = x_list_next(&t->list)) == 1) {
        record_start(t);
        t->met_count = 0;
        t->retweet = false;
        (void)pull_look(&t->list.json);
        uint64_t line = pull_line(&t->list.json);
        if (read_element(t, "tweet", read_post) != 0)
            return x_list_fail(&t->list);
        if (!t->has_time)
            record_fail(record, "There is no \"created_at\".");
        if (!record->bad)
            count_post(t);
        end_element(t, line);
    }
    return more;
}

static struct x_talk *talk_new(struct reading *r, struct x_people *people, uint64_t self,
                               struct winnow_error *err) {
    struct x_talk *t = calloc(1, sizeof *t);
    if (t == NULL) {
        winnow_fail(err, WINNOW_NO_MEMORY, "There is no memory for reading an archive.");
        return NULL;
    }
    t->reading = r;
    t->people = people;
    t->self = self;
    r->elements = 0;
    if (x_list_open(&t->list, &r->lines, err) == 0)
        return t;
    free(t);
    return NULL;
}

int x_posts_read(struct reading *r, struct x_people *people, uint64_t self,
                 struct winnow_error *err) {
    static const char *const names[2] = {"tweets", "tweet"};
    struct x_talk *t = talk_new(r, people, self, err);
    if (t == NULL)
        return -1;
    int result = check_name(t, names, err);
    if (result == 0)
        result = read_posts(t);
    free(t);
    return result;
}

/* ---- direct messages ---- */

static int read_create(struct x_talk *t) {
    struct json_pull *p = &t->list.json;
    int more;
    while ((more = pull_key(p)) == 1) {
        int result;
        if (pull_text_is(p, "senderId"))
            result = take_id(t, "senderId", &t->sender);
        else if (pull_text_is(p, "recipientId"))
            result = take_id(t, "recipientId", &t->recipient);
        else if (pull_text_is(p, "createdAt"))
            result = take_time(t, "createdAt", text_time_read);
        else
            result = pull_pass(p);
        if (result != 0)
            return -1;
    }
    return more;
}

/* Who is at the other end; 0: nobody can be told. */
static uint64_t other_end(const struct x_talk *t) {
    if (t->group || (t->sender != 0 && t->sender != t->self))
        return t->sender;
    if (t->recipient != 0 && t->recipient != t->self)
        return t->recipient;
    return t->pair[0] != t->self ? t->pair[0] : t->pair[1];
}

static void count_message(struct x_talk *t, uint64_t line) {
    struct record *record = &t->reading->record;
    uint64_t other = other_end(t);
    if (!t->has_time)
        record_fail(record, "The message has no \"createdAt\".");
    if (other == 0)
        record_fail(record, "The message does not say between whom it was.");
    if (record->bad)
        reading_skip(t->reading, line, record->why);
    else if (other != t->self)
        x_people_met(t->people, other, t->time_ms);
    record_start(t);
}

/* One element of `messages`: other things than messages stand there too, such as who joined. */
static int read_message(struct x_talk *t) {
    struct json_pull *p = &t->list.json;
    bool created = false;
    int more;
    t->sender = t->recipient = 0;
    uint64_t line = pull_line(p);
    while ((more = pull_key(p)) == 1) {
        bool create = pull_text_is(p, "messageCreate");
        enum pull_kind kind = pull_value(p);
        created = created || create;
        if (create && kind != PULL_OBJECT && kind != PULL_FAILED)
            bad(t, "messageCreate", kind);
        if ((create && kind == PULL_OBJECT ? read_create(t) : pull_skip(p, kind)) != 0)
            return -1;
    }
    if (more == 0 && created)
        count_message(t, line);
    return more;
}

static int read_messages(struct x_talk *t) {
    struct json_pull *p = &t->list.json;
    int more;
    while ((more = pull_item(p)) == 1) {
        enum pull_kind kind = pull_value(p);
        if (kind != PULL_OBJECT && kind != PULL_FAILED)
            bad(t, "messages", kind);
        if ((kind == PULL_OBJECT ? read_message(t) : pull_skip(p, kind)) != 0)
            return -1;
    }
    return more;
}

/* "12-34" names both ends. */
static void take_pair(struct x_talk *t) {
    struct text name = t->list.json.text;
    const char *dash = memchr(name.at, '-', name.size);
    if (dash == NULL || t->list.json.cut)
        return;
    uint32_t first = (uint32_t)(dash - name.at);
    t->pair[0] = id_of((struct text){name.at, first});
    t->pair[1] = id_of((struct text){dash + 1, name.size - first - 1});
}

static int read_conversation(struct x_talk *t) {
    struct json_pull *p = &t->list.json;
    int more;
    while ((more = pull_key(p)) == 1) {
        bool name = pull_text_is(p, "conversationId");
        bool messages = pull_text_is(p, "messages");
        enum pull_kind kind = pull_value(p);
        if (name && kind == PULL_TEXT)
            take_pair(t);
        if (messages && kind != PULL_LIST && kind != PULL_FAILED)
            bad(t, "messages", kind);
        if ((messages && kind == PULL_LIST ? read_messages(t) : pull_skip(p, kind)) != 0)
            return -1;
    }
    return more;
}

static int read_conversations(struct x_talk *t) {
    int more;
    while ((more = x_list_next(&t->list)) == 1) {
        record_start(t);
        t->pair[0] = t->pair[1] = 0;
        (void)pull_look(&t->list.json);
        uint64_t line = pull_line(&t->list.json);
        if (read_element(t, "dmConversation", read_conversation) != 0)
            return x_list_fail(&t->list);
        end_element(t, line);
    }
    return more;
}

int x_messages_read(struct reading *r, struct x_people *people, uint64_t self, bool group,
                    struct winnow_error *err) {
    static const char *const pairs[2] = {"direct_message_headers", "direct_message_headers"};
    static const char *const groups[2] = {"direct_message_group_headers",
                                          "direct_message_headers_group"};
    struct x_talk *t = talk_new(r, people, self, err);
    if (t == NULL)
        return -1;
    t->group = group;
    int result = check_name(t, group ? groups : pairs, err);
    if (result == 0)
        result = read_conversations(t);
    free(t);
    return result;
}
