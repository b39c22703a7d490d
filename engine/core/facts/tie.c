/* Ties: see tie.h. Pure; cannot fail. */
#include "core/facts/tie.h"

bool dataset_has_ties(enum dataset set) {
    static const bool has[DATASET_COUNT] = {
        [DATASET_POSTS] = true, [DATASET_MESSAGES] = true, [DATASET_REACTIONS] = true,
        [DATASET_LIKES] = true, [DATASET_BOOSTS] = true,   [DATASET_BOOKMARKS] = true,
    };
    return set < DATASET_COUNT && has[set];
}

static void count(uint32_t *n, bool yes) {
    *n += yes && *n < UINT32_MAX;
}

static uint32_t more(uint32_t a, uint32_t b) {
    return a > b ? a : b;
}

static int64_t later(int64_t a, int64_t b) {
    return a > b ? a : b;
}

void tie_add(struct tie *t, const struct exchange *x) {
    count(&t->messages, x->kind == EXCHANGE_MESSAGE);
    if (x->by_other)
        return;
    count(&t->talked, !x->by_them);
    count(&t->heard, x->by_them);
    int64_t *last = x->by_them ? &t->last_heard_ms : &t->last_talked_ms;
    *last = later(*last, x->time_ms);
}

void tie_merge(struct tie *older, const struct tie *newer) {
    older->talked = more(older->talked, newer->talked);
    older->heard = more(older->heard, newer->heard);
    older->messages = more(older->messages, newer->messages);
    older->last_talked_ms = later(older->last_talked_ms, newer->last_talked_ms);
    older->last_heard_ms = later(older->last_heard_ms, newer->last_heard_ms);
}
