/* The options that say whom one looks at, the same for show and export. */
#ifndef CLI_PARTS_FILTER_H
#define CLI_PARTS_FILTER_H

#include "cli/base/cli.h"

struct filter_options {
    const char *where, *sort, *columns;
    uint64_t sample, seed;
    bool kept, undecided;
};

/* Rules for a struct `type` that has `struct filter_options filter`. */
#define FILTER_RULES(type)                                                                         \
    {.name = "where",                                                                              \
     .value = "EXPR",                                                                              \
     .kind = OPTION_TEXT,                                                                          \
     .at = offsetof(struct type, filter.where),                                                    \
     .help = "only whom this is true of: 'noise > 50 and not mutual'"},                            \
        {.name = "kept",                                                                           \
         .kind = OPTION_SWITCH,                                                                    \
         .at = offsetof(struct type, filter.kept),                                                 \
         .help = "who stays, instead of who goes"},                                                \
        {.name = "undecided",                                                                      \
         .kind = OPTION_SWITCH,                                                                    \
         .at = offsetof(struct type, filter.undecided),                                            \
         .help = "who cannot be judged"},                                                          \
        {.name = "sample",                                                                         \
         .value = "N",                                                                             \
         .kind = OPTION_COUNT,                                                                     \
         .at = offsetof(struct type, filter.sample),                                               \
         .min = 1,                                                                                 \
         .max = UINT32_MAX,                                                                        \
         .help = "N of them, drawn"},                                                              \
        {.name = "seed",                                                                           \
         .value = "S",                                                                             \
         .kind = OPTION_COUNT,                                                                     \
         .at = offsetof(struct type, filter.seed),                                                 \
         .max = UINT64_MAX,                                                                        \
         .help = "of the sample; another seed draws others; default 0"},                           \
        {.name = "sort",                                                                           \
         .value = "FACT",                                                                          \
         .kind = OPTION_TEXT,                                                                      \
         .at = offsetof(struct type, filter.sort),                                                 \
         .help = "by a number, the greatest first; -FACT: the least first"},                       \
    {                                                                                              \
        .name = "columns", .value = "A,B,C", .kind = OPTION_TEXT,                                  \
        .at = offsetof(struct type, filter.columns),                                               \
        .help = "position, link, due, state, reason, or a policy's names"                          \
    }

bool filter_is_given(const struct filter_options *o);

/* Fill the filter in, but for offset and count. */
int filter_take(const struct filter_options *o, struct winnow_filter *out,
                struct winnow_error *err);

/* Names of columns, cut apart. */
struct column_list {
    char *text; /* owned */
    const char *names[WINNOW_COLUMNS_MAX];
    size_t count;
};

int columns_take(const char *option, struct column_list *out, struct winnow_error *err);
void columns_free(struct column_list *c);

/* Say of whom it could not be said whether the condition is true. */
void filter_tell(struct cli *cli, const struct winnow_filter_result *told);

#endif
