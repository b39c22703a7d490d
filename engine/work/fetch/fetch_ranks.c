/* What the order of follows tells of their dates, where the server sorts its list by them: whoever
 * was followed after somebody whose account is from May was followed after May. Happy path: from
 * the oldest follow to the newest, the latest beginning of an account so far is noted with each.
 * Fails as the store does. */
#include <stdlib.h>
#include <string.h>

#include "work/pages/fetch.h"

struct ranked {
    uint32_t number;
    int64_t rank, created_ms; /* 0: not known */
};

struct ranking {
    uint16_t batch;
    int64_t now_ms;
    struct ranked *all;
    size_t count;
};

/* The ranks of this reading alone: those of another one are of another order. */
static int ranks_gather(void *context, uint32_t number, const struct facts *f, uint64_t gone,
                        struct winnow_error *err) {
    struct ranking *r = context;
    (void)gone;
    (void)err;
    if (!facts_known(f, FACT_FOLLOW_RANK) || f->sources[FACT_FOLLOW_RANK] != r->batch ||
        !facts_known(f, FACT_ID))
        return 0;
    bool dated = facts_known(f, FACT_CREATED_AT) && f->value[FACT_CREATED_AT] <= r->now_ms;
    r->all[r->count++] =
        (struct ranked){number, f->value[FACT_FOLLOW_RANK], dated ? f->value[FACT_CREATED_AT] : 0};
    return 0;
}

static int oldest_first(const void *a, const void *b) {
    const struct ranked *x = a;
    const struct ranked *y = b;
    return x->rank > y->rank ? -1 : x->rank < y->rank;
}

static int ranks_note(struct fetching *f, uint32_t number, int64_t after_ms,
                      struct winnow_error *err) {
    struct facts known;
    struct facts facts = {0};
    char id[FACT_ID_MAX + 1];
    if (store_followee_get(f->txn, f->campaign.id, number, STORE_FACTS, &known, err) != 0)
        return -1;
    text_copy(id, sizeof id, facts_text(&known, FACT_ID));
    facts_clear(&facts);
    facts_set_text(&facts, FACT_ID, id, strlen(id));
    facts_set_value(&facts, FACT_FOLLOWED_AFTER, after_ms);
    return fetch_merge_known(f, &facts, err) < 0 ? -1 : 0;
}

int fetch_date_by_rank(struct fetching *f, struct winnow_error *err) {
    struct ranking r = {.batch = f->at.batch,
                        .now_ms = clock_now(&f->w->clock) + clock_wall_offset(&f->w->clock)};
    struct store_scan scan = {.detail = STORE_FACTS, .each = ranks_gather, .context = &r};
    int64_t after_ms = 0;
    r.all = calloc((size_t)f->campaign.followees + 1, sizeof *r.all);
    if (r.all == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
    int result = store_roster_scan(f->txn, f->campaign.id, &scan, err);
    if (result == 0)
        qsort(r.all, r.count, sizeof *r.all, oldest_first);
    for (size_t i = 0; i < r.count && result == 0; i++) {
        if (r.all[i].created_ms > after_ms)
            after_ms = r.all[i].created_ms;
        if (after_ms > 0)
            result = ranks_note(f, r.all[i].number, after_ms, err);
    }
    free(r.all);
    return result;
}
