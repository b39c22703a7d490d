/* Inside the store only: LMDB 0.9's file (data version 1), as far as we read it ourselves, in the
 * machine's own byte order. lmdb.h promises the format for all of 0.9, and mdb_env_open has checked
 * magic and version before we look. */
#ifndef STORE_LMDB_PAGE_FORMAT_H
#define STORE_LMDB_PAGE_FORMAT_H

#include <stdint.h>
#include <string.h>

/* A page: its number u64, 2 unused, flags u16, lower u16, upper u16; then, up to `lower`, where its
 * nodes begin, a u16 each; the nodes lie from `upper` to its end. */
#define PAGE_HEAD     16
#define PAGE_FLAGS_AT 10
#define PAGE_LOWER_AT 12
#define PAGE_UPPER_AT 14
#define PAGE_COUNT_AT 12 /* of an overflow page: how many follow one another, u32 */
#define PAGE_BRANCH   0x01
#define PAGE_LEAF     0x02
#define PAGE_OVERFLOW 0x04

/* A node: size of its data u32, flags u16, size of its key u16, key, data. In a branch the first
 * six bytes are the child's number. */
#define NODE_HEAD     8
#define NODE_FLAGS_AT 4
#define NODE_KEY_AT   6
#define NODE_BIG      0x01 /* the data lies on overflow pages, whose number stands here */
#define NODE_TREE     0x02 /* the data is a tree's record */

/* A tree's record: its number of entries and its root's page; UINT64_MAX: it is empty. */
#define TREE_SIZE       48
#define TREE_ENTRIES_AT 32
#define TREE_ROOT_AT    40

/* In a meta page, behind the page's head. */
#define META_SIZE    136
#define META_FREE_AT 24 /* the tree of free pages */
#define META_MAIN_AT 72 /* the tree of tables */
#define META_LAST_AT 120
#define META_TXN_AT  128

#define TREE_DEPTH_MAX 32

static inline uint16_t page_u16(const unsigned char *at) {
    uint16_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static inline uint32_t page_u32(const unsigned char *at) {
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static inline uint64_t page_u64(const unsigned char *at) {
    uint64_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

#endif
