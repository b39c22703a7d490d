/* The drain's state machines: every event in every state, what must be true in each, and what a run
 * does after a move that may not happen. */
#include "cmocka_all.h"

#include "core/drain/drain.h"

#include <string.h>

#define NOW INT64_C(1790000000000)
#define NO  99 /* that event may not come there */

static const struct machine_kind lamp = {
    .name = "lamp",
    .states = {"off", "on"},
    .events = {"press", "break"},
    .next = {[0] = {[0] = TO(1)}, [1] = {[0] = TO(0), [1] = TO(0)}},
};

static void test_a_table(void **state) {
    struct machine_fault fault = {0};
    uint8_t at = 0;
    (void)state;
    assert_true(machine_move(&lamp, &at, 0, &fault));
    assert_int_equal(at, 1);
    assert_true(machine_move(&lamp, &at, 1, &fault));
    assert_int_equal(at, 0);
    assert_string_equal(fault.text, "");
    assert_false(machine_move(&lamp, &at, 1, &fault));
    assert_int_equal(at, 0);
    assert_string_equal(fault.text, "lamp: \"break\" came in state \"off\"");
    machine_holds(&lamp, at, false, "nothing else", &fault);
    assert_string_equal(fault.text, "lamp: \"break\" came in state \"off\""); /* the first stays */
    fault.text[0] = '\0';
    machine_holds(&lamp, at, true, "it is dark", &fault);
    assert_string_equal(fault.text, "");
    machine_holds(&lamp, at, false, "it is dark", &fault);
    assert_string_equal(fault.text, "lamp, \"off\": not so: it is dark");
}

static void check_moved(bool moved, const struct machine_fault *fault, uint8_t now, uint8_t before,
                        uint8_t expected) {
    assert_int_equal(moved, expected != NO);
    assert_int_equal(now, expected != NO ? expected : before);
    assert_int_equal(fault->text[0] != '\0', expected == NO);
}

static void test_entry(void **state) {
    static const uint8_t expected[6][6] = {
        /* take, again, ask, settle, restore, grow old */
        [ENTRY_PENDING] = {ENTRY_IN_FLIGHT, NO, NO, ENTRY_SETTLED, ENTRY_WAITING, NO},
        [ENTRY_IN_FLIGHT] = {NO, ENTRY_WAITING, ENTRY_TO_BE_ASKED, ENTRY_SETTLED, NO, NO},
        [ENTRY_WAITING] = {ENTRY_IN_FLIGHT, NO, NO, ENTRY_SETTLED, NO, NO},
        [ENTRY_TO_BE_ASKED] = {ENTRY_ASKED, NO, NO, ENTRY_SETTLED, NO, ENTRY_WAITING},
        [ENTRY_ASKED] = {NO, ENTRY_WAITING, ENTRY_TO_BE_ASKED, ENTRY_SETTLED, NO, NO},
        [ENTRY_SETTLED] = {NO, NO, NO, NO, NO, NO},
    };
    (void)state;
    for (uint8_t from = 0; from < 6; from++)
        for (uint8_t event = 0; event < 6; event++) {
            struct machine_fault fault = {0};
            uint8_t to = expected[from][event] != NO ? expected[from][event] : from;
            bool asks = to == ENTRY_TO_BE_ASKED || to == ENTRY_ASKED;
            struct drain_entry e = {.state = from, .ask = asks};
            bool moved = drain_entry_move(&e, event, &fault);
            check_moved(moved, &fault, e.state, from, expected[from][event]);
        }
    struct machine_fault fault = {0};
    struct drain_entry e = {.ask = 1}; /* a question of one that is to be sent */
    drain_entry_move(&e, ENTRY_TAKE, &fault);
    assert_non_null(strstr(fault.text, "entry, \"in flight\": not so"));
}

static void test_token(void **state) {
    static const uint8_t expected[3][5] = {
        /* is due, ask, renewed, taken, fails */
        [TOKEN_GOOD] = {TOKEN_WANTED, NO, NO, NO, NO},
        [TOKEN_WANTED] = {TOKEN_WANTED, TOKEN_ASKING, NO, NO, NO},
        [TOKEN_ASKING] = {TOKEN_ASKING, NO, TOKEN_GOOD, TOKEN_GOOD, TOKEN_WANTED},
    };
    (void)state;
    for (uint8_t from = 0; from < 3; from++)
        for (uint8_t event = 0; event < 5; event++) {
            struct machine_fault fault = {0};
            struct drain_token t = {.state = from};
            bool moved = drain_token_move(&t, event, NOW, 0, &fault);
            check_moved(moved, &fault, t.state, from, expected[from][event]);
        }
    struct machine_fault fault = {0};
    struct drain_token t = {.state = TOKEN_WANTED};
    drain_token_move(&t, TOKEN_ASK, NOW, 1, &fault); /* with a request in the air */
    assert_non_null(strstr(fault.text, "token, \"asking\": not so"));
}

static void test_precheck(void **state) {
    static const uint8_t expected[4][7] = {
        /* ask, answered, fails, all known, all left, grow old, end */
        [PRECHECK_OFF] = {NO, NO, NO, NO, NO, NO, PRECHECK_OFF},
        [PRECHECK_NEEDED] = {PRECHECK_ASKING, NO, NO, PRECHECK_KNOWN, NO, NO, PRECHECK_OFF},
        [PRECHECK_ASKING] = {NO, PRECHECK_KNOWN, PRECHECK_NEEDED, NO, NO, NO, NO},
        [PRECHECK_KNOWN] = {NO, NO, NO, NO, PRECHECK_NEEDED, PRECHECK_NEEDED, PRECHECK_OFF},
    };
    (void)state;
    for (uint8_t from = 0; from < 4; from++)
        for (uint8_t event = 0; event < 7; event++) {
            struct machine_fault fault = {0};
            bool asks = from == PRECHECK_ASKING || event == PRECHECK_ASK;
            struct drain_precheck p = {.state = from,
                                       .asking = asks ? 3 : 0,
                                       .known_to = from == PRECHECK_KNOWN ? 13 : 10};
            bool moved = drain_precheck_move(&p, event, 10, 3, NOW, &fault);
            check_moved(moved, &fault, p.state, from, expected[from][event]);
        }
    struct machine_fault fault = {0};
    struct drain_precheck p = {.state = PRECHECK_NEEDED};
    drain_precheck_move(&p, PRECHECK_ALL_KNOWN, 10, 0, NOW, &fault); /* of nobody */
    assert_non_null(strstr(fault.text, "precheck, \"known\": not so"));
}

/* Old once for the same entry, so that it can leave at last. */
static void test_precheck_grows_old_once(void **state) {
    struct machine_fault fault = {0};
    struct drain_precheck p = {.state = PRECHECK_KNOWN, .known_to = 12, .known_at_ms = NOW};
    (void)state;
    drain_precheck_age(&p, 10, NOW + DRAIN_PRECHECK_FRESH_MS, &fault);
    assert_int_equal(p.state, PRECHECK_KNOWN);
    drain_precheck_age(&p, 10, NOW + DRAIN_PRECHECK_FRESH_MS + 1, &fault);
    assert_int_equal(p.state, PRECHECK_NEEDED);
    p = (struct drain_precheck){PRECHECK_KNOWN, 12, .known_at_ms = NOW, .forgotten = p.forgotten};
    drain_precheck_age(&p, 10, NOW + 2 * DRAIN_PRECHECK_FRESH_MS, &fault);
    assert_int_equal(p.state, PRECHECK_KNOWN);
    drain_precheck_pass(&p, 11, &fault);
    assert_int_equal(p.state, PRECHECK_KNOWN);
    drain_precheck_age(&p, 11, NOW + 2 * DRAIN_PRECHECK_FRESH_MS, &fault); /* another entry */
    assert_int_equal(p.state, PRECHECK_NEEDED);
    p.state = PRECHECK_KNOWN;
    p.known_to = 12;
    drain_precheck_pass(&p, 12, &fault);
    assert_int_equal(p.state, PRECHECK_NEEDED);
    assert_string_equal(fault.text, "");
}

static void test_trouble(void **state) {
    struct machine_fault fault = {0};
    struct drain_trouble t = {0};
    (void)state;
    drain_trouble_move(&t, TROUBLE_FAILS, &fault);
    drain_trouble_move(&t, TROUBLE_FAILS, &fault);
    assert_int_equal(t.state, TROUBLE_FAILING);
    assert_int_equal(t.failures, 2);
    drain_trouble_move(&t, TROUBLE_IS_WELL, &fault);
    assert_int_equal(t.state, TROUBLE_CALM);
    assert_int_equal(t.failures, 0);
    drain_trouble_doubt(&t, 7, &fault);
    drain_trouble_doubt(&t, 7, &fault);
    drain_trouble_doubt(&t, 8, &fault);
    assert_int_equal(t.state, TROUBLE_DOUBTFUL);
    assert_int_equal(t.streak, 2);
    drain_trouble_move(&t, TROUBLE_IS_WELL, &fault); /* a read says nothing of those two */
    assert_int_equal(t.state, TROUBLE_DOUBTFUL);
    drain_trouble_move(&t, TROUBLE_FAILS, &fault);
    assert_int_equal(t.streak, 2);
    drain_trouble_move(&t, TROUBLE_SUCCESS, &fault);
    assert_int_equal(t.state, TROUBLE_CALM);
    assert_int_equal(t.streak, 0);
    assert_true(t.well);
    assert_string_equal(fault.text, "");
    t.streak = 1;
    drain_trouble_move(&t, TROUBLE_FAILS, &fault);
    assert_non_null(strstr(fault.text, "trouble, \"failing\": not so"));
}

static void test_run(void **state) {
    struct machine_fault fault = {0};
    struct drain_run r = {0};
    (void)state;
    drain_run_move(&r, RUN_PAUSE, &fault);
    assert_int_equal(r.phase, DRAIN_PAUSED);
    drain_run_move(&r, RUN_RESUME, &fault);
    assert_int_equal(r.phase, DRAIN_RUNNING);
    drain_run_move(&r, RUN_PAUSE, &fault);
    drain_run_stop(&r, WINNOW_SAFETY, "first", &fault);
    drain_run_stop(&r, WINNOW_STOPPED, "second", &fault);
    drain_run_move(&r, RUN_RESUME, &fault);
    assert_int_equal(r.phase, DRAIN_STOPPING);
    assert_int_equal(r.end_code, WINNOW_SAFETY);
    assert_string_equal(r.end_reason, "first");
    assert_string_equal(fault.text, "");
}

/* What may not happen ends the run before anything more leaves, and says what it was. */
static void test_fault_ends_the_run(void **state) {
    static const struct budget_spec wide = {.name = "u",
                                            .limit = 1000000,
                                            .period_ms = 60000,
                                            .costs = {.each = {[ACTION_UNFOLLOW] = 1}}};
    struct limiter limiter;
    struct drain drain;
    struct drain_step step;
    (void)state;
    limiter_init(&limiter, PACE_BURST);
    assert_int_equal(limiter_add(&limiter, &wide, NULL), 0);
    assert_int_equal(drain_open(&drain, &drain_defaults, &limiter, 5, 0, NULL), 0);
    drain_next(&drain, NOW, &step);
    assert_int_equal(step.what, DRAIN_SEND);
    drain_token_renewed(&drain, NOW); /* nobody asked for one */
    drain_next(&drain, NOW, &step);
    assert_int_equal(step.what, DRAIN_END);
    assert_int_equal(step.code, WINNOW_FAILED);
    assert_non_null(strstr(step.reason, "(token: \"renewed\" came in state \"good\")"));
    assert_non_null(strstr(step.reason, "`winnow run` goes on"));
    drain_close(&drain);
    limiter_free(&limiter);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_table),
        cmocka_unit_test(test_entry),
        cmocka_unit_test(test_token),
        cmocka_unit_test(test_precheck),
        cmocka_unit_test(test_precheck_grows_old_once),
        cmocka_unit_test(test_trouble),
        cmocka_unit_test(test_run),
        cmocka_unit_test(test_fault_ends_the_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
