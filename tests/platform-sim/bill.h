/* What X charges, by its own rules (docs.x.com/x-api/getting-started/pricing, 2026-11): each
 * resource that an answer has, asked for or expanded, and each unfollow. A resource is charged once
 * a UTC day, as a "soft guarantee": so both sums are kept, with it and without. */
#ifndef PLATFORM_SIM_BILL_H
#define PLATFORM_SIM_BILL_H

#include "base.h"

struct bill {
    uint64_t users, posts, lists, deletes;
    struct bits seen; /* users that were charged today: a simulation is a day */
    uint64_t again;   /* users that were charged before */
};

#define BILL_OWN SIM_NONE /* the account itself */

void bill_user(struct bill *bill, uint32_t at);
void bill_free(struct bill *bill);
/* "bill":{"users":N,...,"micro":N,"micro_once_a_day":N} */
void bill_json(const struct bill *bill, struct buf *out);

#endif
