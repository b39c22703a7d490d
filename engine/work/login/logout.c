/* logout: tell the platform to forget the credential, then remove its file and that of a registered
 * app. Happy path: revoked and removed. What the platform does not revoke is removed all the same,
 * and said, with where a person can do it. Fails when a worker uses it, and as the disk does. */
#include <stdio.h>
#include <string.h>

#include "io/files/secret_file.h"
#include "work/login/login_app.h"

/* ---- what the platform is told ---- */

static int logout_ask(struct caller *c, struct http_request *request, struct reply *reply,
                      void (*read)(const struct platform *p, const struct http_response *in,
                                   struct reply *out),
                      struct winnow_error *err) {
    const struct http_response *response;
    int result = caller_ask(c, request, &response, err);
    if (request->body.at != NULL)
        explicit_bzero(request->body.at, request->body.room);
    if (result != 0)
        return -1;
    read(c->platform, response, reply);
    credential_hide(&c->credential, reply->reason);
    return reply->action == REPLY_GO_ON ? 0 : reply_fail(reply, err);
}

static int revoke_one(struct caller *c, const char *token, struct winnow_error *err) {
    struct http_request request;
    struct reply reply = {0};
    http_request_init(&request);
    int result = oauth_build_revoke(c->platform, &c->credential.client, token, &request, err);
    if (result == 0)
        result = logout_ask(c, &request, &reply, oauth_read_revoke, err);
    http_request_free(&request);
    return result;
}

/* A session's end is answered 200 without a body; one that has ended already cannot be ended. */
static void read_end(const struct platform *p, const struct http_response *in, struct reply *out) {
    if (in->end == HTTP_DONE && in->status == 200) {
        *out = (struct reply){.action = REPLY_GO_ON};
        return;
    }
    *out = (struct reply){.action = REPLY_STOP, .code = WINNOW_NETWORK};
    if (in->end == HTTP_DONE)
        snprintf(out->reason, sizeof out->reason, "%s answered %d", p->title, in->status);
    else
        snprintf(out->reason, sizeof out->reason, "%s could not be asked", p->title);
}

static int end_session(struct caller *c, struct winnow_error *err) {
    struct http_request request;
    struct reply reply = {0};
    http_request_init(&request);
    int result = c->platform->build_session_end(&request, err);
    if (result == 0)
        result = logout_ask(c, &request, &reply, read_end, err);
    http_request_free(&request);
    return result;
}

/* Both tokens: of a platform that revokes the pair by either, the second is none any more, which it
 * answers with success. The refresh token lives longest, so it goes first. */
int login_revoke(struct caller *c, struct winnow_error *err) {
    if (c->platform->sessions)
        return end_session(c, err);
    if (c->platform->oauth == NULL || c->credential.client.id[0] == '\0')
        return winnow_fail(err, WINNOW_FAILED,
                           c->platform->oauth == NULL
                               ? "%s lets only the token's owner take it back"
                               : "the token was handed over, and %s revokes only for the app that "
                                 "it belongs to",
                           c->platform->title);
    if (c->credential.refresh[0] != '\0' && revoke_one(c, c->credential.refresh, err) != 0)
        return -1;
    return revoke_one(c, c->credential.access, err);
}

/* ---- the files ---- */

static int remove_files(struct winnow *w, const struct store_campaign *campaign,
                        struct winnow_error *err) {
    char app[PATH_MAX];
    if (credential_remove(w, campaign, err) != 0 || login_app_path(w, campaign, app, err) != 0)
        return -1;
    return secret_file_remove(app, err);
}

static void try_revoke(struct caller *c, struct winnow_logout *out) {
    struct winnow_error why = {0};
    out->revoked = login_revoke(c, &why) == 0;
    if (!out->revoked)
        snprintf(out->why, sizeof out->why, "%.400s", why.text);
}

static int logout_locked(struct winnow *w, struct store_campaign *campaign,
                         const struct platform *platform, struct winnow_logout *out,
                         struct winnow_error *err) {
    struct caller c;
    struct winnow_error why = {0};
    out->was_in = credential_exists(w, campaign);
    if (out->was_in) {
        if (caller_open(&c, w, campaign, platform, err) != 0)
            return -1;
        if (credential_read(w, campaign, &c.credential, &why) == 0)
            try_revoke(&c, out);
        else
            snprintf(out->why, sizeof out->why, "%.400s", why.text);
        bool interrupted = c.interrupted;
        caller_close(&c);
        state_call_ended(w);
        if (interrupted)
            return winnow_fail(err, WINNOW_STOPPED,
                               "stopped as asked; the credential is still there");
    }
    return remove_files(w, campaign, err);
}

int winnow_logout(struct winnow *w, const char *name, struct winnow_logout *out,
                  struct winnow_error *err) {
    struct store_campaign campaign;
    const struct platform *platform;
    char path[PATH_MAX];
    struct secret_lock lock;
    *out = (struct winnow_logout){0};
    if (state_refuse_running(w, name, err) != 0 ||
        state_campaign(w, name, &campaign, &platform, err) != 0 ||
        credential_path(w, &campaign, path, err) != 0 ||
        secret_file_lock(path, SECRET_LOCK_WAIT_MS, &lock, err) != 0)
        return -1;
    if (platform->token_page != NULL)
        snprintf(out->page, sizeof out->page, "%s", platform->token_page);
    int result = logout_locked(w, &campaign, platform, out, err);
    secret_file_unlock(&lock);
    return result;
}
