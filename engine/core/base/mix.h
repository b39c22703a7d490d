/* Numbers that look drawn, from a seed and a counter: splitmix64 (S. Vigna, public domain
 * reference, https://prng.di.unimi.it/splitmix64.c). For jitter, samples and simulated luck;
 * nothing secret. */
#ifndef CORE_BASE_MIX_H
#define CORE_BASE_MIX_H

#include <stdint.h>

static inline uint64_t mix64(uint64_t x) {
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* The n-th number of a seed. */
static inline uint64_t mix64_nth(uint64_t seed, uint64_t n) {
    return mix64(seed + n * UINT64_C(0x9e3779b97f4a7c15));
}

#endif
