/* Whom an account talks to, by its archive.
 *   tweets.js  {"tweet":{"created_at":"Sat Feb 18 12:33:11 +0000 2023","full_text":"...",
 *              "in_reply_to_user_id_str":"12","entities":{"user_mentions":[{"id_str":"12"}]}}}
 *              and, before 2020, the same without "tweet" around it
 *   direct-message-headers.js, direct-message-group-headers.js
 *              {"dmConversation":{"conversationId":"12-34","messages":[
 *              {"messageCreate":{"senderId":"12","recipientId":"34","createdAt":"2023-..."}}]}}
 *   message-event.js
 *              {"messageEvent":{"senderId":"12","conversationId":"12:34","createdAtMsec":"17...",
 *              "detail":{"messageCreateEvent":{...}}}}
 *
 * Happy path: a post counts once for each account that it answers or mentions, a retweet for its
 * author; a message for who is at its other end, in a group for its sender. The account itself is
 * left out.
 * Failures: a post or a message without a good time or id is skipped and told: then some
 * interaction may be missing, so the file counts as read in part. A file that is not whole is an
 * error, after what was whole has been counted. */
#include "formats/x/x_talk_parts.h"

#include "core/base/text_time.h"

#include <stdlib.h>
#include <string.h>

/* As the heads have them: `window.YTD.NAME.part0`. */
static const struct {
    const char *name;
    enum x_talk_kind kind;
} names[] = {
    {"tweets", X_TALK_POSTS},
    {"tweet", X_TALK_POSTS},
    {"community_tweet", X_TALK_COMMUNITY},
    {"twitter_circle_tweet", X_TALK_CIRCLE},
    {"note_tweet", X_TALK_NOTES},
    {"direct_message_headers", X_TALK_PAIRS},
    {"direct_messages", X_TALK_PAIRS}, /* the same with the texts */
    {"direct_message", X_TALK_PAIRS},
    {"direct_message_group_headers", X_TALK_GROUPS},
    {"direct_message_headers_group", X_TALK_GROUPS},
    {"direct_messages_group", X_TALK_GROUPS},
    {"direct_message_group", X_TALK_GROUPS},
    {"message_event", X_TALK_EVENTS},
};

enum x_talk_kind x_talk_kind_of(struct text name) {
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strlen(names[i].name) == name.size && memcmp(names[i].name, name.at, name.size) == 0)
            return names[i].kind;
    return X_TALK_NONE;
}

uint64_t x_talk_id(struct text text) {
    uint64_t id = 0;
    if (!x_is_id(text.at, text.size))
        return 0;
    for (uint32_t i = 0; i < text.size; i++)
        id = id * 10 + (uint64_t)(text.at[i] - '0');
    return id;
}

bool x_talk_bad(struct x_talk *t, const char *key, enum pull_kind kind) {
    struct text found = t->list.json.text;
    return record_fail(&t->reading->record, "\"%s\" is %s.", key,
                       kind == PULL_TEXT ? RECORD_SHOW(found.at, found.size)
                                         : pull_kind_name(kind));
}

int x_talk_take_id(struct x_talk *t, const char *key, uint64_t *id) {
    struct json_pull *p = &t->list.json;
    enum pull_kind kind = pull_value(p);
    *id = kind == PULL_TEXT ? x_talk_id(p->text) : 0;
    if (*id == 0 && kind != PULL_NULL && kind != PULL_FAILED &&
        !(kind == PULL_TEXT && pull_text_is(p, "-1")))
        x_talk_bad(t, key, kind);
    return pull_skip(p, kind);
}

int x_talk_take_time(struct x_talk *t, const char *key,
                     bool (*read)(const char *at, size_t size, int64_t *time_ms)) {
    struct json_pull *p = &t->list.json;
    enum pull_kind kind = pull_value(p);
    t->has_time =
        (kind == PULL_TEXT || kind == PULL_NUMBER) && read(p->text.at, p->text.size, &t->time_ms);
    if (!t->has_time && kind != PULL_FAILED)
        x_talk_bad(t, key, kind);
    return pull_skip(p, kind);
}

void x_talk_record_start(struct x_talk *t) {
    record_clear(&t->reading->record, "", 0);
    t->has_time = false;
}

/* The members of the element: `wrapper` is of interest, and what `also` takes. */
static int read_wrapped(struct x_talk *t, const struct x_talk_inside *inside) {
    struct json_pull *p = &t->list.json;
    bool found = false;
    int more;
    while ((more = pull_key(p)) == 1) {
        bool wanted = pull_text_is(p, inside->wrapper) && !found;
        if (!wanted && inside->also != NULL) {
            if (inside->also(t) != 0)
                return -1;
            continue;
        }
        found = found || wanted;
        enum pull_kind kind = pull_value(p);
        if (wanted && kind != PULL_OBJECT && kind != PULL_FAILED)
            x_talk_bad(t, inside->wrapper, kind);
        if ((wanted && kind == PULL_OBJECT ? inside->inner(t) : pull_skip(p, kind)) != 0)
            return -1;
    }
    if (!found && !t->has_time)
        record_fail(&t->reading->record, "There is no \"%s\".", inside->wrapper);
    return more;
}

int x_talk_element(struct x_talk *t, const struct x_talk_inside *inside) {
    struct json_pull *p = &t->list.json;
    enum pull_kind kind = pull_value(p);
    if (kind != PULL_OBJECT && kind != PULL_FAILED)
        record_fail(&t->reading->record, "The element is %s; expected an object with \"%s\".",
                    pull_kind_name(kind), inside->wrapper);
    return kind == PULL_OBJECT ? read_wrapped(t, inside) : pull_skip(p, kind);
}

void x_talk_end_element(struct x_talk *t, uint64_t line) {
    struct reading *r = t->reading;
    r->elements++;
    if (r->record.bad) {
        reading_skip(r, line, r->record.why);
        return;
    }
    r->counts->lines++;
    r->counts->others++;
}

static int check_name(struct x_talk *t, struct winnow_error *err) {
    struct text name = {t->list.name, (uint32_t)strlen(t->list.name)};
    size_t i = 0;
    if (name.size == 0 || x_talk_kind_of(name) == t->kind)
        return 0;
    while (names[i].kind != t->kind)
        i++;
    return winnow_fail(err, WINNOW_BAD_INPUT, "The file holds %s where \"%s\" must be.",
                       RECORD_SHOW(name.at, name.size), names[i].name);
}

static int read_all(struct x_talk *t) {
    switch (t->kind) {
    case X_TALK_POSTS:
    case X_TALK_COMMUNITY:
    case X_TALK_CIRCLE:
        return x_posts_all(t);
    case X_TALK_NOTES:
        return x_notes_all(t);
    case X_TALK_PAIRS:
    case X_TALK_GROUPS:
        return x_messages_all(t);
    case X_TALK_EVENTS:
        return x_events_all(t);
    case X_TALK_NONE:
        break;
    }
    return 0;
}

int x_talk_read(struct reading *r, enum x_talk_kind kind, struct x_talked *talked,
                struct winnow_error *err) {
    struct x_talk *t = calloc(1, sizeof *t);
    if (t == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "There is no memory for reading an archive.");
    t->reading = r;
    t->talked = talked;
    t->kind = kind;
    r->elements = 0;
    int result = x_list_open(&t->list, &r->lines, err);
    if (result == 0)
        result = check_name(t, err);
    if (result == 0)
        result = read_all(t);
    bool messages = kind == X_TALK_PAIRS || kind == X_TALK_GROUPS || kind == X_TALK_EVENTS;
    *(messages ? &talked->messages_read : &talked->posts_read) += r->elements;
    free(t);
    return result;
}
