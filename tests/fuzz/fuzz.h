/* What the fuzz targets share. A target is one file with fuzz_one: it takes any bytes, and checks
 * what must be true of the result, since a reader that does not crash can still be wrong. What a
 * target needs beside its input (facts, a time) is drawn from the input, so that an input alone
 * replays a finding. */
#ifndef FUZZ_H
#define FUZZ_H

#include "core/facts/facts.h"
#include "core/http/http.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Like assert, whatever the build: libFuzzer keeps the input of a process that aborts. */
#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition);              \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* An exact copy, so that the sanitizers see a read behind the end. The caller frees it. */
static inline char *exact_copy(const void *at, size_t size) {
    char *copy = malloc(size == 0 ? 1 : size);
    MUST(copy != NULL);
    if (size != 0)
        memcpy(copy, at, size);
    return copy;
}

/* A copy with a zero behind it; shorter where the input has a zero. */
static inline char *string_copy(const void *at, size_t size) {
    char *copy = malloc(size + 1);
    MUST(copy != NULL);
    if (size != 0)
        memcpy(copy, at, size);
    copy[size] = '\0';
    return copy;
}

/* ---- random, but of the input -----------------------------------------------------------------*/

static inline uint64_t seed_of(const uint8_t *data, size_t size) { /* FNV-1a */
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ data[i]) * UINT64_C(1099511628211);
    return hash;
}

__attribute__((no_sanitize("unsigned-integer-overflow"))) static inline uint64_t
draw(uint64_t *seed) { /* splitmix64 */
    uint64_t z = (*seed += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* ---- text that goes to a terminal
 * --------------------------------------------------------------*/

/* The size of the well-formed UTF-8 character at `at`, or 0. Written again here, not taken from
 * the engine: a check must not lean on what it checks. */
static inline size_t utf8_size(const char *at, size_t size) {
    const unsigned char *b = (const unsigned char *)at;
    size_t length = b[0] < 0x80 ? 1 : b[0] < 0xc2 ? 0 : b[0] < 0xe0 ? 2 : b[0] < 0xf0 ? 3 : 4;
    if (length == 0 || length > size || b[0] > 0xf4)
        return 0;
    uint32_t code = length == 1 ? b[0] : b[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((b[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (b[i] & 0x3f);
    }
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    bool surrogate = code >= 0xd800 && code <= 0xdfff;
    return code < least[length] || code > 0x10ffff || surrogate ? 0 : length;
}

static inline bool is_utf8(const char *at, size_t size) {
    for (size_t i = 0; i < size;) {
        size_t one = utf8_size(at + i, size - i);
        if (one == 0)
            return false;
        i += one;
    }
    return true;
}

/* UTF-8 without controls, of C1 too. */
static inline bool is_printable(const char *at, size_t size) {
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)at[i];
        if (c < 0x20 || c == 0x7f || (c == 0xc2 && i + 1 < size && (at[i + 1] & 0xe0) == 0x80))
            return false;
    }
    return is_utf8(at, size);
}

#endif
