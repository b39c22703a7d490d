/* One transfer of the HTTP client: its curl handle, what it sends, what comes back, and the verdict
 * on how it ended. Internal to io; reused for one request after another. */
#ifndef IO_HTTP_HTTP_TRANSFER_H
#define IO_HTTP_HTTP_TRANSFER_H

#include "io/http/http_client.h"
#include "io/http/http_sockets.h"

#define HTTP_SECRET_MAX ((size_t)8 * 1024)
#define HTTP_VALUE_MAX  128 /* Content-Type, Accept */
#define HTTP_LINES      5

struct http_transfer {
    CURL *easy;
    struct http_sockets *sockets;
    bool plain; /* http: the address must be loopback */
    int64_t timeout_ms;

    /* the request; wiped when it is over */
    struct buffer url;
    size_t origin_size; /* the part of `url` that stays */
    struct buffer request_body;
    struct curl_slist lines[HTTP_LINES];
    char accept[HTTP_VALUE_MAX + 16], content_type[HTTP_VALUE_MAX + 16];
    char header[HTTP_VALUE_MAX + 1];
    char authorization[HTTP_SECRET_MAX + 32];
    size_t authorization_size;

    /* the response */
    struct buffer headers, body;
    struct http_file *file; /* the caller's: where the body of a 200 goes; NULL: `body` */
    int file_errno;         /* it could not be written there; 0: it could */
    bool headers_done;
    bool too_large;
    bool address_refused;
    uint32_t passes; /* how often curl was about to send; only the first time is granted */
    char curl_error[CURL_ERROR_SIZE];

    /* the caller */
    bool busy;
    uint64_t id;
    uint64_t serial; /* counts sends of the whole client */
    http_done done;
    void *context;
};

/* 0, or -1 when memory ran out; http_transfer_free in both cases. */
int http_transfer_init(struct http_transfer *t, struct http_sockets *sockets,
                       const struct http_client_options *options, const struct buffer *origin,
                       bool plain);
void http_transfer_free(struct http_transfer *t);

/* Copy the request into the handle. On failure nothing of it is kept. */
int http_transfer_prepare(struct http_transfer *t, const struct http_request *request,
                          const char *secret, struct winnow_error *err);

/* Without control characters, so that no value can add a header of its own. */
bool http_is_one_line(const char *text);

/* What became of it. `response` points into the transfer's buffers. */
void http_transfer_judge(struct http_transfer *t, CURLcode code, struct http_response *response);

/* Forget request and response; both may hold secrets. */
void http_transfer_wipe(struct http_transfer *t);
void http_response_wipe(struct buffer *headers, struct buffer *body);

#endif
