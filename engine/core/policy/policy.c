/* Applying a compiled policy: see policy.h. The happy path is policy_judge: keep rules until one
 * says yes, then the rank by `first`, then the score. Nothing here allocates or fails. */
#include "core/policy/policy.h"

#include "core/policy/policy_compiled.h"

#include <stdlib.h>

static void rules_free(struct policy_rules *r) {
    for (size_t i = 0; i < r->count; i++)
        expr_free(r->rules[i]);
    free(r->rules);
}

void policy_free(struct policy *p) {
    if (p == NULL)
        return;
    rules_free(&p->keep);
    rules_free(&p->first);
    free(p->canonical);
    free(p);
}

enum policy_undecided policy_undecided(const struct policy *p) {
    return p->undecided;
}

const char *policy_undecided_name(enum policy_undecided u) {
    switch (u) {
    case UNDECIDED_HOLD:
        return "hold";
    case UNDECIDED_KEEP:
        return "keep";
    case UNDECIDED_SCHEDULE:
        return "schedule";
    }
    return "";
}

fact_set policy_facts(const struct policy *p) {
    return p->facts;
}

struct text policy_canonical(const struct policy *p) {
    return (struct text){p->canonical, (uint32_t)p->canonical_size};
}

/* ---- judging ---- */

/* A keep rule that says yes decides, whatever others lack; one that lacks a fact leaves the
 * followee undecided unless another says yes: unknown is not false. */
static void judge_keep(const struct policy *p, const struct facts *f, int64_t now_ms,
                       struct judgement *out) {
    out->verdict = JUDGED_SCHEDULE;
    out->rule = POLICY_NO_RULE;
    out->missing = 0;
    for (size_t i = 0; i < p->keep.count; i++) {
        fact_set missing;
        enum tri keep = expr_judge(p->keep.rules[i], f, now_ms, &missing);
        if (keep == TRI_YES) {
            *out = (struct judgement){.verdict = JUDGED_KEEP, .rule = (uint16_t)i};
            return;
        }
        if (keep == TRI_UNKNOWN) {
            out->rule = out->verdict == JUDGED_UNDECIDED ? out->rule : (uint16_t)i;
            out->verdict = JUDGED_UNDECIDED;
            out->missing |= missing;
        }
    }
}

/* `first` is about order alone, so an unknown rule merely does not put anybody ahead. */
static uint16_t judge_first(const struct policy *p, const struct facts *f, int64_t now_ms) {
    for (size_t i = 0; i < p->first.count; i++)
        if (expr_eval(p->first.rules[i], f, now_ms) == TRI_YES)
            return (uint16_t)i;
    return POLICY_NO_RULE;
}

static double judge_score(const struct policy *p, const struct facts *f, int64_t now_ms) {
    double score = 0.0;
    for (size_t i = 0; i < p->term_count; i++) {
        double value;
        if (value_number(p->terms[i].value, f, now_ms, &value) == 0)
            score += p->terms[i].weight * value;
    }
    return score;
}

void policy_judge(const struct policy *p, const struct facts *f, int64_t now_ms,
                  struct judgement *out) {
    judge_keep(p, f, now_ms, out);
    if (out->verdict == JUDGED_KEEP)
        return;
    out->first = judge_first(p, f, now_ms);
    out->score = judge_score(p, f, now_ms);
}

void policy_top_read(const struct policy *p, size_t i, const struct facts *f, int64_t now_ms,
                     struct top_reading *out) {
    const struct policy_top *top = &p->tops[i];
    out->value = 0.0;
    out->missing = value_number(top->of, f, now_ms, &out->value);
    if (value_infos[top->by].type == VALUE_TEXT) {
        enum fact_id fact = value_infos[top->by].fact;
        out->group_known = facts_known(f, fact);
        out->group = out->group_known ? facts_text(f, fact) : (struct text){"", 0};
        return;
    }
    enum tri yes = value_flag(top->by, f);
    out->group_known = yes != TRI_UNKNOWN;
    out->group = yes == TRI_YES ? (struct text){"yes", 3} : (struct text){"no", 2};
}

/* ---- explaining ---- */

size_t policy_keep_count(const struct policy *p) {
    return p->keep.count;
}
size_t policy_first_count(const struct policy *p) {
    return p->first.count;
}
size_t policy_term_count(const struct policy *p) {
    return p->term_count;
}
size_t policy_top_count(const struct policy *p) {
    return p->top_count;
}
struct text policy_keep_source(const struct policy *p, size_t i) {
    return expr_source(p->keep.rules[i]);
}
struct text policy_first_source(const struct policy *p, size_t i) {
    return expr_source(p->first.rules[i]);
}

static void explain_rule(const struct expr *rule, const struct facts *f, int64_t now_ms,
                         struct rule_explanation *out) {
    out->source = expr_source(rule);
    out->result = expr_judge(rule, f, now_ms, &out->missing);
}

void policy_explain_keep(const struct policy *p, size_t i, const struct facts *f, int64_t now_ms,
                         struct rule_explanation *out) {
    explain_rule(p->keep.rules[i], f, now_ms, out);
}

void policy_explain_first(const struct policy *p, size_t i, const struct facts *f, int64_t now_ms,
                          struct rule_explanation *out) {
    explain_rule(p->first.rules[i], f, now_ms, out);
}

void policy_explain_term(const struct policy *p, size_t i, const struct facts *f, int64_t now_ms,
                         struct term_explanation *out) {
    const struct policy_term *term = &p->terms[i];
    double value = 0.0;
    fact_set missing = value_number(term->value, f, now_ms, &value);
    value = missing == 0 ? value : 0.0;
    *out = (struct term_explanation){.name = value_infos[term->value].name,
                                     .missing = missing,
                                     .value = value,
                                     .weight = term->weight,
                                     .product = term->weight * value};
}

void policy_explain_top(const struct policy *p, size_t i, struct top_explanation *out) {
    const struct policy_top *top = &p->tops[i];
    *out = (struct top_explanation){
        .by = value_infos[top->by].name, .of = value_infos[top->of].name, .n = top->n};
}
