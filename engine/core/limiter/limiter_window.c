/* The window of one budget: see limiter_window.h, and limiter.h for why one serves all kinds.
 * Pure; only window_reserve can fail, by memory. */
#include "core/limiter/limiter_window.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Live slots span a period and its drift margin, and the first and last are cut. */
#define SLOTS_MAX (BUDGET_SLOTS + 2)

/* The period as we keep it: longer by the drift of two clocks, and by the millisecond that whole
 * numbers hide at both ends. */
static int64_t kept_period(const struct budget *b) {
    return b->spec.period_ms + b->spec.period_ms / 10000 + 2;
}

static int64_t slot_width(const struct budget *b) {
    int64_t width = kept_period(b) / (BUDGET_SLOTS - 1);
    return width > 0 ? width : 1;
}

static struct budget_slot *slot_at(const struct budget *b, uint32_t i) {
    assert(b->slot_room > 0); /* window_reserve came before window_enter */
    return &b->slots[(b->slot_first + i) % b->slot_room];
}

void window_pass(struct budget *b, int64_t now_ms) {
    while (b->slot_count > 0 && now_ms - slot_at(b, 0)->at_ms >= kept_period(b)) {
        b->used -= slot_at(b, 0)->cost;
        b->slot_first = (b->slot_first + 1) % b->slot_room;
        b->slot_count--;
    }
}

uint64_t window_room(const struct budget *b) {
    uint64_t taken = b->used + b->held + b->others_held;
    return taken < b->spec.limit ? b->spec.limit - taken : 0;
}

int64_t window_ready(const struct budget *b, uint64_t cost, int64_t now_ms) {
    if (cost <= window_room(b))
        return now_ms;
    uint64_t freed = 0;
    for (uint32_t i = 0; i < b->slot_count; i++) {
        freed += slot_at(b, i)->cost;
        if (b->used - freed + b->held + b->others_held + cost <= b->spec.limit)
            return slot_at(b, i)->at_ms + kept_period(b);
    }
    return INT64_MAX;
}

bool window_reserve(struct budget *b) {
    if (b->spec.kind == BUDGET_TOTAL || b->slot_count < b->slot_room || b->slot_room == SLOTS_MAX)
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
void window_enter(struct budget *b, uint64_t cost, int64_t now_ms) {
    b->used += cost;
    if (b->spec.kind == BUDGET_TOTAL)
        return;
    window_pass(b, now_ms);
    struct budget_slot *last = b->slot_count > 0 ? slot_at(b, b->slot_count - 1) : NULL;
    if (last != NULL && now_ms < last->at_ms) /* another process was ahead of us */
        now_ms = last->at_ms;
    bool same = last != NULL && last->at_ms / slot_width(b) == now_ms / slot_width(b);
    if (same || (last != NULL && b->slot_count == b->slot_room)) {
        last->at_ms = now_ms;
        last->cost += cost;
        return;
    }
    *slot_at(b, b->slot_count++) = (struct budget_slot){now_ms, cost};
}

int64_t window_frees_at(const struct budget *b) {
    return b->slot_count == 0 ? 0 : slot_at(b, 0)->at_ms + kept_period(b);
}
