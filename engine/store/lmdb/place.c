/* Where the store's files are: see place.h. Happy path: each path leads to the inode that was
 * opened. An open file keeps its inode's number from being given out again, so that equal numbers
 * are the same file. Fails with WINNOW_STORAGE when a file was removed, moved or replaced. */
#include "store/lmdb/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static int path_of(char path[PLACE_PATH_MAX], const char *directory, const char *name,
                   struct winnow_error *err) {
    int size = snprintf(path, PLACE_PATH_MAX, "%s/%s", directory, name);
    return size > 0 && size < PLACE_PATH_MAX
               ? 0
               : winnow_fail(err, WINNOW_STORAGE, "the state directory's path is too long");
}

/* Whoever has the store open holds a shared flock(2) of its data file. LMDB's own locks are of
 * another kind (fcntl), and on the lock file. */
static bool is_open_elsewhere(const char *data) {
    int fd = open(data, O_RDONLY | O_CLOEXEC);
    bool busy = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    if (fd >= 0)
        close(fd);
    return busy;
}

int place_may_open(const char *directory, struct winnow_error *err) {
    char data[PLACE_PATH_MAX];
    char lock[PLACE_PATH_MAX];
    struct stat file;
    if (path_of(data, directory, "data.mdb", err) != 0 ||
        path_of(lock, directory, "lock.mdb", err) != 0)
        return -1;
    if (stat(lock, &file) == 0 || errno != ENOENT || !is_open_elsewhere(data))
        return 0;
    return winnow_fail(err, WINNOW_STORAGE,
                       "%s was removed while another process works on the store; a second one now "
                       "would destroy it: end that process (a worker ends by itself at its next "
                       "write), then run the same command again",
                       lock);
}

static int note(struct place_file *f, const char *directory, const char *name,
                struct winnow_error *err) {
    struct stat file;
    if (path_of(f->path, directory, name, err) != 0)
        return -1;
    bool there = stat(f->path, &file) == 0;
    f->device = there ? file.st_dev : 0;
    f->inode = there ? file.st_ino : 0;
    return 0;
}

int place_note(struct place *p, const char *directory, int data_fd, struct winnow_error *err) {
    (void)!flock(data_fd, LOCK_SH | LOCK_NB); /* fails only while another process asks */
    return note(&p->data, directory, "data.mdb", err) == 0
               ? note(&p->lock, directory, "lock.mdb", err)
               : -1;
}

static int check(const struct place_file *f, struct winnow_error *err) {
    struct stat file;
    if (f->inode == 0)
        return 0;
    bool there = stat(f->path, &file) == 0;
    if (there && file.st_dev == f->device && file.st_ino == f->inode)
        return 0;
    return winnow_fail(err, WINNOW_STORAGE,
                       "%s was %s while winnow worked on it: nothing more is sent or written; put "
                       "the state directory back as it was, then run the same command again",
                       f->path, there ? "replaced" : "removed or moved");
}

int place_check(const struct place *p, struct winnow_error *err) {
    return check(&p->data, err) == 0 ? check(&p->lock, err) : -1;
}

/* A page, and what a commit takes beside it. */
#define ROOM_LEAST (UINT64_C(1) << 16)

int place_why_short(const struct place *p) {
    struct statvfs disk;
    struct rlimit most;
    struct stat file;
    if (statvfs(p->data.path, &disk) == 0 && (uint64_t)disk.f_bavail * disk.f_frsize < ROOM_LEAST)
        return ENOSPC;
    bool limited = getrlimit(RLIMIT_FSIZE, &most) == 0 && most.rlim_cur != RLIM_INFINITY;
    if (limited && stat(p->data.path, &file) == 0 &&
        (uint64_t)file.st_size + ROOM_LEAST > most.rlim_cur)
        return EFBIG;
    return EIO;
}
