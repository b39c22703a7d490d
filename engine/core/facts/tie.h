/* Ties: what the account and a followee did towards each other.
 *
 * An exchange is one reply, mention, like, message ... A `struct tie` is what one dataset tells of
 * one followee: counts and last times, by direction. A dataset that is read again says it anew, so
 * ties are kept by dataset, and never added up twice. Whether a sum is exact is no matter of the
 * tie but of how whole its datasets are (struct coverage). Pure; cannot fail. */
#ifndef CORE_FACTS_TIE_H
#define CORE_FACTS_TIE_H

#include "core/facts/dataset.h"

#include <stdbool.h>
#include <stdint.h>

enum exchange_kind {
    EXCHANGE_REPLY,
    EXCHANGE_MENTION,
    EXCHANGE_QUOTE,
    EXCHANGE_BOOST,
    EXCHANGE_LIKE,
    EXCHANGE_BOOKMARK,
    EXCHANGE_MESSAGE,
};

struct exchange {
    bool by_them;  /* they did it towards the account; else the account towards them */
    bool by_other; /* in a conversation with both; which of them wrote is not told */
    enum exchange_kind kind;
    int64_t time_ms; /* since 1970; 0: not told */
};

struct tie {
    uint8_t dataset;                       /* enum dataset */
    uint32_t talked;                       /* by the account, messages sent among them */
    uint32_t heard;                        /* by the followee, messages received among them */
    uint32_t messages;                     /* of both, in private */
    int64_t last_talked_ms, last_heard_ms; /* since 1970; 0: not told, or never */
};

/* Of one followee: a tie for each dataset that tells of exchanges. */
#define TIES_MAX 6
bool dataset_has_ties(enum dataset set);

/* One exchange more. Counts stop at UINT32_MAX. */
void tie_add(struct tie *t, const struct exchange *x);

/* The same dataset told of again, perhaps less of it: of each count the greater, of each time the
 * later. What was exchanged once stays exchanged. */
void tie_merge(struct tie *older, const struct tie *newer);

static inline bool tie_is_empty(const struct tie *t) {
    return t->talked == 0 && t->heard == 0 && t->messages == 0;
}

#endif
