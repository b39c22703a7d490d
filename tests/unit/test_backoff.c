/* Backoff: steps double to the most, half fixed and half drawn; equal seeds, equal waits. */
#include "cmocka_all.h"

#include "core/limiter/backoff.h"

static void test_bounds(void **state) {
    (void)state;
    static const struct backoff kinds[] = {{2000, 900000}, {1, 1},       {1000, 1000},
                                           {5000, 1000},   {3, 1000000}, {1000, INT64_MAX / 2}};
    for (size_t i = 0; i < 6; i++) {
        const struct backoff *b = &kinds[i];
        int64_t step = b->first_ms < b->most_ms ? b->first_ms : b->most_ms;
        for (uint32_t failures = 1; failures < 200; failures++) {
            for (uint64_t seed = 0; seed < 50; seed++) {
                int64_t wait = backoff_wait_ms(b, failures, seed);
                assert_true(wait >= step / 2 && wait <= step);
                assert_int_equal(wait, backoff_wait_ms(b, failures, seed));
            }
            step = step > b->most_ms / 2 ? b->most_ms : step * 2;
        }
    }
    assert_true(backoff_wait_ms(&kinds[0], UINT32_MAX, 1) <= 900000);
}

/* The drawn half is drawn from all of it: every tenth is met, and the mean is in the middle. */
static void test_jitter_spreads(void **state) {
    (void)state;
    static const struct backoff b = {10000, 10000};
    int tenths[10] = {0};
    int64_t sum = 0;
    for (uint64_t seed = 0; seed < 10000; seed++) {
        int64_t wait = backoff_wait_ms(&b, 1, seed);
        sum += wait;
        tenths[(wait - 5000) * 10 / 5001]++;
    }
    for (int i = 0; i < 10; i++)
        assert_in_range(tenths[i], 800, 1200);
    assert_in_range(sum / 10000, 7400, 7600);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_jitter_spreads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
