/* Facts of one followee: see facts.h. Pure: views and bits, no allocation, cannot fail. */
#include "core/facts.h"

#include <string.h>

const char *const fact_names[FACT_COUNT] = {
#define X(id, name, type) name,
    FACTS(X)
#undef X
};

const enum fact_type fact_types[FACT_COUNT] = {
#define X(id, name, type) type,
    FACTS(X)
#undef X
};

_Static_assert(FACT_COUNT <= 32, "a fact is a bit of a uint32_t");

int fact_find(const char *name, size_t size) {
    for (int id = 0; id < FACT_COUNT; id++)
        if (strlen(fact_names[id]) == size && memcmp(fact_names[id], name, size) == 0)
            return id;
    return -1;
}

void facts_clear(struct facts *f) {
    f->known = 0;
    f->flags = 0;
    f->follow_keys = (struct text){"", 0};
    facts_came_from(f, 0);
}

void facts_set_flag(struct facts *f, enum fact_id id, bool yes) {
    f->known |= 1u << id;
    f->flags = (f->flags & ~(1u << id)) | ((uint32_t)yes << id);
}

void facts_set_value(struct facts *f, enum fact_id id, int64_t value) {
    f->known |= 1u << id;
    f->value[id] = value;
}

void facts_set_text(struct facts *f, enum fact_id id, const char *at, size_t size) {
    f->known |= 1u << id;
    f->text[id] = (struct text){at, (uint32_t)size};
}

static bool same_text(struct text a, struct text b) {
    return a.size == b.size && memcmp(a.at, b.at, a.size) == 0;
}

static bool same_value(const struct facts *a, const struct facts *b, int id) {
    switch (fact_types[id]) {
    case FACT_TEXT:
        return same_text(a->text[id], b->text[id]);
    case FACT_FLAG:
        return ((a->flags ^ b->flags) >> id & 1u) == 0;
    case FACT_NUMBER:
    case FACT_TIME:
        break;
    }
    return a->value[id] == b->value[id];
}

static void copy_value(struct facts *to, const struct facts *from, int id) {
    switch (fact_types[id]) {
    case FACT_TEXT:
        to->text[id] = from->text[id];
        break;
    case FACT_FLAG:
        to->flags = (to->flags & ~(1u << id)) | (from->flags & 1u << id);
        break;
    case FACT_NUMBER:
    case FACT_TIME:
        to->value[id] = from->value[id];
        break;
    }
}

void facts_came_from(struct facts *f, uint16_t batch) {
    f->source = batch;
    for (int id = 0; id < FACT_COUNT; id++)
        f->sources[id] = batch;
}

static int64_t age(const struct facts_ages *ages, uint16_t batch) {
    if (batch == 0)
        return INT64_MIN;
    if (ages == NULL)
        return batch;
    return batch < ages->count ? ages->as_of_ms[batch] : INT64_MAX;
}

static bool is_later(const struct facts *a, const struct facts *b, int id,
                     const struct facts_ages *ages) {
    return age(ages, a->sources[id]) > age(ages, b->sources[id]);
}

/* The fact that is there is of a later time than the one that comes. */
static bool stays(const struct facts *older, const struct facts *newer, int id,
                  const struct facts_ages *ages) {
    return ages != NULL && facts_known(older, (enum fact_id)id) && is_later(older, newer, id, ages);
}

uint32_t facts_merge(struct facts *older, const struct facts *newer,
                     const struct facts_ages *ages) {
    uint32_t changed = 0;
    for (int id = 0; id < FACT_COUNT; id++) {
        if (!facts_known(newer, (enum fact_id)id) || stays(older, newer, id, ages))
            continue;
        if (!facts_known(older, (enum fact_id)id) || !same_value(older, newer, id))
            changed |= 1u << id;
        copy_value(older, newer, id);
        older->sources[id] = newer->sources[id];
    }
    older->known |= newer->known;
    older->source = newer->source;
    if (newer->follow_keys.size != 0)
        older->follow_keys = newer->follow_keys;
    return changed;
}

void facts_join(struct facts *f, const struct facts *other, const struct facts_ages *ages) {
    for (int id = 0; id < FACT_COUNT; id++) {
        if (!facts_known(other, (enum fact_id)id) ||
            (facts_known(f, (enum fact_id)id) && !is_later(other, f, id, ages)))
            continue;
        copy_value(f, other, id);
        f->sources[id] = other->sources[id];
    }
    f->known |= other->known;
    if (f->follow_keys.size == 0)
        f->follow_keys = other->follow_keys;
}

struct text facts_follow_key(const struct facts *f, uint8_t index) {
    const char *at = f->follow_keys.at;
    const char *end = at + f->follow_keys.size;
    for (;;) {
        const char *stop = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
        if (stop == NULL || index-- == 0)
            return (struct text){at, (uint32_t)((stop != NULL ? stop : end) - at)};
        at = stop + 1;
    }
}
