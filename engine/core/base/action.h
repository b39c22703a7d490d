/* What is done to a follow, and whose follow it is. One word each through the schedule, the limiter,
 * the drain, the adapters and the journal: a new action is a row here, and in each platform's row. */
#ifndef CORE_BASE_ACTION_H
#define CORE_BASE_ACTION_H

#include "core/base/text.h"

/* constant, number, name. The numbers are stored: append only. */
#define ACTIONS(X)                                                                                 \
    X(UNFOLLOW, 0, "unfollow") /* take a follow back */                                            \
    X(FOLLOW, 1, "follow")     /* follow again, as undo does */

enum action {
#define X(id, number, name) ACTION_##id = number,
    ACTIONS(X)
#undef X
        ACTION_COUNT
};

const char *action_name(enum action a);

/* Whom an action is about, as an adapter needs it. */
struct target {
    struct text id;
    struct text key; /* GitHub: login; Bluesky: one record key; elsewhere empty */
};

#endif
