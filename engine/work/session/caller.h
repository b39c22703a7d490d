/* A caller: one request at a time, asked and answered, for login and fetch. The drain does not use
 * it: it has many in flight. */
#ifndef WORK_SESSION_CALLER_H
#define WORK_SESSION_CALLER_H

#include "core/drain/reply.h"
#include "io/http/http_client.h"
#include "io/loop.h"
#include "work/session/credential.h"

struct caller {
    struct winnow *winnow;
    const struct platform *platform;
    const struct store_campaign *campaign;
    struct loop loop;
    struct http_client *client;
    struct credential credential;
    bool interrupted; /* winnow_stop was called */
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

/* Trade the refresh token for a new pair, which is on disk before it is used; another process that
 * did so meanwhile is noticed and its pair taken. 0 done; 1 it failed in a way that may pass (no
 * network, a server in trouble, too many requests); 2 another process's pair was taken, which may
 * be old already; -1 for good. */
int caller_refresh(struct caller *c, struct winnow_error *err);

/* The same on a loop of its own, for whoever has none to spare: `credential` is what they hold, and
 * afterwards what is on disk. */
int caller_renew(struct winnow *w, const struct store_campaign *campaign,
                 const struct platform *platform, struct credential *credential,
                 struct winnow_error *err);

/* Is there anything to refresh with? */
bool caller_can_refresh(const struct caller *c);

/* A reply that is no success, as an error for the user. */
int caller_fail(const struct reply *reply, struct winnow_error *err);

/* The User-Agent of all requests: winnow never hides that it is a program. */
extern const char caller_user_agent[];

#endif
