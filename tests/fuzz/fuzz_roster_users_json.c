/* Users in JSON: arrays, arrays behind arrays, objects, names. What must be true of every record
 * stands in roster.h. */
#include "roster.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct roster_seen seen;
    roster_seen(&seen, ROSTER_USERS_JSON, data, size);
    return 0;
}
