/* See json_memory.h. Happy path: pieces are cut from the block one after the other, none is given
 * back before all are. yajl holds two buffers for a token in pieces and for one with escapes; each
 * doubles until a line fits, so all their sizes together stay under four lines. The rest of what it
 * holds is small. */
#include "formats/base/json_memory.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "formats/base/roster_sink.h"

#define SMALL ((size_t)128 * 1024)
#define BLOCK ((size_t)8 * ((size_t)ROSTER_LINE_MAX + 1) + SMALL)
#define HEAD  16 /* before a piece: its size */

static void *cut(void *context, size_t size) {
    struct json_memory *m = context;
    size_t room = (size + HEAD - 1) / HEAD * HEAD;
    assert(m->used + HEAD + room <= BLOCK);
    unsigned char *at = m->block + m->used + HEAD;
    memcpy(at - HEAD, &size, sizeof size);
    m->used += HEAD + room;
    return at;
}

static void *cut_again(void *context, void *piece, size_t size) {
    size_t before = 0;
    if (piece != NULL)
        memcpy(&before, (unsigned char *)piece - HEAD, sizeof before);
    void *at = cut(context, size);
    if (piece != NULL)
        memcpy(at, piece, before < size ? before : size);
    return at;
}

static void keep(void *context, void *piece) {
    (void)context;
    (void)piece;
}

int json_memory_take(struct json_memory *m) {
    m->calls = (yajl_alloc_funcs){cut, cut_again, keep, m};
    m->used = 0;
    if (m->block == NULL)
        m->block = malloc(BLOCK);
    return m->block != NULL ? 0 : -1;
}

void json_memory_free(struct json_memory *m) {
    free(m->block);
    m->block = NULL;
}
