/* winnow import: read rosters from files.
 *
 * Happy path: the files are merged into the roster by id and the changes are told.
 * Failure: lines that were skipped are named on stderr, the rest is in, and the exit code is 2. */
#include "cli/base/cli.h"
#include "cli/base/format.h"
#include "cli/parts/json.h"

/* in the order of enum winnow_format */
static const char *const formats[] = {"auto",        "jsonl",     "csv",        "mastodon-csv",
                                      "x-js",        "x-archive", "users-json", "mastodon-archive",
                                      "bluesky-car", NULL};

/* in the order of enum winnow_list */
static const char *const lists[] = {"unsaid", "following", "followers", "blocks", "mutes", NULL};

struct import_options {
    int format, as;
    bool strict, followers_complete, rounded_ids, add_unlisted;
};

static const struct option_rule rules[] = {
    {.name = "format",
     .value = "FORMAT",
     .kind = OPTION_CHOICE,
     .at = offsetof(struct import_options, format),
     .choices = formats,
     .help = "auto (default), or the name of a form: winnow(1) has them"},
    {.name = "as",
     .value = "LIST",
     .kind = OPTION_CHOICE,
     .at = offsetof(struct import_options, as),
     .choices = lists,
     .help = "whom the list is of: following, followers, blocks or mutes"},
    {.name = "strict",
     .kind = OPTION_SWITCH,
     .at = offsetof(struct import_options, strict),
     .help = "import nothing when a line is bad"},
    {.name = "followers-complete",
     .kind = OPTION_SWITCH,
     .at = offsetof(struct import_options, followers_complete),
     .help = "a follower file lists all: who is absent does not follow"},
    {.name = "rounded-ids",
     .kind = OPTION_SWITCH,
     .at = offsetof(struct import_options, rounded_ids),
     .help = "take ids that end in zeros as rounded ones do"},
    {.name = "add-unlisted",
     .kind = OPTION_SWITCH,
     .at = offsetof(struct import_options, add_unlisted),
     .help = "take who is not on the complete following list"},
};

static void import_print_sets(struct output *out, const struct winnow_import_result *r) {
    for (size_t i = 0; i < r->set_count; i++) {
        const struct winnow_import_set *set = &r->sets[i];
        out_line(out, "archive: %-15s %12s  %s%s%s", set->name, format_count(set->count).text,
                 winnow_set_state_name(set->state), set->why[0] != '\0' ? ": " : "", set->why);
    }
}

static void import_print(struct cli *cli, const struct winnow_import_result *r) {
    struct output *out = &cli->out;
    const struct {
        const char *name;
        uint64_t count;
        bool always;
    } rows[] = {
        {"records read", r->lines, true},
        {"new followees", r->added, true},
        {"changed", r->changed, true},
        {"as before", r->unchanged, true},
        {"lines skipped", r->skipped, true},
        {"keys not known", r->unknown_keys, false},
        {"texts cut", r->cut, false},
        {"followers not followed", r->not_followed, false},
        {"not on the list followed", r->unlisted, false},
        {"followees blocked", r->blocked, false},
        {"followees muted", r->muted, false},
        {"followees in the roster", r->followees, true},
        {"of them without an id", r->unresolved, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].always || rows[i].count > 0)
            out_line(out, "%-24s %12s", rows[i].name, format_count(rows[i].count).text);
    import_print_sets(out, r);
}

static json_t *import_json_sets(const struct winnow_import_result *r) {
    json_t *sets = json_array();
    for (size_t i = 0; i < r->set_count; i++) {
        const struct winnow_import_set *set = &r->sets[i];
        sets = json_append(
            sets, json_pack("{s:s,s:s,s:o,s:o,s:o,s:o}", "name", set->name, "state",
                            winnow_set_state_name(set->state), "as_of", json_time(set->as_of_ms),
                            "count", json_count(set->count), "expected", json_count(set->expected),
                            "why", json_text_or_null(set->why)));
    }
    return sets;
}

static json_t *import_json(const struct winnow_import_result *r) {
    return json_pack("{s:i,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "version", 1,
                     "lines", json_count(r->lines), "added", json_count(r->added), "changed",
                     json_count(r->changed), "unchanged", json_count(r->unchanged), "skipped",
                     json_count(r->skipped), "unknown_keys", json_count(r->unknown_keys), "cut",
                     json_count(r->cut), "not_followed", json_count(r->not_followed), "followees",
                     json_count(r->followees), "unresolved", json_count(r->unresolved), "unlisted",
                     json_count(r->unlisted), "blocked", json_count(r->blocked), "muted",
                     json_count(r->muted), "sets", import_json_sets(r));
}

static int import_tell(struct cli *cli, const struct winnow_import_result *result,
                       struct winnow_error *err) {
    progress_clear(&cli->progress);
    if (cli->json && json_emit(cli, import_json(result), err) != 0)
        return -1;
    if (!cli->json)
        import_print(cli, result);
    /* the contract: 2 although the rest is in, so that a script notices */
    if (result->skipped == 0) {
        cli_say(cli, "next: winnow plan %s", cli->words[0]);
        return 0;
    }
    cli_say(cli, "%s %s skipped, all others are imported; mend and import again",
            format_count(result->skipped).text, result->skipped == 1 ? "line was" : "lines were");
    return EXIT_USAGE;
}

static int import_call(struct cli *cli, struct winnow_error *err) {
    const struct import_options *options = cli->options;
    struct winnow_import_options request = {
        .files = cli->words + 1,
        .file_count = cli->word_count - 1,
        .format = (enum winnow_format)options->format,
        .strict = options->strict,
        .followers_complete = options->followers_complete,
        .as = (enum winnow_list)options->as,
        .rounded_ids = options->rounded_ids,
        .add_unlisted = options->add_unlisted,
        .hooks = cli_hooks(cli),
    };
    struct winnow_import_result result = {0};
    if (cli_open(cli, err) != 0 ||
        winnow_import(cli->w, cli->words[0], &request, &result, err) != 0)
        return -1;
    return import_tell(cli, &result, err);
}

const struct command command_import = {
    .name = "import",
    .usage = "NAME FILE... [--as LIST] [OPTIONS]",
    .summary = "read rosters: JSONL, CSV, JSON of users, archives of X, Mastodon, Bluesky",
    .details = "Merges files into the roster by id; the newest fact wins, and what a file does\n"
               "not say stays unknown. '-' is standard input. A bad line is named and skipped,\n"
               "and the exit code is 2 then; with --strict nothing is imported.",
    RULES_OF(rules),
    .options_size = sizeof(struct import_options),
    .min_words = 2,
    .max_words = SIZE_MAX,
    .call = import_call,
};
