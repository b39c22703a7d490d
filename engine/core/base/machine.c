/* State machines as tables: see machine.h. Happy path: the table names the next state. */
#include "core/base/machine.h"

#include <stdio.h>

bool machine_move(const struct machine_kind *kind, uint8_t *state, unsigned event,
                  struct machine_fault *fault) {
    uint8_t next = kind->next[*state][event];
    if (next != 0) {
        *state = (uint8_t)(next - 1);
        return true;
    }
    if (fault->text[0] == '\0')
        snprintf(fault->text, sizeof fault->text, "%s: \"%s\" came in state \"%s\"", kind->name,
                 kind->events[event], kind->states[*state]);
    return false;
}

void machine_holds(const struct machine_kind *kind, uint8_t state, bool holds, const char *what,
                   struct machine_fault *fault) {
    if (!holds && fault->text[0] == '\0')
        snprintf(fault->text, sizeof fault->text, "%s, \"%s\": not so: %s", kind->name,
                 kind->states[state], what);
}
