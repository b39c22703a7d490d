/* Option tables over getopt_long: a rule says how an option is called, what value it takes, and
 * where in a struct the value goes. */
#ifndef CLI_BASE_OPTIONS_H
#define CLI_BASE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <winnow/error.h>

enum option_kind {                     /* fills */
                   OPTION_SWITCH,      /* bool */
                   OPTION_TEXT,        /* const char *, not empty */
                   OPTION_COUNT,       /* uint64_t between min and max */
                   OPTION_CHOICE,      /* int: the index in choices */
                   OPTION_TIME,        /* int64_t, ms since 1970 */
                   OPTION_DURATION,    /* int64_t, ms between min and max */
                   OPTION_MONEY,       /* int64_t, millionths */
                   OPTION_BUDGET_LIST, /* struct text_list, each checked by winnow_budget_check */
                   OPTION_SECRET,      /* nothing: always refused, without showing the value */
};

struct option_rule {
    const char *name;
    char letter;       /* 0: none */
    const char *value; /* what the help calls it; NULL: takes none */
    enum option_kind kind;
    size_t at; /* offsetof in the struct */
    uint64_t min, max;
    const char *const *choices; /* ended by NULL */
    const char *help;           /* NULL: not listed */
};

struct text_list {
    const char **items; /* the texts live in argv */
    size_t count;
};

/* Rules and the struct they fill. */
struct option_table {
    const struct option_rule *rules;
    size_t count;
    void *target;
};

struct option_scan {
    const char *command; /* for messages; "" before the command is known */
    int argc;
    char **argv; /* argv[0] is skipped; permuted so that the words come last */
    bool stop_at_word;
    struct option_table tables[2];
};

/* Fill both tables' targets from argv; *first_word is the index of the first word that is no
 * option, or argc. Abbreviations are refused: a later option could make them mean another. */
int options_scan(const struct option_scan *scan, int *first_word, struct winnow_error *err);

/* Free what lists hold. */
void options_free(const struct option_table *table);

/* The name nearest to `word`, as a person mistypes: NULL when none is near. */
struct nearest {
    const char *word, *best;
    size_t distance;
};
void nearest_start(struct nearest *n, const char *word);
void nearest_offer(struct nearest *n, const char *name);
/* How an error goes on after the wrong word: ", did you mean 'plan'?", or ";" when none is near. */
struct nearest_text {
    char text[64];
};
struct nearest_text nearest_ask(const struct nearest *n, const char *before, const char *after);

#endif
