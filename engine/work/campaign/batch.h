/* Batches: one import or fetch each; every fact's source is one. */
#ifndef WORK_CAMPAIGN_BATCH_H
#define WORK_CAMPAIGN_BATCH_H

#include "store/store.h"

/* Number a new batch and note its kind, its time, and of when its facts are, which an archive's are
 * of long before. The caller puts the campaign. */
struct batch_start {
    const char *kind;
    int64_t now_ms, as_of_ms;
};
int batch_start(struct store_txn *t, struct store_campaign *c, const struct batch_start *start,
                uint16_t *batch, struct winnow_error *err);

/* What a batch was. One without a note that can be read has the kind "". */
struct batch_source {
    char kind[16];
    int64_t as_of_ms;
};
int batch_source_get(struct store_txn *t, uint32_t campaign, uint16_t batch,
                     struct batch_source *out, struct winnow_error *err);

/* Engine time as a person reads it, to the second: the wall clock is set by milliseconds all the
 * time, and an archive's date shall not come out as a second before. */
int64_t batch_wall_ms(int64_t engine_ms, int64_t wall_offset_ms);

/* Of when every batch's facts are, for facts_merge. A batch without a note that can be read is as
 * new as can be: what it told stays. */
struct batch_ages {
    struct facts_ages ages;
    int64_t *as_of_ms; /* owned */
};
int batch_ages_load(struct batch_ages *a, struct store_txn *t, const struct store_campaign *c,
                    struct winnow_error *err);
void batch_ages_free(struct batch_ages *a);

/* What a batch lets one say of those it did not tell of, since it was all there is. */
struct batch_absent {
    uint16_t batch;
    fact_set none; /* flags: who it did not set to yes does not have them */
};
/* Adds the number of those changed. Facts of a later time stay (store_merge_by_age). */
int batch_mark_absent(struct store_txn *t, struct store_campaign *c,
                      const struct batch_absent *absent, uint64_t *changed,
                      struct winnow_error *err);

#endif
