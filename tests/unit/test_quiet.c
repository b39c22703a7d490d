/* Quiet hours by tables: how they are written, when they hold, over midnight and before 1970. */
#include "cmocka_all.h"

#include "core/limiter/quiet.h"

#include <string.h>

#define HOUR  INT64_C(3600000)
#define DAY   (24 * HOUR)
#define MONTH (30 * DAY)

static void test_reading(void **state) {
    static const struct {
        const char *text;
        bool good;
        int32_t from, to;
    } rows[] = {
        {"23:00-07:00", true, 1380, 420}, {"00:00-00:01", true, 0, 1},
        {"09:30-17:45", true, 570, 1065}, {"23:59-00:00", true, 1439, 0},
        {"07:00-07:00", false, 0, 0},     {"24:00-07:00", false, 0, 0},
        {"23:60-07:00", false, 0, 0},     {"23:00-7:00", false, 0, 0},
        {"23:00 07:00", false, 0, 0},     {"23:00-07:00 ", false, 0, 0},
        {"-1:00-07:00", false, 0, 0},     {"", false, 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct quiet_hours q = {0, 0};
        if (quiet_read(rows[i].text, strlen(rows[i].text), &q) != rows[i].good)
            fail_msg("%s", rows[i].text);
        if (rows[i].good && (q.from_min != rows[i].from || q.to_min != rows[i].to))
            fail_msg("%s: %d to %d", rows[i].text, q.from_min, q.to_min);
    }
}

static void test_when_they_hold(void **state) {
    static const struct {
        struct quiet_hours q;
        int64_t now, offset, until;
    } rows[] = {
        {{0, 0}, 0, 0, 0}, /* none */
        {{1380, 420}, 22 * HOUR, 0, 0},
        {{1380, 420}, 23 * HOUR - 1, 0, 0},
        {{1380, 420}, 23 * HOUR, 0, 31 * HOUR},
        {{1380, 420}, 7 * HOUR - 1, 0, 7 * HOUR},
        {{1380, 420}, 7 * HOUR, 0, 0},
        {{540, 1020}, 9 * HOUR, 0, 17 * HOUR},
        {{540, 1020}, MONTH + 12 * HOUR, 0, MONTH + 17 * HOUR},
        {{540, 1020}, 17 * HOUR, 0, 0},
        {{540, 1020}, 7 * HOUR, 2 * HOUR, 15 * HOUR}, /* east of Greenwich */
        {{540, 1020}, 7 * HOUR, -2 * HOUR, 0},
        {{540, 1020}, -12 * HOUR, 0, -7 * HOUR},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t until = quiet_until(&rows[i].q, rows[i].now, rows[i].offset);
        if (until != rows[i].until)
            fail_msg("row %zu: until %lld", i, (long long)until);
    }
}

/* Whenever it is quiet, it is not when the quiet is told to end, and not before it began. */
static void test_ends_where_it_says(void **state) {
    const struct quiet_hours q = {1350, 405};
    (void)state;
    for (int64_t now = -DAY; now < 2 * DAY; now += 61000) {
        int64_t until = quiet_until(&q, now, HOUR);
        if (until == 0)
            continue;
        assert_true(until > now && until - now <= DAY);
        assert_int_equal(quiet_until(&q, until, HOUR), 0);
        assert_int_equal(quiet_until(&q, until - 1, HOUR), until);
    }
}

static void test_share(void **state) {
    (void)state;
    assert_true(quiet_share(&(struct quiet_hours){0, 0}) == 0.0);
    assert_true(quiet_share(&(struct quiet_hours){1380, 420}) == 8.0 / 24);
    assert_true(quiet_share(&(struct quiet_hours){540, 1020}) == 8.0 / 24);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reading),
        cmocka_unit_test(test_when_they_hold),
        cmocka_unit_test(test_ends_where_it_says),
        cmocka_unit_test(test_share),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
