/* winnow show: entries of the schedule, in order.
 *
 * Happy path: a table, or a JSON document written entry by entry, in bounded memory.
 * Failure: no plan yet; a reader that goes away ends the listing. */
#include "cli.h"
#include "json.h"
#include "table.h"

enum { HEAD_DEFAULT = 20 };

struct show_options {
    uint64_t head, offset;
};

static const struct option_rule rules[] = {
    {.name = "head",
     .value = "N",
     .kind = OPTION_COUNT,
     .at = offsetof(struct show_options, head),
     .min = 1,
     .max = UINT32_MAX,
     .help = "show N entries; default 20"},
    {.name = "offset",
     .value = "K",
     .kind = OPTION_COUNT,
     .at = offsetof(struct show_options, offset),
     .max = UINT32_MAX,
     .help = "leave out the first K"},
};

struct listing {
    struct cli *cli;
    struct winnow_error *err;
    uint64_t shown;
};

/* Nothing is written before the first entry, so that an error leaves no half document. */
static void listing_begin(const struct listing *l) {
    const struct show_options *options = l->cli->options;
    if (!l->cli->json) {
        entry_table_head(&l->cli->out);
        return;
    }
    fprintf(l->cli->out.file, "{\"version\":1,\"campaign\":\"%s\",\"offset\":%ju,\"entries\":[",
            l->cli->words[0], (uintmax_t)options->offset);
}

static int listing_entry(void *context, const struct winnow_entry *entry) {
    struct listing *l = context;
    if (l->shown++ == 0)
        listing_begin(l);
    if (!l->cli->json) {
        entry_table_row(&l->cli->out, entry);
    } else {
        if (l->shown > 1)
            fputc(',', l->cli->out.file);
        if (json_emit_part(l->cli, json_entry(entry), l->err) != 0)
            return -1;
    }
    return l->cli->out.error == 0 ? 0 : 1;
}

static int show_call(struct cli *cli, struct winnow_error *err) {
    const struct show_options *options = cli->options;
    uint64_t head = options->head == 0 ? HEAD_DEFAULT : options->head;
    struct listing listing = {.cli = cli, .err = err};
    if (cli_open(cli, err) != 0)
        return -1;
    int result =
        winnow_show(cli->w, cli->words[0], options->offset, head, listing_entry, &listing, err);
    if (result < 0)
        return -1;
    if (result == 0 && listing.shown == 0 && cli->json)
        listing_begin(&listing);
    if (cli->json)
        fputs("]}\n", cli->out.file);
    else if (listing.shown == 0)
        cli_say(cli, "no entries from there on; ask with a smaller --offset");
    return 0;
}

const struct command command_show = {
    .name = "show",
    .usage = "NAME [--head N] [--offset K]",
    .summary = "show the schedule, first entries first",
    .details = "Prints entries of the frozen schedule in the order in which they leave, with\n"
               "the reason, the state, and the date on which each is due at even pace.\n"
               "For all of them: winnow export NAME schedule",
    RULES_OF(rules),
    .options_size = sizeof(struct show_options),
    .min_words = 1,
    .max_words = 1,
    .call = show_call,
};
