/* What a platform's answer means: written by the adapters, acted on by the drain. */
#ifndef CORE_REPLY_REPLY_H
#define CORE_REPLY_REPLY_H

#include "core/limiter/limiter.h"
#include "core/reply/outcome.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <winnow/error.h>

/* What the drain has to do besides settling the entries. */
enum reply_action {
    REPLY_GO_ON,
    REPLY_WAIT,     /* nothing on `budget` before `until_ms`; not an attempt */
    REPLY_BACK_OFF, /* the server is in trouble: slow down, then try again; an attempt */
    REPLY_REFRESH,  /* the access token has expired: refresh it once, then retry */
    REPLY_SPLIT,    /* the request failed as a whole: send its entries in smaller ones */
    REPLY_STOP,     /* stop the run with `code` and `reason` */
    REPLY_STREAK,   /* it proves nothing about this entry: later again, and stop the run when it is
                       said of three in a row */
    REPLY_ASK,      /* it may be about this followee or about nobody: ask the platform's next
                       question about them before anything is settled */
};

#define REPLY_OBSERVATIONS_MAX 4

/* As the name of a budget: that of the very call that was answered (limiter_of_call). */
extern const char reply_own_budget[];

struct reply_observation {
    const char *budget; /* static name of one of the platform's budgets, or reply_own_budget */
    uint64_t limit, remaining;
    int64_t reset_ms; /* engine time, corrected by the Date header */
};

/* What a response means. `outcome` holds for every entry of the request. With REPLY_WAIT, BACK_OFF,
 * REFRESH, SPLIT and ASK it is OUTCOME_RETRY, or OUTCOME_IN_DOUBT where it may have happened. */
struct reply {
    enum outcome outcome;
    enum reply_action action;
    enum winnow_code code; /* REPLY_STOP: WINNOW_SAFETY, WINNOW_CREDENTIAL or WINNOW_CAP ... */
    const char *budget;    /* REPLY_WAIT: which; NULL: all of them */
    int64_t until_ms;      /* REPLY_WAIT, BACK_OFF: engine time; 0: not told */
    int64_t window_ms;     /* REPLY_WAIT: the platform itself names a wait of that length; 0: it can
                              be no longer than the budget's period */
    char reason[256];      /* one sentence for a person, what to do included where they must act;
                              foreign text in it is escaped and cut */
    bool not_offered; /* with REPLY_GO_ON or SPLIT: the server does not offer this call; do without
                         it for the rest of the run */
    bool other_names; /* X: it names a parameter that servers before OpenAPI 2.167 do not know */
    bool of_this;     /* a read: the refusal may be of what was asked for alone */
    bool malformed;   /* the request as such is not accepted: no word on what the server offers */
    bool date_known;
    int64_t skew_ms; /* server clock minus engine time, when date_known */
    struct reply_observation seen[REPLY_OBSERVATIONS_MAX];
    size_t seen_count;
};

/* Put the name of the call's own budget where reply_own_budget stands. */
void reply_name_own(struct reply *reply, const struct limiter *l, enum budget_call call);

/* A reply that is no success, as an error for the user. Returns -1. */
int reply_fail(const struct reply *reply, struct winnow_error *err);

#endif
