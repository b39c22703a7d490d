/* Backoff: see backoff.h. Cannot fail. */
#include "core/limiter/backoff.h"

#include "core/base/mix.h"

int64_t backoff_wait_ms(const struct backoff *b, uint32_t failures, uint64_t seed) {
    int64_t step = b->first_ms;
    for (uint32_t i = 1; i < failures && step < b->most_ms; i++)
        step *= 2;
    if (step > b->most_ms)
        step = b->most_ms;
    uint64_t half = (uint64_t)(step - step / 2);
    return step / 2 + (int64_t)(half == 0 ? 0 : mix64(seed) % (half + 1));
}
