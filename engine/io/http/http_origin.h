/* Whom the client may talk to: one origin, https everywhere, http to this machine only. What a server
 * may be called, url_server says (core/http/url.h); a name is checked again here, when it has
 * become an address. */
#ifndef IO_HTTP_HTTP_ORIGIN_H
#define IO_HTTP_HTTP_ORIGIN_H

#include <curl/curl.h>
#include <stdbool.h>

#define HTTP_ORIGIN_MAX 512

/* 127.0.0.0/8 or ::1. */
bool http_address_is_loopback(const struct curl_sockaddr *address);

#endif
