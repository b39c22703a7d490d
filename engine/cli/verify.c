/* winnow verify: derive every counter and budget again from the journal; ask the platform.
 *
 * Happy path: counters and journal agree, and nobody of the sample is still followed.
 * Failure: they do not (exit 7), or somebody still is (exit 1); the first is told. */
#include "cli/base/cli.h"
#include "cli/base/format.h"
#include "cli/parts/json.h"
#include "cli/parts/signals.h"

struct verify_options {
    uint64_t sample, seed;
    int64_t max_cost_micro;
    bool yes;
};

static const struct option_rule rules[] = {
    {.name = "sample",
     .value = "N",
     .kind = OPTION_COUNT,
     .at = offsetof(struct verify_options, sample),
     .min = 1,
     .max = WINNOW_SAMPLE_MAX,
     .help = "also ask the platform about N of those taken back, 1 to 1000"},
    {.name = "seed",
     .value = "N",
     .kind = OPTION_COUNT,
     .at = offsetof(struct verify_options, seed),
     .max = UINT32_MAX,
     .help = "of the sample; default 0"},
    {.name = "max-cost",
     .value = "AMOUNT",
     .kind = OPTION_MONEY,
     .at = offsetof(struct verify_options, max_cost_micro),
     .help = "stop before the campaign has spent more than this, in all"},
    {.name = "yes",
     .kind = OPTION_SWITCH,
     .at = offsetof(struct verify_options, yes),
     .help = "agree to what the sample costs, which is said before"},
};

static json_t *verify_json(const struct winnow_verify_result *r) {
    json_t *sample = json_pack("{s:o,s:o,s:o,s:o}", "asked", json_count(r->sampled),
                               "still_followed", json_count(r->still_followed), "not_told",
                               json_count(r->not_told), "example", json_text_or_null(r->example));
    return json_pack("{s:i,s:o,s:o,s:o,s:o,s:o,s:o}", "version", 1, "journal_records",
                     json_count(r->journal_records), "entries", json_count(r->entries), "budgets",
                     json_count(r->budgets), "mismatches", json_count(r->mismatches), "first",
                     json_text_or_null(r->first), "sample", sample);
}

static void verify_print(struct output *out, const struct winnow_verify_result *r) {
    out_line(out, "%-24s %12s", "journal records", format_count(r->journal_records).text);
    out_line(out, "%-24s %12s", "entries", format_count(r->entries).text);
    out_line(out, "%-24s %12s", "budgets", format_count(r->budgets).text);
    out_line(out, "%-24s %12s", "mismatches", format_count(r->mismatches).text);
    if (r->sampled == 0)
        return;
    out_line(out, "%-24s %12s", "asked of the platform", format_count(r->sampled).text);
    out_line(out, "%-24s %12s", "still followed", format_count(r->still_followed).text);
    out_line(out, "%-24s %12s", "not told", format_count(r->not_told).text);
}

static int verify_judge(const struct cli *cli, const struct winnow_verify_result *r,
                        struct winnow_error *err) {
    if (r->mismatches > 0)
        return winnow_fail(err, WINNOW_DAMAGED,
                           "counters and journal differ: %s; stop the worker, keep a copy of %s, "
                           "and run 'winnow doctor'",
                           r->first, winnow_directory(cli->w));
    if (r->still_followed > 0)
        return winnow_fail(err, WINNOW_FAILED,
                           "%s of %s asked are still followed, or are again, %s among them: "
                           "'winnow fetch %s', then 'winnow plan %s' takes them in",
                           format_count(r->still_followed).text, format_count(r->sampled).text,
                           r->example, cli->words[0], cli->words[0]);
    return 0;
}

static int verify_call(struct cli *cli, struct winnow_error *err) {
    const struct verify_options *options = cli->options;
    const struct winnow_verify_options request = {
        .sample = options->sample,
        .seed = options->seed,
        .max_cost_micro = options->max_cost_micro,
        .hooks = cli_hooks(cli),
    };
    cli->agreed = options->yes;
    struct winnow_verify_result r = {0};
    if (cli_open(cli, err) != 0)
        return -1;
    signals_catch(cli->w);
    int result = winnow_verify(cli->w, cli->words[0], &request, &r, err);
    signals_release();
    if (result != 0)
        return -1;
    progress_clear(&cli->progress);
    if (!cli->json)
        verify_print(&cli->out, &r);
    else if (json_emit(cli, verify_json(&r), err) != 0)
        return -1;
    return verify_judge(cli, &r, err);
}

const struct command command_verify = {
    .name = "verify",
    .usage = "NAME [--sample N] [--max-cost AMOUNT] [--yes]",
    .summary = "derive all counters again from the journal; ask the platform about a sample",
    .details = "Reads the whole journal and compares what follows from it with the counters, the\n"
               "budgets and the state of every entry. A difference is told, and the exit code is\n"
               "7. With --sample, the platform is asked about some of those that were taken back,\n"
               "within the read budgets (X charges $0.010 each); the exit code is 1 when one is\n"
               "still followed.",
    RULES_OF(rules),
    .options_size = sizeof(struct verify_options),
    .min_words = 1,
    .max_words = 1,
    .call = verify_call,
};
