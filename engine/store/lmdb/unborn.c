/* A file whose making a power cut interrupted: see unborn.h. Happy path: the file has two pages at
 * most, each is all zeros or LMDB's first meta page, and it is emptied. Fails with WINNOW_STORAGE
 * when it cannot be looked at or emptied.
 *
 * A commit puts its number into a
 * meta page after a sync of all other pages, so a number other than 0 is a store that was used. */
#include "store/lmdb/unborn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "store/lmdb/page_format.h"

#define META_MAGIC UINT32_C(0xBEEFC0DE)

static int cannot(struct winnow_error *err, const char *what, const char *path) {
    return winnow_fail(err, WINNOW_STORAGE,
                       "cannot %s %.700s: %s; check the disk and the owner of the state directory",
                       what, path, strerror(errno));
}

/* A meta page that no commit has written to, or zeros; the file has `there` bytes of it, and what
 * lies behind its end was read as zeros. */
static bool says_nothing_yet(const unsigned char *page, size_t size, ssize_t there) {
    uint32_t magic;
    uint64_t last;
    bool zero = true;
    memcpy(&magic, page + PAGE_HEAD, sizeof magic);
    memcpy(&last, page + PAGE_HEAD + META_LAST_AT, sizeof last);
    bool meta = magic == META_MAGIC && last == 1 && there >= PAGE_HEAD + META_SIZE;
    for (size_t i = meta ? PAGE_HEAD + META_TXN_AT : 0; i < size; i++)
        zero = zero && page[i] == 0;
    return zero;
}

/* 1 yes, 0 no, -1 error */
static int is_unborn(int fd, const char *path, struct winnow_error *err) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    unsigned char *bytes = calloc(2, page + 1);
    if (bytes == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
    ssize_t size = pread(fd, bytes, 2 * page + 1, 0);
    int unborn = size < 0 ? cannot(err, "read", path)
                          : (size_t)size <= 2 * page && says_nothing_yet(bytes, page, size) &&
                                says_nothing_yet(bytes + page, page, size - (ssize_t)page);
    free(bytes);
    return unborn;
}

int unborn_empty(const char *directory, struct winnow_error *err) {
    char path[4096];
    int size = snprintf(path, sizeof path, "%s/data.mdb", directory);
    if (size < 0 || (size_t)size >= sizeof path)
        return winnow_fail(err, WINNOW_STORAGE, "the state directory's path is too long");
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return cannot(err, "open", path);
    int unborn = is_unborn(fd, path, err);
    if (unborn == 1 && ftruncate(fd, 0) != 0)
        unborn = cannot(err, "empty", path);
    close(fd);
    return unborn < 0 ? -1 : 0;
}

static int open_directory(const char *directory, int *fd, struct winnow_error *err) {
    *fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return *fd >= 0 ? 0 : cannot(err, "open", directory);
}

int unborn_lock(const char *directory, int *lock, struct winnow_error *err) {
    if (open_directory(directory, lock, err) != 0)
        return -1;
    while (flock(*lock, LOCK_EX) != 0) {
        if (errno == EINTR)
            continue;
        cannot(err, "lock", directory);
        close(*lock);
        return -1;
    }
    return 0;
}

void unborn_unlock(int lock) {
    close(lock);
}

int unborn_sync_names(const char *directory, struct winnow_error *err) {
    int fd;
    if (open_directory(directory, &fd, err) != 0)
        return -1;
    int result = fsync(fd) == 0 ? 0 : cannot(err, "flush", directory);
    close(fd);
    return result;
}
