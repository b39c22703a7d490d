/* The fast half of the JSONL reader: see jsonl_plain.h.
 *
 * Happy path: one walk over `{"key":value,"key":value}`, where a value is text without escapes,
 * digits, true, false, null or a list of such texts; spaces may follow ',' and ':'.
 * Failures: none of its own. What it does not know it declines, and what makes the record bad as
 * well, so that every message comes from one place. It accepts nothing that JSON does not. */
#include "formats/lists/jsonl_plain.h"

#include "formats/base/json_scan.h"

struct plain {
    struct record *record;
    const char *at;
    uint64_t unknown_keys;
};

/* Where the text ends that begins at `at`: at its quote, or NULL when a backslash or a control
 * character comes before that. */
static const char *text_end(const char *at) {
    uint64_t ignored = 0;
    at = json_plain_end(at, &ignored);
    return *at == '"' ? at : NULL;
}

/* The text at p->at, which is behind its opening quote; moves behind the closing one. */
static bool take_text(struct plain *p, struct text *out) {
    const char *stop = text_end(p->at);
    if (stop == NULL)
        return false;
    *out = (struct text){p->at, (uint32_t)(stop - p->at)};
    p->at = stop + 1;
    return true;
}

static bool take(struct plain *p, char c) {
    if (*p->at != c)
        return false;
    p->at++;
    return true;
}

static bool take_word(struct plain *p, const char *word, size_t size) {
    if (memcmp(p->at, word, size) != 0)
        return false;
    p->at += size;
    return true;
}

static void skip_spaces(struct plain *p) {
    while (*p->at == ' ')
        p->at++;
}

static bool value_text(struct plain *p, int fact) {
    struct text value;
    if (!take_text(p, &value))
        return false;
    if (fact < 0)
        return true;
    if (fact_types[fact] == FACT_TIME)
        return record_set_time(p->record, (enum fact_id)fact, value.at, value.size);
    return fact_types[fact] == FACT_TEXT && fact != FACT_LISTS &&
           record_set_text(p->record, (enum fact_id)fact, value.at, value.size);
}

/* What follows the digits decides whether they were the whole number; the caller sees to that. */
static bool value_number(struct plain *p, int fact) {
    const char *from = p->at;
    while (*p->at >= '0' && *p->at <= '9')
        p->at++;
    size_t size = (size_t)(p->at - from);
    if (*from == '0' && size > 1)
        return false;
    if (fact < 0)
        return true;
    if (fact == FACT_ID)
        return record_set_text(p->record, FACT_ID, from, size);
    int64_t value = 0;
    if (fact_types[fact] != FACT_NUMBER || !record_read_number(from, size, &value))
        return false;
    facts_set_value(&p->record->facts, (enum fact_id)fact, value);
    return true;
}

static bool value_flag(struct plain *p, int fact) {
    bool yes = *p->at == 't';
    if (!(yes ? take_word(p, "true", 4) : take_word(p, "false", 5)))
        return false;
    if (fact < 0)
        return true;
    if (fact_types[fact] != FACT_FLAG)
        return false;
    facts_set_flag(&p->record->facts, (enum fact_id)fact, yes);
    return true;
}

static bool value_lists(struct plain *p, int fact) {
    if (fact != FACT_LISTS)
        return false;
    p->at++;
    record_begin_lists(p->record);
    if (take(p, ']'))
        return true;
    do {
        struct text name;
        skip_spaces(p);
        if (!take(p, '"') || !take_text(p, &name) ||
            !record_add_list(p->record, name.at, name.size))
            return false;
    } while (take(p, ','));
    return take(p, ']');
}

static bool take_value(struct plain *p, int fact) {
    switch (*p->at) {
    case '"':
        p->at++;
        return value_text(p, fact);
    case 't':
    case 'f':
        return value_flag(p, fact);
    case 'n':
        return take_word(p, "null", 4);
    case '[':
        return value_lists(p, fact);
    default:
        return *p->at >= '0' && *p->at <= '9' && value_number(p, fact);
    }
}

static bool take_member(struct plain *p) {
    struct text key;
    if (!take(p, '"') || !take_text(p, &key) || !take(p, ':'))
        return false;
    bool in_part;
    int fact = record_find(p->record, key.at, key.size, &in_part);
    if (fact < 0)
        p->unknown_keys++;
    else if (!record_begin(p->record, (enum fact_id)fact, in_part))
        return false;
    skip_spaces(p);
    return take_value(p, fact);
}

bool jsonl_plain(struct record *r, const char *at, size_t size, uint64_t *unknown_keys) {
    struct plain p = {.record = r, .at = at};
    record_clear(r, at, size);
    if (!take(&p, '{'))
        return false;
    do {
        skip_spaces(&p);
        if (!take_member(&p))
            return false;
    } while (take(&p, ','));
    *unknown_keys = p.unknown_keys;
    return take(&p, '}') && p.at == at + size;
}
