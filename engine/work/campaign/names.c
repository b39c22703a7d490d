/* The names of winnow.h's numbers, as JSON and CSV have them. */
#include <winnow/winnow.h>

#define X(id, name) name,

const char *winnow_run_state_name(enum winnow_run_state state) {
    static const char *const names[] = {WINNOW_RUN_STATES(X)};
    return names[state];
}

const char *winnow_entry_state_name(enum winnow_entry_state state) {
    static const char *const names[] = {WINNOW_ENTRY_STATES(X)};
    return names[state];
}

const char *winnow_verdict_name(enum winnow_verdict verdict) {
    static const char *const names[] = {WINNOW_VERDICTS(X)};
    return names[verdict];
}

const char *winnow_set_state_name(enum winnow_set_state state) {
    static const char *const names[] = {WINNOW_SET_STATES(X)};
    return names[state];
}
