/* login, in the browser: OAuth 2.0's authorisation code with PKCE, to a listener on this machine,
 * or pasted.
 *
 * Happy path: the app is known (X: the user's client id; Mastodon: registered once), a verifier and
 * a state are drawn, the address is shown, the browser comes back with code and state, the state is
 * ours, the code is traded for tokens at once (X's lives 30 s), the platform says whose they are,
 * and only then they are written. Fails with WINNOW_CREDENTIAL when the person or the platform
 * refuses, when the state is not ours, or when the tokens are another account's: those are given
 * back then. Whatever happens, verifier, state, code and secrets are wiped and never logged. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/http/form.h"
#include "core/http/pkce.h"
#include "core/http/url.h"
#include "io/random.h"
#include "io/redirect.h"
#include "work/login/login_app.h"

#define PATH          "/callback"
#define TIME_MS       (INT64_C(5) * 60 * 1000)
#define AUTHORIZE_MAX 4096

struct browser {
    struct winnow *w;
    const struct winnow_browser_options *options;
    struct store_campaign campaign;
    const struct platform *platform;
    struct caller caller;
    struct redirect *listener;
    struct oauth_flow flow;
    struct platform_identity who;
    bool takes_pkce;
    bool answered;
    enum { HEARD_NOTHING, HEARD_CODE, HEARD_REFUSAL, HEARD_STRANGER } heard;
    char refusal[80];
};

/* ---- what the browser brings ---- */

/* A query that has not our state is not from the login that we began. */
static bool on_heard(void *context, struct text query) {
    struct browser *b = context;
    char state[sizeof b->flow.state];
    bool ours = form_value(query, "state", state, sizeof state) && pkce_same(state, b->flow.state);
    explicit_bzero(state, sizeof state);
    b->heard = HEARD_STRANGER;
    if (ours && form_value(query, "code", b->flow.code, sizeof b->flow.code) &&
        b->flow.code[0] != '\0')
        b->heard = HEARD_CODE;
    else if (ours && form_value(query, "error", b->refusal, sizeof b->refusal))
        b->heard = HEARD_REFUSAL;
    return b->heard == HEARD_CODE;
}

static void on_answered(void *context) {
    struct browser *b = context;
    b->answered = true;
    loop_stop(&b->caller.loop);
}

static int judge_heard(const struct browser *b, struct winnow_error *err) {
    switch (b->heard) {
    case HEARD_CODE:
        return 0;
    case HEARD_REFUSAL:
        return winnow_fail(
            err, WINNOW_CREDENTIAL, "the login was refused in the browser (%s): nothing is stored",
            strcmp(b->refusal, "access_denied") == 0 ? "access_denied" : "see its page");
    case HEARD_STRANGER:
        return winnow_fail(err, WINNOW_CREDENTIAL,
                           "what came back is not from the login that was begun here: its state "
                           "is another one, or it has no code; nothing is stored, log in again");
    case HEARD_NOTHING:
        break;
    }
    return winnow_fail(err, WINNOW_CREDENTIAL,
                       "nothing came back from the browser within five minutes: log in again, and "
                       "see that the app's redirect address is %s",
                       b->flow.redirect);
}

static int wait_for_browser(struct browser *b, struct winnow_error *err) {
    int64_t until_ms = clock_now(&b->w->clock) + TIME_MS;
    if (caller_wait_for(&b->caller, &b->answered, until_ms, err) != 0)
        return -1;
    return judge_heard(b, err);
}

/* ---- the app and its address ---- */

/* X: the client id that was given, or else that of the last login. */
static int take_client(struct browser *b, struct winnow_error *err) {
    const struct winnow_browser_options *o = b->options;
    struct credential before = {0};
    if (o->client_id != NULL) {
        snprintf(b->flow.client.id, sizeof b->flow.client.id, "%s", o->client_id);
        if (o->client_secret != NULL)
            snprintf(b->flow.client.secret, sizeof b->flow.client.secret, "%s", o->client_secret);
        return 0;
    }
    if (credential_read(b->w, &b->campaign, &before, NULL) == 0)
        b->flow.client = before.client;
    credential_wipe(&before);
    if (b->flow.client.id[0] != '\0')
        return 0;
    return winnow_fail(err, WINNOW_USAGE,
                       "%s wants an app: make one in its developer console, and give its client "
                       "id with --client-id",
                       b->platform->title);
}

static int check_client(const struct browser *b, struct winnow_error *err) {
    const char *texts[] = {b->options->client_id, b->options->client_secret};
    for (size_t i = 0; i < 2; i++) {
        size_t size = texts[i] == NULL ? 1 : strlen(texts[i]);
        bool good = size >= 1 && size <= PLATFORM_CLIENT_MAX;
        for (size_t k = 0; good && texts[i] != NULL && k < size; k++)
            good = texts[i][k] > ' ' && texts[i][k] < 0x7f;
        if (!good)
            return winnow_fail(err, WINNOW_USAGE,
                               "the client %s is not one: visible ASCII, at most %d characters",
                               i == 0 ? "id" : "secret", PLATFORM_CLIENT_MAX);
    }
    if (b->options->client_id != NULL && b->platform->oauth->register_app != NULL)
        return winnow_fail(err, WINNOW_USAGE,
                           "%s needs no client id: winnow registers itself with the server",
                           b->platform->title);
    return 0;
}

/* The port of the address that the app was registered with, so that it need not be again. */
static uint16_t port_before(const char *redirect) {
    struct url url;
    bool ours = url_read((struct text){redirect, (uint32_t)strlen(redirect)}, &url) == URL_FINE &&
                !url.https && url_is_local(&url);
    return ours ? url.port : 0;
}

static int open_listener(struct browser *b, const char *redirect_before, struct winnow_error *err) {
    const struct redirect_events events = {b, on_heard, on_answered};
    uint16_t port = b->options->port != 0 ? b->options->port : port_before(redirect_before);
    uv_loop_t *loop = &b->caller.loop.uv;
    if (redirect_open(&b->listener, loop, port, PATH, &events, err) != 0 &&
        (b->options->port != 0 || port == 0 ||
         redirect_open(&b->listener, loop, 0, PATH, &events, err) != 0))
        return -1;
    snprintf(b->flow.redirect, sizeof b->flow.redirect, "http://127.0.0.1:%u" PATH,
             redirect_port(b->listener));
    return 0;
}

static int ask_metadata(struct caller *c, void *context, struct winnow_error *err) {
    struct browser *b = context;
    struct http_request request;
    const struct http_response *response;
    http_request_init(&request);
    int result = oauth_build_metadata(c->platform, &request, err);
    if (result == 0)
        result = caller_ask(c, &request, &response, err);
    http_request_free(&request);
    if (result == 0)
        b->takes_pkce = oauth_read_metadata(response);
    return result;
}

static int prepare_app(struct browser *b, struct winnow_error *err) {
    struct oauth_flow app = {0};
    bool registers = b->platform->oauth->register_app != NULL;
    bool found = registers && login_app_read(b->w, &b->campaign, &app);
    if (b->options->code != NULL)
        memcpy(b->flow.redirect, OAUTH_OUT_OF_BAND, sizeof OAUTH_OUT_OF_BAND);
    else if (open_listener(b, app.redirect, err) != 0)
        return -1;
    b->takes_pkce = b->platform->oauth->metadata == NULL;
    if (!b->takes_pkce && login_counted(&b->caller, ask_metadata, b, 0, err) != 0)
        return -1;
    if (!registers)
        return take_client(b, err);
    if (found && strcmp(app.redirect, b->flow.redirect) == 0) {
        b->flow.client = app.client;
        b->flow.scopes = app.scopes;
    }
    explicit_bzero(&app, sizeof app);
    return b->flow.client.id[0] != '\0'
               ? 0
               : login_app_register(&b->caller, &b->flow, &b->options->hooks, err);
}

static int draw_secrets(struct browser *b, struct winnow_error *err) {
    unsigned char random[2 * PKCE_RANDOM];
    struct pkce pkce;
    if (random_bytes(random, sizeof random, err) != 0)
        return -1;
    pkce_text(random, b->flow.state);
    pkce_make(random + PKCE_RANDOM, &pkce);
    if (b->takes_pkce) {
        memcpy(b->flow.verifier, pkce.verifier, sizeof pkce.verifier);
        memcpy(b->flow.challenge, pkce.challenge, sizeof pkce.challenge);
    }
    explicit_bzero(random, sizeof random);
    explicit_bzero(&pkce, sizeof pkce);
    return 0;
}

static int browser_show(struct browser *b, struct winnow_error *err) {
    struct buffer url;
    buffer_init(&url, AUTHORIZE_MAX);
    int result = oauth_authorize(b->platform, b->campaign.server, &b->flow, &url, err);
    bool ours = b->platform->oauth->register_app != NULL; /* it has the redirect already */
    if (result == 0)
        b->options->show(b->options->hooks.context, buffer_text(&url),
                         ours ? NULL : b->flow.redirect);
    if (url.at != NULL)
        explicit_bzero(url.at, url.size);
    buffer_free(&url);
    return result;
}

/* ---- the tokens ---- */

static void hide(const struct browser *b, char *text) {
    credential_hide(&b->caller.credential, text);
    credential_hide_text(b->flow.code, text);
    credential_hide_text(b->flow.verifier, text);
    credential_hide_text(b->flow.client.secret, text);
}

/* Without a refresh token the login is over with its access token, in the midst of a run. */
static void warn_of_end(const struct browser *b, const struct oauth_grant *grant) {
    char life[32] = "a few hours";
    int64_t minutes = grant->life_ms / 60000;
    if (grant->refresh[0] != '\0' || (grant->life_ms == 0 && b->platform->oauth->metadata != NULL))
        return; /* Mastodon's tokens do not end */
    if (grant->life_ms >= 7200000)
        snprintf(life, sizeof life, "%" PRId64 " hours", minutes / 60);
    else if (grant->life_ms > 0)
        snprintf(life, sizeof life, "%" PRId64 " minutes", minutes > 0 ? minutes : 1);
    hooks_warn(&b->options->hooks,
               "this login ends in %s, and a run with it: %s gave no refresh token. Allow "
               "offline.access to the app, then log in again",
               life, b->platform->title);
}

/* Nothing said: what was asked for (RFC 6749, 5.1). */
static void warn_of_scopes(const struct browser *b, const struct oauth_grant *grant) {
    const char *asked = b->flow.scopes != NULL ? b->flow.scopes : b->platform->oauth->scopes;
    login_scopes_tell(b->platform, grant->scopes[0] != '\0' ? grant->scopes : asked,
                      &b->options->hooks);
}

static void take_grant(struct browser *b, const struct oauth_grant *grant) {
    struct credential *to = &b->caller.credential;
    memcpy(to->access, grant->access, sizeof to->access);
    memcpy(to->refresh, grant->refresh, sizeof to->refresh);
    to->renew_ms = credential_renew_ms(clock_now(&b->w->clock), grant->life_ms);
}

static int ask_exchange(struct caller *c, void *context, struct winnow_error *err) {
    struct browser *b = context;
    struct http_request request;
    const struct http_response *response;
    struct reply reply = {0};
    struct oauth_grant grant;
    http_request_init(&request);
    int result = oauth_build_exchange(c->platform, &b->flow, &request, err);
    if (result == 0)
        result = caller_ask(c, &request, &response, err);
    if (request.body.at != NULL)
        explicit_bzero(request.body.at, request.body.room);
    http_request_free(&request);
    if (result != 0)
        return -1;
    oauth_read_grant(c->platform, response, &grant, &reply);
    if (reply.action == REPLY_GO_ON) {
        take_grant(b, &grant);
        warn_of_end(b, &grant);
        warn_of_scopes(b, &grant);
    }
    explicit_bzero(&grant, sizeof grant);
    hide(b, reply.reason);
    if (reply.action == REPLY_GO_ON)
        return 0;
    reply_fail(&reply, err);
    return winnow_fail_at(err, "the code was not traded for a token; log in again");
}

static int ask_whose(struct caller *c, void *context, struct winnow_error *err) {
    struct browser *b = context;
    return login_whoami(c, &b->who, &b->options->hooks, err);
}

static int trade(struct browser *b, struct winnow_error *err) {
    credential_set_client(&b->caller.credential, &b->flow.client);
    if (login_counted(&b->caller, ask_exchange, b, 0, err) != 0)
        return -1;
    if (login_counted(&b->caller, ask_whose, b, b->platform->price_whoami_micro, err) != 0 ||
        login_check(&b->campaign, &b->who, err) != 0) {
        (void)login_revoke(&b->caller, NULL); /* nobody will use it */
        return -1;
    }
    return login_keep(&b->caller, &b->campaign, &b->who, err);
}

/* ---- from end to end ---- */

/* The caller watches signals, and a pasted code is read where the terminal's own handling must be
 * in force: so it is closed meanwhile. */
static int by_paste(struct browser *b, struct winnow_error *err) {
    caller_close(&b->caller);
    int result =
        b->options->code(b->options->hooks.context, b->flow.code, sizeof b->flow.code, err);
    struct winnow_error *open_err = result == 0 ? err : NULL;
    if (caller_open(&b->caller, b->w, &b->campaign, b->platform, open_err) != 0)
        return 1; /* nothing to close */
    return result;
}

static int login(struct browser *b, struct winnow_error *err) {
    if (check_client(b, err) != 0 || prepare_app(b, err) != 0 || draw_secrets(b, err) != 0 ||
        browser_show(b, err) != 0)
        return -1;
    int result = b->options->code != NULL ? by_paste(b, err) : wait_for_browser(b, err);
    redirect_close(b->listener);
    b->listener = NULL;
    return result != 0 ? result : trade(b, err);
}

int winnow_login_browser(struct winnow *w, const char *name,
                         const struct winnow_browser_options *options, struct winnow_error *err) {
    struct browser b = {.w = w, .options = options};
    if (state_campaign(w, name, &b.campaign, &b.platform, err) != 0)
        return -1;
    if (b.platform->oauth == NULL)
        return winnow_fail(err, WINNOW_USAGE, "%s has no login in the browser: use --%s-stdin",
                           b.platform->title, b.platform->sessions ? "password" : "token");
    if (options->code != NULL && b.platform->oauth->register_app == NULL)
        return winnow_fail(err, WINNOW_USAGE, "%s shows no code to paste: leave out --paste",
                           b.platform->title);
    if (caller_open(&b.caller, w, &b.campaign, b.platform, err) != 0)
        return -1;
    int result = login(&b, err);
    redirect_close(b.listener);
    if (result != 1)
        caller_close(&b.caller);
    explicit_bzero(&b, sizeof b);
    state_call_ended(w);
    return result == 0 ? 0 : -1;
}

bool winnow_login_remembers(struct winnow *w, const char *name) {
    struct store_campaign campaign;
    const struct platform *platform;
    struct credential before = {0};
    if (state_campaign(w, name, &campaign, &platform, NULL) != 0 || platform->oauth == NULL)
        return false;
    bool known = platform->oauth->register_app != NULL ||
                 (credential_read(w, &campaign, &before, NULL) == 0 && before.client.id[0] != '\0');
    credential_wipe(&before);
    return known;
}
