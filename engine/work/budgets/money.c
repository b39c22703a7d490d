/* The ledger of money: see money.h. Happy path: booked, then given back what was too much. Fails
 * with WINNOW_CAP before a cap is passed, with WINNOW_DAMAGED for a note that cannot be, and as the
 * store does. */
#include "work/budgets/money.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/base/bytes.h"

static const char *const names[MONEY_KINDS] = {"account", "following", "people",
                                               "lists",   "posts",     "looks"};

const char *money_name(enum money_kind kind) {
    return names[kind];
}

int money_get(struct store_txn *t, uint32_t campaign, struct money *out, struct winnow_error *err) {
    const void *bytes;
    size_t size = 0;
    *out = (struct money){{0}};
    int found = store_note_get(t, campaign, STORE_NOTE_MONEY, "", &bytes, &size, err);
    if (found <= 0)
        return found;
    if (size % 8 != 0 || size > sizeof out->spent_micro)
        return winnow_fail(err, WINNOW_DAMAGED, "the note of what was spent cannot be read");
    for (size_t i = 0; i < size / 8; i++) {
        uint64_t micro = get_le((const unsigned char *)bytes + 8 * i, 8);
        if (micro > INT64_MAX / MONEY_KINDS)
            return winnow_fail(err, WINNOW_DAMAGED, "the note of what was spent has %" PRIu64,
                               micro);
        out->spent_micro[i] = (int64_t)micro;
    }
    return 0;
}

static int money_put(struct store_txn *t, uint32_t campaign, const struct money *m,
                     struct winnow_error *err) {
    unsigned char bytes[8 * MONEY_KINDS];
    for (size_t i = 0; i < MONEY_KINDS; i++)
        put_le(bytes + 8 * i, (uint64_t)m->spent_micro[i], 8);
    return store_note_put(t, campaign, STORE_NOTE_MONEY, "", bytes, sizeof bytes, err);
}

int money_total(struct store_txn *t, uint32_t campaign, int64_t *total_micro,
                struct winnow_error *err) {
    struct store_progress p;
    struct money m;
    if (store_progress_get(t, campaign, &p, err) < 0 || money_get(t, campaign, &m, err) != 0)
        return -1;
    *total_micro = p.spent_micro;
    for (int i = 0; i < MONEY_KINDS; i++)
        *total_micro += m.spent_micro[i];
    return 0;
}

static int over_cap(int64_t total_micro, int64_t most_micro, int64_t cap_micro,
                    struct winnow_error *err) {
    char spent[MONEY_TEXT_MAX];
    char more[MONEY_TEXT_MAX];
    char cap[MONEY_TEXT_MAX];
    money_text(total_micro, spent);
    money_text(most_micro, more);
    money_text(cap_micro, cap);
    return winnow_fail(
        err, WINNOW_CAP,
        "the cap on money (--max-cost) is reached: the campaign has spent %s in all, "
        "the next request costs up to %s, and you allowed %s; what was read stays, "
        "and the same command with a higher one goes on",
        spent, more, cap);
}

int money_book(struct store_txn *t, uint32_t campaign, enum money_kind kind, int64_t most_micro,
               int64_t cap_micro, struct winnow_error *err) {
    struct money m;
    int64_t total_micro;
    if (most_micro == 0)
        return 0;
    if (money_total(t, campaign, &total_micro, err) != 0 || money_get(t, campaign, &m, err) != 0)
        return -1;
    if (cap_micro != 0 && total_micro + most_micro > cap_micro)
        return over_cap(total_micro, most_micro, cap_micro, err);
    m.spent_micro[kind] += most_micro;
    return money_put(t, campaign, &m, err);
}

int money_give_back(struct store_txn *t, uint32_t campaign, enum money_kind kind, int64_t micro,
                    struct winnow_error *err) {
    struct money m;
    if (micro == 0)
        return 0;
    if (money_get(t, campaign, &m, err) != 0)
        return -1;
    m.spent_micro[kind] -= micro < m.spent_micro[kind] ? micro : m.spent_micro[kind];
    return money_put(t, campaign, &m, err);
}

void money_text(int64_t micro, char text[MONEY_TEXT_MAX]) {
    int64_t mills = (micro + 999) / 1000; /* upwards: nobody is told less than it costs */
    if (mills % 10 == 0)
        snprintf(text, MONEY_TEXT_MAX, "$%" PRId64 ".%02" PRId64, mills / 1000, mills / 10 % 100);
    else
        snprintf(text, MONEY_TEXT_MAX, "$%" PRId64 ".%03" PRId64, mills / 1000, mills % 1000);
}
