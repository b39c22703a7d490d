/* One try in a process of its own: what kills it, or keeps it from ending, is a result like others.
 * Happy path: child_run calls `body` in a child and hands back what it wrote into the shared page.
 */
#ifndef CRASH_CHILD_H
#define CRASH_CHILD_H

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHILD_SECONDS 120 /* what runs longer hangs */

/* There in a build that measures coverage, which would not see what a child has run. */
extern void __gcov_dump(void) __attribute__((weak));

struct child {
    int result;      /* of `body`; -1 as long as it has not returned */
    int status;      /* it ended with, when `body` did not return */
    int signal;      /* that ended it; 0: none */
    char text[1200]; /* what it has to say */
};

static inline struct child *child_new(void) {
    struct child *c =
        mmap(NULL, sizeof *c, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (c == MAP_FAILED)
        abort();
    return c;
}

static inline void child_run(struct child *c, int (*body)(struct child *c, void *context),
                             void *context) {
    const struct rlimit none = {0, 0};
    int status = 0;
    *c = (struct child){.result = -1};
    fflush(NULL);
    pid_t pid = fork();
    if (pid < 0)
        abort();
    if (pid == 0) {
        setrlimit(RLIMIT_CORE, &none);
        alarm(CHILD_SECONDS);
        c->result = body(c, context);
        if (__gcov_dump != NULL)
            __gcov_dump();
        _exit(0);
    }
    if (waitpid(pid, &status, 0) != pid)
        abort();
    c->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    if (WIFSIGNALED(status))
        c->signal = WTERMSIG(status);
}

#endif
