/* winnow fetch: page the following list from the platform.
 *
 * Happy path: pages come until the list ends, within the read budgets.
 * Failure: what was read stays, and the same command goes on from there. */
#include "cli.h"
#include "format.h"
#include "json.h"

struct fetch_options {
    bool restart;
    struct text_list budgets;
};

static const struct option_rule rules[] = {
    {.name = "restart",
     .kind = OPTION_SWITCH,
     .at = offsetof(struct fetch_options, restart),
     .help = "begin anew instead of where the last fetch stopped"},
    {.name = "budget",
     .value = "NAME=LIMIT/PERIOD",
     .kind = OPTION_BUDGET_LIST,
     .at = offsetof(struct fetch_options, budgets),
     .help = "another limit for a budget; may be given again"},
};

static json_t *fetch_json(const struct winnow_fetch_result *r) {
    return json_pack("{s:i,s:o,s:o,s:o,s:o,s:o,s:b,s:o,s:o}", "version", 1, "pages",
                     json_count(r->pages), "followees", json_count(r->followees), "added",
                     json_count(r->added), "changed", json_count(r->changed), "skipped",
                     json_count(r->skipped), "complete", r->complete ? 1 : 0, "told",
                     r->told < 0 ? json_null() : json_integer(r->told), "cost",
                     json_money(r->cost_micro));
}

static void fetch_print(struct cli *cli, const struct winnow_fetch_result *r,
                        const char *currency) {
    struct output *out = &cli->out;
    out_line(out, "%-24s %12s", "pages read", format_count(r->pages).text);
    out_line(out, "%-24s %12s", "followees listed", format_count(r->followees).text);
    out_line(out, "%-24s %12s", "new", format_count(r->added).text);
    out_line(out, "%-24s %12s", "changed", format_count(r->changed).text);
    if (r->skipped > 0)
        out_line(out, "%-24s %12s", "skipped", format_count(r->skipped).text);
    if (r->told >= 0)
        out_line(out, "%-24s %12s", "told by the profile", format_count((uint64_t)r->told).text);
    if (r->cost_micro > 0)
        out_line(out, "%-24s %12s", "cost", format_money(r->cost_micro, currency).text);
    out_line(out, "%-24s %12s", "whole list", r->complete ? "yes" : "no");
}

static int fetch_tell(struct cli *cli, const struct winnow_fetch_result *result,
                      struct winnow_error *err) {
    const char *name = cli->words[0];
    struct winnow_status status = {0};
    progress_clear(&cli->progress);
    if (winnow_status(cli->w, name, &status, err) != 0)
        return -1;
    if (cli->json && json_emit(cli, fetch_json(result), err) != 0)
        return -1;
    if (!cli->json)
        fetch_print(cli, result, status.currency);
    if (!result->complete)
        cli_say(cli, "the end of the list was not reached; go on with: winnow fetch %s", name);
    else
        cli_say(cli, "next: winnow plan %s", name);
    return 0;
}

static int fetch_call(struct cli *cli, struct winnow_error *err) {
    const struct fetch_options *options = cli->options;
    struct winnow_fetch_options request = {
        .budgets = options->budgets.items,
        .budget_count = options->budgets.count,
        .restart = options->restart,
        .hooks = cli_hooks(cli),
    };
    struct winnow_fetch_result result = {.told = -1};
    if (cli_open(cli, err) != 0 || winnow_fetch(cli->w, cli->words[0], &request, &result, err) != 0)
        return -1;
    return fetch_tell(cli, &result, err);
}

const struct command command_fetch = {
    .name = "fetch",
    .usage = "NAME [--restart] [--budget NAME=LIMIT/PERIOD]...",
    .summary = "read the following list from the platform",
    .details = "Pages the following list into the roster within the platform's read limits.\n"
               "Ctrl-C stops it; the same command goes on where it stopped.",
    RULES_OF(rules),
    .options_size = sizeof(struct fetch_options),
    .min_words = 1,
    .max_words = 1,
    .call = fetch_call,
};
