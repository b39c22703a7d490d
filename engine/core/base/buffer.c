/* A bounded byte buffer: see buffer.h. Happy path: append, read `at` and `size`. Fails by setting
 * `failed` when the maximum or the memory is reached; the bytes before stay whole. */
#include "core/base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 128

void buffer_init(struct buffer *b, size_t max) {
    *b = (struct buffer){.max = max};
}

void buffer_free(struct buffer *b) {
    free(b->at);
    *b = (struct buffer){.max = b->max};
}

void buffer_clear(struct buffer *b) {
    b->size = 0;
    b->failed = false;
    if (b->at != NULL)
        b->at[0] = '\0';
}

static bool reserve(struct buffer *b, size_t more) {
    if (b->failed || more > b->max - b->size) {
        b->failed = true;
        return false;
    }
    size_t need = b->size + more + 1;
    if (need <= b->room)
        return true;
    size_t room = b->room < FIRST_ROOM ? FIRST_ROOM : b->room;
    while (room < need)
        room *= 2;
    char *at = realloc(b->at, room);
    if (at == NULL) {
        b->failed = true;
        return false;
    }
    b->at = at;
    b->room = room;
    return true;
}

void buffer_add(struct buffer *b, const void *bytes, size_t size) {
    if (!reserve(b, size))
        return;
    if (size != 0)
        memcpy(b->at + b->size, bytes, size);
    b->size += size;
    b->at[b->size] = '\0';
}

void buffer_add_text(struct buffer *b, const char *text) {
    buffer_add(b, text, strlen(text));
}

void buffer_addf(struct buffer *b, const char *format, ...) {
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    int size = vsnprintf(NULL, 0, format, args);
    if (size < 0)
        b->failed = true;
    else if (reserve(b, (size_t)size)) {
        vsnprintf(b->at + b->size, (size_t)size + 1, format, again);
        b->size += (size_t)size;
    }
    va_end(again);
    va_end(args);
}

static bool unreserved(unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

void buffer_add_url(struct buffer *b, const char *bytes, size_t size) {
    size_t before = b->size;
    for (size_t i = 0; i < size && !b->failed; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (unreserved(c))
            buffer_add(b, &bytes[i], 1);
        else
            buffer_addf(b, "%%%02X", c);
    }
    if (b->failed && b->size != before) {
        b->size = before;
        b->at[before] = '\0';
    }
}

const char *buffer_text(const struct buffer *b) {
    return b->at == NULL ? "" : b->at;
}
