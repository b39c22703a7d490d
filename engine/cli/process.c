/* Makes the process fit to hold a credential for months.
 *
 * Happy path: every call succeeds. Where one does not (an old kernel, a sandbox) the program
 * works on without it: none of them is needed for what it does, only for what must not leak. */
#include "process.h"

#include <fcntl.h>
#include <signal.h>
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

void process_harden(void) {
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    descriptors_fill();
    umask(S_IRWXG | S_IRWXO);
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGPIPE, &ignore, NULL);
}
