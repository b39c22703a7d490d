/* Numbers, times and money as a person reads them. Pure but for the local time zone.
 *
 * Nothing here fails: what has no sensible form becomes "not known". */
#include "cli/base/format.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

struct shown format_count(uint64_t n) {
    char digits[24];
    int size = snprintf(digits, sizeof digits, "%" PRIu64, n);
    struct shown out;
    size_t at = 0;
    for (int i = 0; i < size; i++) {
        if (i > 0 && (size - i) % 3 == 0)
            out.text[at++] = ',';
        out.text[at++] = digits[i];
    }
    out.text[at] = '\0';
    return out;
}

static const struct {
    int64_t ms;
    const char *name;
} units[] = {{86400000, "d"}, {3600000, "h"}, {60000, "min"}, {1000, "s"}, {1, "ms"}};

enum { UNIT_COUNT = sizeof units / sizeof units[0] };

struct shown format_duration(int64_t duration_ms) {
    struct shown out = {"0 s"};
    if (duration_ms <= 0)
        return out;
    size_t unit = 0;
    while (duration_ms < units[unit].ms)
        unit++;
    uint64_t whole = (uint64_t)(duration_ms / units[unit].ms);
    int used =
        snprintf(out.text, sizeof out.text, "%.40s %s", format_count(whole).text, units[unit].name);
    /* milliseconds beside seconds would only flicker */
    if (unit + 1 >= UNIT_COUNT - 1)
        return out;
    int64_t rest = duration_ms % units[unit].ms / units[unit + 1].ms;
    if (rest > 0)
        snprintf(out.text + used, sizeof out.text - (size_t)used, " %" PRId64 " %s", rest,
                 units[unit + 1].name);
    return out;
}

struct shown format_things(uint64_t n, const char *one) {
    struct shown out;
    snprintf(out.text, sizeof out.text, "%.28s %.24s%s", format_count(n).text, one,
             n == 1 ? "" : "s");
    return out;
}

static const struct {
    const char *code, *sign;
} currencies[] = {{"USD", "$"}, {"EUR", "€"}, {"GBP", "£"}};

static const char *currency_sign(const char *code) {
    for (size_t i = 0; i < sizeof currencies / sizeof currencies[0]; i++)
        if (strcmp(currencies[i].code, code) == 0)
            return currencies[i].sign;
    return NULL;
}

struct shown format_money(int64_t micro, const char *currency) {
    const char *sign = currency_sign(currency);
    uint64_t amount = micro < 0 ? 0 : (uint64_t)micro;
    /* an amount under a cent would else read as nothing */
    uint64_t step = amount > 0 && amount < 10000 ? 100 : 10000;
    uint64_t rounded = (amount + step / 2) / step;
    uint64_t per_unit = 1000000 / step;
    struct shown out;
    snprintf(out.text, sizeof out.text, "%s%.40s.%0*" PRIu64 "%s%.7s", sign == NULL ? "" : sign,
             format_count(rounded / per_unit).text, step == 100 ? 4 : 2, rounded % per_unit,
             sign == NULL ? " " : "", sign == NULL ? currency : "");
    return out;
}

struct shown format_share(double share) {
    struct shown out;
    if (isnan(share)) {
        snprintf(out.text, sizeof out.text, "not known");
        return out;
    }
    double percent = share * 100;
    /* "100.0 %" is said only of all, "0.0 %" only of none */
    if (percent > 99.9 && percent < 100)
        percent = 99.9;
    if (percent > 0 && percent < 0.1)
        snprintf(out.text, sizeof out.text, "under 0.1 %%");
    else
        snprintf(out.text, sizeof out.text, "%.1f %%", percent);
    return out;
}

struct shown format_date(int64_t time_ms) {
    struct shown out = {"not known"};
    time_t seconds = (time_t)(time_ms / 1000);
    struct tm local;
    if (time_ms == 0 || localtime_r(&seconds, &local) == NULL)
        return out;
    if (strftime(out.text, sizeof out.text, "%Y-%m-%d %H:%M %Z", &local) == 0)
        snprintf(out.text, sizeof out.text, "not known");
    return out;
}

struct shown format_clock(int64_t time_ms, int64_t now_ms) {
    time_t seconds = (time_t)(time_ms / 1000);
    struct tm local;
    struct shown out;
    /* further away the same clock time could be that of another day */
    if (time_ms - now_ms > 20 * 3600000LL || localtime_r(&seconds, &local) == NULL ||
        strftime(out.text, sizeof out.text, "%H:%M:%S", &local) == 0)
        return format_date(time_ms);
    return out;
}

struct shown format_when(int64_t time_ms, int64_t now_ms) {
    if (time_ms == 0)
        return format_date(0);
    struct shown out;
    struct shown date = format_date(time_ms);
    int64_t ahead = time_ms - now_ms;
    if (ahead > -1000 && ahead < 1000)
        snprintf(out.text, sizeof out.text, "now (%.40s)", date.text);
    else if (ahead > 0)
        snprintf(out.text, sizeof out.text, "in %.40s (%.40s)", format_duration(ahead).text,
                 date.text);
    else
        snprintf(out.text, sizeof out.text, "%.40s ago (%.40s)", format_duration(-ahead).text,
                 date.text);
    return out;
}

struct shown format_digest(const char *digest) {
    struct shown out;
    snprintf(out.text, sizeof out.text, "%.12s", digest);
    return out;
}
