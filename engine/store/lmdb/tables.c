/* Tables, keys and records: see tables.h. Happy path: a get finds the record and its checksum
 * matches. Fails with WINNOW_DAMAGED when a record is not what was written under its key, and with
 * WINNOW_STORAGE for what LMDB or the disk refuses. */
#include "store/lmdb/tables.h"

#include <errno.h>
#include <string.h>
#include <xxhash.h>

static const char *const table_names[] = {
#define X(id, name) name,
    TABLES(X)
#undef X
};

/* Of the records that are written; older ones are read too. */
static uint8_t table_version(enum table table) {
    return table == TABLE_FACTS ? 3 : table == TABLE_CAMPAIGNS ? 2 : 1;
}

struct key key_of(uint32_t campaign) {
    struct key k;
    k.size = 0;
    key_add32(&k, campaign);
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
    if (size > KEY_MAX - k->size)
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

static MDB_val key_val(const struct key *k) {
    /* LMDB does not write through a key, its type merely lacks const. */
    union {
        const void *in;
        void *out;
    } pun = {k->bytes};
    return (MDB_val){k->size, pun.out};
}

int(store_fail)(struct winnow_error *err, int mdb_code, const char *doing) {
    switch (mdb_code) {
    case MDB_MAP_FULL:
        return winnow_fail(err, WINNOW_STORAGE,
                           "%s: the store has outgrown its map; nothing was written, run the same "
                           "command again and it will be larger",
                           doing);
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
    case MDB_PANIC:
        return winnow_fail(err, WINNOW_DAMAGED,
                           "%s: the store is damaged (%s); restore the state directory from a "
                           "backup",
                           doing, mdb_strerror(mdb_code));
    case MDB_VERSION_MISMATCH:
        return winnow_fail(err, WINNOW_DAMAGED, "%s: the file is of another LMDB version", doing);
    case ENOMEM:
        return winnow_fail(err, WINNOW_NO_MEMORY,
                           "%s: out of memory, or of address space: the store takes 16 GiB of "
                           "addresses (not of memory), which `ulimit -v` must allow",
                           doing);
    case ENOSPC:
        return winnow_fail(err, WINNOW_STORAGE,
                           "%s: the disk is full; nothing was written, free some space and run "
                           "the same command again",
                           doing);
    case EFBIG:
        return winnow_fail(err, WINNOW_STORAGE,
                           "%s: the store's file may not grow, by a limit on the size of files; "
                           "nothing was written, raise it (`ulimit -f unlimited`) and run the same "
                           "command again",
                           doing);
    case EIO:
        return winnow_fail(err, WINNOW_STORAGE,
                           "%s: the disk answers with errors (%s); look at the system's log, and "
                           "bring the state directory to another disk before it gets worse",
                           doing, strerror(EIO));
    case MDB_READERS_FULL:
        return winnow_fail(err, WINNOW_STORAGE,
                           "%s: too many readers of the store at once; try again", doing);
    default:
        return winnow_fail(err, WINNOW_STORAGE, "%s: %s", doing, mdb_strerror(mdb_code));
    }
}

int(store_damaged)(struct winnow_error *err, enum table table, const char *what) {
    return winnow_fail(err, WINNOW_DAMAGED,
                       "the store is damaged: %s in table %s; nothing more was sent or written, "
                       "restore the state directory from a backup",
                       what, table_names[table]);
}

/* Over table, key and payload: a record that lies under another's key is found too. */
static uint32_t checksum(enum table table, const void *key, size_t key_size, const void *payload,
                         size_t size) {
    return (uint32_t)XXH3_64bits_withSeed(payload, size, XXH3_64bits(key, key_size) + table);
}

int record_check(enum table table, const MDB_val *key, const MDB_val *value, struct record *out,
                 struct winnow_error *err) {
    const unsigned char *at = value->mv_data;
    if (value->mv_size < RECORD_HEADER || at[1] != table)
        return store_damaged(err, table, "a record of another kind");
    if (at[0] == 0 || at[0] > table_version(table))
        return winnow_fail(err, WINNOW_DAMAGED,
                           "table %s holds a record of version %u and this winnow knows %u: use a "
                           "newer winnow",
                           table_names[table], at[0], table_version(table));
    out->version = at[0];
    out->at = at + RECORD_HEADER;
    out->size = value->mv_size - RECORD_HEADER;
    if (get_le(at + 2, 2) != 0 ||
        get_le(at + 4, 4) != checksum(table, key->mv_data, key->mv_size, out->at, out->size))
        return store_damaged(err, table, "a wrong checksum");
    return 0;
}

int table_get(struct store_txn *t, enum table table, const struct key *key, struct record *out,
              struct winnow_error *err) {
    MDB_val k = key_val(key);
    MDB_val v;
    int code = mdb_get(t->txn, t->store->tables[table], &k, &v);
    if (code == MDB_NOTFOUND)
        return 0;
    if (code != 0)
        return store_fail(err, code, "reading the store");
    return record_check(table, &k, &v, out, err) == 0 ? 1 : -1;
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
    MDB_val k = key_val(key);
    MDB_val v = {size + RECORD_HEADER, NULL};
    unsigned flags = MDB_RESERVE | (append ? MDB_APPEND : 0u);
    if (may_write(t, table, key, err) != 0)
        return -1;
    int code = mdb_put(t->txn, t->store->tables[table], &k, &v, flags);
    if (code != 0)
        return store_fail(err, code, "writing the store");
    *payload = (unsigned char *)v.mv_data + RECORD_HEADER;
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
    MDB_cursor *cursor;
    MDB_val k;
    MDB_val v;
    int code = mdb_cursor_open(t->txn, t->store->tables[table], &cursor);
    if (code != 0)
        return store_fail(err, code, "reading the store");
    code = mdb_cursor_get(cursor, &k, &v, MDB_LAST);
    size_t least = code == 0 && k.mv_size < prefix->size ? k.mv_size : prefix->size;
    *ends = code == MDB_NOTFOUND || (code == 0 && memcmp(k.mv_data, prefix->bytes, least) <= 0);
    mdb_cursor_close(cursor);
    return code == 0 || code == MDB_NOTFOUND ? 0 : store_fail(err, code, "reading the store");
}

int table_remove(struct store_txn *t, enum table table, const struct key *key,
                 struct winnow_error *err) {
    MDB_val k = key_val(key);
    if (may_write(t, table, key, err) != 0)
        return -1;
    int code = mdb_del(t->txn, t->store->tables[table], &k, NULL);
    if (code == MDB_NOTFOUND)
        return 0;
    return code == 0 ? 1 : store_fail(err, code, "writing the store");
}

static int scan_cursor(MDB_cursor *cursor, enum table table, const struct key *prefix,
                       const struct key *from, table_each *each, void *context,
                       struct winnow_error *err) {
    MDB_val k = key_val(from != NULL ? from : prefix);
    MDB_val v;
    int code = mdb_cursor_get(cursor, &k, &v, k.mv_size == 0 ? MDB_FIRST : MDB_SET_RANGE);
    while (code == 0) {
        if (k.mv_size < prefix->size || memcmp(k.mv_data, prefix->bytes, prefix->size) != 0)
            return 0;
        struct record record;
        if (record_check(table, &k, &v, &record, err) != 0)
            return -1;
        int result = each(context, k.mv_data, k.mv_size, record, err);
        if (result != 0)
            return result;
        code = mdb_cursor_get(cursor, &k, &v, MDB_NEXT);
    }
    return code == MDB_NOTFOUND ? 0 : store_fail(err, code, "reading the store");
}

int table_scan(struct store_txn *t, enum table table, const struct key *prefix,
               const struct key *from, table_each *each, void *context, struct winnow_error *err) {
    MDB_cursor *cursor;
    int code = mdb_cursor_open(t->txn, t->store->tables[table], &cursor);
    if (code != 0)
        return store_fail(err, code, "reading the store");
    int result = scan_cursor(cursor, table, prefix, from, each, context, err);
    mdb_cursor_close(cursor);
    return result;
}

int table_clear(struct store_txn *t, enum table table, const struct key *prefix,
                struct winnow_error *err) {
    MDB_cursor *cursor;
    MDB_val k = key_val(prefix);
    MDB_val v;
    if (may_write(t, table, prefix, err) != 0)
        return -1;
    int code = mdb_cursor_open(t->txn, t->store->tables[table], &cursor);
    if (code != 0)
        return store_fail(err, code, "writing the store");
    /* After a removal the cursor stands on the next record. */
    code = mdb_cursor_get(cursor, &k, &v, MDB_SET_RANGE);
    while (code == 0 && k.mv_size >= prefix->size &&
           memcmp(k.mv_data, prefix->bytes, prefix->size) == 0) {
        code = mdb_cursor_del(cursor, 0);
        if (code == 0)
            code = mdb_cursor_get(cursor, &k, &v, MDB_GET_CURRENT);
    }
    mdb_cursor_close(cursor);
    /* MDB_GET_CURRENT past the last record answers EINVAL. */
    return code == 0 || code == MDB_NOTFOUND || code == EINVAL
               ? 0
               : store_fail(err, code, "writing the store");
}
