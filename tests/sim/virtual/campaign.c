/* The state directory: a roster, plans, the keep list, opened and closed as processes come and go.
 * All through the production API; must succeed, since the disk fails only under a run. */
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../unit/temp_directory.h"

static const struct platform *const platforms[] = {
    [ON_X] = &platform_x,
    [ON_MASTODON] = &platform_mastodon,
    [ON_BLUESKY] = &platform_bluesky,
    [ON_GITHUB] = &platform_github,
};

void campaign_open(struct sim *sim) {
    sim_must(sim, winnow_make(sim->directory, &sim->w, &sim->err));
    sim->process++;
}

void campaign_close(struct sim *sim) {
    winnow_close(sim->w);
    sim->w = NULL;
}

/* ---- the roster ---- */

static void tell(struct facts *f, enum fact_id id, enum told told) {
    if (told != TOLD_UNKNOWN)
        facts_set_flag(f, id, told == TOLD_YES);
}

static void add_person(struct sim *sim, struct store_txn *t, uint32_t i, uint16_t batch) {
    const struct person *p = &sim->people[i];
    char id[PERSON_TEXT];
    char keys[KEYS_MAX * PERSON_TEXT] = "";
    struct facts f;
    enum store_change change;
    uint32_t number;
    size_t used = 0;
    person_id(sim->s.which, i, id);
    for (uint32_t k = 0; k < p->keys; k++) {
        char key[PERSON_TEXT];
        person_key(sim->s.which, i, k, key);
        used += (size_t)snprintf(keys + used, sizeof keys - used,
                                 sim->s.which == ON_BLUESKY ? "%s\n" : "%s", key);
    }
    facts_clear(&f);
    f.source = batch;
    facts_set_text(&f, FACT_ID, id, strlen(id));
    f.follow_keys = (struct text){keys, (uint32_t)used};
    tell(&f, FACT_FOLLOWS_ME, p->facts[JUDGED_FOLLOWS_ME]);
    tell(&f, FACT_VERIFIED, p->facts[JUDGED_VERIFIED]);
    tell(&f, FACT_BOT, p->facts[JUDGED_BOT]);
    if (p->facts[JUDGED_FOLLOWERS] != TOLD_UNKNOWN)
        facts_set_value(&f, FACT_FOLLOWERS, p->facts[JUDGED_FOLLOWERS] == TOLD_YES ? 500 : 499);
    if (p->facts[JUDGED_LISTED] != TOLD_UNKNOWN)
        facts_set_text(&f, FACT_LISTS, "vip\n", p->facts[JUDGED_LISTED] == TOLD_YES ? 4 : 0);
    if (p->stated != TOLD_UNKNOWN)
        facts_set_value(&f, FACT_INTERACTIONS, p->stated == TOLD_YES ? STATED_INTERACTIONS : 0);
    ties_tell(sim, p, &f);
    sim_must(sim, store_followee_merge(t, &sim->campaign, &f, false, &change, &number, &sim->err));
    if (number != i)
        sim_violated(sim, 0, "followee %u got number %u", i, number);
}

static void fill_roster(struct sim *sim) {
    struct store_txn *t;
    sim_must(sim, store_write(sim->w->store, STORE_ALL, &t, &sim->err));
    sim_must(sim, store_campaign_find(t, "c", &sim->campaign, &sim->err));
    sim_must(sim, store_hint_many(t, &sim->campaign, &sim->err));
    for (uint32_t i = 0; i < sim->s.people; i++)
        add_person(sim, t, i, 1);
    sim->campaign.batches = 1;
    sim->campaign.verified = true;
    sim_must(sim, store_campaign_put(t, &sim->campaign, &sim->err));
    sim_must(sim, store_commit(t, &sim->err));
    ties_tell_archive(sim, 1);
    ties_judge(sim);
}

void campaign_join(struct sim *sim, struct dice *d) {
    struct store_txn *t;
    uint32_t i = sim->s.people;
    struct person *p = &sim->people[i];
    sim->joined++;
    person_draw(p, &sim->s, d);
    person_draw_truth(p, d);
    memset(p->position, 0xff, sizeof p->position);
    p->joined = true;
    ties_begin(sim, i);
    sim_must(sim, store_write(sim->w->store, STORE_ALL, &t, &sim->err));
    sim_must(sim, store_campaign_find(t, "c", &sim->campaign, &sim->err));
    add_person(sim, t, i, (uint16_t)++sim->campaign.batches);
    sim_must(sim, store_campaign_put(t, &sim->campaign, &sim->err));
    sim_must(sim, store_commit(t, &sim->err));
    sim->s.people++;
    sim->met.joined++;
    ties_judge(sim);
    sim_trace(sim, "followee %u comes into the roster", i);
}

void campaign_begin(struct sim *sim) {
    sim->platform = platforms[sim->s.which];
    temp_directory_make(sim->directory);
    campaign_open(sim);
    sim_must(sim, winnow_campaign_new(sim->w, "c", sim->platform->name,
                                      sim->s.which == ON_BLUESKY ? "did:plc:me" : "1",
                                      sim->s.which == ON_MASTODON ? "https://m.example" : NULL,
                                      &sim->err));
    fill_roster(sim);
}

void campaign_end(struct sim *sim) {
    campaign_close(sim);
    temp_directory_remove(sim->directory);
}

/* ---- plans ---- */

static size_t write_policy(const struct scenario *s, char *to, size_t room) {
    static const char *const undecided[] = {"hold", "keep", "schedule"};
    size_t used = (size_t)snprintf(to, room, "{\"keep\": [");
    for (uint32_t i = 0; i < s->condition_count; i++) {
        char text[128];
        condition_text(&s->conditions[i], text, sizeof text);
        used += (size_t)snprintf(to + used, room - used, "%s\"%s\"", i == 0 ? "" : ", ", text);
    }
    return used + (size_t)snprintf(to + used, room - used, "], \"undecided\": \"%s\"}",
                                   undecided[s->undecided]);
}

/* Invariants 1, 8 and 10: just those are scheduled who may go, each follow once. */
static void check_schedule(struct sim *sim) {
    uint64_t due = 0;
    for (uint32_t i = 0; i < sim->s.people; i++) {
        struct person *p = &sim->people[i];
        p->planned = person_may_go(p, &sim->s);
        if (p->kept || !p->planned)
            continue;
        for (uint32_t k = 0; k < p->keys; k++)
            due += (p->confirmed >> k & 1) == 0;
    }
    for (uint32_t at = 0; at < sim->book.total; at++) {
        const struct book_entry *e = &sim->book.entries[at];
        const struct person *p = &sim->people[e->number];
        if (p->kept)
            sim_violated(sim, 1, "followee %u is kept and scheduled", e->number);
        if (!p->planned)
            sim_violated(sim, 8, "followee %u is scheduled, though the policy does not let it go",
                         e->number);
        if ((p->confirmed >> e->key & 1) != 0)
            sim_violated(sim, 3, "followee %u is scheduled again, though gone", e->number);
    }
    if (due != sim->book.total)
        sim_violated(sim, 3, "%llu follows may go, %u are scheduled", (unsigned long long)due,
                     sim->book.total);
}

/* Invariant 10: another schedule has another digest. (The digest is over followees, rules, policy
 * and the time of the plan, so that two plans of the same time may differ in follow records.) */
static void check_digest(struct sim *sim, const struct book *before) {
    const struct book *now = &sim->book;
    bool same = before->entries != NULL && before->total == now->total;
    for (uint32_t at = 0; at < now->total && same; at++)
        same = before->entries[at].number == now->entries[at].number &&
               before->entries[at].key == now->entries[at].key;
    if (!same && strcmp(before->digest, now->digest) == 0)
        sim_violated(sim, 10, "two schedules have the digest %s", now->digest);
}

void campaign_check_plan(struct sim *sim) {
    static struct winnow_status status;
    struct store_txn *t;
    sim_must(sim, winnow_status(sim->w, "c", &status, &sim->err));
    if (strcmp(status.plan.digest, sim->book.digest) != 0)
        sim_violated(sim, 10, "the plan was %s and is %s", sim->book.digest, status.plan.digest);
    sim_must(sim, store_read(sim->w->store, &t, &sim->err));
    for (uint32_t at = 0; at < sim->book.total; at++) {
        const struct book_entry *shown = &sim->book.entries[at];
        struct store_entry e;
        sim_must(sim, store_schedule_get(t, sim->campaign.id, sim->book.plan, at, &e, &sim->err));
        if (e.number != shown->number || e.key != shown->key)
            sim_violated(sim, 10, "entry %u is not the one that was shown", at);
    }
    store_abort(t);
}

void campaign_plan(struct sim *sim) {
    static struct winnow_plan plan;
    struct book before;
    char policy[1024];
    struct winnow_plan_options o = {
        .policy = policy, .now_ms = sim->machine.now_ms, .seed = sim->seed};
    o.policy_size = write_policy(&sim->s, policy, sizeof policy);
    book_check(sim); /* the last word on the plan before */
    sim_must(sim, winnow_plan(sim->w, "c", &o, &plan, &sim->err));
    if (sim->book.entries != NULL)
        book_check(sim); /* and on what it left in flight */
    sim->campaign.plans++;
    sim->met.plans++;
    before = sim->book;
    book_begin(sim, sim->campaign.plans, (uint32_t)plan.scheduled);
    memcpy(sim->book.digest, plan.digest, sizeof plan.digest);
    check_schedule(sim);
    check_digest(sim, &before);
    book_free(&before);
    sim_trace(sim, "plan %u: %u entries, policy %s", sim->campaign.plans, sim->book.total, policy);
}

/* ---- what the user does ---- */

void campaign_keep(struct sim *sim, uint32_t number, bool remove) {
    char id[PERSON_TEXT];
    const char *who = id;
    struct winnow_keep_result result;
    person_id(sim->s.which, number, id);
    sim_must(sim, winnow_keep(sim->w, "c", &who, 1, remove, &result, &sim->err));
    sim->people[number].kept = !remove;
    sim->people[number].ever_kept = true;
    sim->people[number].kept_commit = sim->machine.commits;
    sim->met.keeps++;
    sim_trace(sim, "%s followee %u", remove ? "no longer keep" : "keep", number);
}

void campaign_pause(struct sim *sim, bool paused) {
    sim_must(sim, (paused ? winnow_pause : winnow_resume)(sim->w, "c", &sim->err));
    sim->paused = paused;
    sim->met.pauses += paused;
    sim_trace(sim, paused ? "pause" : "resume");
}

void campaign_verify(struct sim *sim) {
    struct winnow_verify_result v;
    sim_must(sim, winnow_verify(sim->w, "c", NULL, &v, &sim->err));
    if (v.mismatches != 0)
        sim_violated(sim, 3, "verify: %s", v.first);
}
