/* The runner: see runner.h. Happy path: open, then turns: outcomes and intents in one commit, then
 * the requests leave. Fails by the store: then nothing more leaves and the run ends with the
 * store's error, everything before it safe. Opening: runner_open.c. */
#include "worker/runner.h"

#include <stdio.h>
#include <string.h>

#include "core/limiter_window.h"
#include "worker/budgets.h"

static void end_run(struct runner *r, enum winnow_code code, const char *reason) {
    if (r->over)
        return;
    r->over = true;
    r->port.ended(r->port.context, code, reason);
}

/* Leave word of why, where the store still takes it: status reads it. */
static void end_failed(struct runner *r, const struct winnow_error *err) {
    struct store_txn *t;
    r->note.state = RUN_STOPPED;
    r->note.code = err->code;
    r->note.until_ms = 0;
    snprintf(r->note.reason, sizeof r->note.reason, "%.255s", err->text);
    if (store_write(r->winnow->store, &t, NULL) == 0) {
        if (run_note_put(t, r->campaign.id, &r->note, NULL) == 0)
            (void)store_commit(t, NULL);
        else
            store_abort(t);
    }
    end_run(r, err->code, err->text);
}

/* ---- what others may read ---- */

/* Why a budget makes us wait, in words. */
static void explain_budget(const struct budget *b, int64_t now_ms, char *to, size_t room) {
    const char *name = b->spec.name;
    if (b->blocked_until_ms > now_ms)
        snprintf(to, room, "the platform asked to wait (%s)", name);
    else if (b->cap_until_ms > now_ms && b->cap_left == 0)
        snprintf(to, room, "%s is used up, says the platform", name);
    else if (window_room(b) == 0)
        snprintf(to, room, "%s is full", name);
    else
        snprintf(to, room, "the pace of %s", name);
}

#define PAUSED_LOOK_MS 60000

#define SHORT_WAIT_MS 1000 /* shorter ones are part of running */

static void describe(struct runner *r, const struct drain_step *step, int64_t now_ms) {
    struct run_note *n = &r->note;
    n->reason[0] = '\0';
    n->until_ms = 0;
    n->code = WINNOW_OK;
    if (step->what == DRAIN_END) {
        n->state = step->code == WINNOW_OK ? RUN_DONE : RUN_STOPPED;
        n->code = step->code;
        snprintf(n->reason, sizeof n->reason, "%s", step->reason);
    } else if (r->drain.phase == DRAIN_PAUSED) {
        n->state = RUN_PAUSED;
    } else if (step->what == DRAIN_WAIT && step->until_ms != INT64_MAX &&
               step->until_ms - now_ms > SHORT_WAIT_MS) {
        n->state = RUN_WAITING;
        n->until_ms = step->until_ms;
        if (step->budget != NULL)
            explain_budget(step->budget, now_ms, n->reason, sizeof n->reason);
        else
            snprintf(n->reason, sizeof n->reason, "%s", step->reason);
    } else {
        n->state = RUN_RUNNING;
    }
}

static void tell(struct runner *r) {
    uint64_t done = 0;
    for (int o = OUTCOME_UNFOLLOWED; o <= OUTCOME_REFUSED; o++)
        done += r->progress.settled[o];
    hooks_progress(&r->hooks, "unfollowing", done, r->progress.total);
}

/* ---- one transaction ---- */

static int write_outcomes(struct runner *r, struct store_txn *t, struct winnow_error *err) {
    for (uint32_t i = 0; i < r->outcome_count; i++)
        if (store_outcome(t, r->campaign.id, &r->progress, &r->outcomes[i].entry,
                          &r->outcomes[i].record, err) != 0)
            return -1;
    r->outcome_count = 0;
    return 0;
}

/* The candidates of a step, looked up. */
struct candidates {
    struct runner_item items[DRAIN_BATCH_MAX];
    struct unfollow targets[DRAIN_BATCH_MAX]; /* of those that are not protected */
    bool protected_[DRAIN_BATCH_MAX];         /* settled without a request, as: */
    enum outcome verdict[DRAIN_BATCH_MAX];
    uint32_t target_count;
};

static int look_up(struct runner *r, struct store_txn *t, const struct drain_step *step,
                   struct candidates *c, struct winnow_error *err) {
    c->target_count = 0;
    memset(c->protected_, 0, sizeof c->protected_);
    for (uint32_t i = 0; i < step->count; i++) {
        struct store_entry e;
        struct facts f;
        if (store_schedule_get(t, r->campaign.id, r->progress.plan, step->entries[i].position, &e,
                               err) != 0 ||
            store_followee_get(t, r->campaign.id, e.number, STORE_FACTS, &f, err) != 0)
            return -1;
        int kept = store_keep_has(t, r->campaign.id, f.text[FACT_ID].at, f.text[FACT_ID].size, err);
        if (kept < 0)
            return -1;
        struct unfollow target = {f.text[FACT_ID], facts_follow_key(&f, e.key)};
        c->items[i] = (struct runner_item){e.number, e.key};
        c->verdict[i] =
            kept == 1 ? OUTCOME_PROTECTED : recheck_verdict(&r->recheck, step->entries[i].position);
        c->protected_[i] = c->verdict[i] != OUTCOME_NONE;
        if (!c->protected_[i] && r->platform->needs_key && target.key.size == 0)
            return winnow_fail(err, WINNOW_BAD_INPUT,
                               "%.*s has other follow records than when the plan was made, since "
                               "a fetch came between: run `winnow plan %s`, then run again",
                               (int)target.id.size, target.id.at, r->campaign.name);
        if (!c->protected_[i])
            c->targets[c->target_count++] = target;
    }
    return 0;
}

static int build(struct runner *r, const struct candidates *c, struct http_request *request,
                 struct winnow_error *err) {
    struct platform_account who = {r->campaign.account, r->campaign.handle};
    http_request_clear(request);
    if (r->platform->build_unfollow(&who, c->targets, c->target_count, request, err) != 0)
        return -1;
    if (request->target.failed || request->body.failed)
        return winnow_fail(err, WINNOW_FAILED, "a request of %u unfollows is too large",
                           c->target_count);
    return 0;
}

static struct store_journal_record record_of(const struct runner *r, const struct drain_entry *e,
                                             struct runner_item item, int64_t now_ms) {
    return (struct store_journal_record){
        .plan = r->progress.plan,
        .position = e->position,
        .number = item.number,
        .key = item.key,
        .request = (uint32_t)r->progress.requests,
        .attempts = (uint16_t)e->attempts,
        .time_ms = now_ms,
    };
}

/* A look at an entry is charged where the platform charges for it, with the entry's last word. */
static int64_t look_price(const struct runner *r) {
    return r->recheck.on ? r->platform->price_look_micro : 0;
}

static int write_protected(struct runner *r, struct store_txn *t, const struct drain_step *step,
                           const struct candidates *c, int64_t now_ms, struct winnow_error *err) {
    for (uint32_t i = 0; i < step->count; i++) {
        if (!c->protected_[i])
            continue;
        struct store_open_entry entry = {.position = step->entries[i].position};
        struct store_journal_record record = record_of(r, &step->entries[i], c->items[i], now_ms);
        record.outcome = c->verdict[i];
        record.request = 0; /* none */
        record.cost_micro = look_price(r);
        if (store_outcome(t, r->campaign.id, &r->progress, &entry, &record, err) != 0)
            return -1;
    }
    return 0;
}

static int write_intents(struct runner *r, struct store_txn *t, int flight,
                         const struct drain_step *step, const struct candidates *c, int64_t now_ms,
                         struct winnow_error *err) {
    struct runner_flight *f = &r->flights[flight];
    uint32_t count = 0;
    f->number = (uint32_t)++r->progress.requests;
    if (r->progress.first_sent_ms == 0)
        r->progress.first_sent_ms = now_ms;
    for (uint32_t i = 0; i < step->count; i++) {
        if (c->protected_[i])
            continue;
        const struct drain_entry *e = &step->entries[i];
        struct store_open_entry entry = {
            .position = e->position,
            .request = f->number,
            .attempts = (uint16_t)e->attempts,
            .in_flight = true,
            .together = e->together,
            .in_doubt = e->in_doubt,
            .not_before_ms = now_ms,
        };
        struct store_journal_record record = record_of(r, e, c->items[i], now_ms);
        f->items[count++] = c->items[i];
        if (store_intent(t, r->campaign.id, &r->progress, &entry, &record, err) != 0)
            return -1;
    }
    return 0;
}

/* Stage one request: its intents are written, it does not leave yet. */
static int stage(struct runner *r, struct store_txn *t, const struct drain_step *step,
                 int64_t now_ms, int *flight, struct winnow_error *err) {
    struct candidates c;
    if (look_up(r, t, step, &c, err) != 0 ||
        drain_take(&r->drain, step, c.protected_, now_ms, flight, err) != 0 ||
        (*flight >= 0 && build(r, &c, &r->flights[*flight].request, err) != 0) ||
        write_protected(r, t, step, &c, now_ms, err) != 0)
        return -1;
    return *flight < 0 ? 0 : write_intents(r, t, *flight, step, &c, now_ms, err);
}

static int write_rest(struct runner *r, struct store_txn *t, struct winnow_error *err) {
    r->progress.cursor = r->drain.cursor;
    if (!run_note_same(&r->note, &r->stored_note) &&
        run_note_put(t, r->campaign.id, &r->note, err) != 0)
        return -1;
    if (store_progress_put(t, r->campaign.id, &r->progress, err) != 0 ||
        budgets_save(&r->limiter, t, r->campaign.id, err) != 0)
        return -1;
    return state_stamp(r->winnow, t, err);
}

/* The look that the step wants: its cost is stored before it leaves, like any other. */
static int stage_look(struct runner *r, struct store_txn *t, struct winnow_error *err) {
    struct platform_account who = {r->campaign.account, r->campaign.handle};
    if (recheck_ask(&r->recheck, t, &who, &r->step, err) != 0 ||
        drain_take_look(&r->drain, r->step.count, r->turn_ms, err) != 0)
        return -1;
    r->staged.look = true;
    return 0;
}

static int fill(struct runner *r, struct store_txn *t, struct winnow_error *err) {
    if (write_outcomes(r, t, err) != 0)
        return -1;
    for (;;) {
        int flight;
        drain_next(&r->drain, r->turn_ms, &r->step);
        if (r->step.what != DRAIN_SEND)
            break;
        if (stage(r, t, &r->step, r->turn_ms, &flight, err) != 0)
            return -1;
        if (flight >= 0)
            r->staged.flights[r->staged.count++] = (uint32_t)flight;
    }
    if ((r->step.what == DRAIN_REFRESH && drain_take_refresh(&r->drain, r->turn_ms, err) != 0) ||
        (r->step.what == DRAIN_LOOK && stage_look(r, t, err) != 0))
        return -1;
    describe(r, &r->step, r->turn_ms);
    return write_rest(r, t, err);
}

/* Outcomes and intents in one commit. */
static int transact(struct runner *r, struct winnow_error *err) {
    struct store_txn *t;
    bool paused;
    if (store_write(r->winnow->store, &t, err) != 0)
        return -1;
    if (run_paused_get(t, r->campaign.id, &paused, err) != 0) {
        store_abort(t);
        return -1;
    }
    (paused ? drain_pause : drain_resume)(&r->drain);
    if (fill(r, t, err) != 0) {
        store_abort(t);
        return -1;
    }
    return store_commit(t, err);
}

static bool outcomes_due(const struct runner *r, int64_t now_ms) {
    return r->outcome_count >= RUNNER_OUTCOMES ||
           (r->outcome_count > 0 && now_ms - r->first_outcome_ms >= RUNNER_OUTCOME_MS);
}

/* Is there anything that wants a commit now? */
static bool must_write(struct runner *r) {
    if (r->step.what == DRAIN_SEND || r->step.what == DRAIN_LOOK || r->step.what == DRAIN_REFRESH ||
        outcomes_due(r, r->turn_ms))
        return true;
    if (r->step.what == DRAIN_END && r->outcome_count > 0)
        return true;
    if (r->outcome_count > 0)
        return false; /* the note goes with them, soon */
    describe(r, &r->step, r->turn_ms);
    return !run_note_same(&r->note, &r->stored_note);
}

bool runner_begin(struct runner *r) {
    r->staged.count = 0;
    r->staged.look = false;
    r->write_result = 0;
    if (r->over)
        return false;
    r->turn_ms = r->port.now(r->port.context);
    if (r->drain.phase == DRAIN_PAUSED)
        runner_look(r); /* the word that it is resumed may not have come through */
    if (r->port.local_offset_ms != NULL)
        r->drain.local_offset_ms = r->port.local_offset_ms(r->port.context);
    drain_next(&r->drain, r->turn_ms, &r->step);
    r->writing = must_write(r);
    return r->writing;
}

void runner_write(struct runner *r) {
    r->write_error = (struct winnow_error){0};
    r->write_result = transact(r, &r->write_error);
}

/* Only here, behind the commit, do requests leave. */
static int send_staged(struct runner *r, struct winnow_error *err) {
    if (r->write_result != 0) {
        *err = r->write_error;
        return -1;
    }
    for (uint32_t i = 0; i < r->staged.count; i++) {
        uint32_t flight = r->staged.flights[i];
        if (r->port.send(r->port.context, flight, &r->flights[flight].request, err) != 0)
            return -1;
    }
    if (r->staged.look)
        return r->port.send(r->port.context, r->drain.options.in_flight_max, &r->recheck.request,
                            err);
    return 0;
}

static void hear(struct runner *r, const struct runner_reply *reply);

/* What came while the turn was written. */
static void catch_up(struct runner *r) {
    r->writing = false;
    r->stored_note = r->note;
    for (uint32_t i = 0; i < r->reply_count; i++)
        hear(r, &r->replies[i]);
    r->reply_count = 0;
    if (r->look_wanted)
        runner_look(r);
    if (r->stop_wanted)
        drain_stop(&r->drain, r->stop_code, r->stop_reason);
    r->look_wanted = r->stop_wanted = false;
}

/* What comes next: the end, a refresh, or the time of the next turn. */
static void go_on(struct runner *r) {
    if (r->step.what == DRAIN_END) {
        end_run(r, r->step.code, r->step.reason);
    } else if (r->step.what == DRAIN_REFRESH) {
        r->port.refresh(r->port.context);
    } else {
        int64_t at_ms = r->step.until_ms;
        if (r->drain.phase == DRAIN_PAUSED && at_ms > r->turn_ms + PAUSED_LOOK_MS)
            at_ms = r->turn_ms + PAUSED_LOOK_MS;
        if (r->outcome_count > 0 && r->first_outcome_ms + RUNNER_OUTCOME_MS < at_ms)
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
    tell(r);
    go_on(r);
}

void runner_turn(struct runner *r) {
    if (runner_begin(r))
        runner_write(r);
    runner_end(r);
}

/* ---- answers ---- */

/* What the platform charges: for what it answered with success, and, to be on the safe side, for
 * what it may have done. */
static int64_t cost_of(const struct runner *r, enum outcome outcome) {
    bool paid = outcome == OUTCOME_UNFOLLOWED || outcome == OUTCOME_ALREADY_GONE ||
                outcome == OUTCOME_IN_DOUBT;
    return paid ? r->platform->price_unfollow_micro : 0;
}

static void note_outcome(struct runner *r, const struct drain_settlement *s, uint32_t i,
                         const struct runner_flight *f, int http_status, int64_t now_ms) {
    const struct drain_entry *e = &s->entries[i];
    struct runner_outcome *o = &r->outcomes[r->outcome_count++];
    o->record = record_of(r, e, f->items[i], now_ms);
    o->record.request = f->number;
    o->record.outcome = s->exhausted[i] ? OUTCOME_REFUSED : s->outcome;
    o->record.exhausted = s->exhausted[i];
    o->record.http_status = (uint16_t)http_status;
    o->record.cost_micro = cost_of(r, s->outcome);
    if (outcome_final(o->record.outcome))
        o->record.cost_micro += look_price(r);
    o->entry = (struct store_open_entry){
        .position = e->position,
        .request = f->number,
        .attempts = (uint16_t)e->attempts,
        .together = e->together,
        .in_doubt = e->in_doubt,
        .not_before_ms = e->not_before_ms,
    };
}

static void log_answer(const struct runner *r, const struct reply *reply, uint32_t count,
                       int http_status) {
    int level = reply->action == REPLY_GO_ON ? 3 : reply->action == REPLY_STOP ? 0 : 1;
    if (reply->action == REPLY_WAIT)
        level = 2;
    hooks_log(&r->hooks, level, "event=answer campaign=%s outcome=%s entries=%u status=%d%s%s%s",
              r->campaign.name, outcome_name(reply->outcome), count, http_status,
              reply->reason[0] != '\0' ? " reason=\"" : "", reply->reason,
              reply->reason[0] != '\0' ? "\"" : "");
}

static bool is_look(const struct runner *r, uint32_t flight) {
    return flight == r->drain.options.in_flight_max;
}

static void hear_look(struct runner *r, const struct runner_reply *reply) {
    struct winnow_error err = {0};
    struct recheck_counts counts;
    if (reply->reply.action != REPLY_GO_ON) {
        drain_look_failed(&r->drain, &reply->reply, reply->never_left, reply->at_ms);
        return;
    }
    if (recheck_judge(&r->recheck, r->winnow->store, &counts, &err) != 0)
        drain_stop(&r->drain, err.code, err.text);
    else
        hooks_log(&r->hooks, counts.protected_ + counts.gone > 0 ? 2 : 3,
                  "event=recheck campaign=%s entries=%u protected=%u already_gone=%u",
                  r->campaign.name, r->recheck.asked_count, counts.protected_, counts.gone);
    drain_looked(&r->drain, &reply->reply, reply->at_ms);
}

static void hear(struct runner *r, const struct runner_reply *reply) {
    struct drain_settlement settlement;
    if (is_look(r, reply->flight)) {
        hear_look(r, reply);
        return;
    }
    const struct runner_flight *f = &r->flights[reply->flight];
    drain_answer(&r->drain, (int)reply->flight, &reply->reply, reply->never_left, reply->at_ms,
                 &settlement);
    if (r->outcome_count == 0)
        r->first_outcome_ms = reply->at_ms;
    for (uint32_t i = 0; i < settlement.count; i++)
        note_outcome(r, &settlement, i, f, reply->http_status, reply->at_ms);
}

void runner_answer(struct runner *r, uint32_t flight, const struct http_response *response) {
    struct platform_account who = {r->campaign.account, r->campaign.handle};
    struct runner_reply now = {0};
    struct runner_reply *reply = r->writing ? &r->replies[r->reply_count++] : &now;
    uint32_t count;
    *reply = (struct runner_reply){
        .flight = flight,
        .http_status = response->end == HTTP_DONE ? response->status : 0,
        .never_left = response->end == HTTP_NOT_SENT || response->end == HTTP_REFUSED,
        .at_ms = r->port.now(r->port.context),
    };
    if (is_look(r, flight)) {
        count = r->recheck.asked_count;
        recheck_read(&r->recheck, &who, response, &reply->reply);
    } else {
        (void)drain_flight_entries(&r->drain, (int)flight, &count);
        r->platform->read_unfollow(&who, count, response, &reply->reply);
    }
    if (r->port.hide != NULL)
        r->port.hide(r->port.context, reply->reply.reason);
    log_answer(r, &reply->reply, count, reply->http_status);
    if (!r->writing)
        hear(r, reply);
}

void runner_refreshed(struct runner *r, int result, const struct winnow_error *why) {
    int64_t now_ms = r->port.now(r->port.context);
    if (result == 0) {
        drain_refreshed(&r->drain, now_ms);
        return;
    }
    drain_refresh_failed(&r->drain, why->text, now_ms);
    /* By the drain, not at once: what came in and why it stops are written before the end. */
    if (result < 0)
        drain_stop(&r->drain, why->code, why->text);
}

void runner_look(struct runner *r) {
    struct winnow_error err = {0};
    struct store_txn *t;
    bool paused = false;
    r->look_wanted = r->writing;
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
