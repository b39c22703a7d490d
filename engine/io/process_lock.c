/* One worker a campaign: see process_lock.h. Happy path: take, run, release. Fails with WINNOW_BUSY
 * naming the holder, or WINNOW_STORAGE when the file cannot be made. */
#include "io/process_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct flock whole_file(void) {
    return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET};
}

static int fail(const char *path, struct winnow_error *err) {
    return winnow_fail(err, WINNOW_STORAGE, "%s: %s", path, strerror(errno));
}

static int busy(int fd, struct winnow_error *err) {
    struct flock lock = whole_file();
    if (fcntl(fd, F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK)
        return winnow_fail(err, WINNOW_BUSY, "another winnow process runs it: try again");
    return winnow_fail(err, WINNOW_BUSY,
                       "another winnow process (pid %lld) runs it; `winnow pause` works from here, "
                       "or end that process first",
                       (long long)lock.l_pid);
}

int process_lock_take(const char *path, struct process_lock *out, struct winnow_error *err) {
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    out->fd = -1;
    if (fd < 0)
        return fail(path, err);
    struct flock lock = whole_file();
    if (fcntl(fd, F_SETLK, &lock) != 0) {
        int result = errno == EACCES || errno == EAGAIN ? busy(fd, err) : fail(path, err);
        close(fd);
        return result;
    }
    /* For people who look into the file; the kernel's word is what counts. */
    if (ftruncate(fd, 0) != 0 || dprintf(fd, "%lld\n", (long long)getpid()) < 0) {
        close(fd);
        return fail(path, err);
    }
    out->fd = fd;
    return 0;
}

void process_lock_release(struct process_lock *lock) {
    if (lock->fd >= 0)
        close(lock->fd);
    lock->fd = -1;
}

int process_lock_holder(const char *path, int64_t *pid, struct winnow_error *err) {
    *pid = 0;
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return errno == ENOENT ? 0 : fail(path, err);
    struct flock lock = whole_file();
    int result = fcntl(fd, F_GETLK, &lock);
    if (result == 0 && lock.l_type != F_UNLCK)
        *pid = lock.l_pid;
    else if (result != 0)
        result = fail(path, err);
    close(fd);
    return result;
}
