/* plan: the roster through the planner into a frozen schedule. Happy path: read everybody in one
 * moment, judge, order; then, in one write, the schedule, the decisions, the head and an empty
 * ledger; the plan before stays to be compared with, older ones go. Fails with the policy's exact
 * error, and while a worker runs; then nothing has changed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "work/budgets/budgets.h"
#include "work/campaign/shared_keys.h"
#include "work/evidence/unmatched.h"
#include "work/plan/plan_buys.h"
#include "work/plan/plan_goal.h"
#include "work/plan/plan_groups.h"
#include "work/plan/plan_reader.h"

/* Followees that have other than one follow to take back: which of their keys are left. */
struct many_keys {
    uint32_t number;
    uint64_t left;
};

struct making {
    struct winnow *w;
    const struct winnow_plan_options *options;
    struct store_campaign campaign;
    const struct platform *platform;
    struct plan_head head;
    struct coverages coverages;
    fact_set known; /* of anybody */
    struct goal_tally *goals;
    struct plan_groups *groups; /* NULL: not asked for */
    struct policy *policy;
    struct planner *planner;
    struct plan_result *result;
    struct store_txn *txn;
    uint32_t *numbers; /* planner's number -> the roster's; campaign.followees long */
    uint32_t planned;
    struct many_keys *many; /* in the order of numbers; grows to campaign.followees at most */
    size_t many_count, many_room;
    struct shared_keys shared;
    struct name_list held;               /* by a key that others have too */
    uint64_t noted;                      /* handles on the keep list that keep nobody yet */
    uint64_t gone, unresolved, nameless; /* nameless: of the unresolved, those without an id */
    uint32_t *positions; /* roster number -> first position; campaign.followees long */
    uint32_t total;
};

/* ---- reading ---- */

static int note_many(struct making *m, uint32_t number, uint64_t left, struct winnow_error *err) {
    if (m->many_count == m->many_room) {
        size_t room = m->many_room == 0 ? 64 : m->many_room * 2;
        struct many_keys *many = realloc(m->many, room * sizeof *many);
        if (many == NULL)
            return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
        m->many = many;
        m->many_room = room;
    }
    m->many[m->many_count++] = (struct many_keys){number, left};
    return 0;
}

static bool has_key(const struct platform *p, const struct facts *f) {
    const struct text *key = &f->follow_keys;
    return !p->needs_key ||
           (key->size != 0 &&
            (!p->handle_is_key || platform_check_account(p, key->at, key->size, NULL) == 0));
}

/* Nothing can be sent without an id that the platform could have given, nor, where it wants one,
 * without a key. */
static bool can_be_sent(const struct making *m, const struct facts *f) {
    return facts_known(f, FACT_ID) && has_key(m->platform, f) &&
           platform_check_id(m->platform, facts_text(f, FACT_ID).at, facts_text(f, FACT_ID).size,
                             NULL) == 0;
}

static int read_followee(void *context, uint32_t number, const struct facts *f, uint64_t gone,
                         struct winnow_error *err) {
    struct making *m = context;
    uint64_t left = store_follows_left(f, gone);
    if (left == 0) {
        m->gone++;
        return 0;
    }
    if (!can_be_sent(m, f)) {
        m->unresolved++;
        m->nameless += !facts_known(f, FACT_ID);
        return 0;
    }
    if (left != 1 && note_many(m, number, left, err) != 0)
        return -1;
    int kept = m->campaign.keep_count == 0
                   ? 0
                   : store_keep_has(m->txn, m->campaign.id, facts_text(f, FACT_ID).at,
                                    facts_text(f, FACT_ID).size, err);
    if (kept < 0)
        return -1;
    struct text shared = shared_keys_of(&m->shared, f, left);
    if (shared.size != 0)
        name_list_add(&m->held, m->platform->handle_is_key ? "@" : "", shared);
    m->numbers[m->planned] = number;
    struct facts counted = *f;
    coverages_count(&m->coverages, number, &counted);
    goal_tally_add(m->goals, &counted, kept == 1, shared.size != 0);
    if (m->groups != NULL)
        plan_groups_note(m->groups, m->planned, &counted, m->head.now_ms);
    return planner_add(m->planner, m->planned++, &counted,
                       (kept == 1 ? PLAN_MARK_KEEP : 0) | (shared.size != 0 ? PLAN_MARK_HOLD : 0),
                       err);
}

static int read_roster(struct making *m, struct winnow_error *err) {
    const fact_set texts =
        UINT64_C(1) << FACT_HANDLE | UINT64_C(1) << FACT_NAME | UINT64_C(1) << FACT_BIO;
    bool need_texts = (policy_facts(m->policy) & texts) != 0;
    struct store_scan scan = {
        .detail = need_texts ? STORE_FACTS_AND_TEXTS : STORE_FACTS,
        .each = read_followee,
        .context = m,
    };
    m->numbers = malloc(((size_t)m->campaign.followees + 1) * sizeof *m->numbers);
    if (m->numbers == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
    return store_roster_scan(m->txn, m->campaign.id, &scan, err);
}

/* What the policy may stand on, before it is chosen. */
static int look_at_roster(struct making *m, struct winnow_error *err) {
    if (store_campaign_find(m->txn, m->campaign.name, &m->campaign, err) != 0 ||
        store_keep_check(m->txn, &m->campaign, err) != 0 ||
        shared_keys_load(&m->shared, m->txn, &m->campaign, m->platform, err) != 0 ||
        coverages_load(&m->coverages, m->txn, &m->campaign, err) != 0)
        return -1;
    return plan_goal_known(m->txn, &m->campaign, &m->coverages, &m->known, err);
}

/* ---- the summary ---- */

static void add_count(struct winnow_plan_count *counts, size_t *used, const char *name,
                      size_t index, struct text text, uint64_t count) {
    if (count == 0 || *used == WINNOW_PLAN_COUNTS_MAX)
        return;
    struct winnow_plan_count *c = &counts[(*used)++];
    if (index == SIZE_MAX)
        snprintf(c->name, sizeof c->name, "%s", name);
    else
        snprintf(c->name, sizeof c->name, "%s[%zu]", name, index);
    text_copy(c->text, sizeof c->text, text);
    c->count = count;
}

static struct text top_text(const struct policy *p, size_t i, char room[160]) {
    struct top_explanation top;
    policy_explain_top(p, i, &top);
    int size = snprintf(room, 160, "the best %u of each %s by %s", top.n, top.by, top.of);
    return (struct text){room, (uint32_t)(size < 0 ? 0 : size < 160 ? size : 159)};
}

static void summarise_reasons(struct making *m) {
    const struct plan_summary *s = plan_summary(m->result);
    struct winnow_plan *p = &m->head.plan;
    const struct text none = {"", 0};
    char room[160];
    add_count(p->kept_by, &p->kept_by_count, "keep list", SIZE_MAX, none, s->kept_list);
    for (size_t i = 0; i < policy_keep_count(m->policy); i++)
        add_count(p->kept_by, &p->kept_by_count, "keep", i, policy_keep_source(m->policy, i),
                  s->kept_rule[i]);
    for (size_t i = 0; i < policy_top_count(m->policy); i++)
        add_count(p->kept_by, &p->kept_by_count, "keep_top", i, top_text(m->policy, i, room),
                  s->kept_top[i]);
    add_count(p->kept_by, &p->kept_by_count, "undecided", SIZE_MAX, none, s->kept_undecided);
    for (int id = 0; id < FACT_COUNT; id++) {
        char words[REASON_SIZE];
        reason_missing(FACT_SET(id), words);
        add_count(p->missing, &p->missing_count, fact_names[id], SIZE_MAX,
                  (struct text){words, (uint32_t)strlen(words)}, s->missing[id]);
    }
    add_count(p->missing, &p->missing_count,
              !m->platform->needs_key      ? "id"
              : m->platform->handle_is_key ? "handle"
                                           : "follow record",
              SIZE_MAX, none, m->unresolved);
    add_count(p->missing, &p->missing_count,
              m->platform->handle_is_key ? "a login of its own" : "a follow record of its own",
              SIZE_MAX, none, s->held);
}

static int summarise_time(struct making *m, struct winnow_error *err) {
    struct winnow_plan *p = &m->head.plan;
    struct limiter l;
    const char *overrides[WINNOW_BUDGETS_MAX];
    size_t count = plan_head_budgets(&m->head, overrides);
    limiter_init(&l, PACE_EVEN);
    if (budgets_fill(&l, m->platform, overrides, count, err) != 0) {
        limiter_free(&l);
        return -1;
    }
    struct budgets_time all = budgets_time(&l, m->platform, ACTION_UNFOLLOW, m->total);
    double each_ms = m->total == 0 ? 0 : (double)all.even_ms / m->total;
    double per_day = each_ms > 0 ? 86400000.0 / each_ms : (double)m->total;
    p->finish_even_ms = p->created_ms + all.even_ms;
    p->finish_burst_ms = p->created_ms + all.burst_ms;
    snprintf(p->tightest, sizeof p->tightest, "%s", all.tightest);
    p->volume_known = plan_summary(m->result)->volume_total > 0;
    p->volume_unknown = plan_summary(m->result)->volume_unknown;
    p->relief = plan_volume_share(m->result, UINT64_MAX);
    p->bend = plan_volume_bend(m->result);
    p->bend_relief = p->bend == 0 ? 0 : plan_volume_share(m->result, p->bend);
    p->volume_day1 = plan_volume_share(m->result, (uint64_t)per_day);
    p->volume_day7 = plan_volume_share(m->result, (uint64_t)(per_day * 7));
    p->volume_day30 = plan_volume_share(m->result, (uint64_t)(per_day * 30));
    limiter_free(&l);
    return 0;
}

static int making_summarise(struct making *m, struct winnow_error *err) {
    const struct plan_summary *s = plan_summary(m->result);
    struct winnow_plan *p = &m->head.plan;
    for (int i = 0; i < PLAN_DIGEST_SIZE; i++)
        snprintf(p->digest + 2 * (size_t)i, 3, "%02x", plan_digest(m->result)[i]);
    p->followees = (uint64_t)s->followed + m->unresolved;
    p->kept = s->kept;
    p->undecided = (uint64_t)s->undecided + m->unresolved + s->held;
    p->beyond_max = s->beyond_max;
    p->scheduled = m->total;
    p->duplicates = m->total - s->scheduled;
    p->cost_micro = (int64_t)m->total * m->platform->actions[ACTION_UNFOLLOW].price_micro;
    p->undo_cost_micro = (int64_t)m->total * m->platform->actions[ACTION_FOLLOW].price_micro;
    snprintf(p->currency, sizeof p->currency, "%s",
             m->platform->currency != NULL ? m->platform->currency : "");
    summarise_reasons(m);
    return summarise_time(m, err);
}

/* ---- writing ---- */

static uint64_t left_of(const struct making *m, uint32_t number) {
    size_t low = 0;
    for (size_t high = m->many_count; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (m->many[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < m->many_count && m->many[low].number == number ? m->many[low].left : 1;
}

#define AT_ONCE 1008 /* entries, or decisions, in a call of the store */

struct chunk {
    struct store_entry entries[AT_ONCE];
    uint32_t count;
};

static int flush_chunk(struct making *m, struct chunk *c, struct winnow_error *err) {
    uint32_t from = m->total;
    m->total += c->count;
    uint32_t count = c->count;
    c->count = 0;
    return store_schedule_put(m->txn, m->campaign.id, m->campaign.plans, from, c->entries, count,
                              err);
}

#define AHEAD 32

/* Load ahead what the k-th entry will need. A plan of all followees, which is the rule, numbers them
 * as the roster does. */
static void making_expect(const struct making *m, uint32_t k) {
    uint32_t number = plan_expect(m->result, k);
    __builtin_prefetch(&m->numbers[number]);
    __builtin_prefetch(&m->positions[number], 1);
}

/* An entry of the schedule for each follow key that is left. */
static int write_entries(struct making *m, struct plan_keys *keys, size_t *key_count,
                         struct winnow_error *err) {
    struct chunk c = {.count = 0};
    uint32_t scheduled = plan_summary(m->result)->scheduled;
    for (uint32_t k = 0; k < scheduled; k++) {
        if (k + AHEAD < scheduled)
            making_expect(m, k + AHEAD);
        struct plan_entry e = plan_entry(m->result, k);
        uint32_t number = m->numbers[e.number];
        m->positions[number] = m->total + c.count;
        uint64_t left = m->many_count == 0 ? 1 : left_of(m, number);
        if (left != 1)
            keys[(*key_count)++] = (struct plan_keys){k, left};
        for (uint8_t key = 0; left != 0; key++, left >>= 1) {
            if ((left & 1) == 0)
                continue;
            c.entries[c.count++] = (struct store_entry){
                .number = number,
                .score = e.score,
                .key = key,
                .first = e.reason.rule < STORE_NO_RULE ? (uint8_t)e.reason.rule : STORE_NO_RULE,
            };
            if (c.count == AT_ONCE && flush_chunk(m, &c, err) != 0)
                return -1;
        }
    }
    return c.count == 0 ? 0 : flush_chunk(m, &c, err);
}

static int write_schedule(struct making *m, struct winnow_error *err) {
    size_t count = 0;
    struct plan_keys *keys = malloc((m->many_count + 1) * sizeof *keys);
    if (keys == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
    int result = write_entries(m, keys, &count, err);
    if (result == 0)
        plan_digest_keys(m->result, keys, count);
    free(keys);
    return result;
}

static int write_decisions(struct making *m, struct winnow_error *err) {
    struct store_decision chunk[AT_ONCE];
    uint32_t planned = 0;
    for (uint32_t from = 0; from < m->campaign.followees; from += AT_ONCE) {
        uint32_t count = m->campaign.followees - from;
        if (count > AT_ONCE)
            count = AT_ONCE;
        for (uint32_t i = 0; i < count; i++) {
            struct plan_reason r = {PLAN_NONE, 0};
            if (planned < m->planned && m->numbers[planned] == from + i) {
                r = plan_reason(m->result, planned);
                if (m->groups != NULL)
                    plan_groups_count(m->groups, &m->head, m->policy, m->result, planned, from + i);
                planned++;
            }
            chunk[i] = (struct store_decision){m->positions[from + i], (uint8_t)r.verdict,
                                               (uint8_t)(r.rule & 0xff)};
        }
        if (store_decisions_put(m->txn, m->campaign.id, m->campaign.plans, from, chunk, count,
                                err) != 0)
            return -1;
    }
    return 0;
}

static int making_compare(struct making *m, struct winnow_plan_diff *diff,
                          struct winnow_error *err) {
    struct plan_head old;
    uint32_t before = m->campaign.plans - 1;
    *diff = (struct winnow_plan_diff){0};
    if (before == 0)
        return 0;
    if (plan_head_get(m->txn, &m->campaign, before, &old, err) != 0)
        return -1;
    diff->any = true;
    memcpy(diff->digest, old.plan.digest, sizeof diff->digest);
    plan_head_free(&old);
    for (uint32_t n = 0; n < m->campaign.followees; n++) {
        struct store_decision d = {.position = STORE_NO_POSITION};
        if (store_decision_get(m->txn, m->campaign.id, before, n, &d, err) < 0)
            return -1;
        bool was = d.position != STORE_NO_POSITION;
        bool is = m->positions[n] != STORE_NO_POSITION;
        diff->same += was && is;
        diff->newly_scheduled += !was && is;
        diff->no_longer_scheduled += was && !is;
    }
    return 0;
}

static int write_plan(struct making *m, struct winnow_plan *out, struct winnow_error *err) {
    struct store_campaign now;
    if (store_campaign_find(m->txn, m->campaign.name, &now, err) != 0)
        return -1;
    if (now.followees != m->campaign.followees || now.plans != m->campaign.plans)
        return winnow_fail(err, WINNOW_BUSY,
                           "the roster of campaign %s changed while it was planned: run the same "
                           "command again",
                           now.name);
    m->campaign = now;
    m->campaign.plans++;
    int64_t now_ms = clock_now(&m->w->clock);
    if (write_schedule(m, err) != 0 || write_decisions(m, err) != 0 ||
        making_summarise(m, err) != 0 || making_compare(m, &m->head.plan.diff, err) != 0 ||
        plan_head_put(m->txn, m->campaign.id, m->campaign.plans, &m->head, err) != 0 ||
        (m->campaign.plans > 2 &&
         store_plan_drop(m->txn, m->campaign.id, m->campaign.plans - 2, err) != 0) ||
        store_progress_start(m->txn, m->campaign.id, m->campaign.plans, m->total, now_ms, err) !=
            0 ||
        store_lease_take(m->txn, &m->campaign, err) != 0) /* no run goes on with the plan before */
        return -1;
    *out = m->head.plan;
    return state_stamp(m->w, m->txn, err);
}

static int write_all(struct making *m, struct winnow_plan *out, struct winnow_error *err) {
    m->positions = malloc(((size_t)m->campaign.followees + 1) * sizeof *m->positions);
    if (m->positions == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
    memset(m->positions, 0xff, ((size_t)m->campaign.followees + 1) * sizeof *m->positions);
    if (store_write(m->w->store, m->campaign.id, &m->txn, err) != 0)
        return -1;
    if (write_plan(m, out, err) != 0) {
        store_abort(m->txn);
        return -1;
    }
    return store_commit(m->txn, err);
}

/* ---- options ---- */

static int take_options(struct making *m, struct winnow_error *err) {
    const struct winnow_plan_options *o = m->options;
    m->head.plan.created_ms = winnow_now_ms();
    m->head.now_ms = o->now_ms != 0 ? o->now_ms : m->head.plan.created_ms;
    m->head.seed = o->seed;
    m->head.max = o->max;
    if (o->budget_count > WINNOW_BUDGETS_MAX)
        return winnow_fail(err, WINNOW_USAGE, "more than %d budgets given", WINNOW_BUDGETS_MAX);
    for (size_t i = 0; i < o->budget_count; i++) {
        if (strlen(o->budgets[i]) >= sizeof m->head.budgets[i])
            return winnow_fail(err, WINNOW_USAGE, "budget \"%.64s...\" is too long", o->budgets[i]);
        memcpy(m->head.budgets[i], o->budgets[i], strlen(o->budgets[i]) + 1);
    }
    m->head.budget_count = o->budget_count;
    return 0;
}

static int take_policy(struct making *m, struct winnow_error *err) {
    const struct winnow_plan_options *o = m->options;
    const char *name = o->policy_name != NULL ? o->policy_name : "policy";
    if (plan_goal_choose(m->txn, &m->campaign, o, m->known, &m->head, err) != 0)
        return -1;
    /* The analyzer loses sight of m->head, which winnow_plan frees. */
    return policy_compile(name, m->head.policy, m->head.policy_size, &m->policy, err); /* NOLINT */
}

/* Everybody, in one moment of the store: for what is known of anybody, then one by one. */
static int judge_roster(struct making *m, struct winnow_error *err) {
    fact_set groups[PLAN_GROUPS] = {0};
    memcpy(groups, evidence_facts, sizeof evidence_facts);
    const struct planner_options options = {m->head.now_ms, m->head.seed, m->head.max, groups};
    if (store_check_sound(m->w->store, err) != 0 || store_read(m->w->store, &m->txn, err) != 0)
        return -1;
    int result = look_at_roster(m, err);
    const struct goal_terms terms = {m->campaign.followees, m->options->since_days, m->known};
    if (result == 0)
        result = take_policy(m, err);
    if (result == 0)
        result = goal_tally_init(&m->goals, &terms, m->head.now_ms, err);
    if (result == 0 && m->options->groups != NULL)
        result = plan_groups_init(&m->groups, m->campaign.followees, err);
    if (result == 0)
        result = planner_init(&m->planner, m->policy, &options, m->campaign.followees, err);
    if (result == 0)
        result = read_roster(m, err);
    store_abort(m->txn);
    m->txn = NULL;
    return result;
}

/* Those who may be somebody yet; and those whom a whole following list has not had, who are not of
 * the plan. */
static int tell_nameless(struct making *m, struct winnow_error *err) {
    char names[UNMATCHED_NAMES_SIZE];
    struct store_txn *t;
    if (store_read(m->w->store, &t, err) != 0)
        return -1;
    int result = m->nameless > 0 ? unmatched_names(t, &m->campaign, names, err)
                                 : unmatched_tell(t, &m->campaign, &m->options->hooks, err);
    store_abort(t);
    if (result == 0 && m->nameless > 0)
        hooks_warn(&m->options->hooks,
                   "%llu followees are known by their handle alone: what a file says of them keeps "
                   "nobody until `winnow fetch %s` has looked up who they are: %s",
                   (unsigned long long)m->nameless, m->campaign.name, names);
    return result;
}

/* Whom a frozen plan would not send, and whom the keep list means and nobody knows. */
static int tell_held(struct making *m, struct winnow_error *err) {
    char names[UNMATCHED_NAMES_SIZE];
    struct store_txn *t;
    if (m->held.used > 0) {
        name_list_write(&m->held, names);
        hooks_warn(&m->options->hooks,
                   "several in the roster have one %s, and a request for one could hit the other; "
                   "who is not kept anyway is held, until `winnow fetch %s` tells whose it is: %s",
                   m->platform->handle_is_key ? "login" : "follow record", m->campaign.name, names);
    }
    if (store_read(m->w->store, &t, err) != 0)
        return -1;
    int result = noted_tell(t, &m->campaign, &m->options->hooks, &m->noted, err);
    store_abort(t);
    return result;
}

static int make_plan(struct making *m, struct winnow_plan *out, struct winnow_error *err) {
    if (take_options(m, err) != 0 || judge_roster(m, err) != 0 ||
        planner_finish(m->planner, &m->result, err) != 0)
        return -1;
    if (m->planned == 0 && m->unresolved > 0)
        return winnow_fail(err, WINNOW_BAD_INPUT,
                           "none of the %llu followees has what the platform needs to take a "
                           "follow back: run `winnow fetch %s`, which asks for it",
                           (unsigned long long)m->unresolved, m->campaign.name);
    if (m->planned == 0)
        return winnow_fail(err, WINNOW_BAD_INPUT,
                           "the roster of campaign %s has nobody to plan for: `winnow import` or "
                           "`winnow fetch` fills it",
                           m->campaign.name);
    if ((m->campaign.unresolved > 0 && tell_nameless(m, err) != 0) || tell_held(m, err) != 0)
        return -1;
    return write_all(m, out, err);
}

static int fill_goal(const struct making *m, enum goal goal, const struct limiter *l,
                     struct winnow_goal *out) {
    const struct goal_count *count = goal_tally_of(m->goals, goal);
    uint64_t all = plan_summary(m->result)->volume_total;
    *out = (struct winnow_goal){
        .kept = count->kept,
        .undecided = (uint64_t)count->undecided + m->unresolved,
        .scheduled = count->scheduled,
        .finish_even_ms = m->head.plan.created_ms +
                          budgets_time(l, m->platform, ACTION_UNFOLLOW, count->scheduled).even_ms,
        .cost_micro = (int64_t)count->scheduled * m->platform->actions[ACTION_UNFOLLOW].price_micro,
        .relief = all == 0 ? 0 : (double)count->volume / (double)all,
    };
    snprintf(out->name, sizeof out->name, "%s", goal_names[goal]);
    snprintf(out->meaning, sizeof out->meaning, "%s", goal_meanings[goal]);
    return 0;
}

/* All goals side by side, by the limits that the plan goes by. */
static int look_at_goals(struct making *m, struct winnow_plan *out, struct winnow_error *err) {
    struct limiter l;
    const char *overrides[WINNOW_BUDGETS_MAX];
    size_t count = plan_head_budgets(&m->head, overrides);
    limiter_init(&l, PACE_EVEN);
    int result = budgets_fill(&l, m->platform, overrides, count, err);
    for (int goal = 0; goal < GOAL_COUNT && result == 0; goal++)
        result = fill_goal(m, (enum goal)goal, &l, &out->goals[out->goal_count++]);
    limiter_free(&l);
    plan_goal_aside(&m->head, m->known, out);
    return result;
}

/* What the facts rest on, and how many stay undecided for want of each. */
static int look_at_evidence(struct making *m, struct winnow_plan *out, struct winnow_error *err) {
    struct store_txn *t;
    out->keep_noted = m->noted;
    if (store_read(m->w->store, &t, err) != 0)
        return -1;
    struct evidence_views views;
    int result = evidence_view(m->w, t, &m->campaign, &views, err);
    if (result == 0)
        result = plan_buys(t, &m->campaign, out, err);
    store_abort(t);
    for (size_t i = 0; i < views.count && result == 0; i++) {
        out->evidence[i] = views.all[i];
        out->evidence[i].undecided = plan_summary(m->result)->missing_of[views.dataset[i]];
        out->evidence_count = i + 1;
    }
    return result;
}

static int read_ends(struct plan_reader *v, struct winnow_plan *out, struct winnow_error *err) {
    uint32_t total = v->progress.total;
    uint32_t head = total < WINNOW_PLAN_SAMPLE ? total : WINNOW_PLAN_SAMPLE;
    uint32_t tail = total - head < WINNOW_PLAN_SAMPLE ? total - head : WINNOW_PLAN_SAMPLE;
    for (uint32_t i = 0; i < head; i++)
        if (plan_reader_entry(v, i, &out->head[i], err) != 0)
            return -1;
    for (uint32_t i = 0; i < tail; i++)
        if (plan_reader_entry(v, total - tail + i, &out->tail[i], err) != 0)
            return -1;
    out->head_count = head;
    out->tail_count = tail;
    return 0;
}

/* As it is stored: the first, the last, and some of each kind. */
static int look_at_plan(struct making *m, struct winnow_plan *out, struct winnow_error *err) {
    struct store_txn *t;
    struct store_campaign c;
    struct plan_reader v;
    if (store_read(m->w->store, &t, err) != 0)
        return -1;
    int result = store_campaign_find(t, m->campaign.name, &c, err);
    if (result == 0)
        result = plan_reader_open(&v, m->w, t, &c, err);
    if (result != 0) {
        store_abort(t);
        return -1;
    }
    result = read_ends(&v, out, err);
    if (result == 0 && m->groups != NULL)
        result = plan_groups_fill(m->groups, &v, m->options->groups, &out->group_count, err);
    plan_reader_close(&v);
    store_abort(t);
    return result;
}

int winnow_plan(struct winnow *w, const char *name, const struct winnow_plan_options *options,
                struct winnow_plan *out, struct winnow_error *err) {
    struct making m = {.w = w, .options = options};
    *out = (struct winnow_plan){0};
    if (state_refuse_running(w, name, err) != 0 ||
        state_campaign(w, name, &m.campaign, &m.platform, err) != 0)
        return -1;
    int result = make_plan(&m, out, err);
    if (result == 0)
        result = look_at_evidence(&m, out, err);
    if (result == 0)
        result = look_at_goals(&m, out, err);
    if (result == 0)
        result = look_at_plan(&m, out, err);
    goal_tally_free(m.goals);
    plan_groups_free(m.groups);
    plan_free(m.result);
    planner_free(m.planner);
    policy_free(m.policy);
    plan_head_free(&m.head);
    shared_keys_free(&m.shared);
    free(m.numbers);
    free(m.many);
    free(m.positions);
    return result;
}

static int policy_of(struct store_txn *t, const char *name, enum goal goal, uint32_t since_days,
                     char **json, struct winnow_error *err) {
    struct store_campaign c;
    struct coverages coverages;
    struct goal_terms terms = {.since_days = since_days};
    size_t size;
    if (store_campaign_find(t, name, &c, err) != 0 || coverages_load(&coverages, t, &c, err) != 0 ||
        plan_goal_known(t, &c, &coverages, &terms.known, err) != 0)
        return -1;
    terms.followees = c.followees;
    return goal_policy(goal, &terms, json, &size, err);
}

int winnow_goal_policy(struct winnow *w, const char *goal, uint32_t since_days, const char *name,
                       char **json, struct winnow_error *err) {
    const struct goal_terms any = {.since_days = since_days, .known = ~(fact_set)0};
    struct store_txn *t;
    size_t size;
    int found = plan_goal_find(goal, err);
    if (found < 0)
        return -1;
    if (name == NULL)
        return goal_policy((enum goal)found, &any, json, &size, err);
    if (store_read(w->store, &t, err) != 0)
        return -1;
    int result = policy_of(t, name, (enum goal)found, since_days, json, err);
    store_abort(t);
    return result;
}
