/* The forecast: a drain driven in virtual time to its end, as a worker would drive it, by a
 * platform that answers after a given time. What it says of a campaign is therefore what the drain
 * will do with it: budgets as they stand, pace, caps, quiet hours, waits, and, with faults, tries
 * again.
 *
 * Pure: the same drain, start and seed give the same forecast. Memory is a few kilobytes. */
#ifndef CORE_FORECAST_FORECAST_H
#define CORE_FORECAST_FORECAST_H

#include "core/drain/drain.h"

#define FORECAST_MARKS 4 /* days after the start at which the settled ones are counted */
extern const int64_t forecast_mark_days[FORECAST_MARKS]; /* 1, 7, 30, 90 */

/* What goes wrong, all 0 for nothing. Chances are per million requests. */
struct forecast_faults {
    uint32_t broken;         /* a 5xx: nothing was done */
    uint32_t lost;           /* no answer: in doubt, asked again */
    uint32_t busy;           /* a 429 for a quarter of an hour, though the budget was kept */
    int64_t outage_every_ms; /* mean time between outages of network or machine; 0: none */
    int64_t outage_most_ms;  /* how long one lasts at most; drawn evenly */
};

/* Bad luck as a long campaign has it: docs/operations.md says which, and why these numbers. */
extern const struct forecast_faults forecast_usual_faults;

struct forecast_options {
    int64_t start_ms;   /* engine time */
    int64_t latency_ms; /* from a request to its answer */
    struct forecast_faults faults;
    uint64_t seed;
};

struct forecast {
    int64_t end_ms;
    enum winnow_code code; /* WINNOW_OK: every entry is settled; WINNOW_CAP: a cap of the user's */
    char reason[256];
    char full[BUDGET_NAME_MAX]; /* the budget that ended it; "" none did */
    uint64_t requests, settled;
    uint64_t settled_at[FORECAST_MARKS];
    uint64_t waits; /* of more than a minute */
    int64_t longest_wait_ms, waited_ms;
};

/* Drive `d`, opened and restored by the caller, until it ends. -1 when memory runs out. */
int forecast_run(struct drain *d, const struct forecast_options *options, struct forecast *out,
                 struct winnow_error *err);

#endif
