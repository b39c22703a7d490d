/* Reading from the platform within its read budgets: for all that asks and changes nothing there.
 * Each request's cost is committed before it leaves, like an unfollow's.
 *
 * A request that costs is booked with it, by the most that it can cost, and corrected by what came.
 * Nothing is bought that was not agreed to: reads_agree, once, before the first.
 *
 * Happy path: reads_open; for each request reads_ask, the adapter's read_..., reads_settle in the
 * transaction that keeps what was read; reads_close. After a reply that is no success,
 * reads_after_trouble waits or refreshes, and says whether to ask again. */
#ifndef WORK_SESSION_READS_H
#define WORK_SESSION_READS_H

#include "work/budgets/budgets.h"
#include "work/budgets/money.h"
#include "work/session/caller.h"

/* What a request can cost: so many rows at most, each at that price. */
struct reads_price {
    enum money_kind kind;
    int64_t row_micro; /* 0: free */
    uint64_t rows;
};
extern const struct reads_price reads_free;

struct reads {
    struct winnow *w;
    const struct store_campaign *campaign; /* the caller's */
    const struct platform *platform;
    const struct winnow_hooks *hooks;
    struct caller caller;
    struct limiter limiter;
    uint32_t failures;
    uint32_t tries_max;      /* of a server in trouble; 0: eight */
    int64_t cap_micro;       /* on all that the campaign spends; 0: none */
    bool agreed;             /* to spend what was said */
    struct budget_load load; /* of the request in hand */
    struct reads_price price;
    uint64_t rows;       /* the caller's: rows in the answer in hand, understood or not */
    int64_t less_micro;  /* and what they are charged less than the price of so many */
    int64_t spent_micro; /* here */
};

/* `overrides` of budgets as for winnow_run. Fails with WINNOW_CREDENTIAL when nobody is logged in.
 */
int reads_open(struct reads *r, struct winnow *w, const struct store_campaign *campaign,
               const struct platform *platform, const char *const *overrides, size_t count,
               const struct winnow_hooks *hooks, struct winnow_error *err);
void reads_close(struct reads *r);

/* Ask the user whether to spend `most_micro` (-1: how much cannot be told yet) on `what`, a clause
 * like "reading the following list". 0 where it costs nothing, was agreed to before, or a cap was
 * given. WINNOW_USAGE where they say no or cannot be asked. */
int reads_agree(struct reads *r, const char *what, int64_t most_micro, struct winnow_error *err);

/* Wait until the budgets grant a read, commit its cost, ask. `response` lives until the next call.
 * WINNOW_CAP before the campaign would spend more than the cap. */
int reads_ask(struct reads *r, const struct http_request *request, struct reads_price price,
              const struct http_response **response, struct winnow_error *err);
/* The answer was read, and r->rows says how many rows it had: its cost is used, what was booked too
 * much is given back, and what its headers tell is believed. Before the commit. */
int reads_settle(struct reads *r, struct store_txn *t, struct reply *reply,
                 struct winnow_error *err);
/* The same in a transaction of its own. */
int reads_settle_alone(struct reads *r, struct reply *reply, struct winnow_error *err);
/* 0: ask again; -1: it is over, as `err` says. */
int reads_after_trouble(struct reads *r, const struct reply *reply, struct winnow_error *err);

#endif
