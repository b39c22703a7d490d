/* Backoff: see backoff.h. Cannot fail. */
#include "core/backoff.h"

/* splitmix64 (S. Vigna, public domain reference), enough to spread waits. */
static uint64_t mixed(uint64_t x) {
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

int64_t backoff_wait_ms(const struct backoff *b, uint32_t failures, uint64_t seed) {
    int64_t step = b->first_ms;
    for (uint32_t i = 1; i < failures && step < b->most_ms; i++)
        step *= 2;
    if (step > b->most_ms)
        step = b->most_ms;
    uint64_t half = (uint64_t)(step - step / 2);
    return step / 2 + (int64_t)(half == 0 ? 0 : mixed(seed) % (half + 1));
}
