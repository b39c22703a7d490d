/* Keys and values in the order of the keys' bytes, inside the engine in memory only. A tree never
 * changes: putting or removing makes the nodes on one path anew and shares all others. So whoever
 * holds a root sees what it was, for as long as he holds it. Balanced (AVL), no deeper than
 * TREE_DEPTH_MAX. Roots, nodes and items count who holds them; one thread at a time. */
#ifndef STORE_MEMORY_TREE_H
#define STORE_MEMORY_TREE_H

#include "store/engine.h"

#define TREE_DEPTH_MAX 48 /* an AVL tree of 2^32 items has 46 */

struct tree_item {
    uint32_t refs;
    uint32_t key_size;
    size_t size;           /* of the value */
    unsigned char bytes[]; /* key, value */
};

struct tree { /* a node; NULL: an empty tree */
    uint32_t refs;
    int height;
    struct tree_item *item;
    struct tree *left, *right;
};

static inline struct engine_bytes tree_key(const struct tree_item *i) {
    return (struct engine_bytes){i->bytes, i->key_size};
}

static inline struct engine_bytes tree_value(const struct tree_item *i) {
    return (struct engine_bytes){i->bytes + i->key_size, i->size};
}

/* Held once; NULL: no memory. */
struct tree_item *tree_item_new(struct engine_bytes key, size_t size);
struct tree_item *tree_item_hold(struct tree_item *i);
void tree_item_release(struct tree_item *i);

struct tree *tree_hold(struct tree *t); /* NULL is allowed, in all of these */
void tree_release(struct tree *t);

/* `*root` becomes a tree with that item, which the tree holds too. `old`: the size of the item that
 * was there, key and value; 0: none. false: no memory, and nothing has changed. */
bool tree_put(struct tree **root, struct tree_item *item, size_t *old);
/* 1 removed, 0 was not there, -1 no memory */
int tree_remove(struct tree **root, struct engine_bytes key, size_t *old);

struct tree_item *tree_get(const struct tree *root, struct engine_bytes key);
struct tree_item *tree_last(const struct tree *root);

struct tree_walk {
    const struct tree *path[TREE_DEPTH_MAX]; /* those whose turn comes, the next one last */
    int depth;
};
/* From the first key that is not less than `from`. */
void tree_walk(struct tree_walk *w, const struct tree *root, struct engine_bytes from);
struct tree_item *tree_next(struct tree_walk *w); /* NULL: the end */

#endif
