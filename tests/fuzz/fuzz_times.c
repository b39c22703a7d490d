/* Times, durations and quiet hours. What must be true: a time that is read and written reads back
 * the same; a duration is positive and at most 1,000 years; quiet hours end within a day and never
 * hold all of it. */
#include "fuzz.h"

#include "core/base/text_time.h"
#include "core/limiter/quiet.h"

#define DAY_MS  INT64_C(86400000)
#define YEAR_MS (INT64_C(365) * DAY_MS)

static void check_time(const char *at, size_t size) {
    char written[TEXT_TIME_SIZE];
    int64_t time_ms;
    int64_t again_ms;
    if (text_time_read(at, size, &time_ms)) {
        text_time_write(time_ms, written);
        MUST(text_time_read(written, strlen(written), &again_ms) && again_ms == time_ms);
    }
    if (text_time_read_http(at, size, &time_ms)) {
        MUST(time_ms % 1000 == 0);
        text_time_write(time_ms, written);
        MUST(text_time_read(written, strlen(written), &again_ms) && again_ms == time_ms);
    }
}

static void check_quiet(const char *at, size_t size, uint64_t seed) {
    struct quiet_hours q;
    if (!quiet_read(at, size, &q))
        return;
    MUST(q.from_min >= 0 && q.from_min < 1440 && q.to_min >= 0 && q.to_min < 1440);
    MUST(q.from_min != q.to_min && quiet_share(&q) > 0 && quiet_share(&q) < 1);
    int64_t now_ms = (int64_t)(draw(&seed) % UINT64_C(253402300799999));
    int64_t offset_ms = ((int64_t)(draw(&seed) % 1681) - 840) * 60000;
    int64_t until_ms = quiet_until(&q, now_ms, offset_ms);
    if (until_ms == 0)
        return;
    MUST(until_ms > now_ms && until_ms - now_ms <= DAY_MS);
    MUST(quiet_until(&q, until_ms, offset_ms) == 0);
    MUST(quiet_until(&q, until_ms - 1, offset_ms) == until_ms);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *at = exact_copy(data, size);
    int64_t duration_ms;
    check_time(at, size);
    if (text_duration_read(at, size, &duration_ms))
        MUST(duration_ms > 0 && duration_ms <= 1000 * YEAR_MS);
    check_quiet(at, size, seed_of(data, size));
    free(at);
    return 0;
}
