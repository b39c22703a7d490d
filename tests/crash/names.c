/* Names a power cut must not lose. Names lie in directories, and are on the disk when the directory
 * was flushed. Here every call that makes, replaces or flushes one is written down, in order:
 *   - a new state directory: each folder and the store's file are flushed into their directory
 *     before winnow_open returns;
 *   - a credential: its bytes are flushed before its name takes the old one's place, and that name
 *     before secret_file_write returns. So whenever the power fails, the file is the old one or the
 *     new one, whole. */
#include "cmocka_all.h"
#include "temp_directory.h"

#include "io/files/secret_file.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <winnow/winnow.h>

#define EVENTS_MAX 200

struct event {
    char what; /* m: made, w: written to, f: flushed, r: renamed */
    char path[PATH_MAX], to[PATH_MAX];
};

static struct {
    bool on;
    struct event events[EVENTS_MAX];
    int count;
    char open[256][PATH_MAX]; /* by descriptor */
} seen;

static void note(char what, const char *path, const char *to) {
    if (!seen.on)
        return;
    assert_true(seen.count < EVENTS_MAX);
    struct event *e = &seen.events[seen.count++];
    e->what = what;
    snprintf(e->path, PATH_MAX, "%s", path);
    snprintf(e->to, PATH_MAX, "%s", to);
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __real_mkdir(const char *path, mode_t mode);
int __wrap_mkdir(const char *path, mode_t mode);
int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
ssize_t __real_write(int fd, const void *bytes, size_t size);
ssize_t __wrap_write(int fd, const void *bytes, size_t size);
int __real_fsync(int fd);
int __wrap_fsync(int fd);

int __wrap_open(const char *path, int flags, ...) {
    va_list args;
    va_start(args, flags);
    mode_t mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
    va_end(args);
    bool new = (flags & O_CREAT) != 0 && access(path, F_OK) != 0;
    int fd = __real_open(path, flags, mode);
    if (fd >= 0 && fd < 256)
        snprintf(seen.open[fd], PATH_MAX, "%s", path);
    if (fd >= 0 && new)
        note('m', path, "");
    return fd;
}

int __wrap_mkdir(const char *path, mode_t mode) {
    int result = __real_mkdir(path, mode);
    if (result == 0)
        note('m', path, "");
    return result;
}

int __wrap_rename(const char *from, const char *to) {
    int result = __real_rename(from, to);
    if (result == 0)
        note('r', from, to);
    return result;
}

ssize_t __wrap_write(int fd, const void *bytes, size_t size) {
    if (fd >= 0 && fd < 256)
        note('w', seen.open[fd], "");
    return __real_write(fd, bytes, size);
}

int __wrap_fsync(int fd) {
    int result = __real_fsync(fd);
    if (result == 0 && fd >= 0 && fd < 256)
        note('f', seen.open[fd], "");
    return result;
}

/* The first such event from `from` on; -1: there is none. */
static int find(int from, char what, const char *path) {
    for (int i = from; i < seen.count; i++)
        if (seen.events[i].what == what && strcmp(seen.events[i].path, path) == 0)
            return i;
    return -1;
}

static void parent_of(const char *path, char parent[PATH_MAX]) {
    const char *slash = strrchr(path, '/');
    assert_non_null(slash);
    snprintf(parent, PATH_MAX, "%.*s", (int)(slash - path), path);
}

static void test_a_new_state_directory(void **state) {
    (void)state;
    char base[PATH_MAX], directory[PATH_MAX], parent[PATH_MAX];
    struct winnow *w;
    struct winnow_error err;
    int made = 0;
    temp_directory_make(base);
    snprintf(directory, sizeof directory, "%.4000s/deep/er/state", base);
    seen.count = 0;
    seen.on = true;
    assert_int_equal(winnow_make(directory, &w, &err), 0);
    seen.on = false;
    winnow_close(w);
    for (int i = 0; i < seen.count; i++) {
        const char *path = seen.events[i].path;
        if (seen.events[i].what != 'm' || strstr(path, "lock.mdb") != NULL)
            continue; /* LMDB makes its lock file again */
        made++;
        parent_of(path, parent);
        if (find(i, 'f', parent) < 0)
            fail_msg("%s was made, and %s never flushed", path, parent);
    }
    assert_int_equal(made, 7); /* deep, er, state, its three folders, data.mdb */
    temp_directory_remove(base);
}

static void test_a_credential(void **state) {
    (void)state;
    char base[PATH_MAX], path[PATH_MAX], parent[PATH_MAX];
    struct winnow_error err;
    temp_directory_make(base);
    snprintf(path, sizeof path, "%.4000s/credentials/name", base);
    parent_of(path, parent);
    for (int again = 0; again < 2; again++) {
        seen.count = 0;
        seen.on = true;
        assert_int_equal(secret_file_write(path, "secret", 6, &err), 0);
        seen.on = false;
        int renamed = 0;
        while (renamed < seen.count && seen.events[renamed].what != 'r')
            renamed++;
        assert_true(renamed < seen.count);
        const char *fresh = seen.events[renamed].path;
        assert_string_equal(seen.events[renamed].to, path);
        int written = find(0, 'w', fresh);
        int flushed = find(0, 'f', fresh);
        assert_true(written >= 0 && written < flushed && flushed < renamed);
        assert_int_equal(find(flushed, 'w', fresh), -1); /* nothing after the flush */
        assert_int_equal(find(0, 'w', path), -1);        /* the old one is never written to */
        assert_true(find(renamed, 'f', parent) > renamed);
    }
    temp_directory_remove(base);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_new_state_directory),
        cmocka_unit_test(test_a_credential),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
