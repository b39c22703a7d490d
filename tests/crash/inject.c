/* See inject.h. Happy path: each call is counted and handed to the kernel or to libc. */
#include "inject.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define QUICK 100

static struct inject now;
static atomic_bool armed;
static atomic_long counts[INJECT_KIND_COUNT];
static struct timespec quick_since[16];

static bool fails(enum inject_kind kind) {
    static const int errors[] = {
#define X(id, name, error) error,
        INJECT_KINDS(X)
#undef X
    };
    if (!armed)
        return false;
    long n = ++counts[kind];
    if (now.kind != kind || now.at == 0 || (now.for_good ? n < now.at : n != now.at))
        return false;
    errno = errors[kind];
    return true;
}

void inject_arm(const struct inject *inject) {
    now = *inject;
    for (int i = 0; i < INJECT_KIND_COUNT; i++)
        counts[i] = 0;
    for (clockid_t clock = 0; clock < 16; clock++)
        syscall(SYS_clock_gettime, clock, &quick_since[clock]);
    armed = true;
}

void inject_disarm(void) {
    armed = false;
}

long inject_count(enum inject_kind kind) {
    return counts[kind];
}

long long inject_ahead_ns(void) {
    struct timespec real, quick;
    syscall(SYS_clock_gettime, CLOCK_BOOTTIME, &real);
    clock_gettime(CLOCK_BOOTTIME, &quick);
    return (quick.tv_sec - real.tv_sec) * 1000000000LL + (quick.tv_nsec - real.tv_nsec);
}

/* ---- memory ---- */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *at, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

void *malloc(size_t size) {
    return fails(INJECT_MEMORY) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    return fails(INJECT_MEMORY) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *at, size_t size) {
    return fails(INJECT_MEMORY) ? NULL : __libc_realloc(at, size);
}

int posix_memalign(void **out, size_t alignment, size_t size) {
    if (fails(INJECT_MEMORY))
        return ENOMEM;
    *out = __libc_memalign(alignment, size);
    return *out == NULL ? ENOMEM : 0;
}

/* ---- descriptors ---- */

static bool open_fails(int flags) {
    bool writes = (flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT) != 0;
    return fails(INJECT_OPEN) || (writes && fails(INJECT_READ_ONLY));
}

int openat(int directory, const char *path, int flags, ...) {
    va_list args;
    va_start(args, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0;
    va_end(args);
    return open_fails(flags) ? -1 : (int)syscall(SYS_openat, directory, path, flags, mode);
}

int open(const char *path, int flags, ...) {
    va_list args;
    va_start(args, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0;
    va_end(args);
    return open_fails(flags) ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...);
int open64(const char *path, int flags, ...) {
    va_list args;
    va_start(args, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0;
    va_end(args);
    return open_fails(flags) ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int socket(int domain, int type, int protocol) {
    return fails(INJECT_OPEN) ? -1 : (int)syscall(SYS_socket, domain, type, protocol);
}

int eventfd(unsigned value, int flags) {
    return fails(INJECT_OPEN) ? -1 : (int)syscall(SYS_eventfd2, value, flags);
}

int epoll_create1(int flags) {
    return fails(INJECT_OPEN) ? -1 : (int)syscall(SYS_epoll_create1, flags);
}

/* ---- bytes ----
 *
 * Of files, and what stands for them at 0 and 1. Eventfds and pipes inside of a process do not fail
 * so, and libuv rightly calls abort when they seem to; sockets are the platform simulator's. */

static bool of_file(int fd) {
    struct stat st;
    return fd <= STDOUT_FILENO ||
           (fd != STDERR_FILENO && fstat(fd, &st) == 0 && S_ISREG(st.st_mode));
}

ssize_t read(int fd, void *to, size_t size) {
    return of_file(fd) && fails(INJECT_READ) ? -1 : (ssize_t)syscall(SYS_read, fd, to, size);
}

ssize_t pread(int fd, void *to, size_t size, off_t at) {
    return of_file(fd) && fails(INJECT_READ) ? -1 : (ssize_t)syscall(SYS_pread64, fd, to, size, at);
}

static bool write_fails(int fd) {
    return of_file(fd) && fails(INJECT_WRITE);
}

/* Half of it now; the next call is told that nothing more fits, by `for_good`. */
static size_t shortened(int fd, size_t size, bool *none) {
    *none = false;
    if (!of_file(fd) || !fails(INJECT_SHORT))
        return size;
    *none = counts[INJECT_SHORT] > now.at || size < 2;
    return size / 2;
}

ssize_t write(int fd, const void *bytes, size_t size) {
    bool none;
    size = shortened(fd, size, &none);
    return none || write_fails(fd) ? -1 : (ssize_t)syscall(SYS_write, fd, bytes, size);
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at) {
    bool none;
    size = shortened(fd, size, &none);
    return none || write_fails(fd) ? -1 : (ssize_t)syscall(SYS_pwrite64, fd, bytes, size, at);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    bool none;
    size_t half = shortened(fd, 2 * (size_t)count, &none);
    if (none || write_fails(fd))
        return -1;
    if (half == 2 * (size_t)count)
        return (ssize_t)syscall(SYS_writev, fd, parts, count);
    return count > 1 ? (ssize_t)syscall(SYS_writev, fd, parts, count / 2)
                     : (ssize_t)syscall(SYS_write, fd, parts[0].iov_base, parts[0].iov_len / 2);
}

int fsync(int fd) {
    return fails(INJECT_SYNC) ? -1 : (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd) {
    return fails(INJECT_SYNC) ? -1 : (int)syscall(SYS_fdatasync, fd);
}

void *mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset) {
    if (fails(INJECT_MAP))
        return MAP_FAILED;
    return (void *)syscall(SYS_mmap, at, size, protection, flags, fd, offset);
}

/* ---- names ---- */

int mkdir(const char *path, mode_t mode) {
    return fails(INJECT_NAME) || fails(INJECT_READ_ONLY) ? -1 : (int)syscall(SYS_mkdir, path, mode);
}

int rename(const char *from, const char *to) {
    return fails(INJECT_NAME) || fails(INJECT_READ_ONLY) ? -1 : (int)syscall(SYS_rename, from, to);
}

int ftruncate(int fd, off_t size) {
    return fails(INJECT_NAME) ? -1 : (int)syscall(SYS_ftruncate, fd, size);
}

/* ---- time ---- */

int clock_gettime(clockid_t clock, struct timespec *out) {
    int result = (int)syscall(SYS_clock_gettime, clock, out);
    if (result != 0 || !armed || clock < 0 || clock >= 16)
        return result;
    int64_t since = quick_since[clock].tv_sec * INT64_C(1000000000) + quick_since[clock].tv_nsec;
    int64_t real = out->tv_sec * INT64_C(1000000000) + out->tv_nsec;
    int64_t quick = since + (real - since) * (now.quick ? QUICK : 1) + now.ahead_ns;
    *out = (struct timespec){quick / 1000000000, quick % 1000000000};
    return 0;
}

static int quick_wait(int timeout) {
    return armed && now.quick && timeout > 0 ? (timeout + QUICK - 1) / QUICK : timeout;
}

int epoll_wait(int fd, struct epoll_event *events, int most, int timeout) {
    return (int)syscall(SYS_epoll_wait, fd, events, most, quick_wait(timeout));
}

int epoll_pwait(int fd, struct epoll_event *events, int most, int timeout, const sigset_t *mask) {
    return (int)syscall(SYS_epoll_pwait, fd, events, most, quick_wait(timeout), mask, 8);
}
