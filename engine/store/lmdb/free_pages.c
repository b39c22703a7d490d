/* The list of free pages in LMDB's file: see free_pages.h. Happy path: the newer of the two meta
 * pages names the list's tree, its leaves name the pages. Whatever does not fit the format, or lies
 * at or past `first`, makes the answer no. */
#include "store/lmdb/free_pages.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/lmdb/page_format.h"

struct walk {
    int fd;
    size_t page_size;
    uint64_t first, end;
    uint64_t listed; /* pages from first to end - 1 that were on the list */
};

/* `size` bytes that lie in front of `first`. */
static bool read_at(const struct walk *w, uint64_t page, size_t offset, void *to, size_t size) {
    uint64_t at = page * w->page_size + offset;
    if (page >= w->first || at + size > w->first * w->page_size)
        return false;
    return pread(w->fd, to, size, (off_t)at) == (ssize_t)size;
}

/* A list: its length, then as many page numbers. */
static bool count_list(struct walk *w, const unsigned char *at, size_t size) {
    if (size < 8 || page_u64(at) != size / 8 - 1)
        return false;
    for (size_t i = 8; i + 8 <= size; i += 8)
        w->listed += page_u64(at + i) >= w->first && page_u64(at + i) < w->end;
    return true;
}

static bool count_overflow(struct walk *w, uint64_t page, size_t size) {
    unsigned char *list = size > w->first * w->page_size ? NULL : malloc(size + 1);
    bool ok = list != NULL && read_at(w, page, PAGE_HEAD, list, size) && count_list(w, list, size);
    free(list);
    return ok;
}

static bool count_leaf_node(struct walk *w, const unsigned char *node, size_t room) {
    size_t size = page_u16(node) | (size_t)page_u16(node + 2) << 16;
    size_t at = NODE_HEAD + (size_t)page_u16(node + 6);
    if (page_u16(node + 4) & NODE_BIG)
        return at + 8 <= room && count_overflow(w, page_u64(node + at), size);
    return at + size <= room && count_list(w, node + at, size);
}

static bool walk_page(struct walk *w, uint64_t page, int depth);

static bool walk_node(struct walk *w, const unsigned char *node, size_t room, unsigned kind,
                      int depth) {
    if (room < NODE_HEAD)
        return false;
    if (kind == PAGE_LEAF)
        return count_leaf_node(w, node, room);
    uint64_t child =
        page_u16(node) | (uint64_t)page_u16(node + 2) << 16 | (uint64_t)page_u16(node + 4) << 32;
    return walk_page(w, child, depth + 1);
}

static bool walk_page(struct walk *w, uint64_t page, int depth) {
    unsigned char *bytes = malloc(w->page_size);
    bool ok = bytes != NULL && depth < TREE_DEPTH_MAX && read_at(w, page, 0, bytes, w->page_size) &&
              page_u64(bytes) == page;
    unsigned kind = ok ? page_u16(bytes + 10) & (PAGE_BRANCH | PAGE_LEAF) : 0;
    size_t lower = ok ? page_u16(bytes + 12) : 0;
    ok = ok && (kind == PAGE_BRANCH || kind == PAGE_LEAF) && lower >= PAGE_HEAD &&
         lower <= w->page_size;
    for (size_t i = PAGE_HEAD; ok && i + 2 <= lower; i += 2) {
        size_t at = page_u16(bytes + i);
        ok = at < w->page_size && walk_node(w, bytes + at, w->page_size - at, kind, depth);
    }
    free(bytes);
    return ok;
}

/* Both, in file order; the newer one's index, or -1. */
static int read_metas(const struct walk *w, unsigned char metas[2][META_SIZE]) {
    for (uint64_t i = 0; i < 2; i++)
        if (!read_at(w, i, PAGE_HEAD, metas[i], META_SIZE))
            return -1;
    return page_u64(metas[1] + META_TXN_AT) > page_u64(metas[0] + META_TXN_AT);
}

bool free_pages_hold(int fd, size_t page_size, uint64_t first, uint64_t end) {
    struct walk w = {fd, page_size, first, end, 0};
    unsigned char metas[2][META_SIZE];
    int newer = read_metas(&w, metas);
    if (newer < 0)
        return false;
    uint64_t root = page_u64(metas[newer] + META_FREE_AT + TREE_ROOT_AT);
    return root != UINT64_MAX && walk_page(&w, root, 0) && w.listed == end - first;
}
