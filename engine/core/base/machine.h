/* A state machine as a table: which event may come in which state, and where it leads.
 *
 *   static const struct machine_kind door = {
 *       .name = "door",
 *       .states = {"shut", "open"},
 *       .events = {"push", "pull"},
 *       .next = {[SHUT] = {[PUSH] = TO(OPEN)}, [OPEN] = {[PULL] = TO(SHUT)}}};
 *
 * What the table does not name may not happen. machine_move tells the first such event as a sentence
 * and moves nothing; its owner ends the run by it before anything more leaves.
 *
 * Pure. The form follows lib/sm.h of dqlite (github.com/canonical/dqlite). */
#ifndef CORE_BASE_MACHINE_H
#define CORE_BASE_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#define MACHINE_STATES_MAX 6
#define MACHINE_EVENTS_MAX 8
#define MACHINE_FAULT_SIZE 160

#define TO(state) ((state) + 1) /* 0, where a table says nothing, is nowhere */

struct machine_kind {
    const char *name;
    const char *states[MACHINE_STATES_MAX];
    const char *events[MACHINE_EVENTS_MAX];
    uint8_t next[MACHINE_STATES_MAX][MACHINE_EVENTS_MAX];
};

/* What happened that may not; "" nothing did. */
struct machine_fault {
    char text[MACHINE_FAULT_SIZE];
};

/* False, with `fault` told, where that event may not come. A fault that is told already stays. */
bool machine_move(const struct machine_kind *kind, uint8_t *state, unsigned event,
                  struct machine_fault *fault);

/* `holds` is what must be true of a machine in `state`; `what` says it, in words. */
void machine_holds(const struct machine_kind *kind, uint8_t state, bool holds, const char *what,
                   struct machine_fault *fault);

#endif
