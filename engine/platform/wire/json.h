/* Bodies in JSON: parse one, and read its members by type. A member of another type than asked
 * for is like one that is missing: nothing is converted, nothing is guessed. */
#ifndef PLATFORM_WIRE_JSON_H
#define PLATFORM_WIRE_JSON_H

#include "core/base/buffer.h"
#include "core/facts/facts.h"

#include <jansson.h>

/* The document, or NULL when the body is no JSON object or array, has a member twice (which of the
 * two is meant?), is over HTTP_RESPONSE_MAX, or is nested deeper than jansson's 2,048. Free with
 * json_decref. */
json_t *body_parse(struct text body);

/* The member's text; false when it is no string. The text lives as long as the document. */
bool body_text(const json_t *object, const char *key, struct text *value);

/* A whole number of 0 or more; false for all else, so that -1 ("not told") is unknown. */
bool body_count(const json_t *object, const char *key, int64_t *value);

/* An id, which servers write as text or as a number; in digits, `scratch` holds a number's. */
#define BODY_ID_SCRATCH 24
bool body_id(const json_t *object, const char *key, char scratch[BODY_ID_SCRATCH],
             struct text *value);

/* A token, copied to `out` (`max` + 1 bytes). It goes into a header: printable ASCII without spaces,
 * or it is none. */
bool body_token(const json_t *object, const char *key, size_t max, char *out);

enum tri body_flag(const json_t *object, const char *key);

/* A date or a time as text (ISO 8601), in milliseconds. */
bool body_time(const json_t *object, const char *key, int64_t *time_ms);

/* The member when it is an object (or an array), else NULL. */
const json_t *body_object(const json_t *object, const char *key);
const json_t *body_array(const json_t *object, const char *key);

/* Append `value` as a JSON string with its quotes. For bodies that we write: a parser's tree
 * would leave copies of a password in freed memory. */
void body_add_string(struct buffer *out, struct text value);
void body_add_member(struct buffer *out, const char *before, const char *key, struct text value);

#endif
