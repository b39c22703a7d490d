/* Reading from the platform within its read budgets: for all that asks and changes nothing there.
 * Each request's cost is committed before it leaves, like an unfollow's.
 *
 * Happy path: reads_open; for each request reads_ask, the adapter's read_..., reads_settle in the
 * transaction that keeps what was read; reads_close. After a reply that is no success,
 * reads_after_trouble waits or refreshes, and says whether to ask again. */
#ifndef WORKER_READS_H
#define WORKER_READS_H

#include "worker/budgets.h"
#include "worker/caller.h"

struct reads {
    struct winnow *w;
    const struct store_campaign *campaign; /* the caller's */
    const struct platform *platform;
    const struct winnow_hooks *hooks;
    struct caller caller;
    struct limiter limiter;
    uint32_t failures;
};

/* `overrides` of budgets as for winnow_run. Fails with WINNOW_CREDENTIAL when nobody is logged in.
 */
int reads_open(struct reads *r, struct winnow *w, const struct store_campaign *campaign,
               const struct platform *platform, const char *const *overrides, size_t count,
               const struct winnow_hooks *hooks, struct winnow_error *err);
void reads_close(struct reads *r);

/* Wait until the budgets grant a read, commit its cost, ask. `response` lives until the next call.
 */
int reads_ask(struct reads *r, const struct http_request *request,
              const struct http_response **response, struct winnow_error *err);
/* The answer was read: its cost is used, and what its headers tell is believed. Before the commit.
 */
int reads_settle(struct reads *r, struct store_txn *t, struct reply *reply,
                 struct winnow_error *err);
/* The same in a transaction of its own. */
int reads_settle_alone(struct reads *r, struct reply *reply, struct winnow_error *err);
/* 0: ask again; -1: it is over, as `err` says. */
int reads_after_trouble(struct reads *r, const struct reply *reply, struct winnow_error *err);

#endif
