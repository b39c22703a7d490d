/* Options of a run: see run_options.h. Happy path: each becomes a budget, a note or a number. Fails
 * with WINNOW_USAGE on what cannot be, and as the store does. */
#include "work/run/run_options.h"

#include <stdio.h>
#include <string.h>

#include "work/budgets/budgets.h"
#include "work/plan/buy.h"
#include "work/plan/plan_head.h"

#define CONNECTIONS 2

/* What the plan says of its runs: the action, and the budgets that it was made with. */
static int plan_defaults(struct winnow *w, const struct store_campaign *c, struct run_note *note,
                         struct winnow_error *err) {
    struct store_txn *t;
    struct plan_head h;
    if (store_read(w->store, &t, err) != 0)
        return -1;
    int result = plan_head_get(t, c, c->plans, &h, err);
    store_abort(t);
    if (result != 0)
        return -1;
    note->action = (enum action)h.action;
    memcpy(note->budgets, h.budgets, sizeof note->budgets);
    note->budget_count = h.budget_count;
    plan_head_free(&h);
    return 0;
}

static int own_budgets(const struct winnow_run_options *o, struct run_note *note,
                       struct winnow_error *err) {
    if (o->budget_count > WINNOW_BUDGETS_MAX)
        return winnow_fail(err, WINNOW_USAGE, "more than %d budgets given", WINNOW_BUDGETS_MAX);
    for (size_t i = 0; i < o->budget_count; i++) {
        if (strlen(o->budgets[i]) >= sizeof note->budgets[i])
            return winnow_fail(err, WINNOW_USAGE, "budget \"%.64s...\" is too long", o->budgets[i]);
        memcpy(note->budgets[i], o->budgets[i], strlen(o->budgets[i]) + 1);
    }
    note->budget_count = o->budget_count;
    return 0;
}

static int read_quiet(const char *text, struct quiet_hours *out, struct winnow_error *err) {
    if (quiet_read(text, strlen(text), out))
        return 0;
    return winnow_fail(
        err, WINNOW_USAGE,
        "quiet hours \"%.32s\": give the local times of their beginning and end like "
        "23:00-07:00",
        text);
}

int winnow_quiet_check(const char *text, struct winnow_error *err) {
    struct quiet_hours ignored;
    return read_quiet(text, &ignored, err);
}

int run_options_note(struct winnow *w, const struct store_campaign *c,
                     const struct winnow_run_options *o, struct run_note *note,
                     struct winnow_error *err) {
    *note = (struct run_note){.pace = (enum pace)o->pace, .per_day = o->per_day};
    if (o->buy_profiles &&
        buy_check(platform_find(c->platform), c->name, o->max_cost_micro, err) != 0)
        return -1;
    if (o->quiet != NULL && read_quiet(o->quiet, &note->quiet, err) != 0)
        return -1;
    if (plan_defaults(w, c, note, err) != 0)
        return -1;
    return o->budget_count == 0 ? 0 : own_budgets(o, note, err);
}

static int add_cap(struct limiter *l, const char *name, uint64_t limit, struct budget_costs costs,
                   uint64_t used, struct winnow_error *err) {
    struct budget_spec spec = {.kind = BUDGET_TOTAL,
                               .limit = limit,
                               .costs = costs,
                               .scope = SCOPE_CAMPAIGN,
                               .users = true};
    snprintf(spec.name, sizeof spec.name, "%s", name);
    if (limit == 0 || costs.each[ACTION_UNFOLLOW] + costs.each[ACTION_FOLLOW] == 0)
        return 0;
    if (limiter_add(l, &spec, err) != 0)
        return -1;
    limiter_find(l, name)->used = used;
    return 0;
}

/* Cheap: where one free request tells of many. Elsewhere a precheck costs as much as the unfollow. */
static uint32_t precheck_max(const struct platform *p, enum winnow_precheck precheck) {
    uint32_t most = p->relations != NULL ? p->relations->max : p->relation_max;
    bool cheap = most >= 10 && p->price_relation_micro == 0;
    if (precheck == WINNOW_PRECHECK_OFF || (precheck == WINNOW_PRECHECK_CHEAP && !cheap))
        return 0;
    return most;
}

int run_options_caps(const struct winnow_run_options *o, const struct platform *p,
                     int64_t spent_micro, struct limiter *l, struct winnow_error *err) {
    struct budget_costs money = {.money = 1};
    struct budget_costs actions = {.write = 0};
    for (int a = 0; a < ACTION_COUNT; a++) {
        money.each[a] = (uint32_t)p->actions[a].price_micro;
        actions.each[a] = 1;
    }
    if (add_cap(l, BUDGET_USER_ACTIONS, o->max_actions, actions, 0, err) != 0)
        return -1;
    return add_cap(l, BUDGET_USER_COST, (uint64_t)o->max_cost_micro, money, (uint64_t)spent_micro,
                   err);
}

int run_options_drain(struct winnow *w, const struct platform *p,
                      const struct winnow_run_options *o, const struct run_note *note,
                      struct drain_options *out, struct winnow_error *err) {
    *out = drain_defaults;
    out->in_flight_max = o->connections > 0 ? o->connections : CONNECTIONS;
    out->action = note->action;
    out->batch_max = p->actions[note->action].batch_max;
    out->quiet = note->quiet;
    out->precheck_max = precheck_max(p, o->precheck);
    out->precheck_call = p->relation_call;
    out->precheck_money = (uint64_t)p->price_relation_micro;
    if (o->buy_profiles) { /* which tells all that a precheck would */
        out->precheck_max = buy_ask(p)->max;
        out->precheck_money = (uint64_t)buy_ask(p)->price_micro;
    }
    out->seed = (uint64_t)clock_now(&w->clock);
    if (o->until_ms > 0)
        out->until_ms = o->until_ms - clock_wall_offset(&w->clock);
    if (out->in_flight_max > DRAIN_IN_FLIGHT_MAX)
        return winnow_fail(err, WINNOW_USAGE, "at most %d connections", DRAIN_IN_FLIGHT_MAX);
    return 0;
}

const char *run_cap_reason(enum winnow_code code, const char *budget, const char *reason) {
    if (code == WINNOW_CAP && strcmp(budget, BUDGET_USER_ACTIONS) == 0)
        return "the number of unfollows that you allowed this run (--max-actions) is reached; run "
               "it again to go on";
    if (code == WINNOW_CAP && strcmp(budget, BUDGET_USER_COST) == 0)
        return "the money that you allowed the campaign (--max-cost) is spent; run it again with "
               "more to go on";
    return reason;
}

const char *run_end_reason(const struct drain_step *step) {
    return run_cap_reason(step->code, step->budget != NULL ? step->budget->spec.name : "",
                          step->reason);
}
