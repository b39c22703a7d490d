/* The forecast: see forecast.h. Happy path: offer, take, answer after the latency, wait, until the
 * drain says END. Fails by memory only, in the limiter. */
#include "core/forecast/forecast.h"

#include <assert.h>
#include <string.h>

#include "core/base/mix.h"

#define DAY_MS      INT64_C(86400000)
#define BUSY_MS     INT64_C(900000)
#define WAIT_TOLD   INT64_C(60000) /* shorter waits are pace, not waiting */
#define MILLION     1000000u
#define WEEK_MS     (7 * DAY_MS)
#define HALF_DAY_MS (DAY_MS / 2)

const int64_t forecast_mark_days[FORECAST_MARKS] = {1, 7, 30, 90};

const struct forecast_faults forecast_usual_faults = {
    .broken = 5000,
    .lost = 1000,
    .busy = 200,
    .outage_every_ms = WEEK_MS,
    .outage_most_ms = HALF_DAY_MS,
};

struct running {
    struct drain *d;
    const struct forecast_options *options;
    struct forecast *out;
    uint64_t draws;
    int64_t now_ms, outage_at_ms, outage_end_ms;
    int marks;                           /* that have passed */
    int64_t due_ms[DRAIN_IN_FLIGHT_MAX]; /* of each flight; INT64_MAX: not in the air */
    struct drain_step step;
    struct drain_settlement settled;
};

static int64_t draw_below(struct running *r, int64_t below) {
    return below <= 0 ? 0 : (int64_t)(mix64_nth(r->options->seed, ++r->draws) % (uint64_t)below);
}

/* Outages come at drawn distances of 0 to twice the mean. */
static void plan_outage(struct running *r) {
    const struct forecast_faults *f = &r->options->faults;
    r->outage_at_ms = INT64_MAX;
    if (f->outage_every_ms == 0)
        return;
    r->outage_at_ms = r->now_ms + draw_below(r, 2 * f->outage_every_ms);
    r->outage_end_ms = r->outage_at_ms + draw_below(r, f->outage_most_ms);
}

static void pass_marks(struct running *r, int64_t to_ms) {
    while (r->marks < FORECAST_MARKS &&
           to_ms >= r->options->start_ms + forecast_mark_days[r->marks] * DAY_MS)
        r->out->settled_at[r->marks++] = r->out->settled;
}

static void move_to(struct running *r, int64_t to_ms) {
    pass_marks(r, to_ms);
    r->now_ms = to_ms > r->now_ms ? to_ms : r->now_ms;
    if (r->now_ms >= r->outage_end_ms && r->outage_at_ms != INT64_MAX)
        plan_outage(r);
}

static struct reply say(enum outcome outcome, enum reply_action action, const char *why) {
    struct reply reply = {.outcome = outcome, .action = action};
    memcpy(reply.reason, why, strnlen(why, sizeof reply.reason - 1));
    return reply;
}

static struct reply reply_of(struct running *r, bool *never_left) {
    const struct forecast_faults *f = &r->options->faults;
    *never_left = r->now_ms >= r->outage_at_ms && r->now_ms < r->outage_end_ms;
    if (*never_left)
        return say(OUTCOME_RETRY, REPLY_BACK_OFF, "no connection");
    uint32_t dice = (uint32_t)draw_below(r, MILLION);
    if (dice < f->broken)
        return say(OUTCOME_RETRY, REPLY_BACK_OFF, "the server is in trouble");
    dice -= f->broken;
    if (dice < f->lost)
        return say(OUTCOME_IN_DOUBT, REPLY_BACK_OFF, "no answer");
    dice -= f->lost;
    if (dice < f->busy) {
        struct reply reply = say(OUTCOME_RETRY, REPLY_WAIT, "too many requests");
        reply.until_ms = r->now_ms + BUSY_MS;
        return reply;
    }
    return say(OUTCOME_DONE, REPLY_GO_ON, "");
}

static void answer(struct running *r, int flight) {
    bool never_left;
    struct reply reply = reply_of(r, &never_left);
    r->due_ms[flight] = INT64_MAX;
    drain_answer(r->d, flight, &reply, never_left, r->now_ms, &r->settled);
    for (uint32_t i = 0; i < r->settled.count; i++)
        r->out->settled += outcome_final(r->settled.outcome) || r->settled.exhausted[i];
}

static int send_offer(struct running *r, struct winnow_error *err) {
    static const bool nobody[DRAIN_BATCH_MAX];
    int flight;
    if (drain_take(r->d, &r->step, nobody, r->now_ms, &flight, err) != 0)
        return -1;
    r->due_ms[flight] = r->now_ms + r->options->latency_ms;
    r->out->requests++;
    return 0;
}

static void note_wait(struct running *r, int64_t wait_ms) {
    if (wait_ms <= WAIT_TOLD)
        return;
    r->out->waits++;
    r->out->waited_ms += wait_ms;
    if (wait_ms > r->out->longest_wait_ms)
        r->out->longest_wait_ms = wait_ms;
}

/* On to the next answer or to what the drain waits for, whichever comes first. */
static void wait_on(struct running *r) {
    int next = -1;
    for (uint32_t i = 0; i < r->d->options.in_flight_max; i++)
        if (r->due_ms[i] != INT64_MAX && (next < 0 || r->due_ms[i] < r->due_ms[next]))
            next = (int)i;
    if (next >= 0 && r->due_ms[next] <= r->step.until_ms) {
        move_to(r, r->due_ms[next]);
        answer(r, next);
        return;
    }
    assert(r->step.until_ms != INT64_MAX); /* with nothing in the air there is a time to wait for */
    if (next < 0)
        note_wait(r, r->step.until_ms - r->now_ms);
    move_to(r, r->step.until_ms);
}

static int step(struct running *r, bool *ended, struct winnow_error *err) {
    drain_next(r->d, r->now_ms, &r->step);
    switch (r->step.what) {
    case DRAIN_SEND:
        return send_offer(r, err);
    case DRAIN_WAIT:
        wait_on(r);
        return 0;
    case DRAIN_PRECHECK: { /* which nobody is found out by */
        struct reply fine = say(OUTCOME_NONE, REPLY_GO_ON, "");
        if (drain_precheck_take(r->d, r->step.count, r->step.count, r->now_ms, err) != 0)
            return -1;
        drain_precheck_answered(r->d, &fine, r->now_ms);
        return 0;
    }
    case DRAIN_REFRESH:
        if (drain_token_take(r->d, r->now_ms, err) != 0)
            return -1;
        drain_token_renewed(r->d, r->now_ms);
        return 0;
    case DRAIN_END:
        *ended = true;
        return 0;
    }
    return 0;
}

int forecast_run(struct drain *d, const struct forecast_options *options, struct forecast *out,
                 struct winnow_error *err) {
    struct running r = {.d = d, .options = options, .out = out, .now_ms = options->start_ms};
    *out = (struct forecast){0};
    for (int i = 0; i < DRAIN_IN_FLIGHT_MAX; i++)
        r.due_ms[i] = INT64_MAX;
    plan_outage(&r);
    for (bool ended = false; !ended;)
        if (step(&r, &ended, err) != 0)
            return -1;
    out->end_ms = r.now_ms;
    out->code = r.step.code;
    memcpy(out->reason, r.step.reason, strnlen(r.step.reason, sizeof out->reason - 1));
    if (r.step.budget != NULL)
        memcpy(out->full, r.step.budget->spec.name, sizeof out->full);
    pass_marks(&r, INT64_MAX);
    return 0;
}
