/* Names of outcomes: see outcome.h. */
#include "core/drain/outcome.h"

const char *outcome_name(enum outcome o) {
    static const char *const names[] = {[OUTCOME_NONE] = "none",
#define X(id, number, name) [number] = name,
                                        OUTCOMES(X)
#undef X
    };
    return names[o];
}
