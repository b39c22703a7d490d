/* The ledger's rules, without a store: every event in every state of an entry. */
#include "cmocka_all.h"

#include "store/rules/ledger_rules.h"

#include <string.h>

enum at { NEW, WAITING, DOUBTED, FLYING, FLYING_DOUBTED, SETTLED, STATES };
enum what { SEND, SEND_DOUBTED, RETRY, DOUBT, DONE, KEPT, EVENTS };

static struct ledger_entry entry_at(enum at at) {
    struct ledger_entry e = {.is_open = at != NEW && at != SETTLED};
    e.open.position = 5;
    e.open.in_flight = at == FLYING || at == FLYING_DOUBTED;
    e.open.in_doubt = at == DOUBTED || at == FLYING_DOUBTED;
    if (at == SETTLED)
        e.settled = OUTCOME_REFUSED;
    return e;
}

/* Counters that fit the state: nine others are open and four of them in doubt. */
static struct store_progress progress_at(enum at at) {
    struct ledger_entry e = entry_at(at);
    return (struct store_progress){
        .plan = 2,
        .total = 60,
        .cursor = at == NEW ? 5 : 20,
        .open = 9u + e.is_open,
        .in_doubt = 4u + e.open.in_doubt,
        .settled = {[OUTCOME_REFUSED] = at == SETTLED},
        .requests = 30,
        .journal_next = 100,
        .spent_micro = 7000,
        .first_sent_ms = 11,
        .last_outcome_ms = 12,
    };
}

static struct store_event event_of(enum what what) {
    static const enum outcome outcomes[EVENTS] = {[RETRY] = OUTCOME_RETRY,
                                                  [DOUBT] = OUTCOME_IN_DOUBT,
                                                  [DONE] = OUTCOME_DONE,
                                                  [KEPT] = OUTCOME_PROTECTED};
    bool intent = what == SEND || what == SEND_DOUBTED;
    return (struct store_event){
        .entry = {.position = 5,
                  .request = 31,
                  .in_flight = intent,
                  .in_doubt = what == SEND_DOUBTED || what == DOUBT},
        .record = {.kind = intent ? STORE_JOURNAL_INTENT : STORE_JOURNAL_OUTCOME,
                   .outcome = outcomes[what],
                   .plan = 2,
                   .position = 5,
                   .request = what == KEPT ? 0 : 31,
                   .time_ms = 500,
                   .cost_micro = intent ? 0 : 100},
    };
}

static enum ledger_fault expected_fault(enum at at, enum what what) {
    bool intent = what == SEND || what == SEND_DOUBTED;
    if (at == SETTLED)
        return intent ? LEDGER_SENT_AGAIN : LEDGER_SETTLED_TWICE;
    return intent && (at == FLYING || at == FLYING_DOUBTED) ? LEDGER_SENT_TWICE : LEDGER_FITS;
}

/* open, in doubt, in flight, settled: of the entry, behind the event */
static const struct {
    bool open, doubt, flies;
    enum outcome settled;
} behind[EVENTS] = {
    [SEND] = {true, false, true, OUTCOME_NONE},   [SEND_DOUBTED] = {true, true, true, OUTCOME_NONE},
    [RETRY] = {true, false, false, OUTCOME_NONE}, [DOUBT] = {true, true, false, OUTCOME_NONE},
    [DONE] = {false, false, false, OUTCOME_DONE}, [KEPT] = {false, false, false, OUTCOME_PROTECTED},
};

static void check_entry(enum what what, const struct ledger_change *c) {
    assert_int_equal(c->entry.is_open, behind[what].open);
    assert_int_equal(c->entry.is_open && c->entry.open.in_doubt, behind[what].doubt);
    assert_int_equal(c->entry.is_open && c->entry.open.in_flight, behind[what].flies);
    assert_int_equal(c->entry.settled, behind[what].settled);
}

static void check_counters(enum at at, enum what what, const struct store_progress *p) {
    bool intent = what == SEND || what == SEND_DOUBTED;
    assert_int_equal(p->open, 9 + behind[what].open);
    assert_int_equal(p->in_doubt, 4 + behind[what].doubt);
    for (int o = 0; o < OUTCOME_COUNT; o++)
        assert_int_equal(p->settled[o], o != OUTCOME_NONE && (int)behind[what].settled == o);
    assert_int_equal(p->requests, intent ? 31 : 30);
    assert_int_equal(p->journal_next, 101);
    assert_int_equal(p->spent_micro, intent ? 7000 : 7100);
    assert_int_equal(p->first_sent_ms, 11);
    assert_int_equal(p->last_outcome_ms, intent ? 12 : 500);
    assert_int_equal(p->cursor, at == NEW ? 6 : 20);
    assert_true(p->plan == 2 && p->total == 60);
}

static void test_every_event_in_every_state(void **state) {
    (void)state;
    for (int at = 0; at < STATES; at++) {
        for (int what = 0; what < EVENTS; what++) {
            const struct ledger_entry before = entry_at((enum at)at);
            const struct store_event event = event_of((enum what)what);
            const struct store_progress was = progress_at((enum at)at);
            struct store_progress p;
            struct ledger_change change;
            memcpy(&p, &was, sizeof p); /* padding too: compared as memory below */
            enum ledger_fault fault = ledger_apply(&p, &before, &event, &change);
            assert_int_equal(fault, expected_fault((enum at)at, (enum what)what));
            if (fault != LEDGER_FITS) {
                assert_memory_equal(&p, &was, sizeof p);
                continue;
            }
            assert_int_equal(change.journal.sequence, 100);
            assert_int_equal(change.journal.outcome, event.record.outcome);
            check_entry((enum what)what, &change);
            check_counters((enum at)at, (enum what)what, &p);
        }
    }
}

/* The first intent of all begins the campaign's time; a request of several entries counts once. */
static void test_first_intents(void **state) {
    (void)state;
    struct store_progress p = {.plan = 2, .total = 60};
    struct ledger_change change;
    for (uint32_t i = 0; i < 3; i++) {
        const struct ledger_entry none = {0};
        struct store_event event = event_of(SEND);
        event.record.position = event.entry.position = i;
        event.record.time_ms = 500 + i;
        event.record.outcome = OUTCOME_DONE; /* of an intent nobody asks */
        assert_int_equal(ledger_apply(&p, &none, &event, &change), LEDGER_FITS);
        assert_int_equal(change.journal.outcome, OUTCOME_NONE);
    }
    assert_true(p.first_sent_ms == 500 && p.requests == 31 && p.open == 3 && p.cursor == 3);
}

static void test_new_plan(void **state) {
    (void)state;
    const struct store_entry scheduled = {.number = 77, .key = 3};
    for (int at = WAITING; at < SETTLED; at++) {
        const struct store_progress was = progress_at((enum at)at);
        const struct ledger_entry e = entry_at((enum at)at);
        struct store_progress p = was;
        struct store_journal_record r;
        bool flies = at == FLYING || at == FLYING_DOUBTED;
        assert_int_equal(ledger_let_go(&p, &e.open, &scheduled, 900, &r), flies);
        assert_int_equal(p.journal_next, flies ? 101 : 100);
        if (flies)
            assert_true(r.sequence == 100 && r.outcome == OUTCOME_IN_DOUBT && r.plan == 2 &&
                        r.position == 5 && r.number == 77 && r.key == 3 && r.time_ms == 900);
        struct store_progress next = ledger_begin(&p, 3, 40);
        assert_true(next.plan == 3 && next.total == 40 && next.spent_micro == 7000 &&
                    next.journal_next == p.journal_next);
        assert_true(next.cursor == 0 && next.open == 0 && next.in_doubt == 0 &&
                    next.requests == 0 && next.first_sent_ms == 0 && next.last_outcome_ms == 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_event_in_every_state),
        cmocka_unit_test(test_first_intents),
        cmocka_unit_test(test_new_plan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
