/* Texts, each once: a table from a text to a number of the caller's, in the order in which they
 * were first seen. Bounded by a number of texts and by their bytes. */
#ifndef FORMATS_BASE_NAMES_H
#define FORMATS_BASE_NAMES_H

#include "core/base/text.h"

#include <stdbool.h>

#define NAMES_MAX       16777216u              /* texts: the store has no room for more followees */
#define NAMES_BYTES_MAX (UINT32_C(1024) << 20) /* of all texts together */

struct name {
    uint32_t at, size; /* in the table's bytes */
    uint32_t value;    /* the caller's; 0 at first */
};

struct names {
    struct name *all; /* owned */
    char *bytes;      /* owned */
    uint32_t *slots;  /* owned; 0: free, else index + 1; a power of two, half full at most */
    uint32_t count, room, max;
    uint32_t used, bytes_room;
    uint32_t slot_mask;
    uint64_t seed; /* so that no file can be made to have all texts in one slot */
    bool full;     /* one was left out: `max`, the bytes, or no memory */
};

/* max 0: NAMES_MAX */
void names_init(struct names *n, uint32_t max);
void names_free(struct names *n);

/* NULL when the text is not there. */
struct name *names_find(const struct names *n, struct text text);
/* NULL when there is no room; n->full then. Moves the others, and all bytes. */
struct name *names_add(struct names *n, struct text text);

static inline struct text names_text(const struct names *n, const struct name *one) {
    return (struct text){n->bytes + one->at, one->size};
}
static inline uint32_t names_index(const struct names *n, const struct name *one) {
    return (uint32_t)(one - n->all);
}

#endif
