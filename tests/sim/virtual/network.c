/* Requests under way: what is on the wire, when it arrives, what the process hears. A request that
 * has left reaches the platform before the process gives up on it, or never; the same when the
 * process dies: before the next one starts, or never (docs/reliability.md, Conditions). */
#include "sim.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_MS 30000

/* ---- which followees a request is about ---- */

static bool parse_number(const char **at, uint32_t *number) {
    char *end;
    unsigned long value = strtoul(*at, &end, 10);
    if (end == *at || value > UINT32_MAX)
        return false;
    *at = end;
    *number = (uint32_t)value;
    return true;
}

/* "prefix", a number, "suffix" and nothing more. */
static bool number_between(const char *text, const char *prefix, const char *suffix,
                           uint32_t *number) {
    size_t size = strlen(prefix);
    if (strncmp(text, prefix, size) != 0)
        return false;
    text += size;
    return parse_number(&text, number) && strcmp(text, suffix) == 0;
}

static bool read_rkey(const char *rkey, struct on_server *to) {
    uint32_t key;
    if (rkey == NULL || *rkey++ != 'p' || !parse_number(&rkey, &to->number) || *rkey++ != 'k' ||
        !parse_number(&rkey, &key) || *rkey != '\0')
        return false;
    to->key = (uint8_t)key;
    return true;
}

static uint32_t read_writes(const struct http_request *q, struct on_server *targets) {
    json_t *body = json_loadb(q->body.at, q->body.size, 0, NULL);
    json_t *writes = json_object_get(body, "writes");
    uint32_t count = writes == NULL ? 1 : (uint32_t)json_array_size(writes);
    bool ok = count >= 1 && count <= DRAIN_BATCH_MAX;
    for (uint32_t i = 0; i < count && ok; i++) {
        json_t *one = writes == NULL ? body : json_array_get(writes, i);
        ok = read_rkey(json_string_value(json_object_get(one, "rkey")), &targets[i]);
    }
    json_decref(body);
    return ok ? count : 0;
}

static bool read_target(const struct sim *sim, const struct http_request *q, struct on_server *to) {
    static const struct {
        enum http_method method;
        const char *prefix, *suffix;
    } forms[] = {
        [ON_X] = {HTTP_DELETE, "/2/users/1/following/", ""},
        [ON_MASTODON] = {HTTP_POST, "/api/v1/accounts/", "/unfollow"},
        [ON_GITHUB] = {HTTP_DELETE, "/user/following/login", ""},
    };
    char text[256];
    uint32_t id;
    snprintf(text, sizeof text, "%.*s", (int)q->target.size, q->target.at);
    if (q->method != forms[sim->s.which].method ||
        !number_between(text, forms[sim->s.which].prefix, forms[sim->s.which].suffix, &id) ||
        id < 1000)
        return false;
    *to = (struct on_server){id - 1000, 0};
    return true;
}

uint32_t network_read(struct sim *sim, const struct http_request *q,
                      struct on_server targets[DRAIN_BATCH_MAX]) {
    uint32_t count =
        sim->s.which == ON_BLUESKY ? read_writes(q, targets) : read_target(sim, q, &targets[0]);
    bool ok = count > 0 && count <= sim->s.batch_max;
    for (uint32_t i = 0; i < count && ok; i++)
        ok = targets[i].number < sim->s.people &&
             targets[i].key < sim->people[targets[i].number].keys;
    if (!ok)
        sim_violated(sim, 0, "a request of %u entries that the platform does not know: %.*s", count,
                     (int)q->target.size, q->target.at);
    return count;
}

/* ---- leaving ---- */

static enum mishap draw_mishap(struct sim *sim) {
    struct scenario *s = &sim->s;
    if (sim->connection_broken) { /* found dead: nothing left, or who knows */
        sim->connection_broken = false;
        return dice_one_in(&sim->dice, 2) ? MISHAP_NOT_SENT : MISHAP_LOST_REQUEST;
    }
    if (sim->outage_until_ms > sim->machine.now_ms)
        return MISHAP_NOT_SENT;
    if (s->mishaps_left == 0 || !dice_one_in(&sim->dice, s->mishap_one_in))
        return MISHAP_NONE;
    enum mishap mishap = (enum mishap)(1 + dice_below(&sim->dice, MISHAPS - 1));
    if ((s->mishap_mix >> mishap & 1) == 0)
        return MISHAP_NONE;
    s->mishaps_left--;
    return mishap;
}

static void route(struct sim *sim, struct air *a) {
    int64_t now_ms = sim->machine.now_ms;
    int64_t there_ms = now_ms + dice_below(&sim->dice, sim->s.latency_ms);
    int64_t back_ms = there_ms + 1 + dice_below(&sim->dice, sim->s.latency_ms);
    bool no_answer = a->mishap == MISHAP_LOST_REPLY || a->mishap == MISHAP_LOST_REQUEST;
    a->arrives_ms = there_ms;
    a->answers_ms = no_answer ? now_ms + TIMEOUT_MS : back_ms;
    if (a->answers_ms < there_ms)
        a->answers_ms = there_ms;
    if (a->mishap == MISHAP_LOST_REQUEST || a->mishap == MISHAP_NOT_SENT)
        a->arrives_ms = INT64_MAX;
    if (a->mishap == MISHAP_REPEATED) {
        a->again_ms = dice_between(&sim->dice, there_ms, back_ms);
        a->second_answer = dice_one_in(&sim->dice, 2);
    }
}

void network_send(struct sim *sim, const struct air *what, const struct on_server *targets) {
    if (sim->air_count == AIR_MAX)
        sim_violated(sim, 0, "more requests under way than there can be");
    struct air *a = &sim->air[sim->air_count++];
    uint32_t count = what->count;
    a->flight = what->flight;
    a->request = what->request;
    a->precheck = what->precheck;
    a->question = what->question;
    a->token = what->token;
    a->plan = sim->book.plan;
    a->process = sim->process;
    a->sent_ms = sim->machine.now_ms;
    a->again_ms = INT64_MAX;
    a->second_answer = false;
    a->count = count;
    memcpy(a->targets, targets, count * sizeof *targets);
    a->mishap = draw_mishap(sim);
    sim->met.mishaps[a->mishap]++;
    memset(&a->answer, 0, offsetof(struct answer, headers));
    a->answer.headers[0] = a->answer.body[0] = '\0';
    a->answer.end = a->mishap == MISHAP_NOT_SENT ? HTTP_NOT_SENT : HTTP_IN_DOUBT;
    a->answer.said = a->mishap == MISHAP_NOT_SENT ? SAID_NEVER_LEFT : SAID_NOTHING;
    route(sim, a);
    sim_trace(sim, "%s %u leaves: %u entries, first followee %u, mishap %d",
              a->precheck ? "look" : "request", a->request, count, targets[0].number, a->mishap);
}

/* ---- arriving ---- */

/* Invariant 2, at the one place where it can be broken. */
void network_audit(struct sim *sim) {
    for (uint32_t i = 0; i < sim->server.audit_count; i++) {
        struct meter *m = &sim->server.meters[i];
        uint64_t own = meter_own(m, server_clock(&sim->server, sim->machine.now_ms));
        if (own > m->limit)
            sim_violated(sim, 2, "%s: %" PRIu64 " of %" PRIu64 " in %" PRId64 " ms", m->name, own,
                         m->limit, m->period_ms);
    }
}

static void forget_answer(struct answer *a) {
    a->end = HTTP_IN_DOUBT;
    a->said = SAID_NOTHING;
    a->danger = a->credential = a->expired = a->young = a->ambiguous = a->redirected = false;
    a->doubtful = false;
    a->told_ms = 0;
    a->headers[0] = a->body[0] = '\0';
}

static void arrive(struct sim *sim, struct air *a, bool again) {
    static struct answer unheard;
    bool heard = !again || a->second_answer;
    struct answer *answer = heard ? &a->answer : &unheard;
    forget_answer(answer);
    sim->server.repeated = again;
    sim->server.presented = a->token;
    sim->server.question = a->question;
    (a->precheck ? server_look : server_take)(&sim->server, sim->machine.now_ms,
                                              again ? MISHAP_NONE : a->mishap, a->targets, a->count,
                                              answer);
    network_audit(sim);
    if (a->mishap == MISHAP_LOST_REPLY || a->mishap == MISHAP_CUT)
        forget_answer(answer);
    if (a->mishap == MISHAP_TOO_LARGE) {
        forget_answer(answer);
        answer->end = HTTP_TOO_LARGE;
    }
    if (a->mishap == MISHAP_REPLY_TWICE)
        sim->connection_broken = true;
}

void network_arrivals(struct sim *sim) {
    for (uint32_t i = 0; i < sim->air_count; i++) {
        struct air *a = &sim->air[i];
        if (a->arrives_ms <= sim->machine.now_ms) {
            a->arrives_ms = INT64_MAX;
            arrive(sim, a, false);
        } else if (a->again_ms <= sim->machine.now_ms) {
            a->again_ms = INT64_MAX;
            arrive(sim, a, true);
        }
        if (a->process != sim->process && a->arrives_ms == INT64_MAX && a->again_ms == INT64_MAX)
            network_drop(sim, i--);
    }
}

static int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

int64_t network_next(const struct sim *sim, bool hear) {
    int64_t at_ms = INT64_MAX;
    for (uint32_t i = 0; i < sim->air_count; i++) {
        const struct air *a = &sim->air[i];
        at_ms = least(at_ms, least(a->arrives_ms, a->again_ms));
        if (hear && a->process == sim->process)
            at_ms = least(at_ms, a->answers_ms < sim->asleep_until_ms ? sim->asleep_until_ms
                                                                      : a->answers_ms);
    }
    return at_ms;
}

uint32_t network_due(const struct sim *sim) {
    for (uint32_t i = 0; i < sim->air_count; i++)
        if (sim->air[i].process == sim->process && sim->air[i].answers_ms <= sim->machine.now_ms)
            return i;
    return AIR_MAX;
}

void network_drop(struct sim *sim, uint32_t i) {
    sim->air_count--;
    if (i != sim->air_count)
        sim->air[i] = sim->air[sim->air_count];
}

void network_orphan(struct sim *sim, int64_t restart_ms) {
    for (uint32_t i = 0; i < sim->air_count; i++) {
        struct air *a = &sim->air[i];
        a->process = 0;
        a->again_ms = INT64_MAX;
        if (a->arrives_ms > restart_ms && a->arrives_ms != INT64_MAX)
            a->arrives_ms = dice_one_in(&sim->dice, 3)
                                ? INT64_MAX
                                : dice_between(&sim->dice, sim->machine.now_ms, restart_ms);
    }
}
