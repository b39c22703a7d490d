/* Ids gathered in memory while a roster is loaded in bulk, inside the store only. Random inserts
 * into a B-tree cost three times what sorted appends cost; so new ids are kept here, found here,
 * and written once, sorted, before the commit. */
#ifndef STORE_TABLES_ID_INDEX_H
#define STORE_TABLES_ID_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct id_entry {
    uint64_t order;  /* the id's first bytes, big-endian: settles most comparisons */
    uint32_t number; /* of the followee; ID_REMOVED */
    uint32_t at;     /* in `bytes` */
    uint32_t size;
};

#define ID_REMOVED UINT32_MAX

struct id_index {
    struct id_entry
        *entries; /* in the order they came; at most as many as there can be followees */
    uint32_t count, room;
    /* Open addressing over entries: hash in the high half, 1-based place in the low one, so that a
     * probe need not touch the entry; a power of two, at most half full. */
    uint64_t *slots;
    uint32_t slot_count;
    char *bytes; /* the ids, one after the other; at most 4 GiB */
    size_t size, bytes_room;
};

void id_index_free(struct id_index *x);
/* That id will be asked for soon: have its place fetched from memory meanwhile. In an index of
 * millions each look costs a cache miss, which is most of an import's time; told some ids ahead,
 * the misses overlap. Without it an import of 702,586 rows takes 9 % more CPU. */
void id_index_expect(const struct id_index *x, const char *id, size_t size);
/* The entry of that id, or NULL. Valid until the next add. */
struct id_entry *id_index_find(const struct id_index *x, const char *id, size_t size);
/* An id that is not there yet. false: out of memory or over the caps. */
bool id_index_add(struct id_index *x, const char *id, size_t size, uint32_t number);
/* Put the entries in the order of their bytes; no find or add afterwards. false: out of memory. */
bool id_index_sort(struct id_index *x);

#endif
