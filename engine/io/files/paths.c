/* Directories of io's files: see paths.h. Fails with WINNOW_STORAGE, naming path and reason. */
#include "io/files/paths.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

int path_directory(const char *path, char out[PATH_MAX], struct winnow_error *err) {
    const char *slash = strrchr(path, '/');
    size_t size = slash == NULL ? 1 : (size_t)(slash - path);
    if (size == 0)
        size = 1; /* the root */
    if (size >= PATH_MAX)
        return winnow_fail(err, WINNOW_BAD_INPUT, "the path %.60s... is longer than %d bytes", path,
                           PATH_MAX - 1);
    memcpy(out, slash == NULL ? "." : path, size);
    out[size] = '\0';
    return 0;
}

int path_make_directory(const char *path, struct winnow_error *err) {
    char directory[PATH_MAX];
    if (path_directory(path, directory, err) != 0)
        return -1;
    if (mkdir(directory, 0700) == 0 || errno == EEXIST)
        return 0;
    return winnow_fail(err, WINNOW_STORAGE, "cannot make the directory %.800s: %s", directory,
                       strerror(errno));
}
