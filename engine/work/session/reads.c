/* Reading from the platform: see reads.h. Waits for budgets, for a server in trouble (eight tries)
 * and for a 429 as long as it takes. Fails when the platform refuses, when a signal interrupts, and
 * as the store does. */
#include "work/session/reads.h"

#include "core/limiter/backoff.h"

#define TRIES_MAX 8

static const struct backoff read_backoff = {2000, 60000};

static int load_budgets(struct reads *r, const char *const *overrides, size_t count,
                        struct winnow_error *err) {
    struct store_txn *t;
    limiter_init(&r->limiter, PACE_BURST);
    budgets_own_beside(&r->limiter);
    if (budgets_fill(&r->limiter, r->platform, overrides, count, err) != 0 ||
        store_read(r->w->store, &t, err) != 0)
        return -1;
    int result = budgets_load(&r->limiter, t, r->campaign, clock_now(&r->w->clock), err);
    store_abort(t);
    return result;
}

int reads_open(struct reads *r, struct winnow *w, const struct store_campaign *campaign,
               const struct platform *platform, const char *const *overrides, size_t count,
               const struct winnow_hooks *hooks, struct winnow_error *err) {
    *r = (struct reads){.w = w, .campaign = campaign, .platform = platform, .hooks = hooks};
    if (!campaign->verified) {
        char command[CREDENTIAL_COMMAND_MAX];
        credential_command(w, campaign, command, sizeof command);
        return winnow_fail(err, WINNOW_CREDENTIAL, "nobody is logged in: run `%s`", command);
    }
    if (caller_open(&r->caller, w, campaign, platform, err) != 0)
        return -1;
    if (credential_read(w, campaign, &r->caller.credential, err) == 0 &&
        load_budgets(r, overrides, count, err) == 0)
        return 0;
    reads_close(r);
    return -1;
}

void reads_close(struct reads *r) {
    limiter_free(&r->limiter);
    caller_close(&r->caller);
}

static int save(struct reads *r, struct store_txn *t, struct winnow_error *err) {
    return budgets_save(&r->limiter, t, r->campaign, err) == 0 ? state_stamp(r->w, t, err) : -1;
}

const struct reads_price reads_free = {0};

static int64_t most_of(const struct reads_price *p) {
    return p->row_micro * (int64_t)p->rows;
}

int reads_agree(struct reads *r, const char *what, int64_t most_micro, struct winnow_error *err) {
    char sum[MONEY_TEXT_MAX] = "what cannot be told before";
    if (most_micro == 0 || r->agreed || r->cap_micro != 0)
        return 0;
    if (most_micro > 0)
        money_text(most_micro, sum);
    r->agreed = r->hooks->consent != NULL && r->hooks->consent(r->hooks->context, what, sum);
    return r->agreed ? 0
                     : winnow_fail(err, WINNOW_USAGE,
                                   "%s costs money on %s, %s%s, and nobody agreed to it: it was "
                                   "not asked; say what the campaign may spend in all with "
                                   "--max-cost AMOUNT, or agree to this with --yes",
                                   what, r->platform->title, most_micro > 0 ? "up to " : "", sum);
}

/* Others may have used what we knew to be free. 1: granted and held, 0: not before `answer->at_ms`,
 * -1: error. */
static int hold_now(struct reads *r, struct store_txn *t, struct limiter_answer *answer,
                    struct winnow_error *err) {
    int64_t now_ms = clock_now(&r->w->clock);
    if (budgets_sync(&r->limiter, t, r->campaign, now_ms, err) != 0)
        return -1;
    *answer = limiter_ask(&r->limiter, r->load, now_ms);
    if (!answer->granted)
        return 0;
    if (money_book(t, r->campaign->id, r->price.kind, most_of(&r->price), r->cap_micro, err) != 0)
        return -1;
    return limiter_hold(&r->limiter, r->load, now_ms, err) == 0 && save(r, t, err) == 0 ? 1 : -1;
}

static int reads_hold(struct reads *r, struct winnow_error *err) {
    for (;;) {
        struct store_txn *t;
        struct limiter_answer answer;
        if (store_write(r->w->store, r->campaign->id, &t, err) != 0)
            return -1;
        int held = hold_now(r, t, &answer, err);
        if (held == 1)
            return store_commit(t, err);
        store_abort(t);
        if (held < 0)
            return -1;
        char until[32];
        winnow_time_text(answer.at_ms, until);
        hooks_log(r->hooks, 2, "event=wait budget=%s until=%s", answer.why->spec.name, until);
        if (caller_wait(&r->caller, answer.at_ms, err) != 0)
            return -1;
    }
}

/* The request for a fresh token counts like any other. As caller_refresh. */
static int reads_refresh(struct reads *r, struct winnow_error *err) {
    if (!refresh_possible(r->caller.platform, &r->caller.credential))
        return caller_refresh(&r->caller, err); /* says what to do */
    r->price = reads_free;
    r->load = (struct budget_load){.read = true};
    if (reads_hold(r, err) != 0)
        return -1;
    int result = caller_refresh(&r->caller, err);
    limiter_settle(&r->limiter, r->load, clock_now(&r->w->clock));
    return result;
}

/* A token about to expire is refreshed first. When that fails in a way that may pass, the old one
 * is good for a while yet, and the platform's own word comes next. */
static int refresh_ahead(struct reads *r, struct winnow_error *err) {
    struct winnow_error passing;
    if (!credential_due(&r->caller.credential, clock_now(&r->w->clock)) ||
        !refresh_possible(r->caller.platform, &r->caller.credential))
        return 0;
    int result = reads_refresh(r, &passing);
    if (result < 0 && err != NULL)
        *err = passing;
    return result < 0 ? -1 : 0;
}

int reads_ask(struct reads *r, const struct http_request *request, struct reads_price price,
              const struct http_response **response, struct winnow_error *err) {
    if (refresh_ahead(r, err) != 0)
        return -1;
    r->price = price;
    r->rows = 0;
    r->less_micro = 0;
    r->load = (struct budget_load){.read = true, .call = request->call};
    return reads_hold(r, err) == 0 ? caller_ask(&r->caller, request, response, err) : -1;
}

/* An answer that came as a whole says what is charged: its rows, where it is a success, else
 * nothing. Without one, all of it may be. */
static int correct_money(struct reads *r, struct store_txn *t, struct winnow_error *err) {
    const struct http_response *in = &r->caller.response;
    int64_t booked = most_of(&r->price);
    bool whole = in->end == HTTP_DONE;
    bool success = whole && in->status >= 200 && in->status < 300;
    bool never_left = in->end == HTTP_NOT_SENT || in->end == HTTP_REFUSED;
    int64_t cost = success               ? (int64_t)r->rows * r->price.row_micro - r->less_micro
                   : whole || never_left ? 0
                                         : booked;
    r->spent_micro += cost;
    enum money_kind kind = r->price.kind;
    r->price = reads_free; /* once */
    if (cost > booked)     /* more rows than were asked for */
        return money_book(t, r->campaign->id, kind, cost - booked, 0, err);
    return money_give_back(t, r->campaign->id, kind, booked - cost, err);
}

int reads_settle(struct reads *r, struct store_txn *t, struct reply *reply,
                 struct winnow_error *err) {
    int64_t now_ms = clock_now(&r->w->clock);
    credential_hide(&r->caller.credential, reply->reason);
    reply_name_own(reply, &r->limiter, r->load.call);
    limiter_settle(&r->limiter, r->load, now_ms);
    for (size_t i = 0; i < reply->seen_count; i++)
        limiter_observe(&r->limiter, reply->seen[i].budget, reply->seen[i].limit,
                        reply->seen[i].remaining, reply->seen[i].reset_ms, now_ms);
    if (reply->action == REPLY_GO_ON)
        r->failures = 0;
    if (correct_money(r, t, err) != 0)
        return -1;
    return budgets_sync(&r->limiter, t, r->campaign, now_ms, err) == 0 ? save(r, t, err) : -1;
}

int reads_settle_alone(struct reads *r, struct reply *reply, struct winnow_error *err) {
    struct store_txn *t;
    if (store_write(r->w->store, r->campaign->id, &t, err) != 0)
        return -1;
    if (reads_settle(r, t, reply, err) == 0)
        return store_commit(t, err);
    store_abort(t);
    return -1;
}

int reads_after_trouble(struct reads *r, const struct reply *reply, struct winnow_error *err) {
    int64_t now_ms = clock_now(&r->w->clock);
    bool expired = reply->action == REPLY_REFRESH;
    r->failures++;
    if (!expired && reply->action != REPLY_WAIT && reply->action != REPLY_BACK_OFF)
        return reply_fail(reply, err);
    if (r->failures >= (r->tries_max > 0 ? r->tries_max : TRIES_MAX) && reply->action != REPLY_WAIT)
        return reply_fail(reply, err);
    int refreshed = expired ? reads_refresh(r, err) : 1;
    if (refreshed != 1) /* 1: it may work later */
        return refreshed < 0 ? -1 : 0;
    int64_t until_ms = reply->action == REPLY_WAIT && reply->until_ms > now_ms
                           ? limiter_plausible(&r->limiter, reply->budget, reply->until_ms,
                                               reply->window_ms, now_ms)
                           : now_ms + backoff_wait_ms(&read_backoff, r->failures, (uint64_t)now_ms);
    if (reply->action == REPLY_WAIT)
        limiter_block(&r->limiter, reply->budget, until_ms);
    char until[32];
    winnow_time_text(until_ms, until);
    hooks_log(r->hooks, 1, "event=trouble until=%s reason=\"%s\"", until, reply->reason);
    return caller_wait(&r->caller, until_ms, err);
}
