/* LMDB as an engine: see lmdb.h and engine.h. Happy path: each call is one of LMDB's. Its write lock
 * is one for all campaigns and processes, so a write waits for any other. Fails with what LMDB and
 * the disk refuse, and with WINNOW_STORAGE when the files are not where they were opened. */
#include "store/lmdb/lmdb.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/lmdb/pages.h"
#include "store/lmdb/unborn.h"

struct lmdb_walk {
    struct engine_walk base;
    MDB_cursor *cursor;
    MDB_val key, value;
    int code; /* of the step to these */
    bool begun, once;
    uint32_t since_forgot;
    uintptr_t last, lowest, highest; /* addresses in the map that were read; 0: none */
};

static struct lmdb *db_of(const struct engine_txn *t) {
    return (struct lmdb *)t->engine;
}

static MDB_txn *txn_of(struct engine_txn *t) {
    return ((struct lmdb_txn *)t)->txn;
}

static MDB_val val_of(struct engine_bytes b) {
    /* LMDB does not write through a key, its type merely lacks const. */
    union {
        const void *in;
        void *out;
    } pun = {b.at};
    return (MDB_val){b.size, pun.out};
}

/* ---- transactions ---- */

static int refuse_read_only(const struct lmdb *db, struct winnow_error *err) {
    return !db->base.read_only
               ? 0
               : winnow_fail(err, WINNOW_STORAGE,
                             "the state directory lies on a read-only file system: "
                             "status, show, explain, export and doctor can look at it, "
                             "and nothing can change it; mount it writable to go on");
}

static void db_abort(struct engine_txn *t) {
    mdb_txn_abort(txn_of(t));
    free(t);
}

/* The first write of a store that lacks tables makes them, in its own commit. */
static int make_tables(struct lmdb *db, struct lmdb_txn *t, struct winnow_error *err) {
    if (!db->base.lacks_tables || !t->base.writes)
        return 0;
    int code = lmdb_open_tables(db, t->txn, true);
    return code == 0 ? 0 : lmdb_fail(err, code, "making the store");
}

static int db_begin(struct engine *e, bool writes, uint32_t campaign, struct engine_txn **out,
                    struct winnow_error *err) {
    struct lmdb *db = (struct lmdb *)e;
    if (writes && refuse_read_only(db, err) != 0)
        return -1;
    struct lmdb_txn *t = malloc(sizeof *t);
    if (t == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
    *t = (struct lmdb_txn){.base = {e, writes, campaign}};
    int code = lmdb_begin(t, writes ? 0 : MDB_RDONLY);
    if (code != 0) {
        free(t);
        return lmdb_fail(err, code, "opening a transaction");
    }
    if (place_check(&db->place, err) != 0 || make_tables(db, t, err) != 0) {
        db_abort(&t->base);
        return -1;
    }
    *out = &t->base;
    return 0;
}

/* The meta page, which makes it all be there, is written last: an error of the disk may have come
 * then. For want of room it cannot, since that page has its own. */
static enum store_fate db_commit(struct engine_txn *t, struct winnow_error *err) {
    struct lmdb *db = db_of(t);
    int code = mdb_txn_commit(txn_of(t));
    if (code == EIO)
        code = place_why_short(&db->place);
    if (code == 0 && t->writes)
        db->base.lacks_tables = false;
    free(t);
    if (code == 0)
        return STORE_THERE;
    lmdb_fail(err, code, "committing to the store");
    return code == EIO ? STORE_UNKNOWN : STORE_NOT_THERE;
}

/* ---- keys and values ---- */

static int db_get(struct engine_txn *t, unsigned table, struct engine_bytes key,
                  struct engine_bytes *value, struct winnow_error *err) {
    MDB_val k = val_of(key);
    MDB_val v;
    int code = mdb_get(txn_of(t), db_of(t)->tables[table], &k, &v);
    if (code == MDB_NOTFOUND)
        return 0;
    if (code != 0)
        return lmdb_fail(err, code, "reading the store");
    *value = (struct engine_bytes){v.mv_data, v.mv_size};
    return 1;
}

/* A cursor that stays at the end spares each record appended the way down the tree. It is closed
 * before the table is changed in another way: LMDB moves open cursors along then, and has had faults
 * in it. A commit or abort closes it as well. */
static void leave_end(struct engine_txn *t, unsigned table) {
    MDB_cursor **end = &((struct lmdb_txn *)t)->ends[table];
    if (*end != NULL)
        mdb_cursor_close(*end);
    *end = NULL;
}

static int append(struct engine_txn *t, unsigned table, MDB_val *key, MDB_val *value) {
    MDB_cursor **end = &((struct lmdb_txn *)t)->ends[table];
    int code = *end != NULL ? 0 : mdb_cursor_open(txn_of(t), db_of(t)->tables[table], end);
    return code != 0 ? code : mdb_cursor_put(*end, key, value, MDB_RESERVE | MDB_APPEND);
}

static int db_put(struct engine_txn *t, unsigned table, struct engine_bytes key, size_t size,
                  bool last, void **room, struct winnow_error *err) {
    MDB_val k = val_of(key);
    MDB_val v = {size, NULL};
    int code;
    if (last) {
        code = append(t, table, &k, &v);
    } else {
        leave_end(t, table);
        code = mdb_put(txn_of(t), db_of(t)->tables[table], &k, &v, MDB_RESERVE);
    }
    if (code != 0)
        return lmdb_fail(err, code, "writing the store");
    *room = v.mv_data;
    return 0;
}

static int db_remove(struct engine_txn *t, unsigned table, struct engine_bytes key,
                     struct winnow_error *err) {
    MDB_val k = val_of(key);
    leave_end(t, table);
    int code = mdb_del(txn_of(t), db_of(t)->tables[table], &k, NULL);
    if (code == MDB_NOTFOUND)
        return 0;
    return code == 0 ? 1 : lmdb_fail(err, code, "writing the store");
}

static int db_clear(struct engine_txn *t, unsigned table, struct engine_bytes prefix,
                    struct winnow_error *err) {
    MDB_cursor *cursor;
    MDB_val k = val_of(prefix);
    MDB_val v;
    leave_end(t, table);
    int code = mdb_cursor_open(txn_of(t), db_of(t)->tables[table], &cursor);
    if (code != 0)
        return lmdb_fail(err, code, "writing the store");
    /* After a removal the cursor stands on the next record. */
    code = mdb_cursor_get(cursor, &k, &v, prefix.size == 0 ? MDB_FIRST : MDB_SET_RANGE);
    while (code == 0 && k.mv_size >= prefix.size &&
           memcmp(k.mv_data, prefix.at, prefix.size) == 0) {
        code = mdb_cursor_del(cursor, 0);
        if (code == 0)
            code = mdb_cursor_get(cursor, &k, &v, MDB_GET_CURRENT);
    }
    mdb_cursor_close(cursor);
    /* MDB_GET_CURRENT past the last record answers EINVAL. */
    return code == 0 || code == MDB_NOTFOUND || code == EINVAL
               ? 0
               : lmdb_fail(err, code, "writing the store");
}

static int db_last(struct engine_txn *t, unsigned table, struct engine_bytes *key,
                   struct winnow_error *err) {
    MDB_cursor *cursor;
    MDB_val k;
    MDB_val v;
    int code = mdb_cursor_open(txn_of(t), db_of(t)->tables[table], &cursor);
    if (code != 0)
        return lmdb_fail(err, code, "reading the store");
    code = mdb_cursor_get(cursor, &k, &v, MDB_LAST);
    mdb_cursor_close(cursor);
    if (code == 0)
        *key = (struct engine_bytes){k.mv_data, k.mv_size};
    return code == 0 ? 1 : code == MDB_NOTFOUND ? 0 : lmdb_fail(err, code, "reading the store");
}

/* ---- walks ---- */

static int db_walk(struct engine_txn *t, unsigned table, struct engine_bytes from, bool once,
                   struct engine_walk **out, struct winnow_error *err) {
    struct lmdb_walk *w = malloc(sizeof *w);
    if (w == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
    /* A write's changed pages are memory of their own, and must not be dropped. */
    *w = (struct lmdb_walk){.base = {t}, .once = once && !t->writes};
    int code = mdb_cursor_open(txn_of(t), db_of(t)->tables[table], &w->cursor);
    if (code != 0) {
        free(w);
        return lmdb_fail(err, code, "reading the store");
    }
    w->key = val_of(from);
    w->code =
        mdb_cursor_get(w->cursor, &w->key, &w->value, from.size == 0 ? MDB_FIRST : MDB_SET_RANGE);
    *out = &w->base;
    return 0;
}

#define FORGET_EVERY 65536

/* Of a long walk: tell the kernel now and then that the pages behind will not be needed soon, which
 * keeps the resident memory small. In a read every address lies in the map of the file, so that
 * nothing is lost. */
static void forget(struct lmdb_walk *w) {
    if (w->last == 0)
        return;
    if (w->lowest == 0 || w->last < w->lowest)
        w->lowest = w->last;
    if (w->last > w->highest)
        w->highest = w->last;
    if (++w->since_forgot < FORGET_EVERY)
        return;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t from = w->lowest / page * page;
    uintptr_t to = w->highest / page * page;
    if (to > from)
        madvise((void *)from, to - from, MADV_DONTNEED);
    w->since_forgot = 0;
    w->lowest = w->highest = 0;
}

static int db_next(struct engine_walk *walk, struct engine_bytes *key, struct engine_bytes *value,
                   struct winnow_error *err) {
    struct lmdb_walk *w = (struct lmdb_walk *)walk;
    if (w->once)
        forget(w);
    if (w->begun)
        w->code = mdb_cursor_get(w->cursor, &w->key, &w->value, MDB_NEXT);
    w->begun = true;
    if (w->code == MDB_NOTFOUND)
        return 0;
    if (w->code != 0)
        return lmdb_fail(err, w->code, "reading the store");
    w->last = (uintptr_t)w->value.mv_data;
    *key = (struct engine_bytes){w->key.mv_data, w->key.mv_size};
    *value = (struct engine_bytes){w->value.mv_data, w->value.mv_size};
    return 1;
}

static void db_leave(struct engine_walk *walk) {
    struct lmdb_walk *w = (struct lmdb_walk *)walk;
    mdb_cursor_close(w->cursor);
    free(w);
}

/* ---- the file ---- */

static int db_sound(struct engine_txn *t, struct winnow_error *err) {
    struct lmdb *db = db_of(t);
    struct lmdb_length l;
    MDB_txn *lock = NULL;
    /* A transaction that writes holds the lock, and so does one that reads in place of it. */
    bool unlocked = !t->writes && !((struct lmdb_txn *)t)->locked && !db->base.read_only;
    int code = unlocked ? mdb_txn_begin(db->env, NULL, 0, &lock) : 0;
    if (code != 0)
        return lmdb_fail(err, code, "looking at the store's pages");
    int result = lmdb_measure(db->env, &l, err);
    if (result == 0)
        result = pages_check(l.fd, l.page_size, err);
    mdb_txn_abort(lock);
    return result;
}

static int db_health(struct engine *e, struct store_health *out, struct winnow_error *err) {
    struct lmdb *db = (struct lmdb *)e;
    MDB_envinfo info;
    struct lmdb_length l;
    mdb_reader_check(db->env, &out->stale_readers);
    if (lmdb_measure(db->env, &l, err) != 0)
        return -1;
    mdb_env_info(db->env, &info);
    out->file_bytes = l.has;
    out->map_bytes = info.me_mapsize;
    out->used_bytes = l.needs;
    return 0;
}

/* ---- before a change of format ---- */

#define PATH_ROOM (PLACE_PATH_MAX + 64)

static int cannot(const char *path, const char *why, struct winnow_error *err) {
    return winnow_fail(err, WINNOW_STORAGE,
                       "the store is of an older format, and the copy that is left before it is "
                       "brought to this one cannot be made: %s: %s; nothing was changed, free some "
                       "space and run the same command again",
                       path, why);
}

static int sync_path(const char *path, int flags, struct winnow_error *err) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | flags);
    if (fd < 0)
        return cannot(path, strerror(errno), err);
    int result = fsync(fd) == 0 ? 0 : cannot(path, strerror(errno), err);
    close(fd);
    return result;
}

/* An unfinished copy of an earlier try is thrown away; a finished one goes with it, since the store
 * is still of that format. */
static int db_leave_copy(struct engine *e, uint32_t format, struct winnow_error *err) {
    const struct lmdb *db = (struct lmdb *)e;
    char folder[PATH_ROOM];
    char file[PATH_ROOM + 16];
    snprintf(folder, sizeof folder, "%s/format-%u", db->directory, format);
    snprintf(file, sizeof file, "%s/data.mdb", folder);
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return cannot(folder, strerror(errno), err);
    if (unlink(file) != 0 && errno != ENOENT)
        return cannot(file, strerror(errno), err);
    int code = mdb_env_copy2(db->env, folder, 0);
    if (code != 0)
        return cannot(file, mdb_strerror(code), err);
    if (sync_path(file, 0, err) != 0 || sync_path(folder, O_DIRECTORY, err) != 0)
        return -1;
    return sync_path(db->directory, O_DIRECTORY, err);
}

static int db_change_begins(struct engine *e, struct winnow_error *err) {
    struct lmdb *db = (struct lmdb *)e;
    return unborn_lock(db->directory, &db->change_lock, err);
}

static void db_change_ends(struct engine *e) {
    unborn_unlock(((struct lmdb *)e)->change_lock);
}

/* ---- opening ---- */

static void db_close(struct engine *e) {
    struct lmdb *db = (struct lmdb *)e;
    if (db->env != NULL)
        mdb_env_close(db->env);
    free(db);
}

static const struct engine_kind kind = {
    .name = "lmdb",
    .close = db_close,
    .begin = db_begin,
    .commit = db_commit,
    .abort = db_abort,
    .get = db_get,
    .put = db_put,
    .remove = db_remove,
    .clear = db_clear,
    .last = db_last,
    .walk = db_walk,
    .next = db_next,
    .leave = db_leave,
    .sound = db_sound,
    .health = db_health,
    .change_begins = db_change_begins,
    .leave_copy = db_leave_copy,
    .change_ends = db_change_ends,
};

/* A read is enough for a store that is there; only a new one is written to. */
static int find_tables(struct lmdb *db, struct winnow_error *err) {
    struct lmdb_txn t = {.base = {&db->base, false, 0}};
    int code = lmdb_begin(&t, MDB_RDONLY);
    if (code != 0)
        return lmdb_fail(err, code, "reading the store");
    code = lmdb_open_tables(db, t.txn, false);
    db->base.lacks_tables = code == MDB_NOTFOUND;
    if (code == 0) {
        mdb_txn_commit(t.txn); /* keeps the tables' handles */
        return 0;
    }
    mdb_txn_abort(t.txn);
    return code == MDB_NOTFOUND ? 0 : lmdb_fail(err, code, "reading the store");
}

int lmdb_open(const char *directory, const char *const *names, unsigned count, struct engine **out,
              struct winnow_error *err) {
    struct lmdb *db = calloc(1, sizeof *db);
    if (db == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
    *db = (struct lmdb){.base = {.kind = &kind}, .names = names, .count = count};
    int size = snprintf(db->directory, sizeof db->directory, "%s", directory);
    int result = (size_t)size < sizeof db->directory
                     ? lmdb_open_file(db, err)
                     : winnow_fail(err, WINNOW_STORAGE, "the state directory's path is too long");
    if (result != 0 || find_tables(db, err) != 0) {
        db_close(&db->base);
        return -1;
    }
    *out = &db->base;
    return 0;
}
