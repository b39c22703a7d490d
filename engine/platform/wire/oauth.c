/* OAuth 2.0: see oauth.h. Sources: docs.x.com, fundamentals/authentication/oauth-2-0 (client id in
 * the body for public apps, Basic for confidential ones); docs.joinmastodon.org, methods/oauth and
 * methods/apps; RFC 6749, 7009, 7636, 8414.
 *
 * Happy path: authorise, exchange, later refresh and revoke. Of the metadata nothing but the
 * challenge method is believed: the endpoints are paths on the campaign's own server, so that no
 * document can send a secret elsewhere. Fails into a reply. */
#include "platform/wire/oauth.h"

#include "core/base/foreign.h"
#include "core/http/form.h"
#include "platform/wire/answer.h"
#include "platform/wire/build.h"
#include "platform/wire/json.h"

#include <stdio.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char form_type[] = "application/x-www-form-urlencoded";

/* X, to a confidential app whose request has no Basic header: 401 {"error":"unauthorized_client",
 * "error_description":"Missing valid authorization header"}. */
static const struct rule lacks_secret =
    RULE(ANY, RETRY, STOP, CREDENTIAL,
         "the app is a confidential client, and its secret is missing or wrong: log in with "
         "--client-id ID --client-secret-stdin, and the secret on standard input");

/* A refusal of the grant itself is for good: X says invalid_request for a refresh token that was
 * used before, others invalid_grant. */
/* clang-format off */
static const struct rule rules[] = {
    RULE(STATUSES(400, 401), RETRY, STOP, CREDENTIAL, "the login was refused"),
    RULE(STATUS(403),        RETRY, STOP, CREDENTIAL, "the app may not do this: look at its settings"),
    RULE(STATUS(404),        RETRY, STOP, CREDENTIAL, "the server has no such login: use --token-stdin"),
    RULE(STATUS(429),        RETRY, WAIT, NETWORK,    "too many logins: try again later"),
};
/* clang-format on */

static const char *scopes_of(const struct platform *p, const struct oauth_flow *flow) {
    return flow->scopes != NULL ? flow->scopes : p->oauth->scopes;
}

static struct answer login_answer(const struct platform *p, const struct http_response *in,
                                  struct reply *out, const json_t *root) {
    const struct answer_form form = {.title = p->title,
                                     .rules = rules,
                                     .rule_count = COUNT(rules),
                                     .word = "error",
                                     .message = "error_description"};
    return answer_of(&form, in, out, WHEN_READ, root);
}

/* ---- the browser -----------------------------------------------------------------------------*/

int oauth_authorize(const struct platform *p, const char *server, const struct oauth_flow *flow,
                    struct buffer *out, struct winnow_error *err) {
    const struct platform_oauth *o = p->oauth;
    bool own = o->authorize_url != NULL && strcmp(server, p->default_server) == 0;
    buffer_clear(out);
    if (own)
        buffer_add_text(out, o->authorize_url);
    else
        buffer_addf(out, "%s%s", server, o->authorize);
    buffer_add_text(out, "?");
    form_add(out, "response_type", "code");
    form_add(out, "client_id", flow->client.id);
    form_add(out, "redirect_uri", flow->redirect);
    form_add(out, "scope", scopes_of(p, flow));
    form_add(out, "state", flow->state);
    if (flow->challenge[0] != '\0') {
        form_add(out, "code_challenge", flow->challenge);
        form_add(out, "code_challenge_method", "S256");
    }
    return out->failed ? winnow_fail(err, WINNOW_NO_MEMORY, "the login's address is too long") : 0;
}

/* ---- tokens ----------------------------------------------------------------------------------*/

static void begin(struct http_request *out, const char *path) {
    build_begin(out, HTTP_POST, path);
    out->secret = HTTP_NO_SECRET;
    out->content_type = form_type;
}

/* Which app asks. */
static void add_client(const struct platform *p, const struct platform_client *client,
                       struct http_request *out) {
    bool in_header = p->oauth->secret_in_header && client->secret[0] != '\0';
    if (in_header)
        out->secret = HTTP_CLIENT_SECRET;
    else
        form_add(&out->body, "client_id", client->id);
    if (!in_header && client->secret[0] != '\0')
        form_add(&out->body, "client_secret", client->secret);
}

int oauth_build_exchange(const struct platform *p, const struct oauth_flow *flow,
                         struct http_request *out, struct winnow_error *err) {
    begin(out, p->oauth->token);
    form_add(&out->body, "grant_type", "authorization_code");
    form_add(&out->body, "code", flow->code);
    form_add(&out->body, "redirect_uri", flow->redirect);
    if (flow->verifier[0] != '\0')
        form_add(&out->body, "code_verifier", flow->verifier);
    add_client(p, &flow->client, out);
    return build_end(out, err);
}

int oauth_build_refresh(const struct platform *p, const struct platform_client *client,
                        const char *refresh, struct http_request *out, struct winnow_error *err) {
    begin(out, p->oauth->token);
    form_add(&out->body, "grant_type", "refresh_token");
    form_add(&out->body, "refresh_token", refresh);
    add_client(p, client, out);
    return build_end(out, err);
}

#define LIFE_MAX_S (INT64_C(10) * 365 * 24 * 60 * 60)

bool oauth_scope_held(const char *granted, const char *scope) {
    char kind[64];
    const struct text all = {granted, (uint32_t)strlen(granted)};
    snprintf(kind, sizeof kind, "%.*s", (int)strcspn(scope, ":"), scope);
    return foreign_lists(all, " ", scope) || foreign_lists(all, " ", kind);
}

static void read_granted(const json_t *root, struct oauth_grant *grant) {
    struct text scopes;
    if (body_text(root, "scope", &scopes) && scopes.size <= OAUTH_SCOPES_MAX)
        foreign_copy(scopes, grant->scopes, sizeof grant->scopes);
}

static bool read_tokens(const json_t *root, struct oauth_grant *grant) {
    struct text type;
    int64_t life_s;
    if (!body_text(root, "token_type", &type) || !foreign_is(type, "bearer") ||
        !body_token(root, "access_token", PLATFORM_TOKEN_MAX, grant->access))
        return false;
    if (!body_token(root, "refresh_token", PLATFORM_TOKEN_MAX, grant->refresh))
        grant->refresh[0] = '\0';
    if (body_count(root, "expires_in", &life_s))
        grant->life_ms = (life_s < LIFE_MAX_S ? life_s : LIFE_MAX_S) * 1000;
    read_granted(root, grant);
    return true;
}

/* A person can take scopes away in the browser, and an app may not have them. Nothing said: what
 * was asked for (RFC 6749, 5.1). */
static bool grants_enough(const struct platform *p, const json_t *root) {
    struct text granted;
    if (!body_text(root, "scope", &granted))
        return true;
    for (const char *const *need = p->oauth->needs; *need != NULL; need++)
        if (foreign_lists(granted, " ", *need))
            return true;
    return false;
}

/* Wait or stop; a wait's reason is the rule's, for a login does not wait. */
static void refused(const struct platform *p, const struct answer *a) {
    bool no_secret = p->oauth->secret_in_header && a->in->status == 401 &&
                     (foreign_is(a->word, "unauthorized_client") ||
                      foreign_has(a->message, "missing valid authorization header"));
    const struct rule *rule = no_secret ? &lacks_secret : answer_rule(a);
    int64_t later = 0;
    answer_settle(a, rule);
    if (rule->action == REPLY_WAIT && header_retry_after(a, &later))
        a->out->until_ms = later;
}

void oauth_read_grant(const struct platform *p, const struct http_response *in,
                      struct oauth_grant *grant, struct reply *out) {
    json_t *root = answer_body(in);
    struct answer a = login_answer(p, in, out, root);
    *grant = (struct oauth_grant){0};
    if (answer_begin(&a)) {
        if (in->status != 200 || !read_tokens(root, grant)) {
            refused(p, &a);
        } else if (grants_enough(p, root)) {
            answer_done(&a, OUTCOME_NONE);
        } else {
            explicit_bzero(grant, sizeof *grant);
            answer_say(&a, OUTCOME_RETRY, REPLY_STOP, WINNOW_CREDENTIAL,
                       "the login was granted without the right to unfollow: give the app write "
                       "access, log in again, and allow all that is asked for");
        }
    }
    json_decref(root);
}

int oauth_build_revoke(const struct platform *p, const struct platform_client *client,
                       const char *token, struct http_request *out, struct winnow_error *err) {
    begin(out, p->oauth->revoke);
    form_add(&out->body, "token", token);
    add_client(p, client, out);
    return build_end(out, err);
}

/* 200 also for a token that was none any more (RFC 7009). */
void oauth_read_revoke(const struct platform *p, const struct http_response *in,
                       struct reply *out) {
    json_t *root = answer_body(in);
    struct answer a = login_answer(p, in, out, root);
    if (answer_begin(&a)) {
        if (in->status == 200)
            answer_done(&a, OUTCOME_NONE);
        else
            refused(p, &a);
    }
    json_decref(root);
}

/* ---- the app ---------------------------------------------------------------------------------*/

int oauth_build_register(const struct platform *p, const struct oauth_flow *flow,
                         struct http_request *out, struct winnow_error *err) {
    begin(out, p->oauth->register_app);
    form_add(&out->body, "client_name", "winnow");
    form_add(&out->body, "redirect_uris", flow->redirect);
    form_add(&out->body, "scopes", scopes_of(p, flow));
    return build_end(out, err);
}

void oauth_read_register(const struct platform *p, const struct http_response *in,
                         struct platform_client *client, struct reply *out) {
    json_t *root = answer_body(in);
    struct answer a = login_answer(p, in, out, root);
    *client = (struct platform_client){0};
    if (answer_begin(&a)) {
        if (in->status == 200 && body_token(root, "client_id", PLATFORM_CLIENT_MAX, client->id) &&
            body_token(root, "client_secret", PLATFORM_CLIENT_MAX, client->secret)) {
            answer_done(&a, OUTCOME_NONE);
        } else {
            *client = (struct platform_client){0}; /* half of one is none */
            refused(p, &a);
        }
    }
    json_decref(root);
}

int oauth_build_metadata(const struct platform *p, struct http_request *out,
                         struct winnow_error *err) {
    build_begin(out, HTTP_GET, p->oauth->metadata);
    out->secret = HTTP_NO_SECRET;
    return build_end(out, err);
}

bool oauth_read_metadata(const struct http_response *in) {
    bool found = false;
    json_t *root = in->end == HTTP_DONE && in->status == 200 ? body_parse(in->body) : NULL;
    const json_t *methods = body_array(root, "code_challenge_methods_supported");
    for (size_t i = 0; i < json_array_size(methods); i++) {
        const char *method = json_string_value(json_array_get(methods, i));
        found |= method != NULL && strcmp(method, "S256") == 0;
    }
    json_decref(root);
    return found;
}
