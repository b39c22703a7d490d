/* The list of free pages in LMDB's file: see free_pages.h. Happy path: the newer of the two meta
 * pages names the list's tree, its leaves name the pages. Whatever does not fit the format, or lies
 * at or past `first`, makes the answer no.
 *
 * The format is that of LMDB 0.9 (data version 1), in the machine's own byte order: lmdb.h promises
 * it for all of 0.9, and mdb_env_open has checked magic and version before we come here. */
#include "store/free_pages.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAGE_HEAD   16
#define PAGE_BRANCH 0x01
#define PAGE_LEAF   0x02
#define NODE_HEAD   8
#define NODE_BIG    0x01 /* the data lies on overflow pages */
#define DEPTH_MAX   32

/* In a meta page, behind the page's head. */
#define META_SIZE      136
#define META_FREE_ROOT 64 /* root of the first of two trees */
#define META_TXN       128

struct walk {
    int fd;
    size_t page_size;
    uint64_t first, end;
    uint64_t listed; /* pages from first to end - 1 that were on the list */
};

static uint16_t u16(const unsigned char *at) {
    uint16_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static uint64_t u64(const unsigned char *at) {
    uint64_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

/* `size` bytes that lie in front of `first`. */
static bool read_at(const struct walk *w, uint64_t page, size_t offset, void *to, size_t size) {
    uint64_t at = page * w->page_size + offset;
    if (page >= w->first || at + size > w->first * w->page_size)
        return false;
    return pread(w->fd, to, size, (off_t)at) == (ssize_t)size;
}

/* A list: its length, then as many page numbers. */
static bool count_list(struct walk *w, const unsigned char *at, size_t size) {
    if (size < 8 || u64(at) != size / 8 - 1)
        return false;
    for (size_t i = 8; i + 8 <= size; i += 8)
        w->listed += u64(at + i) >= w->first && u64(at + i) < w->end;
    return true;
}

static bool count_overflow(struct walk *w, uint64_t page, size_t size) {
    unsigned char *list = size > w->first * w->page_size ? NULL : malloc(size + 1);
    bool ok = list != NULL && read_at(w, page, PAGE_HEAD, list, size) && count_list(w, list, size);
    free(list);
    return ok;
}

static bool count_leaf_node(struct walk *w, const unsigned char *node, size_t room) {
    size_t size = u16(node) | (size_t)u16(node + 2) << 16;
    size_t at = NODE_HEAD + (size_t)u16(node + 6);
    if (u16(node + 4) & NODE_BIG)
        return at + 8 <= room && count_overflow(w, u64(node + at), size);
    return at + size <= room && count_list(w, node + at, size);
}

static bool walk_page(struct walk *w, uint64_t page, int depth);

static bool walk_node(struct walk *w, const unsigned char *node, size_t room, unsigned kind,
                      int depth) {
    if (room < NODE_HEAD)
        return false;
    if (kind == PAGE_LEAF)
        return count_leaf_node(w, node, room);
    uint64_t child = u16(node) | (uint64_t)u16(node + 2) << 16 | (uint64_t)u16(node + 4) << 32;
    return walk_page(w, child, depth + 1);
}

static bool walk_page(struct walk *w, uint64_t page, int depth) {
    unsigned char *bytes = malloc(w->page_size);
    bool ok = bytes != NULL && depth < DEPTH_MAX && read_at(w, page, 0, bytes, w->page_size) &&
              u64(bytes) == page;
    unsigned kind = ok ? u16(bytes + 10) & (PAGE_BRANCH | PAGE_LEAF) : 0;
    size_t lower = ok ? u16(bytes + 12) : 0;
    ok = ok && (kind == PAGE_BRANCH || kind == PAGE_LEAF) && lower >= PAGE_HEAD &&
         lower <= w->page_size;
    for (size_t i = PAGE_HEAD; ok && i + 2 <= lower; i += 2) {
        size_t at = u16(bytes + i);
        ok = at < w->page_size && walk_node(w, bytes + at, w->page_size - at, kind, depth);
    }
    free(bytes);
    return ok;
}

bool free_pages_hold(int fd, size_t page_size, uint64_t first, uint64_t end) {
    struct walk w = {fd, page_size, first, end, 0};
    unsigned char metas[2][META_SIZE];
    for (uint64_t i = 0; i < 2; i++)
        if (!read_at(&w, i, PAGE_HEAD, metas[i], META_SIZE))
            return false;
    const unsigned char *meta = metas[u64(metas[1] + META_TXN) > u64(metas[0] + META_TXN)];
    uint64_t root = u64(meta + META_FREE_ROOT);
    return root != UINT64_MAX && walk_page(&w, root, 0) && w.listed == end - first;
}
