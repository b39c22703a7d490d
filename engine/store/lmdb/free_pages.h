/* Inside the store only: which pages of LMDB's file are free, read from the file itself. */
#ifndef STORE_LMDB_FREE_PAGES_H
#define STORE_LMDB_FREE_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* LMDB does not write the pages that a transaction took and freed again; when these are the last,
 * a whole file is shorter than its last page number says. So a short file is whole exactly when
 * every page from `first` to `end` - 1 is on its list of free pages, and that list lies before
 * `first`. Reads with pread, since LMDB's map would raise SIGBUS past the end of a file that is
 * really cut. The caller holds the write lock. */
bool free_pages_hold(int fd, size_t page_size, uint64_t first, uint64_t end);

#endif
