/* The run's phases: see drain_run.h. Happy path: running. */
#include "core/drain/drain_run.h"

#include <string.h>

static const struct machine_kind kind = {
    .name = "run",
    .states = {"running", "paused", "stopping"},
    .events = {"pause", "resume", "stop"},
    .next =
        {
            [DRAIN_RUNNING] = {[RUN_PAUSE] = TO(DRAIN_PAUSED),
                               [RUN_RESUME] = TO(DRAIN_RUNNING),
                               [RUN_STOP] = TO(DRAIN_STOPPING)},
            [DRAIN_PAUSED] = {[RUN_PAUSE] = TO(DRAIN_PAUSED),
                              [RUN_RESUME] = TO(DRAIN_RUNNING),
                              [RUN_STOP] = TO(DRAIN_STOPPING)},
            [DRAIN_STOPPING] = {[RUN_PAUSE] = TO(DRAIN_STOPPING),
                                [RUN_RESUME] = TO(DRAIN_STOPPING),
                                [RUN_STOP] = TO(DRAIN_STOPPING)},
        },
};

void drain_run_move(struct drain_run *r, enum drain_run_event event, struct machine_fault *fault) {
    machine_move(&kind, &r->phase, event, fault);
}

void drain_run_stop(struct drain_run *r, enum winnow_code code, const char *reason,
                    struct machine_fault *fault) {
    bool decided = r->phase == DRAIN_STOPPING;
    drain_run_move(r, RUN_STOP, fault);
    if (decided)
        return;
    r->end_code = code;
    size_t size = strnlen(reason, sizeof r->end_reason - 1);
    memcpy(r->end_reason, reason, size);
    r->end_reason[size] = '\0';
}
