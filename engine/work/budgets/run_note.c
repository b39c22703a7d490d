/* A run's note in the store: see run_note.h. JSON, small. Fails with WINNOW_DAMAGED when what is
 * stored is no note. */
#include "work/budgets/run_note.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "work/budgets/budgets.h"
#include "work/campaign/json_text.h"

bool run_note_same(const struct run_note *a, const struct run_note *b) {
    return a->state == b->state && a->code == b->code && a->until_ms == b->until_ms &&
           strcmp(a->reason, b->reason) == 0;
}

int run_note_put(struct store_txn *t, uint32_t campaign, const struct run_note *n,
                 struct winnow_error *err) {
    json_t *budgets = json_array();
    bool whole = budgets != NULL; /* a note that lacks a budget would be another run's */
    for (size_t i = 0; i < n->budget_count; i++)
        whole = json_array_append_new(budgets, json_string(n->budgets[i])) == 0 && whole;
    json_t *root =
        json_pack("{s:i, s:I, s:i, s:s, s:I, s:i, s:I, s:[i,i], s:o}", "state", (int)n->state,
                  "pid", (json_int_t)n->pid, "code", (int)n->code, "reason", n->reason, "until_ms",
                  (json_int_t)n->until_ms, "pace", (int)n->pace, "per_day", (json_int_t)n->per_day,
                  "quiet", n->quiet.from_min, n->quiet.to_min, "budgets", budgets);
    if (!whole) {
        json_decref(root);
        root = NULL;
    }
    size_t size = 0;
    char *text = json_text_make(root, &size);
    json_decref(root);
    if (text == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
    int result = store_note_put(t, campaign, STORE_NOTE_RUN, "", text, size, err);
    free(text);
    return result;
}

static bool quiet_possible(const struct quiet_hours *q) {
    return q->from_min >= 0 && q->from_min < 1440 && q->to_min >= 0 && q->to_min < 1440;
}

static bool note_read(const json_t *root, struct run_note *out) {
    int state = 0;
    int code = 0;
    int pace = 0;
    const char *reason = "";
    json_int_t pid = 0; /* as with quiet hours: notes of older versions have none */
    json_int_t until_ms = 0;
    json_int_t per_day = 0;
    struct quiet_hours quiet = {0, 0};
    json_t *budgets = NULL;
    json_t *mutable_root = json_incref((json_t *)(uintptr_t)root);
    int result = json_unpack(mutable_root, "{s:i, s?I, s:i, s:s, s:I, s:i, s:I, s?[i,i], s:o}",
                             "state", &state, "pid", &pid, "code", &code, "reason", &reason,
                             "until_ms", &until_ms, "pace", &pace, "per_day", &per_day, "quiet",
                             &quiet.from_min, &quiet.to_min, "budgets", &budgets);
    json_decref(mutable_root);
    if (result != 0 || state < 0 || state > WINNOW_RUN_DONE || code < 0 || code > WINNOW_DAMAGED ||
        pace < PACE_EVEN || pace > PACE_BURST || pid < 0 || until_ms < 0 || per_day < 0 ||
        !quiet_possible(&quiet) || strlen(reason) >= sizeof out->reason)
        return false;
    *out = (struct run_note){
        .state = (enum winnow_run_state)state,
        .pid = pid,
        .code = (enum winnow_code)code,
        .until_ms = until_ms,
        .pace = (enum pace)pace,
        .per_day = (uint64_t)per_day,
        .quiet = quiet,
    };
    memcpy(out->reason, reason, strlen(reason) + 1);
    for (size_t i = 0; i < json_array_size(budgets) && i < WINNOW_BUDGETS_MAX; i++) {
        const char *text = json_string_value(json_array_get(budgets, i));
        if (text == NULL || strlen(text) >= sizeof out->budgets[i])
            return false;
        budget_override_take(out->budgets[i], text);
        out->budget_count = i + 1;
    }
    return true;
}

int run_note_get(struct store_txn *t, uint32_t campaign, struct run_note *out,
                 struct winnow_error *err) {
    const void *bytes;
    size_t size;
    *out = (struct run_note){.state = WINNOW_RUN_IDLE};
    int found = store_note_get(t, campaign, STORE_NOTE_RUN, "", &bytes, &size, err);
    if (found <= 0)
        return found;
    json_t *root = json_loadb(bytes, size, 0, NULL);
    if (root == NULL) /* the record has a checksum: what does not parse was refused an allocation */
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory; close other programs");
    bool whole = note_read(root, out);
    json_decref(root);
    return whole ? 0 : winnow_fail(err, WINNOW_DAMAGED, "the note of the last run cannot be read");
}

int run_paused_put(struct store_txn *t, uint32_t campaign, bool paused, struct winnow_error *err) {
    return store_note_put(t, campaign, STORE_NOTE_CONTROL, "", paused ? "paused" : "",
                          paused ? 6 : 0, err);
}

int run_paused_get(struct store_txn *t, uint32_t campaign, bool *paused, struct winnow_error *err) {
    const void *bytes;
    size_t size = 0;
    int found = store_note_get(t, campaign, STORE_NOTE_CONTROL, "", &bytes, &size, err);
    *paused = found == 1 && size > 0;
    return found < 0 ? -1 : 0;
}

int run_note_limiter(const struct run_note *n, const struct platform *p, struct limiter *l,
                     struct winnow_error *err) {
    const char *overrides[WINNOW_BUDGETS_MAX];
    for (size_t i = 0; i < n->budget_count; i++)
        overrides[i] = n->budgets[i];
    if (budgets_fill(l, p, overrides, n->budget_count, err) != 0)
        return -1;
    if (n->per_day == 0)
        return 0;
    struct budget_spec cap = {
        .name = BUDGET_USER_DAY,
        .kind = BUDGET_SLIDING,
        .limit = n->per_day,
        .period_ms = INT64_C(86400000),
        .costs = {.each = {[ACTION_UNFOLLOW] = 1, [ACTION_FOLLOW] = 1}},
        .scope = SCOPE_CAMPAIGN,
        .users = true,
    };
    return limiter_add(l, &cap, err);
}
