/* What money could add to a plan: see plan_buys.h. Happy path: one walk over the kinds of what is
 * sold, in the order of what a dollar protects. Fails as the store does. */
#include "worker/plan_buys.h"

#include <inttypes.h>
#include <stdio.h>

#include "platform/platform.h"
#include "worker/money.h"

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
    return e->state == EVIDENCE_ABSENT ||
           (kind->way == SOURCE_NEXT && e->state == EVIDENCE_PARTIAL);
}

/* The most that it can cost; -1: how many rows there are is not told before. */
static int64_t most_micro(const struct platform_source *s, uint64_t next) {
    int64_t each = source_price_micro(s);
    if (s->way == SOURCE_NEXT)
        return each * (int64_t)next;
    return s->newest > 0 ? each * s->newest : -1;
}

/* --max-cost is on all that the campaign spends, with what it spent before. */
static void fill(const struct store_campaign *c, const struct platform_source *s,
                 const struct kind *kind, uint64_t next, int64_t spent_micro,
                 struct winnow_buy *out) {
    char more[64] = "";
    int64_t most = most_micro(s, next);
    *out = (struct winnow_buy){.each_micro = source_price_micro(s), .most_micro = most};
    if (s->way == SOURCE_NEXT)
        snprintf(more, sizeof more, " --next %" PRIu64, next);
    snprintf(out->tells, sizeof out->tells, "%s", kind->tells);
    int64_t allowed = spent_micro + (most < 0 ? LISTS_MICRO : most) +
                      platform_find(c->platform)->price_whoami_micro; /* asked before each fetch */
    snprintf(out->get, sizeof out->get, "winnow fetch %s --only %s%s --max-cost %" PRId64, c->name,
             dataset_names[kind->dataset], more, (allowed + 999999) / 1000000);
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
        uint64_t next = plan->scheduled < NEXT ? plan->scheduled : NEXT;
        struct evidence e;
        if (s == NULL || source_price_micro(s) == 0 || plan->scheduled == 0)
            continue;
        if (evidence_get(t, c->id, kind->dataset, &e, err) != 0)
            return -1;
        if (is_wanted(&e, kind))
            fill(c, s, kind, next, spent_micro, &plan->buys[plan->buy_count++]);
    }
    return 0;
}
