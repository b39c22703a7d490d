/* Times as text: RFC 3339 both ways, and the other forms that rosters and servers use. Pure;
 * the proleptic Gregorian calendar, UTC, no locale, no time zone database. */
#ifndef CORE_BASE_TEXT_TIME_H
#define CORE_BASE_TEXT_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TEXT_TIME_SIZE 32

/* "2026-11-24T03:00:00Z", with ".123" when there are milliseconds. Years 1..9999. */
void text_time_write(int64_t time_ms, char out[TEXT_TIME_SIZE]);

/* "2026-11-24", "2026-11-24T03:00:00Z", "...+01:00", fractions of any length; ' ' for 'T'. The
 * whole text must match. */
bool text_time_read(const char *at, size_t size, int64_t *time_ms);

/* RFC 9110 section 5.6.7: "Tue, 24 Nov 2026 03:00:00 GMT" (IMF-fixdate). */
bool text_time_read_http(const char *at, size_t size, int64_t *time_ms);

/* As X writes a post's time: "Sat Feb 18 12:33:11 +0000 2023". */
bool text_time_read_x(const char *at, size_t size, int64_t *time_ms);

/* "90s", "15m", "12h", "3d", "2w", "1y" (365 days), "250ms", "1h30m"; positive, at most 1000 y. */
bool text_duration_read(const char *at, size_t size, int64_t *duration_ms);

#endif
