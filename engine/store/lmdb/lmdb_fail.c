/* What LMDB's error codes mean to who runs winnow: see lmdb.h. */
#include <errno.h>
#include <string.h>

#include "store/lmdb/lmdb.h"

int(lmdb_fail)(struct winnow_error *err, int mdb_code, const char *doing) {
    switch (mdb_code) {
    case MDB_MAP_FULL:
        return winnow_fail(err, WINNOW_STORAGE,
                           "%s: the store has outgrown its map; nothing was written, run the same "
                           "command again and it will be larger",
                           doing);
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
    case MDB_PANIC:
        return winnow_fail(err, WINNOW_DAMAGED,
                           "%s: the store is damaged (%s); restore the state directory from a "
                           "backup",
                           doing, mdb_strerror(mdb_code));
    case MDB_VERSION_MISMATCH:
        return winnow_fail(err, WINNOW_DAMAGED, "%s: the file is of another LMDB version", doing);
    case ENOMEM:
        return winnow_fail(err, WINNOW_NO_MEMORY,
                           "%s: out of memory, or of address space: the store takes 16 GiB of "
                           "addresses (not of memory), which `ulimit -v` must allow",
                           doing);
    case ENOSPC:
        return winnow_fail(err, WINNOW_STORAGE,
                           "%s: the disk is full; nothing was written, free some space and run "
                           "the same command again",
                           doing);
    case EFBIG:
        return winnow_fail(err, WINNOW_STORAGE,
                           "%s: the store's file may not grow, by a limit on the size of files; "
                           "nothing was written, raise it (`ulimit -f unlimited`) and run the same "
                           "command again",
                           doing);
    case EIO:
        return winnow_fail(err, WINNOW_STORAGE,
                           "%s: the disk answers with errors (%s); look at the system's log, and "
                           "bring the state directory to another disk before it gets worse",
                           doing, strerror(EIO));
    case MDB_READERS_FULL:
        return winnow_fail(err, WINNOW_STORAGE,
                           "%s: too many readers of the store at once; try again", doing);
    default:
        return winnow_fail(err, WINNOW_STORAGE, "%s: %s", doing, mdb_strerror(mdb_code));
    }
}
