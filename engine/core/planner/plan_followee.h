/* What a plan holds of each followee, in an array by number. planner.c fills it; plan_result.c
 * orders it and keeps it. One struct and no columns: the schedule is read in an order that is
 * random here, and so costs one cache line an entry. */
#ifndef CORE_PLANNER_PLAN_FOLLOWEE_H
#define CORE_PLANNER_PLAN_FOLLOWEE_H

#include <stdint.h>

struct plan_followee {
    uint32_t hash_high, hash_low; /* of the id, with the plan's seed; halves save the padding */
    float score;                  /* rounded from the policy's double: the order goes by this */
    uint32_t volume;              /* value_volume */
    uint16_t rule;                /* as in struct plan_reason */
    uint8_t verdict;              /* enum plan_verdict */
};

_Static_assert(sizeof(struct plan_followee) == 20, "planner.h promises memory a followee");

static inline uint64_t plan_followee_hash(const struct plan_followee *f) {
    return (uint64_t)f->hash_high << 32 | f->hash_low;
}

#endif
