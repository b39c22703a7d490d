/* Loading libarchive: see archive_calls.h. Happy path: the library of the ABI that we were compiled
 * for is there, with every call. Fails with the loader's own words and the package to install. */
#include "formats/pack/archive_calls.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>

#define LIBRARY "libarchive.so.13" /* the one ABI since 2013 */

static int cannot(const char *why, struct winnow_error *err) {
    return winnow_fail(err, WINNOW_FAILED,
                       "Zip files cannot be read, since their library cannot be loaded: %.300s; "
                       "install the package libarchive13, or unpack the file.",
                       why);
}

/* POSIX lets dlsym's result be a function, ISO C has no cast for it. */
static bool find(void *library, const char *name, void *call, size_t size) {
    void *found = dlsym(library, name);
    if (found != NULL)
        memcpy(call, &found, size);
    return found != NULL;
}

int archive_calls_load(struct archive_calls *calls, struct winnow_error *err) {
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL)
        return cannot(dlerror(), err);
#define X(name)                                                                                    \
    if (!find(library, "archive_" #name, &calls->name, sizeof calls->name))                        \
        return cannot(LIBRARY " lacks archive_" #name, err);
    ARCHIVE_CALLS(X)
#undef X
    return 0;
}
