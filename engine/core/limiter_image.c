/* The stored image of a budget. Layout, little-endian (docs/storage-format.md): kind 8 bytes, then
 * held, used, carried, window, opened, carry, next_even_us, blocked_until, cap_left, cap_until,
 * slot count, 8 bytes each, then 16 bytes a slot (at_ms, cost), oldest first.
 * Fails by an image that is too short or cannot be, with WINNOW_DAMAGED. */
#include "core/bytes.h"
#include "core/limiter.h"
#include "core/limiter_window.h"

#define FIELDS 12

size_t budget_image_size(const struct budget *b) {
    return FIELDS * 8 + (size_t)b->slot_count * 16;
}

void budget_write(const struct budget *b, unsigned char *image) {
    const uint64_t fields[FIELDS] = {
        (uint64_t)b->spec.kind,
        b->held,
        b->used,
        b->carried,
        (uint64_t)b->window_ms,
        (uint64_t)b->opened_ms,
        (uint64_t)b->carry_ms,
        (uint64_t)b->next_even_us,
        (uint64_t)b->blocked_until_ms,
        b->cap_left,
        (uint64_t)b->cap_until_ms,
        b->slot_count,
    };
    for (int i = 0; i < FIELDS; i++)
        image = put_le(image, fields[i], 8);
    for (uint32_t i = 0; i < b->slot_count; i++) {
        const struct budget_slot *slot = &b->slots[(b->slot_first + i) % b->slot_room];
        image = put_le(image, (uint64_t)slot->at_ms, 8);
        image = put_le(image, slot->cost, 8);
    }
}

static int damaged(const struct budget *b, struct winnow_error *err) {
    return winnow_fail(err, WINNOW_DAMAGED,
                       "the stored state of the budget %s cannot be read: run winnow verify",
                       b->spec.name);
}

/* A budget whose kind the user has changed since: all that was used counts as used now. */
static void enter_changed(struct budget *b, uint64_t used, int64_t now_ms) {
    b->window_ms = BUDGET_NO_WINDOW;
    if (used > 0)
        window_enter(b, used, 0, now_ms);
}

static int read_slots(struct budget *b, const unsigned char *image, uint64_t count, int64_t now_ms,
                      struct winnow_error *err) {
    int64_t last_ms = INT64_MIN;
    for (uint64_t i = 0; i < count; i++) {
        int64_t at_ms = (int64_t)get_le(image + i * 16, 8);
        uint64_t cost = get_le(image + i * 16 + 8, 8);
        if (at_ms < last_ms)
            return damaged(b, err);
        if (!window_reserve(b))
            return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory for the budget %s",
                               b->spec.name);
        /* A slot from the future can only come of a clock that went back: it counts from now. */
        window_enter(b, cost, 0, at_ms < now_ms ? at_ms : now_ms);
        last_ms = at_ms;
    }
    return 0;
}

int budget_read(struct budget *b, const unsigned char *image, size_t size, int64_t now_ms,
                struct winnow_error *err) {
    if (size < FIELDS * 8)
        return damaged(b, err);
    uint64_t fields[FIELDS];
    for (int i = 0; i < FIELDS; i++)
        fields[i] = get_le(image + (size_t)i * 8, 8);
    uint64_t slots = fields[11];
    if (fields[0] > BUDGET_TOTAL || slots > BUDGET_SLOTS + 2 || size != FIELDS * 8 + slots * 16)
        return damaged(b, err);
    bool same_kind = fields[0] == (uint64_t)b->spec.kind;
    b->next_even_us = (int64_t)fields[7];
    b->blocked_until_ms = (int64_t)fields[8];
    b->cap_left = fields[9];
    b->cap_until_ms = (int64_t)fields[10];
    if (!window_reserve(b))
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory for the budget %s", b->spec.name);
    if (!same_kind) {
        enter_changed(b, fields[2], now_ms);
    } else if (b->spec.kind == BUDGET_SLIDING) {
        if (read_slots(b, image + FIELDS * 8, slots, now_ms, err) != 0)
            return -1;
    } else {
        b->used = fields[2];
        b->carried = fields[3];
        b->window_ms = (int64_t)fields[4];
        b->opened_ms = (int64_t)fields[5];
        b->carry_ms = (int64_t)fields[6];
    }
    if (fields[1] > 0)
        window_enter(b, fields[1], 0, now_ms);
    return 0;
}
