/* Roster JSONL (docs/roster.md): one JSON object a line.
 *
 * Happy path: a line as programs write them is read by jsonl_plain. All others are pulled, value by
 * value (json_pull.h): keys are looked up once each, texts without escapes stay views into the
 * line; nothing is allocated.
 * Failures: a line that is no JSON, no object, or has a wrong value is skipped and told with the
 * key, what was found and what is expected. Only a read or a sink that fails ends the reading. */
#include "formats/lists/jsonl.h"

#include "formats/base/json_pull.h"
#include "formats/lists/jsonl_plain.h"

#include <stdio.h>
#include <string.h>

/* More than any fact takes: of a longer text no fact has more than its own most. */
#define TEXT_ROOM 8192u

struct jsonl {
    struct record *record;
    struct json_pull json;
    uint64_t unknown_keys; /* in this line */
    char scratch[TEXT_ROOM];
};

static const char *found_of(const struct json_pull *p, enum pull_kind kind, char out[96]) {
    if (kind == PULL_NUMBER)
        snprintf(out, 96, "the number %.*s%s", (int)(p->text.size > 40 ? 40 : p->text.size),
                 p->text.at, p->text.size > 40 ? "..." : "");
    else if (kind == PULL_TEXT)
        snprintf(out, 96, "the text %s", RECORD_SHOW(p->text.at, p->text.size));
    else
        snprintf(out, 96, "%s", pull_kind_name(kind));
    return out;
}

static bool is_no_object(struct jsonl *j, enum pull_kind kind) {
    char found[96];
    return record_fail(j->record, "The line is %s; expected one object.",
                       found_of(&j->json, kind, found));
}

/* A value of a kind that the fact does not take. */
static bool is_wrong(struct jsonl *j, enum fact_id fact, enum pull_kind kind) {
    char found[96];
    return record_wrong(j->record, fact, found_of(&j->json, kind, found));
}

static bool take_number(struct jsonl *j, enum fact_id fact) {
    struct text t = j->json.text;
    int64_t value = 0;
    if (fact == FACT_ID && record_is_digits(t))
        return record_set_text(j->record, fact, t.at, t.size);
    if (fact_types[fact] != FACT_NUMBER || !record_read_number(t.at, t.size, &value))
        return is_wrong(j, fact, PULL_NUMBER);
    facts_set_value(&j->record->facts, fact, value);
    return true;
}

static bool take_text(struct jsonl *j, enum fact_id fact) {
    struct text t = j->json.text;
    if (fact_types[fact] == FACT_TIME)
        return record_set_time(j->record, fact, t.at, t.size);
    if (fact_types[fact] == FACT_TEXT && fact != FACT_LISTS)
        return record_set_text(j->record, fact, t.at, t.size);
    return is_wrong(j, fact, PULL_TEXT);
}

/* False, also without a reason in the record: json.fault has it. */
static bool take_lists(struct jsonl *j) {
    char found[96];
    int more;
    record_begin_lists(j->record);
    while ((more = pull_item(&j->json)) == 1) {
        enum pull_kind kind = pull_value(&j->json);
        if (kind == PULL_FAILED)
            return false;
        if (kind != PULL_TEXT)
            return record_fail(j->record, "\"lists\" holds %s; expected a list of names.",
                               found_of(&j->json, kind, found));
        if (!record_add_list(j->record, j->json.text.at, j->json.text.size))
            return false;
    }
    return more == 0;
}

static bool take_value(struct jsonl *j, enum fact_id fact) {
    enum pull_kind kind = pull_value(&j->json);
    switch (kind) {
    case PULL_FAILED:
        return false;
    case PULL_NULL:
        return true;
    case PULL_NUMBER:
        return take_number(j, fact);
    case PULL_TEXT:
        return take_text(j, fact);
    case PULL_LIST:
        return fact == FACT_LISTS ? take_lists(j) : is_wrong(j, fact, kind);
    case PULL_OBJECT:
        return is_wrong(j, fact, kind);
    case PULL_NO:
    case PULL_YES:
        break;
    }
    if (fact_types[fact] != FACT_FLAG)
        return is_wrong(j, fact, kind);
    facts_set_flag(&j->record->facts, fact, kind == PULL_YES);
    return true;
}

static bool take_member(struct jsonl *j) {
    bool in_part;
    int fact = record_find(j->record, j->json.text.at, j->json.text.size, &in_part);
    if (fact >= 0)
        return record_begin(j->record, (enum fact_id)fact, in_part) &&
               take_value(j, (enum fact_id)fact);
    j->unknown_keys++;
    return pull_pass(&j->json) == 0;
}

/* The object, and nothing behind it. */
static bool take_line(struct jsonl *j) {
    enum pull_kind kind = pull_value(&j->json);
    int more;
    if (kind != PULL_OBJECT)
        return kind != PULL_FAILED && is_no_object(j, kind);
    while ((more = pull_key(&j->json)) == 1)
        if (!take_member(j))
            return false;
    if (more < 0)
        return false;
    if (pull_look(&j->json) == '\0')
        return true;
    kind = pull_value(&j->json);
    if (kind == PULL_OBJECT)
        return record_fail(j->record, "The line holds more than one object.");
    return kind != PULL_FAILED && is_no_object(j, kind);
}

static void explain(struct jsonl *j, const struct line *line) {
    const struct json_pull *p = &j->json;
    if (p->depth > 0 && p->at == line->at + line->size)
        record_fail(j->record, "The line ends in the middle of its object.");
    else if (strcmp(p->fault, json_pull_too_deep) == 0)
        record_fail(j->record, "The line is nested more than %d deep.", JSON_PULL_DEPTH);
    else
        record_fail(j->record, "The line is not JSON at byte %zu: %s.",
                    (size_t)(p->at - line->at) + 1, p->fault);
}

/* Fill the record from the line; a fault leaves it bad. */
static void jsonl_parse(struct jsonl *j, const struct line *line) {
    record_clear(j->record, line->at, line->size);
    pull_start_line(&j->json, line, j->scratch, sizeof j->scratch);
    j->unknown_keys = 0;
    if (!take_line(j) && j->json.fault != NULL)
        explain(j, line);
}

static bool is_surrogate(const char *at, const char *end, const char *high) {
    return end - at >= 6 && at[0] == '\\' && at[1] == 'u' && (at[2] == 'd' || at[2] == 'D') &&
           strchr(high, at[3]) != NULL;
}

/* An escape that is half of a pair, without the other half. It would become U+FFFD, and two who
 * differ in it one. */
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
        jsonl_parse(j, line);
        r->counts->unknown_keys += j->unknown_keys;
    }
    return reading_deliver(r, r->relation, line->number, err);
}

int jsonl_read(struct reading *r, struct winnow_error *err) {
    struct jsonl j = {.record = &r->record};
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
    return got;
}
