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
#include "roster/users_json.h"
#include "roster/x_js.h"

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

void reading_skip(struct reading *r, uint64_t line, const char *why) {
    r->counts->lines++;
    r->counts->skipped++;
    r->sink->skipped(r->sink->context, line, why);
}

static const char *const list_words[] = {
    [ROSTER_LIST_FOLLOWING] = "following",
    [ROSTER_LIST_FOLLOWERS] = "followers",
    [ROSTER_LIST_BLOCKS] = "blocks",
    [ROSTER_LIST_MUTES] = "mutes",
};

int reading_relation(struct reading *r, enum roster_list form_says, const char *form,
                     struct winnow_error *err) {
    static const enum roster_relation relations[] = {
        [ROSTER_LIST_FOLLOWING] = ROSTER_FOLLOWEE,
        [ROSTER_LIST_FOLLOWERS] = ROSTER_FOLLOWER,
        [ROSTER_LIST_BLOCKS] = ROSTER_BLOCKED,
        [ROSTER_LIST_MUTES] = ROSTER_MUTED,
    };
    enum roster_list list = r->options->as;
    bool doubt = false;
    r->counts->form = form;
    if (form_says != ROSTER_LIST_UNSAID && list != ROSTER_LIST_UNSAID && form_says != list)
        return winnow_fail(err, WINNOW_BAD_INPUT,
                           "The file says of itself that it lists %s, and --as says %s.",
                           list_words[form_says], list_words[list]);
    if (list == ROSTER_LIST_UNSAID)
        list = form_says;
    if (list == ROSTER_LIST_UNSAID && r->options->name != NULL)
        list = roster_list_of_name(r->options->name, &doubt);
    if (list == ROSTER_LIST_UNSAID)
        return winnow_fail(err, WINNOW_BAD_INPUT,
                           "The file is %s, which does not tell whom it lists: say --as following, "
                           "followers, blocks or mutes.",
                           form);
    r->relation = relations[list];
    return 0;
}

/* A list in winnow's own form is of followees, unless the file's name says otherwise. */
int reading_own_form(struct reading *r, const char *form, struct winnow_error *err) {
    bool doubt = false;
    if (r->options->as == ROSTER_LIST_UNSAID && r->options->name != NULL)
        (void)roster_list_of_name(r->options->name, &doubt);
    if (doubt)
        return winnow_fail(err, WINNOW_BAD_INPUT,
                           "The file is %s, and its name may mean others than followees: say --as "
                           "following, followers, blocks or mutes.",
                           form);
    r->counts->form = form;
    r->relation = ROSTER_FOLLOWEE;
    return r->options->as == ROSTER_LIST_UNSAID
               ? 0
               : reading_relation(r, ROSTER_LIST_UNSAID, form, err);
}

/* Ids that went through a floating-point number: 15 digits of them are left in a spreadsheet, 16 or
 * 17 in JavaScript, and zeros stand in place of the others. */
static void count_zeros(struct roster_counts *counts, struct text id) {
    uint32_t zeros = 0;
    if (id.size < 17 || id.size > 20 || id.at[0] < '1' || id.at[0] > '9')
        return;
    while (zeros < id.size && id.at[id.size - 1 - zeros] == '0')
        zeros++;
    counts->long_ids++;
    counts->zeros_two += zeros >= 2;
    counts->zeros_behind_15 += zeros >= id.size - 15;
}

static bool admitted(struct reading *r) {
    const struct roster_admit *admit = r->sink->admit;
    struct record *record = &r->record;
    if (facts_known(&record->facts, FACT_ID))
        count_zeros(r->counts, record->facts.text[FACT_ID]);
    if (admit == NULL || admit->call(admit->context, &record->facts, r->handle, record->why))
        return true;
    record->bad = true;
    return false;
}

int reading_deliver(struct reading *r, enum roster_relation relation, uint64_t line,
                    struct winnow_error *err) {
    struct record *record = &r->record;
    record_end(record);
    if (!record->bad && (record->facts.known & r->keys) == 0)
        record_fail(record, r->keys == (UINT64_C(1) << FACT_ID)
                                ? "There is no \"id\"."
                                : "There is no \"id\" and no \"handle\".");
    if (record->bad || !admitted(r)) {
        reading_skip(r, line, record->why);
        return 0;
    }
    r->counts->lines++;
    r->counts->cut += record->cut;
    r->counts->followees += relation == ROSTER_FOLLOWEE;
    r->counts->followers += relation == ROSTER_FOLLOWER;
    r->counts->others += relation != ROSTER_FOLLOWEE && relation != ROSTER_FOLLOWER;
    r->counts->by_handle += relation == ROSTER_FOLLOWER && !facts_known(&record->facts, FACT_ID);
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
