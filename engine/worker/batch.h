/* Batches: one import or fetch each; every fact's source is one. */
#ifndef WORKER_BATCH_H
#define WORKER_BATCH_H

#include "store/store.h"

/* Number a new batch and note its kind and time. The caller puts the campaign. */
int batch_start(struct store_txn *t, struct store_campaign *c, const char *kind, int64_t now_ms,
                uint16_t *batch, struct winnow_error *err);

/* Everybody whose follows_me was not set to yes by `batch` does not follow: for whole lists of
 * followers only. Adds the number of those changed. */
int batch_mark_not_following(struct store_txn *t, struct store_campaign *c, uint16_t batch,
                             uint64_t *changed, struct winnow_error *err);

#endif
