/* The lexer: see expr_lex.h. Numbers are read digit by digit, without the C library's locale, and
 * are exact: at most 15 digits, divided by a power of ten. */
#include "core/expr/expr_lex.h"

#include "core/expr/expr_value.h"

#include <stdbool.h>
#include <string.h>

#define DIGITS_MAX 15 /* so many decimal digits fit a double exactly */

const char *const lex_keywords[] = {"and", "or", "not", "in", "in_list", "known", "at_least", NULL};

static const enum token_kind keyword_kinds[] = {TOKEN_AND,     TOKEN_OR,    TOKEN_NOT,     TOKEN_IN,
                                                TOKEN_IN_LIST, TOKEN_KNOWN, TOKEN_AT_LEAST};

/* Operators, longest first. The last three are other languages' habits. */
static const struct {
    const char *text;
    enum token_kind kind;
    const char *problem;
} operators[] = {
    {"<=", TOKEN_LESS_EQUAL, NULL},
    {">=", TOKEN_GREATER_EQUAL, NULL},
    {"==", TOKEN_EQUAL, NULL},
    {"!=", TOKEN_NOT_EQUAL, NULL},
    {"&&", TOKEN_BAD, "expected 'and'"},
    {"||", TOKEN_BAD, "expected 'or'"},
    {"<", TOKEN_LESS, NULL},
    {">", TOKEN_GREATER, NULL},
    {"=", TOKEN_EQUAL, NULL},
    {"~", TOKEN_CONTAINS, NULL},
    {"(", TOKEN_OPEN, NULL},
    {")", TOKEN_CLOSE, NULL},
    {",", TOKEN_COMMA, NULL},
    {"!", TOKEN_BAD, "expected 'not'"},
};

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
static bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || is_digit(c);
}

static char peek(const struct lexer *l) {
    if (l->at == l->size)
        return '\0';
    return l->source[l->at];
}

static struct token token_bad(struct token t, const char *problem) {
    t.kind = TOKEN_BAD;
    t.problem = problem;
    return t;
}

/* The token's source ends where the lexer stands. */
static void token_end(const struct lexer *l, struct token *t) {
    t->source.size = (uint32_t)(l->at - (t->column - 1));
}

static struct token lex_word(struct lexer *l, struct token t) {
    while (l->at < l->size && is_word(l->source[l->at]))
        l->at++;
    token_end(l, &t);
    t.kind = TOKEN_NAME;
    for (size_t i = 0; lex_keywords[i] != NULL; i++)
        if (strlen(lex_keywords[i]) == t.source.size &&
            memcmp(lex_keywords[i], t.source.at, t.source.size) == 0)
            t.kind = keyword_kinds[i];
    return t;
}

/* Text ends at the quote that began it; there are no escapes, but two kinds of quotes. */
static struct token lex_text(struct lexer *l, struct token t) {
    char quote = l->source[l->at++];
    const char *end = memchr(l->source + l->at, quote, l->size - l->at);
    if (end == NULL) {
        l->at = l->size;
        token_end(l, &t);
        return token_bad(t, quote == '"' ? "expected a closing \"" : "expected a closing '");
    }
    t.kind = TOKEN_TEXT;
    t.text.at = l->source + l->at;
    t.text.size = (uint32_t)(end - t.text.at);
    l->at = (size_t)(end - l->source) + 1;
    token_end(l, &t);
    return t;
}

/* Milliseconds in a duration's unit, or 0. */
static double unit_ms(char unit) {
    switch (unit) {
    case 's':
        return 1000.0;
    case 'h':
        return 3600.0 * 1000.0;
    case 'd':
        return MS_PER_DAY;
    case 'w':
        return 7.0 * MS_PER_DAY;
    case 'y':
        return 365.0 * MS_PER_DAY;
    default:
        return 0.0;
    }
}

/* Digits with a fraction; false when there are too many of them to be exact. */
static bool read_digits(struct lexer *l, double *out) {
    double digits = 0.0, scale = 1.0;
    int count = 0;
    bool fraction = false;
    for (; is_digit(peek(l)) || (peek(l) == '.' && !fraction); l->at++) {
        if (peek(l) == '.') {
            fraction = true;
            continue;
        }
        digits = digits * 10.0 + (double)(peek(l) - '0');
        scale = fraction ? scale * 10.0 : scale;
        count++;
        if (count > DIGITS_MAX)
            return false;
    }
    *out = digits / scale;
    return true;
}

/* A duration as days, rounded to the millisecond as facts are, so that equal times compare equal.
 */
static double duration_days(double count, double unit) {
    double ms = count * unit + 0.5;
    return (double)(int64_t)ms / MS_PER_DAY;
}

static struct token lex_number(struct lexer *l, struct token t) {
    bool exact = read_digits(l, &t.number);
    size_t unit_at = l->at;
    while (is_word(peek(l)) || peek(l) == '.')
        l->at++;
    token_end(l, &t);
    if (!exact)
        return token_bad(t, "expected a number of at most 15 digits");
    t.kind = TOKEN_NUMBER;
    if (l->at == unit_at)
        return t;
    char unit = l->source[unit_at];
    bool single = l->at == unit_at + 1;
    if (single && (unit == 'k' || unit == 'm')) {
        t.number *= unit == 'k' ? 1e3 : 1e6;
        return t.number <= VALUE_NUMBER_MAX ? t : token_bad(t, "expected a number up to 1e15");
    }
    if (!single || unit_ms(unit) <= 0.0)
        return token_bad(
            t,
            "expected a number such as 10, 1.5k or 2m, or a duration such as 12h, 30d, 4w or 1y");
    if (t.number * unit_ms(unit) > VALUE_DAYS_MAX * MS_PER_DAY)
        return token_bad(t, "expected a duration of less than 1000000d");
    t.kind = TOKEN_DURATION;
    t.number = duration_days(t.number, unit_ms(unit));
    return t;
}

static struct token lex_operator(struct lexer *l, struct token t) {
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++) {
        size_t size = strlen(operators[i].text);
        if (l->size - l->at < size || memcmp(t.source.at, operators[i].text, size) != 0)
            continue;
        l->at += size;
        token_end(l, &t);
        t.kind = operators[i].kind;
        t.problem = operators[i].problem;
        return t;
    }
    do /* a whole character, where it is UTF-8 */
        l->at++;
    while (l->at < l->size && ((unsigned char)l->source[l->at] & 0xC0) == 0x80);
    token_end(l, &t);
    return token_bad(t, NULL);
}

struct token lex_next(struct lexer *l) {
    while (l->at < l->size && is_space(l->source[l->at]))
        l->at++;
    struct token t = {.kind = TOKEN_END, .column = l->at + 1, .source = {l->source + l->at, 0}};
    if (l->at == l->size)
        return t;
    char c = l->source[l->at];
    if (is_digit(c))
        return lex_number(l, t);
    if (is_word(c))
        return lex_word(l, t);
    if (c == '\'' || c == '"')
        return lex_text(l, t);
    return lex_operator(l, t);
}
