/* forecast: the rest of a campaign in virtual time. Happy path: the drain is opened as a run would
 * open it, with the stored budgets and open entries, and driven to its end by
 * core/forecast/forecast.c, once a pace and, if asked for, nine times through faults. Fails when there
 * is no plan, and as the store does. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/expr/expr_value.h"
#include "core/forecast/forecast.h"
#include "core/planner/planner.h"
#include "work/budgets/budgets.h"
#include "work/plan/plan_head.h"
#include "work/run/run_options.h"

#define LATENCY_MS 300 /* what a request to a platform takes, and more than decides anything */

_Static_assert(WINNOW_FORECAST_MARKS == FORECAST_MARKS, "the marks of the API are the core's");

struct forecasting {
    struct winnow *w;
    struct store_txn *txn;
    struct store_campaign campaign;
    const struct platform *platform;
    struct store_progress progress;
    struct winnow_run_options run;
    struct run_note note;
    struct drain_options drain;
    int64_t now_ms, wall_offset_ms;
    uint32_t *volumes; /* by number, in thousandths of a post a day */
    uint64_t *sums;    /* volume of the first k entries, k from 0 to progress.total */
    uint64_t volume_total;
};

struct restoring {
    struct drain *drain;
    int64_t now_ms;
    struct winnow_error *err;
};

/* ---- volume ---- */

static int note_volume(void *context, uint32_t number, const struct facts *f, uint64_t gone,
                       struct winnow_error *err) {
    struct forecasting *c = context;
    struct store_decision d;
    (void)gone;
    c->volumes[number] = 0;
    int found = store_decision_get(c->txn, c->campaign.id, c->progress.plan, number, &d, err);
    if (found < 0)
        return -1;
    uint32_t volume = value_volume(f, c->now_ms + c->wall_offset_ms);
    if (found == 0 || d.verdict == PLAN_NONE || volume == VALUE_VOLUME_UNKNOWN)
        return 0;
    c->volumes[number] = volume;
    c->volume_total += volume;
    return 0;
}

/* Who is followed by several records is gone with the first that is taken back, near enough. */
static int sum_volumes(struct forecasting *c, struct winnow_error *err) {
    for (uint32_t k = 0; k < c->progress.total; k++) {
        struct store_entry e;
        if (store_schedule_get(c->txn, c->campaign.id, c->progress.plan, k, &e, err) != 0)
            return -1;
        if (e.number >= c->campaign.followees)
            return winnow_fail(err, WINNOW_DAMAGED, "the schedule names a followee that is not");
        c->sums[k + 1] = c->sums[k] + c->volumes[e.number];
        c->volumes[e.number] = 0;
    }
    return 0;
}

static int weigh(struct forecasting *c, struct winnow_error *err) {
    struct store_scan scan = {
        .detail = STORE_FACTS, .without_gone = true, .each = note_volume, .context = c};
    c->volumes = calloc((size_t)c->campaign.followees + 1, sizeof *c->volumes);
    c->sums = calloc((size_t)c->progress.total + 1, sizeof *c->sums);
    if (c->volumes == NULL || c->sums == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
    if (store_roster_scan(c->txn, c->campaign.id, &scan, err) != 0)
        return -1;
    return sum_volumes(c, err);
}

/* ---- one run ---- */

static int forecast_restore(void *context, const struct store_open_entry *e) {
    const struct restoring *r = context;
    struct drain_entry entry = {
        .position = e->position,
        .attempts = e->attempts,
        .together = e->together,
        .in_doubt = e->in_doubt || e->in_flight,
        .not_before_ms = e->in_flight ? r->now_ms : e->not_before_ms,
    };
    return drain_restore(r->drain, &entry, r->err);
}

static int drive(const struct forecasting *c, struct limiter *l,
                 const struct forecast_options *options, struct forecast *out,
                 struct winnow_error *err) {
    struct drain d;
    if (drain_open(&d, &c->drain, l, c->progress.total, c->progress.cursor, err) != 0)
        return -1;
    d.local_offset_ms = clock_local_offset(&c->w->clock);
    struct restoring r = {&d, c->now_ms, err};
    int result = store_open_each(c->txn, c->campaign.id, forecast_restore, &r, err);
    if (result == 0)
        result = forecast_run(&d, options, out, err);
    drain_close(&d);
    return result;
}

static void forecast_tell(const struct forecasting *c, const struct forecast *f,
                          struct winnow_forecast_one *out) {
    uint64_t before = c->progress.cursor - c->progress.open;
    *out = (struct winnow_forecast_one){
        .finish_ms = f->end_ms + c->wall_offset_ms,
        .capped = f->code != WINNOW_OK,
        .requests = f->requests,
        .settled = f->settled,
        .waits = f->waits,
        .longest_wait_ms = f->longest_wait_ms,
        .cost_micro = (int64_t)f->settled * c->platform->actions[c->drain.action].price_micro,
    };
    snprintf(out->reason, sizeof out->reason, "%s", run_cap_reason(f->code, f->full, f->reason));
    for (int i = 0; i < FORECAST_MARKS; i++) {
        uint64_t gone = before + f->settled_at[i];
        out->settled_at[i] = f->settled_at[i];
        if (c->volume_total > 0)
            out->volume_at[i] =
                (double)c->sums[gone < c->progress.total ? gone : c->progress.total] /
                (double)c->volume_total;
    }
}

static int run_one(struct forecasting *c, enum pace pace, const struct forecast_faults *faults,
                   uint64_t seed, struct winnow_forecast_one *out, struct winnow_error *err) {
    struct forecast_options options = {
        .start_ms = c->now_ms, .latency_ms = LATENCY_MS, .faults = *faults, .seed = seed};
    struct forecast f;
    struct limiter l;
    limiter_init(&l, pace);
    int result = run_note_limiter(&c->note, c->platform, &l, err);
    if (result == 0)
        result = budgets_load(&l, c->txn, &c->campaign, c->now_ms, err);
    if (result == 0)
        result = run_options_caps(&c->run, c->platform, c->progress.spent_micro, &l, err);
    if (result == 0)
        result = drive(c, &l, &options, &f, err);
    limiter_free(&l);
    if (result == 0)
        forecast_tell(c, &f, out);
    return result;
}

/* ---- the whole ---- */

static int by_finish(const void *left, const void *right) {
    const struct winnow_forecast_one *a = left;
    const struct winnow_forecast_one *b = right;
    return (a->finish_ms > b->finish_ms) - (a->finish_ms < b->finish_ms);
}

static int run_all(struct forecasting *c, const struct winnow_forecast_options *o,
                   struct winnow_forecast *out, struct winnow_error *err) {
    static const struct forecast_faults none;
    if (run_one(c, PACE_EVEN, &none, 0, &out->even, err) != 0 ||
        run_one(c, PACE_BURST, &none, 0, &out->burst, err) != 0)
        return -1;
    if (!o->faults)
        return 0;
    for (uint32_t i = 0; i < WINNOW_FORECAST_RUNS; i++, out->faulty_count++)
        if (run_one(c, c->note.pace, &forecast_usual_faults, o->seed + i, &out->faulty[i], err) !=
            0)
            return -1;
    qsort(out->faulty, out->faulty_count, sizeof out->faulty[0], by_finish);
    return 0;
}

static bool given(const struct winnow_run_options *run) {
    return run != NULL && (run->pace != WINNOW_PACE_EVEN || run->per_day > 0 ||
                           run->quiet != NULL || run->budget_count > 0);
}

/* As they are given, else as the last run had them, else as a plain run would have them. */
static int take_options(struct forecasting *c, const struct winnow_forecast_options *o,
                        struct winnow_error *err) {
    if (o->run != NULL)
        c->run = *o->run;
    struct run_note last = {.state = WINNOW_RUN_IDLE};
    if (!given(o->run) && run_note_get(c->txn, c->campaign.id, &last, err) != 0)
        return -1;
    if (last.state != WINNOW_RUN_IDLE)
        c->note = last;
    else if (run_options_note(c->w, &c->campaign, &c->run, &c->note, err) != 0)
        return -1;
    return run_options_drain(c->w, c->platform, &c->run, &c->note, &c->drain, err);
}

static int look_ahead(struct forecasting *c, const struct winnow_forecast_options *o,
                      struct winnow_forecast *out, struct winnow_error *err) {
    int found = store_progress_get(c->txn, c->campaign.id, &c->progress, err);
    if (found == 0)
        return winnow_fail(err, WINNOW_NOT_FOUND,
                           "campaign %s has no plan yet: run `winnow plan %s`", c->campaign.name,
                           c->campaign.name);
    if (found < 0 || take_options(c, o, err) != 0 || weigh(c, err) != 0)
        return -1;
    out->start_ms = c->now_ms + c->wall_offset_ms;
    out->remaining = c->progress.total - (c->progress.cursor - c->progress.open);
    out->volume_known = c->volume_total > 0;
    out->pace = (enum winnow_pace)c->note.pace;
    snprintf(out->currency, sizeof out->currency, "%s",
             c->platform->currency != NULL ? c->platform->currency : "");
    return run_all(c, o, out, err);
}

int winnow_forecast(struct winnow *w, const char *name,
                    const struct winnow_forecast_options *options, struct winnow_forecast *out,
                    struct winnow_error *err) {
    struct forecasting c = {
        .w = w, .now_ms = clock_now(&w->clock), .wall_offset_ms = clock_wall_offset(&w->clock)};
    *out = (struct winnow_forecast){0};
    if (state_campaign(w, name, &c.campaign, &c.platform, err) != 0 ||
        store_read(w->store, &c.txn, err) != 0)
        return -1;
    int result = look_ahead(&c, options, out, err);
    store_abort(c.txn);
    free(c.volumes);
    free(c.sums);
    return result;
}
