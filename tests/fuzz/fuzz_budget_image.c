/* The stored state of a budget. What must be true: an image that is refused leaves the budget as it
 * was; after one that is taken the limiter works: it never grants more than its limit, what is
 * written reads the same, and when the image's waits and windows are over, a request may leave. */
#include "fuzz.h"

#include "core/limiter/limiter.h"

#define NOW_MS    INT64_C(1795491000000)
#define PERIOD_MS 900000
#define FAR_MS    INT64_C(253402300799999) /* the year 9999: no image waits longer */

static const struct budget_load one = {.count = 1, .write = true};

static void check_write(const struct budget *b, const struct budget_spec *spec) {
    static unsigned char image[BUDGET_IMAGE_MAX];
    static unsigned char second[BUDGET_IMAGE_MAX];
    struct limiter l;
    struct winnow_error err = {0};
    size_t size = budget_image_size(b);
    MUST(size <= sizeof image);
    budget_write(b, 0, image);
    limiter_init(&l, PACE_BURST);
    MUST(limiter_add(&l, spec, &err) == 0);
    MUST(budget_read(&l.budgets[0], 0, image, size, NOW_MS, &err) == 0);
    MUST(l.budgets[0].used + l.budgets[0].held == b->used + b->held);
    if (b->held == 0) {
        MUST(budget_image_size(&l.budgets[0]) == size);
        budget_write(&l.budgets[0], 0, second);
        MUST(memcmp(image, second, size) == 0);
    }
    limiter_free(&l);
}

/* No more than the limit is granted at one moment, with what was used before. */
static void check_grants(struct limiter *l, int64_t now_ms) {
    struct budget *b = &l->budgets[0];
    struct winnow_error err;
    uint64_t before = budget_used(l, b, now_ms);
    uint64_t granted = 0;
    while (granted <= b->spec.limit && limiter_ask(l, one, now_ms).granted) {
        MUST(limiter_hold(l, one, now_ms, &err) == 0);
        granted++;
    }
    MUST(granted == 0 || before + granted <= b->spec.limit);
    for (uint64_t i = 0; i < granted; i++)
        limiter_settle(l, one, now_ms);
    MUST(b->held == 0 && budget_used(l, b, now_ms) == before + granted);
    (void)budget_resets_at(l, b, now_ms);
}

static void check_limiter(struct limiter *l, const struct budget_spec *spec) {
    struct budget *b = &l->budgets[0];
    check_write(b, spec);
    check_grants(l, NOW_MS);
    check_write(b, spec);
    struct limiter_answer answer = limiter_ask(l, one, NOW_MS);
    MUST(answer.granted || answer.never || answer.at_ms > NOW_MS);
    check_grants(l, NOW_MS + PERIOD_MS / 2);
    if (spec->kind != BUDGET_TOTAL)
        MUST(limiter_ask(l, one, FAR_MS).granted);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct limiter l;
    struct winnow_error err = {0};
    if (size == 0)
        return 0;
    struct budget_spec spec = {.name = "unfollow/15m",
                               .kind = (enum budget_kind)(data[0] % 4),
                               .limit = 1 + data[0] / 8,
                               .period_ms = PERIOD_MS,
                               .costs = {.each = {[ACTION_UNFOLLOW] = 1}}};
    if (spec.kind == BUDGET_TOTAL)
        spec.period_ms = 0;
    limiter_init(&l, data[0] & 4 ? PACE_EVEN : PACE_BURST);
    MUST(limiter_add(&l, &spec, &err) == 0);
    char *image = exact_copy(data + 1, size - 1);
    if (budget_read(&l.budgets[0], 0, (const unsigned char *)image, size - 1, NOW_MS, &err) == 0) {
        check_limiter(&l, &spec);
    } else {
        MUST(err.code == WINNOW_DAMAGED);
        MUST(l.budgets[0].used == 0 && l.budgets[0].held == 0 && l.budgets[0].slot_count == 0);
        MUST(limiter_ask(&l, one, NOW_MS).granted);
    }
    free(image);
    limiter_free(&l);
    return 0;
}
