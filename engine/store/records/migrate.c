/* Migration: see migrate.h. Happy path: copy, sync, note the format in one commit. What each format
 * has changed stands in docs/storage-format.md. */
#include "store/records/migrate.h"

#include <stdlib.h>

#include "store/roster/gone.h"

struct campaigns {
    uint32_t *ids;
    size_t count, room; /* as many as there are campaigns */
    struct winnow_error *err;
};

static int take_id(void *context, const struct store_campaign *c) {
    struct campaigns *all = context;
    if (all->count == all->room) {
        size_t room = all->room == 0 ? 16 : all->room * 2;
        uint32_t *ids = realloc(all->ids, room * sizeof *ids);
        if (ids == NULL)
            return winnow_fail(all->err, WINNOW_NO_MEMORY, "out of memory");
        all->ids = ids;
        all->room = room;
    }
    all->ids[all->count++] = c->id;
    return 0;
}

/* Before format 2 each outcome left its gone mark at once. */
static int catch_up_all(struct store_txn *t, struct winnow_error *err) {
    struct campaigns all = {.err = err};
    int result = store_campaign_each(t, take_id, &all, err);
    for (size_t i = 0; i < all.count && result == 0; i++)
        result = gone_is_caught_up(t, all.ids[i], err);
    free(all.ids);
    return result;
}

static int note_format(struct store *s, struct winnow_error *err) {
    struct store_txn *t;
    struct key key = {6, "format"};
    unsigned char bytes[4];
    put_le(bytes, STORE_FORMAT, 4);
    if (store_write(s, STORE_ALL, &t, err) != 0)
        return -1;
    if (catch_up_all(t, err) == 0 && table_put(t, TABLE_META, &key, bytes, sizeof bytes, err) == 0)
        return store_commit(t, err);
    store_abort(t);
    return -1;
}

/* Another process may have done it while we waited for the lock: 1. */
static int is_done(struct store *s, uint32_t format, struct winnow_error *err) {
    struct store_txn *t;
    struct key key = {6, "format"};
    struct record record;
    if (store_read(s, &t, err) != 0)
        return -1;
    int found = table_get(t, TABLE_META, &key, &record, err);
    if (found == 1)
        found = get_le(record.at, 4) != format;
    store_abort(t);
    return found;
}

int migrate(struct store *s, uint32_t format, struct winnow_error *err) {
    const struct engine_kind *kind = s->engine->kind;
    if (kind->change_begins(s->engine, err) != 0)
        return -1;
    int result = is_done(s, format, err);
    if (result == 0)
        result = kind->leave_copy(s->engine, format, err) == 0 ? note_format(s, err) : -1;
    kind->change_ends(s->engine);
    return result < 0 ? -1 : 0;
}
