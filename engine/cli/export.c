/* winnow export: take roster, schedule or journal away.
 *
 * Happy path: the library writes CSV or JSONL to standard output.
 * Failure: an unknown part; output that cannot be written, which output_close reports. */
#include <string.h>

#include "cli/parts/filter.h"

/* in the order of enum winnow_export_what */
static const char *const parts[] = {"roster", "schedule", "journal", "review"};
enum { PART_COUNT = sizeof parts / sizeof parts[0] };

static const char *const formats[] = {"jsonl", "csv", NULL};
enum { FORMAT_CSV = 1 };

struct export_options {
    int format;
    struct filter_options filter;
};

static const struct option_rule rules[] = {
    {.name = "format",
     .value = "FORMAT",
     .kind = OPTION_CHOICE,
     .at = offsetof(struct export_options, format),
     .choices = formats,
     .help = "jsonl (default) or csv"},
    FILTER_RULES(export_options),
};

static int part_find(const char *word, enum winnow_export_what *part, struct winnow_error *err) {
    struct nearest near;
    nearest_start(&near, word);
    for (int i = 0; i < PART_COUNT; i++) {
        if (strcmp(parts[i], word) == 0) {
            *part = (enum winnow_export_what)i;
            return 0;
        }
        nearest_offer(&near, parts[i]);
    }
    return winnow_fail(
        err, WINNOW_USAGE,
        "'%.64s' cannot be exported%s choose one of roster, schedule, journal, review", word,
        nearest_ask(&near, "'", "'").text);
}

/* A roster has everybody, whatever a plan says. */
static int filter_choose(const struct filter_options *o, enum winnow_export_what part,
                         struct winnow_filter *out, struct winnow_error *err) {
    if (o->columns != NULL && part != WINNOW_EXPORT_REVIEW)
        return winnow_fail(err, WINNOW_USAGE,
                           "--columns are of a review: winnow export NAME review");
    if (filter_take(o, out, err) != 0)
        return -1;
    if (part == WINNOW_EXPORT_ROSTER && out->side == WINNOW_SIDE_SCHEDULE)
        out->side = WINNOW_SIDE_ROSTER;
    return 0;
}

static int export_part(struct cli *cli, enum winnow_export_what part,
                       const struct winnow_filter *filter, const struct column_list *columns,
                       struct winnow_error *err) {
    const struct export_options *options = cli->options;
    const struct winnow_export_options request = {
        .what = part,
        .csv = options->format == FORMAT_CSV,
        .filter = filter_is_given(&options->filter) ? filter : NULL,
        .columns = columns->count == 0 ? NULL : columns->names,
        .column_count = columns->count,
    };
    struct winnow_filter_result told;
    int result = winnow_export_some(cli->w, cli->words[0], &request, cli->out.file, &told, err);
    /* what the output itself did not take is told once, by output_close */
    if (result != 0)
        return cli->out.error == 0 ? -1 : 0;
    filter_tell(cli, &told);
    return 0;
}

static int export_call(struct cli *cli, struct winnow_error *err) {
    const struct export_options *options = cli->options;
    enum winnow_export_what part = WINNOW_EXPORT_ROSTER;
    struct winnow_filter filter;
    struct column_list columns = {0};
    if (part_find(cli->words[1], &part, err) != 0 ||
        filter_choose(&options->filter, part, &filter, err) != 0)
        return -1;
    if (options->format == FORMAT_CSV && cli->json)
        return winnow_fail(err, WINNOW_USAGE,
                           "--json and --format csv exclude each other; "
                           "leave one out");
    if (cli_open(cli, err) != 0)
        return -1;
    int result = columns_take(options->filter.columns, &columns, err);
    if (result == 0)
        result = export_part(cli, part, &filter, &columns, err);
    columns_free(&columns);
    return result;
}

const struct command command_export = {
    .name = "export",
    .usage = "NAME roster|schedule|journal|review [--format jsonl|csv] [OPTIONS]",
    .summary = "write the roster, the schedule, the journal or a review to standard output",
    .details = "Writes one followee, entry or outcome a line. In CSV, texts that a spreadsheet\n"
               "would take for a formula get a leading '.\n\n"
               "  winnow export obama journal --format csv > journal.csv\n\n"
               "A review is for a spreadsheet: links, reasons, facts, and an empty column keep.\n"
               "Put an x there for whom to keep, save it as CSV, and give it back:\n\n"
               "  winnow export obama review --format csv --where 'mutual' > review.csv\n"
               "  winnow keep obama --from review.csv",
    RULES_OF(rules),
    .options_size = sizeof(struct export_options),
    .min_words = 2,
    .max_words = 2,
    .call = export_call,
};
