/* The limiter's promise (invariant 2) against servers that count by themselves: random budgets,
 * loads, latencies, clocks, releases and crashes from a seed. A failing seed is printed; give it
 * as the first argument to run it alone. And its use: without faults, what a budget allows is used
 * (invariant 6). Time is virtual: nothing here waits. */
#include "cmocka_all.h"

#include "core/limiter/limiter.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEEDS        4000
#define REQUESTS     300 /* of one seed */
#define FLYING_MAX   16
#define ARRIVALS_MAX (REQUESTS + 8)
#define START_MS     INT64_C(1790000000123)

static uint64_t only_seed;

/* ---- a seeded generator of the test's own (xorshift64*) ---- */

struct draw {
    uint64_t state;
};

static uint64_t draw(struct draw *r) {
    r->state ^= r->state >> 12;
    r->state ^= r->state << 25;
    r->state ^= r->state >> 27;
    return r->state * UINT64_C(2685821657736338717);
}

static int64_t between(struct draw *r, int64_t from, int64_t to) {
    return from + (int64_t)(draw(r) % (uint64_t)(to - from + 1));
}

static bool one_in(struct draw *r, int64_t n) {
    return between(r, 1, n) == 1;
}

/* ---- the server: it logs what arrives, and counts at the end ---- */

struct arrival {
    int64_t at_ms; /* on the server's clock */
    uint64_t cost;
};

/* How servers count; a total is never renewed. */
enum counts { COUNTS_SLIDING, COUNTS_ALIGNED, COUNTS_FIRST, COUNTS_TOTAL };

struct counting {
    enum counts kind; /* how this server really counts */
    uint64_t limit;
    int64_t period_ms;
    struct budget_costs costs;
    struct arrival log[ARRIVALS_MAX];
    size_t count;
};

struct world {
    struct draw random;
    int64_t now_ms;
    int64_t skew_ms; /* the server's clock minus ours at the start */
    int64_t ppm;     /* and how its clock drifts from ours */
    struct limiter limiter;
    struct counting servers[BUDGETS_MAX];
    unsigned char stored[BUDGETS_MAX][BUDGET_IMAGE_MAX];
    size_t stored_size[BUDGETS_MAX];
    struct flying {
        struct budget_load load;
        int64_t arrives_ms, answered_ms;
        bool never_left;
    } flying[FLYING_MAX];
    size_t in_flight, in_flight_max;
    int64_t latency_ms;
};

static int64_t server_clock(const struct world *w, int64_t at_ms) {
    return at_ms + w->skew_ms + (at_ms - START_MS) * w->ppm / 1000000;
}

static void arrive(struct world *w, const struct flying *f, int64_t at_ms) {
    for (size_t i = 0; i < w->limiter.count; i++) {
        struct counting *s = &w->servers[i];
        uint64_t cost = (uint64_t)s->costs.each[ACTION_UNFOLLOW] * f->load.count +
                        (f->load.write ? s->costs.write : 0) + (f->load.read ? s->costs.read : 0);
        if (cost == 0)
            continue;
        assert_true(s->count < ARRIVALS_MAX);
        s->log[s->count++] = (struct arrival){server_clock(w, at_ms), cost};
    }
}

static int by_time(const void *a, const void *b) {
    const struct arrival *x = a;
    const struct arrival *y = b;
    return (x->at_ms > y->at_ms) - (x->at_ms < y->at_ms);
}

/* The most that any window of the kind holds. */
static uint64_t most_sliding(const struct counting *s) {
    uint64_t sum = 0;
    uint64_t most = 0;
    size_t from = 0;
    for (size_t i = 0; i < s->count; i++) {
        sum += s->log[i].cost;
        while (s->log[i].at_ms - s->log[from].at_ms >= s->period_ms)
            sum -= s->log[from++].cost;
        most = sum > most ? sum : most;
    }
    return most;
}

static uint64_t most_fixed(const struct counting *s, bool aligned) {
    uint64_t sum = 0;
    uint64_t most = 0;
    int64_t start = INT64_MIN / 2;
    for (size_t i = 0; i < s->count; i++) {
        int64_t at = s->log[i].at_ms;
        if (at - start >= s->period_ms) {
            start = aligned ? at - at % s->period_ms : at;
            sum = 0;
        }
        sum += s->log[i].cost;
        most = sum > most ? sum : most;
    }
    return most;
}

static uint64_t most_counted(struct counting *s, enum counts kind) {
    qsort(s->log, s->count, sizeof s->log[0], by_time);
    uint64_t total = 0;
    switch (kind) {
    case COUNTS_SLIDING:
        return most_sliding(s);
    case COUNTS_ALIGNED:
        return most_fixed(s, true);
    case COUNTS_FIRST:
        return most_fixed(s, false);
    case COUNTS_TOTAL:
        for (size_t i = 0; i < s->count; i++)
            total += s->log[i].cost;
        break;
    }
    return total;
}

static void assert_never_over(struct world *w, uint64_t seed) {
    for (size_t i = 0; i < w->limiter.count; i++) {
        struct counting *s = &w->servers[i];
        /* A sliding budget is right however the server counts. */
        for (int kind = COUNTS_SLIDING; kind <= COUNTS_TOTAL; kind++) {
            bool promised = (s->kind == COUNTS_TOTAL) == (kind == COUNTS_TOTAL);
            uint64_t most = promised ? most_counted(s, (enum counts)kind) : 0;
            if (most > s->limit)
                fail_msg("seed %" PRIu64 ": budget %zu of kind %d, counted as %d: %" PRIu64
                         " of %" PRIu64 " in %" PRId64 " ms",
                         seed, i, s->kind, kind, most, s->limit, s->period_ms);
        }
    }
}

/* ---- the engine's side, as the worker does it ---- */

static struct budget_spec spec_of(const struct counting *s, size_t i) {
    struct budget_spec spec = {.kind = s->kind == COUNTS_TOTAL ? BUDGET_TOTAL : BUDGET_SLIDING,
                               .limit = s->limit,
                               .period_ms = s->kind == COUNTS_TOTAL ? 0 : s->period_ms,
                               .costs = s->costs};
    snprintf(spec.name, sizeof spec.name, "budget/%zu", i);
    return spec;
}

static void make_limiter(struct world *w, size_t count) {
    limiter_init(&w->limiter, one_in(&w->random, 2) ? PACE_EVEN : PACE_BURST);
    for (size_t i = 0; i < count; i++) {
        struct budget_spec spec = spec_of(&w->servers[i], i);
        assert_int_equal(limiter_add(&w->limiter, &spec, NULL), 0);
    }
}

static void store(struct world *w) {
    for (size_t i = 0; i < w->limiter.count; i++) {
        w->stored_size[i] = budget_image_size(&w->limiter.budgets[i]);
        assert_true(w->stored_size[i] <= BUDGET_IMAGE_MAX);
        budget_write(&w->limiter.budgets[i], 0, w->stored[i]);
    }
}

static void make_world(struct world *w, uint64_t seed) {
    static const int64_t periods[] = {40, 1000, 2000, 9973, 60000, 900000, 86400000};
    *w = (struct world){.random = {seed * 2654435769u + 1}, .now_ms = START_MS};
    for (int i = 0; i < 8; i++)
        draw(&w->random);
    size_t count = (size_t)between(&w->random, 1, 4);
    for (size_t i = 0; i < count; i++) {
        struct counting *s = &w->servers[i];
        s->kind = (enum counts)(one_in(&w->random, 20) ? 3 : between(&w->random, 0, 2));
        s->limit = (uint64_t)between(&w->random, 1, one_in(&w->random, 2) ? 60 : 2000);
        s->period_ms = s->kind == COUNTS_TOTAL
                           ? INT64_MAX
                           : periods[between(&w->random, 0, 6)] + between(&w->random, 0, 30);
        s->costs.each[ACTION_UNFOLLOW] = (uint32_t)between(&w->random, 0, s->limit < 4 ? 1 : 2);
        s->costs.write = s->limit < 4 ? 0 : (uint32_t)between(&w->random, 0, 2);
        s->costs.read = (uint32_t)between(&w->random, 0, 1);
    }
    w->skew_ms = between(&w->random, -1000, 1000);
    w->ppm = between(&w->random, -99, 99);
    w->in_flight_max = (size_t)between(&w->random, 1, FLYING_MAX);
    w->latency_ms = between(&w->random, 1, one_in(&w->random, 3) ? 40000 : 500);
    make_limiter(w, count);
    store(w);
}

static size_t next_answer(const struct world *w) {
    size_t first = 0;
    for (size_t i = 1; i < w->in_flight; i++)
        if (w->flying[i].answered_ms < w->flying[first].answered_ms)
            first = i;
    return first;
}

/* What a server may say, true or not, makes us slower and never faster. */
static void hear(struct world *w) {
    char name[BUDGET_NAME_MAX];
    size_t i = (size_t)between(&w->random, 0, (int64_t)w->limiter.count - 1);
    int64_t until_ms = w->now_ms + between(&w->random, -1000, 100000);
    snprintf(name, sizeof name, "budget/%zu", i);
    if (one_in(&w->random, 5))
        limiter_block(&w->limiter, one_in(&w->random, 3) ? NULL : name, until_ms);
    else
        limiter_observe(&w->limiter, name, w->servers[i].limit,
                        (uint64_t)between(&w->random, 0, (int64_t)w->servers[i].limit * 2),
                        until_ms, w->now_ms);
}

static void answer(struct world *w, size_t i) {
    struct flying f = w->flying[i];
    w->flying[i] = w->flying[--w->in_flight];
    if (f.answered_ms > w->now_ms)
        w->now_ms = f.answered_ms;
    if (f.never_left) {
        limiter_release(&w->limiter, f.load);
    } else {
        arrive(w, &f, f.arrives_ms);
        limiter_settle(&w->limiter, f.load, w->now_ms);
    }
    if (one_in(&w->random, 8))
        hear(w);
    if (one_in(&w->random, 2))
        store(w);
}

static void send_load(struct world *w, struct budget_load load) {
    assert_int_equal(limiter_hold(&w->limiter, load, w->now_ms, NULL), 0);
    store(w);
    struct flying *f = &w->flying[w->in_flight++];
    int64_t took = between(&w->random, 0, w->latency_ms);
    if (one_in(&w->random, 50))
        took *= 30;
    *f = (struct flying){.load = load,
                         .arrives_ms = w->now_ms + between(&w->random, 0, took),
                         .answered_ms = w->now_ms + took,
                         .never_left = one_in(&w->random, 15)};
}

/* The process dies, and another starts later from what was stored last. What was in flight has
 * arrived by then, or never will. */
static void crash(struct world *w) {
    static const int64_t pauses[] = {0, 1, 300, 5000, 60000, 900000, 90000000};
    int64_t pause = between(&w->random, 0, pauses[between(&w->random, 0, 6)]);
    int64_t restart_ms = w->now_ms + pause;
    for (size_t i = 0; i < w->in_flight; i++) {
        const struct flying *f = &w->flying[i];
        int64_t arrives = f->arrives_ms < restart_ms ? f->arrives_ms : restart_ms;
        if (!f->never_left && !one_in(&w->random, 3))
            arrive(w, f, arrives);
    }
    w->in_flight = 0;
    w->now_ms = restart_ms;
    size_t count = w->limiter.count;
    limiter_free(&w->limiter);
    make_limiter(w, count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(budget_read(&w->limiter.budgets[i], 0, w->stored[i], w->stored_size[i],
                                     w->now_ms, NULL),
                         0);
}

/* A load that may leave now, or the time to ask again. */
static bool choose(struct world *w, struct budget_load *load, int64_t *again_ms, bool *never) {
    *load = (struct budget_load){.read = true};
    if (one_in(&w->random, 4)) {
        struct limiter_answer a = limiter_ask(&w->limiter, *load, w->now_ms);
        *never = a.never;
        *again_ms = a.at_ms;
        return a.granted;
    }
    uint32_t want = one_in(&w->random, 2) ? 1 : (uint32_t)between(&w->random, 1, 200);
    uint32_t fits = limiter_fit(&w->limiter, ACTION_UNFOLLOW, want, w->now_ms);
    assert_true(fits <= want);
    *load = (struct budget_load){.count = fits == 0 ? 1 : fits, .write = true};
    struct limiter_answer a = limiter_ask(&w->limiter, *load, w->now_ms);
    assert_int_equal(a.granted, fits > 0);
    *never = a.never;
    *again_ms = a.at_ms;
    return a.granted;
}

static void run_seed(uint64_t seed) {
    static struct world world;
    struct world *w = &world;
    make_world(w, seed);
    int waits = 0;
    for (int sent = 0; sent < REQUESTS && waits < 5000; waits++) {
        struct budget_load load;
        int64_t again_ms = 0;
        bool never = false;
        if (one_in(&w->random, 70))
            crash(w);
        if (w->in_flight < w->in_flight_max && choose(w, &load, &again_ms, &never)) {
            send_load(w, load);
            sent++;
            waits = 0;
            continue;
        }
        size_t next = next_answer(w);
        bool full = w->in_flight == w->in_flight_max;
        if (w->in_flight > 0 && (full || w->flying[next].answered_ms <= again_ms)) {
            answer(w, next);
        } else if (never) {
            break;
        } else {
            if (again_ms <= w->now_ms || again_ms == INT64_MAX)
                fail_msg("seed %" PRIu64 ": told to wait until %" PRId64 " at %" PRId64, seed,
                         again_ms, w->now_ms);
            w->now_ms = again_ms + (one_in(&w->random, 3) ? between(&w->random, 0, 50) : 0);
        }
    }
    if (waits >= 5000)
        fail_msg("seed %" PRIu64 ": it does not come to an end", seed);
    while (w->in_flight > 0)
        answer(w, next_answer(w));
    assert_never_over(w, seed);
    limiter_free(&w->limiter);
}

static void test_never_over(void **state) {
    (void)state;
    if (only_seed != 0) {
        run_seed(only_seed);
        return;
    }
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        run_seed(seed);
}

/* ---- utilisation (invariant 6): faults aside, what a budget allows is used ---- */

enum telling { TELLS_NOTHING, TELLS_ALIGNED, TELLS_SLIDING };

struct drain_run {
    enum pace pace;
    uint64_t limit;
    int64_t period_ms;
    int64_t windows;
    uint32_t batch;
    size_t in_flight;
    enum telling telling;
};

#define SENT_MAX 20000

/* Each request: its arrival, in order of arrival for the server's own count. */
struct meter {
    struct draw random;
    struct limiter limiter;
    struct {
        int64_t arrives_ms, answered_ms;
        uint64_t remaining;
        int64_t reset_ms;
        uint32_t cost;
    } flying[FLYING_MAX];
    size_t in_flight;
    struct arrival log[SENT_MAX];
    size_t count;
};

/* What the server says with an answer: its own count, this request in it. */
static void server_counts(struct meter *m, const struct drain_run *run, size_t i) {
    int64_t at = m->flying[i].arrives_ms;
    int64_t from =
        run->telling == TELLS_ALIGNED ? at - at % run->period_ms : at - run->period_ms + 1;
    uint64_t sum = 0;
    int64_t oldest = at;
    for (size_t k = m->count; k-- > 0 && m->log[k].at_ms >= from;) {
        sum += m->log[k].cost;
        oldest = m->log[k].at_ms;
    }
    m->flying[i].remaining = sum < run->limit ? run->limit - sum : 0;
    m->flying[i].reset_ms = (run->telling == TELLS_ALIGNED ? from : oldest) + run->period_ms;
}

static void meter_send(struct meter *m, const struct drain_run *run, uint32_t fits, int64_t now) {
    struct budget_load load = {.count = fits, .write = true};
    assert_int_equal(limiter_hold(&m->limiter, load, now, NULL), 0);
    size_t i = m->in_flight++;
    m->flying[i].cost = fits;
    m->flying[i].arrives_ms = now + 100;
    m->flying[i].answered_ms = now + 100 + between(&m->random, 50, 100);
    assert_true(m->count < SENT_MAX);
    m->log[m->count++] = (struct arrival){now + 100, fits};
    server_counts(m, run, i);
}

static void meter_answer(struct meter *m, const struct drain_run *run, size_t i) {
    int64_t now = m->flying[i].answered_ms;
    limiter_settle(&m->limiter, (struct budget_load){.count = m->flying[i].cost, .write = true},
                   now);
    /* A reset is told in whole seconds. */
    int64_t reset_ms = (m->flying[i].reset_ms + 999) / 1000 * 1000;
    if (run->telling != TELLS_NOTHING)
        limiter_observe(&m->limiter, "u", run->limit, m->flying[i].remaining, reset_ms, now);
    m->flying[i] = m->flying[--m->in_flight];
}

static double utilisation(const struct drain_run *run) {
    static struct meter meter;
    struct meter *m = &meter;
    *m = (struct meter){.random = {77}};
    limiter_init(&m->limiter, run->pace);
    struct budget_spec spec = {.name = "u",
                               .limit = run->limit,
                               .period_ms = run->period_ms,
                               .costs = {.each = {[ACTION_UNFOLLOW] = 1}}};
    assert_int_equal(limiter_add(&m->limiter, &spec, NULL), 0);
    int64_t now = START_MS - START_MS % run->period_ms;
    int64_t end = now + run->windows * run->period_ms;
    while (now < end) {
        int64_t next = INT64_MAX;
        if (m->in_flight < run->in_flight) {
            uint32_t fits = limiter_fit(&m->limiter, ACTION_UNFOLLOW, run->batch, now);
            if (fits > 0) {
                meter_send(m, run, fits, now);
                continue;
            }
            next = limiter_ask(&m->limiter, (struct budget_load){.count = 1, .write = true}, now)
                       .at_ms;
        }
        size_t first = 0;
        for (size_t i = 1; i < m->in_flight; i++)
            if (m->flying[i].answered_ms < m->flying[first].answered_ms)
                first = i;
        if (m->in_flight > 0 && m->flying[first].answered_ms <= next) {
            now = m->flying[first].answered_ms;
            meter_answer(m, run, first);
        } else {
            assert_true(next > now && next < INT64_MAX);
            now = next;
        }
    }
    limiter_free(&m->limiter);
    uint64_t counted = 0;
    for (size_t i = 0; i < m->count; i++)
        counted += m->log[i].at_ms < end ? m->log[i].cost : 0;
    return (double)counted / ((double)run->limit * (double)run->windows);
}

static void test_budgets_are_used(void **state) {
    (void)state;
    static const struct drain_run runs[] = {
        {PACE_BURST, 50, 900000, 96, 1, 1, TELLS_NOTHING},
        {PACE_EVEN, 50, 900000, 96, 1, 1, TELLS_NOTHING},
        {PACE_BURST, 50, 900000, 96, 1, 2, TELLS_ALIGNED},
        {PACE_BURST, 50, 900000, 96, 1, 8, TELLS_ALIGNED},
        {PACE_BURST, 50, 900000, 96, 1, 2, TELLS_SLIDING},
        {PACE_BURST, 50, 900000, 96, 1, 8, TELLS_SLIDING},
        {PACE_EVEN, 50, 900000, 96, 1, 2, TELLS_ALIGNED},
        {PACE_EVEN, 50, 900000, 96, 1, 2, TELLS_SLIDING},
        {PACE_EVEN, 500, 86400000, 20, 1, 2, TELLS_ALIGNED},
        {PACE_BURST, 5000, 3600000, 24, 200, 2, TELLS_ALIGNED},
        {PACE_EVEN, 5000, 3600000, 24, 200, 2, TELLS_SLIDING},
    };
    static const char *const telling[] = {"nothing", "aligned", "sliding"};
    double least = 2;
    for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++) {
        const struct drain_run *run = &runs[i];
        double used = utilisation(run);
        least = used < least ? used : least;
        print_message("%s, %" PRIu64 " per %" PRId64 " s, %" PRId64 " windows, batches of %" PRIu32
                      ", %zu in flight, server tells %s: %.3f %%\n",
                      run->pace == PACE_EVEN ? "even" : "burst", run->limit, run->period_ms / 1000,
                      run->windows, run->batch, run->in_flight, telling[run->telling], 100 * used);
    }
    assert_true(least >= 0.999);
}

int main(int argc, char **argv) {
    only_seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_never_over),
        cmocka_unit_test(test_budgets_are_used),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
