/* What has been seen: a set of marks of 64 bits, in memory. One mark stands for another once in 37
 * million sets of a million, and then something counts as seen that was not: to the side of a list
 * that is not whole, and of an interaction too few. */
#ifndef WORK_PAGES_SEEN_H
#define WORK_PAGES_SEEN_H

#include "core/facts/facts.h"

#include <winnow/error.h>

#define SEEN_MAX                                                                                   \
    16777216u /* marks; behind it everything is new, and nothing more is remembered                \
               */

/* Starts zeroed. */
struct seen {
    uint64_t *slots;
    size_t room, count;
};

/* The mark of a pair; the second may be empty. `kind` parts what may have the same text. */
uint64_t seen_mark(char kind, struct text first, struct text second);
bool seen_has(const struct seen *s, uint64_t mark);
/* `*is_new`: it was not in it. WINNOW_NO_MEMORY. */
int seen_add(struct seen *s, uint64_t mark, bool *is_new, struct winnow_error *err);
/* Empty again, and without memory. */
void seen_free(struct seen *s);

#endif
