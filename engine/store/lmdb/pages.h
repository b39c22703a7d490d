/* Inside the store only: is LMDB's file sound? LMDB's own pages have no checksum, and it believes
 * them: a damaged one can hide records, show others, or have pages in use overwritten. */
#ifndef STORE_LMDB_PAGES_H
#define STORE_LMDB_PAGES_H

#include <stddef.h>
#include <winnow/error.h>

/* Do the two meta pages name moments that follow one another, is the newer one's tree of tables
 * sound, and is each table's root where it says? LMDB believes a meta page whose number was
 * damaged, and then shows the store as it was one commit ago; and it dies of a table whose root is
 * not in the file. Without the write lock the answer may be no while somebody commits. */
int pages_check_head(int fd, size_t page_size, struct winnow_error *err);

/* Reads every page in use: each is where its number says and in one tree once, its nodes fill it as
 * LMDB does, keys rise, each tree has as many records as it says, and no page in use is on the list
 * of free ones. WINNOW_DAMAGED names the first page that is not so. The caller holds the write
 * lock. Memory: a bit for each page, and a page for each level of a tree. */
int pages_check(int fd, size_t page_size, struct winnow_error *err);

#endif
