/* Compiling a condition: see expr.h. Recursive descent, one token ahead, that checks types and
 * emits instructions as it goes:
 *
 *     either    := both { "or" both }
 *     both      := one { "and" one }
 *     one       := "not" one | "(" either ")" | "in_list" "(" texts ")" | "known" "(" NAME ")"
 *                | FLAG | operand order operand | TEXT-NAME [ "not" ] "in" "(" texts ")"
 *                | TEXT-NAME ( "==" | "!=" | "~" ) TEXT
 *     operand   := NAME | literal | "at_least" "(" NAME ")", the last on one side only
 *
 * The first error ends it: each function returns false and the error stands in the parser, with
 * the column of what was found and what was expected instead. The expression is one allocation,
 * sized from the source, and freed again on an error. */
#include "core/base/text_time.h"
#include "core/expr/expr_lex.h"
#include "core/expr/expr_program.h"
#include "core/expr/expr_words.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct parser {
    struct lexer lexer;
    struct token now; /* the token to look at */
    uint32_t depth;   /* open parentheses and nots */
    struct expr *out;
    struct expr_error *error;
};

static void parser_step(struct parser *p) {
    p->now = lex_next(&p->lexer);
}

/* ---- errors ---- */

static struct quoted quote_token(const struct token *t) {
    if (t->kind == TOKEN_END)
        return (struct quoted){"the end"};
    return words_quote(t->source.at, t->source.size);
}

static bool fail(struct parser *p, const struct token *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bool fail(struct parser *p, const struct token *at, const char *format, ...) {
    va_list args;
    va_start(args, format);
    p->error->column = at->column;
    (void)vsnprintf(p->error->text, sizeof p->error->text, format, args);
    va_end(args);
    return false;
}

/* "found X, expected Y", unless the lexer knows better what was expected. */
static bool fail_found(struct parser *p, const char *expected) {
    struct quoted found = quote_token(&p->now);
    if (p->now.kind == TOKEN_BAD && p->now.problem != NULL)
        return fail(p, &p->now, "found %s, %s", found.text, p->now.problem);
    return fail(p, &p->now, "found %s, expected %s", found.text, expected);
}

static bool fail_unknown_name(struct parser *p) {
    struct near_search near = near_start(p->now.source.at, p->now.source.size);
    for (size_t i = 0; i < VALUE_COUNT; i++)
        near_offer(&near, value_infos[i].name);
    for (size_t i = 0; lex_keywords[i] != NULL; i++)
        near_offer(&near, lex_keywords[i]);
    struct quoted found = quote_token(&p->now);
    if (near.best != NULL)
        return fail(p, &p->now, "unknown name %s (did you mean '%s'?)", found.text, near.best);
    return fail(p, &p->now,
                "unknown name %s, expected a fact or a derived value such as followers or "
                "days_silent",
                found.text);
}

/* After a whole condition something else stands than what could go on. */
static bool fail_after_condition(struct parser *p) {
    struct near_search near = near_start(p->now.source.at, p->now.source.size);
    near_offer(&near, "and");
    near_offer(&near, "or");
    char expected[80];
    (void)snprintf(expected, sizeof expected, "'and', 'or' or %s%s%s%s",
                   p->depth == 0 ? "the end" : "')'", near.best != NULL ? " (did you mean '" : "",
                   near.best != NULL ? near.best : "", near.best != NULL ? "'?)" : "");
    return fail_found(p, expected);
}

/* ---- emitting ---- */

static bool emit(struct parser *p, struct instruction in) {
    if (p->out->count == EXPR_INSTRUCTIONS_MAX)
        return fail(p, &p->now, "the condition has more than %d parts; split it into several rules",
                    EXPR_INSTRUCTIONS_MAX);
    p->out->instructions[p->out->count++] = in;
    return true;
}

static bool emit_op(struct parser *p, enum op op) {
    return emit(p, (struct instruction){.op = (uint8_t)op});
}

static bool emit_read(struct parser *p, struct instruction in) {
    p->out->facts |= value_infos[in.value].facts;
    return emit(p, in);
}

/* Take the text that the parser looks at into the expression. */
static void add_literal(struct parser *p) {
    struct expr *e = p->out;
    struct text text = p->now.text;
    struct literal *l = &e->literals[e->literal_count++];
    /* in the expression's own copy of the source: the caller's may go away */
    l->text = (struct text){e->source + (text.at - p->lexer.source), text.size};
    l->folded = e->folded + e->folded_count;
    for (uint32_t at = 0; at < text.size;)
        at += fold_next(text.at + at, text.size - at, &e->folded[e->folded_count++]);
    l->folded_count = (uint32_t)(e->folded + e->folded_count - l->folded);
}

/* ---- grammar ---- */

static bool parse_either(struct parser *p);

static bool expect(struct parser *p, enum token_kind kind, const char *expected) {
    if (p->now.kind != kind)
        return fail_found(p, expected);
    parser_step(p);
    return true;
}

/* "(" TEXT { "," TEXT } ")" into literals; *in says where they stand. */
static bool parse_texts(struct parser *p, struct instruction *in) {
    in->at = (uint16_t)p->out->literal_count;
    if (!expect(p, TOKEN_OPEN, "'(' and texts in quotes"))
        return false;
    for (;;) {
        if (p->now.kind != TOKEN_TEXT)
            return fail_found(p, "text in quotes");
        add_literal(p);
        in->count++;
        parser_step(p);
        if (p->now.kind == TOKEN_CLOSE)
            break;
        if (!expect(p, TOKEN_COMMA, "',' or ')'"))
            return false;
    }
    parser_step(p);
    return true;
}

static bool parse_in_list(struct parser *p) {
    struct instruction in = {.op = OP_IN_LIST, .value = VALUE_LISTS};
    parser_step(p);
    return parse_texts(p, &in) && emit_read(p, in);
}

/* The word before it, then "(" NAME ")": sets *value. */
static bool parse_named(struct parser *p, uint8_t *value) {
    parser_step(p);
    if (!expect(p, TOKEN_OPEN, "'(' and a name"))
        return false;
    int found = value_find(p->now.source.at, p->now.source.size);
    if (found < 0 && p->now.kind == TOKEN_NAME)
        return fail_unknown_name(p);
    if (found < 0)
        return fail_found(p, "a name");
    *value = (uint8_t)found;
    parser_step(p);
    return expect(p, TOKEN_CLOSE, "')'");
}

static bool parse_known(struct parser *p) {
    struct instruction in = {.op = OP_KNOWN};
    return parse_named(p, &in.value) && emit_read(p, in);
}

static const char *type_name(enum value_type type) {
    switch (type) {
    case VALUE_TEXT:
        return "text";
    case VALUE_FLAG:
        return "yes or no";
    case VALUE_NUMBER:
        return "a number";
    case VALUE_DAYS:
        return "a number of days";
    case VALUE_DURATION:
        return "a duration";
    case VALUE_TIME:
        return "a time";
    }
    return "";
}

/* What may stand on the other side of a comparison. */
static const char *expected_for(enum value_type type) {
    switch (type) {
    case VALUE_TEXT:
        return "text in quotes";
    case VALUE_FLAG:
    case VALUE_NUMBER:
        return "a number";
    case VALUE_DAYS:
        return "a number of days, or a duration such as 30d";
    case VALUE_DURATION:
        return "a duration such as 30d, 4w or 1y";
    case VALUE_TIME:
        return "a date such as '2020-01-31'";
    }
    return "";
}

static bool types_compare(enum value_type a, enum value_type b) {
    if (a == b)
        return true;
    bool days = a == VALUE_DAYS || b == VALUE_DAYS;
    enum value_type other = a == VALUE_DAYS ? b : a;
    return days && (other == VALUE_NUMBER || other == VALUE_DURATION);
}

/* The accepted orders of a comparison token, or 0 for another token. */
static uint8_t accepts_of(enum token_kind kind) {
    switch ((int)kind) {
    case TOKEN_LESS:
        return ORDER_LESS;
    case TOKEN_LESS_EQUAL:
        return ORDER_LESS | ORDER_EQUAL;
    case TOKEN_GREATER:
        return ORDER_GREATER;
    case TOKEN_GREATER_EQUAL:
        return ORDER_GREATER | ORDER_EQUAL;
    case TOKEN_EQUAL:
        return ORDER_EQUAL;
    case TOKEN_NOT_EQUAL:
        return ORDER_LESS | ORDER_GREATER;
    default:
        return 0;
    }
}

static uint8_t accepts_mirrored(uint8_t accepts) {
    return (uint8_t)((accepts & ORDER_EQUAL) | (accepts & ORDER_LESS ? ORDER_GREATER : 0) |
                     (accepts & ORDER_GREATER ? ORDER_LESS : 0));
}

/* A literal that can be compared with a value of `type`: sets *out. */
static bool constant_for(const struct token *t, enum value_type type, double *out) {
    int64_t time_ms;
    *out = t->number;
    if (t->kind == TOKEN_NUMBER)
        return types_compare(type, VALUE_NUMBER);
    if (t->kind == TOKEN_DURATION)
        return types_compare(type, VALUE_DURATION);
    if (t->kind != TOKEN_TEXT || type != VALUE_TIME ||
        !text_time_read(t->text.at, t->text.size, &time_ms))
        return false;
    *out = (double)time_ms;
    return true;
}

/* The right side of `value order ...`. */
static bool parse_right(struct parser *p, struct instruction in) {
    const struct value_info *left = &value_infos[in.value];
    if (constant_for(&p->now, left->type, &in.constant)) {
        parser_step(p);
        return emit_read(p, in);
    }
    struct quoted found = quote_token(&p->now);
    if (p->now.kind != TOKEN_NAME) {
        char expected[128];
        (void)snprintf(expected, sizeof expected, "%s to compare with '%s'",
                       expected_for(left->type), left->name);
        return fail_found(p, expected);
    }
    int other = value_find(p->now.source.at, p->now.source.size);
    if (other < 0)
        return fail_unknown_name(p);
    if (!types_compare(left->type, value_infos[other].type))
        return fail(p, &p->now, "found %s, which is %s, expected %s to compare with '%s'",
                    found.text, type_name(value_infos[other].type), expected_for(left->type),
                    left->name);
    parser_step(p);
    in.op = OP_COMPARE_VALUES;
    in.other = (uint8_t)other;
    p->out->facts |= value_infos[other].facts;
    return emit_read(p, in);
}

/* `100k < followers`: the same as `followers > 100k`. */
static bool parse_literal_first(struct parser *p) {
    struct token literal = p->now;
    struct quoted shown = quote_token(&literal);
    parser_step(p);
    struct instruction in = {.op = OP_COMPARE, .accepts = accepts_of(p->now.kind)};
    if (in.accepts == 0)
        return fail_found(p, "a comparison such as < or >=");
    in.accepts = accepts_mirrored(in.accepts);
    parser_step(p);
    int value = value_find(p->now.source.at, p->now.source.size);
    if (value < 0 && p->now.kind == TOKEN_NAME)
        return fail_unknown_name(p);
    if (value < 0)
        return fail_found(p, "a name: one side of a comparison is a fact or a derived value");
    if (!constant_for(&literal, value_infos[value].type, &in.constant))
        return fail(p, &literal, "found %s, expected %s to compare with '%s'", shown.text,
                    expected_for(value_infos[value].type), value_infos[value].name);
    parser_step(p);
    in.value = (uint8_t)value;
    return emit_read(p, in);
}

/* `at_least(talked_to) == 0`: none seen. */
static bool parse_at_least(struct parser *p) {
    struct instruction in = {.op = OP_COMPARE};
    struct token word = p->now;
    if (!parse_named(p, &in.value))
        return false;
    const struct value_info *info = &value_infos[in.value];
    if (info->type == VALUE_TEXT || info->type == VALUE_FLAG)
        return fail(p, &word, "at_least() takes a number, a duration or a time, and '%s' is %s",
                    info->name, type_name(info->type));
    in.accepts = accepts_of(p->now.kind);
    if (in.accepts == 0)
        return fail_found(p, "a comparison such as == or >=");
    in.accepts |= COMPARE_SEEN;
    parser_step(p);
    return parse_right(p, in);
}

static bool fail_operator(struct parser *p, const struct value_info *info, const char *expected) {
    char text[160];
    (void)snprintf(text, sizeof text, "%s after '%s', which is %s", expected, info->name,
                   type_name(info->type));
    return fail_found(p, text);
}

static bool parse_text_in(struct parser *p, uint8_t value, bool negated) {
    struct instruction in = {.op = OP_TEXT_IN, .value = value};
    parser_step(p);
    return parse_texts(p, &in) && emit_read(p, in) && (!negated || emit_op(p, OP_NOT));
}

/* What follows the name of a text. */
static bool parse_text(struct parser *p, uint8_t value) {
    const struct value_info *info = &value_infos[value];
    enum token_kind kind = p->now.kind;
    if (kind == TOKEN_IN)
        return parse_text_in(p, value, false);
    if (kind == TOKEN_NOT) {
        parser_step(p);
        return p->now.kind == TOKEN_IN ? parse_text_in(p, value, true)
                                       : fail_found(p, "'in' after 'not'");
    }
    if (kind != TOKEN_EQUAL && kind != TOKEN_NOT_EQUAL && kind != TOKEN_CONTAINS)
        return fail_operator(p, info, "==, !=, ~, in or not in");
    parser_step(p);
    if (p->now.kind != TOKEN_TEXT) {
        char expected[80];
        (void)snprintf(expected, sizeof expected, "text in quotes to compare with '%s'",
                       info->name);
        return fail_found(p, expected);
    }
    if (kind == TOKEN_CONTAINS && p->now.text.size == 0)
        return fail_found(p, "at least one character: every text contains the empty one");
    struct instruction in = {.op = kind == TOKEN_CONTAINS ? OP_TEXT_CONTAINS : OP_TEXT_IN,
                             .value = value,
                             .at = (uint16_t)p->out->literal_count,
                             .count = 1};
    add_literal(p);
    parser_step(p);
    return emit_read(p, in) && (kind != TOKEN_NOT_EQUAL || emit_op(p, OP_NOT));
}

static bool parse_name(struct parser *p) {
    int value = value_find(p->now.source.at, p->now.source.size);
    if (value < 0)
        return fail_unknown_name(p);
    const struct value_info *info = &value_infos[value];
    parser_step(p);
    if (info->type == VALUE_TEXT)
        return parse_text(p, (uint8_t)value);
    uint8_t accepts = accepts_of(p->now.kind);
    if (info->type != VALUE_FLAG) {
        if (accepts == 0)
            return fail_operator(p, info,
                                 value == VALUE_LISTS
                                     ? "a comparison such as < or >=, or in_list('vip')"
                                     : "a comparison such as < or >=");
        parser_step(p);
        return parse_right(
            p, (struct instruction){.op = OP_COMPARE, .value = (uint8_t)value, .accepts = accepts});
    }
    if (accepts != 0 || p->now.kind == TOKEN_CONTAINS || p->now.kind == TOKEN_IN)
        return fail(p, &p->now, "found %s, but '%s' is yes or no by itself: write %s or not %s",
                    quote_token(&p->now).text, info->name, info->name, info->name);
    return emit_read(p, (struct instruction){.op = OP_FLAG, .value = (uint8_t)value});
}

/* Go one level in: what stands in parentheses or under `not`. */
static bool parser_enter(struct parser *p) {
    if (p->depth == EXPR_DEPTH_MAX)
        return fail(p, &p->now, "more than %d parentheses and nots within each other",
                    EXPR_DEPTH_MAX);
    p->depth++;
    parser_step(p);
    return true;
}

static bool parse_group(struct parser *p) {
    if (!parser_enter(p) || !parse_either(p))
        return false;
    if (p->now.kind != TOKEN_CLOSE)
        return fail_after_condition(p);
    p->depth--;
    parser_step(p);
    return true;
}

static bool parse_one(struct parser *p) {
    switch ((int)p->now.kind) {
    case TOKEN_NOT:
        if (!parser_enter(p) || !parse_one(p))
            return false;
        p->depth--;
        return emit_op(p, OP_NOT);
    case TOKEN_OPEN:
        return parse_group(p);
    case TOKEN_IN_LIST:
        return parse_in_list(p);
    case TOKEN_KNOWN:
        return parse_known(p);
    case TOKEN_AT_LEAST:
        return parse_at_least(p);
    case TOKEN_NAME:
        return parse_name(p);
    case TOKEN_NUMBER:
    case TOKEN_DURATION:
        return parse_literal_first(p);
    case TOKEN_TEXT:
        return fail_found(p, "a condition that begins with a name, such as lang == 'en'");
    default:
        return fail_found(p, "a condition");
    }
}

/* The right side of `and` or `or`, skipped when the left side decides. */
static bool parse_rest(struct parser *p, bool (*parse_side)(struct parser *), enum op skip,
                       enum op joined) {
    uint32_t at = p->out->count;
    parser_step(p);
    if (!emit_op(p, skip) || !parse_side(p) || !emit_op(p, joined))
        return false;
    p->out->instructions[at].at = (uint16_t)p->out->count;
    return true;
}

static bool parse_both(struct parser *p) {
    bool fine = parse_one(p);
    while (fine && p->now.kind == TOKEN_AND)
        fine = parse_rest(p, parse_one, OP_SKIP_IF_NO, OP_AND);
    return fine;
}

static bool parse_either(struct parser *p) {
    bool fine = parse_both(p);
    while (fine && p->now.kind == TOKEN_OR)
        fine = parse_rest(p, parse_both, OP_SKIP_IF_YES, OP_OR);
    return fine;
}

/* ---- the whole ---- */

static struct expr *expr_alloc(const char *source, size_t size) {
    size_t instructions = size < EXPR_INSTRUCTIONS_MAX ? size + 1 : EXPR_INSTRUCTIONS_MAX;
    size_t literals = size / 2 + 1;
    size_t instructions_at = sizeof(struct expr);
    size_t literals_at = instructions_at + instructions * sizeof(struct instruction);
    size_t folded_at = literals_at + literals * sizeof(struct literal);
    size_t source_at = folded_at + (size + 1) * sizeof(uint32_t);
    char *block = calloc(1, source_at + size + 1);
    if (block == NULL)
        return NULL;
    struct expr *e = (void *)block;
    e->instructions = (void *)(block + instructions_at);
    e->literals = (void *)(block + literals_at);
    e->folded = (void *)(block + folded_at);
    e->source = block + source_at;
    e->source_size = (uint32_t)size;
    memcpy(e->source, source, size);
    return e;
}

int expr_compile(const char *source, size_t size, struct expr **out, struct expr_error *error) {
    if (size > EXPR_SIZE_MAX) {
        *error = (struct expr_error){.column = EXPR_SIZE_MAX + 1};
        (void)snprintf(error->text, sizeof error->text,
                       "the condition is longer than %d bytes; split it into several rules",
                       EXPR_SIZE_MAX);
        return -1;
    }
    struct expr *e = expr_alloc(source, size);
    if (e == NULL) {
        *error = (struct expr_error){.column = 0, .text = "out of memory"};
        return -1;
    }
    struct parser p = {.lexer = {.source = source, .size = size}, .out = e, .error = error};
    parser_step(&p);
    if (!parse_either(&p) || (p.now.kind != TOKEN_END && !fail_after_condition(&p))) {
        expr_free(e);
        return -1;
    }
    *out = e;
    return 0;
}
