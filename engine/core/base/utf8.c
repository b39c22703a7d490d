/* UTF-8 checks: see utf8.h. Happy path: eight ASCII bytes a step, which is nearly all of a roster;
 * other characters one by one. Fails by returning false. */
#include "core/base/utf8.h"

#include <stdint.h>
#include <string.h>

#define HIGH_BITS UINT64_C(0x8080808080808080)

/* How many bytes of ASCII there are at the front, at least; in steps of eight. */
static size_t ascii_run(const char *at, size_t size) {
    size_t i = 0;
    for (; i + 32 <= size; i += 32) {
        uint64_t w[4];
        memcpy(w, at + i, sizeof w);
        if (((w[0] | w[1] | w[2] | w[3]) & HIGH_BITS) != 0)
            break;
    }
    for (; i + 8 <= size; i += 8) {
        uint64_t w = 0;
        memcpy(&w, at + i, sizeof w);
        if ((w & HIGH_BITS) != 0)
            break;
    }
    return i;
}

/* Some byte of the word is zero, or above 0x7F. */
static bool is_special(const char *at) {
    uint64_t w = 0;
    memcpy(&w, at, sizeof w);
    return (((w - UINT64_C(0x0101010101010101)) | w) & HIGH_BITS) != 0;
}

bool utf8_is_ascii(const char *at, size_t size) {
    if (size < 8)
        return false;
    bool special = false;
    for (size_t i = 0; i + 8 <= size; i += 8)
        special |= is_special(at + i);
    return !special && !is_special(at + size - 8);
}

/* How many bytes the character at `at` takes; 0 when it is none. The second byte's range tells
 * overlong forms, surrogates and too high characters. */
static size_t character(const unsigned char *at, size_t left) {
    if (at[0] < 0x80)
        return 1;
    size_t size = at[0] < 0xE0 ? 2 : at[0] < 0xF0 ? 3 : 4;
    if (at[0] < 0xC2 || at[0] > 0xF4 || left < size)
        return 0;
    unsigned char low = at[0] == 0xE0 ? 0xA0 : at[0] == 0xF0 ? 0x90 : 0x80;
    unsigned char high = at[0] == 0xED ? 0x9F : at[0] == 0xF4 ? 0x8F : 0xBF;
    if (at[1] < low || at[1] > high)
        return 0;
    for (size_t i = 2; i < size; i++)
        if ((at[i] & 0xC0) != 0x80)
            return 0;
    return size;
}

bool utf8_valid(const char *at, size_t size) {
    const unsigned char *bytes = (const unsigned char *)at;
    size_t i = 0;
    while (i < size) {
        i += ascii_run(at + i, size - i);
        for (size_t k = 0; k < 8 && i < size; k++) {
            size_t step = character(bytes + i, size - i);
            if (step == 0)
                return false;
            i += step;
        }
    }
    return true;
}

size_t utf8_cut(const char *at, size_t size, size_t max) {
    if (size <= max)
        return size;
    size_t cut = max;
    while (cut > 0 && ((unsigned char)at[cut] & 0xC0) == 0x80)
        cut--;
    return cut;
}

bool utf8_has_control(const char *at, size_t size) {
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)at[i];
        if (c < 0x20 || c == 0x7F)
            return true;
        if (c == 0xC2 && i + 1 < size && (unsigned char)at[i + 1] < 0xA0)
            return true;
    }
    return false;
}
