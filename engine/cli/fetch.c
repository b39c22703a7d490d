/* winnow fetch: read the following list and other evidence from the platform.
 *
 * Happy path: pages come until each list ends, within the read budgets.
 * Failure: what was read stays, and the same command goes on from there. */
#include <string.h>

#include "cli/base/cli.h"
#include "cli/base/format.h"
#include "cli/parts/json.h"
#include "cli/parts/signals.h"
#include "cli/views/evidence.h"
#include "cli/views/fetch_help.h"

struct fetch_options {
    bool restart, yes;
    const char *only;
    int64_t max_age_ms, max_cost_micro;
    uint64_t next;
    struct text_list budgets;
};

static const struct option_rule rules[] = {
    {.name = "only",
     .value = "SET,...",
     .kind = OPTION_TEXT,
     .at = offsetof(struct fetch_options, only),
     .help = "sets by name, with commas between; without it, following"},
    {.name = "next",
     .value = "N",
     .kind = OPTION_COUNT,
     .at = offsetof(struct fetch_options, next),
     .min = 1,
     .max = UINT32_MAX,
     .help = "with --only profiles: of the plan's next N entries alone"},
    {.name = "max-age",
     .value = "D",
     .kind = OPTION_DURATION,
     .at = offsetof(struct fetch_options, max_age_ms),
     .min = 1,
     .max = INT64_MAX,
     .help = "pass over what is complete and younger, like 12h or 7d"},
    {.name = "max-cost",
     .value = "AMOUNT",
     .kind = OPTION_MONEY,
     .at = offsetof(struct fetch_options, max_cost_micro),
     .help = "stop before the campaign has spent more than this, in all"},
    {.name = "yes",
     .kind = OPTION_SWITCH,
     .at = offsetof(struct fetch_options, yes),
     .help = "agree to what it costs, which is said before"},
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

/* ---- which sets ----------------------------------------------------------------------------*/

static int read_only(const char *text, uint32_t *out, struct winnow_error *err) {
    *out = 0;
    for (const char *at = text; at != NULL && *at != '\0';) {
        size_t size = strcspn(at, ",");
        uint32_t bit = winnow_fetch_set(at, size);
        if (bit == 0)
            return winnow_fail(err, WINNOW_USAGE,
                               "--only: '%.*s' is no set: give following, followers, profiles, "
                               "lists or interactions, or another set that `winnow fetch "
                               "--help` names, with commas between",
                               (int)(size < 40 ? size : 40), at);
        *out |= bit;
        at += size;
        at += *at == ',';
    }
    return 0;
}

/* ---- what came of it -----------------------------------------------------------------------*/

static json_t *json_told(int64_t value) {
    return value < 0 ? json_null() : json_integer(value);
}

static json_t *fetch_json(const char *campaign, const struct winnow_fetch_result *r) {
    return json_pack("{s:i,s:o,s:o,s:o,s:o,s:o,s:b,s:b,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "version", 1,
                     "pages", json_count(r->pages), "followees", json_count(r->followees), "added",
                     json_count(r->added), "changed", json_count(r->changed), "skipped",
                     json_count(r->skipped), "end", r->end ? 1 : 0, "complete", r->complete ? 1 : 0,
                     "told", json_told(r->told), "hidden", json_told(r->hidden), "gone",
                     json_told(r->gone), "cost", json_money(r->cost_micro), "resolved",
                     json_count(r->resolved), "unresolved", json_count(r->unresolved), "evidence",
                     evidence_json(campaign, r->evidence, r->evidence_count));
}

static void following_print(struct output *out, const struct winnow_fetch_result *r) {
    out_line(out, "%-24s %12s", "pages read", format_count(r->pages).text);
    out_line(out, "%-24s %12s", "followees listed", format_count(r->followees).text);
    out_line(out, "%-24s %12s", "new", format_count(r->added).text);
    out_line(out, "%-24s %12s", "changed", format_count(r->changed).text);
    if (r->skipped > 0)
        out_line(out, "%-24s %12s", "skipped", format_count(r->skipped).text);
    if (r->told >= 0)
        out_line(out, "%-24s %12s", "told by the profile", format_count((uint64_t)r->told).text);
    out_line(out, "%-24s %12s", "whole list", r->complete ? "yes" : "no");
}

static void fetch_print(struct cli *cli, const struct winnow_fetch_result *r) {
    struct output *out = &cli->out;
    if (r->following)
        following_print(out, r);
    if (r->resolved > 0)
        out_line(out, "%-24s %12s", "handles looked up", format_count(r->resolved).text);
    if (r->unresolved > 0)
        out_line(out, "%-24s %12s", "still without an id", format_count(r->unresolved).text);
    if (r->hidden >= 0) {
        out_line(out, "%-24s %12s", "hidden followees", format_count((uint64_t)r->hidden).text);
        out_line(out, "%-24s %12s", "of them gone", format_count((uint64_t)r->gone).text);
    }
    if (r->cost_micro > 0)
        out_line(out, "%-24s %12s", "cost", format_money(r->cost_micro, r->currency).text);
    evidence_print(out, cli->words[0], r->evidence, r->evidence_count);
}

static int fetch_tell(struct cli *cli, const struct winnow_fetch_result *result,
                      struct winnow_error *err) {
    progress_clear(&cli->progress);
    if (cli->json && json_emit(cli, fetch_json(cli->words[0], result), err) != 0)
        return -1;
    if (!cli->json)
        fetch_print(cli, result);
    cli_say(cli, "next: winnow plan %s", cli->words[0]);
    return 0;
}

static int fetch_call(struct cli *cli, struct winnow_error *err) {
    const struct fetch_options *options = cli->options;
    struct winnow_fetch_options request = {
        .max_age_ms = options->max_age_ms,
        .max_cost_micro = options->max_cost_micro,
        .next = options->next,
        .budgets = options->budgets.items,
        .budget_count = options->budgets.count,
        .restart = options->restart,
        .hooks = cli_hooks(cli),
    };
    cli->agreed = options->yes;
    struct winnow_fetch_result result = {.told = -1, .hidden = -1, .gone = -1};
    if (read_only(options->only, &request.sets, err) != 0 || cli_open(cli, err) != 0)
        return -1;
    signals_catch(cli->w);
    int code = winnow_fetch(cli->w, cli->words[0], &request, &result, err);
    signals_release();
    return code == 0 ? fetch_tell(cli, &result, err) : -1;
}

const struct command command_fetch = {
    .name = "fetch",
    .usage = "NAME [--only SET,...] [OPTIONS]",
    .summary = "read lists and evidence from the platform",
    .details =
        "Reads sets into the roster, within the platform's read limits: all that costs nothing,\n"
        "if none is asked for; where rows cost (X), the following list. `interactions` are all\n"
        "sets that tell whom you spoke to and who to you.\n"
        "It says how whole each set is. Only from a whole list of followers is it known who does\n"
        "not follow. Ctrl-C stops it; the same command goes on where it stopped.\n"
        "What costs money (X) is said, and asked for, before it is bought: --max-cost or --yes\n"
        "answer where nobody can be asked.",
    .more = fetch_help,
    RULES_OF(rules),
    .options_size = sizeof(struct fetch_options),
    .min_words = 1,
    .max_words = 1,
    .call = fetch_call,
};
