/* The keep list, inside the store only: what a merge has to do with it. */
#ifndef STORE_ROSTER_KEEP_H
#define STORE_ROSTER_KEEP_H

#include "store/tables/tables.h"

/* A followee whose id and handle are known now; sizes 0: nothing to look for. */
struct keep_wanted {
    uint32_t id_size, handle_size;
    char id[FACT_ID_MAX], handle[FACT_HANDLE_MAX];
};

void keep_wanted(const struct store_campaign *c, const struct facts *f, struct keep_wanted *out);
/* Is that handle noted? Then the id is on the list from here on. */
int keep_resolve(struct store_txn *t, struct store_campaign *c, const struct keep_wanted *who,
                 struct winnow_error *err);

#endif
