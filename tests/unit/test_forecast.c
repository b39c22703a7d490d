/* The forecast: campaigns driven to their end in virtual time, against what can be reckoned by
 * hand. */
#include "cmocka_all.h"

#include "core/forecast/forecast.h"

#include <stdlib.h>
#include <string.h>

#define NOW    INT64_C(1790000000000) /* 14:13:20 UTC */
#define MINUTE INT64_C(60000)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

static const struct budget_spec fifty = {.name = "unfollow/15m",
                                         .limit = 50,
                                         .period_ms = 15 * MINUTE,
                                         .costs = {.each = {[ACTION_UNFOLLOW] = 1}}};

struct campaign {
    enum pace pace;
    uint32_t total;
    const struct budget_spec *more; /* a second budget */
    struct drain_options options;
    struct forecast_faults faults;
    uint64_t seed;
    int64_t latency_ms;
};

static struct campaign plain(enum pace pace, uint32_t total) {
    return (struct campaign){
        .pace = pace, .total = total, .options = drain_defaults, .latency_ms = 200};
}

static struct forecast run(const struct campaign *c) {
    struct limiter l;
    struct drain d;
    struct forecast out;
    struct forecast_options options = {NOW, c->latency_ms, c->faults, c->seed};
    limiter_init(&l, c->pace);
    assert_int_equal(limiter_add(&l, &fifty, NULL), 0);
    if (c->more != NULL)
        assert_int_equal(limiter_add(&l, c->more, NULL), 0);
    assert_int_equal(drain_open(&d, &c->options, &l, c->total, 0, NULL), 0);
    assert_int_equal(forecast_run(&d, &options, &out, NULL), 0);
    drain_close(&d);
    limiter_free(&l);
    return out;
}

static void test_the_case(void **state) {
    (void)state;
    struct campaign c = plain(PACE_EVEN, 702586);
    struct forecast f = run(&c);
    assert_int_equal(f.code, WINNOW_OK);
    assert_int_equal(f.requests, 702586);
    assert_int_equal(f.settled, 702586);
    int64_t least = 702585 * INT64_C(18000);
    assert_in_range(f.end_ms - NOW, least, least + least / 1000); /* 146.4 days, used to 99.9 % */
    assert_in_range(f.settled_at[0], 4795, 4801);
    assert_in_range(f.settled_at[1], 33565, 33601);
    assert_in_range(f.settled_at[3], 431560, 432001);
    assert_int_equal(f.waits, 0); /* 18 s each is a pace */
}

static void test_burst_waits_for_windows(void **state) {
    (void)state;
    struct campaign c = plain(PACE_BURST, 1000);
    struct forecast f = run(&c);
    assert_int_equal(f.settled, 1000);
    assert_int_equal(f.waits, 19); /* between 20 windows */
    assert_in_range(f.end_ms - NOW, 19 * 15 * MINUTE, 19 * 15 * MINUTE + 5 * MINUTE);
    assert_in_range(f.longest_wait_ms, 14 * MINUTE, 15 * MINUTE + 5000);
    assert_true(f.waited_ms > 18 * 14 * MINUTE);
    assert_int_equal(f.settled_at[0], 1000); /* done within the day */
}

static void test_the_tightest_budget_decides(void **state) {
    static const struct budget_spec day = {.name = "unfollow/1d",
                                           .limit = 500,
                                           .period_ms = DAY,
                                           .costs = {.each = {[ACTION_UNFOLLOW] = 1}}};
    (void)state;
    struct campaign c = plain(PACE_EVEN, 5000);
    c.more = &day;
    struct forecast f = run(&c);
    assert_in_range(f.end_ms - NOW, 10 * DAY - DAY / 500, 10 * DAY + HOUR);
    assert_in_range(f.settled_at[0], 499, 501);
    assert_in_range(f.settled_at[1], 3496, 3501);
    assert_int_equal(f.settled_at[2], 5000);
}

static void test_caps_end_it(void **state) {
    static const struct budget_spec actions = {.name = "user/actions",
                                               .kind = BUDGET_TOTAL,
                                               .limit = 70,
                                               .costs = {.each = {[ACTION_UNFOLLOW] = 1}}};
    (void)state;
    struct campaign c = plain(PACE_BURST, 1000);
    c.more = &actions;
    struct forecast f = run(&c);
    assert_int_equal(f.code, WINNOW_CAP);
    assert_int_equal(f.settled, 70);
    c = plain(PACE_EVEN, 1000);
    c.options.until_ms = NOW + HOUR;
    f = run(&c);
    assert_int_equal(f.code, WINNOW_CAP);
    assert_int_equal(f.end_ms, NOW + HOUR);
    assert_in_range(f.settled, 199, 201);
}

/* 16 hours a day are left: half as long again, and a wait each night. */
static void test_quiet_hours(void **state) {
    (void)state;
    struct campaign c = plain(PACE_EVEN, 48000); /* ten days */
    c.options.quiet = (struct quiet_hours){23 * 60, 7 * 60};
    struct forecast f = run(&c);
    assert_int_equal(f.settled, 48000);
    assert_in_range(f.end_ms - NOW, 15 * DAY - HOUR, 15 * DAY + 10 * MINUTE);
    assert_int_equal(f.waits, 15);
    assert_in_range(f.longest_wait_ms, 8 * HOUR - MINUTE, 8 * HOUR);
}

static void test_faults_cost_time(void **state) {
    (void)state;
    struct campaign c = plain(PACE_EVEN, 20000);
    struct forecast calm = run(&c);
    int64_t ends[4];
    c.faults = forecast_usual_faults;
    for (uint64_t seed = 0; seed < 4; seed++) {
        c.seed = seed;
        struct forecast f = run(&c);
        struct forecast again = run(&c);
        assert_memory_equal(&f, &again, sizeof f);
        assert_int_equal(f.code, WINNOW_OK);
        assert_int_equal(f.settled, 20000);
        assert_true(f.requests > 20000);
        assert_true(f.end_ms > calm.end_ms);
        assert_true(f.end_ms < calm.end_ms + 4 * DAY);
        ends[seed] = f.end_ms;
    }
    assert_true(ends[0] != ends[1] && ends[1] != ends[2] && ends[2] != ends[3]);
}

static void test_nothing_left(void **state) {
    (void)state;
    struct campaign c = plain(PACE_EVEN, 0);
    struct forecast f = run(&c);
    assert_int_equal(f.code, WINNOW_OK);
    assert_int_equal(f.end_ms, NOW);
    assert_int_equal(f.requests, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_case),
        cmocka_unit_test(test_burst_waits_for_windows),
        cmocka_unit_test(test_the_tightest_budget_decides),
        cmocka_unit_test(test_caps_end_it),
        cmocka_unit_test(test_quiet_hours),
        cmocka_unit_test(test_faults_cost_time),
        cmocka_unit_test(test_nothing_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
