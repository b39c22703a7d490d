/* Roster CSV (docs/roster.md): a header with the names of facts, then one followee a record.
 *
 * Happy path: the header tells which column is which fact; each field is read by its fact's type.
 * Failures: a header without "id" and "handle", or with a fact twice, ends the reading, since every
 * record would be wrong. A record with a wrong value or number of columns is skipped and told. */
#include "formats/lists/roster_csv.h"

#include "formats/base/csv.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

struct roster_csv {
    struct csv csv;
    int fact[CSV_FIELDS_MAX];     /* of each column, or -1 */
    bool in_part[CSV_FIELDS_MAX]; /* it holds what was seen of the fact */
    size_t columns;
    bool foreign; /* it names its key as other programs do */
};

static int column_fact(const struct record *record, struct text name, bool *in_part) {
    char lower[32];
    if (name.size >= sizeof lower)
        return -1;
    *in_part = false;
    for (uint32_t i = 0; i < name.size; i++)
        lower[i] = (char)tolower((unsigned char)name.at[i]);
    return record_find(record, lower, name.size, in_part);
}

/* "screen_name" and the like are keys where the column "handle" is missing; "id_str" is one before
 * "id", which programs that write both may have rounded. */
static void take_foreign_keys(struct roster_csv *c, const struct reading *r, fact_set *seen) {
    fact_set taken = 0;
    for (size_t i = 0; i < c->columns; i++) {
        struct text name = csv_trim(c->csv.fields[i]);
        int fact = c->fact[i] < 0 ? csv_foreign_key(name) : -1;
        bool first = fact >= 0 && (taken >> fact & 1u) == 0;
        if (!first || (fact == FACT_HANDLE && (*seen >> fact & 1u) != 0))
            continue;
        for (size_t k = 0; k < c->columns; k++)
            if (c->fact[k] == fact)
                c->fact[k] = -1;
        c->fact[i] = fact;
        taken |= FACT_SET(fact);
        r->counts->unknown_keys--;
    }
    *seen |= taken;
    c->foreign = taken != 0;
}

static int header_read(struct roster_csv *c, struct reading *r, struct winnow_error *err) {
    if (c->csv.bad)
        return winnow_fail(err, WINNOW_BAD_INPUT, "The header cannot be read: %s", c->csv.why);
    fact_set seen = 0, in_part = 0;
    c->columns = c->csv.count;
    for (size_t i = 0; i < c->columns; i++) {
        int fact = column_fact(&r->record, csv_trim(c->csv.fields[i]), &c->in_part[i]);
        c->fact[i] = fact;
        if (fact < 0) {
            r->counts->unknown_keys++;
            continue;
        }
        fact_set *of = c->in_part[i] ? &in_part : &seen;
        if ((*of >> fact & 1u) != 0)
            return winnow_fail(err, WINNOW_BAD_INPUT,
                               "The header names \"%s\" twice; leave one of the columns out.",
                               fact_names[fact]);
        *of |= FACT_SET(fact);
    }
    take_foreign_keys(c, r, &seen);
    if ((seen & r->keys) == 0)
        return winnow_fail(err, WINNOW_BAD_INPUT,
                           "The header has no column \"id\" and none \"handle\"; a roster needs "
                           "one of them to tell who is who.");
    return 0;
}

static bool is_one_of(struct text field, const char *const words[3]) {
    for (int i = 0; i < 3; i++)
        if (strlen(words[i]) == field.size && strncasecmp(words[i], field.at, field.size) == 0)
            return true;
    return false;
}

static bool set_flag(struct record *record, enum fact_id fact, struct text field) {
    static const char *const yes[] = {"true", "yes", "1"};
    static const char *const no[] = {"false", "no", "0"};
    bool is_yes = is_one_of(field, yes);
    if (!is_yes && !is_one_of(field, no))
        return record_fail(record, "\"%s\" is %s; expected true, false, yes, no, 1 or 0.",
                           fact_names[fact], RECORD_SHOW(field.at, field.size));
    facts_set_flag(&record->facts, fact, is_yes);
    return true;
}

/* "vip;press"; within a name "\\;" is a semicolon and "\\\\" a backslash, as export writes them. */
static bool set_lists(struct record *record, struct text field) {
    char name[FACT_LISTS_MAX];
    record_begin_lists(record);
    for (uint32_t i = 0; i < field.size; i++) {
        size_t size = 0;
        for (; i < field.size && field.at[i] != ';'; i++) {
            bool escaped = field.at[i] == '\\' && i + 1 < field.size &&
                           (field.at[i + 1] == ';' || field.at[i + 1] == '\\');
            i += escaped;
            if (size < sizeof name)
                name[size] = field.at[i];
            size++;
        }
        if (size > sizeof name)
            return record_fail(record, "\"lists\" has more than %d bytes of names.",
                               FACT_LISTS_MAX - 1);
        struct text trimmed = csv_trim((struct text){name, (uint32_t)size});
        if (!record_add_list(record, trimmed.at, trimmed.size))
            return false;
    }
    return true;
}

/* "1.23457E+18": what a spreadsheet makes of a long id. Digits are lost for good. */
static bool is_rounded(struct text id) {
    const char *e = memchr(id.at, 'E', id.size);
    return e != NULL && e > id.at && isdigit((unsigned char)id.at[0]) &&
           memchr(id.at, '+', id.size) == e + 1;
}

/* How people keep a spreadsheet from rounding: '129 and ="129". */
static struct text undecorated(struct text id) {
    if (id.size > 3 && id.at[0] == '=' && id.at[1] == '"' && id.at[id.size - 1] == '"')
        return (struct text){id.at + 2, id.size - 3};
    if (id.size > 1 && id.at[0] == '\'')
        return (struct text){id.at + 1, id.size - 1};
    return id;
}

/* "12.0": a program took the id for a number with a fraction. Up to 2^53 that is exact. */
static bool set_fraction(struct record *record, struct text id) {
    int64_t value;
    uint32_t size = id.size - 2;
    if (!record_read_number(id.at, size, &value))
        return record_fail(record,
                           "\"id\" is %s: it has gone through a number with a fraction, which "
                           "holds 15 digits for sure; save the column as text.",
                           RECORD_SHOW(id.at, id.size));
    return record_set_text(record, FACT_ID, id.at, size);
}

static bool set_id(struct record *record, struct text field) {
    field = undecorated(field);
    if (is_rounded(field))
        return record_fail(record,
                           "\"id\" is %s: a spreadsheet has rounded it; save the column as "
                           "text.",
                           RECORD_SHOW(field.at, field.size));
    if (field.size > 2 && memcmp(field.at + field.size - 2, ".0", 2) == 0 &&
        isdigit((unsigned char)field.at[0]))
        return set_fraction(record, field);
    return record_set_text(record, FACT_ID, field.at, field.size);
}

static bool set_number(struct record *record, enum fact_id fact, struct text field) {
    int64_t value = 0;
    if (!record_read_number(field.at, field.size, &value))
        return record_wrong(record, fact, RECORD_SHOW(field.at, field.size));
    facts_set_value(&record->facts, fact, value);
    return true;
}

static bool set_field(struct record *record, enum fact_id fact, struct text field) {
    struct text word = csv_trim(field);
    if (word.size == 0)
        return true; /* an empty field is an unknown fact */
    if (fact == FACT_ID)
        return set_id(record, word);
    if (fact_types[fact] == FACT_TEXT)
        field = csv_unguard(field);
    if (fact == FACT_HANDLE)
        return record_set_text(record, fact, field.at, field.size);
    if (fact == FACT_LISTS)
        return set_lists(record, field);
    switch (fact_types[fact]) {
    case FACT_NUMBER:
        return set_number(record, fact, word);
    case FACT_TIME:
        return record_set_time(record, fact, word.at, word.size);
    case FACT_FLAG:
        return set_flag(record, fact, word);
    case FACT_TEXT:
        break;
    }
    return record_set_text(record, fact, field.at, field.size);
}

static void fill(struct roster_csv *c, struct record *record) {
    const struct csv *csv = &c->csv;
    record_clear(record, csv->bytes, csv->used);
    if (csv->bad)
        record_fail(record, "%s", csv->why);
    else if (csv->count != c->columns)
        record_fail(record, "The record has %zu columns; the header has %zu.", csv->count,
                    c->columns);
    for (size_t i = 0; i < c->columns && !record->bad; i++)
        if (c->fact[i] >= 0 && csv_trim(csv->fields[i]).size > 0 &&
            record_begin(record, (enum fact_id)c->fact[i], c->in_part[i]))
            set_field(record, (enum fact_id)c->fact[i], csv->fields[i]);
}

static int records_read(struct roster_csv *c, struct reading *r, struct winnow_error *err) {
    int got = csv_next(&c->csv, &r->lines, err);
    if (got == 0)
        return winnow_fail(err, WINNOW_BAD_INPUT, "The file is empty; expected a header.");
    if (got < 0 || header_read(c, r, err) != 0 ||
        (c->foreign ? reading_relation(r, ROSTER_LIST_UNSAID, "CSV of another program", err)
                    : reading_own_form(r, "roster CSV", err)) != 0)
        return -1;
    while ((got = csv_next(&c->csv, &r->lines, err)) > 0) {
        fill(c, &r->record);
        if (reading_deliver(r, r->relation, c->csv.line, err) != 0)
            return -1;
    }
    return got;
}

int roster_csv_read(struct reading *r, struct winnow_error *err) {
    const char *first = NULL;
    size_t size = 0;
    if (lines_peek(&r->lines, &first, &size, err) != 0)
        return -1;
    char separator = csv_header_separator(first, size, r->separator);
    if (separator == '\0')
        separator = r->separator;
    if (separator == '\0')
        separator = ',';
    struct roster_csv c = {.foreign = false};
    if (csv_init(&c.csv, separator, err) != 0)
        return -1;
    int result = records_read(&c, r, err);
    csv_free(&c.csv);
    return result;
}
