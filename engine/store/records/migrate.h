/* Bringing a store of an older format to ours, inside the store only. Records keep the version they
 * have, and are read as such; what changes is that an older winnow does not open the store any
 * more, which could not read what is written from now on. */
#ifndef STORE_RECORDS_MIGRATE_H
#define STORE_RECORDS_MIGRATE_H

#include "store/tables/tables.h"

/* Has the engine leave a whole copy of the store as it is (LMDB: in DIRECTORY/format-N, on the
 * disk), and then notes the new format. Killed before that, nothing has changed and the next open does it again. Fails with
 * WINNOW_STORAGE when there is no room for the copy. */
int migrate(struct store *s, uint32_t format, struct winnow_error *err);

#endif
