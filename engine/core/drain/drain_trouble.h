/* What answers say of the server and of the account, over entries: is it well, in trouble, or does
 * it say of one after the other what proves nothing?
 *
 *   calm --fails--> failing --is well--> calm
 *     |                |
 *     +---says nothing-+--> doubtful --success--> calm
 *
 * It slows the run down, and tells a broken entry from a broken server: when tries again fail, a
 * fresh entry goes between and shows which it is. */
#ifndef CORE_DRAIN_DRAIN_TROUBLE_H
#define CORE_DRAIN_DRAIN_TROUBLE_H

#include "core/base/machine.h"
#include "core/limiter/backoff.h"

/* The streak_max of the options is at most this. */
#define DRAIN_STREAK_MAX 16

enum drain_trouble_state { TROUBLE_CALM, TROUBLE_FAILING, TROUBLE_DOUBTFUL };

enum drain_trouble_event {
    TROUBLE_SUCCESS,      /* an entry was settled by an answer */
    TROUBLE_IS_WELL,      /* the server answered a read */
    TROUBLE_FAILS,        /* it is in trouble, or we are offline */
    TROUBLE_SAYS_NOTHING, /* an answer that proves nothing about its entry */
};

struct drain_trouble {
    uint8_t state;     /* enum drain_trouble_state */
    uint32_t failures; /* in a row */
    bool fresh_first;  /* tries again failed: a fresh entry shows whether it is they */
    uint32_t streak;   /* entries in a row of which nothing was said: */
    uint32_t streak_of[DRAIN_STREAK_MAX]; /* their positions */
    uint32_t refusals;                    /* entries refused for good, in a row */
    bool well;     /* a success in this run: the platform carries out what it is asked */
    uint32_t busy; /* times in a row that it said "too many" after it had been waited for */
    int64_t busy_until_ms;
    int64_t slow_until_ms; /* nothing leaves before */
    char slow_reason[256];
    uint64_t draws; /* of jitter */
};

void drain_trouble_move(struct drain_trouble *t, enum drain_trouble_event event,
                        struct machine_fault *fault);
/* An answer said nothing of the entry at `position`. The same one again says nothing new. */
void drain_trouble_doubt(struct drain_trouble *t, uint32_t position, struct machine_fault *fault);

/* Nothing leaves before; an earlier time changes nothing. */
void drain_trouble_slow(struct drain_trouble *t, int64_t until_ms, const char *reason);
/* How long to wait after so many failures, and the jitter's next draw. */
int64_t drain_trouble_wait_ms(struct drain_trouble *t, const struct backoff *backoff,
                              uint32_t failures, uint64_t seed);
/* It said "too many", to come back at `until_ms`: then, or later where it has said so before. */
int64_t drain_trouble_patient(struct drain_trouble *t, const struct backoff *backoff, uint64_t seed,
                              int64_t until_ms, int64_t now_ms);

#endif
