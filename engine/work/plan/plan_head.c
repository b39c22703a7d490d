/* A plan's head: see plan_head.h. Happy path: packed into JSON once, unpacked by every call that
 * looks at the plan. Fails with WINNOW_DAMAGED when what is stored is no head. */
#include "work/plan/plan_head.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "work/budgets/budgets.h"
#include "work/campaign/json_text.h"

void plan_head_free(struct plan_head *h) {
    free(h->policy);
    h->policy = NULL;
}

size_t plan_head_budgets(const struct plan_head *h, const char *out[WINNOW_BUDGETS_MAX]) {
    for (size_t i = 0; i < h->budget_count; i++)
        out[i] = h->budgets[i];
    return h->budget_count;
}

int plan_head_policy(const struct plan_head *h, struct policy **out, struct winnow_error *err) {
    return policy_compile("the plan's policy", h->policy, h->policy_size, out, err);
}

/* ---- one table for both ways ---- */

enum member_type { MEMBER_NUMBER, MEMBER_REAL, MEMBER_FLAG, MEMBER_TEXT };

struct member {
    const char *name;
    enum member_type type;
    size_t offset, size;
    bool late; /* heads of the first winnow do not have it */
};

#define MEMBER(name, type, field)                                                                  \
    { name, type, offsetof(struct plan_head, field), sizeof((struct plan_head *)0)->field, false }
#define LATE_MEMBER(name, type, field)                                                             \
    { name, type, offsetof(struct plan_head, field), sizeof((struct plan_head *)0)->field, true }

static const struct member members[] = {
    MEMBER("digest", MEMBER_TEXT, plan.digest),
    MEMBER("created_ms", MEMBER_NUMBER, plan.created_ms),
    MEMBER("followees", MEMBER_NUMBER, plan.followees),
    MEMBER("kept", MEMBER_NUMBER, plan.kept),
    MEMBER("undecided", MEMBER_NUMBER, plan.undecided),
    MEMBER("beyond_max", MEMBER_NUMBER, plan.beyond_max),
    MEMBER("scheduled", MEMBER_NUMBER, plan.scheduled),
    MEMBER("duplicates", MEMBER_NUMBER, plan.duplicates),
    MEMBER("finish_even_ms", MEMBER_NUMBER, plan.finish_even_ms),
    MEMBER("finish_burst_ms", MEMBER_NUMBER, plan.finish_burst_ms),
    MEMBER("tightest", MEMBER_TEXT, plan.tightest),
    MEMBER("currency", MEMBER_TEXT, plan.currency),
    MEMBER("cost_micro", MEMBER_NUMBER, plan.cost_micro),
    MEMBER("undo_cost_micro", MEMBER_NUMBER, plan.undo_cost_micro),
    MEMBER("volume_known", MEMBER_FLAG, plan.volume_known),
    MEMBER("volume_day1", MEMBER_REAL, plan.volume_day1),
    MEMBER("volume_day7", MEMBER_REAL, plan.volume_day7),
    MEMBER("volume_day30", MEMBER_REAL, plan.volume_day30),
    MEMBER("volume_unknown", MEMBER_NUMBER, plan.volume_unknown),
    LATE_MEMBER("goal", MEMBER_TEXT, plan.goal),
    LATE_MEMBER("goal_by_size", MEMBER_FLAG, plan.goal_by_size),
    LATE_MEMBER("since_days", MEMBER_NUMBER, plan.since_days),
    MEMBER("now_ms", MEMBER_NUMBER, now_ms),
    MEMBER("seed", MEMBER_NUMBER, seed),
    MEMBER("max", MEMBER_NUMBER, max),
    LATE_MEMBER("action", MEMBER_NUMBER, action),
};

static json_t *member_json(const struct plan_head *h, const struct member *m) {
    const char *at = (const char *)h + m->offset;
    int64_t number;
    double real;
    switch (m->type) {
    case MEMBER_NUMBER:
        memcpy(&number, at, sizeof number);
        return json_integer(number);
    case MEMBER_REAL:
        memcpy(&real, at, sizeof real);
        return json_real(real);
    case MEMBER_FLAG:
        return json_boolean(*at != 0);
    case MEMBER_TEXT:
        break;
    }
    return json_string(at);
}

/* A head of before there were goals lacks what says which: none. One of before there were actions
 * unfollows. */
static bool member_read(struct plan_head *h, const struct member *m, const json_t *value) {
    char *at = (char *)h + m->offset;
    if (value == NULL && m->late)
        return true;
    int64_t number = json_integer_value(value);
    double real = json_number_value(value);
    switch (m->type) {
    case MEMBER_NUMBER:
        memcpy(at, &number, sizeof number);
        return json_is_integer(value);
    case MEMBER_REAL:
        memcpy(at, &real, sizeof real);
        return json_is_number(value);
    case MEMBER_FLAG:
        *at = json_is_true(value);
        return json_is_boolean(value);
    case MEMBER_TEXT:
        break;
    }
    if (!json_is_string(value) || json_string_length(value) >= m->size)
        return false;
    memcpy(at, json_string_value(value), json_string_length(value) + 1);
    return true;
}

/* NULL: out of memory. */
static json_t *counts_json(const struct winnow_plan_count *counts, size_t count) {
    json_t *list = json_array();
    bool whole = list != NULL;
    for (size_t i = 0; i < count && whole; i++)
        whole = json_array_append_new(list, json_pack("[s, s, I]", counts[i].name, counts[i].text,
                                                      (json_int_t)counts[i].count)) == 0;
    if (whole)
        return list;
    json_decref(list);
    return NULL;
}

static size_t counts_read(struct winnow_plan_count *counts, const json_t *list) {
    size_t count = json_array_size(list);
    if (count > WINNOW_PLAN_COUNTS_MAX)
        count = WINNOW_PLAN_COUNTS_MAX;
    for (size_t i = 0; i < count; i++) {
        const char *name = "";
        const char *text = "";
        json_int_t value = 0;
        json_unpack(json_array_get(list, i), "[s, s, I]", &name, &text, &value);
        text_copy(counts[i].name, sizeof counts[i].name,
                  (struct text){name, (uint32_t)strlen(name)});
        text_copy(counts[i].text, sizeof counts[i].text,
                  (struct text){text, (uint32_t)strlen(text)});
        counts[i].count = (uint64_t)value;
    }
    return count;
}

static json_t *budgets_json(const struct plan_head *h) {
    json_t *list = json_array();
    bool whole = list != NULL;
    for (size_t i = 0; i < h->budget_count && whole; i++)
        whole = json_array_append_new(list, json_string(h->budgets[i])) == 0;
    if (whole)
        return list;
    json_decref(list);
    return NULL;
}

/* A head that lacks a member would be a plan that nobody can read: it is whole or NULL. */
static json_t *head_json(const struct plan_head *h) {
    json_t *root = json_object();
    bool whole = root != NULL;
    for (size_t i = 0; i < sizeof members / sizeof members[0] && whole; i++)
        whole = json_object_set_new(root, members[i].name, member_json(h, &members[i])) == 0;
    whole = whole && json_object_set_new(root, "budgets", budgets_json(h)) == 0 &&
            json_object_set_new(root, "kept_by",
                                counts_json(h->plan.kept_by, h->plan.kept_by_count)) == 0 &&
            json_object_set_new(root, "missing",
                                counts_json(h->plan.missing, h->plan.missing_count)) == 0 &&
            json_object_set_new(root, "policy", json_stringn(h->policy, h->policy_size)) == 0;
    if (whole)
        return root;
    json_decref(root);
    return NULL;
}

int plan_head_put(struct store_txn *t, uint32_t campaign, uint32_t plan, const struct plan_head *h,
                  struct winnow_error *err) {
    json_t *root = head_json(h);
    size_t size = 0;
    char *text = json_text_make(root, &size);
    json_decref(root);
    if (text == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory; close other programs");
    int result = store_plan_put(t, campaign, plan, text, size, err);
    free(text);
    return result;
}

static bool head_read(struct plan_head *h, const json_t *root, bool *no_memory) {
    const json_t *policy = json_object_get(root, "policy");
    const json_t *budgets = json_object_get(root, "budgets");
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        if (!member_read(h, &members[i], json_object_get(root, members[i].name)))
            return false;
    if (h->action >= ACTION_COUNT)
        return false;
    for (size_t i = 0; i < json_array_size(budgets) && i < WINNOW_BUDGETS_MAX; i++) {
        const char *text = json_string_value(json_array_get(budgets, i));
        if (text == NULL || strlen(text) >= sizeof h->budgets[i])
            return false;
        budget_override_take(h->budgets[i], text);
        h->budget_count = i + 1;
    }
    h->plan.kept_by_count = counts_read(h->plan.kept_by, json_object_get(root, "kept_by"));
    h->plan.missing_count = counts_read(h->plan.missing, json_object_get(root, "missing"));
    h->policy_size = json_string_length(policy);
    if (!json_is_string(policy))
        return false;
    h->policy = malloc(h->policy_size + 1);
    *no_memory = h->policy == NULL;
    if (h->policy == NULL)
        return false;
    memcpy(h->policy, json_string_value(policy), h->policy_size + 1);
    return true;
}

int plan_head_get(struct store_txn *t, const struct store_campaign *c, uint32_t plan,
                  struct plan_head *out, struct winnow_error *err) {
    const void *bytes;
    size_t size;
    *out = (struct plan_head){0};
    if (plan == 0)
        return winnow_fail(err, WINNOW_NOT_FOUND,
                           "campaign %s has no plan yet: run `winnow plan %s`", c->name, c->name);
    if (store_plan_get(t, c->id, plan, &bytes, &size, err) != 0)
        return -1;
    json_t *root = json_loadb(bytes, size, 0, NULL);
    /* The record has a checksum, so what does not parse was refused an allocation. */
    bool no_memory = root == NULL;
    bool whole = !no_memory && head_read(out, root, &no_memory);
    json_decref(root);
    if (whole)
        return 0;
    plan_head_free(out);
    if (no_memory)
        return winnow_fail(err, WINNOW_NO_MEMORY,
                           "the plan of campaign %s cannot be read, most likely for want of "
                           "memory: close other programs",
                           c->name);
    return winnow_fail(err, WINNOW_DAMAGED,
                       "the plan of campaign %s cannot be read: make a new "
                       "one with `winnow plan %s`",
                       c->name, c->name);
}
