/* Times for front ends: RFC 3339 both ways, and durations from now on. Happy path: text in, time
 * out. Fails with WINNOW_USAGE and examples of what is expected. */
#include "core/base/text_time.h"

#include <string.h>
#include <time.h>
#include <winnow/winnow.h>

_Static_assert(TEXT_TIME_SIZE <= 32, "winnow.h promises that 32 bytes are enough");

void winnow_time_text(int64_t time_ms, char *text) {
    text_time_write(time_ms - time_ms % 1000, text);
}

int winnow_time_parse(const char *text, int64_t now_ms, int64_t *out, struct winnow_error *err) {
    int64_t duration_ms;
    if (text_time_read(text, strlen(text), out))
        return 0;
    if (!text_duration_read(text, strlen(text), &duration_ms))
        return winnow_fail(err, WINNOW_USAGE,
                           "%.64s is no time: give one like 2027-03-01, 2027-03-01T18:00:00Z, 90m, "
                           "12h or 3d",
                           text);
    *out = now_ms + duration_ms;
    return 0;
}

const char *winnow_version(void) {
    return WINNOW_VERSION;
}

int64_t winnow_now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
