/* Whom the client may talk to: one origin, https everywhere, http to this machine only. */
#ifndef IO_HTTP_HTTP_ORIGIN_H
#define IO_HTTP_HTTP_ORIGIN_H

#include "core/base/buffer.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <winnow/error.h>

#define HTTP_ORIGIN_MAX 512

/* Write "scheme://host[:port]" of `server` to `origin`; `plain` tells http from https. Fails with
 * WINNOW_BAD_INPUT when it has a user, a path, a query or a fragment, is neither http nor https,
 * or is http to another machine. */
int http_origin_read(const char *server, struct buffer *origin, bool *plain,
                     struct winnow_error *err);

/* 127.0.0.0/8 or ::1. A name is checked again here, when it has become an address. */
bool http_address_is_loopback(const struct curl_sockaddr *address);

#endif
