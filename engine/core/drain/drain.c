/* The drain: see drain.h. Happy path: running, next, take, answer with success, until the cursor is
 * at the end and nothing is open. Fails only in drain_open (memory) and drain_take (memory, before
 * anything changed); everything that goes wrong outside is an answer, see drain_answer.c. */
#include "core/drain/drain.h"

#include <stdio.h>
#include <stdlib.h>

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
    d->precheck = (struct drain_precheck){
        .state = options->precheck_max > 0 ? PRECHECK_NEEDED : PRECHECK_OFF, .known_to = cursor};
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
    struct drain_entry restored = *entry;
    restored.state = ENTRY_PENDING;
    drain_entry_move(&restored, ENTRY_RESTORE, &d->fault);
    retries_push(d, &restored);
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

/* What our own tables forbid: nothing can be said of the state, so nothing is waited for. What is in
 * the air is in doubt then, and asked again by the next run. */
static void end_by_fault(struct drain *d, struct drain_step *step) {
    snprintf(d->fault_reason, sizeof d->fault_reason,
             "stopped before the next request by a fault of winnow's own (%s): please report it; "
             "nothing is lost, and `winnow run` goes on",
             d->fault.text);
    end_with(step, WINNOW_FAILED, d->fault_reason);
}

static uint32_t in_air(const struct drain *d) {
    return d->in_flight + (d->precheck.state == PRECHECK_ASKING) + (d->token.state == TOKEN_ASKING);
}

/* What is over, or is to be over; false when it goes on. */
static bool end_decides(const struct drain *d, int64_t now_ms, struct drain_step *step) {
    bool nothing_left = d->cursor == d->total && d->retry_count == 0;
    bool time_is_up = now_ms >= d->options.until_ms;
    bool stopping = d->run.phase == DRAIN_STOPPING;
    if (!nothing_left && !time_is_up && !stopping)
        return false;
    if (in_air(d) > 0)
        wait_for(step, INT64_MAX, "waiting for the last answers");
    else if (nothing_left)
        end_with(step, WINNOW_OK, "every entry is settled");
    else if (stopping)
        end_with(step, d->run.end_code, d->run.end_reason);
    else
        end_with(step, WINNOW_CAP, "the time given with --until has come");
    return true;
}

/* What holds all entries back; false when they may leave. */
static bool wait_decides(const struct drain *d, int64_t now_ms, struct drain_step *step) {
    int64_t quiet_ms = quiet_until(&d->options.quiet, now_ms, d->local_offset_ms);
    if (d->run.phase == DRAIN_PAUSED)
        wait_for(step, INT64_MAX, "paused by the user");
    else if (d->token.state == TOKEN_ASKING)
        wait_for(step, INT64_MAX, "getting a new access token");
    else if (d->token.state == TOKEN_WANTED && in_air(d) > 0)
        wait_for(step, INT64_MAX, "waiting for the last answers before the token is refreshed");
    else if (in_air(d) >= d->options.in_flight_max)
        wait_for(step, INT64_MAX, "waiting for answers");
    else if (now_ms < d->trouble.slow_until_ms)
        wait_for(step, d->trouble.slow_until_ms, d->trouble.slow_reason);
    else if (quiet_ms != 0)
        wait_for(step, quiet_ms, "the quiet hours that you set");
    else
        return false;
    return true;
}

/* Asked only when one could leave now: what is learned should be young then. */
bool drain_precheck_wanted(const struct drain *d) {
    return d->precheck.state == PRECHECK_NEEDED && d->cursor < d->total;
}

static struct budget_load action_load(const struct drain *d, uint32_t entries) {
    return (struct budget_load){.action = d->options.action, .count = entries, .write = true};
}

/* The next entries in order: tries that are due, then fresh ones. Those whose batch failed go in
 * small batches of their own. Entries whose try is not due yet do not hold up those behind them.
 * When tries again fail, a fresh entry goes between: without it, a few that always fail would keep
 * failing in turn, and nothing would tell them from a server in trouble. */
static uint32_t offer(struct drain *d, int64_t now_ms, uint32_t most, struct drain_entry *entries) {
    uint32_t end = d->precheck.state == PRECHECK_OFF ? d->total : d->precheck.known_to;
    bool fresh =
        (d->cursor < end || drain_precheck_wanted(d)) && d->retry_count < DRAIN_RETRIES_MAX;
    uint32_t count = d->trouble.fresh_first && fresh ? 0 : retries_due(d, now_ms, most, entries);
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
    else if (in_air(d) > 0)
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

/* About no more than can be sent while what is learned is young: the others would be asked about
 * again. One at least, or it would never go on. */
static uint32_t precheck_count(struct drain *d, int64_t now_ms) {
    uint32_t most = d->total - d->cursor;
    most = d->options.precheck_max < most ? d->options.precheck_max : most;
    most = limiter_within(d->limiter, d->options.action, most, d->options.precheck_money,
                          DRAIN_PRECHECK_FRESH_MS, now_ms);
    return most > 0 ? most : 1;
}

static void ask_precheck(struct drain *d, int64_t now_ms, struct drain_step *step) {
    uint32_t count = precheck_count(d, now_ms);
    struct limiter_answer answer = limiter_ask(d->limiter, drain_precheck_load(d, count), now_ms);
    if (!answer.granted) {
        explain_limit(&answer, d, step);
        return;
    }
    step->what = DRAIN_PRECHECK;
    for (uint32_t next = d->cursor; step->count < count; next++)
        step->entries[step->count++] = (struct drain_entry){.position = next};
}

/* A question about an entry goes before all else: what it waits for may be the whole campaign's
 * trouble. */
static bool offer_question(struct drain *d, int64_t now_ms, struct drain_step *step) {
    if (d->retry_count == 0 || d->retries[0].ask == 0 || d->retries[0].not_before_ms > now_ms)
        return false;
    if (now_ms - d->retries[0].ask_since_ms > DRAIN_PRECHECK_FRESH_MS) {
        d->retries[0].ask = 0; /* sent again, and asked about anew */
        drain_entry_move(&d->retries[0], ENTRY_GROW_OLD, &d->fault);
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
    if (end_decides(d, now_ms, step) || wait_decides(d, now_ms, step))
        return;
    if (d->token.state == TOKEN_WANTED) {
        ask_refresh(d, now_ms, step);
        return;
    }
    if (offer_question(d, now_ms, step))
        return;
    uint32_t most = limiter_fit(d->limiter, d->options.action, d->batch_now, now_ms);
    if (most == 0) {
        struct limiter_answer answer = limiter_ask(d->limiter, action_load(d, 1), now_ms);
        explain_limit(&answer, d, step);
        return;
    }
    drain_precheck_age(&d->precheck, d->cursor, now_ms, &d->fault);
    step->what = DRAIN_SEND;
    step->count = offer(d, now_ms, most, step->entries);
    if (step->count == 0 && drain_precheck_wanted(d))
        ask_precheck(d, now_ms, step);
    else if (step->count == 0 && d->precheck.state == PRECHECK_ASKING)
        wait_for(step, INT64_MAX, "asking how it stands with the next ones");
    else if (step->count == 0)
        wait_for(step, retries_next_ms(d), "waiting to try again");
}

void drain_next(struct drain *d, int64_t now_ms, struct drain_step *step) {
    step->count = 0;
    step->budget = NULL;
    step->reason = "";
    if (d->fault.text[0] == '\0')
        decide(d, now_ms, step);
    if (d->fault.text[0] != '\0') {
        end_by_fault(d, step);
        return;
    }
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

/* Those that are protected are settled by the caller; the others go into the flight. */
static void fill_flight(struct drain *d, struct drain_flight *f, const struct drain_step *step,
                        const bool *protected_) {
    f->count = 0;
    for (uint32_t i = 0; i < step->count; i++) {
        struct drain_entry e = step->entries[i];
        if (protected_[i])
            e.ask = 0;
        drain_entry_move(&e, protected_[i] ? ENTRY_SETTLE : ENTRY_TAKE, &d->fault);
        if (!protected_[i])
            f->entries[f->count++] = e;
    }
}

int drain_take(struct drain *d, const struct drain_step *step, const bool *protected_,
               int64_t now_ms, int *flight, struct winnow_error *err) {
    int slot = free_flight(d);
    struct drain_flight *f = &d->flights[slot];
    fill_flight(d, f, step, protected_);
    f->load = step->entries[0].ask != 0 ? drain_read_load : action_load(d, f->count);
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
    drain_precheck_pass(&d->precheck, d->cursor, &d->fault);
    f->taken = f->count > 0;
    d->in_flight += f->taken;
    return 0;
}

const struct drain_entry *drain_flight_entries(const struct drain *d, int flight, uint32_t *count) {
    *count = d->flights[flight].count;
    return d->flights[flight].entries;
}

void drain_pause(struct drain *d) {
    drain_run_move(&d->run, RUN_PAUSE, &d->fault);
}

void drain_resume(struct drain *d) {
    drain_run_move(&d->run, RUN_RESUME, &d->fault);
}

void drain_stop(struct drain *d, enum winnow_code code, const char *reason) {
    drain_run_stop(&d->run, code, reason, &d->fault);
}
