/* Quiet hours: a span of the user's local day in which nothing leaves. Pure: local time is told. */
#ifndef CORE_LIMITER_QUIET_H
#define CORE_LIMITER_QUIET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct quiet_hours {
    int32_t from_min, to_min; /* minutes of the day, 0..1439; equal: none */
};

/* "23:00-07:00", over midnight or not; false when it is no such span, or an empty one. */
bool quiet_read(const char *text, size_t size, struct quiet_hours *out);

/* When the quiet that `now_ms` lies in ends; 0 when it lies in none. `local_offset_ms` is local
 * time minus the time that `now_ms` is counted in. */
int64_t quiet_until(const struct quiet_hours *q, int64_t now_ms, int64_t local_offset_ms);

/* The part of a day that is quiet, 0 to under 1. */
double quiet_share(const struct quiet_hours *q);

#endif
