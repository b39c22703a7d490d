/* winnow export: take roster, schedule or journal away.
 *
 * Happy path: the library writes CSV or JSONL to standard output.
 * Failure: an unknown part; output that cannot be written, which output_close reports. */
#include <string.h>

#include "cli.h"

/* in the order of enum winnow_export_what */
static const char *const parts[] = {"roster", "schedule", "journal"};
enum { PART_COUNT = sizeof parts / sizeof parts[0] };

static const char *const formats[] = {"jsonl", "csv", NULL};
enum { FORMAT_CSV = 1 };

struct export_options {
    int format;
};

static const struct option_rule rules[] = {
    {.name = "format",
     .value = "FORMAT",
     .kind = OPTION_CHOICE,
     .at = offsetof(struct export_options, format),
     .choices = formats,
     .help = "jsonl (default) or csv"},
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
    return winnow_fail(err, WINNOW_USAGE,
                       "'%.64s' cannot be exported%s choose one of roster, schedule, journal", word,
                       nearest_ask(&near, "'", "'").text);
}

static int export_call(struct cli *cli, struct winnow_error *err) {
    const struct export_options *options = cli->options;
    enum winnow_export_what part = WINNOW_EXPORT_ROSTER;
    bool csv = options->format == FORMAT_CSV;
    if (part_find(cli->words[1], &part, err) != 0)
        return -1;
    if (csv && cli->json)
        return winnow_fail(err, WINNOW_USAGE,
                           "--json and --format csv exclude each other; "
                           "leave one out");
    if (cli_open(cli, err) != 0)
        return -1;
    int result = winnow_export(cli->w, cli->words[0], part, csv, cli->out.file, err);
    /* what the output itself did not take is told once, by output_close */
    return result != 0 && cli->out.error == 0 ? -1 : 0;
}

const struct command command_export = {
    .name = "export",
    .usage = "NAME roster|schedule|journal [--format jsonl|csv]",
    .summary = "write the roster, the schedule or the journal to standard output",
    .details = "Writes one followee, entry or outcome a line. In CSV, texts that a spreadsheet\n"
               "would take for a formula get a leading '.\n\n"
               "  winnow export obama journal --format csv > journal.csv",
    RULES_OF(rules),
    .options_size = sizeof(struct export_options),
    .min_words = 2,
    .max_words = 2,
    .call = export_call,
};
