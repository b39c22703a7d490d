/* A byte buffer that grows to a maximum it was given, and no further.
 *
 * Appending never fails half-way: either all bytes are there, or none and `failed` is set and
 * stays set, so a caller may append many times and ask once at the end. The bytes are always
 * followed by a zero. */
#ifndef CORE_BASE_BUFFER_H
#define CORE_BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer {
    char *at; /* owned; NULL until the first append */
    size_t size;
    size_t room;
    size_t max;
    bool failed; /* an append went over `max`, or memory ran out */
};

void buffer_init(struct buffer *b, size_t max);
void buffer_free(struct buffer *b);
void buffer_clear(struct buffer *b); /* keeps the memory, forgets bytes and failure */

void buffer_add(struct buffer *b, const void *bytes, size_t size);
void buffer_add_text(struct buffer *b, const char *text);
void buffer_addf(struct buffer *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Append as the value of a URL path segment or query parameter: RFC 3986 section 2.3's unreserved
 * characters as they are, all else percent-encoded. */
void buffer_add_url(struct buffer *b, const char *bytes, size_t size);

/* The bytes as a C string ("" when empty). */
const char *buffer_text(const struct buffer *b);

#endif
