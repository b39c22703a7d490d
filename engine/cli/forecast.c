/* winnow forecast: the rest of the campaign in virtual time.
 *
 * Happy path: dates at both paces, money, what is gone by when, how often it waits; with --faults
 * the spread of nine campaigns with bad luck.
 * Failure: no plan yet, or an option that cannot be, each with what to do. */
#include <string.h>

#include "cli/base/cli.h"
#include "cli/base/format.h"
#include "cli/parts/json.h"
#include "cli/parts/limits.h"

struct forecast_options {
    bool faults;
    uint64_t seed;
    struct limits limits;
};

static const struct option_rule rules[] = {
    {.name = "faults",
     .kind = OPTION_SWITCH,
     .at = offsetof(struct forecast_options, faults),
     .help = "also with simulated faults: the spread of nine campaigns"},
    {.name = "seed",
     .value = "N",
     .kind = OPTION_COUNT,
     .at = offsetof(struct forecast_options, seed),
     .max = UINT32_MAX,
     .help = "of the faults; default 0"},
    LIMITS_RULES(struct forecast_options),
};

/* the API's marks, in its order */
static const int mark_days[WINNOW_FORECAST_MARKS] = {1, 7, 30, 90};
static const char *const pace_names[] = {"even", "burst"};

enum { MIDDLE = WINNOW_FORECAST_RUNS / 2, LABEL_WIDTH = 20 };

/* ---- for people ----------------------------------------------------------------------------*/

static void gone_print(struct output *out, const struct winnow_forecast *f,
                       const struct winnow_forecast_one *one) {
    for (int i = 0; i < WINNOW_FORECAST_MARKS; i++) {
        char label[32];
        snprintf(label, sizeof label, "  after %d day%s", mark_days[i],
                 mark_days[i] == 1 ? "" : "s");
        out_line(out, "%-*s%s unfollowed%s%s%s", LABEL_WIDTH, label,
                 format_count(one->settled_at[i]).text, f->volume_known ? ", " : "",
                 f->volume_known ? format_share(one->volume_at[i]).text : "",
                 f->volume_known ? " of the posts gone" : "");
    }
}

static void one_print(struct output *out, const struct winnow_forecast *f, const char *title,
                      const struct winnow_forecast_one *one) {
    out_title(out, "%s", title);
    out_line(out, "%-*s%s", LABEL_WIDTH, one->capped ? "  stops" : "  done",
             format_when(one->finish_ms, f->start_ms).text);
    if (one->capped)
        out_line(out, "%-*s%s; %s of %s are settled by then", LABEL_WIDTH, "  since", one->reason,
                 format_count(one->settled).text, format_count(f->remaining).text);
    gone_print(out, f, one);
    if (*f->currency != '\0')
        out_line(out, "%-*s%s from now on", LABEL_WIDTH, "  money",
                 format_money(one->cost_micro, f->currency).text);
    if (one->waits == 0)
        out_line(out, "%-*snever more than a minute", LABEL_WIDTH, "  waits");
    else
        out_line(out, "%-*s%s times more than a minute, at most %s", LABEL_WIDTH, "  waits",
                 format_count(one->waits).text, format_duration(one->longest_wait_ms).text);
}

static void spread_print(struct output *out, const struct winnow_forecast *f) {
    const struct winnow_forecast_one *worst = &f->faulty[f->faulty_count - 1];
    out_title(out, "with faults, %s pace, %zu campaigns", pace_names[f->pace], f->faulty_count);
    out_line(out, "%-*s%s", LABEL_WIDTH, "  earliest",
             format_when(f->faulty[0].finish_ms, f->start_ms).text);
    out_line(out, "%-*s%s", LABEL_WIDTH, "  in the middle",
             format_when(f->faulty[MIDDLE].finish_ms, f->start_ms).text);
    out_line(out, "%-*s%s", LABEL_WIDTH, "  latest",
             format_when(worst->finish_ms, f->start_ms).text);
    out_line(out, "%-*s%s for %s in the latest", LABEL_WIDTH, "  tries",
             format_things(worst->requests, "request").text,
             format_things(worst->settled, "account").text);
}

static void forecast_print(struct output *out, const struct winnow_forecast *f, const char *name) {
    out_line(out, "%s: %s remain, from %s on", name, format_count(f->remaining).text,
             format_date(f->start_ms).text);
    if (f->remaining == 0)
        return;
    one_print(out, f, "at even pace", &f->even);
    one_print(out, f, "at burst pace", &f->burst);
    if (f->faulty_count > 0)
        spread_print(out, f);
}

/* ---- as JSON -------------------------------------------------------------------------------*/

static json_t *one_json(const struct winnow_forecast *f, const struct winnow_forecast_one *one) {
    json_t *gone = json_array();
    for (int i = 0; i < WINNOW_FORECAST_MARKS; i++)
        gone = json_append(gone,
                           json_pack("{s:i,s:o,s:o}", "day", mark_days[i], "unfollowed",
                                     json_count(one->settled_at[i]), "posts",
                                     f->volume_known ? json_real(one->volume_at[i]) : json_null()));
    return json_pack("{s:o,s:b,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "finish", json_time(one->finish_ms),
                     "capped", one->capped, "reason",
                     one->capped ? json_text(one->reason) : json_null(), "requests",
                     json_count(one->requests), "settled", json_count(one->settled), "gone", gone,
                     "cost", json_money(one->cost_micro), "waits", json_count(one->waits),
                     "longest_wait_s", json_count((uint64_t)one->longest_wait_ms / 1000));
}

static json_t *forecast_json(const struct winnow_forecast *f, const char *name) {
    json_t *faulty = json_array();
    for (size_t i = 0; i < f->faulty_count; i++)
        faulty = json_append(faulty, one_json(f, &f->faulty[i]));
    return json_pack("{s:i,s:o,s:o,s:o,s:o,s:o,s:o,s:s,s:o}", "version", 1, "campaign",
                     json_text(name), "from", json_time(f->start_ms), "remaining",
                     json_count(f->remaining), "currency", json_text_or_null(f->currency), "even",
                     one_json(f, &f->even), "burst", one_json(f, &f->burst), "faults_pace",
                     pace_names[f->pace], "faults", faulty);
}

static int forecast_call(struct cli *cli, struct winnow_error *err) {
    const struct forecast_options *options = cli->options;
    const struct winnow_run_options run = {
        .max_actions = options->limits.max_actions,
        .per_day = options->limits.per_day,
        .quiet = options->limits.quiet,
        .max_cost_micro = options->limits.max_cost_micro,
        .until_ms = options->limits.until_ms,
        .budgets = options->limits.budgets.items,
        .budget_count = options->limits.budgets.count,
    };
    const struct winnow_forecast_options request = {
        .run = &run, .faults = options->faults, .seed = options->seed};
    struct winnow_forecast f;
    if (limits_check(&options->limits, err) != 0 || cli_open(cli, err) != 0 ||
        winnow_forecast(cli->w, cli->words[0], &request, &f, err) != 0)
        return -1;
    if (cli->json)
        return json_emit(cli, forecast_json(&f, cli->words[0]), err);
    forecast_print(&cli->out, &f, cli->words[0]);
    return 0;
}

const struct command command_forecast = {
    .name = "forecast",
    .usage = "NAME [OPTIONS]",
    .summary = "run the rest of the campaign in virtual time: dates, money, waits",
    .details = "Drives the same machine that unfollows through the rest of the campaign, from the\n"
               "budgets as they stand, without sending anything: when it is done at either pace,\n"
               "what is gone after 1, 7, 30 and 90 days, what it costs, how often it waits.\n"
               "Limits are those given here, else those of the last run. With --faults, nine\n"
               "campaigns go through server errors, lost answers and outages as well.",
    RULES_OF(rules),
    .options_size = sizeof(struct forecast_options),
    .min_words = 1,
    .max_words = 1,
    .call = forecast_call,
};
