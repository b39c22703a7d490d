/* Secrets as JSON in their files: the one writer and the one reader. What is written goes through no
 * tree, whose pieces would stay in freed memory, and the text is wiped. */
#ifndef WORK_SESSION_SECRET_JSON_H
#define WORK_SESSION_SECRET_JSON_H

#include "io/files/secret_file.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct secret_json {
    char text[SECRET_FILE_MAX];
    size_t size;
    bool failed; /* a value is no UTF-8, or all together are too long */
};

void secret_json_begin(struct secret_json *j);
void secret_json_text(struct secret_json *j, const char *key, const char *value);
void secret_json_number(struct secret_json *j, const char *key, int64_t value);
/* Writes the file and wipes `j`, also when it fails. */
int secret_json_write(struct secret_json *j, const char *path, struct winnow_error *err);

/* The object, to be freed with json_decref. NULL with `err` (which may be NULL) filled: it cannot be
 * read. An empty one: it is no JSON. */
json_t *secret_json_read(const char *path, struct winnow_error *err);
/* Into `room` bytes; false where there is no such text, or it does not fit. */
bool secret_json_copy(const json_t *root, const char *key, char *to, size_t room);

#endif
