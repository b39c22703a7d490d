/* Limits that cannot be: said before anything else happens. Happy path: nothing to say. Fails with
 * WINNOW_USAGE, naming the option and what it takes. */
#include "cli/parts/limits.h"

#include <winnow/winnow.h>

int limits_check(const struct limits *limits, struct winnow_error *err) {
    if (limits->quiet != NULL && winnow_quiet_check(limits->quiet, err) != 0)
        return -1;
    if (limits->until_ms == 0 || limits->until_ms > winnow_now_ms())
        return 0;
    char until[32];
    char now[32];
    winnow_time_text(limits->until_ms, until);
    winnow_time_text(winnow_now_ms(), now);
    return winnow_fail(err, WINNOW_USAGE,
                       "--until: %s is past (it is %s now); give a date or time to come, or a "
                       "duration like 12h",
                       until, now);
}
