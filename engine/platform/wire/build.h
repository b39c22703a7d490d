/* Building requests: what all adapters share. */
#ifndef PLATFORM_WIRE_BUILD_H
#define PLATFORM_WIRE_BUILD_H

#include "core/http/http.h"

#include <winnow/error.h>

#include <stdbool.h>

/* Start a request that carries the access token; `path` goes into the target as it is. */
void build_begin(struct http_request *out, enum http_method method, const char *path);

/* Append to the target, percent-encoded. */
void build_value(struct http_request *out, struct text value);

/* 0, or -1 with `err` when the request grew over its maxima. */
int build_end(const struct http_request *out, struct winnow_error *err);

/* Check an id that goes into a request; `what` names it: "the account's id". */
int build_check(bool good, const char *what, struct text value, struct winnow_error *err);

struct text build_text(const char *z); /* a C string as text */

#endif
