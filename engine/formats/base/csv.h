/* Records of a CSV file as RFC 4180 has it, with any separator. Fields live until the next call. */
#ifndef FORMATS_BASE_CSV_H
#define FORMATS_BASE_CSV_H

#include "formats/base/lines.h"

#define CSV_FIELDS_MAX 256
#define CSV_WHY_SIZE   128

struct csv {
    char separator;
    char *bytes; /* the fields without their quotes, ROSTER_LINE_MAX bytes, owned */
    size_t used;
    struct text fields[CSV_FIELDS_MAX];
    size_t count;
    uint64_t line; /* where the record begins */
    bool bad;
    char why[CSV_WHY_SIZE];
    enum {
        CSV_FIELD_START,
        CSV_PLAIN,
        CSV_QUOTED,
        CSV_QUOTE_SEEN, /* within quotes: the end, or the first of two */
    } state;
};

int csv_init(struct csv *c, char separator, struct winnow_error *err);
void csv_free(struct csv *c);

/* 1: a record is there; when it is `bad`, `why` is a sentence and the fields mean nothing. Blank
 * lines between records are left out. 0: the end. -1: the input cannot be read. */
int csv_next(struct csv *c, struct lines *lines, struct winnow_error *err);

/* One record that stands in `at` whole, such as the first line. False when it is bad. */
bool csv_split(struct csv *c, const char *at, size_t size);

/* The separator with which the header names facts, and `id` or another key among them; 0 when there
 * is none. `said` is the one that the file itself tells; 0: it does not. */
char csv_header_separator(const char *at, size_t size, char said);

/* What the column is a key by in other programs' exports: FACT_ID for "id_str", FACT_HANDLE for
 * "screen_name" and the like; -1: it is none. */
int csv_foreign_key(struct text name);

/* What an export guards from a spreadsheet: a text that it would take for a formula, perhaps with
 * apostrophes in front already, gets one apostrophe more. So it comes off again. */
bool csv_is_guarded(struct text field); /* it has to be guarded, or is */
struct text csv_unguard(struct text field);

/* The field without spaces around it. */
struct text csv_trim(struct text field);

#endif
