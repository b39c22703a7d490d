/* The order of a schedule: see plan_sort.h.
 *
 * A radix sort, eleven bits at a time from the lowest: six passes over memory in sequence, where a
 * comparing sort would make twenty at this size. A pass in which all items share the digit is
 * skipped. What the 23 bits of hash in a key leave equal is then put right in place; such runs are
 * a few items long.
 */
#include "core/planner/plan_sort.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define RANK_SHIFT  55 /* 9 bits of rank, 32 of score, 23 of hash */
#define SCORE_SHIFT 23
#define HASH_SHIFT  (64 - SCORE_SHIFT)
#define DIGIT_BITS  11
#define DIGITS      (1 << DIGIT_BITS)
#define PASSES      6

_Static_assert(PASSES *DIGIT_BITS >= 64, "the digits are the whole key");
_Static_assert(sizeof(float) == sizeof(uint32_t), "IEEE 754 single precision");

/* Floats as unsigned integers of the same order (a sum that begins at 0 is never -0). */
static uint32_t ordered_bits(float score) {
    uint32_t bits;
    memcpy(&bits, &score, sizeof bits);
    return bits >> 31 ? ~bits : bits | 0x80000000U;
}

uint64_t plan_key(uint32_t rank, float score, uint64_t hash) {
    return (uint64_t)rank << RANK_SHIFT | (uint64_t)~ordered_bits(score) << SCORE_SHIFT |
           hash >> HASH_SHIFT;
}

static uint32_t digit(const struct plan_item *item, int pass) {
    uint64_t key = (uint64_t)item->high << 32 | item->low;
    return (uint32_t)(key >> (pass * DIGIT_BITS)) & (DIGITS - 1);
}

static void count_digits(const struct plan_item *items, uint32_t count,
                         uint32_t counts[PASSES][DIGITS]) {
    memset(counts, 0, PASSES * sizeof counts[0]);
    for (uint32_t i = 0; i < count; i++)
        for (int pass = 0; pass < PASSES; pass++)
            counts[pass][digit(&items[i], pass)]++;
}

/* Stable: items that share a digit keep their order. */
static void sort_by_digit(const struct plan_item *from, struct plan_item *to, uint32_t count,
                          const uint32_t counts[DIGITS], int pass) {
    uint32_t at[DIGITS];
    uint32_t sum = 0;
    for (int d = 0; d < DIGITS; d++) {
        at[d] = sum;
        sum += counts[d];
    }
    for (uint32_t i = 0; i < count; i++)
        to[at[digit(&from[i], pass)]++] = from[i];
}

static bool same_key(const struct plan_item *a, const struct plan_item *b) {
    return a->high == b->high && a->low == b->low;
}

static int compare_hashes(const void *a, const void *b, void *context) {
    const struct plan_item *x = a, *y = b;
    const struct plan_followee *followees = *(const struct plan_followee *const *)context;
    uint64_t x_hash = plan_followee_hash(&followees[x->number]);
    uint64_t y_hash = plan_followee_hash(&followees[y->number]);
    if (x_hash != y_hash)
        return x_hash < y_hash ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

static void sort_ties(struct plan_item *items, uint32_t count,
                      const struct plan_followee *followees) {
    for (uint32_t i = 0, end; i < count; i = end) {
        for (end = i + 1; end < count && same_key(&items[i], &items[end]); end++)
            ;
        if (end - i > 1)
            qsort_r(items + i, end - i, sizeof *items, compare_hashes, &followees);
    }
}

void plan_sort(struct plan_item *items, struct plan_item *scratch, uint32_t count,
               const struct plan_followee *followees) {
    uint32_t counts[PASSES][DIGITS];
    struct plan_item *from = items, *to = scratch;
    count_digits(items, count, counts);
    for (int pass = 0; pass < PASSES && count != 0; pass++) {
        if (counts[pass][digit(from, pass)] == count)
            continue;
        sort_by_digit(from, to, count, counts[pass], pass);
        struct plan_item *sorted = to;
        to = from;
        from = sorted;
    }
    if (from != items)
        memcpy(items, from, count * sizeof *items);
    sort_ties(items, count, followees);
}
