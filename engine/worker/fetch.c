/* fetch: page the following list into the roster, within the read budgets. Each page is one
 * transaction: its followees, the cursor of the next page, and the cost of asking for it, which so
 * is committed before that request leaves. Happy path: to the last page; those who were not on any
 * are marked as not followed any more. Stopped or killed, the same command goes on at the cursor.
 * Fails when the platform refuses; what was read stays. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "worker/batch.h"
#include "worker/reads.h"

/* A cursor that never ends must not keep us for ever: the largest roster in pages of one. */
#define PAGES_MAX 16777216u

struct fetching {
    struct winnow *w;
    struct reads reads;
    struct store_campaign campaign;
    const struct platform *platform;
    const struct winnow_fetch_options *options;
    struct winnow_fetch_result *result;
    struct buffer cursor;
    uint16_t batch;
    struct store_txn *txn; /* of the page being read */
    struct winnow_error *err;
};

/* ---- where it stands, in the store: "BATCH CURSOR" ---- */

static int load_cursor(struct fetching *f, struct store_txn *t, struct winnow_error *err) {
    const void *bytes;
    size_t size;
    int found = store_note_get(t, f->campaign.id, STORE_NOTE_FETCH, "", &bytes, &size, err);
    if (found < 0)
        return -1;
    if (found == 1 && size >= 2 && !f->options->restart) {
        const unsigned char *at = bytes;
        f->batch = (uint16_t)(at[0] | at[1] << 8);
        buffer_add(&f->cursor, at + 2, size - 2);
        return 0;
    }
    int64_t now_ms = clock_now(&f->w->clock);
    struct batch_start start = {"fetch", now_ms, now_ms};
    return batch_start(t, &f->campaign, &start, &f->batch, err) != 0 ||
                   store_campaign_put(t, &f->campaign, err) != 0
               ? -1
               : 0;
}

static int save_cursor(struct fetching *f, struct store_txn *t, struct winnow_error *err) {
    unsigned char bytes[2 + HTTP_TARGET_MAX];
    if (f->cursor.size > HTTP_TARGET_MAX)
        return winnow_fail(err, WINNOW_NETWORK, "the server's page cursor is too long");
    bytes[0] = (unsigned char)(f->batch & 0xff);
    bytes[1] = (unsigned char)(f->batch >> 8);
    memcpy(bytes + 2, buffer_text(&f->cursor), f->cursor.size);
    return store_note_put(t, f->campaign.id, STORE_NOTE_FETCH, "", bytes, 2 + f->cursor.size, err);
}

/* ---- a page ---- */

static int take_row(void *context, const struct facts *row) {
    struct fetching *f = context;
    struct facts facts = *row;
    enum store_change change;
    uint32_t number;
    facts_came_from(&facts, f->batch);
    if (store_followee_merge(f->txn, &f->campaign, &facts, false, &change, &number, f->err) != 0 ||
        store_gone_clear(f->txn, f->campaign.id, number, f->err) != 0)
        return -1;
    f->result->added += change == STORE_ADDED;
    f->result->changed += change == STORE_CHANGED;
    return 0;
}

/* Read the page's rows, the next cursor and the spent cost into one transaction, left open. */
static int read_page(struct fetching *f, const struct http_response *response,
                     struct platform_page *page, struct reply *reply, struct winnow_error *err) {
    struct platform_account who = {f->campaign.account, f->campaign.handle};
    struct buffer next;
    buffer_init(&next, HTTP_TARGET_MAX);
    *page = (struct platform_page){.each = take_row, .context = f, .next = &next};
    *reply = (struct reply){0};
    if (store_write(f->w->store, &f->txn, err) != 0)
        return -1;
    f->err = err;
    int result = f->platform->read_following(&who, response, page, reply);
    if (result == 0 && reply->action == REPLY_GO_ON) {
        bool again = !page->end && next.size == f->cursor.size && next.size > 0 &&
                     memcmp(next.at, f->cursor.at, next.size) == 0;
        buffer_clear(&f->cursor);
        buffer_add(&f->cursor, buffer_text(&next), next.size);
        if (again)
            result = winnow_fail(err, WINNOW_NETWORK,
                                 "the server gave the same page cursor twice: the list cannot be "
                                 "read to its end; try `winnow fetch %s --restart`",
                                 f->campaign.name);
    }
    buffer_free(&next);
    return result;
}

static int finish_page(struct fetching *f, const struct platform_page *page,
                       struct winnow_error *err) {
    struct store_txn *t = f->txn;
    f->result->pages++;
    f->result->followees += page->count;
    f->result->skipped += page->skipped;
    f->result->cost_micro += (int64_t)page->count * f->platform->price_read_micro;
    if (page->skipped > 0)
        hooks_warn(&f->options->hooks, "%" PRIu64 " rows left out: %s", page->skipped,
                   page->skipped_why);
    if (page->end) {
        uint64_t unseen = 0;
        f->result->complete = true;
        if (store_note_remove(t, f->campaign.id, STORE_NOTE_FETCH, "", err) != 0 ||
            store_gone_unseen(t, &f->campaign, f->batch, &unseen, err) != 0)
            return -1;
    } else if (save_cursor(f, t, err) != 0) {
        return -1;
    }
    hooks_progress(&f->options->hooks, "fetching", f->result->followees,
                   f->result->told > 0 ? (uint64_t)f->result->told : 0);
    return store_campaign_put(t, &f->campaign, err);
}

static int ask_page(struct fetching *f, const struct http_response **response,
                    struct winnow_error *err) {
    struct platform_account who = {f->campaign.account, f->campaign.handle};
    struct text cursor = {buffer_text(&f->cursor), (uint32_t)f->cursor.size};
    struct http_request request;
    http_request_init(&request);
    int result = f->platform->build_following(&who, cursor, &request, err);
    if (result == 0)
        result = reads_ask(&f->reads, &request, response, err);
    http_request_free(&request);
    return result;
}

/* One page from asking to its transaction. 1: the page was the last. */
static int one_page(struct fetching *f, struct winnow_error *err) {
    const struct http_response *response;
    struct platform_page page;
    struct reply reply;
    if (ask_page(f, &response, err) != 0)
        return -1;
    if (read_page(f, response, &page, &reply, err) != 0 ||
        (reply.action == REPLY_GO_ON && finish_page(f, &page, err) != 0) ||
        reads_settle(&f->reads, f->txn, &reply, err) != 0) {
        store_abort(f->txn);
        return -1;
    }
    if (store_commit(f->txn, err) != 0)
        return -1;
    return reply.action == REPLY_GO_ON ? page.end : reads_after_trouble(&f->reads, &reply, err);
}

static int fetch_pages(struct fetching *f, struct winnow_error *err) {
    for (uint32_t pages = 0; pages < PAGES_MAX; pages++) {
        int last = one_page(f, err);
        if (last != 0)
            return last == 1 ? 0 : -1;
    }
    return winnow_fail(err, WINNOW_NETWORK, "the list did not end after %u pages", PAGES_MAX);
}

/* How many the profile says there are, to compare with. */
static int ask_count(struct fetching *f, struct winnow_error *err) {
    struct http_request request;
    const struct http_response *response;
    struct platform_identity who = {.following = -1};
    struct reply reply = {0};
    http_request_init(&request);
    int result = f->platform->build_whoami(&request, err);
    if (result == 0)
        result = reads_ask(&f->reads, &request, &response, err);
    http_request_free(&request);
    if (result != 0)
        return -1;
    f->platform->read_whoami(response, &who, &reply);
    f->result->told = reply.action == REPLY_GO_ON ? who.following : -1;
    return reads_settle_alone(&f->reads, &reply, err);
}

static int start(struct fetching *f, struct winnow_error *err) {
    struct store_txn *t;
    if (store_write(f->w->store, &t, err) != 0)
        return -1;
    if (store_campaign_find(t, f->campaign.name, &f->campaign, err) != 0 ||
        load_cursor(f, t, err) != 0 || save_cursor(f, t, err) != 0) {
        store_abort(t);
        return -1;
    }
    return store_commit(t, err);
}

static void compare_counts(const struct fetching *f) {
    const struct winnow_fetch_result *r = f->result;
    if (r->complete && r->told >= 0 && (uint64_t)r->told != r->followees)
        hooks_warn(&f->options->hooks,
                   "the list had %" PRIu64 " followees in this fetch and the profile says %" PRId64
                   ": hidden, suspended or just changed accounts make up such differences",
                   r->followees, r->told);
}

static int fetch(struct fetching *f, struct winnow_error *err) {
    int result = start(f, err);
    if (result == 0 && f->cursor.size == 0)
        result = ask_count(f, err);
    if (result == 0)
        result = fetch_pages(f, err);
    if (result == 0 && f->result->told >= 0)
        compare_counts(f);
    return result;
}

int winnow_fetch(struct winnow *w, const char *name, const struct winnow_fetch_options *options,
                 struct winnow_fetch_result *out, struct winnow_error *err) {
    struct fetching f = {.w = w, .options = options, .result = out};
    *out = (struct winnow_fetch_result){.told = -1};
    if (state_refuse_running(w, name, err) != 0 ||
        state_campaign(w, name, &f.campaign, &f.platform, err) != 0)
        return -1;
    if (reads_open(&f.reads, w, &f.campaign, f.platform, options->budgets, options->budget_count,
                   &options->hooks, err) != 0)
        return -1;
    buffer_init(&f.cursor, HTTP_TARGET_MAX);
    int result = fetch(&f, err);
    buffer_free(&f.cursor);
    reads_close(&f.reads);
    return result;
}
