/* A caller: one request at a time, asked and answered, for login and fetch. The drain does not use
 * it: it has many in flight. */
#ifndef WORK_SESSION_CALLER_H
#define WORK_SESSION_CALLER_H

#include "core/reply/reply.h"
#include "io/http/http_client.h"
#include "io/loop.h"
#include "work/session/refresh.h"

struct caller {
    struct winnow *winnow;
    const struct platform *platform;
    const struct store_campaign *campaign;
    struct loop loop;
    struct http_client *client;
    struct credential credential;
    bool interrupted; /* winnow_stop was called */
    bool refreshing;  /* and is not heeded: a refresh is in the air */
    bool answered;
    struct buffer headers, body; /* of the last response */
    struct http_response response;
};

int caller_open(struct caller *c, struct winnow *w, const struct store_campaign *campaign,
                const struct platform *platform, struct winnow_error *err);
void caller_close(struct caller *c);

/* Ask once. 0 with `response` filled (whatever its end; valid until the next call); -1 when it
 * could not be asked, or WINNOW_STOPPED when interrupted. */
int caller_ask(struct caller *c, const struct http_request *request,
               const struct http_response **response, struct winnow_error *err);

/* Sleep until engine time; WINNOW_STOPPED when interrupted. */
int caller_wait(struct caller *c, int64_t until_ms, struct winnow_error *err);
/* The same, and no longer than until `*done` is true and the loop was stopped for it. */
int caller_wait_for(struct caller *c, const bool *done, int64_t until_ms, struct winnow_error *err);

/* A refresh (refresh.h), waited for: an enum refresh_result, or -1. */
int caller_refresh(struct caller *c, struct winnow_error *err);

/* The User-Agent of all requests: winnow never hides that it is a program. */
extern const char caller_user_agent[];

#endif
