/* Calls that fail. The functions in inject.c have libc's names and stand in the program itself, so
 * the dynamic linker gives them to every library too: winnow's, LMDB's, libcurl's, OpenSSL's,
 * libuv's and jansson's calls all come here, and libc's own allocations. They do what
 * libc's do, but for the one that was chosen. */
#ifndef CRASH_INJECT_H
#define CRASH_INJECT_H

#include <stdbool.h>

/* constant, name, the calls, what they fail with */
#define INJECT_KINDS(X)                                                                            \
    X(MEMORY, "memory", ENOMEM)  /* malloc, calloc, realloc, posix_memalign */                     \
    X(OPEN, "open", EMFILE)      /* open, openat, socket, eventfd, epoll_create1 */                \
    X(READ, "read", EIO)         /* read, pread, of files */                                       \
    X(WRITE, "write", ENOSPC)    /* write, pwrite, writev, to files */                             \
    X(SHORT, "short", ENOSPC)    /* the same, after half of the bytes */                           \
    X(SYNC, "sync", EIO)         /* fsync, fdatasync */                                            \
    X(MAP, "map", ENOMEM)        /* mmap */                                                        \
    X(NAME, "name", ENOSPC)      /* mkdir, rename, ftruncate */                                    \
    X(READ_ONLY, "erofs", EROFS) /* open to write, mkdir, rename */

enum inject_kind {
#define X(id, name, error) INJECT_##id,
    INJECT_KINDS(X)
#undef X
        INJECT_KIND_COUNT
};

struct inject {
    enum inject_kind kind;
    long at;            /* which call of the kind fails, from 1; 0: none, they are counted */
    bool for_good;      /* and all after it */
    long long ahead_ns; /* of the machine's clocks, at the start */
    bool quick;         /* time passes a hundred times as fast, so that waits are short */
};

void inject_arm(const struct inject *inject);
void inject_disarm(void);
/* How far ahead of the machine's clocks it is now. */
long long inject_ahead_ns(void);
/* Calls of the kind since inject_arm. */
long inject_count(enum inject_kind kind);

#endif
