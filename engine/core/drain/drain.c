/* The drain: see drain.h. Happy path: running, next, take, answer with success, until the cursor is
 * at the end and nothing is open. Fails only in drain_open (memory) and drain_take (memory, before
 * anything changed); everything that goes wrong outside is an answer, see drain_answer.c. */
#include "core/drain/drain.h"

#include <stdlib.h>
#include <string.h>

#include "core/drain/drain_retries.h"

const struct drain_options drain_defaults = {
    .in_flight_max = 2,
    .batch_max = 1,
    .attempts_max = 12,
    .streak_max = 3,
    .refusals_max = 10,
    .backoff = {.first_ms = 2000, .most_ms = 900000},
    .until_ms = INT64_MAX,
};

int drain_open(struct drain *d, const struct drain_options *options, struct limiter *limiter,
               uint32_t total, uint32_t cursor, struct winnow_error *err) {
    *d = (struct drain){.options = *options,
                        .limiter = limiter,
                        .total = total,
                        .cursor = cursor,
                        .batch_now = options->batch_max};
    /* A full flight of batches must find room to come back as tries. */
    size_t flights = options->in_flight_max;
    size_t per_flight = options->batch_max;
    size_t retries = DRAIN_RETRIES_MAX + (flights + 1) * per_flight;
    d->memory = calloc(flights * per_flight + retries + per_flight, sizeof *d->memory);
    d->flights = calloc(flights, sizeof *d->flights);
    if (d->memory == NULL || d->flights == NULL) {
        drain_close(d);
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory for the drain");
    }
    struct drain_entry *at = d->memory;
    for (size_t i = 0; i < flights; i++, at += per_flight)
        d->flights[i].entries = at;
    d->retries = at;
    d->settled = at + retries;
    d->looked = cursor;
    return 0;
}

void drain_close(struct drain *d) {
    free(d->memory);
    free(d->flights);
    *d = (struct drain){0};
}

int drain_restore(struct drain *d, const struct drain_entry *entry, struct winnow_error *err) {
    if (d->retry_count >= DRAIN_RETRIES_MAX + (d->options.in_flight_max + 1) * d->options.batch_max)
        return winnow_fail(err, WINNOW_DAMAGED,
                           "the store holds more than %u open entries: run winnow verify",
                           d->retry_count);
    retries_push(d, entry);
    return 0;
}

static void wait_for(struct drain_step *step, int64_t until_ms, const char *reason) {
    step->what = DRAIN_WAIT;
    step->until_ms = until_ms;
    step->reason = reason;
}

static void end_with(struct drain_step *step, enum winnow_code code, const char *reason) {
    step->what = DRAIN_END;
    step->code = code;
    step->reason = reason;
}

/* Phases that say by themselves what to do; false when entries may leave. */
static bool phase_decides(const struct drain *d, int64_t now_ms, struct drain_step *step) {
    bool nothing_left = d->cursor == d->total && d->retry_count == 0;
    bool time_is_up = now_ms >= d->options.until_ms;
    uint32_t in_air = d->in_flight + (d->looking > 0) + d->refreshing;
    int64_t quiet_ms = quiet_until(&d->options.quiet, now_ms, d->local_offset_ms);
    if (in_air == 0 && nothing_left)
        end_with(step, WINNOW_OK, "every entry is settled");
    else if (d->phase == DRAIN_STOPPING && in_air == 0)
        end_with(step, d->end_code, d->end_reason);
    else if (time_is_up && in_air == 0)
        end_with(step, WINNOW_CAP, "the time given with --until has come");
    else if (d->phase == DRAIN_STOPPING || nothing_left || time_is_up)
        wait_for(step, INT64_MAX, "waiting for the last answers");
    else if (d->phase == DRAIN_PAUSED)
        wait_for(step, INT64_MAX, "paused by the user");
    else if (d->refreshing)
        wait_for(step, INT64_MAX, "refreshing the access token");
    else if (d->refresh_wanted && in_air > 0)
        wait_for(step, INT64_MAX, "waiting for the last answers before the token is refreshed");
    else if (in_air >= d->options.in_flight_max)
        wait_for(step, INT64_MAX, "waiting for answers");
    else if (now_ms < d->slow_until_ms)
        wait_for(step, d->slow_until_ms, d->slow_reason);
    else if (quiet_ms != 0)
        wait_for(step, quiet_ms, "the quiet hours that you set");
    else
        return false;
    return true;
}

/* The next fresh ones have not been looked at. Asked only when one could leave now: what is learned
 * should be young then. */
bool drain_wants_look(const struct drain *d) {
    return d->options.look_max > 0 && d->looking == 0 && d->cursor < d->total &&
           d->looked <= d->cursor;
}

/* The next entries in order: tries that are due, then fresh ones. Those whose batch failed go in
 * small batches of their own. Entries whose try is not due yet do not hold up those behind them.
 * When tries again fail, a fresh entry goes between: without it, a few that always fail would keep
 * failing in turn, and nothing would tell them from a server in trouble. */
static uint32_t offer(struct drain *d, int64_t now_ms, uint32_t most, struct drain_entry *entries) {
    uint32_t end = d->options.look_max > 0 ? d->looked : d->total;
    bool fresh = (d->cursor < end || drain_wants_look(d)) && d->retry_count < DRAIN_RETRIES_MAX;
    uint32_t count = d->fresh_first && fresh ? 0 : retries_due(d, now_ms, most, entries);
    if (count > 0 && entries[0].together != 0)
        return count;
    if (d->retry_count - count >= DRAIN_RETRIES_MAX)
        return count;
    for (uint32_t next = d->cursor; count < most && next < end; next++)
        entries[count++] = (struct drain_entry){.position = next};
    return count;
}

static void explain_limit(const struct limiter_answer *answer, const struct drain *d,
                          struct drain_step *step) {
    step->budget = answer->why;
    if (!answer->never)
        wait_for(step, answer->at_ms, "the budget is full");
    else if (d->in_flight > 0 || d->looking > 0)
        wait_for(step, INT64_MAX, "waiting for the last answers");
    else
        end_with(step, WINNOW_CAP, "a cap that you set is reached");
}

static void ask_refresh(struct drain *d, int64_t now_ms, struct drain_step *step) {
    struct limiter_answer answer = limiter_ask(d->limiter, drain_read_load, now_ms);
    if (answer.granted)
        step->what = DRAIN_REFRESH;
    else
        explain_limit(&answer, d, step);
}

/* An old look is forgotten once for the same entry. A look and the unfollow after it can share a
 * budget that has room for one request, and the next room may be over an hour away. The entry would
 * be looked at again and again, and never leave. */
static void forget_old_look(struct drain *d, int64_t now_ms) {
    bool old = d->looked > d->cursor && now_ms - d->looked_at_ms > DRAIN_LOOK_FRESH_MS;
    if (!old || d->forgotten == d->cursor + 1)
        return;
    d->looked = d->cursor;
    d->forgotten = d->cursor + 1;
}

/* About no more than can be sent while what is learned is young: the others would be asked about
 * again. One at least, or it would never go on. */
static uint32_t look_count(struct drain *d, int64_t now_ms) {
    uint32_t most = d->total - d->cursor;
    most = d->options.look_max < most ? d->options.look_max : most;
    most = limiter_within(d->limiter, most, d->options.look_money, DRAIN_LOOK_FRESH_MS, now_ms);
    return most > 0 ? most : 1;
}

static void ask_look(struct drain *d, int64_t now_ms, struct drain_step *step) {
    uint32_t count = look_count(d, now_ms);
    struct limiter_answer answer = limiter_ask(d->limiter, drain_look_load(d, count), now_ms);
    if (!answer.granted) {
        explain_limit(&answer, d, step);
        return;
    }
    step->what = DRAIN_LOOK;
    for (uint32_t next = d->cursor; step->count < count; next++)
        step->entries[step->count++] = (struct drain_entry){.position = next};
}

/* A question about an entry goes before all else: what it waits for may be the whole campaign's
 * trouble. */
static bool offer_question(struct drain *d, int64_t now_ms, struct drain_step *step) {
    if (d->retry_count == 0 || d->retries[0].ask == 0 || d->retries[0].not_before_ms > now_ms)
        return false;
    if (now_ms - d->retries[0].ask_since_ms > DRAIN_LOOK_FRESH_MS) {
        d->retries[0].ask = 0; /* sent again, and asked about anew */
        return false;
    }
    struct limiter_answer answer = limiter_ask(d->limiter, drain_read_load, now_ms);
    if (answer.granted) {
        step->what = DRAIN_SEND;
        step->entries[step->count++] = d->retries[0];
    } else {
        explain_limit(&answer, d, step);
    }
    return true;
}

static void decide(struct drain *d, int64_t now_ms, struct drain_step *step) {
    if (phase_decides(d, now_ms, step))
        return;
    if (d->refresh_wanted) {
        ask_refresh(d, now_ms, step);
        return;
    }
    if (offer_question(d, now_ms, step))
        return;
    uint32_t most = limiter_fit(d->limiter, d->batch_now, now_ms);
    if (most == 0) {
        struct limiter_answer answer =
            limiter_ask(d->limiter, (struct budget_load){.unfollows = 1, .write = true}, now_ms);
        explain_limit(&answer, d, step);
        return;
    }
    forget_old_look(d, now_ms);
    step->what = DRAIN_SEND;
    step->count = offer(d, now_ms, most, step->entries);
    if (step->count == 0 && drain_wants_look(d))
        ask_look(d, now_ms, step);
    else if (step->count == 0 && d->looking > 0)
        wait_for(step, INT64_MAX, "asking how it stands with the next ones");
    else if (step->count == 0)
        wait_for(step, retries_next_ms(d), "waiting to try again");
}

void drain_next(struct drain *d, int64_t now_ms, struct drain_step *step) {
    step->count = 0;
    step->budget = NULL;
    step->reason = "";
    decide(d, now_ms, step);
    if (step->what == DRAIN_WAIT && now_ms < d->options.until_ms &&
        step->until_ms > d->options.until_ms)
        step->until_ms = d->options.until_ms;
}

static int free_flight(const struct drain *d) {
    int i = 0;
    while (d->flights[i].taken)
        i++;
    return i;
}

int drain_take(struct drain *d, const struct drain_step *step, const bool *protected_,
               int64_t now_ms, int *flight, struct winnow_error *err) {
    int slot = free_flight(d);
    struct drain_flight *f = &d->flights[slot];
    f->count = 0;
    for (uint32_t i = 0; i < step->count; i++)
        if (!protected_[i])
            f->entries[f->count++] = step->entries[i];
    f->load = step->entries[0].ask != 0
                  ? drain_read_load
                  : (struct budget_load){.unfollows = f->count, .write = true};
    f->again = step->entries[0].position != d->cursor;
    *flight = f->count == 0 ? -1 : slot;
    if (f->count > 0 && limiter_hold(d->limiter, f->load, now_ms, err) != 0)
        return -1;
    for (uint32_t i = 0; i < step->count; i++) {
        if (step->entries[i].position == d->cursor)
            d->cursor++;
        else
            retries_pop(d);
    }
    f->taken = f->count > 0;
    d->in_flight += f->taken;
    return 0;
}

const struct drain_entry *drain_flight_entries(const struct drain *d, int flight, uint32_t *count) {
    *count = d->flights[flight].count;
    return d->flights[flight].entries;
}

void drain_pause(struct drain *d) {
    if (d->phase == DRAIN_RUNNING)
        d->phase = DRAIN_PAUSED;
}

void drain_resume(struct drain *d) {
    if (d->phase == DRAIN_PAUSED)
        d->phase = DRAIN_RUNNING;
}

void drain_stop(struct drain *d, enum winnow_code code, const char *reason) {
    if (d->phase == DRAIN_STOPPING)
        return;
    d->phase = DRAIN_STOPPING;
    d->end_code = code;
    size_t size = strnlen(reason, sizeof d->end_reason - 1);
    memcpy(d->end_reason, reason, size);
    d->end_reason[size] = '\0';
}
