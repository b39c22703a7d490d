/* The roster, inside the store only. */
#ifndef STORE_ROSTER_ROSTER_H
#define STORE_ROSTER_ROSTER_H

#include "store/tables/tables.h"

/* Write the ids that store_hint_many had gathered, before something reads or commits them. */
int roster_write_gathered(struct store_txn *t, struct winnow_error *err);

#endif
