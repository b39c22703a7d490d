/* winnow keep: the keep list, which every plan and every running worker obeys.
 *
 * Happy path: the people named by words and by --file go on the list, or off it; without any the
 * list is printed. All or none.
 * Failure: somebody who is not in the roster; a file that cannot be read. */
#include <stdlib.h>
#include <string.h>

#include "cli/base/format.h"
#include "cli/parts/file.h"
#include "cli/parts/filter.h"
#include "cli/parts/json.h"

struct keep_options {
    const char *file, *from, *where, *list;
    bool remove, note, yes;
};

static const struct option_rule rules[] = {
    {.name = "file",
     .value = "FILE",
     .kind = OPTION_TEXT,
     .at = offsetof(struct keep_options, file),
     .help = "ids or handles, one a line; '-' is standard input"},
    {.name = "from",
     .value = "REVIEW",
     .kind = OPTION_TEXT,
     .at = offsetof(struct keep_options, from),
     .help = "the marked rows of an exported review, by their ids"},
    {.name = "where",
     .value = "EXPR",
     .kind = OPTION_TEXT,
     .at = offsetof(struct keep_options, where),
     .help = "everybody this is true of, as in a policy: 'followers > 50k'"},
    {.name = "list",
     .value = "LIST",
     .kind = OPTION_TEXT,
     .at = offsetof(struct keep_options, list),
     .help = "everybody on that list of yours on the platform"},
    {.name = "yes",
     .kind = OPTION_SWITCH,
     .at = offsetof(struct keep_options, yes),
     .help = "also where next to nobody would be left to go"},
    {.name = "remove",
     .kind = OPTION_SWITCH,
     .at = offsetof(struct keep_options, remove),
     .help = "take them off the list"},
    {.name = "note",
     .kind = OPTION_SWITCH,
     .at = offsetof(struct keep_options, note),
     .help = "who is not in the roster too, for when they come"},
};

/* ---- the list ------------------------------------------------------------------------------*/

struct listing {
    struct cli *cli;
    struct winnow_error *err;
    uint64_t shown;
};

static void listing_begin(const struct listing *l) {
    if (l->cli->json)
        fprintf(l->cli->out.file, "{\"version\":1,\"campaign\":\"%s\",\"keep\":[",
                l->cli->words[0]);
}

static int listing_each(void *context, const char *id, const char *handle) {
    struct listing *l = context;
    if (l->shown++ == 0)
        listing_begin(l);
    if (!l->cli->json) {
        out_line(&l->cli->out, "%-20s %s%s%s", *id == '\0' ? "?" : id, *handle == '\0' ? "" : "@",
                 handle, *id == '\0' ? "  protects nobody yet: the id is not known" : "");
    } else {
        if (l->shown > 1)
            fputc(',', l->cli->out.file);
        json_t *followee = json_pack("{s:o,s:o,s:b}", "id", json_text_or_null(id), "handle",
                                     json_text_or_null(handle), "protects", *id != '\0');
        if (json_emit_part(l->cli, followee, l->err) != 0)
            return -1;
    }
    return l->cli->out.error == 0 ? 0 : 1;
}

static int keep_list(struct cli *cli, struct winnow_error *err) {
    struct listing listing = {.cli = cli, .err = err};
    if (winnow_keep_list(cli->w, cli->words[0], listing_each, &listing, err) < 0)
        return -1;
    if (listing.shown == 0)
        listing_begin(&listing);
    if (cli->json)
        fputs("]}\n", cli->out.file);
    else if (listing.shown == 0)
        cli_say(cli, "the keep list is empty; add to it with: winnow keep %s WHO...",
                cli->words[0]);
    return 0;
}

/* ---- changes -------------------------------------------------------------------------------*/

/* Everybody named: the words, then the lines of a file. The texts are not copied. */
struct people {
    const char **who;
    size_t count, room;
};

static int people_add(struct people *p, const char *who, struct winnow_error *err) {
    if (p->count == p->room) {
        size_t room = p->room == 0 ? 64 : 2 * p->room;
        const char **grown = reallocarray(p->who, room, sizeof *grown);
        if (grown == NULL)
            return winnow_fail(err, WINNOW_NO_MEMORY,
                               "out of memory; hand the list over in smaller files");
        p->who = grown;
        p->room = room;
    }
    p->who[p->count++] = who;
    return 0;
}

/* Cut `text` into its lines, without the spaces around; empty ones and # comments are left out. */
static int people_add_lines(struct people *p, char *text, struct winnow_error *err) {
    static const char blank[] = " \t";
    while (*text != '\0') {
        size_t size = strcspn(text, "\r\n");
        char *next = text + size + (text[size] != '\0' ? 1 : 0);
        text[size] = '\0';
        char *line = text + strspn(text, blank);
        size_t kept = strlen(line);
        while (kept > 0 && strchr(blank, line[kept - 1]) != NULL)
            line[--kept] = '\0';
        if (kept > 0 && line[0] != '#' && people_add(p, line, err) != 0)
            return -1;
        text = next;
    }
    return 0;
}

static json_t *keep_json(const struct winnow_keep_result *r) {
    return json_pack("{s:i,s:o,s:o,s:o,s:o}", "version", 1, "changed", json_count(r->changed),
                     "unchanged", json_count(r->unchanged), "too_late", json_count(r->too_late),
                     "noted", json_count(r->noted));
}

static unsigned keep_how(const struct keep_options *o) {
    return (o->remove ? WINNOW_KEEP_REMOVE : 0) | (o->note ? WINNOW_KEEP_NOTE : 0);
}

static int keep_tell(struct cli *cli, const struct winnow_keep_result *r,
                     struct winnow_error *err) {
    const struct keep_options *options = cli->options;
    if (r->too_late > 0)
        cli_say(cli, "%s of them are unfollowed already, or just now: follow them again by hand",
                format_count(r->too_late).text);
    if (r->noted > 0)
        cli_say(
            cli,
            "%s of them by the handle alone, which protects nobody yet: the next import or fetch "
            "that tells the id puts them on the list",
            format_count(r->noted).text);
    if (cli->json)
        return json_emit(cli, keep_json(r), err);
    out_line(&cli->out, "%s %s, %s as before", format_count(r->changed).text,
             options->remove ? "taken off the keep list" : "put on the keep list",
             format_count(r->unchanged).text);
    return 0;
}

static int people_send(struct cli *cli, const struct people *people, struct winnow_error *err) {
    const struct keep_options *options = cli->options;
    struct winnow_keep_result result = {0};
    if (people->count == 0)
        return winnow_fail(err, WINNOW_BAD_INPUT,
                           "%s names nobody; write ids or handles into it, one a line",
                           options->file);
    if (winnow_keep(cli->w, cli->words[0], people->who, people->count, keep_how(options), &result,
                    err) != 0)
        return -1;
    return keep_tell(cli, &result, err);
}

static int keep_change(struct cli *cli, char *file_text, struct winnow_error *err) {
    struct people people = {0};
    int result = 0;
    for (size_t i = 1; i < cli->word_count && result == 0; i++)
        result = people_add(&people, cli->words[i], err);
    if (result == 0 && file_text != NULL)
        result = people_add_lines(&people, file_text, err);
    if (result == 0)
        result = people_send(cli, &people, err);
    free(people.who);
    return result;
}

/* ---- by a condition, by a list, by a review ------------------------------------------------*/

static int keep_where(struct cli *cli, struct winnow_error *err) {
    const struct keep_options *options = cli->options;
    const struct winnow_keep_filter filter = {options->where, options->list, options->yes};
    struct winnow_keep_result result = {0};
    struct winnow_filter_result told = {0};
    if (winnow_keep_where(cli->w, cli->words[0], &filter, keep_how(options), &result, &told, err) !=
        0)
        return -1;
    cli_say(cli, "true of %s of %s", format_count(told.matched).text, format_count(told.of).text);
    filter_tell(cli, &told);
    return keep_tell(cli, &result, err);
}

/* Rows that could not be taken make the exit code that of bad lines in an import. */
static int keep_from(struct cli *cli, struct winnow_error *err) {
    const struct keep_options *options = cli->options;
    const struct winnow_hooks hooks = cli_hooks(cli);
    struct winnow_keep_review review = {0};
    if (winnow_keep_review(cli->w, cli->words[0], options->from, keep_how(options), &hooks, &review,
                           err) != 0)
        return -1;
    cli_say(cli, "%s, %s marked", format_things(review.rows, "row").text,
            format_count(review.marked).text);
    if (keep_tell(cli, &review.kept, err) != 0)
        return -1;
    if (review.not_taken == 0)
        return 0;
    cli_say(cli, "%s not taken, each is named above; all others were",
            format_things(review.not_taken, "row").text);
    return EXIT_USAGE;
}

static int one_way_only(const struct cli *cli, struct winnow_error *err) {
    const struct keep_options *o = cli->options;
    int ways = (cli->word_count > 1 || o->file != NULL) + (o->from != NULL) + (o->where != NULL) +
               (o->list != NULL);
    if (ways <= 1)
        return 0;
    return winnow_fail(err, WINNOW_USAGE,
                       "say whom in one way at a time: WHO and --file, --from, --where or --list");
}

static int keep_call(struct cli *cli, struct winnow_error *err) {
    const struct keep_options *options = cli->options;
    if (one_way_only(cli, err) != 0 || cli_open(cli, err) != 0)
        return -1;
    if (options->where != NULL || options->list != NULL)
        return keep_where(cli, err);
    if (options->from != NULL)
        return keep_from(cli, err);
    if (cli->word_count == 1 && options->file == NULL) {
        if (options->remove)
            return winnow_fail(err, WINNOW_USAGE,
                               "--remove needs somebody: winnow keep %s --remove WHO...",
                               cli->words[0]);
        return keep_list(cli, err);
    }
    char *text = NULL;
    if (options->file != NULL && file_read_text(options->file, &text, err) != 0)
        return -1;
    int result = keep_change(cli, text, err);
    free(text);
    return result;
}

const struct command command_keep = {
    .name = "keep",
    .usage = "NAME [WHO... | --file FILE | --from REVIEW | --where EXPR | --list LIST] [OPTIONS]",
    .summary = "list, add to, or take from the keep list",
    .details = "Who is on the keep list is never unfollowed, whatever the policy says. It takes\n"
               "effect at once, also on a running worker. WHO is an id or a handle (with '@'\n"
               "before it never an id); all of them are taken or none. A handle whose id\n"
               "is not known protects nobody until an import or a fetch tells it, and is\n"
               "listed so. Without WHO the list is printed.\n\n"
               "A review is what `winnow export NAME review --format csv` wrote, after a\n"
               "spreadsheet: rows with an x (or yes, 1, keep) in the column keep are taken by\n"
               "their ids, whatever became of the others. A condition keeps whom it is true of\n"
               "now; in a policy it goes on keeping whom it becomes true of.",
    RULES_OF(rules),
    .options_size = sizeof(struct keep_options),
    .min_words = 1,
    .max_words = SIZE_MAX,
    .call = keep_call,
};
