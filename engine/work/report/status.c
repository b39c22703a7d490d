/* status: where a campaign stands, from its counters and notes; O(1), with or without a worker.
 * Happy path: one short read. Fails as the store does. */
#include <stdio.h>
#include <string.h>

#include "work/budgets/budgets.h"
#include "work/budgets/money.h"
#include "work/evidence/unmatched.h"
#include "work/plan/plan_head.h"
#include "work/report/status_state.h"
#include "work/run/run_options.h"
#include "work/session/credential.h"

static int fill_plan(struct store_txn *t, const struct store_campaign *c, struct winnow_status *out,
                     enum action *action, struct winnow_error *err) {
    struct plan_head h;
    *action = ACTION_UNFOLLOW;
    if (c->plans == 0)
        return 0;
    if (plan_head_get(t, c, c->plans, &h, err) != 0)
        return -1;
    out->planned = true;
    memcpy(out->plan.digest, h.plan.digest, sizeof out->plan.digest);
    out->plan.created_ms = h.plan.created_ms;
    out->plan.followees = h.plan.followees;
    out->plan.kept = h.plan.kept;
    out->plan.undecided = h.plan.undecided;
    out->plan.scheduled = h.plan.scheduled;
    *action = (enum action)h.action;
    plan_head_free(&h);
    return 0;
}

static uint64_t settled_sum(const struct store_progress *p) {
    uint64_t sum = 0;
    for (int o = OUTCOME_DONE; o <= OUTCOME_REFUSED; o++)
        sum += p->settled[o];
    return sum;
}

static void fill_progress(const struct store_progress *p, int64_t price_micro,
                          struct winnow_status *out) {
    out->progress.unfollowed = p->settled[OUTCOME_DONE];
    out->progress.already_gone = p->settled[OUTCOME_ALREADY_SO];
    out->progress.target_gone = p->settled[OUTCOME_TARGET_GONE];
    out->progress.kept_back = p->settled[OUTCOME_PROTECTED];
    out->progress.refused = p->settled[OUTCOME_REFUSED];
    out->progress.in_doubt = p->in_doubt;
    out->progress.remaining = p->total - settled_sum(p);
    out->progress.retrying = p->open;
    out->progress.requests = p->requests;
    out->spent_micro = p->spent_micro;
    out->total_micro = p->spent_micro + (int64_t)out->progress.remaining * price_micro;
}

/* Beside the unfollows, which are in the progress. */
static int fill_money(struct store_txn *t, const struct store_campaign *c,
                      const struct platform *platform, struct winnow_status *out,
                      struct winnow_error *err) {
    struct money m;
    if (money_get(t, c->id, &m, err) != 0)
        return -1;
    if (platform->currency != NULL)
        snprintf(out->currency, sizeof out->currency, "%s", platform->currency);
    out->unfollows_micro = out->spent_micro;
    for (int i = 0; i < MONEY_KINDS; i++) {
        out->reads[i] = (struct winnow_spent){money_name((enum money_kind)i), m.spent_micro[i]};
        out->spent_micro += m.spent_micro[i];
        out->total_micro += m.spent_micro[i];
    }
    return 0;
}

/* Quiet hours stretch what a budget of less than a day decides: what it would have granted then is
 * lost. One of a day or more catches up. */
static int64_t with_nights(struct limiter *l, const struct budgets_time *rest,
                           const struct quiet_hours *quiet, int64_t rest_ms) {
    const struct budget *b = limiter_find(l, rest->tightest);
    if (b == NULL || b->spec.period_ms >= INT64_C(86400000))
        return rest_ms;
    return (int64_t)((double)rest_ms / (1.0 - quiet_share(quiet)));
}

/* When the next action can leave at the earliest, by what the server has said: a limit over a day
 * that is used up is a day. */
static int64_t known_wait(struct limiter *l, enum action action, int64_t now_ms) {
    int64_t at_ms = now_ms;
    for (size_t i = 0; i < l->count; i++) {
        const struct budget *b = &l->budgets[i];
        if (!limiter_counts(&b->spec, action))
            continue;
        bool capped = b->cap_until_ms > now_ms && b->cap_left == 0;
        at_ms = b->blocked_until_ms > at_ms ? b->blocked_until_ms : at_ms;
        at_ms = capped && b->cap_until_ms > at_ms ? b->cap_until_ms : at_ms;
    }
    return at_ms;
}

/* What a status is made of, read from the store. */
struct standing {
    struct store_campaign campaign;
    const struct platform *platform;
    struct store_progress progress;
    struct run_note note;
    enum action action;
    bool paused;
    int64_t now_ms, offset_ms; /* engine time, and the wall clock's minus it */
};

static void fill_budget(struct limiter *l, struct budget *b, const struct standing *s,
                        struct winnow_budget_status *to) {
    int64_t resets_ms = budget_resets_at(l, b, s->now_ms);
    memcpy(to->name, b->spec.name, sizeof to->name);
    to->limit = b->spec.limit;
    to->used = budget_used(l, b, s->now_ms);
    to->period_ms = b->spec.period_ms;
    to->resets_at_ms = resets_ms == 0 ? 0 : resets_ms + s->offset_ms;
}

/* `run` is how it runs, or would. */
static int fill_budgets(struct store_txn *t, const struct standing *s, const struct run_note *run,
                        struct winnow_status *out, struct winnow_error *err) {
    struct limiter l;
    limiter_init(&l, run->pace);
    int result = run_note_limiter(run, s->platform, &l, err);
    if (result == 0)
        result = budgets_load(&l, t, &s->campaign, s->now_ms, err);
    for (size_t i = 0; i < l.count && result == 0; i++)
        fill_budget(&l, &l.budgets[i], s, &out->budgets[out->budget_count++]);
    if (result == 0 && out->planned && out->progress.remaining > 0) {
        struct budgets_time rest =
            budgets_time(&l, s->platform, s->action, out->progress.remaining);
        int64_t rest_ms = run->pace == PACE_EVEN ? rest.even_ms : rest.burst_ms;
        out->eta_quota_ms = known_wait(&l, s->action, s->now_ms) + s->offset_ms +
                            with_nights(&l, &rest, &run->quiet, rest_ms);
    }
    limiter_free(&l);
    return result;
}

/* By the pace seen between the first request and the last outcome. */
static void fill_observed(const struct store_progress *p, int64_t until_ms, int64_t now_ms,
                          int64_t offset_ms, struct winnow_status *out) {
    uint64_t settled = settled_sum(p);
    int64_t span_ms = p->last_outcome_ms - p->first_sent_ms;
    out->last_outcome_ms = p->last_outcome_ms == 0 ? 0 : p->last_outcome_ms + offset_ms;
    if (settled < 2 || span_ms <= 0 || out->progress.remaining == 0)
        return;
    double each_ms = (double)span_ms / (double)settled;
    int64_t from_ms = until_ms > now_ms ? until_ms : now_ms; /* the wait in hand is known */
    out->eta_observed_ms =
        from_ms + offset_ms + (int64_t)(each_ms * (double)out->progress.remaining);
}

/* The campaign's worker; where there is none, the last one's last word. */
struct worker {
    struct process_holder is;
    char word[PROCESS_WORD_MAX];
};

static int find_worker(struct winnow *w, const char *name, struct worker *out,
                       struct winnow_error *err) {
    char path[PATH_MAX];
    out->word[0] = '\0';
    if (state_worker(w, name, &out->is, err) != 0 ||
        state_path(w, "run", name, ".lock", path, err) != 0)
        return -1;
    if (!out->is.held)
        process_lock_said(path, out->word);
    return 0;
}

/* The store has no word of its end: a full disk takes none, and a kill gives none. */
static void say_how_it_ended(const struct worker *worker, struct winnow_status *out) {
    if (worker->word[0] != '\0')
        snprintf(out->reason, sizeof out->reason, "%s", worker->word);
    else
        snprintf(out->reason, sizeof out->reason,
                 "the last worker ended without a word (killed, or the machine went down); `winnow "
                 "run %s` goes on",
                 out->campaign.name);
}

static void say_why(const struct status_signs *signs, const struct run_note *note,
                    const struct worker *worker, struct winnow_status *out) {
    if (status_ended_unsaid(signs))
        say_how_it_ended(worker, out);
    else if (note->state == WINNOW_RUN_STOPPED && !signs->note_of_another)
        snprintf(out->reason, sizeof out->reason, "%s", note->reason);
    if (out->state == WINNOW_RUN_DONE)
        out->reason[0] = '\0';
    else if (out->state == WINNOW_RUN_IDLE && out->planned && out->plan.scheduled == 0)
        snprintf(out->reason, sizeof out->reason, "the plan schedules nobody");
}

static void fill_state(const struct run_note *note, const struct worker *worker, bool paused,
                       int64_t offset_ms, struct winnow_status *out) {
    int64_t pid = worker->is.pid;
    const struct status_signs signs = {
        .worker = worker->is.held,
        .note_of_another = pid != 0 && note->pid != 0 && note->pid != pid,
        .note = note->state,
        .last_word = worker->word[0] != '\0',
        .paused = paused,
        .done = out->planned && out->plan.scheduled > 0 && out->progress.remaining == 0,
    };
    out->worker = signs.worker;
    out->pid = pid;
    out->state = status_state(&signs);
    say_why(&signs, note, worker, out);
    if (out->state == WINNOW_RUN_WAITING) {
        snprintf(out->waiting_reason, sizeof out->waiting_reason, "%s", note->reason);
        out->waiting_until_ms = note->until_ms == 0 ? 0 : note->until_ms + offset_ms;
    }
}

static int standing_read(struct winnow *w, struct store_txn *t, const char *name,
                         struct standing *s, struct winnow_status *out, struct winnow_error *err) {
    s->now_ms = clock_now(&w->clock);
    s->offset_ms = clock_wall_offset(&w->clock);
    if (store_campaign_find(t, name, &s->campaign, err) != 0 ||
        store_progress_get(t, s->campaign.id, &s->progress, err) < 0 ||
        run_note_get(t, s->campaign.id, &s->note, err) != 0 ||
        run_paused_get(t, s->campaign.id, &s->paused, err) != 0 ||
        fill_plan(t, &s->campaign, out, &s->action, err) != 0)
        return -1;
    s->platform = platform_find(s->campaign.platform);
    return 0;
}

static int status_fill(struct winnow *w, struct store_txn *t, const char *name,
                       const struct worker *worker, const struct run_note *options,
                       struct winnow_status *out, struct winnow_error *err) {
    struct standing s;
    if (standing_read(w, t, name, &s, out, err) != 0)
        return -1;
    out->followees = s.campaign.followees;
    out->keep_list = s.campaign.keep_count;
    if (noted_names(t, &s.campaign, &out->keep_noted, out->keep_noted_names, err) != 0)
        return -1;
    out->logged_in = credential_exists(w, &s.campaign);
    fill_progress(&s.progress, s.platform->actions[s.action].price_micro, out);
    if (fill_money(t, &s.campaign, s.platform, out, err) != 0)
        return -1;
    fill_observed(&s.progress, s.note.until_ms, s.now_ms, s.offset_ms, out);
    fill_state(&s.note, worker, s.paused, s.offset_ms, out);
    return fill_budgets(t, &s, options != NULL ? options : &s.note, out, err);
}

static int status(struct winnow *w, const char *name, const struct run_note *options,
                  struct winnow_status *out, struct winnow_error *err) {
    struct store_txn *t;
    struct worker worker;
    *out = (struct winnow_status){0};
    if (winnow_campaign_get(w, name, &out->campaign, err) != 0 ||
        find_worker(w, name, &worker, err) != 0 || store_read(w->store, &t, err) != 0)
        return -1;
    int result = status_fill(w, t, name, &worker, options, out, err);
    store_abort(t);
    return result;
}

int winnow_status(struct winnow *w, const char *name, struct winnow_status *out,
                  struct winnow_error *err) {
    return status(w, name, NULL, out, err);
}

int winnow_status_of_run(struct winnow *w, const char *name,
                         const struct winnow_run_options *options, struct winnow_status *out,
                         struct winnow_error *err) {
    struct store_campaign c;
    struct run_note note;
    if (state_campaign(w, name, &c, NULL, err) != 0)
        return -1;
    if (c.plans == 0) /* there is nothing to reckon with */
        return status(w, name, NULL, out, err);
    if (run_options_note(w, &c, options, &note, err) != 0)
        return -1;
    return status(w, name, &note, out, err);
}
