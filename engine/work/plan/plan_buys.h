/* What money could add to a plan, the best first. Nothing of it is bought unasked. */
#ifndef WORK_PLAN_PLAN_BUYS_H
#define WORK_PLAN_PLAN_BUYS_H

#include "work/evidence/evidence.h"

/* Into plan->buys: of the platform's sources that cost, those that would tell what no other has
 * told or can tell for nothing. First what shows ties, which keeps people: lists and mentions; then
 * profiles of the next entries, which tell how loud and how large they are. */
int plan_buys(struct store_txn *t, const struct store_campaign *c, struct winnow_plan *plan,
              struct winnow_error *err);

#endif
