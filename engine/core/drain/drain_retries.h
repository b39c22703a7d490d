/* The drain's entries that wait for another try: a binary heap, the earliest first and of equals
 * the lowest position, so that order holds among them. */
#ifndef CORE_DRAIN_DRAIN_RETRIES_H
#define CORE_DRAIN_DRAIN_RETRIES_H

#include "core/drain/drain.h"

/* A request for a fresh token, like a precheck, is a read to every budget that counts reads. */
extern const struct budget_load drain_read_load;
struct budget_load drain_precheck_load(const struct drain *d, uint32_t entries);

void retries_push(struct drain *d, const struct drain_entry *entry);
/* Remove the first. */
void retries_pop(struct drain *d);
/* Copy, without removing, the entries that popping would give: those due at `now_ms`, at most
 * `most`, no more together than the first of them may be, and none about which a question is to be
 * asked. */
uint32_t retries_due(struct drain *d, int64_t now_ms, uint32_t most, struct drain_entry *entries);
/* When the first is due; INT64_MAX when there is none. */
int64_t retries_next_ms(const struct drain *d);

#endif
