/* Requests asked one at a time: see asked.h. Happy path: it leaves, is counted and served, and its
 * answer comes. Goes wrong as the others do: not sent, lost, cut, too busy, broken; and the process
 * dies at any step of it, or at any step of a file that it writes then (machine.h): whatever it
 * does after that reaches nobody. */
#include "asked.h"
#include "sim.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "io/loop.h"

#define TIMEOUT_MS 60000

struct http_client { /* all that a caller has of it */
    int nothing;
};

static struct sim *sim;
static struct http_client client;

void asked_use(struct sim *s) {
    sim = s;
}

void asked_begin(struct sim *s, bool foreign) {
    s->asked.foreign = foreign;
    s->asked.faults = 0;
    s->asked.refused = s->asked.answered_ok = false;
}

/* ---- one transfer ---- */

enum fault {
    FAULT_NONE,
    FAULT_NOT_SENT,
    FAULT_LOST_REQUEST,
    FAULT_LOST_REPLY,
    FAULT_CUT,
    FAULT_BUSY,
    FAULT_BROKEN,
    FAULT_ODD,
    FAULTS
};

static enum fault draw_fault(void) {
    if (sim->outage_until_ms > sim->machine.now_ms) {
        sim->asked.faults++;
        return FAULT_NOT_SENT;
    }
    if (!dice_one_in(&sim->dice, sim->s.ask_fault_one_in))
        return FAULT_NONE;
    sim->asked.faults++;
    sim->met.ask_faults++;
    return (enum fault)(1 + dice_below(&sim->dice, FAULTS - 1));
}

static void serve(enum fault fault) {
    struct asked *q = &sim->asked;
    struct asked_answer *a = &q->answer;
    bool own = !q->foreign;
    sim->server.repeated = !own;
    server_count_read(&sim->server, sim->machine.now_ms);
    sim->server.repeated = false;
    network_audit(sim);
    if (fault == FAULT_BUSY) {
        a->status = 429;
        snprintf(a->headers, sizeof a->headers, "Retry-After: %u\r\n",
                 1 + dice_below(&sim->dice, 100));
    } else if (fault == FAULT_BROKEN) {
        a->status = 503;
    } else if (fault == FAULT_ODD) {
        a->status = 200;
        snprintf(a->body, sizeof a->body, "%s", "<html>be right back</html>");
    } else {
        asked_route(sim, q->request, q->secret, a);
    }
}

/* The process dies; the loop comes back as if it had been interrupted, and all that it does from
 * here on is for nothing. */
static void die(struct loop *l) {
    sim->machine.dead = true;
    l->events.stopped(l->events.context);
}

static bool dies_here(void) {
    return !sim->asked.foreign && machine_step(&sim->machine);
}

static int64_t drawn_latency(void) {
    return sim->machine.now_ms + 1 + dice_below(&sim->dice, sim->s.latency_ms);
}

/* To the server and back. False: the process died on the way. */
static bool carry(enum fault fault) {
    bool lost = fault == FAULT_LOST_REQUEST || fault == FAULT_LOST_REPLY;
    drive_pass(sim, drawn_latency());
    if (dies_here()) {
        if (fault != FAULT_LOST_REQUEST && dice_one_in(&sim->dice, 2))
            serve(fault);
        return false;
    }
    if (fault != FAULT_LOST_REQUEST)
        serve(fault);
    if (dies_here())
        return false;
    drive_pass(sim, lost ? sim->machine.now_ms + TIMEOUT_MS : drawn_latency());
    return !dies_here();
}

static bool asks_for_token(const struct http_request *q) {
    return q->target.size > 0 && (strstr(buffer_text(&q->target), "refreshSession") != NULL ||
                                  strstr(buffer_text(&q->target), "oauth2/token") != NULL);
}

/* A fetch may die at this request, at the pair's file behind it, or at the next page's commit. */
static void draw_death(const struct asked *q) {
    struct machine *m = &sim->machine;
    if (!q->may_die || m->steps_left >= 0)
        return;
    if (asks_for_token(q->request) && dice_one_in(&sim->dice, sim->s.rotation_crash_one_in))
        m->steps_left = (int)dice_below(&sim->dice, 7);
    else if (dice_one_in(&sim->dice, sim->s.crash_one_in))
        m->steps_left = (int)dice_below(&sim->dice, 3);
    else if (dice_one_in(&sim->dice, sim->s.crash_one_in))
        m->next_fault = (enum disk_fault)(1 + dice_below(&sim->dice, 4));
}

static void transfer(struct loop *l) {
    struct asked *q = &sim->asked;
    enum fault fault = draw_fault();
    bool whole = fault == FAULT_NONE || fault >= FAULT_BUSY;
    draw_death(q);
    q->waiting = false;
    q->whoami = false;
    q->answer.status = 0;
    q->answer.headers[0] = q->answer.body[0] = '\0';
    if (fault != FAULT_NOT_SENT && !carry(fault)) {
        die(l);
        return;
    }
    struct http_response r = {.end = fault == FAULT_NOT_SENT ? HTTP_NOT_SENT
                                     : whole                 ? HTTP_DONE
                                                             : HTTP_IN_DOUBT,
                              .received_ms = clock_now(&sim->w->clock)};
    sim_trace(sim, "asked %.*s: fault %d, status %d %.200s",
              (int)(q->request->target.size < 100 ? q->request->target.size : 100),
              q->request->target.at, fault, q->answer.status, q->answer.body);
    if (whole) {
        r.status = q->answer.status;
        r.headers = (struct text){q->answer.headers, (uint32_t)strlen(q->answer.headers)};
        r.body = (struct text){q->answer.body, (uint32_t)strlen(q->answer.body)};
    } else {
        q->answered_ok = false;
    }
    if (asks_for_profile(buffer_text(&q->request->target)))
        sim->reading.told_heard = q->whoami && fault == FAULT_NONE;
    q->odd_profile =
        asks_for_profile(buffer_text(&q->request->target)) ? fault == FAULT_ODD : q->odd_profile;
    q->done(q->context, q->id, &r);
}

/* ---- under the caller ---- */

int __wrap_loop_open(struct loop *l, const struct engine_clock *clock, struct interrupt *interrupt,
                     const struct loop_events *events, struct winnow_error *err);
void __wrap_loop_wake_at(struct loop *l, int64_t engine_ms);
void __wrap_loop_run(struct loop *l);
void __wrap_loop_stop(struct loop *l);
void __wrap_loop_close(struct loop *l);
int __wrap_http_client_open(struct http_client **out, uv_loop_t *loop,
                            const struct http_client_options *options, struct winnow_error *err);
int __wrap_http_client_send(struct http_client *c, uint64_t id, const struct http_request *request,
                            const char *secret, http_done done, void *context,
                            struct winnow_error *err);
void __wrap_http_client_abort_all(struct http_client *c);
void __wrap_http_client_close(struct http_client *c);

int __wrap_loop_open(struct loop *l, const struct engine_clock *clock, struct interrupt *interrupt,
                     const struct loop_events *events, struct winnow_error *err) {
    (void)err;
    (void)interrupt;
    l->clock = clock;
    l->events = *events;
    l->deadline_ms = INT64_MAX;
    return 0;
}

void __wrap_loop_wake_at(struct loop *l, int64_t engine_ms) {
    l->deadline_ms = engine_ms;
}

/* One event, after which every caller stops the loop. */
void __wrap_loop_run(struct loop *l) {
    if (sim->machine.dead) {
        die(l);
    } else if (sim->asked.waiting) {
        transfer(l);
    } else {
        int64_t wait_ms = l->deadline_ms - clock_now(l->clock);
        if (l->deadline_ms == INT64_MAX)
            sim_violated(sim, 6, "a caller waits for nothing");
        drive_pass(sim, sim->machine.now_ms + (wait_ms > 0 ? wait_ms : 0));
        l->events.due(l->events.context);
    }
}

void __wrap_loop_stop(struct loop *l) {
    (void)l;
}

void __wrap_loop_close(struct loop *l) {
    (void)l;
}

int __wrap_http_client_open(struct http_client **out, uv_loop_t *loop,
                            const struct http_client_options *options, struct winnow_error *err) {
    (void)loop;
    (void)options;
    (void)err;
    *out = &client;
    return 0;
}

int __wrap_http_client_send(struct http_client *c, uint64_t id, const struct http_request *request,
                            const char *secret, http_done done, void *context,
                            struct winnow_error *err) {
    struct asked *q = &sim->asked;
    (void)c;
    if (sim->machine.dead)
        return winnow_fail(err, WINNOW_FAILED, "the process is dead");
    q->waiting = true;
    q->request = request;
    snprintf(q->secret, sizeof q->secret, "%s", secret == NULL ? "" : secret);
    q->done = done;
    q->context = context;
    q->id = id;
    return 0;
}

void __wrap_http_client_abort_all(struct http_client *c) {
    (void)c;
    sim->asked.waiting = false;
}

void __wrap_http_client_close(struct http_client *c) {
    (void)c;
}
