/* winnow run: drain the schedule.
 *
 * Happy path: the plan's digest is shown and agreed to, the library drains until every entry is
 * settled, one line sums up.
 * Failure: stopped, capped, or for safety: what was done is summed up, then the reason is told;
 * the same command goes on. */
#include <stdio.h>
#include <string.h>

#include "cli/base/cli.h"
#include "cli/base/format.h"
#include "cli/parts/confirm.h"
#include "cli/parts/json.h"
#include "cli/parts/limits.h"
#include "cli/parts/signals.h"
#include "cli/views/standing.h"

/* in the order of enum winnow_pace */
static const char *const paces[] = {"even", "burst", NULL};
/* in the order of enum winnow_precheck */
static const char *const prechecks[] = {"cheap", "off", "always", NULL};

enum { LINE_SIZE = 1024, CONNECTIONS_MAX = 64, TIMEOUT_MAX_MS = 3600000 };

struct run_options {
    bool yes, all, buy_profiles;
    int pace, precheck;
    uint64_t connections;
    int64_t timeout_ms;
    struct limits limits;
};

static const struct option_rule rules[] = {
    {.name = "yes",
     .kind = OPTION_SWITCH,
     .at = offsetof(struct run_options, yes),
     .help = "begin without asking for the number of accounts"},
    {.name = "pace",
     .value = "PACE",
     .kind = OPTION_CHOICE,
     .at = offsetof(struct run_options, pace),
     .choices = paces,
     .help = "even (default): spread over each window; burst: as it opens"},
    LIMITS_RULES(struct run_options),
    {.name = "precheck",
     .value = "WHEN",
     .kind = OPTION_CHOICE,
     .at = offsetof(struct run_options, precheck),
     .choices = prechecks,
     .help = "ask once more before unfollowing: cheap (default), off, always"},
    {.name = "recheck", /* as it was called first */
     .value = "WHEN",
     .kind = OPTION_CHOICE,
     .at = offsetof(struct run_options, precheck),
     .choices = prechecks},
    {.name = "buy-profiles",
     .kind = OPTION_SWITCH,
     .at = offsetof(struct run_options, buy_profiles),
     .help = "buy the profiles of who is next first (X)"},
    {.name = "connections",
     .value = "N",
     .kind = OPTION_COUNT,
     .at = offsetof(struct run_options, connections),
     .min = 1,
     .max = CONNECTIONS_MAX,
     .help = "connections at once, 1 to 64; default 2"},
    {.name = "timeout",
     .value = "DURATION",
     .kind = OPTION_DURATION,
     .at = offsetof(struct run_options, timeout_ms),
     .min = 100,
     .max = TIMEOUT_MAX_MS,
     .help = "of a whole request; default 30s"},
    {.name = "all", .kind = OPTION_SWITCH, .at = offsetof(struct run_options, all)},
};

/* ---- while it runs -------------------------------------------------------------------------*/

static void status_show(struct cli *cli, bool line_of_its_own) {
    struct winnow_status status = {0};
    struct winnow_error err = {0};
    char line[LINE_SIZE];
    if (winnow_status(cli->w, cli->words[0], &status, &err) != 0)
        snprintf(line, sizeof line, "%s", err.text);
    else
        standing_line(&status, winnow_now_ms(), line, sizeof line);
    if (line_of_its_own)
        cli_say(cli, "%s", line);
    else
        progress_line(&cli->progress, line);
}

static void run_asked(void *context) {
    status_show(context, true);
}

/* The standing says more than the counts do: why it waits, until when, and the finish. */
static void run_progress(void *context, const char *what, uint64_t done, uint64_t total) {
    struct cli *cli = context;
    (void)what, (void)done, (void)total;
    if (cli->progress.on)
        status_show(cli, false);
}

/* ---- afterwards ----------------------------------------------------------------------------*/

static json_t *run_json(const struct winnow_status *after, int result,
                        const struct winnow_error *why) {
    enum winnow_code code = result == 0 ? WINNOW_OK : why->code;
    return json_pack("{s:i,s:s,s:i,s:o,s:o}", "version", 1, "result", winnow_code_name(code),
                     "exit", winnow_code_exit(code), "why",
                     result == 0 ? json_null() : json_text(why->text), "campaign",
                     standing_json(after));
}

static void run_print(struct cli *cli, const struct winnow_status *before,
                      const struct winnow_status *after) {
    uint64_t sent = after->progress.requests - before->progress.requests;
    uint64_t unfollowed = after->progress.unfollowed - before->progress.unfollowed;
    uint64_t settled = standing_settled(after) - standing_settled(before);
    struct output *out = &cli->out;
    out_text(out, "%s: %s unfollowed, %s settled, %s in this run; %s of %s remain",
             after->campaign.name, format_count(unfollowed).text, format_count(settled).text,
             format_things(sent, "request").text, format_count(after->progress.remaining).text,
             format_count(after->plan.scheduled).text);
    if (*after->currency != '\0')
        out_text(out, "; %s spent in all", format_money(after->spent_micro, after->currency).text);
    out_line(out, "%s", "");
}

/* Sum up what was done, whatever the end; keeps the run's own error. */
static int run_tell(struct cli *cli, const struct winnow_status *before, int result,
                    struct winnow_error *err) {
    struct winnow_status after = {0};
    struct winnow_error ignored = {0};
    progress_clear(&cli->progress);
    if (winnow_status(cli->w, cli->words[0], &after, &ignored) != 0)
        return result;
    if (!cli->json)
        run_print(cli, before, &after);
    else if (json_emit(cli, run_json(&after, result, err), &ignored) != 0 && result == 0)
        return winnow_fail(err, ignored.code, "%s", ignored.text);
    return result;
}

/* ---- before --------------------------------------------------------------------------------*/

static int run_words(const struct cli *cli, struct winnow_error *err) {
    const struct run_options *options = cli->options;
    if (options->all || cli->word_count > 1)
        return winnow_fail(err, WINNOW_USAGE,
                           "one campaign at a time in this version; start 'winnow run NAME' once "
                           "for each, each in its own terminal");
    if (cli->word_count == 0)
        return winnow_fail(err, WINNOW_USAGE,
                           "run needs a name: winnow run NAME; see the names "
                           "with 'winnow status'");
    return 0;
}

/* Before anything is printed; the lock says the same to one that comes at the same moment. */
static int refuse_second(const struct winnow_status *s, struct winnow_error *err) {
    char who[64] = "a process in another container";
    if (s->pid != 0)
        snprintf(who, sizeof who, "process %jd", (intmax_t)s->pid);
    return winnow_fail(err, WINNOW_BUSY,
                       "campaign %s is being run by %s already; watch it with: winnow status %s "
                       "--watch",
                       s->campaign.name, who, s->campaign.name);
}

static int run_check(struct cli *cli, const struct winnow_status *status,
                     struct winnow_error *err) {
    const struct run_options *options = cli->options;
    const char *name = status->campaign.name;
    if (!status->planned)
        return winnow_fail(err, WINNOW_NOT_FOUND,
                           "%s has no plan yet; make one with: winnow plan "
                           "%s",
                           name, name);
    if (status->worker)
        return refuse_second(status, err);
    if (status->progress.remaining == 0 || options->yes || status->progress.requests > 0)
        return 0;
    /* who has to log in first should not be asked in vain */
    if (!status->logged_in)
        return winnow_fail(err, WINNOW_CREDENTIAL,
                           "%s has no credential; give it one with: "
                           "winnow login %s",
                           name, name);
    return confirm_ask(cli, status, err);
}

static struct winnow_run_options run_request(struct cli *cli) {
    const struct run_options *options = cli->options;
    struct winnow_run_options request = {
        .pace = (enum winnow_pace)options->pace,
        .precheck = (enum winnow_precheck)options->precheck,
        .buy_profiles = options->buy_profiles,
        .max_actions = options->limits.max_actions,
        .per_day = options->limits.per_day,
        .quiet = options->limits.quiet,
        .max_cost_micro = options->limits.max_cost_micro,
        .until_ms = options->limits.until_ms,
        .budgets = options->limits.budgets.items,
        .budget_count = options->limits.budgets.count,
        .connections = (uint32_t)options->connections,
        .timeout_ms = options->timeout_ms,
        .hooks = cli_hooks(cli),
    };
    request.hooks.progress = run_progress;
    request.hooks.asked = run_asked;
    return request;
}

static int run_call(struct cli *cli, struct winnow_error *err) {
    const struct run_options *options = cli->options;
    struct winnow_status status = {0};
    struct winnow_run_options request = run_request(cli);
    if (limits_check(&options->limits, err) != 0 || run_words(cli, err) != 0 ||
        cli_open(cli, err) != 0 ||
        winnow_status_of_run(cli->w, cli->words[0], &request, &status, err) != 0 ||
        run_check(cli, &status, err) != 0)
        return -1;
    request.digest = status.plan.digest;
    signals_catch(cli->w);
    int result = winnow_run(cli->w, cli->words[0], &request, err);
    signals_release();
    return run_tell(cli, &status, result, err);
}

const struct command command_run = {
    .name = "run",
    .usage = "NAME [OPTIONS]",
    .summary = "unfollow by the schedule, or go on with it",
    .details = "Unfollows in the order of the frozen plan, within every budget, until all is\n"
               "settled. Before the first unfollow the number of accounts is to be typed; --yes\n"
               "answers that in scripts. Ctrl-C or SIGTERM finishes what is in flight, a second\n"
               "leaves at once; after either, and after a crash or a reboot, the same command\n"
               "goes on where it was. SIGUSR1 prints a line on where it stands.",
    RULES_OF(rules),
    .options_size = sizeof(struct run_options),
    .max_words = SIZE_MAX, /* run_words says why more than one is too many */
    .call = run_call,
};
