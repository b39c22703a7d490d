/* A file without a name: see scratch_file.h. Happy path: made under a name that nobody has, and the
 * name removed. Killed between the two, an empty file stays, which nothing reads. */
#include "io/files/scratch_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int scratch_file_open(const char *directory, int *fd, struct winnow_error *err) {
    char path[PATH_MAX];
    int size = snprintf(path, sizeof path, "%s/.scratch-XXXXXX", directory);
    if (size < 0 || (size_t)size >= sizeof path)
        return winnow_fail(err, WINNOW_STORAGE, "the path of the state folder is too long");
    *fd = mkostemp(path, O_CLOEXEC);
    if (*fd >= 0 && unlink(path) == 0)
        return 0;
    int code = errno;
    if (*fd >= 0)
        close(*fd);
    return winnow_fail(err, WINNOW_STORAGE, "cannot make a file in %.800s: %s", directory,
                       strerror(code));
}
