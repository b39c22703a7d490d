/* Loading libcurl: see curl_calls.h. Happy path: the library of the ABI that we were compiled for
 * is there, with every call. Fails with the loader's own words and the package to install. */
#include "io/http/curl_calls.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>

#define LIBRARY "libcurl.so.4" /* the one ABI since 2006 */

static int cannot(const char *why, struct winnow_error *err) {
    return winnow_fail(err, WINNOW_FAILED,
                       "the network library cannot be loaded: %.300s; install the package libcurl4",
                       why);
}

/* POSIX lets dlsym's result be a function, ISO C has no cast for it. */
static bool find(void *library, const char *name, void *call, size_t size) {
    void *found = dlsym(library, name);
    if (found != NULL)
        memcpy(call, &found, size);
    return found != NULL;
}

int curl_calls_load(struct curl_calls *calls, struct winnow_error *err) {
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL)
        return cannot(dlerror(), err);
#define X(name)                                                                                    \
    if (!find(library, "curl_" #name, &calls->name, sizeof calls->name))                           \
        return cannot(LIBRARY " lacks curl_" #name, err);
    CURL_CALLS(X)
#undef X
    /* Counted by curl, and safe from threads since 7.84; what one process needs once is never given
     * back, as the library is never unloaded. */
    if (calls->global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory for the network library");
    return 0;
}
