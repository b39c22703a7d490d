/* Where a step of a fetch stands, in the store: written with each page, read by the next fetch, so
 * that one that was killed goes on. A step is one way through one list; its note bears its name. */
#ifndef WORKER_FETCH_STATE_H
#define WORKER_FETCH_STATE_H

#include "worker/state.h"

struct fetch_state {
    uint16_t batch;
    uint32_t part;    /* which of several lists, or which followee comes next */
    int64_t begun_ms; /* engine time */
    int64_t told;     /* rows that there should be, by the profile's word; -1: not told */
    uint64_t rows;    /* read so far */
    uint64_t full;    /* of them, those that told of a profile's counts */
    uint64_t follows; /* of them, those that told who follows back */
    uint64_t skipped; /* not understood */
    uint64_t pages;
    uint64_t roster; /* what was in it when the step began, see fetch_roster */
};

/* 1 found, with the cursor of the next page; 0 not; -1 error. */
int fetch_state_load(struct store_txn *t, uint32_t campaign, const char *step,
                     struct fetch_state *out, struct buffer *cursor, struct winnow_error *err);
/* WINNOW_NETWORK when the server's cursor is longer than HTTP_TARGET_MAX. */
int fetch_state_save(struct store_txn *t, uint32_t campaign, const char *step,
                     const struct fetch_state *s, const struct buffer *cursor,
                     struct winnow_error *err);
int fetch_state_remove(struct store_txn *t, uint32_t campaign, const char *step,
                       struct winnow_error *err);

#endif
