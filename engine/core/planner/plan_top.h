/* keep_top: the best n of each group, found in one pass in whatever order followees come.
 *
 * Each group holds a heap of at most n followees with the worst on top, so that memory follows n
 * and the number of groups, not the roster. Better is: the greater value, then who would go later,
 * then the hash; so the order of offers never shows. */
#ifndef CORE_PLANNER_PLAN_TOP_H
#define CORE_PLANNER_PLAN_TOP_H

#include "core/policy/policy.h"

#include <stdint.h>
#include <winnow/error.h>

/* One followee as keep_top sees it. */
struct top_entry {
    double value;     /* what ranks it */
    uint64_t order;   /* plan_key: the greater, the later it goes */
    uint64_t hash;    /* of its id */
    uint32_t number;  /* the followee's */
    fact_set missing; /* the facts that left it undecided, 0 if it is not */
    uint16_t rule;    /* the rule that left it so, as in struct plan_reason */
};

struct top_group {
    char *name; /* owned, not ended by a zero; NULL for the followees whose group is unknown */
    uint32_t name_size;
    uint32_t count, capacity;
    uint64_t name_hash;
    struct top_entry *heap; /* owned */
};

/* One keep_top. groups[0] is for those whose group is unknown. */
struct plan_top {
    uint32_t n;
    uint32_t last; /* the group of the last offer: rosters come in runs */
    uint32_t group_count, group_capacity;
    struct top_group *groups; /* owned */
    uint32_t *slots;          /* owned: open addressing by name hash; 0 is free, else a group */
    uint32_t slot_count;      /* a power of two, twice group_capacity at least */
};

/* Starts empty; nothing to free unless it returned 0. */
int plan_top_init(struct plan_top *t, uint32_t n, struct winnow_error *err);
void plan_top_free(struct plan_top *t);

/* Let a followee, whose value is known, contend in its group. Errors: WINNOW_BAD_INPUT above
 * PLANNER_GROUPS_MAX groups, WINNOW_NO_MEMORY. */
int plan_top_offer(struct plan_top *t, const struct top_reading *reading,
                   const struct top_entry *entry, struct winnow_error *err);

#endif
