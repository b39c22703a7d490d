/* Records of a CSV file: see csv.h.
 *
 * Happy path: a state machine goes over the bytes of a line and copies fields without their quotes
 * to one buffer; a record whose quotes are open at the end of a line goes on with the next one.
 * Failures: the record is bad, with a reason, and ends with the line where that was seen, so that
 * the next line has a fair start. A quote that is never closed costs at most ROSTER_LINE_MAX. */
#include "formats/base/csv.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int csv_init(struct csv *c, char separator, struct winnow_error *err) {
    memset(c, 0, sizeof *c);
    c->separator = separator;
    c->bytes = malloc(ROSTER_LINE_MAX);
    if (c->bytes == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "There is no memory for reading CSV.");
    return 0;
}

void csv_free(struct csv *c) {
    free(c->bytes);
    c->bytes = NULL;
}

__attribute__((format(printf, 2, 3))) static void csv_fail(struct csv *c, const char *format, ...) {
    if (c->bad)
        return;
    c->bad = true;
    va_list args;
    va_start(args, format);
    vsnprintf(c->why, sizeof c->why, format, args);
    va_end(args);
}

static void record_start(struct csv *c) {
    c->used = 0;
    c->count = 0;
    c->bad = false;
    c->state = CSV_FIELD_START;
}

static void field_open(struct csv *c) {
    if (c->count == CSV_FIELDS_MAX)
        csv_fail(c, "The record has more than %d columns.", CSV_FIELDS_MAX);
    if (c->bad)
        return;
    c->fields[c->count++] = (struct text){c->bytes + c->used, 0};
}

static void field_put(struct csv *c, const char *at, size_t size) {
    if (c->used + size > ROSTER_LINE_MAX)
        csv_fail(c, "The record is longer than %u bytes; is a quote left open?", ROSTER_LINE_MAX);
    if (c->bad || size == 0)
        return;
    memcpy(c->bytes + c->used, at, size);
    c->used += size;
    c->fields[c->count - 1].size += (uint32_t)size;
}

/* The bytes up to the next one that ends a plain field; returns how many. */
static size_t plain_run(const struct csv *c, const char *at, size_t size) {
    const char *stop = memchr(at, c->separator, size);
    return stop != NULL ? (size_t)(stop - at) : size;
}

static size_t quoted_run(const char *at, size_t size) {
    const char *stop = memchr(at, '"', size);
    return stop != NULL ? (size_t)(stop - at) : size;
}

/* A field begins: quoted, or plain. Returns how many bytes were taken. */
static size_t feed_start(struct csv *c, char next) {
    field_open(c);
    c->state = next == '"' ? CSV_QUOTED : CSV_PLAIN;
    return next == '"';
}

/* The byte after a quote within quotes. */
static size_t feed_after_quote(struct csv *c, char next) {
    if (next == '"') {
        field_put(c, "\"", 1);
        c->state = CSV_QUOTED;
        return 1;
    }
    if (next == c->separator) {
        c->state = CSV_FIELD_START;
        return 1;
    }
    csv_fail(c, "Column %zu has more behind its closing quote.", c->count);
    return 1;
}

/* A run of bytes inside a field, and what ends it when that is not the line's end. */
static size_t feed_run(struct csv *c, const char *at, size_t size) {
    bool quoted = c->state == CSV_QUOTED;
    size_t run = quoted ? quoted_run(at, size) : plain_run(c, at, size);
    field_put(c, at, run);
    if (run == size)
        return run;
    c->state = quoted ? CSV_QUOTE_SEEN : CSV_FIELD_START;
    return run + 1;
}

static void csv_feed(struct csv *c, const char *at, size_t size) {
    size_t i = 0;
    while (i < size && !c->bad) {
        switch (c->state) {
        case CSV_FIELD_START:
            i += feed_start(c, at[i]);
            break;
        case CSV_QUOTE_SEEN:
            i += feed_after_quote(c, at[i]);
            break;
        case CSV_PLAIN:
        case CSV_QUOTED:
            i += feed_run(c, at + i, size - i);
            break;
        }
    }
    if (c->state == CSV_FIELD_START) /* a separator, or nothing, stands at the end of the line */
        field_open(c);
}

bool csv_split(struct csv *c, const char *at, size_t size) {
    record_start(c);
    csv_feed(c, at, size);
    if (c->state == CSV_QUOTED)
        csv_fail(c, "Column %zu has an opening quote and no closing one.", c->count);
    return !c->bad;
}

/* A newline within quotes is part of the field as it was written. */
static bool ends_in_cr(const struct line *line) {
    return line->fault == NULL && line->at[line->size] == '\r' && line->at[line->size + 1] == '\n';
}

/* Go on with the lines that belong to the record whose quotes are open. */
static int csv_continue(struct csv *c, struct lines *lines, bool crlf, struct winnow_error *err) {
    struct line line;
    while (c->state == CSV_QUOTED && !c->bad) {
        int got = lines_next(lines, &line, err);
        if (got < 0)
            return -1;
        if (got == 0)
            csv_fail(c, "Column %zu has an opening quote and no closing one.", c->count);
        else if (line.fault != NULL)
            csv_fail(c, "Line %" PRIu64 " of this record: %s", line.number, line.fault);
        else
            field_put(c, crlf ? "\r\n" : "\n", crlf ? 2 : 1);
        if (got > 0 && !c->bad)
            csv_feed(c, line.at, line.size);
        crlf = got > 0 && ends_in_cr(&line);
    }
    return 1;
}

int csv_next(struct csv *c, struct lines *lines, struct winnow_error *err) {
    struct line line;
    int got = 0;
    do
        got = lines_next(lines, &line, err);
    while (got > 0 && line.fault == NULL && line.size == 0);
    if (got <= 0)
        return got;
    record_start(c);
    c->line = line.number;
    if (line.fault != NULL)
        csv_fail(c, "%s", line.fault);
    else
        csv_feed(c, line.at, line.size);
    return csv_continue(c, lines, ends_in_cr(&line), err);
}

bool csv_is_guarded(struct text field) {
    /* = + - @ and their full-width forms, tab, carriage return */
    static const char *const starts[] = {
        "=",           "+", "-", "@", "\xEF\xBC\x9D", "\xEF\xBC\x8B", "\t", "\r", "\xEF\xBC\x8D",
        "\xEF\xBC\xA0"};
    while (field.size > 0 && field.at[0] == '\'')
        field = (struct text){field.at + 1, field.size - 1};
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        size_t size = strlen(starts[i]);
        if (field.size >= size && memcmp(field.at, starts[i], size) == 0)
            return true;
    }
    return false;
}

struct text csv_unguard(struct text field) {
    bool guarded = field.size > 1 && field.at[0] == '\'' && csv_is_guarded(field);
    return guarded ? (struct text){field.at + 1, field.size - 1} : field;
}

struct text csv_trim(struct text field) {
    while (field.size > 0 && (field.at[0] == ' ' || field.at[0] == '\t')) {
        field.at++;
        field.size--;
    }
    while (field.size > 0 && (field.at[field.size - 1] == ' ' || field.at[field.size - 1] == '\t'))
        field.size--;
    return field;
}

static bool is_named(struct text name, const char *word) {
    return name.size == strlen(word) && strncasecmp(name.at, word, name.size) == 0;
}

int csv_foreign_key(struct text name) {
    static const struct {
        const char *name;
        enum fact_id fact;
    } keys[] = {
        {"id_str", FACT_ID},          {"user_id", FACT_ID},      {"rest_id", FACT_ID},
        {"screen_name", FACT_HANDLE}, {"username", FACT_HANDLE}, {"login", FACT_HANDLE},
        {"acct", FACT_HANDLE},
    };
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (is_named(name, keys[i].name))
            return (int)keys[i].fact;
    return -1;
}

static bool is_key(struct text name) {
    return is_named(name, "id") || is_named(name, "handle") || csv_foreign_key(name) >= 0;
}

/* Whether the header has a column "id" or "handle" with that separator: no roster lacks both. */
static bool header_has_key(const char *at, size_t size, char separator) {
    while (size > 0) {
        const char *stop = memchr(at, separator, size);
        size_t part = stop != NULL ? (size_t)(stop - at) : size;
        struct text name = csv_trim((struct text){at, (uint32_t)part});
        if (name.size > 2 && name.at[0] == '"' && name.at[name.size - 1] == '"')
            name = (struct text){name.at + 1, name.size - 2};
        if (is_key(name))
            return true;
        at += stop != NULL ? part + 1 : part;
        size -= stop != NULL ? part + 1 : part;
    }
    return false;
}

char csv_header_separator(const char *at, size_t size, char said) {
    if (size > 0 && at[size - 1] == '\r')
        size--;
    if (said != '\0')
        return (char)(header_has_key(at, size, said) ? said : '\0');
    for (const char *separator = ",;\t"; *separator != '\0'; separator++)
        if (memchr(at, *separator, size) != NULL && header_has_key(at, size, *separator))
            return *separator;
    return header_has_key(at, size, ',') ? ',' : '\0';
}
