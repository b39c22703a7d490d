/* The keep list: see store.h. Happy path: an id is put there and found. A handle whose id is not
 * known is a record with an '@' before it, and a byte that says whether a merge has told the id
 * since; no id begins with an '@'. Fails as the store does. */
#include "store/roster/keep.h"

#include <string.h>

static int keep_key(uint32_t campaign, const char *id, size_t size, struct key *key,
                    struct winnow_error *err) {
    *key = key_of(campaign);
    return key_add_text(key, id, size, err);
}

int store_keep_has(struct store_txn *t, uint32_t campaign, const char *id, size_t size,
                   struct winnow_error *err) {
    struct key key;
    struct record record;
    if (keep_key(campaign, id, size, &key, err) != 0)
        return -1;
    return table_get(t, TABLE_KEEP, &key, &record, err);
}

int store_keep_put(struct store_txn *t, struct store_campaign *c, const char *id, size_t size,
                   bool *changed, struct winnow_error *err) {
    struct key key;
    int has = store_keep_has(t, c->id, id, size, err);
    *changed = has == 0;
    if (has != 0)
        return has < 0 ? -1 : 0;
    c->keep_count++;
    if (keep_key(c->id, id, size, &key, err) != 0)
        return -1;
    return table_put(t, TABLE_KEEP, &key, "", 0, err);
}

int store_keep_remove(struct store_txn *t, struct store_campaign *c, const char *id, size_t size,
                      bool *changed, struct winnow_error *err) {
    struct key key;
    if (keep_key(c->id, id, size, &key, err) != 0)
        return -1;
    int removed = table_remove(t, TABLE_KEEP, &key, err);
    *changed = removed == 1;
    c->keep_count -= removed == 1;
    return removed < 0 ? -1 : 0;
}

static bool is_note(const unsigned char *key, size_t size) {
    return size > 4 && key[4] == '@';
}

struct each_kept {
    int (*each)(void *context, const char *id, size_t size);
    void *context;
};

static int give_kept(void *context, const unsigned char *key, size_t size, struct record record,
                     struct winnow_error *err) {
    const struct each_kept *e = context;
    (void)record;
    (void)err;
    return is_note(key, size) ? 0 : e->each(e->context, (const char *)key + 4, size - 4);
}

int store_keep_each(struct store_txn *t, uint32_t campaign,
                    int (*each)(void *context, const char *id, size_t size), void *context,
                    struct winnow_error *err) {
    struct key prefix = key_of(campaign);
    struct each_kept e = {each, context};
    return table_scan(t, TABLE_KEEP, &prefix, NULL, give_kept, &e, err);
}

/* ---- noted by the handle ---- */

static int note_get(struct store_txn *t, uint32_t campaign, struct text handle, struct key *key,
                    bool *resolved, struct winnow_error *err) {
    char name[FACT_HANDLE_MAX + 2];
    struct record record;
    if (handle.size == 0 || handle.size > FACT_HANDLE_MAX)
        return 0;
    if (keep_key(campaign, name, key_handle(handle, name), key, err) != 0)
        return -1;
    int found = table_get(t, TABLE_KEEP, key, &record, err);
    if (found == 1 && record.size != 1)
        return store_damaged(err, TABLE_KEEP, "a note of the wrong size");
    *resolved = found == 1 && record.at[0] != 0;
    return found;
}

static int note_put(struct store_txn *t, const struct key *key, bool resolved,
                    struct winnow_error *err) {
    unsigned char byte = resolved;
    return table_put(t, TABLE_KEEP, key, &byte, 1, err);
}

int store_keep_noted(struct store_txn *t, uint32_t campaign, struct text handle,
                     struct winnow_error *err) {
    struct key key;
    bool resolved;
    return note_get(t, campaign, handle, &key, &resolved, err);
}

int store_keep_note(struct store_txn *t, struct store_campaign *c, struct text handle,
                    bool *changed, struct winnow_error *err) {
    struct key key;
    bool resolved = false;
    if (handle.size == 0 || handle.size > FACT_HANDLE_MAX)
        return winnow_fail(err, WINNOW_BAD_INPUT, "a handle has at most %d bytes", FACT_HANDLE_MAX);
    int found = note_get(t, c->id, handle, &key, &resolved, err);
    *changed = found == 0;
    if (found < 0 || (found == 1 && !resolved))
        return found < 0 ? -1 : 0;
    c->keep_noted += found == 0;
    return note_put(t, &key, false, err);
}

int store_keep_unnote(struct store_txn *t, struct store_campaign *c, struct text handle,
                      bool *changed, struct winnow_error *err) {
    struct key key;
    bool resolved;
    int found = note_get(t, c->id, handle, &key, &resolved, err);
    *changed = found == 1;
    if (found != 1)
        return found;
    c->keep_noted--;
    return table_remove(t, TABLE_KEEP, &key, err) < 0 ? -1 : 0;
}

/* What is merged is copied out of the way: the roster's records move as they are written. */
void keep_wanted(const struct store_campaign *c, const struct facts *f, struct keep_wanted *out) {
    out->handle_size = out->id_size = 0;
    if (c->keep_noted == 0 || !facts_known(f, FACT_ID) || !facts_known(f, FACT_HANDLE) ||
        facts_text(f, FACT_ID).size > FACT_ID_MAX ||
        facts_text(f, FACT_HANDLE).size > FACT_HANDLE_MAX)
        return;
    out->id_size = facts_text(f, FACT_ID).size;
    out->handle_size = facts_text(f, FACT_HANDLE).size;
    memcpy(out->id, facts_text(f, FACT_ID).at, out->id_size);
    memcpy(out->handle, facts_text(f, FACT_HANDLE).at, out->handle_size);
}

int keep_resolve(struct store_txn *t, struct store_campaign *c, const struct keep_wanted *who,
                 struct winnow_error *err) {
    struct key key;
    bool resolved;
    bool changed;
    int found =
        note_get(t, c->id, (struct text){who->handle, who->handle_size}, &key, &resolved, err);
    if (found != 1)
        return found;
    if (store_keep_put(t, c, who->id, who->id_size, &changed, err) != 0)
        return -1;
    return resolved ? 0 : note_put(t, &key, true, err);
}

struct each_note {
    int (*each)(void *context, const char *handle, size_t size);
    void *context;
    bool resolved; /* give these, else the others */
    struct key first;
};

static int give_note(void *context, const unsigned char *key, size_t size, struct record record,
                     struct winnow_error *err) {
    struct each_note *e = context;
    if (!is_note(key, size))
        return 0;
    if (record.size != 1)
        return store_damaged(err, TABLE_KEEP, "a note of the wrong size");
    if ((record.at[0] != 0) != e->resolved)
        return 0;
    if (e->each != NULL)
        return e->each(e->context, (const char *)key + 5, size - 5);
    e->first.size = size;
    memcpy(e->first.bytes, key, size);
    return 1;
}

static int each_note(struct store_txn *t, uint32_t campaign, struct each_note *e,
                     struct winnow_error *err) {
    struct key prefix = key_of(campaign);
    if (key_add_text(&prefix, "@", 1, err) != 0)
        return -1;
    return table_scan(t, TABLE_KEEP, &prefix, NULL, give_note, e, err);
}

int store_keep_noted_each(struct store_txn *t, uint32_t campaign,
                          int (*each)(void *context, const char *handle, size_t size),
                          void *context, struct winnow_error *err) {
    struct each_note e = {.each = each, .context = context};
    return each_note(t, campaign, &e, err);
}

/* One by one from the front: a cursor does not outlive the removal of what it stands on. */
int store_keep_notes_end(struct store_txn *t, struct store_campaign *c, struct winnow_error *err) {
    struct each_note e = {.resolved = true};
    int more = 0;
    while (c->keep_noted > 0 && (more = each_note(t, c->id, &e, err)) == 1) {
        if (table_remove(t, TABLE_KEEP, &e.first, err) < 0)
            return -1;
        c->keep_noted--;
    }
    return more < 0 ? -1 : 0;
}

/* ---- is it whole ---- */

struct keep_checking {
    struct store_txn *txn;
    uint32_t campaign, listed, noted;
    struct key last; /* size 0: none yet */
};

/* A page that names one record twice has lost another: so keys must rise. */
static bool rises(const struct key *last, const unsigned char *key, size_t size) {
    int order = memcmp(last->bytes, key, last->size < size ? last->size : size);
    return order < 0 || (order == 0 && last->size < size);
}

static int check_kept(void *context, const unsigned char *key, size_t size, struct record record,
                      struct winnow_error *err) {
    struct keep_checking *k = context;
    (void)record;
    if (!rises(&k->last, key, size))
        return store_damaged(err, TABLE_KEEP, "records out of order");
    (*(is_note(key, size) ? &k->noted : &k->listed))++;
    k->last.size = size;
    memcpy(k->last.bytes, key, size);
    int has = store_keep_has(k->txn, k->campaign, (const char *)key + 4, size - 4, err);
    if (has == 0)
        return store_damaged(err, TABLE_KEEP, "a record that is not found by its key");
    return has < 0 ? -1 : 0;
}

int store_keep_check(struct store_txn *t, const struct store_campaign *c,
                     struct winnow_error *err) {
    struct key prefix = key_of(c->id);
    struct keep_checking k = {.txn = t, .campaign = c->id};
    if (table_scan(t, TABLE_KEEP, &prefix, NULL, check_kept, &k, err) != 0)
        return -1;
    return k.listed == c->keep_count && k.noted == c->keep_noted
               ? 0
               : store_damaged(err, TABLE_KEEP, "not as many records as were put there");
}
