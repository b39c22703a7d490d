/* Follow keys of two records: see shared_keys.h. Happy path: all keys hashed, sorted, and those
 * that come twice are left. Two keys of one hash by chance hold two people more, which no one will
 * see happen. Fails as the store does, and for want of memory: 8 bytes a key. */
#include "work/campaign/shared_keys.h"

#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

static uint64_t hash_of(const struct shared_keys *s, struct text key) {
    char small[FOLLOW_KEYS_MAX];
    if (!s->fold || key.size > sizeof small)
        return XXH3_64bits(key.at, key.size);
    for (uint32_t i = 0; i < key.size; i++)
        small[i] = (char)(key.at[i] >= 'A' && key.at[i] <= 'Z' ? key.at[i] | 0x20 : key.at[i]);
    return XXH3_64bits(small, key.size);
}

struct gathering {
    struct shared_keys *keys;
    size_t room; /* at most 64 keys a followee */
    size_t count;
};

static int gather_one(struct gathering *g, struct text key, struct winnow_error *err) {
    if (g->count == g->room) {
        size_t room = g->room == 0 ? 1024 : g->room * 2;
        uint64_t *hashes = realloc(g->keys->hashes, room * sizeof *hashes);
        if (hashes == NULL)
            return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
        g->keys->hashes = hashes;
        g->room = room;
    }
    g->keys->hashes[g->count++] = hash_of(g->keys, key);
    return 0;
}

static int keys_gather(void *context, uint32_t number, const struct facts *f, uint64_t gone,
                       struct winnow_error *err) {
    struct gathering *g = context;
    uint64_t left = f->follow_keys.size == 0 ? 0 : store_follows_left(f, gone);
    (void)number;
    for (uint8_t k = 0; left != 0; k++, left >>= 1) {
        struct text key = facts_follow_key(f, k);
        if ((left & 1) != 0 && key.size != 0 && gather_one(g, key, err) != 0)
            return -1;
    }
    return 0;
}

static int by_value(const void *left, const void *right) {
    uint64_t a = *(const uint64_t *)left;
    uint64_t b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

/* Of each hash that comes more than once, one. */
static uint32_t leave_doubles(uint64_t *hashes, size_t count) {
    uint32_t kept = 0;
    for (size_t i = 1; i < count; i++)
        if (hashes[i] == hashes[i - 1] && (kept == 0 || hashes[kept - 1] != hashes[i]))
            hashes[kept++] = hashes[i];
    return kept;
}

int shared_keys_load(struct shared_keys *s, struct store_txn *t, const struct store_campaign *c,
                     const struct platform *platform, struct winnow_error *err) {
    struct gathering g = {.keys = s};
    struct store_scan scan = {.detail = STORE_FACTS, .each = keys_gather, .context = &g};
    shared_keys_free(s);
    s->fold = platform->handle_is_key;
    s->batches = c->batches;
    if (!platform->needs_key)
        return 0;
    if (store_roster_scan(t, c->id, &scan, err) != 0)
        return -1;
    if (g.count > 1)
        qsort(s->hashes, g.count, sizeof *s->hashes, by_value);
    s->count = leave_doubles(s->hashes, g.count);
    uint64_t *shorter = realloc(s->hashes, ((size_t)s->count + 1) * sizeof *s->hashes);
    if (shorter != NULL)
        s->hashes = shorter;
    return 0;
}

bool shared_keys_has(const struct shared_keys *s, struct text key) {
    uint64_t hash = s->count == 0 ? 0 : hash_of(s, key);
    return s->count > 0 && bsearch(&hash, s->hashes, s->count, sizeof *s->hashes, by_value) != NULL;
}

struct text shared_keys_of(const struct shared_keys *s, const struct facts *f, uint64_t left) {
    for (uint8_t k = 0; left != 0 && s->count > 0; k++, left >>= 1) {
        struct text key = facts_follow_key(f, k);
        if ((left & 1) != 0 && key.size != 0 && shared_keys_has(s, key))
            return key;
    }
    return (struct text){"", 0};
}

void shared_keys_free(struct shared_keys *s) {
    free(s->hashes);
    *s = (struct shared_keys){0};
}
