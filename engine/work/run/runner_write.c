/* A turn's transaction: outcomes that came in, then the intents of what may leave now, with
 * counters, budgets and the note that others read, in one commit. Happy path: filled and committed;
 * nothing of it leaves before runner_end. Fails by the store: then all of it is as if it had not
 * been. May run beside the thread that answers come in on: see runner.h. */
#include "work/run/runner_parts.h"

#include <stdio.h>
#include <string.h>

#include "core/limiter/limiter_window.h"
#include "work/budgets/budgets.h"
#include "work/budgets/money.h"
#include "work/run/run_options.h"

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

#define SHORT_WAIT_MS 1000 /* shorter ones are part of running */

void runner_describe(struct runner *r, const struct drain_step *step, int64_t now_ms) {
    struct run_note *n = &r->note;
    n->reason[0] = '\0';
    n->until_ms = 0;
    n->code = WINNOW_OK;
    if (step->what == DRAIN_END) {
        n->state = step->code == WINNOW_OK ? WINNOW_RUN_DONE : WINNOW_RUN_STOPPED;
        n->code = step->code;
        snprintf(n->reason, sizeof n->reason, "%s", run_end_reason(step));
    } else if (r->drain.run.phase == DRAIN_PAUSED) {
        n->state = WINNOW_RUN_PAUSED;
    } else if (step->what == DRAIN_WAIT && step->until_ms != INT64_MAX &&
               step->until_ms - now_ms > SHORT_WAIT_MS) {
        n->state = WINNOW_RUN_WAITING;
        n->until_ms = step->until_ms;
        if (step->budget != NULL)
            explain_budget(step->budget, now_ms, n->reason, sizeof n->reason);
        else
            snprintf(n->reason, sizeof n->reason, "%s", step->reason);
    } else {
        n->state = WINNOW_RUN_RUNNING;
    }
}

/* ---- one transaction ---- */

/* What came in and what was taken, once a turn, unless very many were protected. */
static int write_events(struct runner *r, struct store_txn *t, struct winnow_error *err) {
    uint32_t count = r->event_count;
    r->event_count = 0;
    return store_settle(t, r->events, count, &r->progress, err);
}

/* The candidates of a step, looked up. */
struct candidates {
    struct runner_item items[DRAIN_BATCH_MAX];
    struct target targets[DRAIN_BATCH_MAX]; /* of those that are not protected */
    bool protected_[DRAIN_BATCH_MAX];       /* settled without a request, as: */
    enum outcome verdict[DRAIN_BATCH_MAX];
    uint32_t target_count;
};

/* Whom the platform would find by that key is not known for sure; NULL: it is. */
static const char *unsure(const struct runner *r, struct text key, bool gone) {
    if (!r->platform->needs_key)
        return NULL;
    if (key.size == 0)
        return "a fetch has changed its follow records since the plan";
    if (r->platform->handle_is_key &&
        platform_check_account(r->platform, key.at, key.size, NULL) != 0)
        return "its login can be none";
    if (r->platform->handle_is_key && gone)
        return "the list that was fetched since the plan does not have it";
    return shared_keys_has(&r->shared, key) ? "somebody else in the roster has that key too" : NULL;
}

/* What becomes of an entry without a request; OUTCOME_NONE: it may be sent. Whom a whole list has
 * shown gone since the plan is held where a request names a handle, which another may have by now.
 * It is not settled as gone: that is for an answer about this one to say. */
static enum outcome turn_judge(const struct runner *r, uint32_t position,
                               const struct store_target *target) {
    enum outcome verdict = target->kept
                               ? OUTCOME_PROTECTED
                               : precheck_verdict(&r->precheck, position, target->entry.number);
    if (verdict != OUTCOME_NONE)
        return verdict;
    const char *why = unsure(r, target->key, target->gone);
    if (why == NULL)
        return OUTCOME_NONE;
    hooks_log(&r->hooks, 1,
              "event=held campaign=%s id=%.*s key=\"%.*s\" reason=\"%s: winnow fetch, then plan "
              "again\"",
              r->campaign.name, (int)target->id.size, target->id.at, (int)target->key.size,
              target->key.at, why);
    return OUTCOME_PROTECTED;
}

static int targets_claim(struct runner *r, struct store_txn *t, const struct drain_step *step,
                         struct candidates *c, struct winnow_error *err) {
    struct store_target found[DRAIN_BATCH_MAX];
    uint32_t positions[DRAIN_BATCH_MAX];
    const struct store_claim claim = {r->progress.plan, positions, step->count,
                                      r->platform->handle_is_key};
    for (uint32_t i = 0; i < step->count; i++)
        positions[i] = step->entries[i].position;
    if (store_claim(t, &claim, found, err) != 0)
        return -1;
    c->target_count = 0;
    for (uint32_t i = 0; i < step->count; i++) {
        c->items[i] = (struct runner_item){found[i].entry.number, found[i].entry.key};
        c->verdict[i] = turn_judge(r, positions[i], &found[i]);
        c->protected_[i] = c->verdict[i] != OUTCOME_NONE;
        if (!c->protected_[i])
            c->targets[c->target_count++] = (struct target){found[i].id, found[i].key};
    }
    return 0;
}

/* In the place of an unfollow whose answer did not tell: copied, since the answer comes later. */
static int build_question(struct runner *r, const struct candidates *c, unsigned number,
                          struct runner_flight *f, struct winnow_error *err) {
    struct platform_account who = {r->campaign.account, r->campaign.handle, 0, false};
    f->asked.number = c->items[0].number;
    text_copy(f->asked.id, sizeof f->asked.id, c->targets[0].id);
    text_copy(f->asked.key, sizeof f->asked.key, c->targets[0].key);
    f->items[0] = c->items[0];
    f->number = 0;
    http_request_clear(&f->request);
    return r->platform->question->build(&who, &c->targets[0], number, &f->request, err);
}

static int turn_build(struct runner *r, const struct candidates *c, struct http_request *request,
                      struct winnow_error *err) {
    struct platform_account who = {r->campaign.account, r->campaign.handle, 0, false};
    http_request_clear(request);
    if (r->platform->actions[r->drain.options.action].build(&who, c->targets, c->target_count,
                                                            request, err) != 0)
        return -1;
    if (request->target.failed || request->body.failed)
        return winnow_fail(err, WINNOW_FAILED, "a request of %u unfollows is too large",
                           c->target_count);
    return 0;
}

struct store_journal_record runner_record(const struct runner *r, const struct drain_entry *e,
                                          struct runner_item item, int64_t now_ms) {
    return (struct store_journal_record){
        .plan = r->progress.plan,
        .position = e->position,
        .number = item.number,
        .key = item.key,
        .request = r->requests,
        .attempts = (uint16_t)e->attempts,
        .time_ms = now_ms,
        .action = r->drain.options.action,
    };
}

static void add_event(struct runner *r, const struct store_open_entry *entry,
                      const struct store_journal_record *record) {
    r->events[r->event_count++] = (struct store_event){*entry, *record};
}

static void add_protected(struct runner *r, const struct drain_step *step,
                          const struct candidates *c, int64_t now_ms) {
    for (uint32_t i = 0; i < step->count; i++) {
        if (!c->protected_[i])
            continue;
        struct store_open_entry entry = {.position = step->entries[i].position};
        struct store_journal_record record =
            runner_record(r, &step->entries[i], c->items[i], now_ms);
        record.kind = STORE_JOURNAL_OUTCOME;
        record.outcome = c->verdict[i];
        record.request = 0; /* none */
        add_event(r, &entry, &record);
    }
}

static void add_intents(struct runner *r, int flight, const struct drain_step *step,
                        const struct candidates *c, int64_t now_ms) {
    struct runner_flight *f = &r->flights[flight];
    uint32_t count = 0;
    f->number = ++r->requests;
    for (uint32_t i = 0; i < step->count; i++) {
        if (c->protected_[i])
            continue;
        const struct drain_entry *e = &step->entries[i];
        struct store_open_entry entry = {
            .position = e->position,
            .action = r->drain.options.action,
            .request = f->number,
            .attempts = (uint16_t)e->attempts,
            .in_flight = true,
            .together = e->together,
            .in_doubt = e->in_doubt,
            .not_before_ms = now_ms,
        };
        struct store_journal_record record = runner_record(r, e, c->items[i], now_ms);
        record.kind = STORE_JOURNAL_INTENT;
        f->items[count++] = c->items[i];
        add_event(r, &entry, &record);
    }
}

/* One that would fail a batch is the first, and the only one, in a request of its own. */
static void cut_step(const struct runner *r, struct drain_step *step) {
    for (uint32_t i = 0; i < step->count; i++)
        if (precheck_goes_alone(&r->precheck, step->entries[i].position)) {
            step->count = i == 0 ? 1 : i;
            return;
        }
}

/* Stage one request: its intents are written, it does not leave yet. A question has none: it
 * changes nothing. */
static int stage(struct runner *r, struct store_txn *t, struct drain_step *step, int64_t now_ms,
                 int *flight, struct winnow_error *err) {
    struct candidates c = {.target_count = 0};
    cut_step(r, step);
    unsigned question = step->entries[0].ask;
    if ((r->event_count + step->count > r->event_room && write_events(r, t, err) != 0) ||
        targets_claim(r, t, step, &c, err) != 0 ||
        drain_take(&r->drain, step, c.protected_, now_ms, flight, err) != 0)
        return -1;
    add_protected(r, step, &c, now_ms);
    if (*flight < 0)
        return 0;
    if (question != 0)
        return build_question(r, &c, question, &r->flights[*flight], err);
    if (turn_build(r, &c, &r->flights[*flight].request, err) != 0)
        return -1;
    add_intents(r, *flight, step, &c, now_ms);
    return 0;
}

static int write_rest(struct runner *r, struct store_txn *t, struct winnow_error *err) {
    if (!run_note_same(&r->note, &r->stored_note) &&
        run_note_put(t, r->campaign.id, &r->note, err) != 0)
        return -1;
    if (write_events(r, t, err) != 0 || budgets_save(&r->limiter, t, &r->campaign, err) != 0)
        return -1;
    return state_stamp(r->winnow, t, err);
}

static enum money_kind precheck_money_kind(const struct runner *r) {
    return r->precheck.buy.ask != NULL ? MONEY_PEOPLE : MONEY_LOOKS;
}

/* What was bought, and only then what follows from it. */
static int take_bought(struct runner *r, struct store_txn *t, struct winnow_error *err) {
    uint32_t told = 0;
    if (!r->precheck_heard)
        return 0;
    r->precheck_heard = false;
    if (buy_store(&r->precheck.buy, t, &r->campaign, &r->precheck.relation, r->turn_ms, &told,
                  err) != 0)
        return -1;
    hooks_log(&r->hooks, 2, "event=bought campaign=%s profiles=%u", r->campaign.name, told);
    runner_hear_precheck(r, t, &r->precheck_reply);
    return 0;
}

/* Whose profile is known is judged by it without a precheck. */
static int pass_known(struct runner *r, struct store_txn *t, uint32_t *passed,
                      struct winnow_error *err) {
    struct precheck_counts counts;
    const struct drain *d = &r->drain;
    *passed = 0;
    if (r->precheck.buy.ask == NULL || !drain_precheck_wanted(d))
        return 0;
    if (precheck_known(&r->precheck, t, d->cursor, d->total - d->cursor, passed, err) != 0)
        return -1;
    if (*passed == 0)
        return 0;
    drain_precheck_known(&r->drain, *passed, r->turn_ms);
    if (precheck_judge(&r->precheck, t, &counts, err) != 0)
        return -1;
    hooks_log(&r->hooks, counts.protected_ > 0 ? 2 : 3,
              "event=precheck campaign=%s entries=%u protected=%u bought_before=%u",
              r->campaign.name, counts.asked, counts.protected_, *passed);
    return 0;
}

/* The precheck that the step wants: its cost is stored before it leaves, like any other. */
static int stage_precheck(struct runner *r, struct store_txn *t, struct winnow_error *err) {
    struct platform_account who = {r->campaign.account, r->campaign.handle, 0, false};
    if (precheck_ask(&r->precheck, t, &who, &r->step, err) != 0)
        return -1;
    uint32_t asked = r->precheck.relation.size;
    r->staged.precheck = true;
    r->precheck_booked_micro = (int64_t)r->drain.options.precheck_money * asked;
    if (drain_precheck_take(&r->drain, r->step.count, asked, r->turn_ms, err) != 0)
        return -1;
    return money_book(t, r->campaign.id, precheck_money_kind(r), r->precheck_booked_micro, 0, err);
}

/* What was booked for prechecks and is not charged. */
static int correct_money(struct runner *r, struct store_txn *t, struct winnow_error *err) {
    int64_t back_micro = r->precheck_back_micro;
    r->precheck_back_micro = 0;
    return money_give_back(t, r->campaign.id, precheck_money_kind(r), back_micro, err);
}

/* An import may have brought in somebody who has a key of ours. */
static int keep_up_keys(struct runner *r, struct store_txn *t, struct winnow_error *err) {
    struct store_campaign now;
    if (!r->platform->needs_key)
        return 0;
    if (store_campaign_find(t, r->campaign.name, &now, err) != 0)
        return -1;
    return now.batches == r->shared.batches
               ? 0
               : shared_keys_load(&r->shared, t, &now, r->platform, err);
}

/* Who has a profile is passed before the drain is asked, so that a precheck which the money does not do
 * for holds up nobody who needs none; and behind it, where it has forgotten what it knew of them. */
static int next_step(struct runner *r, struct store_txn *t, struct winnow_error *err) {
    uint32_t passed;
    if (pass_known(r, t, &passed, err) != 0)
        return -1;
    drain_next(&r->drain, r->turn_ms, &r->step);
    if (r->step.what != DRAIN_PRECHECK)
        return 0;
    if (pass_known(r, t, &passed, err) != 0)
        return -1;
    if (passed > 0)
        drain_next(&r->drain, r->turn_ms, &r->step);
    return 0;
}

static int turn_fill(struct runner *r, struct store_txn *t, struct winnow_error *err) {
    if (take_bought(r, t, err) != 0 || correct_money(r, t, err) != 0 ||
        keep_up_keys(r, t, err) != 0)
        return -1;
    for (;;) {
        int flight;
        if (next_step(r, t, err) != 0)
            return -1;
        if (r->step.what != DRAIN_SEND)
            break;
        if (stage(r, t, &r->step, r->turn_ms, &flight, err) != 0)
            return -1;
        if (flight >= 0)
            r->staged.flights[r->staged.count++] = (uint32_t)flight;
    }
    if ((r->step.what == DRAIN_REFRESH && drain_token_take(&r->drain, r->turn_ms, err) != 0) ||
        (r->step.what == DRAIN_PRECHECK && stage_precheck(r, t, err) != 0))
        return -1;
    runner_describe(r, &r->step, r->turn_ms);
    return write_rest(r, t, err);
}

/* Outcomes and intents in one commit. */
static int transact(struct runner *r, struct winnow_error *err) {
    struct store_txn *t;
    bool paused;
    if (store_write_held(r->winnow->store, &r->campaign, &t, err) != 0)
        return -1;
    /* The lock may have been long in coming, and what others wrote meanwhile is younger than the
     * turn: it must not look like that of a clock which went back. */
    r->turn_ms = r->port.now(r->port.context);
    if (run_paused_get(t, r->campaign.id, &paused, err) != 0 ||
        budgets_sync(&r->limiter, t, &r->campaign, r->turn_ms, err) != 0) {
        store_abort(t);
        return -1;
    }
    (paused ? drain_pause : drain_resume)(&r->drain);
    if (turn_fill(r, t, err) != 0) {
        store_abort(t);
        return -1;
    }
    return store_commit(t, err);
}

void runner_write(struct runner *r) {
    r->write_error = (struct winnow_error){0};
    r->write_result = transact(r, &r->write_error);
}
