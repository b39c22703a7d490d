/* What a run tells everybody else through the store: its state, why it waits, with which budgets
 * it was started; and what the user asked of it. */
#ifndef WORK_BUDGETS_RUN_NOTE_H
#define WORK_BUDGETS_RUN_NOTE_H

#include "core/limiter/quiet.h"
#include "work/campaign/state.h"

struct run_note {
    enum winnow_run_state state;
    int64_t pid;           /* whose word it is; 0: not known */
    enum winnow_code code; /* WINNOW_RUN_STOPPED: why */
    char reason[256];      /* a sentence; "" while running */
    int64_t until_ms;      /* WINNOW_RUN_WAITING: engine time; 0: not known */
    enum action action;    /* of the plan; not stored */
    enum pace pace;
    uint64_t per_day;
    struct quiet_hours quiet;
    char budgets[WINNOW_BUDGETS_MAX][64]; /* overrides it was started with */
    size_t budget_count;
};

int run_note_put(struct store_txn *t, uint32_t campaign, const struct run_note *n,
                 struct winnow_error *err);
/* A campaign that never ran reads as WINNOW_RUN_IDLE. */
int run_note_get(struct store_txn *t, uint32_t campaign, struct run_note *out,
                 struct winnow_error *err);
bool run_note_same(const struct run_note *a, const struct run_note *b);

int run_paused_put(struct store_txn *t, uint32_t campaign, bool paused, struct winnow_error *err);
int run_paused_get(struct store_txn *t, uint32_t campaign, bool *paused, struct winnow_error *err);

/* The budgets of a run, as it was started: defaults, overrides, the user's daily cap. */
int run_note_limiter(const struct run_note *n, const struct platform *p, struct limiter *l,
                     struct winnow_error *err);

#endif
