/* Rows of default budgets: what a platform grants, and who says so. Each adapter has its own. All are
 * sliding windows, which are right however the platform aligns its own; each says whose limit it
 * is. `--budget NAME=LIMIT/PERIOD` overrides one. */
#ifndef PLATFORM_BUDGETS_H
#define PLATFORM_BUDGETS_H

#include "platform/platform.h"

#define BUDGET_MINUTE INT64_C(60000)
#define BUDGET_HOUR   (60 * BUDGET_MINUTE)
#define BUDGET_DAY    (24 * BUDGET_HOUR)
#define BUDGET_READS  (CALL_BIT(CALL_OTHER) | CALL_BIT(CALL_FOLLOWING) | CALL_BIT(CALL_FOLLOWERS))

/* costs: of an unfollow, of a writing request, of a reading one */
#define BUDGET(called, whose, most, period, unfollow_, write_, read_, said_by)                     \
    BUDGET_CALLS(called, whose, most, period, unfollow_, write_, read_, 0, said_by)
/* The same, of some reads alone. */
#define BUDGET_CALLS(called, whose, most, period, unfollow_, write_, read_, calls_, said_by)       \
    {                                                                                              \
        .spec = {.name = called,                                                                   \
                 .kind = BUDGET_SLIDING,                                                           \
                 .limit = (most),                                                                  \
                 .period_ms = (period),                                                            \
                 .scope = SCOPE_##whose,                                                           \
                 .costs = {.each = {[ACTION_UNFOLLOW] = (unfollow_)},                              \
                           .write = (write_),                                                      \
                           .read = (read_),                                                        \
                           .calls = (calls_)}},                                                    \
        .source = (said_by)                                                                        \
    }

#endif
