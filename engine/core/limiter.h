/* The limiter: when may the next request leave? Any number of budgets at once; a request leaves
 * when all of them grant it.
 *
 * The promise (invariant 2): over every budget, in every window, what the server counts stays at
 * or under the limit. We know when a request is committed and when its answer came, not when the
 * server counted it; so what a request costs is *held* from the commit until the answer, and is
 * entered in the window at the answer's time. The server's time lies between the two, hence a
 * window that is right by our clock is right by the server's. A period is taken to be 1/10,000
 * longer than it is, since two quartz clocks drift apart by up to 100 parts in a million.
 *
 * Kinds of budget, as the server counts
 *   sliding  at most `limit` in any span of `period_ms`; the default
 *   aligned  windows start at multiples of the period since 1970 on the server's clock
 *   first    a window starts with the first request that finds none open
 *   total    never renewed: the user's caps on actions and money
 * The first three are kept in the same way, as a span that holds for every alignment. Where a
 * server's own window begins is never known well enough to lean on (a Date header tells whole
 * seconds, some time ago; which request opened a window is not told at all), and nothing is lost:
 * over many windows a span grants as much as fixed windows do.
 *
 * Pure: time is a parameter (milliseconds, engine time, never going back). Not thread-safe. */
#ifndef CORE_LIMITER_H
#define CORE_LIMITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <winnow/error.h>

enum budget_kind { BUDGET_SLIDING, BUDGET_ALIGNED, BUDGET_FIRST, BUDGET_TOTAL };

#define BUDGET_NAME_MAX 32
#define BUDGETS_MAX     12

/* What a request asks of a budget: sum of the costs of what it does. */
struct budget_costs {
    uint32_t unfollow; /* each entry unfollowed */
    uint32_t write;    /* each request that writes, whatever it carries */
    uint32_t read;     /* each request that lists or looks up */
};

struct budget_spec {
    char name[BUDGET_NAME_MAX]; /* "unfollow/15m" */
    enum budget_kind kind;
    uint64_t limit;    /* 0 < limit; in the budget's own unit (requests, points, micro-USD) */
    int64_t period_ms; /* 0 for BUDGET_TOTAL */
    struct budget_costs costs;
    bool users; /* the user's own cap: reaching it for good ends the run with exit code 6 */
};

/* A request's load: how many entries it unfollows, whether it writes or reads. */
struct budget_load {
    uint32_t unfollows;
    bool write;
    bool read;
};

/* A window remembers costs by slot, period / BUDGET_SLOTS long each, and lets a slot go
 * when its youngest member is a period old: exact to 1/4096 of the period, on the safe side. */
#define BUDGET_SLOTS 4096

struct budget_slot {
    int64_t at_ms; /* of the youngest cost in it */
    uint64_t cost;
};

struct budget {
    struct budget_spec spec;
    uint64_t held;            /* committed, not answered yet */
    uint64_t used;            /* answered within the period, held excluded */
    int64_t next_even_us;     /* even pace: not before this, in microseconds of engine time */
    int64_t blocked_until_ms; /* the server said so */
    uint64_t cap_left;        /* what the server grants until `cap_until_ms`, when that is ahead */
    int64_t cap_until_ms;
    uint64_t cap_doubt;        /* taken off cap_left for what was in flight; not stored */
    struct budget_slot *slots; /* a ring, oldest first; owned; not for a total */
    uint32_t slot_first, slot_count, slot_room;
};

enum pace { PACE_EVEN, PACE_BURST };

struct limiter {
    struct budget budgets[BUDGETS_MAX];
    size_t count;
    enum pace pace;
};

void limiter_init(struct limiter *l, enum pace pace);
void limiter_free(struct limiter *l);
int limiter_add(struct limiter *l, const struct budget_spec *spec, struct winnow_error *err);
struct budget *limiter_find(struct limiter *l, const char *name);

struct limiter_answer {
    bool granted;
    bool never;               /* a total budget is spent: waiting will not help */
    int64_t at_ms;            /* not granted: the earliest time that it could be */
    const struct budget *why; /* not granted: the budget that holds out longest */
};

/* May a request of that load leave now? Changes nothing but the passing of windows. A load larger
 * than a budget's whole limit is never granted: split it (limiter_fit). */
struct limiter_answer limiter_ask(struct limiter *l, struct budget_load load, int64_t now_ms);

/* The most unfollows, at most `want`, that one writing request could carry now; 0: none. */
uint32_t limiter_fit(struct limiter *l, uint32_t want, int64_t now_ms);

/* Hold the load's costs; to be stored in the transaction that stores the intent. Only after
 * limiter_ask granted the same load at the same time. Reserves what limiter_settle needs, so that
 * settling cannot fail. */
int limiter_hold(struct limiter *l, struct budget_load load, int64_t now_ms,
                 struct winnow_error *err);

/* The answer came, or will never come: the costs enter the window at `now_ms`. */
void limiter_settle(struct limiter *l, struct budget_load load, int64_t now_ms);

/* The request surely never left (no connection): the costs are free again. */
void limiter_release(struct limiter *l, struct budget_load load);

/* The server's word. `remaining` below our own count is believed until `reset_ms`; a higher one
 * is not. What is in flight may be in the server's number or not: it is taken off, and given back
 * when the last of it is answered and the server has told again. Word of a later window replaces
 * that of an earlier one. Times are engine time. */
void limiter_observe(struct limiter *l, const char *budget, uint64_t limit, uint64_t remaining,
                     int64_t reset_ms, int64_t now_ms);

/* A 429: nothing that draws on this budget leaves before `until_ms`. NULL: all budgets. */
void limiter_block(struct limiter *l, const char *budget, int64_t until_ms);

/* Stored state: a flat, versioned image of one budget. Restoring takes held costs as answered at
 * `now_ms`: whether they left is not known, so they count. */
#define BUDGET_IMAGE_MAX (104 + (BUDGET_SLOTS + 2) * 16)
size_t budget_image_size(const struct budget *b);
void budget_write(const struct budget *b, unsigned char *image);
int budget_read(struct budget *b, const unsigned char *image, size_t size, int64_t now_ms,
                struct winnow_error *err);

/* What is used of the present window, held included, and when some of it is free again. */
uint64_t budget_used(struct limiter *l, struct budget *b, int64_t now_ms);
int64_t budget_resets_at(struct limiter *l, struct budget *b, int64_t now_ms);

#endif
