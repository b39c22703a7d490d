/* "Stop" and "tell how it stands", said to a long call from outside: by a signal handler or another
 * thread. The call's loop hears of it (loop.h); what comes while no loop is open waits for the next.
 *
 * interrupt_open fails when the kernel gives no descriptor. The others cannot fail. */
#ifndef IO_INTERRUPT_H
#define IO_INTERRUPT_H

#include <stdatomic.h>
#include <stdint.h>
#include <winnow/error.h>

struct interrupt {
    int fd; /* an eventfd, readable while something was said; the numbers say what */
    atomic_uint stops, asks;
};

int interrupt_open(struct interrupt *i, struct winnow_error *err);
void interrupt_close(struct interrupt *i);

/* Safe in signal handlers (signal-safety(7): write, and atomics without locks). */
void interrupt_stop(struct interrupt *i);
void interrupt_ask(struct interrupt *i);

/* How often each was said since; from here on it is forgotten. */
struct interrupt_said {
    unsigned stops, asks;
};
struct interrupt_said interrupt_take(struct interrupt *i);

#endif
