/* A plan's head: its digest, its policy, its options and its summary, as JSON in the store. */
#ifndef WORK_PLAN_PLAN_HEAD_H
#define WORK_PLAN_PLAN_HEAD_H

#include "core/policy/policy.h"
#include "work/campaign/state.h"

struct plan_head {
    struct winnow_plan plan; /* without head, tail and diff, which are looked up */
    char *policy;            /* JSON text, owned */
    size_t policy_size;
    int64_t now_ms; /* that the policy was judged at */
    uint64_t seed, max;
    uint64_t action;                      /* enum action: what the plan does to each entry */
    char budgets[WINNOW_BUDGETS_MAX][64]; /* overrides */
    size_t budget_count;
};

void plan_head_free(struct plan_head *h);
int plan_head_put(struct store_txn *t, uint32_t campaign, uint32_t plan, const struct plan_head *h,
                  struct winnow_error *err);
/* WINNOW_NOT_FOUND when the campaign has no plan yet, with the command that makes one. */
int plan_head_get(struct store_txn *t, const struct store_campaign *c, uint32_t plan,
                  struct plan_head *out, struct winnow_error *err);
/* The head's policy, compiled again; the caller frees it. */
int plan_head_policy(const struct plan_head *h, struct policy **out, struct winnow_error *err);

/* The overrides as budgets_fill wants them. */
size_t plan_head_budgets(const struct plan_head *h, const char *out[WINNOW_BUDGETS_MAX]);

#endif
