/* A client, a loop and a raw server for tests of io/http_client. What came back is kept by id. */
#ifndef HTTP_WORLD_H
#define HTTP_WORLD_H

#include "cmocka_all.h"

#include "io/http/http_client.h"
#include "raw_server.h"

#define WORLD_IDS 1200

struct answer {
    unsigned calls;
    struct http_response response; /* texts copied */
    char *headers, *body;
};

struct world {
    uv_loop_t loop;
    struct http_client *client;
    struct raw_server *server;
    unsigned done;
    void (*after)(struct world *w, uint64_t id); /* called from the done callback */
    uint64_t next;                               /* for `after` */
    bool closed;
    struct answer answers[WORLD_IDS];
};

static inline int64_t world_now(void *context) {
    (void)context;
    return 1700000000123;
}

static inline void world_client_at(struct world *w, const char *scheme, const char *host,
                                   unsigned port, uint32_t connections, int64_t timeout_ms) {
    char origin[256];
    struct winnow_error err = {0};
    struct http_client_options options = {.server = origin,
                                          .connections = connections,
                                          .connect_timeout_ms = 5000,
                                          .timeout_ms = timeout_ms,
                                          .user_agent = "winnow-test",
                                          .now = world_now};
    snprintf(origin, sizeof origin, "%s://%s:%u", scheme, host, port);
    if (http_client_open(&w->client, &w->loop, &options, &err) != 0)
        fail_msg("%s", err.text);
}

static inline void world_client(struct world *w, const char *host, uint16_t port,
                                uint32_t connections, int64_t timeout_ms) {
    world_client_at(w, "http", host, port, connections, timeout_ms);
}

static inline struct world *world_open(const struct raw_server *server, uint32_t connections,
                                       int64_t timeout_ms) {
    struct world *w = calloc(1, sizeof *w);
    w->server = calloc(1, sizeof *w->server);
    w->server->answer = server->answer;
    w->server->slam = server->slam;
    w->server->context = server->context;
    w->server->address = server->address;
    raw_server_start(w->server);
    uv_loop_init(&w->loop);
    world_client(w, "127.0.0.1", w->server->port, connections, timeout_ms);
    return w;
}

static inline void world_done(void *context, uint64_t id, const struct http_response *r) {
    struct world *w = context;
    struct answer *a = &w->answers[id];
    a->calls++;
    free(a->headers);
    free(a->body);
    a->headers = strndup(r->headers.at == NULL ? "" : r->headers.at, r->headers.size);
    a->body = strndup(r->body.at == NULL ? "" : r->body.at, r->body.size);
    a->response = *r;
    a->response.headers.at = a->headers;
    a->response.body.at = a->body;
    w->done++;
    assert_true(r->received_ms == 1700000000123);
    if (w->after != NULL)
        w->after(w, id);
}

static inline void world_send_as(struct world *w, uint64_t id, enum http_method method,
                                 const char *target, const char *body, const char *secret) {
    struct http_request request;
    struct winnow_error err = {0};
    http_request_init(&request);
    request.method = method;
    request.secret = secret == NULL ? HTTP_NO_SECRET : HTTP_ACCESS_TOKEN;
    buffer_add_text(&request.target, target);
    if (body != NULL) {
        buffer_add_text(&request.body, body);
        request.content_type = "application/json";
    }
    int result = http_client_send(w->client, id, &request, secret, world_done, w, &err);
    http_request_free(&request); /* the client has its own copy */
    if (result != 0)
        fail_msg("%s", err.text);
}

/* POST /n/ID */
static inline void world_send(struct world *w, uint64_t id) {
    char target[32];
    snprintf(target, sizeof target, "/n/%u", (unsigned)id);
    world_send_as(w, id, HTTP_POST, target, "{\"a\":1}", "sesame");
}

/* An idle client does not keep the loop alive, so this ends when all is answered; it also ends when
 * a completion was lost, and then the test sees no call. */
static inline void world_run(struct world *w) {
    uv_run(&w->loop, UV_RUN_DEFAULT);
}

static inline struct http_response *world_answer(struct world *w, uint64_t id) {
    assert_int_equal(w->answers[id].calls, 1);
    return &w->answers[id].response;
}

/* Stops the server too, so that its log may be read. */
static inline void world_stop(struct world *w) {
    if (!w->closed)
        http_client_close(w->client);
    w->closed = true;
    uv_run(&w->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&w->loop), 0);
    raw_server_stop(w->server);
}

static inline void world_free(struct world *w) {
    raw_server_free(w->server);
    for (size_t i = 0; i < WORLD_IDS; i++) {
        free(w->answers[i].headers);
        free(w->answers[i].body);
    }
    free(w);
}

static inline void world_close(struct world *w) {
    world_stop(w);
    world_free(w);
}

#endif
