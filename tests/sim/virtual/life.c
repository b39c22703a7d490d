/* The life of a campaign: a roster, a plan, and runs until every entry is settled. Between two runs
 * stands whoever looks after it: unlocks the account, logs in, makes room on the disk, boots the
 * machine, makes a new plan. After each run the store is opened again from the disk and verified as
 * a whole; at the end server, journal and counters must agree. */
#include "sim.h"

#include <stdlib.h>

#define RUNS_WITH_FAULTS 400
#define RUNS_MAX         2000

void life_begin(struct sim *sim, uint64_t seed) {
    sim->seed = seed;
    sim->dice.state = seed;
    scenario_draw(&sim->s, &sim->dice);
    struct dice more = {seed ^ UINT64_C(0x5bd1e9955bd1e995)};
    scenario_draw_more(&sim->s, &more);
    struct dice lies = {seed ^ UINT64_C(0x9e3779b97f4a7c15)};
    scenario_draw_lies(&sim->s, &lies);
    struct dice others = {seed ^ UINT64_C(0xc2b2ae3d27d4eb4f)};
    scenario_draw_others(&sim->s, &others);
    /* By this number no seed of tests/sim/seeds gets another policy than it had. */
    sim->ties_dice.state = seed ^ UINT64_C(0xd7740882aaf241f1);
    scenario_draw_ties(&sim->s, &sim->ties_dice);
}

/* Every mishap but those that no campaign meets every few hours; disks and clocks have nothing to
 * do with use. */
static void add_faults(struct scenario *s) {
    s->mishap_one_in = 100;
    s->mishaps_left = UINT32_MAX;
    s->mishap_mix = ~UINT32_C(0);
    s->crash_one_in = 600;
    s->stop_one_in = 5000;
    s->suspend_one_in = 10000;
    s->pause_one_in = 5000;
    s->outage_one_in = 15000;
}

void life_begin_measured(struct sim *sim, uint64_t seed, uint32_t people, bool burst, bool faults) {
    sim->seed = sim->dice.state = seed;
    sim->s = (struct scenario){
        .which = ON_X,
        .people = people,
        .in_flight_max = 2,
        .batch_max = 1,
        .burst = burst,
        .budgets = {{.name = "unfollow/15m",
                     .limit = 50,
                     .server_limit = 50,
                     .period_s = 900,
                     .per_entry = 1},
                    {.name = "unfollow/1d", .off = true}},
        .budget_count = 2,
        .latency_ms = 150,
        .commit_ms = 10,
        .ppm = 50,
        .boot_id_known = true,
        .headers = true,
        .dates = true,
    };
    if (faults)
        add_faults(&sim->s);
    sim->use.measured = true;
    sim->machine.map_writes = !faults;
}

static void make_world(struct sim *sim) {
    sim->machine.now_ms = SIM_START_MS;
    sim->machine.boot_id_known = sim->s.boot_id_known;
    sim->machine.steps_left = -1;
    machine_use(&sim->machine);
    if (sim->in_memory)
        machine_in_memory(&sim->machine);
    asked_use(sim);
    machine_boot(&sim->machine, &sim->dice);
    sim->people = calloc(sim->s.people + JOINERS_MAX, sizeof *sim->people);
    sim->air = calloc(AIR_MAX, sizeof *sim->air);
    if (sim->people == NULL || sim->air == NULL)
        abort();
    for (uint32_t i = 0; i < sim->s.people; i++)
        person_draw(&sim->people[i], &sim->s, &sim->dice);
    for (uint32_t i = 0; i < sim->s.people && sim->s.drifts; i++)
        person_draw_truth(&sim->people[i], &sim->dice);
    for (uint32_t i = 0; i < sim->s.people && sim->s.drifts; i++)
        ties_begin(sim, i);
    server_init(&sim->server, &sim->s, &sim->dice, sim->people);
    campaign_begin(sim);
    rivals_begin(sim);
    if (sim->s.drifts)
        tokens_login(sim);
    for (uint32_t i = 0; i < sim->s.people && sim->s.keep_one_in != 0; i++)
        if (dice_one_in(&sim->dice, 20))
            campaign_keep(sim, i, false);
    campaign_plan(sim);
}

/* ---- between two runs ---- */

/* Engine time goes on from the stamp, or starts at the wall clock after a boot. A wall clock that
 * is ahead of engine time then would free budgets early (docs/reliability.md, Conditions). */
static void set_wall_clock(struct sim *sim, int64_t engine_offset_ms) {
    struct machine *m = &sim->machine;
    if (m->wall_offset_ms > engine_offset_ms)
        m->wall_offset_ms = engine_offset_ms;
}

/* A wait that was told is stored with the outcome, where its budget is kept; one that was told to a
 * look by the next turn that is begun. */
static bool told_is_kept(struct sim *sim) {
    for (uint32_t i = 0; i < sim->s.budget_count; i++)
        if (sim->s.budgets[i].off)
            return false;
    if (sim->told_precheck != 0)
        return sim->writes > sim->told_precheck;
    return sim->told_request == 0 || book_request(sim, sim->told_request)->written;
}

static void pass_to_restart(struct sim *sim) {
    static const int64_t pauses[] = {0, 1, 300, 5000, 60000, 900000, 90000000};
    int64_t pause_ms = dice_between(&sim->dice, 0, pauses[dice_below(&sim->dice, 7)]);
    int64_t restart_ms = sim->machine.now_ms + (sim->use.measured ? pause_ms % 600000 : pause_ms);
    network_orphan(sim, restart_ms);
    use_blocked(sim, restart_ms);
    drive_pass(sim, restart_ms);
    sim->asleep_until_ms = 0;
}

/* What the process had heard and not written is in doubt for the next. */
static void forget_process(struct sim *sim) {
    for (uint32_t r = 1; r <= sim->book.last_request; r++) {
        struct book_request *q = book_request(sim, r);
        q->dead = q->dead || !q->written;
    }
}

static void reopen(struct sim *sim) {
    int64_t engine_offset_ms = clock_now(&sim->w->clock) - sim->machine.now_ms;
    machine_limit_files(UINT64_MAX);
    campaign_close(sim);
    sim->disk_full = false;
    sim->machine.dead = false;
    sim->machine.next_fault = DISK_WELL;
    pass_to_restart(sim);
    bool boots = dice_one_in(&sim->dice, sim->s.reboot_one_in);
    sim->met.boots += boots;
    if (boots) {
        rivals_die(sim);
        machine_boot(&sim->machine, &sim->dice);
    }
    if (boots || !sim->s.boot_id_known)
        set_wall_clock(sim, engine_offset_ms);
    sim->machine.commits++; /* look at all of it again */
    campaign_open(sim);
    book_check(sim);
    campaign_verify(sim);
    campaign_check_plan(sim);
    forget_process(sim);
    if (!told_is_kept(sim))
        sim->told_until_ms = 0;
    sim->told_request = 0;
    sim->told_precheck = 0;
}

static bool somebody_left(const struct sim *sim) {
    for (uint32_t i = 0; i < sim->s.people; i++)
        if (sim->people[i].confirmed != (1u << sim->people[i].keys) - 1)
            return true;
    return false;
}

static void look_after(struct sim *sim) {
    sim->server.locked = false;
    sim->server.token_expired = false;
    sim->connection_broken = false;
    if (sim->s.tokens && sim->ended && sim->code == WINNOW_CREDENTIAL)
        tokens_login(sim);
    if (dice_one_in(&sim->dice, sim->s.replan_one_in) && sim->campaign.plans < 5 &&
        somebody_left(sim)) {
        campaign_plan(sim);
        sim->told_request = 0; /* it was of the plan before, and is stored */
    }
    if (sim->s.crash_one_in != 0 && dice_one_in(&sim->dice, 10)) /* at the first commit */
        sim->machine.next_fault = dice_one_in(&sim->dice, 2) ? DISK_CRASH_BEFORE : DISK_CRASH_AFTER;
}

/* Between two readings, so that who comes was looked for in neither. */
static void join(struct sim *sim) {
    if (sim->reading.open || sim->joined >= JOINERS_MAX || !somebody_left(sim) ||
        !dice_one_in(&sim->ties_dice, sim->s.join_one_in))
        return;
    sim->machine.next_fault = DISK_WELL;
    campaign_join(sim, &sim->ties_dice);
}

/* Evidence, whole or not, and mostly a new plan that stands on it. */
static void fetch(struct sim *sim) {
    if (!dice_one_in(&sim->dice, sim->s.fetch_one_in) || !somebody_left(sim))
        return;
    if (sim->reading.open && sim->reading.begun && sim->joined < JOINERS_MAX &&
        dice_one_in(&sim->dice, 4)) {
        sim->machine.next_fault = DISK_WELL;
        campaign_join(sim, &sim->dice);
        reading_joined(sim);
    }
    if (!reading_fetch(sim)) {
        sim->met.fetch_crashes++;
        reopen(sim);
        reading_learn(sim);
    }
    if (sim->campaign.plans < 8 && somebody_left(sim) && !dice_one_in(&sim->dice, 4)) {
        campaign_plan(sim);
        sim->told_request = 0;
    }
}

/* ---- from beginning to end ---- */

static bool done(const struct sim *sim) {
    return sim->ended && sim->code == WINNOW_OK;
}

void life_run(struct sim *sim) {
    make_world(sim);
    for (;;) {
        join(sim);
        fetch(sim);
        drive_run(sim);
        if (done(sim))
            break;
        if (sim->runs == RUNS_WITH_FAULTS && !sim->use.measured)
            scenario_calm(&sim->s); /* invariant 6: when faults stop, it ends */
        if (sim->runs == RUNS_MAX && !sim->use.measured)
            sim_violated(sim, 6, "not at the end after %d runs", RUNS_MAX);
        reopen(sim);
        look_after(sim);
    }
    reopen(sim);
    book_check_end(sim);
}

void life_end(struct sim *sim) {
    rivals_die(sim);
    campaign_end(sim);
    machine_free(&sim->machine);
    server_free(&sim->server);
    book_free(&sim->book);
    free(sim->people);
    free(sim->air);
}
