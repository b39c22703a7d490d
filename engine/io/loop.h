/* A thin owner of the libuv loop: interrupts, and one deadline in engine time.
 *
 * The deadline is looked at again at least once a minute, so that neither a sleep nor a step of
 * the clock makes it late or early by more; an idle loop wakes no oftener. While it is open its
 * thread gets no SIGPIPE; no signal handler is set. */
#ifndef IO_LOOP_H
#define IO_LOOP_H

#include "io/clock.h"
#include "io/interrupt.h"

#include <signal.h>
#include <uv.h>
#include <winnow/error.h>

#define LOOP_CHECK_MS 60000

struct loop_events {
    void *context;
    void (*stopped)(void *context); /* interrupt_stop was called: once for each time */
    void (*asked)(void *context);   /* interrupt_ask was called; NULL: nobody tells */
    void (*due)(void *context);     /* the deadline has come */
};

struct loop {
    uv_loop_t uv;
    uv_timer_t timer;
    uv_poll_t said;
    sigset_t mask; /* of the thread, as it was */
    struct interrupt *interrupt;
    const struct engine_clock *clock;
    struct loop_events events;
    int64_t deadline_ms; /* INT64_MAX: none */
};

/* `interrupt` outlives the loop. What was said before is heard as soon as the loop runs. */
int loop_open(struct loop *l, const struct engine_clock *clock, struct interrupt *interrupt,
              const struct loop_events *events, struct winnow_error *err);
/* Call `due` once at `engine_ms`, not before; replaces the deadline before. INT64_MAX: none. */
void loop_wake_at(struct loop *l, int64_t engine_ms);
/* Until loop_stop. */
void loop_run(struct loop *l);
void loop_stop(struct loop *l);
/* Close its own handles, run until all handles are closed, free. */
void loop_close(struct loop *l);

#endif
