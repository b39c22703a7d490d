/* A campaign's budgets: the platform's defaults, what the user overrides, the user's own caps. */
#ifndef WORK_BUDGETS_BUDGETS_H
#define WORK_BUDGETS_BUDGETS_H

#include "work/campaign/state.h"

/* Names of the user's own caps. */
#define BUDGET_USER_DAY     "user/1d"
#define BUDGET_USER_ACTIONS "user/actions"
#define BUDGET_USER_COST    "user/cost"

struct budget_override {
    char name[BUDGET_NAME_MAX];
    bool off;
    uint64_t limit;
    int64_t period_ms;
};

/* NAME=LIMIT/PERIOD, or NAME=off. */
int budget_override_parse(const char *text, struct budget_override *out, struct winnow_error *err);
/* One that an earlier version stored, as it is written now; `to` has room for all of it. */
void budget_override_take(char *to, const char *stored);

/* The platform's budgets with the overrides laid over; a name that the platform does not have is
 * an error that lists those it has. */
int budgets_fill(struct limiter *l, const struct platform *p, const char *const *overrides,
                 size_t count, struct winnow_error *err);

/* Under whose name costs are held in the store: the campaign's worker, of which there is one, or a
 * process beside it (a fetch, a login, a look), of which there may be several. Who says neither
 * only looks, and what anybody holds counts as answered. */
void budgets_own(struct limiter *l, const struct store_campaign *c);
void budgets_own_beside(struct limiter *l);

/* Do these two share a budget of that scope? */
bool budgets_shared(const struct store_campaign *a, const struct store_campaign *b,
                    enum budget_scope scope);

/* The stored state of every renewing budget of the limiter. A budget's state is stored once for all
 * campaigns that share it; so a process loads it once, and in each later transaction, before it
 * decides anything, syncs it with what others have stored. What is charged is saved in the
 * transaction that stores the intent. */
int budgets_load(struct limiter *l, struct store_txn *t, const struct store_campaign *c,
                 int64_t now_ms, struct winnow_error *err);
int budgets_sync(struct limiter *l, struct store_txn *t, const struct store_campaign *c,
                 int64_t now_ms, struct winnow_error *err);
int budgets_save(struct limiter *l, struct store_txn *t, const struct store_campaign *c,
                 struct winnow_error *err);

/* What the journals of all campaigns that share them say that the budgets of `l`, new ones without
 * state, have used: the cost of each request that may have left, from its answer on. Reads (logins,
 * fetches) are not in the journal. */
int budgets_recount(struct limiter *l, struct store_txn *t, const struct store_campaign *c,
                    int64_t now_ms, struct winnow_error *err);

/* Two records of the same budget: what is stored of it, and what the journals add up to. They
 * differ where the budget was off for a while, or had a shorter period. At each moment the higher
 * of both counts. */
int budgets_adopt(struct limiter *l, struct limiter *counted, int64_t now_ms,
                  struct winnow_error *err);

/* How long that action on so many entries takes at the least: evenly spread, and as windows open. */
struct budgets_time {
    int64_t even_ms, burst_ms;
    const char *tightest; /* "" where no budget holds */
};
struct budgets_time budgets_time(const struct limiter *l, const struct platform *p,
                                 enum action action, uint64_t entries);

#endif
