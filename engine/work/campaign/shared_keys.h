/* Follow keys that more than one record of the roster has: a request by such a key could take back
 * somebody else's follow. GitHub takes logins, which change hands; the record keys of Bluesky are
 * one follow's each, unless a list is out of date.
 *
 * A set in memory and no table: it is asked for each request, needed on two platforms alone, empty
 * in nearly all rosters, and made in one pass (about 0.2 s for 702,586). A table would have to be
 * kept up by each merge and join, on all platforms. */
#ifndef WORK_CAMPAIGN_SHARED_KEYS_H
#define WORK_CAMPAIGN_SHARED_KEYS_H

#include "work/campaign/state.h"

struct shared_keys {
    bool fold;        /* keys are the same in capitals */
    uint32_t batches; /* of the campaign, when it was made: a later import may have changed it */
    uint32_t count;
    uint64_t *hashes; /* owned; in order */
};

/* Of all whose follow is not taken back, with an id or without. Empty where the id is enough.
 * Whatever was in `s` is freed. */
int shared_keys_load(struct shared_keys *s, struct store_txn *t, const struct store_campaign *c,
                     const struct platform *platform, struct winnow_error *err);
bool shared_keys_has(const struct shared_keys *s, struct text key);
void shared_keys_free(struct shared_keys *s);

/* The first key of a followee that others have too; size 0: there is none. `left`: the keys whose
 * follow is not taken back. */
struct text shared_keys_of(const struct shared_keys *s, const struct facts *f, uint64_t left);

#endif
