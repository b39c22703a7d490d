/* Roster JSONL (docs/roster.md): one JSON object a line, straight from yajl's callbacks into facts.
 *
 * Happy path: a line as programs write them is read by jsonl_plain. All others go to yajl: one
 * handle parses line after line as one stream of values, keys are looked up once each, texts
 * without escapes stay views into the line; nothing is allocated.
 * Failures: a line that is no JSON, no object, or has a wrong value is skipped and told with the
 * key, what was found and what is expected; the handle is then made anew, since it may stand in
 * the middle of a value. Only a read or a sink that fails ends the reading. */
#include "formats/lists/jsonl.h"

#include "formats/base/json_memory.h"
#include "formats/lists/jsonl_plain.h"

#include <stdio.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#define JSONL_DEPTH_MAX 32

struct jsonl {
    struct record *record;
    struct roster_counts *counts;
    struct json_memory memory;
    yajl_handle yajl;      /* owned; NULL when it has to be made anew */
    int depth;             /* of open objects and lists */
    int fact;              /* whose value comes, or -1: of an unknown key */
    uint64_t unknown_keys; /* in this line */
    bool whole;            /* the line's object has ended */
};

/* A value where no value of that kind can be taken. `found` is what it is. */
static int wrong_place(struct jsonl *j, const char *found) {
    if (j->depth == 0)
        return record_fail(j->record, "The line is %s; expected one object.", found);
    if (j->depth == 1)
        return record_wrong(j->record, (enum fact_id)j->fact, found);
    return record_fail(j->record, "\"lists\" holds %s; expected a list of names.", found);
}

/* Inside the value of an unknown key: all is well, whatever comes. */
static bool ignored(const struct jsonl *j) {
    return j->depth > 0 && j->fact < 0;
}

static int on_null(void *context) {
    struct jsonl *j = context;
    return j->depth == 1 || ignored(j) ? 1 : wrong_place(j, "null");
}

static int on_boolean(void *context, int yes) {
    struct jsonl *j = context;
    if (ignored(j))
        return 1;
    if (j->depth != 1 || fact_types[j->fact] != FACT_FLAG)
        return wrong_place(j, yes ? "true" : "false");
    facts_set_flag(&j->record->facts, (enum fact_id)j->fact, yes);
    return 1;
}

/* 12, and neither -12 nor 12.0 nor 1.2e1: those have gone through a floating-point number. */
static bool is_digits(const char *at, size_t size) {
    for (size_t i = 0; i < size; i++)
        if (at[i] < '0' || at[i] > '9')
            return false;
    return true;
}

static int wrong_number(struct jsonl *j, const char *at, size_t size) {
    char found[64];
    snprintf(found, sizeof found, "the number %.*s%s", (int)(size > 40 ? 40 : size), at,
             size > 40 ? "..." : "");
    return wrong_place(j, found);
}

static int on_number(void *context, const char *at, size_t size) {
    struct jsonl *j = context;
    if (ignored(j))
        return 1;
    if (j->depth != 1)
        return wrong_number(j, at, size);
    enum fact_id fact = (enum fact_id)j->fact;
    int64_t value = 0;
    if (fact == FACT_ID && is_digits(at, size))
        return record_set_text(j->record, fact, at, size);
    if (fact_types[fact] != FACT_NUMBER || !record_read_number(at, size, &value))
        return wrong_number(j, at, size);
    facts_set_value(&j->record->facts, fact, value);
    return 1;
}

static int on_text(struct jsonl *j, const char *at, size_t size) {
    if (j->depth == 2)
        return record_add_list(j->record, at, size);
    enum fact_id fact = (enum fact_id)j->fact;
    if (j->depth == 1 && fact_types[fact] == FACT_TIME)
        return record_set_time(j->record, fact, at, size);
    if (j->depth == 1 && fact_types[fact] == FACT_TEXT && fact != FACT_LISTS)
        return record_set_text(j->record, fact, at, size);
    char found[RECORD_SHOWN_SIZE + 10];
    snprintf(found, sizeof found, "the text %s", RECORD_SHOW(at, size));
    return wrong_place(j, found);
}

static int on_string(void *context, const unsigned char *at, size_t size) {
    struct jsonl *j = context;
    return ignored(j) ? 1 : on_text(j, (const char *)at, size);
}

static int on_key(void *context, const unsigned char *at, size_t size) {
    struct jsonl *j = context;
    if (j->depth > 1)
        return 1;
    bool in_part;
    j->fact = record_find(j->record, (const char *)at, size, &in_part);
    if (j->fact >= 0)
        return record_begin(j->record, (enum fact_id)j->fact, in_part);
    j->unknown_keys++;
    return 1;
}

static int go_deeper(struct jsonl *j) {
    if (j->depth == JSONL_DEPTH_MAX)
        return record_fail(j->record, "The line is nested more than %d deep.", JSONL_DEPTH_MAX);
    j->depth++;
    return 1;
}

static int on_start_map(void *context) {
    struct jsonl *j = context;
    if (j->depth == 0 && j->whole)
        return record_fail(j->record, "The line holds more than one object.");
    if (j->depth > 0 && !ignored(j))
        return wrong_place(j, "an object");
    return go_deeper(j);
}

static int on_end_map(void *context) {
    struct jsonl *j = context;
    j->whole = --j->depth == 0;
    return 1;
}

static int on_start_array(void *context) {
    struct jsonl *j = context;
    if (j->depth == 1 && j->fact == FACT_LISTS)
        record_begin_lists(j->record);
    else if (!ignored(j))
        return wrong_place(j, "a list");
    return go_deeper(j);
}

static int on_end_array(void *context) {
    struct jsonl *j = context;
    j->depth--;
    return 1;
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_boolean,
    .yajl_number = on_number,
    .yajl_string = on_string,
    .yajl_start_map = on_start_map,
    .yajl_map_key = on_key,
    .yajl_end_map = on_end_map,
    .yajl_start_array = on_start_array,
    .yajl_end_array = on_end_array,
};

static int jsonl_renew(struct jsonl *j, struct winnow_error *err) {
    if (j->yajl != NULL)
        return 0;
    if (json_memory_take(&j->memory) != 0)
        return winnow_fail(err, WINNOW_NO_MEMORY, "There is no memory for reading JSON.");
    j->yajl = yajl_alloc(&callbacks, &j->memory.calls, j);
    /* Lines go in as one stream of values. Bytes were checked before, more strictly. */
    yajl_config(j->yajl, yajl_allow_multiple_values, 1);
    yajl_config(j->yajl, yajl_dont_validate_strings, 1);
    return 0;
}

static void jsonl_drop(struct jsonl *j) {
    if (j->yajl == NULL)
        return;
    yajl_free(j->yajl);
    j->yajl = NULL;
}

/* yajl's own words, without "parse error:", the line feed and what else is not for a person. */
static void explain(struct jsonl *j, const struct line *line) {
    unsigned char *text = yajl_get_error(j->yajl, 0, NULL, 0);
    const char *words = text != NULL ? strstr((const char *)text, ": ") : NULL;
    words = words != NULL ? words + 2 : "it cannot be understood\n";
    int size = (int)strcspn(words, "\n");
    if (size > 0 && words[size - 1] == '.')
        size--;
    size_t at = yajl_get_bytes_consumed(j->yajl);
    record_fail(j->record, "The line is not JSON at byte %zu: %.*s.",
                at > line->size ? line->size : at, size, words);
    if (text != NULL)
        yajl_free_error(j->yajl, text);
}

static bool is_surrogate(const char *at, const char *end, const char *high) {
    return end - at >= 6 && at[0] == '\\' && at[1] == 'u' && (at[2] == 'd' || at[2] == 'D') &&
           strchr(high, at[3]) != NULL;
}

/* An escape that is half of a pair, without the other half. yajl makes a question mark of it, so
 * that two who differ in it would become one. */
static bool has_half_of_pair(const struct line *line) {
    const char *end = line->at + line->size;
    for (const char *at = line->at; (at = memchr(at, '\\', (size_t)(end - at))) != NULL;) {
        bool high = is_surrogate(at, end, "89abAB");
        if (high ? !is_surrogate(at + 6, end, "cdefCDEF") : is_surrogate(at, end, "cdefCDEF"))
            return true;
        at += high ? 12 : 2;
        if (at >= end)
            return false;
    }
    return false;
}

/* Fill the record from the line; a fault leaves it bad. */
static void jsonl_parse(struct jsonl *j, const struct line *line) {
    record_clear(j->record, line->at, line->size);
    j->depth = 0;
    j->fact = -1;
    j->unknown_keys = 0;
    j->whole = false;
    /* With the white space behind it, so that a number at the end of the line is a whole one. */
    yajl_status status = yajl_parse(j->yajl, (const unsigned char *)line->at, line->size + 1);
    if (status == yajl_status_error)
        explain(j, line);
    else if (j->depth > 0)
        record_fail(j->record, "The line ends in the middle of its object.");
    if (status != yajl_status_ok || j->depth > 0)
        jsonl_drop(j);
    j->counts->unknown_keys += j->unknown_keys;
}

static int jsonl_line(struct reading *r, struct jsonl *j, const struct line *line,
                      struct winnow_error *err) {
    if (line->fault != NULL) {
        reading_skip(r, line->number, line->fault);
        return 0;
    }
    uint64_t unknown_keys = 0;
    if (jsonl_plain(&r->record, line->at, line->size, &unknown_keys)) {
        r->counts->unknown_keys += unknown_keys;
    } else {
        if (strspn(line->at, " \t\r") >= line->size) /* blank */
            return 0;
        if (has_half_of_pair(line)) {
            reading_skip(r, line->number, "The line holds half of a surrogate pair.");
            return 0;
        }
        if (jsonl_renew(j, err) != 0)
            return -1;
        jsonl_parse(j, line);
    }
    return reading_deliver(r, r->relation, line->number, err);
}

int jsonl_read(struct reading *r, struct winnow_error *err) {
    struct jsonl j = {.record = &r->record, .counts = r->counts};
    struct line line;
    int got = 0;
    if (reading_own_form(r, "roster JSONL", err) != 0)
        return -1;
    r->lines.newline =
        '\n'; /* no program ends lines of JSON in CR; within them it is white space */
    while ((got = lines_next(&r->lines, &line, err)) > 0) {
        if (jsonl_line(r, &j, &line, err) != 0) {
            got = -1;
            break;
        }
    }
    jsonl_drop(&j);
    json_memory_free(&j.memory);
    return got;
}
