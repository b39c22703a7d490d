/* Times as text: see text_time.h. Happy path: civil fields to days (H. Hinnant's algorithm, from
 * "chrono-compatible low-level date algorithms") to milliseconds and back. Fails by returning
 * false; the output is left alone then. */
#include "core/base/text_time.h"

#include <stdio.h>
#include <string.h>

#define DAY_MS INT64_C(86400000)

struct civil {
    int64_t year;
    int month, day, hour, minute, second, ms;
};

static int64_t days_from_civil(int64_t y, int m, int d) {
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t of_era = y - era * 400;
    int64_t of_year = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void civil_from_days(int64_t z, struct civil *c) {
    z += 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t of_era = z - era * 146097;
    int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t mp = (5 * of_year + 2) / 153;
    c->day = (int)(of_year - (153 * mp + 2) / 5 + 1);
    c->month = (int)(mp < 10 ? mp + 3 : mp - 9);
    c->year = year_of_era + era * 400 + (c->month <= 2);
}

void text_time_write(int64_t time_ms, char out[TEXT_TIME_SIZE]) {
    int64_t days = time_ms / DAY_MS;
    int64_t rest = time_ms % DAY_MS;
    if (rest < 0) {
        days--;
        rest += DAY_MS;
    }
    struct civil c = {0};
    civil_from_days(days, &c);
    int seconds = (int)(rest / 1000);
    int ms = (int)(rest % 1000);
    int used = snprintf(out, TEXT_TIME_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d", (int)(c.year % 10000),
                        c.month, c.day, seconds / 3600, seconds / 60 % 60, seconds % 60);
    snprintf(out + used, TEXT_TIME_SIZE - (size_t)used, ms != 0 ? ".%03dZ" : "Z", ms);
}

/* Exactly `digits` digits at *at; moves on. */
static bool number(const char **at, const char *end, int digits, int *out) {
    if (end - *at < digits)
        return false;
    int value = 0;
    for (int i = 0; i < digits; i++) {
        char c = (*at)[i];
        if (c < '0' || c > '9')
            return false;
        value = value * 10 + (c - '0');
    }
    *at += digits;
    *out = value;
    return true;
}

static bool literal(const char **at, const char *end, char c) {
    if (*at == end || **at != c)
        return false;
    (*at)++;
    return true;
}

static bool valid(const struct civil *c) {
    static const int month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (c->year < 1 || c->month < 1 || c->month > 12 || c->day < 1)
        return false;
    bool leap = (c->year % 4 == 0 && c->year % 100 != 0) || c->year % 400 == 0;
    int days = month_days[c->month - 1] + (c->month == 2 && leap);
    return c->day <= days && c->hour <= 23 && c->minute <= 59 && c->second <= 60;
}

static int64_t to_ms(const struct civil *c) {
    int64_t seconds = c->hour * 3600 + c->minute * 60 + c->second;
    return days_from_civil(c->year, c->month, c->day) * DAY_MS + seconds * 1000 + c->ms;
}

/* Decimals of a second, any number of them; what is below a millisecond is dropped. */
static bool fraction(const char **at, const char *end, int *ms) {
    int scale = 100;
    const char *from = *at;
    while (*at < end && **at >= '0' && **at <= '9') {
        *ms += (**at - '0') * scale;
        scale /= 10;
        (*at)++;
    }
    return *at > from;
}

static bool zone(const char **at, const char *end, int64_t *offset_ms) {
    if (literal(at, end, 'Z') || literal(at, end, 'z'))
        return true;
    int sign = literal(at, end, '+') ? 1 : literal(at, end, '-') ? -1 : 0;
    int hours = 0;
    int minutes = 0;
    if (sign == 0 || !number(at, end, 2, &hours) || !literal(at, end, ':') ||
        !number(at, end, 2, &minutes) || hours > 23 || minutes > 59)
        return false;
    *offset_ms = sign * (int64_t)(hours * 60 + minutes) * 60000;
    return true;
}

bool text_time_read(const char *at, size_t size, int64_t *time_ms) {
    const char *end = at + size;
    struct civil c = {0};
    int year = 0;
    int64_t offset_ms = 0;
    if (!number(&at, end, 4, &year) || !literal(&at, end, '-') || !number(&at, end, 2, &c.month) ||
        !literal(&at, end, '-') || !number(&at, end, 2, &c.day))
        return false;
    c.year = year;
    if (at != end) {
        if (!(literal(&at, end, 'T') || literal(&at, end, 't') || literal(&at, end, ' ')) ||
            !number(&at, end, 2, &c.hour) || !literal(&at, end, ':') ||
            !number(&at, end, 2, &c.minute) || !literal(&at, end, ':') ||
            !number(&at, end, 2, &c.second))
            return false;
        if (literal(&at, end, '.') && !fraction(&at, end, &c.ms))
            return false;
        if (!zone(&at, end, &offset_ms))
            return false;
    }
    if (at != end || !valid(&c))
        return false;
    *time_ms = to_ms(&c) - offset_ms;
    return true;
}

static bool month_name(const char **at, const char *end, int *month) {
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    if (end - *at < 3)
        return false;
    for (int i = 0; i < 12; i++) {
        if (memcmp(*at, names + (size_t)i * 3, 3) == 0) {
            *month = i + 1;
            *at += 3;
            return true;
        }
    }
    return false;
}

bool text_time_read_http(const char *at, size_t size, int64_t *time_ms) {
    const char *end = at + size;
    const char *comma = size >= 5 ? memchr(at, ',', 5) : NULL;
    if (comma == NULL)
        return false;
    at = comma + 1;
    struct civil c = {0};
    int year = 0;
    if (!literal(&at, end, ' ') || !number(&at, end, 2, &c.day) || !literal(&at, end, ' ') ||
        !month_name(&at, end, &c.month) || !literal(&at, end, ' ') || !number(&at, end, 4, &year) ||
        !literal(&at, end, ' ') || !number(&at, end, 2, &c.hour) || !literal(&at, end, ':') ||
        !number(&at, end, 2, &c.minute) || !literal(&at, end, ':') ||
        !number(&at, end, 2, &c.second) || end - at != 4 || memcmp(at, " GMT", 4) != 0)
        return false;
    c.year = year;
    if (!valid(&c))
        return false;
    *time_ms = to_ms(&c);
    return true;
}

bool text_time_read_x(const char *at, size_t size, int64_t *time_ms) {
    static const char days[] = "MonTueWedThuFriSatSun";
    const char *end = at + size;
    struct civil c = {0};
    int year = 0;
    int offset = 0; /* hours and minutes as four digits */
    if (size < 4 || at[3] != ' ' || memmem(days, sizeof days - 1, at, 3) == NULL)
        return false;
    at += 4;
    if (!month_name(&at, end, &c.month) || !literal(&at, end, ' ') ||
        !number(&at, end, 2, &c.day) || !literal(&at, end, ' ') || !number(&at, end, 2, &c.hour) ||
        !literal(&at, end, ':') || !number(&at, end, 2, &c.minute) || !literal(&at, end, ':') ||
        !number(&at, end, 2, &c.second) || !literal(&at, end, ' '))
        return false;
    int sign = literal(&at, end, '+') ? 1 : literal(&at, end, '-') ? -1 : 0;
    if (sign == 0 || !number(&at, end, 4, &offset) || offset / 100 > 23 || offset % 100 > 59 ||
        !literal(&at, end, ' ') || !number(&at, end, 4, &year) || at != end)
        return false;
    c.year = year;
    if (!valid(&c))
        return false;
    *time_ms = to_ms(&c) - sign * (int64_t)(offset / 100 * 60 + offset % 100) * 60000;
    return true;
}

static int64_t unit_ms(const char **at, const char *end) {
    static const struct {
        const char *name;
        int64_t ms;
    } units[] = {
        {"ms", 1},     {"s", 1000},       {"m", 60000},        {"h", 3600000},
        {"d", DAY_MS}, {"w", 7 * DAY_MS}, {"y", 365 * DAY_MS},
    };
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        size_t size = strlen(units[i].name);
        if ((size_t)(end - *at) >= size && memcmp(*at, units[i].name, size) == 0) {
            *at += size;
            return units[i].ms;
        }
    }
    return 0;
}

bool text_duration_read(const char *at, size_t size, int64_t *duration_ms) {
    const int64_t most = INT64_C(365000) * DAY_MS;
    const char *end = at + size;
    int64_t total = 0;
    if (size == 0)
        return false;
    while (at < end) {
        const char *digits = at;
        int64_t value = 0;
        while (at < end && *at >= '0' && *at <= '9' && value < most)
            value = value * 10 + (*at++ - '0');
        if (at == digits)
            return false;
        int64_t unit = unit_ms(&at, end);
        if (unit == 0 || value > most / unit)
            return false;
        total += value * unit;
        if (total > most)
            return false;
    }
    if (total == 0)
        return false;
    *duration_ms = total;
    return true;
}
