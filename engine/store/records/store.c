/* Opening the store and its transactions: see store.h. Happy path: the environment opens, its
 * format is ours, transactions begin and commit with a full sync. Fails clearly on a file that is
 * cut short, of a newer format, on a full disk, and refuses to go on after a failed commit. */
#include "store/store.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/lmdb/free_pages.h"
#include "store/lmdb/pages.h"
#include "store/lmdb/tables.h"
#include "store/lmdb/unborn.h"
#include "store/records/migrate.h"

/* Sparse: address space, not disk. Large enough that a running campaign never outgrows it. */
#define MAP_BYTES (UINT64_C(16) << 30)
#define READERS   126

static const char *const names[] = {
#define X(id, name) name,
    TABLES(X)
#undef X
};

struct length {
    mdb_filehandle_t fd;
    size_t page_size;
    uint64_t has, needs; /* bytes */
    bool unused;         /* nothing was ever committed */
};

static int measure(MDB_env *env, struct length *out, struct winnow_error *err) {
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

static int cut_short(const struct length *l, struct winnow_error *err) {
    return winnow_fail(err, WINNOW_DAMAGED,
                       "the store is damaged: its file has %llu bytes and needs %llu; restore the "
                       "state directory from a backup",
                       (unsigned long long)l->has, (unsigned long long)l->needs);
}

/* Under the write lock: a file whose last pages are free ones that were never written is whole,
 * and is lengthened (sparse), so that the next to open it need not look again. One that nothing was
 * committed to has nothing to lose. */
static int judge_short(MDB_env *env, struct winnow_error *err) {
    struct length l;
    if (measure(env, &l, err) != 0)
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
static int check_file(const struct store *s, struct winnow_error *err) {
    MDB_env *env = s->env;
    struct length l;
    MDB_txn *lock;
    if (measure(env, &l, err) != 0)
        return -1;
    if (l.has >= l.needs && pages_check_head(l.fd, l.page_size, NULL) == 0)
        return 0;
    if (s->read_only)
        return l.has < l.needs ? cut_short(&l, err) : pages_check_head(l.fd, l.page_size, err);
    int code = mdb_txn_begin(env, NULL, 0, &lock);
    if (code != 0)
        return store_fail(err, code, "looking at the store's file");
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
    return code == 0 ? 0 : store_fail(err, code, "sizing the store's map");
}

static int open_file(struct store *s, const char *directory, int *code, struct winnow_error *err) {
    *code = mdb_env_create(&s->env);
    if (*code != 0)
        return store_fail(err, *code, "opening the store");
    mdb_env_set_maxdbs(s->env, TABLE_COUNT);
    mdb_env_set_maxreaders(s->env, READERS);
    if (size_map(s->env, directory, err) != 0)
        return -1;
    unsigned flags = MDB_NOTLS | (s->read_only ? MDB_RDONLY : 0u);
    *code = mdb_env_open(s->env, directory, flags, 0600);
    return 0;
}

/* LMDB takes an environment that failed to open for nothing but closing. */
static int open_file_again(struct store *s, const char *directory, int *code,
                           struct winnow_error *err) {
    mdb_env_close(s->env);
    s->env = NULL;
    return open_file(s, directory, code, err);
}

/* LMDB refuses a file whose making was interrupted; nothing is in it, so it is made again. */
static int open_unborn(struct store *s, const char *directory, int *code,
                       struct winnow_error *err) {
    int lock;
    if (unborn_lock(directory, &lock, err) != 0)
        return -1;
    int result = open_file_again(s, directory, code, err); /* another may just have made it */
    if (result == 0 && *code == MDB_INVALID)
        result = unborn_empty(directory, err);
    if (result == 0 && *code == MDB_INVALID)
        result = open_file_again(s, directory, code, err);
    unborn_unlock(lock);
    return result;
}

/* A file that nothing was committed to may have been made just now: it, and its name, are on the
 * disk before the first commit writes behind its meta pages. */
static int sync_new(struct store *s, const char *directory, struct winnow_error *err) {
    struct length l;
    if (measure(s->env, &l, err) != 0)
        return -1;
    if (!l.unused)
        return 0;
    int code = mdb_env_sync(s->env, 1);
    if (code != 0)
        return store_fail(err, code, "making the store");
    return unborn_sync_names(directory, err);
}

static int open_env(struct store *s, const char *directory, struct winnow_error *err) {
    int code;
    if (place_may_open(directory, err) != 0 || open_file(s, directory, &code, err) != 0 ||
        (code == MDB_INVALID && open_unborn(s, directory, &code, err) != 0))
        return -1;
    if (code == EROFS) {
        s->read_only = true;
        if (open_file_again(s, directory, &code, err) != 0)
            return -1;
    }
    if (code == EACCES || code == EROFS)
        return winnow_fail(err, WINNOW_STORAGE,
                           "%s cannot be written (%s): check its owner and that it is not "
                           "read-only",
                           directory, strerror(code));
    if (code != 0) {
        store_fail(err, code, "opening the store");
        return winnow_fail_at(err, "%s", directory);
    }
    int stale = 0;
    mdb_reader_check(s->env, &stale);
    if (check_file(s, err) != 0 || (!s->read_only && sync_new(s, directory, err) != 0))
        return -1;
    mdb_filehandle_t fd;
    code = mdb_env_get_fd(s->env, &fd);
    if (code != 0)
        return store_fail(err, code, "opening the store");
    return place_note(&s->place, directory, fd, err);
}

/* `format` is the store's own: ours, or an older one. */
static int check_format(struct store_txn *t, bool create, uint32_t *format,
                        struct winnow_error *err) {
    struct key key = {6, "format"};
    struct record record;
    unsigned char bytes[4];
    put_le(bytes, STORE_FORMAT, 4);
    *format = STORE_FORMAT;
    int found = table_get(t, TABLE_META, &key, &record, err);
    if (found == 0 && create)
        return table_put(t, TABLE_META, &key, bytes, sizeof bytes, err);
    if (found <= 0)
        return found == 0 ? store_damaged(err, TABLE_META, "no format") : -1;
    if (record.size != 4)
        return store_damaged(err, TABLE_META, "a format of the wrong size");
    *format = (uint32_t)get_le(record.at, 4);
    if (*format >= 1 && *format <= STORE_FORMAT)
        return 0;
    return winnow_fail(err, WINNOW_DAMAGED,
                       "the store has format %u and this winnow knows %d: use a newer winnow",
                       *format, STORE_FORMAT);
}

/* LMDB knows readers by their pid. A process of another PID namespace may have ours, and then LMDB
 * lets us register no reader: so we read under the write lock, which needs no reader's place. */
static int begin_mdb(struct store_txn *t, unsigned flags) {
    struct store *s = t->store;
    int code = mdb_txn_begin(s->env, NULL, flags, &t->txn);
    if (code == MDB_MAP_RESIZED) { /* another process grew it */
        code = mdb_env_set_mapsize(s->env, 0);
        if (code == 0)
            code = mdb_txn_begin(s->env, NULL, flags, &t->txn);
    }
    t->locked = flags == MDB_RDONLY && !s->read_only && (code == EAGAIN || code == EACCES);
    return t->locked ? mdb_txn_begin(s->env, NULL, 0, &t->txn) : code;
}

static int open_tables(struct store *s, MDB_txn *txn, bool create) {
    for (int i = 0; i < TABLE_COUNT; i++) {
        int code = mdb_dbi_open(txn, names[i], create ? MDB_CREATE : 0, &s->tables[i]);
        if (code != 0)
            return code;
    }
    return 0;
}

static int refuse_read_only(const struct store *s, struct winnow_error *err) {
    return !s->read_only ? 0
                         : winnow_fail(err, WINNOW_STORAGE,
                                       "the state directory lies on a read-only file system: "
                                       "status, show, explain, export and doctor can look at it, "
                                       "and nothing can change it; mount it writable to go on");
}

static int create_tables(struct store *s, struct winnow_error *err) {
    uint32_t format;
    struct store_txn t = {.store = s, .writes = true};
    int code = mdb_txn_begin(s->env, NULL, 0, &t.txn);
    if (code != 0)
        return store_fail(err, code, "making the store");
    code = open_tables(s, t.txn, true);
    if (code != 0)
        store_fail(err, code, "making the store");
    if (code != 0 || check_format(&t, true, &format, err) != 0) {
        mdb_txn_abort(t.txn);
        return -1;
    }
    code = mdb_txn_commit(t.txn);
    return code == 0 ? 0 : store_fail(err, code, "making the store");
}

/* A read is enough for a store that is there; only a new one is written to. */
static int find_tables(struct store *s, uint32_t *format, struct winnow_error *err) {
    struct store_txn t = {.store = s};
    int code = begin_mdb(&t, MDB_RDONLY);
    if (code != 0)
        return store_fail(err, code, "reading the store");
    code = open_tables(s, t.txn, false);
    if (code == MDB_NOTFOUND) {
        mdb_txn_abort(t.txn);
        *format = STORE_FORMAT;
        return create_tables(s, err);
    }
    if (code != 0 || check_format(&t, false, format, err) != 0) {
        mdb_txn_abort(t.txn);
        return code != 0 ? store_fail(err, code, "reading the store") : -1;
    }
    mdb_txn_commit(t.txn); /* keeps the table handles */
    return 0;
}

int store_open(const char *directory, struct store **out, struct winnow_error *err) {
    struct store *s = calloc(1, sizeof *s);
    if (s == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
    uint32_t format;
    int result = open_env(s, directory, err) == 0 ? find_tables(s, &format, err) : -1;
    if (result == 0 && format < STORE_FORMAT && refuse_read_only(s, err) != 0)
        result = winnow_fail_at(err, "the store is of an older format and must be changed first");
    else if (result == 0 && format < STORE_FORMAT)
        result = migrate(s, directory, format, err);
    if (result != 0) {
        store_close(s);
        return -1;
    }
    *out = s;
    return 0;
}

void store_close(struct store *s) {
    if (s == NULL)
        return;
    if (s->env != NULL)
        mdb_env_close(s->env);
    free(s);
}

static int begin(struct store *s, unsigned flags, uint32_t campaign, struct store_txn **out,
                 struct winnow_error *err) {
    if (s->broken)
        return winnow_fail(err, WINNOW_STORAGE, "a commit failed before: the store must be closed");
    struct store_txn *t = malloc(sizeof *t);
    if (t == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
    *t = (struct store_txn){.store = s, .writes = flags == 0, .campaign = campaign};
    int code = begin_mdb(t, flags);
    if (code != 0) {
        free(t);
        return store_fail(err, code, "opening a transaction");
    }
    if (place_check(&s->place, err) != 0) {
        store_abort(t);
        return -1;
    }
    *out = t;
    return 0;
}

int store_read(struct store *s, struct store_txn **out, struct winnow_error *err) {
    return begin(s, MDB_RDONLY, STORE_ALL, out, err);
}

/* LMDB has one writer for all: more than callers may rely on. */
int store_write(struct store *s, uint32_t campaign, struct store_txn **out,
                struct winnow_error *err) {
    if (refuse_read_only(s, err) != 0)
        return -1;
    return begin(s, 0, campaign, out, err);
}

int store_write_of(struct store *s, const char *name, struct store_campaign *c,
                   struct store_txn **out, struct winnow_error *err) {
    struct store_txn *t;
    if (store_write(s, STORE_ALL, &t, err) != 0)
        return -1;
    if (store_campaign_find(t, name, c, err) != 0) {
        store_abort(t);
        return -1;
    }
    t->campaign = c->id;
    *out = t;
    return 0;
}

static void free_txn(struct store_txn *t) {
    if (t->bulk != NULL)
        id_index_free(&t->bulk->ids);
    free(t->bulk);
    free(t);
}

/* The meta page, which makes it all be there, is written last: an error of the disk may have come
 * then. For want of room it cannot, since that page has its own. */
enum store_fate store_commit(struct store_txn *t, struct winnow_error *err) {
    assert(t->bulk == NULL); /* store_bulk_end writes what it gathered */
    struct place *place = &t->store->place;
    int code = mdb_txn_commit(t->txn);
    if (code == EIO)
        code = place_why_short(place);
    enum store_fate fate = code == 0 ? STORE_THERE : code == EIO ? STORE_UNKNOWN : STORE_NOT_THERE;
    if (code != 0)
        t->store->broken = true;
    free_txn(t);
    if (code != 0)
        store_fail(err, code, "committing to the store");
    return fate;
}

void store_abort(struct store_txn *t) {
    if (t == NULL)
        return;
    mdb_txn_abort(t->txn);
    free_txn(t);
}

int store_check_pages(struct store *s, struct winnow_error *err) {
    struct store_txn *t;
    if (store_read(s, &t, err) != 0)
        return -1;
    int result = store_sound(t, err);
    store_abort(t);
    return result;
}

int store_sound(struct store_txn *t, struct winnow_error *err) {
    struct store *s = t->store;
    struct length l;
    MDB_txn *lock = NULL;
    /* A transaction that writes holds the lock, and so does one that reads in place of it. */
    bool unlocked = !t->writes && !t->locked && !s->read_only;
    int code = unlocked ? mdb_txn_begin(s->env, NULL, 0, &lock) : 0;
    if (code != 0)
        return store_fail(err, code, "looking at the store's pages");
    int result = measure(s->env, &l, err);
    if (result == 0)
        result = pages_check(l.fd, l.page_size, err);
    mdb_txn_abort(lock);
    return result;
}

int store_health(struct store *s, struct store_health *out, struct winnow_error *err) {
    MDB_envinfo info;
    struct length l;
    *out = (struct store_health){0};
    mdb_reader_check(s->env, &out->stale_readers);
    if (measure(s->env, &l, err) != 0)
        return -1;
    mdb_env_info(s->env, &info);
    out->file_bytes = l.has;
    out->map_bytes = info.me_mapsize;
    out->used_bytes = l.needs;
    return 0;
}
