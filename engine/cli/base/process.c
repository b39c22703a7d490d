/* Makes the process fit to hold a credential for months.
 *
 * Happy path: every call succeeds. Where one does not (an old kernel, a sandbox) the program
 * works on without it: none of them is needed for what it does, only for what must not leak. */
#include "cli/base/process.h"

#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* A closed descriptor would be given to the next file opened, and messages written into the
 * store. Descriptor 0 is opened for writing and 1 and 2 for reading, so that their use is still
 * an error. */
static void descriptors_fill(void) {
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) != -1)
            continue;
        int got = open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
        if (got != -1 && got != fd)
            close(got);
    }
}

/* jansson overruns its buffer, or loses letters, when it is refused memory while it reads a text.
 * At any moment the command can end and be given again, so here it ends. */
static void *json_memory(size_t size) {
    static const char words[] = "winnow: out of memory; close other programs, then give the same "
                                "command again\n";
    void *at = malloc(size);
    if (at != NULL || size == 0)
        return at;
    (void)!write(STDERR_FILENO, words, sizeof words - 1);
    _exit(1);
}

void process_harden(void) {
    json_set_alloc_funcs(json_memory, free);
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    descriptors_fill();
    umask(S_IRWXG | S_IRWXO);
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGPIPE, &ignore, NULL);
    sigaction(SIGXFSZ, &ignore, NULL);
    /* libcurl's TLS library would write each session's secrets to that file. */
    unsetenv("SSLKEYLOGFILE");
}
