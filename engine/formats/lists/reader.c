/* Readers of rosters: see reader.h.
 *
 * Happy path: the first line tells the format, its reader goes through the input once and hands
 * over one record at a time.
 * Failures: bad records are skipped, counted and told; an input that is not known for what it is
 * ends the reading with an error that says what it seems to be. */
#include "formats/lists/reader.h"

#include "formats/base/csv.h"
#include "formats/base/reading.h"
#include "formats/lists/jsonl.h"
#include "formats/lists/mastodon_csv.h"
#include "formats/lists/roster_csv.h"
#include "formats/lists/users_json.h"
#include "formats/x/x_js.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

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
    {"\x3A\xA2\x65roots", 8,
     "a repository of Bluesky's (CAR), which is not read as it streams by: save it, and name the "
     "file"},
    {"Notes:", 6, "LinkedIn's list of connections, and winnow does not speak to LinkedIn"},
    {"First Name,Last Name", 20,
     "LinkedIn's list of connections, and winnow does not speak to LinkedIn"},
    {"Channel Id,", 11, "YouTube's list of subscriptions, and winnow does not speak to YouTube"},
};

/* The same by what stands at the beginning of JSON. */
#define FOREIGN_WITHIN 2048u
static const struct {
    const char *word, *what;
} foreign[] = {
    {"\"relationships_", "of Instagram's export, and winnow does not speak to Instagram"},
    {"\"string_list_data\"", "of Instagram's export, and winnow does not speak to Instagram"},
    {"\"text_post_app_", "of Threads' export, and winnow does not speak to Threads"},
    {"\"following_v", "of Facebook's export, and winnow does not speak to Facebook"},
    {"\"FansList\"", "of TikTok's export, and winnow does not speak to TikTok"},
    {"\"orderedItems\"",
     "of Mastodon's archive: import the whole of it, the zip file or the folder"},
    {"\"preferredUsername\"",
     "of Mastodon's archive: import the whole of it, the zip file or the folder"},
};

static int refuse_foreign(const char *at, size_t size, struct winnow_error *err) {
    size = size < FOREIGN_WITHIN ? size : FOREIGN_WITHIN;
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++) {
        const char *found = memmem(at, size, foreign[i].word, strlen(foreign[i].word));
        if (found != NULL && found > at && found[-1] != '\\') /* not within a text */
            return winnow_fail(err, WINNOW_BAD_INPUT, "The file is %s.", foreign[i].what);
    }
    return 0;
}

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

static int detect(struct reading *r, enum roster_format *format, struct winnow_error *err) {
    struct lines *l = &r->lines;
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
    if (size > 0 && (*at == '{' || *at == '[') &&
        refuse_foreign(at, l->end - (size_t)(at - l->buffer), err) != 0)
        return -1;
    if (users_json_is_head(l->buffer + l->at, l->end - l->at, size))
        *format = ROSTER_USERS_JSON;
    else if (size > 0 && *at == '{')
        *format = ROSTER_JSONL;
    else if (x_js_is_head(at, size) || (size > 0 && *at == '['))
        *format = ROSTER_X_JS;
    else if (mastodon_is_head(at, size, r->separator))
        *format = ROSTER_MASTODON_CSV;
    else if (csv_header_separator(at, size, r->separator) != '\0')
        *format = ROSTER_CSV;
    else
        return fail_unknown(at, size, err);
    return 0;
}

static int dispatch(struct reading *r, enum roster_format format, struct winnow_error *err) {
    switch (format) {
    case ROSTER_JSONL:
        return jsonl_read(r, err);
    case ROSTER_CSV:
        return roster_csv_read(r, err);
    case ROSTER_MASTODON_CSV:
        return mastodon_csv_read(r, err);
    case ROSTER_X_JS:
        return x_js_read(r, err);
    case ROSTER_USERS_JSON:
        return users_json_read(r, err);
    case ROSTER_AUTO:
        break;
    }
    return winnow_fail(err, WINNOW_FAILED, "There is no reader for format %d.", (int)format);
}

/* "sep=;" is Excel's word for what stands between columns, in a line before the header. */
static int take_separator(struct reading *r, struct winnow_error *err) {
    const char *at = NULL;
    size_t size = 0;
    struct line line;
    if (lines_peek(&r->lines, &at, &size, err) != 0)
        return -1;
    if (size > 0 && at[size - 1] == '\r')
        size--;
    bool quoted = size > 2 && at[0] == '"' && at[size - 1] == '"';
    at += quoted;
    size -= quoted ? 2 : 0;
    if (size != 5 || strncasecmp(at, "sep=", 4) != 0)
        return 0;
    r->separator = at[4];
    return lines_next(&r->lines, &line, err) < 0 ? -1 : 0;
}

static int read_opened(struct reading *r, struct winnow_error *err) {
    enum roster_format format = r->options->format;
    bool may_say = format == ROSTER_AUTO || format == ROSTER_CSV || format == ROSTER_MASTODON_CSV;
    if (may_say && take_separator(r, err) != 0)
        return -1;
    if (format == ROSTER_AUTO && detect(r, &format, err) != 0)
        return -1;
    return dispatch(r, format, err);
}

int roster_read(int fd, const struct roster_options *options, const struct roster_sink *sink,
                struct roster_counts *counts, struct winnow_error *err) {
    *counts = (struct roster_counts){.form = "an unknown form"};
    struct reading *r = calloc(1, sizeof *r);
    if (r == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "There is no memory for reading a roster.");
    r->options = options;
    r->sink = sink;
    r->counts = counts;
    r->keys = UINT64_C(1) << FACT_ID | UINT64_C(1) << FACT_HANDLE;
    record_init(&r->record);
    int result = lines_open(&r->lines, fd, sink, err);
    if (result == 0)
        result = read_opened(r, err);
    lines_close(&r->lines);
    free(r);
    return result;
}
