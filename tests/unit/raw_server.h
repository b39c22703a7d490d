/* A raw TCP server on a free loopback port, in a thread, for tests of what a well-behaved server
 * never does. It reads whole requests and leaves every answer to the test's handler; it records
 * each request, so that a test can count what really arrived. */
#ifndef RAW_SERVER_H
#define RAW_SERVER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define RAW_PEERS   80
#define RAW_REQUEST (300u * 1024)
#define RAW_LOG     (2u * 1024 * 1024)

enum raw_then { RAW_KEEP, RAW_CLOSE, RAW_RESET };

struct raw_peer {
    int fd;
    unsigned requests; /* on this connection, this one included */
    size_t size;
    char *bytes;
};

struct raw_server {
    /* What to do with a request; NULL: 200 with "{}". */
    enum raw_then (*answer)(struct raw_server *s, struct raw_peer *p, const char *request);
    bool slam; /* close each connection as soon as it is there */
    void *context;
    in_addr_t address; /* network order; 0: 127.0.0.1 */

    int listener, stop[2];
    uint16_t port;
    pthread_t thread;
    atomic_uint accepted, requests, closed;
    char *log; /* all requests, one after another; read it after raw_server_stop */
    size_t logged;
    struct raw_peer peers[RAW_PEERS];
};

static inline void raw_send(struct raw_peer *p, const char *bytes, size_t size) {
    while (size != 0) {
        ssize_t put = send(p->fd, bytes, size, MSG_NOSIGNAL);
        if (put <= 0)
            return; /* the client has gone, as some tests want */
        bytes += put;
        size -= (size_t)put;
    }
}

static inline void raw_text(struct raw_peer *p, const char *text) {
    raw_send(p, text, strlen(text));
}

static inline void raw_ok(struct raw_peer *p) {
    raw_text(p, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
}

static inline void raw_end(struct raw_server *s, struct raw_peer *p, enum raw_then then) {
    struct linger at_once = {1, 0};
    if (then == RAW_RESET)
        setsockopt(p->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(p->fd);
    free(p->bytes);
    *p = (struct raw_peer){.fd = -1};
    atomic_fetch_add(&s->closed, 1);
}

static inline void raw_accept(struct raw_server *s) {
    int one = 1;
    int fd = accept(s->listener, NULL, NULL);
    if (fd < 0)
        return;
    atomic_fetch_add(&s->accepted, 1);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    for (size_t i = 0; i < RAW_PEERS && !s->slam; i++)
        if (s->peers[i].fd < 0) {
            s->peers[i] = (struct raw_peer){.fd = fd, .bytes = malloc(RAW_REQUEST)};
            return;
        }
    close(fd);
    atomic_fetch_add(&s->closed, 1);
}

/* Size of the first whole request in the peer's bytes, or 0. */
static inline size_t raw_whole(const struct raw_peer *p) {
    const char *end = strstr(p->bytes, "\r\n\r\n");
    if (end == NULL)
        return 0;
    size_t size = (size_t)(end + 4 - p->bytes);
    const char *length = strcasestr(p->bytes, "\r\nContent-Length:");
    if (length != NULL && length < end)
        size += strtoul(length + 17, NULL, 10);
    return size <= p->size ? size : 0;
}

static inline void raw_serve(struct raw_server *s, struct raw_peer *p) {
    ssize_t got = recv(p->fd, p->bytes + p->size, RAW_REQUEST - 1 - p->size, 0);
    size_t size;
    if (got <= 0) {
        raw_end(s, p, RAW_CLOSE);
        return;
    }
    p->size += (size_t)got;
    p->bytes[p->size] = '\0';
    while ((size = raw_whole(p)) != 0) {
        enum raw_then then = RAW_KEEP;
        if (s->logged + size < RAW_LOG) {
            memcpy(s->log + s->logged, p->bytes, size);
            s->logged += size;
            s->log[s->logged] = '\0';
        }
        p->requests++;
        atomic_fetch_add(&s->requests, 1);
        if (s->answer != NULL)
            then = s->answer(s, p, p->bytes);
        else
            raw_ok(p);
        if (then != RAW_KEEP) {
            raw_end(s, p, then);
            return;
        }
        memmove(p->bytes, p->bytes + size, p->size - size + 1);
        p->size -= size;
    }
}

static inline void *raw_run(void *context) {
    struct raw_server *s = context;
    for (;;) {
        struct pollfd fds[RAW_PEERS + 2] = {{s->stop[0], POLLIN, 0}, {s->listener, POLLIN, 0}};
        for (size_t i = 0; i < RAW_PEERS; i++)
            fds[i + 2] = (struct pollfd){s->peers[i].fd, POLLIN, 0}; /* -1 is passed over */
        if (poll(fds, RAW_PEERS + 2, -1) < 0)
            continue;
        if (fds[0].revents != 0)
            return NULL;
        for (size_t i = 0; i < RAW_PEERS; i++)
            if (fds[i + 2].revents != 0)
                raw_serve(s, &s->peers[i]);
        if (fds[1].revents != 0)
            raw_accept(s);
    }
}

/* A bound loopback socket that does not listen: its port refuses connections, and nobody else can
 * take it meanwhile. */
static inline int raw_bound_at(in_addr_t address, uint16_t *port) {
    struct sockaddr_in name = {.sin_family = AF_INET};
    socklen_t size = sizeof name;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    name.sin_addr.s_addr = address != 0 ? address : htonl(INADDR_LOOPBACK);
    if (fd < 0 || bind(fd, (struct sockaddr *)&name, sizeof name) != 0 ||
        getsockname(fd, (struct sockaddr *)&name, &size) != 0)
        abort();
    *port = ntohs(name.sin_port);
    return fd;
}

static inline int raw_bound(uint16_t *port) {
    return raw_bound_at(0, port);
}

static inline void raw_server_start(struct raw_server *s) {
    s->listener = raw_bound_at(s->address, &s->port);
    s->log = calloc(1, RAW_LOG);
    for (size_t i = 0; i < RAW_PEERS; i++)
        s->peers[i].fd = -1;
    if (listen(s->listener, 128) != 0 || pipe(s->stop) != 0 ||
        pthread_create(&s->thread, NULL, raw_run, s) != 0)
        abort();
}

static inline void raw_server_stop(struct raw_server *s) {
    if (write(s->stop[1], "", 1) != 1)
        abort();
    pthread_join(s->thread, NULL);
    for (size_t i = 0; i < RAW_PEERS; i++)
        if (s->peers[i].fd >= 0)
            raw_end(s, &s->peers[i], RAW_CLOSE);
    close(s->listener);
    close(s->stop[0]);
    close(s->stop[1]);
}

static inline void raw_server_free(struct raw_server *s) {
    free(s->log);
    free(s);
}

/* How often `text` stands in what arrived. */
static inline unsigned raw_count(const struct raw_server *s, const char *text) {
    unsigned count = 0;
    for (const char *at = s->log; (at = strstr(at, text)) != NULL; at++)
        count++;
    return count;
}

#endif
