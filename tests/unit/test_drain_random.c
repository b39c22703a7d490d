/* The drain against a platform that knows who is followed: campaigns of 10,000 entries with faults
 * drawn from a seed. Each entry is settled exactly once, fresh ones leave in order, a protected one
 * never, and the campaign ends. A failing seed is printed; give it as the first argument to run it
 * alone. Time is virtual. */
#include "cmocka_all.h"

#include "core/drain/drain.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEEDS   300
#define ENTRIES 10000
#define START   INT64_C(1790000000000)

static uint64_t only_seed;

enum place { UNTOUCHED, OPEN, FLYING, SETTLED };

struct world {
    uint64_t seed, state;
    int64_t now_ms;
    struct limiter limiter;
    struct drain_options options;
    struct drain drain;
    struct drain_step step;
    struct drain_settlement settled;
    enum place place[ENTRIES];
    bool gone[ENTRIES];   /* on the platform */
    bool poison[ENTRIES]; /* the platform always fails on it */
    bool kept[ENTRIES];   /* protected */
    uint32_t tried[ENTRIES];
    struct drain_entry open[ENTRIES]; /* what the store would hold of OPEN and FLYING ones */
    uint32_t settled_count, next_fresh;
    struct flying {
        bool taken;
        int64_t answered_ms;
    } flying[DRAIN_IN_FLIGHT_MAX];
    uint32_t in_flight;
    uint32_t faults; /* of 1,000 answers */
    bool token_expired, paused;
    uint32_t refreshes;
};

static uint64_t draw(struct world *w, uint64_t below) {
    w->state ^= w->state >> 12;
    w->state ^= w->state << 25;
    w->state ^= w->state >> 27;
    return (w->state * UINT64_C(2685821657736338717) >> 11) % below;
}

#define check(w, what)                                                                             \
    do {                                                                                           \
        if (!(what))                                                                               \
            fail_msg("seed %" PRIu64 ": %s", (w)->seed, #what);                                    \
    } while (0)

static void open_drain(struct world *w, uint32_t cursor) {
    static const struct budget_spec spec = {
        .name = "u", .limit = 5000, .period_ms = 60000, .costs = {.each = {[ACTION_UNFOLLOW] = 1}}};
    unsigned char image[BUDGET_IMAGE_MAX];
    size_t size = 0;
    if (w->limiter.count > 0) {
        size = budget_image_size(&w->limiter.budgets[0]);
        budget_write(&w->limiter.budgets[0], 0, image);
        limiter_free(&w->limiter);
    }
    limiter_init(&w->limiter, PACE_BURST);
    check(w, limiter_add(&w->limiter, &spec, NULL) == 0);
    if (size > 0)
        check(w, budget_read(&w->limiter.budgets[0], 0, image, size, w->now_ms, NULL) == 0);
    check(w, drain_open(&w->drain, &w->options, &w->limiter, ENTRIES, cursor, NULL) == 0);
}

static void make_world(struct world *w, uint64_t seed) {
    static const uint32_t batches[] = {1, 1, 7, 50, 200};
    memset(w, 0, sizeof *w);
    w->seed = seed;
    w->state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    w->now_ms = START;
    w->options = drain_defaults;
    w->options.seed = seed;
    w->options.in_flight_max = (uint32_t)draw(w, 8) + 1;
    w->options.batch_max = batches[draw(w, 5)];
    w->options.attempts_max = (uint32_t)draw(w, 6) + 2;
    w->options.streak_max = 1000000;
    w->options.refusals_max = 1000000;
    w->faults = (uint32_t)draw(w, 4) * 100;
    uint64_t poisoned = draw(w, 40) + 1;
    for (uint32_t i = 0; i < ENTRIES; i++) {
        w->gone[i] = draw(w, 20) == 0;
        w->kept[i] = draw(w, 50) == 0;
        w->poison[i] = draw(w, 1000) < poisoned && draw(w, 10) == 0;
    }
    w->poison[ENTRIES - 1] = draw(w, 3) == 0;
    open_drain(w, 0);
}

/* The offered entries: nobody twice, fresh ones in order, small batches kept small. */
static void check_offer(struct world *w) {
    const struct drain_step *s = &w->step;
    check(w, s->count > 0 && s->count <= w->options.batch_max);
    check(w, !w->paused);
    check(w, w->in_flight < w->options.in_flight_max);
    uint32_t fresh = w->next_fresh;
    for (uint32_t i = 0; i < s->count; i++) {
        const struct drain_entry *e = &s->entries[i];
        check(w, e->position < ENTRIES);
        if (w->place[e->position] == UNTOUCHED)
            check(w, e->position == fresh++);
        else
            check(w, w->place[e->position] == OPEN && fresh == w->next_fresh);
        check(w, e->not_before_ms <= w->now_ms);
        check(w, e->together == 0 || s->count <= e->together);
        check(w, e->attempts < w->options.attempts_max);
    }
    w->next_fresh = fresh;
}

static void settle(struct world *w, uint32_t position) {
    check(w, w->place[position] != SETTLED);
    w->place[position] = SETTLED;
    w->settled_count++;
}

static void send_offer(struct world *w) {
    bool kept[DRAIN_BATCH_MAX];
    int flight;
    check_offer(w);
    for (uint32_t i = 0; i < w->step.count; i++) {
        uint32_t p = w->step.entries[i].position;
        kept[i] = w->kept[p];
        if (kept[i]) {
            settle(w, p);
            continue;
        }
        w->place[p] = FLYING;
        w->open[p] = w->step.entries[i];
        w->tried[p]++;
    }
    check(w, drain_take(&w->drain, &w->step, kept, w->now_ms, &flight, NULL) == 0);
    if (flight < 0)
        return;
    uint32_t count;
    const struct drain_entry *e = drain_flight_entries(&w->drain, flight, &count);
    check(w, count > 0 && !w->flying[flight].taken);
    for (uint32_t i = 0; i < count; i++)
        check(w, !w->kept[e[i].position] && w->place[e[i].position] == FLYING);
    w->flying[flight] = (struct flying){true, w->now_ms + 50 + (int64_t)draw(w, 400)};
    w->in_flight++;
    check(w, w->in_flight == w->drain.in_flight);
}

/* ---- the platform ---- */

static void take_effect(struct world *w, const struct drain_entry *e, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        w->gone[e[i].position] = true;
}

static struct reply fault(struct world *w, const struct drain_entry *e, uint32_t count,
                          bool *never_left) {
    struct reply r = {.outcome = OUTCOME_RETRY, .action = REPLY_BACK_OFF, .reason = "a fault"};
    switch (draw(w, 7)) {
    case 0:
        r.action = REPLY_WAIT;
        r.budget = draw(w, 2) == 0 ? "u" : NULL;
        r.until_ms = draw(w, 2) == 0 ? 0 : w->now_ms + (int64_t)draw(w, 9000);
        break;
    case 1: /* done, and the answer lost */
        take_effect(w, e, count);
        r.outcome = OUTCOME_IN_DOUBT;
        break;
    case 2:
        r.outcome = OUTCOME_IN_DOUBT;
        break;
    case 3:
        *never_left = true;
        break;
    case 4:
        r.action = REPLY_STREAK;
        break;
    case 5:
        w->token_expired = true;
        r.action = REPLY_REFRESH;
        break;
    default:
        break;
    }
    return r;
}

/* A batch succeeds as a whole, or fails for one that is gone or poison. */
static struct reply platform(struct world *w, const struct drain_entry *e, uint32_t count,
                             bool *never_left) {
    bool bad = false;
    bool gone = false;
    for (uint32_t i = 0; i < count; i++) {
        bad = bad || w->poison[e[i].position];
        gone = gone || w->gone[e[i].position];
    }
    if (w->token_expired)
        return (struct reply){.outcome = OUTCOME_RETRY, .action = REPLY_REFRESH};
    if (draw(w, 1000) < w->faults)
        return fault(w, e, count, never_left);
    if (count > 1 && (bad || gone))
        return (struct reply){.outcome = OUTCOME_RETRY, .action = REPLY_SPLIT};
    if (bad)
        return (struct reply){.outcome = OUTCOME_RETRY, .action = REPLY_BACK_OFF};
    take_effect(w, e, count);
    return (struct reply){.outcome = gone ? OUTCOME_ALREADY_SO : OUTCOME_DONE};
}

static int next_answer(const struct world *w) {
    int first = -1;
    for (int i = 0; i < DRAIN_IN_FLIGHT_MAX; i++)
        if (w->flying[i].taken &&
            (first < 0 || w->flying[i].answered_ms < w->flying[first].answered_ms))
            first = i;
    return first;
}

static void answer(struct world *w, int flight) {
    uint32_t count;
    bool never_left = false;
    const struct drain_entry *e = drain_flight_entries(&w->drain, flight, &count);
    w->now_ms = w->flying[flight].answered_ms;
    struct reply reply = platform(w, e, count, &never_left);
    w->flying[flight].taken = false;
    w->in_flight--;
    struct drain_settlement *s = &w->settled;
    drain_answer(&w->drain, flight, &reply, never_left, w->now_ms, s);
    check(w, s->count == count && s->outcome == reply.outcome);
    for (uint32_t i = 0; i < s->count; i++) {
        uint32_t p = s->entries[i].position;
        check(w, w->place[p] == FLYING);
        if (outcome_final(s->outcome)) {
            check(w, w->gone[p] && !s->exhausted[i]);
            settle(w, p);
        } else if (s->exhausted[i]) {
            settle(w, p);
        } else {
            w->place[p] = OPEN;
            w->open[p] = s->entries[i];
        }
    }
}

/* Killed and started again: what was in flight is in doubt, and half of it has happened. */
static void crash(struct world *w) {
    uint32_t cursor = w->drain.cursor;
    check(w, w->drain.fault.text[0] == '\0');
    check(w, cursor == w->next_fresh);
    drain_close(&w->drain);
    w->now_ms += (int64_t)draw(w, 100000);
    w->token_expired = false;
    w->paused = false;
    open_drain(w, cursor);
    for (uint32_t p = 0; p < cursor; p++) {
        if (w->place[p] == FLYING) {
            w->gone[p] = w->gone[p] || draw(w, 2) == 0;
            w->open[p].in_doubt = true;
            w->place[p] = OPEN;
        }
        if (w->place[p] == OPEN)
            check(w, drain_restore(&w->drain, &w->open[p], NULL) == 0);
    }
    memset(w->flying, 0, sizeof w->flying);
    w->in_flight = 0;
}

static void wait_on(struct world *w) {
    int flight = next_answer(w);
    if (flight >= 0 && w->flying[flight].answered_ms <= w->step.until_ms) {
        answer(w, flight);
    } else if (w->paused) {
        drain_resume(&w->drain);
        w->paused = false;
    } else {
        check(w, w->step.until_ms > w->now_ms && w->step.until_ms < INT64_MAX);
        w->now_ms = w->step.until_ms;
    }
}

static void run_seed(struct world *w, uint64_t seed) {
    make_world(w, seed);
    uint32_t crashes = (uint32_t)draw(w, 5);
    for (uint32_t steps = 0;; steps++) {
        check(w, steps < 60 * ENTRIES);
        if (crashes > 0 && draw(w, 2000) == 0) {
            crash(w);
            crashes--;
        }
        if (!w->paused && draw(w, 3000) == 0) {
            drain_pause(&w->drain);
            w->paused = true;
        }
        drain_next(&w->drain, w->now_ms, &w->step);
        if (w->step.what == DRAIN_END)
            break;
        if (w->step.what == DRAIN_SEND) {
            send_offer(w);
        } else if (w->step.what == DRAIN_WAIT) {
            wait_on(w);
        } else {
            check(w, w->in_flight == 0);
            w->token_expired = false;
            check(w, drain_token_take(&w->drain, w->now_ms, NULL) == 0);
            drain_token_renewed(&w->drain, w->now_ms);
        }
        /* A second refresh without a success between stops the run; the next run resumes it. */
        if (w->drain.run.phase == DRAIN_STOPPING && w->in_flight == 0) {
            check(w, w->drain.run.end_code == WINNOW_CREDENTIAL);
            crash(w);
        }
    }
    check(w, w->step.code == WINNOW_OK);
    check(w, w->settled_count == ENTRIES);
    for (uint32_t i = 0; i < ENTRIES; i++) {
        check(w, w->place[i] == SETTLED);
        check(w, w->kept[i] ? w->tried[i] == 0 : w->tried[i] > 0);
    }
    drain_close(&w->drain);
    limiter_free(&w->limiter);
}

static void test_campaigns_end(void **state) {
    (void)state;
    static struct world world;
    if (only_seed != 0) {
        run_seed(&world, only_seed);
        return;
    }
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        run_seed(&world, seed);
}

int main(int argc, char **argv) {
    only_seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_campaigns_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
