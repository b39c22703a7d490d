/* An entry of the schedule on its way through the drain.
 *
 *   pending --take--> in flight --settle--> settled
 *      |                |    ^
 *      |              again  take      (and settle, from wherever it is, when it is on the keep list)
 *      |                v    |
 *      +--restore--> waiting-+
 *                       ^
 *                       | grow old
 *   in flight --ask--> to be asked --take--> asked --settle, again, ask-->
 *
 * "Asked": a question about its followee leaves in place of the unfollow, to learn what an answer
 * that proves nothing means. */
#ifndef CORE_DRAIN_DRAIN_ENTRY_H
#define CORE_DRAIN_DRAIN_ENTRY_H

#include "core/base/machine.h"

enum drain_entry_state {
    ENTRY_PENDING, /* nothing was taken; the store has nothing of it */
    ENTRY_IN_FLIGHT,
    ENTRY_WAITING,     /* open, for another try */
    ENTRY_TO_BE_ASKED, /* open, for its question */
    ENTRY_ASKED,       /* its question is in flight */
    ENTRY_SETTLED,
};

enum drain_entry_event {
    ENTRY_TAKE,
    ENTRY_AGAIN,    /* it comes back, to be tried again */
    ENTRY_ASK,      /* it comes back, to be asked about */
    ENTRY_SETTLE,   /* a final outcome, tries that ran out, the keep list */
    ENTRY_RESTORE,  /* the store has it as open */
    ENTRY_GROW_OLD, /* its question would be about another time */
};

struct drain_entry {
    uint32_t position;
    uint32_t attempts; /* failed tries so far */
    uint8_t together;  /* its batch failed: at most so many in a request from now on; 0: no bound */
    bool in_doubt;     /* the last try may have happened */
    uint8_t state;     /* enum drain_entry_state */
    uint8_t ask;       /* the question to be asked about it next, counted from 1; 0: it is sent */
    int64_t not_before_ms;
    int64_t ask_since_ms; /* when the unfollow was answered that is asked about; 0: none is */
};

bool drain_entry_move(struct drain_entry *e, enum drain_entry_event event,
                      struct machine_fault *fault);

#endif
