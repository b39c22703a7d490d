/* Trees that never change: see tree.h. Happy path: a path of new nodes from the root to the place of
 * the item. Fails by memory only, and then gives back what it had made. */
#include "store/memory/tree.h"

#include <stdlib.h>
#include <string.h>

struct tree_item *tree_item_new(struct engine_bytes key, size_t size) {
    struct tree_item *i = malloc(sizeof *i + key.size + size);
    if (i == NULL)
        return NULL;
    i->refs = 1;
    i->key_size = (uint32_t)key.size;
    i->size = size;
    if (key.size > 0)
        memcpy(i->bytes, key.at, key.size);
    return i;
}

struct tree_item *tree_item_hold(struct tree_item *i) {
    i->refs++;
    return i;
}

void tree_item_release(struct tree_item *i) {
    if (--i->refs == 0)
        free(i);
}

struct tree *tree_hold(struct tree *t) {
    if (t != NULL)
        t->refs++;
    return t;
}

void tree_release(struct tree *t) {
    if (t == NULL || --t->refs > 0)
        return;
    struct tree *left = t->left;
    struct tree *right = t->right;
    tree_item_release(t->item);
    free(t);
    /* The analyzer does not count who holds what. */
    tree_release(left);  /* NOLINT(clang-analyzer-unix.Malloc) */
    tree_release(right); /* NOLINT(clang-analyzer-unix.Malloc) */
}

static int height(const struct tree *t) {
    return t == NULL ? 0 : t->height;
}

static int compare(struct engine_bytes a, struct engine_bytes b) {
    size_t least = a.size < b.size ? a.size : b.size;
    int order = least == 0 ? 0 : memcmp(a.at, b.at, least);
    return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}

/* ---- making ----
 *
 * These take over what they are given (an item, two trees), also where they fail. */

static struct tree *node(struct tree_item *item, struct tree *left, struct tree *right,
                         bool *failed) {
    struct tree *t = *failed ? NULL : malloc(sizeof *t);
    if (t == NULL) {
        *failed = true;
        tree_item_release(item);
        tree_release(left);
        tree_release(right);
        return NULL;
    }
    int higher = height(left) > height(right) ? height(left) : height(right);
    *t = (struct tree){1, higher + 1, item, left, right};
    return t;
}

static struct tree_item *item_of(const struct tree *t) {
    return tree_item_hold(t->item);
}

static struct tree *lean_left(struct tree_item *item, struct tree *left, struct tree *right,
                              bool *failed) {
    const struct tree *inner = left->right;
    struct tree *made;
    if (inner == NULL || height(left->left) >= inner->height) {
        made = node(item, tree_hold(left->right), right, failed);
        made = node(item_of(left), tree_hold(left->left), made, failed);
    } else {
        struct tree *low =
            node(item_of(left), tree_hold(left->left), tree_hold(inner->left), failed);
        struct tree *high = node(item, tree_hold(inner->right), right, failed);
        made = node(item_of(inner), low, high, failed);
    }
    tree_release(left);
    return made;
}

static struct tree *lean_right(struct tree_item *item, struct tree *left, struct tree *right,
                               bool *failed) {
    const struct tree *inner = right->left;
    struct tree *made;
    if (inner == NULL || height(right->right) >= inner->height) {
        made = node(item, left, tree_hold(right->left), failed);
        made = node(item_of(right), made, tree_hold(right->right), failed);
    } else {
        struct tree *low = node(item, left, tree_hold(inner->left), failed);
        struct tree *high =
            node(item_of(right), tree_hold(inner->right), tree_hold(right->right), failed);
        made = node(item_of(inner), low, high, failed);
    }
    tree_release(right);
    return made;
}

/* Sides whose heights differ by two at most, made to differ by one at most. */
static struct tree *balanced(struct tree_item *item, struct tree *left, struct tree *right,
                             bool *failed) {
    if (left != NULL && left->height > height(right) + 1)
        return lean_left(item, left, right, failed);
    if (right != NULL && right->height > height(left) + 1)
        return lean_right(item, left, right, failed);
    return node(item, left, right, failed);
}

/* ---- changes ---- */

static struct tree *with(const struct tree *t, struct tree_item *item, struct tree_item **old,
                         bool *failed) {
    if (t == NULL)
        return node(tree_item_hold(item), NULL, NULL, failed);
    int order = compare(tree_key(item), tree_key(t->item));
    if (order < 0)
        return balanced(item_of(t), with(t->left, item, old, failed), tree_hold(t->right), failed);
    if (order > 0)
        return balanced(item_of(t), tree_hold(t->left), with(t->right, item, old, failed), failed);
    *old = t->item;
    return node(tree_item_hold(item), tree_hold(t->left), tree_hold(t->right), failed);
}

static struct tree *without_first(const struct tree *t, bool *failed) {
    if (t->left == NULL)
        return tree_hold(t->right);
    return balanced(item_of(t), without_first(t->left, failed), tree_hold(t->right), failed);
}

static struct tree *without(const struct tree *t, struct engine_bytes key, struct tree_item **old,
                            bool *failed) {
    if (t == NULL)
        return NULL;
    int order = compare(key, tree_key(t->item));
    if (order < 0)
        return balanced(item_of(t), without(t->left, key, old, failed), tree_hold(t->right),
                        failed);
    if (order > 0)
        return balanced(item_of(t), tree_hold(t->left), without(t->right, key, old, failed),
                        failed);
    *old = t->item;
    if (t->left == NULL || t->right == NULL)
        return tree_hold(t->left != NULL ? t->left : t->right);
    const struct tree *next = t->right;
    while (next->left != NULL)
        next = next->left;
    return balanced(item_of(next), tree_hold(t->left), without_first(t->right, failed), failed);
}

static void become(struct tree **root, struct tree *made) {
    tree_release(*root);
    *root = made;
}

bool tree_put(struct tree **root, struct tree_item *item, size_t *old) {
    bool failed = false;
    struct tree_item *was = NULL;
    struct tree *made = with(*root, item, &was, &failed);
    if (failed) {
        tree_release(made);
        return false;
    }
    *old = was == NULL ? 0 : was->key_size + was->size;
    become(root, made);
    return true;
}

int tree_remove(struct tree **root, struct engine_bytes key, size_t *old) {
    bool failed = false;
    struct tree_item *was = NULL;
    if (tree_get(*root, key) == NULL)
        return 0;
    struct tree *made = without(*root, key, &was, &failed);
    if (failed || was == NULL) {
        tree_release(made);
        return -1;
    }
    *old = was->key_size + was->size;
    become(root, made);
    return 1;
}

/* ---- reading ---- */

struct tree_item *tree_get(const struct tree *root, struct engine_bytes key) {
    while (root != NULL) {
        int order = compare(key, tree_key(root->item));
        if (order == 0)
            return root->item;
        root = order < 0 ? root->left : root->right;
    }
    return NULL;
}

struct tree_item *tree_last(const struct tree *root) {
    while (root != NULL && root->right != NULL)
        root = root->right;
    return root == NULL ? NULL : root->item;
}

void tree_walk(struct tree_walk *w, const struct tree *root, struct engine_bytes from) {
    w->depth = 0;
    while (root != NULL) {
        bool later = compare(tree_key(root->item), from) >= 0;
        if (later)
            w->path[w->depth++] = root;
        root = later ? root->left : root->right;
    }
}

struct tree_item *tree_next(struct tree_walk *w) {
    if (w->depth == 0)
        return NULL;
    const struct tree *here = w->path[--w->depth];
    for (const struct tree *t = here->right; t != NULL; t = t->left)
        w->path[w->depth++] = t;
    return here->item;
}
