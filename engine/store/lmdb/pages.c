/* Is LMDB's file sound: see pages.h. Happy path: from the newer meta page down the tree of tables,
 * down each table, then the list of free pages. Fails with WINNOW_DAMAGED at the first page that
 * does not fit, WINNOW_NO_MEMORY, and WINNOW_STORAGE when the file cannot be read. */
#include "store/lmdb/pages.h"

#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/lmdb/page_format.h"

#define KEY_MAX 511 /* LMDB's own */

enum tree_kind { TREE_OF_TABLES, TREE_TABLE, TREE_FREE };

struct pages {
    int fd;
    size_t page_size;
    uint64_t count;      /* pages in the file */
    unsigned char *used; /* a bit each */
    bool roots_only;     /* of the tables; else all their pages */
    struct winnow_error *err;
};

struct tree {
    enum tree_kind kind;
    uint64_t entries;
    size_t key_size; /* of the last leaf node, in order */
    const unsigned char *key;
    unsigned char kept[KEY_MAX]; /* the key, when its page is left */
};

struct node {
    const unsigned char *at, *key, *data;
    size_t key_size, data_size, size; /* size: all of it */
    unsigned flags;
};

static int damaged(struct pages *p, uint64_t page) {
    return winnow_fail(p->err, WINNOW_DAMAGED,
                       "the store is damaged: page %llu of its file is not what belongs there; "
                       "nothing was sent, restore the state directory from a backup",
                       (unsigned long long)page);
}

static int read_page(struct pages *p, uint64_t page, unsigned char *to, size_t size) {
    if (page >= p->count)
        return damaged(p, page);
    ssize_t got = pread(p->fd, to, size, (off_t)(page * p->page_size));
    if (got < 0)
        return winnow_fail(p->err, WINNOW_STORAGE, "reading the store's file: %s", strerror(errno));
    return (size_t)got == size ? 0 : damaged(p, page);
}

static bool is_used(const struct pages *p, uint64_t page) {
    return (p->used[page / 8] & 1u << page % 8) != 0;
}

/* False: it is past the end, or has been seen before. */
static bool use(struct pages *p, uint64_t page) {
    if (page < 2 || page >= p->count || is_used(p, page))
        return false;
    p->used[page / 8] |= (unsigned char)(1u << page % 8);
    return true;
}

/* ---- a page ---- */

static bool read_node(const unsigned char *bytes, size_t page_size, size_t at, bool leaf,
                      struct node *n) {
    size_t room = page_size - at;
    if (at >= page_size || room < NODE_HEAD)
        return false;
    n->at = bytes + at;
    n->flags = leaf ? page_u16(n->at + NODE_FLAGS_AT) : 0;
    n->key_size = page_u16(n->at + NODE_KEY_AT);
    n->key = n->at + NODE_HEAD;
    n->data = n->key + n->key_size;
    n->data_size = leaf ? page_u32(n->at) : 0;
    size_t here = (n->flags & NODE_BIG) != 0 ? sizeof(uint64_t) : n->data_size;
    n->size = NODE_HEAD + n->key_size + here;
    n->size += n->size & 1;
    return n->key_size <= KEY_MAX && n->size <= room &&
           (n->flags & ~(unsigned)(NODE_BIG | NODE_TREE)) == 0;
}

/* How many nodes it has; 0: this is no page of a tree. */
static size_t count_nodes(const struct pages *p, const unsigned char *bytes, uint64_t page) {
    unsigned flags = page_u16(bytes + PAGE_FLAGS_AT);
    size_t lower = page_u16(bytes + PAGE_LOWER_AT);
    size_t upper = page_u16(bytes + PAGE_UPPER_AT);
    bool whole = page_u64(bytes) == page && (flags == PAGE_LEAF || flags == PAGE_BRANCH) &&
                 lower >= PAGE_HEAD + 2 && lower % 2 == 0 && lower <= upper &&
                 upper <= p->page_size;
    return whole ? (lower - PAGE_HEAD) / 2 : 0;
}

/* ---- what a node stands for ---- */

static uint64_t first_eight(const unsigned char *key) {
    return be64toh(page_u64(key));
}

static bool key_is_less(const unsigned char *a, size_t a_size, const unsigned char *b,
                        size_t b_size) {
    size_t least = a_size < b_size ? a_size : b_size;
    /* Most keys differ here, and a store has millions. */
    if (least >= sizeof(uint64_t) && first_eight(a) != first_eight(b))
        return first_eight(a) < first_eight(b);
    int order = memcmp(a, b, least);
    return order < 0 || (order == 0 && a_size < b_size);
}

/* After the one before it, which may be on the page before. */
static bool rises(struct tree *t, const struct node *n) {
    bool ok = t->entries == 0;
    if (!ok && t->kind == TREE_FREE)
        ok = page_u64(t->key) < page_u64(n->key);
    else if (!ok)
        ok = key_is_less(t->key, t->key_size, n->key, n->key_size);
    t->key_size = n->key_size;
    t->key = n->key;
    return ok && (t->kind != TREE_FREE || n->key_size == sizeof(uint64_t));
}

static int check_free(struct pages *p, uint64_t page, const unsigned char *list, size_t size) {
    if (size < 8 || page_u64(list) != size / 8 - 1)
        return damaged(p, page);
    for (size_t i = 8; i + 8 <= size; i += 8) {
        uint64_t one = page_u64(list + i);
        if (one < 2 || (one < p->count && is_used(p, one)))
            return damaged(p, page);
    }
    return 0;
}

/* The data's pages; of the free list their content too. */
static int check_overflow(struct pages *p, const struct tree *t, uint64_t first, size_t size) {
    unsigned char head[PAGE_HEAD];
    if (read_page(p, first, head, sizeof head) != 0)
        return -1;
    uint64_t pages = page_u32(head + PAGE_COUNT_AT);
    if (page_u64(head) != first || page_u16(head + PAGE_FLAGS_AT) != PAGE_OVERFLOW ||
        pages != (PAGE_HEAD + size + p->page_size - 1) / p->page_size || first + pages > p->count)
        return damaged(p, first);
    for (uint64_t i = 0; i < pages; i++)
        if (!use(p, first + i))
            return damaged(p, first + i);
    if (t->kind != TREE_FREE)
        return 0;
    unsigned char *list = malloc(PAGE_HEAD + size);
    if (list == NULL)
        return winnow_fail(p->err, WINNOW_NO_MEMORY, "out of memory");
    int result = read_page(p, first, list, PAGE_HEAD + size);
    if (result == 0)
        result = check_free(p, first, list + PAGE_HEAD, size);
    free(list);
    return result;
}

static int check_tree(struct pages *p, const unsigned char *record, enum tree_kind kind);

static int check_root(struct pages *p, const unsigned char *record);

static int check_table(struct pages *p, uint64_t page, const struct node *n) {
    if (n->data_size != TREE_SIZE)
        return damaged(p, page);
    return p->roots_only ? check_root(p, n->data) : check_tree(p, n->data, TREE_TABLE);
}

static int check_leaf_node(struct pages *p, struct tree *t, uint64_t page, const struct node *n) {
    bool of_tables = t->kind == TREE_OF_TABLES;
    if (!rises(t, n) || ((n->flags & NODE_TREE) != 0) != of_tables)
        return damaged(p, page);
    t->entries++;
    if (of_tables)
        return check_table(p, page, n);
    if ((n->flags & NODE_BIG) != 0)
        return check_overflow(p, t, page_u64(n->data), n->data_size);
    return t->kind == TREE_FREE ? check_free(p, page, n->data, n->data_size) : 0;
}

static int check_page(struct pages *p, struct tree *t, uint64_t page, int depth);

/* LMDB keeps nodes without gaps, so that their sizes add up to what is in use. */
static int check_nodes(struct pages *p, struct tree *t, uint64_t page, const unsigned char *bytes,
                       int depth) {
    size_t nodes = count_nodes(p, bytes, page);
    size_t upper = page_u16(bytes + PAGE_UPPER_AT);
    bool leaf = page_u16(bytes + PAGE_FLAGS_AT) == PAGE_LEAF;
    size_t used = 0;
    for (size_t i = 0; i < nodes; i++) {
        struct node n;
        size_t at = page_u16(bytes + PAGE_HEAD + 2 * i);
        if (at < upper || !read_node(bytes, p->page_size, at, leaf, &n))
            return damaged(p, page);
        used += n.size;
        uint64_t child = page_u32(n.at) | (uint64_t)page_u16(n.at + NODE_FLAGS_AT) << 32;
        if ((leaf ? check_leaf_node(p, t, page, &n) : check_page(p, t, child, depth + 1)) != 0)
            return -1;
    }
    if (nodes == 0 || used != p->page_size - upper)
        return damaged(p, page);
    if (leaf)
        t->key = memcpy(t->kept, t->key, t->key_size);
    return 0;
}

static int check_page(struct pages *p, struct tree *t, uint64_t page, int depth) {
    if (depth == TREE_DEPTH_MAX || !use(p, page))
        return damaged(p, page);
    unsigned char *bytes = malloc(p->page_size);
    if (bytes == NULL)
        return winnow_fail(p->err, WINNOW_NO_MEMORY, "out of memory");
    int result = read_page(p, page, bytes, p->page_size);
    if (result == 0)
        result = check_nodes(p, t, page, bytes, depth);
    free(bytes);
    return result;
}

static int check_tree(struct pages *p, const unsigned char *record, enum tree_kind kind) {
    struct tree t = {.kind = kind};
    uint64_t root = page_u64(record + TREE_ROOT_AT);
    if (root != UINT64_MAX && check_page(p, &t, root, 0) != 0)
        return -1;
    return t.entries == page_u64(record + TREE_ENTRIES_AT) ? 0 : damaged(p, root);
}

/* ---- the file ---- */

/* The newer meta page; both, where they do not follow one another, are damage. */
static int read_meta(struct pages *p, unsigned char newer[META_SIZE]) {
    unsigned char metas[2][PAGE_HEAD + META_SIZE];
    for (uint64_t i = 0; i < 2; i++)
        if (read_page(p, i, metas[i], sizeof metas[i]) != 0)
            return -1;
    uint64_t moments[2] = {page_u64(metas[0] + PAGE_HEAD + META_TXN_AT),
                           page_u64(metas[1] + PAGE_HEAD + META_TXN_AT)};
    int i = moments[1] > moments[0];
    bool unused = moments[0] == 0 && moments[1] == 0;
    if ((moments[i] != moments[1 - i] + 1 || (moments[i] & 1) != (uint64_t)i) && !unused)
        return damaged(p, (uint64_t)i);
    memcpy(newer, metas[i] + PAGE_HEAD, META_SIZE);
    return 0;
}

/* An empty tree has no root. */
static int check_root(struct pages *p, const unsigned char *record) {
    uint64_t root = page_u64(record + TREE_ROOT_AT);
    bool empty = page_u64(record + TREE_ENTRIES_AT) == 0;
    if (root == UINT64_MAX || empty)
        return empty && root == UINT64_MAX ? 0 : damaged(p, root);
    unsigned char *bytes = malloc(p->page_size);
    if (bytes == NULL)
        return winnow_fail(p->err, WINNOW_NO_MEMORY, "out of memory");
    int result = read_page(p, root, bytes, p->page_size);
    if (result == 0 && count_nodes(p, bytes, root) == 0)
        result = damaged(p, root);
    free(bytes);
    return result;
}

static int check_heads(struct pages *p) {
    unsigned char meta[META_SIZE];
    if (read_meta(p, meta) != 0 || check_root(p, meta + META_FREE_AT) != 0)
        return -1;
    return check_tree(p, meta + META_MAIN_AT, TREE_OF_TABLES);
}

static int check_all(struct pages *p) {
    unsigned char meta[META_SIZE];
    if (read_meta(p, meta) != 0 || check_tree(p, meta + META_MAIN_AT, TREE_OF_TABLES) != 0)
        return -1;
    return check_tree(p, meta + META_FREE_AT, TREE_FREE);
}

static int check_file(int fd, size_t page_size, bool roots_only, struct winnow_error *err) {
    struct stat file;
    struct pages p = {.fd = fd, .page_size = page_size, .roots_only = roots_only, .err = err};
    if (fstat(fd, &file) != 0)
        return winnow_fail(err, WINNOW_STORAGE, "looking at the store's file: %s", strerror(errno));
    p.count = (uint64_t)file.st_size / page_size;
    p.used = calloc(1, p.count / 8 + 1);
    if (p.used == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
    int result = roots_only ? check_heads(&p) : check_all(&p);
    free(p.used);
    return result;
}

int pages_check_head(int fd, size_t page_size, struct winnow_error *err) {
    return check_file(fd, page_size, true, err);
}

int pages_check(int fd, size_t page_size, struct winnow_error *err) {
    return check_file(fd, page_size, false, err);
}
