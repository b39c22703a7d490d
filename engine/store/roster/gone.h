/* Which follows are taken back, inside the store only: gone marks in their table, and what the
 * journal has settled since. A mark for each outcome would rewrite a page of the table at a random
 * place with every unfollow; so outcomes are left to the journal, and the table catches up with it
 * when it is written to for another reason: a fetch that sees somebody again, or a new plan. */
#ifndef STORE_ROSTER_GONE_H
#define STORE_ROSTER_GONE_H

#include "store/tables/tables.h"

/* Bring into the table what the journal has settled since the last time. */
int gone_catch_up(struct store_txn *t, uint32_t campaign, struct winnow_error *err);
/* The marks are whole as they are, up to the journal's end: for a store of before this was so. */
int gone_is_caught_up(struct store_txn *t, uint32_t campaign, struct winnow_error *err);

struct gone_mark {
    uint32_t number;
    uint8_t key;
    uint8_t outcome;
};

/* All marks by number, beside a scan of followees. */
struct gone_walk {
    struct table_walk table;
    bool left; /* `mark` is one of the table that is still to come */
    struct gone_mark mark;
    struct gone_mark *later; /* owned: of the journal, sorted */
    size_t count, at;
};

int gone_walk_open(struct gone_walk *w, struct store_txn *t, uint32_t campaign,
                   struct winnow_error *err);
void gone_walk_close(struct gone_walk *w);
/* Bit k: follow key k of that followee is taken back. Numbers only grow from call to call. */
int gone_walk_bits(struct gone_walk *w, uint32_t number, uint64_t *bits, struct winnow_error *err);

#endif
