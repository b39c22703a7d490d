/* The drain: a campaign's state machine. It decides which entries leave next, when, and what an
 * answer means for them. It does nothing itself. Whoever drives it (the worker on a real network, a
 * simulation in virtual time) makes these calls, round after round:
 *
 *   1. drain_next says what to do now: send, precheck, refresh the token, wait, or end.
 *   2. drain_take takes the entries that are to be sent. The keep list was asked
 *      before, and the intents are committed after.
 *   3. drain_answer takes what came back, and gives the outcomes to settle.
 *
 * A plan's entries have positions 0 .. total-1. All below `cursor` were taken. Each of those is in
 * flight, waits for another try, or is settled. Fresh entries leave in order; a try that is due
 * goes before them. All places but "pending" are records in the store, so a restart finds them:
 *
 *   pending ---taken---> in flight ---final outcome---> settled: unfollowed, already gone,
 *      |                   |  ^  |                               target gone, refused
 *      |     retry, or in  v  |  +--crash: in doubt, at the next start
 *      |     doubt: open, until its time; when its tries run out: refused
 *      +--on the keep list: settled as protected, never sent
 *
 * Each part of its state is a machine with a table of its own: the run (drain_run.h), an entry
 * (drain_entry.h), the token (drain_token.h), the precheck (drain_precheck.h), and what the answers
 * say of the server (drain_trouble.h). A move that its table does not have ends the run, as a fault
 * of ours, before anything more leaves.
 *
 * Pure: time and seed are parameters. All memory is taken in drain_open; nothing grows. */
#ifndef CORE_DRAIN_DRAIN_H
#define CORE_DRAIN_DRAIN_H

#include "core/drain/drain_entry.h"
#include "core/drain/drain_precheck.h"
#include "core/drain/drain_run.h"
#include "core/drain/drain_token.h"
#include "core/drain/drain_trouble.h"
#include "core/limiter/backoff.h"
#include "core/limiter/limiter.h"
#include "core/limiter/quiet.h"
#include "core/reply/outcome.h"
#include "core/reply/reply.h"

#include <winnow/error.h>

#define DRAIN_IN_FLIGHT_MAX 64
#define DRAIN_BATCH_MAX     200
/* Tries of an entry whose answers prove nothing about it (REPLY_STREAK). */
#define DRAIN_UNSURE_TRIES_MAX 4
/* So many batches in a row of which nobody can say whether they were carried out: single entries
 * from then on. */
#define DRAIN_HOLLOW_MAX 2
/* Entries waiting for another try; when there are as many, fresh ones wait. */
#define DRAIN_RETRIES_MAX 4096

struct drain_options {
    enum action action;     /* what is done to each entry */
    uint32_t in_flight_max; /* requests at once, 1..DRAIN_IN_FLIGHT_MAX */
    uint32_t batch_max;     /* entries in a request, 1..DRAIN_BATCH_MAX */
    uint32_t attempts_max;  /* tries of one entry before it is settled as refused */
    uint32_t streak_max;    /* ambiguous refusals in a row before the run stops */
    uint32_t refusals_max;  /* entries refused for good in a row before the run stops */
    struct backoff backoff;
    int64_t until_ms; /* stop then; INT64_MAX: never */
    struct quiet_hours quiet;
    uint32_t precheck_max; /* how it stands with fresh entries is asked before they leave, about at
                              most so many in a request; 0: they leave as planned */
    enum budget_call precheck_call; /* what that request counts as, */
    uint64_t precheck_money;        /* and costs for each entry, in millionths */
    uint64_t seed;                  /* for jitter */
};

/* What a careful run uses; docs/reliability.md says why these numbers. */
extern const struct drain_options drain_defaults;

struct drain_flight {
    bool taken;
    uint32_t count;
    bool again;   /* it began with an entry that was tried before */
    bool doubted; /* at drain_answer: an entry's try before this one may have happened */
    struct budget_load load;
    struct drain_entry *entries; /* batch_max of them */
};

struct drain {
    struct drain_options options;
    struct limiter *limiter; /* the caller's */
    uint32_t total, cursor;
    int64_t local_offset_ms; /* the user's local time minus ours, for quiet hours; the caller's */
    struct drain_run run;
    struct drain_token token;
    struct drain_precheck precheck;
    struct drain_trouble trouble;
    uint32_t batch_now; /* entries in a request: halved when a server finds a batch too large */
    uint32_t hollow;    /* batches in a row whose answers do not tell what happened */
    uint32_t in_flight;
    struct drain_flight *flights; /* in_flight_max of them */
    struct drain_entry *retries;  /* a heap, earliest and lowest first */
    uint32_t retry_count;
    struct drain_entry *settled; /* of the last drain_answer: batch_max */
    struct drain_entry *memory;  /* one block behind all entries */
    struct machine_fault fault;  /* a move that may not happen: the drain ends by it */
    char fault_reason[320];
};

int drain_open(struct drain *d, const struct drain_options *options, struct limiter *limiter,
               uint32_t total, uint32_t cursor, struct winnow_error *err);
void drain_close(struct drain *d);

/* After drain_open: an entry that the store has as open (to be tried again, or in doubt since a
 * crash). */
int drain_restore(struct drain *d, const struct drain_entry *entry, struct winnow_error *err);

enum drain_do {
    DRAIN_SEND, /* entries[0..count): candidates, in order; go on with drain_take. One with `ask`
                      comes alone, and its question leaves in place of the unfollow: a read */
    DRAIN_WAIT, /* nothing to do before `until_ms`, unless an event comes */
    DRAIN_PRECHECK, /* entries[0..count): ask how it stands with them; drain_precheck_take */
    DRAIN_REFRESH,  /* get a fresh access token: go on with drain_token_take */
    DRAIN_END,      /* over: `code` and `reason` */
};

struct drain_step {
    enum drain_do what;
    uint32_t count;
    struct drain_entry entries[DRAIN_BATCH_MAX];
    int64_t until_ms;            /* DRAIN_WAIT; INT64_MAX: until an event comes */
    const struct budget *budget; /* DRAIN_WAIT: the budget that is full, or NULL */
    enum winnow_code code;       /* DRAIN_END; WINNOW_OK: every entry is settled */
    const char *reason;          /* a sentence for a person; valid until the next call */
};

/* Changes nothing but the passing of windows, so it may be asked at any time. */
void drain_next(struct drain *d, int64_t now_ms, struct drain_step *step);

/* Take what drain_next offered: those with protected_[i] set are settled by the caller and never
 * sent; for the others the limiter holds the cost and `*flight` names the request (-1: all were
 * protected). To be followed by the commit; when that fails, the run is over. */
int drain_take(struct drain *d, const struct drain_step *step, const bool *protected_,
               int64_t now_ms, int *flight, struct winnow_error *err);

/* The entries of a flight, in the order they were offered, protected ones left out. */
const struct drain_entry *drain_flight_entries(const struct drain *d, int flight, uint32_t *count);

/* What became of an entry: to be written to the journal. */
struct drain_settlement {
    enum outcome outcome; /* RETRY and IN_DOUBT leave it open */
    uint32_t count;
    const struct drain_entry *entries; /* valid until the next drain_answer */
    bool exhausted[DRAIN_BATCH_MAX];   /* outcome REFUSED instead, since the tries ran out */
};

void drain_answer(struct drain *d, int flight, const struct reply *reply, bool never_left,
                  int64_t now_ms, struct drain_settlement *out);

/* The access token is about to expire: get a new one before anything more leaves. */
void drain_token_due(struct drain *d);
/* drain_token_take holds what the request for a new one costs, before the commit. Then the caller
 * asks for it, and says what came of that:
 *
 *   drain_token_renewed   a new token. If the server refuses it soon after, the run stops.
 *   drain_token_taken     the token that another process got. It may be old: its refusal does not
 *                         stop the run.
 *   drain_token_failed    no network, a server in trouble, a 429: it backs off and asks again.
 *                         After a failure for good the caller calls drain_stop. */
int drain_token_take(struct drain *d, int64_t now_ms, struct winnow_error *err);
void drain_token_renewed(struct drain *d, int64_t now_ms);
void drain_token_taken(struct drain *d, int64_t now_ms);
void drain_token_failed(struct drain *d, const char *reason, int64_t now_ms);

/* Hold what a precheck costs, before the commit; its request asks about `asked` of the `count`
 * entries that were offered. It takes the place of a request until drain_precheck_answered, which
 * says that these entries may be offered now (the caller keeps what it learned of them, and settles
 * whom it concerns when they are taken), or drain_precheck_failed, which does what an answer to an
 * unfollow would: wait, back off, refresh, stop. */
int drain_precheck_take(struct drain *d, uint32_t count, uint32_t asked, int64_t now_ms,
                        struct winnow_error *err);
void drain_precheck_answered(struct drain *d, const struct reply *reply, int64_t now_ms);
void drain_precheck_failed(struct drain *d, const struct reply *reply, bool never_left,
                           int64_t now_ms);
/* Must the next fresh ones be asked about before they may leave, and is nothing asked now? */
bool drain_precheck_wanted(const struct drain *d);
/* Then: of the next `count` (one at least) all is known without a request, and they may leave. */
void drain_precheck_known(struct drain *d, uint32_t count, int64_t now_ms);
/* After drain_precheck_answered: nobody is asked about any more. */
void drain_precheck_end(struct drain *d);

void drain_pause(struct drain *d);
void drain_resume(struct drain *d);
/* Finish what is in flight, then end with that code. The first call decides. */
void drain_stop(struct drain *d, enum winnow_code code, const char *reason);

#endif
