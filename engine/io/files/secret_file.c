/* Credential files: see secret_file.h.
 *
 * Happy path of a write: the bytes go into a new file beside the old one, to the disk, and then
 * over the old name in one step; the directory is flushed last, so that the step itself survives a
 * power cut. Whenever it is cut short, the old file is whole. The name of the new file has the
 * process id: two writers never write into one file, and what a killed one leaves is removed by its
 * successor of the same id or lies there unreadable to others.
 *
 * Fails with WINNOW_CREDENTIAL for a file that is missing or open to others, WINNOW_STORAGE when
 * the disk says no, WINNOW_BUSY when the lock is not free within ten seconds. */
#include "io/files/secret_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "io/files/paths.h"

#define LOCK_STEP_MS 50

static int cannot(struct winnow_error *err, const char *what, const char *path) {
    return winnow_fail(err, WINNOW_STORAGE, "cannot %s %.800s: %s", what, path, strerror(errno));
}

static int open_to_read(const char *path, struct winnow_error *err) {
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd >= 0)
        return fd;
    if (errno == ENOENT)
        return winnow_fail(err, WINNOW_CREDENTIAL,
                           "there is no credential at %.700s: run `winnow login`", path);
    if (errno == ELOOP)
        return winnow_fail(err, WINNOW_CREDENTIAL,
                           "%.700s is a symbolic link, which may lead anywhere: put the file "
                           "itself there, or remove the link and run `winnow login`",
                           path);
    return cannot(err, "read", path);
}

static int check_file(int fd, const char *path, size_t room, struct winnow_error *err) {
    struct stat st;
    if (fstat(fd, &st) != 0)
        return cannot(err, "read", path);
    if (!S_ISREG(st.st_mode))
        return winnow_fail(err, WINNOW_CREDENTIAL,
                           "%.700s is no regular file: remove it and run `winnow login`", path);
    if (st.st_uid != geteuid())
        return winnow_fail(err, WINNOW_CREDENTIAL,
                           "%.700s belongs to another user: remove it and run `winnow login`",
                           path);
    if ((st.st_mode & 077) != 0)
        return winnow_fail(err, WINNOW_CREDENTIAL,
                           "other users may read the credential (mode %03o): run "
                           "`chmod 600 %.700s`; if somebody could have read it, get a new one",
                           (unsigned)st.st_mode & 0777, path);
    if ((uintmax_t)st.st_size > SECRET_FILE_MAX || (size_t)st.st_size >= room)
        return winnow_fail(err, WINNOW_CREDENTIAL,
                           "%.700s is too large for a credential (%lld bytes): run `winnow login` "
                           "again",
                           path, (long long)st.st_size);
    return 0;
}

/* Up to `room` bytes, or -1 with errno. */
static ssize_t read_all(int fd, char *to, size_t room) {
    size_t size = 0;
    while (size < room) {
        ssize_t got = read(fd, to + size, room - size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        size += (size_t)got;
    }
    return (ssize_t)size;
}

int secret_file_read(const char *path, char *to, size_t room, size_t *size,
                     struct winnow_error *err) {
    int fd = open_to_read(path, err);
    if (fd < 0)
        return -1;
    int result = check_file(fd, path, room, err);
    if (result == 0) {
        ssize_t got = read_all(fd, to, room - 1);
        if (got < 0) {
            result = cannot(err, "read", path);
            explicit_bzero(to, room);
        } else {
            to[got] = '\0';
            *size = (size_t)got;
        }
    }
    close(fd);
    return result;
}

static int write_all(int fd, const char *bytes, size_t size) {
    while (size != 0) {
        ssize_t put = write(fd, bytes, size);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return -1;
        bytes += put;
        size -= (size_t)put;
    }
    return 0;
}

static int flush_directory(const char *path, struct winnow_error *err) {
    char directory[PATH_MAX];
    if (path_directory(path, directory, err) != 0)
        return -1;
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return cannot(err, "open", directory);
    int result = fsync(fd) == 0 ? 0 : cannot(err, "flush", directory);
    close(fd);
    return result;
}

/* A directory that others may write to lets them put their own file in place. */
static int check_directory(const char *path, struct winnow_error *err) {
    char directory[PATH_MAX];
    struct stat st;
    if (path_directory(path, directory, err) != 0)
        return -1;
    if (stat(directory, &st) != 0)
        return cannot(err, "look at", directory);
    if ((st.st_mode & 022) != 0)
        return winnow_fail(err, WINNOW_CREDENTIAL,
                           "other users may write to the directory of the credential: run "
                           "`chmod 700 %.700s`",
                           directory);
    return 0;
}

static int write_new(const char *path, const char *bytes, size_t size, struct winnow_error *err) {
    unlink(path); /* left by a killed process of this id */
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return cannot(err, "make", path);
    bool written = fchmod(fd, 0600) == 0 && write_all(fd, bytes, size) == 0 && fsync(fd) == 0;
    int why = errno;
    if (close(fd) != 0 && written) {
        why = errno;
        written = false;
    }
    errno = why;
    return written ? 0 : cannot(err, "write", path);
}

int secret_file_write(const char *path, const char *bytes, size_t size, struct winnow_error *err) {
    char beside[PATH_MAX];
    int length = snprintf(beside, sizeof beside, "%s~new-%ld", path, (long)getpid());
    if (length < 0 || (size_t)length >= sizeof beside || size > SECRET_FILE_MAX)
        return winnow_fail(err, WINNOW_BAD_INPUT, "the credential or its path is too long");
    if (path_make_directory(path, err) != 0 || check_directory(path, err) != 0)
        return -1;
    int result = write_new(beside, bytes, size, err);
    if (result == 0 && rename(beside, path) != 0)
        result = cannot(err, "replace", path);
    if (result != 0) {
        unlink(beside);
        return -1;
    }
    return flush_directory(path, err);
}

int secret_file_remove(const char *path, struct winnow_error *err) {
    if (unlink(path) != 0)
        return errno == ENOENT ? 0 : cannot(err, "remove", path);
    return flush_directory(path, err);
}

/* Open file description locks: released with the last descriptor, however the process ends, and
 * also a second opening in the same process waits. */
static bool try_lock(int fd) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return fcntl(fd, F_OFD_SETLK, &lock) == 0;
}

int secret_file_lock(const char *path, int wait_ms, struct secret_lock *out,
                     struct winnow_error *err) {
    char name[PATH_MAX];
    const struct timespec step = {0, LOCK_STEP_MS * 1000000L};
    out->fd = -1;
    int length = snprintf(name, sizeof name, "%s~lock", path);
    if (length < 0 || (size_t)length >= sizeof name)
        return winnow_fail(err, WINNOW_BAD_INPUT, "the credential's path is too long");
    if (path_make_directory(path, err) != 0)
        return -1;
    int fd = open(name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return cannot(err, "open", name);
    bool locked = try_lock(fd);
    for (int waited_ms = 0; !locked && waited_ms < wait_ms; waited_ms += LOCK_STEP_MS) {
        nanosleep(&step, NULL);
        locked = try_lock(fd);
    }
    if (locked) {
        out->fd = fd;
        return 0;
    }
    close(fd);
    return winnow_fail(err, WINNOW_BUSY,
                       "another winnow process is renewing the credential: try again, or end that "
                       "process");
}

void secret_file_unlock(struct secret_lock *lock) {
    if (lock->fd >= 0)
        close(lock->fd);
    lock->fd = -1;
}
