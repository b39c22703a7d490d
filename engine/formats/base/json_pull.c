/* JSON as it streams by: see json_pull.h.
 *
 * Happy path: all of a token lies in the buffer, in front of the zero that stands behind the last
 * byte (a line's end, for a line); only there the end is looked for. Where a token meets it, the input is read on, with the
 * token kept from its start. A text longer than KEPT_MAX is checked and let go piece by piece.
 * Failures: the first fault stays, and all calls return it. */
#include "formats/base/json_pull.h"

#include "core/base/utf8.h"
#include "formats/base/json_scan.h"

#define KEPT_MAX 65536u

const char json_pull_too_deep[] = "it is nested too deep";

static int fail(struct json_pull *p, const char *fault) {
    if (p->fault == NULL)
        p->fault = fault;
    p->end = p->at; /* nothing more is found */
    return -1;
}

static bool refuse(struct json_pull *p, const char *fault) {
    fail(p, fault);
    return false;
}

/* Eight bytes a step: all of a file passes here. In `rest` the high bit of each byte is set that is
 * no newline. */
static uint64_t newlines(const char *at, const char *end) {
    const uint64_t low = EVERY_BYTE(0x7f);
    uint64_t count = 0;
    for (; end - at >= 8; at += 8) {
        uint64_t w;
        memcpy(&w, at, sizeof w);
        w ^= EVERY_BYTE('\n');
        uint64_t rest = ((w & low) + low) | w | low;
        count += ((~rest >> 7) * EVERY_BYTE(1)) >> 56; /* the sum of its bytes */
    }
    for (; at < end; at++)
        count += *at == '\n';
    return count;
}

/* A text that was handed out must not move with the buffer. */
static void save_text(struct json_pull *p) {
    const char *buffer = p->lines->buffer;
    if (p->text.at < buffer || p->text.at >= buffer + LINES_BUFFER_SIZE)
        return;
    memcpy(p->scratch, p->text.at, p->text.size);
    p->text.at = p->scratch;
}

/* Read on; *keep and what follows stays. false: there is no more. */
static bool more(struct json_pull *p, const char **keep) {
    struct lines *l = p->lines;
    if (p->fault != NULL || l == NULL)
        return false;
    const char *from = keep != NULL ? *keep : p->at;
    size_t ahead = (size_t)(p->at - from);
    save_text(p);
    if (p->counted < from)
        p->line += newlines(p->counted, from);
    size_t counted = p->counted > from ? (size_t)(p->counted - from) : 0;
    l->at = (size_t)(from - l->buffer);
    if (lines_more(l, p->err) != 0) {
        p->unreadable = true;
        return refuse(p, "it cannot be read");
    }
    from = l->buffer + l->at;
    p->at = from + ahead;
    p->counted = from + counted;
    p->end = l->buffer + l->end;
    memset(l->buffer + l->end, 0, LINES_AFTER);
    if (keep != NULL)
        *keep = from;
    return !l->at_eof;
}

void pull_start(struct json_pull *p, struct lines *lines, struct winnow_error *err) {
    memset(p, 0, sizeof *p);
    p->lines = lines;
    p->err = err;
    p->scratch = p->own;
    p->room = sizeof p->own;
    p->line = 1;
    p->at = p->counted = lines->buffer + lines->at;
    p->end = lines->buffer + lines->end;
    memset(lines->buffer + lines->end, 0, LINES_AFTER);
}

void pull_start_line(struct json_pull *p, const struct line *line, char *scratch, uint32_t room) {
    p->lines = NULL;
    p->err = NULL;
    p->at = p->counted = line->at;
    p->end = line->at + line->size;
    p->line = line->number;
    p->depth = 0;
    p->objects = 0;
    p->cut = p->fresh = p->unreadable = false;
    p->fault = NULL;
    p->scratch = scratch;
    p->room = room;
}

uint64_t pull_line(struct json_pull *p) {
    if (p->counted < p->at) {
        p->line += newlines(p->counted, p->at);
        p->counted = p->at;
    }
    return p->line;
}

char pull_look(struct json_pull *p) {
    for (;;) {
        const char *at = p->at;
        for (;; at += 8) {
            uint64_t w;
            memcpy(&w, at, sizeof w);
            if (w != EVERY_BYTE(' '))
                break;
        }
        while (at < p->end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
            at++;
        p->at = at;
        if (at < p->end && *at != '\0')
            return *at;
        if (at < p->end) {
            fail(p, "there is a NUL byte");
            return '\0';
        }
        if (!more(p, NULL))
            return '\0';
    }
}

/* ---- texts ---- */

/* As json_plain_end. *wide: not all is ASCII. */
static const char *plain_end(const char *at, bool *wide) {
    uint64_t high = 0;
    at = json_plain_end(at, &high);
    *wide = *wide || (high & EVERY_BYTE(0x80)) != 0;
    return at;
}

/* The start of a character that may go on behind `end`, else `end`. */
static const char *whole_end(const char *from, const char *end) {
    for (int back = 1; back <= 3 && end - back >= from; back++) {
        unsigned char c = (unsigned char)end[-back];
        if (c >= 0xC0)
            return end - back;
        if (c < 0x80)
            break;
    }
    return end;
}

struct reading_text {
    const char *from; /* not let go yet */
    bool wide, escaped, wanted;
};

/* Keep the beginning of what is too long to be kept whole, and let the rest go. */
static bool let_go(struct json_pull *p, struct reading_text *t) {
    const char *end = whole_end(t->from, p->at);
    size_t size = (size_t)(end - t->from);
    if (t->wide && !utf8_valid(t->from, size))
        return refuse(p, "a text is not valid UTF-8");
    if (!p->cut) {
        p->text = (struct text){p->scratch, (uint32_t)utf8_cut(t->from, size, p->room)};
        memcpy(p->scratch, t->from, p->text.size);
        p->cut = true;
    }
    t->from = end;
    return true;
}

/* At the end of the buffer within a text. */
static bool text_more(struct json_pull *p, struct reading_text *t) {
    if (p->at - t->from > (ptrdiff_t)KEPT_MAX && !let_go(p, t))
        return false;
    return more(p, &t->from) || refuse(p, "it ends inside a text");
}

/* So many bytes from p->at on are there. */
static bool text_has(struct json_pull *p, struct reading_text *t, ptrdiff_t size) {
    while (p->end - p->at < size)
        if (!text_more(p, t))
            return false;
    return true;
}

static int hex_digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* An escape at p->at, a backslash: check it and go behind. */
static bool pass_escape(struct json_pull *p, struct reading_text *t) {
    t->escaped = true;
    if (!text_has(p, t, 2) || (p->at[1] == 'u' && !text_has(p, t, 6)))
        return false;
    char c = p->at[1];
    if (c != 'u') {
        if (c == '\0' || strchr("\"\\/bfnrt", c) == NULL)
            return refuse(p, "a text has an escape that there is not");
        p->at += 2;
        return true;
    }
    for (int i = 2; i < 6; i++)
        if (hex_digit(p->at[i]) < 0)
            return refuse(p, "a \\u in a text has no four hexadecimal digits");
    p->at += 6;
    return true;
}

static uint32_t hex_unit(const char *at) {
    uint32_t unit = 0;
    for (int i = 2; i < 6; i++)
        unit = unit << 4 | (uint32_t)hex_digit(at[i]);
    return unit;
}

/* The character of the \u at *at, which moves behind it; half of a surrogate pair is U+FFFD. */
static uint32_t decode_unit(const char **at, const char *end) {
    uint32_t unit = hex_unit(*at);
    *at += 6;
    if (unit < 0xD800 || unit > 0xDFFF)
        return unit;
    if (unit > 0xDBFF || end - *at < 6 || (*at)[0] != '\\' || (*at)[1] != 'u')
        return 0xFFFD;
    uint32_t low = hex_unit(*at);
    if (low < 0xDC00 || low > 0xDFFF)
        return 0xFFFD;
    *at += 6;
    return 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
}

static uint32_t put_character(char *to, uint32_t c) {
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    uint32_t size = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (uint32_t i = size - 1; i > 0; i--, c >>= 6)
        to[i] = (char)(0x80 | (c & 0x3F));
    to[0] = (char)(lead[size] | c);
    return size;
}

static char decode_short(char c) {
    static const char names[] = "bfnrt";
    static const char values[] = "\b\f\n\r\t";
    for (size_t i = 0; i < sizeof names - 1; i++)
        if (names[i] == c)
            return values[i];
    return c;
}

/* The beginning of a text with escapes, without them, in the scratch. */
static void decode(struct json_pull *p, const char *at, const char *end) {
    uint32_t size = 0;
    while (at < end && size + 4 <= p->room) {
        if (*at != '\\') {
            p->scratch[size++] = *at++;
        } else if (at[1] != 'u') {
            p->scratch[size++] = decode_short(at[1]);
            at += 2;
        } else {
            size += put_character(p->scratch + size, decode_unit(&at, end));
        }
    }
    p->cut = at < end;
    p->text = (struct text){p->scratch, size};
}

static int text_end(struct json_pull *p, const struct reading_text *t) {
    const char *end = p->at++;
    size_t size = (size_t)(end - t->from);
    if (t->wide && !utf8_valid(t->from, size))
        return fail(p, "a text is not valid UTF-8");
    if (p->cut || !t->wanted)
        return 0;
    if (t->escaped) {
        decode(p, t->from, end);
        return 0;
    }
    p->cut = size > p->room;
    p->text = (struct text){t->from, p->cut ? p->room : (uint32_t)size};
    return 0;
}

/* p->at stands behind the quote. */
static int read_text(struct json_pull *p, bool wanted) {
    struct reading_text t = {.from = p->at, .wanted = wanted};
    p->cut = false;
    p->text = (struct text){p->scratch, 0};
    for (;;) {
        p->at = plain_end(p->at, &t.wide);
        if (p->at >= p->end) {
            p->at = p->end;
            if (!text_more(p, &t))
                return -1;
        } else if (*p->at == '"') {
            return text_end(p, &t);
        } else if (*p->at != '\\') {
            return fail(p, "a text has a control character in it");
        } else if (!pass_escape(p, &t)) {
            return -1;
        }
    }
}

/* ---- numbers and words ---- */

char pull_peek(struct json_pull *p) {
    if (p->at == p->end && !more(p, NULL))
        return '\0';
    return *p->at;
}

/* What pull_peek has just shown. */
static void number_take(struct json_pull *p) {
    char c = *p->at++;
    p->cut = p->cut || p->text.size == p->room;
    if (!p->cut)
        p->scratch[p->text.size++] = c;
}

static bool number_digits(struct json_pull *p) {
    char c = pull_peek(p);
    if (c < '0' || c > '9')
        return refuse(p, "a number has no digit where one must be");
    for (; c >= '0' && c <= '9'; c = pull_peek(p))
        number_take(p);
    return true;
}

static int read_number(struct json_pull *p) {
    p->text = (struct text){p->scratch, 0};
    p->cut = false;
    if (pull_peek(p) == '-')
        number_take(p);
    if (pull_peek(p) == '0')
        number_take(p);
    else if (!number_digits(p))
        return -1;
    if (pull_peek(p) == '.') {
        number_take(p);
        if (!number_digits(p))
            return -1;
    }
    if ((pull_peek(p) | 0x20) == 'e') {
        number_take(p);
        if (pull_peek(p) == '+' || pull_peek(p) == '-')
            number_take(p);
        if (!number_digits(p))
            return -1;
    }
    return p->fault != NULL ? -1 : 0;
}

static int read_word(struct json_pull *p, const char *word) {
    for (; *word != '\0'; word++, p->at++)
        if (pull_peek(p) != *word)
            return fail(p, "there is a word that is none of true, false and null");
    return 0;
}

/* ---- values ---- */

static int open_bracket(struct json_pull *p, bool object) {
    if (p->depth == JSON_PULL_DEPTH)
        return fail(p, json_pull_too_deep);
    p->at++;
    uint64_t bit = UINT64_C(1) << p->depth++;
    p->objects = object ? p->objects | bit : p->objects & ~bit;
    p->fresh = true;
    return 0;
}

static enum pull_kind value(struct json_pull *p, bool wanted) {
    char c = pull_look(p);
    p->fresh = false;
    switch (c) {
    case '"':
        p->at++;
        return read_text(p, wanted) == 0 ? PULL_TEXT : PULL_FAILED;
    case '{':
        return open_bracket(p, true) == 0 ? PULL_OBJECT : PULL_FAILED;
    case '[':
        return open_bracket(p, false) == 0 ? PULL_LIST : PULL_FAILED;
    case 't':
        return read_word(p, "true") == 0 ? PULL_YES : PULL_FAILED;
    case 'f':
        return read_word(p, "false") == 0 ? PULL_NO : PULL_FAILED;
    case 'n':
        return read_word(p, "null") == 0 ? PULL_NULL : PULL_FAILED;
    case '\0':
        fail(p, "it ends where a value must be");
        return PULL_FAILED;
    default:
        break;
    }
    if (c != '-' && (c < '0' || c > '9')) {
        fail(p, "there is no value where one must be");
        return PULL_FAILED;
    }
    return read_number(p) == 0 ? PULL_NUMBER : PULL_FAILED;
}

enum pull_kind pull_value(struct json_pull *p) {
    return value(p, true);
}

/* Behind a value or an opening bracket. 1: one more is next, 0: `bracket` is passed. */
static int next_member(struct json_pull *p, char bracket) {
    char c = pull_look(p);
    if (c == bracket) {
        p->at++;
        p->depth--;
        p->fresh = false;
        return 0;
    }
    if (p->fresh) {
        p->fresh = false;
        return p->fault != NULL ? -1 : 1;
    }
    if (c != ',')
        return fail(p, c == '\0' ? "it ends before all brackets are closed"
                                 : "there is neither ',' nor a bracket behind a value");
    p->at++;
    return 1;
}

static int key(struct json_pull *p, bool wanted) {
    char c;
    int result = next_member(p, '}');
    if (result <= 0)
        return result;
    c = pull_look(p);
    if (c != '"')
        return fail(p, c == '\0' ? "it ends where a key must be"
                                 : "there is no key where one must be");
    p->at++;
    if (read_text(p, wanted) != 0)
        return -1;
    c = pull_look(p);
    if (c != ':')
        return fail(p, c == '\0' ? "it ends behind a key" : "there is no ':' behind a key");
    p->at++;
    return 1;
}

int pull_key(struct json_pull *p) {
    return key(p, true);
}

int pull_item(struct json_pull *p) {
    return next_member(p, ']');
}

int pull_skip(struct json_pull *p, enum pull_kind kind) {
    if (kind != PULL_OBJECT && kind != PULL_LIST)
        return kind == PULL_FAILED ? -1 : 0;
    uint32_t floor = p->depth - 1;
    while (p->depth > floor) {
        bool object = (p->objects >> (p->depth - 1) & 1) != 0;
        int result = object ? key(p, false) : pull_item(p);
        if (result < 0 || (result == 1 && value(p, false) == PULL_FAILED))
            return -1;
    }
    return 0;
}

int pull_pass(struct json_pull *p) {
    return pull_skip(p, value(p, false));
}

const char *pull_kind_name(enum pull_kind kind) {
    static const char *const names[] = {
        [PULL_NULL] = "null",       [PULL_NO] = "false",  [PULL_YES] = "true",
        [PULL_NUMBER] = "a number", [PULL_TEXT] = "text", [PULL_OBJECT] = "an object",
        [PULL_LIST] = "a list",
    };
    return kind >= 0 ? names[kind] : "broken";
}
