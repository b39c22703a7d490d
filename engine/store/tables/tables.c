/* Tables, keys and records: see tables.h. Happy path: a get finds the record and its checksum
 * matches. Fails with WINNOW_DAMAGED when a record is not what was written under its key, and as the
 * engine does. */
#include "store/tables/tables.h"

#include <string.h>
#include <xxhash.h>

const char *const store_table_names[TABLE_COUNT] = {
#define X(id, name) name,
    TABLES(X)
#undef X
};

/* Of the records that are written; older ones are read too. */
static uint8_t table_version(enum table table) {
    return table == TABLE_FACTS ? 3 : table == TABLE_CAMPAIGNS ? 2 : 1;
}

void key_begin(struct key *k, uint32_t campaign) {
    k->size = 0;
    key_add32(k, campaign);
}

struct key key_of(uint32_t campaign) {
    struct key k;
    key_begin(&k, campaign);
    return k;
}

void key_add32(struct key *k, uint32_t value) {
    put_be(k->bytes + k->size, value, 4);
    k->size += 4;
}

void key_add64(struct key *k, uint64_t value) {
    put_be(k->bytes + k->size, value, 8);
    k->size += 8;
}

void key_add8(struct key *k, uint8_t value) {
    k->bytes[k->size++] = value;
}

int key_add_text(struct key *k, const char *text, size_t size, struct winnow_error *err) {
    if (size > ENGINE_KEY_MAX - k->size)
        return winnow_fail(err, WINNOW_BAD_INPUT, "an id of %zu bytes is too long", size);
    memcpy(k->bytes + k->size, text, size);
    k->size += size;
    return 0;
}

/* Handles are the same in capitals. */
size_t key_handle(struct text handle, char name[FACT_HANDLE_MAX + 2]) {
    name[0] = '@';
    for (uint32_t i = 0; i < handle.size; i++) {
        char c = handle.at[i];
        name[i + 1] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    return handle.size + 1;
}

static struct engine_bytes bytes_of(const struct key *k) {
    return (struct engine_bytes){k->bytes, k->size};
}

int(store_damaged)(struct winnow_error *err, enum table table, const char *what) {
    return winnow_fail(err, WINNOW_DAMAGED,
                       "the store is damaged: %s in table %s; nothing more was sent or written, "
                       "restore the state directory from a backup",
                       what, store_table_names[table]);
}

/* Over table, key and payload: a record that lies under another's key is found too. */
static uint32_t checksum(enum table table, const void *key, size_t key_size, const void *payload,
                         size_t size) {
    return (uint32_t)XXH3_64bits_withSeed(payload, size, XXH3_64bits(key, key_size) + table);
}

static int record_check(enum table table, struct engine_bytes key, struct engine_bytes value,
                        struct record *out, struct winnow_error *err) {
    const unsigned char *at = value.at;
    if (value.size < RECORD_HEADER || at[1] != table)
        return store_damaged(err, table, "a record of another kind");
    if (at[0] == 0 || at[0] > table_version(table))
        return winnow_fail(err, WINNOW_DAMAGED,
                           "table %s holds a record of version %u and this winnow knows %u: use a "
                           "newer winnow",
                           store_table_names[table], at[0], table_version(table));
    out->version = at[0];
    out->at = at + RECORD_HEADER;
    out->size = value.size - RECORD_HEADER;
    if (get_le(at + 2, 2) != 0 ||
        get_le(at + 4, 4) != checksum(table, key.at, key.size, out->at, out->size))
        return store_damaged(err, table, "a wrong checksum");
    return 0;
}

int table_get(struct store_txn *t, enum table table, const struct key *key, struct record *out,
              struct winnow_error *err) {
    struct engine_bytes value;
    int found = t->kind->get(t->txn, table, bytes_of(key), &value, err);
    if (found <= 0)
        return found;
    return record_check(table, bytes_of(key), value, out, err) == 0 ? 1 : -1;
}

int store_may_change(const struct store_txn *t, uint32_t campaign, struct winnow_error *err) {
    return t->campaign == STORE_ALL || t->campaign == campaign
               ? 0
               : winnow_fail(err, WINNOW_FAILED, "a write of campaign %u would change campaign %u",
                             t->campaign, campaign);
}

/* Keys begin with the campaign. The list of campaigns has names for keys, and looks for itself. */
static int may_write(const struct store_txn *t, enum table table, const struct key *key,
                     struct winnow_error *err) {
    if (t->campaign == STORE_ALL || table == TABLE_CAMPAIGNS)
        return 0;
    uint32_t campaign = key->size < 4 ? STORE_ALL : (uint32_t)get_be(key->bytes, 4);
    return table == TABLE_NOTES && campaign == STORE_ALL ? 0 : store_may_change(t, campaign, err);
}

int table_reserve(struct store_txn *t, enum table table, const struct key *key, size_t size,
                  bool append, unsigned char **payload, struct winnow_error *err) {
    void *room = NULL;
    if (may_write(t, table, key, err) != 0 ||
        t->kind->put(t->txn, table, bytes_of(key), size + RECORD_HEADER, append, &room, err) != 0)
        return -1;
    *payload = (unsigned char *)room + RECORD_HEADER;
    return 0;
}

void table_seal(enum table table, const struct key *key, unsigned char *payload, size_t size) {
    unsigned char *head = payload - RECORD_HEADER;
    head[0] = table_version(table);
    head[1] = (unsigned char)table;
    head[2] = 0;
    head[3] = 0;
    put_le(head + 4, checksum(table, key->bytes, key->size, payload, size), 4);
}

static int put(struct store_txn *t, enum table table, const struct key *key, const void *payload,
               size_t size, bool append, struct winnow_error *err) {
    unsigned char *to = NULL;
    if (table_reserve(t, table, key, size, append, &to, err) != 0)
        return -1;
    if (size > 0)
        memcpy(to, payload, size);
    table_seal(table, key, to, size);
    return 0;
}

int table_put(struct store_txn *t, enum table table, const struct key *key, const void *payload,
              size_t size, struct winnow_error *err) {
    return put(t, table, key, payload, size, false, err);
}

int table_append(struct store_txn *t, enum table table, const struct key *key, const void *payload,
                 size_t size, struct winnow_error *err) {
    return put(t, table, key, payload, size, true, err);
}

int table_ends_with(struct store_txn *t, enum table table, const struct key *prefix, bool *ends,
                    struct winnow_error *err) {
    struct engine_bytes last;
    int found = t->kind->last(t->txn, table, &last, err);
    size_t least = found == 1 && last.size < prefix->size ? last.size : prefix->size;
    *ends = found == 0 || (found == 1 && memcmp(last.at, prefix->bytes, least) <= 0);
    return found < 0 ? -1 : 0;
}

int table_remove(struct store_txn *t, enum table table, const struct key *key,
                 struct winnow_error *err) {
    return may_write(t, table, key, err) != 0 ? -1
                                              : t->kind->remove(t->txn, table, bytes_of(key), err);
}

int table_clear(struct store_txn *t, enum table table, const struct key *prefix,
                struct winnow_error *err) {
    return may_write(t, table, prefix, err) != 0
               ? -1
               : t->kind->clear(t->txn, table, bytes_of(prefix), err);
}

/* ---- walks ---- */

int table_walk(struct store_txn *t, enum table table, const struct key *prefix,
               const struct key *from, bool once, struct table_walk *out,
               struct winnow_error *err) {
    *out = (struct table_walk){.table = table};
    out->prefix.size = prefix->size;
    memcpy(out->prefix.bytes, prefix->bytes, prefix->size);
    struct engine_bytes start = bytes_of(from != NULL ? from : prefix);
    if (t->kind->walk(t->txn, table, start, once, &out->walk, err) != 0)
        return -1;
    out->kind = t->kind;
    return 0;
}

/* What lies behind the prefix is not looked at: it may be another campaign's. */
int table_next(struct table_walk *w, struct engine_bytes *key, struct record *out,
               struct winnow_error *err) {
    struct engine_bytes value;
    int more = w->kind->next(w->walk, key, &value, err);
    if (more <= 0)
        return more;
    if (key->size < w->prefix.size || memcmp(key->at, w->prefix.bytes, w->prefix.size) != 0)
        return 0;
    return record_check(w->table, *key, value, out, err) == 0 ? 1 : -1;
}

void table_leave(struct table_walk *w) {
    if (w->kind != NULL)
        w->kind->leave(w->walk);
    w->kind = NULL;
}

int table_scan(struct store_txn *t, enum table table, const struct key *prefix,
               const struct key *from, table_each *each, void *context, struct winnow_error *err) {
    struct table_walk w;
    struct engine_bytes key;
    struct record record;
    int result = 0;
    int more = 0;
    if (table_walk(t, table, prefix, from, false, &w, err) != 0)
        return -1;
    while (result == 0 && (more = table_next(&w, &key, &record, err)) == 1)
        result = each(context, key.at, key.size, record, err);
    table_leave(&w);
    return more < 0 ? -1 : result;
}
