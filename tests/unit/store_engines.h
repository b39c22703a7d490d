/* A place on which an engine can be opened again and again, for tests that ask the same of each. */
#ifndef STORE_ENGINES_H
#define STORE_ENGINES_H

#include "cmocka_all.h"
#include "temp_directory.h"

#include "store/lmdb/lmdb.h"
#include "store/memory/memory.h"
#include "store/tables/tables.h"

#include <stdlib.h>
#include <string.h>

struct place_of {
    bool in_memory;
    char directory[PATH_MAX];
    struct memory *memory;
    struct winnow_error err;
};

#define MEMORY_MOST (UINT64_C(1) << 30)

static inline void place_must(struct place_of *p, int result) {
    if (result != 0)
        fail_msg("%s: %s", winnow_code_name(p->err.code), p->err.text);
}

static inline int place_make_any(void **state, bool in_memory) {
    struct place_of *p = calloc(1, sizeof *p);
    if (p == NULL)
        return -1;
    p->in_memory = in_memory;
    if (in_memory)
        p->memory = memory_new(MEMORY_MOST);
    else
        temp_directory_make(p->directory);
    *state = p;
    return 0;
}

static inline int place_make_lmdb(void **state) {
    return place_make_any(state, false);
}

static inline int place_make_memory(void **state) {
    return place_make_any(state, true);
}

static inline int place_remove(void **state) {
    struct place_of *p = *state;
    memory_free(p->memory);
    if (!p->in_memory)
        temp_directory_remove(p->directory);
    free(p);
    return 0;
}

static inline int place_try(struct place_of *p, const char *const *names, unsigned count,
                            struct engine **out) {
    return p->in_memory ? memory_open(p->memory, count, out, &p->err)
                        : lmdb_open(p->directory, names, count, out, &p->err);
}

static inline struct engine *place_engine(struct place_of *p, const char *const *names,
                                          unsigned count) {
    struct engine *e = NULL;
    place_must(p, place_try(p, names, count, &e));
    return e;
}

static inline struct store *place_store(struct place_of *p) {
    struct store *s = NULL;
    struct engine *e = place_engine(p, store_table_names, TABLE_COUNT);
    place_must(p, store_open_on(e, &s, &p->err));
    return s;
}

/* The same test on each engine. */
#define ON_EACH(test)                                                                              \
    {#test " on lmdb", test, place_make_lmdb, place_remove, NULL}, {                               \
#test " in memory", test, place_make_memory, place_remove, NULL                            \
    }

#endif
