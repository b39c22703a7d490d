/* Invariant 6 in figures: how much of what the tightest budget allowed was used.
 *
 * What it allows: at even pace one request a step, at burst pace a whole limit each period. Time in
 * which a fault stood in the way is taken off: the process was not there, the machine asleep, the
 * network away, the user's pause or the platform's own wait in force; at burst pace only for that
 * part of the budget that was free then, since a full window loses nothing. What the engine itself
 * adds (its backing off, after an outage until its next try) is not taken off. What left counts as
 * used, whether it arrived or not. */
#include "sim.h"

void use_sent(struct sim *sim, uint32_t count) {
    struct use *u = &sim->use;
    if (!u->begun) {
        u->begun = true;
        u->first_ms = sim->machine.now_ms;
        u->blocked_ms = 0;
    }
    u->last_ms = sim->machine.now_ms;
    u->left += count;
}

void use_never_left(struct sim *sim, uint32_t count) {
    sim->use.left -= count;
}

/* The part of the budget that was free, added up over the time: a budget half used loses half. */
static double free_time(struct sim *sim, int64_t from_ms, int64_t until_ms) {
    struct meter *m = &sim->server.meters[0];
    int64_t ahead_ms = server_clock(&sim->server, from_ms) - from_ms;
    uint64_t used = meter_own(m, from_ms + ahead_ms);
    double sum = 0;
    for (uint32_t i = 0; i < m->own.count && from_ms < until_ms; i++) {
        const struct hit *h = &m->own.hits[(m->own.first + i) % m->own.room];
        int64_t frees_ms = h->at_ms + m->period_ms - ahead_ms;
        int64_t to_ms = frees_ms < until_ms ? frees_ms : until_ms;
        sum += (double)(m->limit - used) * (double)(to_ms - from_ms);
        from_ms = to_ms;
        used -= h->cost;
    }
    return (sum + (double)m->limit * (double)(until_ms - from_ms)) / (double)m->limit;
}

void use_blocked(struct sim *sim, int64_t until_ms) {
    int64_t from_ms = sim->machine.now_ms;
    if (!sim->use.measured || until_ms <= from_ms)
        return;
    sim->use.blocked_ms +=
        sim->s.burst ? free_time(sim, from_ms, until_ms) : (double)(until_ms - from_ms);
}

double use_share(const struct sim *sim) {
    const struct use *u = &sim->use;
    const struct meter *m = &sim->server.meters[0];
    double open_ms = (double)(u->last_ms - u->first_ms) - u->blocked_ms;
    double periods = open_ms / (double)m->period_ms;
    double allowed = (double)m->limit * (sim->s.burst ? (double)(int64_t)periods + 1 : periods);
    return (double)u->left / (sim->s.burst ? allowed : allowed + 1);
}
