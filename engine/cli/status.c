/* winnow status: where campaigns stand, whether a worker runs or not.
 *
 * Happy path: one O(1) read a campaign; with --watch once a second, until Ctrl-C.
 * Failure: no such campaign; --watch where nothing can be redrawn. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/base/cli.h"
#include "cli/parts/json.h"
#include "cli/views/standing.h"

struct status_options {
    bool watch;
};

static const struct option_rule rules[] = {
    {.name = "watch",
     .kind = OPTION_SWITCH,
     .at = offsetof(struct status_options, watch),
     .help = "again every second, until Ctrl-C"},
};

/* The campaigns to tell of: names are collected first, so that no store read is open within
 * another. */
struct names {
    char (*list)[WINNOW_NAME_MAX + 1];
    size_t count;
    struct winnow_error *err;
};

static int names_add(struct names *names, const char *name) {
    void *grown = reallocarray(names->list, names->count + 1, sizeof *names->list);
    if (grown == NULL)
        return winnow_fail(names->err, WINNOW_NO_MEMORY, "out of memory; close other programs");
    names->list = grown;
    memset(names->list[names->count], 0, sizeof *names->list);
    memcpy(names->list[names->count++], name, strnlen(name, WINNOW_NAME_MAX));
    return 0;
}

static int names_each(void *context, const struct winnow_campaign *campaign) {
    return names_add(context, campaign->name);
}

static int names_collect(struct cli *cli, struct names *names) {
    if (cli->word_count == 1)
        return names_add(names, cli->words[0]);
    return winnow_campaigns(cli->w, names_each, names, names->err);
}

static int names_json(struct cli *cli, const struct names *names, struct winnow_error *err) {
    json_t *campaigns = json_array();
    for (size_t i = 0; i < names->count; i++) {
        struct winnow_status status = {0};
        if (winnow_status(cli->w, names->list[i], &status, err) != 0) {
            json_decref(campaigns);
            return -1;
        }
        campaigns = json_append(campaigns, standing_json(&status));
    }
    return json_emit(cli, json_pack("{s:i,s:o}", "version", 1, "campaigns", campaigns), err);
}

static int names_print(struct cli *cli, struct output *out, const struct names *names,
                       struct winnow_error *err) {
    for (size_t i = 0; i < names->count; i++) {
        struct winnow_status status = {0};
        if (winnow_status(cli->w, names->list[i], &status, err) != 0)
            return -1;
        if (i > 0)
            fputc('\n', out->file);
        standing_print(out, &status, winnow_now_ms());
    }
    return 0;
}

static int status_once(struct cli *cli, struct winnow_error *err) {
    struct names names = {.err = err};
    int result = names_collect(cli, &names);
    if (result == 0)
        result =
            cli->json ? names_json(cli, &names, err) : names_print(cli, &cli->out, &names, err);
    if (result == 0 && names.count == 0 && !cli->json)
        cli_say(cli, "no campaigns in %s; make one with: winnow new", winnow_directory(cli->w));
    free(names.list);
    return result < 0 ? -1 : 0;
}

/* ---- watching ------------------------------------------------------------------------------*/

/* Each line overwrites what stood there: no flicker, and nothing of a longer frame stays. */
static void frame_draw(struct output *out, const char *frame) {
    fputs("\033[H", out->file);
    while (*frame != '\0') {
        size_t size = strcspn(frame, "\n");
        fwrite(frame, 1, size, out->file);
        fputs("\033[K\n", out->file);
        frame += size + (frame[size] == '\n' ? 1 : 0);
    }
    fputs("\033[J", out->file);
}

static int frame_make(struct cli *cli, char **frame, struct winnow_error *err) {
    size_t size = 0;
    struct names names = {.err = err};
    struct output memory = {.color = cli->out.color, .file = open_memstream(frame, &size)};
    if (memory.file == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory; close other programs");
    int result = names_collect(cli, &names);
    if (result == 0)
        result = names_print(cli, &memory, &names, err);
    free(names.list);
    fclose(memory.file);
    return result;
}

static int watch_turn(struct cli *cli, struct winnow_error *err) {
    if (cli->json)
        return status_once(cli, err);
    char *frame = NULL;
    int result = frame_make(cli, &frame, err);
    if (result == 0)
        frame_draw(&cli->out, frame);
    free(frame);
    return result;
}

/* Signals are waited for instead of caught: Ctrl-C never cuts a read of the store short. */
static int status_watch(struct cli *cli, struct winnow_error *err) {
    const struct timespec second = {.tv_sec = 1};
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGHUP);
    sigprocmask(SIG_BLOCK, &ends, NULL);
    if (!cli->json)
        fputs("\033[2J", cli->out.file);
    int result = 0;
    do {
        result = watch_turn(cli, err);
        fflush(cli->out.file);
    } while (result == 0 && cli->out.error == 0 && sigtimedwait(&ends, NULL, &second) < 0);
    return result < 0 ? -1 : 0;
}

static int status_call(struct cli *cli, struct winnow_error *err) {
    const struct status_options *options = cli->options;
    if (options->watch && !cli->json && !cli->out.terminal)
        return winnow_fail(err, WINNOW_USAGE,
                           "--watch redraws a terminal, and standard output is none; leave it "
                           "out, or add --json for one document a second");
    if (cli_open(cli, err) != 0)
        return -1;
    return options->watch ? status_watch(cli, err) : status_once(cli, err);
}

const struct command command_status = {
    .name = "status",
    .usage = "[NAME] [--watch]",
    .summary = "show how far a campaign is, why it waits and until when",
    .details = "Prints progress, budgets, the reason and the end of a wait, both estimates of\n"
               "the finish (by the budgets, by the pace seen), and money; of one campaign or of\n"
               "all. Works whether a worker runs or not. The JSON fields are listed in\n"
               "docs/operations.md; with --watch --json there is one document a second.",
    RULES_OF(rules),
    .options_size = sizeof(struct status_options),
    .max_words = 1,
    .call = status_call,
};
