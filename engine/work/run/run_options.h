/* What the options of a run mean, for the run itself and for its forecast: budgets and quiet hours
 * (kept in its note), the user's caps, and the drain's own. */
#ifndef WORK_RUN_RUN_OPTIONS_H
#define WORK_RUN_RUN_OPTIONS_H

#include "core/drain/drain.h"
#include "work/budgets/run_note.h"

/* WINNOW_USAGE for profiles that cannot be bought or that nobody agreed to pay for (buy_check).
 * Without budgets of its own, a run keeps those that the plan's dates were computed with. */
int run_options_note(struct winnow *w, const struct store_campaign *c,
                     const struct winnow_run_options *o, struct run_note *note,
                     struct winnow_error *err);

/* Caps of this run alone, added to the limiter: requests, and money on top of what was spent. */
int run_options_caps(const struct winnow_run_options *o, const struct platform *p,
                     int64_t spent_micro, struct limiter *l, struct winnow_error *err);

int run_options_drain(struct winnow *w, const struct platform *p,
                      const struct winnow_run_options *o, const struct run_note *note,
                      struct drain_options *out, struct winnow_error *err);

/* Why a run ends: which of the user's caps it was, where it was one; else `reason`. `budget` is the
 * name of the one that is full, or "". */
const char *run_cap_reason(enum winnow_code code, const char *budget, const char *reason);
/* The same of a step that ends it. */
const char *run_end_reason(const struct drain_step *step);

#endif
