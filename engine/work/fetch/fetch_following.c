/* The following list into the roster. Happy path: page after page; at the end, those who were on
 * none are marked as not followed any more, if the list was whole. It is whole when its end was
 * reached, no row was left out, as many followees were on it as the profile counts, and it is not
 * empty against a roster that has people. */
#include "platform/handles.h"
#include "work/pages/fetch.h"

static int64_t following_told(const struct platform_identity *profile) {
    return profile->following;
}

static const struct platform_list *following_of(const struct fetching *f) {
    return platform_following(f->platform);
}

static int following_build(struct fetching *f, const struct platform_account *who,
                           struct http_request *out, struct winnow_error *err) {
    struct text cursor = {buffer_text(&f->cursor), (uint32_t)f->cursor.size};
    return following_of(f)->build(who, (struct text){"", 0}, cursor, out, err);
}

static int following_read_rows(struct fetching *f, const struct platform_account *who,
                               const struct http_response *in, struct platform_page *page,
                               struct reply *reply) {
    return following_of(f)->read(who, in, page, reply);
}

static int following_take(void *context, const struct facts *row) {
    struct fetching *f = context;
    struct facts facts = *row;
    enum store_change change;
    uint32_t number;
    char handle[FACT_HANDLE_MAX + 1];
    if (f->page.newest_first) {
        facts_set_value(&facts, FACT_FOLLOW_RANK, (int64_t)(f->at.rows + f->page_rows));
        f->ranked = true;
    }
    facts_came_from(&facts, f->at.batch);
    platform_handle_of(f->platform, f->campaign.server, &facts, handle);
    if (store_followee_merge(f->txn, &f->campaign, &facts, false, &change, &number, f->err) != 0 ||
        store_gone_clear(f->txn, f->campaign.id, number, f->err) != 0)
        return -1;
    f->at.following.with_counts += facts_known(row, FACT_FOLLOWERS) && facts_known(row, FACT_POSTS);
    f->result->added += change == STORE_ADDED;
    f->result->changed += change == STORE_CHANGED;
    return 0;
}

static int following_page(struct fetching *f, const struct platform_page *page,
                          struct winnow_error *err) {
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

/* Why the list is not whole; REASON_NONE when it is. An empty one is what a server gives that does
 * not know the account: it takes nobody out of the roster. */
static struct why following_judge(struct fetching *f, const struct counting *c, uint64_t expected) {
    fetch_stopped_at_end(f, c->count);
    if (f->at.skipped > 0)
        return why_counts(REASON_ROWS_NOT_UNDERSTOOD, f->at.skipped, 0);
    if (f->stopped.reason != REASON_NONE)
        return f->stopped;
    if (expected > c->count)
        return why_counts(REASON_PROFILE_COUNTS_HIDDEN, expected, expected - c->count);
    if (c->count == 0 && c->others > 0)
        return why_counts(REASON_EMPTY_TAKES_NOBODY, c->others, 0);
    return (struct why){0};
}

static int put_profiles(struct fetching *f, bool whole, struct winnow_error *err) {
    uint64_t counts = f->at.following.with_counts;
    struct why why = {0};
    if (platform_source(f->platform, DATASET_PROFILES, SOURCE_ROWS) == NULL)
        return 0;
    if (counts < f->at.rows)
        why = why_counts(REASON_ROWS_WITHOUT_COUNTS, f->at.rows - counts, 0);
    else if (!whole)
        why = why_counts(REASON_FOLLOWING_NOT_WHOLE, 0, 0);
    return fetch_put(f, DATASET_PROFILES, counts, f->at.rows, &why, err);
}

static void warn_of_rest(const struct fetching *f, const struct why *why) {
    char sentence[WHY_MAX];
    why_sentence(why, sentence);
    hooks_warn(&f->options->hooks, "the following list is not whole: %s", sentence);
}

static int following_end(struct fetching *f, bool *more, struct winnow_error *err) {
    struct counting c;
    uint64_t unseen = 0;
    uint64_t expected = f->at.told > 0 ? (uint64_t)f->at.told : 0;
    *more = false;
    if (count_followees(f, &c, err) != 0)
        return -1;
    struct why why = following_judge(f, &c, expected);
    bool whole = why.reason == REASON_NONE;
    f->result->end = f->stopped.reason == REASON_NONE;
    f->result->told = f->at.told;
    if (!whole)
        warn_of_rest(f, &why);
    if (f->ranked && fetch_date_by_rank(f, err) != 0)
        return -1;
    if (whole && store_gone_unseen(f->txn, &f->campaign, f->at.batch, &unseen, err) != 0)
        return -1;
    return fetch_put(f, DATASET_FOLLOWING, c.count, expected, &why, err) == 0
               ? put_profiles(f, whole, err)
               : -1;
}

int fetch_following(struct fetching *f, const struct platform_source *source,
                    struct winnow_error *err) {
    (void)source; /* it may be what its rows tell besides */
    f->result->following = true;
    const struct fetch_step step = {
        .name = "following",
        .doing = "reading the following list",
        .cost = {MONEY_FOLLOWING, following_of(f)->price_micro, following_of(f)->page_max},
        .kind = FETCH_KIND_FOLLOWING,
        .told = following_told,
        .build = following_build,
        .read = following_read_rows,
        .take = following_take,
        .page = following_page,
        .end = following_end,
        .by_pages = true,
    };
    return fetch_step_run(f, &step, err);
}
