/* Times as text: what is read, what is refused, and both ways over years 1..9999. */
#include "cmocka_all.h"

#include "core/base/text_time.h"

#include <stdio.h>
#include <string.h>

#define UNTOUCHED INT64_C(-4242424242424242)
#define DAY       INT64_C(86400000)
#define YEAR_1    INT64_C(-62135596800000) /* 0001-01-01T00:00:00Z */
#define YEAR_9999 INT64_C(253402300799999) /* 9999-12-31T23:59:59.999Z */

struct row {
    const char *text;
    int64_t expected; /* UNTOUCHED: refused */
};

static void expect(bool (*read)(const char *, size_t, int64_t *), const struct row *row) {
    int64_t value = UNTOUCHED;
    bool result = read(row->text, strlen(row->text), &value);
    if (result != (row->expected != UNTOUCHED) || value != row->expected)
        fail_msg("\"%s\": %d, %lld", row->text, result, (long long)value);
}

static void test_read(void **state) {
    (void)state;
    static const struct row rows[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1970-01-01", 0},
        {"1969-12-31T23:59:59.999Z", -1},
        {"2026-11-24T03:00:00Z", 1795489200000},
        {"2026-11-24t03:00:00z", 1795489200000},
        {"2026-11-24 03:00:00Z", 1795489200000},
        {"2026-11-24T03:00:00+00:00", 1795489200000},
        {"2026-11-24T04:30:00+01:30", 1795489200000},
        {"2026-11-23T22:00:00-05:00", 1795489200000},
        {"2026-11-24T03:00:00.5Z", 1795489200500},
        {"2026-11-24T03:00:00.123456789Z", 1795489200123},
        {"2026-11-24T03:00:00.000999Z", 1795489200000},
        {"2026-11-24T03:00:60Z", 1795489260000}, /* a leap second */
        {"2024-02-29", 1709164800000},
        {"2000-02-29", 951782400000},
        {"0001-01-01T00:00:00Z", YEAR_1},
        {"9999-12-31T23:59:59.999Z", YEAR_9999},
        {"", UNTOUCHED},
        {"2026", UNTOUCHED},
        {"2026-11", UNTOUCHED},
        {"2026-11-2", UNTOUCHED},
        {"2026-11-24T", UNTOUCHED},
        {"2026-11-24T03:00", UNTOUCHED},
        {"2026-11-24T03:00:00", UNTOUCHED}, /* no zone */
        {"2026-11-24T03:00:00.Z", UNTOUCHED},
        {"2026-11-24T03:00:00Zx", UNTOUCHED},
        {"2026-11-24T03:00:00Z ", UNTOUCHED},
        {" 2026-11-24", UNTOUCHED},
        {"2026-11-24x", UNTOUCHED},
        {"2026-11-24T03:00:00+1:00", UNTOUCHED},
        {"2026-11-24T03:00:00+0100", UNTOUCHED},
        {"2026-11-24T03:00:00+24:00", UNTOUCHED},
        {"2026-11-24T03:00:00+01:60", UNTOUCHED},
        {"2026-11-24T24:00:00Z", UNTOUCHED},
        {"2026-11-24T03:60:00Z", UNTOUCHED},
        {"2026-11-24T03:00:61Z", UNTOUCHED},
        {"2026-00-24", UNTOUCHED},
        {"2026-13-24", UNTOUCHED},
        {"2026-11-00", UNTOUCHED},
        {"2026-11-31", UNTOUCHED},
        {"2026-02-29", UNTOUCHED},
        {"1900-02-29", UNTOUCHED},
        {"0000-01-01", UNTOUCHED},
        {"-001-01-01", UNTOUCHED},
        {"+026-11-24", UNTOUCHED},
        {"20261124", UNTOUCHED},
        {"2026/11/24", UNTOUCHED},
        {"2026-1a-24", UNTOUCHED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        expect(text_time_read, &rows[i]);
}

static void test_read_http(void **state) {
    (void)state;
    static const struct row rows[] = {
        {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
        {"Tue, 24 Nov 2026 03:00:00 GMT", 1795489200000},
        {"Sun, 06 Nov 1994 08:49:37 GMT", 784111777000},
        {"Thu, 29 Feb 2024 23:59:59 GMT", 1709251199000},
        {"", UNTOUCHED},
        {"Tue", UNTOUCHED},
        {"Tue,", UNTOUCHED},
        {"Tue, 24", UNTOUCHED},
        {"Tue 24 Nov 2026 03:00:00 GMT", UNTOUCHED},
        {"Tue, 4 Nov 2026 03:00:00 GMT", UNTOUCHED},
        {"Tue, 24 nov 2026 03:00:00 GMT", UNTOUCHED},
        {"Tue, 24 Nov 26 03:00:00 GMT", UNTOUCHED},
        {"Tue, 24 Nov 2026 03:00 GMT", UNTOUCHED},
        {"Tue, 24 Nov 2026 25:00:00 GMT", UNTOUCHED},
        {"Tue, 31 Nov 2026 03:00:00 GMT", UNTOUCHED},
        {"Tue, 24 Nov 2026 03:00:00 UTC", UNTOUCHED},
        {"Tue, 24 Nov 2026 03:00:00 GMTx", UNTOUCHED},
        {"Tue, 24 Nov 2026 03:00:00", UNTOUCHED},
        {"Tuesday, 24-Nov-26 03:00:00 GMT", UNTOUCHED},
        {"Tue Nov 24 03:00:00 2026", UNTOUCHED},
        {"2026-11-24T03:00:00Z", UNTOUCHED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        expect(text_time_read_http, &rows[i]);
}

static void test_duration(void **state) {
    (void)state;
    static const struct row rows[] = {
        {"1ms", 1},
        {"250ms", 250},
        {"90s", 90000},
        {"15m", 900000},
        {"12h", 43200000},
        {"3d", 3 * DAY},
        {"2w", 14 * DAY},
        {"1y", 365 * DAY},
        {"1h30m", 5400000},
        {"1m5s", 65000},
        {"0h5m", 300000},
        {"007s", 7000},
        {"1000y", 365000 * DAY},
        {"", UNTOUCHED},
        {"0s", UNTOUCHED},
        {"15", UNTOUCHED},
        {"m", UNTOUCHED},
        {"-5m", UNTOUCHED},
        {"+5m", UNTOUCHED},
        {"5 m", UNTOUCHED},
        {"5m ", UNTOUCHED},
        {"1.5h", UNTOUCHED},
        {"5M", UNTOUCHED},
        {"5min", UNTOUCHED},
        {"5x", UNTOUCHED},
        {"1001y", UNTOUCHED},
        {"1000y1ms", UNTOUCHED},
        {"600y600y", UNTOUCHED},
        {"99999999999999999999s", UNTOUCHED},
        {"18446744073709551617ms", UNTOUCHED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        expect(text_duration_read, &rows[i]);
}

/* So many parts that a sum kept to the end would pass 2^63 and come round. */
static void test_duration_does_not_come_round(void **state) {
    (void)state;
    static char text[5 * 600000 + 8];
    size_t size = 0;
    for (int i = 0; i < 585000; i++, size += 5)
        memcpy(text + size, "1000y", 5);
    for (size_t parts = 584000; parts < 585000; parts++) {
        int64_t value = UNTOUCHED;
        assert_false(text_duration_read(text, parts * 5, &value));
        assert_int_equal(value, UNTOUCHED);
    }
}

static void test_write(void **state) {
    (void)state;
    static const struct row rows[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1970-01-01T00:00:00.001Z", 1},
        {"1969-12-31T23:59:59.999Z", -1},
        {"2026-11-24T03:00:00Z", 1795489200000},
        {"2026-11-24T03:00:00.050Z", 1795489200050},
        {"2024-02-29T00:00:00Z", 1709164800000},
        {"0001-01-01T00:00:00Z", YEAR_1},
        {"9999-12-31T23:59:59.999Z", YEAR_9999},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char out[TEXT_TIME_SIZE];
        text_time_write(rows[i].expected, out);
        assert_string_equal(out, rows[i].text);
    }
}

/* Every third day of the calendar, at a time of day that wanders; each later than the last. */
static void test_round_trip(void **state) {
    (void)state;
    char before[TEXT_TIME_SIZE] = "";
    uint32_t wander = 1;
    for (int64_t day = YEAR_1; day < YEAR_9999; day += 3 * DAY) {
        char out[TEXT_TIME_SIZE];
        int64_t value = UNTOUCHED;
        wander = wander * 1664525 + 1013904223;
        int64_t time_ms = day + wander % DAY;
        text_time_write(time_ms, out);
        assert_true(text_time_read(out, strlen(out), &value));
        assert_int_equal(value, time_ms);
        assert_true(strncmp(before, out, 10) < 0);
        memcpy(before, out, sizeof before);
    }
}

/* No text of any size is read beyond its end, and a cut one is refused or is a date. */
static void test_cut(void **state) {
    (void)state;
    static const char whole[] = "2026-11-24T03:00:00.123+01:00";
    for (size_t size = 0; size < sizeof whole - 1; size++) {
        int64_t value;
        assert_int_equal(text_time_read(whole, size, &value), size == 10);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),     cmocka_unit_test(test_read_http),
        cmocka_unit_test(test_duration), cmocka_unit_test(test_duration_does_not_come_round),
        cmocka_unit_test(test_write),    cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
