/* Ids in memory: see id_index.h. Happy path: find, add, sort, walk, free. Fails by memory only. */
#include "store/tables/id_index.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <xxhash.h>

#include "core/base/radix.h"

/* Looked into at random places, millions of small pages cost a second miss each, in the tables that
 * find them. A hint: where it is not taken, all is as before. */
#define LARGE_PAGE ((uintptr_t)2 * 1024 * 1024)

static void prefer_large_pages(void *memory, size_t size) {
    uintptr_t from = ((uintptr_t)memory + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE;
    uintptr_t to = ((uintptr_t)memory + size) / LARGE_PAGE * LARGE_PAGE;
    if (to > from)
        (void)madvise((void *)from, to - from, MADV_HUGEPAGE);
}

void id_index_free(struct id_index *x) {
    free(x->entries);
    free(x->slots);
    free(x->bytes);
    *x = (struct id_index){0};
}

static uint32_t hash_of(const char *id, size_t size) {
    return (uint32_t)XXH3_64bits(id, size);
}

/* The slot that holds the id, or the free one where it would go. */
static uint64_t *slot_of(const struct id_index *x, const char *id, size_t size, uint32_t hash) {
    uint32_t mask = x->slot_count - 1;
    for (uint32_t i = hash & mask;; i = (i + 1) & mask) {
        uint64_t *slot = &x->slots[i];
        if (*slot == 0)
            return slot;
        if (*slot >> 32 != hash)
            continue;
        const struct id_entry *e = &x->entries[(uint32_t)*slot - 1];
        if (e->size == size && memcmp(x->bytes + e->at, id, size) == 0)
            return slot;
    }
}

struct id_entry *id_index_find(const struct id_index *x, const char *id, size_t size) {
    if (x->slot_count == 0)
        return NULL;
    uint32_t place = (uint32_t)*slot_of(x, id, size, hash_of(id, size));
    return place == 0 ? NULL : &x->entries[place - 1];
}

void id_index_expect(const struct id_index *x, const char *id, size_t size) {
    if (x->slot_count != 0)
        __builtin_prefetch(&x->slots[hash_of(id, size) & (x->slot_count - 1)], 1);
}

static bool grow_slots(struct id_index *x) {
    if (x->slot_count / 2 > x->count)
        return true;
    uint32_t slot_count = x->slot_count == 0 ? 1024 : x->slot_count * 2;
    uint64_t *slots = calloc(slot_count, sizeof *slots);
    if (slots == NULL)
        return false;
    prefer_large_pages(slots, slot_count * sizeof *slots);
    for (uint32_t i = 0; i < x->slot_count; i++) {
        if (x->slots[i] == 0)
            continue;
        uint32_t at = (uint32_t)(x->slots[i] >> 32) & (slot_count - 1);
        while (slots[at] != 0)
            at = (at + 1) & (slot_count - 1);
        slots[at] = x->slots[i];
    }
    free(x->slots);
    x->slots = slots;
    x->slot_count = slot_count;
    return true;
}

static bool grow(struct id_index *x, size_t size) {
    if (x->count == x->room) {
        uint32_t room = x->room == 0 ? 512 : x->room * 2;
        struct id_entry *entries = realloc(x->entries, room * sizeof *entries);
        if (entries == NULL)
            return false;
        prefer_large_pages(entries, room * sizeof *entries);
        x->entries = entries;
        x->room = room;
    }
    if (x->size + size > x->bytes_room) {
        size_t room = x->bytes_room == 0 ? 16384 : x->bytes_room * 2;
        char *bytes = room > UINT32_MAX ? NULL : realloc(x->bytes, room);
        if (bytes == NULL)
            return false;
        prefer_large_pages(bytes, room);
        x->bytes = bytes;
        x->bytes_room = room;
    }
    return grow_slots(x);
}

static uint64_t order_of(const char *id, size_t size) {
    uint64_t order = 0;
    for (size_t i = 0; i < 8; i++)
        order = order << 8 | (i < size ? (unsigned char)id[i] : 0);
    return order;
}

bool id_index_add(struct id_index *x, const char *id, size_t size, uint32_t number) {
    if (!grow(x, size))
        return false;
    uint32_t hash = hash_of(id, size);
    *slot_of(x, id, size, hash) = (uint64_t)hash << 32 | (x->count + 1);
    x->entries[x->count++] =
        (struct id_entry){order_of(id, size), number, (uint32_t)x->size, (uint32_t)size};
    memcpy(x->bytes + x->size, id, size);
    x->size += size;
    return true;
}

/* ---- the order: by the first eight bytes, then the runs that share them, by all bytes ---- */

static uint64_t order_key(const void *entry) {
    return ((const struct id_entry *)entry)->order;
}

static int compare(const void *left, const void *right, void *bytes) {
    const struct id_entry *a = left;
    const struct id_entry *b = right;
    uint32_t least = a->size < b->size ? a->size : b->size;
    int by_bytes = memcmp((const char *)bytes + a->at, (const char *)bytes + b->at, least);
    return by_bytes != 0 ? by_bytes : a->size < b->size ? -1 : a->size > b->size;
}

static void sort_ties(struct id_index *x) {
    for (uint32_t i = 0, end; i < x->count; i = end) {
        for (end = i + 1; end < x->count && x->entries[i].order == x->entries[end].order; end++)
            ;
        if (end - i > 1)
            qsort_r(x->entries + i, end - i, sizeof *x->entries, compare, x->bytes);
    }
}

bool id_index_sort(struct id_index *x) {
    if (x->count == 0)
        return true;
    struct id_entry *scratch = calloc(x->count, sizeof *scratch);
    if (scratch == NULL)
        return false;
    prefer_large_pages(scratch, x->count * sizeof *scratch);
    if (radix_sort(x->entries, scratch, x->count, sizeof *scratch, order_key) == scratch) {
        struct id_entry *sorted = scratch;
        scratch = x->entries;
        x->entries = sorted;
        x->room = x->count;
    }
    free(scratch);
    sort_ties(x);
    return true;
}
