/* Addresses on the web, cut at their parts: the one parser for all that people and servers give.
 * Views into the text; nothing is decoded. Pure. */
#ifndef CORE_HTTP_URL_H
#define CORE_HTTP_URL_H

#include "core/base/buffer.h"
#include "core/base/text.h"

#include <winnow/error.h>

#include <stdbool.h>

struct url {
    bool https;       /* else http */
    bool user;        /* a name stands before the host, perhaps with a password */
    struct text host; /* an IPv6 address has its brackets */
    struct text site; /* host, and the port where one stands there: "127.0.0.1:8080" */
    uint16_t port;    /* the scheme's own where none stands there */
    struct text rest; /* path, query and fragment; may be empty */
};

enum url_fault {
    URL_FINE,
    URL_NO_SCHEME, /* it does not begin with https:// or http:// */
    URL_BAD_HOST,  /* missing, or with characters that no host has */
    URL_BAD_PORT,  /* what stands behind the host is no port from 1 to 65535 */
};

/* Scheme in any case. A user alone is no fault. */
enum url_fault url_read(struct text t, struct url *out);

/* This machine: localhost in any case, 127.0.0.0/8 as four numbers, or [::1]. */
bool url_is_local(const struct url *u);

/* A server that a credential may go to: an origin ("https://api.x.com"), by https, or by http to
 * this machine. Writes it to `origin` in small letters, without what ends it; `plain` (may be NULL)
 * tells http from https. WINNOW_USAGE says what is wrong, and does not repeat a password. */
int url_server(const char *server, struct buffer *origin, bool *plain, struct winnow_error *err);

#endif
