/* Opening a runner: the campaign's plan, counters, budgets and open entries from the store. Happy
 * path: nothing was in flight. After a crash, what was in flight is journalled as in doubt, once,
 * and will be asked again. Fails when there is no plan, or as the store does. */
#include <stdlib.h>

#include "work/budgets/budgets.h"
#include "work/run/runner.h"

struct restoring {
    struct runner *runner;
    struct winnow_error *err;
    struct store_open_entry *crashed; /* those that were in flight */
    uint32_t crashed_count;
};

static int opening_restore(void *context, const struct store_open_entry *e) {
    struct restoring *s = context;
    if (e->in_flight) {
        s->crashed[s->crashed_count++] = *e;
        return 0;
    }
    struct drain_entry entry = {
        .position = e->position,
        .attempts = e->attempts,
        .together = e->together,
        .in_doubt = e->in_doubt,
        .not_before_ms = e->not_before_ms,
    };
    return drain_restore(&s->runner->drain, &entry, s->err);
}

static int doubt_one(struct runner *r, struct store_txn *t, const struct store_open_entry *e,
                     int64_t now_ms, struct store_event *event, struct winnow_error *err) {
    struct store_entry scheduled;
    if (store_schedule_get(t, r->campaign.id, r->progress.plan, e->position, &scheduled, err) != 0)
        return -1;
    event->record = (struct store_journal_record){
        .kind = STORE_JOURNAL_OUTCOME,
        .action = e->action,
        .outcome = OUTCOME_IN_DOUBT,
        .plan = r->progress.plan,
        .position = e->position,
        .number = scheduled.number,
        .key = scheduled.key,
        .request = e->request,
        .attempts = e->attempts,
        .time_ms = now_ms,
        .cost_micro = r->platform->actions[r->drain.options.action].price_micro,
    };
    event->entry = *e;
    event->entry.in_flight = false;
    event->entry.in_doubt = true;
    event->entry.not_before_ms = now_ms;
    struct drain_entry entry = {
        .position = e->position,
        .attempts = e->attempts,
        .together = e->together,
        .in_doubt = true,
        .not_before_ms = now_ms,
    };
    return drain_restore(&r->drain, &entry, err);
}

static int doubt_all(struct runner *r, struct store_txn *t, const struct store_open_entry *crashed,
                     uint32_t count, struct winnow_error *err) {
    int64_t now_ms = r->port.now(r->port.context);
    struct store_event *events = malloc(((size_t)count + 1) * sizeof *events);
    if (events == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
    int result = 0;
    for (uint32_t i = 0; i < count && result == 0; i++)
        result = doubt_one(r, t, &crashed[i], now_ms, &events[i], err);
    if (result == 0)
        result = store_settle(t, events, count, &r->progress, err);
    free(events);
    return result;
}

static int restore_open(struct runner *r, struct store_txn *t, struct winnow_error *err) {
    struct restoring s = {.runner = r, .err = err};
    s.crashed = malloc(((size_t)r->progress.open + 1) * sizeof *s.crashed);
    if (s.crashed == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
    int result = store_open_each(t, r->campaign.id, opening_restore, &s, err);
    if (result == 0)
        result = doubt_all(r, t, s.crashed, s.crashed_count, err);
    if (result == 0 && s.crashed_count > 0)
        hooks_log(&r->hooks, 1,
                  "event=in_doubt campaign=%s entries=%u reason=\"the last run ended "
                  "before their answers came\"",
                  r->campaign.name, s.crashed_count);
    free(s.crashed);
    return result;
}

/* After restore_open, whose outcomes count too. */
static int recount(struct runner *r, struct store_txn *t, struct winnow_error *err) {
    struct limiter counted;
    int64_t now_ms = r->port.now(r->port.context);
    limiter_init(&counted, r->note.pace);
    int result = run_note_limiter(&r->note, r->platform, &counted, err);
    if (result == 0)
        result = budgets_recount(&counted, t, &r->campaign, now_ms, err);
    if (result == 0)
        result = budgets_adopt(&r->limiter, &counted, now_ms, err);
    limiter_free(&counted);
    return result;
}

static int opening_load(struct runner *r, struct store_txn *t, const char *name,
                        const struct drain_options *options, struct winnow_error *err) {
    if (store_keep_check(t, &r->campaign, err) != 0)
        return -1;
    r->platform = platform_find(r->campaign.platform);
    budgets_own(&r->limiter, &r->campaign);
    int found = store_progress_get(t, r->campaign.id, &r->progress, err);
    if (found == 0)
        return winnow_fail(err, WINNOW_NOT_FOUND,
                           "campaign %s has no plan yet: run `winnow plan %s`", name, name);
    r->requests = (uint32_t)r->progress.requests;
    if (found < 0 || store_lease_take(t, &r->campaign, err) != 0 ||
        run_note_limiter(&r->note, r->platform, &r->limiter, err) != 0 ||
        budgets_load(&r->limiter, t, &r->campaign, r->port.now(r->port.context), err) != 0 ||
        drain_open(&r->drain, options, &r->limiter, r->progress.total, r->progress.cursor, err) !=
            0 ||
        restore_open(r, t, err) != 0 || recount(r, t, err) != 0 ||
        precheck_open(&r->precheck, t, &r->campaign, r->platform, options->precheck_max, err) !=
            0 ||
        shared_keys_load(&r->shared, t, &r->campaign, r->platform, err) != 0)
        return -1;
    r->note.state = WINNOW_RUN_RUNNING;
    r->stored_note = r->note;
    if (run_note_put(t, r->campaign.id, &r->note, err) != 0 ||
        budgets_save(&r->limiter, t, &r->campaign, err) != 0)
        return -1;
    return state_stamp(r->winnow, t, err);
}

static int allocate(struct runner *r, const struct drain_options *o, struct winnow_error *err) {
    size_t batch = o->batch_max;
    r->flights = calloc(o->in_flight_max, sizeof *r->flights);
    r->items = calloc(o->in_flight_max * batch, sizeof *r->items);
    /* A turn follows every answer at the latest after those of one loop turn. */
    r->event_room = (uint32_t)((2 * o->in_flight_max + 1) * batch);
    r->events = calloc(r->event_room, sizeof *r->events);
    r->replies = calloc(o->in_flight_max, sizeof *r->replies);
    if (r->flights == NULL || r->items == NULL || r->events == NULL || r->replies == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
    for (uint32_t i = 0; i < o->in_flight_max; i++) {
        r->flights[i].items = r->items + i * batch;
        http_request_init(&r->flights[i].request);
    }
    return 0;
}

static int open_runner(struct runner *r, const char *name, const struct drain_options *options,
                       struct winnow_error *err) {
    struct store_txn *t;
    limiter_init(&r->limiter, r->note.pace);
    if (allocate(r, options, err) != 0 || store_check_sound(r->winnow->store, err) != 0 ||
        store_write_of(r->winnow->store, name, &r->campaign, &t, err) != 0)
        return -1;
    if (opening_load(r, t, name, options, err) != 0) {
        store_abort(t);
        return -1;
    }
    return store_commit(t, err);
}

int runner_open(struct runner *r, struct winnow *w, const char *name, const struct run_note *note,
                const struct drain_options *options, const struct runner_port *port,
                const struct winnow_hooks *hooks, struct winnow_error *err) {
    *r = (struct runner){.winnow = w, .note = *note, .port = *port, .hooks = *hooks};
    if (open_runner(r, name, options, err) == 0)
        return 0;
    runner_close(r);
    return -1;
}

int runner_buy(struct runner *r, struct winnow_error *err) {
    struct store_txn *t;
    if (store_read(r->winnow->store, &t, err) != 0)
        return -1;
    int result = precheck_buy(&r->precheck, t, &r->campaign, err);
    store_abort(t);
    return result;
}

void runner_close(struct runner *r) {
    for (uint32_t i = 0; r->flights != NULL && i < r->drain.options.in_flight_max; i++)
        http_request_free(&r->flights[i].request);
    drain_close(&r->drain);
    precheck_close(&r->precheck);
    limiter_free(&r->limiter);
    shared_keys_free(&r->shared);
    free(r->flights);
    free(r->items);
    free(r->events);
    free(r->replies);
    r->flights = NULL;
    r->items = NULL;
    r->events = NULL;
    r->replies = NULL;
}
