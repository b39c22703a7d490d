/* The names of actions: see action.h. */
#include "core/base/action.h"

const char *action_name(enum action a) {
    static const char *const names[] = {
#define X(id, number, name) [ACTION_##id] = name,
        ACTIONS(X)
#undef X
    };
    return names[a];
}
