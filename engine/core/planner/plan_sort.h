/* The order of a schedule: 64-bit keys, and a sort of many of them. Pure. */
#ifndef CORE_PLANNER_PLAN_SORT_H
#define CORE_PLANNER_PLAN_SORT_H

#include "core/planner/plan_followee.h"

#include <stdint.h>

/* One followee to sort: its key in two halves and its number. Three 32-bit words, so that the two
 * arrays a sort needs stay at 24 bytes a followee. */
struct plan_item {
    uint32_t high, low; /* the key */
    uint32_t number;
};

/* The key by which followees go, least first: `rank` (at most 256, less goes earlier), then
 * `score` (finite, more goes earlier), then the upper bits of `hash`. */
uint64_t plan_key(uint32_t rank, float score, uint64_t hash);

/* Sort `count` items by key; equal keys by the whole hash of followees[number], then by number.
 * `scratch` has room for as many. The result stands in `items`. */
void plan_sort(struct plan_item *items, struct plan_item *scratch, uint32_t count,
               const struct plan_followee *followees);

#endif
