/* Judging a roster: see planner.h. planner_add judges one followee and notes the outcome;
 * planner_finish applies keep_top and hands all of them to plan_result.c.
 *
 * Unknown is not false: a followee that a keep rule cannot judge, or that keep_top cannot rank, is
 * undecided, counted under the rule and under each fact it lacks, and treated as the policy's
 * "undecided" says. It fails when memory runs out or a followee is not what planner.h asks for. */
#include "core/planner/planner.h"

#include "core/expr/expr_value.h"
#include "core/planner/plan_followee.h"
#include "core/planner/plan_result.h"
#include "core/planner/plan_top.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#define FIRST_CAPACITY 1024

_Static_assert(POLICY_RULES_MAX <= PLAN_RULE_TOP, "a rule's number says which kind it is");

struct planner {
    const struct policy *policy; /* borrowed */
    struct planner_options options;
    struct plan_followee *followees; /* by number */
    uint32_t capacity;
    uint32_t end; /* one more than the greatest number added */
    struct plan_top tops[POLICY_TOPS_MAX];
    size_t top_count;
    struct plan_summary summary; /* of the undecided only: plan_result.c counts the rest */
};

static int set_capacity(struct planner *p, uint32_t capacity, struct winnow_error *err) {
    struct plan_followee *grown = realloc(p->followees, capacity * sizeof *grown);
    if (grown == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY,
                           "out of memory for a plan of %" PRIu32 " followees", capacity);
    memset(grown + p->capacity, PLAN_NONE, (capacity - p->capacity) * sizeof *grown);
    p->followees = grown;
    p->capacity = capacity;
    return 0;
}

int planner_init(struct planner **out, const struct policy *policy,
                 const struct planner_options *options, uint32_t expected,
                 struct winnow_error *err) {
    struct planner *p = calloc(1, sizeof *p);
    if (p == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory for a plan");
    p->policy = policy;
    p->options = *options;
    uint32_t capacity = expected == 0 ? FIRST_CAPACITY : expected;
    capacity = capacity < PLANNER_FOLLOWEES_MAX ? capacity : PLANNER_FOLLOWEES_MAX;
    if (set_capacity(p, capacity, err) != 0)
        goto failed;
    for (; p->top_count < policy_top_count(policy); p->top_count++) {
        struct top_explanation top;
        policy_explain_top(policy, p->top_count, &top);
        if (plan_top_init(&p->tops[p->top_count], top.n, err) != 0)
            goto failed;
    }
    *out = p;
    return 0;
failed:
    planner_free(p);
    return -1;
}

void planner_free(struct planner *p) {
    if (p == NULL)
        return;
    free(p->followees);
    for (size_t i = 0; i < p->top_count; i++)
        plan_top_free(&p->tops[i]);
    free(p);
}

/* ---- adding ---- */

/* A followee on its way in. */
struct candidate {
    uint64_t hash;
    enum plan_verdict verdict; /* KEPT_LIST, KEPT_RULE, UNDECIDED or SCHEDULED */
    uint16_t rule;             /* what keeps it, or what left it undecided */
    uint16_t first;            /* the `first` rule that puts it ahead */
    fact_set missing;          /* UNDECIDED: for want of which facts */
    float score;
};

static bool is_kept(enum plan_verdict v) {
    return v == PLAN_KEPT_LIST || v == PLAN_KEPT_RULE || v == PLAN_KEPT_TOP;
}

static int check_followee(struct planner *p, uint32_t number, const struct facts *f,
                          struct winnow_error *err) {
    if (number >= PLANNER_FOLLOWEES_MAX)
        return winnow_fail(err, WINNOW_BAD_INPUT, "a plan has at most %d followees",
                           PLANNER_FOLLOWEES_MAX);
    if (!facts_known(f, FACT_ID) || facts_text(f, FACT_ID).size == 0)
        return winnow_fail(err, WINNOW_BAD_INPUT, "followee number %" PRIu32 " has no id", number);
    if (number < p->capacity && p->followees[number].verdict != PLAN_NONE)
        return winnow_fail(err, WINNOW_BAD_INPUT, "followee number %" PRIu32 " was added twice",
                           number);
    if (number < p->capacity)
        return 0;
    uint32_t doubled = p->capacity * 2;
    uint32_t wanted = doubled > number ? doubled : number + 1;
    return set_capacity(p, wanted < PLANNER_FOLLOWEES_MAX ? wanted : PLANNER_FOLLOWEES_MAX, err);
}

static void judge(const struct planner *p, const struct facts *f, bool on_keep_list,
                  struct candidate *c) {
    struct judgement j;
    struct text id = facts_text(f, FACT_ID);
    *c = (struct candidate){.hash = XXH3_64bits_withSeed(id.at, id.size, p->options.seed)};
    c->first = PLAN_BY_SCORE;
    if (on_keep_list) {
        c->verdict = PLAN_KEPT_LIST;
        return;
    }
    policy_judge(p->policy, f, p->options.now_ms, &j);
    c->rule = j.rule;
    if (j.verdict == JUDGED_KEEP) {
        c->verdict = PLAN_KEPT_RULE;
        return;
    }
    c->verdict = j.verdict == JUDGED_UNDECIDED ? PLAN_UNDECIDED : PLAN_SCHEDULED;
    c->first = j.first;
    c->missing = j.missing;
    c->score = (float)j.score;
}

/* keep_top cannot rank a followee whose value is unknown: it may be among the best, so unless
 * something else keeps it, it is undecided. */
static void read_tops(const struct planner *p, const struct facts *f, struct candidate *c,
                      struct top_reading *readings) {
    for (size_t i = 0; i < p->top_count; i++) {
        policy_top_read(p->policy, i, f, p->options.now_ms, &readings[i]);
        if (readings[i].missing == 0 || is_kept(c->verdict))
            continue;
        if (c->verdict == PLAN_SCHEDULED)
            c->rule = (uint16_t)(PLAN_RULE_TOP + i);
        c->verdict = PLAN_UNDECIDED;
        c->missing |= readings[i].missing;
    }
}

/* Who is kept anyway holds its place among the best of its group too. A value of 0 is nothing to be
 * among the best by: in a small roster it would keep strangers. */
static int offer_tops(struct planner *p, uint32_t number, const struct candidate *c,
                      const struct top_reading *readings, struct winnow_error *err) {
    struct top_entry entry = {.hash = c->hash, .number = number, .missing = c->missing};
    entry.rule = c->rule;
    entry.order = is_kept(c->verdict) ? UINT64_MAX : plan_order_key(c->first, c->score, c->hash);
    for (size_t i = 0; i < p->top_count; i++) {
        entry.value = readings[i].value;
        bool ranked = readings[i].missing == 0 && entry.value > 0.0;
        if (ranked && plan_top_offer(&p->tops[i], &readings[i], &entry, err) != 0)
            return winnow_fail_at(err, "keep_top[%zu]", i);
    }
    return 0;
}

/* Count an undecided followee under its rule and its missing facts, or take it back (by -1). */
static void count_unjudged(struct planner *p, uint16_t rule, fact_set missing, int by) {
    struct plan_summary *s = &p->summary;
    uint32_t one = (uint32_t)by; /* -1 wraps, and so subtracts */
    s->unjudged += one;
    if (rule < POLICY_RULES_MAX)
        s->unjudged_rule[rule] += one;
    else if (rule >= PLAN_RULE_TOP)
        s->unjudged_top[rule - PLAN_RULE_TOP] += one;
    for (int g = 0; g < PLAN_GROUPS && p->options.groups != NULL; g++)
        s->missing_of[g] += (missing & p->options.groups[g]) != 0 ? one : 0;
    for (uint32_t fact = 0; missing != 0; fact++, missing >>= 1)
        s->missing[fact] += missing & 1 ? one : 0;
}

/* What the policy does with undecided followees. */
static void settle_undecided(const struct planner *p, struct candidate *c) {
    switch (policy_undecided(p->policy)) {
    case UNDECIDED_HOLD:
        break;
    case UNDECIDED_KEEP:
        c->verdict = PLAN_KEPT_UNDECIDED;
        break;
    case UNDECIDED_SCHEDULE:
        c->verdict = PLAN_SCHEDULED_UNDECIDED;
        c->rule = c->first;
        break;
    }
}

/* Whatever the policy says of the undecided: it does not speak of these. */
static void hold(struct candidate *c) {
    if (is_kept(c->verdict))
        return;
    c->verdict = PLAN_HELD;
    c->rule = 0;
    c->missing = 0;
}

int planner_add(struct planner *p, uint32_t number, const struct facts *f, unsigned marks,
                struct winnow_error *err) {
    struct candidate c;
    struct top_reading readings[POLICY_TOPS_MAX];
    if (check_followee(p, number, f, err) != 0)
        return -1;
    judge(p, f, (marks & PLAN_MARK_KEEP) != 0, &c);
    read_tops(p, f, &c, readings);
    if ((marks & PLAN_MARK_HOLD) != 0)
        hold(&c);
    if (offer_tops(p, number, &c, readings, err) != 0)
        return -1;
    if (c.verdict == PLAN_UNDECIDED) {
        count_unjudged(p, c.rule, c.missing, 1);
        settle_undecided(p, &c);
    }
    if (c.verdict == PLAN_SCHEDULED)
        c.rule = c.first;
    p->followees[number] = (struct plan_followee){.hash_high = (uint32_t)(c.hash >> 32),
                                                  .hash_low = (uint32_t)c.hash,
                                                  .score = c.score,
                                                  .volume = value_volume(f, p->options.now_ms),
                                                  .rule = c.rule,
                                                  .verdict = (uint8_t)c.verdict};
    p->end = number < p->end ? p->end : number + 1;
    return 0;
}

/* ---- finishing ---- */

static void keep_group(struct planner *p, uint16_t top, const struct top_group *g) {
    for (uint32_t i = 0; i < g->count; i++) {
        const struct top_entry *e = &g->heap[i];
        struct plan_followee *f = &p->followees[e->number];
        if (is_kept((enum plan_verdict)f->verdict))
            continue;
        if (e->missing != 0)
            count_unjudged(p, e->rule, e->missing, -1);
        f->verdict = PLAN_KEPT_TOP;
        f->rule = top;
    }
}

static void apply_tops(struct planner *p) {
    for (size_t i = 0; i < p->top_count; i++) {
        for (uint32_t g = 0; g < p->tops[i].group_count; g++)
            keep_group(p, (uint16_t)i, &p->tops[i].groups[g]);
        plan_top_free(&p->tops[i]);
    }
}

int planner_finish(struct planner *p, struct plan_result **out, struct winnow_error *err) {
    for (uint32_t n = 0; n < p->end; n++)
        if (p->followees[n].verdict == PLAN_NONE)
            return winnow_fail(err, WINNOW_BAD_INPUT, "followee number %" PRIu32 " was not added",
                               n);
    apply_tops(p);
    struct plan_followee *followees = p->followees;
    p->followees = NULL; /* the result's from here on */
    return plan_result_make(out, p->policy, &p->options, followees, p->end, &p->summary, err);
}
