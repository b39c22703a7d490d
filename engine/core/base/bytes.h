/* Integers in stored bytes: little-endian values in records, big-endian in keys so that they sort
 * as numbers do. Pure, for any alignment. */
#ifndef CORE_BASE_BYTES_H
#define CORE_BASE_BYTES_H

#include <stdint.h>

static inline unsigned char *put_le(unsigned char *to, uint64_t value, int size) {
    for (int i = 0; i < size; i++)
        to[i] = (unsigned char)(value >> (8 * i));
    return to + size;
}

static inline uint64_t get_le(const unsigned char *from, int size) {
    uint64_t value = 0;
    for (int i = size; i-- > 0;)
        value = value << 8 | from[i];
    return value;
}

static inline unsigned char *put_be(unsigned char *to, uint64_t value, int size) {
    for (int i = size; i-- > 0;) {
        to[i] = (unsigned char)value;
        value >>= 8;
    }
    return to + size;
}

static inline uint64_t get_be(const unsigned char *from, int size) {
    uint64_t value = 0;
    for (int i = 0; i < size; i++)
        value = value << 8 | from[i];
    return value;
}

#endif
