/* A file of unknown kind: its format is known by its first bytes. What is found by them must read
 * as it does when the user names the format. */
#include "roster.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const enum roster_format formats[] = {ROSTER_JSONL, ROSTER_CSV, ROSTER_MASTODON_CSV,
                                                 ROSTER_X_JS, ROSTER_USERS_JSON};
    struct roster_seen found = {0};
    struct roster_seen named;
    bool same = false;
    roster_seen(&found, ROSTER_AUTO, data, size);
    for (size_t i = 0; i < 5 && !same; i++) {
        roster_seen(&named, formats[i], data, size);
        same = named.result == found.result && named.digest == found.digest &&
               named.skipped == found.skipped && named.followees == found.followees;
    }
    MUST(same || found.result != 0);
    return 0;
}
