/* The loop: see loop.h. Happy path: open, wake_at, run, `due`, wake_at, ..., stop, close. Fails at
 * open only, when the kernel gives no descriptors.
 *
 * libuv's timers run on CLOCK_MONOTONIC, which stands still during a machine's sleep; so a timer is
 * set for a minute at most, and what decides is the engine's clock when it fires. */
#include "io/loop.h"

#include <pthread.h>
#include <time.h>
#include <unistd.h>

static void on_timer(uv_timer_t *timer);

/* At least 1 ms: a timer of 0 set from its own callback would run before any socket does. */
static void arm(struct loop *l, int64_t now_ms) {
    int64_t wait_ms = l->deadline_ms > now_ms ? l->deadline_ms - now_ms : 1;
    if (wait_ms > LOOP_CHECK_MS)
        wait_ms = LOOP_CHECK_MS;
    uv_update_time(&l->uv); /* the loop may have been blocked by a commit */
    uv_timer_start(&l->timer, on_timer, (uint64_t)wait_ms, 0);
}

static void on_timer(uv_timer_t *timer) {
    struct loop *l = timer->data;
    int64_t now_ms = clock_now(l->clock);
    if (now_ms < l->deadline_ms) {
        arm(l, now_ms);
        return;
    }
    l->deadline_ms = INT64_MAX;
    l->events.due(l->events.context);
}

static void on_said(uv_poll_t *poll, int status, int events) {
    struct loop *l = poll->data;
    (void)status;
    (void)events;
    struct interrupt_said said = interrupt_take(l->interrupt);
    while (said.stops-- > 0)
        l->events.stopped(l->events.context);
    while (l->events.asked != NULL && said.asks-- > 0)
        l->events.asked(l->events.context);
}

/* A peer that hangs up must not end the process, and a library may not change how the process takes
 * signals: so this thread holds SIGPIPE back, and drops it before it lets go. */
static void hold_sigpipe(sigset_t *before) {
    sigset_t pipes;
    sigemptyset(&pipes);
    sigaddset(&pipes, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipes, before);
}

static void release_sigpipe(const sigset_t *before) {
    const struct timespec at_once = {0, 0};
    sigset_t pipes;
    if (sigismember(before, SIGPIPE) == 1)
        return;
    sigemptyset(&pipes);
    sigaddset(&pipes, SIGPIPE);
    while (sigtimedwait(&pipes, NULL, &at_once) == SIGPIPE)
        continue;
    pthread_sigmask(SIG_SETMASK, before, NULL);
}

/* libuv calls abort when it gets no descriptors for itself: so see first that some are left. */
#define DESCRIPTORS 16

static bool descriptors_left(void) {
    int taken[DESCRIPTORS];
    int count = 0;
    while (count < DESCRIPTORS && (taken[count] = dup(STDERR_FILENO)) >= 0)
        count++;
    for (int i = 0; i < count; i++)
        close(taken[i]);
    return count == DESCRIPTORS;
}

int loop_open(struct loop *l, const struct engine_clock *clock, struct interrupt *interrupt,
              const struct loop_events *events, struct winnow_error *err) {
    *l = (struct loop){
        .clock = clock, .interrupt = interrupt, .events = *events, .deadline_ms = INT64_MAX};
    if (!descriptors_left())
        return winnow_fail(err, WINNOW_FAILED,
                           "too few descriptors are left for a run: raise the limit (ulimit -n)");
    int code = uv_loop_init(&l->uv);
    if (code != 0)
        return winnow_fail(err, WINNOW_FAILED, "the event loop cannot start: %s",
                           uv_strerror(code));
    hold_sigpipe(&l->mask);
    uv_timer_init(&l->uv, &l->timer);
    l->timer.data = l;
    code = uv_poll_init(&l->uv, &l->said, interrupt->fd);
    l->said.data = l;
    if (code == 0)
        code = uv_poll_start(&l->said, UV_READABLE, on_said);
    if (code == 0)
        return 0;
    loop_close(l);
    return winnow_fail(err, WINNOW_FAILED, "the event loop cannot start: %s", uv_strerror(code));
}

void loop_wake_at(struct loop *l, int64_t engine_ms) {
    if (engine_ms == l->deadline_ms && uv_is_active((uv_handle_t *)&l->timer))
        return;
    l->deadline_ms = engine_ms;
    if (engine_ms == INT64_MAX)
        uv_timer_stop(&l->timer);
    else
        arm(l, clock_now(l->clock));
}

void loop_run(struct loop *l) {
    uv_run(&l->uv, UV_RUN_DEFAULT);
}

void loop_stop(struct loop *l) {
    uv_stop(&l->uv);
}

static void close_open(uv_handle_t *handle, void *context) {
    (void)context;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

void loop_close(struct loop *l) {
    uv_walk(&l->uv, close_open, NULL);
    while (uv_loop_close(&l->uv) == UV_EBUSY)
        uv_run(&l->uv, UV_RUN_DEFAULT);
    release_sigpipe(&l->mask);
}
