/* Engine time through steps of the wall clock, sleep, restarts and other boots. */
#include "cmocka_all.h"

#include "io/clock.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string.h>

struct machine {
    int64_t boot_ms, wall_ms;
    unsigned char boot; /* 0: the id is not known */
};

static int64_t boot_ms(void *context) {
    return ((struct machine *)context)->boot_ms;
}

static int64_t wall_ms(void *context) {
    return ((struct machine *)context)->wall_ms;
}

static bool boot_id(void *context, unsigned char id[CLOCK_BOOT_ID]) {
    memset(id, ((struct machine *)context)->boot, CLOCK_BOOT_ID);
    return ((struct machine *)context)->boot != 0;
}

static struct clock_source source_of(struct machine *m) {
    return (struct clock_source){boot_ms, wall_ms, boot_id, m};
}

static void test_steps_of_the_wall_clock(void **state) {
    struct machine m = {1000, 5000000, 1};
    struct clock_source source = source_of(&m);
    struct engine_clock c;
    (void)state;
    clock_start(&c, &source, NULL);
    assert_true(clock_now(&c) == 5000000);
    m.boot_ms += 10;
    m.wall_ms = 1; /* back */
    assert_true(clock_now(&c) == 5000010);
    assert_true(clock_wall_offset(&c) == 1 - 5000010);
    m.boot_ms += 10;
    m.wall_ms = 900000000; /* ahead */
    assert_true(clock_now(&c) == 5000020);
    assert_true(clock_wall_offset(&c) == 900000000 - 5000020);
    m.boot_ms += 8 * 3600 * 1000; /* a night's sleep counts */
    assert_true(clock_now(&c) == 5000020 + 8 * 3600 * 1000);
    m.boot_ms = 3; /* no machine does this */
    assert_true(clock_now(&c) == 5000000);
    assert_true(clock_stamp_now(&c).engine_ms == 5000000);
}

/* A process ran from boot 100 and stopped at boot_ms 2000 with engine time 5000; now another
 * starts. */
static void test_restarts(void **state) {
    static const struct {
        const char *what;
        unsigned char boot, last_boot;
        int64_t boot_ms, wall_ms, engine_ms;
    } cases[] = {
        {"same boot, wall clock untouched", 1, 1, 2600, 5600, 5600},
        {"same boot, wall clock set back", 1, 1, 2600, 7, 5600},
        {"same boot, wall clock set ahead", 1, 1, 2600, 99999, 5600},
        {"same boot, at once", 1, 1, 2000, 5000, 5000},
        {"same boot id, less time since boot", 1, 1, 1999, 6000, 6000},
        {"same boot id, less time, wall clock back", 1, 1, 1999, 10, 5000},
        {"another boot", 2, 1, 50, 8000, 8000},
        {"another boot, wall clock back", 2, 1, 50, 8, 5000},
        {"another boot, more time since boot", 2, 1, 9000, 8000, 8000},
        {"boot not known", 0, 1, 2600, 8000, 8000},
        {"boot never known", 0, 0, 2600, 8000, 8000},
        {"boot never known, wall clock back", 0, 0, 2600, 8, 5000},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct machine m = {cases[i].boot_ms, cases[i].wall_ms, cases[i].boot};
        struct clock_source source = source_of(&m);
        struct clock_stamp last = {.boot_ms = 2000, .engine_ms = 5000};
        struct engine_clock c;
        memset(last.boot_id, cases[i].last_boot, CLOCK_BOOT_ID);
        clock_start(&c, &source, &last);
        if (clock_now(&c) != cases[i].engine_ms)
            fail_msg("%s: %lld", cases[i].what, (long long)clock_now(&c));
        m.boot_ms += 40;
        struct clock_stamp stamp = clock_stamp_now(&c);
        assert_true(stamp.engine_ms == cases[i].engine_ms + 40);
        assert_true(stamp.boot_ms == m.boot_ms);
        clock_start(&c, &source, &stamp); /* and the next process goes on from there */
        assert_true(clock_now(&c) >= stamp.engine_ms);
    }
}

static void test_the_machine(void **state) {
    struct engine_clock c;
    (void)state;
    clock_start(&c, NULL, NULL);
    struct clock_stamp stamp = clock_stamp_now(&c);
    assert_true(stamp.engine_ms > 1700000000000);
    assert_true(clock_now(&c) >= stamp.engine_ms);
    stamp.engine_ms += 1000000; /* a stamp of this boot counts, whatever the wall clock says */
    clock_start(&c, NULL, &stamp);
    assert_true(clock_now(&c) >= stamp.engine_ms);
    assert_true(clock_wall_offset(&c) < -900000);
}

/* A child in a time namespace whose boot clock is a day ahead, with the stamp of this one. */
static void go_on_a_day_ahead(const struct clock_stamp *stamp) {
    static const char offset[] = "boottime 86400 0\n";
    struct engine_clock c;
    int status;
    if (unshare(CLONE_NEWTIME) != 0)
        _exit(2);
    int fd = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, offset, sizeof offset - 1) != sizeof offset - 1)
        _exit(2);
    pid_t inside = fork();
    if (inside > 0)
        _exit(waitpid(inside, &status, 0) == inside ? WEXITSTATUS(status) : 1);
    clock_start(&c, NULL, stamp);
    _exit(clock_now(&c) - stamp->engine_ms < INT64_C(3600000) ? 0 : 3);
}

/* A container with a boot clock of its own: the budgets' windows do not end a day early. */
static void test_another_time_namespace(void **state) {
    (void)state;
    struct engine_clock c;
    int status;
    clock_start(&c, NULL, NULL);
    struct clock_stamp stamp = clock_stamp_now(&c);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        go_on_a_day_ahead(&stamp);
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WEXITSTATUS(status) == 2)
        skip(); /* such a namespace is not to be had here */
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps_of_the_wall_clock),
        cmocka_unit_test(test_restarts),
        cmocka_unit_test(test_the_machine),
        cmocka_unit_test(test_another_time_namespace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
