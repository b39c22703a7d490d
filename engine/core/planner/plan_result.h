/* From judged followees to a plan: order, digest, summary. For planner.c alone; what a plan offers
 * to others stands in planner.h. */
#ifndef CORE_PLANNER_PLAN_RESULT_H
#define CORE_PLANNER_PLAN_RESULT_H

#include "core/planner/plan_followee.h"
#include "core/planner/planner.h"

/* The order key of a followee: who is put ahead by a `first` rule (or PLAN_BY_SCORE), then who
 * scores more; the less, the earlier. */
uint64_t plan_order_key(uint16_t first, float score, uint64_t hash);

/* Put the schedule in order. Takes `followees` over, allocated with malloc, also on failure;
 * `counted` brings the counts of undecided ones. Errors: WINNOW_NO_MEMORY. */
int plan_result_make(struct plan_result **out, const struct policy *policy,
                     const struct planner_options *options, struct plan_followee *followees,
                     uint32_t count, const struct plan_summary *counted, struct winnow_error *err);

#endif
