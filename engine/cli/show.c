/* winnow show: who goes, in order; or who stays, or who cannot be judged; all of them, or whom a
 * condition is true of.
 *
 * Happy path: a table, or a JSON document written row by row, in bounded memory.
 * Failure: no plan yet; a condition or a column that is none; a reader that goes away ends the
 * listing. */
#include <string.h>

#include "cli/base/format.h"
#include "cli/parts/filter.h"
#include "cli/parts/json.h"

enum { HEAD_DEFAULT = 20, WIDTH_OTHER = 14 };

struct show_options {
    uint64_t head, offset;
    struct filter_options filter;
};

static const struct option_rule rules[] = {
    {.name = "head",
     .value = "N",
     .kind = OPTION_COUNT,
     .at = offsetof(struct show_options, head),
     .min = 1,
     .max = UINT32_MAX,
     .help = "show N entries; default 20, or all of a sample"},
    {.name = "offset",
     .value = "K",
     .kind = OPTION_COUNT,
     .at = offsetof(struct show_options, offset),
     .max = UINT32_MAX,
     .help = "leave out the first K"},
    FILTER_RULES(show_options),
};

struct listing {
    struct cli *cli;
    struct winnow_error *err;
    const struct column_list *columns;
    uint64_t shown;
    bool heading; /* the names of the columns are printed */
};

/* ---- the table -----------------------------------------------------------------------------*/

static const char usual_schedule[] = "position,handle,state,due,link,reason";
static const char usual_others[] = "handle,link,reason";

/* 0: the last one, as wide as it is. Links and ids are for copying: never cut. */
static int column_width(const char *name, bool *whole) {
    static const struct {
        const char *name;
        int width;
        bool whole;
    } widths[] = {
        {"position", 9, false}, {"handle", 20, false}, {"name", 24, false}, {"id", 20, true},
        {"link", 42, true},     {"state", 12, false},  {"due", 10, false},  {"reason", 60, true},
        {"bio", 40, false},     {"lists", 24, false},
    };
    for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
        *whole = widths[i].whole;
        if (strcmp(widths[i].name, name) == 0)
            return widths[i].width;
    }
    *whole = false;
    return WIDTH_OTHER;
}

static void cell(const struct listing *l, size_t column, const char *text) {
    struct output *out = &l->cli->out;
    bool whole;
    int width = column_width(l->columns->names[column], &whole);
    char handle[WINNOW_HANDLE_MAX + 2];
    if (*text == '\0') {
        text = "-";
    } else if (strcmp(l->columns->names[column], "handle") == 0 && !l->heading) {
        snprintf(handle, sizeof handle, "@%s", text);
        text = handle;
    }
    if (column > 0)
        fputs("  ", out->file);
    if (column + 1 == l->columns->count)
        out_line(out, "%s", text);
    else if (whole)
        out_text(out, "%-*s", width, text);
    else
        out_cell(out, text, width);
}

static void table_row(const struct listing *l, const struct winnow_row *row) {
    for (size_t i = 0; i < l->columns->count; i++)
        cell(l, i, row == NULL ? l->columns->names[i] : row->values[i]);
}

/* ---- JSON ----------------------------------------------------------------------------------*/

static json_t *facts_json(const struct listing *l, const struct winnow_row *row) {
    json_t *facts = json_object();
    for (size_t i = 0; i < l->columns->count && facts != NULL; i++) {
        if (json_object_set_new(facts, l->columns->names[i], json_text_or_null(row->values[i])) ==
            0)
            continue;
        json_decref(facts);
        facts = NULL;
    }
    return facts;
}

static json_t *row_json(const struct listing *l, const struct winnow_row *row) {
    json_t *entry = json_entry(&row->entry);
    json_t *more = json_pack("{s:o,s:o,s:o,s:o}", "verdict",
                             json_text_or_null(winnow_verdict_name(row->verdict)), "name",
                             json_text_or_null(row->name), "link", json_text_or_null(row->link),
                             "facts", facts_json(l, row));
    if (entry != NULL && more != NULL && json_object_update(entry, more) == 0) {
        json_decref(more);
        return entry;
    }
    json_decref(entry);
    json_decref(more);
    return NULL;
}

/* Nothing is written before the first entry, so that an error leaves no half document. */
static void listing_begin(struct listing *l) {
    const struct show_options *options = l->cli->options;
    if (!l->cli->json) {
        l->heading = true;
        table_row(l, NULL);
        l->heading = false;
        return;
    }
    fprintf(l->cli->out.file, "{\"version\":1,\"campaign\":\"%s\",\"offset\":%ju,\"entries\":[",
            l->cli->words[0], (uintmax_t)options->offset);
}

static int listing_row(void *context, const struct winnow_row *row) {
    struct listing *l = context;
    if (l->shown++ == 0)
        listing_begin(l);
    if (!l->cli->json) {
        table_row(l, row);
    } else {
        if (l->shown > 1)
            fputc(',', l->cli->out.file);
        if (json_emit_part(l->cli, row_json(l, row), l->err) != 0)
            return -1;
    }
    return l->cli->out.error == 0 ? 0 : 1;
}

/* ---- the command ---------------------------------------------------------------------------*/

/* What is asked for; else the usual ones, or in JSON all that there are. */
static int columns_choose(const struct cli *cli, const struct winnow_filter *filter,
                          struct column_list *out, struct winnow_error *err) {
    const struct show_options *options = cli->options;
    bool schedule = filter->side == WINNOW_SIDE_SCHEDULE;
    const char *name;
    if (options->filter.columns != NULL || !cli->json)
        return columns_take(options->filter.columns != NULL ? options->filter.columns
                            : schedule                      ? usual_schedule
                                                            : usual_others,
                            out, err);
    *out = (struct column_list){0};
    while (out->count < WINNOW_COLUMNS_MAX && (name = winnow_value_name(out->count)) != NULL)
        out->names[out->count++] = name;
    return 0;
}

static void end_tell(const struct listing *l, const struct winnow_filter *filter,
                     const struct winnow_filter_result *told) {
    struct cli *cli = l->cli;
    if (cli->json)
        fputs("]}\n", cli->out.file);
    else if (l->shown == 0 && told->matched > 0)
        cli_say(cli, "no entries from there on; ask with a smaller --offset");
    else if (l->shown == 0)
        cli_say(cli, "none of %s match", format_count(told->of).text);
    else if (filter->where != NULL || filter->side != WINNOW_SIDE_SCHEDULE)
        cli_say(cli, "%s of %s that match, of %s", format_count(l->shown).text,
                format_count(told->matched).text, format_count(told->of).text);
    filter_tell(cli, told);
}

static int show_rows(struct cli *cli, struct winnow_filter *filter,
                     const struct column_list *columns, struct winnow_error *err) {
    struct listing listing = {.cli = cli, .err = err, .columns = columns};
    struct winnow_filter_result told = {0};
    int result = winnow_review(cli->w, cli->words[0], filter, columns->names, columns->count,
                               listing_row, &listing, &told, err);
    if (result < 0)
        return -1;
    if (result == 0 && listing.shown == 0 && cli->json)
        listing_begin(&listing);
    end_tell(&listing, filter, &told);
    return 0;
}

static int show_call(struct cli *cli, struct winnow_error *err) {
    const struct show_options *options = cli->options;
    struct winnow_filter filter;
    struct column_list columns = {0};
    if (filter_take(&options->filter, &filter, err) != 0 || cli_open(cli, err) != 0)
        return -1;
    filter.offset = options->offset;
    filter.count = options->head != 0 ? options->head : filter.sample != 0 ? 0 : HEAD_DEFAULT;
    int result = columns_choose(cli, &filter, &columns, err);
    if (result == 0)
        result = show_rows(cli, &filter, &columns, err);
    columns_free(&columns);
    return result;
}

const struct command command_show = {
    .name = "show",
    .usage = "NAME [--where EXPR] [--kept | --undecided] [--sample N] [OPTIONS]",
    .summary = "show who goes, who stays, or who cannot be judged",
    .details = "Prints entries of the frozen schedule in the order in which they leave, each with\n"
               "its state, the date on which it is due at even pace, a link to the profile, and\n"
               "why. A condition is written as in a policy (docs/policy.md), and the same one can\n"
               "be given to `winnow keep`. For all of them in a spreadsheet:\n\n"
               "  winnow show obama --where 'posts_per_day > 50 and mutual' --sort followers\n"
               "  winnow export obama review --format csv > review.csv",
    RULES_OF(rules),
    .options_size = sizeof(struct show_options),
    .min_words = 1,
    .max_words = 1,
    .call = show_call,
};
