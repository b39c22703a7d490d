/* How a list of users in JSON is known. Pure. */
#ifndef ROSTER_USERS_JSON_H
#define ROSTER_USERS_JSON_H

#include <stdbool.h>
#include <stddef.h>

/* By the first bytes that were read, of which the first line has `line`. */
bool users_json_is_head(const char *at, size_t size, size_t line);

#endif
