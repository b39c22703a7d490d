/* What an answer means for the drain: outcomes to settle, tries again, waits, stops. Happy path: a
 * final outcome; the entries leave the drain. Cannot fail: room for every way back was reserved
 * when the request was taken. */
#include "core/drain/drain.h"
#include "core/drain/drain_retries.h"

#include <string.h>

const struct budget_load drain_read_load = {.read = true};

/* How long to wait when a server says "too many" and not until when. */
#define UNTOLD_WAIT_MS 60000

static int64_t backoff_now(struct drain *d) {
    return drain_trouble_wait_ms(&d->trouble, &d->options.backoff, d->trouble.failures,
                                 d->options.seed);
}

/* Nothing that draws on the budget before the reset. Without such a budget, nothing at all: the
 * server has spoken whether we count that budget or not. A wait that names no budget blocks all of
 * them, since what the limiter holds is stored, and so outlives a restart. */
static int64_t wait_as_told(struct drain *d, const struct reply *reply, int64_t now_ms) {
    int64_t until_ms = reply->until_ms > now_ms ? reply->until_ms : now_ms + UNTOLD_WAIT_MS;
    until_ms = limiter_plausible(d->limiter, reply->budget, until_ms, reply->window_ms, now_ms);
    until_ms =
        drain_trouble_patient(&d->trouble, &d->options.backoff, d->options.seed, until_ms, now_ms);
    bool known = reply->budget != NULL && limiter_find(d->limiter, reply->budget) != NULL;
    if (known || reply->budget == NULL)
        limiter_block(d->limiter, reply->budget, until_ms);
    if (!known)
        drain_trouble_slow(&d->trouble, until_ms, reply->reason);
    return until_ms;
}

/* One entry refused for good says something of the entry; many in a row say something of the
 * account. */
static void success(struct drain *d, const struct reply *reply) {
    struct drain_trouble *t = &d->trouble;
    drain_trouble_move(t, TROUBLE_SUCCESS, &d->fault);
    d->token.renewed = false;
    d->token.refusals = 0;
    t->refusals = reply->outcome == OUTCOME_REFUSED ? t->refusals + 1 : 0;
    if (t->refusals >= d->options.refusals_max)
        drain_stop(d, WINNOW_SAFETY, reply->reason);
}

/* A failure counts against the entry only when the server is otherwise well: an hour without a
 * network must not use up anybody's tries. When nothing fresh is left to tell the two apart, it
 * counts as well, so that a campaign ends. */
static void fail_entry(struct drain *d, struct drain_entry *e, int64_t wait_ms, int64_t now_ms) {
    if (d->trouble.failures == 1 || d->cursor == d->total)
        e->attempts++;
    /* Later than the drain itself: a fresh entry goes first and shows whether it is this one. */
    e->not_before_ms = now_ms + 2 * wait_ms;
}

/* Or longer, where the server said when to come back. */
static int64_t backoff_as_told(struct drain *d, const struct reply *reply, int64_t now_ms) {
    int64_t told_ms =
        limiter_plausible(d->limiter, NULL, reply->until_ms, reply->window_ms, now_ms) - now_ms;
    int64_t wait_ms = backoff_now(d);
    return told_ms > wait_ms ? told_ms : wait_ms;
}

static void back_off(struct drain *d, struct drain_flight *f, const struct reply *reply,
                     bool never_left, int64_t now_ms) {
    drain_trouble_move(&d->trouble, TROUBLE_FAILS, &d->fault);
    d->trouble.fresh_first = f->again;
    int64_t wait_ms = backoff_as_told(d, reply, now_ms);
    drain_trouble_slow(&d->trouble, now_ms + wait_ms, reply->reason);
    for (uint32_t i = 0; i < f->count; i++) {
        if (never_left)
            f->entries[i].not_before_ms = now_ms + wait_ms;
        else
            fail_entry(d, &f->entries[i], wait_ms, now_ms);
    }
}

static void token_refused(struct drain *d, const struct reply *reply, int64_t now_ms) {
    if (!drain_token_expired(&d->token, now_ms, &d->fault))
        drain_stop(d, WINNOW_CREDENTIAL, reply->reason);
}

/* Several in a row say something of the account or the server; the same entry again says nothing
 * new. It counts against an entry only where others succeed, or where too few are left to tell:
 * of those whose streak stops the run nobody is settled, however often it is run. They come again
 * behind others, each time later. */
static void streak(struct drain *d, struct drain_flight *f, const struct reply *reply,
                   int64_t now_ms) {
    struct drain_trouble *t = &d->trouble;
    drain_trouble_doubt(t, f->entries[0].position, &d->fault);
    if (t->streak >= d->options.streak_max)
        drain_stop(d, WINNOW_SAFETY, reply->reason);
    int64_t wait_ms = backoff_now(d);
    bool few = d->cursor == d->total && d->retry_count + d->in_flight < d->options.streak_max;
    for (uint32_t i = 0; i < f->count; i++) {
        struct drain_entry *e = &f->entries[i];
        e->attempts += (t->streak == 1 && t->well) || few;
        e->not_before_ms = now_ms + 2 * (wait_ms << (e->attempts < 8 ? e->attempts : 8));
    }
}

/* The platform's next question about one whom it may not have, or who may be gone. */
static void ask(struct drain_flight *f, int64_t now_ms) {
    struct drain_entry *e = &f->entries[0];
    if (e->ask++ == 0) {
        e->attempts += e->ask_since_ms != 0; /* the questions before became too old */
        e->ask_since_ms = now_ms;
    }
    e->not_before_ms = now_ms;
}

/* A batch fails as a whole for one entry that is gone already. Eighths find it with few requests
 * and little spent; when the last try may have happened, all of it may be gone: then one by one.
 * One entry cannot be split further: it has failed then. */
static void split(struct drain *d, struct drain_flight *f, const struct reply *reply,
                  int64_t now_ms) {
    d->hollow += f->count > 1 && reply->outcome == OUTCOME_IN_DOUBT;
    if (f->count > 1 && (reply->not_offered || d->hollow >= DRAIN_HOLLOW_MAX))
        d->batch_now = 1;
    bool alone = f->doubted || f->count < 16 || d->batch_now == 1;
    uint32_t together = alone ? 1 : (f->count + 7) / 8;
    for (uint32_t i = 0; i < f->count; i++)
        f->entries[i].together = (uint8_t)together;
    if (f->count == 1)
        back_off(d, f, reply, false, now_ms);
}

static void act(struct drain *d, struct drain_flight *f, const struct reply *reply, bool never_left,
                int64_t now_ms) {
    switch (reply->action) {
    case REPLY_GO_ON:
        success(d, reply);
        d->hollow = f->count > 1 ? 0 : d->hollow;
        break;
    case REPLY_WAIT: {
        int64_t until_ms = wait_as_told(d, reply, now_ms);
        /* A batch over a limit that we do not know of would be refused for ever. */
        if (f->count > 1 && f->count / 2 < d->batch_now)
            d->batch_now = f->count / 2;
        for (uint32_t i = 0; i < f->count; i++)
            f->entries[i].not_before_ms = until_ms;
        break;
    }
    case REPLY_BACK_OFF:
        back_off(d, f, reply, never_left, now_ms);
        break;
    case REPLY_REFRESH:
        token_refused(d, reply, now_ms);
        break;
    case REPLY_SPLIT:
        split(d, f, reply, now_ms);
        break;
    case REPLY_STOP:
        drain_stop(d, reply->code, reply->reason);
        break;
    case REPLY_STREAK:
        streak(d, f, reply, now_ms);
        break;
    case REPLY_ASK:
        ask(f, now_ms);
        break;
    }
}

void drain_token_due(struct drain *d) {
    drain_token_move(&d->token, TOKEN_IS_DUE, 0, 0, &d->fault);
}

int drain_token_take(struct drain *d, int64_t now_ms, struct winnow_error *err) {
    if (limiter_hold(d->limiter, drain_read_load, now_ms, err) != 0)
        return -1;
    uint32_t in_air = d->in_flight + (d->precheck.state == PRECHECK_ASKING);
    drain_token_move(&d->token, TOKEN_ASK, now_ms, in_air, &d->fault);
    return 0;
}

static void token_answered(struct drain *d, enum drain_token_event event, int64_t now_ms) {
    if (drain_token_move(&d->token, event, now_ms, 0, &d->fault))
        limiter_settle(d->limiter, drain_read_load, now_ms);
}

void drain_token_renewed(struct drain *d, int64_t now_ms) {
    token_answered(d, TOKEN_RENEWED, now_ms);
}

void drain_token_taken(struct drain *d, int64_t now_ms) {
    token_answered(d, TOKEN_TAKEN, now_ms);
}

void drain_token_failed(struct drain *d, const char *reason, int64_t now_ms) {
    token_answered(d, TOKEN_FAILS, now_ms);
    drain_trouble_move(&d->trouble, TROUBLE_FAILS, &d->fault);
    drain_trouble_slow(&d->trouble, now_ms + backoff_now(d), reason);
}

static void hear(struct drain *d, const struct reply *reply, int64_t now_ms);

struct budget_load drain_precheck_load(const struct drain *d, uint32_t entries) {
    return (struct budget_load){.read = true,
                                .call = d->options.precheck_call,
                                .money = entries * d->options.precheck_money};
}

int drain_precheck_take(struct drain *d, uint32_t count, uint32_t asked, int64_t now_ms,
                        struct winnow_error *err) {
    d->precheck.load = drain_precheck_load(d, asked);
    if (limiter_hold(d->limiter, d->precheck.load, now_ms, err) != 0)
        return -1;
    d->precheck.asking = count;
    drain_precheck_move(&d->precheck, PRECHECK_ASK, d->cursor, 0, now_ms, &d->fault);
    return 0;
}

/* The server is well and takes the token, whatever it told. */
static void server_is_well(struct drain *d) {
    drain_trouble_move(&d->trouble, TROUBLE_IS_WELL, &d->fault);
    d->token.refusals = 0;
}

void drain_precheck_answered(struct drain *d, const struct reply *reply, int64_t now_ms) {
    limiter_settle(d->limiter, d->precheck.load, now_ms);
    hear(d, reply, now_ms);
    drain_precheck_move(&d->precheck, PRECHECK_ANSWERED, d->cursor, 0, now_ms, &d->fault);
    server_is_well(d);
}

void drain_precheck_known(struct drain *d, uint32_t count, int64_t now_ms) {
    drain_precheck_move(&d->precheck, PRECHECK_ALL_KNOWN, d->cursor, count, now_ms, &d->fault);
}

void drain_precheck_end(struct drain *d) {
    drain_precheck_move(&d->precheck, PRECHECK_END, d->cursor, 0, 0, &d->fault);
}

void drain_precheck_failed(struct drain *d, const struct reply *reply, bool never_left,
                           int64_t now_ms) {
    if (never_left)
        limiter_release(d->limiter, d->precheck.load);
    else
        limiter_settle(d->limiter, d->precheck.load, now_ms);
    hear(d, reply, now_ms);
    drain_precheck_move(&d->precheck, PRECHECK_FAILS, d->cursor, 0, now_ms, &d->fault);
    switch (reply->action) {
    case REPLY_WAIT:
        wait_as_told(d, reply, now_ms);
        break;
    case REPLY_REFRESH:
        token_refused(d, reply, now_ms);
        break;
    case REPLY_BACK_OFF:
        drain_trouble_move(&d->trouble, TROUBLE_FAILS, &d->fault);
        drain_trouble_slow(&d->trouble, now_ms + backoff_as_told(d, reply, now_ms), reply->reason);
        break;
    case REPLY_SPLIT: /* asked again in smaller ones, as soon as there is room */
        server_is_well(d);
        break;
    case REPLY_GO_ON:
    case REPLY_STREAK:
    case REPLY_ASK:
        drain_stop(d, WINNOW_SAFETY, reply->reason);
        break;
    case REPLY_STOP:
        drain_stop(d, reply->code, reply->reason);
        break;
    }
}

static void hear(struct drain *d, const struct reply *reply, int64_t now_ms) {
    for (size_t i = 0; i < reply->seen_count; i++) {
        const struct reply_observation *o = &reply->seen[i];
        limiter_observe(d->limiter, o->budget, o->limit, o->remaining, o->reset_ms, now_ms);
    }
}

static bool tries_ran_out(const struct drain *d, const struct reply *reply, uint32_t before,
                          const struct drain_entry *e) {
    uint32_t most = d->options.attempts_max;
    if (reply->action != REPLY_STREAK)
        return e->attempts >= most;
    return e->attempts > before &&
           e->attempts >= (most < DRAIN_UNSURE_TRIES_MAX ? most : DRAIN_UNSURE_TRIES_MAX);
}

/* The question that was asked, or the next one, is still open. */
static bool asks_on(const struct reply *reply) {
    return reply->action == REPLY_ASK || reply->action == REPLY_WAIT ||
           reply->action == REPLY_BACK_OFF || reply->action == REPLY_REFRESH;
}

/* An entry leaves the drain, or comes back for another try. `before` is how it was before the
 * answer, and tells the caller afterwards how it is. True: its tries have run out. */
static bool give_back(struct drain *d, const struct reply *reply, struct drain_entry *e,
                      struct drain_entry *before) {
    bool final = outcome_final(reply->outcome);
    bool exhausted = !final && tries_ran_out(d, reply, before->attempts, e);
    if (!asks_on(reply))
        e->ask_since_ms = e->ask = 0;
    if (exhausted)
        e->ask = 0;
    drain_entry_move(e,
                     final || exhausted ? ENTRY_SETTLE
                     : e->ask != 0      ? ENTRY_ASK
                                        : ENTRY_AGAIN,
                     &d->fault);
    *before = *e;
    if (!final && !exhausted)
        retries_push(d, e);
    return exhausted;
}

void drain_answer(struct drain *d, int flight, const struct reply *reply, bool never_left,
                  int64_t now_ms, struct drain_settlement *out) {
    struct drain_flight *f = &d->flights[flight];
    if (never_left)
        limiter_release(d->limiter, f->load);
    else
        limiter_settle(d->limiter, f->load, now_ms);
    hear(d, reply, now_ms);
    f->doubted = false;
    for (uint32_t i = 0; i < f->count; i++) {
        f->doubted = f->doubted || f->entries[i].in_doubt;
        f->entries[i].in_doubt = reply->outcome == OUTCOME_IN_DOUBT;
        f->entries[i].not_before_ms = now_ms;
    }
    memcpy(d->settled, f->entries, f->count * sizeof *f->entries);
    act(d, f, reply, never_left, now_ms);
    out->outcome = reply->outcome;
    out->count = f->count;
    out->entries = d->settled;
    for (uint32_t i = 0; i < f->count; i++)
        out->exhausted[i] = give_back(d, reply, &f->entries[i], &d->settled[i]);
    f->taken = false;
    d->in_flight--;
}
