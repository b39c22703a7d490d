/* Texts, each once: see names.h. Happy path: open addressing over a dense array, whose texts lie
 * one behind the other. Fails by `full`, which stays: what was left out must not be taken for
 * nothing. */
#include "formats/base/names.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define FIRST_ROOM  256u
#define FIRST_BYTES 8192u

void names_init(struct names *n, uint32_t max) {
    *n = (struct names){.max = max == 0 || max > NAMES_MAX ? NAMES_MAX : max};
    n->seed = (uint64_t)(uintptr_t)n * UINT64_C(0x9E3779B97F4A7C15);
}

void names_free(struct names *n) {
    free(n->all);
    free(n->bytes);
    free(n->slots);
    *n = (struct names){0};
}

static bool is_text(const struct names *n, uint32_t index, struct text text) {
    const struct name *one = &n->all[index];
    return one->size == text.size &&
           (text.size == 0 || memcmp(n->bytes + one->at, text.at, text.size) == 0);
}

/* The slot that holds the text, or the free one where it belongs. */
static uint32_t slot_of(const struct names *n, struct text text) {
    uint32_t slot = (uint32_t)XXH3_64bits_withSeed(text.at, text.size, n->seed) & n->slot_mask;
    while (n->slots[slot] != 0 && !is_text(n, n->slots[slot] - 1, text))
        slot = (slot + 1) & n->slot_mask;
    return slot;
}

struct name *names_find(const struct names *n, struct text text) {
    if (n->all == NULL)
        return NULL;
    uint32_t index = n->slots[slot_of(n, text)];
    return index == 0 ? NULL : &n->all[index - 1];
}

static bool grow(struct names *n) {
    uint32_t known = n->all == NULL ? 0 : n->count;
    uint32_t room = n->all == NULL ? FIRST_ROOM : n->room * 2;
    if (n->count >= n->max)
        return false;
    uint32_t *slots = calloc((size_t)room * 2, sizeof *slots);
    struct name *all = slots == NULL ? NULL : realloc(n->all, room * sizeof *all);
    if (all == NULL) {
        free(slots);
        return false;
    }
    free(n->slots);
    n->all = all;
    n->slots = slots;
    n->slot_mask = room * 2 - 1;
    n->room = room;
    for (uint32_t i = 0; i < known; i++)
        n->slots[slot_of(n, names_text(n, &n->all[i]))] = i + 1;
    return true;
}

static bool make_room(struct names *n, uint32_t size) {
    uint64_t room = n->bytes_room == 0 ? FIRST_BYTES : n->bytes_room;
    if ((uint64_t)n->used + size > NAMES_BYTES_MAX)
        return false;
    while (room < (uint64_t)n->used + size)
        room *= 2;
    if (room == n->bytes_room)
        return true;
    char *bytes = realloc(n->bytes, room);
    if (bytes == NULL)
        return false;
    n->bytes = bytes;
    n->bytes_room = (uint32_t)room;
    return true;
}

struct name *names_add(struct names *n, struct text text) {
    struct name *known = names_find(n, text);
    if (known != NULL)
        return known;
    if (n->count >= n->max || (n->count == n->room && !grow(n)) || !make_room(n, text.size)) {
        n->full = true;
        return NULL;
    }
    n->slots[slot_of(n, text)] = n->count + 1;
    struct name *one = &n->all[n->count++];
    *one = (struct name){.at = n->used, .size = text.size};
    if (text.size > 0)
        memcpy(n->bytes + n->used, text.at, text.size);
    n->used += text.size;
    return one;
}
