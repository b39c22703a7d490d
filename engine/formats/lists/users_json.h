/* How a list of users in JSON is known. Pure. */
#ifndef FORMATS_LISTS_USERS_JSON_H
#define FORMATS_LISTS_USERS_JSON_H

#include "formats/base/reading.h"
#include <stdbool.h>
#include <stddef.h>

/* By the first bytes that were read, of which the first line has `line`. */
bool users_json_is_head(const char *at, size_t size, size_t line);

/* The input stands at its first byte, behind a byte order mark. Fails as roster_read does. */
int users_json_read(struct reading *r, struct winnow_error *err);

#endif
