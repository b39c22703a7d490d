/* following.js and follower.js of an X archive. Beside what roster.h checks: a file that was read
 * to its end, cut anywhere before its last element's end, is never taken for whole, since only a
 * whole list tells who does not follow back. */
#include "roster.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct roster_seen whole;
    struct roster_seen cut;
    roster_seen(&whole, ROSTER_X_JS, data, size);
    uint64_t seed = seed_of(data, size);
    const uint8_t *close = memrchr(data, ']', size);
    if (whole.result != 0 || close == NULL)
        return 0;
    size_t at = (size_t)(draw(&seed) % (size_t)(close - data + 1));
    roster_seen(&cut, ROSTER_X_JS, data, at);
    MUST(cut.result != 0 && cut.followees <= whole.followees && cut.followers <= whole.followers);
    return 0;
}
