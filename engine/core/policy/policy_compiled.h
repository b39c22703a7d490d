/* The inside of a compiled policy, shared by policy_parse.c (builds it) and policy.c (applies it).
 */
#ifndef CORE_POLICY_POLICY_COMPILED_H
#define CORE_POLICY_POLICY_COMPILED_H

#include "core/expr/expr.h"
#include "core/expr/expr_value.h"
#include "core/policy/policy.h"

struct policy_rules {
    struct expr **rules; /* owned */
    size_t count;
};

struct policy_term {
    enum value_id value; /* terms stand by type and then in this order: a sum has one order */
    double weight;
};

struct policy_top {
    enum value_id by, of;
    uint32_t n;
};

struct policy {
    struct policy_rules keep, first;
    struct policy_term terms[POLICY_TERMS_MAX];
    size_t term_count;
    struct policy_top tops[POLICY_TOPS_MAX];
    size_t top_count;
    enum policy_undecided undecided;
    fact_set facts;
    char *canonical; /* owned; allocated by jansson */
    size_t canonical_size;
};

#endif
