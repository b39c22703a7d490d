/* Drawing a campaign: see scenario.h. The odds favour small, tight budgets and many restarts, where
 * the promises are hardest to keep; one campaign in eight has no faults at all. */
#include "scenario.h"

#include <stdio.h>

struct named {
    const char *name;
    uint32_t per_entry, per_write, per_read;
};

/* Those budgets of each platform that an unfollow draws on (docs/platforms.md). */
static const struct named named[4][SIM_BUDGETS] = {
    [ON_X] = {{"unfollow/15m", 1, 0, 0}, {"unfollow/1d", 1, 0, 0}},
    [ON_MASTODON] = {{"requests/5m", 0, 1, 1}},
    [ON_BLUESKY] = {{"points/1h", 1, 0, 0}, {"points/1d", 1, 0, 0}, {"requests/5m", 0, 1, 1}},
    [ON_GITHUB] = {{"requests/1h", 0, 1, 1}, {"writes/8s", 0, 1, 0}},
};

static void draw_budget(struct budget_drawn *b, const struct named *n, struct dice *d) {
    static const int64_t periods_s[] = {1, 8, 60, 300, 900, 3600, 86400};
    uint32_t unit = n->per_entry == 0 ? 1 : 1 + dice_below(d, 8);
    *b = (struct budget_drawn){.name = n->name,
                               .per_entry = n->per_entry,
                               .per_write = n->per_write,
                               .per_read = n->per_read};
    b->off = dice_one_in(d, 6);
    (void)dice_below(d, 3); /* what a seed means stays: this was the kind of window told */
    b->counts = (enum meter_kind)dice_below(d, 3);
    b->limit = 1 + (uint64_t)unit * dice_below(d, dice_one_in(d, 3) ? 100 : 12);
    b->period_s = periods_s[dice_below(d, 7)] + dice_below(d, 3);
    b->server_limit = dice_one_in(d, 8) ? 1 + b->limit / 2 : b->limit;
}

static void draw_budgets(struct scenario *s, struct dice *d) {
    for (uint32_t i = 0; i < SIM_BUDGETS && named[s->which][i].name != NULL; i++)
        draw_budget(&s->budgets[s->budget_count++], &named[s->which][i], d);
    s->per_day = dice_one_in(d, 6) ? 5 + dice_below(d, 200) : 0;
    s->max_actions = dice_one_in(d, 8) ? 1 + dice_below(d, 60) : 0;
}

static void draw_policy(struct scenario *s, struct dice *d) {
    s->condition_count = dice_below(d, CONDITIONS_MAX + 1);
    for (uint32_t i = 0; i < s->condition_count; i++)
        s->conditions[i] = (struct condition){
            .a = (enum judged)dice_below(d, JUDGED_PLAIN),
            .b = (enum judged)dice_below(d, JUDGED_PLAIN),
            .not_a = dice_one_in(d, 3),
            .two = dice_one_in(d, 2),
            .either = dice_one_in(d, 3),
        };
    s->undecided = (enum undecided)dice_below(d, 3);
}

/* One in `n`, in one campaign of `campaigns`. */
static uint32_t odds(struct dice *d, uint32_t campaigns, uint32_t least, uint32_t spread) {
    uint32_t n = least + dice_below(d, spread);
    return dice_one_in(d, campaigns) ? n : 0;
}

static void draw_faults(struct scenario *s, struct dice *d) {
    s->mishap_one_in = odds(d, 1, 1, 14);
    s->mishaps_left = dice_below(d, 300);
    s->mishap_mix = (uint32_t)dice_draw(d) | (dice_one_in(d, 3) ? ~UINT32_C(0) : 0);
    s->crash_one_in = odds(d, 2, 6, 80);
    s->disk_one_in = odds(d, 4, 20, 100);
    s->stop_one_in = odds(d, 6, 20, 100);
    s->until_one_in = odds(d, 8, 1, 5);
    s->suspend_one_in = odds(d, 4, 10, 60);
    s->clock_one_in = odds(d, 3, 5, 40);
    s->reboot_one_in = odds(d, 2, 1, 4);
    s->keep_one_in = odds(d, 2, 6, 80);
    s->pause_one_in = odds(d, 4, 10, 80);
    s->replan_one_in = odds(d, 4, 1, 4);
    s->foreign_one_in = odds(d, 4, 4, 30);
    s->outage_one_in = odds(d, 6, 20, 100);
    s->lie_one_in = odds(d, 3, 1, 20);
}

void scenario_draw(struct scenario *s, struct dice *d) {
    *s = (struct scenario){.which = (enum which)dice_below(d, 4)};
    bool batches = s->which == ON_BLUESKY;
    s->people = 5 + dice_below(d, batches ? 300 : 90);
    s->in_flight_max = 1 + dice_below(d, dice_one_in(d, 2) ? 8 : 2);
    s->batch_max = batches ? 1 + dice_below(d, 200) : 1;
    s->burst = dice_one_in(d, 2);
    s->latency_ms = 5 + dice_below(d, dice_one_in(d, 4) ? 20000 : 800);
    s->commit_ms = 2 + dice_below(d, dice_one_in(d, 2) ? 20 : 2 * s->latency_ms);
    draw_budgets(s, d);
    if (dice_one_in(d, 6)) {
        s->quiet_from_min = (int32_t)dice_below(d, 1440);
        s->quiet_to_min = (int32_t)dice_below(d, 1440);
    }
    draw_policy(s, d);
    s->skew_ms = dice_between(d, -100000, 100000);
    s->ppm = dice_between(d, -99, 99);
    s->boot_id_known = !dice_one_in(d, 5);
    s->headers = !dice_one_in(d, 4);
    s->dates = !dice_one_in(d, 3);
    s->refusals_count = dice_one_in(d, 2);
    draw_faults(s, d);
    if (dice_one_in(d, 8))
        scenario_calm(s);
}

/* Rules on what drifts, and mutuality in every second policy, since looks tell of nothing else. */
static void draw_drifting_policy(struct scenario *s, struct dice *d) {
    for (uint32_t i = 0; i < s->condition_count; i++) {
        struct condition *c = &s->conditions[i];
        if (dice_one_in(d, 3))
            c->a = (enum judged)(JUDGED_PLAIN + dice_below(d, JUDGED_TIES - JUDGED_PLAIN));
        if (dice_one_in(d, 3))
            c->b = (enum judged)(JUDGED_PLAIN + dice_below(d, JUDGED_TIES - JUDGED_PLAIN));
    }
    if (s->condition_count < CONDITIONS_MAX && dice_one_in(d, 2))
        s->conditions[s->condition_count++] = (struct condition){.a = JUDGED_FOLLOWS_ME};
}

/* A token that expires in each wait for a budget would leave no request that gets through. */
static int64_t longest_ms(const struct scenario *s) {
    int64_t longest = s->per_day != 0 || s->quiet_from_min != s->quiet_to_min ? 86400 : 0;
    for (uint32_t i = 0; i < s->budget_count; i++)
        if (!s->budgets[i].off && s->budgets[i].period_s > longest)
            longest = s->budgets[i].period_s;
    return longest * 1000;
}

void scenario_draw_more(struct scenario *s, struct dice *d) {
    static const uint32_t look_most[] = {100, 20, 30, 1};
    s->drifts = !dice_one_in(d, 4);
    if (!s->drifts)
        return;
    draw_drifting_policy(s, d);
    s->precheck_max = dice_one_in(d, 4) ? 0 : 1 + dice_below(d, look_most[s->which]);
    s->bare = dice_one_in(d, 4);
    s->drift_one_in = odds(d, 1, 1, 20);
    s->fetch_one_in = odds(d, 2, 1, 6);
    s->ask_fault_one_in = odds(d, 2, 3, 20);
    s->tokens = (s->which == ON_X || s->which == ON_BLUESKY) && !dice_one_in(d, 4);
    s->token_life_ms = dice_between(d, 900, 9000) * 1000;
    s->token_life_ms += 3 * longest_ms(s) / 2;
    s->token_life_told = s->which == ON_X && !dice_one_in(d, 4);
    s->old_access_dies = dice_one_in(d, 2);
    s->rotation_crash_one_in = odds(d, 2, 1, 6);
    s->rotate_elsewhere_one_in = odds(d, 3, 20, 200);
}

void scenario_draw_lies(struct scenario *s, struct dice *d) {
    s->astray_one_in = s->which == ON_BLUESKY ? 0 : odds(d, 3, 20, 120);
    s->picky = dice_one_in(d, 3);
}

void scenario_draw_others(struct scenario *s, struct dice *d) {
    s->rivals = dice_one_in(d, 2) ? 0 : 1 + dice_below(d, 2);
    for (uint32_t i = 0; i < s->rivals; i++)
        s->rival_scope[i] = (enum budget_scope)dice_below(d, SCOPE_CAMPAIGN);
    s->rival_one_in = 1 + dice_below(d, 6);
    s->rival_acts_left = dice_below(d, 200);
    s->lease_one_in = odds(d, 4, 20, 100);
    s->stall_one_in = odds(d, 4, 10, 60);
}

static enum judged draw_tie_rule(struct dice *d) {
    return (enum judged)(JUDGED_WROTE + dice_below(d, JUDGED_COUNT - JUDGED_WROTE));
}

/* In every second policy, so that the others stay what they were. */
void scenario_draw_ties(struct scenario *s, struct dice *d) {
    bool rules = dice_one_in(d, 2);
    if (!s->drifts)
        return;
    for (uint32_t i = 0; i < s->condition_count && rules; i++) {
        struct condition *c = &s->conditions[i];
        c->a = c->a == JUDGED_WROTE || dice_one_in(d, 4) ? draw_tie_rule(d) : c->a;
        c->b = c->b == JUDGED_WROTE || dice_one_in(d, 4) ? draw_tie_rule(d) : c->b;
    }
    if (rules && s->condition_count < CONDITIONS_MAX)
        s->conditions[s->condition_count++] =
            (struct condition){.a = draw_tie_rule(d), .not_a = dice_one_in(d, 3)};
    s->archive = rules && dice_one_in(d, 3);
    s->unstated = rules && dice_one_in(d, 3);
    s->source_refused_one_in = odds(d, 2, 2, 8);
    s->join_one_in = rules ? odds(d, 2, 1, 6) : 0;
}

void scenario_calm(struct scenario *s) {
    s->rival_acts_left = s->lease_one_in = s->stall_one_in = 0;
    s->mishap_one_in = s->mishaps_left = s->mishap_mix = 0;
    s->crash_one_in = s->disk_one_in = s->stop_one_in = s->suspend_one_in = s->until_one_in = 0;
    s->clock_one_in = s->reboot_one_in = s->keep_one_in = s->pause_one_in = 0;
    s->max_actions = 0; /* one below a batch that is too large would end every run at it */
    s->replan_one_in = s->foreign_one_in = s->outage_one_in = s->lie_one_in = 0;
    s->drift_one_in = s->rotation_crash_one_in = s->rotate_elsewhere_one_in = 0;
    s->ask_fault_one_in = s->fetch_one_in = s->astray_one_in = 0;
    s->join_one_in = 0;
    for (uint32_t i = 0; i < s->budget_count; i++)
        s->budgets[i].server_limit = s->budgets[i].limit;
}

void condition_text(const struct condition *c, char *to, size_t room) {
    static const char *const words[JUDGED_COUNT] = {
        [JUDGED_FOLLOWS_ME] = "mutual",
        [JUDGED_VERIFIED] = "verified",
        [JUDGED_BOT] = "bot",
        [JUDGED_FOLLOWERS] = "followers >= 500",
        [JUDGED_LISTED] = "in_list('vip')",
        [JUDGED_WROTE] = "interactions > 0",
        [JUDGED_TALKED] = "talked_to > 0",
        [JUDGED_SEEN_TALKED] = "at_least(talked_to) > 0",
        [JUDGED_TALKED_LITTLE] = "talked_to < 2",
        [JUDGED_HEARD_LITTLE] = "heard_from < 2",
        [JUDGED_UNHEARD] = "at_least(heard_from) == 0",
    };
    snprintf(to, room, c->two ? "%s%s %s %s" : "%s%s", c->not_a ? "not " : "", words[c->a],
             c->either ? "or" : "and", words[c->b]);
}

void scenario_override(const struct budget_drawn *b, char *to, size_t room) {
    if (b->off)
        snprintf(to, room, "%s=off", b->name);
    else
        snprintf(to, room, "%s=%llu/%llds", b->name, (unsigned long long)b->limit,
                 (long long)b->period_s);
}
