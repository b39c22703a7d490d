/* The windows of one budget: see limiter_window.h, and limiter.h for what each kind promises.
 * Pure; only window_reserve can fail, by memory. */
#include "core/limiter_window.h"

#include <stdlib.h>
#include <string.h>

/* Live slots span a period and its drift margin, and the first and last are cut. */
#define SLOTS_MAX (BUDGET_SLOTS + 2)

/* The period as we keep it: longer by the drift of two clocks, and by the millisecond that whole
 * numbers hide at both ends. */
static int64_t kept_period(const struct budget *b) {
    return b->spec.period_ms + b->spec.period_ms / 10000 + 2;
}

/* How wrong our idea of the server's boundaries may be: a Date header tells whole seconds. */
static int64_t alignment_guard(const struct budget *b) {
    int64_t eighth = b->spec.period_ms / 8;
    return eighth < 1500 ? eighth : 1500;
}

static int64_t slot_width(const struct budget *b) {
    int64_t width = kept_period(b) / (BUDGET_SLOTS - 1);
    return width > 0 ? width : 1;
}

static struct budget_slot *slot_at(const struct budget *b, uint32_t i) {
    return &b->slots[(b->slot_first + i) % b->slot_room];
}

static void sliding_pass(struct budget *b, int64_t now_ms) {
    while (b->slot_count > 0 && now_ms - slot_at(b, 0)->at_ms >= kept_period(b)) {
        b->used -= slot_at(b, 0)->cost;
        b->slot_first = (b->slot_first + 1) % b->slot_room;
        b->slot_count--;
    }
}

static int64_t aligned_start(const struct budget *b, int64_t skew_ms, int64_t now_ms) {
    int64_t server_ms = now_ms + skew_ms - alignment_guard(b);
    return server_ms - server_ms % b->spec.period_ms + alignment_guard(b) - skew_ms;
}

static void aligned_pass(struct budget *b, int64_t skew_ms, int64_t now_ms) {
    int64_t start = aligned_start(b, skew_ms, now_ms);
    if (b->window_ms != BUDGET_NO_WINDOW && start <= b->window_ms)
        return;
    bool next = b->window_ms != BUDGET_NO_WINDOW &&
                start - b->window_ms < b->spec.period_ms + b->spec.period_ms / 2;
    b->used = next ? b->carried : 0;
    b->carried = 0;
    b->window_ms = start;
}

static void first_pass(struct budget *b, int64_t now_ms) {
    if (b->window_ms == BUDGET_NO_WINDOW || now_ms - b->window_ms < kept_period(b))
        return;
    b->used = b->carried;
    b->window_ms = b->carried > 0 ? b->carry_ms : BUDGET_NO_WINDOW;
    b->carried = 0;
    b->opened_ms += b->spec.period_ms;
}

void window_pass(struct budget *b, int64_t skew_ms, int64_t now_ms) {
    switch (b->spec.kind) {
    case BUDGET_SLIDING:
        sliding_pass(b, now_ms);
        break;
    case BUDGET_ALIGNED:
        aligned_pass(b, skew_ms, now_ms);
        break;
    case BUDGET_FIRST:
        first_pass(b, now_ms);
        break;
    case BUDGET_TOTAL:
        break;
    }
}

uint64_t window_room(const struct budget *b) {
    uint64_t taken = b->used + b->held;
    return taken < b->spec.limit ? b->spec.limit - taken : 0;
}

static int64_t sliding_ready(const struct budget *b, uint64_t need) {
    uint64_t freed = 0;
    for (uint32_t i = 0; i < b->slot_count; i++) {
        freed += slot_at(b, i)->cost;
        if (freed >= need)
            return slot_at(b, i)->at_ms + kept_period(b);
    }
    return INT64_MAX;
}

int64_t window_ready(const struct budget *b, uint64_t cost, int64_t now_ms) {
    uint64_t room = window_room(b);
    if (cost <= room)
        return now_ms;
    if (cost + b->held > b->spec.limit)
        return INT64_MAX;
    switch (b->spec.kind) {
    case BUDGET_SLIDING:
        return sliding_ready(b, cost - room);
    case BUDGET_ALIGNED:
        return b->window_ms + b->spec.period_ms;
    case BUDGET_FIRST:
        return b->window_ms == BUDGET_NO_WINDOW ? INT64_MAX : b->window_ms + kept_period(b);
    case BUDGET_TOTAL:
        break;
    }
    return INT64_MAX;
}

bool window_reserve(struct budget *b) {
    if (b->spec.kind != BUDGET_SLIDING || b->slot_count < b->slot_room || b->slot_room == SLOTS_MAX)
        return true;
    uint32_t room = b->slot_room == 0 ? 64 : b->slot_room * 2;
    if (room > SLOTS_MAX)
        room = SLOTS_MAX;
    struct budget_slot *slots = malloc(room * sizeof *slots);
    if (slots == NULL)
        return false;
    for (uint32_t i = 0; i < b->slot_count; i++)
        slots[i] = *slot_at(b, i);
    free(b->slots);
    b->slots = slots;
    b->slot_first = 0;
    b->slot_room = room;
    return true;
}

/* Into the youngest slot when it is of the same span, or when the ring is full (then that slot
 * grows younger as a whole: stricter, never laxer). */
static void sliding_enter(struct budget *b, uint64_t cost, int64_t now_ms) {
    struct budget_slot *last = b->slot_count > 0 ? slot_at(b, b->slot_count - 1) : NULL;
    bool same = last != NULL && last->at_ms / slot_width(b) == now_ms / slot_width(b);
    if (same || b->slot_count == b->slot_room) {
        last->at_ms = now_ms;
        last->cost += cost;
        return;
    }
    *slot_at(b, b->slot_count++) = (struct budget_slot){now_ms, cost};
}

void window_hold(struct budget *b, uint64_t cost, int64_t now_ms) {
    if (b->window_ms == BUDGET_NO_WINDOW && b->held == 0)
        b->opened_ms = now_ms;
    b->held += cost;
}

/* The server's window began between `opened_ms` and `window_ms`, so it may be over already. */
static void first_enter(struct budget *b, uint64_t cost, int64_t now_ms) {
    if (b->window_ms == BUDGET_NO_WINDOW) {
        b->window_ms = now_ms;
    } else if (now_ms - b->opened_ms >= b->spec.period_ms - b->spec.period_ms / 10000) {
        b->carry_ms = b->carried == 0 ? now_ms : b->carry_ms;
        b->carried += cost;
    }
}

static void aligned_enter(struct budget *b, uint64_t cost, int64_t now_ms) {
    if (b->window_ms + b->spec.period_ms - now_ms <= 2 * alignment_guard(b))
        b->carried += cost;
}

void window_enter(struct budget *b, uint64_t cost, int64_t skew_ms, int64_t now_ms) {
    window_pass(b, skew_ms, now_ms);
    if (b->spec.kind == BUDGET_SLIDING)
        sliding_enter(b, cost, now_ms);
    else if (b->spec.kind == BUDGET_ALIGNED)
        aligned_enter(b, cost, now_ms);
    else if (b->spec.kind == BUDGET_FIRST)
        first_enter(b, cost, now_ms);
    b->used += cost;
}

int64_t window_frees_at(const struct budget *b) {
    if (b->used == 0)
        return 0;
    switch (b->spec.kind) {
    case BUDGET_SLIDING:
        return slot_at(b, 0)->at_ms + kept_period(b);
    case BUDGET_ALIGNED:
        return b->window_ms + b->spec.period_ms;
    case BUDGET_FIRST:
        return b->window_ms + kept_period(b);
    case BUDGET_TOTAL:
        break;
    }
    return 0;
}
