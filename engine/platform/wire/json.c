/* Bodies in JSON: see json.h. Happy path: jansson reads the body as it is. Fails with NULL when
 * it is no JSON; members fail one by one.
 *
 * jansson refuses a whole document for one ill-formed character in one text (invalid UTF-8, a
 * lone surrogate or a zero as \u escape). People's names do hold such things, and a page that can
 * never be read would end the fetch for good; so a refused body is repaired once, with U+FFFD in
 * the place of such characters, and read again. */
#include "platform/wire/json.h"

#include "core/base/foreign.h"
#include "core/base/text_time.h"
#include "core/http/http.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPLACEMENT "\xEF\xBF\xBD"

/* The value of a \uXXXX escape at `at`, or -1. */
static long escape_value(const char *at, size_t size) {
    if (size < 6 || at[0] != '\\' || at[1] != 'u')
        return -1;
    char digits[5] = {0};
    for (size_t i = 0; i < 4; i++) {
        if (!isxdigit((unsigned char)at[2 + i]))
            return -1;
        digits[i] = at[2 + i];
    }
    return strtol(digits, NULL, 16);
}

/* How many bytes the escape at `at` takes, and whether it stands for no character. */
static size_t escape_size(const char *at, size_t size, bool *bad) {
    long value = escape_value(at, size);
    *bad = value == 0 || (value >= 0xd800 && value <= 0xdfff);
    if (value < 0)
        return size < 2 ? 1 : 2;
    if (value >= 0xd800 && value <= 0xdbff) {
        long low = escape_value(at + 6, size - 6);
        if (low >= 0xdc00 && low <= 0xdfff) {
            *bad = false;
            return 12;
        }
    }
    return 6;
}

static void repair(struct text body, struct buffer *out) {
    for (size_t i = 0; i < body.size && !out->failed;) {
        bool bad;
        size_t size;
        if (body.at[i] == '\\') {
            size = escape_size(body.at + i, body.size - i, &bad);
        } else {
            size = foreign_char(body.at + i, body.size - i);
            bad = size == 0;
            size += bad;
        }
        if (bad)
            buffer_add(out, REPLACEMENT, strlen(REPLACEMENT));
        else
            buffer_add(out, body.at + i, size);
        i += size;
    }
}

json_t *body_parse(struct text body) {
    if (body.size == 0 || body.size > HTTP_RESPONSE_MAX)
        return NULL;
    json_error_t error;
    json_t *root = json_loadb(body.at, body.size, JSON_REJECT_DUPLICATES, &error);
    if (root != NULL)
        return root;
    enum json_error_code code = json_error_code(&error);
    if (code != json_error_invalid_utf8 && code != json_error_invalid_syntax &&
        code != json_error_null_character)
        return NULL;
    struct buffer repaired;
    buffer_init(&repaired, 3 * (size_t)HTTP_RESPONSE_MAX);
    repair(body, &repaired);
    if (!repaired.failed)
        root = json_loadb(buffer_text(&repaired), repaired.size, JSON_REJECT_DUPLICATES, NULL);
    buffer_free(&repaired);
    return root;
}

bool body_text(const json_t *object, const char *key, struct text *value) {
    const json_t *member = json_object_get(object, key);
    if (!json_is_string(member))
        return false;
    *value = (struct text){json_string_value(member), (uint32_t)json_string_length(member)};
    return true;
}

bool body_count(const json_t *object, const char *key, int64_t *value) {
    const json_t *member = json_object_get(object, key);
    if (!json_is_integer(member) || json_integer_value(member) < 0)
        return false;
    *value = json_integer_value(member);
    return true;
}

bool body_id(const json_t *object, const char *key, char scratch[BODY_ID_SCRATCH],
             struct text *value) {
    int64_t number;
    if (body_text(object, key, value))
        return true;
    if (!body_count(object, key, &number))
        return false;
    int size = snprintf(scratch, BODY_ID_SCRATCH, "%" PRId64, number);
    *value = (struct text){scratch, (uint32_t)size};
    return true;
}

bool body_token(const json_t *object, const char *key, size_t max, char *out) {
    struct text t;
    if (!body_text(object, key, &t) || t.size == 0 || t.size > max)
        return false;
    for (uint32_t i = 0; i < t.size; i++)
        if (t.at[i] <= 0x20 || t.at[i] >= 0x7f)
            return false;
    memcpy(out, t.at, t.size);
    out[t.size] = '\0';
    return true;
}

enum tri body_flag(const json_t *object, const char *key) {
    const json_t *member = json_object_get(object, key);
    if (!json_is_boolean(member))
        return TRI_UNKNOWN;
    return json_is_true(member) ? TRI_YES : TRI_NO;
}

bool body_time(const json_t *object, const char *key, int64_t *time_ms) {
    struct text text;
    return body_text(object, key, &text) && text_time_read(text.at, text.size, time_ms);
}

const json_t *body_object(const json_t *object, const char *key) {
    const json_t *member = json_object_get(object, key);
    return json_is_object(member) ? member : NULL;
}

const json_t *body_array(const json_t *object, const char *key) {
    const json_t *member = json_object_get(object, key);
    return json_is_array(member) ? member : NULL;
}

void body_add_string(struct buffer *out, struct text value) {
    buffer_add(out, "\"", 1);
    for (size_t i = 0; i < value.size; i++) {
        unsigned char c = (unsigned char)value.at[i];
        if (c == '"' || c == '\\')
            buffer_addf(out, "\\%c", c);
        else if (c < 0x20)
            buffer_addf(out, "\\u%04x", c);
        else
            buffer_add(out, &value.at[i], 1);
    }
    buffer_add(out, "\"", 1);
}

void body_add_member(struct buffer *out, const char *before, const char *key, struct text value) {
    buffer_addf(out, "%s\"%s\":", before, key);
    body_add_string(out, value);
}
