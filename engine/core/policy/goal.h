/* Goals: what a campaign is for, each as a policy that winnow writes for a roster.
 *
 * A goal is a list of rules. A rule that nobody in the campaign has the facts for can keep nobody
 * and would hold everybody back; it is set aside, and the policy says so under "aside", where it
 * decides nothing. A rule that the goal is about (`mutual` of one-way) is never set aside: without
 * its facts everybody stays undecided. Numbers that mean a share of the roster scale with it.
 *
 * docs/policy.md explains what each rule rests on. Pure. */
#ifndef CORE_POLICY_GOAL_H
#define CORE_POLICY_GOAL_H

#include "core/facts/facts.h"

#include <winnow/error.h>

enum goal {
    GOAL_DECLUTTER, /* who is no tie goes, the loudest first */
    GOAL_CAREFUL,   /* the same, and who follows back stays */
    GOAL_ONE_WAY,   /* who does not follow back goes */
    GOAL_INACTIVE,  /* who has been silent goes */
    GOAL_DEAD,      /* who is gone, was suspended, moved or never began goes */
    GOAL_COUNT
};

extern const char *const goal_names[GOAL_COUNT];    /* "one-way" */
extern const char *const goal_meanings[GOAL_COUNT]; /* "who does not follow back goes" */

/* The goal of that name, or -1. */
int goal_find(const char *name);

/* Up to so many followees a person knows many of, and losing one who follows back is noticed. */
#define GOAL_CAREFUL_BELOW 5000u
/* For a campaign that was given none. */
enum goal goal_default(uint32_t followees);

#define GOAL_SINCE_DAYS 365u /* of GOAL_INACTIVE, unless another is asked for */

struct goal_terms {
    uint32_t followees;  /* 0: not known */
    uint32_t since_days; /* of GOAL_INACTIVE; 0: GOAL_SINCE_DAYS */
    fact_set known; /* the facts that are known of anybody; all bits: of no roster in particular */
};

/* Its policy as JSON, ended by a zero; the caller frees it with free(). */
int goal_policy(enum goal goal, const struct goal_terms *terms, char **json, size_t *size,
                struct winnow_error *err);

/* All goals side by side, in one walk over a roster: what each would keep, hold and schedule. */
struct goal_tally;

struct goal_count {
    uint32_t kept, undecided, scheduled;
    uint64_t volume; /* posts a day of the scheduled, in thousandths (expr_value.h) */
};

int goal_tally_init(struct goal_tally **out, const struct goal_terms *terms, int64_t now_ms,
                    struct winnow_error *err);
/* `kept`: on the keep list. `held`: cannot be sent now. */
void goal_tally_add(struct goal_tally *t, const struct facts *f, bool kept, bool held);
const struct goal_count *goal_tally_of(const struct goal_tally *t, enum goal goal);
void goal_tally_free(struct goal_tally *t); /* NULL is allowed */

#endif
