/* What a plan holds of each followee, by number, in columns: 19 bytes each. planner.c fills them;
 * plan_result.c orders them and keeps all but the hashes. */
#ifndef CORE_PLAN_COLUMNS_H
#define CORE_PLAN_COLUMNS_H

#include <stdint.h>

struct plan_columns {
    uint64_t *hash;   /* of the id, with the plan's seed */
    float *score;     /* rounded from the policy's double: the order goes by this */
    uint32_t *volume; /* value_volume */
    uint16_t *rule;   /* as in struct plan_reason */
    uint8_t *verdict; /* enum plan_verdict */
};

void plan_columns_free(struct plan_columns *c);

/* The order key of a followee: who is put ahead by a `first` rule (or PLAN_BY_SCORE), then who
 * scores more; the less, the earlier. */
uint64_t plan_order_key(uint16_t first, float score, uint64_t hash);

#endif
