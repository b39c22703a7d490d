/* Readers of rosters: see reader.h.
 *
 * Happy path: the first line tells the format, its reader goes through the input once and hands
 * over one record at a time.
 * Failures: bad records are skipped, counted and told; an input that is not known for what it is
 * ends the reading with an error that says what it seems to be. */
#include "roster/reader.h"

#include "roster/csv.h"
#include "roster/mastodon_csv.h"
#include "roster/reading.h"
#include "roster/x_js.h"

#include <stdlib.h>
#include <string.h>

/* Files that people try by mistake, by their first bytes. */
static const struct {
    const char *bytes;
    size_t size;
    const char *what;
} mistakes[] = {
    {"PK\x03\x04", 4, "a zip archive, which is not read from standard input; name the file"},
    {"\x1F\x8B", 2, "compressed by gzip; unpack it first"},
    {"\xFF\xFE", 2, "UTF-16 text; save it as UTF-8"},
    {"\xFE\xFF", 2, "UTF-16 text; save it as UTF-8"},
    {"SQLite format 3", 15, "an SQLite database; export it as JSONL or CSV"},
    {"<", 1, "a web page; export the list as JSONL or CSV"},
};

static int fail_unknown(const char *at, size_t size, struct winnow_error *err) {
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++)
        if (size >= mistakes[i].size && memcmp(at, mistakes[i].bytes, mistakes[i].size) == 0)
            return winnow_fail(err, WINNOW_BAD_INPUT, "The file is %s.", mistakes[i].what);
    return winnow_fail(
        err, WINNOW_BAD_INPUT,
        "The first line is neither a roster's JSON object, nor a CSV header with "
        "\"id\" or \"handle\", nor Mastodon's \"Account address\", nor of following.js or "
        "follower.js.");
}

static int detect(struct lines *l, enum roster_format *format, struct winnow_error *err) {
    const char *at = NULL;
    size_t size = 0;
    if (lines_peek(l, &at, &size, err) != 0)
        return -1;
    if (l->at == l->end)
        return winnow_fail(err, WINNOW_BAD_INPUT, "The file is empty.");
    while (size > 0 && (*at == ' ' || *at == '\t')) {
        at++;
        size--;
    }
    if (size > 0 && *at == '{')
        *format = ROSTER_JSONL;
    else if (x_js_is_head(at, size) || (size > 0 && *at == '['))
        *format = ROSTER_X_JS;
    else if (mastodon_is_head(at, size))
        *format = ROSTER_MASTODON_CSV;
    else if (csv_header_separator(at, size) != '\0')
        *format = ROSTER_CSV;
    else
        return fail_unknown(at, size, err);
    return 0;
}

void reading_skip(struct reading *r, uint64_t line, const char *why) {
    r->counts->lines++;
    r->counts->skipped++;
    r->sink->skipped(r->sink->context, line, why);
}

int reading_deliver(struct reading *r, enum roster_relation relation, uint64_t line,
                    struct winnow_error *err) {
    struct record *record = &r->record;
    if (!record->bad && (record->facts.known & r->keys) == 0)
        record_fail(record, r->keys == (1u << FACT_ID) ? "There is no \"id\"."
                                                       : "There is no \"id\" and no \"handle\".");
    if (record->bad) {
        reading_skip(r, line, record->why);
        return 0;
    }
    r->counts->lines++;
    r->counts->cut += record->cut;
    r->counts->followees += relation == ROSTER_FOLLOWEE;
    r->counts->followers += relation == ROSTER_FOLLOWER;
    r->counts->others += relation == ROSTER_OTHER;
    return r->sink->followee(r->sink->context, relation, &record->facts, err) == 0 ? 0 : -1;
}

static int dispatch(struct reading *r, enum roster_format format, struct winnow_error *err) {
    switch (format) {
    case ROSTER_JSONL:
        return jsonl_read(r, err);
    case ROSTER_CSV:
        return csv_read(r, err);
    case ROSTER_MASTODON_CSV:
        return mastodon_csv_read(r, err);
    case ROSTER_X_JS:
        return x_js_read(r, err);
    case ROSTER_AUTO:
        break;
    }
    return winnow_fail(err, WINNOW_FAILED, "There is no reader for format %d.", (int)format);
}

int roster_read(int fd, enum roster_format format, const struct roster_sink *sink,
                struct roster_counts *counts, struct winnow_error *err) {
    *counts = (struct roster_counts){0};
    struct reading *r = malloc(sizeof *r);
    if (r == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "There is no memory for reading a roster.");
    r->sink = sink;
    r->counts = counts;
    r->keys = 1u << FACT_ID | 1u << FACT_HANDLE;
    record_init(&r->record);
    int result = lines_open(&r->lines, fd, sink, err);
    if (result == 0 && format == ROSTER_AUTO)
        result = detect(&r->lines, &format, err);
    if (result == 0)
        result = dispatch(r, format, err);
    lines_close(&r->lines);
    free(r);
    return result;
}
