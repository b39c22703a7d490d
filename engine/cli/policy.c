/* winnow policy: print a goal's policy, to begin your own with.
 *
 * Happy path: the JSON text as it is planned by. With --for it is the campaign's own: its numbers
 * fit its size, and rules that nobody in it has facts for stand under "aside". Fails for a goal or
 * a campaign that there is none of. */
#include <stdlib.h>

#include "cli/base/cli.h"

struct policy_options {
    const char *goal, *campaign;
    int64_t since_ms;
};

static const struct option_rule rules[] = {
    {.name = "goal",
     .value = "GOAL",
     .kind = OPTION_TEXT,
     .at = offsetof(struct policy_options, goal),
     .help = "declutter (default), careful, one-way, inactive or dead"},
    {.name = "for",
     .value = "NAME",
     .kind = OPTION_TEXT,
     .at = offsetof(struct policy_options, campaign),
     .help = "as it would be for this campaign's roster"},
    {.name = "since",
     .value = "D",
     .kind = OPTION_DURATION,
     .at = offsetof(struct policy_options, since_ms),
     .min = 86400000,
     .max = 86400000ull * 36500,
     .help = "of the goal inactive: silent for so long; default 1y"},
};

static int policy_call(struct cli *cli, struct winnow_error *err) {
    const struct policy_options *o = cli->options;
    char *json = NULL;
    if (o->campaign != NULL && cli_open(cli, err) != 0)
        return -1;
    if (winnow_goal_policy(cli->w, o->goal != NULL ? o->goal : "declutter",
                           (uint32_t)(o->since_ms / 86400000), o->campaign, &json, err) != 0)
        return -1;
    fprintf(cli->out.file, "%s\n", json);
    free(json);
    return 0;
}

const struct command command_policy = {
    .name = "policy",
    .usage = "[--goal GOAL] [--for NAME] [--since D]",
    .summary = "print the policy of a goal, to begin your own with",
    .details = "Prints what 'winnow plan --goal GOAL' goes by, as JSON:\n\n"
               "  winnow policy --goal careful > policy.json\n"
               "  winnow plan obama --policy policy.json",
    RULES_OF(rules),
    .options_size = sizeof(struct policy_options),
    .call = policy_call,
};
