/* What the journal says of a budget beside what is stored: at each time whichever of both has more
 * that is so young, and never the sum of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "work/budgets/budgets.h"

#define NOW    INT64_C(1790000000000)
#define PERIOD INT64_C(86400000)

static const struct budget_load one = {.count = 1};

struct pair {
    struct limiter stored, counted;
};

static void open_one(struct limiter *l) {
    static const struct budget_spec spec = {.name = "points",
                                            .limit = 100,
                                            .period_ms = PERIOD,
                                            .costs = {.each = {[ACTION_UNFOLLOW] = 1}}};
    limiter_init(l, PACE_BURST);
    assert_int_equal(limiter_add(l, &spec, NULL), 0);
}

static void open_pair(struct pair *p) {
    open_one(&p->stored);
    open_one(&p->counted);
}

static void close_pair(struct pair *p) {
    limiter_free(&p->stored);
    limiter_free(&p->counted);
}

static void enter(struct limiter *l, int64_t at_ms) {
    assert_int_equal(limiter_hold(l, one, at_ms, NULL), 0);
    limiter_settle(l, one, at_ms);
}

static void adopts(struct pair *p, uint64_t now, uint64_t later) {
    assert_int_equal(budgets_adopt(&p->stored, &p->counted, NOW, NULL), 0);
    struct budget *b = &p->stored.budgets[0];
    assert_int_equal(budget_used(&p->stored, b, NOW), now);
    /* when those of an hour ago are over */
    assert_int_equal(budget_used(&p->stored, b, NOW + PERIOD - 1800000), later);
    close_pair(p);
}

/* A fetch counted what was in flight at a crash as answered at its own time; the run, as in doubt
 * at its own, which was later. */
static void test_the_same_of_a_later_time(void **state) {
    (void)state;
    struct pair p;
    open_pair(&p);
    enter(&p.stored, NOW - 3600000);
    enter(&p.counted, NOW);
    adopts(&p, 1, 1);
}

static void test_the_more_of_both(void **state) {
    (void)state;
    struct pair p;
    open_pair(&p);
    enter(&p.stored, NOW - 3600000);
    enter(&p.stored, NOW - 3600000);
    enter(&p.stored, NOW - 60000);
    enter(&p.counted, NOW - 3600000);
    enter(&p.counted, NOW - 60000);
    enter(&p.counted, NOW);
    adopts(&p, 3, 2);
}

static void test_a_journal_that_knows_nothing(void **state) {
    (void)state;
    struct pair p;
    open_pair(&p);
    enter(&p.stored, NOW - 3600000);
    enter(&p.stored, NOW);
    adopts(&p, 2, 1);
}

static void test_a_budget_that_was_off(void **state) {
    (void)state;
    struct pair p;
    open_pair(&p);
    enter(&p.counted, NOW - 3600000);
    enter(&p.counted, NOW);
    adopts(&p, 2, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_same_of_a_later_time),
        cmocka_unit_test(test_the_more_of_both),
        cmocka_unit_test(test_a_journal_that_knows_nothing),
        cmocka_unit_test(test_a_budget_that_was_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
