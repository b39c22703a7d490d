/* Bluesky, the evidence that any PDS gives: who is in a list, to whom the account wrote, whose a
 * handle is. Sources: bluesky-social/atproto lexicons (app.bsky.graph.list and listitem,
 * app.bsky.feed.post, app.bsky.richtext.facet, com.atproto.identity.resolveHandle).
 *
 * Happy path: listRecords of the account's own lists, list items and posts; resolveHandle.
 * Fails into a reply; rows that are not understood are counted. */
#include "platform/bluesky.h"
#include "platform/build.h"
#include "platform/foreign.h"
#include "platform/ids.h"

#include <string.h>

#define LIST_COLLECTION "app.bsky.graph.list"
#define ITEM_COLLECTION "app.bsky.graph.listitem"
#define POST_COLLECTION "app.bsky.feed.post"
#define PEOPLE_MAX      32 /* in one post; a post of 300 characters cannot mention more */
#define DAY_MS          INT64_C(86400000)

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

static int read_list_page(const struct platform_account *who, const json_t *records,
                          int64_t received_ms, struct platform_page *page) {
    return page_read(page, records, read_list, who, received_ms);
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

/* ---- the account's own posts -----------------------------------------------------------------*/

struct people {
    struct text dids[PEOPLE_MAX];
    size_t count;
};

static void add_person(struct people *p, struct text did, const char *own) {
    if (p->count == PEOPLE_MAX || !id_did(did) || foreign_is(did, own))
        return;
    for (size_t i = 0; i < p->count; i++)
        if (p->dids[i].size == did.size && memcmp(p->dids[i].at, did.at, did.size) == 0)
            return;
    p->dids[p->count++] = did;
}

/* Whose post is at://DID/...? */
static void add_author(struct people *p, const json_t *post, const char *own) {
    struct text uri;
    if (!body_text(post, "uri", &uri) || !foreign_starts(uri, "at://"))
        return;
    struct text did = {uri.at + 5, uri.size - 5};
    const char *slash = memchr(did.at, '/', did.size);
    if (slash != NULL)
        did.size = (uint32_t)(slash - did.at);
    add_person(p, did, own);
}

static void add_mentions(struct people *p, const json_t *value, const char *own) {
    const json_t *facets = body_array(value, "facets");
    for (size_t i = 0; i < json_array_size(facets); i++) {
        const json_t *features = body_array(json_array_get(facets, i), "features");
        for (size_t k = 0; k < json_array_size(features); k++) {
            struct text type;
            struct text did;
            const json_t *feature = json_array_get(features, k);
            if (body_text(feature, "$type", &type) &&
                foreign_is(type, "app.bsky.richtext.facet#mention") &&
                body_text(feature, "did", &did))
                add_person(p, did, own);
        }
    }
}

static int read_post(const struct platform_account *who, const json_t *value, int64_t received_ms,
                     struct platform_page *page) {
    struct people people = {.count = 0};
    const json_t *reply = body_object(value, "reply");
    int64_t time_ms;
    bool timed =
        body_time(value, "createdAt", &time_ms) && time_ms > 0 && time_ms <= received_ms + DAY_MS;
    add_author(&people, body_object(reply, "parent"), who->id);
    add_author(&people, body_object(reply, "root"), who->id);
    add_mentions(&people, value, who->id);
    for (size_t i = 0; i < people.count; i++) {
        struct facts f;
        facts_clear(&f);
        facts_set_text(&f, FACT_ID, people.dids[i].at, people.dids[i].size);
        if (timed)
            facts_set_value(&f, FACT_LAST_INTERACTION_AT, time_ms);
        int stop = page->each(page->context, &f);
        if (stop != 0)
            return stop;
    }
    page->count++;
    return 0;
}

static int read_post_page(const struct platform_account *who, const json_t *records,
                          int64_t received_ms, struct platform_page *page) {
    int stopped = 0;
    for (size_t i = 0; i < json_array_size(records) && stopped == 0; i++) {
        const json_t *record = json_array_get(records, i);
        const json_t *value = body_object(record, "value");
        if (!body_text(record, "uri", &page->said))
            page->said = (struct text){"", 0};
        if (value == NULL)
            page_skip(page, i, "the record has no value");
        else
            stopped = read_post(who, value, received_ms, page);
    }
    return stopped;
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

const struct platform_list bluesky_posts = {.build = build_posts, .read = read_posts};

/* ---- a DID by a handle -----------------------------------------------------------------------*/

static int build_lookup(const struct platform_account *who, const struct unfollow *entries,
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
    json_t *root = in->end == HTTP_DONE ? body_parse(in->body) : NULL;
    struct answer a = bluesky_answer(in, out, WHEN_READ, root);
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
