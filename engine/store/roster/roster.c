/* The roster: see store.h. Happy path: a followee is merged in by its id and gets
 * the next number, so that records are appended and plans read them in order. Fails as the store
 * does, and by a roster of more than STORE_FOLLOWEES_MAX. */
#include "store/roster/roster.h"

#include "store/roster/keep.h"
#include "store/tables/codec.h"

#include <stdlib.h>
#include <string.h>

#define FOLLOWEES_MAX 16777216u /* as the planner */
#define EXPECT_AHEAD  16        /* enough to hide a miss, few enough to stay in the cache */

static void number_key(struct key *k, uint32_t campaign, uint32_t number) {
    key_begin(k, campaign);
    key_add32(k, number);
}

int store_followee_find(struct store_txn *t, uint32_t campaign, const char *id, size_t size,
                        uint32_t *number, struct winnow_error *err) {
    struct key key;
    struct record record;
    struct store_bulk *bulk = t->bulk != NULL && t->bulk->campaign == campaign ? t->bulk : NULL;
    const struct id_entry *gathered = bulk == NULL ? NULL : id_index_find(&bulk->ids, id, size);
    if (gathered != NULL) {
        *number = gathered->number;
        return gathered->number != ID_REMOVED;
    }
    if (bulk != NULL && !bulk->ids_in_file)
        return 0;
    key_begin(&key, campaign);
    if (key_add_text(&key, id, size, err) != 0)
        return -1;
    int found = table_get(t, TABLE_IDS, &key, &record, err);
    if (found == 1 && record.size != 4)
        return store_damaged(err, TABLE_IDS, "a record of the wrong size");
    if (found == 1)
        *number = (uint32_t)get_le(record.at, 4);
    return found;
}

int store_followee_get(struct store_txn *t, uint32_t campaign, uint32_t number,
                       enum store_detail detail, struct facts *out, struct winnow_error *err) {
    struct key key;
    struct record record;
    number_key(&key, campaign, number);
    int found = table_get(t, TABLE_FACTS, &key, &record, err);
    if (found <= 0)
        return found < 0 ? -1 : store_damaged(err, TABLE_FACTS, "a followee that is missing");
    if (codec_facts_read(record, out, err) != 0)
        return -1;
    if (detail == STORE_FACTS)
        return 0;
    found = table_get(t, TABLE_TEXTS, &key, &record, err);
    if (found <= 0)
        return found < 0 ? -1 : store_damaged(err, TABLE_TEXTS, "a followee that is missing");
    return codec_texts_read(record, out, err);
}

/* Both are encoded before either is written: what `f` points to may lie in pages that a write
 * moves. */
static int put_followee(struct store_txn *t, uint32_t campaign, uint32_t number,
                        const struct facts *f, bool is_new, struct winnow_error *err) {
    struct key key;
    bool append = is_new && t->bulk != NULL && t->bulk->append;
    int (*put)(struct store_txn *, enum table, const struct key *, const void *, size_t,
               struct winnow_error *) = append ? table_append : table_put;
    unsigned char facts[CODEC_FACTS_MAX];
    unsigned char texts[CODEC_TEXTS_MAX];
    number_key(&key, campaign, number);
    size_t facts_size = codec_facts_write(f, facts);
    size_t texts_size = codec_texts_write(f, texts);
    if (put(t, TABLE_FACTS, &key, facts, facts_size, err) != 0)
        return -1;
    return put(t, TABLE_TEXTS, &key, texts, texts_size, err);
}

static int put_id(struct store_txn *t, uint32_t campaign, const char *id, size_t size,
                  uint32_t number, struct winnow_error *err) {
    struct key key;
    unsigned char bytes[4];
    key_begin(&key, campaign);
    put_le(bytes, number, 4);
    if (key_add_text(&key, id, size, err) != 0)
        return -1;
    if (t->bulk != NULL && t->bulk->campaign == campaign)
        return id_index_add(&t->bulk->ids, id, size, number)
                   ? 0
                   : winnow_fail(err, WINNOW_NO_MEMORY, "out of memory for the ids");
    return table_put(t, TABLE_IDS, &key, bytes, sizeof bytes, err);
}

/* The name a followee goes by while its id is not known. */
static size_t handle_name(const struct facts *f, char name[FACT_HANDLE_MAX + 2]) {
    return key_handle(facts_text(f, FACT_HANDLE), name);
}

static int remove_id(struct store_txn *t, uint32_t campaign, const char *id, size_t size,
                     struct winnow_error *err) {
    struct key key = key_of(campaign);
    struct id_entry *gathered = t->bulk == NULL ? NULL : id_index_find(&t->bulk->ids, id, size);
    if (gathered != NULL)
        gathered->number = ID_REMOVED;
    if (key_add_text(&key, id, size, err) != 0)
        return -1;
    return table_remove(t, TABLE_IDS, &key, err) < 0 ? -1 : 0;
}

static int add_followee(struct store_txn *t, struct store_campaign *c, const struct facts *f,
                        uint32_t *number, struct winnow_error *err) {
    char name[FACT_HANDLE_MAX + 2];
    struct keep_wanted wanted;
    if (c->followees >= FOLLOWEES_MAX)
        return winnow_fail(err, WINNOW_BAD_INPUT, "more than %u followees", FOLLOWEES_MAX);
    *number = c->followees++;
    keep_wanted(c, f, &wanted);
    if (put_followee(t, c->id, *number, f, true, err) != 0 || keep_resolve(t, c, &wanted, err) != 0)
        return -1;
    if (facts_known(f, FACT_ID))
        return put_id(t, c->id, facts_text(f, FACT_ID).at, facts_text(f, FACT_ID).size, *number,
                      err);
    c->unresolved++;
    return put_id(t, c->id, name, handle_name(f, name), *number, err);
}

static bool has_key(struct text keys, struct text key) {
    const char *end = keys.at + keys.size;
    for (const char *at = keys.at; at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t size = (size_t)((stop != NULL ? stop + 1 : end) - at);
        if (size == key.size && memcmp(at, key.at, size) == 0)
            return true;
        at += size;
    }
    return false;
}

static bool ended(struct text keys) {
    return keys.size != 0 && keys.at[keys.size - 1] == '\n';
}

/* One fetch can show a followee several times, once a follow record (Bluesky): its keys add up,
 * those that fit; the rest comes with a later fetch, when these were taken back. A later fetch
 * shows all of them again: its keys replace the old ones. So does a key that is no list's (GitHub).
 */
static void merge_keys(struct facts *older, const struct facts *newer, char both[FOLLOW_KEYS_MAX]) {
    struct text old = older->follow_keys;
    struct text add = newer->follow_keys;
    bool again = older->source == newer->source && ended(old) && ended(add);
    if (!again)
        return;
    memcpy(both, old.at, old.size);
    uint32_t size = old.size;
    if (!has_key(old, add) && size + add.size <= FOLLOW_KEYS_MAX) {
        memcpy(both + size, add.at, add.size);
        size += add.size;
    }
    older->follow_keys = (struct text){both, size};
}

/* Each new follow moves all the others: nothing changed of those themselves. */
static const fact_set by_order = FACT_BIT(FOLLOW_RANK) | FACT_BIT(FOLLOWED_AFTER);

static int merge_into(struct store_txn *t, struct store_campaign *c, uint32_t number,
                      const struct facts *newer, enum store_change *change,
                      struct winnow_error *err) {
    struct facts f;
    struct keep_wanted wanted;
    char keys[FOLLOW_KEYS_MAX];
    if (store_followee_get(t, c->id, number, STORE_FACTS_AND_TEXTS, &f, err) != 0)
        return -1;
    uint16_t old_source = f.source;
    uint16_t old_sources[FACT_COUNT];
    memcpy(old_sources, f.sources, sizeof old_sources);
    struct text old_keys = f.follow_keys;
    merge_keys(&f, newer, keys);
    struct text merged = f.follow_keys;
    fact_set changed = facts_merge(&f, newer, t->ages);
    *change = (changed & ~by_order) != 0 ? STORE_CHANGED : STORE_UNCHANGED;
    if (merged.at == keys)
        f.follow_keys = merged;
    bool same_keys = f.follow_keys.size == old_keys.size &&
                     memcmp(f.follow_keys.at, old_keys.at, old_keys.size) == 0;
    bool same_sources =
        f.source == old_source && memcmp(f.sources, old_sources, sizeof old_sources) == 0;
    keep_wanted(c, &f, &wanted);
    if ((changed != 0 || !same_keys || !same_sources) &&
        put_followee(t, c->id, number, &f, false, err) != 0)
        return -1;
    return keep_resolve(t, c, &wanted, err);
}

/* Numbers are not used again, and a handle must not be found twice. */
static int leave_empty(struct store_txn *t, uint32_t campaign, uint32_t number,
                       struct winnow_error *err) {
    struct facts empty;
    facts_clear(&empty);
    return put_followee(t, campaign, number, &empty, false, err) != 0
               ? -1
               : store_gone_put(t, campaign, number, 0, OUTCOME_ALREADY_SO, err);
}

/* What one number knew, the other knows too. */
static int join(struct store_txn *t, uint32_t campaign, uint32_t from, uint32_t to,
                struct winnow_error *err) {
    struct facts knew;
    struct facts both;
    if (store_followee_get(t, campaign, from, STORE_FACTS_AND_TEXTS, &knew, err) != 0 ||
        store_followee_get(t, campaign, to, STORE_FACTS_AND_TEXTS, &both, err) != 0)
        return -1;
    facts_join(&both, &knew, t->ages);
    return put_followee(t, campaign, to, &both, false, err) != 0
               ? -1
               : leave_empty(t, campaign, from, err);
}

/* Who gets an id gets a number of its own with it: numbers say who was there to be looked for by id
 * when a dataset was read, and this one was not. */
static int renumber(struct store_txn *t, struct store_campaign *c, uint32_t from, uint32_t *number,
                    struct winnow_error *err) {
    struct facts knew;
    if (c->followees >= FOLLOWEES_MAX)
        return winnow_fail(err, WINNOW_BAD_INPUT, "more than %u followees", FOLLOWEES_MAX);
    if (store_followee_get(t, c->id, from, STORE_FACTS_AND_TEXTS, &knew, err) != 0)
        return -1;
    *number = c->followees++;
    return put_followee(t, c->id, *number, &knew, true, err) != 0
               ? -1
               : leave_empty(t, c->id, from, err);
}

/* An earlier source knew this one, whose id is known now, by its handle alone: the id takes over,
 * or, where it is known under a number already, that number does. */
static int take_over(struct store_txn *t, struct store_campaign *c, const struct facts *f,
                     int found, uint32_t *number, struct winnow_error *err) {
    char name[FACT_HANDLE_MAX + 2];
    size_t size = handle_name(f, name);
    uint32_t other;
    int by_handle = store_followee_find(t, c->id, name, size, &other, err);
    if (by_handle != 1)
        return by_handle < 0 ? -1 : found;
    if (remove_id(t, c->id, name, size, err) != 0)
        return -1;
    c->unresolved--;
    if (found == 1)
        return join(t, c->id, other, *number, err) == 0 ? 1 : -1;
    struct text id = facts_text(f, FACT_ID);
    if (renumber(t, c, other, number, err) != 0)
        return -1;
    return put_id(t, c->id, id.at, id.size, *number, err) == 0 ? 1 : -1;
}

/* Its number, by id, or by the handle while that is all that is known. */
static int find_known(struct store_txn *t, struct store_campaign *c, const struct facts *f,
                      uint32_t *number, struct winnow_error *err) {
    char name[FACT_HANDLE_MAX + 2];
    bool by_handle = facts_known(f, FACT_HANDLE) && c->unresolved > 0;
    if (!facts_known(f, FACT_ID))
        return by_handle ? store_followee_find(t, c->id, name, handle_name(f, name), number, err)
                         : 0;
    struct text id = facts_text(f, FACT_ID);
    int found = store_followee_find(t, c->id, id.at, id.size, number, err);
    return found < 0 || !by_handle ? found : take_over(t, c, f, found, number, err);
}

int store_followee_merge(struct store_txn *t, struct store_campaign *c, const struct facts *f,
                         bool only_known, enum store_change *change, uint32_t *number,
                         struct winnow_error *err) {
    int found = find_known(t, c, f, number, err);
    if (found < 0)
        return -1;
    if (found == 1)
        return merge_into(t, c, *number, f, change, err);
    *change = only_known ? STORE_ABSENT : STORE_ADDED;
    return only_known ? 0 : add_followee(t, c, f, number, err);
}

int store_unresolved_find(struct store_txn *t, uint32_t campaign, const struct facts *f,
                          uint32_t *number, struct winnow_error *err) {
    char name[FACT_HANDLE_MAX + 2];
    return store_followee_find(t, campaign, name, handle_name(f, name), number, err);
}

struct each_unresolved {
    int (*each)(void *context, uint32_t number, struct text handle);
    void *context;
    bool stopped;
    int result;
};

static int give_unresolved(void *context, const unsigned char *key, size_t size,
                           struct record record, struct winnow_error *err) {
    struct each_unresolved *e = context;
    const char *name = (const char *)key + 4;
    e->stopped = size <= 5 || name[0] != '@'; /* ids begin with another character */
    if (record.size != 4)
        return store_damaged(err, TABLE_IDS, "a record of the wrong size");
    if (!e->stopped) {
        e->result = e->each(e->context, (uint32_t)get_le(record.at, 4),
                            (struct text){name + 1, (uint32_t)size - 5});
        e->stopped = e->result != 0;
    }
    return e->stopped ? 1 : 0;
}

int store_unresolved_each(struct store_txn *t, uint32_t campaign,
                          int (*each)(void *context, uint32_t number, struct text handle),
                          void *context, struct winnow_error *err) {
    struct key prefix = key_of(campaign);
    struct key from = key_of(campaign);
    struct each_unresolved e = {.each = each, .context = context};
    if (key_add_text(&from, "@", 1, err) != 0 || roster_write_gathered(t, err) != 0)
        return -1;
    int result = table_scan(t, TABLE_IDS, &prefix, &from, give_unresolved, &e, err);
    return result < 0 ? -1 : e.result;
}

void store_merge_by_age(struct store_txn *t, const struct facts_ages *ages) {
    t->ages = ages;
}

/* ---- many at once ---- */

int store_hint_many(struct store_txn *t, const struct store_campaign *c, struct winnow_error *err) {
    struct key prefix = key_of(c->id);
    struct store_bulk *bulk = calloc(1, sizeof *bulk);
    bool texts_end = false;
    if (bulk == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
    bulk->campaign = c->id;
    bulk->ids_in_file = c->followees > 0;
    t->bulk = bulk; /* freed with the transaction when what follows fails */
    if (table_ends_with(t, TABLE_FACTS, &prefix, &bulk->append, err) != 0 ||
        table_ends_with(t, TABLE_TEXTS, &prefix, &texts_end, err) != 0 ||
        table_ends_with(t, TABLE_IDS, &prefix, &bulk->append_ids, err) != 0)
        return -1;
    bulk->append = bulk->append && texts_end;
    bulk->append_ids = bulk->append_ids && !bulk->ids_in_file;
    return 0;
}

void store_hint_soon(struct store_txn *t, const struct facts *f) {
    if (t->bulk != NULL && facts_known(f, FACT_ID))
        id_index_expect(&t->bulk->ids, facts_text(f, FACT_ID).at, facts_text(f, FACT_ID).size);
}

static int write_gathered(struct store_txn *t, const struct store_bulk *bulk,
                          const struct id_entry *e, struct winnow_error *err) {
    struct key key;
    unsigned char bytes[4];
    key_begin(&key, bulk->campaign);
    put_le(bytes, e->number, 4);
    if (key_add_text(&key, bulk->ids.bytes + e->at, e->size, err) != 0)
        return -1;
    return (bulk->append_ids ? table_append : table_put)(t, TABLE_IDS, &key, bytes, sizeof bytes,
                                                         err);
}

int roster_write_gathered(struct store_txn *t, struct winnow_error *err) {
    struct store_bulk *bulk = t->bulk;
    if (bulk == NULL)
        return 0;
    const struct id_index *ids = &bulk->ids;
    int result = id_index_sort(&bulk->ids)
                     ? 0
                     : winnow_fail(err, WINNOW_NO_MEMORY, "out of memory for the ids");
    for (uint32_t i = 0; i < ids->count && result == 0; i++) {
        if (i + EXPECT_AHEAD < ids->count) /* their bytes lie as they came: 9 % of an import */
            __builtin_prefetch(ids->bytes + ids->entries[i + EXPECT_AHEAD].at);
        if (ids->entries[i].number != ID_REMOVED)
            result = write_gathered(t, bulk, &ids->entries[i], err);
    }
    id_index_free(&bulk->ids);
    free(bulk);
    t->bulk = NULL;
    return result;
}
