/* Messages of an X archive: see x_talk.h and x_talk.c. Happy path: a message counts for who is at
 * its other end, in a group for its sender. Of the events of an encrypted chat only those that
 * create a message count. Fails as x_list.h does. */
#include "formats/x/x_talk_parts.h"

#include "core/base/text_time.h"

#include <string.h>

static int read_create(struct x_talk *t) {
    struct json_pull *p = &t->list.json;
    int more;
    while ((more = pull_key(p)) == 1) {
        int result;
        if (pull_text_is(p, "senderId"))
            result = x_talk_take_id(t, "senderId", &t->sender);
        else if (pull_text_is(p, "recipientId"))
            result = x_talk_take_id(t, "recipientId", &t->recipient);
        else if (pull_text_is(p, "createdAt"))
            result = x_talk_take_time(t, "createdAt", text_time_read);
        else
            result = pull_pass(p);
        if (result != 0)
            return -1;
    }
    return more;
}

/* Who is at the other end; 0: nobody can be told. */
static uint64_t other_end(const struct x_talk *t) {
    uint64_t self = t->talked->self;
    bool pair = t->pair[0] != 0 && t->pair[1] != 0;
    bool group = t->kind == X_TALK_GROUPS || (t->kind == X_TALK_EVENTS && !pair);
    if (group || (t->sender != 0 && t->sender != self))
        return t->sender;
    if (t->recipient != 0 && t->recipient != self)
        return t->recipient;
    return t->pair[0] != self ? t->pair[0] : t->pair[1];
}

static void count_end(struct x_talk *t, uint64_t other) {
    const struct exchange x = {.by_them = other == t->sender || t->sender == 0,
                               .kind = EXCHANGE_MESSAGE,
                               .time_ms = t->time_ms};
    x_people_exchange(&t->talked->people, other, DATASET_MESSAGES, &x);
}

/* Whose archive it is may not be known, of a single file: then both ends count, and the account
 * itself is nobody that it follows. */
static void count_ends(struct x_talk *t, uint64_t other) {
    const uint64_t ends[] = {other, t->recipient, t->pair[0], t->pair[1]};
    size_t count = t->talked->self == 0 ? 4 : 1;
    for (size_t i = 0; i < count; i++) {
        bool again = ends[i] == 0 || ends[i] == t->talked->self;
        for (size_t k = 0; k < i; k++)
            again = again || ends[k] == ends[i];
        if (!again)
            count_end(t, ends[i]);
    }
}

static void count_message(struct x_talk *t, const char *time, uint64_t line) {
    struct record *record = &t->reading->record;
    uint64_t other = other_end(t);
    if (!t->has_time)
        record_fail(record, "The message has no \"%s\".", time);
    if (other == 0)
        record_fail(record, "The message does not say between whom it was.");
    if (record->bad && line > 0)
        reading_skip(t->reading, line, record->why);
    else if (!record->bad)
        count_ends(t, other);
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
            x_talk_bad(t, "messageCreate", kind);
        if ((create && kind == PULL_OBJECT ? read_create(t) : pull_skip(p, kind)) != 0)
            return -1;
    }
    if (more == 0 && created) {
        count_message(t, "createdAt", line);
        x_talk_record_start(t);
    }
    return more;
}

static int read_messages(struct x_talk *t) {
    struct json_pull *p = &t->list.json;
    int more;
    while ((more = pull_item(p)) == 1) {
        enum pull_kind kind = pull_value(p);
        if (kind != PULL_OBJECT && kind != PULL_FAILED)
            x_talk_bad(t, "messages", kind);
        if ((kind == PULL_OBJECT ? read_message(t) : pull_skip(p, kind)) != 0)
            return -1;
    }
    return more;
}

/* "12-34", or "12:34", names both ends. */
static void take_pair(struct x_talk *t, char between) {
    struct text name = t->list.json.text;
    const char *dash = memchr(name.at, between, name.size);
    if (dash == NULL || t->list.json.cut)
        return;
    uint32_t first = (uint32_t)(dash - name.at);
    t->pair[0] = x_talk_id((struct text){name.at, first});
    t->pair[1] = x_talk_id((struct text){dash + 1, name.size - first - 1});
}

static int read_conversation(struct x_talk *t) {
    struct json_pull *p = &t->list.json;
    int more;
    while ((more = pull_key(p)) == 1) {
        bool name = pull_text_is(p, "conversationId");
        bool messages = pull_text_is(p, "messages");
        enum pull_kind kind = pull_value(p);
        if (name && kind == PULL_TEXT)
            take_pair(t, '-');
        if (messages && kind != PULL_LIST && kind != PULL_FAILED)
            x_talk_bad(t, "messages", kind);
        if ((messages && kind == PULL_LIST ? read_messages(t) : pull_skip(p, kind)) != 0)
            return -1;
    }
    return more;
}

int x_messages_all(struct x_talk *t) {
    static const struct x_talk_inside inside = {"dmConversation", read_conversation, NULL};
    int more;
    while ((more = x_list_next(&t->list)) == 1) {
        x_talk_record_start(t);
        t->pair[0] = t->pair[1] = 0;
        (void)pull_look(&t->list.json);
        uint64_t line = pull_line(&t->list.json);
        if (x_talk_element(t, &inside) != 0)
            return x_list_fail(&t->list);
        x_talk_end_element(t, line);
    }
    return more;
}

/* ---- encrypted chats ---- */

/* Milliseconds since 1970, in digits. */
static bool read_msec(const char *at, size_t size, int64_t *time_ms) {
    return record_read_number(at, size, time_ms);
}

static int read_detail(struct x_talk *t) {
    struct json_pull *p = &t->list.json;
    int more;
    while ((more = pull_key(p)) == 1) {
        t->created = t->created || pull_text_is(p, "messageCreateEvent");
        if (pull_pass(p) != 0)
            return -1;
    }
    return more;
}

static int read_event(struct x_talk *t) {
    struct json_pull *p = &t->list.json;
    int more;
    while ((more = pull_key(p)) == 1) {
        int result = 0;
        if (pull_text_is(p, "senderId")) {
            result = x_talk_take_id(t, "senderId", &t->sender);
        } else if (pull_text_is(p, "createdAtMsec")) {
            result = x_talk_take_time(t, "createdAtMsec", read_msec);
        } else {
            bool name = pull_text_is(p, "conversationId");
            bool detail = pull_text_is(p, "detail");
            enum pull_kind kind = pull_value(p);
            if (name && kind == PULL_TEXT)
                take_pair(t, ':');
            result = detail && kind == PULL_OBJECT ? read_detail(t) : pull_skip(p, kind);
        }
        if (result != 0)
            return -1;
    }
    return more;
}

int x_events_all(struct x_talk *t) {
    static const struct x_talk_inside inside = {"messageEvent", read_event, NULL};
    int more;
    while ((more = x_list_next(&t->list)) == 1) {
        x_talk_record_start(t);
        t->sender = t->recipient = t->pair[0] = t->pair[1] = 0;
        t->created = false;
        (void)pull_look(&t->list.json);
        uint64_t line = pull_line(&t->list.json);
        if (x_talk_element(t, &inside) != 0)
            return x_list_fail(&t->list);
        if (t->created)
            count_message(t, "createdAtMsec", 0);
        x_talk_end_element(t, line);
    }
    return more;
}
