/* run: a runner on the real network. Happy path: take the campaign's lock, open loop, client and
 * control socket, turn once per turn of the loop until the drain ends, tidy up. The first
 * winnow_stop finishes what is in flight, a second leaves at once (what is in flight is in doubt
 * then, and asked again by the next run); winnow_ask asks for a status line. */
#include <stdio.h>
#include <string.h>

#include "io/control.h"
#include "io/http/http_client.h"
#include "io/loop.h"
#include "work/budgets/money.h"
#include "work/run/run_options.h"
#include "work/run/runner.h"
#include "work/session/caller.h"
#include "work/session/refresh.h"

#define CONNECT_TIMEOUT_MS 10000
#define TIMEOUT_MS         30000

/* Beside the runner's flights, whose numbers are small. */
#define REFRESH_FLIGHT UINT64_MAX

struct run {
    struct winnow *w;
    const struct winnow_run_options *options;
    struct store_campaign campaign;
    const struct platform *platform;
    struct process_lock lock;
    struct loop loop;
    struct http_client *client;
    struct control *control;
    struct credential credential;
    struct runner runner;
    struct refresh refresh;
    bool refreshing, refreshed; /* its request is in the air; its result was not told yet */
    int refresh_result;
    struct winnow_error refresh_why;
    uv_check_t turn; /* one turn of the runner for all answers of a turn of the loop */
    uv_idle_t soon;  /* keeps the loop from sleeping when a turn is wanted */
    uv_work_t write; /* a turn's commit, beside the loop: answers are read while it waits */
    bool turn_wanted, writing, stopping, leaving;
    bool status_wanted; /* asked for during a write */
    bool runner_open, loop_open;
    enum winnow_code end_code;
    char end_reason[WINNOW_ERROR_TEXT_MAX];
};

static void on_nothing(uv_idle_t *idle) {
    (void)idle;
}

static void want_turn(struct run *run) {
    run->turn_wanted = true;
    if (!run->writing)
        uv_idle_start(&run->soon, on_nothing);
}

static void tell_status(struct run *run) {
    run->status_wanted = run->writing;
    if (!run->writing && run->options->hooks.asked != NULL)
        run->options->hooks.asked(run->options->hooks.context);
}

static void on_write(uv_work_t *work) {
    struct run *run = work->data;
    runner_write(&run->runner);
}

static void on_written(uv_work_t *work, int status) {
    struct run *run = work->data;
    (void)status; /* never cancelled */
    run->writing = false;
    if (run->leaving)
        return;
    runner_end(&run->runner);
    if (run->status_wanted)
        tell_status(run);
    if (run->turn_wanted)
        want_turn(run);
}

static void on_turn(uv_check_t *check) {
    struct run *run = check->data;
    if (!run->turn_wanted || run->writing)
        return;
    run->turn_wanted = false;
    uv_idle_stop(&run->soon);
    if (run->refreshed)
        runner_refreshed(&run->runner, run->refresh_result, &run->refresh_why);
    run->refreshed = false;
    if (credential_due(&run->credential, clock_now(&run->w->clock)))
        drain_token_due(&run->runner.drain);
    if (!runner_begin(&run->runner)) {
        runner_end(&run->runner);
        return;
    }
    run->writing = true;
    run->write.data = run;
    uv_queue_work(&run->loop.uv, &run->write, on_write, on_written);
}

/* ---- the runner's port ---- */

static int64_t port_now(void *context) {
    const struct run *run = context;
    return clock_now(&run->w->clock);
}

static int64_t port_local_offset_ms(void *context) {
    const struct run *run = context;
    return clock_local_offset(&run->w->clock);
}

static void on_answer(void *context, uint64_t id, const struct http_response *response) {
    struct run *run = context;
    runner_answer(&run->runner, (uint32_t)id, response);
    want_turn(run);
}

static int port_send(void *context, uint32_t flight, const struct http_request *request,
                     struct winnow_error *err) {
    struct run *run = context;
    return http_client_send(run->client, flight, request,
                            credential_secret(&run->credential, request->secret), on_answer, run,
                            err);
}

static void port_wake_at(void *context, int64_t at_ms) {
    struct run *run = context;
    loop_wake_at(&run->loop, at_ms);
}

static void port_hide(void *context, char *text) {
    const struct run *run = context;
    credential_hide(&run->credential, text);
}

static void port_ended(void *context, enum winnow_code code, const char *reason) {
    struct run *run = context;
    run->end_code = code;
    snprintf(run->end_reason, sizeof run->end_reason, "%s", reason);
    loop_stop(&run->loop);
}

/* What came of a refresh is told between two writes: the runner's state is the writer's meanwhile. */
static void refresh_over(struct run *run, int result) {
    run->credential = run->refresh.credential;
    refresh_end(&run->refresh);
    run->refreshing = false;
    run->refreshed = true;
    run->refresh_result = result;
    hooks_log(&run->options->hooks, 2, "event=refresh campaign=%s result=%s", run->campaign.name,
              result == REFRESH_DONE    ? "ok"
              : result == REFRESH_TAKEN ? "taken"
                                        : winnow_code_name(run->refresh_why.code));
    want_turn(run);
}

static void on_pair(void *context, uint64_t id, const struct http_response *response) {
    struct run *run = context;
    (void)id;
    refresh_over(run, refresh_answer(&run->refresh, response, &run->refresh_why));
}

/* A flight like others: answers, signals and other terminals are heard while it is in the air. */
static void port_refresh(void *context) {
    struct run *run = context;
    const struct refresh refresh = {run->w, run->platform, &run->campaign,
                                    .credential = run->credential};
    run->refresh = refresh;
    run->refresh_why = (struct winnow_error){0};
    run->refreshing = true;
    int result = refresh_begin(&run->refresh, false, &run->refresh_why);
    const struct http_request *request = &run->refresh.request;
    if (result == REFRESH_DONE &&
        http_client_send(run->client, REFRESH_FLIGHT, request,
                         credential_secret(&run->refresh.credential, request->secret), on_pair, run,
                         &run->refresh_why) == 0)
        return;
    refresh_over(run, result == REFRESH_DONE ? -1 : result);
}

/* ---- events ---- */

/* The first stop lets what is in flight come home, the second does not. */
static void on_stopped(void *context) {
    struct run *run = context;
    if (run->stopping) {
        run->leaving = true;
        port_ended(run, WINNOW_STOPPED,
                   "left at once: what was in flight is in doubt and will be asked again; run the "
                   "same command to go on");
        return;
    }
    run->stopping = true;
    runner_stop(&run->runner, WINNOW_STOPPED, "stopped as asked; run the same command to go on");
    want_turn(run);
}

static void on_asked(void *context) {
    tell_status(context);
}

static void on_due(void *context) {
    want_turn(context);
}

static void on_word(void *context, const char *word) {
    struct run *run = context;
    (void)word;
    runner_reload(&run->runner);
    want_turn(run);
}

/* ---- opening ---- */

static int open_client(struct run *run, uint32_t connections, struct winnow_error *err) {
    struct http_client_options options = {
        .server = run->campaign.server,
        .connections = connections,
        .connect_timeout_ms = CONNECT_TIMEOUT_MS,
        .timeout_ms = run->options->timeout_ms > 0 ? run->options->timeout_ms : TIMEOUT_MS,
        .user_agent = caller_user_agent,
        .now = port_now,
        .now_context = run,
    };
    return http_client_open(&run->client, &run->loop.uv, &options, err);
}

static int open_loop(struct run *run, uint32_t connections, struct winnow_error *err) {
    char path[PATH_MAX];
    struct loop_events events = {run, on_stopped, on_asked, on_due};
    if (loop_open(&run->loop, &run->w->clock, &run->w->interrupt, &events, err) != 0)
        return -1;
    run->loop_open = true;
    uv_check_init(&run->loop.uv, &run->turn);
    uv_idle_init(&run->loop.uv, &run->soon);
    run->turn.data = run;
    uv_check_start(&run->turn, on_turn);
    if (state_path(run->w, "run", run->campaign.name, ".sock", path, err) != 0 ||
        control_open(&run->control, &run->loop.uv, path, on_word, run, err) != 0)
        return -1;
    return open_client(run, connections, err);
}

/* The cap on money is on all that the campaign spends, on reads too. */
static int spent_so_far(struct run *run, int64_t *micro, struct winnow_error *err) {
    struct store_txn *t;
    if (store_read(run->w->store, &t, err) != 0)
        return -1;
    int result = money_total(t, run->campaign.id, micro, err);
    store_abort(t);
    return result;
}

static int open_run(struct run *run, struct winnow_error *err) {
    const struct winnow_run_options *o = run->options;
    struct runner_port port = {
        .context = run,
        .now = port_now,
        .local_offset_ms = port_local_offset_ms,
        .send = port_send,
        .wake_at = port_wake_at,
        .refresh = port_refresh,
        .hide = port_hide,
        .ended = port_ended,
    };
    struct drain_options options;
    struct run_note note;
    if (run_options_note(run->w, &run->campaign, o, &note, err) != 0)
        return -1;
    note.pid = getpid();
    if (run_options_drain(run->w, run->platform, o, &note, &options, err) != 0 ||
        credential_read(run->w, &run->campaign, &run->credential, err) != 0 ||
        open_loop(run, options.in_flight_max, err) != 0 ||
        runner_open(&run->runner, run->w, run->campaign.name, &note, &options, &port, &o->hooks,
                    err) != 0)
        return -1;
    run->runner_open = true;
    int64_t spent_micro;
    if ((o->buy_profiles && runner_buy(&run->runner, err) != 0) ||
        spent_so_far(run, &spent_micro, err) != 0)
        return -1;
    return run_options_caps(o, run->platform, spent_micro, &run->runner.limiter, err);
}

static void close_run(struct run *run) {
    while (run->writing) /* left at once: what is being committed is let through */
        uv_run(&run->loop.uv, UV_RUN_ONCE);
    if (run->client != NULL)
        http_client_close(run->client);
    if (run->refreshing)
        refresh_end(&run->refresh);
    if (run->control != NULL)
        control_close(run->control);
    if (run->loop_open) {
        uv_close((uv_handle_t *)&run->turn, NULL);
        uv_close((uv_handle_t *)&run->soon, NULL);
        loop_close(&run->loop);
    }
    if (run->runner_open)
        runner_close(&run->runner);
    credential_wipe(&run->credential);
    run->w->running[0] = '\0';
    process_lock_release(&run->lock);
}

/* The plan must still be the one that the user agreed to. */
static int check_digest(struct run *run, struct winnow_error *err) {
    struct winnow_status status;
    if (run->options->digest == NULL)
        return 0;
    if (winnow_status(run->w, run->campaign.name, &status, err) != 0)
        return -1;
    if (strcmp(status.plan.digest, run->options->digest) == 0)
        return 0;
    return winnow_fail(err, WINNOW_BAD_INPUT,
                       "the plan is %.12s now and not %.12s, which you agreed to: look at it with "
                       "`winnow show %s`, then run again",
                       status.plan.digest, run->options->digest, run->campaign.name);
}

static int drain_campaign(struct run *run, struct winnow_error *err) {
    if (check_digest(run, err) != 0 || open_run(run, err) != 0)
        return -1;
    hooks_log(&run->options->hooks, 2, "event=start campaign=%s entries=%u settled_before=%u",
              run->campaign.name, run->runner.progress.total,
              run->runner.progress.cursor - run->runner.progress.open);
    want_turn(run);
    loop_run(&run->loop);
    hooks_log(&run->options->hooks, 2, "event=end campaign=%s code=%s reason=\"%s\"",
              run->campaign.name, winnow_code_name(run->end_code), run->end_reason);
    return run->end_code == WINNOW_OK ? 0 : winnow_fail(err, run->end_code, "%s", run->end_reason);
}

/* Why it failed is also left in the lock's file: a full disk does not take it into the store. */
static int run_locked(struct run *run, struct winnow_error *err) {
    char path[PATH_MAX];
    struct winnow_error why = {0};
    if (state_path(run->w, "run", run->campaign.name, ".lock", path, err) != 0)
        return -1;
    if (process_lock_take(path, &run->lock, err) != 0)
        return winnow_fail_at(err, "campaign %s", run->campaign.name);
    memcpy(run->w->running, run->campaign.name, sizeof run->w->running);
    if (drain_campaign(run, &why) == 0)
        return 0;
    process_lock_say(&run->lock, why.text);
    return winnow_fail(err, why.code, "%s", why.text);
}

int winnow_run(struct winnow *w, const char *name, const struct winnow_run_options *options,
               struct winnow_error *err) {
    struct run run = {.w = w, .options = options, .lock = {-1}};
    if (state_campaign(w, name, &run.campaign, &run.platform, err) != 0)
        return -1;
    if (!run.campaign.verified) {
        char command[CREDENTIAL_COMMAND_MAX];
        credential_command(w, &run.campaign, command, sizeof command);
        return winnow_fail(err, WINNOW_CREDENTIAL, "nobody is logged in: run `%s`", command);
    }
    int result = run_locked(&run, err);
    close_run(&run);
    state_call_ended(w);
    return result;
}

/* ---- from another terminal ---- */

static int set_paused(struct winnow *w, const char *name, bool paused, struct winnow_error *err) {
    struct store_campaign c;
    struct store_txn *t;
    char path[PATH_MAX];
    bool heard;
    if (store_write_of(w->store, name, &c, &t, err) != 0)
        return -1;
    if (run_paused_put(t, c.id, paused, err) != 0 || state_stamp(w, t, err) != 0) {
        store_abort(t);
        return -1;
    }
    if (store_commit(t, err) != 0 || state_path(w, "run", name, ".sock", path, err) != 0)
        return -1;
    /* A worker that does not hear obeys at its next commit, which comes before any request. */
    return control_send(path, "poke", &heard, err);
}

int winnow_pause(struct winnow *w, const char *name, struct winnow_error *err) {
    return set_paused(w, name, true, err);
}

int winnow_resume(struct winnow *w, const char *name, struct winnow_error *err) {
    return set_paused(w, name, false, err);
}
