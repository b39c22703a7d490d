/* The following list into the roster. Happy path: page after page; at the end, those who were on
 * none are marked as not followed any more, if the list was whole. It is whole when its end was
 * reached, no row was left out, as many followees were on it as the profile counts, and it is not
 * empty against a roster that has people. */
#include <inttypes.h>
#include <stdio.h>

#include "platform/handles.h"
#include "worker/fetch.h"

static int64_t told(const struct platform_identity *profile) {
    return profile->following;
}

static int build(struct fetching *f, const struct platform_account *who, struct http_request *out,
                 struct winnow_error *err) {
    struct text cursor = {buffer_text(&f->cursor), (uint32_t)f->cursor.size};
    return f->platform->build_following(who, cursor, out, err);
}

static int read_rows(struct fetching *f, const struct platform_account *who,
                     const struct http_response *in, struct platform_page *page,
                     struct reply *reply) {
    return f->platform->read_following(who, in, page, reply);
}

static int take(void *context, const struct facts *row) {
    struct fetching *f = context;
    struct facts facts = *row;
    enum store_change change;
    uint32_t number;
    char handle[FACT_HANDLE_MAX + 1];
    facts_came_from(&facts, f->at.batch);
    platform_handle_of(f->platform, f->campaign.server, &facts, handle);
    if (store_followee_merge(f->txn, &f->campaign, &facts, false, &change, &number, f->err) != 0 ||
        store_gone_clear(f->txn, f->campaign.id, number, f->err) != 0)
        return -1;
    f->at.full += facts_known(row, FACT_FOLLOWERS) && facts_known(row, FACT_POSTS);
    f->result->added += change == STORE_ADDED;
    f->result->changed += change == STORE_CHANGED;
    return 0;
}

static int page(struct fetching *f, const struct platform_page *page, struct winnow_error *err) {
    (void)err;
    f->result->pages++;
    f->result->followees += page->count;
    f->result->skipped += page->skipped;
    return 0;
}

struct counting {
    uint16_t batch;
    uint64_t count;
    uint64_t others; /* of the roster, still followed by all that is known */
};

/* A followee that an import told of since is not counted: to the side of a partial list. */
static int count_seen(void *context, uint32_t number, const struct facts *f, uint64_t gone,
                      struct winnow_error *err) {
    struct counting *c = context;
    bool seen = f->source == c->batch;
    (void)number;
    (void)err;
    c->count += seen;
    c->others += !seen && store_follows_left(f, gone) != 0;
    return 0;
}

/* Followees, each once: a list whose pages move while it is read has some of them twice. */
static int count_followees(struct fetching *f, struct counting *c, struct winnow_error *err) {
    struct store_scan scan = {.detail = STORE_FACTS, .each = count_seen, .context = c};
    *c = (struct counting){.batch = f->at.batch};
    return store_roster_scan(f->txn, f->campaign.id, &scan, err);
}

/* Why the list is not whole; "" when it is. An empty one is what a server gives that does not know
 * the account: it takes nobody out of the roster. */
static void judge(struct fetching *f, const struct counting *c, uint64_t expected, char why[160]) {
    why[0] = '\0';
    fetch_stopped_at_end(f, c->count);
    if (f->at.skipped > 0)
        snprintf(why, 160, "%" PRIu64 " rows were not understood", f->at.skipped);
    else if (f->stopped[0] != '\0')
        snprintf(why, 160, "%s", f->stopped);
    else if (expected > c->count)
        snprintf(why, 160,
                 "the profile counts %" PRIu64 ", %" PRIu64
                 " more: hidden, suspended or just changed accounts",
                 expected, expected - c->count);
    else if (c->count == 0 && c->others > 0)
        snprintf(why, 160,
                 "the server's list is empty, and the roster has %" PRIu64
                 ": an empty list takes nobody out",
                 c->others);
}

static int put_profiles(struct fetching *f, bool whole, struct winnow_error *err) {
    char why[160];
    if (!f->platform->rows_tell_profile)
        return 0;
    if (f->at.full < f->at.rows)
        snprintf(why, sizeof why, "%" PRIu64 " rows of the list had no counts",
                 f->at.rows - f->at.full);
    else
        snprintf(why, sizeof why, "the following list that brings them is not whole");
    return fetch_put(f, EVIDENCE_PROFILES, f->at.full, f->at.rows,
                     whole && f->at.full == f->at.rows ? NULL : why, err);
}

static int end(struct fetching *f, bool *more, struct winnow_error *err) {
    char why[160];
    struct counting c;
    uint64_t unseen = 0;
    uint64_t expected = f->at.told > 0 ? (uint64_t)f->at.told : 0;
    *more = false;
    if (count_followees(f, &c, err) != 0)
        return -1;
    judge(f, &c, expected, why);
    bool whole = why[0] == '\0';
    f->result->end = f->stopped[0] == '\0';
    f->result->told = f->at.told;
    if (!whole)
        hooks_warn(&f->options->hooks, "the following list is not whole: %s", why);
    if (whole && store_gone_unseen(f->txn, &f->campaign, f->at.batch, &unseen, err) != 0)
        return -1;
    return fetch_put(f, EVIDENCE_FOLLOWING, c.count, expected, whole ? NULL : why, err) == 0
               ? put_profiles(f, whole, err)
               : -1;
}

int fetch_following(struct fetching *f, struct winnow_error *err) {
    const struct fetch_step step = {
        .name = "following",
        .doing = "reading the following list",
        .cost = {MONEY_FOLLOWING, f->platform->price_read_micro, f->platform->read_page_max},
        .told = told,
        .build = build,
        .read = read_rows,
        .take = take,
        .page = page,
        .end = end,
        .by_pages = true,
    };
    return fetch_step_run(f, &step, err);
}
