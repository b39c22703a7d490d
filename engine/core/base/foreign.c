/* Text from the network: see foreign.h. Happy path: bytes in, harmless bytes out, no allocation.
 * Cannot fail; what does not fit or is not well-formed is cut, escaped or left out. */
#include "core/base/foreign.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Unicode's table 3-7: what the second byte may be after a given first byte. */
static const struct {
    unsigned char first_low, first_high, second_low, second_high;
    unsigned char size;
} forms[] = {
    {0x00, 0x7f, 0x00, 0xff, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
    {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
    {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
};

size_t foreign_char(const char *at, size_t size) {
    const unsigned char *u = (const unsigned char *)at;
    for (size_t i = 0; size > 0 && i < sizeof forms / sizeof forms[0]; i++) {
        if (u[0] < forms[i].first_low || u[0] > forms[i].first_high)
            continue;
        if (size < forms[i].size)
            return 0;
        if (forms[i].size > 1 && (u[1] < forms[i].second_low || u[1] > forms[i].second_high))
            return 0;
        for (size_t k = 2; k < forms[i].size; k++)
            if ((u[k] & 0xc0) != 0x80)
                return 0;
        return forms[i].size;
    }
    return 0;
}

struct text foreign_cut(struct text t, size_t max) {
    if (t.size <= max)
        return t;
    size_t size = max;
    while (size > 0 && ((unsigned char)t.at[size] & 0xc0) == 0x80)
        size--;
    return (struct text){t.at, (uint32_t)size};
}

/* Where a text of so many bytes is best ended: behind a word, where one ends in its second half. */
static size_t word_end(const char *at, size_t size) {
    for (size_t end = size; end > size / 2; end--)
        if (at[end - 1] == ' ')
            return end - 1;
    return size;
}

#define ELLIPSIS      "\u2026"
#define ELLIPSIS_SIZE (sizeof ELLIPSIS - 1)

void foreign_fit(struct text t, char *out, size_t room) {
    if (t.size < room || room <= ELLIPSIS_SIZE) {
        foreign_copy(t, out, room);
        return;
    }
    struct text fits = foreign_cut(t, room - 1 - ELLIPSIS_SIZE);
    size_t size = word_end(fits.at, fits.size);
    memcpy(out, fits.at, size);
    memcpy(out + size, ELLIPSIS, ELLIPSIS_SIZE + 1);
}

/* Of a well-formed character. */
static uint32_t code_point(const char *at, size_t size) {
    const unsigned char *u = (const unsigned char *)at;
    uint32_t c = size == 1 ? u[0] : u[0] & (0x7fu >> size);
    for (size_t i = 1; i < size; i++)
        c = c << 6 | (u[i] & 0x3fu);
    return c;
}

/* Controls (C0, DEL, C1) could drive a terminal; line separators, bidirectional marks and overrides
 * could forge what a reader sees; what has no width (soft hyphen, zero-width space, byte order
 * mark, tags) makes two names look like one. U+200C and U+200D stay: scripts and emoji need them.
 */
static bool harmless(const char *at, size_t size) {
    static const struct {
        uint32_t first, last;
    } bad[] = {{0x00, 0x1f},     {0x7f, 0x9f},     {0xad, 0xad},      {0x61c, 0x61c},
               {0x200b, 0x200b}, {0x200e, 0x200f}, {0x2028, 0x202e},  {0x2060, 0x2064},
               {0x2066, 0x2069}, {0xfeff, 0xfeff}, {0xe0000, 0xe007f}};
    uint32_t c = code_point(at, size);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (c >= bad[i].first && c <= bad[i].last)
            return false;
    return true;
}

/* Of `used` bytes the first `whole` leave room for the sign that there is more. */
static size_t end_cut(char *out, size_t used, size_t whole, size_t limit) {
    if (limit < ELLIPSIS_SIZE)
        return used;
    size_t size = word_end(out, whole);
    memcpy(out + size, ELLIPSIS, ELLIPSIS_SIZE);
    return size + ELLIPSIS_SIZE;
}

size_t foreign_show(struct text t, char *out, size_t room) {
    size_t limit = room - 1 < FOREIGN_SHOWN_MAX ? room - 1 : FOREIGN_SHOWN_MAX;
    size_t used = 0, whole = 0;
    for (size_t i = 0; i < t.size;) {
        char escaped[5];
        const char *piece = t.at + i;
        size_t took = foreign_char(piece, t.size - i);
        size_t size = took;
        if (took == 0 || !harmless(piece, took)) {
            size = (size_t)snprintf(escaped, sizeof escaped, "\\x%02X", (unsigned char)t.at[i]);
            piece = escaped;
            took = 1;
        }
        if (used + size > limit) {
            used = end_cut(out, used, whole, limit);
            break;
        }
        memcpy(out + used, piece, size);
        used += size;
        if (used + ELLIPSIS_SIZE <= limit)
            whole = used;
        i += took;
    }
    out[used] = '\0';
    return used;
}

static const struct {
    const char *entity;
    const char *is;
} entities[] = {
    {"amp", "&"},  {"lt", "<"},   {"gt", ">"},          {"quot", "\""},
    {"apos", "'"}, {"nbsp", " "}, {"hellip", "\u2026"},
};

static size_t utf8_write(uint32_t c, char out[4]) {
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t size = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = size - 1; i > 0; i--, c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3f));
    static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    out[0] = (char)(lead[size] | c);
    return size;
}

/* "#39" or "#x27"; 0 when it is no character. */
static uint32_t numeric_entity(const char *at, size_t size) {
    uint32_t base = size > 1 && (at[1] == 'x' || at[1] == 'X') ? 16 : 10;
    uint32_t value = 0;
    for (size_t i = base == 16 ? 2 : 1; i < size; i++) {
        static const char digits[] = "0123456789abcdef";
        const char *digit = memchr(digits, at[i] | (at[i] > '9' ? 0x20 : 0), base);
        if (digit == NULL)
            return 0;
        value = value * base + (uint32_t)(digit - digits);
        if (value > 0x10ffff)
            return 0;
    }
    return value >= 0xd800 && value <= 0xdfff ? 0 : value;
}

/* Decode the entity at `at` ("&...;"); returns how many bytes it took, 0 when it is none. */
static size_t entity(const char *at, size_t size, char out[4], size_t *made) {
    const char *end = memchr(at, ';', size < 12 ? size : 12);
    if (end == NULL || end < at + 2)
        return 0;
    size_t name = (size_t)(end - at) - 1;
    if (at[1] == '#') {
        uint32_t c = numeric_entity(at + 1, name);
        *made = c == 0 ? 0 : utf8_write(c, out);
        return c == 0 ? 0 : name + 2;
    }
    for (size_t i = 0; i < sizeof entities / sizeof entities[0]; i++) {
        if (strlen(entities[i].entity) != name || memcmp(entities[i].entity, at + 1, name) != 0)
            continue;
        *made = strlen(entities[i].is);
        memcpy(out, entities[i].is, *made);
        return name + 2;
    }
    return 0;
}

static bool breaks_line(struct text tag) {
    static const char *const names[] = {"<br>", "<br/>", "<br />", "</p>", "</li>"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (foreign_is(tag, names[i]))
            return true;
    return false;
}

size_t foreign_from_html(struct text html, char *out, size_t room) {
    size_t used = 0;
    for (size_t i = 0; i < html.size;) {
        char made[4];
        size_t size = 0;
        size_t took = 0;
        const char *at = html.at + i;
        const char *close = *at == '<' ? memchr(at, '>', html.size - i) : NULL;
        if (close != NULL) {
            took = (size_t)(close - at) + 1;
            made[0] = '\n';
            size = breaks_line((struct text){at, (uint32_t)took});
        } else if (*at == '&') {
            took = entity(at, html.size - i, made, &size);
        }
        if (took == 0) {
            took = size = foreign_char(at, html.size - i);
            if (took == 0)
                took = 1; /* not UTF-8: left out */
            memcpy(made, at, size);
        }
        if (used + size > room)
            break;
        memcpy(out + used, made, size);
        used += size;
        i += took;
    }
    while (used > 0 && out[used - 1] == '\n')
        used--;
    return used;
}

bool foreign_is(struct text t, const char *word) {
    return t.size == strlen(word) && strncasecmp(t.at, word, t.size) == 0;
}

bool foreign_has(struct text t, const char *part) {
    size_t size = strlen(part);
    for (size_t i = 0; i + size <= t.size; i++)
        if (strncasecmp(t.at + i, part, size) == 0)
            return true;
    return false;
}

bool foreign_lists(struct text t, const char *separators, const char *word) {
    for (uint32_t at = 0; at < t.size; at++) {
        uint32_t from = at;
        while (at < t.size && strchr(separators, t.at[at]) == NULL)
            at++;
        if (foreign_is((struct text){t.at + from, at - from}, word))
            return true;
    }
    return false;
}

bool foreign_starts(struct text t, const char *start) {
    size_t size = strlen(start);
    return t.size >= size && strncasecmp(t.at, start, size) == 0;
}

void foreign_copy(struct text t, char *out, size_t room) {
    struct text cut = foreign_cut(t, room - 1);
    memcpy(out, cut.at, cut.size);
    out[cut.size] = '\0';
}
