/* A directory of a test's own, removed with what is in it. */
#ifndef SCRATCH_DIR_H
#define SCRATCH_DIR_H

#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static inline void scratch_make(char path[PATH_MAX]) {
    const char *base = getenv("TMPDIR");
    snprintf(path, PATH_MAX, "%s/winnow-test-XXXXXX", base == NULL ? "/tmp" : base);
    if (mkdtemp(path) == NULL)
        abort();
}

static inline int scratch_one(const char *path, const struct stat *st, int type, struct FTW *at) {
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

static inline void scratch_remove(const char *path) {
    nftw(path, scratch_one, 16, FTW_DEPTH | FTW_PHYS);
}

#endif
