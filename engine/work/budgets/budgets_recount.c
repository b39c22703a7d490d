/* Budgets counted again from the journals: see budgets.h. Happy path: of each campaign that shares
 * them the records of the longest period, each request once. Fails as the store does, and by
 * memory. */
#include <stdlib.h>

#include "core/drain/drain.h"
#include "core/limiter/limiter_window.h"
#include "work/budgets/budgets.h"

/* As many requests as can be in flight have their outcomes side by side; after a crash, mixed. */
#define RECENT DRAIN_IN_FLIGHT_MAX

struct request_name {
    uint32_t plan, request;
};

struct recounting {
    struct limiter *l;
    struct request_name recent[RECENT];
    size_t seen;
    struct winnow_error *err;
};

static bool is_new(struct recounting *c, const struct store_journal_record *r) {
    for (size_t i = 0; i < RECENT && i < c->seen; i++)
        if (c->recent[i].plan == r->plan && c->recent[i].request == r->request)
            return false;
    c->recent[c->seen++ % RECENT] = (struct request_name){r->plan, r->request};
    return true;
}

/* One that never left (no connection) has no status, is in no doubt, and uses up no try. What a
 * look or a question told names no request. */
static bool may_have_left(const struct store_journal_record *r) {
    return r->request != 0 && r->kind == STORE_JOURNAL_OUTCOME && r->outcome != OUTCOME_PROTECTED &&
           (r->http_status != 0 || r->outcome == OUTCOME_IN_DOUBT || r->exhausted);
}

static int count_record(void *context, const struct store_journal_record *r) {
    struct recounting *c = context;
    if (!may_have_left(r))
        return 0;
    struct budget_load load = {.action = r->action, .count = 1, .write = is_new(c, r)};
    for (size_t i = 0; i < c->l->count; i++)
        if (!window_reserve(&c->l->budgets[i]))
            return winnow_fail(c->err, WINNOW_NO_MEMORY, "out of memory for a budget");
    limiter_settle(c->l, load, r->time_ms);
    return 0;
}

static int64_t longest_period(const struct limiter *l) {
    int64_t longest_ms = 0;
    for (size_t i = 0; i < l->count; i++) {
        const struct budget_spec *s = &l->budgets[i].spec;
        if ((limiter_counts(s, ACTION_UNFOLLOW) || limiter_counts(s, ACTION_FOLLOW)) &&
            s->period_ms > longest_ms)
            longest_ms = s->period_ms;
    }
    return longest_ms;
}

/* What one campaign's journal says of budgets like those of `l`. */
static int count_journal(struct limiter *l, struct store_txn *t, uint32_t campaign, int64_t now_ms,
                         struct winnow_error *err) {
    struct recounting c = {.l = l, .err = err};
    int64_t longest_ms = longest_period(l);
    uint64_t from;
    if (longest_ms == 0)
        return 0;
    /* a little more than a period is kept (limiter_window.c) */
    if (store_journal_since(t, campaign, now_ms - longest_ms - longest_ms / 1000 - 1000, &from,
                            err) != 0)
        return -1;
    return store_journal_each(t, campaign, from, count_record, &c, err);
}

static const struct budget_slot *slot(const struct budget *b, uint32_t i) {
    return &b->slots[(b->slot_first + i) % b->slot_room];
}

/* Of two logs of costs, the youngest first: at each time as much as either has that is so young, or
 * as both have together. Into `to`, which has room for both. */
static uint32_t recount_merge(const struct budget *a, const struct budget *b, bool together,
                              struct budget_slot *to) {
    uint32_t i = a->slot_count;
    uint32_t k = b->slot_count;
    uint32_t count = 0;
    uint64_t sum_a = 0;
    uint64_t sum_b = 0;
    uint64_t sum = 0;
    while (i > 0 || k > 0) {
        bool from_a = k == 0 || (i > 0 && slot(a, i - 1)->at_ms >= slot(b, k - 1)->at_ms);
        const struct budget_slot *s = from_a ? slot(a, --i) : slot(b, --k);
        *(from_a ? &sum_a : &sum_b) += s->cost;
        uint64_t now = together ? sum_a + sum_b : sum_a > sum_b ? sum_a : sum_b;
        if (now > sum)
            to[count++] = (struct budget_slot){s->at_ms, now - sum};
        sum = now;
    }
    return count;
}

static int take_in(struct budget *b, const struct budget *other, bool together,
                   struct winnow_error *err) {
    struct budget_slot *slots =
        malloc(((size_t)b->slot_count + other->slot_count + 1) * sizeof *slots);
    if (slots == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory for a budget");
    uint32_t count = recount_merge(b, other, together, slots);
    b->used = 0;
    b->slot_first = b->slot_count = 0;
    while (count > 0 && window_reserve(b)) {
        count--;
        window_enter(b, slots[count].cost, slots[count].at_ms);
    }
    free(slots);
    return count == 0 ? 0 : winnow_fail(err, WINNOW_NO_MEMORY, "out of memory for a budget");
}

int budgets_adopt(struct limiter *l, struct limiter *counted, int64_t now_ms,
                  struct winnow_error *err) {
    for (size_t i = 0; i < l->count; i++) {
        struct budget *b = &l->budgets[i];
        struct budget *c = limiter_find(counted, b->spec.name);
        if (c == NULL || b->spec.kind == BUDGET_TOTAL || budget_used(counted, c, now_ms) == 0)
            continue;
        (void)budget_used(l, b, now_ms); /* what is over is let go */
        if (take_in(b, c, false, err) != 0)
            return -1;
    }
    return 0;
}

/* ---- over all campaigns that share a budget ---- */

struct sharing {
    struct limiter *l;
    struct store_txn *txn;
    const struct store_campaign *campaign;
    int64_t now_ms;
    struct winnow_error *err;
};

static int add_shared(const struct sharing *s, const struct store_campaign *other,
                      const struct limiter *counted) {
    for (size_t i = 0; i < s->l->count; i++) {
        struct budget *b = &s->l->budgets[i];
        if (b->spec.kind != BUDGET_TOTAL && counted->budgets[i].slot_count > 0 &&
            budgets_shared(s->campaign, other, b->spec.scope) &&
            take_in(b, &counted->budgets[i], true, s->err) != 0)
            return -1;
    }
    return 0;
}

static int count_campaign(void *context, const struct store_campaign *other) {
    const struct sharing *s = context;
    struct limiter counted;
    bool shares = false;
    int result = 0;
    for (size_t i = 0; i < s->l->count; i++)
        shares = shares || budgets_shared(s->campaign, other, s->l->budgets[i].spec.scope);
    if (!shares)
        return 0;
    limiter_init(&counted, PACE_BURST);
    for (size_t i = 0; i < s->l->count && result == 0; i++)
        result = limiter_add(&counted, &s->l->budgets[i].spec, s->err);
    if (result == 0)
        result = count_journal(&counted, s->txn, other->id, s->now_ms, s->err);
    if (result == 0)
        result = add_shared(s, other, &counted);
    limiter_free(&counted);
    return result;
}

int budgets_recount(struct limiter *l, struct store_txn *t, const struct store_campaign *c,
                    int64_t now_ms, struct winnow_error *err) {
    struct sharing s = {l, t, c, now_ms, err};
    return store_campaign_each(t, count_campaign, &s, err);
}
