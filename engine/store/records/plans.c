/* Plans: the frozen schedule and the decision on each followee, in chunks of STORE_CHUNK; see
 * store.h. Happy path: written once in order, read by position or number. Fails as the store does;
 * a position past the end is WINNOW_DAMAGED, since only the store's own counters lead there. */
#include "store/lmdb/tables.h"

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

/* Reserve the chunk that `index` begins; returns its payload. */
static unsigned char *new_chunk(struct store_txn *t, enum table table, const struct key *key,
                                size_t size, struct winnow_error *err) {
    unsigned char *payload = NULL;
    return table_reserve(t, table, key, size, false, &payload, err) == 0 ? payload : NULL;
}

int store_schedule_put(struct store_txn *t, uint32_t campaign, uint32_t plan, uint32_t position,
                       const struct store_entry *entries, uint32_t count,
                       struct winnow_error *err) {
    for (uint32_t done = 0; done < count;) {
        uint32_t n = count - done < STORE_CHUNK ? count - done : STORE_CHUNK;
        struct key key = chunk_key(campaign, plan, (position + done) / STORE_CHUNK);
        unsigned char *payload = new_chunk(t, TABLE_SCHEDULE, &key, (size_t)n * ENTRY_SIZE, err);
        if (payload == NULL)
            return -1;
        unsigned char *to = payload;
        for (uint32_t i = 0; i < n; i++) {
            const struct store_entry *e = &entries[done + i];
            uint32_t score;
            memcpy(&score, &e->score, sizeof score);
            to = put_le(to, e->number, 4);
            to = put_le(to, score, 4);
            to = put_le(to, e->key, 1);
            to = put_le(to, e->first, 1);
            to = put_le(to, 0, 2);
        }
        table_seal(TABLE_SCHEDULE, &key, payload, (size_t)n * ENTRY_SIZE);
        done += n;
    }
    return 0;
}

int store_decisions_put(struct store_txn *t, uint32_t campaign, uint32_t plan, uint32_t number,
                        const struct store_decision *decisions, uint32_t count,
                        struct winnow_error *err) {
    for (uint32_t done = 0; done < count;) {
        uint32_t n = count - done < STORE_CHUNK ? count - done : STORE_CHUNK;
        struct key key = chunk_key(campaign, plan, (number + done) / STORE_CHUNK);
        unsigned char *payload =
            new_chunk(t, TABLE_DECISIONS, &key, (size_t)n * DECISION_SIZE, err);
        if (payload == NULL)
            return -1;
        unsigned char *to = payload;
        for (uint32_t i = 0; i < n; i++) {
            const struct store_decision *d = &decisions[done + i];
            to = put_le(to, d->position, 4);
            to = put_le(to, d->verdict, 1);
            to = put_le(to, d->rule, 1);
            to = put_le(to, 0, 2);
        }
        table_seal(TABLE_DECISIONS, &key, payload, (size_t)n * DECISION_SIZE);
        done += n;
    }
    return 0;
}

/* The bytes of element `index` of a chunked table; 1 there, 0 not, -1 error. */
static int element(struct store_txn *t, enum table table, uint32_t campaign, uint32_t plan,
                   uint32_t index, size_t size, const unsigned char **out,
                   struct winnow_error *err) {
    struct key key = chunk_key(campaign, plan, index / STORE_CHUNK);
    struct record record;
    int found = table_get(t, table, &key, &record, err);
    size_t at = index % STORE_CHUNK * size;
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
