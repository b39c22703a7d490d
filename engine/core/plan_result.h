/* From judged followees to a plan: order, digest, summary. For planner.c alone; what a plan offers
 * to others stands in planner.h. */
#ifndef CORE_PLAN_RESULT_H
#define CORE_PLAN_RESULT_H

#include "core/plan_columns.h"
#include "core/planner.h"

/* Take the columns over (they are empty afterwards, also on failure) and put the schedule in
 * order. `counted` brings the counts of undecided followees. Errors: WINNOW_NO_MEMORY. */
int plan_result_make(struct plan_result **out, const struct policy *policy,
                     const struct planner_options *options, struct plan_columns *followees,
                     uint32_t count, const struct plan_summary *counted, struct winnow_error *err);

#endif
