/* The precheck: a free question about the next entries, before they leave (`run --precheck`).
 *
 *   off
 *   needed --ask--> asking --answered--> known --all have left, grow old--> needed
 *      |               +----fails----> needed     ^
 *      +----------------all was known-------------+
 *
 * and --end--> off, from needed and known. While it is asking, its request takes a place in the air. */
#ifndef CORE_DRAIN_DRAIN_PRECHECK_H
#define CORE_DRAIN_DRAIN_PRECHECK_H

#include "core/base/machine.h"
#include "core/limiter/limiter.h"

/* What was learned by a precheck is asked for again when it is so old. The same age makes a question
 * too old: its answer would be about another time than the one that it is to explain. */
#define DRAIN_PRECHECK_FRESH_MS INT64_C(3600000)

enum drain_precheck_state { PRECHECK_OFF, PRECHECK_NEEDED, PRECHECK_ASKING, PRECHECK_KNOWN };

enum drain_precheck_event {
    PRECHECK_ASK,
    PRECHECK_ANSWERED,
    PRECHECK_FAILS,
    PRECHECK_ALL_KNOWN, /* without a request */
    PRECHECK_ALL_LEFT,
    PRECHECK_GROW_OLD,
    PRECHECK_END,
};

struct drain_precheck {
    uint8_t state;           /* enum drain_precheck_state */
    uint32_t known_to;       /* entries below it may leave, where it is not off */
    uint32_t asking;         /* entries in the request that is in the air; 0: none is */
    struct budget_load load; /* of that request */
    int64_t known_at_ms;
    uint32_t forgotten; /* what was known had grown old at this cursor + 1; 0: never yet */
};

/* At `cursor`: entries below it have been taken. The caller sets `asking` before it asks. With
 * ANSWERED the `asking` next ones are known, with ALL_KNOWN the next `count`. */
bool drain_precheck_move(struct drain_precheck *p, enum drain_precheck_event event, uint32_t cursor,
                         uint32_t count, int64_t now_ms, struct machine_fault *fault);

/* The cursor has moved. */
void drain_precheck_pass(struct drain_precheck *p, uint32_t cursor, struct machine_fault *fault);
/* Time has passed. What is known grows old once for the same entry. A precheck and the unfollow
 * after it can share a budget that has room for one request, and the next room may be over an hour
 * away: the entry would be asked about again and again, and never leave. */
void drain_precheck_age(struct drain_precheck *p, uint32_t cursor, int64_t now_ms,
                        struct machine_fault *fault);

#endif
