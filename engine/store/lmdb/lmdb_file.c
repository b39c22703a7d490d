/* LMDB's file: opened, measured and looked at before LMDB reads a page of it; see lmdb.h. Happy path:
 * the environment opens, and the file is as long as its head says. Fails clearly on a file that is
 * cut short or has a damaged head, on one that cannot be written, and on a disk that refuses. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/lmdb/free_pages.h"
#include "store/lmdb/lmdb.h"
#include "store/lmdb/pages.h"
#include "store/lmdb/unborn.h"

/* Sparse: address space, not disk. Large enough that a running campaign never outgrows it. */
#define MAP_BYTES (UINT64_C(16) << 30)
#define READERS   126

int lmdb_measure(MDB_env *env, struct lmdb_length *out, struct winnow_error *err) {
    MDB_envinfo info;
    MDB_stat stat_;
    struct stat file;
    mdb_env_info(env, &info);
    mdb_env_stat(env, &stat_);
    if (mdb_env_get_fd(env, &out->fd) != 0 || fstat(out->fd, &file) != 0)
        return winnow_fail(err, WINNOW_STORAGE, "looking at the store's file: %s", strerror(errno));
    out->page_size = stat_.ms_psize;
    out->has = (uint64_t)file.st_size;
    out->needs = ((uint64_t)info.me_last_pgno + 1) * stat_.ms_psize;
    out->unused = info.me_last_txnid == 0;
    return 0;
}

static int cut_short(const struct lmdb_length *l, struct winnow_error *err) {
    return winnow_fail(err, WINNOW_DAMAGED,
                       "the store is damaged: its file has %llu bytes and needs %llu; restore the "
                       "state directory from a backup",
                       (unsigned long long)l->has, (unsigned long long)l->needs);
}

/* Under the write lock: a file whose last pages are free ones that were never written is whole,
 * and is lengthened (sparse), so that the next to open it need not look again. One that nothing was
 * committed to has nothing to lose. */
static int judge_short(MDB_env *env, struct winnow_error *err) {
    struct lmdb_length l;
    if (lmdb_measure(env, &l, err) != 0)
        return -1;
    if (l.has >= l.needs)
        return 0;
    if (!l.unused &&
        !free_pages_hold(l.fd, l.page_size, l.has / l.page_size, l.needs / l.page_size))
        return cut_short(&l, err);
    (void)!ftruncate(l.fd, (off_t)l.needs);
    return 0;
}

/* Before LMDB reads a page: it would believe a damaged head, and die of SIGBUS reading pages that
 * are not there. The lock is taken only for what looks wrong without it. */
static int check_file(const struct lmdb *db, struct winnow_error *err) {
    MDB_env *env = db->env;
    struct lmdb_length l;
    MDB_txn *lock;
    if (lmdb_measure(env, &l, err) != 0)
        return -1;
    if (l.has >= l.needs && pages_check_head(l.fd, l.page_size, NULL) == 0)
        return 0;
    if (db->base.read_only)
        return l.has < l.needs ? cut_short(&l, err) : pages_check_head(l.fd, l.page_size, err);
    int code = mdb_txn_begin(env, NULL, 0, &lock);
    if (code != 0)
        return lmdb_fail(err, code, "looking at the store's file");
    int result = judge_short(env, err);
    if (result == 0)
        result = pages_check_head(l.fd, l.page_size, err);
    mdb_txn_abort(lock);
    return result;
}

/* Room for the file to grow fourfold, decided while no transaction is open. */
static int size_map(MDB_env *env, const char *directory, struct winnow_error *err) {
    char path[4096];
    struct stat file = {0};
    int size = snprintf(path, sizeof path, "%s/data.mdb", directory);
    if (size < 0 || (size_t)size >= sizeof path)
        return winnow_fail(err, WINNOW_STORAGE, "the state directory's path is too long");
    uint64_t map = MAP_BYTES;
    if (stat(path, &file) == 0 && (uint64_t)file.st_size * 4 > map)
        map = (uint64_t)file.st_size * 4;
    int code = mdb_env_set_mapsize(env, (size_t)map);
    return code == 0 ? 0 : lmdb_fail(err, code, "sizing the store's map");
}

static int open_file(struct lmdb *db, const char *directory, int *code, struct winnow_error *err) {
    *code = mdb_env_create(&db->env);
    if (*code != 0)
        return lmdb_fail(err, *code, "opening the store");
    mdb_env_set_maxdbs(db->env, db->count);
    mdb_env_set_maxreaders(db->env, READERS);
    if (size_map(db->env, directory, err) != 0)
        return -1;
    unsigned flags = MDB_NOTLS | (db->base.read_only ? MDB_RDONLY : 0u);
    *code = mdb_env_open(db->env, directory, flags, 0600);
    return 0;
}

/* LMDB takes an environment that failed to open for nothing but closing. */
static int open_file_again(struct lmdb *db, const char *directory, int *code,
                           struct winnow_error *err) {
    mdb_env_close(db->env);
    db->env = NULL;
    return open_file(db, directory, code, err);
}

/* LMDB refuses a file whose making was interrupted; nothing is in it, so it is made again. */
static int open_unborn(struct lmdb *db, const char *directory, int *code,
                       struct winnow_error *err) {
    int lock;
    if (unborn_lock(directory, &lock, err) != 0)
        return -1;
    int result = open_file_again(db, directory, code, err); /* another may just have made it */
    if (result == 0 && *code == MDB_INVALID)
        result = unborn_empty(directory, err);
    if (result == 0 && *code == MDB_INVALID)
        result = open_file_again(db, directory, code, err);
    unborn_unlock(lock);
    return result;
}

/* A file that nothing was committed to may have been made just now: it, and its name, are on the
 * disk before the first commit writes behind its meta pages. */
static int sync_new(struct lmdb *db, const char *directory, struct winnow_error *err) {
    struct lmdb_length l;
    if (lmdb_measure(db->env, &l, err) != 0)
        return -1;
    if (!l.unused)
        return 0;
    int code = mdb_env_sync(db->env, 1);
    if (code != 0)
        return lmdb_fail(err, code, "making the store");
    return unborn_sync_names(directory, err);
}

int lmdb_open_file(struct lmdb *db, struct winnow_error *err) {
    const char *directory = db->directory;
    int code;
    if (place_may_open(directory, err) != 0 || open_file(db, directory, &code, err) != 0 ||
        (code == MDB_INVALID && open_unborn(db, directory, &code, err) != 0))
        return -1;
    if (code == EROFS) {
        db->base.read_only = true;
        if (open_file_again(db, directory, &code, err) != 0)
            return -1;
    }
    if (code == EACCES || code == EROFS)
        return winnow_fail(err, WINNOW_STORAGE,
                           "%s cannot be written (%s): check its owner and that it is not "
                           "read-only",
                           directory, strerror(code));
    if (code != 0) {
        lmdb_fail(err, code, "opening the store");
        return winnow_fail_at(err, "%s", directory);
    }
    int stale = 0;
    mdb_reader_check(db->env, &stale);
    if (check_file(db, err) != 0 || (!db->base.read_only && sync_new(db, directory, err) != 0))
        return -1;
    mdb_filehandle_t fd;
    code = mdb_env_get_fd(db->env, &fd);
    if (code != 0)
        return lmdb_fail(err, code, "opening the store");
    return place_note(&db->place, directory, fd, err);
}

/* LMDB knows readers by their pid. A process of another PID namespace may have ours, and then LMDB
 * lets us register no reader: so we read under the write lock, which needs no reader's place. */
int lmdb_begin(struct lmdb_txn *t, unsigned flags) {
    struct lmdb *db = (struct lmdb *)t->base.engine;
    int code = mdb_txn_begin(db->env, NULL, flags, &t->txn);
    if (code == MDB_MAP_RESIZED) { /* another process grew it */
        code = mdb_env_set_mapsize(db->env, 0);
        if (code == 0)
            code = mdb_txn_begin(db->env, NULL, flags, &t->txn);
    }
    t->locked = flags == MDB_RDONLY && !db->base.read_only && (code == EAGAIN || code == EACCES);
    return t->locked ? mdb_txn_begin(db->env, NULL, 0, &t->txn) : code;
}

int lmdb_open_tables(struct lmdb *db, MDB_txn *txn, bool create) {
    for (unsigned i = 0; i < db->count; i++) {
        int code = mdb_dbi_open(txn, db->names[i], create ? MDB_CREATE : 0, &db->tables[i]);
        if (code != 0)
            return code;
    }
    return 0;
}
