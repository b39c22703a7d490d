/* How a campaign stands: see status_state.h. A table, of which the first row that fits counts. */
#include "work/report/status_state.h"

#include <stddef.h>

enum is { NO, YES, ANY };

/* Sets of what the note says. */
#define SAYS(state)  (1u << WINNOW_RUN_##state)
#define SAYS_ANY     (~0u)
#define SAYS_IT_RUNS (SAYS(RUNNING) | SAYS(WAITING) | SAYS(PAUSED))

static const struct row {
    enum is worker;
    unsigned note;
    enum is another, word, paused, done;
    int state; /* AS_NOTED: what the note says */
} rows[] = {
#define AS_NOTED (-1)
    /* worker  note          of another  word  paused  done     it is */
    {NO, SAYS_ANY, ANY, ANY, ANY, YES, WINNOW_RUN_DONE},
    {NO, SAYS_ANY, ANY, ANY, YES, NO, WINNOW_RUN_PAUSED},
    {NO, SAYS_IT_RUNS, ANY, YES, NO, NO, WINNOW_RUN_STOPPED},
    {NO, SAYS_IT_RUNS, ANY, NO, NO, NO, WINNOW_RUN_IDLE},
    {NO, SAYS(DONE), ANY, ANY, NO, NO, WINNOW_RUN_IDLE}, /* there is a new plan since */
    {NO, SAYS_ANY, ANY, ANY, NO, NO, AS_NOTED},
    {YES, SAYS_ANY, YES, ANY, YES, ANY, WINNOW_RUN_PAUSED}, /* it has not written one yet */
    {YES, SAYS_ANY, YES, ANY, NO, ANY, WINNOW_RUN_RUNNING},
    {YES, SAYS(DONE), NO, ANY, ANY, ANY, WINNOW_RUN_IDLE}, /* it is about to end */
    {YES, SAYS_ANY, NO, ANY, ANY, ANY, AS_NOTED},
};

static bool fits(enum is wanted, bool is) {
    return wanted == ANY || (wanted == YES) == is;
}

static bool row_fits(const struct row *r, const struct status_signs *s) {
    return fits(r->worker, s->worker) && (r->note >> s->note & 1u) != 0 &&
           fits(r->another, s->note_of_another) && fits(r->word, s->last_word) &&
           fits(r->paused, s->paused) && fits(r->done, s->done);
}

enum winnow_run_state status_state(const struct status_signs *s) {
    size_t i = 0;
    while (i + 1 < sizeof rows / sizeof rows[0] && !row_fits(&rows[i], s))
        i++;
    return rows[i].state == AS_NOTED ? s->note : (enum winnow_run_state)rows[i].state;
}

bool status_ended_unsaid(const struct status_signs *s) {
    return !s->worker && (SAYS_IT_RUNS >> s->note & 1u) != 0;
}
