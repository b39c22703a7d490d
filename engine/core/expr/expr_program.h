/* The compiled form of an expression, shared by expr_parse.c (writes it) and expr.c (runs it).
 *
 * A program is a list of instructions for a machine with one stack of three-valued results. `and`
 * is: left, SKIP_IF_NO over the rest, right, AND; `or` likewise with SKIP_IF_YES. Skipping is only
 * a saving: a decided left side decides the whole. */
#ifndef CORE_EXPR_EXPR_PROGRAM_H
#define CORE_EXPR_EXPR_PROGRAM_H

#include "core/expr/expr.h"
#include "core/expr/expr_value.h"

#include <stdint.h>

enum op {
    OP_FLAG,           /* push the flag `value` */
    OP_COMPARE,        /* push `value` compared with `constant` */
    OP_COMPARE_VALUES, /* push `value` compared with the value `other` */
    OP_TEXT_IN,        /* push: the text `value` is one of the literals */
    OP_TEXT_CONTAINS,  /* push: the text `value` contains the literal, case folded */
    OP_IN_LIST,        /* push: on one of the lists that the literals name, case folded */
    OP_KNOWN,          /* push: `value` is known */
    OP_NOT,            /* this and all below work on what is on the stack */
    OP_AND,
    OP_OR,
    OP_SKIP_IF_NO,  /* the top is no: go on at `at` */
    OP_SKIP_IF_YES, /* the top is yes: go on at `at` */
};

/* What a comparison accepts; <= is LESS | EQUAL, != is LESS | GREATER. */
enum order { ORDER_LESS = 1, ORDER_EQUAL = 2, ORDER_GREATER = 4 };
/* Beside them: `value` is taken as far as it was seen, by at_least(). */
#define COMPARE_SEEN 8u

struct instruction {
    uint8_t op;      /* enum op */
    uint8_t value;   /* enum value_id */
    uint8_t other;   /* enum value_id */
    uint8_t accepts; /* bits of enum order */
    uint16_t at;     /* skips: an index of instructions; texts: of literals */
    uint16_t count;  /* of literals */
    double constant;
};

_Static_assert(VALUE_COUNT <= UINT8_MAX, "a value is a byte of an instruction");
_Static_assert(EXPR_INSTRUCTIONS_MAX <= UINT16_MAX && EXPR_SIZE_MAX <= UINT16_MAX,
               "indexes are 16 bits of an instruction");

struct literal {
    struct text text;       /* in the expression's copy of the source */
    const uint32_t *folded; /* its code points in lower case */
    uint32_t folded_count;
};

/* One block of memory; the arrays lie behind the struct. Their room is reckoned from the source
 * size: no token of n bytes makes more than n instructions, n / 2 literals or n code points. */
struct expr {
    fact_set facts;
    uint32_t source_size;
    uint32_t count; /* instructions */
    uint32_t literal_count;
    uint32_t folded_count;
    struct instruction *instructions;
    struct literal *literals;
    uint32_t *folded;
    char *source;
};

/* One result on the stack for each `and` and `or` that is open at a depth, and one on top. */
#define EXPR_STACK_MAX (2 * (EXPR_DEPTH_MAX + 1) + 1)

/* Read one code point, in lower case, of UTF-8 (what is malformed reads as U+FFFD). `size` is at
 * least 1. Returns the bytes read. */
uint32_t fold_next(const char *at, size_t size, uint32_t *code_point);

#endif
