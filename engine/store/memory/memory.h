/* An engine in memory, for tests: the same contract as LMDB's, without a file. What a process would
 * leave on the disk is a `struct memory`, which outlives the stores that are opened on it.
 *
 * It has one write a campaign, as engine.h allows, so that several can be under way at once: what
 * each has changed is laid over what the others have committed. It cannot wait: a write that would
 * have to fails with WINNOW_BUSY. One thread at a time. */
#ifndef STORE_MEMORY_MEMORY_H
#define STORE_MEMORY_MEMORY_H

#include "store/engine.h"

struct memory;

/* Keys and values of `most` bytes together at most: then puts fail with WINNOW_STORAGE. NULL: no
 * memory. */
struct memory *memory_new(uint64_t most);
void memory_free(struct memory *m); /* no store is open on it; NULL is allowed */

/* For store_open_on. */
int memory_open(struct memory *m, unsigned tables, struct engine **out, struct winnow_error *err);

uint64_t memory_bytes(const struct memory *m);
/* Another bound, for tests of a disk that gets full. */
void memory_limit(struct memory *m, uint64_t most);

#endif
