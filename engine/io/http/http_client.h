/* HTTP over libcurl's multi interface on a libuv loop: requests out, responses back by callback.
 *
 * Happy path: http_client_open, http_client_send while http_client_free_slots says so, one
 * callback for each; http_client_close, then run the loop until it is empty.
 *
 * What it promises
 *   - Each request leaves at most once: libcurl's silent re-send on a dead connection is refused
 *     and ends as HTTP_IN_DOUBT (see http_transfer.c).
 *   - Credentials go to the campaign's server only, in an Authorization header, over https or to
 *     loopback; no redirect is followed, no proxy, cookie or netrc file is read.
 *   - Responses are capped (HTTP_HEADERS_MAX, HTTP_RESPONSE_MAX after decoding) and timed. One that
 *     goes into a file (struct http_file) has the cap of its request, and the time that it takes as
 *     long as bytes come. */
#ifndef IO_HTTP_HTTP_CLIENT_H
#define IO_HTTP_HTTP_CLIENT_H

#include "core/http/http.h"

#include <uv.h>
#include <winnow/error.h>

#define HTTP_CONNECTIONS_MAX 64

struct http_client;

struct http_client_options {
    const char *server;   /* origin: "https://api.x.com", "http://127.0.0.1:8080" */
    uint32_t connections; /* 1..HTTP_CONNECTIONS_MAX: requests at once */
    int64_t connect_timeout_ms;
    int64_t timeout_ms; /* of a whole request */
    const char *user_agent;
    int64_t (*now)(void *context); /* engine time, for received_ms */
    void *now_context;
};

/* Fails with WINNOW_BAD_INPUT when the server is no origin, or http to another machine. */
int http_client_open(struct http_client **out, uv_loop_t *loop,
                     const struct http_client_options *options, struct winnow_error *err);

/* `response` and what it points to live until the callback returns. The callback may send. */
typedef void (*http_done)(void *context, uint64_t id, const struct http_response *response);

/* `request` is copied. `secret` is the bearer token (or base64 of "id:secret"), sent only when the
 * request wants one; it is copied and wiped after the transfer. Fails when no slot is free, on a
 * target that is no absolute path or has control characters, on a wanted secret that is missing. */
int http_client_send(struct http_client *c, uint64_t id, const struct http_request *request,
                     const char *secret, http_done done, void *context, struct winnow_error *err);

uint32_t http_client_free_slots(const struct http_client *c);

/* End all that is in flight, each by its callback: HTTP_NOT_SENT when nothing left, else
 * HTTP_IN_DOUBT. */
void http_client_abort_all(struct http_client *c);

/* Without callbacks. The memory goes when the loop has run the close callbacks. */
void http_client_close(struct http_client *c);

#endif
