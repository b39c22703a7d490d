/* The engine in memory: see memory.h and engine.h. Happy path: a transaction holds the tables' roots
 * as they were when it began; a write makes new ones, and its commit puts them in the place of the
 * old. Where another has committed meanwhile, what this one changed is done again on top of that:
 * they are of different campaigns, and cannot be in each other's way. Fails by memory, by its bound
 * (WINNOW_STORAGE), and with WINNOW_BUSY. */
#include "store/memory/memory.h"

#include <stdlib.h>
#include <string.h>

#include "store/memory/tree.h"

/* gcc's analyzer loses what is handed out by its first member, and what a list holds: memory_abort,
 * memory_close and forget free it. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
#endif

struct change {
    unsigned table;
    bool removed;
    struct tree_item *item; /* held; of one that was removed, the key alone */
};

struct roots {
    struct tree *of[ENGINE_TABLES_MAX];
    uint64_t bytes; /* of keys and values in them */
};

struct memory {
    struct roots roots;
    uint64_t most;
    uint64_t commits;
    bool made;
    struct memory_txn *writers; /* a list of those under way */
};

struct memory_engine {
    struct engine base;
    struct memory *memory;
    unsigned tables;
};

struct memory_txn {
    struct engine_txn base;
    struct roots roots;
    uint64_t commits; /* as it began */
    struct memory_txn *next;
    /* Of a write: all that it changed, and, of campaign 0, what it read too. At most as many as
     * calls of it. */
    struct change *changes, *shared;
    size_t change_count, change_room, shared_count, shared_room;
};

struct memory_walk {
    struct engine_walk base;
    struct tree *root; /* held */
    unsigned table;
    struct tree_walk at;
};

static struct memory *memory_of(const struct engine_txn *t) {
    return ((struct memory_engine *)t->engine)->memory;
}

static int no_memory(struct winnow_error *err) {
    return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
}

/* ---- what a write has touched ---- */

/* Takes over c.item, also where it fails. */
static int note(struct change **list, size_t *count, size_t *room, struct change c,
                struct winnow_error *err) {
    if (*count == *room) {
        size_t more = *room == 0 ? 16 : *room * 2;
        struct change *grown = realloc(*list, more * sizeof *grown);
        if (grown == NULL) {
            tree_item_release(c.item);
            return no_memory(err);
        }
        *list = grown;
        *room = more;
    }
    (*list)[(*count)++] = c;
    return 0;
}

static int note_change(struct memory_txn *t, unsigned table, bool removed, struct tree_item *item,
                       struct winnow_error *err) {
    return note(&t->changes, &t->change_count, &t->change_room,
                (struct change){table, removed, tree_item_hold(item)}, err);
}

static bool has_touched(const struct memory_txn *t, unsigned table, struct engine_bytes key) {
    for (size_t i = 0; i < t->shared_count; i++) {
        struct engine_bytes touched = tree_key(t->shared[i].item);
        if (t->shared[i].table == table && touched.size == key.size &&
            memcmp(touched.at, key.at, key.size) == 0)
            return true;
    }
    return false;
}

static int busy(struct winnow_error *err) {
    return winnow_fail(err, WINNOW_BUSY, "another write of the store is under way");
}

static bool apply(struct roots *r, const struct change *c) {
    size_t old = 0;
    size_t now = c->removed ? 0 : c->item->key_size + c->item->size;
    bool done = c->removed ? tree_remove(&r->of[c->table], tree_key(c->item), &old) >= 0
                           : tree_put(&r->of[c->table], c->item, &old);
    r->bytes += now - old;
    return done;
}

/* What others have committed of that key since the write began. */
static int catch_up(struct memory_txn *t, unsigned table, struct engine_bytes key,
                    struct winnow_error *err) {
    struct tree_item *now = tree_get(memory_of(&t->base)->roots.of[table], key);
    struct tree_item *seen = tree_get(t->roots.of[table], key);
    if (now == seen)
        return 0;
    const struct change change = {table, now == NULL, now != NULL ? now : seen};
    return apply(&t->roots, &change) ? 0 : no_memory(err);
}

/* A key of campaign 0 is one write's alone from its first look on. */
static int touch(struct memory_txn *t, unsigned table, struct engine_bytes key,
                 struct winnow_error *err) {
    bool shared = key.size >= 4 && memcmp(key.at, "\0\0\0\0", 4) == 0;
    if (!shared || !t->base.writes || has_touched(t, table, key))
        return 0;
    for (const struct memory_txn *w = memory_of(&t->base)->writers; w != NULL; w = w->next)
        if (w != t && has_touched(w, table, key))
            return busy(err);
    if (catch_up(t, table, key, err) != 0)
        return -1;
    struct tree_item *item = tree_item_new(key, 0);
    if (item == NULL)
        return no_memory(err);
    return note(&t->shared, &t->shared_count, &t->shared_room, (struct change){table, false, item},
                err);
}

/* ---- transactions ---- */

static void hold_roots(struct roots *to, const struct roots *from) {
    *to = *from;
    for (unsigned i = 0; i < ENGINE_TABLES_MAX; i++)
        tree_hold(to->of[i]);
}

static void release_roots(struct roots *r) {
    for (unsigned i = 0; i < ENGINE_TABLES_MAX; i++)
        tree_release(r->of[i]);
}

static void forget(struct change *list, size_t count) {
    for (size_t i = 0; i < count; i++)
        tree_item_release(list[i].item);
    free(list);
}

static int may_begin(const struct memory *m, uint32_t campaign, struct winnow_error *err) {
    for (const struct memory_txn *w = m->writers; w != NULL; w = w->next)
        if (campaign == STORE_ALL || w->base.campaign == STORE_ALL || w->base.campaign == campaign)
            return busy(err);
    return 0;
}

static int memory_begin(struct engine *e, bool writes, uint32_t campaign, struct engine_txn **out,
                        struct winnow_error *err) {
    struct memory *m = ((struct memory_engine *)e)->memory;
    if (writes && may_begin(m, campaign, err) != 0)
        return -1;
    struct memory_txn *t = calloc(1, sizeof *t);
    if (t == NULL)
        return no_memory(err);
    t->base = (struct engine_txn){e, writes, campaign};
    t->commits = m->commits;
    hold_roots(&t->roots, &m->roots);
    if (writes) {
        t->next = m->writers;
        m->writers = t;
    }
    *out = &t->base;
    return 0;
}

static void memory_abort(struct engine_txn *txn) {
    struct memory_txn *t = (struct memory_txn *)txn;
    for (struct memory_txn **w = &memory_of(txn)->writers; *w != NULL; w = &(*w)->next) {
        if (*w == t) {
            *w = t->next;
            break;
        }
    }
    release_roots(&t->roots);
    forget(t->changes, t->change_count);
    forget(t->shared, t->shared_count);
    free(t);
}

/* The same changes on top of what others have committed since. */
static int rebase(struct memory_txn *t, struct winnow_error *err) {
    struct memory *m = memory_of(&t->base);
    struct roots now;
    bool done = true;
    hold_roots(&now, &m->roots);
    for (size_t i = 0; i < t->change_count && done; i++)
        done = apply(&now, &t->changes[i]);
    release_roots(done ? &t->roots : &now);
    if (done)
        t->roots = now;
    return done ? 0 : no_memory(err);
}

static int refuse_full(const struct memory *m, const struct roots *r, struct winnow_error *err) {
    if (r->bytes <= m->most || r->bytes <= m->roots.bytes)
        return 0;
    return winnow_fail(err, WINNOW_STORAGE,
                       "the store in memory is full: it may hold %llu bytes, and nothing was "
                       "written",
                       (unsigned long long)m->most);
}

static enum store_fate memory_commit(struct engine_txn *txn, struct winnow_error *err) {
    struct memory_txn *t = (struct memory_txn *)txn;
    struct memory *m = memory_of(txn);
    bool others = t->commits != m->commits && t->change_count > 0;
    if (t->base.writes &&
        ((others && rebase(t, err) != 0) || refuse_full(m, &t->roots, err) != 0)) {
        memory_abort(txn);
        return STORE_NOT_THERE;
    }
    if (t->change_count > 0) {
        struct roots old = m->roots;
        m->roots = t->roots;
        t->roots = old;
        m->commits++;
        m->made = true;
        txn->engine->lacks_tables = false;
    }
    memory_abort(txn);
    return STORE_THERE;
}

/* ---- keys and values ---- */

static int memory_get(struct engine_txn *txn, unsigned table, struct engine_bytes key,
                      struct engine_bytes *value, struct winnow_error *err) {
    struct memory_txn *t = (struct memory_txn *)txn;
    if (touch(t, table, key, err) != 0)
        return -1;
    const struct tree_item *item = tree_get(t->roots.of[table], key);
    if (item == NULL)
        return 0;
    *value = tree_value(item);
    return 1;
}

static int memory_put(struct engine_txn *txn, unsigned table, struct engine_bytes key, size_t size,
                      bool last, void **room, struct winnow_error *err) {
    struct memory_txn *t = (struct memory_txn *)txn;
    (void)last;
    if (key.size == 0 || key.size > ENGINE_KEY_MAX)
        return winnow_fail(err, WINNOW_STORAGE, "a key of %zu bytes", key.size);
    if (touch(t, table, key, err) != 0)
        return -1;
    struct tree_item *item = tree_item_new(key, size);
    if (item == NULL)
        return no_memory(err);
    const struct change change = {table, false, item};
    int result = note_change(t, table, false, item, err);
    if (result == 0 && !apply(&t->roots, &change))
        result = no_memory(err);
    *room = item->bytes + key.size;
    tree_item_release(item); /* the tree and the list hold it */
    return result != 0 ? -1 : refuse_full(memory_of(txn), &t->roots, err);
}

static int memory_remove(struct engine_txn *txn, unsigned table, struct engine_bytes key,
                         struct winnow_error *err) {
    struct memory_txn *t = (struct memory_txn *)txn;
    if (touch(t, table, key, err) != 0)
        return -1;
    if (tree_get(t->roots.of[table], key) == NULL)
        return 0;
    struct tree_item *item = tree_item_new(key, 0);
    if (item == NULL)
        return no_memory(err);
    const struct change change = {table, true, item};
    int result = note_change(t, table, true, item, err);
    if (result == 0 && !apply(&t->roots, &change))
        result = no_memory(err);
    tree_item_release(item);
    return result != 0 ? -1 : 1;
}

static bool begins(struct engine_bytes key, struct engine_bytes prefix) {
    return key.size >= prefix.size &&
           (prefix.size == 0 || memcmp(key.at, prefix.at, prefix.size) == 0);
}

static int memory_clear(struct engine_txn *txn, unsigned table, struct engine_bytes prefix,
                        struct winnow_error *err) {
    struct memory_txn *t = (struct memory_txn *)txn;
    struct tree *root = tree_hold(t->roots.of[table]); /* the items live while they are removed */
    struct tree_walk w;
    const struct tree_item *item;
    int result = 0;
    tree_walk(&w, root, prefix);
    while (result >= 0 && (item = tree_next(&w)) != NULL && begins(tree_key(item), prefix))
        result = memory_remove(txn, table, tree_key(item), err);
    tree_release(root);
    return result < 0 ? -1 : 0;
}

static int memory_last(struct engine_txn *txn, unsigned table, struct engine_bytes *key,
                       struct winnow_error *err) {
    const struct tree_item *item = tree_last(((struct memory_txn *)txn)->roots.of[table]);
    (void)err;
    if (item == NULL)
        return 0;
    *key = tree_key(item);
    return 1;
}

/* ---- walks ---- */

static int memory_walk(struct engine_txn *txn, unsigned table, struct engine_bytes from, bool once,
                       struct engine_walk **out, struct winnow_error *err) {
    struct memory_walk *w = malloc(sizeof *w);
    (void)once;
    if (w == NULL)
        return no_memory(err);
    w->base.txn = txn;
    w->root = tree_hold(((struct memory_txn *)txn)->roots.of[table]);
    w->table = table;
    tree_walk(&w->at, w->root, from);
    *out = &w->base;
    return 0;
}

static int memory_next(struct engine_walk *walk, struct engine_bytes *key,
                       struct engine_bytes *value, struct winnow_error *err) {
    struct memory_walk *w = (struct memory_walk *)walk;
    const struct tree_item *item = tree_next(&w->at);
    if (item == NULL)
        return 0;
    *key = tree_key(item);
    *value = tree_value(item);
    return touch((struct memory_txn *)walk->txn, w->table, *key, err) != 0 ? -1 : 1;
}

static void memory_leave(struct engine_walk *walk) {
    tree_release(((struct memory_walk *)walk)->root);
    free(walk);
}

/* ---- the engine ---- */

static int memory_sound(struct engine_txn *t, struct winnow_error *err) {
    (void)t;
    (void)err;
    return 0;
}

static int memory_health(struct engine *e, struct store_health *out, struct winnow_error *err) {
    const struct memory *m = ((struct memory_engine *)e)->memory;
    (void)err;
    out->file_bytes = out->used_bytes = m->roots.bytes;
    out->map_bytes = m->most;
    return 0;
}

static void memory_close(struct engine *e) {
    free(e);
}

static const struct engine_kind kind = {
    .name = "memory",
    .close = memory_close,
    .begin = memory_begin,
    .commit = memory_commit,
    .abort = memory_abort,
    .get = memory_get,
    .put = memory_put,
    .remove = memory_remove,
    .clear = memory_clear,
    .last = memory_last,
    .walk = memory_walk,
    .next = memory_next,
    .leave = memory_leave,
    .sound = memory_sound,
    .health = memory_health,
};

struct memory *memory_new(uint64_t most) {
    struct memory *m = calloc(1, sizeof *m);
    if (m != NULL)
        m->most = most;
    return m;
}

void memory_free(struct memory *m) {
    if (m == NULL)
        return;
    release_roots(&m->roots);
    free(m);
}

int memory_open(struct memory *m, unsigned tables, struct engine **out, struct winnow_error *err) {
    struct memory_engine *e = malloc(sizeof *e);
    if (e == NULL || tables > ENGINE_TABLES_MAX) {
        free(e);
        return e == NULL ? no_memory(err) : winnow_fail(err, WINNOW_FAILED, "%u tables", tables);
    }
    *e = (struct memory_engine){
        .base = {.kind = &kind, .lacks_tables = !m->made}, .memory = m, .tables = tables};
    *out = &e->base;
    return 0;
}

uint64_t memory_bytes(const struct memory *m) {
    return m->roots.bytes;
}

void memory_limit(struct memory *m, uint64_t most) {
    m->most = most;
}
