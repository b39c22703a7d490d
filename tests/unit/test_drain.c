/* The drain, row by row: what each answer does to entries, order, waits and the end. Time is a
 * number here; nothing waits. Random campaigns: test_drain_random.c. */
#include "cmocka_all.h"

#include "core/drain/drain.h"

#include <stdio.h>
#include <string.h>

#define NOW INT64_C(1790000000000)

struct rig {
    struct limiter limiter;
    struct drain drain;
    struct drain_step step;
    struct drain_settlement settled;
};

static const bool none_protected[DRAIN_BATCH_MAX];

static void open_with(struct rig *r, struct drain_options options, uint32_t total,
                      const struct budget_spec *spec) {
    static const struct budget_spec wide = {.name = "u",
                                            .limit = 1000000,
                                            .period_ms = 60000,
                                            .costs = {.each = {[ACTION_UNFOLLOW] = 1}}};
    limiter_init(&r->limiter, PACE_BURST);
    assert_int_equal(limiter_add(&r->limiter, spec != NULL ? spec : &wide, NULL), 0);
    assert_int_equal(drain_open(&r->drain, &options, &r->limiter, total, 0, NULL), 0);
}

/* One entry a request, one request at a time, waits without jitter worth the name. */
static struct drain_options plain(void) {
    struct drain_options o = drain_defaults;
    o.in_flight_max = 1;
    o.attempts_max = 3;
    o.backoff = (struct backoff){1000, 64000};
    return o;
}

static struct drain_options batches(uint32_t size, uint32_t in_flight) {
    struct drain_options o = plain();
    o.batch_max = size;
    o.in_flight_max = in_flight;
    return o;
}

static void close_rig(struct rig *r) {
    drain_close(&r->drain);
    limiter_free(&r->limiter);
}

static enum drain_do next(struct rig *r, int64_t now) {
    drain_next(&r->drain, now, &r->step);
    assert_string_equal(r->drain.fault.text, "");
    return r->step.what;
}

/* Send what is offered; the offer must begin with that position and have that many. */
static int send_next(struct rig *r, int64_t now, uint32_t position, uint32_t count) {
    int flight = -1;
    assert_int_equal(next(r, now), DRAIN_SEND);
    assert_int_equal(r->step.count, count);
    assert_int_equal(r->step.entries[0].position, position);
    assert_int_equal(drain_take(&r->drain, &r->step, none_protected, now, &flight, NULL), 0);
    assert_true(flight >= 0);
    return flight;
}

static struct reply answer_of(enum outcome outcome, enum reply_action action) {
    struct reply reply = {.outcome = outcome, .action = action, .code = WINNOW_OK};
    snprintf(reply.reason, sizeof reply.reason, "reason %d/%d", (int)outcome, (int)action);
    return reply;
}

static void answer(struct rig *r, int flight, enum outcome outcome, enum reply_action action,
                   int64_t now) {
    struct reply reply = answer_of(outcome, action);
    drain_answer(&r->drain, flight, &reply, false, now, &r->settled);
}

static void assert_waits(struct rig *r, int64_t now, int64_t until) {
    assert_int_equal(next(r, now), DRAIN_WAIT);
    assert_int_equal(r->step.until_ms, until);
    assert_true(r->step.reason[0] != '\0');
}

static void assert_ends(struct rig *r, int64_t now, enum winnow_code code, const char *reason) {
    assert_int_equal(next(r, now), DRAIN_END);
    assert_int_equal(r->step.code, code);
    if (reason != NULL)
        assert_string_equal(r->step.reason, reason);
}

static void test_final_outcomes_settle(void **state) {
    (void)state;
    static const enum outcome finals[] = {OUTCOME_DONE, OUTCOME_ALREADY_SO, OUTCOME_TARGET_GONE,
                                          OUTCOME_REFUSED};
    for (size_t i = 0; i < 4; i++) {
        struct rig r;
        open_with(&r, plain(), 2, NULL);
        int flight = send_next(&r, NOW, 0, 1);
        assert_waits(&r, NOW, INT64_MAX);
        answer(&r, flight, finals[i], REPLY_GO_ON, NOW + 5);
        assert_int_equal(r.settled.outcome, finals[i]);
        assert_int_equal(r.settled.count, 1);
        assert_int_equal(r.settled.entries[0].position, 0);
        assert_false(r.settled.exhausted[0]);
        answer(&r, send_next(&r, NOW + 5, 1, 1), finals[i], REPLY_GO_ON, NOW + 9);
        assert_ends(&r, NOW + 9, WINNOW_OK, NULL);
        close_rig(&r);
    }
}

static void test_empty_plan_ends_at_once(void **state) {
    (void)state;
    struct rig r;
    open_with(&r, plain(), 0, NULL);
    assert_ends(&r, NOW, WINNOW_OK, NULL);
    close_rig(&r);
}

/* What each action that is no success does to its entry and to the drain. */
static void test_actions(void **state) {
    (void)state;
    static const struct {
        enum outcome outcome;
        enum reply_action action;
        int64_t told_ms;    /* until_ms of the reply, after now */
        enum drain_do then; /* what the drain does next */
        uint32_t attempts;
        bool in_doubt, alone;
        int64_t entry_least_ms, entry_most_ms; /* not_before_ms, after now */
    } rows[] = {
        {OUTCOME_RETRY, REPLY_WAIT, 9000, DRAIN_WAIT, 0, false, false, 9000, 9000},
        {OUTCOME_RETRY, REPLY_WAIT, -1, DRAIN_WAIT, 0, false, false, 60000, 60000},
        {OUTCOME_RETRY, REPLY_BACK_OFF, 0, DRAIN_WAIT, 1, false, false, 1000, 2000},
        {OUTCOME_IN_DOUBT, REPLY_BACK_OFF, 0, DRAIN_WAIT, 1, true, false, 1000, 2000},
        {OUTCOME_RETRY, REPLY_REFRESH, 0, DRAIN_REFRESH, 0, false, false, 0, 0},
        {OUTCOME_RETRY, REPLY_SPLIT, 0, DRAIN_SEND, 0, false, true, 0, 0},
        {OUTCOME_IN_DOUBT, REPLY_SPLIT, 0, DRAIN_SEND, 0, true, true, 0, 0},
        {OUTCOME_RETRY, REPLY_STREAK, 0, DRAIN_SEND, 0, false, false, 1000, 2000},
        {OUTCOME_RETRY, REPLY_STOP, 0, DRAIN_END, 0, false, false, 0, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rig r;
        open_with(&r, batches(2, 1), 6, NULL);
        int flight = send_next(&r, NOW, 0, 2);
        struct reply reply = answer_of(rows[i].outcome, rows[i].action);
        reply.until_ms = rows[i].told_ms < 0 ? 0 : NOW + rows[i].told_ms;
        reply.code = WINNOW_SAFETY;
        drain_answer(&r.drain, flight, &reply, false, NOW, &r.settled);
        assert_int_equal(r.settled.outcome, rows[i].outcome);
        assert_int_equal(r.settled.count, 2);
        for (uint32_t k = 0; k < 2; k++) {
            const struct drain_entry *e = &r.settled.entries[k];
            assert_int_equal(e->position, k);
            assert_int_equal(e->attempts, rows[i].attempts);
            assert_int_equal(e->in_doubt, rows[i].in_doubt);
            assert_int_equal(e->together, rows[i].alone);
            assert_in_range(e->not_before_ms - NOW, rows[i].entry_least_ms, rows[i].entry_most_ms);
            assert_false(r.settled.exhausted[k]);
        }
        assert_int_equal(next(&r, NOW), rows[i].then);
        close_rig(&r);
    }
}

/* A wait names its budget: others go on. An unknown one holds everything. One that names none
 * holds everything too, and blocks all budgets, so that the next run waits as well. */
static void test_wait_blocks_its_budget(void **state) {
    (void)state;
    static const struct {
        const char *budget;
        bool by_budget, blocked;
    } rows[] = {{"u", true, true}, {"nobody knows it", false, false}, {NULL, false, true}};
    for (size_t i = 0; i < 3; i++) {
        struct rig r;
        open_with(&r, plain(), 4, NULL);
        int flight = send_next(&r, NOW, 0, 1);
        struct reply reply = answer_of(OUTCOME_RETRY, REPLY_WAIT);
        reply.budget = rows[i].budget;
        reply.until_ms = NOW + 7000;
        drain_answer(&r.drain, flight, &reply, false, NOW, &r.settled);
        assert_waits(&r, NOW, NOW + 7000);
        assert_int_equal(r.step.budget == &r.limiter.budgets[0], rows[i].by_budget);
        assert_int_equal(r.limiter.budgets[0].blocked_until_ms, rows[i].blocked ? NOW + 7000 : 0);
        send_next(&r, NOW + 7000, 0, 1);
        close_rig(&r);
    }
}

/* Observations in an answer reach the limiter. */
static void test_answers_are_heard(void **state) {
    (void)state;
    struct rig r;
    open_with(&r, plain(), 4, NULL);
    int flight = send_next(&r, NOW, 0, 1);
    struct reply reply = answer_of(OUTCOME_DONE, REPLY_GO_ON);
    reply.seen[0] = (struct reply_observation){"u", 1000000, 0, NOW + 5000};
    reply.seen_count = 1;
    drain_answer(&r.drain, flight, &reply, false, NOW, &r.settled);
    assert_waits(&r, NOW, NOW + 5000);
    close_rig(&r);
}

static void test_cost_held_settled_released(void **state) {
    (void)state;
    struct rig r;
    open_with(&r, batches(5, 2), 10, NULL);
    struct budget *b = &r.limiter.budgets[0];
    int first = send_next(&r, NOW, 0, 5);
    int second = send_next(&r, NOW, 5, 5);
    assert_int_equal(b->held, 10);
    struct reply reply = answer_of(OUTCOME_RETRY, REPLY_BACK_OFF);
    drain_answer(&r.drain, first, &reply, true, NOW, &r.settled);
    assert_int_equal(b->held, 5);
    assert_int_equal(b->used, 0);
    answer(&r, second, OUTCOME_DONE, REPLY_GO_ON, NOW);
    assert_int_equal(b->held, 0);
    assert_int_equal(b->used, 5);
    close_rig(&r);
}

static void test_fresh_in_order_due_tries_first(void **state) {
    (void)state;
    struct rig r;
    open_with(&r, batches(3, 1), 9, NULL);
    answer(&r, send_next(&r, NOW, 0, 3), OUTCOME_RETRY, REPLY_BACK_OFF, NOW);
    int64_t due = r.settled.entries[0].not_before_ms;
    int64_t slow = r.drain.trouble.slow_until_ms;
    assert_true(slow > NOW && slow < due);
    assert_waits(&r, NOW, slow);
    /* Not due yet: fresh ones show whether it is the entries or the server. */
    answer(&r, send_next(&r, slow, 3, 3), OUTCOME_DONE, REPLY_GO_ON, slow);
    int flight = send_next(&r, due, 0, 3);
    uint32_t count;
    const struct drain_entry *e = drain_flight_entries(&r.drain, flight, &count);
    assert_int_equal(count, 3);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(e[i].position, i);
        assert_int_equal(e[i].attempts, 1);
    }
    answer(&r, flight, OUTCOME_DONE, REPLY_GO_ON, due);
    answer(&r, send_next(&r, due, 6, 3), OUTCOME_DONE, REPLY_GO_ON, due);
    assert_ends(&r, due, WINNOW_OK, NULL);
    close_rig(&r);
}

static void test_tries_and_fresh_share_a_batch(void **state) {
    (void)state;
    struct rig r;
    open_with(&r, batches(4, 1), 9, NULL);
    struct drain_entry open = {.position = 2, .attempts = 1};
    r.drain.cursor = 5;
    assert_int_equal(drain_restore(&r.drain, &open, NULL), 0);
    int flight = send_next(&r, NOW, 2, 4);
    uint32_t count;
    const struct drain_entry *e = drain_flight_entries(&r.drain, flight, &count);
    static const uint32_t expected[] = {2, 5, 6, 7};
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(e[i].position, expected[i]);
    assert_int_equal(r.drain.cursor, 8);
    assert_int_equal(r.drain.retry_count, 0);
    close_rig(&r);
}

static void test_split_goes_alone_in_order(void **state) {
    (void)state;
    struct rig r;
    open_with(&r, batches(4, 1), 8, NULL);
    answer(&r, send_next(&r, NOW, 0, 4), OUTCOME_RETRY, REPLY_SPLIT, NOW);
    for (uint32_t i = 0; i < 4; i++)
        answer(&r, send_next(&r, NOW, i, 1), OUTCOME_DONE, REPLY_GO_ON, NOW);
    answer(&r, send_next(&r, NOW, 4, 4), OUTCOME_DONE, REPLY_GO_ON, NOW);
    assert_ends(&r, NOW, WINNOW_OK, NULL);
    close_rig(&r);
}

/* A large batch comes back in eighths, those in eighths again, and then one by one; one whose
 * earlier try may have happened, one by one at once. */
static void test_split_by_eighths(void **state) {
    (void)state;
    static const struct {
        enum outcome before; /* what the same batch was answered first; NONE: nothing */
        uint32_t sizes[3];
    } rows[] = {{OUTCOME_NONE, {25, 4, 1}}, {OUTCOME_RETRY, {25, 4, 1}}, {OUTCOME_IN_DOUBT, {1}}};
    for (size_t i = 0; i < 3; i++) {
        struct rig r;
        int64_t now = NOW;
        open_with(&r, batches(200, 1), 200, NULL);
        if (rows[i].before != OUTCOME_NONE) {
            answer(&r, send_next(&r, now, 0, 200), rows[i].before, REPLY_BACK_OFF, now);
            now = r.settled.entries[0].not_before_ms;
        }
        answer(&r, send_next(&r, now, 0, 200), OUTCOME_RETRY, REPLY_SPLIT, now);
        for (size_t k = 0; k < 3 && rows[i].sizes[k] > 1; k++)
            answer(&r, send_next(&r, now, 0, rows[i].sizes[k]), OUTCOME_RETRY, REPLY_SPLIT, now);
        send_next(&r, now, 0, 1);
        close_rig(&r);
    }
}

/* Nothing to split any more: a server that says so for ever must not keep us for ever. */
static void test_split_of_one_is_an_attempt(void **state) {
    (void)state;
    struct rig r;
    open_with(&r, plain(), 1, NULL);
    int64_t now = NOW;
    for (uint32_t i = 1; i <= 3; i++) {
        answer(&r, send_next(&r, now, 0, 1), OUTCOME_RETRY, REPLY_SPLIT, now);
        assert_int_equal(r.settled.entries[0].attempts, i);
        assert_int_equal(r.settled.exhausted[0], i == 3);
        now += 1000000;
    }
    assert_ends(&r, now, WINNOW_OK, NULL);
    close_rig(&r);
}

/* An alone entry behind others ends their batch; it leaves next. */
static void test_alone_ends_a_batch(void **state) {
    (void)state;
    struct rig r;
    open_with(&r, batches(4, 2), 8, NULL);
    r.drain.cursor = 5;
    const struct drain_entry open[] = {
        {.position = 1}, {.position = 2, .together = 1}, {.position = 3}};
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(drain_restore(&r.drain, &open[i], NULL), 0);
    assert_int_equal(next(&r, NOW), DRAIN_SEND);
    for (uint32_t i = 0; i < r.step.count; i++)
        assert_int_not_equal(r.step.entries[i].position, 2);
    assert_int_equal(r.step.entries[0].position, 1);
    close_rig(&r);
}

static void test_protected_never_in_a_flight(void **state) {
    (void)state;
    struct rig r;
    open_with(&r, batches(4, 1), 8, NULL);
    bool kept[DRAIN_BATCH_MAX] = {[1] = true, [3] = true};
    int flight;
    assert_int_equal(next(&r, NOW), DRAIN_SEND);
    assert_int_equal(drain_take(&r.drain, &r.step, kept, NOW, &flight, NULL), 0);
    uint32_t count;
    const struct drain_entry *e = drain_flight_entries(&r.drain, flight, &count);
    assert_int_equal(count, 2);
    assert_int_equal(e[0].position, 0);
    assert_int_equal(e[1].position, 2);
    assert_int_equal(r.limiter.budgets[0].held, 2);
    answer(&r, flight, OUTCOME_DONE, REPLY_GO_ON, NOW);
    assert_int_equal(r.settled.count, 2);
    /* All protected: no flight, nothing held, and it goes on. */
    memset(kept, true, sizeof kept);
    assert_int_equal(next(&r, NOW), DRAIN_SEND);
    assert_int_equal(drain_take(&r.drain, &r.step, kept, NOW, &flight, NULL), 0);
    assert_int_equal(flight, -1);
    assert_int_equal(r.drain.in_flight, 0);
    assert_int_equal(r.limiter.budgets[0].held, 0);
    assert_ends(&r, NOW, WINNOW_OK, NULL);
    close_rig(&r);
}

static void test_pause_and_resume(void **state) {
    (void)state;
    struct rig r;
    open_with(&r, batches(1, 2), 3, NULL);
    int flight = send_next(&r, NOW, 0, 1);
    drain_pause(&r.drain);
    assert_waits(&r, NOW, INT64_MAX);
    answer(&r, flight, OUTCOME_DONE, REPLY_GO_ON, NOW);
    assert_waits(&r, NOW, INT64_MAX);
    drain_resume(&r.drain);
    send_next(&r, NOW, 1, 1);
    drain_stop(&r.drain, WINNOW_STOPPED, "asked to stop");
    drain_pause(&r.drain); /* too late for both: it is stopping */
    drain_resume(&r.drain);
    assert_int_equal(r.drain.run.phase, DRAIN_STOPPING);
    close_rig(&r);
}

static void test_stop_finishes_what_is_in_flight(void **state) {
    (void)state;
    struct rig r;
    open_with(&r, batches(1, 2), 5, NULL);
    int first = send_next(&r, NOW, 0, 1);
    int second = send_next(&r, NOW, 1, 1);
    drain_stop(&r.drain, WINNOW_STOPPED, "asked to stop");
    drain_stop(&r.drain, WINNOW_SAFETY, "too late"); /* the first call decides */
    assert_waits(&r, NOW, INT64_MAX);
    answer(&r, first, OUTCOME_DONE, REPLY_GO_ON, NOW);
    assert_waits(&r, NOW, INT64_MAX);
    answer(&r, second, OUTCOME_RETRY, REPLY_BACK_OFF, NOW);
    assert_ends(&r, NOW, WINNOW_STOPPED, "asked to stop");
    close_rig(&r);
}

static void test_stop_reply_says_why(void **state) {
    (void)state;
    static const enum winnow_code codes[] = {WINNOW_SAFETY, WINNOW_CREDENTIAL, WINNOW_CAP};
    for (size_t i = 0; i < 3; i++) {
        struct rig r;
        open_with(&r, plain(), 5, NULL);
        struct reply reply = answer_of(OUTCOME_RETRY, REPLY_STOP);
        reply.code = codes[i];
        snprintf(reply.reason, sizeof reply.reason, "the account is locked");
        drain_answer(&r.drain, send_next(&r, NOW, 0, 1), &reply, false, NOW, &r.settled);
        assert_ends(&r, NOW, codes[i], "the account is locked");
        assert_int_equal(r.drain.retry_count, 1); /* kept, to be resumed */
        close_rig(&r);
    }
}

static void test_long_reasons_are_cut(void **state) {
    (void)state;
    struct rig r;
    char reason[1000];
    memset(reason, 'x', sizeof reason - 1);
    reason[sizeof reason - 1] = '\0';
    open_with(&r, plain(), 5, NULL);
    drain_stop(&r.drain, WINNOW_STOPPED, reason);
    assert_ends(&r, NOW, WINNOW_STOPPED, NULL);
    assert_int_equal(strlen(r.step.reason), sizeof r.drain.run.end_reason - 1);
    close_rig(&r);
}

/* --until comes whatever the drain waits for, and waits for what is in flight. */
static void test_until(void **state) {
    (void)state;
    struct drain_options o = batches(1, 2);
    o.until_ms = NOW + 500;
    struct rig r;
    open_with(&r, o, 5, NULL);
    int first = send_next(&r, NOW, 0, 1);
    int second = send_next(&r, NOW, 1, 1);
    assert_waits(&r, NOW, NOW + 500);
    assert_waits(&r, NOW + 500, INT64_MAX);
    answer(&r, first, OUTCOME_DONE, REPLY_GO_ON, NOW + 600);
    answer(&r, second, OUTCOME_DONE, REPLY_GO_ON, NOW + 700);
    assert_ends(&r, NOW + 700, WINNOW_CAP, NULL);
    close_rig(&r);
    /* backing off */
    open_with(&r, o, 5, NULL);
    answer(&r, send_next(&r, NOW, 0, 1), OUTCOME_RETRY, REPLY_BACK_OFF, NOW + 400);
    assert_true(r.drain.trouble.slow_until_ms > NOW + 500);
    assert_waits(&r, NOW + 400, NOW + 500);
    assert_ends(&r, NOW + 500, WINNOW_CAP, NULL);
    close_rig(&r);
    /* paused */
    open_with(&r, o, 5, NULL);
    drain_pause(&r.drain);
    assert_waits(&r, NOW, NOW + 500);
    assert_ends(&r, NOW + 500, WINNOW_CAP, NULL);
    close_rig(&r);
    /* a full budget */
    static const struct budget_spec one = {
        .name = "u", .limit = 1, .period_ms = 60000, .costs = {.each = {[ACTION_UNFOLLOW] = 1}}};
    open_with(&r, o, 5, &one);
    answer(&r, send_next(&r, NOW, 0, 1), OUTCOME_DONE, REPLY_GO_ON, NOW);
    assert_waits(&r, NOW, NOW + 500);
    assert_non_null(r.step.budget);
    close_rig(&r);
}

/* All settled at the last moment is done, not stopped. */
static void test_done_before_until(void **state) {
    (void)state;
    struct drain_options o = plain();
    o.until_ms = NOW + 500;
    struct rig r;
    open_with(&r, o, 1, NULL);
    answer(&r, send_next(&r, NOW, 0, 1), OUTCOME_DONE, REPLY_GO_ON, NOW + 600);
    assert_ends(&r, NOW + 600, WINNOW_OK, NULL);
    close_rig(&r);
}

static void test_cap_of_the_users(void **state) {
    (void)state;
    static const struct budget_spec cap = {.name = "max-actions",
                                           .kind = BUDGET_TOTAL,
                                           .limit = 3,
                                           .costs = {.each = {[ACTION_UNFOLLOW] = 1}},
                                           .users = true};
    struct rig r;
    open_with(&r, batches(2, 2), 9, &cap);
    int first = send_next(&r, NOW, 0, 2);
    int second = send_next(&r, NOW, 2, 1);
    struct reply reply = answer_of(OUTCOME_RETRY, REPLY_BACK_OFF);
    drain_answer(&r.drain, second, &reply, true, NOW, &r.settled);
    int64_t due = r.settled.entries[0].not_before_ms;
    second = send_next(&r, due, 2, 1); /* it never left, so it did not count */
    answer(&r, first, OUTCOME_DONE, REPLY_GO_ON, due);
    assert_waits(&r, due, INT64_MAX);
    answer(&r, second, OUTCOME_DONE, REPLY_GO_ON, due);
    assert_ends(&r, due, WINNOW_CAP, NULL);
    assert_ptr_equal(r.step.budget, &r.limiter.budgets[0]);
    close_rig(&r);
}

static void test_refresh_once(void **state) {
    (void)state;
    struct rig r;
    open_with(&r, batches(1, 2), 5, NULL);
    int first = send_next(&r, NOW, 0, 1);
    int second = send_next(&r, NOW, 1, 1);
    answer(&r, first, OUTCOME_RETRY, REPLY_REFRESH, NOW);
    assert_waits(&r, NOW, INT64_MAX); /* the other still uses the old token */
    answer(&r, second, OUTCOME_RETRY, REPLY_REFRESH, NOW);
    assert_int_equal(next(&r, NOW), DRAIN_REFRESH);
    assert_int_equal(drain_token_take(&r.drain, NOW, NULL), 0);
    drain_token_renewed(&r.drain, NOW);
    answer(&r, send_next(&r, NOW, 0, 1), OUTCOME_DONE, REPLY_GO_ON, NOW);
    /* A success between: it may expire again. */
    answer(&r, send_next(&r, NOW, 1, 1), OUTCOME_RETRY, REPLY_REFRESH, NOW);
    assert_int_equal(next(&r, NOW), DRAIN_REFRESH);
    assert_int_equal(drain_token_take(&r.drain, NOW, NULL), 0);
    drain_token_renewed(&r.drain, NOW);
    answer(&r, send_next(&r, NOW, 1, 1), OUTCOME_RETRY, REPLY_REFRESH, NOW);
    assert_ends(&r, NOW, WINNOW_CREDENTIAL, r.drain.run.end_reason);
    close_rig(&r);
}

static int64_t refresh_at(struct rig *r, int64_t at_ms, bool taken) {
    assert_int_equal(next(r, at_ms), DRAIN_REFRESH);
    assert_int_equal(drain_token_take(&r->drain, at_ms, NULL), 0);
    (taken ? drain_token_taken : drain_token_renewed)(&r->drain, at_ms);
    return at_ms;
}

/* A budget may keep the next request waiting for longer than a token lives. */
static void test_a_token_that_expires_while_it_waits(void **state) {
    (void)state;
    struct rig r;
    int64_t now = NOW;
    open_with(&r, plain(), 5, NULL);
    answer(&r, send_next(&r, now, 0, 1), OUTCOME_RETRY, REPLY_REFRESH, now);
    for (int i = 1; i < DRAIN_TOKEN_REFUSALS_MAX; i++) {
        now = refresh_at(&r, now, false) + DRAIN_TOKEN_YOUNG_MS;
        answer(&r, send_next(&r, now, 0, 1), OUTCOME_RETRY, REPLY_REFRESH, now);
    }
    now = refresh_at(&r, now, false) + DRAIN_TOKEN_YOUNG_MS; /* not for ever */
    answer(&r, send_next(&r, now, 0, 1), OUTCOME_RETRY, REPLY_REFRESH, now);
    assert_ends(&r, now, WINNOW_CREDENTIAL, r.drain.run.end_reason);
    close_rig(&r);
}

/* What another process had got may have expired since: then the next refresh is our own. */
static void test_a_token_that_another_process_got(void **state) {
    (void)state;
    struct rig r;
    open_with(&r, plain(), 5, NULL);
    answer(&r, send_next(&r, NOW, 0, 1), OUTCOME_RETRY, REPLY_REFRESH, NOW);
    refresh_at(&r, NOW, true);
    answer(&r, send_next(&r, NOW, 0, 1), OUTCOME_RETRY, REPLY_REFRESH, NOW);
    refresh_at(&r, NOW, false);
    answer(&r, send_next(&r, NOW, 0, 1), OUTCOME_RETRY, REPLY_REFRESH, NOW);
    assert_ends(&r, NOW, WINNOW_CREDENTIAL, r.drain.run.end_reason);
    close_rig(&r);
}

/* The token's own request counts, waits for its budget, and is tried again when it fails. */
static void test_refresh_is_a_request(void **state) {
    (void)state;
    static const struct budget_spec spec = {
        .name = "requests", .limit = 3, .period_ms = 60000, .costs = {.write = 1, .read = 1}};
    struct rig r;
    open_with(&r, plain(), 5, &spec);
    answer(&r, send_next(&r, NOW, 0, 1), OUTCOME_RETRY, REPLY_REFRESH, NOW);
    assert_int_equal(next(&r, NOW), DRAIN_REFRESH);
    assert_int_equal(drain_token_take(&r.drain, NOW, NULL), 0);
    assert_int_equal(budget_used(&r.limiter, &r.limiter.budgets[0], NOW), 2);
    drain_token_failed(&r.drain, "no connection", NOW);
    assert_int_equal(budget_used(&r.limiter, &r.limiter.budgets[0], NOW), 2);
    assert_int_equal(next(&r, NOW), DRAIN_WAIT);
    assert_string_equal(r.step.reason, "no connection");
    int64_t again = r.step.until_ms;
    assert_in_range(again, NOW + 500, NOW + 1000); /* the backoff's first step */
    assert_int_equal(next(&r, again), DRAIN_REFRESH);
    assert_int_equal(drain_token_take(&r.drain, again, NULL), 0);
    drain_token_failed(&r.drain, "no connection", again);
    again = r.drain.trouble.slow_until_ms;
    assert_int_equal(next(&r, again), DRAIN_WAIT); /* three are used up */
    assert_ptr_equal(r.step.budget, &r.limiter.budgets[0]);
    again = r.step.until_ms;
    assert_int_equal(next(&r, again), DRAIN_REFRESH);
    assert_int_equal(drain_token_take(&r.drain, again, NULL), 0);
    drain_token_renewed(&r.drain, again);
    answer(&r, send_next(&r, again, 0, 1), OUTCOME_DONE, REPLY_GO_ON, again);
    close_rig(&r);
}

/* Fresh entries leave only when they have been looked at; tries again need no look. */
static void test_looked_at_before_leaving(void **state) {
    (void)state;
    static const struct budget_spec spec = {
        .name = "requests", .limit = 100, .period_ms = 60000, .costs = {.write = 1, .read = 1}};
    struct drain_options options = batches(1, 2);
    struct reply fine = answer_of(OUTCOME_NONE, REPLY_GO_ON);
    struct rig r;
    options.precheck_max = 3;
    open_with(&r, options, 5, &spec);
    assert_int_equal(next(&r, NOW), DRAIN_PRECHECK);
    assert_int_equal(r.step.count, 3);
    assert_int_equal(r.step.entries[2].position, 2);
    assert_int_equal(drain_precheck_take(&r.drain, 3, 3, NOW, NULL), 0);
    assert_waits(&r, NOW, INT64_MAX); /* nobody leaves while it is in the air */
    drain_precheck_answered(&r.drain, &fine, NOW);
    assert_int_equal(budget_used(&r.limiter, &r.limiter.budgets[0], NOW), 1);
    for (uint32_t i = 0; i < 3; i++)
        answer(&r, send_next(&r, NOW, i, 1), OUTCOME_DONE, REPLY_GO_ON, NOW);
    assert_int_equal(next(&r, NOW), DRAIN_PRECHECK);
    assert_int_equal(r.step.count, 2);
    assert_int_equal(r.step.entries[0].position, 3);
    assert_int_equal(drain_precheck_take(&r.drain, 2, 2, NOW, NULL), 0);
    drain_precheck_answered(&r.drain, &fine, NOW);
    /* too old: asked again */
    assert_int_equal(next(&r, NOW + DRAIN_PRECHECK_FRESH_MS), DRAIN_SEND);
    int64_t old = NOW + DRAIN_PRECHECK_FRESH_MS + 1;
    assert_int_equal(next(&r, old), DRAIN_PRECHECK);
    assert_int_equal(drain_precheck_take(&r.drain, 2, 2, old, NULL), 0);
    drain_precheck_answered(&r.drain, &fine, old);
    /* once: were it for ever, an entry whose look takes its room would never leave */
    assert_int_equal(next(&r, old + DRAIN_PRECHECK_FRESH_MS + 1), DRAIN_SEND);
    close_rig(&r);
}

/* A look that fails does what the answer to an unfollow would, and lets nobody through. */
/* Of whom all is known, nobody need be asked: they leave, and those behind them are looked at. */
static void test_known_without_a_look(void **state) {
    (void)state;
    struct drain_options options = plain();
    struct rig r;
    options.precheck_max = 3;
    open_with(&r, options, 5, NULL);
    assert_true(drain_precheck_wanted(&r.drain));
    drain_precheck_known(&r.drain, 2, NOW);
    assert_false(drain_precheck_wanted(&r.drain));
    for (uint32_t i = 0; i < 2; i++)
        answer(&r, send_next(&r, NOW, i, 1), OUTCOME_DONE, REPLY_GO_ON, NOW);
    assert_int_equal(next(&r, NOW), DRAIN_PRECHECK);
    assert_int_equal(r.step.entries[0].position, 2);
    assert_int_equal(drain_precheck_take(&r.drain, 3, 3, NOW, NULL), 0);
    assert_false(drain_precheck_wanted(&r.drain)); /* one is in the air */
    close_rig(&r);
}

static void test_look_that_fails(void **state) {
    static const struct {
        enum reply_action action;
        int64_t until_ms;
        enum drain_do then; /* at once */
        int64_t least_ms, most_ms;
    } rows[] = {
        {REPLY_WAIT, NOW + 5000, DRAIN_WAIT, 5000, 5000},
        {REPLY_BACK_OFF, 0, DRAIN_WAIT, 500, 1000},
        {REPLY_BACK_OFF, NOW + 70000, DRAIN_WAIT, 70000, 70000},
        {REPLY_REFRESH, 0, DRAIN_REFRESH, 0, 0},
        {REPLY_STOP, 0, DRAIN_END, 0, 0},
        {REPLY_STREAK, 0, DRAIN_END, 0, 0},
        {REPLY_SPLIT, 0, DRAIN_PRECHECK, 0, 0}, /* refused as a whole: in smaller ones, at once */
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct drain_options options = plain();
        struct reply reply = answer_of(OUTCOME_RETRY, rows[i].action);
        struct rig r;
        options.precheck_max = 3;
        open_with(&r, options, 5, NULL);
        reply.budget = "u";
        reply.code = WINNOW_CREDENTIAL;
        reply.until_ms = rows[i].until_ms;
        assert_int_equal(next(&r, NOW), DRAIN_PRECHECK);
        assert_int_equal(drain_precheck_take(&r.drain, 3, 3, NOW, NULL), 0);
        drain_precheck_failed(&r.drain, &reply, false, NOW);
        if (next(&r, NOW) != rows[i].then)
            fail_msg("row %zu: %d", i, (int)r.step.what);
        if (rows[i].then == DRAIN_WAIT) {
            assert_in_range(r.step.until_ms - NOW, rows[i].least_ms, rows[i].most_ms);
            assert_int_equal(next(&r, r.step.until_ms), DRAIN_PRECHECK);
        }
        close_rig(&r);
    }
}

static int64_t refused_busy(struct rig *r, int64_t now, int64_t told) {
    struct reply reply = answer_of(OUTCOME_RETRY, REPLY_WAIT);
    reply.budget = "u";
    reply.until_ms = told;
    drain_answer(&r->drain, send_next(r, now, 0, 1), &reply, false, now, &r->settled);
    assert_int_equal(next(r, now), DRAIN_WAIT);
    return r->step.until_ms;
}

/* A server whose resets always come too early is not asked at that pace for ever. */
static void test_repeated_429_waits_longer(void **state) {
    (void)state;
    struct rig r;
    open_with(&r, plain(), 9, NULL);
    int64_t at = refused_busy(&r, NOW, NOW + 100);
    assert_int_equal(at, NOW + 100); /* the first time it is believed */
    int64_t wait = 0;
    for (int round = 1; round <= 8; round++) {
        int64_t until = refused_busy(&r, at, at + 100);
        int64_t step = INT64_C(1000) << (round - 1 < 6 ? round - 1 : 6);
        assert_in_range(until - at, step / 2, step);
        assert_true(until - at >= wait / 2);
        wait = until - at;
        at = until;
    }
    answer(&r, send_next(&r, at, 0, 1), OUTCOME_DONE, REPLY_GO_ON, at);
    struct reply reply = answer_of(OUTCOME_RETRY, REPLY_WAIT);
    reply.budget = "u";
    reply.until_ms = at + 100;
    drain_answer(&r.drain, send_next(&r, at, 1, 1), &reply, false, at, &r.settled);
    assert_waits(&r, at, at + 100); /* a success between: believed again */
    close_rig(&r);
}

/* What several in flight are told at once is one round. */
static void test_429s_at_once_are_one(void **state) {
    (void)state;
    struct rig r;
    int flights[8];
    open_with(&r, batches(1, 8), 20, NULL);
    for (uint32_t i = 0; i < 8; i++)
        flights[i] = send_next(&r, NOW, i, 1);
    for (uint32_t i = 0; i < 8; i++) {
        struct reply reply = answer_of(OUTCOME_RETRY, REPLY_WAIT);
        reply.budget = "u";
        reply.until_ms = NOW + 900;
        drain_answer(&r.drain, flights[i], &reply, false, NOW + i, &r.settled);
    }
    assert_waits(&r, NOW + 8, NOW + 900);
    close_rig(&r);
}

static void test_streak_stops(void **state) {
    (void)state;
    struct rig r;
    open_with(&r, plain(), 9, NULL);
    answer(&r, send_next(&r, NOW, 0, 1), OUTCOME_RETRY, REPLY_STREAK, NOW);
    answer(&r, send_next(&r, NOW, 1, 1), OUTCOME_RETRY, REPLY_STREAK, NOW);
    answer(&r, send_next(&r, NOW, 2, 1), OUTCOME_DONE, REPLY_GO_ON, NOW);
    for (uint32_t i = 3; i < 6; i++) {
        assert_int_equal(r.drain.run.phase, DRAIN_RUNNING);
        answer(&r, send_next(&r, NOW, i, 1), OUTCOME_RETRY, REPLY_STREAK, NOW);
    }
    assert_ends(&r, NOW, WINNOW_SAFETY, r.drain.run.end_reason);
    assert_int_equal(r.drain.retry_count, 5);
    close_rig(&r);
}

/* Nobody of those who stopped the run is settled, however often it is run. */
static void test_streak_settles_nobody(void **state) {
    struct rig r;
    (void)state;
    open_with(&r, plain(), 3, NULL);
    for (int run = 0; run < 20; run++) {
        int64_t now = NOW + run * INT64_C(100000000);
        for (uint32_t i = 0; i < 3; i++) {
            int flight = -1;
            assert_int_equal(next(&r, now), DRAIN_SEND);
            assert_int_equal(drain_take(&r.drain, &r.step, none_protected, now, &flight, NULL), 0);
            answer(&r, flight, OUTCOME_RETRY, REPLY_STREAK, now);
            assert_false(r.settled.exhausted[0]);
            now += 1000000;
        }
        assert_ends(&r, now, WINNOW_SAFETY, NULL);
        r.drain.run.phase = DRAIN_RUNNING; /* as the next run finds it */
        r.drain.trouble.streak = r.drain.trouble.failures = 0;
        r.drain.trouble.slow_until_ms = 0;
        r.drain.trouble.state = TROUBLE_CALM;
        r.drain.trouble.fresh_first = false;
    }
    close_rig(&r);
}

/* One whom the platform does not find, again and again, is no streak: where others succeed its
 * tries run out, and it is refused, not gone. */
static void test_one_in_a_streak(void **state) {
    struct rig r;
    int64_t now = NOW;
    uint32_t tries = 0;
    bool out = false;
    (void)state;
    struct drain_options options = plain();
    options.attempts_max = 12;
    open_with(&r, options, 40, NULL);
    for (; next(&r, now) != DRAIN_END; now = r.step.what == DRAIN_WAIT ? r.step.until_ms : now) {
        int flight = -1;
        if (r.step.what == DRAIN_WAIT)
            continue;
        bool lost = r.step.entries[0].position == 5;
        assert_int_equal(drain_take(&r.drain, &r.step, none_protected, now, &flight, NULL), 0);
        answer(&r, flight, lost ? OUTCOME_RETRY : OUTCOME_DONE, lost ? REPLY_STREAK : REPLY_GO_ON,
               now);
        tries += lost;
        out = out || r.settled.exhausted[0];
        now += 700;
    }
    assert_int_equal(r.step.code, WINNOW_OK);
    assert_int_equal(tries, DRAIN_UNSURE_TRIES_MAX);
    assert_true(out);
    close_rig(&r);
}

/* A question goes at once, alone, as a read; the next follows; what it proves settles the entry. */
static void test_questions(void **state) {
    static const struct budget_spec spec = {.name = "u",
                                            .limit = 100,
                                            .period_ms = 60000,
                                            .costs = {.each = {[ACTION_UNFOLLOW] = 10}, .read = 1}};
    struct rig r;
    (void)state;
    struct drain_options options = plain();
    options.attempts_max = 12;
    open_with(&r, options, 2, &spec);
    answer(&r, send_next(&r, NOW, 0, 1), OUTCOME_RETRY, REPLY_ASK, NOW);
    for (uint8_t number = 1; number <= 3; number++) {
        int flight = send_next(&r, NOW, 0, 1);
        assert_int_equal(r.step.entries[0].ask, number);
        assert_int_equal(r.limiter.budgets[0].held, 1);
        answer(&r, flight, number < 3 ? OUTCOME_RETRY : OUTCOME_TARGET_GONE,
               number < 3 ? REPLY_ASK : REPLY_GO_ON, NOW);
    }
    assert_int_equal(r.settled.outcome, OUTCOME_TARGET_GONE);
    answer(&r, send_next(&r, NOW, 1, 1), OUTCOME_RETRY, REPLY_ASK, NOW);
    answer(&r, send_next(&r, NOW, 1, 1), OUTCOME_RETRY, REPLY_BACK_OFF, NOW);
    assert_int_equal(next(&r, NOW), DRAIN_WAIT);
    int64_t later = NOW + 10000; /* the same question again */
    int flight = send_next(&r, later, 1, 1);
    assert_int_equal(r.step.entries[0].ask, 1);
    answer(&r, flight, OUTCOME_RETRY, REPLY_STREAK, later); /* they are there: it is sent again */
    int64_t much_later = later + INT64_C(10000000);
    flight = send_next(&r, much_later, 1, 1);
    assert_int_equal(r.step.entries[0].ask, 0);
    answer(&r, flight, OUTCOME_RETRY, REPLY_ASK, much_later);
    /* too old: it is sent again first, and then asked about anew */
    int64_t old = much_later + DRAIN_PRECHECK_FRESH_MS + 1;
    answer(&r, send_next(&r, old, 1, 1), OUTCOME_RETRY, REPLY_ASK, old);
    assert_int_equal(next(&r, old), DRAIN_SEND);
    assert_int_equal(r.step.entries[0].ask, 1);
    close_rig(&r);
}

/* A server without batches is not asked for one again; nor one whose answers do not say what became
 * of two in a row. */
static void test_single_from_then_on(void **state) {
    (void)state;
    for (int hollow = 0; hollow < 2; hollow++) {
        struct rig r;
        struct reply reply = answer_of(hollow ? OUTCOME_IN_DOUBT : OUTCOME_RETRY, REPLY_SPLIT);
        reply.not_offered = !hollow;
        open_with(&r, batches(100, 1), 300, NULL);
        drain_answer(&r.drain, send_next(&r, NOW, 0, 100), &reply, false, NOW, &r.settled);
        if (hollow)
            drain_answer(&r.drain, send_next(&r, NOW, 0, 13), &reply, false, NOW, &r.settled);
        uint32_t sent = 0;
        while (next(&r, NOW) == DRAIN_SEND) {
            int flight;
            assert_int_equal(drain_take(&r.drain, &r.step, none_protected, NOW, &flight, NULL), 0);
            assert_int_equal(r.step.count, 1);
            sent++;
            answer(&r, flight, OUTCOME_DONE, REPLY_GO_ON, NOW);
        }
        assert_int_equal(sent, 300);
        close_rig(&r);
    }
}

/* A server whose clock is of 1970 makes a quarter of an hour look like 56 years. */
static void test_a_wait_is_plausible(void **state) {
    static const struct {
        int64_t period_ms, told_ms, window_ms, waits_ms;
    } rows[] = {
        {900000, 600000, 0, 600000},
        {900000, INT64_C(32) * 86400000, 0, 905000},
        {2000, INT64_C(32) * 86400000, 0, 905000},
        {INT64_C(86400000), INT64_C(40000000), 0, 40000000},
        {900000, INT64_C(86400000), INT64_C(86400000), 86400000}, /* named by the platform */
        {900000, INT64_C(32) * 86400000, INT64_C(86400000), 86405000},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (int named = 0; named < 2; named++) {
            struct budget_spec spec = {.name = "u",
                                       .limit = 9,
                                       .period_ms = rows[i].period_ms,
                                       .costs = {.each = {[ACTION_UNFOLLOW] = 1}}};
            struct reply reply = answer_of(OUTCOME_RETRY, REPLY_WAIT);
            struct rig r;
            open_with(&r, plain(), 9, &spec);
            reply.budget = named ? "u" : NULL;
            reply.until_ms = NOW + rows[i].told_ms;
            reply.window_ms = rows[i].window_ms;
            drain_answer(&r.drain, send_next(&r, NOW, 0, 1), &reply, false, NOW, &r.settled);
            assert_waits(&r, NOW, NOW + rows[i].waits_ms);
            limiter_observe(&r.limiter, "u", 9, 0, NOW + rows[i].told_ms, NOW);
            assert_true(r.limiter.budgets[0].cap_until_ms <= NOW + rows[i].period_ms + 905000);
            close_rig(&r);
        }
}

/* The server is well and one entry is not: its tries run out, all others go through, wherever it
 * stands. */
static void test_poison_entry(void **state) {
    (void)state;
    static const uint32_t places[] = {0, 5, 9};
    for (size_t i = 0; i < 3; i++) {
        struct rig r;
        uint32_t settled = 0;
        uint32_t exhausted = 0;
        uint32_t tries = 0;
        int64_t now = NOW;
        open_with(&r, plain(), 10, NULL);
        while (next(&r, now) != DRAIN_END) {
            if (r.step.what == DRAIN_WAIT) {
                assert_true(r.step.until_ms > now && r.step.until_ms < INT64_MAX);
                now = r.step.until_ms;
                continue;
            }
            uint32_t position = r.step.entries[0].position;
            bool poison = position == places[i];
            tries += poison;
            assert_true(tries <= 3);
            answer(&r, send_next(&r, now, position, 1), poison ? OUTCOME_RETRY : OUTCOME_DONE,
                   poison ? REPLY_BACK_OFF : REPLY_GO_ON, now);
            settled += r.settled.exhausted[0] || !poison;
            exhausted += r.settled.exhausted[0];
        }
        assert_int_equal(r.step.code, WINNOW_OK);
        assert_int_equal(settled, 10);
        assert_int_equal(exhausted, 1);
        assert_int_equal(tries, 3);
        close_rig(&r);
    }
}

/* A day without a network, before or after requests leave, costs at most one try of one entry. */
static void test_network_down_for_a_day(void **state) {
    (void)state;
    for (int never_left = 0; never_left < 2; never_left++) {
        struct rig r;
        struct reply reply =
            answer_of(never_left ? OUTCOME_RETRY : OUTCOME_IN_DOUBT, REPLY_BACK_OFF);
        uint32_t asked = 0;
        int64_t now = NOW;
        open_with(&r, batches(1, 2), 3000, NULL);
        while (now < NOW + 86400000) {
            if (next(&r, now) == DRAIN_WAIT) {
                assert_in_range(r.step.until_ms, now + 1, now + 64000 * 2);
                now = r.step.until_ms;
                continue;
            }
            int flight = send_next(&r, now, r.step.entries[0].position, 1);
            drain_answer(&r.drain, flight, &reply, never_left, now, &r.settled);
            assert_false(r.settled.exhausted[0]);
            asked++;
        }
        assert_true(asked > 86400 / 64 && asked < 86400 / 64 * 4); /* it goes on asking, not fast */
        uint32_t attempts = 0;
        for (uint32_t i = 0; i < r.drain.retry_count; i++)
            attempts += r.drain.retries[i].attempts;
        assert_int_equal(attempts, never_left ? 0 : 1);
        close_rig(&r);
    }
}

static void test_success_forgets_failures(void **state) {
    (void)state;
    struct rig r;
    open_with(&r, plain(), 9, NULL);
    int64_t now = NOW;
    for (uint32_t i = 0; i < 3; i++) {
        answer(&r, send_next(&r, now, i, 1), OUTCOME_RETRY, REPLY_BACK_OFF, now);
        assert_in_range(r.drain.trouble.slow_until_ms - now, (500 << i), (1000 << i));
        now = r.drain.trouble.slow_until_ms;
        r.drain.retry_count = 0; /* those in the way */
    }
    answer(&r, send_next(&r, now, 3, 1), OUTCOME_DONE, REPLY_GO_ON, now);
    answer(&r, send_next(&r, now, 4, 1), OUTCOME_RETRY, REPLY_BACK_OFF, now);
    assert_in_range(r.drain.trouble.slow_until_ms - now, 500, 1000);
    close_rig(&r);
}

/* A batch refused by a limit that we do not know of comes back halved, down to one. */
static void test_batches_are_halved(void **state) {
    (void)state;
    struct rig r;
    int64_t now = NOW;
    open_with(&r, batches(20, 2), 100, NULL);
    int first = send_next(&r, now, 0, 20);
    int second = send_next(&r, now, 20, 20);
    answer(&r, first, OUTCOME_RETRY, REPLY_WAIT, now);
    assert_int_equal(r.drain.batch_now, 10);
    static const uint32_t sizes[] = {10, 5, 2, 1, 1};
    for (size_t i = 0; i < 5; i++) {
        now += 60000;
        assert_int_equal(next(&r, now), DRAIN_SEND);
        int flight = send_next(&r, now, r.step.entries[0].position, sizes[i]);
        answer(&r, flight, OUTCOME_RETRY, REPLY_WAIT, now);
    }
    answer(&r, second, OUTCOME_RETRY, REPLY_WAIT, now); /* an old, large one: no larger again */
    assert_int_equal(r.drain.batch_now, 1);
    close_rig(&r);
}

static void test_restore(void **state) {
    (void)state;
    struct rig r;
    struct winnow_error err = {0};
    open_with(&r, batches(2, 1), 100, NULL);
    r.drain.cursor = 50;
    static const uint32_t open[] = {40, 7, 22, 3};
    for (size_t i = 0; i < 4; i++) {
        struct drain_entry e = {.position = open[i], .attempts = 2, .in_doubt = true};
        assert_int_equal(drain_restore(&r.drain, &e, &err), 0);
    }
    answer(&r, send_next(&r, NOW, 3, 2), OUTCOME_ALREADY_SO, REPLY_GO_ON, NOW);
    assert_int_equal(r.settled.entries[1].position, 7);
    answer(&r, send_next(&r, NOW, 22, 2), OUTCOME_DONE, REPLY_GO_ON, NOW);
    send_next(&r, NOW, 50, 2);
    /* More open entries than there can be: the store is damaged, and nothing is written over. */
    struct drain_entry e = {.position = 1};
    int result = 0;
    for (uint32_t i = 0; i < DRAIN_RETRIES_MAX + 10 && result == 0; i++)
        result = drain_restore(&r.drain, &e, &err);
    assert_int_equal(result, -1);
    assert_int_equal(err.code, WINNOW_DAMAGED);
    close_rig(&r);
}

/* When too many wait for another try, fresh entries wait too. */
static void test_retries_are_bounded(void **state) {
    (void)state;
    struct rig r;
    open_with(&r, batches(2, 1), 10000, NULL);
    r.drain.cursor = 5000;
    for (uint32_t i = 0; i < DRAIN_RETRIES_MAX; i++) {
        struct drain_entry e = {.position = i, .not_before_ms = NOW + 1000};
        assert_int_equal(drain_restore(&r.drain, &e, NULL), 0);
    }
    assert_waits(&r, NOW, NOW + 1000);
    send_next(&r, NOW + 1000, 0, 2);
    assert_int_equal(r.drain.cursor, 5000);
    close_rig(&r);
}

static void test_even_pace_spreads(void **state) {
    (void)state;
    static const struct budget_spec spec = {
        .name = "u", .limit = 50, .period_ms = 900000, .costs = {.each = {[ACTION_UNFOLLOW] = 1}}};
    struct rig r;
    open_with(&r, plain(), 10, &spec);
    r.limiter.pace = PACE_EVEN;
    answer(&r, send_next(&r, NOW, 0, 1), OUTCOME_DONE, REPLY_GO_ON, NOW + 200);
    assert_waits(&r, NOW + 200, NOW + 18000);
    send_next(&r, NOW + 18000, 1, 1);
    close_rig(&r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_final_outcomes_settle),
        cmocka_unit_test(test_empty_plan_ends_at_once),
        cmocka_unit_test(test_actions),
        cmocka_unit_test(test_wait_blocks_its_budget),
        cmocka_unit_test(test_answers_are_heard),
        cmocka_unit_test(test_cost_held_settled_released),
        cmocka_unit_test(test_fresh_in_order_due_tries_first),
        cmocka_unit_test(test_tries_and_fresh_share_a_batch),
        cmocka_unit_test(test_split_goes_alone_in_order),
        cmocka_unit_test(test_split_by_eighths),
        cmocka_unit_test(test_split_of_one_is_an_attempt),
        cmocka_unit_test(test_alone_ends_a_batch),
        cmocka_unit_test(test_protected_never_in_a_flight),
        cmocka_unit_test(test_pause_and_resume),
        cmocka_unit_test(test_stop_finishes_what_is_in_flight),
        cmocka_unit_test(test_stop_reply_says_why),
        cmocka_unit_test(test_long_reasons_are_cut),
        cmocka_unit_test(test_until),
        cmocka_unit_test(test_done_before_until),
        cmocka_unit_test(test_cap_of_the_users),
        cmocka_unit_test(test_refresh_once),
        cmocka_unit_test(test_refresh_is_a_request),
        cmocka_unit_test(test_a_token_that_expires_while_it_waits),
        cmocka_unit_test(test_a_token_that_another_process_got),
        cmocka_unit_test(test_looked_at_before_leaving),
        cmocka_unit_test(test_known_without_a_look),
        cmocka_unit_test(test_look_that_fails),
        cmocka_unit_test(test_repeated_429_waits_longer),
        cmocka_unit_test(test_429s_at_once_are_one),
        cmocka_unit_test(test_streak_stops),
        cmocka_unit_test(test_streak_settles_nobody),
        cmocka_unit_test(test_one_in_a_streak),
        cmocka_unit_test(test_questions),
        cmocka_unit_test(test_single_from_then_on),
        cmocka_unit_test(test_a_wait_is_plausible),
        cmocka_unit_test(test_poison_entry),
        cmocka_unit_test(test_network_down_for_a_day),
        cmocka_unit_test(test_success_forgets_failures),
        cmocka_unit_test(test_batches_are_halved),
        cmocka_unit_test(test_restore),
        cmocka_unit_test(test_retries_are_bounded),
        cmocka_unit_test(test_even_pace_spreads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
