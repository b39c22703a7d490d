/* The engine that a store has unless another is given: LMDB, in one file of a directory. It has one
 * write for all campaigns, also of other processes. Read by who is inside this folder, or tests. */
#ifndef STORE_LMDB_LMDB_H
#define STORE_LMDB_LMDB_H

#include "store/engine.h"
#include "store/lmdb/place.h"

#include <lmdb.h>

struct lmdb {
    struct engine base;
    MDB_env *env;
    MDB_dbi tables[ENGINE_TABLES_MAX];
    const char *const *names; /* of the tables: the caller's, for as long as it is open */
    unsigned count;
    struct place place;
    char directory[PLACE_PATH_MAX];
    int change_lock;
};

struct lmdb_txn {
    struct engine_txn base;
    MDB_txn *txn;
    bool locked; /* it reads, and holds the write lock for want of a reader's place */
    MDB_cursor
        *ends[ENGINE_TABLES_MAX]; /* of a write: at the end of what is appended to; or NULL */
};

/* Checks length and heads of the file before LMDB believes them, and frees slots of dead readers. A
 * store on a file system that is read-only can be read. */
int lmdb_open(const char *directory, const char *const *names, unsigned count, struct engine **out,
              struct winnow_error *err);

/* ---- inside this folder ---- */

int lmdb_fail(struct winnow_error *err, int mdb_code, const char *doing);
#ifdef __clang_analyzer__
#define lmdb_fail(...) (lmdb_fail(__VA_ARGS__), winnow_failed())
#endif

struct lmdb_length {
    mdb_filehandle_t fd;
    size_t page_size;
    uint64_t has, needs; /* bytes */
    bool unused;         /* nothing was ever committed */
};
int lmdb_measure(MDB_env *env, struct lmdb_length *out, struct winnow_error *err);
/* Of `l`: names and directory are set; env, place and read_only come from here. */
int lmdb_open_file(struct lmdb *l, struct winnow_error *err);
int lmdb_open_tables(struct lmdb *l, MDB_txn *txn, bool create);
int lmdb_begin(struct lmdb_txn *t, unsigned flags);

#endif
