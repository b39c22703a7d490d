/* The order of a schedule: see plan_sort.h. A radix sort by the key; what the 23 bits of hash in it
 * leave equal is then put right in place: such runs are a few items long. Cannot fail. */
#include "core/planner/plan_sort.h"

#include "core/base/radix.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define RANK_SHIFT  55 /* 9 bits of rank, 32 of score, 23 of hash */
#define SCORE_SHIFT 23
#define HASH_SHIFT  (64 - SCORE_SHIFT)

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

static uint64_t key_of(const void *item) {
    const struct plan_item *x = item;
    return (uint64_t)x->high << 32 | x->low;
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
    const struct plan_item *sorted = radix_sort(items, scratch, count, sizeof *items, key_of);
    if (sorted != items && count > 0)
        memcpy(items, sorted, count * sizeof *items);
    sort_ties(items, count, followees);
}
