/* Opening the store and its transactions: see store.h. Happy path: the engine opens, its format is
 * ours, transactions begin and commit. Fails as the engine does, clearly on a newer format, and
 * refuses to go on after a commit that is not there for sure. */
#include "store/store.h"

#include <stdlib.h>

#include "store/lmdb/lmdb.h"
#include "store/records/migrate.h"
#include "store/roster/roster.h"
#include "store/tables/tables.h"

/* `format` is the store's own: ours, or an older one. */
static int check_format(struct store_txn *t, bool create, uint32_t *format,
                        struct winnow_error *err) {
    struct key key = {6, "format"};
    struct record record;
    unsigned char bytes[4];
    put_le(bytes, STORE_FORMAT, 4);
    *format = STORE_FORMAT;
    int found = table_get(t, TABLE_META, &key, &record, err);
    if (found == 0 && create)
        return table_put(t, TABLE_META, &key, bytes, sizeof bytes, err);
    if (found <= 0)
        return found == 0 ? store_damaged(err, TABLE_META, "no format") : -1;
    if (record.size != 4)
        return store_damaged(err, TABLE_META, "a format of the wrong size");
    *format = (uint32_t)get_le(record.at, 4);
    if (*format >= 1 && *format <= STORE_FORMAT)
        return 0;
    return winnow_fail(err, WINNOW_DAMAGED,
                       "the store has format %u and this winnow knows %d: use a newer winnow",
                       *format, STORE_FORMAT);
}

static int begin(struct store *s, bool writes, uint32_t campaign, struct store_txn **out,
                 struct winnow_error *err) {
    if (s->broken)
        return winnow_fail(err, WINNOW_STORAGE, "a commit failed before: the store must be closed");
    struct store_txn *t = malloc(sizeof *t);
    if (t == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
    *t = (struct store_txn){.store = s, .kind = s->engine->kind, .campaign = campaign};
    if (t->kind->begin(s->engine, writes, campaign, &t->txn, err) != 0) {
        free(t);
        return -1;
    }
    *out = t;
    return 0;
}

int store_read(struct store *s, struct store_txn **out, struct winnow_error *err) {
    return begin(s, false, STORE_ALL, out, err);
}

int store_write(struct store *s, uint32_t campaign, struct store_txn **out,
                struct winnow_error *err) {
    return begin(s, true, campaign, out, err);
}

/* The name tells the number, and the number's write what is true of it. */
int store_write_of(struct store *s, const char *name, struct store_campaign *c,
                   struct store_txn **out, struct winnow_error *err) {
    struct store_txn *t;
    if (store_read(s, &t, err) != 0)
        return -1;
    int result = store_campaign_find(t, name, c, err);
    store_abort(t);
    if (result != 0 || store_write(s, c->id, &t, err) != 0)
        return -1;
    if (store_campaign_find(t, name, c, err) != 0) {
        store_abort(t);
        return -1;
    }
    *out = t;
    return 0;
}

static void free_txn(struct store_txn *t) {
    if (t->bulk != NULL)
        id_index_free(&t->bulk->ids);
    free(t->bulk);
    free(t);
}

void store_abort(struct store_txn *t) {
    if (t == NULL)
        return;
    t->kind->abort(t->txn);
    free_txn(t);
}

enum store_fate store_commit(struct store_txn *t, struct winnow_error *err) {
    if (roster_write_gathered(t, err) != 0) {
        store_abort(t);
        return STORE_NOT_THERE;
    }
    enum store_fate fate = t->kind->commit(t->txn, err);
    if (fate != STORE_THERE)
        t->store->broken = true;
    free_txn(t);
    return fate;
}

/* ---- opening ---- */

/* The first write of a store that lacks tables makes them. */
static int make_store(struct store *s, uint32_t *format, struct winnow_error *err) {
    struct store_txn *t;
    if (store_write(s, STORE_ALL, &t, err) != 0)
        return -1;
    if (check_format(t, true, format, err) == 0)
        return store_commit(t, err) == STORE_THERE ? 0 : -1;
    store_abort(t);
    return -1;
}

static int read_format(struct store *s, uint32_t *format, struct winnow_error *err) {
    struct store_txn *t;
    if (store_read(s, &t, err) != 0)
        return -1;
    int result = check_format(t, false, format, err);
    store_abort(t);
    return result;
}

static int open_records(struct store *s, struct winnow_error *err) {
    uint32_t format = STORE_FORMAT;
    if ((s->engine->lacks_tables ? make_store : read_format)(s, &format, err) != 0)
        return -1;
    if (format == STORE_FORMAT)
        return 0;
    if (!s->engine->read_only)
        return migrate(s, format, err);
    struct store_txn *t;
    (void)store_write(s, STORE_ALL, &t, err); /* says why it cannot */
    return winnow_fail_at(err, "the store is of an older format and must be changed first");
}

int store_open_on(struct engine *engine, struct store **out, struct winnow_error *err) {
    struct store *s = malloc(sizeof *s);
    if (s == NULL) {
        engine->kind->close(engine);
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
    }
    *s = (struct store){.engine = engine};
    if (open_records(s, err) != 0) {
        store_close(s);
        return -1;
    }
    *out = s;
    return 0;
}

int store_open(const char *directory, struct store **out, struct winnow_error *err) {
    struct engine *engine;
    if (lmdb_open(directory, store_table_names, TABLE_COUNT, &engine, err) != 0)
        return -1;
    return store_open_on(engine, out, err);
}

void store_close(struct store *s) {
    if (s == NULL)
        return;
    s->engine->kind->close(s->engine);
    free(s);
}

int store_check_sound(struct store *s, struct winnow_error *err) {
    struct store_txn *t;
    if (store_read(s, &t, err) != 0)
        return -1;
    int result = store_sound(t, err);
    store_abort(t);
    return result;
}

int store_sound(struct store_txn *t, struct winnow_error *err) {
    return t->kind->sound(t->txn, err);
}

int store_health(struct store *s, struct store_health *out, struct winnow_error *err) {
    *out = (struct store_health){0};
    return s->engine->kind->health(s->engine, out, err);
}
