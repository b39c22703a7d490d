/* Names of outcomes: see outcome.h. */
#include "core/reply/outcome.h"

const char *outcome_name(enum action a, enum outcome o) {
    static const char *const names[][ACTION_COUNT] = {[OUTCOME_NONE] = {"none", "none"},
#define X(id, number, unfollow, follow)                                                            \
    [number] = {[ACTION_UNFOLLOW] = (unfollow), [ACTION_FOLLOW] = (follow)},
                                                      OUTCOMES(X)
#undef X
    };
    return names[o][a];
}
