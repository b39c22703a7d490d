/* The goal of a plan: see plan_goal.h. Happy path: one walk over the roster for what is known of
 * anybody, then the goal's policy for that. Fails as the store does. */
#include "work/plan/plan_goal.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/expr/expr.h"
#include "work/plan/reason.h"

/* ---- what is known of anybody ---- */

/* What facts_count_ties can tell. */
#define COUNTED (FACTS_SEEN_IN_PART)

struct looking {
    const struct coverages *coverages;
    fact_set known;
};

static int goal_look(void *context, uint32_t number, const struct facts *f, uint64_t gone,
                     struct winnow_error *err) {
    struct looking *l = context;
    (void)err;
    if (store_follows_left(f, gone) == 0)
        return 0;
    l->known |= f->known;
    bool counts = f->tie_count > 0 || (f->known & COUNTED) != 0;
    if (!counts || (l->known & COUNTED) == COUNTED)
        return 0;
    struct facts counted = *f;
    coverages_count(l->coverages, number, &counted);
    l->known |= counted.known;
    return 0;
}

int plan_goal_known(struct store_txn *t, const struct store_campaign *c,
                    const struct coverages *coverages, fact_set *known, struct winnow_error *err) {
    struct looking l = {.coverages = coverages};
    const struct store_scan scan = {.detail = STORE_FACTS, .each = goal_look, .context = &l};
    int result = store_roster_scan(t, c->id, &scan, err);
    l.known |= coverages->talked > 0 ? FACT_BIT(TALKED_TO) | FACT_BIT(INTERACTIONS) : 0;
    l.known |= coverages->heard > 0 ? FACT_BIT(HEARD_FROM) | FACT_BIT(INTERACTIONS) : 0;
    l.known |= coverages->messages > 0 ? FACT_BIT(MESSAGES) : 0;
    *known = l.known;
    return result;
}

/* ---- which goal ---- */

static int set_policy(struct plan_head *head, struct text policy, struct winnow_error *err) {
    head->policy = malloc((size_t)policy.size + 1);
    if (head->policy == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
    memcpy(head->policy, policy.at, policy.size);
    head->policy[policy.size] = '\0';
    head->policy_size = policy.size;
    return 0;
}

static int set_goal(struct plan_head *head, enum goal goal, const struct goal_terms *terms,
                    struct winnow_error *err) {
    snprintf(head->plan.goal, sizeof head->plan.goal, "%s", goal_names[goal]);
    head->plan.since_days = terms->since_days;
    return goal_policy(goal, terms, &head->policy, &head->policy_size, err);
}

int plan_goal_find(const char *name, struct winnow_error *err) {
    int goal = goal_find(name);
    if (goal >= 0)
        return goal;
    return winnow_fail(err, WINNOW_USAGE,
                       "\"%.40s\" is no goal: there are declutter, careful, one-way, inactive and "
                       "dead; `winnow policy --goal GOAL` prints what each keeps",
                       name);
}

/* What the last plan had: its goal, for the roster of now, or its own policy as it is. */
static int as_before(struct store_txn *t, const struct store_campaign *c, struct goal_terms *terms,
                     struct plan_head *head, struct winnow_error *err) {
    struct plan_head last;
    if (plan_head_get(t, c, c->plans, &last, err) != 0)
        return -1;
    int goal = goal_find(last.plan.goal);
    terms->since_days = terms->since_days != 0 ? terms->since_days : (uint32_t)last.plan.since_days;
    int result =
        goal >= 0 ? set_goal(head, (enum goal)goal, terms, err)
                  : set_policy(head, (struct text){last.policy, (uint32_t)last.policy_size}, err);
    head->plan.goal_by_size = last.plan.goal_by_size;
    plan_head_free(&last);
    return result;
}

int plan_goal_choose(struct store_txn *t, const struct store_campaign *c,
                     const struct winnow_plan_options *options, fact_set known,
                     struct plan_head *head, struct winnow_error *err) {
    struct goal_terms terms = {c->followees, options->since_days, known};
    if (options->policy != NULL && options->goal != NULL)
        return winnow_fail(err, WINNOW_USAGE,
                           "a goal is a policy: give --goal or --policy, not both");
    if (options->policy != NULL)
        return set_policy(head, (struct text){options->policy, (uint32_t)options->policy_size},
                          err);
    if (options->goal != NULL) {
        int goal = plan_goal_find(options->goal, err);
        return goal < 0 ? -1 : set_goal(head, (enum goal)goal, &terms, err);
    }
    if (c->plans > 0)
        return as_before(t, c, &terms, head, err);
    head->plan.goal_by_size = true;
    return set_goal(head, goal_default(c->followees), &terms, err);
}

/* ---- what was set aside ---- */

/* The names of the facts that a rule reads and that are known of nobody. */
static void name_unknown(const struct expr *e, fact_set known, char *to, size_t room) {
    size_t used = 0;
    to[0] = '\0';
    for (int id = 0; id < FACT_COUNT && used < room; id++) {
        if ((expr_facts(e) & ~known & FACT_SET(id)) == 0)
            continue;
        int n = snprintf(to + used, room - used, "%s%s", used == 0 ? "" : ", ", fact_names[id]);
        used += n < 0 ? 0 : (size_t)n;
    }
}

static bool fill_aside(const char *rule, fact_set known, struct winnow_aside *out) {
    struct expr *e;
    struct expr_error error;
    if (expr_compile(rule, strlen(rule), &e, &error) != 0)
        return false;
    snprintf(out->rule, sizeof out->rule, "%s", rule);
    name_unknown(e, known, out->unknown, sizeof out->unknown);
    enum reason_kind kind = kind_of_rule(expr_source(e));
    snprintf(out->words, sizeof out->words, "%s", kind == KIND_RULE ? "" : kind_words[kind].head);
    expr_free(e);
    return true;
}

void plan_goal_aside(const struct plan_head *head, fact_set known, struct winnow_plan *plan) {
    json_t *root = json_loadb(head->policy, head->policy_size, 0, NULL);
    size_t i;
    json_t *rule;
    json_array_foreach(json_object_get(root, "aside"), i, rule) {
        if (plan->aside_count < WINNOW_ASIDE_MAX && json_is_string(rule) &&
            fill_aside(json_string_value(rule), known, &plan->aside[plan->aside_count]))
            plan->aside_count++;
    }
    json_decref(root);
}
