/* The limits a user sets to a run: the same options for the run and for its forecast. */
#ifndef CLI_PARTS_LIMITS_H
#define CLI_PARTS_LIMITS_H

#include "cli/base/options.h"

struct limits {
    uint64_t max_actions, per_day;
    int64_t max_cost_micro, until_ms;
    const char *quiet;
    struct text_list budgets;
};

/* Before anything else: WINNOW_USAGE for a time that is past, or hours that are none. */
int limits_check(const struct limits *limits, struct winnow_error *err);

/* Rules for a struct of options that has a struct limits as `limits`. */
#define LIMITS_RULES(type)                                                                         \
    {.name = "max-actions",                                                                        \
     .value = "N",                                                                                 \
     .kind = OPTION_COUNT,                                                                         \
     .at = offsetof(type, limits.max_actions),                                                     \
     .min = 1,                                                                                     \
     .max = UINT32_MAX,                                                                            \
     .help = "stop after N requests to unfollow"},                                                 \
        {.name = "until",                                                                          \
         .value = "T",                                                                             \
         .kind = OPTION_TIME,                                                                      \
         .at = offsetof(type, limits.until_ms),                                                    \
         .help = "stop then: a date, a time, or a duration from now on"},                          \
        {.name = "per-day",                                                                        \
         .value = "N",                                                                             \
         .kind = OPTION_COUNT,                                                                     \
         .at = offsetof(type, limits.per_day),                                                     \
         .min = 1,                                                                                 \
         .max = UINT32_MAX,                                                                        \
         .help = "at most N a day"},                                                               \
        {.name = "quiet",                                                                          \
         .value = "HH:MM-HH:MM",                                                                   \
         .kind = OPTION_TEXT,                                                                      \
         .at = offsetof(type, limits.quiet),                                                       \
         .help = "send nothing in these hours of the local day"},                                  \
        {.name = "max-cost",                                                                       \
         .value = "AMOUNT",                                                                        \
         .kind = OPTION_MONEY,                                                                     \
         .at = offsetof(type, limits.max_cost_micro),                                              \
         .help = "stop before the campaign has spent more than this, in all"},                     \
    {                                                                                              \
        .name = "budget", .value = "NAME=LIMIT/PERIOD", .kind = OPTION_BUDGET_LIST,                \
        .at = offsetof(type, limits.budgets),                                                      \
        .help = "another limit for a budget, or NAME=off; may be given again"                      \
    }

#endif
