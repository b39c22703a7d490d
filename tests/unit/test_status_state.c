/* How a campaign stands, over all that can be known of it: the table against a second reckoning, and
 * what a person would expect in so many words. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "work/report/status_state.h"

/* Step by step, as one would think it through. */
static enum winnow_run_state thought_through(const struct status_signs *s) {
    if (!s->worker) {
        bool runs = s->note == WINNOW_RUN_RUNNING || s->note == WINNOW_RUN_WAITING ||
                    s->note == WINNOW_RUN_PAUSED;
        if (s->done)
            return WINNOW_RUN_DONE;
        if (s->paused)
            return WINNOW_RUN_PAUSED;
        if (runs)
            return s->last_word ? WINNOW_RUN_STOPPED : WINNOW_RUN_IDLE;
        return s->note == WINNOW_RUN_DONE ? WINNOW_RUN_IDLE : s->note;
    }
    if (s->note_of_another)
        return s->paused ? WINNOW_RUN_PAUSED : WINNOW_RUN_RUNNING;
    return s->note == WINNOW_RUN_DONE ? WINNOW_RUN_IDLE : s->note;
}

static void test_all_of_them(void **state) {
    (void)state;
    for (unsigned bits = 0; bits < 32; bits++)
        for (int note = WINNOW_RUN_IDLE; note <= WINNOW_RUN_DONE; note++) {
            const struct status_signs s = {.worker = (bits & 1) != 0,
                                           .note_of_another = (bits & 2) != 0,
                                           .note = (enum winnow_run_state)note,
                                           .last_word = (bits & 4) != 0,
                                           .paused = (bits & 8) != 0,
                                           .done = (bits & 16) != 0};
            if (status_state(&s) != thought_through(&s))
                fail_msg("signs %u, note %s: %s", bits, winnow_run_state_name(s.note),
                         winnow_run_state_name(status_state(&s)));
        }
}

static void test_in_words(void **state) {
    (void)state;
    const struct {
        struct status_signs signs;
        const char *name;
    } table[] = {
        {{.note = WINNOW_RUN_IDLE}, "idle"},
        {{.worker = true, .note = WINNOW_RUN_WAITING}, "waiting"},
        {{.note = WINNOW_RUN_WAITING}, "idle"},                       /* killed: nobody waits */
        {{.note = WINNOW_RUN_WAITING, .last_word = true}, "stopped"}, /* its disk was full */
        {{.note = WINNOW_RUN_RUNNING, .paused = true}, "paused"},
        {{.worker = true, .note = WINNOW_RUN_STOPPED, .note_of_another = true}, "running"},
        {{.note = WINNOW_RUN_DONE, .done = true}, "done"},
        {{.note = WINNOW_RUN_DONE}, "idle"}, /* there is a new plan */
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        assert_string_equal(winnow_run_state_name(status_state(&table[i].signs)), table[i].name);
}

static void test_an_end_that_nobody_wrote_down(void **state) {
    (void)state;
    struct status_signs s = {.note = WINNOW_RUN_RUNNING};
    assert_true(status_ended_unsaid(&s));
    s.worker = true;
    assert_false(status_ended_unsaid(&s));
    s = (struct status_signs){.note = WINNOW_RUN_STOPPED};
    assert_false(status_ended_unsaid(&s));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_of_them),
        cmocka_unit_test(test_in_words),
        cmocka_unit_test(test_an_end_that_nobody_wrote_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
