/* Tokens of the condition language. The lexer looks at the source in place and never fails: what
 * it cannot read is a TOKEN_BAD with the reason in `problem`. */
#ifndef CORE_EXPR_EXPR_LEX_H
#define CORE_EXPR_EXPR_LEX_H

#include "core/facts/facts.h"

#include <stddef.h>
#include <stdint.h>

enum token_kind {
    TOKEN_END,
    TOKEN_NAME,     /* a word that is no keyword */
    TOKEN_NUMBER,   /* number: the value */
    TOKEN_DURATION, /* number: days */
    TOKEN_TEXT,     /* text: between the quotes */
    TOKEN_LESS,
    TOKEN_LESS_EQUAL,
    TOKEN_GREATER,
    TOKEN_GREATER_EQUAL,
    TOKEN_EQUAL,
    TOKEN_NOT_EQUAL,
    TOKEN_CONTAINS,
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_COMMA,
    TOKEN_AND,
    TOKEN_OR,
    TOKEN_NOT,
    TOKEN_IN,
    TOKEN_IN_LIST,
    TOKEN_KNOWN,
    TOKEN_AT_LEAST,
    TOKEN_BAD,
};

struct token {
    enum token_kind kind;
    size_t column;       /* of its first byte, from 1 */
    struct text source;  /* as written */
    struct text text;    /* TOKEN_TEXT */
    double number;       /* TOKEN_NUMBER, TOKEN_DURATION */
    const char *problem; /* TOKEN_BAD: what was expected */
};

struct lexer {
    const char *source;
    size_t size;
    size_t at; /* the next byte to look at */
};

struct token lex_next(struct lexer *lexer);

/* The words of the language that are not values, for suggestions: NULL-ended. */
extern const char *const lex_keywords[];

#endif
