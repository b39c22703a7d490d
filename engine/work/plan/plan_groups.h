/* A plan by kinds: how many of each, how much they post, and some of each to look at.
 *
 * Happy path: plan_groups_note for everybody while the roster is judged, plan_groups_count for
 * everybody once the plan is made, plan_groups_fill when it is stored. Memory: a byte a followee;
 * of samples, the numbers alone. */
#ifndef WORK_PLAN_PLAN_GROUPS_H
#define WORK_PLAN_PLAN_GROUPS_H

#include "work/plan/plan_reader.h"

struct plan_groups;

/* For so many followees at most. WINNOW_NO_MEMORY. */
int plan_groups_init(struct plan_groups **out, uint32_t followees, struct winnow_error *err);
void plan_groups_free(struct plan_groups *g); /* NULL is allowed */

/* What the planner's followee `planned` is, if it goes. The facts are counted. */
void plan_groups_note(struct plan_groups *g, uint32_t planned, const struct facts *f,
                      int64_t now_ms);

/* What the plan makes of it; `number` is the roster's. */
void plan_groups_count(struct plan_groups *g, const struct plan_head *head, const struct policy *p,
                       const struct plan_result *r, uint32_t planned, uint32_t number);

/* Those that have anybody in them, into `out`, in the order of enum reason_kind. */
int plan_groups_fill(const struct plan_groups *g, struct plan_reader *v,
                     struct winnow_group out[WINNOW_GROUPS_MAX], size_t *count,
                     struct winnow_error *err);

#endif
