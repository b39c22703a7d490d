/* The precheck's states: see drain_precheck.h. Happy path: needed, asking, known, needed. */
#include "core/drain/drain_precheck.h"

static const struct machine_kind kind = {
    .name = "precheck",
    .states = {"off", "needed", "asking", "known"},
    .events = {"ask", "answered", "fails", "all known", "all left", "grow old", "end"},
    .next =
        {
            [PRECHECK_OFF] = {[PRECHECK_END] = TO(PRECHECK_OFF)},
            [PRECHECK_NEEDED] = {[PRECHECK_ASK] = TO(PRECHECK_ASKING),
                                 [PRECHECK_ALL_KNOWN] = TO(PRECHECK_KNOWN),
                                 [PRECHECK_END] = TO(PRECHECK_OFF)},
            [PRECHECK_ASKING] =
                {[PRECHECK_ANSWERED] = TO(PRECHECK_KNOWN), [PRECHECK_FAILS] = TO(PRECHECK_NEEDED)},
            [PRECHECK_KNOWN] = {[PRECHECK_ALL_LEFT] = TO(PRECHECK_NEEDED),
                                [PRECHECK_GROW_OLD] = TO(PRECHECK_NEEDED),
                                [PRECHECK_END] = TO(PRECHECK_OFF)},
        },
};

static void learn(struct drain_precheck *p, uint32_t to, int64_t now_ms) {
    p->known_to = to;
    p->known_at_ms = now_ms;
}

bool drain_precheck_move(struct drain_precheck *p, enum drain_precheck_event event, uint32_t cursor,
                         uint32_t count, int64_t now_ms, struct machine_fault *fault) {
    if (!machine_move(&kind, &p->state, event, fault))
        return false;
    if (event == PRECHECK_ANSWERED)
        learn(p, cursor + p->asking, now_ms);
    else if (event == PRECHECK_ALL_KNOWN)
        learn(p, cursor + count, now_ms);
    if (p->state != PRECHECK_ASKING)
        p->asking = 0;
    if (p->state == PRECHECK_NEEDED)
        p->known_to = cursor;
    machine_holds(&kind, p->state, (p->asking > 0) == (p->state == PRECHECK_ASKING),
                  "its request is about somebody", fault);
    machine_holds(&kind, p->state, p->state != PRECHECK_KNOWN || p->known_to > cursor,
                  "something is known of the next one", fault);
    return true;
}

void drain_precheck_pass(struct drain_precheck *p, uint32_t cursor, struct machine_fault *fault) {
    if (p->state == PRECHECK_KNOWN && p->known_to <= cursor)
        drain_precheck_move(p, PRECHECK_ALL_LEFT, cursor, 0, 0, fault);
}

void drain_precheck_age(struct drain_precheck *p, uint32_t cursor, int64_t now_ms,
                        struct machine_fault *fault) {
    bool old = p->state == PRECHECK_KNOWN && now_ms - p->known_at_ms > DRAIN_PRECHECK_FRESH_MS;
    if (!old || p->forgotten == cursor + 1)
        return;
    drain_precheck_move(p, PRECHECK_GROW_OLD, cursor, 0, now_ms, fault);
    p->forgotten = cursor + 1;
}
