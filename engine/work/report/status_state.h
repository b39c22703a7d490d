/* How a campaign stands, from the four things that are known of it. Pure. */
#ifndef WORK_REPORT_STATUS_STATE_H
#define WORK_REPORT_STATUS_STATE_H

#include <stdbool.h>

#include <winnow/winnow.h>

struct status_signs {
    bool worker;                /* a process runs it */
    bool note_of_another;       /* the note is of another worker than that one */
    enum winnow_run_state note; /* what the last worker that wrote one said */
    bool last_word;             /* without a worker: the last one could still say why it ended */
    bool paused;                /* by the user's wish */
    bool done;                  /* the plan has entries, and all are settled */
};

enum winnow_run_state status_state(const struct status_signs *s);

/* The note says that it runs, and nobody does: its worker ended and could not write that down. */
bool status_ended_unsaid(const struct status_signs *s);

#endif
