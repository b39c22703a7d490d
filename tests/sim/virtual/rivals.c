/* Other campaigns of the same state directory, which share budgets with the one that is simulated:
 * the same account, the same app, the same address. Each is a worker cut down to its budgets, by
 * the production code: it syncs, asks, holds and saves in one transaction, then sends, then
 * settles; it dies with requests in flight, and begins again. What it sends counts for the platform
 * and for invariant 2 like the runner's own. And somebody who takes the campaign's lease:
 * invariant 15. */
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "work/budgets/budgets.h"

static const struct budget_load one = {.count = 1, .write = true};

static int64_t engine_ms(const struct sim *sim) {
    return clock_now(&sim->w->clock);
}

/* ---- who they are ---- */

static const struct budget_spec *spec_of(const struct sim *sim, const char *name) {
    for (size_t i = 0; i < sim->platform->budget_count; i++)
        if (strcmp(sim->platform->budgets[i].spec.name, name) == 0)
            return &sim->platform->budgets[i].spec;
    return NULL; /* the user's own cap */
}

static void make(struct sim *sim, uint32_t i) {
    struct rival *r = &sim->rivals[i];
    struct store_txn *t;
    bool same = sim->s.rival_scope[i] == SCOPE_ACCOUNT;
    char name[16];
    snprintf(name, sizeof name, "r%u", i);
    sim_must(sim, winnow_campaign_new(sim->w, name, sim->platform->name,
                                      same                         ? sim->campaign.account
                                      : sim->s.which == ON_BLUESKY ? "did:plc:other"
                                                                   : "2",
                                      sim->s.which == ON_MASTODON ? "https://m.example" : NULL,
                                      &sim->err));
    sim_must(sim, store_write(sim->w->store, STORE_ALL, &t, &sim->err));
    sim_must(sim, store_campaign_find(t, name, &r->campaign, &sim->err));
    if (sim->s.rival_scope[i] != SCOPE_ADDRESS)
        snprintf(r->campaign.app, sizeof r->campaign.app, "app");
    sim_must(sim, store_campaign_put(t, &r->campaign, &sim->err));
    sim_must(sim, store_commit(t, &sim->err));
}

void rivals_begin(struct sim *sim) {
    struct store_txn *t;
    if (sim->s.rivals == 0)
        return;
    sim_must(sim, store_write(sim->w->store, STORE_ALL, &t, &sim->err));
    sim_must(sim, store_campaign_find(t, "c", &sim->campaign, &sim->err));
    snprintf(sim->campaign.app, sizeof sim->campaign.app, "app");
    sim_must(sim, store_campaign_put(t, &sim->campaign, &sim->err));
    sim_must(sim, store_commit(t, &sim->err));
    for (uint32_t i = 0; i < sim->s.rivals; i++)
        make(sim, i);
}

/* ---- what they do ---- */

static void end(struct rival *r) {
    if (r->open)
        limiter_free(&r->limiter);
    r->open = false;
    r->in_flight = 0;
}

void rivals_die(struct sim *sim) {
    for (uint32_t i = 0; i < sim->s.rivals; i++)
        end(&sim->rivals[i]);
}

static void save(struct sim *sim, struct rival *r, struct store_txn *t) {
    sim_must(sim, budgets_save(&r->limiter, t, &r->campaign, &sim->err));
    sim_must(sim, state_stamp(sim->w, t, &sim->err));
    sim_must(sim, store_commit(t, &sim->err));
}

static void begin(struct sim *sim, struct rival *r) {
    struct run_note note = {.pace = dice_one_in(&sim->dice, 2) ? PACE_BURST : PACE_EVEN};
    struct store_txn *t;
    drive_overrides(sim, &note);
    limiter_init(&r->limiter, note.pace);
    sim_must(sim, run_note_limiter(&note, sim->platform, &r->limiter, &sim->err));
    budgets_own(&r->limiter, &r->campaign);
    sim_must(sim, store_write(sim->w->store, STORE_ALL, &t, &sim->err));
    sim_must(sim, budgets_load(&r->limiter, t, &r->campaign, engine_ms(sim), &sim->err));
    save(sim, r, t);
    r->open = true;
}

static void hear(struct sim *sim, struct rival *r) {
    uint32_t left = 0;
    for (uint32_t i = 0; i < r->in_flight; i++) {
        if (r->answers_ms[i] > sim->machine.now_ms)
            r->answers_ms[left++] = r->answers_ms[i];
        else
            limiter_settle(&r->limiter, one, engine_ms(sim));
    }
    r->in_flight = left;
}

/* It arrives at once: its answer takes its time. */
static void arrive(struct sim *sim, struct rival *r) {
    int64_t at_ms = server_clock(&sim->server, sim->machine.now_ms);
    for (uint32_t i = 0; i < sim->server.audit_count; i++) {
        struct meter *m = &sim->server.meters[i];
        const struct budget_spec *spec = spec_of(sim, m->name);
        if (spec != NULL && budgets_shared(&sim->campaign, &r->campaign, spec->scope))
            meter_count(m, at_ms, meter_cost(m, 1), true);
    }
    r->answers_ms[r->in_flight++] =
        sim->machine.now_ms + 1 + dice_below(&sim->dice, sim->s.latency_ms);
    sim->met.rival_sends++;
    sim_trace(sim, "%s sends", r->campaign.name);
    network_audit(sim);
}

static void ask(struct sim *sim, struct rival *r) {
    struct store_txn *t;
    sim_must(sim, store_write(sim->w->store, STORE_ALL, &t, &sim->err));
    sim_must(sim, budgets_sync(&r->limiter, t, &r->campaign, engine_ms(sim), &sim->err));
    bool granted =
        r->in_flight < RIVAL_FLIGHTS && limiter_ask(&r->limiter, one, engine_ms(sim)).granted;
    if (granted)
        sim_must(sim, limiter_hold(&r->limiter, one, engine_ms(sim), &sim->err));
    if (!granted && dice_one_in(&sim->dice, 2)) {
        store_abort(t);
        return;
    }
    save(sim, r, t);
    if (granted)
        arrive(sim, r);
}

void rivals_act(struct sim *sim) {
    for (uint32_t i = 0; i < sim->s.rivals; i++) {
        struct rival *r = &sim->rivals[i];
        if (!dice_one_in(&sim->dice, sim->s.rival_one_in) || sim->s.rival_acts_left == 0)
            continue;
        sim->s.rival_acts_left--;
        if (!r->open) {
            begin(sim, r);
            continue;
        }
        hear(sim, r);
        if (dice_one_in(&sim->dice, 20))
            end(r);
        else
            ask(sim, r);
    }
}

/* ---- whose campaign it is ---- */

void rivals_take_lease(struct sim *sim) {
    struct store_campaign c;
    struct store_txn *t;
    sim_must(sim, store_write(sim->w->store, STORE_ALL, &t, &sim->err));
    sim_must(sim, store_campaign_find(t, "c", &c, &sim->err));
    sim_must(sim, store_lease_take(t, &c, &sim->err));
    sim_must(sim, store_commit(t, &sim->err));
    sim->lease_lost_at = sim->machine.commits;
    sim->may_end[WINNOW_BUSY] = true;
    sim->met.leases_lost++;
    sim_trace(sim, "another process takes the lease");
}
