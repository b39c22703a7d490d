/* curl's multi interface on a libuv loop: curl says which sockets and which timer it wants watched,
 * libuv watches, and what curl finished is handed on. Internal to io: http_client.c owns it.
 *
 * Nobody is called back while curl is on the stack, so `finished` may add transfers, end others or
 * close the whole. */
#ifndef IO_HTTP_HTTP_SOCKETS_H
#define IO_HTTP_HTTP_SOCKETS_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct http_socket;

struct http_sockets_events {
    void *context;
    /* A transfer ended; it is out of the multi handle already. */
    void (*finished)(void *context, CURL *easy, CURLcode code);
    /* All libuv handles are closed: the memory may go. */
    void (*closed)(void *context);
};

struct http_sockets {
    uv_loop_t *loop;
    CURLM *multi;
    uv_timer_t timer; /* what curl asked for by its timer function */
    uv_idle_t soon;   /* active: curl wants to be called in this turn of the loop */
    struct http_socket *first;
    struct http_sockets_events events;
    uint32_t handles; /* libuv handles not yet closed */
    bool pumping;     /* inside http_sockets pump: do not start `soon` */
    bool due;         /* curl asked for a timeout of 0 */
    bool closing;
};

/* 0, or -1 when memory ran out; then there is nothing to close. */
int http_sockets_open(struct http_sockets *s, uv_loop_t *loop,
                      const struct http_sockets_events *events);

/* Open a socket that is watched from now until curl closes it by http_sockets_close_one. */
curl_socket_t http_sockets_open_one(struct http_sockets *s, const struct curl_sockaddr *address);
/* A curl_closesocket_callback; context is the struct http_sockets. */
int http_sockets_close_one(void *context, curl_socket_t fd);

/* Hand on what curl has finished. Also for callers that are about to end transfers by hand. */
void http_sockets_drain(struct http_sockets *s);

/* Every easy handle must be out and cleaned up. `closed` comes when the loop has run. */
void http_sockets_close(struct http_sockets *s);

#endif
