/* One followee in the making: see record.h. Happy path: a value is checked against its fact and
 * set; nothing is allocated. Fails by making the record bad with a reason for a person; a reader
 * then skips it and goes on. */
#include "formats/base/record.h"

#include "core/base/text_time.h"
#include "core/base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static uint64_t load(const char *at, size_t size) {
    uint64_t word = 0;
    memcpy(&word, at, size);
    return word;
}

/* All bytes of a name of up to 16, the ends of a longer one. */
static struct record_name name_of(const char *at, size_t size) {
    if (size >= 8)
        return (struct record_name){load(at, 8), load(at + size - 8, 8), size};
    if (size >= 4)
        return (struct record_name){load(at, 4), load(at + size - 4, 4), size};
    if (size == 0)
        return (struct record_name){0};
    return (struct record_name){load(at, 1), load(at + size / 2, 1) << 8 | load(at + size - 1, 1),
                                size};
}

static unsigned name_slot(const struct record_name *name) {
    uint64_t mixed = (name->first ^ name->last << 1 ^ name->size) * UINT64_C(0x9E3779B97F4A7C15);
    return (unsigned)(mixed >> 57);
}

_Static_assert(RECORD_NAME_SLOTS == 1 << 7, "seven bits tell the slot");
_Static_assert(FACT_SET_MAX < RECORD_NAME_SLOTS, "a search ends at a free slot");

void record_init(struct record *r) {
    memset(r, 0, sizeof *r);
    memset(r->names.slot, -1, sizeof r->names.slot);
    for (int fact = 0; fact < FACT_COUNT; fact++) {
        struct record_name name = name_of(fact_names[fact], strlen(fact_names[fact]));
        unsigned slot = name_slot(&name);
        while (r->names.slot[slot] >= 0)
            slot = (slot + 1) % RECORD_NAME_SLOTS;
        r->names.slot[slot] = (int16_t)fact;
        r->names.name[fact] = name;
    }
}

static int find_name(const struct record *r, const char *at, size_t size) {
    struct record_name name = name_of(at, size);
    for (unsigned slot = name_slot(&name);; slot = (slot + 1) % RECORD_NAME_SLOTS) {
        int fact = r->names.slot[slot];
        if (fact < 0)
            return -1;
        const struct record_name *known = &r->names.name[fact];
        if (known->size == size && known->first == name.first && known->last == name.last &&
            (size <= 16 || memcmp(fact_names[fact], at, size) == 0))
            return fact;
    }
}

int record_find(const struct record *r, const char *at, size_t size, bool *in_part) {
    static const char suffix[] = FACT_SEEN_SUFFIX;
    const size_t end = sizeof suffix - 1;
    int fact = find_name(r, at, size);
    *in_part = false;
    if (fact >= 0 || size <= end || memcmp(at + size - end, suffix, end) != 0)
        return fact;
    fact = find_name(r, at, size - end);
    *in_part = fact >= 0 && (FACTS_SEEN_IN_PART >> fact & 1u) != 0;
    return *in_part ? fact : -1;
}

void record_clear(struct record *r, const char *input, size_t input_size) {
    facts_clear(&r->facts);
    r->seen = 0;
    r->in_part = 0;
    r->input = input;
    r->input_size = input_size;
    r->scratch_used = 0;
    r->cut = 0;
    r->bad = false;
    r->why[0] = '\0';
}

bool record_fail(struct record *r, const char *format, ...) {
    if (r->bad)
        return false;
    r->bad = true;
    va_list args;
    va_start(args, format);
    vsnprintf(r->why, sizeof r->why, format, args);
    va_end(args);
    return false;
}

static const char *expected(enum fact_id fact) {
    if (fact == FACT_ID)
        return "an id as text or as a whole number";
    if (fact == FACT_LISTS)
        return "a list of names";
    switch (fact_types[fact]) {
    case FACT_NUMBER:
        return "a whole number from 0 to 9007199254740992";
    case FACT_TIME:
        return "a time such as \"2026-11-24T03:00:00Z\"";
    case FACT_FLAG:
        return "true or false";
    case FACT_TEXT:
        break;
    }
    return "text";
}

bool record_wrong(struct record *r, enum fact_id fact, const char *found) {
    return record_fail(r, "\"%s\" is %s; expected %s.", fact_names[fact], found, expected(fact));
}

const char *record_show(char out[RECORD_SHOWN_SIZE], const char *at, size_t size) {
    size_t cut = utf8_cut(at, size, 40);
    if (!utf8_valid(at, cut) || utf8_has_control(at, cut))
        snprintf(out, RECORD_SHOWN_SIZE, "text with control characters");
    else
        snprintf(out, RECORD_SHOWN_SIZE, "\"%.*s%s\"", (int)cut, at, cut < size ? "..." : "");
    return out;
}

void record_end(struct record *r) {
    r->facts.at_least |= r->in_part & r->facts.known;
}

bool record_begin(struct record *r, enum fact_id fact, bool in_part) {
    if ((r->seen >> fact & 1u) != 0)
        return record_fail(r, "\"%s\" stands there twice.", fact_names[fact]);
    r->seen |= FACT_SET(fact);
    r->in_part |= in_part ? FACT_SET(fact) : 0;
    return true;
}

static bool is_of_input(const struct record *r, const char *at, size_t size) {
    uintptr_t from = (uintptr_t)r->input;
    return (uintptr_t)at >= from && (uintptr_t)at + size <= from + r->input_size;
}

/* Text that lives as long as the record does. */
static const char *keep(struct record *r, const char *at, size_t size) {
    if (is_of_input(r, at, size))
        return at;
    char *copy = r->scratch + r->scratch_used;
    memcpy(copy, at, size);
    r->scratch_used += size;
    return copy;
}

/* A text from an escape can hold what no line can: NUL, or half of a surrogate pair. */
static bool check_text(struct record *r, const char *name, const char *at, size_t size) {
    if (is_of_input(r, at, size))
        return true;
    if (memchr(at, '\0', size) != NULL)
        return record_fail(r, "\"%s\" holds a NUL character.", name);
    if (!utf8_valid(at, size))
        return record_fail(r, "\"%s\" holds half of a surrogate pair.", name);
    return true;
}

/* Blanks around an id or a handle are nobody's: spaces, tabs, and the space that does not break. */
static void trim(const char **at, size_t *size) {
    static const char nbsp[] = "\xC2\xA0";
    for (;;) {
        size_t step = *size > 0 && ((*at)[0] == ' ' || (*at)[0] == '\t') ? 1
                      : *size > 1 && memcmp(*at, nbsp, 2) == 0           ? 2
                                                                         : 0;
        if (step == 0)
            break;
        *at += step;
        *size -= step;
    }
    while (*size > 0) {
        char last = (*at)[*size - 1];
        bool wide = *size > 1 && memcmp(*at + *size - 2, nbsp, 2) == 0;
        if (last != ' ' && last != '\t' && !wide)
            break;
        *size -= wide ? 2 : 1;
    }
}

static bool set_id(struct record *r, const char *at, size_t size) {
    trim(&at, &size);
    if (size == 0)
        return record_fail(r, "\"id\" is empty.");
    if (size > FACT_ID_MAX)
        return record_fail(r, "\"id\" has %zu bytes; the most is %d.", size, FACT_ID_MAX);
    if (utf8_has_control(at, size))
        return record_fail(r, "\"id\" holds a control character.");
    facts_set_text(&r->facts, FACT_ID, keep(r, at, size), size);
    return true;
}

/* A handle is never cut: what is left would be somebody else's. */
static bool set_handle(struct record *r, const char *at, size_t size) {
    trim(&at, &size);
    if (size > 0 && at[0] == '@') {
        at++;
        size--;
    }
    if (size > FACT_HANDLE_MAX)
        return record_fail(r, "\"handle\" has %zu bytes; the most is %d.", size, FACT_HANDLE_MAX);
    if (utf8_has_control(at, size))
        return record_fail(r, "\"handle\" holds a control character.");
    if (size > 0)
        facts_set_text(&r->facts, FACT_HANDLE, keep(r, at, size), size);
    return true;
}

bool record_set_text(struct record *r, enum fact_id fact, const char *at, size_t size) {
    if (!check_text(r, fact_names[fact], at, size))
        return false;
    if (fact == FACT_ID)
        return set_id(r, at, size);
    if (fact == FACT_HANDLE)
        return set_handle(r, at, size);
    if (fact == FACT_LANG && size == 0)
        return true; /* an empty language says nothing: unknown, not a language of its own */
    size_t cut = utf8_cut(at, size, fact_most[fact]);
    r->cut += cut < size;
    facts_set_text(&r->facts, fact, keep(r, at, cut), cut);
    return true;
}

bool record_set_time(struct record *r, enum fact_id fact, const char *at, size_t size) {
    int64_t time_ms = 0;
    if (!text_time_read(at, size, &time_ms))
        return record_wrong(r, fact, RECORD_SHOW(at, size));
    facts_set_value(&r->facts, fact, time_ms);
    return true;
}

bool record_is_digits(struct text t) {
    for (uint32_t i = 0; i < t.size; i++)
        if (t.at[i] < '0' || t.at[i] > '9')
            return false;
    return t.size > 0;
}

bool record_read_number(const char *at, size_t size, int64_t *value) {
    int64_t sum = 0;
    for (size_t i = 0; i < size; i++) {
        if (at[i] < '0' || at[i] > '9')
            return false;
        sum = sum * 10 + (at[i] - '0');
        if (sum > RECORD_NUMBER_MAX)
            return false;
    }
    *value = sum;
    return size > 0;
}

void record_begin_lists(struct record *r) {
    r->lists_at = r->scratch_used;
    facts_set_text(&r->facts, FACT_LISTS, r->scratch + r->lists_at, 0);
}

/* Lists are never cut: a name that is dropped would say "not on that list". */
bool record_add_list(struct record *r, const char *at, size_t size) {
    if (!check_text(r, "lists", at, size))
        return false;
    if (size == 0)
        return true;
    if (memchr(at, '\n', size) != NULL)
        return record_fail(r, "\"lists\" has a name with a newline in it.");
    size_t used = r->scratch_used - r->lists_at;
    if (used + size + 1 > FACT_LISTS_MAX)
        return record_fail(r, "\"lists\" has more than %d bytes of names.", FACT_LISTS_MAX - 1);
    char *to = r->scratch + r->scratch_used;
    memcpy(to, at, size);
    to[size] = '\n';
    r->scratch_used += size + 1;
    facts_set_text(&r->facts, FACT_LISTS, r->scratch + r->lists_at, used + size + 1);
    return true;
}
