/* The stored image of a budget: see limiter.h. Layout, little-endian (docs/storage-format.md): ten
 * fields of 8 bytes, then 16 bytes a slot (at_ms, cost), oldest first, then 24 bytes a holder
 * (owner, held, until_ms). The first field is the kind, with the image's version in its highest
 * byte.
 *
 * Happy path: the image is whole, and the budget is as it was stored. Fails by an image of another
 * size or with numbers that cannot be, with WINNOW_DAMAGED; the budget is as it was then. */
#include "core/base/bytes.h"
#include "core/limiter/limiter.h"
#include "core/limiter/limiter_window.h"

enum {
    KIND,
    USED,
    NEXT_EVEN,
    BLOCKED,
    CAP_LEFT,
    CAP_UNTIL,
    GENERATION,
    PERIOD, /* of who wrote it: what is older is not in it */
    SLOTS,
    HOLDERS,
    FIELDS
};

/* Before there were holders (version 1): one campaign's own. */
enum { OLD_KIND, OLD_HELD, OLD_USED, OLD_NEXT_EVEN, OLD_BLOCKED, OLD_CAP_LEFT, OLD_CAP_UNTIL };
enum { OLD_SLOTS = 7, OLD_FIELDS };

#define VERSION_AT   56
#define VERSION      2
#define FIELD_BYTES  ((size_t)FIELDS * 8)
#define SLOT_BYTES   16
#define HOLDER_BYTES 24

/* Times to the year 9999 and costs whose sum cannot overflow; whatever is above was never
 * written by us. Held and used costs are one sum once they are read, and the next image has it. */
#define TIME_MAX INT64_C(253402300799999)
#define COST_MAX (UINT64_C(1) << 52)

/* An image, taken apart. */
struct image {
    uint64_t fields[FIELDS];
    uint64_t old_held; /* version 1: whoever held it is not known */
    const unsigned char *slots, *holders;
};

size_t budget_image_size(const struct budget *b) {
    return FIELD_BYTES + (size_t)b->slot_count * SLOT_BYTES +
           ((size_t)b->other_count + (b->held > 0)) * HOLDER_BYTES;
}

static unsigned char *write_holder(unsigned char *to, struct budget_holder h) {
    to = put_le(to, h.owner, 8);
    to = put_le(to, h.held, 8);
    return put_le(to, (uint64_t)h.until_ms, 8);
}

void budget_write(const struct budget *b, uint64_t owner, unsigned char *image) {
    const uint64_t fields[FIELDS] = {
        [KIND] = (uint64_t)b->spec.kind | (uint64_t)VERSION << VERSION_AT,
        [USED] = b->used,
        [NEXT_EVEN] = (uint64_t)b->next_even_us,
        [BLOCKED] = (uint64_t)b->blocked_until_ms,
        [CAP_LEFT] = b->cap_left,
        [CAP_UNTIL] = (uint64_t)b->cap_until_ms,
        [GENERATION] = b->generation,
        [PERIOD] = (uint64_t)b->spec.period_ms,
        [SLOTS] = b->slot_count,
        [HOLDERS] = b->other_count + (b->held > 0),
    };
    for (int i = 0; i < FIELDS; i++)
        image = put_le(image, fields[i], 8);
    for (uint32_t i = 0; i < b->slot_count; i++) {
        const struct budget_slot *slot = &b->slots[(b->slot_first + i) % b->slot_room];
        image = put_le(image, (uint64_t)slot->at_ms, 8);
        image = put_le(image, slot->cost, 8);
    }
    for (uint32_t i = 0; i < b->other_count; i++)
        image = write_holder(image, b->others[i]);
    if (b->held > 0)
        (void)write_holder(image, (struct budget_holder){owner, b->held, b->held_until_ms});
}

/* ---- reading ---- */

static bool split_old(const unsigned char *at, size_t size, struct image *out) {
    uint64_t old[OLD_FIELDS];
    if (size < sizeof old)
        return false;
    for (int i = 0; i < OLD_FIELDS; i++)
        old[i] = get_le(at + (size_t)i * 8, 8);
    *out = (struct image){
        .fields = {[KIND] = old[OLD_KIND],
                   [USED] = old[OLD_USED],
                   [NEXT_EVEN] = old[OLD_NEXT_EVEN],
                   [BLOCKED] = old[OLD_BLOCKED],
                   [CAP_LEFT] = old[OLD_CAP_LEFT],
                   [CAP_UNTIL] = old[OLD_CAP_UNTIL],
                   [SLOTS] = old[OLD_SLOTS]},
        .old_held = old[OLD_HELD],
        .slots = at + sizeof old,
    };
    return out->fields[SLOTS] <= BUDGET_SLOTS + 2 &&
           size == sizeof old + out->fields[SLOTS] * SLOT_BYTES;
}

static bool split(const unsigned char *at, size_t size, struct image *out) {
    if (size >= 8 && get_le(at, 8) >> VERSION_AT == 0)
        return split_old(at, size, out);
    *out = (struct image){.slots = at + FIELD_BYTES};
    if (size < FIELD_BYTES || get_le(at, 8) >> VERSION_AT != VERSION)
        return false;
    for (int i = 0; i < FIELDS; i++)
        out->fields[i] = get_le(at + (size_t)i * 8, 8);
    out->fields[KIND] &= (UINT64_C(1) << VERSION_AT) - 1;
    if (out->fields[SLOTS] > BUDGET_SLOTS + 2 || out->fields[HOLDERS] > BUDGET_HOLDERS_MAX + 1)
        return false;
    out->holders = out->slots + out->fields[SLOTS] * SLOT_BYTES;
    return size ==
           FIELD_BYTES + out->fields[SLOTS] * SLOT_BYTES + out->fields[HOLDERS] * HOLDER_BYTES;
}

static struct budget_holder read_holder(const struct image *image, uint64_t i) {
    const unsigned char *at = image->holders + i * HOLDER_BYTES;
    return (struct budget_holder){get_le(at, 8), get_le(at + 8, 8), (int64_t)get_le(at + 16, 8)};
}

static bool fields_valid(const struct image *image) {
    const uint64_t *fields = image->fields;
    uint64_t sum = image->old_held;
    bool valid = fields[KIND] <= BUDGET_TOTAL && fields[USED] <= COST_MAX && sum <= COST_MAX &&
                 fields[NEXT_EVEN] / 1000 <= TIME_MAX && fields[BLOCKED] <= TIME_MAX &&
                 fields[CAP_LEFT] <= COST_MAX && fields[CAP_UNTIL] <= TIME_MAX &&
                 fields[PERIOD] <= TIME_MAX;
    for (uint64_t i = 0; i < fields[HOLDERS] && valid; i++) {
        struct budget_holder h = read_holder(image, i);
        valid = h.held <= COST_MAX && (uint64_t)h.until_ms <= TIME_MAX;
        sum += valid ? h.held : 0;
    }
    return valid && sum <= COST_MAX && fields[USED] <= COST_MAX - sum;
}

/* In order, and together what is used: all of it, but for a total, which has no slots. */
static bool slots_valid(const struct image *image) {
    const unsigned char *at = image->slots;
    uint64_t last_ms = 0;
    uint64_t used = 0;
    for (uint64_t i = 0; i < image->fields[SLOTS]; i++, at += SLOT_BYTES) {
        uint64_t at_ms = get_le(at, 8);
        uint64_t cost = get_le(at + 8, 8);
        if (at_ms < last_ms || at_ms > TIME_MAX || cost > COST_MAX - used)
            return false;
        last_ms = at_ms;
        used += cost;
    }
    return image->fields[KIND] == BUDGET_TOTAL ? image->fields[SLOTS] == 0
                                               : used == image->fields[USED];
}

/* Forget all that is used but, where the image is of a process whose period is shorter than ours,
 * what is older than it can know: that is in our memory alone. */
static void forget_what_it_knows(struct budget *b, const struct image *image, int64_t now_ms) {
    int64_t from_ms = now_ms - (int64_t)image->fields[PERIOD];
    uint32_t kept = 0;
    uint64_t used = 0;
    while (kept < b->slot_count && b->spec.period_ms > (int64_t)image->fields[PERIOD]) {
        const struct budget_slot *slot = &b->slots[(b->slot_first + kept) % b->slot_room];
        if (slot->at_ms >= from_ms)
            break;
        used += slot->cost;
        kept++;
    }
    b->slot_count = kept;
    b->used = used;
}

static int open_image(const struct budget *b, const unsigned char *bytes, size_t size,
                      struct image *out, struct winnow_error *err) {
    if (split(bytes, size, out) && fields_valid(out) && slots_valid(out))
        return 0;
    return winnow_fail(err, WINNOW_DAMAGED,
                       "the stored state of the budget %s cannot be read: run winnow verify",
                       b->spec.name);
}

static int enter(struct budget *b, uint64_t cost, int64_t at_ms, struct winnow_error *err) {
    if (cost == 0)
        return 0;
    if (!window_reserve(b))
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory for the budget %s", b->spec.name);
    window_enter(b, cost, at_ms);
    return 0;
}

/* Another process may have written after our turn began, so that its times are a little ahead of
 * ours. Further ahead they can only be of a clock that went back: they are now, then. */
static bool is_of_now(int64_t at_ms, int64_t now_ms) {
    return at_ms <= now_ms + 2 * BUDGET_HOLD_MS;
}

static int enter_slots(struct budget *b, const struct image *image, int64_t now_ms,
                       struct winnow_error *err) {
    const unsigned char *at = image->slots;
    for (uint64_t i = 0; i < image->fields[SLOTS]; i++, at += SLOT_BYTES) {
        int64_t at_ms = (int64_t)get_le(at, 8);
        if (enter(b, get_le(at + 8, 8), is_of_now(at_ms, now_ms) ? at_ms : now_ms, err) != 0)
            return -1;
    }
    /* of a budget that was a total before: all counts from now */
    bool total = image->fields[KIND] == BUDGET_TOTAL;
    return enter(b, total ? image->fields[USED] : 0, now_ms, err);
}

/* `ours` is what the image has as held by `owner`. Held for too long, or for who only looks: it
 * counts as answered now. */
static int enter_holders(struct budget *b, uint64_t owner, const struct image *image,
                         int64_t now_ms, uint64_t *ours, struct winnow_error *err) {
    *ours = 0;
    b->other_count = 0;
    b->others_held = 0;
    for (uint64_t i = 0; i < image->fields[HOLDERS]; i++) {
        struct budget_holder h = read_holder(image, i);
        if (h.owner == owner) {
            *ours += h.held;
        } else if (owner == 0 || !is_of_now(h.until_ms, now_ms) ||
                   b->other_count == BUDGET_HOLDERS_MAX) {
            if (enter(b, h.held, now_ms, err) != 0)
                return -1;
        } else {
            b->others[b->other_count++] = h;
            b->others_held += h.held;
        }
    }
    return 0;
}

int budget_read(struct budget *b, uint64_t owner, const unsigned char *bytes, size_t size,
                int64_t now_ms, struct winnow_error *err) {
    struct image image;
    uint64_t ours;
    if (open_image(b, bytes, size, &image, err) != 0)
        return -1;
    b->held = 0;
    b->next_even_us = (int64_t)image.fields[NEXT_EVEN];
    b->blocked_until_ms = (int64_t)image.fields[BLOCKED];
    b->cap_left = image.fields[CAP_LEFT];
    b->cap_until_ms = (int64_t)image.fields[CAP_UNTIL];
    b->generation = image.fields[GENERATION];
    b->cap_unsaved = false;
    b->used = 0;
    b->slot_count = 0;
    if (enter_slots(b, &image, now_ms, err) != 0 ||
        enter_holders(b, owner, &image, now_ms, &ours, err) != 0)
        return -1;
    /* The image has it as held until the next one is saved, and a merge would leave it out. */
    b->unsaved = image.old_held + ours;
    b->unsaved_ms = now_ms;
    return enter(b, b->unsaved, now_ms, err);
}

/* ---- beside others ---- */

/* Whose process died counts as answered now, though nobody has stored anything since. */
int budget_let_go(struct budget *b, bool (*dead)(uint64_t owner), int64_t now_ms,
                  struct winnow_error *err) {
    uint32_t left = 0;
    for (uint32_t i = 0; i < b->other_count; i++) {
        struct budget_holder h = b->others[i];
        if (h.until_ms > now_ms && !dead(h.owner)) {
            b->others[left++] = h;
            continue;
        }
        if (enter(b, h.held, now_ms, err) != 0)
            return -1;
        b->others_held -= h.held;
    }
    b->other_count = left;
    return 0;
}

/* The stricter word of two on what the server grants: that of the later window, and of one window
 * the lower. */
static void merge_cap(struct budget *b, uint64_t left, int64_t until_ms) {
    if (until_ms < b->cap_until_ms || (until_ms == b->cap_until_ms && left > b->cap_left))
        return;
    b->cap_left = left;
    b->cap_until_ms = until_ms;
    b->cap_doubt = 0;
}

static int64_t youngest_ms(const struct budget *b) {
    return b->slot_count == 0 ? 0
                              : b->slots[(b->slot_first + b->slot_count - 1) % b->slot_room].at_ms;
}

int budget_merge(struct budget *b, uint64_t owner, const unsigned char *bytes, size_t size,
                 int64_t now_ms, struct winnow_error *err) {
    struct image image;
    uint64_t ours;
    if (open_image(b, bytes, size, &image, err) != 0)
        return -1;
    if (image.fields[GENERATION] == b->generation)
        return 0;
    uint64_t cap_left = b->cap_left;
    int64_t cap_until_ms = b->cap_unsaved ? b->cap_until_ms : 0;
    b->generation = image.fields[GENERATION];
    b->next_even_us = (int64_t)image.fields[NEXT_EVEN];
    if ((int64_t)image.fields[BLOCKED] > b->blocked_until_ms)
        b->blocked_until_ms = (int64_t)image.fields[BLOCKED];
    b->cap_left = image.fields[CAP_LEFT];
    b->cap_until_ms = (int64_t)image.fields[CAP_UNTIL];
    merge_cap(b, cap_left, cap_until_ms);
    forget_what_it_knows(b, &image, now_ms);
    if (enter_slots(b, &image, now_ms, err) != 0 ||
        enter_holders(b, owner, &image, now_ms, &ours, err) != 0)
        return -1;
    if (ours == 0) /* held so long that others have counted it as answered */
        b->held = 0;
    int64_t at_ms = youngest_ms(b);
    return enter(b, b->unsaved, at_ms > b->unsaved_ms ? at_ms : b->unsaved_ms, err);
}

void budget_saved(struct budget *b) {
    b->unsaved = 0;
    b->cap_unsaved = false;
}

bool limiter_is_shared_now(const struct limiter *l) {
    for (size_t i = 0; i < l->count; i++)
        if (l->budgets[i].others_held > 0)
            return true;
    return false;
}
