/* Planner: from a roster and a policy to a frozen, ordered schedule with its reasons.
 *
 *     planner_init(&p, policy, &options, expected, &err);
 *     for each followee: planner_add(p, number, &facts, marks, &err);
 *     planner_finish(p, &plan, &err);
 *     planner_free(p);
 *     for k in 0..plan_summary(plan)->scheduled: plan_entry(plan, k)
 *     plan_free(plan);
 *
 * Memory: 44 bytes a followee at most, while it sorts; 20 of a finished plan, and 4 for each
 * scheduled one. Each keep_top adds 40 bytes for each followee that it may keep.
 *
 * Pure: the same followees, policy, time and seed give the same digest on every machine, in
 * whatever order and under whatever numbers they are added. Every call that can fail returns 0, or
 * -1 with the error filled; after a failure only planner_free may be called. */
#ifndef CORE_PLANNER_PLANNER_H
#define CORE_PLANNER_PLANNER_H

#include "core/facts/facts.h"
#include "core/policy/policy.h"

#include <stdbool.h>
#include <stdint.h>
#include <winnow/error.h>

#define PLANNER_FOLLOWEES_MAX 16777216
#define PLANNER_GROUPS_MAX    65536 /* of one keep_top */
#define PLAN_DIGEST_SIZE      32    /* SHA-256 */

struct planner;
struct plan_result;

#define PLAN_GROUPS 16 /* of facts that are missing together */

struct planner_options {
    int64_t now_ms;         /* since 1970: durations are counted up to here */
    uint64_t seed;          /* breaks ties of the order */
    uint64_t max;           /* schedule at most so many; 0: no limit */
    const fact_set *groups; /* PLAN_GROUPS sets of facts, a bit each, to count by; NULL: none */
};

/* What a plan says of a followee. The numbers are stored with a plan: append only. */
enum plan_verdict {
    PLAN_NONE,                /* not added */
    PLAN_KEPT_LIST,           /* on the keep list */
    PLAN_KEPT_RULE,           /* `rule`: the keep rule that says yes */
    PLAN_KEPT_TOP,            /* `rule`: the keep_top that keeps it */
    PLAN_KEPT_UNDECIDED,      /* undecided, and the policy keeps those; `rule` as for UNDECIDED */
    PLAN_UNDECIDED,           /* held; `rule`: the first keep rule that could not be judged, or
                                 PLAN_RULE_TOP + the keep_top that could not rank it */
    PLAN_SCHEDULED,           /* `rule`: the `first` rule that put it ahead, or PLAN_BY_SCORE */
    PLAN_SCHEDULED_UNDECIDED, /* undecided, and the policy schedules those; `rule` as above */
    PLAN_BEYOND_MAX,          /* would be scheduled, but comes after `max`; `rule` as above */
    PLAN_HELD,                /* marked PLAN_MARK_HOLD, and nothing keeps it */
};
#define PLAN_VERDICT_COUNT (PLAN_HELD + 1)

#define PLAN_RULE_TOP 0x4000
#define PLAN_BY_SCORE POLICY_NO_RULE

struct plan_reason {
    enum plan_verdict verdict;
    uint16_t rule;
};

struct plan_entry {
    uint32_t number; /* the followee's */
    struct plan_reason reason;
    float score;
};

/* followed = kept + undecided + scheduled + beyond_max + held */
struct plan_summary {
    uint32_t followed;
    uint32_t kept; /* = kept_list + all kept_rule + all kept_top + kept_undecided */
    uint32_t kept_list;
    uint32_t kept_rule[POLICY_RULES_MAX]; /* by the first keep rule that says yes */
    uint32_t kept_top[POLICY_TOPS_MAX];   /* those that nothing before it kept */
    uint32_t kept_undecided;
    uint32_t undecided; /* held */
    uint32_t scheduled; /* scheduled_undecided among them */
    uint32_t scheduled_undecided;
    uint32_t beyond_max;
    uint32_t held;
    /* Of all that were left undecided, whatever the policy then does with them: */
    uint32_t unjudged;
    uint32_t unjudged_rule[POLICY_RULES_MAX]; /* by the first keep rule that is unknown */
    uint32_t unjudged_top[POLICY_TOPS_MAX];
    uint32_t missing[FACT_COUNT];     /* for want of this fact; one followee may lack several */
    uint32_t missing_of[PLAN_GROUPS]; /* for want of any fact of that group */
    /* Posts a day in the feed (core/expr/expr_value.h, value_volume), in thousandths: */
    uint64_t volume_total;     /* of all followees where it is known */
    uint64_t volume_scheduled; /* of the scheduled ones */
    uint32_t volume_unknown;   /* followees where it is not known */
};

/* `policy` must outlive the planner. `expected` followees are made room for at once (0: grow as
 * they come). Errors: WINNOW_NO_MEMORY, WINNOW_BAD_INPUT above PLANNER_FOLLOWEES_MAX. */
int planner_init(struct planner **out, const struct policy *policy,
                 const struct planner_options *options, uint32_t expected,
                 struct winnow_error *err);

#define PLAN_MARK_KEEP 1u /* on the keep list */
#define PLAN_MARK_HOLD 2u /* a request for it could hit somebody else */

/* Judge one followee. Numbers are dense from 0, in any order, each once; the facts are read and
 * not kept, and the id must be known. Errors: WINNOW_BAD_INPUT (a number twice, no id, too many
 * followees or groups), WINNOW_NO_MEMORY. */
int planner_add(struct planner *p, uint32_t number, const struct facts *f, unsigned marks,
                struct winnow_error *err);

/* Apply keep_top, put the schedule in order, compute the digest. Call it once; the planner is then
 * empty. The caller owns *out. Errors: WINNOW_BAD_INPUT (a number is missing), WINNOW_NO_MEMORY. */
int planner_finish(struct planner *p, struct plan_result **out, struct winnow_error *err);
void planner_free(struct planner *p);

const struct plan_summary *plan_summary(const struct plan_result *r);
const uint8_t *plan_digest(const struct plan_result *r); /* PLAN_DIGEST_SIZE bytes */

/* A followee followed by several records has an entry for each that is left; which ones (a bit
 * each) is no fact that the planner judges by, and part of the schedule all the same. */
struct plan_keys {
    uint32_t k; /* entry of the plan, see plan_entry */
    uint64_t left;
};
/* Take these into the digest, once, in the order of k; none leaves it as it is. */
void plan_digest_keys(struct plan_result *r, const struct plan_keys *keys, size_t count);

/* Entry k of the schedule, 0 being the first to go; k < plan_summary(r)->scheduled. */
struct plan_entry plan_entry(const struct plan_result *r, uint32_t k);
/* The followee of entry k, which is asked for soon: has it fetched from memory meanwhile. Told some
 * entries ahead, a walk over millions does not wait for each. */
uint32_t plan_expect(const struct plan_result *r, uint32_t k);

/* What the plan says of a followee, by number; number < plan_summary(r)->followed. */
struct plan_reason plan_reason(const struct plan_result *r, uint32_t number);

/* Posts a day of that followee in the feed, in thousandths, or VALUE_VOLUME_UNKNOWN. */
uint32_t plan_volume(const struct plan_result *r, uint32_t number);

/* The share (0 to 1) of the feed's known volume that is gone after the first k entries; 0 when no
 * volume is known. k beyond the schedule counts as all of it. */
double plan_volume_share(const struct plan_result *r, uint64_t k);

/* Where relief flattens: a round number of entries that take away most of what the whole schedule
 * takes away, though they are the lesser part of it; 0: nowhere. */
uint64_t plan_volume_bend(const struct plan_result *r);

void plan_free(struct plan_result *r);

/* For machines and tables: "scheduled", "kept_rule" and so on. */
const char *plan_verdict_name(enum plan_verdict v);

#endif
