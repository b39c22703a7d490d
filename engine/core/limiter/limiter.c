/* The limiter: see limiter.h. Happy path: limiter_ask grants, limiter_hold before the commit,
 * limiter_settle with the answer. Fails only by memory, in limiter_add and limiter_hold, before
 * anything has changed. Stored images: limiter_image.c. */
#include "core/limiter/limiter.h"

#include <stdlib.h>
#include <string.h>

#include "core/limiter/limiter_window.h"

/* Resets that differ by less than this are of the same window: servers tell whole seconds. */
#define CAP_JITTER_MS 1000

void limiter_init(struct limiter *l, enum pace pace) {
    *l = (struct limiter){.pace = pace};
}

void limiter_free(struct limiter *l) {
    for (size_t i = 0; i < l->count; i++)
        free(l->budgets[i].slots);
    *l = (struct limiter){.pace = l->pace};
}

int limiter_add(struct limiter *l, const struct budget_spec *spec, struct winnow_error *err) {
    if (l->count == BUDGETS_MAX)
        return winnow_fail(err, WINNOW_USAGE, "more than %d budgets: leave some out", BUDGETS_MAX);
    if (spec->limit == 0 || (spec->kind != BUDGET_TOTAL && spec->period_ms <= 0))
        return winnow_fail(err, WINNOW_USAGE,
                           "budget %s: the limit and the period must be above zero", spec->name);
    l->budgets[l->count++] = (struct budget){.spec = *spec};
    return 0;
}

struct budget *limiter_find(struct limiter *l, const char *name) {
    for (size_t i = 0; i < l->count; i++)
        if (strcmp(l->budgets[i].spec.name, name) == 0)
            return &l->budgets[i];
    return NULL;
}

static uint64_t load_cost(const struct budget *b, struct budget_load load) {
    const struct budget_costs *c = &b->spec.costs;
    bool counts = load.read && (c->calls == 0 || (c->calls & CALL_BIT(load.call)) != 0);
    return (uint64_t)c->each[load.action] * load.count + (load.write ? c->write : 0) +
           (counts ? c->read : 0) + c->money * load.money;
}

/* How far apart requests of that cost are at even pace. */
static int64_t even_spacing_us(const struct budget *b, uint64_t cost) {
    return (int64_t)((double)cost * (double)b->spec.period_ms * 1000.0 / (double)b->spec.limit);
}

static bool paced(const struct limiter *l, const struct budget *b) {
    return l->pace == PACE_EVEN && b->spec.kind != BUDGET_TOTAL;
}

static int64_t later(int64_t a, int64_t b) {
    return a > b ? a : b;
}

/* When this budget could grant `cost`; at most now_ms when it can now. */
static int64_t budget_ready(const struct limiter *l, struct budget *b, uint64_t cost,
                            int64_t now_ms) {
    int64_t at = window_ready(b, cost, now_ms);
    if (at == INT64_MAX && b->others_held > 0)
        at = now_ms + BUDGET_AGAIN_MS;
    at = later(at, b->blocked_until_ms);
    if (b->cap_until_ms > now_ms && cost > b->cap_left)
        at = later(at, b->cap_until_ms);
    if (paced(l, b))
        at = later(at, (b->next_even_us + 999) / 1000);
    return at;
}

struct limiter_answer limiter_ask(struct limiter *l, struct budget_load load, int64_t now_ms) {
    struct limiter_answer answer = {.granted = true, .at_ms = now_ms};
    for (size_t i = 0; i < l->count; i++) {
        struct budget *b = &l->budgets[i];
        uint64_t cost = load_cost(b, load);
        if (cost == 0)
            continue;
        window_pass(b, now_ms);
        if (b->spec.kind == BUDGET_TOTAL && b->used + cost > b->spec.limit)
            return (struct limiter_answer){.never = true, .at_ms = INT64_MAX, .why = b};
        int64_t at = budget_ready(l, b, cost, now_ms);
        if (at <= now_ms || (!answer.granted && at <= answer.at_ms))
            continue;
        answer = (struct limiter_answer){.at_ms = at, .why = b};
    }
    return answer;
}

bool limiter_counts(const struct budget_spec *spec, enum action action) {
    return spec->costs.each[action] + spec->costs.write > 0;
}

uint32_t limiter_fit(struct limiter *l, enum action action, uint32_t want, int64_t now_ms) {
    for (size_t i = 0; i < l->count && want > 0; i++) {
        struct budget *b = &l->budgets[i];
        uint64_t each = b->spec.costs.each[action];
        if (!limiter_counts(&b->spec, action))
            continue;
        window_pass(b, now_ms);
        uint64_t room = window_room(b);
        if (b->cap_until_ms > now_ms && b->cap_left < room)
            room = b->cap_left;
        if (room < each + b->spec.costs.write)
            return 0;
        uint64_t fits = each == 0 ? want : (room - b->spec.costs.write) / each;
        if (fits < want)
            want = (uint32_t)fits;
    }
    struct budget_load load = {.action = action, .count = want, .write = true};
    return limiter_ask(l, load, now_ms).granted ? want : 0;
}

static uint64_t grants_within(const struct budget *b, int64_t span_ms) {
    uint64_t room = window_room(b);
    if (b->spec.kind == BUDGET_TOTAL || b->spec.period_ms > span_ms)
        return room;
    return room + b->spec.limit * (uint64_t)(span_ms / b->spec.period_ms);
}

uint32_t limiter_within(struct limiter *l, enum action action, uint32_t want, uint64_t money,
                        int64_t span_ms, int64_t now_ms) {
    for (size_t i = 0; i < l->count; i++) {
        struct budget *b = &l->budgets[i];
        uint64_t each = b->spec.costs.each[action] + b->spec.costs.money * money;
        if (each == 0)
            continue;
        window_pass(b, now_ms);
        uint64_t fits = grants_within(b, span_ms) / each;
        want = fits < want ? (uint32_t)fits : want;
    }
    return want;
}

const char *limiter_of_call(const struct limiter *l, enum budget_call call) {
    for (size_t i = 0; i < l->count; i++)
        if ((l->budgets[i].spec.costs.calls & CALL_BIT(call)) != 0)
            return l->budgets[i].spec.name;
    return NULL;
}

/* Keep to the grid of even pace when late by less than a step, so that timers a little late do
 * not add up to a lower rate; start a new grid after a longer wait, so that nothing bursts. */
static void pace_step(struct budget *b, uint64_t cost, int64_t now_ms) {
    int64_t step = even_spacing_us(b, cost);
    int64_t now_us = now_ms * 1000;
    int64_t late_us = later(step, 1000); /* a clock of milliseconds is late by up to one */
    int64_t from = b->next_even_us + late_us > now_us ? b->next_even_us : now_us;
    b->next_even_us = from + step;
}

int limiter_hold(struct limiter *l, struct budget_load load, int64_t now_ms,
                 struct winnow_error *err) {
    for (size_t i = 0; i < l->count; i++)
        if (load_cost(&l->budgets[i], load) != 0 && !window_reserve(&l->budgets[i]))
            return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory for the budget %s",
                               l->budgets[i].spec.name);
    for (size_t i = 0; i < l->count; i++) {
        struct budget *b = &l->budgets[i];
        uint64_t cost = load_cost(b, load);
        if (cost == 0)
            continue;
        b->held += cost;
        b->held_until_ms = now_ms + BUDGET_HOLD_MS;
        if (b->cap_until_ms > now_ms)
            b->cap_left -= cost < b->cap_left ? cost : b->cap_left;
        if (paced(l, b))
            pace_step(b, cost, now_ms);
    }
    return 0;
}

void limiter_settle(struct limiter *l, struct budget_load load, int64_t now_ms) {
    for (size_t i = 0; i < l->count; i++) {
        struct budget *b = &l->budgets[i];
        uint64_t cost = load_cost(b, load);
        if (cost == 0)
            continue;
        b->held -= cost < b->held ? cost : b->held;
        window_enter(b, cost, now_ms);
        b->unsaved += cost;
        b->unsaved_ms = now_ms;
    }
}

void limiter_release(struct limiter *l, struct budget_load load) {
    for (size_t i = 0; i < l->count; i++) {
        struct budget *b = &l->budgets[i];
        uint64_t cost = load_cost(b, load);
        b->held -= cost < b->held ? cost : b->held;
        if (b->cap_until_ms != 0)
            b->cap_left += cost; /* taken off by limiter_hold or limiter_observe */
        b->cap_unsaved = b->cap_unsaved || cost != 0;
    }
}

/* Resets are told in whole seconds, and clocks drift: a little more than the period. */
#define PLAUSIBLE_MORE_MS INT64_C(5000)
/* And a budget that the user made short does not make the platform's own shorter. */
#define PLAUSIBLE_LEAST_MS INT64_C(900000)

int64_t limiter_plausible(const struct limiter *l, const char *budget, int64_t until_ms,
                          int64_t window_ms, int64_t now_ms) {
    int64_t named_ms = 0;
    int64_t longest_ms = 0;
    for (size_t i = 0; i < l->count; i++) {
        const struct budget_spec *s = &l->budgets[i].spec;
        if (budget != NULL && strcmp(s->name, budget) == 0)
            named_ms = s->period_ms;
        if (!s->users)
            longest_ms = later(longest_ms, s->period_ms);
    }
    int64_t most_ms = later(named_ms > 0 ? named_ms : longest_ms, window_ms);
    int64_t latest_ms = now_ms + later(most_ms, PLAUSIBLE_LEAST_MS) + PLAUSIBLE_MORE_MS;
    return until_ms < latest_ms ? until_ms : latest_ms;
}

void limiter_observe(struct limiter *l, const char *budget, uint64_t limit, uint64_t remaining,
                     int64_t reset_ms, int64_t now_ms) {
    struct budget *b = limiter_find(l, budget);
    if (b == NULL || limit == 0 || reset_ms <= now_ms ||
        reset_ms > limiter_plausible(l, budget, reset_ms, 0, now_ms))
        return;
    window_pass(b, now_ms);
    uint64_t held = b->held + b->others_held;
    uint64_t left = remaining > held ? remaining - held : 0;
    b->cap_unsaved = true;
    bool capped = b->cap_until_ms > now_ms;
    if (!capped || reset_ms - b->cap_until_ms > CAP_JITTER_MS) {
        bool lower = left < window_room(b);
        b->cap_left = lower ? left : 0;
        b->cap_doubt = lower ? remaining - left : 0;
        b->cap_until_ms = lower ? reset_ms : 0;
        return;
    }
    uint64_t most = b->cap_left + b->cap_doubt;
    most = remaining < most ? remaining : most;
    if (left < b->cap_left || held == 0) {
        b->cap_left = left < most ? left : most;
        b->cap_doubt = most - b->cap_left;
    }
}

void limiter_block(struct limiter *l, const char *budget, int64_t until_ms) {
    for (size_t i = 0; i < l->count; i++) {
        struct budget *b = &l->budgets[i];
        bool meant =
            budget == NULL ? b->spec.kind != BUDGET_TOTAL : strcmp(b->spec.name, budget) == 0;
        if (meant && until_ms > b->blocked_until_ms)
            b->blocked_until_ms = until_ms;
    }
}

uint64_t budget_used(struct limiter *l, struct budget *b, int64_t now_ms) {
    (void)l;
    window_pass(b, now_ms);
    return b->used + b->held + b->others_held;
}

int64_t budget_resets_at(struct limiter *l, struct budget *b, int64_t now_ms) {
    (void)l;
    window_pass(b, now_ms);
    int64_t at = later(b->blocked_until_ms, b->cap_until_ms);
    at = later(at, window_frees_at(b));
    return at > now_ms ? at : 0;
}
