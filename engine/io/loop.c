/* The loop: see loop.h. Happy path: open, wake_at, run until stop, close. Fails only in loop_open,
 * when the system gives no more descriptors. */
#include "io/loop.h"

#include <signal.h>

static void arm(struct loop *l);

static void on_timer(uv_timer_t *timer) {
    struct loop *l = timer->data;
    if (clock_now(l->clock) < l->deadline_ms) {
        arm(l);
        return;
    }
    l->deadline_ms = INT64_MAX; /* before the call, which may set the next */
    l->events.due(l->events.context);
}

static void arm(struct loop *l) {
    int64_t wait_ms = l->deadline_ms - clock_now(l->clock);
    if (wait_ms < 0)
        wait_ms = 0;
    if (wait_ms > LOOP_LOOK_AGAIN_MS)
        wait_ms = LOOP_LOOK_AGAIN_MS;
    uv_update_time(&l->uv); /* a commit may have taken long since the turn began */
    uv_timer_start(&l->timer, on_timer, (uint64_t)wait_ms, 0);
}

static void on_signal(uv_signal_t *handle, int number) {
    struct loop *l = handle->data;
    l->events.signalled(l->events.context, number);
}

static int open_handles(struct loop *l) {
    static const int numbers[] = {SIGINT, SIGTERM, SIGUSR1};
    int code = uv_timer_init(&l->uv, &l->timer);
    l->timer.data = l;
    for (int i = 0; i < 3 && code == 0; i++) {
        code = uv_signal_init(&l->uv, &l->signals[i]);
        l->signals[i].data = l;
    }
    for (int i = 0; i < 3 && code == 0; i++)
        code = uv_signal_start(&l->signals[i], on_signal, numbers[i]);
    return code;
}

int loop_open(struct loop *l, const struct engine_clock *clock, const struct loop_events *events,
              struct winnow_error *err) {
    l->clock = clock;
    l->events = *events;
    l->deadline_ms = INT64_MAX;
    signal(SIGPIPE, SIG_IGN); /* a peer that went away is an error code, not the end */
    int code = uv_loop_init(&l->uv);
    if (code == 0)
        code = open_handles(l);
    if (code == 0)
        return 0;
    return winnow_fail(err, WINNOW_FAILED, "the event loop cannot be opened: %s",
                       uv_strerror(code));
}

void loop_wake_at(struct loop *l, int64_t engine_ms) {
    l->deadline_ms = engine_ms;
    if (engine_ms == INT64_MAX)
        uv_timer_stop(&l->timer);
    else
        arm(l);
}

void loop_run(struct loop *l) {
    uv_run(&l->uv, UV_RUN_DEFAULT);
}

void loop_stop(struct loop *l) {
    uv_stop(&l->uv);
}

void loop_close(struct loop *l) {
    uv_close((uv_handle_t *)&l->timer, NULL);
    for (int i = 0; i < 3; i++)
        uv_close((uv_handle_t *)&l->signals[i], NULL);
    uv_run(&l->uv, UV_RUN_DEFAULT);
    uv_loop_close(&l->uv);
}
