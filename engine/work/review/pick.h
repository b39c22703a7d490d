/* Whom a filter means: those of one side of a plan, or the roster, that a condition is true of, in
 * the plan's order, sorted by a value, or a sample of them.
 *
 * Happy path: pick_each hands over one after the other, each with its facts, counted. Memory: 16
 * bytes each of those that match, and only to sort or to sample. Fails as the store does, and with
 * the column of a condition that is wrong. */
#ifndef WORK_REVIEW_PICK_H
#define WORK_REVIEW_PICK_H

#include "work/plan/plan_reader.h"

/* What is picked from. */
struct pick_source {
    struct store_txn *txn;
    const struct store_campaign *campaign;
    const struct coverages *coverages;
    int64_t now_ms; /* conditions are judged as of then */
    uint32_t plan;  /* 0: none, and only the roster can be picked from */
    uint32_t total; /* entries of its schedule */
};

struct picked {
    uint32_t number;
    struct store_decision decision; /* PLAN_NONE where there is no plan, or it came after it */
    uint32_t position;              /* of this entry; STORE_NO_POSITION: it is none */
    const struct facts *facts;      /* live until the call returns */
};

/* Non-zero from `each` stops it and is returned. */
int pick_each(const struct pick_source *from, const struct winnow_filter *filter,
              int (*each)(void *context, const struct picked *one, struct winnow_error *err),
              void *context, struct winnow_filter_result *out, struct winnow_error *err);

/* The source that a plan is. */
struct pick_source pick_of_plan(const struct plan_reader *v);

/* The value of that name (core/expr/expr_value.h), or -1 with the nearest name. `option`: for
 * errors. */
int pick_value(const char *name, size_t size, const char *option, struct winnow_error *err);

#endif
