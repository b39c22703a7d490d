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
 * A budget is sliding: at most `limit` in any span of `period_ms`. Where a server's own window
 * begins is never known well enough to lean on (a Date header tells whole seconds, some time ago;
 * which request opened a window is not told at all), and nothing is lost: over many windows a span
 * grants as much as fixed windows do. Or it is a total, never renewed: the user's caps on actions
 * and money.
 *
 * Pure: time is a parameter (milliseconds, engine time, never going back). Not thread-safe. */
#ifndef CORE_LIMITER_LIMITER_H
#define CORE_LIMITER_LIMITER_H

#include "core/base/action.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <winnow/error.h>

/* Whose limit it is. All who share it stay within it together: its state is stored once for them
 * all, and read and charged in the transaction that stores the intent (work/budgets/budgets.h). */
enum budget_scope {
    SCOPE_ACCOUNT,  /* platform, server, account */
    SCOPE_APP,      /* the app that was logged in with; the account where no app is known */
    SCOPE_ADDRESS,  /* all that this machine asks of the server */
    SCOPE_CAMPAIGN, /* the user's caps */
};

/* Kinds are stored. Earlier versions had two names more for a sliding one, 1 and 2. */
enum budget_kind { BUDGET_SLIDING, BUDGET_TOTAL = 3 };

#define BUDGET_NAME_MAX 32
#define BUDGETS_MAX     16

/* What is asked, where a platform limits its calls one by one. */
enum budget_call {
    CALL_OTHER, /* none of those below */
    CALL_WHOAMI,
    CALL_FOLLOWING,
    CALL_FOLLOWERS,
    CALL_LISTS,
    CALL_MEMBERS,
    CALL_USERS,
};
#define CALL_BIT(call) (UINT32_C(1) << (call))

/* What a request asks of a budget: sum of the costs of what it does. */
struct budget_costs {
    uint32_t each[ACTION_COUNT]; /* each action on an entry */
    uint32_t write;              /* each request that writes, whatever it carries */
    uint32_t read;               /* each request that lists or looks up */
    uint32_t calls;              /* only such reads, a CALL_BIT each; 0: all */
    uint32_t money;              /* 1: what a read costs, in millionths */
};

struct budget_spec {
    char name[BUDGET_NAME_MAX]; /* "unfollow/15m" */
    enum budget_kind kind;
    uint64_t limit;    /* 0 < limit; in the budget's own unit (requests, points, micro-USD) */
    int64_t period_ms; /* 0 for BUDGET_TOTAL */
    struct budget_costs costs;
    enum budget_scope scope;
    bool users; /* the user's own cap: reaching it for good ends the run with exit code 6 */
};

/* A request's load: what it does to how many entries, whether it writes or reads. */
struct budget_load {
    enum action action;
    uint32_t count; /* entries; 0: it does nothing to any */
    bool write;
    bool read;
    enum budget_call call; /* of a read */
    uint64_t money;        /* of a read, in millionths */
};

/* A window remembers costs by slot, period / BUDGET_SLOTS long each, and lets a slot go
 * when its youngest member is a period old: exact to 1/4096 of the period, on the safe side. */
#define BUDGET_SLOTS 4096

struct budget_slot {
    int64_t at_ms; /* of the youngest cost in it */
    uint64_t cost;
};

/* Another process's requests in flight: they count until it has their answers. One that dies leaves
 * them; after `until_ms` they count as answered then, at the latest. */
struct budget_holder {
    uint64_t owner;
    uint64_t held;
    int64_t until_ms;
};
#define BUDGET_HOLDERS_MAX 32

/* A process that shares a budget holds costs for so long at most, from the commit to the answer:
 * whoever sends must send before half of it is over (RUNNER_SEND_LATEST_MS), and a request takes
 * less than the rest. */
#define BUDGET_HOLD_MS INT64_C(180000)
/* What others hold may be free at any time, and nobody tells: look again so often. */
#define BUDGET_AGAIN_MS INT64_C(1000)

struct budget {
    struct budget_spec spec;
    uint64_t held;            /* committed by us, not answered yet */
    uint64_t used;            /* answered within the period, held excluded */
    uint64_t others_held;     /* sum of `others` */
    int64_t next_even_us;     /* even pace: not before this, in microseconds of engine time */
    int64_t blocked_until_ms; /* the server said so */
    uint64_t cap_left;        /* what the server grants until `cap_until_ms`, when that is ahead */
    int64_t cap_until_ms;
    uint64_t cap_doubt;        /* taken off cap_left for what was in flight; not stored */
    struct budget_slot *slots; /* a ring, oldest first; owned; not for a total */
    uint32_t slot_first, slot_count, slot_room;

    /* shared with other processes */
    uint64_t generation; /* of the stored image that we know; 0: none */
    int64_t held_until_ms;
    uint64_t unsaved; /* used, and in no image yet: the last of it at `unsaved_ms` */
    int64_t unsaved_ms;
    bool cap_unsaved;
    struct budget_holder others[BUDGET_HOLDERS_MAX];
    uint32_t other_count;
};

enum pace { PACE_EVEN, PACE_BURST };

struct limiter {
    struct budget budgets[BUDGETS_MAX];
    size_t count;
    enum pace pace;
    uint64_t owner; /* under which our held costs are stored; 0: we only look */
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

/* The most entries, at most `want`, that one writing request could carry now; 0: none. */
uint32_t limiter_fit(struct limiter *l, enum action action, uint32_t want, int64_t now_ms);

/* The most entries that could be acted on from now on until `span_ms` is over, each after a read
 * that costs `money`; at most `want`. What becomes free within the span only by a window that is
 * longer than it is not counted. */
uint32_t limiter_within(struct limiter *l, enum action action, uint32_t want, uint64_t money,
                        int64_t span_ms, int64_t now_ms);

/* Does the budget limit requests that do that to entries? */
bool limiter_counts(const struct budget_spec *spec, enum action action);

/* The name of the budget that a call of that kind has of its own; NULL: none. */
const char *limiter_of_call(const struct limiter *l, enum budget_call call);

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
 * that of an earlier one; one that ends later than it plausibly can is not believed. Times are
 * engine time. */
void limiter_observe(struct limiter *l, const char *budget, uint64_t limit, uint64_t remaining,
                     int64_t reset_ms, int64_t now_ms);

/* The latest time until which a budget (NULL, or one that is not counted here: the longest that is)
 * can make wait from now on: its period, or `window_ms` where the platform names a longer one, and
 * a quarter of an hour at least. A server's later word is a clock that is wrong. */
int64_t limiter_plausible(const struct limiter *l, const char *budget, int64_t until_ms,
                          int64_t window_ms, int64_t now_ms);

/* A 429: nothing that draws on this budget leaves before `until_ms`. NULL: all budgets. */
void limiter_block(struct limiter *l, const char *budget, int64_t until_ms);

/* Stored state: a flat, versioned image of one budget, with who holds what of it.
 *
 * A process begins with budget_read: what `owner` holds there is its own, of before a crash, and
 * counts as answered at `now_ms`, since whether it left is not known; with owner 0, who only looks,
 * so does what anybody holds. In each later transaction budget_merge takes up what others have
 * stored meanwhile, and keeps what is ours: held costs, and what was settled, heard or blocked
 * since the last budget_saved. */
#define BUDGET_IMAGE_MAX (88 + (BUDGET_SLOTS + 2) * 16 + (BUDGET_HOLDERS_MAX + 1) * 24)
size_t budget_image_size(const struct budget *b);
void budget_write(const struct budget *b, uint64_t owner, unsigned char *image);
int budget_read(struct budget *b, uint64_t owner, const unsigned char *image, size_t size,
                int64_t now_ms, struct winnow_error *err);
int budget_merge(struct budget *b, uint64_t owner, const unsigned char *image, size_t size,
                 int64_t now_ms, struct winnow_error *err);
/* After either: others whose process is dead, as far as that can be told, or has held for too long,
 * have their costs counted as answered at `now_ms`. */
int budget_let_go(struct budget *b, bool (*dead)(uint64_t owner), int64_t now_ms,
                  struct winnow_error *err);
/* The image is in the store, or will be with this transaction. */
void budget_saved(struct budget *b);
/* Do others hold something of it? Then what we know of it may be old. */
bool limiter_is_shared_now(const struct limiter *l);

/* What is used of the present window, all that is held included, and when some of it is free again.
 */
uint64_t budget_used(struct limiter *l, struct budget *b, int64_t now_ms);
int64_t budget_resets_at(struct limiter *l, struct budget *b, int64_t now_ms);

#endif
