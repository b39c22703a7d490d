/* Answers: read by the adapter as they come, and, once no turn is being written, acted on by the
 * drain; what becomes of each entry is kept for the next turn's transaction. Happy path: a final
 * outcome. Cannot fail: room for as many as are in flight was taken when the runner was opened. */
#include "work/run/runner_parts.h"

#include "work/budgets/budgets.h"
#include "work/run/precheck.h"

/* What the platform charges: for what it answered with success, and, to be on the safe side, for
 * what it may have done. */
static int64_t cost_of(const struct runner *r, enum outcome outcome) {
    bool paid =
        outcome == OUTCOME_DONE || outcome == OUTCOME_ALREADY_SO || outcome == OUTCOME_IN_DOUBT;
    return paid ? r->platform->actions[r->drain.options.action].price_micro : 0;
}

static void note_outcome(struct runner *r, const struct drain_settlement *s, uint32_t i,
                         const struct runner_flight *f, int http_status, int64_t now_ms) {
    const struct drain_entry *e = &s->entries[i];
    struct store_event *o = &r->events[r->event_count++];
    o->record = runner_record(r, e, f->items[i], now_ms);
    o->record.kind = STORE_JOURNAL_OUTCOME;
    o->record.request = f->number;
    o->record.outcome = s->exhausted[i] ? OUTCOME_REFUSED : s->outcome;
    o->record.exhausted = s->exhausted[i];
    o->record.http_status = f->number == 0 ? 0 : (uint16_t)http_status; /* of an unfollow */
    o->record.cost_micro = cost_of(r, s->outcome);
    o->entry = (struct store_open_entry){
        .position = e->position,
        .action = o->record.action,
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
              r->campaign.name, outcome_name(r->drain.options.action, reply->outcome), count,
              http_status, reply->reason[0] != '\0' ? " reason=\"" : "", reply->reason,
              reply->reason[0] != '\0' ? "\"" : "");
}

static bool is_precheck(const struct runner *r, uint32_t flight) {
    return flight == r->drain.options.in_flight_max;
}

/* Nobody can be asked about on this server, or not any more: what is left goes as planned, but for
 * whom an earlier precheck told of. */
static void precheck_no_more(struct runner *r, const struct runner_reply *reply) {
    hooks_log(&r->hooks, 1, "event=precheck campaign=%s entries=0 reason=\"%s\"", r->campaign.name,
              reply->reply.reason);
    drain_precheck_answered(&r->drain, &reply->reply, reply->at_ms);
    drain_precheck_end(&r->drain);
}

/* Without a whole answer the platform may charge for all. */
static int64_t precheck_cost(const struct runner *r, int64_t charged_micro,
                             const struct http_response *in) {
    bool never_left = in->end == HTTP_NOT_SENT || in->end == HTTP_REFUSED;
    if (in->end == HTTP_DONE)
        return charged_micro;
    return never_left ? 0 : r->precheck_booked_micro;
}

static void act_on_precheck(struct runner *r, struct store_txn *t,
                            const struct runner_reply *reply) {
    struct winnow_error err = {0};
    struct precheck_counts counts;
    if (reply->reply.action == REPLY_GO_ON && reply->reply.not_offered) {
        precheck_no_more(r, reply);
        return;
    }
    bool part = reply->reply.action == REPLY_SPLIT;
    /* what a part told counts at once: others of the same people may be on their way */
    if ((part || reply->reply.action == REPLY_GO_ON) &&
        precheck_judge(&r->precheck, t, &counts, &err) != 0)
        drain_stop(&r->drain, err.code, err.text);
    if (reply->reply.action != REPLY_GO_ON) {
        drain_precheck_failed(&r->drain, &reply->reply, reply->never_left, reply->at_ms);
        return;
    }
    if (err.code == WINNOW_OK)
        hooks_log(&r->hooks, counts.protected_ + counts.gone > 0 ? 2 : 3,
                  "event=precheck campaign=%s entries=%u protected=%u already_gone=%u not_told=%u",
                  r->campaign.name, counts.asked, counts.protected_, counts.gone, counts.unknown);
    drain_precheck_answered(&r->drain, &reply->reply, reply->at_ms);
}

/* The cap on money counts what is charged, as the ledger does. */
static void correct_cap(struct runner *r, const struct runner_reply *reply, int64_t back_micro) {
    struct budget *cap = limiter_find(&r->limiter, BUDGET_USER_COST);
    uint64_t back = reply->never_left || back_micro < 0 ? 0 : (uint64_t)back_micro;
    if (cap != NULL) /* what never left counts for nothing there */
        cap->used -= back < cap->used ? back : cap->used;
}

void runner_hear_precheck(struct runner *r, struct store_txn *t, const struct runner_reply *reply) {
    int64_t back_micro = r->precheck_booked_micro - reply->precheck_cost_micro;
    r->precheck_back_micro += back_micro;
    r->precheck_booked_micro = 0;
    act_on_precheck(r, t, reply);
    correct_cap(r, reply, back_micro);
}

/* What was bought is stored first, in the turn's transaction. */
static void hear_precheck(struct runner *r, const struct runner_reply *reply) {
    struct winnow_error err = {0};
    struct store_txn *t;
    if (buy_is_heard(&r->precheck.buy)) {
        r->precheck_reply = *reply;
        r->precheck_heard = true;
    } else if (store_read(r->winnow->store, &t, &err) == 0) {
        runner_hear_precheck(r, t, reply);
        store_abort(t);
    } else {
        drain_stop(&r->drain, err.code, err.text);
    }
}

void runner_hear(struct runner *r, const struct runner_reply *reply) {
    struct drain_settlement settlement;
    if (is_precheck(r, reply->flight)) {
        hear_precheck(r, reply);
        return;
    }
    const struct runner_flight *f = &r->flights[reply->flight];
    drain_answer(&r->drain, (int)reply->flight, &reply->reply, reply->never_left, reply->at_ms,
                 &settlement);
    if (r->event_count == 0)
        r->first_outcome_ms = reply->at_ms;
    for (uint32_t i = 0; i < settlement.count; i++)
        note_outcome(r, &settlement, i, f, reply->http_status, reply->at_ms);
}

/* A "not found" against a precheck that has just said that they are followed: one of the two is wrong,
 * and it settles nothing. */
static void doubt_gone(const struct runner *r, const struct drain_entry *e, struct reply *reply) {
    bool gone = reply->outcome == OUTCOME_TARGET_GONE || reply->action == REPLY_ASK;
    if (!gone || !precheck_followed(&r->precheck, e->position))
        return;
    reply->outcome = OUTCOME_RETRY;
    reply->action = REPLY_STREAK;
}

static void read_answer(struct runner *r, uint32_t flight, const struct platform_account *who,
                        const struct http_response *response, struct reply *reply,
                        uint32_t *count) {
    const struct drain_entry *e = drain_flight_entries(&r->drain, (int)flight, count);
    if (e->ask == 0) {
        r->platform->actions[r->drain.options.action].read(who, *count, response, reply);
    } else {
        struct target entry = relation_target(&r->flights[flight].asked);
        r->platform->question->read(who, &entry, e->ask, response, reply);
    }
    if (*count == 1)
        doubt_gone(r, e, reply);
}

void runner_answer(struct runner *r, uint32_t flight, const struct http_response *response) {
    struct platform_account who = {r->campaign.account, r->campaign.handle, 0, false};
    struct runner_reply now = {0};
    struct runner_reply *reply = r->writing ? &r->replies[r->reply_count++] : &now;
    uint32_t count;
    *reply = (struct runner_reply){
        .flight = flight,
        .http_status = response->end == HTTP_DONE ? response->status : 0,
        .never_left = response->end == HTTP_NOT_SENT || response->end == HTTP_REFUSED,
        .at_ms = r->port.now(r->port.context),
    };
    if (is_precheck(r, flight)) {
        count = r->precheck.relation.size;
        int64_t charged_micro = precheck_read(&r->precheck, &who, response, &reply->reply);
        reply->precheck_cost_micro = precheck_cost(r, charged_micro, response);
        reply_name_own(&reply->reply, &r->limiter, r->drain.options.precheck_call);
    } else {
        read_answer(r, flight, &who, response, &reply->reply, &count);
    }
    if (r->port.hide != NULL)
        r->port.hide(r->port.context, reply->reply.reason);
    log_answer(r, &reply->reply, count, reply->http_status);
    if (!r->writing)
        runner_hear(r, reply);
}
