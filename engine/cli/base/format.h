/* Numbers, times and money as a person reads them. Each result is a value of its own:
 * `printf("%s", format_count(n).text)`. */
#ifndef CLI_BASE_FORMAT_H
#define CLI_BASE_FORMAT_H

#include <stdint.h>

struct shown {
    char text[96];
};

struct shown format_things(uint64_t n, const char *one);        /* 1 followee, 2 followees */
struct shown format_count(uint64_t n);                          /* 702,586 */
struct shown format_duration(int64_t duration_ms);              /* 146 d 9 h */
struct shown format_money(int64_t micro, const char *currency); /* $6,613.83 */
struct shown format_share(double share);                        /* 12.3 % */
struct shown format_date(int64_t time_ms);                      /* 2027-04-19 12:00 UTC, local */
/* "12:00" within 20 hours, else the date too */
struct shown format_clock(int64_t time_ms, int64_t now_ms);
/* "in 146 d 9 h (2027-04-19 12:00 UTC)", "3 min ago (...)", "not known" for 0 */
struct shown format_when(int64_t time_ms, int64_t now_ms);
struct shown format_digest(const char *digest); /* the first 12 digits */

#endif
