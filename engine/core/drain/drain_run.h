/* Does the run go on?
 *
 *   running <--pause, resume--> paused
 *      +--------stop--------------+--> stopping: nothing new leaves; it ends when all is answered */
#ifndef CORE_DRAIN_DRAIN_RUN_H
#define CORE_DRAIN_DRAIN_RUN_H

#include "core/base/machine.h"

#include <winnow/error.h>

enum drain_phase { DRAIN_RUNNING, DRAIN_PAUSED, DRAIN_STOPPING };

enum drain_run_event { RUN_PAUSE, RUN_RESUME, RUN_STOP };

struct drain_run {
    uint8_t phase;             /* enum drain_phase */
    enum winnow_code end_code; /* DRAIN_STOPPING: how it will end */
    char end_reason[256];
};

void drain_run_move(struct drain_run *r, enum drain_run_event event, struct machine_fault *fault);
/* The first stop decides how it ends. */
void drain_run_stop(struct drain_run *r, enum winnow_code code, const char *reason,
                    struct machine_fault *fault);

#endif
