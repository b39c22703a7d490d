/* What an answer means for the drain: outcomes to settle, tries again, waits, stops. Happy path: a
 * final outcome; the entries leave the drain. Cannot fail: room for every way back was reserved
 * when the request was taken. */
#include "core/drain.h"
#include "core/drain_retries.h"

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

static void back_off(struct drain *d, struct drain_flight *f, const struct reply *reply,
                     bool never_left, int64_t now_ms) {
    d->failures++;
    d->fresh_first = f->again;
    int64_t wait_ms = backoff_now(d);
    if (reply->until_ms - now_ms > wait_ms) /* the server said when to come back */
        wait_ms = reply->until_ms - now_ms;
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

static void streak(struct drain *d, struct drain_flight *f, const struct reply *reply,
                   int64_t now_ms) {
    d->failures++;
    d->fresh_first = f->again;
    if (++d->streak >= d->options.streak_max)
        drain_stop(d, WINNOW_SAFETY, reply->reason);
    int64_t wait_ms = backoff_now(d);
    for (uint32_t i = 0; i < f->count; i++)
        fail_entry(d, &f->entries[i], wait_ms, now_ms);
}

/* A batch fails as a whole for one entry that is gone already. Eighths find it with few requests
 * and little spent; when the last try may have happened, all of it may be gone: then one by one.
 * One entry cannot be split further: it has failed then. */
static void split(struct drain *d, struct drain_flight *f, const struct reply *reply,
                  int64_t now_ms) {
    uint32_t together = f->doubted || f->count < 16 ? 1 : (f->count + 7) / 8;
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

int drain_take_look(struct drain *d, uint32_t count, int64_t now_ms, struct winnow_error *err) {
    if (limiter_hold(d->limiter, drain_read_load, now_ms, err) != 0)
        return -1;
    d->looking = count;
    return 0;
}

void drain_looked(struct drain *d, const struct reply *reply, int64_t now_ms) {
    limiter_settle(d->limiter, drain_read_load, now_ms);
    hear(d, reply, now_ms);
    d->looked = d->cursor + d->looking;
    d->looked_at_ms = now_ms;
    d->looking = 0;
    d->failures = 0;
    d->busy = 0;
}

void drain_look_no_more(struct drain *d) {
    d->options.look_max = 0;
}

void drain_look_failed(struct drain *d, const struct reply *reply, bool never_left,
                       int64_t now_ms) {
    if (never_left)
        limiter_release(d->limiter, drain_read_load);
    else
        limiter_settle(d->limiter, drain_read_load, now_ms);
    hear(d, reply, now_ms);
    d->looking = 0;
    switch (reply->action) {
    case REPLY_WAIT:
        wait_as_told(d, reply, now_ms);
        break;
    case REPLY_REFRESH:
        refresh(d, reply, now_ms);
        break;
    case REPLY_BACK_OFF: {
        d->failures++;
        int64_t wait_ms = backoff_now(d);
        bool told = reply->until_ms - now_ms > wait_ms;
        slow_down(d, told ? reply->until_ms : now_ms + wait_ms, reply->reason);
        break;
    }
    case REPLY_GO_ON:
    case REPLY_SPLIT:
    case REPLY_STREAK:
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
    act(d, f, reply, never_left, now_ms);
    out->outcome = reply->outcome;
    out->count = f->count;
    out->entries = d->settled;
    memcpy(d->settled, f->entries, f->count * sizeof *f->entries);
    for (uint32_t i = 0; i < f->count; i++) {
        out->exhausted[i] =
            !outcome_final(reply->outcome) && f->entries[i].attempts >= d->options.attempts_max;
        if (!outcome_final(reply->outcome) && !out->exhausted[i])
            retries_push(d, &f->entries[i]);
    }
    f->taken = false;
    d->in_flight--;
}
