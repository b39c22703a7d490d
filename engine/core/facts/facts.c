/* Facts of one followee: see facts.h. Pure: views and bits, no allocation, cannot fail. */
#include "core/facts/facts.h"

#include <assert.h>
#include <string.h>

#define NAME_OF(number, id, name, ...) name,
const char *const fact_names[FACT_COUNT] = {FACTS(NAME_OF)};

#define TYPE_TEXT                            FACT_TEXT
#define TYPE_LIST                            FACT_TEXT
#define TYPE_NUMBER                          FACT_NUMBER
#define TYPE_TIME                            FACT_TIME
#define TYPE_FLAG                            FACT_FLAG
#define TYPE_OF(number, id, name, kind, ...) TYPE_##kind,
const enum fact_type fact_types[FACT_COUNT] = {FACTS(TYPE_OF)};

#define MOST_OF(number, id, name, kind, most, ...) most,
const uint16_t fact_most[FACT_COUNT] = {FACTS(MOST_OF)};

/* No row was moved, none was left out, what is a text has a size, and `seen in part` is of counts and
 * last times alone. */
#define RIGHT(number, id, name, kind, most, ...)                                                   \
    _Static_assert(FACT_##id == (number), "rows stand by their numbers: " name);                   \
    _Static_assert((0 FACT_WHEN_##kind(+1)) == ((most) > 0), "texts alone have a most: " name);    \
    FACT_WHEN_##kind(_Static_assert(FACT_SLOT_##id < FACT_TEXT_COUNT, "a slot: " name);)
FACTS(RIGHT)
#define HAS_PART(number, id, name, kind, most, part, ...)                                          \
    _Static_assert((UINT64_C(0) FACT_PART_##part(id)) == 0 || TYPE_##kind == FACT_NUMBER ||        \
                       TYPE_##kind == FACT_TIME,                                                   \
                   "counts and times alone are seen in part: " name);
FACTS(HAS_PART)
_Static_assert(FACT_COUNT <= FACT_SET_MAX, "a fact is a bit of a fact_set");

int fact_find(const char *name, size_t size) {
    for (int id = 0; id < FACT_COUNT; id++)
        if (strlen(fact_names[id]) == size && memcmp(fact_names[id], name, size) == 0)
            return id;
    return -1;
}

void facts_clear(struct facts *f) {
    f->known = 0;
    f->flags = 0;
    f->at_least = 0;
    f->tie_count = 0;
    f->follow_keys = (struct text){"", 0};
    facts_came_from(f, 0);
}

void facts_set_flag(struct facts *f, enum fact_id id, bool yes) {
    f->known |= FACT_SET(id);
    f->flags = (f->flags & ~FACT_SET(id)) | ((fact_set)yes << id);
}

void facts_set_value(struct facts *f, enum fact_id id, int64_t value) {
    f->known |= FACT_SET(id);
    f->at_least &= ~FACT_SET(id);
    f->value[id] = value;
}

void facts_set_text(struct facts *f, enum fact_id id, const char *at, size_t size) {
    f->known |= FACT_SET(id);
    assert(fact_types[id] == FACT_TEXT);
    f->texts[fact_slots[id]] = (struct text){at, (uint32_t)size};
}

static bool same_text(struct text a, struct text b) {
    return a.size == b.size && memcmp(a.at, b.at, a.size) == 0;
}

static bool same_value(const struct facts *a, const struct facts *b, int id) {
    switch (fact_types[id]) {
    case FACT_TEXT:
        return same_text(facts_text(a, (enum fact_id)id), facts_text(b, (enum fact_id)id));
    case FACT_FLAG:
        return ((a->flags ^ b->flags) >> id & 1u) == 0;
    case FACT_NUMBER:
    case FACT_TIME:
        break;
    }
    return a->value[id] == b->value[id] && ((a->at_least ^ b->at_least) >> id & 1u) == 0;
}

static void copy_value(struct facts *to, const struct facts *from, int id) {
    to->at_least = (to->at_least & ~FACT_SET(id)) | (from->at_least & FACT_SET(id));
    switch (fact_types[id]) {
    case FACT_TEXT:
        to->texts[fact_slots[id]] = from->texts[fact_slots[id]];
        break;
    case FACT_FLAG:
        to->flags = (to->flags & ~FACT_SET(id)) | (from->flags & FACT_SET(id));
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

static bool same_tie(const struct tie *a, const struct tie *b) {
    return a->talked == b->talked && a->heard == b->heard && a->messages == b->messages &&
           a->last_talked_ms == b->last_talked_ms && a->last_heard_ms == b->last_heard_ms;
}

/* Did that tell more? */
static bool merge_ties(struct facts *older, const struct facts *newer) {
    bool more = false;
    for (uint8_t i = 0; i < newer->tie_count; i++) {
        struct tie *tie = facts_tie(older, (enum dataset)newer->ties[i].dataset);
        if (tie == NULL) /* of a dataset that has none: nobody makes such a one */
            continue;
        struct tie before = *tie;
        tie_merge(tie, &newer->ties[i]);
        more = more || !same_tie(&before, tie);
    }
    return more;
}

fact_set facts_merge(struct facts *older, const struct facts *newer,
                     const struct facts_ages *ages) {
    fact_set changed = 0;
    for (int id = 0; id < FACT_COUNT; id++) {
        if (!facts_known(newer, (enum fact_id)id) || stays(older, newer, id, ages))
            continue;
        if (!facts_known(older, (enum fact_id)id) || !same_value(older, newer, id))
            changed |= FACT_SET(id);
        copy_value(older, newer, id);
        older->sources[id] = newer->sources[id];
    }
    if (merge_ties(older, newer))
        changed |= FACT_BIT(INTERACTIONS);
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
    (void)merge_ties(f, other);
    f->known |= other->known;
    if (f->follow_keys.size == 0)
        f->follow_keys = other->follow_keys;
}

/* ---- ties ---- */

struct tie *facts_tie(struct facts *f, enum dataset set) {
    if (!dataset_has_ties(set))
        return NULL;
    for (uint8_t i = 0; i < f->tie_count; i++)
        if (f->ties[i].dataset == set)
            return &f->ties[i];
    assert(f->tie_count < TIES_MAX);
    f->ties[f->tie_count] = (struct tie){.dataset = (uint8_t)set};
    return &f->ties[f->tie_count++];
}

/* All that the ties tell of one direction, or of what was in private. */
struct tally {
    int64_t count, last_ms;
    bool told, whole;
};

/* The same message can stand in two datasets, so that their counts of messages do not add up. */
static void add_up(const struct facts *f, struct tally *talked, struct tally *heard,
                   struct tally *messages) {
    for (uint8_t i = 0; i < f->tie_count; i++) {
        const struct tie *t = &f->ties[i];
        talked->count += t->talked;
        heard->count += t->heard;
        messages->count = t->messages > messages->count ? t->messages : messages->count;
        talked->last_ms = t->last_talked_ms > talked->last_ms ? t->last_talked_ms : talked->last_ms;
        heard->last_ms = t->last_heard_ms > heard->last_ms ? t->last_heard_ms : heard->last_ms;
    }
    talked->told = talked->told || talked->count > 0;
    heard->told = heard->told || heard->count > 0;
    messages->told = messages->told || messages->count > 0;
}

static void set_seen(struct facts *f, enum fact_id id, int64_t value, bool whole) {
    facts_set_value(f, id, value);
    f->at_least |= whole ? 0 : FACT_SET(id);
}

/* What was stated stays where the ties have not seen more. */
static void set_count(struct facts *f, enum fact_id id, const struct tally *t) {
    bool stated = facts_known(f, id) && f->value[id] >= t->count;
    if (t->told && !stated)
        set_seen(f, id, t->count, t->whole);
}

static void set_last(struct facts *f, enum fact_id id, const struct tally *t) {
    if (t->last_ms > 0 && (!facts_known(f, id) || f->value[id] < t->last_ms))
        set_seen(f, id, t->last_ms, t->whole);
}

static struct tally stated(const struct facts *f, enum fact_id count, enum fact_id last) {
    return (struct tally){.count = facts_known(f, count) ? f->value[count] : 0,
                          .last_ms = facts_known(f, last) ? f->value[last] : 0,
                          .told = facts_known(f, count),
                          .whole = facts_exact(f, count)};
}

/* Both directions together, as far as they are known, be it from ties or from a file. */
static void count_both(struct facts *f) {
    struct tally talked = stated(f, FACT_TALKED_TO, FACT_LAST_TALKED_AT);
    struct tally heard = stated(f, FACT_HEARD_FROM, FACT_LAST_HEARD_AT);
    struct tally both = {.count = talked.count + heard.count,
                         .last_ms = talked.last_ms > heard.last_ms ? talked.last_ms : heard.last_ms,
                         .told = talked.told || heard.told,
                         .whole = talked.whole && heard.whole};
    set_count(f, FACT_INTERACTIONS, &both);
    set_last(f, FACT_LAST_INTERACTION_AT, &both);
}

void facts_count_ties(struct facts *f, const struct coverage *c) {
    bool none =
        f->tie_count == 0 && facts_exact(f, FACT_INTERACTIONS) && f->value[FACT_INTERACTIONS] <= 0;
    struct tally talked = {.told = c->talked_told || none, .whole = c->talked_whole || none};
    struct tally heard = {.told = c->heard_told || none, .whole = c->heard_whole || none};
    struct tally messages = {.told = c->messages_told || none, .whole = c->messages_whole || none};
    add_up(f, &talked, &heard, &messages);
    /* A file stated more than the datasets show: of which direction that is, nobody knows. */
    if (facts_known(f, FACT_INTERACTIONS) &&
        f->value[FACT_INTERACTIONS] > talked.count + heard.count) {
        talked.told = talked.count > 0;
        heard.told = heard.count > 0;
    }
    set_count(f, FACT_TALKED_TO, &talked);
    set_count(f, FACT_HEARD_FROM, &heard);
    set_count(f, FACT_MESSAGES, &messages);
    set_last(f, FACT_LAST_TALKED_AT, &talked);
    set_last(f, FACT_LAST_HEARD_AT, &heard);
    count_both(f);
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
