/* Posts of an X archive: see x_talk.h and x_talk.c. Happy path: each post is read into the set of
 * those it meets, and counted when it is whole and new; a retweet for its author. Long posts stand
 * in tweets.js too, shortened; of their own file the mentions are of interest. Fails as x_list.h
 * does. */
#include "formats/x/x_talk_parts.h"

#include "core/base/text_time.h"

#include <string.h>

/* NULL: it is the account itself, nobody, or there is no room. */
static struct x_met *meet(struct x_talk *t, uint64_t id) {
    if (id == 0 || id == t->talked->self)
        return NULL;
    for (uint32_t i = 0; i < t->met_count; i++)
        if (t->met[i].id == id)
            return &t->met[i];
    if (t->met_count == POST_PEOPLE_MAX) {
        record_fail(&t->reading->record, "The post mentions more than %u accounts.",
                    POST_PEOPLE_MAX);
        return NULL;
    }
    t->met[t->met_count] = (struct x_met){.id = id};
    return &t->met[t->met_count++];
}

/* A name as the value that is next, kept with the post; what is no text, or too long, is none. */
static int take_name(struct x_talk *t, uint32_t *at, uint32_t *size) {
    struct json_pull *p = &t->list.json;
    enum pull_kind kind = pull_value(p);
    if (kind == PULL_TEXT && !p->cut && p->text.size <= X_TALK_NAMES_MAX - t->names_used) {
        memcpy(t->names + t->names_used, p->text.at, p->text.size);
        *at = t->names_used;
        *size = p->text.size;
        t->names_used += p->text.size;
    }
    return pull_skip(p, kind);
}

static int read_mention(struct x_talk *t) {
    struct json_pull *p = &t->list.json;
    struct x_met named = {0};
    int more;
    while ((more = pull_key(p)) == 1) {
        int result;
        if (pull_text_is(p, "id_str"))
            result = x_talk_take_id(t, "id_str", &named.id);
        else if (pull_text_is(p, "screen_name"))
            result = take_name(t, &named.handle_at, &named.handle_size);
        else if (pull_text_is(p, "name"))
            result = take_name(t, &named.name_at, &named.name_size);
        else
            result = pull_pass(p);
        if (result != 0)
            return -1;
    }
    if (t->first_mention == 0)
        t->first_mention = named.id;
    struct x_met *met = more == 0 ? meet(t, named.id) : NULL;
    if (met != NULL)
        *met = named;
    return more;
}

static int read_mentions(struct x_talk *t) {
    struct json_pull *p = &t->list.json;
    int more;
    while ((more = pull_item(p)) == 1) {
        enum pull_kind kind = pull_value(p);
        if (kind != PULL_OBJECT && kind != PULL_FAILED)
            x_talk_bad(t, "user_mentions", kind);
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
            x_talk_bad(t, "user_mentions", kind);
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
    if (pull_text_is(p, "id_str"))
        return x_talk_take_id(t, "id_str", &t->post);
    if (pull_text_is(p, "created_at"))
        return x_talk_take_time(t, "created_at", text_time_read_x);
    if (pull_text_is(p, "in_reply_to_user_id_str")) {
        int result = x_talk_take_id(t, "in_reply_to_user_id_str", &id);
        t->reply_to = id;
        (void)meet(t, id);
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

/* Does the post stand in a file that was read before? */
static bool is_known(struct x_talk *t) {
    struct x_talked *talked = t->talked;
    if (t->post == 0 || t->met_count == 0)
        return false;
    if (x_people_find(&talked->posts, t->post) != NULL)
        return true;
    if (talked->remember)
        (void)x_people_add(&talked->posts, t->post);
    return false;
}

/* Of a retweet the first that it mentions is the author (239 of 239 in archives that were looked
 * at); whom the author mentions is nothing of the account's. */
static void count_post(struct x_talk *t) {
    if (is_known(t))
        return;
    for (uint32_t i = 0; i < t->met_count; i++) {
        const struct x_met *met = &t->met[i];
        struct exchange x = {.kind = t->retweet               ? EXCHANGE_BOOST
                                     : met->id == t->reply_to ? EXCHANGE_REPLY
                                                              : EXCHANGE_MENTION,
                             .time_ms = t->time_ms};
        if (t->retweet && met->id != t->first_mention)
            continue;
        struct x_spoken *s = x_people_exchange(&t->talked->people, met->id, DATASET_POSTS, &x);
        if (s != NULL)
            x_spoken_name(s, (struct text){t->names + met->handle_at, met->handle_size},
                          (struct text){t->names + met->name_at, met->name_size}, t->time_ms);
    }
}

static uint64_t start_post(struct x_talk *t) {
    x_talk_record_start(t);
    t->met_count = 0;
    t->names_used = 0;
    t->reply_to = t->first_mention = 0;
    t->post = 0;
    t->retweet = false;
    (void)pull_look(&t->list.json);
    return pull_line(&t->list.json);
}

int x_posts_all(struct x_talk *t) {
    static const struct x_talk_inside inside = {"tweet", read_post, read_post_member};
    struct record *record = &t->reading->record;
    int more;
    while ((more = x_list_next(&t->list)) == 1) {
        uint64_t line = start_post(t);
        if (x_talk_element(t, &inside) != 0)
            return x_list_fail(&t->list);
        if (!t->has_time)
            record_fail(record, "There is no \"created_at\".");
        if (!record->bad)
            count_post(t);
        x_talk_end_element(t, line);
    }
    return more;
}

/* ---- long posts ---- */

/* X writes whom a long post mentions by name; its shortened form in tweets.js has the ids of those
 * at its beginning alone. */
static int read_core(struct x_talk *t) {
    struct json_pull *p = &t->list.json;
    int more;
    while ((more = pull_key(p)) == 1) {
        bool mentions = pull_text_is(p, "mentions");
        enum pull_kind kind = pull_value(p);
        while (mentions && kind == PULL_LIST && (more = pull_item(p)) == 1) {
            t->talked->nameless = true;
            if (pull_pass(p) != 0)
                return -1;
        }
        if (mentions && kind == PULL_LIST ? more != 0 : pull_skip(p, kind) != 0)
            return -1;
    }
    return more;
}

static int read_note(struct x_talk *t) {
    struct json_pull *p = &t->list.json;
    int more;
    while ((more = pull_key(p)) == 1) {
        bool core = pull_text_is(p, "core");
        enum pull_kind kind = pull_value(p);
        if ((core && kind == PULL_OBJECT ? read_core(t) : pull_skip(p, kind)) != 0)
            return -1;
    }
    return more;
}

int x_notes_all(struct x_talk *t) {
    static const struct x_talk_inside inside = {"noteTweet", read_note, NULL};
    int more;
    while ((more = x_list_next(&t->list)) == 1) {
        uint64_t line = start_post(t);
        if (x_talk_element(t, &inside) != 0)
            return x_list_fail(&t->list);
        x_talk_end_element(t, line);
    }
    return more;
}
