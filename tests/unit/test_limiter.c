/* The limiter, row by row: ask, fit, hold, settle, release, observe, block, never, and the stored
 * images. What it promises as a whole: test_limiter_property.c. */
#include "cmocka_all.h"

#include "core/base/bytes.h"
#include "core/limiter/limiter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOW    INT64_C(1790000000000)
#define PERIOD INT64_C(900000)
#define KEPT   (PERIOD + 90 + 2) /* with the drift of two clocks, and rounding */

static const struct budget_load one = {.count = 1, .write = true, .read = false};
static const struct budget_load one_read = {.read = true};

static struct budget_spec spec_of(enum budget_kind kind, uint64_t limit, int64_t period_ms) {
    return (struct budget_spec){.name = "u",
                                .kind = kind,
                                .limit = limit,
                                .period_ms = period_ms,
                                .costs = {.each = {[ACTION_UNFOLLOW] = 1}}};
}

static void open_one(struct limiter *l, enum pace pace, enum budget_kind kind, uint64_t limit) {
    struct budget_spec spec = spec_of(kind, limit, kind == BUDGET_TOTAL ? 0 : PERIOD);
    limiter_init(l, pace);
    assert_int_equal(limiter_add(l, &spec, NULL), 0);
}

static void hold(struct limiter *l, uint32_t unfollows, int64_t now) {
    struct budget_load load = {.count = unfollows, .write = true};
    assert_true(limiter_ask(l, load, now).granted);
    assert_int_equal(limiter_hold(l, load, now, NULL), 0);
}

static void settle(struct limiter *l, uint32_t unfollows, int64_t now) {
    limiter_settle(l, (struct budget_load){.count = unfollows, .write = true}, now);
}

static void use(struct limiter *l, uint32_t unfollows, int64_t now) {
    hold(l, unfollows, now);
    settle(l, unfollows, now);
}

static int64_t ready_at(struct limiter *l, uint32_t unfollows, int64_t now) {
    struct limiter_answer a =
        limiter_ask(l, (struct budget_load){.count = unfollows, .write = true}, now);
    assert_false(a.never);
    assert_int_equal(a.granted, a.at_ms == now);
    assert_int_equal(a.granted, a.why == NULL);
    return a.at_ms;
}

static void test_add_refuses(void **state) {
    (void)state;
    struct limiter l;
    struct winnow_error err = {0};
    static const struct {
        enum budget_kind kind;
        uint64_t limit;
        int64_t period_ms;
        int result;
    } rows[] = {
        {BUDGET_SLIDING, 1, 1, 0},   {BUDGET_SLIDING, 0, 1, -1}, {BUDGET_SLIDING, 1, 0, -1},
        {BUDGET_SLIDING, 1, -5, -1}, {BUDGET_TOTAL, 1, 0, 0},    {BUDGET_TOTAL, 0, 0, -1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        limiter_init(&l, PACE_BURST);
        struct budget_spec spec = spec_of(rows[i].kind, rows[i].limit, rows[i].period_ms);
        err.code = WINNOW_OK;
        assert_int_equal(limiter_add(&l, &spec, &err), rows[i].result);
        assert_int_equal(err.code, rows[i].result == 0 ? WINNOW_OK : WINNOW_USAGE);
        limiter_free(&l);
    }
    limiter_init(&l, PACE_BURST);
    struct budget_spec spec = spec_of(BUDGET_SLIDING, 1, 1);
    for (int i = 0; i < BUDGETS_MAX; i++)
        assert_int_equal(limiter_add(&l, &spec, &err), 0);
    assert_int_equal(limiter_add(&l, &spec, &err), -1);
    limiter_free(&l);
}

/* It grants `limit` in a period, from the answer on, and not one more. */
static void test_a_span_of_the_period(void **state) {
    (void)state;
    struct limiter l;
    open_one(&l, PACE_BURST, BUDGET_SLIDING, 3);
    hold(&l, 1, NOW);
    hold(&l, 1, NOW);
    settle(&l, 1, NOW + 1000); /* the server may have counted it as late as that */
    settle(&l, 1, NOW + 5000);
    use(&l, 1, NOW + 6000);
    assert_int_equal(ready_at(&l, 1, NOW + 6000), NOW + 1000 + KEPT);
    assert_int_equal(ready_at(&l, 2, NOW + 6000), NOW + 5000 + KEPT);
    assert_int_equal(ready_at(&l, 3, NOW + 6000), NOW + 6000 + KEPT);
    assert_int_equal(ready_at(&l, 1, NOW + 999 + KEPT), NOW + 1000 + KEPT);
    assert_int_equal(ready_at(&l, 1, NOW + 1000 + KEPT), NOW + 1000 + KEPT);
    assert_int_equal(ready_at(&l, 4, NOW + 6000), INT64_MAX); /* never fits: split it */
    limiter_free(&l);
}

/* A period is kept longer than it is, by the drift of clocks. */
static void test_drift_is_allowed_for(void **state) {
    (void)state;
    static const int64_t periods[] = {10, 2000, 900000, 86400000, INT64_C(2592000000)};
    for (size_t i = 0; i < 5; i++) {
        struct limiter l;
        struct budget_spec spec = spec_of(BUDGET_SLIDING, 1, periods[i]);
        limiter_init(&l, PACE_BURST);
        assert_int_equal(limiter_add(&l, &spec, NULL), 0);
        use(&l, 1, NOW);
        int64_t kept = ready_at(&l, 1, NOW) - NOW;
        assert_true(kept * 10000 >= periods[i] * 10001);
        assert_true(kept <= periods[i] + periods[i] / 10000 + 2);
        limiter_free(&l);
    }
}

static void test_held_counts_until_answered(void **state) {
    (void)state;
    struct limiter l;
    open_one(&l, PACE_BURST, BUDGET_SLIDING, 2);
    hold(&l, 2, NOW);
    /* However long the answer takes. */
    assert_int_equal(ready_at(&l, 1, NOW + 5 * KEPT), INT64_MAX);
    assert_int_equal(budget_used(&l, &l.budgets[0], NOW), 2);
    limiter_release(&l, one);
    assert_int_equal(budget_used(&l, &l.budgets[0], NOW), 1);
    hold(&l, 1, NOW);
    limiter_release(&l, one);
    limiter_release(&l, one);
    limiter_release(&l, one); /* once too often is no gift */
    hold(&l, 2, NOW);
    assert_int_equal(ready_at(&l, 1, NOW), INT64_MAX);
    limiter_free(&l);
}

static void test_all_budgets_must_grant(void **state) {
    (void)state;
    static const struct budget_spec specs[] = {
        {.name = "unfollow",
         .limit = 10,
         .period_ms = 1000,
         .costs = {.each = {[ACTION_UNFOLLOW] = 2}}},
        {.name = "write", .limit = 3, .period_ms = 5000, .costs = {.write = 1}},
        {.name = "read", .limit = 1, .period_ms = 100000, .costs = {.read = 1}},
        {.name = "money",
         .kind = BUDGET_TOTAL,
         .limit = 100,
         .costs = {.each = {[ACTION_UNFOLLOW] = 1}, .write = 10, .read = 5}},
    };
    struct limiter l;
    limiter_init(&l, PACE_BURST);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(limiter_add(&l, &specs[i], NULL), 0);
    assert_int_equal(limiter_fit(&l, ACTION_UNFOLLOW, 100, NOW), 5);
    use(&l, 5, NOW); /* money: 15 */
    assert_string_equal(limiter_ask(&l, one, NOW).why->spec.name, "unfollow");
    assert_int_equal(limiter_fit(&l, ACTION_UNFOLLOW, 100, NOW), 0);
    use(&l, 1, NOW + 1002); /* 26 */
    use(&l, 1, NOW + 1002); /* 37 */
    assert_string_equal(limiter_ask(&l, one, NOW + 1002).why->spec.name, "write");
    assert_int_equal(limiter_ask(&l, one, NOW + 1002).at_ms, NOW + 5002);
    /* A read draws on other budgets. */
    assert_true(limiter_ask(&l, one_read, NOW + 1002).granted);
    assert_int_equal(limiter_hold(&l, one_read, NOW + 1002, NULL), 0);
    limiter_settle(&l, one_read, NOW + 1002); /* 42 */
    assert_string_equal(limiter_ask(&l, one_read, NOW + 1002).why->spec.name, "read");
    assert_int_equal(l.budgets[3].used, 42);
    limiter_free(&l);
}

static void test_total_is_never_renewed(void **state) {
    (void)state;
    struct limiter l;
    open_one(&l, PACE_EVEN, BUDGET_TOTAL, 3);
    use(&l, 2, NOW);
    assert_int_equal(limiter_fit(&l, ACTION_UNFOLLOW, 10, NOW), 1); /* no pace between */
    hold(&l, 1, NOW);
    assert_int_equal(ready_at(&l, 1, NOW), INT64_MAX); /* in flight: it may come back */
    limiter_release(&l, one);
    use(&l, 1, NOW);
    struct limiter_answer a = limiter_ask(&l, one, NOW + 1000 * KEPT);
    assert_true(a.never);
    assert_false(a.granted);
    assert_ptr_equal(a.why, &l.budgets[0]);
    assert_int_equal(limiter_fit(&l, ACTION_UNFOLLOW, 10, NOW + 1000 * KEPT), 0);
    assert_int_equal(budget_resets_at(&l, &l.budgets[0], NOW), 0);
    limiter_free(&l);
}

static void test_fit(void **state) {
    (void)state;
    static const struct {
        uint64_t limit;
        struct budget_costs costs;
        uint32_t used, want, fits;
    } rows[] = {
        {50, {.each = {[ACTION_UNFOLLOW] = 1}, .write = 0, .read = 0}, 0, 200, 50},
        {50, {.each = {[ACTION_UNFOLLOW] = 1}, .write = 0, .read = 0}, 49, 200, 1},
        {50, {.each = {[ACTION_UNFOLLOW] = 1}, .write = 0, .read = 0}, 50, 200, 0},
        {50, {.each = {[ACTION_UNFOLLOW] = 3}, .write = 0, .read = 0}, 0, 200, 16},
        {50, {.each = {[ACTION_UNFOLLOW] = 3}, .write = 5, .read = 0}, 0, 200, 15},
        {50, {.each = {[ACTION_UNFOLLOW] = 0}, .write = 1, .read = 0}, 0, 200, 200},
        {1, {.each = {[ACTION_UNFOLLOW] = 0}, .write = 1, .read = 0}, 0, 200, 200},
        {4, {.each = {[ACTION_UNFOLLOW] = 3}, .write = 5, .read = 0}, 0, 200, 0},
        {50, {.each = {[ACTION_UNFOLLOW] = 1}, .write = 0, .read = 0}, 0, 7, 7},
        {50, {.each = {[ACTION_UNFOLLOW] = 0}, .write = 0, .read = 1}, 0, 9, 9},
        {50, {.each = {[ACTION_UNFOLLOW] = 1}, .write = 0, .read = 0}, 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct limiter l;
        struct budget_spec spec = spec_of(BUDGET_SLIDING, rows[i].limit, PERIOD);
        spec.costs = rows[i].costs;
        limiter_init(&l, PACE_BURST);
        assert_int_equal(limiter_add(&l, &spec, NULL), 0);
        if (rows[i].used > 0)
            use(&l, rows[i].used, NOW);
        if (rows[i].want > 0)
            assert_int_equal(limiter_fit(&l, ACTION_UNFOLLOW, rows[i].want, NOW), rows[i].fits);
        limiter_free(&l);
    }
}

/* Even pace: a step of period / limit a unit. A little late does not lower the rate, a long wait
 * does not make a burst. */
static void test_even_pace(void **state) {
    (void)state;
    struct limiter l;
    open_one(&l, PACE_EVEN, BUDGET_SLIDING, 50);
    use(&l, 1, NOW);
    assert_int_equal(ready_at(&l, 1, NOW), NOW + 18000);
    use(&l, 1, NOW + 18700); /* late: the grid stays */
    assert_int_equal(ready_at(&l, 1, NOW + 18700), NOW + 36000);
    use(&l, 1, NOW + 100000); /* after a long wait: a new grid, and no burst */
    assert_int_equal(ready_at(&l, 1, NOW + 100000), NOW + 118000);
    use(&l, 3, NOW + 118000); /* three at once: three steps */
    assert_int_equal(ready_at(&l, 1, NOW + 118000), NOW + 172000);
    limiter_free(&l);
    /* Steps of less than a millisecond do not round to none. */
    struct budget_spec spec = spec_of(BUDGET_SLIDING, 3000, 1000);
    limiter_init(&l, PACE_EVEN);
    assert_int_equal(limiter_add(&l, &spec, NULL), 0);
    int sent = 0;
    for (int64_t now = NOW; now < NOW + 100; now++)
        while (limiter_ask(&l, one, now).granted) {
            use(&l, 1, now);
            sent++;
        }
    assert_in_range(sent, 297, 303);
    limiter_free(&l);
}

static void test_block(void **state) {
    (void)state;
    static const struct budget_spec specs[] = {
        {.name = "a", .limit = 10, .period_ms = 1000, .costs = {.each = {[ACTION_UNFOLLOW] = 1}}},
        {.name = "b", .limit = 10, .period_ms = 1000, .costs = {.read = 1}},
        {.name = "t",
         .kind = BUDGET_TOTAL,
         .limit = 10,
         .costs = {.each = {[ACTION_UNFOLLOW] = 1}}},
    };
    struct limiter l;
    limiter_init(&l, PACE_BURST);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(limiter_add(&l, &specs[i], NULL), 0);
    limiter_block(&l, "a", NOW + 500);
    limiter_block(&l, "a", NOW + 200); /* a shorter one does not shorten it */
    limiter_block(&l, "unknown", NOW + 9000);
    assert_int_equal(limiter_ask(&l, one, NOW).at_ms, NOW + 500);
    assert_true(limiter_ask(&l, one_read, NOW).granted);
    assert_int_equal(limiter_fit(&l, ACTION_UNFOLLOW, 5, NOW + 499), 0);
    assert_int_equal(limiter_fit(&l, ACTION_UNFOLLOW, 5, NOW + 500), 5);
    assert_int_equal(budget_resets_at(&l, &l.budgets[0], NOW), NOW + 500);
    limiter_block(&l, NULL, NOW + 700);
    assert_int_equal(limiter_ask(&l, one, NOW).at_ms, NOW + 700);
    assert_int_equal(limiter_ask(&l, one_read, NOW).at_ms, NOW + 700);
    assert_int_equal(l.budgets[2].blocked_until_ms, 0); /* a server says nothing of our caps */
    limiter_free(&l);
}

/* Of 50, some used and held; the server says `remaining`. What is then granted before the reset? */
static void test_observe(void **state) {
    (void)state;
    static const struct {
        uint32_t used, held;
        uint64_t remaining;
        uint32_t fits;
    } rows[] = {
        {10, 0, 40, 40},                 /* as we count */
        {10, 0, 45, 40},                 /* more than we count: not believed */
        {10, 0, 7, 7},                   /* somebody else uses it too */
        {10, 0, 0, 0},   {0, 3, 47, 44}, /* three in flight: counted already or not */
        {10, 5, 40, 35}, {0, 5, 3, 0},   {50, 0, 50, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct limiter l;
        open_one(&l, PACE_BURST, BUDGET_SLIDING, 50);
        if (rows[i].used > 0)
            use(&l, rows[i].used, NOW);
        if (rows[i].held > 0)
            hold(&l, rows[i].held, NOW);
        limiter_observe(&l, "u", 50, rows[i].remaining, NOW + 5000, NOW);
        assert_int_equal(limiter_fit(&l, ACTION_UNFOLLOW, 200, NOW), rows[i].fits);
        if (rows[i].fits < 50 - rows[i].used - rows[i].held) {
            assert_int_equal(ready_at(&l, rows[i].fits + 1, NOW), NOW + 5000);
            assert_int_equal(budget_resets_at(&l, &l.budgets[0], NOW) >= NOW + 5000, 1);
        }
        assert_int_equal(limiter_fit(&l, ACTION_UNFOLLOW, 200, NOW + 5000),
                         50 - rows[i].used - rows[i].held);
        limiter_free(&l);
    }
}

static void test_observe_in_turn(void **state) {
    (void)state;
    struct limiter l;
    open_one(&l, PACE_BURST, BUDGET_SLIDING, 50);
    limiter_observe(&l, "unknown", 50, 0, NOW + 5000, NOW);
    limiter_observe(&l, "u", 0, 0, NOW + 5000, NOW); /* no limit told: nonsense */
    limiter_observe(&l, "u", 50, 0, NOW, NOW);       /* over already */
    assert_int_equal(limiter_fit(&l, ACTION_UNFOLLOW, 200, NOW), 50);
    limiter_observe(&l, "u", 50, 20, NOW + 5000, NOW);
    limiter_observe(&l, "u", 50, 30, NOW + 5000, NOW); /* the same window: no more again */
    assert_int_equal(limiter_fit(&l, ACTION_UNFOLLOW, 200, NOW), 20);
    limiter_observe(&l, "u", 50, 18, NOW + 5400, NOW); /* a reset is told in whole seconds */
    assert_int_equal(limiter_fit(&l, ACTION_UNFOLLOW, 200, NOW), 18);
    use(&l, 4, NOW);
    assert_int_equal(limiter_fit(&l, ACTION_UNFOLLOW, 200, NOW), 14);
    hold(&l, 4, NOW);
    limiter_release(&l,
                    (struct budget_load){.count = 4, .write = true}); /* never left: given back */
    assert_int_equal(limiter_fit(&l, ACTION_UNFOLLOW, 200, NOW), 14);
    /* A later window: its word replaces the old one, up or down. */
    limiter_observe(&l, "u", 50, 40, NOW + 9000, NOW);
    assert_int_equal(limiter_fit(&l, ACTION_UNFOLLOW, 200, NOW), 40);
    limiter_observe(&l, "u", 50, 5, NOW + 20000, NOW);
    assert_int_equal(limiter_fit(&l, ACTION_UNFOLLOW, 200, NOW), 5);
    limiter_observe(&l, "u", 50, 49, NOW + 30000, NOW); /* more than we count: no bound */
    assert_int_equal(limiter_fit(&l, ACTION_UNFOLLOW, 200, NOW), 46);
    limiter_free(&l);
}

/* What was taken off for requests in flight comes back when the last answer tells the rest. */
static void test_observe_gives_back(void **state) {
    (void)state;
    struct limiter l;
    open_one(&l, PACE_BURST, BUDGET_SLIDING, 50);
    for (int i = 0; i < 3; i++)
        hold(&l, 1, NOW);
    settle(&l, 1, NOW);
    limiter_observe(&l, "u", 50, 47, NOW + 5000, NOW); /* has counted all three */
    assert_int_equal(limiter_fit(&l, ACTION_UNFOLLOW, 200, NOW), 45);
    settle(&l, 1, NOW);
    limiter_observe(&l, "u", 50, 48, NOW + 5000, NOW); /* an older answer, late */
    assert_int_equal(limiter_fit(&l, ACTION_UNFOLLOW, 200, NOW), 45);
    settle(&l, 1, NOW);
    limiter_observe(&l, "u", 50, 49, NOW + 5000, NOW); /* the oldest, last */
    assert_int_equal(limiter_fit(&l, ACTION_UNFOLLOW, 200, NOW), 47);
    limiter_free(&l);
}

/* ---- images ---- */

static void busy(struct limiter *l, enum budget_kind kind) {
    open_one(l, kind == BUDGET_TOTAL ? PACE_BURST : PACE_EVEN, kind, 5000);
    for (uint32_t i = 0; i < 300; i++) {
        int64_t now = NOW + i * 1000;
        struct budget_load load = {.count = i % 3 + 1, .write = true};
        assert_int_equal(limiter_hold(l, load, now, NULL), 0);
        limiter_settle(l, load, now + 200);
    }
    limiter_block(l, "u", NOW + 350000);
    limiter_observe(l, "u", 5000, 100, NOW + 400000, NOW + 300000);
}

static void test_image_round_trip(void **state) {
    (void)state;
    unsigned char image[BUDGET_IMAGE_MAX];
    unsigned char again[BUDGET_IMAGE_MAX];
    for (int kind = BUDGET_SLIDING; kind <= BUDGET_TOTAL; kind += BUDGET_TOTAL) {
        struct limiter a;
        struct limiter b;
        busy(&a, (enum budget_kind)kind);
        open_one(&b, a.pace, (enum budget_kind)kind, 5000);
        size_t size = budget_image_size(&a.budgets[0]);
        assert_true(size <= sizeof image);
        budget_write(&a.budgets[0], 0, image);
        assert_int_equal(budget_read(&b.budgets[0], 0, image, size, NOW + 301000, NULL), 0);
        assert_int_equal(budget_image_size(&b.budgets[0]), size);
        budget_write(&b.budgets[0], 0, again);
        assert_memory_equal(image, again, size);
        for (int64_t now = NOW + 301000; now < NOW + 2 * KEPT; now += 9999)
            for (uint32_t want = 1; want < 5000; want = want * 3) {
                struct budget_load load = {.count = want, .write = true};
                assert_int_equal(limiter_ask(&a, load, now).at_ms,
                                 limiter_ask(&b, load, now).at_ms);
            }
        limiter_free(&a);
        limiter_free(&b);
    }
}

/* What was in flight when the image was written counts from the reading on. */
static void test_image_takes_held_as_answered(void **state) {
    (void)state;
    unsigned char image[BUDGET_IMAGE_MAX];
    for (int kind = BUDGET_SLIDING; kind <= BUDGET_TOTAL; kind += BUDGET_TOTAL) {
        struct limiter a;
        struct limiter b;
        open_one(&a, PACE_BURST, (enum budget_kind)kind, 10);
        open_one(&b, PACE_BURST, (enum budget_kind)kind, 10);
        use(&a, 2, NOW);
        hold(&a, 3, NOW);
        budget_write(&a.budgets[0], 0, image);
        size_t size = budget_image_size(&a.budgets[0]);
        assert_int_equal(budget_read(&b.budgets[0], 0, image, size, NOW + 60000, NULL), 0);
        assert_int_equal(b.budgets[0].held, 0);
        assert_int_equal(budget_used(&b, &b.budgets[0], NOW + 60000), 5);
        if (kind != BUDGET_TOTAL) {
            assert_int_equal(ready_at(&b, 6, NOW + 60000), NOW + KEPT);
            assert_int_equal(ready_at(&b, 10, NOW + 60000), NOW + 60000 + KEPT);
        }
        /* A clock that went back: nothing waits longer than a period from now. */
        assert_int_equal(budget_read(&b.budgets[0], 0, image, size, NOW - 5 * KEPT, NULL), 0);
        if (kind != BUDGET_TOTAL)
            assert_int_equal(ready_at(&b, 10, NOW - 5 * KEPT), NOW - 4 * KEPT);
        limiter_free(&a);
        limiter_free(&b);
    }
}

static void test_image_of_another_kind(void **state) {
    (void)state;
    unsigned char image[BUDGET_IMAGE_MAX];
    for (int from = BUDGET_SLIDING; from <= BUDGET_TOTAL; from += BUDGET_TOTAL)
        for (int to = BUDGET_SLIDING; to <= BUDGET_TOTAL; to += BUDGET_TOTAL) {
            struct limiter a;
            struct limiter b;
            open_one(&a, PACE_BURST, (enum budget_kind)from, 10);
            open_one(&b, PACE_BURST, (enum budget_kind)to, 10);
            use(&a, 4, NOW);
            hold(&a, 3, NOW);
            budget_write(&a.budgets[0], 0, image);
            assert_int_equal(budget_read(&b.budgets[0], 0, image, budget_image_size(&a.budgets[0]),
                                         NOW + 1000, NULL),
                             0);
            assert_int_equal(limiter_fit(&b, ACTION_UNFOLLOW, 200, NOW + 1000), 3);
            limiter_free(&a);
            limiter_free(&b);
        }
}

/* Versions before had 1 and 2 for other names of a sliding one. */
static void test_image_of_the_old_names(void **state) {
    (void)state;
    unsigned char image[BUDGET_IMAGE_MAX];
    for (unsigned char kind = 1; kind <= 2; kind++) {
        struct limiter a;
        struct limiter b;
        open_one(&a, PACE_BURST, BUDGET_SLIDING, 10);
        open_one(&b, PACE_BURST, BUDGET_SLIDING, 10);
        use(&a, 4, NOW);
        budget_write(&a.budgets[0], 0, image);
        image[0] = kind;
        assert_int_equal(budget_read(&b.budgets[0], 0, image, budget_image_size(&a.budgets[0]),
                                     NOW + 1000, NULL),
                         0);
        assert_int_equal(limiter_fit(&b, ACTION_UNFOLLOW, 200, NOW + 1000), 6);
        limiter_free(&a);
        limiter_free(&b);
    }
}

static int read_image(const unsigned char *image, size_t size) {
    struct limiter l;
    struct winnow_error err = {0};
    open_one(&l, PACE_EVEN, BUDGET_SLIDING, 5000);
    /* A copy of that size: a sanitizer sees a read behind it. */
    unsigned char *copy = malloc(size + 1);
    assert_non_null(copy);
    memcpy(copy, image, size);
    unsigned char *exact = realloc(copy, size > 0 ? size : 1);
    assert_non_null(exact);
    int result = budget_read(&l.budgets[0], 0, exact, size, NOW, &err);
    free(exact);
    assert_int_equal(err.code, result == 0 ? WINNOW_OK : WINNOW_DAMAGED);
    /* Refused or not: it can go on. */
    for (int64_t now = NOW; now < NOW + 3 * KEPT; now += KEPT / 2) {
        limiter_observe(&l, "u", 5000, 10, now + 1000, now);
        if (limiter_ask(&l, one, now).granted)
            use(&l, 1, now);
        budget_resets_at(&l, &l.budgets[0], now);
    }
    limiter_free(&l);
    return result;
}

static void test_image_cut_or_garbled(void **state) {
    (void)state;
    unsigned char image[BUDGET_IMAGE_MAX];
    unsigned char bad[BUDGET_IMAGE_MAX];
    struct limiter a;
    busy(&a, BUDGET_SLIDING);
    budget_write(&a.budgets[0], 0, image);
    size_t size = budget_image_size(&a.budgets[0]);
    assert_int_equal(read_image(image, size), 0);
    for (size_t cut = 0; cut < size; cut++)
        assert_int_equal(read_image(image, cut), -1);
    assert_int_equal(read_image(image, size + 1), -1);
    uint64_t x = 88172645463325252u;
    for (int round = 0; round < 20000; round++) {
        memcpy(bad, image, size);
        for (int k = 0; k < 1 + round % 3; k++) {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            size_t at = x % (round % 2 == 0 ? 64 : size);
            if (round % 5 == 0)
                put_le(bad + at / 8 * 8, round % 10 == 0 ? x : UINT64_MAX >> (x >> 60), 8);
            else
                bad[at] = (unsigned char)(x >> 32);
        }
        read_image(bad, size);
    }
    limiter_free(&a);
}

static void test_image_impossible_numbers(void **state) {
    (void)state;
    static const struct {
        /* 0 kind and version, 1 used, 2 even, 3 blocked, 4 left, 5 until, 6 generation, 7 period,
         * 8 slots, 9 holders, 10 and 11 the first slot */
        int field;
        uint64_t value;
    } rows[] = {{0, UINT64_C(2) << 56 | 4},
                {0, UINT64_C(3) << 56},
                {0, UINT64_MAX},
                {1, 1},
                {1, UINT64_MAX},
                {2, UINT64_MAX},
                {3, UINT64_MAX},
                {4, UINT64_MAX},
                {5, UINT64_MAX},
                {7, UINT64_MAX},
                {8, 1},
                {8, UINT64_MAX},
                {9, 1},
                {9, UINT64_MAX},
                {10, UINT64_MAX},
                {11, UINT64_MAX},
                {11, 0},
                {12, 0}};
    unsigned char image[BUDGET_IMAGE_MAX];
    struct limiter a;
    busy(&a, BUDGET_SLIDING);
    size_t size = budget_image_size(&a.budgets[0]);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        budget_write(&a.budgets[0], 0, image);
        put_le(image + rows[i].field * 8, rows[i].value, 8);
        assert_int_equal(read_image(image, size), -1);
    }
    limiter_free(&a);
}

/* More different times than slots: the youngest grows younger, nothing is forgotten. */
static void test_more_than_the_slots_hold(void **state) {
    (void)state;
    struct limiter l;
    struct budget_spec spec = spec_of(BUDGET_SLIDING, 100000, 7000);
    limiter_init(&l, PACE_BURST);
    assert_int_equal(limiter_add(&l, &spec, NULL), 0);
    for (int64_t i = 0; i < 6500; i++)
        use(&l, 1, NOW + i);
    assert_int_equal(budget_used(&l, &l.budgets[0], NOW + 6500), 6500);
    assert_true(budget_image_size(&l.budgets[0]) <= BUDGET_IMAGE_MAX);
    assert_int_equal(budget_used(&l, &l.budgets[0], NOW + 6500 + 7002), 0);
    limiter_free(&l);
}

/* A platform that limits its calls one by one: each read counts in the budgets of its call, and in
 * those of all. */
static void test_calls_one_by_one(void **state) {
    (void)state;
    static const struct {
        const char *name;
        uint64_t limit;
        uint32_t calls;
    } rows[] = {
        {"whoami", 2, CALL_BIT(CALL_WHOAMI)}, {"users", 3, CALL_BIT(CALL_USERS)}, {"all", 4, 0}};
    struct limiter l;
    limiter_init(&l, PACE_BURST);
    for (size_t i = 0; i < 3; i++) {
        struct budget_spec spec = spec_of(BUDGET_SLIDING, rows[i].limit, PERIOD);
        snprintf(spec.name, sizeof spec.name, "%s", rows[i].name);
        spec.costs = (struct budget_costs){.read = 1, .calls = rows[i].calls};
        assert_int_equal(limiter_add(&l, &spec, NULL), 0);
    }
    const struct budget_load whoami = {.read = true, .call = CALL_WHOAMI};
    const struct budget_load users = {.read = true, .call = CALL_USERS};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(limiter_hold(&l, whoami, NOW, NULL), 0);
        limiter_settle(&l, whoami, NOW);
    }
    assert_string_equal(limiter_ask(&l, whoami, NOW).why->spec.name, "whoami");
    assert_true(limiter_ask(&l, users, NOW).granted);
    assert_int_equal(limiter_hold(&l, users, NOW, NULL), 0);
    assert_int_equal(limiter_hold(&l, users, NOW, NULL), 0);
    assert_string_equal(limiter_ask(&l, users, NOW).why->spec.name, "all");
    assert_true(limiter_ask(&l, one, NOW).granted); /* an unfollow is none of them */
    assert_string_equal(limiter_of_call(&l, CALL_USERS), "users");
    assert_null(limiter_of_call(&l, CALL_LISTS));
    limiter_free(&l);
}

/* Who is asked about before they go: no more than the caps, and the windows of the time, let go. */
static void test_how_many_go_within(void **state) {
    (void)state;
    struct limiter l;
    struct budget_spec window = spec_of(BUDGET_SLIDING, 5, PERIOD);
    struct budget_spec cap = spec_of(BUDGET_TOTAL, 100, 0);
    limiter_init(&l, PACE_BURST);
    assert_int_equal(limiter_add(&l, &window, NULL), 0);
    assert_int_equal(limiter_within(&l, ACTION_UNFOLLOW, 200, 10, PERIOD - 1, NOW), 5);
    assert_int_equal(limiter_within(&l, ACTION_UNFOLLOW, 200, 10, PERIOD, NOW), 10);
    assert_int_equal(limiter_within(&l, ACTION_UNFOLLOW, 200, 10, 4 * PERIOD, NOW), 25);
    use(&l, 2, NOW);
    assert_int_equal(limiter_within(&l, ACTION_UNFOLLOW, 200, 10, PERIOD, NOW), 8);
    cap.costs = (struct budget_costs){.each = {[ACTION_UNFOLLOW] = 10}, .money = 1};
    assert_int_equal(limiter_add(&l, &cap, NULL), 0);
    assert_int_equal(limiter_within(&l, ACTION_UNFOLLOW, 200, 0, PERIOD, NOW), 8);
    assert_int_equal(limiter_within(&l, ACTION_UNFOLLOW, 200, 10, PERIOD, NOW),
                     5); /* each costs 10, and 10 to ask */
    assert_int_equal(limiter_within(&l, ACTION_UNFOLLOW, 3, 10, PERIOD, NOW), 3);
    limiter_free(&l);
}

/* What an action costs, a budget says of each: Bluesky's points are 1 to unfollow and 3 to follow. */
static void test_actions_cost_what_they_cost(void **state) {
    struct limiter l;
    struct budget_spec points = spec_of(BUDGET_SLIDING, 10, PERIOD);
    (void)state;
    points.costs = (struct budget_costs){.each = {[ACTION_UNFOLLOW] = 1, [ACTION_FOLLOW] = 3}};
    limiter_init(&l, PACE_BURST);
    assert_int_equal(limiter_add(&l, &points, NULL), 0);
    assert_int_equal(limiter_fit(&l, ACTION_UNFOLLOW, 50, NOW), 10);
    assert_int_equal(limiter_fit(&l, ACTION_FOLLOW, 50, NOW), 3);
    struct budget_load load = {.action = ACTION_FOLLOW, .count = 2, .write = true};
    assert_int_equal(limiter_hold(&l, load, NOW, NULL), 0);
    limiter_settle(&l, load, NOW);
    assert_int_equal(limiter_fit(&l, ACTION_UNFOLLOW, 50, NOW), 4);
    assert_int_equal(limiter_fit(&l, ACTION_FOLLOW, 50, NOW), 1);
    points.costs.each[ACTION_FOLLOW] = 0;
    assert_true(limiter_counts(&points, ACTION_UNFOLLOW));
    assert_false(limiter_counts(&points, ACTION_FOLLOW));
    limiter_free(&l);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_actions_cost_what_they_cost),
        cmocka_unit_test(test_add_refuses),
        cmocka_unit_test(test_a_span_of_the_period),
        cmocka_unit_test(test_drift_is_allowed_for),
        cmocka_unit_test(test_held_counts_until_answered),
        cmocka_unit_test(test_all_budgets_must_grant),
        cmocka_unit_test(test_total_is_never_renewed),
        cmocka_unit_test(test_fit),
        cmocka_unit_test(test_even_pace),
        cmocka_unit_test(test_block),
        cmocka_unit_test(test_observe),
        cmocka_unit_test(test_observe_in_turn),
        cmocka_unit_test(test_observe_gives_back),
        cmocka_unit_test(test_image_round_trip),
        cmocka_unit_test(test_image_takes_held_as_answered),
        cmocka_unit_test(test_image_of_another_kind),
        cmocka_unit_test(test_image_of_the_old_names),
        cmocka_unit_test(test_image_cut_or_garbled),
        cmocka_unit_test(test_image_impossible_numbers),
        cmocka_unit_test(test_more_than_the_slots_hold),
        cmocka_unit_test(test_calls_one_by_one),
        cmocka_unit_test(test_how_many_go_within),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
