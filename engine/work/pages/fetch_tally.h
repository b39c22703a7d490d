/* Inside of fetch: what was exchanged with whom, counted while a dataset's pages are read. What a
 * page adds is noted beside it, so that a fetch that was killed goes on with all that it had. */
#ifndef WORK_PAGES_FETCH_TALLY_H
#define WORK_PAGES_FETCH_TALLY_H

#include "work/pages/fetch.h"

struct tally {
    struct tie *ties;      /* of the dataset in hand, by roster number; `room` of them */
    uint32_t room;         /* who came into the roster later is not counted */
    struct seen counted;   /* what was counted, in all datasets */
    struct buffer marks;   /* of them, those of the page in hand: uint64_t each */
    struct buffer touched; /* whose tie the page in hand changed: uint32_t each */
    bool loaded;
};

int tally_init(struct tally *tally, uint32_t followees, struct winnow_error *err);
void tally_free(struct tally *tally);

/* With what the pages before had counted, of `set`. */
int tally_load(struct tally *tally, struct fetching *f, enum dataset set, struct winnow_error *err);
/* The exchange of the page in hand (f->page) with number `number`, whose id is `who`: it is counted
 * unless it was before. */
int tally_add(struct tally *tally, struct fetching *f, enum dataset set, uint32_t number,
              struct text who);
/* Note what the page in hand added. In f->txn. */
int tally_put(struct tally *tally, struct fetching *f, struct winnow_error *err);
/* A dataset was read: its ties go to the followees, and the next one begins. In f->txn. */
int tally_apply(struct tally *tally, struct fetching *f, struct winnow_error *err);
/* Take all notes away, and what was counted. In f->txn. */
int tally_forget(struct tally *tally, struct fetching *f, struct winnow_error *err);

#endif
