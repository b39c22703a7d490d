/* Whom an archive speaks of: see x_people.h. Happy path: open addressing over a dense array. Fails
 * by `full`, which stays: what was left out must not be taken for nothing. */
#include "formats/x/x_people.h"

#include "core/base/utf8.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* gcc's analyzer loses the names when the array of whom they are of moves: x_people_free frees
 * them.
 */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
#endif

#define FIRST_ROOM 1024u

void x_people_init(struct x_people *p, uint32_t max) {
    *p = (struct x_people){.max = max == 0 || max > X_PEOPLE_MAX ? X_PEOPLE_MAX : max};
    p->seed = (uint64_t)(uintptr_t)p * UINT64_C(0x9E3779B97F4A7C15);
}

void x_people_free(struct x_people *p) {
    for (uint32_t i = 0; i < p->spoken_count; i++) {
        free(p->spoken[i].handle);
        free(p->spoken[i].name);
    }
    free(p->spoken);
    free(p->all);
    free(p->slots);
    *p = (struct x_people){0};
}

/* The finisher of splitmix64 (S. Vigna, public domain). */
static uint64_t mix(uint64_t z) {
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* The slot that holds the id, or the free one where it belongs. */
static uint32_t slot_of(const struct x_people *p, uint64_t id) {
    uint32_t slot = (uint32_t)mix(id ^ p->seed) & p->slot_mask;
    while (p->slots[slot] != 0 && p->all[p->slots[slot] - 1].id != id)
        slot = (slot + 1) & p->slot_mask;
    return slot;
}

struct x_person *x_people_find(const struct x_people *p, uint64_t id) {
    if (p->all == NULL)
        return NULL;
    uint32_t index = p->slots[slot_of(p, id)];
    return index == 0 ? NULL : &p->all[index - 1];
}

static bool grow(struct x_people *p) {
    uint32_t known = p->room == 0 ? 0 : p->count;
    uint32_t room = known == 0 ? FIRST_ROOM : p->room * 2;
    if (p->count >= p->max)
        return false;
    uint32_t *slots = calloc((size_t)room * 2, sizeof *slots);
    struct x_person *all = slots == NULL ? NULL : realloc(p->all, room * sizeof *all);
    if (all == NULL) {
        free(slots);
        return false;
    }
    memset(all + known, 0, (room - known) * sizeof *all);
    p->all = all;
    free(p->slots);
    p->slots = slots;
    p->slot_mask = room * 2 - 1;
    p->room = room;
    for (uint32_t i = 0; i < known; i++)
        p->slots[slot_of(p, p->all[i].id)] = i + 1;
    return true;
}

struct x_person *x_people_add(struct x_people *p, uint64_t id) {
    struct x_person *known = x_people_find(p, id);
    if (known != NULL)
        return known;
    if (p->count >= p->max || (p->count == p->room && !grow(p))) {
        p->full = true;
        return NULL;
    }
    assert(p->all != NULL);
    p->slots[slot_of(p, id)] = p->count + 1;
    p->all[p->count] = (struct x_person){.id = id};
    return &p->all[p->count++];
}

/* Where the exchanges with that account are counted. */
static struct x_spoken *spoken_with(struct x_people *p, uint64_t id) {
    struct x_person *one = x_people_add(p, id);
    if (one == NULL)
        return NULL;
    if (one->spoken != 0)
        return &p->spoken[one->spoken - 1];
    if (p->spoken_count == p->spoken_room) {
        uint32_t room = p->spoken_room == 0 ? FIRST_ROOM : p->spoken_room * 2;
        struct x_spoken *spoken = realloc(p->spoken, room * sizeof *spoken);
        if (spoken == NULL) {
            p->full = true;
            return NULL;
        }
        p->spoken = spoken;
        p->spoken_room = room;
    }
    struct x_spoken *added = &p->spoken[p->spoken_count++];
    *added =
        (struct x_spoken){.posts.dataset = DATASET_POSTS, .messages.dataset = DATASET_MESSAGES};
    one->spoken = p->spoken_count;
    return added;
}

struct x_spoken *x_people_exchange(struct x_people *p, uint64_t id, enum dataset set,
                                   const struct exchange *x) {
    struct x_spoken *s = spoken_with(p, id);
    if (s != NULL)
        tie_add(set == DATASET_MESSAGES ? &s->messages : &s->posts, x);
    return s;
}

/* Most posts call somebody as the one before did. */
static void set_name(char **to, struct text from, size_t max) {
    if (*to != NULL && strncmp(*to, from.at, from.size) == 0 && (*to)[from.size] == '\0')
        return;
    size_t size = utf8_cut(from.at, from.size, max);
    char *copy = size == 0 || utf8_has_control(from.at, size) ? NULL : strndup(from.at, size);
    if (copy == NULL)
        return;
    free(*to);
    *to = copy;
}

void x_spoken_name(struct x_spoken *s, struct text handle, struct text name, int64_t time_ms) {
    if (handle.size == 0 || (s->handle != NULL && time_ms < s->named_ms))
        return;
    set_name(&s->handle, handle, FACT_HANDLE_MAX);
    set_name(&s->name, name, FACT_NAME_MAX);
    s->named_ms = time_ms;
}

const struct x_spoken *x_people_spoken(const struct x_people *p, const struct x_person *one) {
    return one->spoken == 0 ? NULL : &p->spoken[one->spoken - 1];
}
