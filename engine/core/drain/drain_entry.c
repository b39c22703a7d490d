/* An entry's states: see drain_entry.h. Happy path: pending, in flight, settled. */
#include "core/drain/drain_entry.h"

static const struct machine_kind kind = {
    .name = "entry",
    .states = {"pending", "in flight", "waiting", "to be asked", "asked", "settled"},
    .events = {"take", "again", "ask", "settle", "restore", "grow old"},
    .next =
        {
            [ENTRY_PENDING] = {[ENTRY_TAKE] = TO(ENTRY_IN_FLIGHT),
                               [ENTRY_SETTLE] = TO(ENTRY_SETTLED),
                               [ENTRY_RESTORE] = TO(ENTRY_WAITING)},
            [ENTRY_IN_FLIGHT] = {[ENTRY_AGAIN] = TO(ENTRY_WAITING),
                                 [ENTRY_ASK] = TO(ENTRY_TO_BE_ASKED),
                                 [ENTRY_SETTLE] = TO(ENTRY_SETTLED)},
            [ENTRY_WAITING] =
                {[ENTRY_TAKE] = TO(ENTRY_IN_FLIGHT), [ENTRY_SETTLE] = TO(ENTRY_SETTLED)},
            [ENTRY_TO_BE_ASKED] = {[ENTRY_TAKE] = TO(ENTRY_ASKED),
                                   [ENTRY_SETTLE] = TO(ENTRY_SETTLED),
                                   [ENTRY_GROW_OLD] = TO(ENTRY_WAITING)},
            [ENTRY_ASKED] = {[ENTRY_AGAIN] = TO(ENTRY_WAITING),
                             [ENTRY_ASK] = TO(ENTRY_TO_BE_ASKED),
                             [ENTRY_SETTLE] = TO(ENTRY_SETTLED)},
        },
};

bool drain_entry_move(struct drain_entry *e, enum drain_entry_event event,
                      struct machine_fault *fault) {
    bool moved = machine_move(&kind, &e->state, event, fault);
    bool asks = e->state == ENTRY_TO_BE_ASKED || e->state == ENTRY_ASKED;
    machine_holds(&kind, e->state, e->ask != 0 ? asks : !asks,
                  "it has a question exactly where it is to be asked", fault);
    return moved;
}
