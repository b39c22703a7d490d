/* A directory of its own for each test that works on real files: `folder_make` and `folder_remove`
 * are the setup and teardown, `in_folder` names a file there. */
#ifndef IO_FOLDER_H
#define IO_FOLDER_H

#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static inline int folder_make(void **state) {
    char path[] = "/tmp/winnow-io-XXXXXX";
    if (mkdtemp(path) == NULL)
        return -1;
    *state = strdup(path);
    return *state == NULL ? -1 : 0;
}

static inline int folder_remove_one(const char *path, const struct stat *st, int type,
                                    struct FTW *at) {
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

static inline int folder_remove(void **state) {
    int result = nftw(*state, folder_remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(*state);
    return result;
}

struct folder_path {
    char text[PATH_MAX];
};

static inline struct folder_path in_folder(void **state, const char *name) {
    struct folder_path path;
    int size = snprintf(path.text, sizeof path.text, "%s/%s", (const char *)*state, name);
    if (size < 0 || (size_t)size >= sizeof path.text)
        abort();
    return path;
}

#endif
