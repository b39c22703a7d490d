/* The simulation's only source of chance: splitmix64 (S. Vigna, public domain reference). The same
 * seed draws the same campaign, fault by fault. */
#ifndef SIM_DICE_H
#define SIM_DICE_H

#include <stdbool.h>
#include <stdint.h>

struct dice {
    uint64_t state;
};

static inline uint64_t dice_draw(struct dice *d) {
    uint64_t z = (d->state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static inline uint32_t dice_below(struct dice *d, uint32_t limit) {
    return (uint32_t)(dice_draw(d) % limit);
}

static inline int64_t dice_between(struct dice *d, int64_t from, int64_t to) {
    return from + (int64_t)(dice_draw(d) % (uint64_t)(to - from + 1));
}

/* n == 0: never */
static inline bool dice_one_in(struct dice *d, uint32_t n) {
    return n != 0 && dice_below(d, n) == 0;
}

#endif
