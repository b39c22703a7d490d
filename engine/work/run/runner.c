/* The runner: see runner.h. Happy path: open, then turns: outcomes and intents in one commit, then
 * the requests leave. Fails by the store: then nothing more leaves and the run ends with the
 * store's error, everything before it safe. Opening: runner_open.c; the transaction:
 * runner_write.c; answers: runner_answer.c. */
#include "work/budgets/budgets.h"
#include "work/run/run_options.h"
#include "work/run/runner_parts.h"

#include <stdio.h>

/* A paused worker looks so often whether it still is. */
#define PAUSED_RELOAD_MS 60000

static void end_run(struct runner *r, enum winnow_code code, const char *reason) {
    if (r->over)
        return;
    r->over = true;
    r->port.ended(r->port.context, code, reason);
}

/* Leave word of why, where the store still takes it and it is ours to say: status reads it. */
static void end_failed(struct runner *r, const struct winnow_error *err) {
    struct store_txn *t;
    r->note.state = WINNOW_RUN_STOPPED;
    r->note.code = err->code;
    r->note.until_ms = 0;
    snprintf(r->note.reason, sizeof r->note.reason, "%.255s", err->text);
    if (store_write_held(r->winnow->store, &r->campaign, &t, NULL) == 0) {
        if (run_note_put(t, r->campaign.id, &r->note, NULL) == 0)
            (void)store_commit(t, NULL);
        else
            store_abort(t);
    }
    end_run(r, err->code, err->text);
}

static void runner_tell(struct runner *r) {
    uint64_t done = 0;
    for (int o = OUTCOME_DONE; o <= OUTCOME_REFUSED; o++)
        done += r->progress.settled[o];
    hooks_progress(&r->hooks, "unfollowing", done, r->progress.total);
}

static bool outcomes_due(const struct runner *r, int64_t now_ms) {
    return r->event_count >= RUNNER_OUTCOMES ||
           (r->event_count > 0 && now_ms - r->first_outcome_ms >= RUNNER_OUTCOME_MS);
}

/* Is there anything that wants a commit now? */
static bool must_write(struct runner *r) {
    if (r->step.what == DRAIN_SEND || r->step.what == DRAIN_PRECHECK ||
        r->step.what == DRAIN_REFRESH || r->precheck_heard || outcomes_due(r, r->turn_ms))
        return true;
    if (r->step.what == DRAIN_END && r->event_count > 0)
        return true;
    if (r->event_count > 0)
        return false; /* the note goes with them, soon */
    runner_describe(r, &r->step, r->turn_ms);
    return !run_note_same(&r->note, &r->stored_note);
}

/* What others hold of our budgets may be free by now. A read that fails changes nothing: the next
 * write says why. */
static void hear_others(struct runner *r) {
    struct store_txn *t;
    if (!limiter_is_shared_now(&r->limiter) || store_read(r->winnow->store, &t, NULL) != 0)
        return;
    (void)budgets_sync(&r->limiter, t, &r->campaign, r->turn_ms, NULL);
    store_abort(t);
}

bool runner_begin(struct runner *r) {
    r->staged.count = 0;
    r->staged.precheck = r->staged.left = false;
    r->write_result = 0;
    if (r->over)
        return false;
    r->turn_ms = r->port.now(r->port.context);
    if (r->drain.run.phase == DRAIN_PAUSED)
        runner_reload(r); /* the word that it is resumed may not have come through */
    if (r->port.local_offset_ms != NULL)
        r->drain.local_offset_ms = r->port.local_offset_ms(r->port.context);
    hear_others(r);
    drain_next(&r->drain, r->turn_ms, &r->step);
    r->writing = must_write(r);
    return r->writing;
}

/* The process stood still between the commit and now (SIGSTOP, a machine asleep). */
static bool too_late(const struct runner *r) {
    return r->port.now(r->port.context) - r->turn_ms > RUNNER_SEND_LATEST_MS;
}

static void leave_staged(struct runner *r) {
    static const struct http_response not_sent = {
        .end = HTTP_NOT_SENT, .detail = "the process stood still before it could be sent"};
    for (uint32_t i = 0; i < r->staged.count; i++)
        runner_answer(r, r->staged.flights[i], &not_sent);
    if (r->staged.precheck)
        runner_answer(r, r->drain.options.in_flight_max, &not_sent);
    r->staged.left = true;
}

/* Only here, behind the commit, do requests leave. */
static int send_staged(struct runner *r, struct winnow_error *err) {
    if (r->write_result != 0) {
        *err = r->write_error;
        return -1;
    }
    if (too_late(r)) {
        leave_staged(r);
        return 0;
    }
    for (uint32_t i = 0; i < r->staged.count; i++) {
        uint32_t flight = r->staged.flights[i];
        if (r->port.send(r->port.context, flight, &r->flights[flight].request, err) != 0)
            return -1;
    }
    if (r->staged.precheck)
        return r->port.send(r->port.context, r->drain.options.in_flight_max, &r->precheck.request,
                            err);
    return 0;
}

/* What came while the turn was written. */
static void catch_up(struct runner *r) {
    r->writing = false;
    r->stored_note = r->note;
    for (uint32_t i = 0; i < r->reply_count; i++)
        runner_hear(r, &r->replies[i]);
    r->reply_count = 0;
    if (r->reload_wanted)
        runner_reload(r);
    if (r->stop_wanted)
        drain_stop(&r->drain, r->stop_code, r->stop_reason);
    r->reload_wanted = r->stop_wanted = false;
}

/* What comes next: the end, a refresh, or the time of the next turn. */
static void go_on(struct runner *r) {
    if (r->step.what == DRAIN_END) {
        end_run(r, r->step.code, run_end_reason(&r->step));
    } else if (r->step.what == DRAIN_REFRESH) {
        r->port.refresh(r->port.context);
    } else {
        int64_t at_ms = r->staged.left ? r->turn_ms : r->step.until_ms; /* what was staged, again */
        if (r->drain.run.phase == DRAIN_PAUSED && at_ms > r->turn_ms + PAUSED_RELOAD_MS)
            at_ms = r->turn_ms + PAUSED_RELOAD_MS;
        if (r->event_count > 0 && r->first_outcome_ms + RUNNER_OUTCOME_MS < at_ms)
            at_ms = r->first_outcome_ms + RUNNER_OUTCOME_MS;
        r->port.wake_at(r->port.context, at_ms);
    }
}

void runner_end(struct runner *r) {
    struct winnow_error err = {0};
    if (r->over)
        return;
    if (send_staged(r, &err) != 0) {
        end_failed(r, &err);
        return;
    }
    if (r->writing)
        catch_up(r);
    runner_tell(r);
    go_on(r);
}

void runner_turn(struct runner *r) {
    if (runner_begin(r))
        runner_write(r);
    runner_end(r);
}

/* ---- what is asked of it ---- */

void runner_refreshed(struct runner *r, int result, const struct winnow_error *why) {
    int64_t now_ms = r->port.now(r->port.context);
    if (result == 0) {
        drain_token_renewed(&r->drain, now_ms);
        return;
    }
    if (result == 2) {
        drain_token_taken(&r->drain, now_ms);
        return;
    }
    drain_token_failed(&r->drain, why->text, now_ms);
    /* By the drain, not at once: what came in and why it stops are written before the end. */
    if (result < 0)
        drain_stop(&r->drain, why->code, why->text);
}

void runner_reload(struct runner *r) {
    struct winnow_error err = {0};
    struct store_txn *t;
    bool paused = false;
    r->reload_wanted = r->writing;
    if (r->writing || r->over || store_read(r->winnow->store, &t, &err) != 0)
        return;
    int result = run_paused_get(t, r->campaign.id, &paused, &err);
    store_abort(t);
    if (result == 0)
        (paused ? drain_pause : drain_resume)(&r->drain);
}

void runner_stop(struct runner *r, enum winnow_code code, const char *reason) {
    if (!r->writing) {
        drain_stop(&r->drain, code, reason);
    } else if (!r->stop_wanted) {
        r->stop_wanted = true;
        r->stop_code = code;
        snprintf(r->stop_reason, sizeof r->stop_reason, "%s", reason);
    }
}
