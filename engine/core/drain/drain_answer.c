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
    return backoff_wait_ms(&d->options.backoff, d->failures, d->options.seed + d->draws++);
}

static void slow_down(struct drain *d, int64_t until_ms, const char *reason) {
    if (until_ms <= d->slow_until_ms)
        return;
    d->slow_until_ms = until_ms;
    size_t size = strnlen(reason, sizeof d->slow_reason - 1);
    memcpy(d->slow_reason, reason, size);
    d->slow_reason[size] = '\0';
}

/* A server that refuses again when its own time has come tells it too early, or counts what it
 * refuses: each such round waits longer, so that it is not asked at that pace for ever. What
 * several requests in flight are told at once is one round. */
static int64_t at_least_patient(struct drain *d, int64_t until_ms, int64_t now_ms) {
    if (now_ms >= d->busy_until_ms)
        d->busy++;
    if (d->busy > 1) {
        int64_t least_ms =
            backoff_wait_ms(&d->options.backoff, d->busy - 1, d->options.seed + d->draws++);
        until_ms = now_ms + least_ms > until_ms ? now_ms + least_ms : until_ms;
    }
    if (until_ms > d->busy_until_ms)
        d->busy_until_ms = until_ms;
    return until_ms;
}

/* Nothing that draws on the budget before the reset. Without such a budget, nothing at all: the
 * server has spoken whether we count that budget or not. A wait that names no budget blocks all of
 * them, since what the limiter holds is stored, and so outlives a restart. */
static int64_t wait_as_told(struct drain *d, const struct reply *reply, int64_t now_ms) {
    int64_t until_ms = reply->until_ms > now_ms ? reply->until_ms : now_ms + UNTOLD_WAIT_MS;
    until_ms = limiter_plausible(d->limiter, reply->budget, until_ms, reply->window_ms, now_ms);
    until_ms = at_least_patient(d, until_ms, now_ms);
    bool known = reply->budget != NULL && limiter_find(d->limiter, reply->budget) != NULL;
    if (known || reply->budget == NULL)
        limiter_block(d->limiter, reply->budget, until_ms);
    if (!known)
        slow_down(d, until_ms, reply->reason);
    return until_ms;
}

/* One entry refused for good says something of the entry; many in a row say something of the
 * account. */
static void success(struct drain *d, const struct reply *reply) {
    d->failures = 0;
    d->busy = 0;
    d->streak = 0;
    d->well = true;
    d->fresh_first = false;
    d->refreshed = false;
    d->token_refusals = 0;
    d->refusals = reply->outcome == OUTCOME_REFUSED ? d->refusals + 1 : 0;
    if (d->refusals >= d->options.refusals_max)
        drain_stop(d, WINNOW_SAFETY, reply->reason);
}

/* A failure counts against the entry only when the server is otherwise well: an hour without a
 * network must not use up anybody's tries. When nothing fresh is left to tell the two apart, it
 * counts as well, so that a campaign ends. */
static void fail_entry(struct drain *d, struct drain_entry *e, int64_t wait_ms, int64_t now_ms) {
    if (d->failures == 1 || d->cursor == d->total)
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
    d->failures++;
    d->fresh_first = f->again;
    int64_t wait_ms = backoff_as_told(d, reply, now_ms);
    slow_down(d, now_ms + wait_ms, reply->reason);
    for (uint32_t i = 0; i < f->count; i++) {
        if (never_left)
            f->entries[i].not_before_ms = now_ms + wait_ms;
        else
            fail_entry(d, &f->entries[i], wait_ms, now_ms);
    }
}

/* Between a refresh and the next request there can be a wait that is longer than a token lives. */
static void refresh(struct drain *d, const struct reply *reply, int64_t now_ms) {
    bool young = d->refreshed && now_ms - d->refreshed_at_ms < DRAIN_TOKEN_YOUNG_MS;
    if (d->refresh_wanted) /* by another answer of the same time */
        return;
    if (young || ++d->token_refusals > DRAIN_TOKEN_REFUSALS_MAX)
        drain_stop(d, WINNOW_CREDENTIAL, reply->reason);
    else
        d->refresh_wanted = true;
}

static bool in_streak(const struct drain *d, uint32_t position) {
    for (uint32_t i = 0; i < d->streak; i++)
        if (d->streak_of[i] == position)
            return true;
    return false;
}

/* Several in a row say something of the account or the server; the same entry again says nothing
 * new. It counts against an entry only where others succeed, or where too few are left to tell:
 * of those whose streak stops the run nobody is settled, however often it is run. They come again
 * behind others, each time later. */
static void streak(struct drain *d, struct drain_flight *f, const struct reply *reply,
                   int64_t now_ms) {
    d->failures++;
    d->fresh_first = true; /* another tells whether it is this one */
    if (!in_streak(d, f->entries[0].position) && d->streak < DRAIN_STREAK_MAX)
        d->streak_of[d->streak++] = f->entries[0].position;
    if (d->streak >= d->options.streak_max)
        drain_stop(d, WINNOW_SAFETY, reply->reason);
    int64_t wait_ms = backoff_now(d);
    bool few = d->cursor == d->total && d->retry_count + d->in_flight < d->options.streak_max;
    for (uint32_t i = 0; i < f->count; i++) {
        struct drain_entry *e = &f->entries[i];
        e->attempts += (d->streak == 1 && d->well) || few;
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
        refresh(d, reply, now_ms);
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

void drain_want_refresh(struct drain *d) {
    d->refresh_wanted = true;
}

int drain_take_refresh(struct drain *d, int64_t now_ms, struct winnow_error *err) {
    if (limiter_hold(d->limiter, drain_read_load, now_ms, err) != 0)
        return -1;
    d->refreshing = true;
    return 0;
}

static void settle_refresh(struct drain *d, int64_t now_ms) {
    if (d->refreshing)
        limiter_settle(d->limiter, drain_read_load, now_ms);
    d->refreshing = false;
}

void drain_refreshed(struct drain *d, int64_t now_ms) {
    settle_refresh(d, now_ms);
    d->refresh_wanted = false;
    d->refreshed = true;
    d->refreshed_at_ms = now_ms;
}

void drain_token_taken(struct drain *d, int64_t now_ms) {
    settle_refresh(d, now_ms);
    d->refresh_wanted = false;
}

void drain_refresh_failed(struct drain *d, const char *reason, int64_t now_ms) {
    settle_refresh(d, now_ms);
    d->failures++;
    slow_down(d, now_ms + backoff_now(d), reason);
}

static void hear(struct drain *d, const struct reply *reply, int64_t now_ms);

struct budget_load drain_look_load(const struct drain *d, uint32_t entries) {
    return (struct budget_load){
        .read = true, .call = d->options.look_call, .money = entries * d->options.look_money};
}

int drain_take_look(struct drain *d, uint32_t count, uint32_t asked, int64_t now_ms,
                    struct winnow_error *err) {
    d->look_load = drain_look_load(d, asked);
    if (limiter_hold(d->limiter, d->look_load, now_ms, err) != 0)
        return -1;
    d->looking = count;
    return 0;
}

/* The server is well and takes the token, whatever it told. */
static void look_answered(struct drain *d) {
    d->failures = 0;
    d->busy = 0;
    d->token_refusals = 0;
}

void drain_looked(struct drain *d, const struct reply *reply, int64_t now_ms) {
    limiter_settle(d->limiter, d->look_load, now_ms);
    hear(d, reply, now_ms);
    d->looked = d->cursor + d->looking;
    d->looked_at_ms = now_ms;
    d->looking = 0;
    look_answered(d);
}

void drain_look_known(struct drain *d, uint32_t count, int64_t now_ms) {
    d->looked = d->cursor + count;
    d->looked_at_ms = now_ms;
}

void drain_look_no_more(struct drain *d) {
    d->options.look_max = 0;
}

void drain_look_failed(struct drain *d, const struct reply *reply, bool never_left,
                       int64_t now_ms) {
    if (never_left)
        limiter_release(d->limiter, d->look_load);
    else
        limiter_settle(d->limiter, d->look_load, now_ms);
    hear(d, reply, now_ms);
    d->looking = 0;
    switch (reply->action) {
    case REPLY_WAIT:
        wait_as_told(d, reply, now_ms);
        break;
    case REPLY_REFRESH:
        refresh(d, reply, now_ms);
        break;
    case REPLY_BACK_OFF:
        d->failures++;
        slow_down(d, now_ms + backoff_as_told(d, reply, now_ms), reply->reason);
        break;
    case REPLY_SPLIT: /* asked again in smaller ones, as soon as there is room */
        look_answered(d);
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
    for (uint32_t i = 0; i < f->count; i++) {
        out->exhausted[i] = !outcome_final(reply->outcome) &&
                            tries_ran_out(d, reply, d->settled[i].attempts, &f->entries[i]);
        if (!asks_on(reply))
            f->entries[i].ask_since_ms = f->entries[i].ask = 0;
        d->settled[i] = f->entries[i];
        if (!outcome_final(reply->outcome) && !out->exhausted[i])
            retries_push(d, &f->entries[i]);
    }
    f->taken = false;
    d->in_flight--;
}
