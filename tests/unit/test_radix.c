/* The radix sort: against qsort over random items of several sizes, stable, and where the keys
 * share digits, so that passes are skipped and the result stands in either array. */
#include "cmocka_all.h"

#include "core/base/radix.h"

#include <stdlib.h>

struct small {
    uint32_t low, high, number;
};
struct large {
    uint64_t key;
    uint32_t number, more[3];
};

static uint64_t small_key(const void *item) {
    const struct small *x = item;
    return (uint64_t)x->high << 32 | x->low;
}

static uint64_t large_key(const void *item) {
    return ((const struct large *)item)->key;
}

/* By the key, then as they came. */
static int by_large(const void *left, const void *right) {
    const struct large *a = left, *b = right;
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return (a->number > b->number) - (a->number < b->number);
}

static uint64_t next(uint64_t *x) {
    *x ^= *x << 13;
    *x ^= *x >> 7;
    *x ^= *x << 17;
    return *x;
}

#define MOST 5000

static void test_against_qsort(void **state) {
    (void)state;
    static const uint64_t masks[] = {UINT64_MAX,
                                     0,
                                     0xff,
                                     UINT64_C(0xff) << 56,
                                     0x7ff,
                                     UINT64_C(0x3) << 31,
                                     UINT64_C(0xf00000f00000f)};
    static const uint32_t counts[] = {0, 1, 2, 3, 1000, MOST};
    static struct large all[MOST], scratch[MOST], expected[MOST];
    static struct small few[MOST], few_scratch[MOST];
    uint64_t x = 88172645463325252u;
    for (size_t m = 0; m < sizeof masks / sizeof masks[0]; m++)
        for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
            uint32_t count = counts[c];
            for (uint32_t i = 0; i < count; i++) {
                uint64_t key = next(&x) & masks[m];
                all[i] = expected[i] = (struct large){key, i, {i, i, i}};
                few[i] = (struct small){(uint32_t)key, (uint32_t)(key >> 32), i};
            }
            qsort(expected, count, sizeof expected[0], by_large);
            const struct large *sorted = radix_sort(all, scratch, count, sizeof all[0], large_key);
            const struct small *few_sorted =
                radix_sort(few, few_scratch, count, sizeof few[0], small_key);
            assert_true(sorted == all || sorted == scratch);
            for (uint32_t i = 0; i < count; i++) {
                assert_memory_equal(&sorted[i], &expected[i], sizeof sorted[i]);
                assert_int_equal(few_sorted[i].number, expected[i].number);
            }
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_against_qsort)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
