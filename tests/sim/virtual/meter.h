/* How the platform counts a budget, and the audit of what winnow sent: the simulation's own
 * windows, which share nothing with the engine's limiter.
 *
 * The audit holds for every window however it is aligned: before each arrival, what arrived in the
 * period that ends with it is added up; were there a window with more than the limit in it, it
 * would be seen at the last arrival in it. */
#ifndef SIM_METER_H
#define SIM_METER_H

#include <stdbool.h>
#include <stdint.h>

struct hit {
    int64_t at_ms;
    uint32_t cost;
};

/* What was counted in the last period. Times never go back. */
struct span {
    int64_t period_ms;
    struct hit *hits; /* a ring, oldest first; grows to what a period can hold */
    uint32_t first, count, room;
    uint64_t sum;
};

void span_add(struct span *s, int64_t at_ms, uint32_t cost);
uint64_t span_sum(struct span *s, int64_t at_ms);
void span_free(struct span *s);

enum meter_kind {
    METER_SLIDING, /* any span of a period */
    METER_ALIGNED, /* windows begin at multiples of the period */
    METER_FIRST,   /* a window begins with the first request that finds none open */
};

struct meter {
    char name[32];
    enum meter_kind kind; /* how the platform counts */
    int64_t period_ms;
    uint64_t limit;        /* that winnow was told: the audit's */
    uint64_t server_limit; /* that the platform enforces */
    uint32_t per_entry, per_write, per_read;
    struct span own; /* what winnow sent */
    struct span all; /* with what others sent: METER_SLIDING */
    int64_t window_ms;
    uint64_t window_sum; /* of the other kinds */
    uint64_t own_total;
};

void meter_init(struct meter *m);
void meter_free(struct meter *m);
uint32_t meter_cost(const struct meter *m, uint32_t entries);

/* Would the platform take it now? Its own limit, its own kind of window. */
bool meter_grants(struct meter *m, int64_t at_ms, uint32_t cost);
void meter_count(struct meter *m, int64_t at_ms, uint32_t cost, bool own);
uint64_t meter_left(struct meter *m, int64_t at_ms);
/* When a request of that cost fits again, refused ones counted or not; one that never fits: when
 * nothing is used. */
int64_t meter_reset(struct meter *m, int64_t at_ms, uint32_t cost);
/* The most that winnow has sent in the period that ends now: over the limit breaks invariant 2. */
uint64_t meter_own(struct meter *m, int64_t at_ms);

#endif
