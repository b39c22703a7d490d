/* Campaigns, and small records stored as they are given: see store.h. Happy path: add once, find by
 * name, put back with new counts. Fails by a name that is taken, or as the store does. */
#include "store/tables/codec.h"

#include <string.h>

static struct key name_key(const char *name) {
    struct key k = {0};
    k.size = strlen(name);
    memcpy(k.bytes, name, k.size);
    return k;
}

int store_campaign_put(struct store_txn *t, const struct store_campaign *c,
                       struct winnow_error *err) {
    unsigned char bytes[CODEC_CAMPAIGN_MAX];
    struct key key = name_key(c->name);
    if (store_may_change(t, c->id, err) != 0)
        return -1;
    return table_put(t, TABLE_CAMPAIGNS, &key, bytes, codec_campaign_write(c, bytes), err);
}

static int next_id(void *context, const unsigned char *key, size_t size, struct record record,
                   struct winnow_error *err) {
    uint32_t *id = context;
    struct store_campaign c;
    (void)key;
    (void)size;
    if (codec_campaign_read(record, &c, err) != 0)
        return -1;
    if (c.id >= *id)
        *id = c.id + 1;
    return 0;
}

int store_campaign_add(struct store_txn *t, struct store_campaign *c, struct winnow_error *err) {
    struct key all = {0};
    struct key key = name_key(c->name);
    struct record record;
    if (store_may_change(t, STORE_ALL, err) != 0)
        return -1;
    int found = table_get(t, TABLE_CAMPAIGNS, &key, &record, err);
    if (found < 0)
        return -1;
    if (found == 1)
        return winnow_fail(err, WINNOW_BAD_INPUT,
                           "a campaign named %s is there already: choose another name", c->name);
    c->id = 1;
    if (table_scan(t, TABLE_CAMPAIGNS, &all, NULL, next_id, &c->id, err) != 0)
        return -1;
    return store_campaign_put(t, c, err);
}

int store_campaign_find(struct store_txn *t, const char *name, struct store_campaign *out,
                        struct winnow_error *err) {
    struct record record;
    if (strlen(name) <= STORE_NAME_MAX) {
        struct key key = name_key(name);
        int found = name[0] == '\0' ? 0 : table_get(t, TABLE_CAMPAIGNS, &key, &record, err);
        if (found != 0)
            return found < 0 ? -1 : codec_campaign_read(record, out, err);
    }
    if (store_sound(t, err) != 0) /* damage can hide a record */
        return -1;
    return winnow_fail(err, WINNOW_NOT_FOUND,
                       "there is no campaign %.64s: `winnow status` lists them, `winnow new` makes "
                       "one",
                       name);
}

int store_lease_take(struct store_txn *t, struct store_campaign *c, struct winnow_error *err) {
    c->epoch++;
    t->held = t->campaign == c->id;
    return store_campaign_put(t, c, err);
}

static int lease_check(struct store_txn *t, const struct store_campaign *c,
                       struct winnow_error *err) {
    struct store_campaign now = {0};
    if (store_campaign_find(t, c->name, &now, err) != 0)
        return -1;
    if (now.id == c->id && now.epoch == c->epoch)
        return 0;
    return winnow_fail(
        err, WINNOW_BUSY,
        "another process has taken over campaign %s, with a new plan or a run of its "
        "own: this one sends nothing more; look at it with `winnow status %s`",
        c->name, c->name);
}

int store_write_held(struct store *s, const struct store_campaign *c, struct store_txn **out,
                     struct winnow_error *err) {
    struct store_txn *t;
    if (store_write(s, c->id, &t, err) != 0)
        return -1;
    if (lease_check(t, c, err) != 0) {
        store_abort(t);
        return -1;
    }
    t->held = true;
    *out = t;
    return 0;
}

struct each_campaign {
    int (*each)(void *context, const struct store_campaign *c);
    void *context;
};

static int give_campaign(void *context, const unsigned char *key, size_t size, struct record record,
                         struct winnow_error *err) {
    const struct each_campaign *e = context;
    struct store_campaign c;
    (void)key;
    (void)size;
    return codec_campaign_read(record, &c, err) != 0 ? -1 : e->each(e->context, &c);
}

int store_campaign_each(struct store_txn *t,
                        int (*each)(void *context, const struct store_campaign *c), void *context,
                        struct winnow_error *err) {
    struct key all = {0};
    struct each_campaign e = {each, context};
    return table_scan(t, TABLE_CAMPAIGNS, &all, NULL, give_campaign, &e, err);
}

/* ---- notes ---- */

static int note_key(uint32_t campaign, enum store_note kind, const char *name, struct key *key,
                    struct winnow_error *err) {
    *key = key_of(campaign);
    key_add8(key, (uint8_t)kind);
    return key_add_text(key, name, strlen(name), err);
}

int store_note_put(struct store_txn *t, uint32_t campaign, enum store_note kind, const char *name,
                   const void *bytes, size_t size, struct winnow_error *err) {
    struct key key;
    if (note_key(campaign, kind, name, &key, err) != 0)
        return -1;
    return table_put(t, TABLE_NOTES, &key, bytes, size, err);
}

int store_note_get(struct store_txn *t, uint32_t campaign, enum store_note kind, const char *name,
                   const void **bytes, size_t *size, struct winnow_error *err) {
    struct key key;
    struct record record;
    if (note_key(campaign, kind, name, &key, err) != 0)
        return -1;
    int found = table_get(t, TABLE_NOTES, &key, &record, err);
    if (found == 1) {
        *bytes = record.at;
        *size = record.size;
    }
    return found;
}

int store_note_remove(struct store_txn *t, uint32_t campaign, enum store_note kind,
                      const char *name, struct winnow_error *err) {
    struct key key;
    if (note_key(campaign, kind, name, &key, err) != 0)
        return -1;
    return table_remove(t, TABLE_NOTES, &key, err) < 0 ? -1 : 0;
}
