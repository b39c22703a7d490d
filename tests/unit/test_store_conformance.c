/* What store.h promises, asked of the store on each engine: whose write changes what, what becomes
 * of a commit, the lease, a run's two calls, sizes, hints that change nothing, and damage. */
#include "store_engines.h"

#include "store/roster/roster.h"
#include "store/tables/codec.h"

/* ---- a store with two campaigns ---- */

struct rig {
    struct place_of *p;
    struct store *s;
    struct store_campaign c[2];
};

static struct store_txn *write_of(struct rig *r, uint32_t campaign) {
    struct store_txn *t = NULL;
    place_must(r->p, store_write(r->s, campaign, &t, &r->p->err));
    return t;
}

static struct store_txn *read_of(struct rig *r) {
    struct store_txn *t = NULL;
    place_must(r->p, store_read(r->s, &t, &r->p->err));
    return t;
}

static void commit(struct rig *r, struct store_txn *t) {
    assert_int_equal(store_commit(t, &r->p->err), STORE_THERE);
}

static void open_rig(struct rig *r, struct place_of *p) {
    *r = (struct rig){.p = p, .s = place_store(p)};
    struct store_txn *t = write_of(r, STORE_ALL);
    for (int i = 0; i < 2; i++) {
        r->c[i] = (struct store_campaign){.platform = "x", .account = "1", .server = "https://a"};
        snprintf(r->c[i].name, sizeof r->c[i].name, "%s", i == 0 ? "one" : "two");
        place_must(p, store_campaign_add(t, &r->c[i], &p->err));
    }
    commit(r, t);
}

static void reopen(struct rig *r) {
    store_close(r->s);
    r->s = place_store(r->p);
}

static void merge(struct rig *r, struct store_txn *t, struct store_campaign *c, const char *id,
                  const char *key) {
    struct facts f;
    enum store_change change;
    uint32_t number;
    facts_clear(&f);
    f.source = 1;
    facts_set_text(&f, FACT_ID, id, strlen(id));
    f.follow_keys = (struct text){key, (uint32_t)strlen(key)};
    place_must(r->p, store_followee_merge(t, c, &f, false, &change, &number, &r->p->err));
}

static void assert_failed(struct rig *r, int result, enum winnow_code code) {
    assert_int_equal(result, -1);
    assert_int_equal(r->p->err.code, code);
    assert_true(strlen(r->p->err.text) > 20);
}

/* ---- whose write it is ---- */

static int put_note(struct rig *r, struct store_txn *t, uint32_t campaign, const char *name) {
    return store_note_put(t, campaign, STORE_NOTE_BUDGET, name, "n", 1, &r->p->err);
}

static void test_a_write_changes_its_own_campaign(void **state) {
    struct rig r;
    bool changed;
    open_rig(&r, *state);
    struct store_txn *t = write_of(&r, r.c[0].id);
    place_must(r.p, put_note(&r, t, r.c[0].id, "own"));
    place_must(r.p, put_note(&r, t, STORE_ALL, "shared"));
    place_must(r.p, store_campaign_put(t, &r.c[0], &r.p->err));
    assert_failed(&r, put_note(&r, t, r.c[1].id, "other"), WINNOW_FAILED);
    assert_failed(&r, store_campaign_put(t, &r.c[1], &r.p->err), WINNOW_FAILED);
    assert_failed(&r, store_keep_put(t, &r.c[1], "7", 1, &changed, &r.p->err), WINNOW_FAILED);
    assert_failed(&r, store_plan_drop(t, r.c[1].id, 1, &r.p->err), WINNOW_FAILED);
    assert_failed(&r, store_note_remove(t, r.c[1].id, STORE_NOTE_RUN, "", &r.p->err),
                  WINNOW_FAILED);
    struct store_campaign more = {.name = "three", .platform = "x"};
    assert_failed(&r, store_campaign_add(t, &more, &r.p->err), WINNOW_FAILED);
    commit(&r, t);
    t = write_of(&r, STORE_ALL);
    place_must(r.p, put_note(&r, t, r.c[1].id, "other"));
    place_must(r.p, store_campaign_add(t, &more, &r.p->err));
    commit(&r, t);
    store_close(r.s);
}

static void test_a_write_by_name(void **state) {
    struct rig r;
    struct store_campaign c;
    struct store_txn *t;
    open_rig(&r, *state);
    place_must(r.p, store_write_of(r.s, "two", &c, &t, &r.p->err));
    assert_int_equal(c.id, r.c[1].id);
    assert_failed(&r, put_note(&r, t, r.c[0].id, "other"), WINNOW_FAILED);
    c.batches = 9;
    place_must(r.p, store_campaign_put(t, &c, &r.p->err));
    commit(&r, t);
    place_must(r.p, store_write_of(r.s, "two", &c, &t, &r.p->err));
    assert_int_equal(c.batches, 9);
    store_abort(t);
    assert_failed(&r, store_write_of(r.s, "none", &c, &t, &r.p->err), WINNOW_NOT_FOUND);
    store_close(r.s);
}

/* Where an engine has a writer a campaign, two of them work at once and nothing of either is lost. */
static void test_writes_of_two_campaigns(void **state) {
    struct rig r;
    struct store_txn *t[2];
    open_rig(&r, *state);
    for (int i = 0; i < 2; i++)
        t[i] = write_of(&r, r.c[i].id);
    for (int k = 0; k < 40; k++) {
        char id[16];
        snprintf(id, sizeof id, "%d", k * 7 % 40);
        merge(&r, t[k % 2], &r.c[k % 2], id, "");
    }
    for (int i = 0; i < 2; i++)
        place_must(r.p, store_campaign_put(t[i], &r.c[i], &r.p->err));
    commit(&r, t[1]);
    commit(&r, t[0]);
    reopen(&r);
    t[0] = read_of(&r);
    for (int i = 0; i < 2; i++) {
        struct store_campaign now;
        uint32_t number;
        place_must(r.p, store_campaign_find(t[0], r.c[i].name, &now, &r.p->err));
        assert_int_equal(now.followees, 20);
        for (int k = i; k < 40; k += 2) {
            char id[16];
            int size = snprintf(id, sizeof id, "%d", k * 7 % 40);
            assert_int_equal(
                store_followee_find(t[0], now.id, id, (size_t)size, &number, &r.p->err), 1);
        }
    }
    store_abort(t[0]);
    store_close(r.s);
}

/* ---- what becomes of a commit ---- */

static struct {
    const struct engine_kind *real;
    bool there;           /* it reaches the disk */
    enum store_fate fate; /* and that is told */
} doubtful;

static enum store_fate doubtful_commit(struct engine_txn *t, struct winnow_error *err) {
    if (!doubtful.there)
        doubtful.real->abort(t);
    else if (doubtful.real->commit(t, err) != STORE_THERE)
        return STORE_NOT_THERE;
    winnow_fail(err, WINNOW_STORAGE, "the answer to a commit did not come");
    return doubtful.fate;
}

static void test_three_results_of_a_commit(void **state) {
    static const struct {
        bool there;
        enum store_fate fate;
    } rows[] = {{true, STORE_UNKNOWN}, {false, STORE_UNKNOWN}, {false, STORE_NOT_THERE}};
    struct rig r;
    open_rig(&r, *state);
    for (size_t i = 0; i < 3; i++) {
        struct engine_kind kind = *r.s->engine->kind;
        const void *note;
        size_t size;
        doubtful.real = r.s->engine->kind;
        doubtful.there = rows[i].there;
        doubtful.fate = rows[i].fate;
        kind.commit = doubtful_commit;
        r.s->engine->kind = &kind;
        struct store_txn *t = write_of(&r, r.c[0].id);
        char name[2] = {(char)('a' + i), '\0'};
        place_must(r.p, put_note(&r, t, r.c[0].id, name));
        place_must(r.p, store_note_put(t, r.c[0].id, STORE_NOTE_BUDGET, "z", name, 1, &r.p->err));
        assert_int_equal(store_commit(t, &r.p->err), rows[i].fate);
        assert_int_equal(r.p->err.code, WINNOW_STORAGE);
        /* nobody goes on by this handle */
        assert_failed(&r, store_write(r.s, r.c[0].id, &t, &r.p->err), WINNOW_STORAGE);
        assert_failed(&r, store_read(r.s, &t, &r.p->err), WINNOW_STORAGE);
        r.s->engine->kind = doubtful.real;
        reopen(&r);
        t = read_of(&r); /* all of it, or nothing */
        int found = store_note_get(t, r.c[0].id, STORE_NOTE_BUDGET, name, &note, &size, &r.p->err);
        assert_int_equal(found, rows[i].there);
        assert_int_equal(
            store_note_get(t, r.c[0].id, STORE_NOTE_BUDGET, "z", &note, &size, &r.p->err), 1);
        assert_memory_equal(note, "a", 1); /* of the first, and none of those after */
        store_abort(t);
    }
    store_close(r.s);
}

static void test_abort_undoes(void **state) {
    struct rig r;
    const void *note;
    size_t size;
    open_rig(&r, *state);
    struct store_txn *t = write_of(&r, r.c[0].id);
    place_must(r.p, put_note(&r, t, r.c[0].id, "a"));
    place_must(r.p, store_hint_many(t, &r.c[0], &r.p->err));
    merge(&r, t, &r.c[0], "7", "");
    store_abort(t);
    t = read_of(&r);
    assert_int_equal(store_note_get(t, r.c[0].id, STORE_NOTE_BUDGET, "a", &note, &size, &r.p->err),
                     0);
    uint32_t number;
    assert_int_equal(store_followee_find(t, r.c[0].id, "7", 1, &number, &r.p->err), 0);
    store_abort(t);
    store_abort(NULL);
    store_close(r.s);
}

/* ---- the lease, and a run's two calls ---- */

#define ENTRIES 40

static void plan(struct rig *r) {
    static const char *const keys[] = {"ann", "bob", "cid"};
    bool changed;
    struct store_txn *t = write_of(r, r->c[0].id);
    struct store_entry entries[ENTRIES];
    for (uint32_t i = 0; i < ENTRIES; i++) {
        char id[16];
        snprintf(id, sizeof id, "%u", 100 + i);
        merge(r, t, &r->c[0], id, i < 3 ? keys[i] : "");
        entries[i] = (struct store_entry){.number = i, .score = -(float)i, .first = STORE_NO_RULE};
    }
    r->c[0].plans = 1;
    place_must(r->p, store_schedule_put(t, r->c[0].id, 1, 0, entries, ENTRIES, &r->p->err));
    place_must(r->p, store_progress_start(t, r->c[0].id, 1, ENTRIES, 1000, &r->p->err));
    place_must(r->p, store_keep_put(t, &r->c[0], "105", 3, &changed, &r->p->err));
    place_must(r->p, store_keep_note(t, &r->c[0], (struct text){"Bob", 3}, &changed, &r->p->err));
    place_must(r->p, store_gone_put(t, r->c[0].id, 7, 0, OUTCOME_ALREADY_SO, &r->p->err));
    place_must(r->p, store_campaign_put(t, &r->c[0], &r->p->err));
    commit(r, t);
}

static void take_lease(struct rig *r, struct store_campaign *c) {
    struct store_txn *t;
    place_must(r->p, store_write_of(r->s, "one", c, &t, &r->p->err));
    place_must(r->p, store_lease_take(t, c, &r->p->err));
    commit(r, t);
}

static struct store_txn *held(struct rig *r, const struct store_campaign *c) {
    struct store_txn *t = NULL;
    place_must(r->p, store_write_held(r->s, c, &t, &r->p->err));
    return t;
}

static void test_only_the_holder_of_the_lease(void **state) {
    struct rig r;
    struct store_campaign first;
    struct store_campaign second;
    struct store_progress progress;
    struct store_target target;
    struct store_txn *t;
    const uint32_t position = 0;
    const struct store_claim claim = {.plan = 1, .positions = &position, .count = 1};
    open_rig(&r, *state);
    plan(&r);
    take_lease(&r, &first);
    store_abort(held(&r, &first));
    take_lease(&r, &second);
    assert_int_equal(second.epoch, first.epoch + 1);
    assert_failed(&r, store_write_held(r.s, &first, &t, &r.p->err), WINNOW_BUSY);
    store_abort(held(&r, &second));
    for (int i = 0; i < 2; i++) { /* any other write of the campaign, or of all, is no run's */
        t = write_of(&r, i == 0 ? r.c[0].id : STORE_ALL);
        assert_failed(&r, store_claim(t, &claim, &target, &r.p->err), WINNOW_FAILED);
        assert_failed(&r, store_settle(t, NULL, 0, &progress, &r.p->err), WINNOW_FAILED);
        store_abort(t);
    }
    t = write_of(&r, STORE_ALL); /* who takes it for somebody else, neither */
    first = second;
    place_must(r.p, store_lease_take(t, &first, &r.p->err));
    assert_failed(&r, store_claim(t, &claim, &target, &r.p->err), WINNOW_FAILED);
    store_abort(t);
    place_must(r.p, store_write_of(r.s, "one", &first, &t, &r.p->err));
    place_must(r.p, store_lease_take(t, &first, &r.p->err)); /* in the write that takes it, too */
    place_must(r.p, store_claim(t, &claim, &target, &r.p->err));
    place_must(r.p, store_settle(t, NULL, 0, &progress, &r.p->err));
    store_abort(t);
    store_abort(held(&r, &second)); /* which was not to be */
    store_close(r.s);
}

static void test_claim(void **state) {
    struct rig r;
    struct store_campaign c;
    struct store_target targets[5];
    static const uint32_t positions[] = {7, 1, 5, 0, 39};
    struct store_claim claim = {.plan = 1, .positions = positions, .count = 5};
    open_rig(&r, *state);
    plan(&r);
    take_lease(&r, &c);
    struct store_txn *t = held(&r, &c);
    for (int by_handle = 0; by_handle < 2; by_handle++) {
        claim.handle_is_key = by_handle != 0;
        place_must(r.p, store_claim(t, &claim, targets, &r.p->err));
        for (int i = 0; i < 5; i++) {
            char id[16];
            snprintf(id, sizeof id, "%u", 100 + positions[i]);
            assert_int_equal(targets[i].entry.number, positions[i]);
            assert_true(targets[i].id.size == strlen(id) &&
                        memcmp(targets[i].id.at, id, strlen(id)) == 0);
            assert_int_equal(targets[i].gone, positions[i] == 7);
            bool kept = positions[i] == 5 || (by_handle && positions[i] == 1);
            assert_int_equal(targets[i].kept, kept);
        }
        assert_true(targets[1].key.size == 3 && memcmp(targets[1].key.at, "bob", 3) == 0);
    }
    claim.positions = (const uint32_t[]){ENTRIES};
    claim.count = 1;
    assert_failed(&r, store_claim(t, &claim, targets, &r.p->err), WINNOW_DAMAGED);
    store_abort(t);
    store_close(r.s);
}

static struct store_event event_of(uint32_t position, uint32_t request, enum outcome outcome) {
    bool intent = outcome == OUTCOME_NONE;
    return (struct store_event){
        .entry = {.position = position,
                  .request = request,
                  .in_flight = intent,
                  .in_doubt = outcome == OUTCOME_IN_DOUBT},
        .record = {.kind = intent ? STORE_JOURNAL_INTENT : STORE_JOURNAL_OUTCOME,
                   .outcome = outcome,
                   .plan = 1,
                   .position = position,
                   .number = position,
                   .request = request,
                   .time_ms = 5000 + position,
                   .cost_micro = outcome == OUTCOME_DONE ? 10 : 0},
    };
}

static void expect_sound(struct rig *r, uint64_t records) {
    struct store_check check;
    struct store_txn *t = read_of(r);
    place_must(r->p, store_check(t, r->c[0].id, &check, &r->p->err));
    if (check.mismatches != 0)
        fail_msg("%s", check.first);
    assert_int_equal(check.journal_records, records);
    store_abort(t);
}

static void test_settle(void **state) {
    struct rig r;
    struct store_campaign c;
    struct store_progress p;
    struct store_progress stored;
    open_rig(&r, *state);
    plan(&r);
    take_lease(&r, &c);
    const struct store_event intents[] = {
        event_of(0, 1, OUTCOME_NONE), event_of(1, 0, OUTCOME_PROTECTED),
        event_of(2, 1, OUTCOME_NONE), event_of(3, 2, OUTCOME_NONE)};
    struct store_txn *t = held(&r, &c);
    place_must(r.p, store_settle(t, intents, 4, &p, &r.p->err));
    commit(&r, t);
    assert_true(p.cursor == 4 && p.open == 3 && p.requests == 2 && p.first_sent_ms == 5000);
    expect_sound(&r, 4);
    const struct store_event outcomes[] = {
        event_of(0, 1, OUTCOME_DONE), event_of(2, 1, OUTCOME_IN_DOUBT),
        event_of(3, 2, OUTCOME_RETRY), event_of(2, 3, OUTCOME_NONE)};
    t = held(&r, &c);
    place_must(r.p, store_settle(t, outcomes, 4, &p, &r.p->err));
    commit(&r, t);
    reopen(&r);
    expect_sound(&r, 8);
    t = read_of(&r);
    assert_int_equal(store_progress_get(t, c.id, &stored, &r.p->err), 1);
    assert_true(stored.open == 2 && stored.in_doubt == 0 && stored.spent_micro == 10 &&
                stored.settled[OUTCOME_DONE] == 1 && stored.journal_next == 8 &&
                stored.requests == 3 && p.journal_next == 8);
    store_abort(t);
    store_close(r.s);
}

/* What contradicts is refused, and nothing of that write is there. */
static void test_settle_refuses_contradictions(void **state) {
    struct rig r;
    struct store_campaign c;
    struct store_progress p;
    open_rig(&r, *state);
    plan(&r);
    take_lease(&r, &c);
    const struct store_event rows[][2] = {
        {event_of(0, 1, OUTCOME_NONE), event_of(0, 2, OUTCOME_NONE)},
        {event_of(0, 1, OUTCOME_REFUSED), event_of(0, 1, OUTCOME_DONE)},
        {event_of(0, 1, OUTCOME_REFUSED), event_of(0, 2, OUTCOME_NONE)},
        {event_of(0, 1, OUTCOME_REFUSED), event_of(0, 1, OUTCOME_RETRY)}};
    for (size_t i = 0; i < 4; i++) {
        struct store_txn *t = held(&r, &c);
        assert_failed(&r, store_settle(t, rows[i], 2, &p, &r.p->err), WINNOW_DAMAGED);
        store_abort(t);
        expect_sound(&r, 0);
    }
    store_close(r.s);
}

/* ---- what is written piece by piece, and hints ---- */

/* A schedule and decisions in pieces of any size read as they were written. */
static void test_plans_in_pieces_of_any_size(void **state) {
    static const uint32_t sizes[] = {1, 7, PLAN_CHUNK - 1, PLAN_CHUNK, PLAN_CHUNK + 1, 1000};
    struct rig r;
    static struct store_entry entries[1500];
    static struct store_decision decisions[1500];
    open_rig(&r, *state);
    for (uint32_t i = 0; i < 1500; i++) {
        entries[i] = (struct store_entry){i * 3, (float)i / 2, (uint8_t)(i % 64), (uint8_t)i};
        decisions[i] = (struct store_decision){i ^ 5, (uint8_t)(i % 5), (uint8_t)(i % 7)};
    }
    for (uint32_t plan = 0; plan < sizeof sizes / sizeof sizes[0]; plan++) {
        struct store_txn *t = write_of(&r, r.c[0].id);
        for (uint32_t at = 0; at < 1500; at += sizes[plan]) {
            uint32_t n = 1500 - at < sizes[plan] ? 1500 - at : sizes[plan];
            place_must(r.p, store_schedule_put(t, r.c[0].id, plan, at, &entries[at], n, &r.p->err));
            place_must(r.p,
                       store_decisions_put(t, r.c[0].id, plan, at, &decisions[at], n, &r.p->err));
        }
        commit(&r, t);
        t = read_of(&r);
        for (uint32_t i = 0; i < 1500; i++) {
            struct store_entry e;
            struct store_decision d;
            place_must(r.p, store_schedule_get(t, r.c[0].id, plan, i, &e, &r.p->err));
            assert_int_equal(store_decision_get(t, r.c[0].id, plan, i, &d, &r.p->err), 1);
            assert_true(e.number == i * 3 && e.score == (float)i / 2 && e.key == i % 64 &&
                        e.first == (uint8_t)i);
            assert_true(d.position == (i ^ 5) && d.verdict == i % 5 && d.rule == i % 7);
        }
        struct store_decision none;
        assert_int_equal(store_decision_get(t, r.c[0].id, plan, 1500, &none, &r.p->err), 0);
        store_abort(t);
    }
    struct store_txn *t = write_of(&r, r.c[0].id); /* a gap is no order */
    assert_failed(&r, store_schedule_put(t, r.c[0].id, 0, 1505, entries, 1, &r.p->err),
                  WINNOW_DAMAGED);
    store_abort(t);
    store_close(r.s);
}

static int count_handle(void *context, uint32_t number, struct text handle) {
    (void)number;
    (void)handle;
    ++*(int *)context;
    return 0;
}

/* With the hint that many come, all is found as without it, before the commit and behind it. */
static void test_hints_change_nothing(void **state) {
    struct rig r;
    open_rig(&r, *state);
    for (int i = 0; i < 2; i++) {
        int handles = 0;
        uint32_t number;
        struct facts f;
        struct store_txn *t = write_of(&r, r.c[i].id);
        if (i == 1)
            place_must(r.p, store_hint_many(t, &r.c[i], &r.p->err));
        enum store_change change;
        for (int k = 0; k < 300; k++) {
            char id[16];
            snprintf(id, sizeof id, "%d", k * 77 % 200);
            facts_clear(&f);
            f.source = 1;
            facts_set_text(&f, k % 3 == 0 ? FACT_HANDLE : FACT_ID, id, strlen(id));
            store_hint_soon(t, &f);
            place_must(r.p,
                       store_followee_merge(t, &r.c[i], &f, false, &change, &number, &r.p->err));
        }
        assert_int_equal(store_followee_find(t, r.c[i].id, "154", 3, &number, &r.p->err), 1);
        place_must(r.p, store_unresolved_each(t, r.c[i].id, count_handle, &handles, &r.p->err));
        assert_int_equal(handles, r.c[i].unresolved);
        place_must(r.p, store_campaign_put(t, &r.c[i], &r.p->err));
        commit(&r, t);
    }
    assert_true(r.c[0].followees == r.c[1].followees && r.c[0].unresolved == r.c[1].unresolved);
    struct store_txn *t = read_of(&r);
    for (int k = 0; k < 200; k++) {
        char id[16];
        int size = snprintf(id, sizeof id, "%d", k);
        uint32_t number[2];
        int found[2];
        for (int i = 0; i < 2; i++)
            found[i] = store_followee_find(t, r.c[i].id, id, (size_t)size, &number[i], &r.p->err);
        assert_true(found[0] == found[1] && (found[0] == 0 || number[0] == number[1]));
    }
    store_abort(t);
    store_close(r.s);
}

/* What was gathered is written by the commit, if by nothing before. */
static void test_many_are_there_behind_the_commit(void **state) {
    struct rig r;
    open_rig(&r, *state);
    struct store_txn *t = write_of(&r, r.c[0].id);
    place_must(r.p, store_hint_many(t, &r.c[0], &r.p->err));
    merge(&r, t, &r.c[0], "9", "");
    merge(&r, t, &r.c[0], "10", "");
    place_must(r.p, store_campaign_put(t, &r.c[0], &r.p->err));
    commit(&r, t);
    reopen(&r);
    t = read_of(&r);
    uint32_t number;
    assert_int_equal(store_followee_find(t, r.c[0].id, "10", 2, &number, &r.p->err), 1);
    assert_int_equal(number, 1);
    store_abort(t);
    store_close(r.s);
}

/* ---- sizes ---- */

static void test_sizes(void **state) {
    struct rig r;
    static char big[1 << 20];
    char name[600];
    const void *note;
    size_t size;
    bool changed;
    open_rig(&r, *state);
    memset(big, 'x', sizeof big);
    memset(name, 'n', sizeof name);
    name[500] = '\0';
    struct store_txn *t = write_of(&r, r.c[0].id);
    place_must(r.p, store_note_put(t, r.c[0].id, STORE_NOTE_RUN, "", big, sizeof big, &r.p->err));
    place_must(r.p, store_note_put(t, r.c[0].id, STORE_NOTE_RUN, name, "", 0, &r.p->err));
    name[500] = 'n';
    name[599] = '\0';
    assert_failed(&r, store_note_put(t, r.c[0].id, STORE_NOTE_RUN, name, "", 0, &r.p->err),
                  WINNOW_BAD_INPUT);
    assert_failed(&r, store_keep_put(t, &r.c[0], name, 599, &changed, &r.p->err), WINNOW_BAD_INPUT);
    commit(&r, t);
    t = read_of(&r);
    assert_int_equal(store_note_get(t, r.c[0].id, STORE_NOTE_RUN, "", &note, &size, &r.p->err), 1);
    assert_true(size == sizeof big && memcmp(note, big, size) == 0);
    store_abort(t);
    store_close(r.s);
}

/* ---- damage: a record is checked wherever it comes from ---- */

struct raw {
    unsigned char key[ENGINE_KEY_MAX], value[4096];
    size_t key_size, size;
};

static void read_first(struct rig *r, struct engine_txn *t, enum table table, struct raw *out) {
    const struct engine_kind *kind = t->engine->kind;
    struct engine_walk *w;
    struct engine_bytes key;
    struct engine_bytes value;
    place_must(r->p, kind->walk(t, table, (struct engine_bytes){"", 0}, false, &w, &r->p->err));
    assert_int_equal(kind->next(w, &key, &value, &r->p->err), 1);
    assert_true(value.size <= sizeof out->value);
    memcpy(out->key, key.at, key.size);
    memcpy(out->value, value.at, value.size);
    out->key_size = key.size;
    out->size = value.size;
    kind->leave(w);
}

/* Any bit of it, and it is no record of a followee any more. */
static void test_damaged_records(void **state) {
    struct rig r;
    struct raw raw;
    struct facts f;
    open_rig(&r, *state);
    plan(&r);
    struct store_txn *t = read_of(&r);
    read_first(&r, t->txn, TABLE_FACTS, &raw);
    store_abort(t);
    for (size_t at = 0; at < raw.size; at++) {
        const struct engine_bytes key = {raw.key, raw.key_size};
        void *room = NULL;
        t = write_of(&r, r.c[0].id);
        place_must(r.p, t->kind->put(t->txn, TABLE_FACTS, key, raw.size, false, &room, &r.p->err));
        memcpy(room, raw.value, raw.size);
        ((unsigned char *)room)[at] ^= 1;
        assert_failed(&r, store_followee_get(t, r.c[0].id, 0, STORE_FACTS, &f, &r.p->err),
                      WINNOW_DAMAGED);
        store_abort(t);
    }
    t = read_of(&r);
    place_must(r.p, store_followee_get(t, r.c[0].id, 0, STORE_FACTS, &f, &r.p->err));
    store_abort(t);
    store_close(r.s);
}

static void test_a_format_that_is_not_ours(void **state) {
    struct rig r;
    struct key key = {6, "format"};
    unsigned char newer[4] = {STORE_FORMAT + 1};
    struct engine *e;
    open_rig(&r, *state);
    struct store_txn *t = write_of(&r, STORE_ALL);
    place_must(r.p, table_put(t, TABLE_META, &key, newer, 4, &r.p->err));
    commit(&r, t);
    store_close(r.s);
    e = place_engine(r.p, store_table_names, TABLE_COUNT);
    assert_failed(&r, store_open_on(e, &r.s, &r.p->err), WINNOW_DAMAGED);
    assert_non_null(strstr(r.p->err.text, "newer winnow"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        ON_EACH(test_a_write_changes_its_own_campaign),
        ON_EACH(test_a_write_by_name),
        {"test_writes_of_two_campaigns in memory", test_writes_of_two_campaigns, place_make_memory,
         place_remove, NULL},
        ON_EACH(test_three_results_of_a_commit),
        ON_EACH(test_abort_undoes),
        ON_EACH(test_only_the_holder_of_the_lease),
        ON_EACH(test_claim),
        ON_EACH(test_settle),
        ON_EACH(test_settle_refuses_contradictions),
        ON_EACH(test_plans_in_pieces_of_any_size),
        ON_EACH(test_hints_change_nothing),
        ON_EACH(test_many_are_there_behind_the_commit),
        ON_EACH(test_sizes),
        ON_EACH(test_damaged_records),
        ON_EACH(test_a_format_that_is_not_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
