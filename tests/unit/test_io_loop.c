/* The loop: interrupts, the deadline in engine time, and how often an idle loop wakes. */
#include "cmocka_all.h"

#include "io/loop.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

struct seen {
    struct loop loop;
    struct engine_clock clock;
    int64_t boot_ms;
    int64_t asked; /* how often the clock was read */
    int64_t due_at_ms;
    unsigned due;
    struct interrupt interrupt;
    unsigned stopped, asked_for;
};

/* A clock that gains a step with every look. */
static int64_t boot_ms(void *context) {
    struct seen *s = context;
    s->asked++;
    return s->boot_ms;
}

static int64_t wall_ms(void *context) {
    (void)context;
    return 1000000;
}

static bool boot_id(void *context, unsigned char id[CLOCK_BOOT_ID]) {
    (void)context;
    memset(id, 1, CLOCK_BOOT_ID);
    return true;
}

static void on_due(void *context) {
    struct seen *s = context;
    s->due++;
    s->due_at_ms = clock_now(&s->clock);
    loop_stop(&s->loop);
}

static void on_stopped(void *context) {
    struct seen *s = context;
    s->stopped++;
    loop_stop(&s->loop);
}

static void on_asked(void *context) {
    struct seen *s = context;
    s->asked_for++;
    loop_stop(&s->loop);
}

static void open_loop(struct seen *s, const struct clock_source *source) {
    struct loop_events events = {s, on_stopped, on_asked, on_due};
    struct winnow_error err = {0};
    clock_start(&s->clock, source, NULL);
    if (s->interrupt.fd <= 0)
        assert_int_equal(interrupt_open(&s->interrupt, &err), 0);
    assert_int_equal(loop_open(&s->loop, &s->clock, &s->interrupt, &events, &err), 0);
}

static void close_all(struct seen *s) {
    loop_close(&s->loop);
    interrupt_close(&s->interrupt);
}

static struct interrupt *in_handler;

static void on_signal(int number) {
    (void)number;
    interrupt_stop(in_handler);
}

static void test_stopped_and_asked(void **state) {
    struct seen s = {0};
    (void)state;
    open_loop(&s, NULL);
    interrupt_ask(&s.interrupt);
    loop_run(&s.loop);
    assert_int_equal(s.asked_for, 1);
    assert_int_equal(s.stopped, 0);
    in_handler = &s.interrupt;
    signal(SIGUSR2, on_signal);
    raise(SIGUSR2);
    loop_run(&s.loop);
    assert_int_equal(s.stopped, 1);
    signal(SIGUSR2, SIG_DFL);
    interrupt_stop(&s.interrupt); /* twice before it is heard: leave at once */
    interrupt_stop(&s.interrupt);
    loop_run(&s.loop);
    assert_int_equal(s.stopped, 3);
    assert_int_equal(s.asked_for, 1);
    close_all(&s);
}

/* What is said while no loop is open waits for the next; what was taken does not. */
static void test_said_before(void **state) {
    struct seen s = {0};
    struct winnow_error err = {0};
    (void)state;
    assert_int_equal(interrupt_open(&s.interrupt, &err), 0);
    interrupt_stop(&s.interrupt);
    open_loop(&s, NULL);
    loop_run(&s.loop);
    assert_int_equal(s.stopped, 1);
    loop_close(&s.loop);
    interrupt_stop(&s.interrupt);
    (void)interrupt_take(&s.interrupt);
    open_loop(&s, NULL);
    loop_wake_at(&s.loop, 0);
    loop_run(&s.loop);
    assert_int_equal(s.due, 1);
    assert_int_equal(s.stopped, 1);
    close_all(&s);
}

static int actions_taken(struct sigaction *out) {
    int count = 0;
    for (int number = 1; number < 32; number++)
        if (number != SIGKILL && number != SIGSTOP && sigaction(number, NULL, &out[number]) == 0)
            count++;
    return count;
}

/* A library leaves the process's signals alone. A pipe whose reader went away ends nobody, and is
 * forgotten afterwards. */
static void test_leaves_signals_alone(void **state) {
    struct seen s = {0};
    static struct sigaction before[32], within[32];
    sigset_t mask;
    (void)state;
    int count = actions_taken(before);
    open_loop(&s, NULL);
    assert_int_equal(actions_taken(within), count);
    for (int number = 1; number < 32; number++)
        assert_ptr_equal(before[number].sa_handler, within[number].sa_handler);
    raise(SIGPIPE);
    close_all(&s);
    sigpending(&mask);
    assert_false(sigismember(&mask, SIGPIPE));
    sigprocmask(SIG_SETMASK, NULL, &mask);
    assert_false(sigismember(&mask, SIGPIPE));
}

static void test_due_not_before(void **state) {
    struct seen s = {0};
    (void)state;
    open_loop(&s, NULL);
    for (int i = 0; i < 5; i++) {
        int64_t at_ms = clock_now(&s.clock) + i * 5;
        loop_wake_at(&s.loop, at_ms);
        loop_run(&s.loop);
        assert_int_equal(s.due, i + 1);
        assert_true(s.due_at_ms >= at_ms);
    }
    close_all(&s);
}

/* Deadlines already past, set from `due` itself, do not keep the sockets from their turn. */
static unsigned turns;

static void on_turn(uv_check_t *check) {
    (void)check;
    turns++;
}

static void due_again(void *context) {
    struct seen *s = context;
    if (++s->due == 20)
        loop_stop(&s->loop);
    else
        loop_wake_at(&s->loop, 0);
}

static void test_past_deadlines_let_others_in(void **state) {
    struct seen s = {0};
    uv_check_t check;
    (void)state;
    turns = 0;
    open_loop(&s, NULL);
    s.loop.events.due = due_again;
    uv_check_init(&s.loop.uv, &check);
    uv_check_start(&check, on_turn);
    loop_wake_at(&s.loop, 0);
    loop_run(&s.loop);
    assert_int_equal(s.due, 20);
    assert_true(turns >= 19);
    close_all(&s); /* closes the check handle too */
}

/* libuv's timer fires early for the engine's clock (the machine slept the other way round): due
 * waits for the engine's clock. */
static void test_timer_early(void **state) {
    struct seen s = {0};
    struct clock_source source = {boot_ms, wall_ms, boot_id, &s};
    (void)state;
    open_loop(&s, &source);
    loop_wake_at(&s.loop, 1000003);
    for (int i = 0; i < 20 && s.due == 0; i++) {
        uv_run(&s.loop.uv, UV_RUN_ONCE);
        assert_true(s.due == 0 || s.boot_ms >= 3);
        s.boot_ms += i % 2;
    }
    assert_int_equal(s.due, 1);
    assert_true(s.due_at_ms >= 1000003);
    close_all(&s);
}

/* A far deadline is looked at once a minute; without one, never. No waiting here: what counts is
 * how long the loop would sleep. */
static void test_idle_wakes_once_a_minute(void **state) {
    struct seen s = {0};
    (void)state;
    open_loop(&s, NULL);
    uv_run(&s.loop.uv, UV_RUN_NOWAIT); /* hands the descriptors to the kernel */
    assert_int_equal(uv_backend_timeout(&s.loop.uv), -1);
    loop_wake_at(&s.loop, clock_now(&s.clock) + 15 * 60 * 1000);
    int timeout_ms = uv_backend_timeout(&s.loop.uv);
    assert_true(timeout_ms > LOOP_CHECK_MS - 1000 && timeout_ms <= LOOP_CHECK_MS);
    loop_wake_at(&s.loop, INT64_MAX);
    assert_int_equal(uv_backend_timeout(&s.loop.uv), -1);
    loop_wake_at(&s.loop, INT64_MAX - 1);
    assert_true(uv_backend_timeout(&s.loop.uv) <= LOOP_CHECK_MS);
    loop_wake_at(&s.loop, INT64_MIN);
    assert_true(uv_backend_timeout(&s.loop.uv) <= 1);
    close_all(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stopped_and_asked),
        cmocka_unit_test(test_said_before),
        cmocka_unit_test(test_leaves_signals_alone),
        cmocka_unit_test(test_due_not_before),
        cmocka_unit_test(test_past_deadlines_let_others_in),
        cmocka_unit_test(test_timer_early),
        cmocka_unit_test(test_idle_wakes_once_a_minute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
