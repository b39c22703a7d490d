/* A caller: see caller.h. Happy path: open, ask, read the response, close. Fails when the server
 * cannot be reached, and when it is told to stop; waits at most the request's timeout. */
#include "work/session/caller.h"

#include <string.h>

#include "io/secret_file.h"
#include "platform/wire/oauth.h"

#define CONNECT_TIMEOUT_MS 10000
#define TIMEOUT_MS         60000

const char caller_user_agent[] = "winnow/" WINNOW_VERSION " (rate-limited bulk unfollow engine)";

static void on_stopped(void *context) {
    struct caller *c = context;
    c->interrupted = true;
    loop_stop(&c->loop);
}

static void on_due(void *context) {
    struct caller *c = context;
    loop_stop(&c->loop);
}

static int64_t clock_of(void *context) {
    const struct caller *c = context;
    return clock_now(&c->winnow->clock);
}

int caller_open(struct caller *c, struct winnow *w, const struct store_campaign *campaign,
                const struct platform *platform, struct winnow_error *err) {
    *c = (struct caller){.winnow = w, .platform = platform, .campaign = campaign};
    buffer_init(&c->headers, HTTP_HEADERS_MAX);
    buffer_init(&c->body, HTTP_RESPONSE_MAX);
    struct loop_events events = {c, on_stopped, NULL, on_due};
    if (loop_open(&c->loop, &w->clock, &w->interrupt, &events, err) != 0)
        return -1;
    struct http_client_options options = {
        .server = campaign->server,
        .connections = 1,
        .connect_timeout_ms = CONNECT_TIMEOUT_MS,
        .timeout_ms = TIMEOUT_MS,
        .user_agent = caller_user_agent,
        .now = clock_of,
        .now_context = c,
    };
    if (http_client_open(&c->client, &c->loop.uv, &options, err) == 0)
        return 0;
    loop_close(&c->loop);
    return -1;
}

void caller_close(struct caller *c) {
    http_client_close(c->client);
    loop_close(&c->loop);
    credential_wipe(&c->credential);
    if (c->body.at != NULL) /* a login's answer holds tokens */
        explicit_bzero(c->body.at, c->body.room);
    buffer_free(&c->headers);
    buffer_free(&c->body);
}

/* The client's copy is gone after the callback, so keep one. */
static void on_done(void *context, uint64_t id, const struct http_response *response) {
    struct caller *c = context;
    (void)id;
    buffer_clear(&c->headers);
    buffer_clear(&c->body);
    buffer_add(&c->headers, response->headers.at, response->headers.size);
    buffer_add(&c->body, response->body.at, response->body.size);
    c->response = *response;
    if (c->headers.failed || c->body.failed)
        c->response.end = HTTP_TOO_LARGE;
    c->response.headers = (struct text){buffer_text(&c->headers), (uint32_t)c->headers.size};
    c->response.body = (struct text){buffer_text(&c->body), (uint32_t)c->body.size};
    c->answered = true;
    loop_stop(&c->loop);
}

static int interrupted(struct winnow_error *err) {
    return winnow_fail(err, WINNOW_STOPPED,
                       "stopped as asked; run the same command again to go on");
}

int caller_ask(struct caller *c, const struct http_request *request,
               const struct http_response **response, struct winnow_error *err) {
    c->answered = false;
    if (http_client_send(c->client, 0, request, credential_secret(&c->credential, request->secret),
                         on_done, c, err) != 0)
        return -1;
    while (!c->answered && !c->interrupted)
        loop_run(&c->loop);
    if (!c->answered) {
        http_client_abort_all(c->client);
        return interrupted(err);
    }
    *response = &c->response;
    return 0;
}

int caller_wait(struct caller *c, int64_t until_ms, struct winnow_error *err) {
    const bool never = false;
    return caller_wait_for(c, &never, until_ms, err);
}

int caller_wait_for(struct caller *c, const bool *done, int64_t until_ms,
                    struct winnow_error *err) {
    while (!c->interrupted && !*done && clock_now(&c->winnow->clock) < until_ms) {
        loop_wake_at(&c->loop, until_ms);
        loop_run(&c->loop);
    }
    loop_wake_at(&c->loop, INT64_MAX);
    return c->interrupted ? interrupted(err) : 0;
}

int caller_fail(const struct reply *reply, struct winnow_error *err) {
    enum winnow_code code = WINNOW_NETWORK;
    if (reply->action == REPLY_STOP)
        code = reply->code;
    else if (reply->action == REPLY_REFRESH)
        code = WINNOW_CREDENTIAL;
    else if (reply->action == REPLY_STREAK)
        code = WINNOW_SAFETY;
    return winnow_fail(err, code, "%s", reply->reason);
}

/* ---- refreshing ---- */

bool caller_can_refresh(const struct caller *c) {
    return c->platform->sessions ||
           (c->platform->oauth != NULL && c->credential.refresh[0] != '\0' &&
            c->credential.client.id[0] != '\0');
}

static void wipe_request(struct http_request *request) {
    if (request->body.at != NULL)
        explicit_bzero(request->body.at, request->body.room);
    http_request_free(request);
}

static int build_refresh(struct caller *c, struct http_request *request, struct winnow_error *err) {
    if (c->platform->sessions)
        return c->platform->build_refresh(request, err);
    return oauth_build_refresh(c->platform, &c->credential.client, c->credential.refresh, request,
                               err);
}

/* A pair without a refresh token means that the old one stays good (RFC 6749, section 6). */
static void read_pair(struct caller *c, const struct http_response *response,
                      struct credential *next, struct reply *reply) {
    struct platform_session session = {0};
    struct oauth_grant grant = {0};
    if (c->platform->sessions) {
        c->platform->read_session(response, &session, reply);
        memcpy(next->access, session.access, sizeof session.access);
        memcpy(next->refresh, session.refresh, sizeof session.refresh);
    } else {
        oauth_read_grant(c->platform, response, &grant, reply);
        memcpy(next->access, grant.access, sizeof grant.access);
        if (grant.refresh[0] != '\0')
            memcpy(next->refresh, grant.refresh, sizeof grant.refresh);
        next->renew_ms = credential_renew_ms(clock_now(&c->winnow->clock), grant.life_ms);
    }
    explicit_bzero(&session, sizeof session);
    explicit_bzero(&grant, sizeof grant);
}

/* Refused for good: say which command gets a new one. */
static int refresh_refused(struct caller *c, const struct reply *reply, struct winnow_error *err) {
    char command[CREDENTIAL_COMMAND_MAX];
    if (reply->action != REPLY_STOP || reply->code != WINNOW_CREDENTIAL || c->platform->sessions)
        return caller_fail(reply, err);
    credential_command(c->winnow, c->campaign, command, sizeof command);
    return winnow_fail(err, WINNOW_CREDENTIAL,
                       "the refresh token is not accepted any more, since it has expired, was "
                       "used before, or the app was removed from the account: run `%s` (%s)",
                       command, reply->reason);
}

static int ask_refresh(struct caller *c, struct credential *next, struct winnow_error *err) {
    struct http_request request;
    const struct http_response *response;
    struct reply reply = {0};
    http_request_init(&request);
    int result = build_refresh(c, &request, err);
    if (result == 0)
        result = caller_ask(c, &request, &response, err);
    wipe_request(&request);
    if (result != 0)
        return -1;
    read_pair(c, response, next, &reply);
    credential_hide(&c->credential, reply.reason);
    if (reply.action == REPLY_GO_ON)
        return 0;
    bool may_pass = reply.action == REPLY_BACK_OFF || reply.action == REPLY_WAIT;
    return may_pass ? -caller_fail(&reply, err) : refresh_refused(c, &reply, err);
}

/* Under the lock. What another process wrote meanwhile is newer than what we have. */
static int refresh_locked(struct caller *c, struct winnow_error *err) {
    struct credential now = {0};
    int result = credential_read(c->winnow, c->campaign, &now, err);
    bool done_elsewhere = result == 0 && strcmp(now.access, c->credential.access) != 0;
    c->credential = now;
    if (result == 0 && !done_elsewhere) {
        struct credential next = now;
        /* The old pair once more: a disk that is full says so while its refresh token is good. */
        result = credential_write(c->winnow, c->campaign, &now, err);
        if (result == 0)
            result = ask_refresh(c, &next, err);
        if (result == 0)
            result = credential_write(c->winnow, c->campaign, &next, err);
        if (result == 0)
            c->credential = next;
        credential_wipe(&next);
    }
    credential_wipe(&now);
    return done_elsewhere ? 2 : result;
}

int caller_refresh(struct caller *c, struct winnow_error *err) {
    char path[PATH_MAX];
    char command[CREDENTIAL_COMMAND_MAX];
    struct secret_lock lock;
    if (!caller_can_refresh(c)) {
        credential_command(c->winnow, c->campaign, command, sizeof command);
        return winnow_fail(err, WINNOW_CREDENTIAL, "the token is no longer accepted: run `%s`",
                           command);
    }
    if (credential_path(c->winnow, c->campaign, path, err) != 0 ||
        secret_file_lock(path, &lock, err) != 0)
        return -1;
    int result = refresh_locked(c, err);
    secret_file_unlock(&lock);
    return result;
}

int caller_renew(struct winnow *w, const struct store_campaign *campaign,
                 const struct platform *platform, struct credential *credential,
                 struct winnow_error *err) {
    struct caller c;
    if (caller_open(&c, w, campaign, platform, err) != 0)
        return -1;
    c.credential = *credential;
    int result = caller_refresh(&c, err);
    *credential = c.credential;
    caller_close(&c);
    return result;
}
