/* winnow policy: print the policy that a plan has until it is given another.
 *
 * Happy path: the JSON text as it is. Needs no state directory, and fails only by its output. */
#include "cli.h"

static int policy_call(struct cli *cli, struct winnow_error *err) {
    (void)err;
    fputs(winnow_default_policy(), cli->out.file);
    return 0;
}

const struct command command_policy = {
    .name = "policy",
    .usage = "",
    .summary = "print the default policy, to begin your own with",
    .details = "Prints the policy that 'winnow plan' uses when it is given none, as JSON:\n\n"
               "  winnow policy > policy.json\n"
               "  winnow plan obama --policy policy.json",
    .call = policy_call,
};
