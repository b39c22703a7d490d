/* Inside the store only: a file whose making a power cut interrupted. */
#ifndef STORE_LMDB_UNBORN_H
#define STORE_LMDB_UNBORN_H

#include <winnow/error.h>

/* LMDB begins a file with two meta pages that say "nothing yet", and store_open has them on the
 * disk before anything else is written. So a file of at most two pages that are empty, or say that,
 * is one that nothing was ever committed to: unborn_empty empties it, and LMDB can make it anew.
 * Every other file is left alone. For a file that LMDB has refused; between unborn_lock and
 * unborn_unlock one process at a time decides that and makes the file. */
int unborn_lock(const char *directory, int *lock, struct winnow_error *err);
int unborn_empty(const char *directory, struct winnow_error *err);
void unborn_unlock(int lock);

/* The names in `directory` are on the disk when this returns 0. */
int unborn_sync_names(const char *directory, struct winnow_error *err);

#endif
