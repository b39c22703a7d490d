/* Bluesky, the evidence that any PDS gives: who is in a list, to whom the account wrote, whom it
 * likes, boosts and blocks, whose a handle is. Sources: bluesky-social/atproto lexicons
 * (app.bsky.graph.list, listitem and block, app.bsky.feed.post, like and repost,
 * app.bsky.richtext.facet, app.bsky.embed.record and recordWithMedia, com.atproto.sync.getRepo,
 * com.atproto.identity.resolveHandle).
 *
 * Happy path: getRepo, or listRecords of the account's own records of each kind; resolveHandle.
 * Fails into a reply; rows that are not understood are counted. */
#include "core/base/foreign.h"
#include "platform/adapters/bluesky.h"
#include "platform/wire/build.h"

#include <string.h>

#define LIST_COLLECTION   "app.bsky.graph.list"
#define ITEM_COLLECTION   "app.bsky.graph.listitem"
#define POST_COLLECTION   "app.bsky.feed.post"
#define LIKE_COLLECTION   "app.bsky.feed.like"
#define REPOST_COLLECTION "app.bsky.feed.repost"
#define BLOCK_COLLECTION  "app.bsky.graph.block"

/* ---- lists -----------------------------------------------------------------------------------*/

static int build_lists(const struct platform_account *who, struct text part, struct text cursor,
                       struct http_request *out, struct winnow_error *err) {
    (void)part;
    return bluesky_build_records(who, LIST_COLLECTION, cursor, out, err);
}

static const char *read_list(const json_t *from, struct row *row, struct facts *f) {
    struct text uri;
    struct text rkey;
    if (!body_text(from, "uri", &uri) || !bluesky_key(uri, row->who->id, LIST_COLLECTION, &rkey) ||
        rkey.size > FACT_ID_MAX)
        return "its uri is missing, or not that of a list of the account's";
    facts_set_text(f, FACT_ID, rkey.at, rkey.size);
    row_text(f, FACT_NAME, body_object(from, "value"), "name", FACT_NAME_MAX);
    return facts_known(f, FACT_NAME) ? NULL : "the list has no name";
}

/* On a list for moderation stands whom the account blocks or mutes by it: no list of people that it
 * reads. Its members are those of a list that is not there. */
static bool is_moderation(const json_t *record) {
    struct text purpose;
    return body_text(body_object(record, "value"), "purpose", &purpose) &&
           foreign_is(purpose, "app.bsky.graph.defs#modlist");
}

static int read_list_page(const struct platform_account *who, const json_t *records,
                          int64_t received_ms, struct platform_page *page) {
    int stopped = 0;
    for (size_t i = 0; i < json_array_size(records) && stopped == 0; i++) {
        const json_t *record = json_array_get(records, i);
        if (!json_is_object(record))
            page_skip(page, i, "it is no record");
        else if (!is_moderation(record))
            stopped = page_read(page, record, read_list, who, received_ms);
    }
    return stopped;
}

static int read_lists(const struct platform_account *who, const struct http_response *in,
                      struct platform_page *page, struct reply *out) {
    return bluesky_read_records(who, in, read_list_page, page, out);
}

static int build_members(const struct platform_account *who, struct text part, struct text cursor,
                         struct http_request *out, struct winnow_error *err) {
    (void)part;
    return bluesky_build_records(who, ITEM_COLLECTION, cursor, out, err);
}

static const char *read_member(const json_t *from, struct row *row, struct facts *f) {
    struct text did;
    struct text list;
    struct text rkey;
    const json_t *value = body_object(from, "value");
    if (!body_text(value, "subject", &did) || !id_did(did))
        return "its subject is missing or no DID";
    if (!body_text(value, "list", &list) ||
        !bluesky_key(list, row->who->id, LIST_COLLECTION, &rkey))
        return "its list is missing, or not one of the account's";
    facts_set_text(f, FACT_ID, did.at, did.size);
    facts_set_text(f, FACT_LISTS, rkey.at, rkey.size);
    return NULL;
}

static int read_member_page(const struct platform_account *who, const json_t *records,
                            int64_t received_ms, struct platform_page *page) {
    return page_read(page, records, read_member, who, received_ms);
}

static int read_members(const struct platform_account *who, const struct http_response *in,
                        struct platform_page *page, struct reply *out) {
    return bluesky_read_records(who, in, read_member_page, page, out);
}

const struct platform_list bluesky_lists = {.build = build_lists, .read = read_lists};
const struct platform_list bluesky_members = {.build = build_members, .read = read_members};

/* ---- what the account wrote, likes, blocks ---------------------------------------------------*/

/* Whose is at://DID/...? Empty where that is no such address. */
static struct text author_of(struct text uri) {
    if (!foreign_starts(uri, "at://"))
        return (struct text){"", 0};
    struct text did = {uri.at + 5, uri.size - 5};
    const char *slash = memchr(did.at, '/', did.size);
    if (slash != NULL)
        did.size = (uint32_t)(slash - did.at);
    return id_did(did) ? did : (struct text){"", 0};
}

static struct text author_in(const json_t *ref) {
    struct text uri;
    return body_text(ref, "uri", &uri) ? author_of(uri) : (struct text){"", 0};
}

struct telling {
    struct page_people people;
    const struct platform_account *who;
};

static void tell(struct telling *t, struct text did, enum exchange_kind kind) {
    const struct exchange x = {.kind = kind, .time_ms = t->people.time_ms};
    page_people_add(&t->people, t->who, did, &x);
}

static void tell_mentions(struct telling *t, const json_t *value) {
    const json_t *facets = body_array(value, "facets");
    for (size_t i = 0; i < json_array_size(facets); i++) {
        const json_t *features = body_array(json_array_get(facets, i), "features");
        for (size_t k = 0; k < json_array_size(features); k++) {
            struct text type;
            struct text did;
            const json_t *feature = json_array_get(features, k);
            if (body_text(feature, "$type", &type) &&
                foreign_is(type, "app.bsky.richtext.facet#mention") &&
                body_text(feature, "did", &did) && id_did(did))
                tell(t, did, EXCHANGE_MENTION);
        }
    }
}

/* A post that is quoted, alone or with media; lists and feeds are embedded the same way. */
static void tell_quoted(struct telling *t, const json_t *value) {
    const json_t *record = body_object(body_object(value, "embed"), "record");
    struct text uri;
    if (body_object(record, "record") != NULL)
        record = body_object(record, "record");
    if (body_text(record, "uri", &uri) && foreign_has(uri, "/" POST_COLLECTION "/"))
        tell(t, author_of(uri), EXCHANGE_QUOTE);
}

static void tell_post(struct telling *t, const json_t *value) {
    const json_t *reply = body_object(value, "reply");
    tell(t, author_in(body_object(reply, "parent")), EXCHANGE_REPLY);
    tell(t, author_in(body_object(reply, "root")), EXCHANGE_REPLY);
    tell_quoted(t, value);
    tell_mentions(t, value);
}

static void tell_like(struct telling *t, const json_t *value) {
    tell(t, author_in(body_object(value, "subject")), EXCHANGE_LIKE);
}

static void tell_repost(struct telling *t, const json_t *value) {
    tell(t, author_in(body_object(value, "subject")), EXCHANGE_BOOST);
}

/* Each record's people, by `of`. */
static int tell_page(const struct platform_account *who, const json_t *records, int64_t received_ms,
                     struct platform_page *page,
                     void (*of)(struct telling *t, const json_t *value)) {
    int stopped = 0;
    for (size_t i = 0; i < json_array_size(records) && stopped == 0; i++) {
        const json_t *record = json_array_get(records, i);
        const json_t *value = body_object(record, "value");
        struct telling t = {.people = {.time_ms = page_moment(value, "createdAt", received_ms)},
                            .who = who};
        if (!body_text(record, "uri", &page->said))
            page->said = (struct text){"", 0};
        if (value == NULL) {
            page_skip(page, i, "the record has no value");
            continue;
        }
        of(&t, value);
        stopped = page_people_tell(page, &t.people);
    }
    return stopped;
}

static int read_post_page(const struct platform_account *who, const json_t *records,
                          int64_t received_ms, struct platform_page *page) {
    return tell_page(who, records, received_ms, page, tell_post);
}

static int read_like_page(const struct platform_account *who, const json_t *records,
                          int64_t received_ms, struct platform_page *page) {
    return tell_page(who, records, received_ms, page, tell_like);
}

static int read_repost_page(const struct platform_account *who, const json_t *records,
                            int64_t received_ms, struct platform_page *page) {
    return tell_page(who, records, received_ms, page, tell_repost);
}

static const char *read_block(const json_t *from, struct row *row, struct facts *f) {
    struct text did;
    (void)row;
    if (!body_text(body_object(from, "value"), "subject", &did) || !id_did(did))
        return "its subject is missing or no DID";
    facts_set_text(f, FACT_ID, did.at, did.size);
    return NULL;
}

static int read_block_page(const struct platform_account *who, const json_t *records,
                           int64_t received_ms, struct platform_page *page) {
    return page_read(page, records, read_block, who, received_ms);
}

static int build_posts(const struct platform_account *who, struct text part, struct text cursor,
                       struct http_request *out, struct winnow_error *err) {
    (void)part;
    return bluesky_build_records(who, POST_COLLECTION, cursor, out, err);
}

static int read_posts(const struct platform_account *who, const struct http_response *in,
                      struct platform_page *page, struct reply *out) {
    return bluesky_read_records(who, in, read_post_page, page, out);
}

static int build_likes(const struct platform_account *who, struct text part, struct text cursor,
                       struct http_request *out, struct winnow_error *err) {
    (void)part;
    return bluesky_build_records(who, LIKE_COLLECTION, cursor, out, err);
}

static int read_likes(const struct platform_account *who, const struct http_response *in,
                      struct platform_page *page, struct reply *out) {
    return bluesky_read_records(who, in, read_like_page, page, out);
}

static int build_reposts(const struct platform_account *who, struct text part, struct text cursor,
                         struct http_request *out, struct winnow_error *err) {
    (void)part;
    return bluesky_build_records(who, REPOST_COLLECTION, cursor, out, err);
}

static int read_reposts(const struct platform_account *who, const struct http_response *in,
                        struct platform_page *page, struct reply *out) {
    return bluesky_read_records(who, in, read_repost_page, page, out);
}

static int build_blocks(const struct platform_account *who, struct text part, struct text cursor,
                        struct http_request *out, struct winnow_error *err) {
    (void)part;
    return bluesky_build_records(who, BLOCK_COLLECTION, cursor, out, err);
}

static int read_blocks(const struct platform_account *who, const struct http_response *in,
                       struct platform_page *page, struct reply *out) {
    return bluesky_read_records(who, in, read_block_page, page, out);
}

const struct platform_list bluesky_posts = {.build = build_posts, .read = read_posts};
const struct platform_list bluesky_likes = {.build = build_likes, .read = read_likes};
const struct platform_list bluesky_reposts = {.build = build_reposts, .read = read_reposts};
const struct platform_list bluesky_blocks = {.build = build_blocks, .read = read_blocks};

/* ---- the whole repository --------------------------------------------------------------------*/

/* Public as its records are: no token goes along (lexicon com.atproto.sync.getRepo). */
static int build_repository(const struct platform_account *who, struct text part,
                            struct text cursor, struct http_request *out,
                            struct winnow_error *err) {
    struct text own = build_text(who->id);
    (void)part;
    (void)cursor;
    if (build_check(id_did(own), "the account's DID", own, err) != 0)
        return -1;
    build_begin(out, HTTP_GET, "/xrpc/com.atproto.sync.getRepo?did=");
    out->secret = HTTP_NO_SECRET;
    out->accept = "application/vnd.ipld.car";
    build_value(out, own);
    return build_end(out, err);
}

/* What is in it, its reader tells (formats/bluesky/bluesky_repo.h); here, whether it came. */
static int read_repository(const struct platform_account *who, const struct http_response *in,
                           struct platform_page *page, struct reply *out) {
    bool came = in->end == HTTP_DONE && in->status == 200;
    json_t *root = in->end == HTTP_DONE && !came ? body_parse(in->body) : NULL;
    struct answer a = answer_of(&bluesky_form, in, out, WHEN_READ, root);
    (void)who;
    page_begin(page);
    if (answer_begin(&a)) {
        if (came)
            answer_done(&a, OUTCOME_NONE);
        else
            bluesky_settle(&a, bluesky_budget(in));
        bluesky_observe(&a, bluesky_budget(in));
    }
    json_decref(root);
    return 0;
}

const struct platform_list bluesky_repository = {.build = build_repository,
                                                 .read = read_repository};

/* ---- a DID by a handle -----------------------------------------------------------------------*/

static int build_lookup(const struct platform_account *who, const struct target *entries,
                        size_t count, struct http_request *out, struct winnow_error *err) {
    (void)who;
    if (build_check(count == 1 && handle_host(entries[0].id), "the followee's handle",
                    entries[0].id, err) != 0)
        return -1;
    build_begin(out, HTTP_GET, "/xrpc/com.atproto.identity.resolveHandle?handle=");
    build_value(out, entries[0].id);
    return build_end(out, err);
}

static const char *read_found(const json_t *from, struct row *row, struct facts *f) {
    struct text did;
    (void)row;
    if (!body_text(from, "did", &did) || !id_did(did))
        return "its DID is missing or none";
    facts_set_text(f, FACT_ID, did.at, did.size);
    return NULL;
}

/* com.atproto.identity.resolveHandle: a 400, by the lexicon HandleNotFound; the PDS says it in the
 * message alone (packages/pds, api/com/atproto/identity/resolveHandle.ts). */
static bool is_nobody(const struct answer *a) {
    return a->in->status == 400 && a->word.size != 0 &&
           (foreign_is(a->word, "HandleNotFound") || foreign_has(a->message, "resolve handle"));
}

static int read_lookup(const struct platform_account *who, const struct http_response *in,
                       struct platform_page *page, struct reply *out) {
    json_t *root = answer_body(in);
    struct answer a = answer_of(&bluesky_form, in, out, WHEN_READ, root);
    int stopped = 0;
    page_begin(page);
    if (answer_begin(&a)) {
        if (in->status == 200 && root != NULL) {
            answer_done(&a, OUTCOME_NONE);
            stopped = page_read(page, root, read_found, who, in->received_ms);
        } else if (is_nobody(&a)) {
            answer_done(&a, OUTCOME_NONE);
        } else {
            bluesky_settle(&a, bluesky_budget(in));
        }
        bluesky_observe(&a, bluesky_budget(in));
    }
    json_decref(root);
    return stopped;
}

const struct platform_ask bluesky_lookup = {
    .max = 1,
    .build = build_lookup,
    .read = read_lookup,
};
