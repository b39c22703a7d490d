/* What a platform's answer means: written by the adapters, acted on by the drain. */
#ifndef CORE_REPLY_H
#define CORE_REPLY_H

#include "core/outcome.h"

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
    REPLY_SPLIT,    /* the batch failed as a whole: send its entries in smaller ones */
    REPLY_STOP,     /* stop the run with `code` and `reason` */
    REPLY_STREAK,   /* ambiguous refusal: stop when three come in a row */
};

#define REPLY_OBSERVATIONS_MAX 4

struct reply_observation {
    const char *budget; /* static name of one of the platform's budgets */
    uint64_t limit, remaining;
    int64_t reset_ms; /* engine time, corrected by the Date header */
};

/* What a response means. `outcome` holds for every entry of the request. With REPLY_WAIT, BACK_OFF,
 * REFRESH and SPLIT it is OUTCOME_RETRY, or OUTCOME_IN_DOUBT where it may have happened. */
struct reply {
    enum outcome outcome;
    enum reply_action action;
    enum winnow_code code; /* REPLY_STOP: WINNOW_SAFETY, WINNOW_CREDENTIAL or WINNOW_CAP ... */
    const char *budget;    /* REPLY_WAIT: which; NULL: all of them */
    int64_t until_ms;      /* REPLY_WAIT, BACK_OFF: engine time; 0: not told */
    char reason[256];      /* one sentence for a person, what to do included where they must act;
                              foreign text in it is escaped and cut */
    bool not_offered; /* with REPLY_GO_ON: the server does not offer this call; do without it */
    bool date_known;
    int64_t skew_ms; /* server clock minus engine time, when date_known */
    struct reply_observation seen[REPLY_OBSERVATIONS_MAX];
    size_t seen_count;
};

#endif
