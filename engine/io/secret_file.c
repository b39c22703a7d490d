/* Credential files: see secret_file.h. Happy path: write beside, sync, rename, sync the directory.
 * Fails without touching the file that was there. */
#include "io/secret_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int fail(const char *path, const char *doing, struct winnow_error *err) {
    return winnow_fail(err, WINNOW_STORAGE, "%s: %s: %s", path, doing, strerror(errno));
}

static int check_file(const char *path, int fd, struct winnow_error *err) {
    struct stat s;
    if (fstat(fd, &s) != 0)
        return fail(path, "looking", err);
    if (!S_ISREG(s.st_mode))
        return winnow_fail(err, WINNOW_CREDENTIAL, "%s is no regular file", path);
    if ((s.st_mode & 077) != 0)
        return winnow_fail(err, WINNOW_CREDENTIAL,
                           "%s can be read by others: log in again with a new credential, or "
                           "`chmod 600` it",
                           path);
    if (s.st_size > (off_t)SECRET_FILE_MAX)
        return winnow_fail(err, WINNOW_CREDENTIAL, "%s is too large for a credential", path);
    return 0;
}

static int read_all(const char *path, int fd, char *to, size_t room, size_t *size,
                    struct winnow_error *err) {
    *size = 0;
    for (;;) {
        ssize_t n = read(fd, to + *size, room - 1 - *size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail(path, "reading", err);
        *size += (size_t)n;
        if (n == 0)
            break;
        if (*size == room - 1)
            return winnow_fail(err, WINNOW_CREDENTIAL, "%s is too large for a credential", path);
    }
    to[*size] = '\0';
    return 0;
}

int secret_file_read(const char *path, char *to, size_t room, size_t *size,
                     struct winnow_error *err) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 && errno == ENOENT)
        return winnow_fail(err, WINNOW_CREDENTIAL, "%s: there is no credential", path);
    if (fd < 0 && errno == ELOOP)
        return winnow_fail(err, WINNOW_CREDENTIAL, "%s is a link: put the file itself there", path);
    if (fd < 0)
        return fail(path, "opening", err);
    int result = check_file(path, fd, err);
    if (result == 0)
        result = read_all(path, fd, to, room, size, err);
    close(fd);
    return result;
}

static int write_all(int fd, const char *bytes, size_t size) {
    while (size > 0) {
        ssize_t n = write(fd, bytes, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        bytes += n;
        size -= (size_t)n;
    }
    return 0;
}

/* Opens the folder of `path`, making it when it is missing. */
static int open_folder(const char *path, char *folder, struct winnow_error *err) {
    char copy[PATH_MAX];
    struct stat s;
    if (snprintf(copy, sizeof copy, "%s", path) >= (int)sizeof copy)
        return winnow_fail(err, WINNOW_STORAGE, "%.64s...: the path is too long", path);
    snprintf(folder, PATH_MAX, "%s", dirname(copy));
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return fail(folder, "making", err);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return fail(folder, "opening", err);
    if (fstat(fd, &s) == 0 && (s.st_mode & 022) == 0)
        return fd;
    close(fd);
    return winnow_fail(err, WINNOW_CREDENTIAL, "%s can be written by others: chmod 700 it", folder);
}

/* A new file that nobody can have prepared. */
static int create_beside(int folder, char name[32]) {
    uint64_t random;
    if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
        return -1;
    snprintf(name, 32, ".new-%016llx", (unsigned long long)random);
    return openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

static int replace(int folder, const char *path, const char *bytes, size_t size,
                   struct winnow_error *err) {
    char name[32];
    const char *slash = strrchr(path, '/');
    int fd = create_beside(folder, name);
    if (fd < 0)
        return fail(path, "making a new file", err);
    bool written = write_all(fd, bytes, size) == 0 && fsync(fd) == 0;
    written = close(fd) == 0 && written;
    if (written && renameat(folder, name, folder, slash != NULL ? slash + 1 : path) == 0)
        return fsync(folder) == 0 ? 0 : fail(path, "syncing", err);
    fail(path, "writing", err);
    unlinkat(folder, name, 0);
    return -1;
}

int secret_file_write(const char *path, const char *bytes, size_t size, struct winnow_error *err) {
    char folder[PATH_MAX];
    if (size > SECRET_FILE_MAX)
        return winnow_fail(err, WINNOW_BAD_INPUT, "the credential is too large");
    int fd = open_folder(path, folder, err);
    if (fd < 0)
        return -1;
    int result = replace(fd, path, bytes, size, err);
    close(fd);
    return result;
}

#define LOCK_STEP_MS 20
#define LOCK_WAIT_MS 10000

int secret_file_lock(const char *path, struct secret_lock *out, struct winnow_error *err) {
    char name[PATH_MAX];
    if (snprintf(name, sizeof name, "%s.lock", path) >= (int)sizeof name)
        return winnow_fail(err, WINNOW_STORAGE, "%.64s...: the path is too long", path);
    out->fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (out->fd < 0)
        return fail(name, "opening", err);
    for (int waited = 0; waited <= LOCK_WAIT_MS; waited += LOCK_STEP_MS) {
        struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
        const struct timespec step = {0, LOCK_STEP_MS * 1000000L};
        if (fcntl(out->fd, F_SETLK, &lock) == 0)
            return 0;
        nanosleep(&step, NULL);
    }
    secret_file_unlock(out);
    return winnow_fail(err, WINNOW_BUSY, "another winnow process has held %s for 10 s", name);
}

void secret_file_unlock(struct secret_lock *lock) {
    if (lock->fd >= 0)
        close(lock->fd);
    lock->fd = -1;
}
