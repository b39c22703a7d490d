/* winnow plan: compute a schedule, freeze it under its digest, and show what it would do.
 *
 * Happy path: the policy is read, the plan computed and printed with the next command to run.
 * Failure: a policy with an error, named by file, rule and column; an empty roster. */
#include <stdlib.h>
#include <string.h>

#include "cli/base/cli.h"
#include "cli/parts/file.h"
#include "cli/views/plan_view.h"

struct plan_options {
    const char *policy, *goal;
    uint64_t max, seed;
    int64_t since_ms;
    int64_t now_ms;
    struct text_list budgets;
};

static const struct option_rule rules[] = {
    {.name = "policy",
     .value = "FILE",
     .kind = OPTION_TEXT,
     .at = offsetof(struct plan_options, policy),
     .help = "a policy of your own, instead of a goal"},
    {.name = "goal",
     .value = "GOAL",
     .kind = OPTION_TEXT,
     .at = offsetof(struct plan_options, goal),
     .help = "declutter, careful, one-way, inactive or dead; default: as last time"},
    {.name = "since",
     .value = "D",
     .kind = OPTION_DURATION,
     .at = offsetof(struct plan_options, since_ms),
     .min = 86400000,
     .max = 86400000ull * 36500,
     .help = "of the goal inactive: silent for so long; default 1y"},
    {.name = "max",
     .value = "N",
     .kind = OPTION_COUNT,
     .at = offsetof(struct plan_options, max),
     .min = 1,
     .max = UINT32_MAX,
     .help = "schedule at most N"},
    {.name = "seed",
     .value = "N",
     .kind = OPTION_COUNT,
     .at = offsetof(struct plan_options, seed),
     .max = UINT64_MAX,
     .help = "breaks ties in the score; default 0"},
    {.name = "now",
     .value = "T",
     .kind = OPTION_TIME,
     .at = offsetof(struct plan_options, now_ms),
     .help = "judge ages as of then; default: the present"},
    {.name = "budget",
     .value = "NAME=LIMIT/PERIOD",
     .kind = OPTION_BUDGET_LIST,
     .at = offsetof(struct plan_options, budgets),
     .help = "another limit for a budget, for the dates; may be given again"},
};

static int plan_tell(struct cli *cli, const struct winnow_plan *plan,
                     const struct winnow_group *groups, struct winnow_error *err) {
    struct winnow_status status = {0};
    if (winnow_status(cli->w, cli->words[0], &status, err) != 0)
        return -1;
    progress_clear(&cli->progress);
    const struct plan_view view = {
        .name = status.campaign.name,
        .platform = status.campaign.platform,
        .logged_in = status.logged_in,
        .plan = plan,
        .groups = groups,
        .now_ms = winnow_now_ms(),
    };
    if (cli->json)
        return json_emit(cli, plan_view_json(&view), err);
    plan_view_print(&cli->out, &view);
    return 0;
}

/* For errors: "-" would say little. */
static const char *policy_name(const char *path) {
    return path != NULL && strcmp(path, "-") == 0 ? "standard input" : path;
}

/* What both calls fill. */
struct planned {
    struct winnow_plan plan;
    struct winnow_group groups[WINNOW_GROUPS_MAX];
};

static int plan_compute(struct cli *cli, const char *policy, size_t size,
                        struct winnow_error *err) {
    const struct plan_options *options = cli->options;
    struct planned *planned = calloc(1, sizeof *planned);
    if (planned == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory; close other programs");
    const struct winnow_plan_options request = {
        .policy = policy,
        .policy_size = size,
        .policy_name = policy_name(options->policy),
        .goal = options->goal,
        .since_days = (uint32_t)(options->since_ms / 86400000),
        .max = options->max,
        .seed = options->seed,
        .now_ms = options->now_ms,
        .budgets = options->budgets.items,
        .budget_count = options->budgets.count,
        .groups = planned->groups,
        .hooks = cli_hooks(cli),
    };
    int result = winnow_plan(cli->w, cli->words[0], &request, &planned->plan, err);
    if (result == 0)
        result = plan_tell(cli, &planned->plan, planned->groups, err);
    free(planned);
    return result;
}

static int plan_call(struct cli *cli, struct winnow_error *err) {
    const struct plan_options *options = cli->options;
    char *policy = NULL;
    size_t size = 0;
    if (cli_open(cli, err) != 0)
        return -1;
    if (options->policy != NULL && file_read(options->policy, &policy, &size, err) != 0)
        return -1;
    int result = plan_compute(cli, policy, size, err);
    free(policy);
    return result;
}

const struct command command_plan = {
    .name = "plan",
    .usage = "NAME [--goal GOAL | --policy FILE] [--since D] [--max N] [--seed N] [--now T] "
             "[--budget NAME=LIMIT/PERIOD]...",
    .summary = "compute and freeze the schedule, and show what it would do",
    .details = "Without a goal or a policy it is the last plan's; for a first plan careful below\n"
               "5,000 followees and declutter from there on. 'winnow policy --goal GOAL' prints\n"
               "what each goal keeps.\n\n"
               "Judges every followee by the goal or policy, orders those who go, and freezes the\n"
               "order under a digest. Says in three sentences who stays, who goes, until when and\n"
               "for how much; then shows both by kind, with five of each to look at, what the\n"
               "plan stands on and cannot see, where relief flattens, what each goal would do,\n"
               "the dates at both paces, and the difference to the last plan. Nothing is sent.",
    RULES_OF(rules),
    .options_size = sizeof(struct plan_options),
    .min_words = 1,
    .max_words = 1,
    .call = plan_call,
};
