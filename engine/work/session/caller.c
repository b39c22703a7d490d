/* A caller: see caller.h. Happy path: open, ask, read the response, close. Fails when the server
 * cannot be reached, and when it is told to stop; waits at most the request's timeout. */
#include "work/session/caller.h"

#include <string.h>

#define CONNECT_TIMEOUT_MS 10000
#define TIMEOUT_MS         60000

const char caller_user_agent[] = "winnow/" WINNOW_VERSION " (rate-limited bulk unfollow engine)";

static void on_stopped(void *context) {
    struct caller *c = context;
    c->refreshing = c->refreshing && !c->interrupted;
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

/* An answer that holds a new pair is waited for: the old refresh token may be used up, and the account
 * would have to log in again. A second winnow_stop does not wait. */
static bool gives_up(const struct caller *c) {
    return c->interrupted && !c->refreshing;
}

int caller_ask(struct caller *c, const struct http_request *request,
               const struct http_response **response, struct winnow_error *err) {
    c->answered = false;
    if (http_client_send(c->client, 0, request, credential_secret(&c->credential, request->secret),
                         on_done, c, err) != 0)
        return -1;
    while (!c->answered && !gives_up(c))
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

int caller_refresh(struct caller *c, struct winnow_error *err) {
    const struct http_response *response;
    struct refresh r = {c->winnow, c->platform, c->campaign, .credential = c->credential};
    int result = refresh_begin(&r, true, err);
    c->credential = r.credential;
    c->refreshing = result == REFRESH_DONE;
    if (result == REFRESH_DONE)
        result = caller_ask(c, &r.request, &response, err);
    c->refreshing = false;
    if (result == REFRESH_DONE)
        result = refresh_answer(&r, response, err);
    c->credential = r.credential;
    refresh_end(&r);
    return result;
}
