/* The drain: a campaign's state machine. It decides which entries leave next, when, and what an
 * answer means for them. It does nothing itself. Whoever drives it (the worker on a real network, a
 * simulation in virtual time) makes these calls, round after round:
 *
 *   1. drain_next says what to do now: send, look, refresh the token, wait, or end.
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
 * The drain (enum drain_phase): running <-> paused; either -> stopping -> ended, with a code.
 *
 * Pure: time and seed are parameters. All memory is taken in drain_open; nothing grows. */
#ifndef CORE_DRAIN_DRAIN_H
#define CORE_DRAIN_DRAIN_H

#include "core/drain/backoff.h"
#include "core/drain/outcome.h"
#include "core/drain/quiet.h"
#include "core/drain/reply.h"
#include "core/limiter/limiter.h"

#include <winnow/error.h>

#define DRAIN_IN_FLIGHT_MAX 64
#define DRAIN_BATCH_MAX     200
/* What was learned by a look is asked for again when it is so old. The same age makes a question
 * too old: its answer would be about another time than the one that it is to explain. */
#define DRAIN_LOOK_FRESH_MS INT64_C(3600000)
/* A token that is refused within this time has not expired. */
#define DRAIN_TOKEN_YOUNG_MS INT64_C(300000)
/* So many refusals of tokens in a row, each refreshed since, are not about their age. */
#define DRAIN_TOKEN_REFUSALS_MAX 10
/* The streak_max of the options is at most this. */
#define DRAIN_STREAK_MAX 16
/* Tries of an entry whose answers prove nothing about it (REPLY_STREAK). */
#define DRAIN_UNSURE_TRIES_MAX 4
/* So many batches in a row of which nobody can say whether they were carried out: single entries
 * from then on. */
#define DRAIN_HOLLOW_MAX 2
/* Entries waiting for another try; when there are as many, fresh ones wait. */
#define DRAIN_RETRIES_MAX 4096

struct drain_options {
    uint32_t in_flight_max; /* requests at once, 1..DRAIN_IN_FLIGHT_MAX */
    uint32_t batch_max;     /* entries in a request, 1..DRAIN_BATCH_MAX */
    uint32_t attempts_max;  /* tries of one entry before it is settled as refused */
    uint32_t streak_max;    /* ambiguous refusals in a row before the run stops */
    uint32_t refusals_max;  /* entries refused for good in a row before the run stops */
    struct backoff backoff;
    int64_t until_ms; /* stop then; INT64_MAX: never */
    struct quiet_hours quiet;
    uint32_t look_max; /* fresh entries are looked at before they leave, at most so many in a
                          request; 0: they leave as planned */
    enum budget_call look_call; /* what a look counts as, */
    uint64_t look_money;        /* and costs for each entry, in millionths */
    uint64_t seed;              /* for jitter */
};

/* What a careful run uses; docs/reliability.md says why these numbers. */
extern const struct drain_options drain_defaults;

struct drain_entry {
    uint32_t position;
    uint32_t attempts; /* failed tries so far */
    uint8_t together;  /* its batch failed: at most so many in a request from now on; 0: no bound */
    bool in_doubt;     /* the last try may have happened */
    uint8_t ask;       /* the question to be asked about it next, counted from 1; 0: it is sent */
    int64_t not_before_ms;
    int64_t ask_since_ms; /* when the unfollow was answered that is asked about; 0: none is */
};

enum drain_phase {
    DRAIN_RUNNING,
    DRAIN_PAUSED,
    DRAIN_STOPPING, /* nothing new leaves; ends when all is answered */
};

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
    enum drain_phase phase;
    enum winnow_code end_code; /* DRAIN_STOPPING: how it will end */
    char end_reason[256];
    bool refresh_wanted;
    bool refreshing;         /* its request's cost is held */
    bool refreshed;          /* and no success since */
    int64_t refreshed_at_ms; /* then */
    uint32_t token_refusals; /* in a row, with no success between */
    uint32_t looked;         /* look_max > 0: entries below it may leave */
    uint32_t looking;        /* entries in the look that is in the air; 0: none is */
    struct budget_load look_load;
    int64_t looked_at_ms;
    uint32_t forgotten; /* an old look was, at this cursor + 1; 0: none was */
    uint32_t batch_now; /* entries in a request: halved when a server finds a batch too large */
    uint32_t failures;  /* in a row: the server is in trouble, or we are offline */
    bool fresh_first;   /* tries again failed: a fresh entry shows whether it is they */
    uint32_t streak, refusals;
    uint32_t streak_of[DRAIN_STREAK_MAX]; /* the positions in it */
    bool well;       /* a success in this run: the platform carries out what it is asked */
    uint32_t hollow; /* batches in a row whose answers do not tell what happened */
    uint32_t busy;   /* times in a row that it said "too many" after it had been waited for */
    int64_t busy_until_ms;
    int64_t slow_until_ms;
    char slow_reason[256];
    uint64_t draws; /* of jitter */
    uint32_t in_flight;
    struct drain_flight *flights; /* in_flight_max of them */
    struct drain_entry *retries;  /* a heap, earliest and lowest first */
    uint32_t retry_count;
    struct drain_entry *settled; /* of the last drain_answer: batch_max */
    struct drain_entry *memory;  /* one block behind all entries */
};

int drain_open(struct drain *d, const struct drain_options *options, struct limiter *limiter,
               uint32_t total, uint32_t cursor, struct winnow_error *err);
void drain_close(struct drain *d);

/* After drain_open: an entry that the store has as open (to be tried again, or in doubt since a
 * crash). */
int drain_restore(struct drain *d, const struct drain_entry *entry, struct winnow_error *err);

enum drain_do {
    DRAIN_SEND,    /* entries[0..count): candidates, in order; go on with drain_take. One with `ask`
                      comes alone, and its question leaves in place of the unfollow: a read */
    DRAIN_WAIT,    /* nothing to do before `until_ms`, unless an event comes */
    DRAIN_LOOK,    /* entries[0..count): ask how it stands with them; go on with drain_take_look */
    DRAIN_REFRESH, /* get a fresh access token: go on with drain_take_refresh */
    DRAIN_END,     /* over: `code` and `reason` */
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

/* The access token is about to expire: refresh it before anything more leaves. */
void drain_want_refresh(struct drain *d);
/* A refresh: drain_take_refresh holds its cost, before the commit. Then the caller asks for the
 * token, and says what came of it:
 *
 *   drain_refreshed       a new token. If the server refuses it soon after, the run stops.
 *   drain_token_taken     the token that another process got. It may be old: its refusal does not
 *                         stop the run.
 *   drain_refresh_failed  no network, a server in trouble, a 429: it backs off and asks again.
 *                         After a failure for good the caller calls drain_stop. */
int drain_take_refresh(struct drain *d, int64_t now_ms, struct winnow_error *err);
void drain_refreshed(struct drain *d, int64_t now_ms);
void drain_token_taken(struct drain *d, int64_t now_ms);
void drain_refresh_failed(struct drain *d, const char *reason, int64_t now_ms);

/* Hold what a look costs, before the commit; its request asks about `asked` of the `count` entries
 * that were offered. It takes the place of a request until drain_looked,
 * which says whether these entries may be offered now (the caller keeps what it learned of them,
 * and settles whom it concerns when they are taken), or drain_look_failed, which does what an
 * answer to an unfollow would: wait, back off, refresh, stop. */
int drain_take_look(struct drain *d, uint32_t count, uint32_t asked, int64_t now_ms,
                    struct winnow_error *err);
void drain_looked(struct drain *d, const struct reply *reply, int64_t now_ms);
void drain_look_failed(struct drain *d, const struct reply *reply, bool never_left, int64_t now_ms);
/* Must the next fresh ones be looked at before they may leave, and is no look in the air? */
bool drain_wants_look(const struct drain *d);
/* Then: of the next `count` all is known without a request, and they may leave. */
void drain_look_known(struct drain *d, uint32_t count, int64_t now_ms);
/* After drain_looked: nobody is looked at any more. */
void drain_look_no_more(struct drain *d);

void drain_pause(struct drain *d);
void drain_resume(struct drain *d);
/* Finish what is in flight, then end with that code. The first call decides. */
void drain_stop(struct drain *d, enum winnow_code code, const char *reason);

#endif
