/* Windows, counted: see meter.h. Happy path: a hit is added, old ones fall out. Fails by memory
 * only, which ends the simulation. */
#include "meter.h"

#include <stdlib.h>

static void grow(struct span *s) {
    uint32_t room = s->room == 0 ? 64 : s->room * 2;
    struct hit *hits = malloc(room * sizeof *hits);
    if (hits == NULL)
        abort();
    for (uint32_t i = 0; i < s->count; i++)
        hits[i] = s->hits[(s->first + i) % s->room];
    free(s->hits);
    s->hits = hits;
    s->first = 0;
    s->room = room;
}

void span_add(struct span *s, int64_t at_ms, uint32_t cost) {
    (void)span_sum(s, at_ms);
    if (s->count == s->room)
        grow(s);
    s->hits[(s->first + s->count++) % s->room] = (struct hit){at_ms, cost};
    s->sum += cost;
}

uint64_t span_sum(struct span *s, int64_t at_ms) {
    while (s->count > 0 && at_ms - s->hits[s->first].at_ms >= s->period_ms) {
        s->sum -= s->hits[s->first].cost;
        s->first = (s->first + 1) % s->room;
        s->count--;
    }
    return s->sum;
}

void span_free(struct span *s) {
    free(s->hits);
    s->hits = NULL;
    s->room = s->count = 0;
}

void meter_init(struct meter *m) {
    m->own.period_ms = m->all.period_ms = m->period_ms;
    m->window_ms = INT64_MIN / 2;
}

void meter_free(struct meter *m) {
    span_free(&m->own);
    span_free(&m->all);
}

uint32_t meter_cost(const struct meter *m, uint32_t entries) {
    return m->per_entry * entries + m->per_write;
}

/* Begin a new window when the last is over. */
static void turn_window(struct meter *m, int64_t at_ms) {
    if (at_ms - m->window_ms < m->period_ms)
        return;
    m->window_ms = m->kind == METER_ALIGNED ? at_ms - at_ms % m->period_ms : at_ms;
    m->window_sum = 0;
}

uint64_t meter_left(struct meter *m, int64_t at_ms) {
    bool over = at_ms - m->window_ms >= m->period_ms;
    uint64_t used = m->kind == METER_SLIDING ? span_sum(&m->all, at_ms) : over ? 0 : m->window_sum;
    return used < m->server_limit ? m->server_limit - used : 0;
}

bool meter_grants(struct meter *m, int64_t at_ms, uint32_t cost) {
    return cost <= meter_left(m, at_ms);
}

void meter_count(struct meter *m, int64_t at_ms, uint32_t cost, bool own) {
    if (m->kind == METER_SLIDING) {
        span_add(&m->all, at_ms, cost);
    } else {
        turn_window(m, at_ms);
        m->window_sum += cost;
    }
    if (!own)
        return;
    span_add(&m->own, at_ms, cost);
    m->own_total += cost;
}

int64_t meter_reset(struct meter *m, int64_t at_ms, uint32_t cost) {
    if (m->kind != METER_SLIDING)
        return at_ms - m->window_ms >= m->period_ms ? at_ms : m->window_ms + m->period_ms;
    uint64_t sum = span_sum(&m->all, at_ms);
    int64_t reset_ms = at_ms;
    for (uint32_t i = 0; i < m->all.count && (i == 0 || sum + cost > m->server_limit); i++) {
        const struct hit *h = &m->all.hits[(m->all.first + i) % m->all.room];
        sum -= h->cost;
        reset_ms = h->at_ms + m->period_ms;
    }
    return reset_ms;
}

uint64_t meter_own(struct meter *m, int64_t at_ms) {
    return span_sum(&m->own, at_ms);
}
