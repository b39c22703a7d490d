/* Policy: what to keep, what goes first, and in which order the rest goes.
 *
 * policy_compile reads the JSON of docs/policy.md and compiles every rule; on success the caller
 * owns the policy and frees it. A compiled policy never changes: judging allocates nothing, cannot
 * fail, and many readers may share one. */
#ifndef CORE_POLICY_POLICY_H
#define CORE_POLICY_POLICY_H

#include "core/facts/facts.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <winnow/error.h>

#define POLICY_SIZE_MAX   1048576 /* bytes of JSON */
#define POLICY_RULES_MAX  256     /* each of keep and first */
#define POLICY_TERMS_MAX  64      /* of score */
#define POLICY_WEIGHT_MAX 1e6     /* of a score term, either sign */
#define POLICY_TOPS_MAX   8       /* of keep_top */
#define POLICY_TOP_N_MAX  100000  /* kept of each group */

struct policy;

/* What becomes of followees that a keep rule could not judge. */
enum policy_undecided { UNDECIDED_HOLD, UNDECIDED_KEEP, UNDECIDED_SCHEDULE };

/* Compile `size` bytes of JSON; `name` (the file's) begins every error. Errors: WINNOW_BAD_INPUT
 * with the rule, the column and the nearest known name; WINNOW_NO_MEMORY. */
int policy_compile(const char *name, const char *json, size_t size, struct policy **out,
                   struct winnow_error *err);
void policy_free(struct policy *p);

enum policy_undecided policy_undecided(const struct policy *p);
const char *policy_undecided_name(enum policy_undecided u);

/* Bits of the facts that any part of it can read. */
fact_set policy_facts(const struct policy *p);

/* What decides, as compact JSON with sorted keys (no name, comment or $schema): equal for policies
 * that differ only in layout. Part of a plan's digest. Lives as long as the policy. */
struct text policy_canonical(const struct policy *p);

enum judgement_verdict {
    JUDGED_SCHEDULE,  /* every keep rule says no */
    JUDGED_KEEP,      /* a keep rule says yes */
    JUDGED_UNDECIDED, /* none says yes, and at least one cannot be judged */
};

#define POLICY_NO_RULE UINT16_MAX

struct judgement {
    enum judgement_verdict verdict;
    uint16_t rule;    /* the first keep rule that says yes, or else the first that is unknown */
    uint16_t first;   /* the first of `first` that says yes, or POLICY_NO_RULE; not for KEEP */
    fact_set missing; /* UNDECIDED: facts that all unknown keep rules lack */
    double score;     /* the higher, the earlier it goes; not for KEEP */
};

void policy_judge(const struct policy *p, const struct facts *f, int64_t now_ms,
                  struct judgement *out);

/* For `explain`: each part by itself. */
struct rule_explanation {
    struct text source; /* the rule as written; lives as long as the policy */
    enum tri result;
    fact_set missing; /* the facts that keep it unknown */
};

struct term_explanation {
    const char *name;
    fact_set missing; /* not 0: the value is unknown and the term adds 0 */
    double value, weight, product;
};

struct top_explanation {
    const char *by; /* name of the grouping fact */
    const char *of; /* name of the value that ranks within a group */
    uint32_t n;     /* the best n of each group stay */
};

size_t policy_keep_count(const struct policy *p);
size_t policy_first_count(const struct policy *p);
size_t policy_term_count(const struct policy *p);
size_t policy_top_count(const struct policy *p);
void policy_explain_keep(const struct policy *p, size_t i, const struct facts *f, int64_t now_ms,
                         struct rule_explanation *out);
void policy_explain_first(const struct policy *p, size_t i, const struct facts *f, int64_t now_ms,
                          struct rule_explanation *out);
void policy_explain_term(const struct policy *p, size_t i, const struct facts *f, int64_t now_ms,
                         struct term_explanation *out);
void policy_explain_top(const struct policy *p, size_t i, struct top_explanation *out);

/* The text of keep rule i, for tables. */
struct text policy_keep_source(const struct policy *p, size_t i);
struct text policy_first_source(const struct policy *p, size_t i);

/* Where a followee stands for keep_top[i]. A followee whose group is unknown is in a group of its
 * own kind; one whose value is unknown cannot be ranked, and `missing` says for want of what. */
struct top_reading {
    bool group_known;
    struct text group; /* the text of `by`; for a flag "yes" or "no" */
    fact_set missing;
    double value;
};

void policy_top_read(const struct policy *p, size_t i, const struct facts *f, int64_t now_ms,
                     struct top_reading *out);

#endif
