/* Facts drawn from a seed, for targets that judge: every fact is known or not, numbers and times
 * are small, edge values or anything. */
#ifndef RANDOM_FACTS_H
#define RANDOM_FACTS_H

#include "fuzz.h"

#define FUZZ_NOW_MS INT64_C(1795491000000) /* 2026-11-24T03:30:00Z */

static inline int64_t random_value(uint64_t *seed, bool time) {
    static const int64_t edges[] = {0, 1, -1, 50, 100000, INT64_C(1) << 53, INT64_MAX, INT64_MIN};
    int64_t value = (int64_t)draw(seed);
    switch (draw(seed) % 4) {
    case 0:
        value = edges[draw(seed) % (sizeof edges / sizeof edges[0])];
        break;
    case 1:
        value = time ? FUZZ_NOW_MS - (int64_t)(draw(seed) % 400) * 86400000 : value & 0x3ff;
        break;
    default:
        value = time ? (int64_t)(draw(seed) % (2u * (uint64_t)FUZZ_NOW_MS)) : value & 0xffffff;
    }
    return !time && value < 0 ? 0 : value; /* a count is 0 or more: facts.h */
}

static inline void random_facts(uint64_t *seed, struct facts *f) {
    static const char *const texts[] = {"", "vip", "vip\nteam\n", "Ada", "en", "\xc3\xa4", "bot"};
    facts_clear(f);
    uint64_t known = draw(seed) | draw(seed);
    for (int i = 0; i < FACT_COUNT; i++) {
        enum fact_id id = (enum fact_id)i;
        if ((known >> i & 1) == 0)
            continue;
        const char *text = texts[draw(seed) % (sizeof texts / sizeof texts[0])];
        if (fact_types[i] == FACT_TEXT)
            facts_set_text(f, id, text, strlen(text));
        else if (fact_types[i] == FACT_FLAG)
            facts_set_flag(f, id, draw(seed) & 1);
        else
            facts_set_value(f, id, random_value(seed, fact_types[i] == FACT_TIME));
    }
    f->at_least = f->known & FACTS_SEEN_IN_PART & draw(seed);
}

/* The same with some facts forgotten. */
static inline struct facts fewer_facts(uint64_t *seed, const struct facts *f) {
    struct facts fewer = *f;
    fewer.known &= draw(seed);
    fewer.at_least &= fewer.known;
    return fewer;
}

#endif
