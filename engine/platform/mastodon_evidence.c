/* Mastodon's API, the evidence: who follows back, who is in a list, who writes. Sources:
 * mastodon/documentation (methods/accounts, lists, conversations, notifications).
 *
 * Happy path: GET /api/v1/accounts/relationships of 20 ids, an explicit "followed_by" each;
 * /api/v1/lists and /api/v1/lists/:id/accounts; /api/v1/conversations and /api/v1/notifications by
 * their Link headers. Fails into a reply; rows that are not understood are counted. */
#include "platform/build.h"
#include "platform/foreign.h"
#include "platform/ids.h"
#include "platform/link.h"
#include "platform/mastodon.h"

#include <stdio.h>

#define DAY_MS INT64_C(86400000)

static int read_array(const struct platform_account *who, const struct http_response *in,
                      const char *prefix, row_reader *read, struct platform_page *page,
                      struct reply *out) {
    return mastodon_read_rows(who, in, JSON_ARRAY, prefix, read, page, out);
}

/* The first page by `first`, and each other by the target that the page before named. */
static int build_page(const char *first, const char *prefix, struct text cursor,
                      struct http_request *out, struct winnow_error *err) {
    if (cursor.size != 0 &&
        build_check(link_target_clean(cursor, prefix), "the next page", cursor, err) != 0)
        return -1;
    build_begin(out, HTTP_GET, cursor.size != 0 ? "" : first);
    buffer_add(&out->target, cursor.at, cursor.size);
    return build_end(out, err);
}

/* ---- who follows back ------------------------------------------------------------------------*/

static const char *read_relationship(const json_t *from, struct row *row, struct facts *f) {
    struct text id;
    if (!body_id(from, "id", row->id, &id) || !id_mastodon(id))
        return "its id is missing or not of letters, digits, _ and -";
    if (body_flag(from, "followed_by") == TRI_UNKNOWN)
        return "it does not say whether they follow";
    facts_set_text(f, FACT_ID, id.at, id.size);
    row_flag(f, FACT_FOLLOWS_ME, from, "followed_by");
    return NULL;
}

static int read_relationships(const struct platform_account *who, const struct http_response *in,
                              struct platform_page *page, struct reply *out) {
    return read_array(who, in, NULL, read_relationship, page, out);
}

const struct platform_ask mastodon_relationships = {
    .max = MASTODON_LOOK_MAX,
    .build = mastodon_build_look,
    .read = read_relationships,
};

/* ---- an id by a handle -----------------------------------------------------------------------*/

static int build_lookup(const struct platform_account *who, const struct unfollow *entries,
                        size_t count, struct http_request *out, struct winnow_error *err) {
    (void)who;
    if (build_check(count == 1 && handle_mastodon(entries[0].id), "the followee's handle",
                    entries[0].id, err) != 0)
        return -1;
    build_begin(out, HTTP_GET, "/api/v1/accounts/lookup?acct=");
    build_value(out, entries[0].id);
    return build_end(out, err);
}

/* Its handle need not be the one that was asked for: a server may write it shorter. */
static const char *read_found(const json_t *from, struct row *row, struct facts *f) {
    const char *why = mastodon_read_row(from, row, f);
    f->known &= ~(UINT64_C(1) << FACT_HANDLE);
    return why;
}

static int read_lookup(const struct platform_account *who, const struct http_response *in,
                       struct platform_page *page, struct reply *out) {
    return mastodon_read_rows(who, in, JSON_OBJECT, NULL, read_found, page, out);
}

const struct platform_ask mastodon_lookup = {
    .max = 1,
    .build = build_lookup,
    .read = read_lookup,
};

/* ---- lists -----------------------------------------------------------------------------------*/

#define LISTS_PATH "/api/v1/lists"

static int build_lists(const struct platform_account *who, struct text part, struct text cursor,
                       struct http_request *out, struct winnow_error *err) {
    (void)who;
    (void)part;
    return build_page(LISTS_PATH, LISTS_PATH, cursor, out, err);
}

static const char *read_list(const json_t *from, struct row *row, struct facts *f) {
    struct text id;
    if (!body_id(from, "id", row->id, &id) || !id_mastodon(id))
        return "the list's id is missing or not of letters, digits, _ and -";
    facts_set_text(f, FACT_ID, id.at, id.size);
    row_text(f, FACT_NAME, from, "title", FACT_NAME_MAX);
    return facts_known(f, FACT_NAME) ? NULL : "the list has no title";
}

static int read_lists(const struct platform_account *who, const struct http_response *in,
                      struct platform_page *page, struct reply *out) {
    return read_array(who, in, NULL, read_list, page, out);
}

static int build_members(const struct platform_account *who, struct text part, struct text cursor,
                         struct http_request *out, struct winnow_error *err) {
    (void)who;
    if (cursor.size != 0)
        return build_page("", LISTS_PATH "/", cursor, out, err);
    if (build_check(id_mastodon(part), "the list's id", part, err) != 0)
        return -1;
    build_begin(out, HTTP_GET, LISTS_PATH "/");
    build_value(out, part);
    buffer_add_text(&out->target, "/accounts?limit=80");
    return build_end(out, err);
}

static int read_members(const struct platform_account *who, const struct http_response *in,
                        struct platform_page *page, struct reply *out) {
    return read_array(who, in, LISTS_PATH "/", mastodon_read_row, page, out);
}

const struct platform_list mastodon_lists = {.build = build_lists, .read = read_lists};
const struct platform_list mastodon_members = {.build = build_members, .read = read_members};

/* ---- who writes ------------------------------------------------------------------------------*/

#define NOTIFICATIONS_PATH "/api/v1/notifications"
#define CONVERSATIONS_PATH "/api/v1/conversations"

static void set_time(struct facts *f, const json_t *from, int64_t received_ms) {
    int64_t time_ms;
    if (body_time(from, "created_at", &time_ms) && time_ms > 0 && time_ms <= received_ms + DAY_MS)
        facts_set_value(f, FACT_LAST_INTERACTION_AT, time_ms);
}

static int build_notifications(const struct platform_account *who, struct text part,
                               struct text cursor, struct http_request *out,
                               struct winnow_error *err) {
    (void)who;
    (void)part;
    return build_page(NOTIFICATIONS_PATH "?limit=80&types[]=mention&types[]=favourite",
                      NOTIFICATIONS_PATH, cursor, out, err);
}

/* Of no status: by its own id, which may be a status's as well. */
static void name_itself(const json_t *from, struct row *row) {
    struct text id;
    if (!body_id(from, "id", row->id, &id) || !id_mastodon(id))
        return;
    int size = snprintf(row->keys, sizeof row->keys, "notification %.*s", (int)id.size, id.at);
    row->said = (struct text){row->keys, (uint32_t)size};
}

/* Servers before 3.5 do not know `types` and send all kinds; "" as the id passes one over. What it
 * is about is the status, which a conversation and a favourite may be about as well. */
static const char *read_notification(const json_t *from, struct row *row, struct facts *f) {
    struct text type;
    struct text id;
    if (!body_text(from, "type", &type))
        return "it has no type";
    if (!body_id(body_object(from, "status"), "id", row->keys, &row->said))
        name_itself(from, row);
    if (!foreign_is(type, "mention") && !foreign_is(type, "favourite")) {
        facts_set_text(f, FACT_ID, "", 0);
        return NULL;
    }
    if (!body_id(body_object(from, "account"), "id", row->id, &id) || !id_mastodon(id))
        return "its account has no id";
    facts_set_text(f, FACT_ID, id.at, id.size);
    set_time(f, from, row->received_ms);
    return NULL;
}

static int read_notifications(const struct platform_account *who, const struct http_response *in,
                              struct platform_page *page, struct reply *out) {
    return read_array(who, in, NOTIFICATIONS_PATH, read_notification, page, out);
}

static int build_conversations(const struct platform_account *who, struct text part,
                               struct text cursor, struct http_request *out,
                               struct winnow_error *err) {
    (void)who;
    (void)part;
    return build_page(CONVERSATIONS_PATH "?limit=40", CONVERSATIONS_PATH, cursor, out, err);
}

/* Everybody in the conversation, at the time of its last post. Who of them wrote is not told. */
static int read_conversation(const json_t *from, struct platform_page *page, int64_t received_ms) {
    const json_t *accounts = body_array(from, "accounts");
    char number[BODY_ID_SCRATCH];
    char status_number[BODY_ID_SCRATCH];
    page->conversation = page->said = (struct text){"", 0};
    (void)body_id(from, "id", number, &page->conversation);
    (void)body_id(body_object(from, "last_status"), "id", status_number, &page->said);
    for (size_t i = 0; i < json_array_size(accounts); i++) {
        char scratch[BODY_ID_SCRATCH];
        struct facts f;
        struct text id;
        facts_clear(&f);
        if (!body_id(json_array_get(accounts, i), "id", scratch, &id) || !id_mastodon(id)) {
            page_skip(page, i, "an account of the conversation has no id");
            continue;
        }
        facts_set_text(&f, FACT_ID, id.at, id.size);
        set_time(&f, body_object(from, "last_status"), received_ms);
        int stop = page->each(page->context, &f);
        if (stop != 0)
            return stop;
    }
    page->count++;
    return 0;
}

static int read_conversations(const struct platform_account *who, const struct http_response *in,
                              struct platform_page *page, struct reply *out) {
    json_t *root = in->end == HTTP_DONE ? body_parse(in->body) : NULL;
    struct answer a = mastodon_answer(in, out, WHEN_READ, root);
    struct text next;
    int stopped = 0;
    (void)who;
    page_begin(page);
    if (answer_begin(&a)) {
        if (in->status == 200 && json_is_array(root)) {
            answer_done(&a, OUTCOME_NONE);
            if (mastodon_next_page(in, CONVERSATIONS_PATH, &next))
                page_next(page, next);
            for (size_t i = 0; i < json_array_size(root) && stopped == 0; i++)
                stopped = read_conversation(json_array_get(root, i), page, in->received_ms);
        } else {
            mastodon_settle(&a);
        }
        mastodon_observe(&a);
    }
    json_decref(root);
    return stopped;
}

const struct platform_list mastodon_notifications = {
    .build = build_notifications,
    .read = read_notifications,
};
const struct platform_list mastodon_conversations = {
    .build = build_conversations,
    .read = read_conversations,
};
