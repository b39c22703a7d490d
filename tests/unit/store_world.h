/* A store in a directory of its own, for the tests of the store and of the worker: opening,
 * transactions that must succeed, a seeded generator, and a look behind the store at LMDB. */
#ifndef STORE_WORLD_H
#define STORE_WORLD_H

#include "cmocka_all.h"
#include "temp_directory.h"

#include "store/lmdb/lmdb.h"
#include "store/records/ledger.h"

#include <inttypes.h>
#include <string.h>

struct world {
    char directory[PATH_MAX];
    struct store *store; /* NULL: closed */
    struct winnow_error err;
};

static inline void world_must(struct world *w, int result) {
    if (result != 0)
        fail_msg("%s: %s", winnow_code_name(w->err.code), w->err.text);
}

static inline void world_open(struct world *w) {
    assert_null(w->store);
    world_must(w, store_open(w->directory, &w->store, &w->err));
}

static inline void world_close(struct world *w) {
    store_close(w->store);
    w->store = NULL;
}

static inline void world_reopen(struct world *w) {
    world_close(w);
    world_open(w);
}

/* Setup and teardown: a directory with an open store. */
static inline int world_make(void **state) {
    struct world *w = calloc(1, sizeof *w);
    if (w == NULL)
        return -1;
    temp_directory_make(w->directory);
    world_open(w);
    *state = w;
    return 0;
}

static inline int world_remove(void **state) {
    struct world *w = *state;
    world_close(w);
    temp_directory_remove(w->directory);
    free(w);
    return 0;
}

static inline struct store_txn *world_read(struct world *w) {
    struct store_txn *t = NULL;
    world_must(w, store_read(w->store, &t, &w->err));
    return t;
}

static inline struct store_txn *world_write(struct world *w) {
    struct store_txn *t = NULL;
    world_must(w, store_write(w->store, STORE_ALL, &t, &w->err));
    return t;
}

static inline void world_commit(struct world *w, struct store_txn *t) {
    world_must(w, store_commit(t, &w->err));
}

static inline struct store_campaign world_campaign(struct world *w, const char *name) {
    struct store_campaign c = {.platform = "x", .account = "1", .server = "https://api.x.com"};
    struct store_txn *t = world_write(w);
    snprintf(c.name, sizeof c.name, "%s", name);
    world_must(w, store_campaign_add(t, &c, &w->err));
    world_commit(w, t);
    return c;
}

/* ---- the ledger without a lease ---- */

static inline int world_event(struct store_txn *t, uint32_t campaign, struct store_progress *p,
                              const struct store_open_entry *e, struct store_journal_record *r,
                              struct winnow_error *err) {
    struct store_event event = {*e, *r};
    r->sequence = p->journal_next;
    return ledger_event(t, campaign, p, &event, err);
}

static inline int world_intent(struct store_txn *t, uint32_t campaign, struct store_progress *p,
                               const struct store_open_entry *e, struct store_journal_record *r,
                               struct winnow_error *err) {
    r->kind = STORE_JOURNAL_INTENT;
    return world_event(t, campaign, p, e, r, err);
}

static inline int world_outcome(struct store_txn *t, uint32_t campaign, struct store_progress *p,
                                const struct store_open_entry *e, struct store_journal_record *r,
                                struct winnow_error *err) {
    r->kind = STORE_JOURNAL_OUTCOME;
    return world_event(t, campaign, p, e, r, err);
}

/* ---- LMDB behind the store's back ---- */

static inline struct lmdb *raw_db(struct store *s) {
    return (struct lmdb *)s->engine;
}

static inline MDB_txn *raw_txn(struct store_txn *t) {
    return ((struct lmdb_txn *)t->txn)->txn;
}

/* The n-th record of a table, as it lies in the file; false when there are fewer. */
static inline bool raw_nth(struct store_txn *t, enum table table, size_t n, MDB_val *key,
                           MDB_val *value) {
    MDB_cursor *cursor;
    assert_int_equal(mdb_cursor_open(raw_txn(t), raw_db(t->store)->tables[table], &cursor), 0);
    int code = mdb_cursor_get(cursor, key, value, MDB_FIRST);
    for (; n > 0 && code == 0; n--)
        code = mdb_cursor_get(cursor, key, value, MDB_NEXT);
    mdb_cursor_close(cursor);
    return code == 0;
}

static inline size_t raw_count(struct store_txn *t, enum table table) {
    MDB_stat stat;
    assert_int_equal(mdb_stat(raw_txn(t), raw_db(t->store)->tables[table], &stat), 0);
    return stat.ms_entries;
}

static inline void raw_put(struct store_txn *t, enum table table, const void *key, size_t key_size,
                           const void *value, size_t size) {
    MDB_val k = {key_size, (void *)(uintptr_t)key};
    MDB_val v = {size, (void *)(uintptr_t)value};
    assert_int_equal(mdb_put(raw_txn(t), raw_db(t->store)->tables[table], &k, &v, 0), 0);
}

/* ---- a generator: splitmix64 ---- */

struct dice {
    uint64_t state;
};

static inline uint64_t dice_draw(struct dice *d) {
    uint64_t z = (d->state += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static inline uint32_t dice_below(struct dice *d, uint32_t limit) {
    return (uint32_t)(dice_draw(d) % limit);
}

#endif
