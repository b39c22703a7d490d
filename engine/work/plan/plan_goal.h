/* The goal of a plan: which one, what of its rules the roster has facts for, and what the other
 * goals would do. */
#ifndef WORK_PLAN_PLAN_GOAL_H
#define WORK_PLAN_PLAN_GOAL_H

#include "core/policy/goal.h"
#include "work/evidence/coverage.h"
#include "work/plan/plan_head.h"

/* The facts that are known of anybody who is followed. */
int plan_goal_known(struct store_txn *t, const struct store_campaign *c,
                    const struct coverages *coverages, fact_set *known, struct winnow_error *err);

/* The goal of that name; WINNOW_USAGE for a name that is none. */
int plan_goal_find(const char *name, struct winnow_error *err);

/* Fill in the head's goal and policy: the policy or the goal that was asked for, else what the last
 * plan had, else the goal for a roster of that size. */
int plan_goal_choose(struct store_txn *t, const struct store_campaign *c,
                     const struct winnow_plan_options *options, fact_set known,
                     struct plan_head *head, struct winnow_error *err);

/* The policy's rules that were set aside, into plan->aside. */
void plan_goal_aside(const struct plan_head *head, fact_set known, struct winnow_plan *plan);

#endif
