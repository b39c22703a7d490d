/* The account's repository on Bluesky as listRecords and getRecord tell of it: its follows, and
 * made-up lists, list items and posts.
 *
 * Happy path: a page of records, newest first, or oldest first with `reverse`.
 * Failure: {"error","message"}; over 100 a page is a 500, as on older servers. */
#include "bluesky.h"

#include <string.h>

void bluesky_follow_json(struct sim *sim, uint32_t record, struct buf *out) {
    char did[ID_MAX];
    char created[40];
    follows_id(&sim->follows, P_BLUESKY, record_owner(&sim->follows, record), did);
    uint64_t when_s = sim->people.count == 0 ? 1672531200 + (uint64_t)record
                                             : record_micros(&sim->follows, record) / 1000000;
    time_iso(created, sizeof created, when_s * NS_PER_S, false);
    buf_str(out, "{");
    bluesky_uri_json(sim, record, out);
    buf_printf(out,
               ",\"value\":{\"$type\":\"" COLLECTION "\",\"subject\":\"%s\",\"createdAt\":"
               "\"%.19s.000Z\"}}",
               did, created);
}

#define LIST_URI "at://%.99s/app.bsky.graph.list/3klist%u"

static void begin_json(struct sim *sim, const char *collection, const char *name, uint32_t number,
                       struct buf *out) {
    char cid[64];
    char when[40];
    cid_text(number + UINT64_C(0xc1d) + (unsigned char)name[0], cid);
    time_iso(when, sizeof when, (1700000000 + (uint64_t)number) * NS_PER_S, false);
    buf_printf(out,
               "{\"uri\":\"at://%.99s/%s/3k%s%u\",\"cid\":\"%s\",\"value\":{\"$type\":\"%s\","
               "\"createdAt\":\"%.19s.000Z\"",
               account_id(sim, P_BLUESKY), collection, name, number, cid, collection, when);
}

static void list_json(struct sim *sim, uint32_t list, struct buf *out) {
    begin_json(sim, "app.bsky.graph.list", "list", list, out);
    buf_printf(out, ",\"purpose\":\"app.bsky.graph.defs#curatelist\",\"name\":\"%s\"}}",
               list == 0 ? "friends" : "the\\npress");
}

static void item_json(struct sim *sim, uint32_t at, uint32_t list, struct buf *out) {
    char did[ID_MAX];
    follows_id(&sim->follows, P_BLUESKY, at, did);
    begin_json(sim, "app.bsky.graph.listitem", "item", at, out);
    buf_printf(out, ",\"subject\":\"%s\",\"list\":\"" LIST_URI "\"}}", did,
               account_id(sim, P_BLUESKY), list);
}

static void post_json(struct sim *sim, uint32_t at, struct buf *out) {
    char did[ID_MAX];
    char cid[64];
    follows_id(&sim->follows, P_BLUESKY, at, did);
    cid_text(at, cid);
    begin_json(sim, "app.bsky.feed.post", "post", at, out);
    buf_str(out, ",\"text\":\"yes\",\"reply\":{");
    for (int i = 0; i < 2; i++) {
        buf_printf(out, "%s\"%s\":{\"uri\":\"at://%s/app.bsky.feed.post/3k\",\"cid\":\"%s\"}",
                   i == 0 ? "" : ",", i == 0 ? "parent" : "root", did, cid);
    }
    buf_str(out, "}}}");
}

/* Lists, list items and posts of the account: computed from its followees, oldest first. */
static bool other_records(struct sim *sim, const char *collection, const char *cursor,
                          uint32_t limit, struct reply *reply) {
    bool lists = strcmp(collection, "app.bsky.graph.list") == 0;
    bool items = strcmp(collection, "app.bsky.graph.listitem") == 0;
    uint64_t from = 0;
    uint32_t count = 0;
    if ((!lists && !items && strcmp(collection, "app.bsky.feed.post") != 0) ||
        (cursor != NULL && !parse_u64(cursor, &from))) {
        return false;
    }
    reply_text(reply, 200, "{\"records\":[");
    uint32_t at = (uint32_t)from;
    for (; at < (lists ? LISTS : sim->follows.count) && count < limit; at++) {
        bool wanted = lists || (items ? in_list(at, 0) || in_list(at, 1) : talked_to(at));
        if (!wanted) {
            continue;
        }
        buf_str(reply->body, count++ == 0 ? "" : ",");
        if (lists) {
            list_json(sim, at, reply->body);
        } else if (items) {
            item_json(sim, at, in_list(at, 1) ? 1 : 0, reply->body);
        } else {
            post_json(sim, at, reply->body);
        }
    }
    buf_str(reply->body, "]");
    if (count == limit) {
        buf_printf(reply->body, ",\"cursor\":\"%u\"", at);
    }
    buf_str(reply->body, "}");
    return true;
}

/* Newest first as a real server does, so the cursor moves down; `reverse` turns it. */
void bluesky_list_records(struct sim *sim, const struct request *request, struct reply *reply) {
    const struct bits *records = &sim->follows.records;
    const char *cursor = query(request, "cursor");
    const char *reverse = query(request, "reverse");
    const char *collection = query(request, "collection");
    uint32_t limit = query_number(request, "limit", 50, UINT32_MAX);
    bool up = reverse != NULL && strcmp(reverse, "true") == 0;
    if (!bluesky_repo_mine(sim, query(request, "repo"), reply)) {
        return;
    }
    if (limit < 1 || limit > 100) {
        bluesky_error_500(sim, reply);
        return;
    }
    struct page page = {collection, cursor, limit, up};
    if (collection != NULL && sim->people.count != 0 && bluesky_people_records(sim, &page, reply)) {
        return;
    }
    bool own = collection != NULL && strcmp(collection, COLLECTION) != 0;
    if (own && other_records(sim, collection, cursor, limit, reply)) {
        return;
    }
    reply_text(reply, 200, "{\"records\":[");
    uint32_t edge = cursor != NULL ? record_after(&sim->follows, cursor) : up ? 0 : SIM_NONE;
    if (!up && cursor != NULL && record_find(&sim->follows, cursor) != SIM_NONE) {
        edge = record_find(&sim->follows, cursor); /* the cursor itself was on the last page */
    }
    bool ours = collection != NULL && strcmp(collection, COLLECTION) == 0;
    uint32_t at = !ours ? SIM_NONE : up ? bits_next(records, edge) : bits_prev(records, edge);
    char last[16] = "";
    for (uint32_t n = 0; at != SIM_NONE && n < limit; n++) {
        buf_str(reply->body, n == 0 ? "" : ",");
        bluesky_follow_json(sim, at, reply->body);
        record_key(&sim->follows, at, last);
        at = up ? bits_next(records, at + 1) : bits_prev(records, at);
    }
    buf_str(reply->body, "]");
    if (last[0] != '\0') {
        buf_printf(reply->body, ",\"cursor\":\"%s\"", last);
    }
    buf_str(reply->body, "}");
}

void bluesky_get_record(struct sim *sim, const struct request *request, struct reply *reply) {
    const char *rkey = query(request, "rkey");
    const char *collection = query(request, "collection");
    bool ours = collection != NULL && strcmp(collection, COLLECTION) == 0;
    uint32_t record = rkey != NULL && ours ? record_find(&sim->follows, rkey) : SIM_NONE;
    if (!bluesky_repo_mine(sim, query(request, "repo"), reply)) {
        return;
    }
    if (record == SIM_NONE || !bits_has(&sim->follows.records, record)) {
        bluesky_error(reply, 400, "RecordNotFound", "Could not locate record");
        return;
    }
    reply_text(reply, 200, "");
    bluesky_follow_json(sim, record, reply->body);
}
