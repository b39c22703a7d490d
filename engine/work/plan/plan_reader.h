/* Looking at a stored plan: its entries in words. */
#ifndef WORK_PLAN_PLAN_READER_H
#define WORK_PLAN_PLAN_READER_H

#include "core/planner/planner.h"
#include "work/evidence/coverage.h"
#include "work/plan/plan_head.h"
#include "work/plan/reason.h"

/* What is needed to put entries into words; opened once, for many. */
struct plan_reader {
    struct store_txn *txn;
    struct store_campaign *campaign;
    struct plan_head head;
    struct coverages coverages;
    struct policy *policy;
    struct store_progress progress;
    double even_ms;   /* between entries at even pace */
    int64_t start_ms; /* when entry `progress.cursor` would go */
};

int plan_reader_open(struct plan_reader *v, struct winnow *w, struct store_txn *t,
                     struct store_campaign *c, struct winnow_error *err);
void plan_reader_close(struct plan_reader *v);
/* The kind of whom a plan of that policy decided so about; `to_go`: what it is if it goes. */
enum reason_kind plan_kind(const struct policy *p, bool by_goal, enum plan_verdict verdict,
                           uint16_t rule, enum reason_kind to_go);
/* Why the plan decided so, in words. The facts are counted. */
void plan_reader_reason(const struct plan_reader *v, const struct store_decision *d,
                        const struct facts *f, char to[REASON_SIZE]);
/* The followee's facts, counted. */
int plan_reader_facts(const struct plan_reader *v, uint32_t number, struct facts *out,
                      struct winnow_error *err);
int plan_reader_entry(struct plan_reader *v, uint32_t position, struct winnow_entry *out,
                      struct winnow_error *err);

/* What a verdict as it is stored (enum plan_verdict) means to people. */
enum winnow_verdict plan_reader_verdict(enum plan_verdict verdict);

#endif
