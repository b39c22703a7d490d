/* The ledger: intents and outcomes go into the journal, and what they change (open entries, final
 * states, counters) changes with them; see store.h. Who is gone follows from the journal: gone.h.
 * Happy path: store_intent, later store_outcome with a final outcome. Fails as the store does, and
 * with WINNOW_DAMAGED when a change would contradict what is there: an entry settled twice, an
 * intent for an entry in flight.
 */
#include "store/records/ledger.h"

#include "store/records/gone.h"

#include <string.h>

static struct key position_key(uint32_t campaign, uint32_t position) {
    struct key k = key_of(campaign);
    key_add32(&k, position);
    return k;
}

/* ---- counters ---- */

#define PROGRESS_SIZE (4 * 5 + 8 * OUTCOME_COUNT + 8 * 5)

int store_progress_put(struct store_txn *t, uint32_t campaign, const struct store_progress *p,
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

static int journal_append(struct store_txn *t, uint32_t campaign, struct store_progress *p,
                          struct store_journal_record *r, struct winnow_error *err) {
    unsigned char bytes[LEDGER_JOURNAL_SIZE] = {0};
    unsigned char *at = bytes;
    r->sequence = p->journal_next++;
    at = put_le(at, (uint64_t)r->kind, 1);
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
        .kind = (enum store_journal_kind)at[0],
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
    if (out->outcome >= OUTCOME_COUNT ||
        (out->kind != STORE_JOURNAL_INTENT && out->kind != STORE_JOURNAL_OUTCOME))
        return store_damaged(err, TABLE_JOURNAL, "a record that is neither intent nor outcome");
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
    bytes[6] = (unsigned char)(e->in_flight | e->in_doubt << 1);
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
        .in_flight = at[6] & 1,
        .together = at[7],
        .in_doubt = (at[6] & 2) != 0,
        .not_before_ms = (int64_t)get_le(at + 8, 8),
    };
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
    if (found == 1 && record.size != sizeof bytes)
        return store_damaged(err, TABLE_STATES, "a record of the wrong size");
    if (found == 1)
        memcpy(bytes, record.at, sizeof bytes);
    if (bytes[position % LEDGER_STATES_CHUNK] != OUTCOME_NONE)
        return store_damaged(err, TABLE_STATES, "an entry that would be settled twice");
    bytes[position % LEDGER_STATES_CHUNK] = (unsigned char)outcome;
    return table_put(t, TABLE_STATES, &key, bytes, sizeof bytes, err);
}

/* ---- changes ---- */

/* Take what the entry was out of the counters. */
static int uncount_open(struct store_txn *t, uint32_t campaign, struct store_progress *p,
                        uint32_t position, bool *was_in_flight, struct winnow_error *err) {
    struct store_open_entry old;
    int found = store_open_get(t, campaign, position, &old, err);
    if (found < 0)
        return -1;
    *was_in_flight = found == 1 && old.in_flight;
    p->open -= found == 1;
    p->in_doubt -= found == 1 && old.in_doubt;
    return 0;
}

int store_intent(struct store_txn *t, uint32_t campaign, struct store_progress *p,
                 const struct store_open_entry *entry, struct store_journal_record *record,
                 struct winnow_error *err) {
    bool was_in_flight;
    if (uncount_open(t, campaign, p, entry->position, &was_in_flight, err) != 0)
        return -1;
    if (was_in_flight)
        return store_damaged(err, TABLE_OPEN, "an entry that would be sent twice at once");
    p->open++;
    p->in_doubt += entry->in_doubt;
    record->kind = STORE_JOURNAL_INTENT;
    record->outcome = OUTCOME_NONE;
    return open_put(t, campaign, entry, err) != 0 ? -1
                                                  : journal_append(t, campaign, p, record, err);
}

static int settle(struct store_txn *t, uint32_t campaign, struct store_progress *p,
                  const struct store_journal_record *r, struct winnow_error *err) {
    struct key key = position_key(campaign, r->position);
    if (table_remove(t, TABLE_OPEN, &key, err) < 0 ||
        state_put(t, campaign, r->plan, r->position, r->outcome, err) != 0)
        return -1;
    p->settled[r->outcome]++;
    return 0;
}

int store_outcome(struct store_txn *t, uint32_t campaign, struct store_progress *p,
                  const struct store_open_entry *entry, struct store_journal_record *record,
                  struct winnow_error *err) {
    bool was_in_flight;
    if (uncount_open(t, campaign, p, record->position, &was_in_flight, err) != 0)
        return -1;
    record->kind = STORE_JOURNAL_OUTCOME;
    p->spent_micro += record->cost_micro;
    p->last_outcome_ms = record->time_ms;
    if (journal_append(t, campaign, p, record, err) != 0)
        return -1;
    if (outcome_final(record->outcome))
        return settle(t, campaign, p, record, err);
    p->open++;
    p->in_doubt += entry->in_doubt;
    return open_put(t, campaign, entry, err);
}

static int copy_first(void *context, const struct store_open_entry *entry) {
    *(struct store_open_entry *)context = *entry;
    return 1;
}

/* The last word on an entry that the plan before left in flight. */
static int journal_left(struct store_txn *t, uint32_t campaign, struct store_progress *old,
                        const struct store_open_entry *entry, int64_t now_ms,
                        struct winnow_error *err) {
    struct store_entry scheduled;
    if (store_schedule_get(t, campaign, old->plan, entry->position, &scheduled, err) != 0)
        return -1;
    struct store_journal_record record = {
        .kind = STORE_JOURNAL_OUTCOME,
        .outcome = OUTCOME_IN_DOUBT,
        .plan = old->plan,
        .position = entry->position,
        .number = scheduled.number,
        .key = scheduled.key,
        .request = entry->request,
        .attempts = entry->attempts,
        .time_ms = now_ms,
    };
    return journal_append(t, campaign, old, &record, err);
}

/* One by one from the front: a cursor does not outlive the removal of what it stands on. */
static int leave_open(struct store_txn *t, uint32_t campaign, struct store_progress *old,
                      int64_t now_ms, struct winnow_error *err) {
    struct store_open_entry entry;
    int more;
    while ((more = store_open_each(t, campaign, copy_first, &entry, err)) == 1) {
        struct key key = position_key(campaign, entry.position);
        if (entry.in_flight && journal_left(t, campaign, old, &entry, now_ms, err) != 0)
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
    struct store_progress p = {
        .plan = plan,
        .total = total,
        .journal_next = old.journal_next,
        .spent_micro = old.spent_micro,
    };
    return store_progress_put(t, campaign, &p, err);
}
