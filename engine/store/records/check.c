/* store_check: derive counters, final states and open entries of the present plan again from the
 * journal, and compare with what is stored; see store.h. Happy path: no mismatch. The first
 * mismatch is described; memory is two bytes an entry. */
#include <stdio.h>
#include <stdlib.h>

#include "store/records/ledger.h"

#define IN_FLIGHT 0x80 /* beside the last outcome of an entry */

struct checking {
    const struct store_progress *p;
    struct store_check *out;
    unsigned char *last; /* an entry's last outcome, IN_FLIGHT after an intent */
    uint64_t settled[OUTCOME_COUNT];
    uint64_t next_sequence, open, open_seen, in_doubt_seen;
    enum action action; /* of the plan, by its first record */
    bool acted;
    uint32_t requests; /* the last that an intent of the plan names */
    int64_t spent_micro;
};

/* Taken and not settled, says the journal. */
static bool is_open(unsigned char last) {
    enum outcome outcome = (enum outcome)(last & ~IN_FLIGHT);
    return (last & IN_FLIGHT) != 0 || outcome == OUTCOME_RETRY || outcome == OUTCOME_IN_DOUBT;
}

__attribute__((format(printf, 2, 3))) static void mismatch(struct checking *c, const char *format,
                                                           ...) {
    if (c->out->mismatches++ > 0)
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(c->out->first, sizeof c->out->first, format, args);
    va_end(args);
}

static void follow_entry(struct checking *c, const struct store_journal_record *r) {
    unsigned char *last = &c->last[r->position];
    if (outcome_final((enum outcome) * last)) {
        mismatch(c, "journal record %llu: entry %u was settled before",
                 (unsigned long long)r->sequence, r->position);
    } else if (r->kind == STORE_JOURNAL_INTENT) {
        if (*last & IN_FLIGHT)
            mismatch(c, "journal record %llu: entry %u was in flight",
                     (unsigned long long)r->sequence, r->position);
        *last = IN_FLIGHT;
        if (r->request > c->requests)
            c->requests = r->request;
    } else {
        /* who turned out to be kept before a request was made, and what the platform told of one
         * whom it was asked about (the request is no unfollow, and so has no number) */
        bool unasked = r->outcome == OUTCOME_PROTECTED || r->request == 0;
        if (!(*last & IN_FLIGHT) && !unasked)
            mismatch(c, "journal record %llu: entry %u has an outcome without an intent",
                     (unsigned long long)r->sequence, r->position);
        *last = (unsigned char)r->outcome;
        c->settled[r->outcome]++;
    }
}

static int follow(void *context, const struct store_journal_record *r) {
    struct checking *c = context;
    if (r->sequence != c->next_sequence)
        mismatch(c, "journal record %llu: record %llu is missing", (unsigned long long)r->sequence,
                 (unsigned long long)c->next_sequence);
    c->next_sequence = r->sequence + 1;
    c->out->journal_records++;
    c->spent_micro += r->cost_micro;
    if (r->plan != c->p->plan)
        return 0;
    if (c->acted && r->action != c->action)
        mismatch(c, "journal record %llu: it is to %s, and the plan's others are to %s",
                 (unsigned long long)r->sequence, action_name(r->action), action_name(c->action));
    c->action = r->action;
    c->acted = true;
    if (r->position >= c->p->total)
        mismatch(c, "journal record %llu: position %u is past the schedule's end",
                 (unsigned long long)r->sequence, r->position);
    else
        follow_entry(c, r);
    return 0;
}

static int compare_open(void *context, const struct store_open_entry *e) {
    struct checking *c = context;
    unsigned char last = e->position < c->p->total ? c->last[e->position] : 0;
    c->open_seen++;
    c->in_doubt_seen += e->in_doubt;
    if (!is_open(last) || e->in_flight != ((last & IN_FLIGHT) != 0))
        mismatch(c, "open entry %u differs from the journal", e->position);
    return 0;
}

static int compare_states(struct store_txn *t, uint32_t campaign, struct checking *c,
                          struct winnow_error *err) {
    for (uint32_t i = 0; i < c->p->total; i++) {
        enum outcome stored;
        if (store_state_get(t, campaign, c->p->plan, i, &stored, err) < 0)
            return -1;
        enum outcome derived = (enum outcome)(c->last[i] & ~IN_FLIGHT);
        bool open = is_open(c->last[i]);
        c->open += open;
        if (stored != (open ? OUTCOME_NONE : derived))
            mismatch(c, "entry %u is stored as %s, the journal says %s", i,
                     outcome_name(c->action, stored), outcome_name(c->action, derived));
        if ((derived != OUTCOME_NONE || open) != (i < c->p->cursor))
            mismatch(c, "entry %u and the cursor %u disagree", i, c->p->cursor);
    }
    return 0;
}

static void compare_counters(struct checking *c) {
    for (int o = OUTCOME_DONE; o <= OUTCOME_REFUSED; o++)
        if (c->settled[o] != c->p->settled[o])
            mismatch(c, "%s is counted as %llu, the journal has %llu",
                     outcome_name(c->action, (enum outcome)o), (unsigned long long)c->p->settled[o],
                     (unsigned long long)c->settled[o]);
    if (c->open != c->p->open || c->open_seen != c->p->open)
        mismatch(c, "open entries are counted as %u, the journal has %llu, stored are %llu",
                 c->p->open, (unsigned long long)c->open, (unsigned long long)c->open_seen);
    if (c->in_doubt_seen != c->p->in_doubt)
        mismatch(c, "entries in doubt are counted as %u, stored are %llu", c->p->in_doubt,
                 (unsigned long long)c->in_doubt_seen);
    if (c->requests != c->p->requests)
        mismatch(c, "requests are counted as %llu, the journal has %u",
                 (unsigned long long)c->p->requests, c->requests);
    if (c->next_sequence != c->p->journal_next)
        mismatch(c, "the journal ends at %llu, the counter says %llu",
                 (unsigned long long)c->next_sequence, (unsigned long long)c->p->journal_next);
    if (c->spent_micro != c->p->spent_micro)
        mismatch(c, "spent is counted as %lld millionths, the journal has %lld",
                 (long long)c->p->spent_micro, (long long)c->spent_micro);
}

int store_check(struct store_txn *t, uint32_t campaign, struct store_check *out,
                struct winnow_error *err) {
    struct store_progress p;
    *out = (struct store_check){0};
    int found = store_progress_get(t, campaign, &p, err);
    if (found <= 0)
        return found;
    struct checking c = {.p = &p, .out = out, .last = calloc((size_t)p.total + 1, 1)};
    if (c.last == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
    out->entries = p.total;
    int result = store_journal_each(t, campaign, 0, follow, &c, err);
    if (result == 0)
        result = compare_states(t, campaign, &c, err);
    if (result == 0)
        result = store_open_each(t, campaign, compare_open, &c, err);
    if (result == 0)
        compare_counters(&c);
    free(c.last);
    return result;
}
