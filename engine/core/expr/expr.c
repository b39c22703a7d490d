/* Running a compiled expression: see expr.h, and expr_program.h for the machine.
 *
 * The happy path is one loop over at most EXPR_INSTRUCTIONS_MAX instructions. Nothing can fail: the
 * compiler has checked types, indexes and the depth of the stack. */
#include "core/expr/expr.h"

#include "core/expr/expr_program.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <unistr.h>

/* A three-valued result, and the facts that keep it unknown. */
struct outcome3 {
    enum tri is;
    fact_set missing; /* 0 unless `is` is unknown */
};

static struct outcome3 decided(bool yes) {
    return (struct outcome3){yes ? TRI_YES : TRI_NO, 0};
}

static struct outcome3 unknown(fact_set missing) {
    return (struct outcome3){TRI_UNKNOWN, missing};
}

uint32_t fold_next(const char *at, size_t size, uint32_t *code_point) {
    unsigned char first = (unsigned char)*at;
    if (first < 0x80) {
        *code_point = first >= 'A' && first <= 'Z' ? (uint32_t)first + ('a' - 'A') : first;
        return 1;
    }
    ucs4_t c;
    int bytes = u8_mbtouc(&c, (const uint8_t *)at, size);
    *code_point = uc_tolower(c);
    return (uint32_t)bytes;
}

/* The bytes of `text` that match the literal at its beginning, or -1. */
static int64_t match_folded(struct text text, const struct literal *literal) {
    uint32_t at = 0;
    for (uint32_t i = 0; i < literal->folded_count; i++) {
        uint32_t c;
        if (at == text.size)
            return -1;
        at += fold_next(text.at + at, text.size - at, &c);
        if (c != literal->folded[i])
            return -1;
    }
    return at;
}

static bool text_contains(struct text text, const struct literal *literal) {
    uint32_t ignored;
    while (text.size != 0) {
        if (match_folded(text, literal) >= 0)
            return true;
        uint32_t step = fold_next(text.at, text.size, &ignored);
        text = (struct text){text.at + step, text.size - step};
    }
    return false;
}

static bool text_in(struct text text, const struct literal *literals, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        struct text wanted = literals[i].text;
        if (wanted.size == text.size &&
            (text.size == 0 || memcmp(wanted.at, text.at, text.size) == 0))
            return true;
    }
    return false;
}

/* `lists` holds names, each ended by a newline, after an empty line where they are open. */
static bool lists_hold(struct text lists, const struct literal *literals, uint32_t count) {
    if (lists.size != 0 && lists.at[0] == '\n')
        lists = (struct text){lists.at + 1, lists.size - 1};
    while (lists.size != 0) {
        const char *end = memchr(lists.at, '\n', lists.size);
        uint32_t size = end == NULL ? lists.size : (uint32_t)(end - lists.at);
        for (uint32_t i = 0; i < count; i++)
            if (match_folded((struct text){lists.at, size}, &literals[i]) == size)
                return true;
        size += end != NULL;
        lists = (struct text){lists.at + size, lists.size - size};
    }
    return false;
}

static struct outcome3 run_flag(const struct instruction *in, const struct facts *f) {
    enum value_id value = (enum value_id)in->value;
    enum tri is = value_flag(value, f);
    return is != TRI_UNKNOWN ? (struct outcome3){is, 0} : unknown(value_missing(value, f, 0));
}

/* What a comparison says of a value that is known in part: something only where all that the value
 * can be says the same. */
static struct outcome3 compare_bound(const struct instruction *in, const struct facts *f,
                                     enum order order, enum bound bound) {
    const unsigned all = ORDER_LESS | ORDER_EQUAL | ORDER_GREATER;
    enum order beyond = bound == BOUND_LOWER ? ORDER_GREATER : ORDER_LESS;
    unsigned possible = order == beyond        ? beyond
                        : order == ORDER_EQUAL ? (unsigned)(ORDER_EQUAL | beyond)
                                               : all;
    unsigned accepted = in->accepts & possible;
    if (accepted != 0 && accepted != possible) {
        fact_set facts = value_infos[in->value].facts;
        return unknown(facts & (f->at_least | ~f->known | FACT_BIT(LISTS)));
    }
    return decided(accepted != 0);
}

static struct outcome3 run_compare(const struct instruction *in, const struct facts *f,
                                   int64_t now_ms) {
    enum value_id value = (enum value_id)in->value, other = (enum value_id)in->other;
    bool seen = (in->accepts & COMPARE_SEEN) != 0;
    double left = 0.0, right = in->constant;
    fact_set missing = (seen ? value_seen : value_number)(value, f, now_ms, &left);
    if (in->op == OP_COMPARE_VALUES)
        missing |= value_number(other, f, now_ms, &right);
    if (missing != 0)
        return unknown(missing);
    enum order order = left < right ? ORDER_LESS : left > right ? ORDER_GREATER : ORDER_EQUAL;
    if (in->op == OP_COMPARE_VALUES && value_bound(other, f, right) != BOUND_EXACT)
        return unknown(value_infos[other].facts & (f->at_least | ~f->known | FACT_BIT(LISTS)));
    enum bound bound = seen ? BOUND_EXACT : value_bound(value, f, left);
    if (bound != BOUND_EXACT)
        return compare_bound(in, f, order, bound);
    return decided((in->accepts & order) != 0);
}

static struct outcome3 run_text(const struct expr *e, const struct instruction *in,
                                const struct facts *f) {
    enum fact_id fact = in->op == OP_IN_LIST ? FACT_LISTS : value_infos[in->value].fact;
    const struct literal *literals = e->literals + in->at;
    if (!facts_known(f, fact))
        return unknown(FACT_SET(fact));
    if (in->op == OP_TEXT_CONTAINS)
        return decided(text_contains(facts_text(f, fact), literals));
    if (in->op == OP_IN_LIST) {
        bool on = lists_hold(facts_text(f, fact), literals, in->count);
        return !on && facts_lists_open(f) ? unknown(FACT_SET(fact)) : decided(on);
    }
    return decided(text_in(facts_text(f, fact), literals, in->count));
}

/* `and` and `or`: what stays unknown lacks what either side lacks. */
static struct outcome3 join(uint8_t op, struct outcome3 a, struct outcome3 b) {
    enum tri is = op == OP_AND ? tri_and(a.is, b.is) : tri_or(a.is, b.is);
    return (struct outcome3){is, is == TRI_UNKNOWN ? a.missing | b.missing : 0};
}

/* The instructions that read facts and push one result. */
static struct outcome3 run_read(const struct expr *e, const struct instruction *in,
                                const struct facts *f, int64_t now_ms) {
    switch (in->op) {
    case OP_FLAG:
        return run_flag(in, f);
    case OP_COMPARE:
    case OP_COMPARE_VALUES:
        return run_compare(in, f, now_ms);
    case OP_KNOWN:
        return decided(value_missing((enum value_id)in->value, f, now_ms) == 0);
    default:
        return run_text(e, in, f);
    }
}

enum tri expr_judge(const struct expr *e, const struct facts *f, int64_t now_ms,
                    fact_set *missing) {
    struct outcome3 stack[EXPR_STACK_MAX];
    uint32_t depth = 0;
    for (uint32_t i = 0; i < e->count; i++) {
        const struct instruction *in = &e->instructions[i];
        if (in->op < OP_NOT) {
            stack[depth++] = run_read(e, in, f, now_ms);
            continue;
        }
        assert(depth >= 1);
        struct outcome3 *top = &stack[depth - 1];
        if (in->op == OP_NOT)
            top->is = tri_not(top->is);
        else if (in->op == OP_SKIP_IF_NO)
            i = top->is == TRI_NO ? in->at - 1u : i;
        else if (in->op == OP_SKIP_IF_YES)
            i = top->is == TRI_YES ? in->at - 1u : i;
        else {
            assert(depth >= 2);
            top[-1] = join(in->op, top[-1], *top);
            depth--;
        }
    }
    assert(depth == 1);
    *missing = stack[0].missing;
    return stack[0].is;
}

/* ---- what a rule can say ---- */

/* The least and the most that something can come to. */
struct range {
    enum tri least, most;
};

static struct range range_of(const struct instruction *in, fact_set known) {
    bool any = (value_infos[in->value].facts & known) != 0;
    if (in->op == OP_COMPARE_VALUES)
        any = any && (value_infos[in->other].facts & known) != 0;
    if (any)
        return (struct range){TRI_NO, TRI_YES};
    enum tri always = in->op == OP_KNOWN ? TRI_NO : TRI_UNKNOWN;
    return (struct range){always, always};
}

static enum tri most_of(enum tri a, enum tri b) {
    return a > b ? a : b;
}

bool expr_can_be_yes(const struct expr *e, fact_set known) {
    struct range stack[EXPR_STACK_MAX] = {{TRI_NO, TRI_NO}};
    uint32_t depth = 0;
    for (uint32_t i = 0; i < e->count; i++) {
        const struct instruction *in = &e->instructions[i];
        if (in->op < OP_NOT) {
            stack[depth++] = range_of(in, known);
            continue;
        }
        assert(depth >= 1);
        struct range *top = &stack[depth - 1];
        if (in->op == OP_NOT)
            *top = (struct range){tri_not(top->most), tri_not(top->least)};
        else if (in->op == OP_AND) {
            top[-1] = (struct range){tri_and(top[-1].least, top->least),
                                     tri_and(top[-1].most, top->most)};
            depth--;
        } else if (in->op == OP_OR) {
            top[-1] = (struct range){most_of(top[-1].least, top->least),
                                     most_of(top[-1].most, top->most)};
            depth--;
        }
    }
    assert(depth == 1);
    return stack[0].most == TRI_YES;
}

enum tri expr_eval(const struct expr *e, const struct facts *f, int64_t now_ms) {
    fact_set ignored;
    return expr_judge(e, f, now_ms, &ignored);
}

fact_set expr_missing(const struct expr *e, const struct facts *f, int64_t now_ms) {
    fact_set missing;
    expr_judge(e, f, now_ms, &missing);
    return missing;
}

fact_set expr_facts(const struct expr *e) {
    return e->facts;
}

struct text expr_source(const struct expr *e) {
    return (struct text){e->source, e->source_size};
}

void expr_free(struct expr *e) {
    free(e);
}
