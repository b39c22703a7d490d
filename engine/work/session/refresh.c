/* Refreshing: see refresh.h. Happy path: begin, the server's answer, answer, end. A disk that cannot
 * take the new pair says so before the old refresh token is used. */
#include "work/session/refresh.h"

#include <string.h>

#include "io/clock.h"
#include "platform/wire/oauth.h"

bool refresh_possible(const struct platform *platform, const struct credential *credential) {
    return platform->sessions || (platform->oauth != NULL && credential->refresh[0] != '\0' &&
                                  credential->client.id[0] != '\0');
}

static int refuse(struct refresh *r, struct winnow_error *err) {
    char command[CREDENTIAL_COMMAND_MAX];
    credential_command(r->winnow, r->campaign, command, sizeof command);
    return winnow_fail(err, WINNOW_CREDENTIAL, "the token is no longer accepted: run `%s`",
                       command);
}

static int request_build(struct refresh *r, struct winnow_error *err) {
    if (r->platform->sessions)
        return r->platform->build_refresh(&r->request, err);
    return oauth_build_refresh(r->platform, &r->credential.client, r->credential.refresh,
                               &r->request, err);
}

/* Under the lock. What another process wrote meanwhile is newer than what we have. */
static int pair_take(struct refresh *r, struct winnow_error *err) {
    struct credential now = {0};
    int result = credential_read(r->winnow, r->campaign, &now, err);
    bool done_elsewhere = result == 0 && strcmp(now.access, r->credential.access) != 0;
    r->credential = now;
    credential_wipe(&now);
    return done_elsewhere ? REFRESH_TAKEN : result;
}

static int pair_lock(struct refresh *r, bool wait, struct winnow_error *err) {
    char path[PATH_MAX];
    struct winnow_error why = {0};
    if (credential_path(r->winnow, r->campaign, path, err) != 0)
        return -1;
    if (secret_file_lock(path, wait ? SECRET_LOCK_WAIT_MS : 0, &r->lock, &why) == 0)
        return 0;
    winnow_fail(err, why.code, "%s", why.text);
    return !wait && why.code == WINNOW_BUSY ? REFRESH_PASSING : -1;
}

int refresh_begin(struct refresh *r, bool wait, struct winnow_error *err) {
    r->lock.fd = -1;
    http_request_init(&r->request);
    if (!refresh_possible(r->platform, &r->credential))
        return refuse(r, err);
    int result = pair_lock(r, wait, err);
    if (result == 0)
        result = pair_take(r, err);
    /* The old pair once more: a disk that is full says so while its refresh token is good. */
    if (result == 0)
        result = credential_write(r->winnow, r->campaign, &r->credential, err);
    return result == 0 ? request_build(r, err) : result;
}

/* A pair without a refresh token means that the old one stays good (RFC 6749, section 6). */
static void pair_read(const struct refresh *r, const struct http_response *response,
                      struct credential *next, struct reply *reply) {
    struct platform_session session = {0};
    struct oauth_grant grant = {0};
    if (r->platform->sessions) {
        r->platform->read_session(response, &session, reply);
        memcpy(next->access, session.access, sizeof session.access);
        memcpy(next->refresh, session.refresh, sizeof session.refresh);
    } else {
        oauth_read_grant(r->platform, response, &grant, reply);
        memcpy(next->access, grant.access, sizeof grant.access);
        if (grant.refresh[0] != '\0')
            memcpy(next->refresh, grant.refresh, sizeof grant.refresh);
        next->renew_ms = credential_renew_ms(clock_now(&r->winnow->clock), grant.life_ms);
    }
    explicit_bzero(&session, sizeof session);
    explicit_bzero(&grant, sizeof grant);
}

/* Refused for good: say which command gets a new one. */
static int refused(struct refresh *r, const struct reply *reply, struct winnow_error *err) {
    char command[CREDENTIAL_COMMAND_MAX];
    if (reply->action != REPLY_STOP || reply->code != WINNOW_CREDENTIAL || r->platform->sessions)
        return reply_fail(reply, err);
    credential_command(r->winnow, r->campaign, command, sizeof command);
    return winnow_fail(err, WINNOW_CREDENTIAL,
                       "the refresh token is not accepted any more, since it has expired, was "
                       "used before, or the app was removed from the account: run `%s` (%s)",
                       command, reply->reason);
}

int refresh_answer(struct refresh *r, const struct http_response *response,
                   struct winnow_error *err) {
    struct credential next = r->credential;
    struct reply reply = {0};
    int result = REFRESH_DONE;
    pair_read(r, response, &next, &reply);
    credential_hide(&r->credential, reply.reason);
    if (reply.action == REPLY_BACK_OFF || reply.action == REPLY_WAIT) {
        reply_fail(&reply, err);
        result = REFRESH_PASSING;
    } else if (reply.action != REPLY_GO_ON) {
        result = refused(r, &reply, err);
    } else {
        result = credential_write(r->winnow, r->campaign, &next, err);
        if (result == 0)
            r->credential = next;
    }
    credential_wipe(&next);
    return result;
}

void refresh_end(struct refresh *r) {
    if (r->lock.fd >= 0)
        secret_file_unlock(&r->lock);
    if (r->request.body.at != NULL)
        explicit_bzero(r->request.body.at, r->request.body.room);
    http_request_free(&r->request);
    credential_wipe(&r->credential);
}
