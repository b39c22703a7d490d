/* See disk_log.h. Happy path: wrapped calls do what was asked and append to the log; images are
 * built by walking along it. A test program: what cannot go on aborts. */
#include "disk_log.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>
#include <xxhash.h>

#define SECTOR     512
#define FD_MAX     1024
#define EVENTS_MAX 200000

/* The wrapped calls have no parameter to carry this in. */
static struct {
    bool on;
    enum disk_sync sync;
    unsigned char of_store[FD_MAX]; /* 1: data.mdb, 2: data.mdb with O_DSYNC */
    struct disk_event *events;
    size_t count;
    struct disk_content *commits;
    size_t commit_count;
    uint64_t file_size; /* as the log has it */
    MDB_txn *writing;
} disk;

static void must(bool ok, const char *what) {
    if (!ok) {
        fprintf(stderr, "disk log: %s\n", what);
        abort();
    }
}

static struct disk_event *append(enum disk_kind kind, uint64_t at, uint64_t size) {
    must(disk.count < EVENTS_MAX, "too many events");
    struct disk_event *e = &disk.events[disk.count++];
    *e = (struct disk_event){.kind = kind, .at = at, .size = size};
    return e;
}

static void append_write(int fd, uint64_t at, const void *bytes, ssize_t size) {
    if (size <= 0)
        return;
    struct disk_event *e =
        append(disk.of_store[fd] == 2 ? DISK_WRITE_THROUGH : DISK_WRITE, at, (uint64_t)size);
    e->bytes = malloc((size_t)size);
    must(e->bytes != NULL, "out of memory");
    memcpy(e->bytes, bytes, (size_t)size);
    if (at + (uint64_t)size > disk.file_size)
        disk.file_size = at + (uint64_t)size;
}

static bool logged(int fd) {
    return disk.on && fd >= 0 && fd < FD_MAX && disk.of_store[fd] != 0;
}

/* ---- the wrapped calls ---- */

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __real_close(int fd);
int __wrap_close(int fd);
ssize_t __real_pwrite(int fd, const void *bytes, size_t size, off_t at);
ssize_t __wrap_pwrite(int fd, const void *bytes, size_t size, off_t at);
ssize_t __real_write(int fd, const void *bytes, size_t size);
ssize_t __wrap_write(int fd, const void *bytes, size_t size);
ssize_t __real_writev(int fd, const struct iovec *parts, int count);
ssize_t __wrap_writev(int fd, const struct iovec *parts, int count);
ssize_t __wrap_pwritev(int fd, const struct iovec *parts, int count, off_t at);
int __real_fdatasync(int fd);
int __wrap_fdatasync(int fd);
int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __real_ftruncate(int fd, off_t size);
int __wrap_ftruncate(int fd, off_t size);
void *__real_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset);
int __real_mdb_env_open(MDB_env *env, const char *path, unsigned flags, mdb_mode_t mode);
int __wrap_mdb_env_open(MDB_env *env, const char *path, unsigned flags, mdb_mode_t mode);
int __real_mdb_txn_begin(MDB_env *env, MDB_txn *parent, unsigned flags, MDB_txn **out);
int __wrap_mdb_txn_begin(MDB_env *env, MDB_txn *parent, unsigned flags, MDB_txn **out);
int __real_mdb_txn_commit(MDB_txn *txn);
int __wrap_mdb_txn_commit(MDB_txn *txn);

int __wrap_open(const char *path, int flags, ...) {
    va_list args;
    va_start(args, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0;
    va_end(args);
    int fd = __real_open(path, flags, mode);
    size_t size = strlen(path);
    if (fd >= 0 && fd < FD_MAX && size >= 9 && strcmp(path + size - 9, "/data.mdb") == 0)
        disk.of_store[fd] = (flags & O_DSYNC) != 0 ? 2 : 1;
    return fd;
}

int __wrap_close(int fd) {
    if (fd >= 0 && fd < FD_MAX)
        disk.of_store[fd] = 0;
    return __real_close(fd);
}

ssize_t __wrap_pwrite(int fd, const void *bytes, size_t size, off_t at) {
    ssize_t put = __real_pwrite(fd, bytes, size, at);
    if (logged(fd))
        append_write(fd, (uint64_t)at, bytes, put);
    return put;
}

ssize_t __wrap_write(int fd, const void *bytes, size_t size) {
    off_t at = logged(fd) ? lseek(fd, 0, SEEK_CUR) : 0;
    ssize_t put = __real_write(fd, bytes, size);
    if (logged(fd))
        append_write(fd, (uint64_t)at, bytes, put);
    return put;
}

/* A page each, so that they can be lost one by one. */
ssize_t __wrap_writev(int fd, const struct iovec *parts, int count) {
    off_t at = logged(fd) ? lseek(fd, 0, SEEK_CUR) : 0;
    ssize_t put = __real_writev(fd, parts, count);
    ssize_t left = put;
    for (int i = 0; i < count && left > 0 && logged(fd); i++) {
        ssize_t size = left < (ssize_t)parts[i].iov_len ? left : (ssize_t)parts[i].iov_len;
        append_write(fd, (uint64_t)at, parts[i].iov_base, size);
        at += size;
        left -= size;
    }
    return put;
}

ssize_t __wrap_pwritev(int fd, const struct iovec *parts, int count, off_t at) {
    (void)fd, (void)parts, (void)count, (void)at;
    must(false, "pwritev is not logged: teach it");
    return -1;
}

static void barrier(int fd, int result) {
    if (result == 0 && logged(fd))
        append(DISK_BARRIER, 0, 0);
}

int __wrap_fdatasync(int fd) {
    int result = __real_fdatasync(fd);
    barrier(fd, result);
    return result;
}

int __wrap_fsync(int fd) {
    int result = __real_fsync(fd);
    barrier(fd, result);
    return result;
}

int __wrap_ftruncate(int fd, off_t size) {
    int result = __real_ftruncate(fd, size);
    if (result == 0 && logged(fd)) {
        append(DISK_LENGTH, (uint64_t)size, 0);
        disk.file_size = (uint64_t)size;
    }
    return result;
}

void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset) {
    must(!logged(fd) || !(protection & PROT_WRITE) || !(flags & MAP_SHARED),
         "data.mdb is mapped to be written to, which no log sees");
    return __real_mmap(at, size, protection, flags, fd, offset);
}

int __wrap_mdb_env_open(MDB_env *env, const char *path, unsigned flags, mdb_mode_t mode) {
    static const unsigned less[] = {0, MDB_NOMETASYNC, MDB_NOSYNC};
    return __real_mdb_env_open(env, path, flags | less[disk.sync], mode);
}

int __wrap_mdb_txn_begin(MDB_env *env, MDB_txn *parent, unsigned flags, MDB_txn **out) {
    int code = __real_mdb_txn_begin(env, parent, flags, out);
    if (code == 0 && (flags & MDB_RDONLY) == 0)
        disk.writing = *out;
    return code;
}

int __wrap_mdb_txn_commit(MDB_txn *txn) {
    bool writes = disk.on && txn == disk.writing;
    if (writes) {
        must(disk.commit_count < EVENTS_MAX, "too many commits");
        append(DISK_BEGIN, 0, 0);
        disk.commits[disk.commit_count++] = disk_content_of(txn);
    }
    int code = __real_mdb_txn_commit(txn);
    if (writes) {
        must(code == 0, "a commit failed");
        append(DISK_DONE, 0, 0);
        disk.writing = NULL;
    }
    return code;
}

/* ---- the log ---- */

void disk_log_start(enum disk_sync sync) {
    disk.events = calloc(EVENTS_MAX, sizeof *disk.events);
    disk.commits = calloc(EVENTS_MAX, sizeof *disk.commits);
    must(disk.events != NULL && disk.commits != NULL, "out of memory");
    disk.sync = sync;
    disk.on = true;
}

void disk_log_stop(void) {
    disk.on = false;
    disk.sync = DISK_SYNC;
}

void disk_sync_off(void) {
    disk.sync = DISK_NOSYNC;
}

size_t disk_event_count(void) {
    return disk.count;
}

const struct disk_event *disk_event_at(size_t i) {
    return &disk.events[i];
}

size_t disk_commit_count(void) {
    return disk.commit_count;
}

struct disk_content disk_commit_at(size_t i) {
    return disk.commits[i];
}

static uint64_t apply(unsigned char *to, uint64_t size, const struct disk_event *e) {
    if (e->kind == DISK_LENGTH) {
        if (e->at < size)
            memset(to + e->at, 0, size - e->at);
        return e->at;
    }
    memcpy(to + e->at, e->bytes, e->size);
    return e->at + e->size > size ? e->at + e->size : size;
}

static bool changes(const struct disk_event *e) {
    return e->kind == DISK_WRITE || e->kind == DISK_WRITE_THROUGH || e->kind == DISK_LENGTH;
}

bool disk_log_whole(const char *path) {
    unsigned char *all = calloc(1, disk.file_size + 1);
    unsigned char *there = malloc(disk.file_size + 1);
    uint64_t size = 0;
    must(all != NULL && there != NULL, "out of memory");
    for (size_t i = 0; i < disk.count; i++)
        if (changes(&disk.events[i]))
            size = apply(all, size, &disk.events[i]);
    FILE *file = fopen(path, "rb");
    must(file != NULL, path);
    size_t got = fread(there, 1, disk.file_size + 1, file);
    fclose(file);
    bool same = got == size && memcmp(all, there, got) == 0;
    free(all);
    free(there);
    return same;
}

/* ---- content ---- */

static void hash_sized(XXH3_state_t *state, const MDB_val *value) {
    XXH3_64bits_update(state, &value->mv_size, sizeof value->mv_size);
    XXH3_64bits_update(state, value->mv_data, value->mv_size);
}

static uint64_t hash_table(XXH3_state_t *state, MDB_txn *txn, const MDB_val *name) {
    char text[64];
    MDB_dbi table;
    MDB_cursor *cursor;
    MDB_val key;
    MDB_val value;
    uint64_t records = 0;
    snprintf(text, sizeof text, "%.*s", (int)name->mv_size, (const char *)name->mv_data);
    must(mdb_dbi_open(txn, text, 0, &table) == 0, "opening a table");
    must(mdb_cursor_open(txn, table, &cursor) == 0, "reading a table");
    hash_sized(state, name);
    while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0) {
        hash_sized(state, &key);
        hash_sized(state, &value);
        records++;
    }
    mdb_cursor_close(cursor);
    return records;
}

struct disk_content disk_content_of(MDB_txn *txn) {
    struct disk_content content = {0};
    XXH3_state_t *state = XXH3_createState();
    MDB_dbi root = 0;
    MDB_cursor *names;
    MDB_val name;
    MDB_val value;
    must(state != NULL && mdb_dbi_open(txn, NULL, 0, &root) == 0, "opening the root");
    must(mdb_cursor_open(txn, root, &names) == 0, "reading the root");
    XXH3_64bits_reset(state);
    while (mdb_cursor_get(names, &name, &value, MDB_NEXT) == 0) {
        uint64_t records = hash_table(state, txn, &name);
        if (name.mv_size == 7 && memcmp(name.mv_data, "journal", 7) == 0)
            content.journal = records;
    }
    mdb_cursor_close(names);
    content.hash = XXH3_64bits_digest(state);
    XXH3_freeState(state);
    return content;
}

/* ---- images ---- */

void disk_image_init(struct disk_image *image) {
    *image = (struct disk_image){.safe = calloc(1, disk.file_size + 1),
                                 .bytes = calloc(1, disk.file_size + 1)};
    must(image->safe != NULL && image->bytes != NULL, "out of memory");
}

void disk_image_free(struct disk_image *image) {
    free(image->safe);
    free(image->bytes);
}

static void settle(struct disk_image *image, size_t end) {
    for (; image->pending < end; image->pending++)
        if (changes(&disk.events[image->pending]))
            image->safe_size = apply(image->safe, image->safe_size, &disk.events[image->pending]);
}

/* An event is over. */
static void pass(struct disk_image *image, size_t i) {
    const struct disk_event *e = &disk.events[i];
    image->begun += e->kind == DISK_BEGIN;
    image->done += e->kind == DISK_DONE;
    if (e->kind == DISK_BARRIER)
        settle(image, i + 1);
    if (e->kind != DISK_WRITE_THROUGH)
        return;
    /* It is on the disk, and what is pending stays so. */
    for (size_t k = image->pending; k < i; k++)
        must(!changes(&disk.events[k]) || disk.events[k].at + disk.events[k].size <= e->at ||
                 disk.events[k].at >= e->at + e->size,
             "a write-through over a pending write");
    image->safe_size = apply(image->safe, image->safe_size, e);
}

/* How the cut treats what was pending. */
enum mood { NONE, ALL, WHOLE_WRITES, SECTORS, ALL_BUT_A_FEW, A_FEW, FIRST, LAST, MOODS };

static bool let_through(enum mood mood, struct dice *dice, uint64_t nth, uint64_t turn,
                        bool whole) {
    switch (mood) {
    case NONE:
        return false;
    case ALL:
        return true;
    case WHOLE_WRITES:
        return whole;
    case SECTORS:
        return dice_below(dice, 2) == 0;
    case ALL_BUT_A_FEW:
        return dice_below(dice, 12) != 0;
    case A_FEW:
        return dice_below(dice, 12) == 0;
    case FIRST:
        return nth < turn;
    case LAST:
        return nth >= turn;
    case MOODS:
        break;
    }
    return false;
}

static uint64_t sectors_of(const struct disk_event *e) {
    return e->size == 0 ? 0 : (e->at + e->size - 1) / SECTOR - e->at / SECTOR + 1;
}

static uint64_t pending_sectors(const struct disk_image *image, size_t end) {
    uint64_t all = 0;
    for (size_t i = image->pending; i < end; i++)
        all += changes(&disk.events[i]) ? sectors_of(&disk.events[i]) : 0;
    return all;
}

/* The part of `e` that lies in its n-th sector. */
static struct disk_event sector_of(const struct disk_event *e, uint64_t n) {
    uint64_t from = n == 0 ? e->at : (e->at / SECTOR + n) * SECTOR;
    uint64_t end = (e->at / SECTOR + n + 1) * SECTOR;
    if (end > e->at + e->size)
        end = e->at + e->size;
    return (struct disk_event){
        .kind = e->kind, .at = from, .size = end - from, .bytes = e->bytes + (from - e->at)};
}

/* A write-through that has returned is in `safe` already. */
static bool is_pending(size_t i, size_t at) {
    const struct disk_event *e = &disk.events[i];
    return changes(e) && (e->kind != DISK_WRITE_THROUGH || i == at);
}

static void draw(struct disk_image *image, size_t at, enum mood mood, struct dice *dice) {
    uint64_t all = pending_sectors(image, at + 1);
    uint64_t turn = all == 0 ? 0 : dice_draw(dice) % (all + 1);
    uint64_t longest = image->safe_size;
    uint64_t nth = 0;
    memcpy(image->bytes, image->safe, disk.file_size);
    image->size = image->safe_size;
    for (size_t i = image->pending; i <= at; i++) {
        const struct disk_event *e = &disk.events[i];
        bool whole = dice_below(dice, 2) == 0;
        if (!is_pending(i, at))
            continue;
        if (e->kind == DISK_LENGTH) {
            longest = e->at > longest ? e->at : longest;
            continue;
        }
        for (uint64_t s = 0; s < sectors_of(e); s++, nth++) {
            struct disk_event part = sector_of(e, s);
            if (let_through(mood, dice, nth, turn, whole))
                image->size = apply(image->bytes, image->size, &part);
        }
        longest = e->at + e->size > longest ? e->at + e->size : longest;
    }
    /* The file's length is kept apart from its bytes: it may have grown before them. */
    if (dice_below(dice, 4) == 0)
        image->size = longest;
    else if (dice_below(dice, 4) == 0 && longest > image->safe_size)
        image->size = image->safe_size +
                      dice_draw(dice) % ((longest - image->safe_size) / SECTOR + 1) * SECTOR;
}

void disk_image_cut(struct disk_image *image, size_t at, struct dice *dice) {
    for (; image->next < at; image->next++)
        pass(image, image->next);
    draw(image, at, (enum mood)dice_below(dice, MOODS), dice);
}
