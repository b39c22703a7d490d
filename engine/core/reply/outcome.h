/* What became of an intent. The numbers are stored in the journal: append only. */
#ifndef CORE_REPLY_OUTCOME_H
#define CORE_REPLY_OUTCOME_H

#include "core/base/action.h"

/* constant, number, name in JSON and CSV where the action was to unfollow, and to follow */
#define OUTCOMES(X)                                                                                \
    X(DONE, 1, "unfollowed", "followed")                 /* the platform confirmed it */           \
    X(ALREADY_SO, 2, "already_gone", "already_followed") /* there was nothing to do */             \
    X(TARGET_GONE, 3, "target_gone", "target_gone")      /* the followee itself is no more */      \
    X(PROTECTED, 4, "protected", "protected") /* settled without a request: kept since the plan */ \
    X(REFUSED, 5, "refused", "refused") /* refused for good by the platform, or tries ran out */   \
    X(RETRY, 6, "retry", "retry")       /* it did not happen, and will be tried again */           \
    X(IN_DOUBT, 7, "in_doubt", "in_doubt") /* it may have happened; it will be asked again */

enum outcome {
    OUTCOME_NONE,
#define X(id, number, unfollow, follow) OUTCOME_##id = number,
    OUTCOMES(X)
#undef X
        OUTCOME_COUNT
};

/* Final outcomes settle an entry; retry and in_doubt leave it open. */
static inline int outcome_final(enum outcome o) {
    return o >= OUTCOME_DONE && o <= OUTCOME_REFUSED;
}

const char *outcome_name(enum action a, enum outcome o);

#endif
