/* winnow verify: derive every counter again from the journal.
 *
 * Happy path: counters and journal agree.
 * Failure: they do not; the first difference is told, and the exit code is 7. */
#include "cli.h"
#include "format.h"
#include "json.h"

static int verify_call(struct cli *cli, struct winnow_error *err) {
    struct winnow_verify_result r = {0};
    if (cli_open(cli, err) != 0 || winnow_verify(cli->w, cli->words[0], &r, err) != 0)
        return -1;
    if (cli->json) {
        json_t *document =
            json_pack("{s:i,s:o,s:o,s:o,s:o}", "version", 1, "journal_records",
                      json_count(r.journal_records), "entries", json_count(r.entries), "mismatches",
                      json_count(r.mismatches), "first", json_text_or_null(r.first));
        if (json_emit(cli, document, err) != 0)
            return -1;
    } else {
        out_line(&cli->out, "%-24s %12s", "journal records", format_count(r.journal_records).text);
        out_line(&cli->out, "%-24s %12s", "entries", format_count(r.entries).text);
        out_line(&cli->out, "%-24s %12s", "mismatches", format_count(r.mismatches).text);
    }
    if (r.mismatches == 0)
        return 0;
    return winnow_fail(err, WINNOW_DAMAGED,
                       "counters and journal differ: %s; stop the worker, keep a copy of %s, and "
                       "run 'winnow doctor'",
                       r.first, winnow_directory(cli->w));
}

const struct command command_verify = {
    .name = "verify",
    .usage = "NAME",
    .summary = "derive all counters again from the journal, and compare",
    .details = "Reads the whole journal and compares what follows from it with the counters and\n"
               "the state of every entry. A difference is told, and the exit code is 7.",
    .min_words = 1,
    .max_words = 1,
    .call = verify_call,
};
