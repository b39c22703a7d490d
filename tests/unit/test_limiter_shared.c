/* A budget that several processes share through one stored image: together they stay under its
 * limit in every window, as the server counts, though they see one another only in transactions,
 * stand still, or die with requests in flight. And they use it to the full. */
#include "cmocka_all.h"

#include "core/base/bytes.h"
#include "core/base/mix.h"
#include "core/limiter/limiter.h"

#include <stdlib.h>
#include <string.h>

#define NOW       INT64_C(1795491000000)
#define PERIOD_MS INT64_C(60000)
#define KEPT      (PERIOD_MS + PERIOD_MS / 10000 + 2)

static const struct budget_load one = {.count = 1, .write = true};

static void open_one(struct limiter *l, uint64_t owner, enum pace pace, uint64_t limit) {
    struct budget_spec spec = {.name = "u",
                               .kind = BUDGET_SLIDING,
                               .limit = limit,
                               .period_ms = PERIOD_MS,
                               .costs = {.each = {[ACTION_UNFOLLOW] = 1}}};
    limiter_init(l, pace);
    assert_int_equal(limiter_add(l, &spec, NULL), 0);
    l->owner = owner;
}

/* ---- the stored image ---- */

struct shelf {
    unsigned char image[BUDGET_IMAGE_MAX];
    size_t size; /* 0: none yet */
};

static uint64_t known_dead;

static bool is_dead(uint64_t owner) {
    return owner == known_dead;
}

static void load(struct limiter *l, const struct shelf *s, int64_t now) {
    struct budget *b = &l->budgets[0];
    if (s->size > 0)
        assert_int_equal(budget_read(b, l->owner, s->image, s->size, now, NULL), 0);
    assert_int_equal(budget_let_go(b, is_dead, now, NULL), 0);
}

static void sync(struct limiter *l, const struct shelf *s, int64_t now) {
    struct budget *b = &l->budgets[0];
    if (s->size > 0)
        assert_int_equal(budget_merge(b, l->owner, s->image, s->size, now, NULL), 0);
    assert_int_equal(budget_let_go(b, is_dead, now, NULL), 0);
}

static void save(struct limiter *l, struct shelf *s) {
    struct budget *b = &l->budgets[0];
    b->generation++;
    budget_write(b, l->owner, s->image);
    s->size = budget_image_size(b);
    budget_saved(b);
}

static bool take(struct limiter *l, struct shelf *s, int64_t now) {
    sync(l, s, now);
    if (!limiter_ask(l, one, now).granted)
        return false;
    assert_int_equal(limiter_hold(l, one, now, NULL), 0);
    save(l, s);
    return true;
}

static uint64_t used(struct limiter *l, int64_t now) {
    return budget_used(l, &l->budgets[0], now);
}

/* ---- what one sees of the other ---- */

static void test_what_others_hold_and_use_counts(void **state) {
    (void)state;
    struct shelf s = {.size = 0};
    struct limiter a, b;
    open_one(&a, 2, PACE_BURST, 4);
    open_one(&b, 4, PACE_BURST, 4);
    assert_true(take(&a, &s, NOW));
    assert_true(take(&a, &s, NOW));
    load(&b, &s, NOW + 1);
    assert_true(take(&b, &s, NOW + 1));
    assert_true(limiter_is_shared_now(&b));
    assert_true(take(&b, &s, NOW + 1));
    assert_false(take(&a, &s, NOW + 2)); /* two of its own and two of the other's */
    assert_int_equal(used(&a, NOW + 2), 4);
    /* In flight, nothing of it can be waited for but an answer: look again soon. */
    assert_int_equal(limiter_ask(&a, one, NOW + 2).at_ms, NOW + 2 + BUDGET_AGAIN_MS);
    limiter_settle(&b, one, NOW + 500);
    limiter_release(&b, one); /* never left */
    sync(&b, &s, NOW + 600);
    save(&b, &s);
    assert_true(take(&a, &s, NOW + 700));
    assert_false(limiter_is_shared_now(&a));
    limiter_free(&a);
    limiter_free(&b);
}

static void test_what_is_not_saved_yet_is_kept(void **state) {
    (void)state;
    struct shelf s = {.size = 0};
    struct limiter a, b;
    open_one(&a, 2, PACE_BURST, 10);
    open_one(&b, 4, PACE_BURST, 10);
    assert_true(take(&a, &s, NOW));
    load(&b, &s, NOW);
    limiter_settle(&a, one, NOW + 100); /* known to a alone */
    limiter_block(&a, "u", NOW + 5000);
    assert_true(take(&b, &s, NOW + 200));
    sync(&a, &s, NOW + 300);
    assert_int_equal(used(&a, NOW + 300), 2);
    assert_int_equal(a.budgets[0].others_held, 1);
    assert_int_equal(a.budgets[0].blocked_until_ms, NOW + 5000);
    save(&a, &s);
    sync(&b, &s, NOW + 400);
    assert_int_equal(used(&b, NOW + 400), 2);
    assert_int_equal(limiter_ask(&b, one, NOW + 400).at_ms, NOW + 5000);
    limiter_free(&a);
    limiter_free(&b);
}

static void test_what_the_server_said_is_shared(void **state) {
    (void)state;
    struct shelf s = {.size = 0};
    struct limiter a, b;
    open_one(&a, 2, PACE_BURST, 10);
    open_one(&b, 4, PACE_BURST, 10);
    assert_true(take(&a, &s, NOW));
    load(&b, &s, NOW);
    limiter_settle(&a, one, NOW + 100);
    limiter_observe(&a, "u", 10, 3, NOW + 9000, NOW + 100);
    assert_true(take(&b, &s, NOW + 200)); /* does not know of it yet */
    sync(&a, &s, NOW + 300);
    save(&a, &s);
    sync(&b, &s, NOW + 400);
    for (int i = 0; i < 3; i++)
        assert_true(take(&b, &s, NOW + 400));
    assert_int_equal(limiter_ask(&b, one, NOW + 400).at_ms, NOW + 9000);
    limiter_free(&a);
    limiter_free(&b);
}

/* A process that died: what it held counts until it must have been answered, and then as answered.
 */
static void test_a_dead_holder(void **state) {
    (void)state;
    struct shelf s = {.size = 0};
    struct limiter a, b, again;
    open_one(&a, 2, PACE_BURST, 2);
    open_one(&b, 4, PACE_BURST, 2);
    assert_true(take(&a, &s, NOW));
    assert_true(take(&a, &s, NOW));
    limiter_free(&a);
    load(&b, &s, NOW + 1);
    assert_false(take(&b, &s, NOW + BUDGET_HOLD_MS - 1));
    assert_int_equal(b.budgets[0].others_held, 2);
    assert_false(take(&b, &s, NOW + BUDGET_HOLD_MS));
    assert_int_equal(b.budgets[0].others_held, 0);
    assert_int_equal(limiter_ask(&b, one, NOW + BUDGET_HOLD_MS).at_ms, NOW + BUDGET_HOLD_MS + KEPT);
    /* Its own next process knows better: it counts from its start. */
    open_one(&again, 2, PACE_BURST, 2);
    load(&again, &s, NOW + 2000);
    assert_int_equal(again.budgets[0].others_held, 0);
    assert_int_equal(limiter_ask(&again, one, NOW + 2000).at_ms, NOW + 2000 + KEPT);
    limiter_free(&again);
    limiter_free(&b);
}

/* Where it can be told that a process is dead, nobody waits for it. */
static void test_a_holder_known_to_be_dead(void **state) {
    (void)state;
    struct shelf s = {.size = 0};
    struct limiter a, b;
    open_one(&a, 3, PACE_BURST, 1);
    open_one(&b, 4, PACE_BURST, 1);
    assert_true(take(&a, &s, NOW));
    load(&b, &s, NOW + 1);
    assert_int_equal(b.budgets[0].others_held, 1);
    known_dead = 3;
    sync(&b, &s, NOW + 2);
    known_dead = 0;
    assert_int_equal(b.budgets[0].others_held, 0);
    assert_int_equal(limiter_ask(&b, one, NOW + 2).at_ms, NOW + 2 + KEPT);
    limiter_free(&a);
    limiter_free(&b);
}

/* One with a shorter period forgets sooner; the other keeps what it knew. */
static void test_periods_that_differ(void **state) {
    (void)state;
    struct shelf s = {.size = 0};
    struct limiter a, b;
    open_one(&a, 2, PACE_BURST, 5);
    open_one(&b, 4, PACE_BURST, 5);
    b.budgets[0].spec.period_ms = 1000;
    for (int i = 0; i < 3; i++) {
        assert_true(take(&a, &s, NOW));
        limiter_settle(&a, one, NOW);
    }
    sync(&a, &s, NOW);
    save(&a, &s);
    load(&b, &s, NOW);
    assert_true(take(&b, &s, NOW + 20000)); /* what it saves has nothing of the three */
    limiter_settle(&b, one, NOW + 20000);
    save(&b, &s);
    sync(&a, &s, NOW + 20001);
    assert_int_equal(used(&a, NOW + 20001), 4);
    assert_int_equal(used(&a, NOW + KEPT), 1);
    limiter_free(&a);
    limiter_free(&b);
}

/* Who only looks sees all that is held as used. */
static void test_who_only_looks(void **state) {
    (void)state;
    struct shelf s = {.size = 0};
    struct limiter a, looks;
    open_one(&a, 2, PACE_BURST, 5);
    open_one(&looks, 0, PACE_BURST, 5);
    assert_true(take(&a, &s, NOW));
    load(&looks, &s, NOW + 10);
    assert_int_equal(used(&looks, NOW + 10), 1);
    assert_int_equal(looks.budgets[0].others_held, 0);
    limiter_free(&a);
    limiter_free(&looks);
}

/* The image of before budgets were shared: kind, held, used, even, blocked, left, until, slots. */
static void test_image_of_version_1(void **state) {
    (void)state;
    unsigned char image[8 * 8 + 16];
    const uint64_t fields[] = {BUDGET_SLIDING,      2, 3, 0, (uint64_t)NOW + 7000, 0, 0, 1,
                               (uint64_t)NOW - 100, 3};
    struct limiter l;
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        put_le(image + 8 * i, fields[i], 8);
    open_one(&l, 2, PACE_BURST, 6);
    assert_int_equal(budget_read(&l.budgets[0], 2, image, sizeof image, NOW, NULL), 0);
    assert_int_equal(used(&l, NOW), 5);
    assert_int_equal(limiter_ask(&l, one, NOW).at_ms, NOW + 7000);
    for (size_t cut = 0; cut < sizeof image; cut++)
        assert_int_equal(budget_read(&l.budgets[0], 2, image, cut, NOW, NULL), -1);
    limiter_free(&l);
}

/* ---- many processes, at random ---- */

#define PROCESSES 4
#define SENT_MAX  20000

struct process {
    struct limiter limiter;
    uint32_t in_flight;
    int64_t answer_at[64];
    size_t sent[64]; /* where the server counted it */
};

struct many {
    uint64_t seed, draws;
    int64_t now;
    struct shelf shelf;
    struct process processes[PROCESSES];
    int64_t sent[SENT_MAX]; /* when the server counted each */
    size_t sent_count;
};

static uint64_t draw(struct many *m, uint64_t below) {
    return mix64_nth(m->seed, ++m->draws) % below;
}

static void begin(struct many *m, size_t i, uint64_t limit) {
    struct process *p = &m->processes[i];
    open_one(&p->limiter, 2 * (i + 1), draw(m, 2) ? PACE_BURST : PACE_EVEN, limit);
    load(&p->limiter, &m->shelf, m->now);
    p->in_flight = 0;
}

static void send(struct many *m, struct process *p) {
    if (p->in_flight == 64 || m->sent_count == SENT_MAX || !take(&p->limiter, &m->shelf, m->now))
        return;
    int64_t takes = 1 + (int64_t)draw(m, 2000);
    p->sent[p->in_flight] = m->sent_count;
    p->answer_at[p->in_flight++] = m->now + takes;
    m->sent[m->sent_count++] = m->now + (int64_t)draw(m, (uint64_t)takes + 1);
}

static void answers(struct many *m, struct process *p) {
    uint32_t left = 0;
    for (uint32_t i = 0; i < p->in_flight; i++) {
        if (p->answer_at[i] <= m->now) {
            limiter_settle(&p->limiter, one, m->now);
            continue;
        }
        p->sent[left] = p->sent[i];
        p->answer_at[left++] = p->answer_at[i];
    }
    p->in_flight = left;
    if (draw(m, 3) == 0) {
        sync(&p->limiter, &m->shelf, m->now);
        save(&p->limiter, &m->shelf);
    }
}

/* Its connections are cut: the server counts nothing of them any more. */
static void die(struct many *m, struct process *p) {
    for (uint32_t i = 0; i < p->in_flight; i++)
        if (m->sent[p->sent[i]] > m->now)
            m->sent[p->sent[i]] = m->now;
    limiter_free(&p->limiter);
}

static int by_time(const void *a, const void *b) {
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static void check_windows(struct many *m, uint64_t limit) {
    qsort(m->sent, m->sent_count, sizeof m->sent[0], by_time);
    for (size_t i = 0; i + limit < m->sent_count; i++)
        if (m->sent[i + limit] - m->sent[i] < PERIOD_MS)
            fail_msg("seed %llu: %llu requests in %lld ms", (unsigned long long)m->seed,
                     (unsigned long long)limit + 1, (long long)(m->sent[i + limit] - m->sent[i]));
}

static void test_together_under_the_limit(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        struct many *m = calloc(1, sizeof *m);
        assert_non_null(m);
        *m = (struct many){.seed = seed, .now = NOW};
        uint64_t limit = 3 + draw(m, 40);
        for (size_t i = 0; i < PROCESSES; i++)
            begin(m, i, limit);
        for (int step = 0; step < 4000; step++) {
            size_t i = draw(m, PROCESSES);
            m->now += (int64_t)draw(m, 300);
            if (draw(m, 200) == 0) { /* dies, and begins again at once or later */
                die(m, &m->processes[i]);
                m->now += draw(m, 2) ? 0 : (int64_t)draw(m, 400000);
                begin(m, i, limit);
            }
            answers(m, &m->processes[i]);
            send(m, &m->processes[i]);
        }
        check_windows(m, limit);
        for (size_t i = 0; i < PROCESSES; i++)
            limiter_free(&m->processes[i].limiter);
        free(m);
    }
}

/* Two that send whatever they may: the limit is used to 99.9 %. */
static void test_together_to_the_full(void **state) {
    (void)state;
    struct many *m = calloc(1, sizeof *m);
    assert_non_null(m);
    *m = (struct many){.seed = 7, .now = NOW};
    uint64_t limit = 20;
    uint64_t periods = 900;
    begin(m, 0, limit);
    begin(m, 1, limit);
    while (m->now < NOW + (int64_t)periods * KEPT) {
        int64_t next = INT64_MAX;
        for (size_t i = 0; i < 2; i++) {
            struct process *p = &m->processes[i];
            if (!take(&p->limiter, &m->shelf, m->now)) {
                int64_t at = limiter_ask(&p->limiter, one, m->now).at_ms;
                next = at < next ? at : next;
                continue;
            }
            limiter_settle(&p->limiter, one, m->now);
            m->sent_count++;
            next = m->now + 1;
        }
        m->now = next;
    }
    assert_true(m->sent_count * 1000 >= limit * periods * 999);
    limiter_free(&m->processes[0].limiter);
    limiter_free(&m->processes[1].limiter);
    free(m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_others_hold_and_use_counts),
        cmocka_unit_test(test_what_is_not_saved_yet_is_kept),
        cmocka_unit_test(test_what_the_server_said_is_shared),
        cmocka_unit_test(test_a_dead_holder),
        cmocka_unit_test(test_a_holder_known_to_be_dead),
        cmocka_unit_test(test_periods_that_differ),
        cmocka_unit_test(test_who_only_looks),
        cmocka_unit_test(test_image_of_version_1),
        cmocka_unit_test(test_together_under_the_limit),
        cmocka_unit_test(test_together_to_the_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
