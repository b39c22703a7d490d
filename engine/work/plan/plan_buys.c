/* What money could add to a plan: see plan_buys.h. Happy path: one walk over the kinds of what is
 * sold, in the order of what a dollar protects, and for profiles one over the plan's next entries.
 * Fails as the store does. */
#include "work/plan/plan_buys.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/expr/expr.h"
#include "platform/platform.h"
#include "work/budgets/money.h"
#include "work/evidence/coverage.h"
#include "work/plan/buy.h"
#include "work/plan/plan_head.h"

#define LISTS_MICRO 5000000 /* to begin with, where nobody says before how many there are */

#define NEXT 1000u /* profiles in one go: the head of a schedule that a person looks at */

/* A list tells of a tie for a cent a member, and a mention of who wrote for a cent and a half; a
 * profile shows no tie at all, and decides by size and order alone. */
static const struct kind {
    enum dataset dataset;
    enum source_way way;
    const char *tells;
} kinds[] = {
    {DATASET_LISTS, SOURCE_PARTS, "who is on your own lists"},
    {DATASET_REACTIONS, SOURCE_PAGES, "who wrote to you, as far as it goes back"},
    {DATASET_PROFILES, SOURCE_NEXT, "how much the next entries post, and how large they are"},
};

/* Does money buy what is not there yet? */
static bool is_wanted(const struct evidence *e, const struct kind *kind) {
    return e->state == WINNOW_SET_ABSENT ||
           (kind->way == SOURCE_NEXT && e->state == WINNOW_SET_PARTIAL);
}

/* The most that it can cost; -1: how many rows there are is not told before. */
static int64_t most_micro(const struct platform_source *s, uint64_t unknown) {
    int64_t each = source_price_micro(s);
    if (s->way == SOURCE_NEXT)
        return each * (int64_t)unknown;
    return s->newest > 0 ? each * s->newest : -1;
}

/* ---- what profiles would decide ---- */

struct next {
    struct expr *rules[POLICY_RULES_MAX]; /* that keep, owned */
    size_t rule_count;
    struct coverages coverages;
    uint64_t entries, unknown, open;
};

static int compile_rules(struct next *n, const struct policy *policy, struct winnow_error *err) {
    struct expr_error error;
    for (size_t i = 0; i < policy_keep_count(policy); i++) {
        struct text source = policy_keep_source(policy, i);
        if (expr_compile(source.at, source.size, &n->rules[n->rule_count], &error) != 0)
            return winnow_fail(err, WINNOW_FAILED, "a rule of the plan: %s", error.text);
        n->rule_count++;
    }
    return 0;
}

/* Can a rule keep that one by a profile, and none without? */
static bool is_open(const struct next *n, fact_set known) {
    for (size_t i = 0; i < n->rule_count; i++)
        if (!expr_can_be_yes(n->rules[i], known) && expr_can_be_yes(n->rules[i], known | buy_facts))
            return true;
    return false;
}

static int count_next(struct next *n, struct store_txn *t, const struct store_campaign *c,
                      const struct store_progress *p, struct winnow_error *err) {
    for (uint32_t at = p->cursor; at < p->total && n->entries < NEXT; at++) {
        struct store_entry e;
        struct facts f;
        if (store_schedule_get(t, c->id, p->plan, at, &e, err) != 0 ||
            store_followee_get(t, c->id, e.number, STORE_FACTS, &f, err) != 0)
            return -1;
        n->entries++;
        if (buy_has_profile(&f))
            continue;
        n->unknown++;
        coverages_count(&n->coverages, e.number, &f);
        n->open += is_open(n, f.known);
    }
    return 0;
}

/* Of the head of the schedule: who has no profile, and whom one could keep. */
static int look_at_next(struct next *n, struct store_txn *t, const struct store_campaign *c,
                        struct winnow_error *err) {
    struct store_progress p;
    struct plan_head head;
    struct policy *policy = NULL;
    int there = store_progress_get(t, c->id, &p, err);
    *n = (struct next){.rule_count = 0};
    if (there <= 0)
        return there;
    if (plan_head_get(t, c, p.plan, &head, err) != 0)
        return -1;
    int result = buy_policy(&head, &policy, err);
    plan_head_free(&head);
    if (result == 0)
        result = compile_rules(n, policy, err);
    if (result == 0)
        result = coverages_load(&n->coverages, t, c, err);
    if (result == 0)
        result = count_next(n, t, c, &p, err);
    for (size_t i = 0; i < n->rule_count; i++)
        expr_free(n->rules[i]);
    policy_free(policy);
    return result;
}

/* ---- the rows ---- */

/* --max-cost is on all that the campaign spends, with what it spent before. */
static void buys_fill(const struct store_campaign *c, const struct platform_source *s,
                      const struct kind *kind, const struct next *next, int64_t spent_micro,
                      struct winnow_buy *out) {
    int64_t most = most_micro(s, next->unknown);
    *out = (struct winnow_buy){.each_micro = source_price_micro(s), .most_micro = most};
    if (s->way == SOURCE_NEXT) {
        out->next = next->entries;
        out->unknown = next->unknown;
        out->open = next->open;
    }
    snprintf(out->tells, sizeof out->tells, "%s", kind->tells);
    int64_t allowed = spent_micro + (most < 0 ? LISTS_MICRO : most) +
                      platform_find(c->platform)->price_whoami_micro; /* asked before each fetch */
    out->get = (struct winnow_getting){
        .by = WINNOW_BY_FETCH, .next = out->next, .max_cost_micro = allowed};
    snprintf(out->get.what, sizeof out->get.what, "%s", dataset_names[kind->dataset]);
}

int plan_buys(struct store_txn *t, const struct store_campaign *c, struct winnow_plan *plan,
              struct winnow_error *err) {
    const struct platform *p = platform_find(c->platform);
    int64_t spent_micro;
    if (money_total(t, c->id, &spent_micro, err) != 0)
        return -1;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const struct kind *kind = &kinds[i];
        const struct platform_source *s = platform_source(p, kind->dataset, kind->way);
        struct next next = {.entries = 0};
        struct evidence e;
        if (s == NULL || source_price_micro(s) == 0 || plan->scheduled == 0)
            continue;
        if (evidence_get(t, c->id, kind->dataset, &e, err) != 0 ||
            (kind->way == SOURCE_NEXT && look_at_next(&next, t, c, err) != 0))
            return -1;
        if (is_wanted(&e, kind) && (kind->way != SOURCE_NEXT || next.unknown > 0))
            buys_fill(c, s, kind, &next, spent_micro, &plan->buys[plan->buy_count++]);
    }
    return 0;
}
