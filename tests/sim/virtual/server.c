/* The platform: see server.h. Happy path: the request is counted, the windows grant it, the follow
 * is taken back, the answer says so and tells what is left. */
#include "server.h"

#include <stdio.h>
#include <string.h>

static void set_meter(struct meter *m, const struct budget_drawn *b) {
    *m = (struct meter){.kind = b->counts,
                        .period_ms = b->period_s * 1000,
                        .limit = b->limit,
                        .server_limit = b->server_limit,
                        .per_entry = b->per_entry,
                        .per_write = b->per_write,
                        .per_read = b->per_read};
    snprintf(m->name, sizeof m->name, "%s", b->name);
    meter_init(m);
}

void server_init(struct server *v, const struct scenario *s, struct dice *d,
                 struct person *people) {
    *v = (struct server){.s = s, .dice = d, .people = people, .tokens = {.on = s->tokens}};
    for (uint32_t i = 0; i < s->budget_count; i++)
        if (!s->budgets[i].off)
            set_meter(&v->meters[v->meter_count++], &s->budgets[i]);
    v->audit_count = v->meter_count;
    if (s->per_day == 0)
        return;
    struct budget_drawn day = {.name = "user/1d",
                               .limit = s->per_day,
                               .server_limit = s->per_day,
                               .period_s = 86400,
                               .per_entry = 1};
    set_meter(&v->meters[v->audit_count++], &day);
}

void server_free(struct server *v) {
    for (uint32_t i = 0; i < v->audit_count; i++)
        meter_free(&v->meters[i]);
    tokens_free(&v->tokens);
}

int64_t server_clock(const struct server *v, int64_t now_ms) {
    return now_ms + v->s->skew_ms + (now_ms - SIM_START_MS) * v->s->ppm / 1000000;
}

/* The other way round; within a millisecond. */
static int64_t true_time(const struct server *v, int64_t clock_ms) {
    int64_t at = clock_ms - v->s->skew_ms;
    return at - (at - SIM_START_MS) * v->s->ppm / 1000000;
}

void server_foreign_use(struct server *v, int64_t now_ms) {
    int64_t at_ms = server_clock(v, now_ms);
    for (uint32_t i = 0; i < v->meter_count; i++) {
        struct meter *m = &v->meters[i];
        uint64_t left = meter_left(m, at_ms);
        if (left > 0)
            meter_count(m, at_ms, 1 + dice_below(v->dice, (uint32_t)left), false);
    }
}

void server_count(struct server *v, int64_t now_ms, uint32_t entries) {
    for (uint32_t i = 0; i < v->audit_count; i++)
        meter_count(&v->meters[i], server_clock(v, now_ms), meter_cost(&v->meters[i], entries),
                    !v->repeated);
}

void server_count_read(struct server *v, int64_t now_ms) {
    for (uint32_t i = 0; i < v->audit_count; i++)
        if (v->meters[i].per_read != 0)
            meter_count(&v->meters[i], server_clock(v, now_ms), v->meters[i].per_read,
                        !v->repeated);
}

/* A batch is taken back as a whole or not at all. */
static bool take_back(struct server *v, const struct on_server *targets, uint32_t count) {
    bool all = true;
    for (uint32_t i = 0; i < count; i++)
        all = all && (v->people[targets[i].number].there >> targets[i].key & 1) != 0;
    for (uint32_t i = 0; i < count && (all || count == 1); i++) {
        struct person *p = &v->people[targets[i].number];
        v->unfollows += all;
        p->there = (uint8_t)(p->there & ~(1u << targets[i].key));
    }
    return all;
}

/* ---- what is left, true or not ---- */

/* The budget that headers tell of: the one with the least left; GitHub tells of the hour alone. */
static struct meter *tightest(struct server *v, int64_t clock_ms) {
    struct meter *found = NULL;
    for (uint32_t i = 0; i < v->meter_count; i++) {
        struct meter *m = &v->meters[i];
        if (strcmp(m->name, "writes/8s") == 0)
            continue;
        if (found == NULL || meter_left(m, clock_ms) < meter_left(found, clock_ms))
            found = m;
    }
    return found;
}

static void tell_quota(struct server *v, int64_t clock_ms, struct answer *a) {
    struct meter *m = tightest(v, clock_ms);
    if (m == NULL || !v->s->headers)
        return;
    struct told_quota q = {.budget = m->name,
                           .limit = m->server_limit,
                           .left = meter_left(m, clock_ms),
                           .reset_ms = meter_reset(m, clock_ms, 0),
                           .period_s = m->period_ms / 1000};
    if (dice_one_in(v->dice, v->s->lie_one_in)) {
        q.left = dice_below(v->dice, 2 * (uint32_t)m->server_limit + 1);
        q.reset_ms = clock_ms + dice_between(v->dice, -5000, 3 * m->period_ms);
    }
    say_quota(v->s->which, &q, a);
    /* GitHub's way to say 429. */
    if (v->s->which == ON_GITHUB && a->status == 403 && q.left == 0)
        a->ambiguous = false;
}

#define BELIEVED_MS 904000

/* A 429: until when, by a reset, by Retry-After, or not at all. What is told is remembered only
 * where it can be understood: a time of day needs a Date beside it. */
static void tell_busy(struct server *v, int64_t clock_ms, int64_t until_ms, bool told,
                      struct answer *a) {
    say_busy(v->s->which, a);
    struct meter *m = tightest(v, clock_ms);
    if (!told)
        return;
    bool retry_after = m == NULL || dice_one_in(v->dice, 2) || v->s->which == ON_GITHUB;
    bool as_date = retry_after && dice_one_in(v->dice, 3);
    if (retry_after) {
        say_retry_after(until_ms, as_date, clock_ms, a);
    } else {
        struct told_quota q = {m->name, m->server_limit, 0, until_ms, m->period_ms / 1000};
        say_quota(v->s->which, &q, a);
    }
    /* A time of day is believed for a quarter of an hour at least, and as long as a budget can make
     * wait; a span as it is. */
    bool span = retry_after && !as_date;
    if (!span && until_ms > clock_ms + BELIEVED_MS)
        until_ms = clock_ms + BELIEVED_MS;
    if (v->s->dates || span)
        a->told_ms = true_time(v, until_ms);
}

/* ---- one request ---- */

static bool has_target_gone(enum which which) {
    return which != ON_BLUESKY;
}

bool server_astray(const struct server *v, int64_t now_ms, bool asks) {
    return v->s->astray_one_in != 0 && now_ms < v->astray_until_ms && (v->astray_wholly || !asks);
}

static void carry_out(struct server *v, const struct on_server *targets, uint32_t count,
                      struct answer *a) {
    bool was_there = take_back(v, targets, count);
    if (v->people[targets[0].number].is.vanished && has_target_gone(v->s->which))
        say_target_gone(v->s->which, a);
    else
        say_done(v->s->which, count, was_there, a);
}

/* They are gone from now on; or it says so, where a "not found" is no proof. */
static void go_away(struct server *v, const struct on_server *target, uint32_t drawn,
                    struct answer *a) {
    struct person *p = &v->people[target->number];
    if (v->s->which != ON_X && v->s->astray_one_in == 0 && drawn % 2 == 0) {
        say_target_gone(v->s->which, a);
        return;
    }
    p->is.vanished = true;
    p->there = 0;
    say_target_gone(v->s->which, a);
}

static void go_wrong(struct server *v, int64_t clock_ms, enum mishap mishap,
                     const struct on_server *targets, uint32_t count, struct answer *a) {
    enum which which = v->s->which;
    uint32_t drawn = dice_below(v->dice, 60);
    if (mishap == MISHAP_BROKEN_DONE || mishap == MISHAP_ODD_DONE)
        take_back(v, targets, count);
    if (mishap == MISHAP_BUSY || mishap == MISHAP_BUSY_UNTOLD)
        tell_busy(v, clock_ms, clock_ms + dice_between(v->dice, 1000, 900000),
                  mishap == MISHAP_BUSY, a);
    else if (mishap == MISHAP_BROKEN || mishap == MISHAP_BROKEN_DONE)
        say_broken(which, count, drawn, a);
    else if (mishap == MISHAP_ODD || mishap == MISHAP_ODD_DONE)
        say_odd(which, count, drawn, a);
    else if (mishap == MISHAP_FORBIDDEN)
        say_forbidden(which, count, a);
    else if (mishap == MISHAP_REFUSED && count == 1)
        say_refused(which, a);
    else if (mishap == MISHAP_TARGET_GONE && has_target_gone(which))
        go_away(v, &targets[0], drawn, a);
    else if (mishap == MISHAP_STILL_FOLLOWS && (which != ON_BLUESKY || count == 1))
        say_stays(which, a);
    else if (mishap == MISHAP_REDIRECT)
        say_redirect(a);
    else
        carry_out(v, targets, count, a);
}

/* count 0: one that only asks */
static uint32_t cost_of(const struct meter *m, uint32_t count) {
    return count == 0 ? m->per_read : meter_cost(m, count);
}

static bool windows_grant(struct server *v, int64_t clock_ms, uint32_t count, int64_t *until_ms) {
    *until_ms = clock_ms;
    for (uint32_t i = 0; i < v->meter_count; i++) {
        struct meter *m = &v->meters[i];
        if (meter_grants(m, clock_ms, cost_of(m, count)))
            continue;
        int64_t reset_ms = meter_reset(m, clock_ms, cost_of(m, count));
        if (reset_ms >= *until_ms)
            *until_ms = reset_ms > clock_ms ? reset_ms : clock_ms + 1000;
    }
    return *until_ms == clock_ms;
}

static bool refuses_token(struct server *v, int64_t now_ms, enum mishap mishap, struct answer *a) {
    if (!v->tokens.on) {
        v->token_expired = v->token_expired || mishap == MISHAP_TOKEN;
        a->young = true;
        return v->token_expired;
    }
    if (mishap == MISHAP_TOKEN)
        tokens_expire(&v->tokens, v->presented, now_ms);
    a->young = tokens_young(&v->tokens, v->presented, now_ms);
    return v->presented != 0 && !tokens_accept(&v->tokens, v->presented, now_ms);
}

/* Of what can go wrong with a request, what can with a precheck. */
static enum mishap look_mishap(enum mishap mishap) {
    static const uint32_t can = 1u << MISHAP_BUSY | 1u << MISHAP_BUSY_UNTOLD | 1u << MISHAP_BROKEN |
                                1u << MISHAP_ODD | 1u << MISHAP_FORBIDDEN | 1u << MISHAP_REDIRECT;
    return (can >> mishap & 1) != 0 ? mishap : MISHAP_NONE;
}

/* A look, or a question about one: it changes nothing. */
void server_look(struct server *v, int64_t now_ms, enum mishap mishap,
                 const struct on_server *targets, uint32_t count, struct answer *a) {
    int64_t clock_ms = server_clock(v, now_ms);
    int64_t until_ms;
    bool granted = windows_grant(v, clock_ms, 0, &until_ms);
    bool refused = refuses_token(v, now_ms, mishap, a);
    v->locked = v->locked || mishap == MISHAP_LOCKED;
    if (granted || v->s->refusals_count)
        server_count_read(v, now_ms);
    if (!granted)
        (void)windows_grant(v, clock_ms, 0, &until_ms);
    if (refused)
        say_expired(v->s->which, a);
    else if (v->locked)
        say_locked(v->s->which, a);
    else if (!granted)
        tell_busy(v, clock_ms, until_ms, true, a);
    else if (server_astray(v, now_ms, true))
        say_astray(v->s->which, dice_below(v->dice, 2), a);
    else if (look_mishap(mishap) == MISHAP_NONE && v->question != QUESTION_NONE)
        question_answer(v, now_ms, &targets[0], a);
    else if (look_mishap(mishap) == MISHAP_NONE)
        look_answer(v, targets, count, a);
    else
        go_wrong(v, clock_ms, mishap, targets, 1, a);
    if (a->status != 429)
        tell_quota(v, clock_ms, a);
    if (v->s->dates)
        say_date(clock_ms, a);
}

void server_take(struct server *v, int64_t now_ms, enum mishap mishap,
                 const struct on_server *targets, uint32_t count, struct answer *a) {
    int64_t clock_ms = server_clock(v, now_ms);
    int64_t until_ms;
    bool granted = windows_grant(v, clock_ms, count, &until_ms);
    bool refused = refuses_token(v, now_ms, mishap, a);
    v->locked = v->locked || mishap == MISHAP_LOCKED;
    if (mishap == MISHAP_DRIFT)
        v->people[targets[0].number].there &= (uint8_t) ~(1u << targets[0].key);
    if (granted || v->s->refusals_count)
        server_count(v, now_ms, count);
    if (!granted) /* until when, this one counted or not */
        (void)windows_grant(v, clock_ms, count, &until_ms);
    if (refused)
        say_expired(v->s->which, a);
    else if (v->locked)
        say_locked(v->s->which, a);
    else if (!granted)
        tell_busy(v, clock_ms, until_ms, true, a);
    else if (server_astray(v, now_ms, false))
        say_astray(v->s->which, dice_below(v->dice, 2), a);
    else
        go_wrong(v, clock_ms, mishap, targets, count, a);
    if (a->status != 429)
        tell_quota(v, clock_ms, a);
    if (v->s->dates)
        say_date(clock_ms, a);
}
