/* The listener for a login's redirect: see redirect.h.
 *
 * Happy path: accept, read to the empty line, look at the request line, write one of three fixed
 * pages, close. A small reader on the loop that is there anyway, and no HTTP server library: one
 * GET without a body is all it understands, the loop brings signals and the time limit, and nothing
 * is linked into every program that uses libwinnow for the five minutes of a login.
 *
 * Fails at open; afterwards a peer that does not behave gets 404, or is closed. */
#include "io/redirect.h"

#include <stdlib.h>
#include <string.h>

struct peer {
    struct redirect *owner;
    struct peer *next; /* newer first */
    uv_tcp_t tcp;
    uv_write_t write;
    bool answering, closing, ours; /* ours: the redirect itself */
    size_t size;
    char head[REDIRECT_HEAD_MAX];
};

struct redirect {
    uv_tcp_t tcp;
    const char *path;
    struct redirect_events events;
    struct peer *peers;
    size_t peer_count; /* those not closing */
    uint16_t port;
    bool heard, closed, tcp_gone;
};

#define PAGE(status, text)                                                                         \
    "HTTP/1.1 " status "\r\nContent-Type: text/html; charset=utf-8\r\nCache-Control: no-store\r\n" \
    "Referrer-Policy: no-referrer\r\nContent-Security-Policy: default-src 'none'\r\n"              \
    "Connection: close\r\n\r\n<!doctype html><title>winnow</title><p>" text "</p>\n"

static const char page_done[] =
    PAGE("200 OK", "winnow has the answer. Close this window and look at the terminal.");
static const char page_refused[] =
    PAGE("400 Bad Request", "winnow did not take this answer. The terminal says why.");
static const char page_nothing[] = PAGE("404 Not Found", "Nothing is here.");

static void free_when_alone(struct redirect *r) {
    if (r->closed && r->tcp_gone && r->peers == NULL)
        free(r);
}

static void on_peer_closed(uv_handle_t *handle) {
    struct peer *p = handle->data;
    struct redirect *r = p->owner;
    struct peer **link = &r->peers;
    while (*link != p)
        link = &(*link)->next;
    *link = p->next;
    explicit_bzero(p->head, sizeof p->head); /* the code was in it */
    free(p);
    free_when_alone(r);
}

static void close_peer(struct peer *p) {
    if (p->closing)
        return;
    p->closing = true;
    p->owner->peer_count--;
    uv_close((uv_handle_t *)&p->tcp, on_peer_closed);
}

static void on_written(uv_write_t *write, int status) {
    struct peer *p = write->data;
    struct redirect *r = p->owner;
    bool ours = p->ours && !r->closed;
    (void)status; /* the person sees it in the terminal as well */
    close_peer(p);
    if (ours)
        r->events.answered(r->events.context);
}

static void answer(struct peer *p, const char *page) {
    union {
        const char *text;
        char *base; /* libuv writes from it only */
    } at = {page};
    uv_buf_t buf = {.base = at.base, .len = strlen(page)};
    p->answering = true;
    p->write.data = p;
    uv_read_stop((uv_stream_t *)&p->tcp);
    if (uv_write(&p->write, (uv_stream_t *)&p->tcp, &buf, 1, on_written) != 0)
        on_written(&p->write, -1);
}

/* "GET PATH?QUERY HTTP/1.x": the query, or false for any other line. */
static bool query_of(const struct redirect *r, const char *line, size_t size, struct text *query) {
    static const char version[] = " HTTP/1.";
    size_t path = strlen(r->path);
    if (size > REDIRECT_LINE_MAX || size < 4 + path + sizeof version ||
        memcmp(line, "GET ", 4) != 0 || memcmp(line + 4, r->path, path) != 0 ||
        memcmp(line + size - sizeof version, version, sizeof version - 1) != 0)
        return false;
    const char *at = line + 4 + path;
    const char *end = line + size - sizeof version;
    if (at == end || *at != '?' || memchr(at, ' ', (size_t)(end - at)) != NULL)
        return false;
    *query = (struct text){at + 1, (uint32_t)(end - at - 1)};
    return true;
}

static void judge(struct peer *p) {
    struct redirect *r = p->owner;
    const char *end = memchr(p->head, '\r', p->size);
    struct text query;
    if (r->heard || end == NULL || !query_of(r, p->head, (size_t)(end - p->head), &query)) {
        answer(p, page_nothing);
        return;
    }
    r->heard = p->ours = true;
    answer(p, r->events.heard(r->events.context, query) ? page_done : page_refused);
}

static void on_room(uv_handle_t *handle, size_t wanted, uv_buf_t *buf) {
    struct peer *p = handle->data;
    (void)wanted;
    buf->base = p->head + p->size;
    buf->len = sizeof p->head - p->size;
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buf) {
    struct peer *p = stream->data;
    (void)buf;
    if (got < 0) {
        close_peer(p);
        return;
    }
    p->size += (size_t)got;
    if (memmem(p->head, p->size, "\r\n\r\n", 4) != NULL)
        judge(p);
    else if (p->size == sizeof p->head)
        answer(p, page_nothing);
}

static void close_oldest(struct redirect *r) {
    struct peer *oldest = NULL;
    for (struct peer *p = r->peers; p != NULL; p = p->next)
        if (!p->closing && !p->ours)
            oldest = p;
    if (oldest != NULL)
        close_peer(oldest);
}

static void on_connection(uv_stream_t *server, int status) {
    struct redirect *r = server->data;
    struct peer *p = status == 0 ? calloc(1, sizeof *p) : NULL;
    if (p == NULL) /* it stays in the kernel's queue, or is refused there */
        return;
    if (r->peer_count >= REDIRECT_PEERS_MAX)
        close_oldest(r);
    p->owner = r;
    p->next = r->peers;
    r->peers = p;
    r->peer_count++;
    uv_tcp_init(server->loop, &p->tcp);
    p->tcp.data = p;
    if (uv_accept(server, (uv_stream_t *)&p->tcp) != 0 ||
        uv_read_start((uv_stream_t *)&p->tcp, on_room, on_read) != 0)
        close_peer(p);
}

static int bind_and_listen(struct redirect *r, uint16_t port) {
    struct sockaddr_in address;
    int size = sizeof address;
    uv_ip4_addr("127.0.0.1", port, &address);
    int code = uv_tcp_bind(&r->tcp, (const struct sockaddr *)&address, 0);
    if (code == 0)
        code = uv_listen((uv_stream_t *)&r->tcp, REDIRECT_PEERS_MAX, on_connection);
    if (code == 0)
        code = uv_tcp_getsockname(&r->tcp, (struct sockaddr *)&address, &size);
    r->port = ntohs(address.sin_port);
    return code;
}

int redirect_open(struct redirect **out, uv_loop_t *loop, uint16_t port, const char *path,
                  const struct redirect_events *events, struct winnow_error *err) {
    struct redirect *r = calloc(1, sizeof *r);
    if (r == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory for the login's listener");
    r->path = path;
    r->events = *events;
    uv_tcp_init(loop, &r->tcp);
    r->tcp.data = r;
    int code = bind_and_listen(r, port);
    if (code == 0) {
        *out = r;
        return 0;
    }
    redirect_close(r);
    if (code == UV_EADDRINUSE || code == UV_EACCES)
        return winnow_fail(err, WINNOW_BUSY,
                           "port %u of 127.0.0.1 cannot be had (%s): end what has it, or choose "
                           "another with --port",
                           port, uv_strerror(code));
    return winnow_fail(err, WINNOW_FAILED, "the login cannot listen on 127.0.0.1: %s",
                       uv_strerror(code));
}

uint16_t redirect_port(const struct redirect *r) {
    return r->port;
}

static void on_listener_closed(uv_handle_t *handle) {
    struct redirect *r = handle->data;
    r->tcp_gone = true;
    free_when_alone(r);
}

void redirect_close(struct redirect *r) {
    if (r == NULL || r->closed)
        return;
    r->closed = true;
    for (struct peer *p = r->peers; p != NULL; p = p->next)
        close_peer(p);
    uv_close((uv_handle_t *)&r->tcp, on_listener_closed);
}
