/* The stored image of a budget. Layout, little-endian (docs/storage-format.md): kind 8 bytes, then
 * held, used, next_even_us, blocked_until, cap_left, cap_until, slot count, 8 bytes each, then 16
 * bytes a slot (at_ms, cost), oldest first.
 * Fails by an image of another size or with numbers that cannot be, with WINNOW_DAMAGED; the
 * budget is as it was then. */
#include "core/bytes.h"
#include "core/limiter.h"
#include "core/limiter_window.h"

enum { KIND, HELD, USED, NEXT_EVEN, BLOCKED, CAP_LEFT, CAP_UNTIL, SLOTS, FIELDS };

#define FIELD_BYTES ((size_t)FIELDS * 8)

/* Times to the year 9999 and costs whose sum cannot overflow; whatever is above was never
 * written by us. Held and used costs are one sum once they are read, and the next image has it. */
#define TIME_MAX INT64_C(253402300799999)
#define COST_MAX (UINT64_C(1) << 52)

size_t budget_image_size(const struct budget *b) {
    return FIELD_BYTES + (size_t)b->slot_count * 16;
}

void budget_write(const struct budget *b, unsigned char *image) {
    const uint64_t fields[FIELDS] = {
        [KIND] = (uint64_t)b->spec.kind,
        [HELD] = b->held,
        [USED] = b->used,
        [NEXT_EVEN] = (uint64_t)b->next_even_us,
        [BLOCKED] = (uint64_t)b->blocked_until_ms,
        [CAP_LEFT] = b->cap_left,
        [CAP_UNTIL] = (uint64_t)b->cap_until_ms,
        [SLOTS] = b->slot_count,
    };
    for (int i = 0; i < FIELDS; i++)
        image = put_le(image, fields[i], 8);
    for (uint32_t i = 0; i < b->slot_count; i++) {
        const struct budget_slot *slot = &b->slots[(b->slot_first + i) % b->slot_room];
        image = put_le(image, (uint64_t)slot->at_ms, 8);
        image = put_le(image, slot->cost, 8);
    }
}

static bool fields_valid(const uint64_t fields[FIELDS], size_t size) {
    return fields[KIND] <= BUDGET_TOTAL && fields[HELD] <= COST_MAX &&
           fields[USED] <= COST_MAX - fields[HELD] && fields[NEXT_EVEN] / 1000 <= TIME_MAX &&
           fields[BLOCKED] <= TIME_MAX && fields[CAP_LEFT] <= COST_MAX &&
           fields[CAP_UNTIL] <= TIME_MAX && fields[SLOTS] <= BUDGET_SLOTS + 2 &&
           size == FIELD_BYTES + fields[SLOTS] * 16;
}

/* In order, and together what is used: all of it, but for a total, which has no slots. */
static bool slots_valid(const unsigned char *at, const uint64_t fields[FIELDS]) {
    uint64_t last_ms = 0;
    uint64_t used = 0;
    for (uint64_t i = 0; i < fields[SLOTS]; i++, at += 16) {
        uint64_t at_ms = get_le(at, 8);
        uint64_t cost = get_le(at + 8, 8);
        if (at_ms < last_ms || at_ms > TIME_MAX || cost > COST_MAX - used)
            return false;
        last_ms = at_ms;
        used += cost;
    }
    return fields[KIND] == BUDGET_TOTAL ? fields[SLOTS] == 0 : used == fields[USED];
}

/* Costs enter as they were answered; what was held, and all of a budget that was a total before,
 * counts from now. A time to come can only be of a clock that went back: it is now, too. */
static int enter(struct budget *b, const unsigned char *at, const uint64_t fields[FIELDS],
                 int64_t now_ms, struct winnow_error *err) {
    b->used = 0;
    b->slot_count = 0;
    for (uint64_t i = 0; i < fields[SLOTS] + 2; i++) {
        if (!window_reserve(b))
            return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory for the budget %s",
                               b->spec.name);
        int64_t at_ms = now_ms;
        uint64_t cost = 0;
        if (i < fields[SLOTS]) {
            at_ms = (int64_t)get_le(at + i * 16, 8);
            cost = get_le(at + i * 16 + 8, 8);
        } else if (i == fields[SLOTS]) {
            cost = fields[HELD];
        } else if (fields[KIND] == BUDGET_TOTAL) {
            cost = fields[USED];
        }
        if (cost > 0)
            window_enter(b, cost, at_ms < now_ms ? at_ms : now_ms);
    }
    return 0;
}

int budget_read(struct budget *b, const unsigned char *image, size_t size, int64_t now_ms,
                struct winnow_error *err) {
    uint64_t fields[FIELDS] = {0};
    for (size_t i = 0; size >= FIELD_BYTES && i < FIELDS; i++)
        fields[i] = get_le(image + i * 8, 8);
    if (!fields_valid(fields, size) || !slots_valid(image + FIELD_BYTES, fields))
        return winnow_fail(err, WINNOW_DAMAGED,
                           "the stored state of the budget %s cannot be read: run winnow verify",
                           b->spec.name);
    b->held = 0;
    b->next_even_us = (int64_t)fields[NEXT_EVEN];
    b->blocked_until_ms = (int64_t)fields[BLOCKED];
    b->cap_left = fields[CAP_LEFT];
    b->cap_until_ms = (int64_t)fields[CAP_UNTIL];
    return enter(b, image + FIELD_BYTES, fields, now_ms, err);
}
