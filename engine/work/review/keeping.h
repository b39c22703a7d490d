/* A change of the keep list, in one write: what keep.c and its other ways in share. */
#ifndef WORK_REVIEW_KEEPING_H
#define WORK_REVIEW_KEEPING_H

#include "work/campaign/state.h"

struct keeping {
    struct winnow *w;
    struct store_txn *txn;
    struct store_campaign campaign;
    const struct platform *platform;
    bool remove, note;
    struct winnow_keep_result *result;
};

/* Begin a write; `how` is as for winnow_keep. After a failure there is nothing to end. */
int keeping_begin(struct keeping *k, struct winnow *w, const char *name, unsigned how,
                  struct winnow_keep_result *result, struct winnow_error *err);
/* Commit when `result` is 0, else take all back. Returns what came of it. */
int keeping_end(struct keeping *k, int result, struct winnow_error *err);

/* The followee with that number goes on the list, or off it; by the handle where its id is not
 * known. Counted in the result. */
int keeping_number(struct keeping *k, uint32_t number, struct winnow_error *err);

#endif
