/* An engine: what the store stands on. Tables of keys and values in the order of their keys' bytes,
 * and transactions over all of them. It knows nothing of what is in them: records, their checksums
 * and the ledger's rules stand above (store/records), once for all engines.
 *
 * What an engine promises, and tests/unit/test_store_engines.c asks of each:
 *   - a read sees one moment, from its begin to its end;
 *   - a write sees that moment and its own changes; it is there as a whole or not at all;
 *   - of a campaign there is one write at a time, and none beside a write of campaign 0. Keys begin
 *     with their campaign (u32, big-endian) but in the table of campaigns, whose names the store
 *     minds itself. A key of campaign 0 is as it was last committed when a write first looks at it,
 *     and from then until that write ends no other changes it;
 *   - what get, next and last give lives until the transaction ends, in a write until its next
 *     change.
 * An engine may do more: LMDB has one write for all.
 *
 * Fails with WINNOW_STORAGE, WINNOW_DAMAGED, WINNOW_NO_MEMORY; with WINNOW_BUSY only an engine that
 * cannot wait for another's write to end. */
#ifndef STORE_ENGINE_H
#define STORE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <winnow/error.h>

#include "store/store.h"

#define ENGINE_KEY_MAX    511
#define ENGINE_TABLES_MAX 32

struct engine_bytes {
    const void *at;
    size_t size;
};

/* Each engine's own structures begin with these. */
struct engine {
    const struct engine_kind *kind;
    bool lacks_tables; /* it is new, or of before a table was added: the first write makes them */
    bool read_only;
};
struct engine_txn {
    struct engine *engine;
    bool writes;
    uint32_t campaign; /* of a write */
};
struct engine_walk {
    struct engine_txn *txn;
};

struct engine_kind {
    const char *name;
    void (*close)(struct engine *e);

    int (*begin)(struct engine *e, bool writes, uint32_t campaign, struct engine_txn **out,
                 struct winnow_error *err);
    enum store_fate (*commit)(struct engine_txn *t, struct winnow_error *err); /* ends it anyway */
    void (*abort)(struct engine_txn *t);

    /* 1 there, 0 not, -1 error */
    int (*get)(struct engine_txn *t, unsigned table, struct engine_bytes key,
               struct engine_bytes *value, struct winnow_error *err);
    /* Room for `size` bytes under a new key, or an old one; it is filled before the next call.
     * `last` is a hint: the key comes after all others of its table, and is not there yet. */
    int (*put)(struct engine_txn *t, unsigned table, struct engine_bytes key, size_t size,
               bool last, void **room, struct winnow_error *err);
    /* 1 removed, 0 was not there, -1 error */
    int (*remove)(struct engine_txn *t, unsigned table, struct engine_bytes key,
                  struct winnow_error *err);
    /* All keys that begin so. */
    int (*clear)(struct engine_txn *t, unsigned table, struct engine_bytes prefix,
                 struct winnow_error *err);
    /* The last key of a table. 1, 0 it is empty, -1 */
    int (*last)(struct engine_txn *t, unsigned table, struct engine_bytes *key,
                struct winnow_error *err);

    /* From the first key that is not less than `from`. A change of the table ends what a walk may be
     * asked; it is left in any case. `once` is a hint: much is read, and not again soon. */
    int (*walk)(struct engine_txn *t, unsigned table, struct engine_bytes from, bool once,
                struct engine_walk **out, struct winnow_error *err);
    /* 1 the next, 0 there is none, -1 error */
    int (*next)(struct engine_walk *w, struct engine_bytes *key, struct engine_bytes *value,
                struct winnow_error *err);
    void (*leave)(struct engine_walk *w);

    /* Is everything below records sound? For who relies on it for long, or misses something. */
    int (*sound)(struct engine_txn *t, struct winnow_error *err);
    int (*health)(struct engine *e, struct store_health *out, struct winnow_error *err);

    /* For a store of an older format: keep others from changing it too, until `ends`; leave a copy
     * that is safe and named by its format. NULL where nothing can be older. */
    int (*change_begins)(struct engine *e, struct winnow_error *err);
    int (*leave_copy)(struct engine *e, uint32_t format, struct winnow_error *err);
    void (*change_ends)(struct engine *e);
};

/* A store on that engine, which it closes in the end, and also when it cannot be opened. */
int store_open_on(struct engine *engine, struct store **out, struct winnow_error *err);

#endif
