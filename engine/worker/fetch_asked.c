/* What the platform tells of the roster's own people, asked by their ids: relationships, profiles.
 * Happy path: chunk after chunk in the order of the roster; what is answered is merged, and who was
 * not answered for stays unknown. Nothing rests on absence, so a set that is cut short does no
 * harm.
 *
 * A server may refuse a whole chunk for one id that it does not like (GoToSocial): its people are
 * then asked one by one, and who is refused alone is passed over. Where everybody is refused, the
 * server does not offer the call. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "worker/fetch.h"

#define REFUSALS_MAX 20 /* in a row, each alone: there is no such call */

struct asking {
    uint32_t *numbers; /* whom to ask, in order; campaign.followees long */
    uint32_t count;
    uint32_t from, until; /* numbers[from..until-1] are in this request */
    uint32_t alone;       /* how many more to ask one by one */
    uint32_t refusals;
    char ids[PLATFORM_LOOK_MAX][FACT_ID_MAX + 1];
    bool answered[PLATFORM_LOOK_MAX];
};

/* f->at: part is the roster number to ask next, rows how many were asked, told of how many in all.
 */

static int gather(void *context, uint32_t number, const struct facts *facts, uint64_t gone,
                  struct winnow_error *err) {
    struct asking *a = context;
    (void)err;
    if (store_follows_left(facts, gone) != 0 && facts_known(facts, FACT_ID))
        a->numbers[a->count++] = number;
    return 0;
}

static int gather_all(struct fetching *f, struct asking *a, struct winnow_error *err) {
    struct store_txn *t;
    struct store_scan scan = {
        .detail = STORE_FACTS, .forget_every = 65536, .each = gather, .context = a};
    if (store_read(f->w->store, &t, err) != 0)
        return -1;
    int result = store_campaign_find(t, f->campaign.name, &f->campaign, err);
    if (result == 0) {
        a->numbers = malloc(((size_t)f->campaign.followees + 1) * sizeof *a->numbers);
        result = a->numbers == NULL ? winnow_fail(err, WINNOW_NO_MEMORY, "out of memory")
                                    : store_roster_scan(t, f->campaign.id, &scan, err);
    }
    store_abort(t);
    return result;
}

static uint32_t place_of(const struct asking *a, uint32_t number) {
    uint32_t low = 0;
    for (uint32_t high = a->count; low < high;) {
        uint32_t middle = low + (high - low) / 2;
        if (a->numbers[middle] < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int copy_ids(struct fetching *f, struct asking *a, struct winnow_error *err) {
    struct store_txn *t;
    int result = 0;
    if (store_read(f->w->store, &t, err) != 0)
        return -1;
    for (uint32_t i = a->from; i < a->until && result == 0; i++) {
        struct facts facts;
        result = store_followee_get(t, f->campaign.id, a->numbers[i], STORE_FACTS, &facts, err);
        if (result == 0)
            text_copy(a->ids[i - a->from], sizeof a->ids[0], facts.text[FACT_ID]);
    }
    store_abort(t);
    return result;
}

static int build(struct fetching *f, const struct platform_account *who, struct http_request *out,
                 struct winnow_error *err) {
    struct asking *a = f->own;
    struct unfollow entries[PLATFORM_LOOK_MAX];
    uint32_t most = a->alone > 0 ? 1 : f->platform->ask->max;
    a->from = place_of(a, f->at.part);
    a->until = a->count - a->from < most ? a->count : a->from + most;
    memset(a->answered, 0, sizeof a->answered);
    if (copy_ids(f, a, err) != 0)
        return -1;
    for (uint32_t i = 0; i < a->until - a->from; i++)
        entries[i] = (struct unfollow){{a->ids[i], (uint32_t)strlen(a->ids[i])}, {"", 0}};
    return f->platform->ask->build(who, entries, a->until - a->from, out, err);
}

static int read_rows(struct fetching *f, const struct platform_account *who,
                     const struct http_response *in, struct platform_page *page,
                     struct reply *reply) {
    return f->platform->ask->read(who, in, page, reply);
}

/* Only of those who were asked about, and of each once. */
static int take(void *context, const struct facts *row) {
    struct fetching *f = context;
    struct asking *a = f->own;
    for (uint32_t i = 0; i < a->until - a->from; i++) {
        if (a->answered[i] || strlen(a->ids[i]) != row->text[FACT_ID].size ||
            memcmp(a->ids[i], row->text[FACT_ID].at, row->text[FACT_ID].size) != 0)
            continue;
        a->answered[i] = true;
        f->at.follows += facts_known(row, FACT_FOLLOWS_ME);
        f->at.full += facts_known(row, FACT_FOLLOWERS) && facts_known(row, FACT_POSTS);
        return fetch_merge_known(f, row, f->err) < 0 ? -1 : 0;
    }
    return 0;
}

/* Rows are those asked, not those answered, and who is not understood is just not answered for. */
static int page(struct fetching *f, const struct platform_page *page, struct winnow_error *err) {
    struct asking *a = f->own;
    (void)err;
    f->at.rows = f->at.rows - page->count + (a->until - a->from);
    f->at.skipped -= page->skipped;
    a->refusals = 0;
    a->alone -= a->alone > 0;
    f->at.part = a->until > a->from ? a->numbers[a->until - 1] + 1 : f->at.part;
    return 0;
}

static int put(struct fetching *f, enum evidence_set set, uint64_t count,
               struct winnow_error *err) {
    char why[160];
    snprintf(why, sizeof why,
             "%" PRIu64 " of %" PRIu64 " were not answered for: gone, hidden or not known there",
             f->at.rows - count, f->at.rows);
    return fetch_put(f, set, count, f->at.rows, count < f->at.rows ? why : NULL, err);
}

static int end(struct fetching *f, bool *more, struct winnow_error *err) {
    struct asking *a = f->own;
    const struct platform_ask *ask = f->platform->ask;
    *more = a->until < a->count;
    if (*more)
        return 0;
    if (ask->tells_follows_me && put(f, EVIDENCE_FOLLOWERS, f->at.follows, err) != 0)
        return -1;
    return ask->tells_profile ? put(f, EVIDENCE_PROFILES, f->at.full, err) : 0;
}

static int refused(struct fetching *f, struct winnow_error *err) {
    struct asking *a = f->own;
    (void)err;
    if (a->until - a->from > 1) {
        a->alone = a->until - a->from;
        return FETCH_GO_ON;
    }
    a->refusals++;
    a->alone -= a->alone > 0;
    if (f->at.pages == 0 && (a->refusals >= REFUSALS_MAX || a->until == a->count))
        return FETCH_NOT_OFFERED;
    f->at.rows++;
    f->at.part = a->numbers[a->from] + 1;
    return a->until == a->count ? FETCH_OVER : FETCH_GO_ON;
}

static int begin(struct fetching *f, struct winnow_error *err) {
    const struct asking *a = f->own;
    (void)err;
    f->at.told = a->count;
    return 0;
}

static int run(struct fetching *f, struct asking *a, struct winnow_error *err) {
    const struct fetch_step step = {
        .name = "asked",
        .doing = f->platform->ask->tells_profile ? "asking for profiles" : "asking who follows",
        .begin = begin,
        .build = build,
        .read = read_rows,
        .take = take,
        .page = page,
        .end = end,
        .refused = refused,
        .may_lack = true,
    };
    if (gather_all(f, a, err) != 0)
        return -1;
    if (a->count == 0)
        return winnow_fail(err, WINNOW_BAD_INPUT,
                           "the roster of campaign %s has nobody to ask about: run `winnow fetch "
                           "%s` first",
                           f->campaign.name, f->campaign.name);
    f->own = a;
    int result = fetch_step_run(f, &step, err);
    f->own = NULL;
    return result;
}

int fetch_asked(struct fetching *f, struct winnow_error *err) {
    struct asking *a = calloc(1, sizeof *a);
    if (a == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
    int result = run(f, a, err);
    free(a->numbers);
    free(a);
    if (result == 1 && f->platform->ask->tells_follows_me)
        result = fetch_put_absent(f, EVIDENCE_FOLLOWERS, f->refused, err) == 0 ? 1 : -1;
    if (result == 1 && f->platform->ask->tells_profile)
        result = fetch_put_absent(f, EVIDENCE_PROFILES, f->refused, err) == 0 ? 1 : -1;
    return result < 0 ? -1 : 0;
}
