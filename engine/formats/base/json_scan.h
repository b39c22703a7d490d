/* Where the plain part of a text in JSON ends, for readers that are on the path of every byte. */
#ifndef FORMATS_BASE_JSON_SCAN_H
#define FORMATS_BASE_JSON_SCAN_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

#define EVERY_BYTE(b) (UINT64_C(0x0101010101010101) * (b))

/* From `at` on, how far a text goes without quote, backslash or control character; a zero is one, and
 * so is a line's end, so that the walk ends. Eight bytes a step; the lowest mark of a word is exact,
 * as borrows only run upwards. *high gets all of its bytes: a high bit there tells that not all is
 * ASCII, or that what follows is not. */
static inline const char *json_plain_end(const char *at, uint64_t *high) {
    for (;; at += 8) {
        uint64_t w;
        memcpy(&w, at, sizeof w);
        w = le64toh(w);
        uint64_t quote = w ^ EVERY_BYTE('"');
        uint64_t slash = w ^ EVERY_BYTE('\\');
        uint64_t marks = ((quote - EVERY_BYTE(1)) & ~quote) | ((slash - EVERY_BYTE(1)) & ~slash) |
                         ((w - EVERY_BYTE(0x20)) & ~w);
        marks &= EVERY_BYTE(0x80);
        *high |= w;
        if (marks != 0)
            return at + __builtin_ctzll(marks) / 8;
    }
}

#endif
