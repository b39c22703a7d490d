/* The ledger: intents and outcomes go into the journal, and what they change (open entries, final
 * states, counters) changes with them, by the rules in ledger_rules.h; see store.h. Who is gone
 * follows from the journal: gone.h. Happy path: store_claim, and store_settle with the intents;
 * later store_settle with their outcomes. Fails as the store does, and with WINNOW_DAMAGED when an
 * event would contradict what is there: an entry settled twice, an intent for an entry in flight.
 */
#include "store/records/ledger.h"

#include "store/roster/gone.h"
#include "store/rules/ledger_rules.h"

#include <string.h>

static struct key position_key(uint32_t campaign, uint32_t position) {
    struct key k = key_of(campaign);
    key_add32(&k, position);
    return k;
}

/* ---- counters ---- */

#define PROGRESS_SIZE (4 * 5 + 8 * OUTCOME_COUNT + 8 * 5)

int ledger_progress_put(struct store_txn *t, uint32_t campaign, const struct store_progress *p,
                        struct winnow_error *err) {
    unsigned char bytes[PROGRESS_SIZE];
    unsigned char *at = bytes;
    const uint32_t small[] = {p->plan, p->total, p->cursor, p->open, p->in_doubt};
    for (size_t i = 0; i < 5; i++)
        at = put_le(at, small[i], 4);
    for (int o = 0; o < OUTCOME_COUNT; o++)
        at = put_le(at, p->settled[o], 8);
    const uint64_t large[] = {p->requests, p->journal_next, (uint64_t)p->spent_micro,
                              (uint64_t)p->first_sent_ms, (uint64_t)p->last_outcome_ms};
    for (size_t i = 0; i < 5; i++)
        at = put_le(at, large[i], 8);
    struct key key = key_of(campaign);
    return table_put(t, TABLE_PROGRESS, &key, bytes, sizeof bytes, err);
}

int store_progress_get(struct store_txn *t, uint32_t campaign, struct store_progress *out,
                       struct winnow_error *err) {
    struct key key = key_of(campaign);
    struct record record;
    *out = (struct store_progress){0};
    int found = table_get(t, TABLE_PROGRESS, &key, &record, err);
    if (found <= 0)
        return found;
    if (record.size != PROGRESS_SIZE)
        return store_damaged(err, TABLE_PROGRESS, "a record of the wrong size");
    const unsigned char *at = record.at;
    uint32_t *const small[] = {&out->plan, &out->total, &out->cursor, &out->open, &out->in_doubt};
    for (size_t i = 0; i < 5; i++, at += 4)
        *small[i] = (uint32_t)get_le(at, 4);
    for (int o = 0; o < OUTCOME_COUNT; o++, at += 8)
        out->settled[o] = get_le(at, 8);
    out->requests = get_le(at, 8);
    out->journal_next = get_le(at + 8, 8);
    out->spent_micro = (int64_t)get_le(at + 16, 8);
    out->first_sent_ms = (int64_t)get_le(at + 24, 8);
    out->last_outcome_ms = (int64_t)get_le(at + 32, 8);
    return 1;
}

/* ---- journal ---- */

static int journal_append(struct store_txn *t, uint32_t campaign,
                          const struct store_journal_record *r, struct winnow_error *err) {
    unsigned char bytes[LEDGER_JOURNAL_SIZE] = {0};
    unsigned char *at = bytes;
    at = put_le(at, (uint64_t)r->kind | (uint64_t)r->action << 4, 1);
    at = put_le(at, (uint64_t)r->outcome, 1);
    at = put_le(at, r->key, 1);
    at = put_le(at, r->exhausted, 1);
    at = put_le(at, r->http_status, 2);
    at = put_le(at, r->attempts, 2);
    at = put_le(at, r->plan, 4);
    at = put_le(at, r->position, 4);
    at = put_le(at, r->number, 4);
    at = put_le(at, r->request, 4);
    at = put_le(at, (uint64_t)r->time_ms, 8);
    put_le(at, (uint64_t)r->cost_micro, 8);
    struct key key = key_of(campaign);
    key_add64(&key, r->sequence);
    return table_put(t, TABLE_JOURNAL, &key, bytes, sizeof bytes, err);
}

int ledger_journal_read(const unsigned char *key, size_t key_size, struct record record,
                        struct store_journal_record *out, struct winnow_error *err) {
    if (key_size != 12 || record.size != LEDGER_JOURNAL_SIZE)
        return store_damaged(err, TABLE_JOURNAL, "a record of the wrong size");
    const unsigned char *at = record.at;
    *out = (struct store_journal_record){
        .sequence = get_be(key + 4, 8),
        .kind = (enum store_journal_kind)(at[0] & 15),
        .action = (enum action)(at[0] >> 4),
        .outcome = (enum outcome)at[1],
        .key = at[2],
        .exhausted = at[3] != 0,
        .http_status = (uint16_t)get_le(at + 4, 2),
        .attempts = (uint16_t)get_le(at + 6, 2),
        .plan = (uint32_t)get_le(at + 8, 4),
        .position = (uint32_t)get_le(at + 12, 4),
        .number = (uint32_t)get_le(at + 16, 4),
        .request = (uint32_t)get_le(at + 20, 4),
        .time_ms = (int64_t)get_le(at + 24, 8),
        .cost_micro = (int64_t)get_le(at + 32, 8),
    };
    if (out->outcome >= OUTCOME_COUNT || out->action >= ACTION_COUNT ||
        (out->kind != STORE_JOURNAL_INTENT && out->kind != STORE_JOURNAL_OUTCOME))
        return store_damaged(
            err, TABLE_JOURNAL,
            "a record that is neither intent nor outcome of an action that is known");
    return 0;
}

struct each_record {
    int (*each)(void *context, const struct store_journal_record *record);
    void *context;
};

static int give_record(void *context, const unsigned char *key, size_t size, struct record record,
                       struct winnow_error *err) {
    const struct each_record *e = context;
    struct store_journal_record r;
    if (ledger_journal_read(key, size, record, &r, err) != 0)
        return -1;
    return e->each(e->context, &r);
}

int store_journal_each(struct store_txn *t, uint32_t campaign, uint64_t from,
                       int (*each)(void *context, const struct store_journal_record *record),
                       void *context, struct winnow_error *err) {
    struct key prefix = key_of(campaign);
    struct key start = prefix;
    struct each_record e = {each, context};
    key_add64(&start, from);
    return table_scan(t, TABLE_JOURNAL, &prefix, &start, give_record, &e, err);
}

static int journal_time(struct store_txn *t, uint32_t campaign, uint64_t sequence, int64_t *time_ms,
                        struct winnow_error *err) {
    struct key key = key_of(campaign);
    struct record record;
    struct store_journal_record r;
    key_add64(&key, sequence);
    int found = table_get(t, TABLE_JOURNAL, &key, &record, err);
    if (found == 0)
        return store_damaged(err, TABLE_JOURNAL, "a record that is missing");
    if (found < 0 || ledger_journal_read(key.bytes, key.size, record, &r, err) != 0)
        return -1;
    *time_ms = r.time_ms;
    return 0;
}

int store_journal_since(struct store_txn *t, uint32_t campaign, int64_t time_ms, uint64_t *sequence,
                        struct winnow_error *err) {
    struct store_progress p;
    if (store_progress_get(t, campaign, &p, err) < 0)
        return -1;
    uint64_t low = 0;
    for (uint64_t high = p.journal_next; low < high;) {
        uint64_t middle = low + (high - low) / 2;
        int64_t at_ms = 0;
        if (journal_time(t, campaign, middle, &at_ms, err) != 0)
            return -1;
        if (at_ms < time_ms)
            low = middle + 1;
        else
            high = middle;
    }
    *sequence = low;
    return 0;
}

/* ---- open entries ---- */

static int open_put(struct store_txn *t, uint32_t campaign, const struct store_open_entry *e,
                    struct winnow_error *err) {
    unsigned char bytes[LEDGER_OPEN_SIZE] = {0};
    put_le(bytes, e->request, 4);
    put_le(bytes + 4, e->attempts, 2);
    bytes[6] = (unsigned char)((unsigned)e->in_flight | (unsigned)e->in_doubt << 1 |
                               (unsigned)e->action << 4);
    bytes[7] = e->together;
    put_le(bytes + 8, (uint64_t)e->not_before_ms, 8);
    struct key key = position_key(campaign, e->position);
    return table_put(t, TABLE_OPEN, &key, bytes, sizeof bytes, err);
}

int ledger_open_read(const unsigned char *key, size_t key_size, struct record record,
                     struct store_open_entry *out, struct winnow_error *err) {
    if (key_size != 8 || record.size != LEDGER_OPEN_SIZE)
        return store_damaged(err, TABLE_OPEN, "a record of the wrong size");
    const unsigned char *at = record.at;
    *out = (struct store_open_entry){
        .position = (uint32_t)get_be(key + 4, 4),
        .request = (uint32_t)get_le(at, 4),
        .attempts = (uint16_t)get_le(at + 4, 2),
        .action = (enum action)(at[6] >> 4),
        .in_flight = at[6] & 1,
        .together = at[7],
        .in_doubt = (at[6] & 2) != 0,
        .not_before_ms = (int64_t)get_le(at + 8, 8),
    };
    if (out->action >= ACTION_COUNT)
        return store_damaged(err, TABLE_OPEN, "an entry of an action that is not known");
    return 0;
}

int store_open_get(struct store_txn *t, uint32_t campaign, uint32_t position,
                   struct store_open_entry *out, struct winnow_error *err) {
    struct key key = position_key(campaign, position);
    struct record record;
    int found = table_get(t, TABLE_OPEN, &key, &record, err);
    if (found == 1 && ledger_open_read(key.bytes, key.size, record, out, err) != 0)
        return -1;
    return found;
}

struct each_open {
    int (*each)(void *context, const struct store_open_entry *entry);
    void *context;
};

static int give_open(void *context, const unsigned char *key, size_t size, struct record record,
                     struct winnow_error *err) {
    const struct each_open *e = context;
    struct store_open_entry entry;
    if (ledger_open_read(key, size, record, &entry, err) != 0)
        return -1;
    return e->each(e->context, &entry);
}

int store_open_each(struct store_txn *t, uint32_t campaign,
                    int (*each)(void *context, const struct store_open_entry *entry), void *context,
                    struct winnow_error *err) {
    struct key prefix = key_of(campaign);
    struct each_open e = {each, context};
    return table_scan(t, TABLE_OPEN, &prefix, NULL, give_open, &e, err);
}

/* ---- final states ---- */

static struct key state_key(uint32_t campaign, uint32_t plan, uint32_t position) {
    struct key k = key_of(campaign);
    key_add32(&k, plan);
    key_add32(&k, position / LEDGER_STATES_CHUNK);
    return k;
}

int store_state_get(struct store_txn *t, uint32_t campaign, uint32_t plan, uint32_t position,
                    enum outcome *out, struct winnow_error *err) {
    struct key key = state_key(campaign, plan, position);
    struct record record;
    int found = table_get(t, TABLE_STATES, &key, &record, err);
    *out = OUTCOME_NONE;
    if (found <= 0)
        return found;
    if (record.size != LEDGER_STATES_CHUNK)
        return store_damaged(err, TABLE_STATES, "a record of the wrong size");
    unsigned char state = record.at[position % LEDGER_STATES_CHUNK];
    if (state >= OUTCOME_COUNT)
        return store_damaged(err, TABLE_STATES, "a state that is not one");
    *out = (enum outcome)state;
    return 0;
}

static int state_put(struct store_txn *t, uint32_t campaign, uint32_t plan, uint32_t position,
                     enum outcome outcome, struct winnow_error *err) {
    unsigned char bytes[LEDGER_STATES_CHUNK] = {0};
    struct key key = state_key(campaign, plan, position);
    struct record record;
    int found = table_get(t, TABLE_STATES, &key, &record, err);
    if (found < 0)
        return -1;
    if (found == 1) /* of this size: the state was read from it */
        memcpy(bytes, record.at, sizeof bytes);
    bytes[position % LEDGER_STATES_CHUNK] = (unsigned char)outcome;
    return table_put(t, TABLE_STATES, &key, bytes, sizeof bytes, err);
}

/* ---- changes ---- */

static int entry_get(struct store_txn *t, uint32_t campaign, const struct store_journal_record *r,
                     struct ledger_entry *out, struct winnow_error *err) {
    int found = store_open_get(t, campaign, r->position, &out->open, err);
    out->is_open = found == 1;
    return found < 0 ? -1 : store_state_get(t, campaign, r->plan, r->position, &out->settled, err);
}

/* Only what has changed. */
static int entry_put(struct store_txn *t, uint32_t campaign, const struct store_journal_record *r,
                     const struct ledger_entry *now, struct winnow_error *err) {
    struct key key = position_key(campaign, r->position);
    if (now->is_open)
        return open_put(t, campaign, &now->open, err);
    return table_remove(t, TABLE_OPEN, &key, err) < 0
               ? -1
               : state_put(t, campaign, r->plan, r->position, now->settled, err);
}

static int contradicts(enum ledger_fault fault, struct winnow_error *err) {
    switch (fault) {
    case LEDGER_SENT_TWICE:
        return store_damaged(err, TABLE_OPEN, "an entry that would be sent twice at once");
    case LEDGER_SENT_AGAIN:
        return store_damaged(err, TABLE_STATES, "an entry that is settled and would be sent again");
    case LEDGER_SETTLED_TWICE:
        return store_damaged(err, TABLE_STATES, "an entry that would be settled twice");
    case LEDGER_FITS:
        break;
    }
    return 0;
}

int ledger_event(struct store_txn *t, uint32_t campaign, struct store_progress *p,
                 const struct store_event *event, struct winnow_error *err) {
    struct ledger_entry before;
    struct ledger_change change;
    if (entry_get(t, campaign, &event->record, &before, err) != 0 ||
        contradicts(ledger_apply(p, &before, event, &change), err) != 0 ||
        journal_append(t, campaign, &change.journal, err) != 0)
        return -1;
    return entry_put(t, campaign, &change.journal, &change.entry, err);
}

static int must_hold(const struct store_txn *t, struct winnow_error *err) {
    return t->held ? 0
                   : winnow_fail(err, WINNOW_FAILED, "a write without the lease would be a run's");
}

int store_settle(struct store_txn *t, const struct store_event *events, uint32_t count,
                 struct store_progress *progress, struct winnow_error *err) {
    if (must_hold(t, err) != 0 || store_progress_get(t, t->campaign, progress, err) < 0)
        return -1;
    for (uint32_t i = 0; i < count; i++)
        if (ledger_event(t, t->campaign, progress, &events[i], err) != 0)
            return -1;
    return ledger_progress_put(t, t->campaign, progress, err);
}

/* ---- who is behind an entry ---- */

static int claim_one(struct store_txn *t, const struct store_claim *claim, uint32_t position,
                     struct store_target *out, struct winnow_error *err) {
    struct facts f;
    const struct store_entry *e = &out->entry;
    if (store_schedule_get(t, t->campaign, claim->plan, position, &out->entry, err) != 0 ||
        store_followee_get(t, t->campaign, e->number, STORE_FACTS, &f, err) != 0)
        return -1;
    out->id = facts_text(&f, FACT_ID);
    out->key = facts_follow_key(&f, e->key);
    int kept = store_keep_has(t, t->campaign, out->id.at, out->id.size, err);
    if (kept == 0 && claim->handle_is_key)
        kept = store_keep_noted(t, t->campaign, out->key, err);
    int gone = kept < 0 ? -1 : store_gone_has(t, t->campaign, e->number, e->key, err);
    out->kept = kept == 1;
    out->gone = gone == 1;
    return gone < 0 ? -1 : 0;
}

int store_claim(struct store_txn *t, const struct store_claim *claim, struct store_target *out,
                struct winnow_error *err) {
    if (must_hold(t, err) != 0)
        return -1;
    for (uint32_t i = 0; i < claim->count; i++)
        if (claim_one(t, claim, claim->positions[i], &out[i], err) != 0)
            return -1;
    return 0;
}

/* ---- a new plan ---- */

static int copy_first(void *context, const struct store_open_entry *entry) {
    *(struct store_open_entry *)context = *entry;
    return 1;
}

/* The last word on an entry that the plan before left open. */
static int journal_left(struct store_txn *t, uint32_t campaign, struct store_progress *old,
                        const struct store_open_entry *entry, int64_t now_ms,
                        struct winnow_error *err) {
    struct store_entry scheduled;
    struct store_journal_record record;
    if (store_schedule_get(t, campaign, old->plan, entry->position, &scheduled, err) != 0)
        return -1;
    return ledger_let_go(old, entry, &scheduled, now_ms, &record)
               ? journal_append(t, campaign, &record, err)
               : 0;
}

/* One by one from the front: a cursor does not outlive the removal of what it stands on. */
static int leave_open(struct store_txn *t, uint32_t campaign, struct store_progress *old,
                      int64_t now_ms, struct winnow_error *err) {
    struct store_open_entry entry;
    int more;
    while ((more = store_open_each(t, campaign, copy_first, &entry, err)) == 1) {
        struct key key = position_key(campaign, entry.position);
        if (journal_left(t, campaign, old, &entry, now_ms, err) != 0)
            return -1;
        if (table_remove(t, TABLE_OPEN, &key, err) < 0)
            return -1;
    }
    return more;
}

int store_progress_start(struct store_txn *t, uint32_t campaign, uint32_t plan, uint32_t total,
                         int64_t now_ms, struct winnow_error *err) {
    struct store_progress old;
    if (gone_catch_up(t, campaign, err) != 0 || store_progress_get(t, campaign, &old, err) < 0 ||
        leave_open(t, campaign, &old, now_ms, err) != 0)
        return -1;
    struct store_progress p = ledger_begin(&old, plan, total);
    return ledger_progress_put(t, campaign, &p, err);
}
