/* Interrupts: see interrupt.h. Happy path: open, stop or ask from anywhere, take, close. */
#include "io/interrupt.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

_Static_assert(ATOMIC_INT_LOCK_FREE == 2, "a signal handler may not wait for a lock");

int interrupt_open(struct interrupt *i, struct winnow_error *err) {
    atomic_init(&i->stops, 0);
    atomic_init(&i->asks, 0);
    i->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (i->fd >= 0)
        return 0;
    return winnow_fail(err, WINNOW_FAILED,
                       "the kernel gives no descriptor (%s): raise the limit (ulimit -n)",
                       strerror(errno));
}

void interrupt_close(struct interrupt *i) {
    if (i->fd >= 0)
        close(i->fd);
    i->fd = -1;
}

/* The interrupted code must find its errno. A full counter is readable already. */
static void wake(const struct interrupt *i) {
    const uint64_t one = 1;
    int before = errno;
    (void)!write(i->fd, &one, sizeof one);
    errno = before;
}

void interrupt_stop(struct interrupt *i) {
    atomic_fetch_add(&i->stops, 1);
    wake(i);
}

void interrupt_ask(struct interrupt *i) {
    atomic_fetch_add(&i->asks, 1);
    wake(i);
}

/* The descriptor first: whoever speaks behind it makes it readable again. */
struct interrupt_said interrupt_take(struct interrupt *i) {
    uint64_t count;
    (void)!read(i->fd, &count, sizeof count);
    return (struct interrupt_said){atomic_exchange(&i->stops, 0), atomic_exchange(&i->asks, 0)};
}
