/* The ledger: intents, outcomes and counters; what contradicts is refused; store_check agrees with
 * hundreds of random histories and finds each of a list of damages done with right checksums;
 * records read back as they were written, and cut ones are refused. */
#include "store_world.h"

#include "store/records/ledger.h"
#include "store/roster/gone.h"
#include "store/tables/codec.h"

#include <stdio.h>

/* ---- a campaign's ledger in one transaction, which is thrown away at the end ---- */

#define TOTAL 60

enum state { PENDING, IN_FLIGHT, WAITING, SETTLED };

struct ledger {
    struct world *w;
    struct store_txn *t;
    uint32_t campaign;
    struct store_progress p;
    enum state states[TOTAL];
    struct store_open_entry open[TOTAL];
    uint64_t settled[OUTCOME_COUNT];
    int64_t now_ms, spent_micro;
    enum action action;
};

static void put_schedule(struct ledger *l, uint32_t plan) {
    struct store_entry entries[TOTAL];
    for (uint32_t i = 0; i < TOTAL; i++)
        entries[i] = (struct store_entry){
            .number = 1000 + i, .score = -1.5f * (float)i, .key = (uint8_t)(i % 64), .first = 255};
    world_must(l->w, store_schedule_put(l->t, l->campaign, plan, 0, entries, TOTAL, &l->w->err));
}

static void ledger_start(struct ledger *l, uint32_t plan) {
    put_schedule(l, plan);
    world_must(l->w, store_progress_start(l->t, l->campaign, plan, TOTAL, l->now_ms, &l->w->err));
    assert_int_equal(store_progress_get(l->t, l->campaign, &l->p, &l->w->err), 1);
    memset(l->states, 0, sizeof l->states);
    memset(l->settled, 0, sizeof l->settled);
}

static void ledger_begin(struct ledger *l, struct world *w) {
    *l = (struct ledger){.w = w, .t = world_write(w), .campaign = 7, .now_ms = 1000};
    ledger_start(l, 1);
}

static void ledger_save(struct ledger *l) {
    world_must(l->w, ledger_progress_put(l->t, l->campaign, &l->p, &l->w->err));
}

static struct store_check ledger_check(struct ledger *l) {
    struct store_check check;
    world_must(l->w, store_check(l->t, l->campaign, &check, &l->w->err));
    return check;
}

static struct store_journal_record record_of(struct ledger *l, uint32_t position,
                                             enum outcome outcome) {
    return (struct store_journal_record){.action = l->action,
                                         .outcome = outcome,
                                         .plan = l->p.plan,
                                         .position = position,
                                         .number = 1000 + position,
                                         .key = (uint8_t)(position % 64),
                                         .request = (uint32_t)l->p.requests,
                                         .attempts = l->open[position].attempts,
                                         .time_ms = ++l->now_ms};
}

static int try_intent(struct ledger *l, uint32_t position) {
    struct store_open_entry e = l->open[position];
    e.position = position;
    e.action = l->action;
    e.request = (uint32_t)++l->p.requests;
    e.in_flight = true;
    e.in_doubt = l->states[position] == WAITING && e.in_doubt;
    e.not_before_ms = l->now_ms;
    struct store_journal_record r = record_of(l, position, OUTCOME_NONE);
    int result = world_intent(l->t, l->campaign, &l->p, &e, &r, &l->w->err);
    if (result != 0)
        return result;
    l->open[position] = e;
    l->states[position] = IN_FLIGHT;
    if (position >= l->p.cursor)
        l->p.cursor = position + 1;
    return 0;
}

static int try_outcome(struct ledger *l, uint32_t position, enum outcome outcome) {
    struct store_open_entry e = l->open[position];
    e.position = position;
    e.action = l->action;
    e.in_flight = false;
    e.in_doubt = outcome == OUTCOME_IN_DOUBT;
    e.attempts++;
    struct store_journal_record r = record_of(l, position, outcome);
    r.cost_micro = outcome == OUTCOME_DONE ? 10000 : 0;
    int result = world_outcome(l->t, l->campaign, &l->p, &e, &r, &l->w->err);
    if (result != 0)
        return result;
    l->open[position] = e;
    l->states[position] = outcome_final(outcome) ? SETTLED : WAITING;
    l->settled[outcome] += (uint64_t)outcome_final(outcome);
    l->spent_micro += r.cost_micro;
    if (position >= l->p.cursor)
        l->p.cursor = position + 1;
    return 0;
}

static void intent(struct ledger *l, uint32_t position) {
    world_must(l->w, try_intent(l, position));
}

static void outcome(struct ledger *l, uint32_t position, enum outcome o) {
    world_must(l->w, try_outcome(l, position, o));
}

static uint32_t count_states(const struct ledger *l, enum state s) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < TOTAL; i++)
        count += l->states[i] == s;
    return count;
}

static void assert_refused(struct ledger *l, int result, const char *words) {
    assert_int_equal(result, -1);
    assert_int_equal(l->w->err.code, WINNOW_DAMAGED);
    assert_non_null(strstr(l->w->err.text, words));
    store_abort(l->t);
}

/* ---- row by row ---- */

static void test_counters(void **state) {
    struct ledger l;
    ledger_begin(&l, *state);
    intent(&l, 0);
    assert_true(l.p.open == 1 && l.p.in_doubt == 0 && l.p.journal_next == 1);
    outcome(&l, 0, OUTCOME_IN_DOUBT);
    assert_true(l.p.open == 1 && l.p.in_doubt == 1);
    intent(&l, 0); /* asked again, still in doubt */
    assert_true(l.p.open == 1 && l.p.in_doubt == 1);
    outcome(&l, 0, OUTCOME_RETRY);
    assert_true(l.p.open == 1 && l.p.in_doubt == 0);
    intent(&l, 0);
    outcome(&l, 0, OUTCOME_DONE);
    assert_true(l.p.open == 0 && l.p.in_doubt == 0 && l.p.settled[OUTCOME_DONE] == 1);
    assert_true(l.p.spent_micro == 10000 && l.p.last_outcome_ms == l.now_ms);
    outcome(&l, 1, OUTCOME_PROTECTED); /* never sent: no intent */
    assert_true(l.p.settled[OUTCOME_PROTECTED] == 1 && l.p.journal_next == 7);
    ledger_save(&l);
    assert_int_equal(ledger_check(&l).mismatches, 0);
    enum outcome stored;
    world_must(l.w, store_state_get(l.t, 7, 1, 0, &stored, &l.w->err));
    assert_int_equal(stored, OUTCOME_DONE);
    struct store_open_entry e;
    assert_int_equal(store_open_get(l.t, 7, 0, &e, &l.w->err), 0);
    store_abort(l.t);
}

static void test_contradictions_are_refused(void **state) {
    struct ledger l;
    ledger_begin(&l, *state);
    intent(&l, 3);
    assert_refused(&l, try_intent(&l, 3), "sent twice at once");
    ledger_begin(&l, *state);
    intent(&l, 3);
    outcome(&l, 3, OUTCOME_REFUSED);
    assert_refused(&l, try_outcome(&l, 3, OUTCOME_DONE), "settled twice");
}

static uint64_t gone_bits(struct ledger *l, uint32_t number) {
    struct gone_walk walk;
    uint64_t bits;
    world_must(l->w, gone_walk_open(&walk, l->t, 7, &l->w->err));
    world_must(l->w, gone_walk_bits(&walk, number, &bits, &l->w->err));
    gone_walk_close(&walk);
    return bits;
}

/* Seen the same before the table has caught up with the journal, and after. */
static void test_which_outcomes_leave_a_gone_mark(void **state) {
    struct ledger l;
    static const struct {
        enum outcome outcome;
        bool mark;
    } rows[] = {{OUTCOME_DONE, true},     {OUTCOME_ALREADY_SO, true}, {OUTCOME_TARGET_GONE, true},
                {OUTCOME_REFUSED, false}, {OUTCOME_RETRY, false},     {OUTCOME_IN_DOUBT, false}};
    ledger_begin(&l, *state);
    for (uint32_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        intent(&l, i);
        outcome(&l, i, rows[i].outcome);
        assert_int_equal(gone_bits(&l, 1000 + i), rows[i].mark ? UINT64_C(1) << i : 0);
    }
    world_must(l.w, ledger_progress_put(l.t, 7, &l.p, &l.w->err));
    for (int times = 0; times < 2; times++) {
        world_must(l.w, gone_catch_up(l.t, 7, &l.w->err));
        for (uint32_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
            assert_int_equal(gone_bits(&l, 1000 + i), rows[i].mark ? UINT64_C(1) << i : 0);
    }
    world_must(l.w, store_gone_clear(l.t, 7, 1000, &l.w->err));
    assert_int_equal(gone_bits(&l, 1000), 0);
    assert_int_equal(gone_bits(&l, 1001), 2);
    store_abort(l.t);
}

static int last_record(void *context, const struct store_journal_record *r) {
    *(struct store_journal_record *)context = *r;
    return 0;
}

/* A new plan while entries are open: those in flight are journalled as in doubt and let go. */
static void test_new_plan_with_entries_open(void **state) {
    struct ledger l;
    ledger_begin(&l, *state);
    for (uint32_t i = 0; i < 5; i++)
        intent(&l, i);
    outcome(&l, 0, OUTCOME_DONE);
    outcome(&l, 1, OUTCOME_RETRY);
    outcome(&l, 2, OUTCOME_IN_DOUBT);
    ledger_save(&l);
    uint64_t journal_next = l.p.journal_next;
    l.now_ms = 99000;
    ledger_start(&l, 2);
    assert_int_equal(l.p.journal_next, journal_next + 2);
    assert_true(l.p.plan == 2 && l.p.open == 0 && l.p.in_doubt == 0 && l.p.cursor == 0);
    assert_int_equal(l.p.spent_micro, 10000);
    assert_int_equal(l.p.settled[OUTCOME_DONE], 0);
    struct store_journal_record r;
    world_must(l.w, store_journal_each(l.t, 7, 0, last_record, &r, &l.w->err));
    assert_true(r.outcome == OUTCOME_IN_DOUBT && r.plan == 1 && r.position == 4 &&
                r.number == 1004 && r.time_ms == 99000);
    struct store_open_entry e;
    for (uint32_t i = 0; i < 5; i++)
        assert_int_equal(store_open_get(l.t, 7, i, &e, &l.w->err), 0);
    assert_int_equal(ledger_check(&l).mismatches, 0);
    intent(&l, 0); /* the same position anew */
    ledger_save(&l);
    assert_int_equal(ledger_check(&l).mismatches, 0);
    store_abort(l.t);
}

static int open_action(void *context, const struct store_open_entry *entry) {
    enum action *out = context;
    *out = entry->action;
    return 0;
}

/* Following again is an action like another: the journal says which it was, also of what a new plan
 * lets go, and a record of an action that nobody knows is no record. */
static void test_actions(void **state) {
    struct ledger l;
    struct store_journal_record r = {0};
    enum action kept = ACTION_COUNT;
    ledger_begin(&l, *state);
    l.action = ACTION_FOLLOW;
    intent(&l, 0);
    outcome(&l, 0, OUTCOME_DONE);
    intent(&l, 1);
    ledger_save(&l);
    assert_int_equal(ledger_check(&l).mismatches, 0);
    world_must(l.w, store_open_each(l.t, l.campaign, open_action, &kept, &l.w->err));
    assert_int_equal(kept, ACTION_FOLLOW);
    world_must(l.w, store_journal_each(l.t, l.campaign, 0, last_record, &r, &l.w->err));
    assert_int_equal(r.action, ACTION_FOLLOW);
    assert_string_equal(outcome_name(ACTION_FOLLOW, OUTCOME_DONE), "followed");
    l.action = ACTION_UNFOLLOW; /* in the same plan: somebody mixed two up */
    outcome(&l, 1, OUTCOME_DONE);
    ledger_save(&l);
    struct store_check found = ledger_check(&l);
    assert_int_equal(found.mismatches, 1);
    assert_non_null(strstr(found.first, "it is to unfollow, and the plan's others are to follow"));
    store_abort(l.t);
}

static void test_no_plan_yet(void **state) {
    struct world *w = *state;
    struct store_txn *t = world_read(w);
    struct store_check check;
    struct store_progress p;
    world_must(w, store_check(t, 7, &check, &w->err));
    assert_int_equal(check.mismatches, 0);
    assert_int_equal(store_progress_get(t, 7, &p, &w->err), 0);
    store_abort(t);
}

/* ---- random histories ---- */

static uint32_t pick(const struct ledger *l, enum state s, struct dice *d) {
    uint32_t count = count_states(l, s);
    uint32_t left = dice_below(d, count);
    for (uint32_t i = 0;; i++)
        if (l->states[i] == s && left-- == 0)
            return i;
}

static void random_step(struct ledger *l, struct dice *d) {
    uint32_t what = dice_below(d, 10);
    if (what < 4 && l->p.cursor < TOTAL)
        intent(l, l->p.cursor);
    else if (what < 8 && count_states(l, IN_FLIGHT) > 0)
        outcome(l, pick(l, IN_FLIGHT, d),
                (enum outcome)(OUTCOME_DONE + dice_below(d, OUTCOME_IN_DOUBT)));
    else if (what == 8 && count_states(l, WAITING) > 0)
        intent(l, pick(l, WAITING, d));
    else if (what == 9 && l->p.cursor < TOTAL && dice_below(d, 4) == 0)
        outcome(l, l->p.cursor, OUTCOME_PROTECTED);
}

/* A history of some length; perhaps of two plans. */
static void random_history(struct ledger *l, struct dice *d) {
    uint32_t plans = 1 + dice_below(d, 2);
    for (uint32_t plan = 1; plan <= plans; plan++) {
        if (plan > 1) {
            ledger_save(l);
            ledger_start(l, plan);
        }
        for (uint32_t steps = 40 + dice_below(d, 200); steps > 0; steps--)
            random_step(l, d);
    }
    ledger_save(l);
}

static void test_check_agrees_with_histories(void **state) {
    struct ledger l;
    for (uint64_t seed = 1; seed <= 500; seed++) {
        struct dice d = {seed};
        ledger_begin(&l, *state);
        random_history(&l, &d);
        struct store_check check = ledger_check(&l);
        if (check.mismatches != 0)
            fail_msg("seed %" PRIu64 ": %s", seed, check.first);
        assert_int_equal(check.entries, TOTAL);
        assert_int_equal(check.journal_records, l.p.journal_next);
        assert_int_equal(l.p.open, count_states(&l, IN_FLIGHT) + count_states(&l, WAITING));
        assert_int_equal(l.p.spent_micro, l.spent_micro);
        for (int o = OUTCOME_DONE; o <= OUTCOME_REFUSED; o++)
            assert_int_equal(l.p.settled[o], l.settled[o]);
        store_abort(l.t);
    }
}

/* ---- damage with right checksums ---- */

static struct key journal_key(struct ledger *l, uint64_t sequence) {
    struct key k = key_of(l->campaign);
    key_add64(&k, sequence);
    return k;
}

static struct key open_key(struct ledger *l, uint32_t position) {
    struct key k = key_of(l->campaign);
    key_add32(&k, position);
    return k;
}

static void remove_record(struct ledger *l, enum table table, struct key key) {
    assert_int_equal(table_remove(l->t, table, &key, &l->w->err), 1);
}

/* Set a byte of a record's payload; returns what it was. */
static unsigned char set_byte(struct ledger *l, enum table table, struct key key, size_t at,
                              unsigned char to) {
    struct record r;
    unsigned char bytes[LEDGER_STATES_CHUNK];
    assert_int_equal(table_get(l->t, table, &key, &r, &l->w->err), 1);
    memcpy(bytes, r.at, r.size);
    unsigned char was = bytes[at];
    bytes[at] = to;
    world_must(l->w, table_put(l->t, table, &key, bytes, r.size, &l->w->err));
    return was;
}

static void put_open(struct ledger *l, uint32_t position, unsigned char flags) {
    unsigned char bytes[LEDGER_OPEN_SIZE] = {[6] = flags};
    struct key key = open_key(l, position);
    world_must(l->w, table_put(l->t, TABLE_OPEN, &key, bytes, sizeof bytes, &l->w->err));
}

static void set_state(struct ledger *l, uint32_t position, enum outcome o) {
    struct key k = key_of(l->campaign);
    key_add32(&k, l->p.plan);
    key_add32(&k, 0);
    set_byte(l, TABLE_STATES, k, position, (unsigned char)o);
}

static uint32_t first_of(const struct ledger *l, enum state s) {
    uint32_t i = 0;
    while (i < TOTAL && l->states[i] != s)
        i++;
    assert_true(i < TOTAL);
    return i;
}

/* The last journal record of the present plan that settled an entry. */
static struct store_journal_record last_final;

static int note_final(void *context, const struct store_journal_record *r) {
    const struct ledger *l = context;
    if (r->plan == l->p.plan && outcome_final(r->outcome) && r->outcome != OUTCOME_PROTECTED)
        last_final = *r;
    return 0;
}

static struct key final_key(struct ledger *l) {
    world_must(l->w, store_journal_each(l->t, l->campaign, 0, note_final, l, &l->w->err));
    return journal_key(l, last_final.sequence);
}

static void hurt_settled(struct ledger *l) {
    l->p.settled[OUTCOME_ALREADY_SO]++;
    ledger_save(l);
}
static void hurt_open(struct ledger *l) {
    l->p.open--;
    ledger_save(l);
}
static void hurt_in_doubt(struct ledger *l) {
    l->p.in_doubt++;
    ledger_save(l);
}
static void hurt_requests(struct ledger *l) {
    l->p.requests--;
    ledger_save(l);
}
static void hurt_spent(struct ledger *l) {
    l->p.spent_micro++;
    ledger_save(l);
}
static void hurt_cursor_up(struct ledger *l) {
    l->p.cursor++;
    ledger_save(l);
}
static void hurt_cursor_down(struct ledger *l) {
    l->p.cursor--;
    ledger_save(l);
}
static void hurt_journal_next(struct ledger *l) {
    l->p.journal_next++;
    ledger_save(l);
}
static void hurt_journal_first(struct ledger *l) {
    remove_record(l, TABLE_JOURNAL, journal_key(l, 0));
}
static void hurt_journal_middle(struct ledger *l) {
    remove_record(l, TABLE_JOURNAL, journal_key(l, l->p.journal_next / 2));
}
static void hurt_journal_last(struct ledger *l) {
    remove_record(l, TABLE_JOURNAL, journal_key(l, l->p.journal_next - 1));
}
static void hurt_open_extra(struct ledger *l) {
    put_open(l, first_of(l, SETTLED), 0);
}
static void hurt_open_past_the_end(struct ledger *l) {
    put_open(l, TOTAL, 0);
}
static void hurt_open_missing(struct ledger *l) {
    remove_record(l, TABLE_OPEN, open_key(l, first_of(l, WAITING)));
}
static void hurt_open_moved(struct ledger *l) {
    uint32_t from = first_of(l, WAITING);
    remove_record(l, TABLE_OPEN, open_key(l, from));
    put_open(l, first_of(l, SETTLED), l->open[from].in_doubt ? 2 : 0);
}
static void hurt_open_landed(struct ledger *l) {
    uint32_t position = first_of(l, IN_FLIGHT);
    set_byte(l, TABLE_OPEN, open_key(l, position), 6, l->open[position].in_doubt ? 2 : 0);
}
static void hurt_state_flipped(struct ledger *l) {
    (void)final_key(l);
    set_state(l, last_final.position,
              last_final.outcome == OUTCOME_REFUSED ? OUTCOME_DONE : OUTCOME_REFUSED);
}
static void hurt_state_erased(struct ledger *l) {
    set_state(l, first_of(l, SETTLED), OUTCOME_NONE);
}
static void hurt_state_invented(struct ledger *l) {
    set_state(l, first_of(l, PENDING), OUTCOME_DONE);
}
static void hurt_state_of_open(struct ledger *l) {
    set_state(l, first_of(l, WAITING), OUTCOME_RETRY);
}
static void hurt_outcome_changed(struct ledger *l) {
    struct key key = final_key(l);
    set_byte(l, TABLE_JOURNAL, key, 1,
             last_final.outcome == OUTCOME_DONE ? OUTCOME_REFUSED : OUTCOME_DONE);
}
static void hurt_intent_for_outcome(struct ledger *l) {
    set_byte(l, TABLE_JOURNAL, final_key(l), 0, STORE_JOURNAL_INTENT);
}
static void hurt_position_changed(struct ledger *l) {
    struct key key = final_key(l);
    set_byte(l, TABLE_JOURNAL, key, 12, TOTAL + 1);
}
static void hurt_cost_changed(struct ledger *l) {
    set_byte(l, TABLE_JOURNAL, final_key(l), 32, 77);
}
/* A settled entry's last record once more, counted. */
static void hurt_settled_twice(struct ledger *l) {
    struct key from = final_key(l);
    struct key to = journal_key(l, l->p.journal_next++);
    unsigned char bytes[LEDGER_JOURNAL_SIZE];
    struct record r;
    assert_int_equal(table_get(l->t, TABLE_JOURNAL, &from, &r, &l->w->err), 1);
    memcpy(bytes, r.at, sizeof bytes);
    world_must(l->w, table_put(l->t, TABLE_JOURNAL, &to, bytes, sizeof bytes, &l->w->err));
    l->p.spent_micro += last_final.cost_micro;
    ledger_save(l);
}

#define HURT(name)                                                                                 \
    { #name, hurt_##name }
static const struct {
    const char *name;
    void (*hurt)(struct ledger *l);
} hurts[] = {
    HURT(settled),
    HURT(open),
    HURT(in_doubt),
    HURT(requests),
    HURT(spent),
    HURT(cursor_up),
    HURT(cursor_down),
    HURT(journal_next),
    HURT(journal_first),
    HURT(journal_middle),
    HURT(journal_last),
    HURT(open_extra),
    HURT(open_past_the_end),
    HURT(open_missing),
    HURT(open_moved),
    HURT(open_landed),
    HURT(state_flipped),
    HURT(state_erased),
    HURT(state_invented),
    HURT(state_of_open),
    HURT(outcome_changed),
    HURT(intent_for_outcome),
    HURT(position_changed),
    HURT(cost_changed),
    HURT(settled_twice),
};

/* Some of each state, the last of them sent. */
static void varied_history(struct ledger *l, struct dice *d) {
    random_history(l, d);
    ledger_start(l, 3);
    for (uint32_t i = 0; i < 30; i++) {
        intent(l, i);
        outcome(l, i, (enum outcome)(OUTCOME_DONE + dice_below(d, OUTCOME_IN_DOUBT)));
    }
    intent(l, 30);
    outcome(l, 30, OUTCOME_DONE);
    intent(l, 31);
    outcome(l, 31, OUTCOME_IN_DOUBT);
    intent(l, 32);
    ledger_save(l);
    assert_int_equal(ledger_check(l).mismatches, 0);
}

static void test_check_finds_damage(void **state) {
    struct ledger l;
    for (size_t i = 0; i < sizeof hurts / sizeof hurts[0]; i++) {
        for (uint64_t seed = 1; seed <= 20; seed++) {
            struct dice d = {seed * 100};
            ledger_begin(&l, *state);
            varied_history(&l, &d);
            hurts[i].hurt(&l);
            struct store_check check = ledger_check(&l);
            if (check.mismatches == 0 || check.first[0] == '\0')
                fail_msg("%s, seed %" PRIu64 ": not found", hurts[i].name, seed);
            store_abort(l.t);
        }
    }
}

/* What no ledger can hold is damage, not a mismatch. */
static void test_check_refuses_what_cannot_be(void **state) {
    static const struct {
        size_t at;
        unsigned char to;
    } rows[] = {{0, 0}, {0, 3}, {1, OUTCOME_COUNT}, {1, 255}};
    struct ledger l;
    struct store_check check;
    struct dice d = {5};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ledger_begin(&l, *state);
        varied_history(&l, &d);
        set_byte(&l, TABLE_JOURNAL, final_key(&l), rows[i].at, rows[i].to);
        assert_int_equal(store_check(l.t, 7, &check, &l.w->err), -1);
        assert_int_equal(l.w->err.code, WINNOW_DAMAGED);
        store_abort(l.t);
    }
    ledger_begin(&l, *state);
    varied_history(&l, &d);
    set_state(&l, 0, OUTCOME_COUNT);
    assert_int_equal(store_check(l.t, 7, &check, &l.w->err), -1);
    assert_int_equal(l.w->err.code, WINNOW_DAMAGED);
    store_abort(l.t);
}

/* ---- records as bytes ---- */

static const int64_t numbers[] = {0,
                                  1,
                                  -1,
                                  127,
                                  128,
                                  -62135596800000, /* 0001-01-01 */
                                  INT64_C(1) << 53,
                                  -(INT64_C(1) << 53),
                                  (INT64_C(1) << 53) + 1,
                                  INT64_MAX,
                                  INT64_MIN};
#define NUMBERS (sizeof numbers / sizeof numbers[0])

static void random_ties(struct dice *d, struct facts *f) {
    for (int set = 0; set < DATASET_COUNT; set++) {
        struct tie *t = dice_below(d, 2) == 0 ? facts_tie(f, (enum dataset)set) : NULL;
        if (t == NULL)
            continue;
        t->talked = (uint32_t)dice_draw(d) >> dice_below(d, 32);
        t->heard = (uint32_t)dice_draw(d) >> dice_below(d, 32);
        t->messages = UINT32_MAX - (uint32_t)dice_below(d, 3);
        t->last_talked_ms = numbers[dice_below(d, NUMBERS)];
        t->last_heard_ms = numbers[dice_below(d, NUMBERS)];
    }
}

static void assert_same_tie(const struct tie *a, const struct tie *b) {
    assert_int_equal(a->dataset, b->dataset);
    assert_int_equal(a->talked, b->talked);
    assert_int_equal(a->heard, b->heard);
    assert_int_equal(a->messages, b->messages);
    assert_int_equal(a->last_talked_ms, b->last_talked_ms);
    assert_int_equal(a->last_heard_ms, b->last_heard_ms);
}

static void test_facts_round_trip(void **state) {
    (void)state;
    struct dice d = {11};
    for (int round = 0; round < 3000; round++) {
        unsigned char bytes[CODEC_FACTS_MAX];
        struct facts f;
        struct facts back;
        facts_clear(&f);
        facts_came_from(&f, (uint16_t)dice_draw(&d));
        for (int id = 0; id < FACT_COUNT; id++)
            if (dice_below(&d, 4) == 0)
                f.sources[id] = (uint16_t)dice_draw(&d);
        f.follow_keys = (struct text){"key\n", dice_below(&d, 5)};
        for (int id = 0; id < FACT_COUNT; id++) {
            if (dice_below(&d, 2) == 0)
                continue;
            if (fact_types[id] == FACT_TEXT)
                facts_set_text(&f, (enum fact_id)id, "some text", dice_below(&d, 10));
            else if (fact_types[id] == FACT_FLAG)
                facts_set_flag(&f, (enum fact_id)id, dice_below(&d, 2) == 0);
            else
                facts_set_value(&f, (enum fact_id)id, numbers[dice_below(&d, NUMBERS)]);
        }
        f.at_least = f.known & dice_draw(&d);
        random_ties(&d, &f);
        size_t size = codec_facts_write(&f, bytes);
        assert_true(size <= sizeof bytes);
        assert_int_equal(codec_facts_read((struct record){bytes, size, 3}, &back, NULL), 0);
        assert_true(back.known == f.known && back.flags == f.flags && back.source == f.source);
        assert_true(back.at_least == f.at_least);
        assert_int_equal(back.tie_count, f.tie_count);
        for (uint8_t i = 0; i < f.tie_count; i++)
            assert_same_tie(&back.ties[i], &f.ties[i]);
        assert_int_equal(back.follow_keys.size, f.follow_keys.size);
        for (int id = FACT_FOLLOWERS; id < FACT_FOLLOWS_ME; id++)
            if (facts_known(&f, (enum fact_id)id))
                assert_int_equal(back.value[id], f.value[id]);
        for (int id = 0; id < FACT_COUNT; id++)
            if (facts_known(&f, (enum fact_id)id))
                assert_int_equal(back.sources[id], f.sources[id]);
        if (facts_known(&f, FACT_ID))
            assert_int_equal(facts_text(&back, FACT_ID).size, facts_text(&f, FACT_ID).size);
    }
}

/* Version 1 had one source for all, and no list of others. */
static void test_facts_of_version_1(void **state) {
    (void)state;
    /* known: id and follows_me; yes: follows_me; batch 7; no follow keys; "12" */
    unsigned char bytes[] = {1u << FACT_ID,
                             1u << (FACT_FOLLOWS_ME - 8),
                             0,
                             0,
                             0,
                             1u << (FACT_FOLLOWS_ME - 8),
                             0,
                             0,
                             7,
                             0,
                             0,
                             2,
                             '1',
                             '2'};
    struct facts f;
    _Static_assert(FACT_ID == 0 && FACT_FOLLOWS_ME == 14, "the bits above");
    assert_int_equal(codec_facts_read((struct record){bytes, sizeof bytes, 1}, &f, NULL), 0);
    assert_int_equal(f.source, 7);
    assert_int_equal(f.sources[FACT_ID], 7);
    assert_int_equal(f.sources[FACT_FOLLOWS_ME], 7);
    assert_int_equal(facts_flag(&f, FACT_FOLLOWS_ME), TRI_YES);
    assert_int_equal(facts_text(&f, FACT_ID).size, 2);
    assert_memory_equal(facts_text(&f, FACT_ID).at, "12", 2);
}

/* Version 2 did not say whether a count was all that there was: above 0 it is taken for the least.
 */
static void test_facts_of_version_2(void **state) {
    (void)state;
    /* known: id and interactions; batch 7; no other sources, no follow keys; "12"; 3, folded */
    unsigned char bytes[] = {
        1u << FACT_ID, 1u << (FACT_INTERACTIONS - 8), 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 2, '1', '2', 6};
    struct facts f;
    _Static_assert(FACT_ID == 0 && FACT_INTERACTIONS == 9, "the bits above");
    assert_int_equal(codec_facts_read((struct record){bytes, sizeof bytes, 2}, &f, NULL), 0);
    assert_int_equal(f.value[FACT_INTERACTIONS], 3);
    assert_true(facts_known(&f, FACT_INTERACTIONS) && !facts_exact(&f, FACT_INTERACTIONS));
    bytes[sizeof bytes - 1] = 0;
    assert_int_equal(codec_facts_read((struct record){bytes, sizeof bytes, 2}, &f, NULL), 0);
    assert_true(facts_exact(&f, FACT_INTERACTIONS));
}

/* A campaign of before there were leases has none yet. */
static void test_campaign_of_version_1(void **state) {
    (void)state;
    unsigned char bytes[CODEC_CAMPAIGN_MAX];
    struct store_campaign back;
    struct store_campaign c = {.id = 7,
                               .name = "one",
                               .platform = "x",
                               .server = "https://api.x.com",
                               .epoch = 3,
                               .keep_noted = 5};
    size_t size = codec_campaign_write(&c, bytes);
    assert_int_equal(codec_campaign_read((struct record){bytes, size, 2}, &back, NULL), 0);
    assert_true(back.id == 7 && back.epoch == 3 && back.keep_noted == 5);
    memmove(bytes + 33, bytes + 45, size - 45);
    size_t less = 8 + 4 + 1; /* and no app: an empty text is its length */
    assert_int_equal(codec_campaign_read((struct record){bytes, size - less, 1}, &back, NULL), 0);
    assert_true(back.id == 7 && back.epoch == 0 && back.keep_noted == 0);
    assert_string_equal(back.server, "https://api.x.com");
}

/* Each cut of a record is refused, and nothing past its end is read (the memory ends there). */
static void test_cut_records_are_refused(void **state) {
    (void)state;
    unsigned char bytes[CODEC_FACTS_MAX];
    struct facts f;
    struct winnow_error err;
    facts_clear(&f);
    facts_set_text(&f, FACT_ID, "12345", 5);
    facts_set_text(&f, FACT_HANDLE, "ann", 3);
    facts_set_text(&f, FACT_BIO, "bio", 3);
    facts_set_value(&f, FACT_LAST_POST_AT, INT64_MAX);
    struct store_campaign c = {.name = "one", .server = "https://api.x.com"};
    for (int kind = 0; kind < 3; kind++) {
        size_t size = kind == 0   ? codec_facts_write(&f, bytes)
                      : kind == 1 ? codec_texts_write(&f, bytes)
                                  : codec_campaign_write(&c, bytes);
        for (size_t cut = 0; cut < size; cut++) {
            unsigned char *at = malloc(cut + 1);
            struct record record = {at, cut, kind == 1 ? 1 : 2};
            struct facts back;
            assert_non_null(at);
            memcpy(at, bytes, cut);
            int result = kind == 0   ? codec_facts_read(record, &back, &err)
                         : kind == 1 ? codec_texts_read(record, &back, &err)
                                     : codec_campaign_read(record, &c, &err);
            assert_int_equal(result, -1);
            assert_int_equal(err.code, WINNOW_DAMAGED);
            free(at);
        }
    }
}

/* Not as memory: there is padding in it. */
static bool same_progress(const struct store_progress *a, const struct store_progress *b) {
    return a->plan == b->plan && a->total == b->total && a->cursor == b->cursor &&
           a->open == b->open && a->in_doubt == b->in_doubt &&
           memcmp(a->settled, b->settled, sizeof a->settled) == 0 && a->requests == b->requests &&
           a->journal_next == b->journal_next && a->spent_micro == b->spent_micro &&
           a->first_sent_ms == b->first_sent_ms && a->last_outcome_ms == b->last_outcome_ms;
}

static void test_ledger_records_round_trip(void **state) {
    struct world *w = *state;
    struct store_txn *t = world_write(w);
    for (size_t i = 0; i < NUMBERS; i++) {
        struct store_progress p = {.plan = UINT32_MAX,
                                   .total = 3,
                                   .cursor = 2,
                                   .open = UINT32_MAX,
                                   .in_doubt = 1,
                                   .settled = {1, 2, 3, 4, 5, 6, 7, UINT64_MAX},
                                   .requests = (uint64_t)numbers[i],
                                   .journal_next = UINT64_MAX - 1,
                                   .spent_micro = numbers[i],
                                   .first_sent_ms = numbers[i],
                                   .last_outcome_ms = numbers[i]};
        struct store_progress back;
        world_must(w, ledger_progress_put(t, 7, &p, &w->err));
        assert_int_equal(store_progress_get(t, 7, &back, &w->err), 1);
        assert_true(same_progress(&back, &p));
        struct store_journal_record r = {.kind = STORE_JOURNAL_OUTCOME,
                                         .outcome = OUTCOME_RETRY,
                                         .plan = UINT32_MAX,
                                         .position = 9,
                                         .number = UINT32_MAX,
                                         .request = UINT32_MAX,
                                         .attempts = UINT16_MAX,
                                         .http_status = 599,
                                         .key = 63,
                                         .exhausted = true,
                                         .time_ms = numbers[i],
                                         .cost_micro = numbers[i]};
        struct store_open_entry e = {.position = 9,
                                     .request = UINT32_MAX,
                                     .attempts = UINT16_MAX,
                                     .together = 255,
                                     .in_doubt = true,
                                     .not_before_ms = numbers[i]};
        struct store_open_entry open;
        struct store_journal_record read;
        p = (struct store_progress){.journal_next = i};
        world_must(w, world_outcome(t, 7, &p, &e, &r, &w->err));
        world_must(w, store_journal_each(t, 7, i, last_record, &read, &w->err));
        assert_int_equal(read.sequence, i);
        assert_true(read.kind == r.kind && read.outcome == r.outcome && read.plan == r.plan &&
                    read.position == r.position && read.number == r.number);
        assert_true(read.request == r.request && read.attempts == r.attempts &&
                    read.http_status == 599 && read.key == 63 && read.exhausted &&
                    read.time_ms == numbers[i] && read.cost_micro == numbers[i]);
        assert_int_equal(store_open_get(t, 7, 9, &open, &w->err), 1);
        assert_true(open.position == 9 && open.request == e.request &&
                    open.attempts == e.attempts && open.together == 255 && open.in_doubt &&
                    !open.in_flight && open.not_before_ms == numbers[i]);
    }
    store_abort(t);
}

static void test_chunks_round_trip(void **state) {
    struct world *w = *state;
    static struct store_entry entries[3 * PLAN_CHUNK + 5];
    static struct store_decision decisions[3 * PLAN_CHUNK + 5];
    const uint32_t count = sizeof entries / sizeof entries[0];
    struct dice d = {3};
    struct store_txn *t = world_write(w);
    for (uint32_t i = 0; i < count; i++) {
        entries[i] = (struct store_entry){(uint32_t)dice_draw(&d), (float)i * -1e30f,
                                          (uint8_t)dice_below(&d, 64), (uint8_t)dice_draw(&d)};
        decisions[i] = (struct store_decision){(uint32_t)dice_draw(&d), (uint8_t)dice_draw(&d),
                                               (uint8_t)dice_draw(&d)};
    }
    for (uint32_t at = 0; at < count; at += 2 * PLAN_CHUNK) {
        uint32_t n = count - at < 2 * PLAN_CHUNK ? count - at : 2 * PLAN_CHUNK;
        world_must(w, store_schedule_put(t, 7, 3, at, entries + at, n, &w->err));
        world_must(w, store_decisions_put(t, 7, 3, at, decisions + at, n, &w->err));
    }
    for (uint32_t i = 0; i < count; i++) {
        struct store_entry e;
        struct store_decision dec;
        world_must(w, store_schedule_get(t, 7, 3, i, &e, &w->err));
        assert_int_equal(store_decision_get(t, 7, 3, i, &dec, &w->err), 1);
        assert_true(e.number == entries[i].number && e.key == entries[i].key &&
                    e.first == entries[i].first);
        assert_memory_equal(&e.score, &entries[i].score, sizeof e.score);
        assert_true(dec.position == decisions[i].position && dec.verdict == decisions[i].verdict &&
                    dec.rule == decisions[i].rule);
    }
    struct store_entry e;
    struct store_decision dec;
    assert_int_equal(store_decision_get(t, 7, 3, count, &dec, &w->err), 0);
    assert_int_equal(store_decision_get(t, 7, 4, 0, &dec, &w->err), 0);
    assert_int_equal(store_schedule_get(t, 7, 3, count, &e, &w->err), -1);
    assert_int_equal(w->err.code, WINNOW_DAMAGED);
    store_abort(t);
}

int main(void) {
#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, world_make, world_remove)
    const struct CMUnitTest tests[] = {
        WITH_STORE(test_counters),
        WITH_STORE(test_contradictions_are_refused),
        WITH_STORE(test_which_outcomes_leave_a_gone_mark),
        WITH_STORE(test_new_plan_with_entries_open),
        WITH_STORE(test_actions),
        WITH_STORE(test_no_plan_yet),
        WITH_STORE(test_check_agrees_with_histories),
        WITH_STORE(test_check_finds_damage),
        WITH_STORE(test_check_refuses_what_cannot_be),
        cmocka_unit_test(test_facts_round_trip),
        cmocka_unit_test(test_campaign_of_version_1),
        cmocka_unit_test(test_facts_of_version_1),
        cmocka_unit_test(test_facts_of_version_2),
        cmocka_unit_test(test_cut_records_are_refused),
        WITH_STORE(test_ledger_records_round_trip),
        WITH_STORE(test_chunks_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
