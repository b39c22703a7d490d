/* A directory of a test's own, removed with what is in it. In memory where that can be had, so that
 * a test of thousands of commits does not wait for a disk. */
#ifndef TEMP_DIRECTORY_H
#define TEMP_DIRECTORY_H

#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static inline void temp_directory_make(char path[PATH_MAX]) {
    const char *base = getenv("TMPDIR");
    if (access("/dev/shm", W_OK | X_OK) == 0)
        base = "/dev/shm";
    snprintf(path, PATH_MAX, "%.3000s/winnow-test-XXXXXX", base == NULL ? "/tmp" : base);
    if (mkdtemp(path) == NULL)
        abort();
}

static inline int temp_directory_one(const char *path, const struct stat *st, int type,
                                     struct FTW *at) {
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

static inline void temp_directory_remove(const char *path) {
    nftw(path, temp_directory_one, 16, FTW_DEPTH | FTW_PHYS);
}

#endif
