/* Expressions: the conditions of a policy, compiled once and evaluated for every followee.
 *
 *     mutual and interactions > 0 or last_interaction < 1y
 *
 * The language is docs/policy.md. A condition is three-valued (facts.h): what rests on an unknown
 * fact is unknown, unless the rest of the condition decides it anyway.
 *
 * expr_compile parses, checks types and emits a program for a small stack machine; on success the
 * caller owns the expression and frees it. Evaluation allocates nothing and cannot fail. */
#ifndef CORE_EXPR_EXPR_H
#define CORE_EXPR_EXPR_H

#include "core/facts/facts.h"

#include <stddef.h>
#include <stdint.h>

#define EXPR_SIZE_MAX         4096 /* bytes of source */
#define EXPR_DEPTH_MAX        64   /* nested parentheses and nots */
#define EXPR_INSTRUCTIONS_MAX 1024

struct expr;

/* Where compilation stopped and why. */
struct expr_error {
    size_t column;  /* byte in the source, from 1; 0: out of memory */
    char text[384]; /* what was found and what was expected, without the column */
};

/* Compile `size` bytes of source (copied). Returns 0 and *out, or -1 and `error` filled. */
int expr_compile(const char *source, size_t size, struct expr **out, struct expr_error *error);
void expr_free(struct expr *e);

/* The source it was compiled from; lives as long as the expression. */
struct text expr_source(const struct expr *e);

/* Bits of the facts that it can read. */
fact_set expr_facts(const struct expr *e);

/* Can it be yes of anybody, where `known` are the facts that are known of anybody at all? Not each
 * no is found: the parts of a condition are looked at one by one. */
bool expr_can_be_yes(const struct expr *e, fact_set known);

/* Judge one followee. Durations are counted up to `now_ms` (since 1970). */
enum tri expr_eval(const struct expr *e, const struct facts *f, int64_t now_ms);

/* The same, and in *missing the unknown facts that keep the result unknown (0 if it is known). */
enum tri expr_judge(const struct expr *e, const struct facts *f, int64_t now_ms, fact_set *missing);
fact_set expr_missing(const struct expr *e, const struct facts *f, int64_t now_ms);

#endif
