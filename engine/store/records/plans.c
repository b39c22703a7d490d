/* Plans: the frozen schedule and the decision on each followee, in chunks of PLAN_CHUNK; see
 * store.h. Happy path: written once in order, read by position or number. Fails as the store does;
 * a position past the end is WINNOW_DAMAGED, since only the store's own counters lead there. */
#include "store/tables/codec.h"

#include <string.h>

#define ENTRY_SIZE    12
#define DECISION_SIZE 8

static struct key chunk_key(uint32_t campaign, uint32_t plan, uint32_t chunk) {
    struct key k = key_of(campaign);
    key_add32(&k, plan);
    key_add32(&k, chunk);
    return k;
}

int store_plan_put(struct store_txn *t, uint32_t campaign, uint32_t plan, const void *head,
                   size_t size, struct winnow_error *err) {
    struct key key = key_of(campaign);
    key_add32(&key, plan);
    return table_put(t, TABLE_PLANS, &key, head, size, err);
}

int store_plan_get(struct store_txn *t, uint32_t campaign, uint32_t plan, const void **head,
                   size_t *size, struct winnow_error *err) {
    struct key key = key_of(campaign);
    struct record record;
    key_add32(&key, plan);
    int found = table_get(t, TABLE_PLANS, &key, &record, err);
    if (found <= 0)
        return found < 0 ? -1 : store_damaged(err, TABLE_PLANS, "a plan that is missing");
    *head = record.at;
    *size = record.size;
    return 0;
}

int store_plan_drop(struct store_txn *t, uint32_t campaign, uint32_t plan,
                    struct winnow_error *err) {
    static const enum table tables[] = {TABLE_PLANS, TABLE_SCHEDULE, TABLE_DECISIONS, TABLE_STATES};
    struct key prefix = key_of(campaign);
    key_add32(&prefix, plan);
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
        if (table_clear(t, tables[i], &prefix, err) != 0)
            return -1;
    return 0;
}

/* Elements `from`.. of the caller's, as bytes. */
typedef unsigned char *encode(unsigned char *to, const void *elements, uint32_t from,
                              uint32_t count);

static unsigned char *encode_entries(unsigned char *to, const void *elements, uint32_t from,
                                     uint32_t count) {
    const struct store_entry *e = (const struct store_entry *)elements + from;
    for (const struct store_entry *end = e + count; e < end; e++) {
        uint32_t score;
        memcpy(&score, &e->score, sizeof score);
        to = put_le(to, e->number, 4);
        to = put_le(to, score, 4);
        to = put_le(to, e->key, 1);
        to = put_le(to, e->first, 1);
        to = put_le(to, 0, 2);
    }
    return to;
}

static unsigned char *encode_decisions(unsigned char *to, const void *elements, uint32_t from,
                                       uint32_t count) {
    const struct store_decision *d = (const struct store_decision *)elements + from;
    for (const struct store_decision *end = d + count; d < end; d++) {
        to = put_le(to, d->position, 4);
        to = put_le(to, d->verdict, 1);
        to = put_le(to, d->rule, 1);
        to = put_le(to, 0, 2);
    }
    return to;
}

struct elements {
    enum table table;
    size_t size; /* of one, as bytes */
    encode *encode;
    const void *at;
};

/* Elements `from`.. into the chunk of `index`, behind the `before` that are there already. */
static int put_chunk(struct store_txn *t, const struct elements *e, const struct key *key,
                     uint32_t before, uint32_t from, uint32_t count, struct winnow_error *err) {
    unsigned char old[PLAN_CHUNK * ENTRY_SIZE];
    unsigned char *payload = NULL;
    struct record record;
    size_t old_size = before * e->size;
    size_t size = old_size + count * e->size;
    if (before > 0) {
        int found = table_get(t, e->table, key, &record, err);
        if (found < 0)
            return -1;
        if (found == 0 || record.size != old_size)
            return store_damaged(err, e->table, "elements that do not follow one another");
        memcpy(old, record.at, old_size);
    }
    if (table_reserve(t, e->table, key, size, false, &payload, err) != 0)
        return -1;
    if (old_size > 0)
        memcpy(payload, old, old_size);
    e->encode(payload + old_size, e->at, from, count);
    table_seal(e->table, key, payload, size);
    return 0;
}

static int put_elements(struct store_txn *t, const struct elements *e, uint32_t campaign,
                        uint32_t plan, uint32_t first, uint32_t count, struct winnow_error *err) {
    for (uint32_t done = 0; done < count;) {
        struct key key = chunk_key(campaign, plan, (first + done) / PLAN_CHUNK);
        uint32_t before = (first + done) % PLAN_CHUNK;
        uint32_t n = count - done < PLAN_CHUNK - before ? count - done : PLAN_CHUNK - before;
        if (put_chunk(t, e, &key, before, done, n, err) != 0)
            return -1;
        done += n;
    }
    return 0;
}

int store_schedule_put(struct store_txn *t, uint32_t campaign, uint32_t plan, uint32_t position,
                       const struct store_entry *entries, uint32_t count,
                       struct winnow_error *err) {
    const struct elements e = {TABLE_SCHEDULE, ENTRY_SIZE, encode_entries, entries};
    return put_elements(t, &e, campaign, plan, position, count, err);
}

int store_decisions_put(struct store_txn *t, uint32_t campaign, uint32_t plan, uint32_t number,
                        const struct store_decision *decisions, uint32_t count,
                        struct winnow_error *err) {
    const struct elements e = {TABLE_DECISIONS, DECISION_SIZE, encode_decisions, decisions};
    return put_elements(t, &e, campaign, plan, number, count, err);
}

/* The bytes of element `index` of a chunked table; 1 there, 0 not, -1 error. */
static int element(struct store_txn *t, enum table table, uint32_t campaign, uint32_t plan,
                   uint32_t index, size_t size, const unsigned char **out,
                   struct winnow_error *err) {
    struct key key = chunk_key(campaign, plan, index / PLAN_CHUNK);
    struct record record;
    int found = table_get(t, table, &key, &record, err);
    size_t at = index % PLAN_CHUNK * size;
    if (found > 0 && at + size > record.size)
        return 0;
    if (found > 0)
        *out = record.at + at;
    return found;
}

int store_schedule_get(struct store_txn *t, uint32_t campaign, uint32_t plan, uint32_t position,
                       struct store_entry *out, struct winnow_error *err) {
    const unsigned char *at;
    int found = element(t, TABLE_SCHEDULE, campaign, plan, position, ENTRY_SIZE, &at, err);
    if (found <= 0)
        return found < 0 ? -1 : store_damaged(err, TABLE_SCHEDULE, "an entry that is missing");
    uint32_t score = (uint32_t)get_le(at + 4, 4);
    memcpy(&out->score, &score, sizeof score);
    out->number = (uint32_t)get_le(at, 4);
    out->key = at[8];
    out->first = at[9];
    return 0;
}

int store_decision_get(struct store_txn *t, uint32_t campaign, uint32_t plan, uint32_t number,
                       struct store_decision *out, struct winnow_error *err) {
    const unsigned char *at;
    int found = element(t, TABLE_DECISIONS, campaign, plan, number, DECISION_SIZE, &at, err);
    if (found == 1)
        *out = (struct store_decision){(uint32_t)get_le(at, 4), at[4], at[5]};
    return found;
}
