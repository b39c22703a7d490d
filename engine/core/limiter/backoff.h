/* Backoff: how long to wait after the n-th failure in a row. Exponential with jitter, so that many
 * clients of one server in trouble do not come back at once ("full jitter" leaves too short waits;
 * here half of the step is fixed, the other half drawn). Pure. */
#ifndef CORE_LIMITER_BACKOFF_H
#define CORE_LIMITER_BACKOFF_H

#include <stdint.h>

struct backoff {
    int64_t first_ms; /* the step after one failure */
    int64_t most_ms;  /* steps double up to this */
};

/* failures >= 1; `seed` draws the jitter: equal seeds, equal waits. */
int64_t backoff_wait_ms(const struct backoff *b, uint32_t failures, uint64_t seed);

#endif
