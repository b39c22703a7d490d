/* The one sort for many items with a key of 64 bits: eleven bits at a time from the lowest, six
 * passes over memory in sequence, where a comparing sort makes twenty in no order at the sizes here.
 * Stable. A pass in which all items share the digit is skipped. Inline, so that an item's size and
 * its key are known to the compiler. Pure; cannot fail. */
#ifndef CORE_BASE_RADIX_H
#define CORE_BASE_RADIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define RADIX_BITS   11
#define RADIX_DIGITS (1u << RADIX_BITS)
#define RADIX_PASSES 6
_Static_assert(RADIX_PASSES *RADIX_BITS >= 64, "the digits are the whole key");

typedef uint64_t radix_key(const void *item);

static inline uint32_t radix_digit(uint64_t key, int pass) {
    return (uint32_t)(key >> (pass * RADIX_BITS)) & (RADIX_DIGITS - 1);
}

/* From first counts to first places. False: all items share the digit. */
static inline bool radix_places(uint32_t at[RADIX_DIGITS], uint32_t count) {
    uint32_t sum = 0;
    for (uint32_t d = 0; d < RADIX_DIGITS; d++) {
        uint32_t here = at[d];
        if (here == count)
            return false;
        at[d] = sum;
        sum += here;
    }
    return true;
}

/* Sorts `count` items of `size` bytes; `scratch` has room for as many. Returns where the result
 * stands, which is one of the two. */
static inline __attribute__((always_inline)) void *
radix_sort(void *items, void *scratch, uint32_t count, size_t size, radix_key *key) {
    uint32_t at[RADIX_PASSES][RADIX_DIGITS] = {{0}};
    char *from = items;
    char *to = scratch;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t k = key(from + i * size);
        for (int pass = 0; pass < RADIX_PASSES; pass++)
            at[pass][radix_digit(k, pass)]++;
    }
    for (int pass = 0; pass < RADIX_PASSES && count > 0; pass++) {
        if (!radix_places(at[pass], count))
            continue;
        for (uint32_t i = 0; i < count; i++) {
            const char *item = from + i * size;
            memcpy(to + at[pass][radix_digit(key(item), pass)]++ * size, item, size);
        }
        char *sorted = to;
        to = from;
        from = sorted;
    }
    return from;
}

#endif
