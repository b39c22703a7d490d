/* Mastodon's API, the evidence: who follows back, who is in a list, who writes, whom the account
 * writes to and likes. Sources: mastodon/documentation (methods/accounts, lists, favourites,
 * bookmarks, conversations, notifications; entities/Relationship, Status).
 *
 * Happy path: GET /api/v1/accounts/relationships of 40 ids, an explicit "followed_by" each;
 * /api/v1/lists and /api/v1/lists/:id/accounts; /api/v1/accounts/:me/statuses, /api/v1/favourites,
 * /api/v1/bookmarks, /api/v1/conversations and /api/v1/notifications by their Link headers. Fails
 * into a reply; rows that are not understood are counted. */
#include "core/base/foreign.h"
#include "platform/adapters/mastodon.h"
#include "platform/wire/build.h"
#include "platform/wire/link.h"

#include <stdio.h>
#include <string.h>

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
    struct text note;
    if (!body_id(from, "id", row->id, &id) || !id_mastodon(id))
        return "its id is missing or not of letters, digits, _ and -";
    if (body_flag(from, "followed_by") == TRI_UNKNOWN)
        return "it does not say whether they follow";
    facts_set_text(f, FACT_ID, id.at, id.size);
    row_flag(f, FACT_FOLLOWS_ME, from, "followed_by");
    row_flag(f, FACT_REQUESTED, from, "requested");
    row_flag(f, FACT_NOTIFY, from, "notifying");
    row_flag(f, FACT_ENDORSED, from, "endorsed");
    row_flag(f, FACT_BLOCKED, from, "blocking");
    row_flag(f, FACT_MUTED, from, "muting");
    if (body_text(from, "note", &note))
        facts_set_flag(f, FACT_NOTED, note.size > 0);
    return NULL;
}

static int read_relationships(const struct platform_account *who, const struct http_response *in,
                              struct platform_page *page, struct reply *out) {
    return read_array(who, in, NULL, read_relationship, page, out);
}

const struct platform_ask mastodon_relationships = {
    .max = MASTODON_RELATIONSHIPS_MAX,
    .build = mastodon_build_relation,
    .read = read_relationships,
};

/* ---- an id by a handle -----------------------------------------------------------------------*/

static int build_lookup(const struct platform_account *who, const struct target *entries,
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

/* ---- rows that are about several ------------------------------------------------------------*/

static bool read_id(struct page_people *people, const json_t *from, const char *key,
                    struct text *id) {
    return people->count < PAGE_PEOPLE_MAX &&
           body_id(from, key, people->scratch[people->count], id) && id_mastodon(*id);
}

/* An account that is deleted: the row says itself that it is nobody's. */
static bool is_nobodys(const json_t *from) {
    const json_t *account = json_object_get(from, "account");
    return account == NULL || json_is_null(account);
}

typedef int saying_reader(const json_t *from, const struct platform_account *who,
                          struct platform_page *page, int64_t received_ms);

static int read_sayings(const struct platform_account *who, const struct http_response *in,
                        const char *prefix, saying_reader *read, struct platform_page *page,
                        struct reply *out) {
    json_t *root = answer_body(in);
    struct answer a = answer_of(&mastodon_form, in, out, WHEN_READ, root);
    struct text next;
    int stopped = 0;
    page_begin(page);
    if (answer_begin(&a)) {
        if (in->status == 200 && json_is_array(root)) {
            answer_done(&a, OUTCOME_NONE);
            if (mastodon_next_page(in, prefix, &next))
                page_next(page, next);
            for (size_t i = 0; i < json_array_size(root) && stopped == 0; i++) {
                const json_t *row = json_array_get(root, i);
                if (json_is_object(row))
                    stopped = read(row, who, page, in->received_ms);
                else
                    page_skip(page, i, "it is no object");
            }
        } else {
            mastodon_settle(&a);
        }
        mastodon_observe(&a);
    }
    json_decref(root);
    return stopped;
}

/* ---- what the account says and likes ---------------------------------------------------------*/

#define ACCOUNTS_PATH   "/api/v1/accounts/"
#define FAVOURITES_PATH "/api/v1/favourites"
#define BOOKMARKS_PATH  "/api/v1/bookmarks"

static int build_statuses(const struct platform_account *who, struct text part, struct text cursor,
                          struct http_request *out, struct winnow_error *err) {
    struct text own = build_text(who->id);
    (void)part;
    if (cursor.size != 0)
        return build_page("", ACCOUNTS_PATH, cursor, out, err);
    if (build_check(id_mastodon(own), "the account's id", own, err) != 0)
        return -1;
    build_begin(out, HTTP_GET, ACCOUNTS_PATH);
    build_value(out, own);
    buffer_add_text(&out->target, "/statuses?limit=40");
    return build_end(out, err);
}

/* Whose status is quoted: Mastodon has it within `quote`, others have the status itself there. */
static const json_t *quoted_author(const json_t *from) {
    const json_t *quote = body_object(from, "quote");
    const json_t *status = body_object(quote, "quoted_status");
    return body_object(status != NULL ? status : quote, "account");
}

struct telling {
    struct page_people people;
    const struct platform_account *who;
    enum exchange_kind kind; /* of a status that is direct: EXCHANGE_MESSAGE, whatever it does */
};

static void tell(struct telling *t, const json_t *from, const char *key, enum exchange_kind kind) {
    const struct exchange x = {
        .kind = t->kind == EXCHANGE_MESSAGE ? EXCHANGE_MESSAGE : kind,
        .time_ms = t->people.time_ms,
    };
    struct text id;
    if (read_id(&t->people, from, key, &id))
        page_people_add(&t->people, t->who, id, &x);
}

/* A boost's own fields are those of the status that is boosted, and say nothing of the account. */
static int read_status(const json_t *from, const struct platform_account *who,
                       struct platform_page *page, int64_t received_ms) {
    char number[BODY_ID_SCRATCH];
    struct text visibility;
    const json_t *boosted = body_object(from, "reblog");
    const json_t *mentions = body_array(from, "mentions");
    struct telling t = {.people = {.time_ms = page_moment(from, "created_at", received_ms)},
                        .who = who,
                        .kind = EXCHANGE_MENTION};
    page->said = (struct text){"", 0};
    (void)body_id(from, "id", number, &page->said);
    if (boosted != NULL) {
        tell(&t, body_object(boosted, "account"), "id", EXCHANGE_BOOST);
        return page_people_tell(page, &t.people);
    }
    if (body_text(from, "visibility", &visibility) && foreign_is(visibility, "direct"))
        t.kind = EXCHANGE_MESSAGE;
    tell(&t, from, "in_reply_to_account_id", EXCHANGE_REPLY);
    tell(&t, quoted_author(from), "id", EXCHANGE_QUOTE);
    for (size_t i = 0; i < json_array_size(mentions); i++)
        tell(&t, json_array_get(mentions, i), "id", EXCHANGE_MENTION);
    return page_people_tell(page, &t.people);
}

static int read_statuses(const struct platform_account *who, const struct http_response *in,
                         struct platform_page *page, struct reply *out) {
    return read_sayings(who, in, ACCOUNTS_PATH, read_status, page, out);
}

/* To favour a status, to save it and to answer it are three things: each has a name of its own. */
static void name_as(struct row *row, const char *what) {
    char number[BODY_ID_SCRATCH];
    struct text id = row->said;
    if (id.size == 0 || id.size > FACT_ID_MAX)
        return;
    if (id.at == row->keys) { /* in digits */
        memcpy(number, id.at, id.size < sizeof number ? id.size : sizeof number);
        id.at = number;
    }
    int size = snprintf(row->keys, sizeof row->keys, "%s %.*s", what, (int)id.size, id.at);
    row->said = (struct text){row->keys, (uint32_t)size};
}

/* Since when it is a favourite is not told: no earlier than it was written. */
static const char *read_marked(const json_t *from, struct row *row, struct facts *f,
                               enum exchange_kind kind) {
    struct text id = {"", 0};
    row->exchange = (struct exchange){.kind = kind,
                                      .time_ms = page_moment(from, "created_at", row->received_ms)};
    if (!body_id(from, "id", row->keys, &row->said))
        return "it has no id";
    if (!is_nobodys(from) &&
        (!body_id(body_object(from, "account"), "id", row->id, &id) || !id_mastodon(id)))
        return "its account has no id";
    if (foreign_is(id, row->who->id))
        id.size = 0;
    facts_set_text(f, FACT_ID, id.at, id.size);
    return NULL;
}

static const char *read_favourite(const json_t *from, struct row *row, struct facts *f) {
    const char *why = read_marked(from, row, f, EXCHANGE_LIKE);
    name_as(row, "favourite");
    return why;
}

static const char *read_bookmark(const json_t *from, struct row *row, struct facts *f) {
    const char *why = read_marked(from, row, f, EXCHANGE_BOOKMARK);
    name_as(row, "bookmark");
    return why;
}

static int build_favourites(const struct platform_account *who, struct text part,
                            struct text cursor, struct http_request *out,
                            struct winnow_error *err) {
    (void)who;
    (void)part;
    return build_page(FAVOURITES_PATH "?limit=40", FAVOURITES_PATH, cursor, out, err);
}

static int read_favourites(const struct platform_account *who, const struct http_response *in,
                           struct platform_page *page, struct reply *out) {
    return read_array(who, in, FAVOURITES_PATH, read_favourite, page, out);
}

static int build_bookmarks(const struct platform_account *who, struct text part, struct text cursor,
                           struct http_request *out, struct winnow_error *err) {
    (void)who;
    (void)part;
    return build_page(BOOKMARKS_PATH "?limit=40", BOOKMARKS_PATH, cursor, out, err);
}

static int read_bookmarks(const struct platform_account *who, const struct http_response *in,
                          struct platform_page *page, struct reply *out) {
    return read_array(who, in, BOOKMARKS_PATH, read_bookmark, page, out);
}

const struct platform_list mastodon_statuses = {.build = build_statuses, .read = read_statuses};
const struct platform_list mastodon_favourites = {.build = build_favourites,
                                                  .read = read_favourites};
const struct platform_list mastodon_bookmarks = {.build = build_bookmarks, .read = read_bookmarks};

/* ---- who writes ------------------------------------------------------------------------------*/

#define NOTIFICATIONS_PATH "/api/v1/notifications"
#define CONVERSATIONS_PATH "/api/v1/conversations"

static int build_notifications(const struct platform_account *who, struct text part,
                               struct text cursor, struct http_request *out,
                               struct winnow_error *err) {
    (void)who;
    (void)part;
    return build_page(NOTIFICATIONS_PATH "?limit=80&types[]=mention&types[]=favourite"
                                         "&types[]=reblog&types[]=quote",
                      NOTIFICATIONS_PATH, cursor, out, err);
}

/* Of no status: by its own id, which may be a status's as well. */
static void name_itself(const json_t *from, struct row *row) {
    if (body_id(from, "id", row->keys, &row->said) && id_mastodon(row->said))
        name_as(row, "notification");
    else
        row->said = (struct text){"", 0};
}

/* Of the types asked for, what they did; false for the others. */
static bool kind_of(struct text type, const json_t *status, const char *own,
                    enum exchange_kind *kind) {
    static const struct {
        const char *type;
        enum exchange_kind kind;
    } types[] = {{"mention", EXCHANGE_MENTION},
                 {"favourite", EXCHANGE_LIKE},
                 {"reblog", EXCHANGE_BOOST},
                 {"quote", EXCHANGE_QUOTE}};
    char scratch[BODY_ID_SCRATCH];
    struct text id;
    struct text visibility;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (!foreign_is(type, types[i].type))
            continue;
        *kind = types[i].kind;
        if (i == 0 && body_text(status, "visibility", &visibility) &&
            foreign_is(visibility, "direct"))
            *kind = EXCHANGE_MESSAGE;
        else if (i == 0 && body_id(status, "in_reply_to_account_id", scratch, &id) &&
                 foreign_is(id, own))
            *kind = EXCHANGE_REPLY;
        return true;
    }
    return false;
}

/* Servers before 3.5 do not know `types` and send all kinds; "" as the id passes one over. What it
 * is about is the status, which a conversation may be about as well. */
static const char *read_notification(const json_t *from, struct row *row, struct facts *f) {
    struct text type;
    struct text id;
    const json_t *status = body_object(from, "status");
    row->exchange = (struct exchange){.by_them = true,
                                      .time_ms = page_moment(from, "created_at", row->received_ms)};
    if (!body_text(from, "type", &type))
        return "it has no type";
    if (!body_id(status, "id", row->keys, &row->said))
        name_itself(from, row);
    if (!kind_of(type, status, row->who->id, &row->exchange.kind) || is_nobodys(from)) {
        facts_set_text(f, FACT_ID, "", 0);
        return NULL;
    }
    if (!body_id(body_object(from, "account"), "id", row->id, &id) || !id_mastodon(id))
        return "its account has no id";
    if (foreign_is(id, row->who->id))
        id.size = 0;
    facts_set_text(f, FACT_ID, id.at, id.size);
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

/* Everybody in the conversation, at the time of its last post, which one of them wrote: of the
 * others it is not told whether they ever did. */
static int read_conversation(const json_t *from, const struct platform_account *who,
                             struct platform_page *page, int64_t received_ms) {
    const json_t *accounts = body_array(from, "accounts");
    const json_t *last = body_object(from, "last_status");
    char number[BODY_ID_SCRATCH];
    char status_number[BODY_ID_SCRATCH];
    char author_number[BODY_ID_SCRATCH];
    struct page_people people = {.time_ms = page_moment(last, "created_at", received_ms)};
    struct text author = {"", 0};
    page->conversation = page->said = (struct text){"", 0};
    (void)body_id(from, "id", number, &page->conversation);
    (void)body_id(last, "id", status_number, &page->said);
    (void)body_id(body_object(last, "account"), "id", author_number, &author);
    for (size_t i = 0; i < json_array_size(accounts); i++) {
        struct exchange x = {.kind = EXCHANGE_MESSAGE, .time_ms = people.time_ms};
        struct text id;
        if (!read_id(&people, json_array_get(accounts, i), "id", &id)) {
            page_skip(page, i, "an account of the conversation has no id");
            continue;
        }
        x.by_them = author.size == id.size && memcmp(author.at, id.at, id.size) == 0;
        x.by_other = !x.by_them && !foreign_is(author, who->id);
        page_people_add(&people, who, id, &x);
    }
    return page_people_tell(page, &people);
}

static int read_conversations(const struct platform_account *who, const struct http_response *in,
                              struct platform_page *page, struct reply *out) {
    return read_sayings(who, in, CONVERSATIONS_PATH, read_conversation, page, out);
}

const struct platform_list mastodon_notifications = {
    .build = build_notifications,
    .read = read_notifications,
};
const struct platform_list mastodon_conversations = {
    .build = build_conversations,
    .read = read_conversations,
};
