/* verify: counters, states and open entries derived again from the journal, and compared. Happy
 * path: no mismatch. Fails as the store does. */
#include <string.h>

#include "worker/state.h"

int winnow_verify(struct winnow *w, const char *name, struct winnow_verify_result *out,
                  struct winnow_error *err) {
    struct store_txn *t;
    struct store_campaign c;
    struct store_check check = {0};
    *out = (struct winnow_verify_result){0};
    if (store_read(w->store, &t, err) != 0)
        return -1;
    int result = store_campaign_find(t, name, &c, err);
    if (result == 0)
        result = store_check(t, c.id, &check, err);
    store_abort(t);
    out->journal_records = check.journal_records;
    out->entries = check.entries;
    out->mismatches = check.mismatches;
    memcpy(out->first, check.first, sizeof out->first);
    return result;
}
