/* Entries of a stored plan in words: show, and the first and last of plan. Happy path: position to
 * followee to text. Fails as the store does, and when there is no plan. */
#include "work/plan/plan_reader.h"

#include <stdio.h>
#include <string.h>

#include "work/budgets/budgets.h"

/* Milliseconds an entry at even pace, by the budgets that the plan was made with. */
static int even_step(const struct plan_head *h, const struct platform *p, double *out,
                     struct winnow_error *err) {
    struct limiter l;
    const char *overrides[WINNOW_BUDGETS_MAX];
    size_t count = plan_head_budgets(h, overrides);
    limiter_init(&l, PACE_EVEN);
    int result = budgets_fill(&l, p, overrides, count, err);
    if (result == 0)
        *out = (double)budgets_time(&l, p, (enum action)h->action, 1000000).even_ms / 1e6;
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

static const enum winnow_entry_state settled_states[OUTCOME_COUNT] = {
    [OUTCOME_DONE] = WINNOW_ENTRY_UNFOLLOWED,
    [OUTCOME_ALREADY_SO] = WINNOW_ENTRY_ALREADY_GONE,
    [OUTCOME_TARGET_GONE] = WINNOW_ENTRY_TARGET_GONE,
    [OUTCOME_PROTECTED] = WINNOW_ENTRY_PROTECTED,
    [OUTCOME_REFUSED] = WINNOW_ENTRY_REFUSED,
};

static enum winnow_entry_state open_state(const struct store_open_entry *open) {
    return open->in_flight  ? WINNOW_ENTRY_IN_FLIGHT
           : open->in_doubt ? WINNOW_ENTRY_IN_DOUBT
                            : WINNOW_ENTRY_RETRY;
}

static int entry_state(struct plan_reader *v, uint32_t position, struct winnow_entry *out,
                       struct winnow_error *err) {
    struct store_open_entry open;
    enum outcome settled;
    out->state = WINNOW_ENTRY_PENDING;
    if (position < v->progress.cursor) {
        if (store_state_get(v->txn, v->campaign->id, v->progress.plan, position, &settled, err) < 0)
            return -1;
        int found = store_open_get(v->txn, v->campaign->id, position, &open, err);
        if (found < 0)
            return -1;
        out->state = found == 1 ? open_state(&open) : settled_states[settled];
    } else {
        out->due_ms = v->start_ms + (int64_t)(v->even_ms * (position - v->progress.cursor));
    }
    return 0;
}

/* ---- why ---- */

enum reason_kind plan_kind(const struct policy *p, bool by_goal, enum plan_verdict verdict,
                           uint16_t rule, enum reason_kind to_go) {
    switch (verdict) {
    case PLAN_KEPT_LIST:
        return KIND_LISTED;
    case PLAN_KEPT_RULE:
        return by_goal ? kind_of_rule(policy_keep_source(p, rule)) : KIND_RULE;
    case PLAN_KEPT_TOP:
        return KIND_TOP;
    case PLAN_KEPT_UNDECIDED:
        return KIND_KEPT_OPEN;
    case PLAN_SCHEDULED:
    case PLAN_SCHEDULED_UNDECIDED:
        return to_go;
    case PLAN_BEYOND_MAX:
        return KIND_BEYOND;
    case PLAN_UNDECIDED:
    case PLAN_HELD:
    case PLAN_NONE:
        break;
    }
    return KIND_OPEN;
}

static void say_top(const struct policy *p, uint16_t rule, char to[REASON_SIZE]) {
    struct top_explanation top;
    policy_explain_top(p, rule, &top);
    snprintf(to, REASON_SIZE, "among the best %u of its %s by %s", top.n, top.by, top.of);
}

static void say_open(const struct plan_reader *v, const struct facts *f, char to[REASON_SIZE]) {
    struct judgement j;
    char missing[REASON_SIZE];
    policy_judge(v->policy, f, v->head.now_ms, &j);
    reason_missing(j.missing, missing);
    if (missing[0] == '\0')
        snprintf(to, REASON_SIZE, "cannot be judged");
    else
        snprintf(to, REASON_SIZE, "not known: %.240s", missing);
}

/* The user's own rule goes with it, where it put them ahead. */
static void say_to_go(const struct plan_reader *v, uint8_t first, const struct facts *f,
                      char to[REASON_SIZE]) {
    reason_words(f, v->head.now_ms, to);
    size_t used = strlen(to);
    if (v->head.plan.goal[0] != '\0' || first >= policy_first_count(v->policy))
        return;
    struct text rule = text_cut(policy_first_source(v->policy, first), 100);
    int more = snprintf(to + used, REASON_SIZE - used, "; first by your rule \"%.*s\"",
                        (int)rule.size, rule.at);
    if (more < 0 || used + (size_t)more >= REASON_SIZE)
        to[used] = '\0';
}

void plan_reader_reason(const struct plan_reader *v, const struct store_decision *d,
                        const struct facts *f, char to[REASON_SIZE]) {
    enum plan_verdict verdict = (enum plan_verdict)d->verdict;
    bool by_goal = v->head.plan.goal[0] != '\0';
    struct text rule = {"", 0};
    switch (verdict) {
    case PLAN_KEPT_TOP:
        say_top(v->policy, d->rule, to);
        return;
    case PLAN_SCHEDULED:
    case PLAN_SCHEDULED_UNDECIDED:
    case PLAN_BEYOND_MAX:
        say_to_go(v, d->rule, f, to);
        return;
    case PLAN_UNDECIDED:
    case PLAN_KEPT_UNDECIDED:
        say_open(v, f, to);
        return;
    case PLAN_NONE:
    case PLAN_HELD:
        snprintf(to, REASON_SIZE, "%s",
                 verdict == PLAN_HELD ? "another one may have its login or record"
                 : facts_known(f, FACT_ID)
                     ? "what the platform needs to take the follow back is not known"
                     : "who it is is not known yet, but the handle");
        return;
    case PLAN_KEPT_RULE:
        rule = policy_keep_source(v->policy, d->rule);
        break;
    case PLAN_KEPT_LIST:
        break;
    }
    reason_kept(plan_kind(v->policy, by_goal, verdict, d->rule, KIND_COUNT), rule, f,
                v->head.now_ms, to);
}

int plan_reader_facts(const struct plan_reader *v, uint32_t number, struct facts *out,
                      struct winnow_error *err) {
    if (store_followee_get(v->txn, v->campaign->id, number, STORE_FACTS_AND_TEXTS, out, err) != 0)
        return -1;
    coverages_count(&v->coverages, number, out);
    return 0;
}

/* ---- entries ---- */

/* Put on the keep list since the plan was made: it will not be sent. */
static int entry_kept(struct plan_reader *v, const struct facts *f, struct winnow_entry *out,
                      struct winnow_error *err) {
    if (out->state != WINNOW_ENTRY_PENDING && out->state != WINNOW_ENTRY_RETRY)
        return 0;
    int kept = v->campaign->keep_count == 0
                   ? 0
                   : store_keep_has(v->txn, v->campaign->id, facts_text(f, FACT_ID).at,
                                    facts_text(f, FACT_ID).size, err);
    if (kept != 1)
        return kept;
    out->due_ms = 0;
    out->state = WINNOW_ENTRY_KEPT;
    snprintf(out->reason, sizeof out->reason, "kept by the keep list");
    return 0;
}

_Static_assert(sizeof((struct winnow_entry){0}.reason) == REASON_SIZE, "winnow.h has room");

int plan_reader_entry(struct plan_reader *v, uint32_t position, struct winnow_entry *out,
                      struct winnow_error *err) {
    struct store_entry e;
    struct facts f;
    *out = (struct winnow_entry){.position = (uint64_t)position + 1, .posts = -1};
    if (store_schedule_get(v->txn, v->campaign->id, v->progress.plan, position, &e, err) != 0 ||
        plan_reader_facts(v, e.number, &f, err) != 0)
        return -1;
    text_copy(out->id, sizeof out->id, facts_text(&f, FACT_ID));
    if (facts_known(&f, FACT_HANDLE))
        text_copy(out->handle, sizeof out->handle, facts_text(&f, FACT_HANDLE));
    if (facts_known(&f, FACT_POSTS))
        out->posts = f.value[FACT_POSTS];
    out->score = (double)e.score;
    say_to_go(v, e.first, &f, out->reason);
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

enum winnow_verdict plan_reader_verdict(enum plan_verdict verdict) {
    switch (verdict) {
    case PLAN_SCHEDULED:
    case PLAN_SCHEDULED_UNDECIDED:
        return WINNOW_VERDICT_SCHEDULED;
    case PLAN_BEYOND_MAX:
        return WINNOW_VERDICT_BEYOND_MAX;
    case PLAN_UNDECIDED:
    case PLAN_HELD:
    case PLAN_NONE:
        return WINNOW_VERDICT_UNDECIDED;
    case PLAN_KEPT_LIST:
    case PLAN_KEPT_RULE:
    case PLAN_KEPT_TOP:
    case PLAN_KEPT_UNDECIDED:
        break;
    }
    return WINNOW_VERDICT_KEPT;
}
