/* The book: what the journal says, derived again record by record as it grows, beside the engine's
 * own counters and by other means; and what must hold of each record and of each request that
 * leaves. Happy path: everything agrees, silently. */
#include "sim.h"

#include <stdlib.h>
#include <string.h>

void book_begin(struct sim *sim, uint32_t plan, uint32_t total) {
    struct book *b = &sim->book;
    struct store_txn *t;
    uint64_t next = b->next_sequence;
    int64_t spent = b->spent_micro;
    *b = (struct book){.plan = plan, .total = total, .next_sequence = next, .spent_micro = spent};
    b->entries = calloc((size_t)total + 1, sizeof *b->entries);
    if (b->entries == NULL)
        abort();
    for (uint32_t i = 0; i < sim->s.people; i++)
        memset(sim->people[i].position, 0xff, sizeof sim->people[i].position);
    sim_must(sim, store_read(sim->w->store, &t, &sim->err));
    for (uint32_t at = 0; at < total; at++) {
        struct store_entry e;
        sim_must(sim, store_schedule_get(t, sim->campaign.id, plan, at, &e, &sim->err));
        b->entries[at].number = e.number;
        b->entries[at].key = e.key;
        sim->people[e.number].position[e.key] = at;
    }
    store_abort(t);
}

void book_free(struct book *b) {
    free(b->entries);
    free(b->requests);
    b->entries = NULL;
    b->requests = NULL;
    b->request_room = 0;
}

struct book_request *book_request(struct sim *sim, uint32_t request) {
    struct book *b = &sim->book;
    if (request >= b->request_room) {
        uint32_t room = request < 1000 ? 1024 : request * 2;
        b->requests = realloc(b->requests, room * sizeof *b->requests);
        if (b->requests == NULL)
            abort();
        memset(b->requests + b->request_room, 0, (room - b->request_room) * sizeof *b->requests);
        b->request_room = room;
    }
    return &b->requests[request];
}

/* ---- the journal, record by record ---- */

struct following {
    struct sim *sim;
    bool old_plan; /* a newer plan was made: only last words come */
};

static void take_entry(struct sim *sim, uint32_t position) {
    struct book *b = &sim->book;
    b->entries[position].taken = true;
    b->taken++;
    if (position + 1 > b->highest)
        b->highest = position + 1;
}

/* A login may be another's once a whole list does not have its owner any more. */
static bool held_by_list(const struct sim *sim, const struct person *p, uint8_t key) {
    return sim->s.which == ON_GITHUB && (p->confirmed >> key & 1) != 0;
}

static void follow_intent(struct sim *sim, struct book_entry *e,
                          const struct store_journal_record *r) {
    struct book *b = &sim->book;
    if (outcome_final((enum outcome)e->outcome) || e->in_flight)
        sim_violated(sim, 3, "entry %u has an intent, but is %s", r->position,
                     e->in_flight ? "in flight"
                                  : outcome_name(ACTION_UNFOLLOW, (enum outcome)e->outcome));
    if (sim->people[e->number].kept)
        sim_violated(sim, 1, "entry %u has an intent, but followee %u is kept", r->position,
                     e->number);
    if (held_by_list(sim, &sim->people[e->number], e->key))
        sim_violated(sim, 11, "entry %u has an intent, and a list has shown followee %u gone",
                     r->position, e->number);
    if (!e->taken)
        take_entry(sim, r->position);
    else
        b->open--;
    b->open++;
    e->in_flight = true;
    e->intents = e->intents == UINT8_MAX ? e->intents : (uint8_t)(e->intents + 1);
    if (r->request > b->last_request)
        b->last_request = r->request;
}

/* Invariant 4: what was heard, and what may be written of it. */
static bool fits(const struct store_journal_record *r, const struct book_request *q,
                 const struct person *p) {
    uint32_t tries = q->unsure ? DRAIN_UNSURE_TRIES_MAX : drain_defaults.attempts_max;
    bool out_of_tries = r->outcome == OUTCOME_REFUSED && r->exhausted && r->attempts >= tries;
    if (q->dead)
        return r->outcome == OUTCOME_IN_DOUBT;
    switch ((enum said)q->said) {
    case SAID_YES:
        return r->outcome == OUTCOME_DONE || r->outcome == OUTCOME_ALREADY_SO;
    case SAID_GONE:
        return r->outcome == OUTCOME_TARGET_GONE || (p->heard.there[r->key] == TOLD_YES &&
                                                     (r->outcome == OUTCOME_RETRY || out_of_tries));
    case SAID_REFUSED:
        return r->outcome == OUTCOME_REFUSED && !r->exhausted;
    case SAID_NO:
        return r->outcome == OUTCOME_RETRY || out_of_tries;
    case SAID_NEVER_LEFT:
        return r->outcome == OUTCOME_RETRY;
    case SAID_NOTHING:
        return r->outcome == OUTCOME_IN_DOUBT || out_of_tries;
    }
    return false;
}

static void check_gone(struct sim *sim, const struct book_entry *e,
                       const struct store_journal_record *r) {
    struct person *p = &sim->people[e->number];
    bool there = (p->there >> e->key & 1) != 0;
    if (there && (r->outcome == OUTCOME_DONE || r->outcome == OUTCOME_ALREADY_SO))
        sim_violated(sim, 4, "entry %u is %s, and followee %u is still followed", r->position,
                     outcome_name(ACTION_UNFOLLOW, r->outcome), e->number);
    if (r->outcome == OUTCOME_TARGET_GONE && !p->is.vanished)
        sim_violated(sim, 4, "entry %u is target_gone, and followee %u is still there", r->position,
                     e->number);
    if (r->outcome == OUTCOME_DONE || r->outcome == OUTCOME_ALREADY_SO ||
        r->outcome == OUTCOME_TARGET_GONE) {
        p->confirmed = (uint8_t)(p->confirmed | 1u << e->key);
        if (sim->reading.set == SET_FOLLOWING) /* what was read before is older */
            p->served.yes = p->served.last_yes = false;
    }
}

/* Without a request: on the keep list, held, or by what a precheck told. */
static void follow_protected(struct sim *sim, struct book_entry *e,
                             const struct store_journal_record *r) {
    const struct person *p = &sim->people[e->number];
    if (r->outcome == OUTCOME_PROTECTED && !p->kept && !held_by_list(sim, p, e->key) &&
        person_may_still_go(p, &sim->s, sim->writer))
        sim_violated(sim, 6, "entry %u is settled as protected, but followee %u is not kept",
                     r->position, e->number);
    if (r->outcome == OUTCOME_PROTECTED)
        e->by_precheck = !p->kept;
    else if (p->heard.process != sim->writer || p->heard.there[e->key] != TOLD_NO)
        sim_violated(sim, 4,
                     "entry %u is settled as gone without a request, and no precheck told it",
                     r->position);
    else
        check_gone(sim, e, r);
    if (!e->taken)
        take_entry(sim, r->position);
    else
        sim->book.open--;
}

/* What a question told, asked in the place of an unfollow: it had no intent, and no request of its
 * own in the journal. */
static void follow_asked(struct sim *sim, const struct book_entry *e,
                         const struct store_journal_record *r) {
    const struct person *p = &sim->people[e->number];
    bool tried = r->outcome == OUTCOME_REFUSED && r->exhausted &&
                 r->attempts >= DRAIN_UNSURE_TRIES_MAX; /* it is there, or nobody is */
    bool gone = r->outcome == OUTCOME_TARGET_GONE && p->gone_by == sim->writer;
    if (e->in_flight || !e->taken)
        sim_violated(sim, 3, "entry %u was asked about while it was not waiting", r->position);
    if (r->outcome != OUTCOME_RETRY && !tried && !gone)
        sim_violated(sim, 4, "entry %u is %s by a question, and none told it", r->position,
                     outcome_name(ACTION_UNFOLLOW, r->outcome));
    sim->met.gone_by_question += gone;
    check_gone(sim, e, r);
    sim->book.open -= outcome_final(r->outcome) != 0;
}

static void follow_answered(struct sim *sim, struct book_entry *e,
                            const struct store_journal_record *r) {
    struct book_request *q = book_request(sim, r->request);
    if (!e->in_flight)
        sim_violated(sim, 3, "entry %u has an outcome and is not in flight", r->position);
    if (!fits(r, q, &sim->people[e->number]))
        sim_violated(sim, 4, "entry %u is %s%s, though the answer was of kind %d%s", r->position,
                     outcome_name(ACTION_UNFOLLOW, r->outcome),
                     r->exhausted ? " (tries ran out)" : "", q->said,
                     q->dead ? " (process dead)" : "");
    q->written = true;
    check_gone(sim, e, r);
    if (outcome_final(r->outcome))
        sim->book.open--;
}

static void follow_outcome(struct sim *sim, struct book_entry *e,
                           const struct store_journal_record *r) {
    struct book *b = &sim->book;
    if (outcome_final((enum outcome)e->outcome))
        sim_violated(sim, 3, "entry %u is settled twice", r->position);
    b->in_doubt -= e->outcome == OUTCOME_IN_DOUBT;
    if (r->outcome == OUTCOME_PROTECTED || (r->outcome == OUTCOME_ALREADY_SO && r->request == 0))
        follow_protected(sim, e, r);
    else if (r->request == 0)
        follow_asked(sim, e, r);
    else
        follow_answered(sim, e, r);
    e->in_flight = false;
    e->outcome = (uint8_t)r->outcome;
    b->in_doubt += r->outcome == OUTCOME_IN_DOUBT;
    if (outcome_final(r->outcome))
        b->settled[r->outcome]++;
}

static int follow(void *context, const struct store_journal_record *r) {
    struct following *f = context;
    struct sim *sim = f->sim;
    struct book *b = &sim->book;
    if (r->sequence != b->next_sequence)
        sim_violated(sim, 3, "journal record %llu is missing",
                     (unsigned long long)b->next_sequence);
    b->next_sequence++;
    b->spent_micro += r->cost_micro;
    if (r->plan != b->plan || r->position >= b->total ||
        b->entries[r->position].number != r->number || b->entries[r->position].key != r->key)
        sim_violated(sim, 10, "journal record %llu is not of the plan that was shown",
                     (unsigned long long)r->sequence);
    if (r->kind == STORE_JOURNAL_INTENT && f->old_plan)
        sim_violated(sim, 10, "an intent of an old plan");
    struct book_entry *e = &b->entries[r->position];
    if (f->old_plan)
        book_request(sim, r->request)->dead = true;
    if (r->kind == STORE_JOURNAL_INTENT)
        follow_intent(sim, e, r);
    else
        follow_outcome(sim, e, r);
    return 0;
}

/* ---- counters ---- */

static void same(struct sim *sim, const char *what, uint64_t winnow_has, uint64_t must_have) {
    if (winnow_has != must_have)
        sim_violated(sim, 3, "%s: counted as %llu, the journal has %llu", what,
                     (unsigned long long)winnow_has, (unsigned long long)must_have);
}

static void compare(struct sim *sim, const struct store_progress *p) {
    const struct book *b = &sim->book;
    uint64_t settled = 0;
    for (int o = OUTCOME_DONE; o <= OUTCOME_REFUSED; o++) {
        same(sim, outcome_name(ACTION_UNFOLLOW, (enum outcome)o), p->settled[o], b->settled[o]);
        settled += b->settled[o];
    }
    same(sim, "entries", p->total, b->total);
    same(sim, "open", p->open, b->open);
    same(sim, "in doubt", p->in_doubt, b->in_doubt);
    same(sim, "requests", p->requests, b->last_request);
    same(sim, "journal", p->journal_next, b->next_sequence);
    same(sim, "spent", (uint64_t)p->spent_micro, (uint64_t)b->spent_micro);
    same(sim, "cursor", p->cursor, b->taken);
    same(sim, "taken in order", b->taken, b->highest);
    same(sim, "settled and open", settled + b->open, b->taken);
}

static void check_last_words(struct sim *sim) {
    for (uint32_t at = 0; at < sim->book.total; at++)
        if (sim->book.entries[at].in_flight)
            sim_violated(sim, 3, "entry %u of the old plan was in flight, and got no last word",
                         at);
}

void book_check(struct sim *sim) {
    struct book *b = &sim->book;
    struct store_txn *t;
    struct store_progress p;
    if (b->entries == NULL || b->commits_seen == sim->machine.commits)
        return;
    bool failing = sim->disk_full || sim->machine.struck != DISK_WELL;
    if (store_read(sim->w->store, &t, &sim->err) != 0) {
        if (failing) /* only a fresh open can tell what is there */
            return;
        sim_must(sim, -1);
    }
    b->commits_seen = sim->machine.commits;
    if (store_progress_get(t, sim->campaign.id, &p, &sim->err) != 1)
        sim_violated(sim, 3, "the counters are gone");
    struct following f = {sim, p.plan != b->plan};
    sim_must(sim, store_journal_each(t, sim->campaign.id, b->next_sequence, follow, &f, &sim->err));
    store_abort(t);
    if (f.old_plan)
        check_last_words(sim);
    else
        compare(sim, &p);
}

/* ---- a request leaves ---- */

/* Where a followee's follow stands in the schedule that was shown. */
static uint32_t position_of(struct sim *sim, const struct on_server *target) {
    uint32_t position = sim->people[target->number].position[target->key];
    if (position == NO_POSITION)
        sim_violated(sim, 10, "key %u of followee %u leaves and is not in the schedule",
                     target->key, target->number);
    return position;
}

/* Invariant 5: what leaves for the first time leaves in order. (That none is passed over but those
 * who are kept is seen in the book: what is taken is taken without a gap.) */
static void check_order(struct sim *sim, uint32_t position) {
    struct book *b = &sim->book;
    if (b->entries[position].intents > 1)
        return;
    if (position < b->fresh_next)
        sim_violated(sim, 5, "entry %u leaves after entry %u", position, b->fresh_next - 1);
    b->fresh_next = position + 1;
}

static uint32_t check_target(struct sim *sim, struct store_txn *t, const struct on_server *target) {
    struct store_open_entry open;
    const struct person *p = &sim->people[target->number];
    uint32_t position = position_of(sim, target);
    if (store_open_get(t, sim->campaign.id, position, &open, &sim->err) != 1 || !open.in_flight)
        sim_violated(sim, 7, "entry %u leaves without an intent", position);
    if (p->kept && p->kept_commit < sim->turn.commit)
        sim_violated(sim, 1, "entry %u leaves, and followee %u is kept", position, target->number);
    if (!p->planned)
        sim_violated(sim, 8, "entry %u leaves, and the policy does not let it go", position);
    if (outcome_final((enum outcome)sim->book.entries[position].outcome))
        sim_violated(sim, 3, "entry %u leaves, though it is settled", position);
    look_check_leaving(sim, position, target);
    check_order(sim, position);
    return open.request;
}

uint32_t book_check_leaving(struct sim *sim, const struct on_server *targets, uint32_t count) {
    struct store_txn *t;
    uint32_t request = 0;
    if (store_read(sim->w->store, &t, &sim->err) != 0)
        sim_violated(sim, 7, "a request leaves, and the store says: %s", sim->err.text);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t one = check_target(sim, t, &targets[i]);
        if (i > 0 && one != request)
            sim_violated(sim, 7, "a request of %u entries has intents of two", count);
        request = one;
    }
    store_abort(t);
    return request;
}

/* ---- the end ---- */

void book_check_end(struct sim *sim) {
    const struct book *b = &sim->book;
    for (uint32_t at = 0; at < b->total; at++) {
        const struct book_entry *e = &b->entries[at];
        if (!outcome_final((enum outcome)e->outcome))
            sim_violated(sim, 6, "entry %u is not settled at the end", at);
        if (e->outcome == OUTCOME_PROTECTED && !e->by_precheck && !sim->people[e->number].ever_kept)
            sim_violated(sim, 3, "entry %u is protected, and was never kept", at);
    }
    same(sim, "open at the end", b->open, 0);
}
