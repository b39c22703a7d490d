/* One run of the production runner in virtual time: its port is here, and the round of events. A
 * turn, then what happens meanwhile, then the next thing on the wire or the runner's own alarm;
 * after each of them the invariants. Ends when the runner ends, or with the process. */
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "work/budgets/budgets.h"

#define EVENTS_WITH_FAULTS 20000 /* of one run of a drawn campaign */
#define EVENTS_MAX         500000

#define UNTOLD_WAIT_MS 60000

static int64_t later(int64_t a, int64_t b) {
    return a > b ? a : b;
}

/* ---- the port ---- */

static int64_t port_now(void *context) {
    return clock_now(&((const struct sim *)context)->w->clock);
}

/* The wall clock is the user's local time. */
static int64_t port_local_offset(void *context) {
    const struct sim *sim = context;
    return sim->machine.now_ms + sim->machine.wall_offset_ms - port_now(context);
}

static bool is_quiet(const struct sim *sim) {
    int64_t minute = (sim->turn.now_ms + sim->turn.wall_offset_ms) / 60000 % 1440;
    int32_t from = sim->s.quiet_from_min;
    int32_t to = sim->s.quiet_to_min;
    return from <= to ? minute >= from && minute < to : minute >= from || minute < to;
}

static void check_may_leave(struct sim *sim, uint32_t request, uint32_t count) {
    const struct turn *t = &sim->turn;
    if (t->danger)
        sim_violated(sim, 9, "request %u leaves after the platform said stop", request);
    if (t->paused)
        sim_violated(sim, 0, "request %u leaves while paused", request);
    if (is_quiet(sim))
        sim_violated(sim, 0, "request %u leaves in the quiet hours", request);
    if (t->now_ms < t->told_ms)
        sim_violated(sim, 2, "request %u leaves %lld ms before the platform's time", request,
                     (long long)(t->told_ms - t->now_ms));
    if (t->now_ms + port_now(sim) - sim->machine.now_ms >= sim->until_ms)
        sim_violated(sim, 0, "request %u leaves after the user's time", request);
    sim->run_sends += count;
    if (sim->s.max_actions != 0 && sim->run_sends > sim->s.max_actions)
        sim_violated(sim, 2, "%u actions in a run capped to %u", sim->run_sends,
                     sim->s.max_actions);
    if (sim->ended)
        sim_violated(sim, 7, "request %u leaves after the end", request);
    if (t->late)
        sim_violated(sim, 12, "request %u leaves long after its commit", request);
    if (sim->lease_lost_at != 0 && t->commit > sim->lease_lost_at)
        sim_violated(sim, 15, "request %u leaves after another process took the lease", request);
}

static uint32_t token_of(const struct sim *sim, const struct http_request *request) {
    return sim->s.tokens && request->secret == HTTP_ACCESS_TOKEN
               ? token_number(sim->credential.access)
               : 0;
}

static int send_look(struct sim *sim, uint32_t flight, const struct http_request *request) {
    struct on_server targets[DRAIN_BATCH_MAX];
    uint32_t count = look_targets(sim, request, targets);
    struct air what = {
        .flight = flight, .count = count, .precheck = true, .token = token_of(sim, request)};
    check_may_leave(sim, 0, 0);
    sim->met.looks++;
    network_send(sim, &what, targets);
    return 0;
}

static int send_question(struct sim *sim, uint32_t flight, const struct http_request *request) {
    struct on_server targets[DRAIN_BATCH_MAX];
    enum question question = question_read(sim, request, &targets[0]);
    struct air what = {.flight = flight,
                       .count = 1,
                       .precheck = true,
                       .question = question,
                       .token = token_of(sim, request)};
    check_may_leave(sim, 0, 0);
    sim->met.questions++;
    network_send(sim, &what, targets);
    return 0;
}

static int port_send(void *context, uint32_t flight, const struct http_request *request,
                     struct winnow_error *err) {
    struct sim *sim = context;
    struct on_server targets[DRAIN_BATCH_MAX];
    if (sim->machine.dead)
        return winnow_fail(err, WINNOW_FAILED, "the process is dead");
    if (flight == sim->s.in_flight_max)
        return send_look(sim, flight, request);
    if (request->method == HTTP_GET)
        return send_question(sim, flight, request);
    uint32_t count = network_read(sim, request, targets);
    uint32_t number = book_check_leaving(sim, targets, count);
    check_may_leave(sim, number, count);
    if (dice_one_in(&sim->dice, sim->s.crash_one_in) && dice_one_in(&sim->dice, 2)) {
        sim->machine.dead = true; /* at this send: it leaves or not, and nothing after it */
        if (dice_one_in(&sim->dice, 2))
            return winnow_fail(err, WINNOW_FAILED, "the process is dead");
    }
    struct air what = {
        .flight = flight, .request = number, .count = count, .token = token_of(sim, request)};
    network_send(sim, &what, targets);
    use_sent(sim, count);
    sim->sends++;
    return 0;
}

static void port_wake_at(void *context, int64_t at_ms) {
    struct sim *sim = context;
    sim->wake_ms = at_ms == INT64_MAX ? at_ms : sim->machine.now_ms + at_ms - port_now(sim);
}

static void port_refresh(void *context) {
    ((struct sim *)context)->refreshing = true;
}

static void port_ended(void *context, enum winnow_code code, const char *reason) {
    struct sim *sim = context;
    if (sim->machine.dead)
        return;
    sim->ended = true;
    sim->code = code;
    snprintf(sim->reason, sizeof sim->reason, "%s", reason);
    sim_trace(sim, "ended: %s: %s", winnow_code_name(code), reason);
}

/* ---- opening ---- */

void drive_overrides(const struct sim *sim, struct run_note *note) {
    for (uint32_t i = 0; i < sim->s.budget_count; i++)
        scenario_override(&sim->s.budgets[i], note->budgets[note->budget_count++],
                          sizeof note->budgets[0]);
}

static int add_cap(struct sim *sim) {
    struct budget_spec cap = {.name = BUDGET_USER_ACTIONS,
                              .kind = BUDGET_TOTAL,
                              .limit = sim->s.max_actions,
                              .costs = {.each = {[ACTION_UNFOLLOW] = 1}},
                              .users = true};
    return sim->s.max_actions == 0 ? 0 : limiter_add(&sim->runner.limiter, &cap, &sim->err);
}

/* False when the disk or the process failed at it. */
static bool open_runner(struct sim *sim) {
    struct runner_port port = {.context = sim,
                               .now = port_now,
                               .local_offset_ms = port_local_offset,
                               .send = port_send,
                               .wake_at = port_wake_at,
                               .refresh = port_refresh,
                               .ended = port_ended};
    struct winnow_hooks hooks = {0};
    struct drain_options options = drain_defaults;
    struct run_note note = {.pace = sim->s.burst ? PACE_BURST : PACE_EVEN,
                            .per_day = sim->s.per_day};
    options.in_flight_max = sim->s.in_flight_max;
    options.batch_max = sim->s.batch_max;
    options.precheck_max = sim->s.precheck_max;
    options.seed = dice_draw(&sim->dice);
    options.until_ms = sim->until_ms;
    options.quiet = note.quiet = (struct quiet_hours){sim->s.quiet_from_min, sim->s.quiet_to_min};
    drive_overrides(sim, &note);
    if (runner_open(&sim->runner, sim->w, "c", &note, &options, &port, &hooks, &sim->err) == 0) {
        sim->runner_open = true;
        sim_must(sim, add_cap(sim));
        return true;
    }
    if (!sim->machine.dead && sim->machine.struck == DISK_WELL && !sim->disk_full)
        sim_violated(sim, 0, "the run does not start: %s", sim->err.text);
    return false;
}

static void begin_run(struct sim *sim) {
    sim->ended = sim->crashed = sim->refreshing = sim->danger = sim->stop_asked = false;
    sim->machine.struck = DISK_WELL;
    sim->machine.dead = false;
    sim->lease_lost_at = 0;
    sim->streak = sim->run_sends = sim->token_refusals = 0;
    sim->wake_ms = INT64_MAX;
    memset(sim->may_end, 0, sizeof sim->may_end);
    sim->may_end[WINNOW_OK] = true;
    sim->until_ms = dice_one_in(&sim->dice, sim->s.until_one_in)
                        ? port_now(sim) + dice_between(&sim->dice, 0, 20000000)
                        : INT64_MAX;
    sim->may_end[WINNOW_CAP] = sim->s.max_actions != 0 || sim->until_ms != INT64_MAX;
    sim->runs++;
    sim->writer = sim->process;
    if (sim->s.tokens)
        tokens_read(sim);
    sim_trace(sim, "run %llu", (unsigned long long)sim->runs);
    if (!open_runner(sim))
        sim->crashed = true;
    else
        book_check(sim);
}

/* ---- answers ---- */

/* Where a relation is not told, the next question is asked; whom the own one was about is not seen.
 */
static bool counts(const struct air *a) {
    return !a->precheck || a->question == QUESTION_PROFILE ||
           (a->question == QUESTION_RELATION && a->answer.said == SAID_YES);
}

/* Of an entry's question, whom it is about: the own one does not say so itself. */
static struct person *asked_about(struct sim *sim, const struct air *a) {
    uint32_t position = sim->runner.drain.flights[a->flight].entries[0].position;
    return &sim->people[sim->book.entries[position].number];
}

/* A question that settles its entry: the account itself is shown after nobody was. */
static bool settles(struct sim *sim, const struct air *a) {
    return (a->question == QUESTION_OWN && a->answer.said == SAID_YES &&
            asked_about(sim, a)->gone_by == sim->process) ||
           (a->question == QUESTION_RELATION && a->answer.said == SAID_YES &&
            a->answer.relations[0].there == TOLD_NO);
}

/* Three that are not the same. */
static void add_to_streak(struct sim *sim, const struct air *a) {
    for (uint32_t i = 0; i < sim->streak; i++)
        if (sim->streak_of[i].number == a->targets[0].number &&
            sim->streak_of[i].key == a->targets[0].key)
            return;
    if (sim->streak < DRAIN_STREAK_MAX)
        sim->streak_of[sim->streak++] = a->targets[0];
}

/* Invariant 9: what an answer means for the run, by the simulation's own reading. */
static void heed(struct sim *sim, const struct air *a) {
    const struct answer *said = &a->answer;
    bool well = said->said == SAID_YES || (said->said == SAID_GONE && !said->ambiguous);
    if (said->ambiguous && counts(a))
        add_to_streak(sim, a);
    else if ((well && !a->precheck) || settles(sim, a))
        sim->streak = 0;
    if (said->doubtful ||
        (a->question != QUESTION_NONE &&
         said->ambiguous)) /* with what was heard before, or a question's answer, a streak */
        sim->may_end[WINNOW_SAFETY] = true;
    if (said->danger)
        sim->danger = sim->may_end[WINNOW_SAFETY] = true;
    if (sim->streak >= drain_defaults.streak_max)
        sim->danger = sim->may_end[WINNOW_SAFETY] = true;
    if (said->credential)
        sim->danger = sim->may_end[WINNOW_CREDENTIAL] = true;
    if (said->redirected)
        sim->danger = sim->may_end[WINNOW_NETWORK] = true;
    sim->token_refusals = said->expired ? sim->token_refusals + 1 : well ? 0 : sim->token_refusals;
    if (said->expired && (said->young || sim->token_refusals > 10))
        sim->may_end[WINNOW_CREDENTIAL] = true;
    if (a->precheck && said->danger)
        sim->may_end[WINNOW_FAILED] = true;
    if (said->status == 429) /* a minute where it does not say until when */
        sim->use.asked_until_ms =
            later(sim->use.asked_until_ms,
                  said->told_ms != 0 ? said->told_ms : sim->machine.now_ms + UNTOLD_WAIT_MS);
    /* Two clocks drift apart by up to 100 parts in a million while it waits. */
    int64_t wait_ms = said->told_ms - sim->machine.now_ms;
    int64_t told_ms = said->told_ms - wait_ms / 10000 - 2;
    /* On Mastodon a reading request's reset that is so far away is that of paging alone. */
    bool paging = a->precheck && sim->s.which == ON_MASTODON && wait_ms > 290000;
    if (wait_ms > 0 && told_ms > sim->told_until_ms && !paging) {
        sim->told_until_ms = told_ms;
        sim->told_request = a->request;
        sim->told_precheck = a->precheck ? sim->writes + 1 : 0;
    }
}

static void question_heard(struct sim *sim, const struct air *a) {
    if (a->question == QUESTION_RELATION && a->answer.said == SAID_YES) {
        struct air only = *a; /* it is asked whether they are followed, and nothing else */
        only.answer.relations[0].follows_me = TOLD_UNKNOWN;
        precheck_heard(sim, &only);
    }
    if (a->question == QUESTION_PROFILE)
        sim->people[a->targets[0].number].unseen_by = a->answer.status == 404 ? sim->process : 0;
    if (a->question == QUESTION_OWN && a->answer.said == SAID_YES &&
        asked_about(sim, a)->unseen_by == sim->process)
        asked_about(sim, a)->gone_by = sim->process;
}

static void deliver(struct sim *sim, uint32_t i) {
    struct air *a = &sim->air[i];
    struct http_response response = {
        .end = a->answer.end, .status = a->answer.status, .received_ms = port_now(sim)};
    uint32_t flight = a->flight;
    struct answer *said = &a->answer;
    response.headers = (struct text){said->headers, (uint32_t)strlen(said->headers)};
    response.body = (struct text){said->body, (uint32_t)strlen(said->body)};
    if (said->end != HTTP_DONE && said->said != SAID_NEVER_LEFT)
        said->said = SAID_NOTHING;
    if (!a->precheck) {
        book_request(sim, a->request)->said = (uint8_t)said->said;
        book_request(sim, a->request)->unsure = said->ambiguous || said->doubtful;
        sim->people[a->targets[0].number].unseen_by = 0;
    } else if (a->question != QUESTION_NONE) {
        question_heard(sim, a);
    } else if (said->said == SAID_YES) {
        precheck_heard(sim, a);
    } else if (a->count == 1 && (said->status >= 400 || said->body[0] == '[')) {
        /* refused alone, or a list that has nobody: nobody tells of them */
        sim->people[a->targets[0].number].heard.left_out = false;
    }
    heed(sim, a);
    if (said->said == SAID_NEVER_LEFT && !a->precheck) {
        sim->run_sends -= a->count;
        use_never_left(sim, a->count);
    }
    sim_trace(sim, "request %u answered: end %d, status %d, said %d\n%s", a->request, said->end,
              said->status, said->said, said->headers);
    runner_answer(&sim->runner, flight, &response);
    if (a->arrives_ms == INT64_MAX && a->again_ms == INT64_MAX)
        network_drop(sim, i);
    else
        a->answers_ms = INT64_MAX;
}

/* By the production code, with its file. */
static void rotate(struct sim *sim) {
    struct winnow_error why = {0};
    int result = tokens_rotate(sim, &why);
    if (!sim->machine.dead)
        runner_refreshed(&sim->runner, result, &why);
    sim->wake_ms = sim->machine.now_ms;
}

/* A refresh: one request that only asks. It may fail for good, or for now. */
static void refreshed(struct sim *sim) {
    struct winnow_error why = {.code = WINNOW_CREDENTIAL, .text = "the session is over"};
    int result = sim->s.tokens                ? 0
                 : dice_one_in(&sim->dice, 6) ? 1
                 : dice_one_in(&sim->dice, 8) ? -1
                                              : 0;
    int64_t now_ms = sim->machine.now_ms;
    sim->refreshing = false;
    for (uint32_t i = 0; i < sim->air_count; i++)
        if (sim->air[i].process == sim->process && sim->air[i].answers_ms != INT64_MAX)
            sim_violated(sim, 0, "the token is refreshed with requests in flight");
    if (sim->s.tokens) {
        rotate(sim);
        return;
    }
    drive_pass(sim, now_ms + dice_below(&sim->dice, sim->s.latency_ms));
    server_count_read(&sim->server, sim->machine.now_ms);
    network_audit(sim);
    drive_pass(sim, sim->machine.now_ms + dice_below(&sim->dice, sim->s.latency_ms));
    if (result == 0)
        sim->server.token_expired = false;
    if (result < 0)
        sim->danger = sim->may_end[WINNOW_CREDENTIAL] = true;
    sim_trace(sim, "refresh: %d", result);
    runner_refreshed(&sim->runner, result, &why);
    sim->wake_ms = sim->machine.now_ms;
}

/* ---- what happens meanwhile ---- */

static void user_acts(struct sim *sim) {
    struct scenario *s = &sim->s;
    if (dice_one_in(&sim->dice, s->keep_one_in)) {
        uint32_t who = dice_below(&sim->dice, s->people);
        campaign_keep(sim, who, sim->people[who].kept && dice_one_in(&sim->dice, 2));
    }
    if (dice_one_in(&sim->dice, s->pause_one_in)) {
        campaign_pause(sim, !sim->paused);
        /* The worker hears of it at once; a pause that it did not hear of it finds at its next
         * commit, a resume within a minute. */
        if (dice_one_in(&sim->dice, 2))
            runner_reload(&sim->runner);
    }
    if (dice_one_in(&sim->dice, s->stop_one_in) && !sim->stop_asked) {
        sim->stop_asked = sim->may_end[WINNOW_STOPPED] = true;
        runner_stop(&sim->runner, WINNOW_STOPPED, "stopped as asked");
        sim->wake_ms = sim->machine.now_ms;
        sim->met.signals++;
        sim_trace(sim, "signal");
    }
}

static void disk_fails(struct sim *sim) {
    static const uint64_t limits[] = {0, 4096, 8192, 40000, 120000, 400000};
    if (dice_one_in(&sim->dice, 3)) {
        sim->disk_full = sim->may_end[WINNOW_STORAGE] = true;
        machine_limit_files(limits[dice_below(&sim->dice, 6)]);
        sim->met.full_disks++;
        sim_trace(sim, "disk full");
    } else {
        sim->machine.next_fault = dice_one_in(&sim->dice, 2) ? DISK_REFUSES : DISK_LIES;
        sim->may_end[WINNOW_STORAGE] = true;
        sim->met.failed_commits++;
        sim_trace(sim, "the next commit fails");
    }
}

static void machine_acts(struct sim *sim) {
    struct scenario *s = &sim->s;
    int64_t now_ms = sim->machine.now_ms;
    if (dice_one_in(&sim->dice, s->suspend_one_in)) {
        sim->asleep_until_ms = now_ms + dice_between(&sim->dice, 1000, 40000000);
        sim->met.sleeps++;
        sim_trace(sim, "asleep for %lld ms", (long long)(sim->asleep_until_ms - now_ms));
    }
    if (dice_one_in(&sim->dice, s->clock_one_in)) {
        int64_t day = INT64_C(86400000);
        sim->machine.wall_offset_ms = dice_between(&sim->dice, -day, 2 * day);
        sim->met.clocks_set++;
        sim_trace(sim, "clock set to %lld ms off", (long long)sim->machine.wall_offset_ms);
    }
    if (dice_one_in(&sim->dice, s->rotate_elsewhere_one_in) && s->tokens)
        tokens_rotate_elsewhere(sim);
    if (dice_one_in(&sim->dice, s->drift_one_in))
        look_drift(sim);
    if (dice_one_in(&sim->dice, s->foreign_one_in)) {
        server_foreign_use(&sim->server, now_ms);
        sim->met.foreign_uses++;
    }
    /* Not again while an answer of the time before may still be asked about. */
    if (dice_one_in(&sim->dice, s->astray_one_in) &&
        now_ms >= sim->server.astray_until_ms + 2 * DRAIN_PRECHECK_FRESH_MS) {
        sim->server.astray_until_ms = now_ms + dice_between(&sim->dice, 1000, 4000000);
        sim->server.astray_wholly = dice_one_in(&sim->dice, 2);
        sim->met.astray++;
        sim_trace(sim, "the platform is astray");
    }
    if (dice_one_in(&sim->dice, s->outage_one_in)) {
        sim->outage_until_ms = now_ms + dice_between(&sim->dice, 1000, 20000000);
        sim->met.outages++;
    }
    if (dice_one_in(&sim->dice, s->disk_one_in))
        disk_fails(sim);
    if (dice_one_in(&sim->dice, s->crash_one_in) && dice_one_in(&sim->dice, 2))
        sim->machine.next_fault = dice_one_in(&sim->dice, 2) ? DISK_CRASH_BEFORE : DISK_CRASH_AFTER;
    else if (dice_one_in(&sim->dice, s->crash_one_in) && dice_one_in(&sim->dice, 4))
        sim->machine.dead = true; /* between two events */
}

/* Nothing else happens while the disk is about to fail: it would fail under others' hands. */
static void meanwhile(struct sim *sim) {
    if (sim->disk_full || sim->machine.next_fault != DISK_WELL ||
        sim->machine.struck != DISK_WELL || sim->machine.dead)
        return;
    user_acts(sim);
    rivals_act(sim);
    if (dice_one_in(&sim->dice, sim->s.lease_one_in) && sim->lease_lost_at == 0)
        rivals_take_lease(sim);
    if (sim->machine.next_fault == DISK_WELL)
        machine_acts(sim);
}

/* ---- the round ---- */

void drive_pass(struct sim *sim, int64_t until_ms) {
    for (;;) {
        int64_t at_ms = network_next(sim, false);
        if (at_ms > until_ms)
            break;
        if (at_ms > sim->machine.now_ms)
            sim->machine.now_ms = at_ms;
        network_arrivals(sim);
    }
    if (until_ms > sim->machine.now_ms)
        sim->machine.now_ms = until_ms;
}

/* Until when a fault stands in the way: the network away, a wait that the platform asked for... */
static int64_t blocked_until(const struct sim *sim) {
    if (sim->paused)
        return INT64_MAX;
    return later(sim->asleep_until_ms, later(sim->outage_until_ms, sim->use.asked_until_ms));
}

static void pass_measured(struct sim *sim, int64_t until_ms) {
    int64_t blocked_ms = blocked_until(sim);
    use_blocked(sim, blocked_ms < until_ms ? blocked_ms : until_ms);
    drive_pass(sim, until_ms);
}

/* The runner's alarm or the next answer; sleep delays both. */
static int64_t next_event(const struct sim *sim) {
    int64_t wake_ms = sim->wake_ms < sim->asleep_until_ms ? sim->asleep_until_ms : sim->wake_ms;
    int64_t answer_ms = network_next(sim, true);
    return wake_ms < answer_ms ? wake_ms : answer_ms;
}

/* Somebody resumes what is paused, when nothing else can happen. */
static int64_t resume(struct sim *sim) {
    if (!sim->paused)
        sim_violated(sim, 6, "the run stalls after %llu requests", (unsigned long long)sim->sends);
    pass_measured(sim, sim->machine.now_ms + dice_between(&sim->dice, 1, 5000000));
    sim->machine.next_fault = DISK_WELL; /* it would strike the user's own command */
    sim->disk_full = false;
    machine_limit_files(UINT64_MAX);
    campaign_pause(sim, false);
    if (dice_one_in(&sim->dice, 2))
        runner_reload(&sim->runner);
    return sim->machine.now_ms;
}

/* A paused worker only looks whether it still is. */
static bool only_looks(const struct sim *sim) {
    return sim->paused && network_next(sim, true) == INT64_MAX &&
           sim->runner.drain.run.phase == DRAIN_PAUSED;
}

static void hear(struct sim *sim) {
    for (uint32_t i;
         sim->asleep_until_ms <= sim->machine.now_ms && (i = network_due(sim)) != AIR_MAX;)
        deliver(sim, i);
}

/* The disk takes its time, and the world does not wait: answers, signals, the user. */
static void while_writing(struct sim *sim) {
    if (dice_one_in(&sim->dice, sim->s.stall_one_in) && !sim->machine.dead) {
        drive_pass(sim, sim->machine.now_ms + dice_below(&sim->dice, 500000)); /* SIGSTOP */
        sim->met.stalls++;
    }
    if (!dice_one_in(&sim->dice, 4) || sim->machine.dead)
        return;
    drive_pass(sim, sim->machine.now_ms + dice_below(&sim->dice, sim->s.commit_ms));
    hear(sim);
    meanwhile(sim);
    sim->turn.another = true; /* whatever came wants another turn */
}

/* What was staged so long ago must not leave any more (work/run/runner.h). */
static void expect_no_late_sends(struct sim *sim) {
    if (sim->machine.now_ms - sim->turn.now_ms <= RUNNER_SEND_LATEST_MS)
        return;
    for (uint32_t i = 0; i < sim->runner.staged.count; i++) {
        uint32_t flight = sim->runner.staged.flights[i];
        struct book_request *q = book_request(sim, sim->runner.flights[flight].number);
        q->said = SAID_NEVER_LEFT;
    }
    sim->turn.late = true;
}

/* One turn in its three steps. True when it is over. */
static bool turn(struct sim *sim) {
    sim->turn = (struct turn){.now_ms = sim->machine.now_ms,
                              .wall_offset_ms = sim->machine.wall_offset_ms,
                              .told_ms = sim->told_until_ms,
                              .danger = sim->danger};
    if (sim->s.tokens && credential_due(&sim->credential, port_now(sim)))
        drain_token_due(&sim->runner.drain);
    if (runner_begin(&sim->runner)) {
        while_writing(sim);
        sim->turn.paused = sim->paused;
        sim->turn.now_ms = sim->machine.now_ms; /* the runner looks at the clock once more */
        if (sim->machine.dead)
            return false;
        runner_write(&sim->runner);
        sim->writes += sim->machine.struck == DISK_WELL && !sim->machine.dead && !sim->disk_full;
        sim->turn.commit = sim->machine.commits;
        if (sim->machine.dead)
            return false;
        book_check(sim);
        while_writing(sim);
        if (sim->machine.dead)
            return false;
    }
    expect_no_late_sends(sim);
    runner_end(&sim->runner);
    if (sim->machine.struck != DISK_WELL && !sim->ended && !sim->machine.dead)
        sim_violated(sim, 7, "a commit failed, and the run goes on");
    if (sim->turn.another)
        sim->wake_ms = sim->machine.now_ms;
    return !sim->machine.dead;
}

static void wait(struct sim *sim) {
    int64_t at_ms = next_event(sim);
    if (at_ms == INT64_MAX || (only_looks(sim) && dice_one_in(&sim->dice, 8)))
        at_ms = resume(sim);
    if (at_ms > sim->machine.now_ms && dice_one_in(&sim->dice, 2))
        pass_measured(sim, dice_between(&sim->dice, sim->machine.now_ms, at_ms));
    meanwhile(sim);
    if (sim->asleep_until_ms <= sim->machine.now_ms && dice_one_in(&sim->dice, 16))
        return; /* a turn before its time: the alarm comes at least once a minute */
    at_ms = next_event(sim);
    if (at_ms != INT64_MAX) /* an alarm may be late */
        pass_measured(sim, at_ms + (dice_one_in(&sim->dice, 4) ? dice_below(&sim->dice, 30) : 0));
    hear(sim);
}

static void step(struct sim *sim) {
    if (!turn(sim))
        return;
    book_check(sim);
    if (sim->runner.drain.fault.text[0] != '\0')
        sim_violated(sim, 6, "the drain made a move that may not happen: %s",
                     sim->runner.drain.fault.text);
    if (sim->refreshing)
        refreshed(sim);
    else if (!sim->ended)
        wait(sim);
}

/* Why a run may end, and how: invariants 7 and 9. */
static void check_ended(struct sim *sim) {
    bool storage = sim->code == WINNOW_STORAGE || sim->code == WINNOW_BUSY;
    if (!sim->may_end[sim->code])
        sim_violated(sim, 6, "the run ends without a cause: %s: %s", winnow_code_name(sim->code),
                     sim->reason);
    if (sim->code != WINNOW_OK && sim->reason[0] == '\0')
        sim_violated(sim, 9, "the run ends with %s and does not say why",
                     winnow_code_name(sim->code));
    if (sim->code == WINNOW_OK && sim->book.open > 0)
        sim_violated(sim, 3, "the run is done, and %u entries are open", sim->book.open);
    if (sim->machine.struck != DISK_WELL && sim->code != WINNOW_STORAGE)
        sim_violated(sim, 7, "a commit failed, and the run ends with %s",
                     winnow_code_name(sim->code));
    if (storage)
        runner_turn(&sim->runner); /* nothing more leaves, whatever comes */
    for (uint32_t i = 0; i < sim->air_count && !storage; i++)
        if (sim->air[i].process == sim->process && sim->air[i].answers_ms != INT64_MAX)
            sim_violated(sim, 3, "the run ends with %s and does not wait for request %u",
                         winnow_code_name(sim->code), sim->air[i].request);
}

void drive_run(struct sim *sim) {
    begin_run(sim);
    for (uint64_t steps = 0; !sim->ended && !sim->crashed; steps++) {
        if (steps == EVENTS_WITH_FAULTS && !sim->use.measured)
            scenario_calm(&sim->s); /* invariant 6: when faults stop, it ends */
        if (steps == EVENTS_MAX && !sim->use.measured)
            sim_violated(sim, 6, "the run does not end");
        step(sim);
        sim->events++;
        sim->crashed = sim->machine.dead;
    }
    if (sim->ended)
        check_ended(sim);
    else
        sim->met.crashes++;
    if (sim->runner_open)
        runner_close(&sim->runner); /* frees memory; writes nothing */
    sim->runner_open = false;
}
