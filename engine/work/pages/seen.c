/* What has been seen: see seen.h. Open addressing, at most two thirds full; 0 is a free slot. Fails
 * when memory runs out. */
#include "work/pages/seen.h"

#include <stdlib.h>

static uint64_t fnv1a(uint64_t hash, const char *at, size_t size) {
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)at[i]) * UINT64_C(1099511628211);
    return hash;
}

uint64_t seen_mark(char kind, struct text first, struct text second) {
    uint64_t hash = fnv1a(UINT64_C(14695981039346656037), &kind, 1);
    hash = fnv1a(hash, first.at, first.size);
    hash = fnv1a(hash, "", 1); /* no text of the network's has a zero */
    hash = fnv1a(hash, second.at, second.size);
    return hash == 0 ? 1 : hash;
}

static size_t place_of(const struct seen *s, uint64_t mark) {
    size_t at = (size_t)(mark ^ mark >> 32) & (s->room - 1);
    while (s->slots[at] != 0 && s->slots[at] != mark)
        at = (at + 1) & (s->room - 1);
    return at;
}

bool seen_has(const struct seen *s, uint64_t mark) {
    return s->room > 0 && s->slots[place_of(s, mark)] == mark;
}

static int grow(struct seen *s, struct winnow_error *err) {
    struct seen larger = {.room = s->room == 0 ? 1024 : 2 * s->room};
    larger.slots = calloc(larger.room, sizeof *larger.slots);
    if (larger.slots == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
    for (size_t i = 0; i < s->room; i++)
        if (s->slots[i] != 0)
            larger.slots[place_of(&larger, s->slots[i])] = s->slots[i];
    larger.count = s->count;
    free(s->slots);
    *s = larger;
    return 0;
}

int seen_add(struct seen *s, uint64_t mark, bool *is_new, struct winnow_error *err) {
    *is_new = !seen_has(s, mark);
    if (!*is_new || s->count >= SEEN_MAX)
        return 0;
    if (3 * (s->count + 1) > 2 * s->room && grow(s, err) != 0)
        return -1;
    s->slots[place_of(s, mark)] = mark;
    s->count++;
    return 0;
}

void seen_free(struct seen *s) {
    free(s->slots);
    *s = (struct seen){0};
}
