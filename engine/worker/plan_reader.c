/* Entries of a stored plan in words: show, and the first and last of plan. Happy path: position to
 * followee to text. Fails as the store does, and when there is no plan. */
#include "worker/plan_reader.h"

#include <stdio.h>
#include <string.h>

#include "worker/budgets.h"

/* Milliseconds an entry at even pace, by the budgets that the plan was made with. */
static int even_step(const struct plan_head *h, const struct platform *p, double *out,
                     struct winnow_error *err) {
    struct limiter l;
    const char *overrides[WINNOW_BUDGETS_MAX];
    size_t count = plan_head_budgets(h, overrides);
    limiter_init(&l, PACE_EVEN);
    int result = budgets_fill(&l, p, overrides, count, err);
    if (result == 0)
        *out = (double)budgets_time(&l, 1000000, p->batch_max).even_ms / 1e6;
    limiter_free(&l);
    return result;
}

int plan_reader_open(struct plan_reader *v, struct winnow *w, struct store_txn *t,
                     struct store_campaign *c, struct winnow_error *err) {
    *v = (struct plan_reader){.txn = t, .campaign = c};
    const struct platform *p = platform_find(c->platform);
    if (coverages_load(&v->coverages, t, c, err) != 0 ||
        plan_head_get(t, c, c->plans, &v->head, err) != 0)
        return -1;
    v->start_ms = clock_now(&w->clock) + clock_wall_offset(&w->clock);
    if (plan_head_policy(&v->head, &v->policy, err) == 0 &&
        store_progress_get(t, c->id, &v->progress, err) >= 0 &&
        even_step(&v->head, p, &v->even_ms, err) == 0)
        return 0;
    plan_reader_close(v);
    return -1;
}

void plan_reader_close(struct plan_reader *v) {
    policy_free(v->policy);
    plan_head_free(&v->head);
}

static int entry_state(struct plan_reader *v, uint32_t position, struct winnow_entry *out,
                       struct winnow_error *err) {
    struct store_open_entry open;
    enum outcome settled;
    const char *state = "pending";
    if (position < v->progress.cursor) {
        if (store_state_get(v->txn, v->campaign->id, v->progress.plan, position, &settled, err) < 0)
            return -1;
        int found = store_open_get(v->txn, v->campaign->id, position, &open, err);
        if (found < 0)
            return -1;
        state = found == 1 ? (open.in_flight  ? "in_flight"
                              : open.in_doubt ? "in_doubt"
                                              : "retry")
                           : outcome_name(settled);
    } else {
        out->due_ms = v->start_ms + (int64_t)(v->even_ms * (position - v->progress.cursor));
    }
    snprintf(out->state, sizeof out->state, "%s", state);
    return 0;
}

static void entry_reason(const struct plan_reader *v, const struct store_entry *e,
                         struct winnow_entry *out) {
    if (e->first == STORE_NO_RULE || e->first >= policy_first_count(v->policy)) {
        snprintf(out->reason, sizeof out->reason, "score %.1f", (double)e->score);
        return;
    }
    struct text source = text_cut(policy_first_source(v->policy, e->first), 150);
    snprintf(out->reason, sizeof out->reason, "first[%u]: %.*s", e->first, (int)source.size,
             source.at);
}

/* Put on the keep list since the plan was made: it will not be sent. */
static int entry_kept(struct plan_reader *v, const struct facts *f, struct winnow_entry *out,
                      struct winnow_error *err) {
    if (strcmp(out->state, "pending") != 0 && strcmp(out->state, "retry") != 0)
        return 0;
    int kept = v->campaign->keep_count == 0
                   ? 0
                   : store_keep_has(v->txn, v->campaign->id, f->text[FACT_ID].at,
                                    f->text[FACT_ID].size, err);
    if (kept != 1)
        return kept;
    out->due_ms = 0;
    snprintf(out->state, sizeof out->state, "kept");
    snprintf(out->reason, sizeof out->reason, "kept by the keep list");
    return 0;
}

int plan_reader_entry(struct plan_reader *v, uint32_t position, struct winnow_entry *out,
                      struct winnow_error *err) {
    struct store_entry e;
    struct facts f;
    *out = (struct winnow_entry){.position = (uint64_t)position + 1, .posts = -1};
    if (store_schedule_get(v->txn, v->campaign->id, v->progress.plan, position, &e, err) != 0 ||
        store_followee_get(v->txn, v->campaign->id, e.number, STORE_FACTS_AND_TEXTS, &f, err) != 0)
        return -1;
    text_copy(out->id, sizeof out->id, f.text[FACT_ID]);
    if (facts_known(&f, FACT_HANDLE))
        text_copy(out->handle, sizeof out->handle, f.text[FACT_HANDLE]);
    if (facts_known(&f, FACT_POSTS))
        out->posts = f.value[FACT_POSTS];
    out->score = (double)e.score;
    entry_reason(v, &e, out);
    return entry_state(v, position, out, err) != 0 ? -1 : entry_kept(v, &f, out, err);
}

int winnow_show(struct winnow *w, const char *name, uint64_t offset, uint64_t count,
                int (*each)(void *context, const struct winnow_entry *entry), void *context,
                struct winnow_error *err) {
    struct store_txn *t;
    struct store_campaign c;
    struct plan_reader v;
    if (store_read(w->store, &t, err) != 0)
        return -1;
    if (store_campaign_find(t, name, &c, err) != 0 || plan_reader_open(&v, w, t, &c, err) != 0) {
        store_abort(t);
        return -1;
    }
    int result = 0;
    uint64_t end = v.progress.total;
    if (count != 0 && offset < end && count < end - offset)
        end = offset + count;
    for (uint64_t i = offset; i < end && result == 0; i++) {
        struct winnow_entry entry;
        result = plan_reader_entry(&v, (uint32_t)i, &entry, err);
        if (result == 0)
            result = each(context, &entry);
    }
    plan_reader_close(&v);
    store_abort(t);
    return result;
}
