/* The lock of a worker: see process_lock.h.
 *
 * Happy path: open, F_SETLK, keep the descriptor until the end of the process or of the work.
 *
 * POSIX locks belong to the process: closing any descriptor of the file, also one opened just to
 * ask, drops them. So before a file is opened here, the process's own descriptors are searched for
 * it; if it has the file open already, that descriptor is asked, and none is closed.
 *
 * Fails with WINNOW_BUSY when somebody holds it, WINNOW_STORAGE when the file cannot be made. */
#include "io/files/process_lock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/files/paths.h"

static struct flock whole_file(void) {
    return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET};
}

static int cannot(struct winnow_error *err, const char *what, const char *path) {
    return winnow_fail(err, WINNOW_STORAGE, "cannot %s %.800s: %s", what, path, strerror(errno));
}

static bool is_file(int fd, const struct stat *file) {
    struct stat st;
    return fstat(fd, &st) == 0 && st.st_dev == file->st_dev && st.st_ino == file->st_ino;
}

/* A descriptor of this process that has the file open, or -1. */
static int own_descriptor(const struct stat *file) {
    int found = -1;
    DIR *all = opendir("/proc/self/fd");
    if (all == NULL)
        return -1;
    for (struct dirent *e = readdir(all); e != NULL && found < 0; e = readdir(all)) {
        char *end;
        long fd = strtol(e->d_name, &end, 10);
        if (end != e->d_name && *end == '\0' && is_file((int)fd, file))
            found = (int)fd;
    }
    closedir(all);
    return found;
}

static int holder_of(int fd, struct process_holder *out) {
    struct flock lock = whole_file();
    if (fcntl(fd, F_GETLK, &lock) != 0)
        return -1;
    *out = (struct process_holder){.held = lock.l_type != F_UNLCK};
    if (out->held && lock.l_pid > 0)
        out->pid = lock.l_pid;
    return 0;
}

void process_holder_name(struct process_holder holder, char name[PROCESS_NAME_MAX]) {
    if (holder.pid != 0)
        snprintf(name, PROCESS_NAME_MAX, "process %lld", (long long)holder.pid);
    else
        snprintf(name, PROCESS_NAME_MAX, "a process in another container");
}

static int busy(struct process_holder holder, struct winnow_error *err) {
    char name[PROCESS_NAME_MAX];
    process_holder_name(holder, name);
    if (holder.pid == 0)
        return winnow_fail(err, WINNOW_BUSY,
                           "%s is working on this campaign: wait for it, `winnow pause` it, or "
                           "end it there (SIGTERM stops it cleanly, and it can be resumed)",
                           name);
    return winnow_fail(err, WINNOW_BUSY,
                       "%s is working on this campaign: wait for it, `winnow pause` it, or end it "
                       "with `kill %lld` (it stops cleanly and can be resumed)",
                       name, (long long)holder.pid);
}

static int lock_or_name(int fd, const char *path, struct winnow_error *err) {
    struct flock lock = whole_file();
    struct process_holder holder = {0};
    if (fcntl(fd, F_SETLK, &lock) == 0)
        return 0;
    if (errno != EACCES && errno != EAGAIN)
        return cannot(err, "lock", path);
    if (holder_of(fd, &holder) == 0 && holder.held)
        return busy(holder, err);
    return winnow_fail(err, WINNOW_BUSY,
                       "another process was working on this campaign a moment ago: try again");
}

/* ---- the last word ---- */

static int write_word(int fd, const char *word) {
    char room[PROCESS_WORD_MAX] = "";
    snprintf(room, sizeof room, "%s", word);
    for (size_t done = 0; done < sizeof room;) {
        ssize_t n = pwrite(fd, room + done, sizeof room - done, (off_t)done);
        if (n < 0 && errno != EINTR)
            return -1;
        done += n < 0 ? 0 : (size_t)n;
    }
    return 0;
}

void process_lock_say(const struct process_lock *lock, const char *word) {
    if (lock->fd >= 0)
        (void)!write_word(lock->fd, word);
}

void process_lock_said(const char *path, char word[PROCESS_WORD_MAX]) {
    ssize_t size = -1;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0) {
        size = pread(fd, word, PROCESS_WORD_MAX - 1, 0);
        close(fd);
    }
    word[size > 0 ? size : 0] = '\0';
}

/* ---- taking it ---- */

int process_lock_take(const char *path, struct process_lock *out, struct winnow_error *err) {
    struct stat file;
    out->fd = -1;
    if (path_make_directory(path, err) != 0)
        return -1;
    if (stat(path, &file) == 0 && own_descriptor(&file) >= 0)
        return busy((struct process_holder){true, getpid()}, err);
    int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return cannot(err, "open", path);
    if (lock_or_name(fd, path, err) != 0 ||
        (write_word(fd, "") != 0 && cannot(err, "write to", path) != 0)) {
        close(fd);
        return -1;
    }
    out->fd = fd;
    return 0;
}

void process_lock_release(struct process_lock *lock) {
    if (lock->fd >= 0)
        close(lock->fd);
    lock->fd = -1;
}

int process_lock_holder(const char *path, struct process_holder *out, struct winnow_error *err) {
    struct stat file;
    *out = (struct process_holder){0};
    if (stat(path, &file) != 0)
        return errno == ENOENT ? 0 : cannot(err, "look at", path);
    int own = own_descriptor(&file);
    if (own >= 0)
        return holder_of(own, out) == 0 ? 0 : cannot(err, "ask for the lock of", path);
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return cannot(err, "open", path);
    int result = holder_of(fd, out) == 0 ? 0 : cannot(err, "ask for the lock of", path);
    close(fd);
    return result;
}
