/* What the commands share: one `struct cli` a process, one `struct command` a command.
 *
 * Happy path: main reads the words into a `struct cli`, finds the command, fills its options and
 * calls it; the command opens the state directory with cli_open, writes data by output.h and
 * talks by cli_say. It returns the exit code, or -1 with an error that main shows. */
#ifndef CLI_BASE_CLI_H
#define CLI_BASE_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <winnow/winnow.h>

#include "cli/base/options.h"
#include "cli/base/output.h"
#include "cli/base/progress.h"

enum { EXIT_USAGE = 2 };

struct command;

struct cli {
    struct output out;
    struct progress progress;
    struct winnow *w; /* NULL until cli_open */
    const char *directory;
    const char *program;
    bool json, help, version;
    bool agreed;   /* --yes: to what a read costs */
    int log_level; /* -1: not said */
    const struct command *command;
    const void *options; /* the command's own struct, filled by its rules */
    const char *const *words;
    size_t word_count; /* within the command's min_words and max_words */
};

struct command {
    const char *name;
    const char *usage;                /* what follows the name */
    const char *summary;              /* one line, for the list */
    const char *details;              /* paragraphs for --help, wrapped by hand at 80 columns */
    void (*more)(struct output *out); /* what --help says besides, from a table; may be NULL */
    const struct option_rule *rules;
    size_t rule_count;
    size_t options_size; /* of the struct that the rules fill; zeroed before */
    size_t min_words, max_words;
    int (*call)(struct cli *cli, struct winnow_error *err);
};

#define RULES(array)    (array), sizeof(array) / sizeof((array)[0])
#define RULES_OF(array) .rules = (array), .rule_count = sizeof(array) / sizeof((array)[0])

extern const struct command command_new, command_login, command_logout, command_import,
    command_fetch, command_policy, command_plan, command_show, command_explain, command_keep,
    command_run, command_status, command_pause, command_resume, command_forecast, command_verify,
    command_export, command_doctor;

/* Run the words of a command line; returns the exit code. */
int cli_main(struct cli *cli, int argc, char **argv);

/* Open the state directory, once. */
int cli_open(struct cli *cli, struct winnow_error *err);
/* The same for the command that makes the first campaign: the directory is made. */
int cli_make(struct cli *cli, struct winnow_error *err);

/* One line on stderr, "winnow: " before it, escaped for terminals; takes the progress line away
 * first. */
void cli_say(struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Hooks that show warnings, progress and, up to --log-level, log lines; their context is `cli`. */
struct winnow_hooks cli_hooks(struct cli *cli);

#endif
