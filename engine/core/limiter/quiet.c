/* Quiet hours: see quiet.h. Cannot fail. */
#include "core/limiter/quiet.h"

#define MINUTE_MS  INT64_C(60000)
#define DAY_MIN    1440
#define DAY_MS     (DAY_MIN * MINUTE_MS)
#define CLOCK_SIZE 5 /* "23:00" */

static bool two_digits(const char *at, int32_t most, int32_t *out) {
    if (at[0] < '0' || at[0] > '9' || at[1] < '0' || at[1] > '9')
        return false;
    *out = (at[0] - '0') * 10 + (at[1] - '0');
    return *out <= most;
}

static bool read_clock(const char *at, int32_t *minutes) {
    int32_t hour;
    int32_t minute;
    if (!two_digits(at, 23, &hour) || at[2] != ':' || !two_digits(at + 3, 59, &minute))
        return false;
    *minutes = hour * 60 + minute;
    return true;
}

bool quiet_read(const char *text, size_t size, struct quiet_hours *out) {
    return size == 2 * CLOCK_SIZE + 1 && text[CLOCK_SIZE] == '-' &&
           read_clock(text, &out->from_min) && read_clock(text + CLOCK_SIZE + 1, &out->to_min) &&
           out->from_min != out->to_min;
}

int64_t quiet_until(const struct quiet_hours *q, int64_t now_ms, int64_t local_offset_ms) {
    if (q->from_min == q->to_min)
        return 0;
    int64_t local_ms = now_ms + local_offset_ms;
    int64_t of_day_ms = (local_ms % DAY_MS + DAY_MS) % DAY_MS;
    int64_t from_ms = q->from_min * MINUTE_MS;
    int64_t to_ms = q->to_min * MINUTE_MS;
    int64_t since_ms = (of_day_ms - from_ms + DAY_MS) % DAY_MS;
    int64_t length_ms = (to_ms - from_ms + DAY_MS) % DAY_MS;
    return since_ms < length_ms ? now_ms + length_ms - since_ms : 0;
}

double quiet_share(const struct quiet_hours *q) {
    return (double)((q->to_min - q->from_min + DAY_MIN) % DAY_MIN) / DAY_MIN;
}
