/* The HTTP client: see http_client.h. A pool of transfers (http_transfer.c) over one multi handle
 * on the loop (http_sockets.c).
 *
 * Happy path: send takes a free transfer and gives it to curl; when curl has finished, the transfer
 * is free again before its callback runs, so the callback may send the next request.
 *
 * curl_easy_reset is not called between requests: the options that never change are set once, and
 * every request sets all that can (http_transfer_prepare).
 *
 * Fails at send, with an error, for what is wrong with the request; everything later comes by the
 * callback. */
#include "io/http/http_client.h"

#include <stdlib.h>

#include "core/http/url.h"
#include "io/http/http_origin.h"
#include "io/http/http_transfer.h"

struct http_client {
    struct http_sockets sockets;
    int64_t (*now)(void *context);
    void *now_context;
    uint64_t serial; /* of the last send */
    uint32_t free_slots;
    bool closed;
    struct buffer spare_headers, spare_body; /* swapped in while a response is being read */
    uint32_t connections;
    struct http_transfer transfers[];
};

static void on_sockets_closed(void *context) {
    struct http_client *c = context;
    buffer_free(&c->spare_headers);
    buffer_free(&c->spare_body);
    free(c);
}

static void swap(struct buffer *a, struct buffer *b) {
    struct buffer c = *a;
    *a = *b;
    *b = c;
}

/* The transfer is out of curl. Its buffers are set aside while the callback reads them, because the
 * callback may use the transfer for its next request. */
static void deliver(struct http_client *c, struct http_transfer *t, CURLcode code) {
    struct http_response response;
    struct buffer headers = c->spare_headers, body = c->spare_body;
    buffer_init(&c->spare_headers, HTTP_HEADERS_MAX);
    buffer_init(&c->spare_body, HTTP_RESPONSE_MAX);
    http_transfer_judge(t, code, &response);
    response.received_ms = c->now(c->now_context);
    swap(&headers, &t->headers);
    swap(&body, &t->body);
    http_transfer_wipe(t);
    t->busy = false;
    c->free_slots++;
    t->done(t->context, t->id, &response);
    http_response_wipe(&headers, &body);
    buffer_free(&c->spare_headers); /* those of a nested delivery, if any */
    buffer_free(&c->spare_body);
    c->spare_headers = headers;
    c->spare_body = body;
}

static void on_finished(void *context, CURL *easy, CURLcode code) {
    struct http_client *c = context;
    char *private = NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &private);
    deliver(c, (struct http_transfer *)(void *)private, code);
}

static int open_transfers(struct http_client *c, const struct http_client_options *options,
                          const struct buffer *origin, bool plain) {
    for (uint32_t i = 0; i < options->connections; i++) {
        c->connections = i + 1; /* so that closing frees a half-made one */
        if (http_transfer_init(&c->transfers[i], &c->sockets, options, origin, plain) != 0)
            return -1;
    }
    c->free_slots = c->connections;
    curl_multi_setopt(c->sockets.multi, CURLMOPT_MAXCONNECTS, (long)c->connections);
    return 0;
}

static int open_with(struct http_client **out, uv_loop_t *loop,
                     const struct http_client_options *options, const struct buffer *origin,
                     bool plain, struct winnow_error *err) {
    struct http_client *c =
        calloc(1, sizeof *c + options->connections * sizeof(struct http_transfer));
    if (c == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory for the HTTP client");
    struct http_sockets_events events = {c, on_finished, on_sockets_closed};
    c->now = options->now;
    c->now_context = options->now_context;
    buffer_init(&c->spare_headers, HTTP_HEADERS_MAX);
    buffer_init(&c->spare_body, HTTP_RESPONSE_MAX);
    if (http_sockets_open(&c->sockets, loop, &events) != 0) {
        free(c);
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory for the HTTP client");
    }
    if (open_transfers(c, options, origin, plain) != 0) {
        http_client_close(c);
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory for the HTTP client");
    }
    *out = c;
    return 0;
}

int http_client_open(struct http_client **out, uv_loop_t *loop,
                     const struct http_client_options *options, struct winnow_error *err) {
    struct buffer origin;
    bool plain;
    if (options->connections < 1 || options->connections > HTTP_CONNECTIONS_MAX)
        return winnow_fail(err, WINNOW_USAGE, "connections must be between 1 and %d",
                           HTTP_CONNECTIONS_MAX);
    if (!http_is_one_line(options->user_agent))
        return winnow_fail(err, WINNOW_USAGE, "the user agent must be one line");
    /* Counted by curl, and safe from threads since 7.84; what one process needs once is never given
     * back. */
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory for the network library");
    buffer_init(&origin, HTTP_ORIGIN_MAX);
    int result = url_server(options->server, &origin, &plain, err);
    if (result == 0)
        result = open_with(out, loop, options, &origin, plain, err);
    buffer_free(&origin);
    return result;
}

static struct http_transfer *free_transfer(struct http_client *c) {
    for (uint32_t i = 0; i < c->connections; i++)
        if (!c->transfers[i].busy)
            return &c->transfers[i];
    return NULL;
}

int http_client_send(struct http_client *c, uint64_t id, const struct http_request *request,
                     const char *secret, http_done done, void *context, struct winnow_error *err) {
    struct http_transfer *t = c->closed ? NULL : free_transfer(c);
    if (t == NULL)
        return winnow_fail(err, WINNOW_BUSY, "all %u connections are in use", c->connections);
    if (http_transfer_prepare(t, request, secret, err) != 0)
        return -1;
    t->id = id;
    t->done = done;
    t->context = context;
    if (curl_multi_add_handle(c->sockets.multi, t->easy) != CURLM_OK) {
        http_transfer_wipe(t);
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory for a request");
    }
    t->busy = true;
    t->serial = ++c->serial;
    c->free_slots--;
    return 0;
}

uint32_t http_client_free_slots(const struct http_client *c) {
    return c->free_slots;
}

void http_client_abort_all(struct http_client *c) {
    uint64_t last = c->serial; /* what callbacks send from here on stays */
    if (c->closed)
        return;
    http_sockets_drain(&c->sockets); /* what is whole already is not thrown away */
    for (uint32_t i = 0; i < c->connections && !c->closed; i++) {
        struct http_transfer *t = &c->transfers[i];
        if (!t->busy || t->serial > last)
            continue;
        curl_multi_remove_handle(c->sockets.multi, t->easy);
        deliver(c, t, CURLE_ABORTED_BY_CALLBACK);
    }
}

void http_client_close(struct http_client *c) {
    if (c == NULL || c->closed)
        return;
    c->closed = true;
    for (uint32_t i = 0; i < c->connections; i++) {
        if (c->transfers[i].busy)
            curl_multi_remove_handle(c->sockets.multi, c->transfers[i].easy);
        http_transfer_free(&c->transfers[i]);
    }
    c->free_slots = 0;
    http_sockets_close(&c->sockets);
}
