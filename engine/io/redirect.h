/* A one-shot listener on 127.0.0.1 for the redirect that ends a login in the browser.
 *
 * Happy path: redirect_open, show the address, run the loop; the browser asks for
 * GET PATH?code=...&state=..., `heard` judges the query, a page says so to the person, `answered`
 * is called when the page has left, redirect_close.
 *
 * What it promises
 *   - It is bound to 127.0.0.1 alone, and answers one request on its path; every other request,
 *     before and after, gets 404 and nothing else.
 *   - A request is read up to the end of its head, of at most REDIRECT_HEAD_MAX bytes; bodies
 * never.
 *   - At most REDIRECT_PEERS_MAX connections are held; one more closes the oldest, so that
 *     connections a browser opens in advance, or that send nothing, do not keep the redirect out.
 * The loop's owner sets the time limit. */
#ifndef IO_REDIRECT_H
#define IO_REDIRECT_H

#include "core/base/text.h"

#include <stdbool.h>

#include <uv.h>
#include <winnow/error.h>

#define REDIRECT_HEAD_MAX  8192
#define REDIRECT_LINE_MAX  4096 /* of the request line */
#define REDIRECT_PEERS_MAX 8

struct redirect;

struct redirect_events {
    void *context;
    bool (*heard)(void *context, struct text query); /* false: not what was waited for */
    void (*answered)(void *context);
};

/* port 0: a free one. `path` begins with '/' and outlives it. Fails with WINNOW_BUSY when the port
 * is taken. */
int redirect_open(struct redirect **out, uv_loop_t *loop, uint16_t port, const char *path,
                  const struct redirect_events *events, struct winnow_error *err);
uint16_t redirect_port(const struct redirect *r);
/* The memory goes when the loop has run the close callbacks. NULL is fine. */
void redirect_close(struct redirect *r);

#endif
