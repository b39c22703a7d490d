/* From argv to a command and back: global options, the command's own, help, and the errors.
 *
 * Happy path: cli_main scans the options before the command, finds it, scans the rest by its
 * rules, counts its words, and calls it.
 * Failure: one line "winnow: ..." on stderr; the exit code is that of the error's code. */
#include "cli/base/cli.h"
#include "cli/parts/confirm.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const struct command *const commands[] = {
    &command_new,    &command_login,  &command_logout, &command_import,  &command_fetch,
    &command_policy, &command_plan,   &command_show,   &command_explain, &command_keep,
    &command_run,    &command_status, &command_pause,  &command_resume,  &command_forecast,
    &command_verify, &command_export, &command_doctor,
};

enum { COMMAND_COUNT = sizeof commands / sizeof commands[0], MESSAGE_MAX = 2048 };

static const char *const level_names[] = {"error", "warn", "info", "debug", NULL};
enum { LEVEL_WARN = 1, LEVEL_INFO = 2 };

static const struct option_rule global_rules[] = {
    {.name = "state",
     .value = "DIR",
     .kind = OPTION_TEXT,
     .at = offsetof(struct cli, directory),
     .help = "state directory; default $WINNOW_STATE, else $XDG_STATE_HOME/winnow"},
    {.name = "json",
     .kind = OPTION_SWITCH,
     .at = offsetof(struct cli, json),
     .help = "data as JSON"},
    {.name = "log-level",
     .value = "LEVEL",
     .kind = OPTION_CHOICE,
     .at = offsetof(struct cli, log_level),
     .choices = level_names,
     .help = "error, warn, info or debug"},
    {.name = "help",
     .letter = 'h',
     .kind = OPTION_SWITCH,
     .at = offsetof(struct cli, help),
     .help = "show this help"},
    {.name = "version",
     .letter = 'V',
     .kind = OPTION_SWITCH,
     .at = offsetof(struct cli, version),
     .help = "show the version"},
};

/* ---- talk ----------------------------------------------------------------------------------*/

void cli_say(struct cli *cli, const char *format, ...) {
    char text[MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    fflush(cli->out.file); /* data that came before stays before */
    progress_clear(&cli->progress);
    fputs("winnow: ", stderr);
    escaped_write(stderr, text);
    fputc('\n', stderr);
    fflush(stderr);
}

static void hook_warn(void *context, const char *text) {
    cli_say(context, "%s", text);
}

static void hook_progress(void *context, const char *what, uint64_t done, uint64_t total) {
    struct cli *cli = context;
    progress_show(&cli->progress, what, done, total, winnow_now_ms());
}

/* A terminal has the progress line; elsewhere the log is how a run tells that it lives. */
static int log_level_wanted(const struct cli *cli) {
    if (cli->log_level >= 0)
        return cli->log_level;
    return cli->progress.on ? LEVEL_WARN : LEVEL_INFO;
}

static void hook_log(void *context, int level, const char *line) {
    struct cli *cli = context;
    char now[32];
    winnow_time_text(winnow_now_ms(), now);
    progress_clear(&cli->progress);
    fprintf(stderr, "time=%s level=%s ", now, level_names[level]);
    escaped_write(stderr, line);
    fputc('\n', stderr);
    fflush(stderr);
}

struct winnow_hooks cli_hooks(struct cli *cli) {
    return (struct winnow_hooks){
        .context = cli,
        .warn = hook_warn,
        .progress = hook_progress,
        .log = hook_log,
        .log_level = log_level_wanted(cli),
        .consent = confirm_money,
    };
}

int cli_open(struct cli *cli, struct winnow_error *err) {
    return cli->w != NULL ? 0 : winnow_open(cli->directory, &cli->w, err);
}

int cli_make(struct cli *cli, struct winnow_error *err) {
    return cli->w != NULL ? 0 : winnow_make(cli->directory, &cli->w, err);
}

/* ---- help ----------------------------------------------------------------------------------*/

static void rules_print(struct output *out, const struct option_rule *rules, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (rules[i].help == NULL)
            continue;
        char name[48];
        snprintf(name, sizeof name, "--%s%s%s", rules[i].name, rules[i].value == NULL ? "" : " ",
                 rules[i].value == NULL ? "" : rules[i].value);
        out_line(out, "  %-28s %s", name, rules[i].help);
    }
}

static void help_print(struct cli *cli) {
    struct output *out = &cli->out;
    out_line(out, "usage: winnow [--state DIR] [--json] [--log-level LEVEL] COMMAND ...");
    fputs("\nThins a following list inside the platform's limits, over days or months.\n\n",
          out->file);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        out_line(out, "  %-9s %s", commands[i]->name, commands[i]->summary);
    out_line(out, "  %-9s %s", "help", "show this list, or the help of a command");
    fputs("\nOptions, before or after the command:\n", out->file);
    rules_print(out, RULES(global_rules));
    fputs("\nExit codes: 0 done, 1 failed, 2 usage or bad input, 3 stopped and resumable,\n"
          "4 credential needed, 5 safety stop, 6 cap reached, 7 store damaged.\n"
          "The manual: man winnow\n",
          out->file);
}

static int version_print(struct cli *cli) {
    out_line(&cli->out, "winnow %s", WINNOW_VERSION);
    return 0;
}

static void command_help(struct cli *cli, const struct command *command) {
    struct output *out = &cli->out;
    out_line(out, "usage: winnow %s%s%s", command->name, *command->usage == '\0' ? "" : " ",
             command->usage);
    fprintf(out->file, "\n%s\n", command->details);
    if (command->more != NULL)
        command->more(out);
    if (command->rule_count > 0) {
        fputs("\nOptions:\n", out->file);
        rules_print(out, command->rules, command->rule_count);
    }
    fputs("\nOptions of every command:\n", out->file);
    rules_print(out, RULES(global_rules));
}

/* ---- the command ---------------------------------------------------------------------------*/

static const struct command *command_find(const char *name, struct winnow_error *err) {
    struct nearest near;
    nearest_start(&near, name);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
        nearest_offer(&near, commands[i]->name);
    }
    nearest_offer(&near, "help");
    winnow_fail(err, WINNOW_USAGE, "unknown command '%.64s'%s see 'winnow help'", name,
                nearest_ask(&near, "'", "'").text);
    return NULL;
}

/* `winnow help`, `winnow help COMMAND` */
static int help_call(struct cli *cli, int count, char **words, struct winnow_error *err) {
    if (count == 0) {
        help_print(cli);
        return 0;
    }
    const struct command *command = command_find(words[0], err);
    if (command == NULL)
        return -1;
    command_help(cli, command);
    return 0;
}

static int words_check(const struct cli *cli, struct winnow_error *err) {
    const struct command *command = cli->command;
    /* the words are not repeated: one of them may be a secret in the wrong place */
    if (cli->word_count < command->min_words)
        return winnow_fail(err, WINNOW_USAGE, "%s needs more: winnow %s %s", command->name,
                           command->name, command->usage);
    if (cli->word_count > command->max_words)
        return winnow_fail(err, WINNOW_USAGE, "%s takes fewer words: winnow %s%s%s", command->name,
                           command->name, *command->usage == '\0' ? "" : " ", command->usage);
    return 0;
}

static int command_scanned(struct cli *cli, const struct option_scan *scan,
                           struct winnow_error *err) {
    int first = 0;
    if (options_scan(scan, &first, err) != 0)
        return -1;
    if (cli->version)
        return version_print(cli);
    if (cli->help) {
        command_help(cli, cli->command);
        return 0;
    }
    cli->words = (const char *const *)(scan->argv + first);
    cli->word_count = (size_t)(scan->argc - first);
    if (words_check(cli, err) != 0)
        return -1;
    return cli->command->call(cli, err);
}

static int command_call(struct cli *cli, int argc, char **argv, struct winnow_error *err) {
    const struct command *command = cli->command;
    void *options = calloc(1, command->options_size + 1);
    if (options == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory; close other programs");
    struct option_scan scan = {
        .command = command->name,
        .argc = argc,
        .argv = argv,
        .tables = {{RULES(global_rules), cli}, {command->rules, command->rule_count, options}},
    };
    cli->options = options;
    int code = command_scanned(cli, &scan, err);
    cli->options = NULL;
    options_free(&scan.tables[1]);
    free(options);
    return code;
}

static int cli_dispatch(struct cli *cli, int argc, char **argv, struct winnow_error *err) {
    struct option_scan scan = {.command = "",
                               .argc = argc,
                               .argv = argv,
                               .stop_at_word = true,
                               .tables = {{RULES(global_rules), cli}}};
    int first = 0;
    if (options_scan(&scan, &first, err) != 0)
        return -1;
    if (cli->version)
        return version_print(cli);
    if (first < argc && strcmp(argv[first], "help") == 0)
        return help_call(cli, argc - first - 1, argv + first + 1, err);
    if (first >= argc) {
        if (!cli->help)
            return winnow_fail(err, WINNOW_USAGE, "no command given; see 'winnow help'");
        help_print(cli);
        return 0;
    }
    cli->command = command_find(argv[first], err);
    return cli->command == NULL ? -1 : command_call(cli, argc - first, argv + first, err);
}

int cli_main(struct cli *cli, int argc, char **argv) {
    struct winnow_error err = {0};
    int code = cli_dispatch(cli, argc, argv, &err);
    progress_clear(&cli->progress);
    if (code >= 0)
        return code;
    cli_say(cli, "%s", err.text);
    return winnow_code_exit(err.code);
}
