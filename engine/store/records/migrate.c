/* Migration: see migrate.h. Happy path: copy, sync, note the format in one commit. What each format
 * has changed stands in docs/storage-format.md. */
#include "store/records/migrate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/lmdb/unborn.h"
#include "store/records/gone.h"

#define PATH_ROOM 4200

struct campaigns {
    uint32_t *ids;
    size_t count, room; /* as many as there are campaigns */
    struct winnow_error *err;
};

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
static int leave_copy(struct store *s, const char *directory, uint32_t format,
                      struct winnow_error *err) {
    char folder[PATH_ROOM];
    char file[PATH_ROOM + 16];
    snprintf(folder, sizeof folder, "%s/format-%u", directory, format);
    snprintf(file, sizeof file, "%s/data.mdb", folder);
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return cannot(folder, strerror(errno), err);
    if (unlink(file) != 0 && errno != ENOENT)
        return cannot(file, strerror(errno), err);
    int code = mdb_env_copy2(s->env, folder, 0);
    if (code != 0)
        return cannot(file, mdb_strerror(code), err);
    if (sync_path(file, 0, err) != 0 || sync_path(folder, O_DIRECTORY, err) != 0)
        return -1;
    return sync_path(directory, O_DIRECTORY, err);
}

static int take_id(void *context, const struct store_campaign *c) {
    struct campaigns *all = context;
    if (all->count == all->room) {
        size_t room = all->room == 0 ? 16 : all->room * 2;
        uint32_t *ids = realloc(all->ids, room * sizeof *ids);
        if (ids == NULL)
            return winnow_fail(all->err, WINNOW_NO_MEMORY, "out of memory");
        all->ids = ids;
        all->room = room;
    }
    all->ids[all->count++] = c->id;
    return 0;
}

/* Before format 2 each outcome left its gone mark at once. */
static int catch_up_all(struct store_txn *t, struct winnow_error *err) {
    struct campaigns all = {.err = err};
    int result = store_campaign_each(t, take_id, &all, err);
    for (size_t i = 0; i < all.count && result == 0; i++)
        result = gone_is_caught_up(t, all.ids[i], err);
    free(all.ids);
    return result;
}

static int note_format(struct store *s, struct winnow_error *err) {
    struct store_txn *t;
    struct key key = {6, "format"};
    unsigned char bytes[4];
    put_le(bytes, STORE_FORMAT, 4);
    if (store_write(s, STORE_ALL, &t, err) != 0)
        return -1;
    if (catch_up_all(t, err) == 0 && table_put(t, TABLE_META, &key, bytes, sizeof bytes, err) == 0)
        return store_commit(t, err);
    store_abort(t);
    return -1;
}

/* Another process may have done it while we waited for the lock: 1. */
static int is_done(struct store *s, uint32_t format, struct winnow_error *err) {
    struct store_txn *t;
    struct key key = {6, "format"};
    struct record record;
    if (store_read(s, &t, err) != 0)
        return -1;
    int found = table_get(t, TABLE_META, &key, &record, err);
    if (found == 1)
        found = get_le(record.at, 4) != format;
    store_abort(t);
    return found;
}

int migrate(struct store *s, const char *directory, uint32_t format, struct winnow_error *err) {
    int lock;
    if (unborn_lock(directory, &lock, err) != 0)
        return -1;
    int result = is_done(s, format, err);
    if (result == 0)
        result = leave_copy(s, directory, format, err) == 0 ? note_format(s, err) : -1;
    unborn_unlock(lock);
    return result < 0 ? -1 : 0;
}
