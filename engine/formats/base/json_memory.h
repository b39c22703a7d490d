/* The memory of yajl, which does not look whether it got what it asked for: one block, large enough
 * for all that a line of ROSTER_LINE_MAX can make it ask for, taken before it begins. */
#ifndef FORMATS_BASE_JSON_MEMORY_H
#define FORMATS_BASE_JSON_MEMORY_H

#include <stddef.h>
#include <yajl/yajl_common.h>

struct json_memory {
    unsigned char *block; /* owned */
    size_t used;
    yajl_alloc_funcs calls; /* for yajl_alloc */
};

/* All of it is free again: for a new parser, after yajl_free of the one before. The block of the
 * first time is kept. -1: out of memory. */
int json_memory_take(struct json_memory *m);
void json_memory_free(struct json_memory *m);

#endif
