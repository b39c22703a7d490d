/* keep_top: see plan_top.h. Growth is by doubling, up to n entries a group and PLANNER_GROUPS_MAX
 * groups; it is the only thing here that can fail. */
#include "core/planner/plan_top.h"

#include "core/planner/planner.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

/* gcc's analyzer loses the heaps and names of groups when their array moves to a larger place:
 * plan_top_free frees them from there. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
#endif

#define FIRST_GROUPS 16
#define FIRST_HEAP   8

static int no_memory(struct winnow_error *err) {
    return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory for keep_top");
}

/* ---- groups by name ---- */

/* Room for `capacity` groups; the slots are laid out anew. */
static int set_capacity(struct plan_top *t, uint32_t capacity, struct winnow_error *err) {
    struct top_group *groups = realloc(t->groups, capacity * sizeof *groups);
    if (groups == NULL)
        return no_memory(err);
    t->groups = groups;
    uint32_t *slots = calloc((size_t)capacity * 2, sizeof *slots);
    if (slots == NULL)
        return no_memory(err);
    free(t->slots);
    t->slots = slots;
    t->slot_count = capacity * 2;
    t->group_capacity = capacity;
    for (uint32_t g = 1; g < t->group_count; g++) {
        uint64_t at = groups[g].name_hash & (t->slot_count - 1);
        while (slots[at] != 0)
            at = (at + 1) & (t->slot_count - 1);
        slots[at] = g;
    }
    return 0;
}

int plan_top_init(struct plan_top *t, uint32_t n, struct winnow_error *err) {
    *t = (struct plan_top){.n = n};
    if (set_capacity(t, FIRST_GROUPS, err) != 0) {
        plan_top_free(t);
        return -1;
    }
    t->groups[0] = (struct top_group){0};
    t->group_count = 1;
    return 0;
}

void plan_top_free(struct plan_top *t) {
    for (uint32_t g = 0; g < t->group_count; g++) {
        free(t->groups[g].name);
        free(t->groups[g].heap);
    }
    free(t->groups);
    free(t->slots);
    *t = (struct plan_top){0};
}

static bool is_named(const struct top_group *g, struct text name) {
    return g->name != NULL && g->name_size == name.size &&
           (name.size == 0 || memcmp(g->name, name.at, name.size) == 0);
}

/* Make the group that belongs into the free slot `at`. */
static int add_group(struct plan_top *t, struct text name, uint64_t hash, uint64_t at,
                     struct winnow_error *err) {
    if (t->group_count == PLANNER_GROUPS_MAX)
        return winnow_fail(err, WINNOW_BAD_INPUT,
                           "the followees fall into more than %d groups; group keep_top by another "
                           "fact",
                           PLANNER_GROUPS_MAX);
    char *copy = malloc(name.size + 1u);
    if (copy == NULL)
        return no_memory(err);
    if (name.size != 0)
        memcpy(copy, name.at, name.size);
    t->slots[at] = t->group_count;
    t->last = t->group_count;
    t->groups[t->group_count++] =
        (struct top_group){.name = copy, .name_size = name.size, .name_hash = hash};
    return t->group_count == t->group_capacity ? set_capacity(t, t->group_capacity * 2, err) : 0;
}

/* Set t->last to the group of that name, made if need be. */
static int find_group(struct plan_top *t, struct text name, struct winnow_error *err) {
    if (is_named(&t->groups[t->last], name))
        return 0;
    uint64_t hash = XXH3_64bits(name.at, name.size);
    uint64_t at = hash & (t->slot_count - 1);
    for (; t->slots[at] != 0; at = (at + 1) & (t->slot_count - 1)) {
        t->last = t->slots[at];
        if (is_named(&t->groups[t->last], name))
            return 0;
    }
    return add_group(t, name, hash, at, err);
}

/* ---- the heap of a group: every entry is worse than, or as good as, the two below it ---- */

static bool is_worse(const struct top_entry *a, const struct top_entry *b) {
    /* The analyzer does not see that a heap holds whole entries only. */
    if (a->value < b->value || a->value > b->value) /* NOLINT */
        return a->value < b->value;
    if (a->order != b->order)
        return a->order < b->order;
    return a->hash != b->hash ? a->hash < b->hash : a->number < b->number;
}

static void swap(struct top_entry *a, struct top_entry *b) {
    struct top_entry kept = *a;
    *a = *b;
    *b = kept;
}

static void sift_down(struct top_group *g) {
    for (uint32_t at = 0, child; (child = 2 * at + 1) < g->count; at = child) {
        if (child + 1 < g->count && is_worse(&g->heap[child + 1], &g->heap[child]))
            child++;
        if (!is_worse(&g->heap[child], &g->heap[at]))
            return;
        swap(&g->heap[child], &g->heap[at]);
    }
}

static void sift_up(struct top_group *g, uint32_t at) {
    for (; at > 0 && is_worse(&g->heap[at], &g->heap[(at - 1) / 2]); at = (at - 1) / 2)
        swap(&g->heap[at], &g->heap[(at - 1) / 2]);
}

static int push(struct top_group *g, uint32_t n, const struct top_entry *entry,
                struct winnow_error *err) {
    if (g->count == g->capacity) {
        uint32_t wanted = g->capacity == 0 ? FIRST_HEAP : g->capacity * 2;
        wanted = wanted < n ? wanted : n;
        struct top_entry *heap = realloc(g->heap, wanted * sizeof *heap);
        if (heap == NULL)
            return no_memory(err);
        g->heap = heap;
        g->capacity = wanted;
    }
    g->heap[g->count] = *entry;
    sift_up(g, g->count++);
    return 0;
}

int plan_top_offer(struct plan_top *t, const struct top_reading *reading,
                   const struct top_entry *entry, struct winnow_error *err) {
    struct top_group *g = &t->groups[0];
    if (reading->group_known) {
        if (find_group(t, reading->group, err) != 0)
            return -1;
        g = &t->groups[t->last];
    }
    if (g->count < t->n)
        return push(g, t->n, entry, err);
    if (is_worse(&g->heap[0], entry)) {
        g->heap[0] = *entry;
        sift_down(g);
    }
    return 0;
}
