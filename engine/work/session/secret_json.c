/* Secrets as JSON: see secret_json.h. Happy path: begin, a line a value, write. Fails once, at the
 * end, with what was wrong. */
#include "work/session/secret_json.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/utf8.h"
#include "platform/wire/json.h"

/* Over our own room, so that it never grows: growing leaves copies behind. */
static struct buffer room_of(struct secret_json *j) {
    return (struct buffer){.at = j->text,
                           .size = j->size,
                           .room = sizeof j->text,
                           .max = sizeof j->text - 1,
                           .failed = j->failed};
}

static void put_back(struct secret_json *j, const struct buffer *b) {
    j->size = b->size;
    j->failed = b->failed;
}

static const char *before(const struct secret_json *j) {
    return j->size == 0 ? "{" : ",";
}

void secret_json_begin(struct secret_json *j) {
    j->size = 0;
    j->failed = false;
}

void secret_json_text(struct secret_json *j, const char *key, const char *value) {
    struct buffer b = room_of(j);
    body_add_member(&b, before(j), key, (struct text){value, (uint32_t)strlen(value)});
    put_back(j, &b);
    j->failed |= !utf8_valid(value, strlen(value));
}

void secret_json_number(struct secret_json *j, const char *key, int64_t value) {
    struct buffer b = room_of(j);
    buffer_addf(&b, "%s\"%s\":%" PRId64, before(j), key, value);
    put_back(j, &b);
}

int secret_json_write(struct secret_json *j, const char *path, struct winnow_error *err) {
    struct buffer b = room_of(j);
    buffer_add_text(&b, "}");
    put_back(j, &b);
    int result = j->failed ? winnow_fail(err, WINNOW_BAD_INPUT,
                                         "the secret is not UTF-8 text, or is too long")
                           : secret_file_write(path, j->text, j->size, err);
    explicit_bzero(j, sizeof *j);
    return result;
}

json_t *secret_json_read(const char *path, struct winnow_error *err) {
    char text[SECRET_FILE_MAX];
    size_t size;
    if (secret_file_read(path, text, sizeof text, &size, err) != 0)
        return NULL;
    json_t *root = json_loadb(text, size, 0, NULL);
    explicit_bzero(text, sizeof text);
    return root != NULL ? root : json_object();
}

bool secret_json_copy(const json_t *root, const char *key, char *to, size_t room) {
    const json_t *value = json_object_get(root, key);
    size_t size = json_string_length(value);
    if (!json_is_string(value) || size >= room)
        return false;
    memcpy(to, json_string_value(value), size + 1);
    return true;
}
