/* Gone marks: see gone.h. Happy path: outcomes stand in the journal, a scan lays them over the
 * table, and now and then the table catches up. Fails as the store does, and by memory: eight bytes
 * for each outcome that the table has not caught up with. */
#include "store/roster/gone.h"

#include <stdlib.h>
#include <string.h>

static struct key number_key(uint32_t campaign, uint32_t number) {
    struct key k = key_of(campaign);
    key_add32(&k, number);
    return k;
}

static struct key gone_key(uint32_t campaign, uint32_t number, uint8_t key) {
    struct key k = number_key(campaign, number);
    key_add8(&k, key);
    return k;
}

int store_gone_put(struct store_txn *t, uint32_t campaign, uint32_t number, uint8_t key,
                   enum outcome why, struct winnow_error *err) {
    struct key k = gone_key(campaign, number, key);
    unsigned char byte = (unsigned char)why;
    return table_put(t, TABLE_GONE, &k, &byte, 1, err);
}

int store_gone_has(struct store_txn *t, uint32_t campaign, uint32_t number, uint8_t key,
                   struct winnow_error *err) {
    struct key k = gone_key(campaign, number, key);
    struct record record;
    return table_get(t, TABLE_GONE, &k, &record, err);
}

/* ---- what the journal has settled since ---- */

static int caught_up_to(struct store_txn *t, uint32_t campaign, uint64_t *sequence,
                        struct winnow_error *err) {
    const void *bytes;
    size_t size;
    *sequence = 0;
    int found = store_note_get(t, campaign, STORE_NOTE_GONE, "", &bytes, &size, err);
    if (found == 1 && size != 8)
        return store_damaged(err, TABLE_NOTES, "a note of the wrong size");
    if (found == 1)
        *sequence = get_le(bytes, 8);
    return found < 0 ? -1 : 0;
}

static int note_caught_up(struct store_txn *t, uint32_t campaign, uint64_t sequence,
                          struct winnow_error *err) {
    unsigned char bytes[8];
    put_le(bytes, sequence, 8);
    return store_note_put(t, campaign, STORE_NOTE_GONE, "", bytes, sizeof bytes, err);
}

struct gathering {
    struct gone_mark *marks;
    size_t count, room; /* at most a mark for each record of the journal */
    uint64_t end;       /* sequence behind the last that was seen */
    struct winnow_error *err;
};

static int gather(void *context, const struct store_journal_record *r) {
    struct gathering *g = context;
    g->end = r->sequence + 1;
    if (r->kind != STORE_JOURNAL_OUTCOME ||
        (r->outcome != OUTCOME_DONE && r->outcome != OUTCOME_ALREADY_SO &&
         r->outcome != OUTCOME_TARGET_GONE))
        return 0;
    if (g->count == g->room) {
        size_t room = g->room == 0 ? 256 : g->room * 2;
        struct gone_mark *marks = realloc(g->marks, room * sizeof *marks);
        if (marks == NULL)
            return winnow_fail(g->err, WINNOW_NO_MEMORY, "out of memory");
        g->marks = marks;
        g->room = room;
    }
    g->marks[g->count++] = (struct gone_mark){r->number, r->key, (uint8_t)r->outcome};
    return 0;
}

static int by_number(const void *left, const void *right) {
    const struct gone_mark *a = left;
    const struct gone_mark *b = right;
    if (a->number != b->number)
        return a->number < b->number ? -1 : 1;
    return (a->key > b->key) - (a->key < b->key);
}

/* Sorted: so marks go into the table in its order, and beside a scan in the scan's. */
static int gather_all(struct store_txn *t, uint32_t campaign, struct gathering *g,
                      struct winnow_error *err) {
    uint64_t from;
    *g = (struct gathering){.err = err};
    if (caught_up_to(t, campaign, &from, err) != 0)
        return -1;
    g->end = from;
    int result = store_journal_each(t, campaign, from, gather, g, err);
    if (result == 0 && g->count > 0)
        qsort(g->marks, g->count, sizeof *g->marks, by_number);
    return result;
}

int gone_catch_up(struct store_txn *t, uint32_t campaign, struct winnow_error *err) {
    struct store_progress p;
    struct gathering g;
    uint64_t from;
    int found = store_progress_get(t, campaign, &p, err);
    if (found <= 0)
        return found;
    if (caught_up_to(t, campaign, &from, err) != 0)
        return -1;
    if (from == p.journal_next)
        return 0;
    int result = gather_all(t, campaign, &g, err);
    for (size_t i = 0; i < g.count && result == 0; i++)
        result = store_gone_put(t, campaign, g.marks[i].number, g.marks[i].key,
                                (enum outcome)g.marks[i].outcome, err);
    if (result == 0)
        result = note_caught_up(t, campaign, g.end, err);
    free(g.marks);
    return result;
}

int gone_is_caught_up(struct store_txn *t, uint32_t campaign, struct winnow_error *err) {
    struct store_progress p;
    int found = store_progress_get(t, campaign, &p, err);
    return found == 1 ? note_caught_up(t, campaign, p.journal_next, err) : found;
}

/* ---- changes for another reason ---- */

static int first_mark(void *context, const unsigned char *key, size_t size, struct record record,
                      struct winnow_error *err) {
    (void)record;
    if (size != 9)
        return store_damaged(err, TABLE_GONE, "a key of the wrong size");
    *(uint8_t *)context = key[8];
    return 1;
}

/* One by one from the front: a cursor does not outlive the removal of what it stands on. */
int store_gone_clear(struct store_txn *t, uint32_t campaign, uint32_t number,
                     struct winnow_error *err) {
    struct key prefix = number_key(campaign, number);
    uint8_t key;
    int more;
    if (gone_catch_up(t, campaign, err) != 0)
        return -1;
    while ((more = table_scan(t, TABLE_GONE, &prefix, NULL, first_mark, &key, err)) == 1) {
        struct key mark = gone_key(campaign, number, key);
        if (table_remove(t, TABLE_GONE, &mark, err) < 0)
            return -1;
    }
    return more;
}

uint64_t store_follows_left(const struct facts *f, uint64_t gone) {
    uint32_t keys = 0;
    for (uint32_t i = 0; i < f->follow_keys.size; i++)
        keys += f->follow_keys.at[i] == '\n';
    uint64_t all = keys <= 1 ? 1 : keys >= 64 ? UINT64_MAX : (UINT64_C(1) << keys) - 1;
    return all & ~gone;
}

struct unseen_one {
    uint32_t number;
    uint64_t left;
};

struct unseen {
    uint16_t batch;
    struct unseen_one *ones;
    uint64_t count, room; /* at most one a followee */
};

/* A source after `batch` is an import while the fetch was interrupted: it hides whether the fetch
 * saw them, so they stay. */
static int note_unseen(void *context, uint32_t number, const struct facts *f, uint64_t gone,
                       struct winnow_error *err) {
    struct unseen *u = context;
    uint64_t left = store_follows_left(f, gone);
    if (f->source >= u->batch || left == 0)
        return 0;
    if (u->count == u->room) {
        uint64_t room = u->room == 0 ? 1024 : u->room * 2;
        struct unseen_one *ones = realloc(u->ones, room * sizeof *ones);
        if (ones == NULL)
            return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
        u->ones = ones;
        u->room = room;
    }
    u->ones[u->count++] = (struct unseen_one){number, left};
    return 0;
}

static int mark_all(struct store_txn *t, uint32_t campaign, const struct unseen_one *one,
                    struct winnow_error *err) {
    uint64_t left = one->left;
    for (uint8_t key = 0; left != 0; key++, left >>= 1)
        if ((left & 1) != 0 &&
            store_gone_put(t, campaign, one->number, key, OUTCOME_ALREADY_SO, err) != 0)
            return -1;
    return 0;
}

/* In two steps: marks must not move under the scan that reads them. */
int store_gone_unseen(struct store_txn *t, const struct store_campaign *c, uint16_t batch,
                      uint64_t *count, struct winnow_error *err) {
    struct unseen u = {.batch = batch};
    struct store_scan scan = {.detail = STORE_FACTS, .each = note_unseen, .context = &u};
    int result = gone_catch_up(t, c->id, err);
    if (result == 0)
        result = store_roster_scan(t, c->id, &scan, err);
    for (uint64_t i = 0; i < u.count && result == 0; i++)
        result = mark_all(t, c->id, &u.ones[i], err);
    *count = u.count;
    free(u.ones);
    return result;
}

/* ---- beside a scan ---- */

/* Only the end of the marks ends them: what cannot be read is no mark that is absent. */
static int walk_step(struct gone_walk *w, struct winnow_error *err) {
    struct engine_bytes key;
    struct record record;
    int more = table_next(&w->table, &key, &record, err);
    w->left = more == 1 && key.size == 9;
    if (w->left) {
        const unsigned char *at = key.at;
        w->mark = (struct gone_mark){.number = (uint32_t)get_be(at + 4, 4), .key = at[8]};
    }
    return more < 0 ? -1 : 0;
}

int gone_walk_open(struct gone_walk *w, struct store_txn *t, uint32_t campaign,
                   struct winnow_error *err) {
    struct key prefix = key_of(campaign);
    struct gathering g;
    *w = (struct gone_walk){0};
    int result = gather_all(t, campaign, &g, err);
    w->later = g.marks;
    w->count = g.count;
    if (result != 0 || table_walk(t, TABLE_GONE, &prefix, NULL, false, &w->table, err) != 0)
        return -1;
    return walk_step(w, err);
}

void gone_walk_close(struct gone_walk *w) {
    table_leave(&w->table);
    free(w->later);
}

int gone_walk_bits(struct gone_walk *w, uint32_t number, uint64_t *bits, struct winnow_error *err) {
    *bits = 0;
    for (; w->at < w->count && w->later[w->at].number <= number; w->at++)
        if (w->later[w->at].number == number)
            *bits |= UINT64_C(1) << (w->later[w->at].key & 63);
    while (w->left && w->mark.number <= number) {
        if (w->mark.number == number)
            *bits |= UINT64_C(1) << (w->mark.key & 63);
        if (walk_step(w, err) != 0)
            return -1;
    }
    return 0;
}
