/* The OAuth endpoints: see oauth.h.
 *
 * Happy path: GET authorize redirects at once with code and state (whoever asks has consented);
 * POST token trades it against the verifier's hash; refresh tokens rotate, each is good once.
 * Failure: authorize with a wrong app or redirect answers 400 and redirects nowhere. */
#include "sim.h"

#include <nettle/base64.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NOT_OAUTH, AUTHORIZE, TOKEN, REVOKE, REGISTER, METADATA };

static int endpoint(const char *path, bool *mastodon) {
    static const struct {
        const char *path;
        int what;
        bool mastodon;
    } known[] = {{"/i/oauth2/authorize", AUTHORIZE, false},
                 {"/2/oauth2/token", TOKEN, false},
                 {"/2/oauth2/revoke", REVOKE, false},
                 {"/oauth/authorize", AUTHORIZE, true},
                 {"/oauth/token", TOKEN, true},
                 {"/oauth/revoke", REVOKE, true},
                 {"/api/v1/apps", REGISTER, true},
                 {"/.well-known/oauth-authorization-server", METADATA, true}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(path, known[i].path) == 0) {
            *mastodon = known[i].mastodon;
            return known[i].what;
        }
    }
    return NOT_OAUTH;
}

bool oauth_path(const char *path) {
    bool mastodon = false;
    return endpoint(path, &mastodon) != NOT_OAUTH;
}

/* ---- small help ---- */

#define FIELD_MAX 512

/* A field of a form, which may come in parts. */
static enum MHD_Result take_field(void *cls, enum MHD_ValueKind kind, const char *key,
                                  const char *file, const char *type, const char *coding,
                                  const char *data, uint64_t at, size_t len) {
    json_t *fields = cls;
    char value[FIELD_MAX] = "";
    (void)kind;
    (void)file;
    (void)type;
    (void)coding;
    if (key != NULL && at + len < sizeof value) {
        const char *before = json_string_value(json_object_get(fields, key));
        (void)snprintf(value, sizeof value, "%s%.*s", at > 0 && before != NULL ? before : "",
                       (int)len, data);
        (void)json_object_set_new(fields, key, json_string(value));
    }
    return MHD_YES;
}

/* The body as an object: Mastodon and X take JSON as well as a form, whole or in parts. */
static json_t *body_fields(const struct request *request) {
    const char *type = header(request, "Content-Type");
    if (type != NULL && strncmp(type, "application/json", 16) == 0) {
        json_t *fields = json_loadb(request->body, request->body_len, 0, NULL);
        return fields != NULL ? fields : json_object();
    }
    json_t *fields = json_object();
    struct MHD_PostProcessor *form =
        MHD_create_post_processor(request->conn, 4096, take_field, fields);
    if (form != NULL) {
        (void)MHD_post_process(form, request->body, request->body_len);
        (void)MHD_destroy_post_processor(form);
    }
    return fields;
}

/* A value of the body; "" if there is none. Of a list the first: one redirect is enough here. */
static void form(const struct request *request, const char *key, char *out, size_t size) {
    const json_t *value = json_object_get(request->json, key);
    const char *text = json_string_value(json_is_array(value) ? json_array_get(value, 0) : value);
    (void)snprintf(out, size, "%.*s", (int)size - 1, text != NULL ? text : "");
}

static void draw(struct sim *sim, const char *kind, uint32_t number, char *out, size_t size) {
    uint64_t a = sim_mix(sim->oauth.seed * 1000003 + number);
    (void)snprintf(out, size, "%s-%016llx%016llx", kind, (unsigned long long)a,
                   (unsigned long long)sim_mix(a ^ (unsigned char)kind[0]));
}

static void refuse(struct sim *sim, struct reply *reply, unsigned status, const char *word,
                   const char *why) {
    sim->oauth.is.refused++;
    reply_printf(reply, status, "{\"error\":\"%s\",\"error_description\":\"%s\"}", word, why);
}

static uint32_t find_app(const struct oauth *oauth, const char *id, bool mastodon) {
    for (uint32_t i = 0; i < oauth->apps; i++) {
        if (strcmp(oauth->app[i].id, id) == 0 && oauth->app[i].mastodon == mastodon) {
            return i;
        }
    }
    return SIM_NONE;
}

static struct oauth_token *find_token(struct oauth *oauth, const char *text, bool refresh) {
    for (uint32_t i = 0; i < oauth->tokens; i++) {
        if (strcmp(oauth->token[i].text, text) == 0 && oauth->token[i].refresh == refresh) {
            return &oauth->token[i];
        }
    }
    return NULL;
}

bool oauth_knows(struct sim *sim, const struct request *request) {
    const char *value = header(request, "Authorization");
    if (value == NULL || strncmp(value, "Bearer ", 7) != 0) {
        return false;
    }
    const struct oauth_token *token = find_token(&sim->oauth, value + 7, false);
    return token != NULL && !token->gone && token->expires_ns > request->mono_ns &&
           sim->oauth.app[token->app].mastodon == (request->platform == P_MASTODON);
}

/* ---- the browser's part ---- */

/* NULL when the app may not be answered; X's app has the redirects of --redirect-uri, and without
 * that any on loopback. */
static const char *redirect_of(const struct oauth_app *app, const struct request *request) {
    const char *asked = query(request, "redirect_uri");
    if (asked == NULL || strlen(asked) > 200) {
        return NULL;
    }
    if (app->redirect[0] == '\0' ? strncmp(asked, "http://127.0.0.1:", 17) == 0
                                 : strcmp(asked, app->redirect) == 0) {
        return asked;
    }
    return NULL;
}

static void authorize(struct sim *sim, const struct request *request, struct reply *reply,
                      bool mastodon) {
    struct oauth *oauth = &sim->oauth;
    const char *id = query(request, "client_id");
    uint32_t app = id != NULL ? find_app(oauth, id, mastodon) : SIM_NONE;
    const char *redirect = app != SIM_NONE ? redirect_of(&oauth->app[app], request) : NULL;
    const char *challenge = query(request, "code_challenge");
    const char *method = query(request, "code_challenge_method");
    const char *state = query(request, "state");
    const char *type = query(request, "response_type");
    const char *scope = query(request, "scope");
    bool s256 = method != NULL && (strcmp(method, "S256") == 0 ||
                                   (!mastodon && strcmp(method, "s256") == 0)); /* X takes both */
    bool proven = challenge != NULL && strlen(challenge) == 43 && s256;
    bool bare = challenge == NULL && mastodon;
    bool told = mastodon || (scope != NULL && state != NULL); /* Mastodon has defaults for them */
    if (redirect == NULL || oauth->codes == OAUTH_MOST || (!proven && !bare) || type == NULL ||
        strcmp(type, "code") != 0 || !told || (state != NULL && strlen(state) > 128)) {
        refuse(sim, reply, 400, "invalid_request", "app, redirect, scope, state or challenge");
        return;
    }
    struct oauth_code *code = &oauth->code[oauth->codes++];
    *code = (struct oauth_code){.app = app, .expires_ns = request->mono_ns + oauth->code_life_ns};
    draw(sim, "code", oauth->codes, code->text, sizeof code->text);
    (void)snprintf(code->redirect, sizeof code->redirect, "%s", redirect);
    if (proven && !oauth->no_pkce) {
        (void)snprintf(code->challenge, sizeof code->challenge, "%s", challenge);
    }
    oauth->is.authorised++;
    if (strncmp(redirect, "urn:", 4) == 0) {
        reply->type = "text/plain";
        reply_printf(reply, 200, "%s\n", code->text);
        return;
    }
    reply_header(sim, reply, "Location", "%s?%s%s%scode=%s", redirect,
                 state != NULL ? "state=" : "", state != NULL ? state : "",
                 state != NULL ? "&" : "", code->text);
    reply_text(reply, 302, "");
}

/* ---- the app's part ---- */

/* The app that asks, by Basic or by the body; SIM_NONE if it is not known or its secret is wrong.
 */
static uint32_t client(struct sim *sim, const struct request *request, bool mastodon) {
    char id[64];
    char secret[64];
    char pair[160] = "";
    char basic[256];
    const char *value = header(request, "Authorization");
    form(request, "client_id", id, sizeof id);
    form(request, "client_secret", secret, sizeof secret);
    if (value != NULL && id[0] != '\0' && mastodon) {
        return SIM_NONE; /* one way at a time; X's own clients use both */
    }
    for (uint32_t i = 0; i < sim->oauth.apps; i++) {
        const struct oauth_app *app = &sim->oauth.app[i];
        (void)snprintf(pair, sizeof pair, "%s:%s", app->id, app->secret);
        size_t len = strlen(pair);
        base64_encode_raw(basic, len, (const uint8_t *)pair);
        basic[BASE64_ENCODE_RAW_LENGTH(len)] = '\0';
        bool by_header = value != NULL && app->secret[0] != '\0' &&
                         strncmp(value, "Basic ", 6) == 0 && strcmp(value + 6, basic) == 0;
        bool by_body = value == NULL && strcmp(app->id, id) == 0 &&
                       strcmp(app->secret, secret) == 0 && (mastodon || secret[0] == '\0');
        if (app->mastodon == mastodon && (by_header || by_body) &&
            (id[0] == '\0' || strcmp(app->id, id) == 0)) {
            return i;
        }
    }
    return SIM_NONE;
}

static bool verifier_fits(const struct oauth_code *code, const char *verifier) {
    struct sha256_ctx ctx;
    struct base64_encode_ctx encode;
    uint8_t digest[SHA256_DIGEST_SIZE];
    char text[64];
    if (code->challenge[0] == '\0') {
        return true;
    }
    sha256_init(&ctx);
    sha256_update(&ctx, strlen(verifier), (const uint8_t *)verifier);
    sha256_digest(&ctx, sizeof digest, digest);
    base64url_encode_init(&encode);
    size_t len = base64_encode_update(&encode, text, sizeof digest, digest);
    (void)base64_encode_final(&encode, text + len);
    return strncmp(text, code->challenge, 43) == 0;
}

static const char *new_token(struct sim *sim, const struct request *request, uint32_t app,
                             bool refresh) {
    struct oauth *oauth = &sim->oauth;
    if (oauth->tokens == OAUTH_MOST) {
        sim_die("more than %d tokens", OAUTH_MOST);
    }
    uint64_t life = oauth->app[app].mastodon ? UINT64_MAX / 4
                    : refresh                ? oauth->refresh_life_ns
                                             : oauth->token_life_ns;
    struct oauth_token *token = &oauth->token[oauth->tokens++];
    *token =
        (struct oauth_token){.app = app, .refresh = refresh, .expires_ns = request->mono_ns + life};
    draw(sim, refresh ? "refresh" : "access", oauth->tokens + 100000, token->text,
         sizeof token->text);
    return token->text;
}

static void issue(struct sim *sim, const struct request *request, struct reply *reply,
                  uint32_t app) {
    const char *access = new_token(sim, request, app, false);
    if (sim->oauth.app[app].mastodon) {
        reply_printf(reply, 200,
                     "{\"access_token\":\"%s\",\"token_type\":\"Bearer\",\"scope\":\"%s\","
                     "\"created_at\":%llu}",
                     access,
                     sim->options.app_scopes != NULL ? sim->options.app_scopes : "read write",
                     (unsigned long long)(request->real_ns / NS_PER_S));
        return;
    }
    if (sim->options.no_refresh) {
        reply_printf(
            reply, 200,
            "{\"token_type\":\"bearer\",\"expires_in\":%llu,\"access_token\":\"%s\",\"scope\":"
            "\"tweet.read users.read follows.read follows.write\"}",
            (unsigned long long)(sim->oauth.token_life_ns / NS_PER_S), access);
        return;
    }
    const char *refresh = new_token(sim, request, app, true);
    if (sim->state[P_X] == ACCOUNT_EXPIRED) {
        sim->state[P_X] = ACCOUNT_FINE;
    }
    reply_printf(reply, 200,
                 "{\"token_type\":\"bearer\",\"expires_in\":%llu,\"access_token\":\"%s\","
                 "\"scope\":\"tweet.read users.read follows.read follows.write offline.access\","
                 "\"refresh_token\":\"%s\"}",
                 (unsigned long long)(sim->oauth.token_life_ns / NS_PER_S), access, refresh);
}

static void exchange(struct sim *sim, const struct request *request, struct reply *reply,
                     uint32_t app) {
    struct oauth *oauth = &sim->oauth;
    char text[64];
    char redirect[256];
    char verifier[160];
    form(request, "code", text, sizeof text);
    form(request, "redirect_uri", redirect, sizeof redirect);
    form(request, "code_verifier", verifier, sizeof verifier);
    memcpy(oauth->verifier, verifier, sizeof verifier);
    struct oauth_code *code = NULL;
    for (uint32_t i = 0; i < oauth->codes; i++) {
        code = strcmp(oauth->code[i].text, text) == 0 ? &oauth->code[i] : code;
    }
    if (code != NULL && code->used) {
        oauth->is.reused++;
    }
    bool good = code != NULL && !code->used && code->app == app &&
                code->expires_ns > request->mono_ns && strcmp(code->redirect, redirect) == 0 &&
                verifier_fits(code, verifier);
    if (!good) {
        refuse(sim, reply, 400, oauth->app[app].mastodon ? "invalid_grant" : "invalid_request",
               "Value passed for the authorization code was invalid.");
        return;
    }
    code->used = true;
    oauth->is.exchanges++;
    issue(sim, request, reply, app);
}

static void refresh(struct sim *sim, const struct request *request, struct reply *reply,
                    uint32_t app) {
    char text[64];
    form(request, "refresh_token", text, sizeof text);
    struct oauth_token *token = find_token(&sim->oauth, text, true);
    if (token != NULL && token->gone) {
        sim->oauth.is.reused++;
    }
    if (token == NULL || token->gone || token->app != app ||
        token->expires_ns <= request->mono_ns) {
        refuse(sim, reply, 400, "invalid_request", "Value passed for the token was invalid.");
        return;
    }
    token->gone = true;
    sim->oauth.is.refreshes++;
    issue(sim, request, reply, app);
    if (sim->options.slow_refresh) {
        reply->delivery = SEND_SLOW;
    }
}

static void revoke(struct sim *sim, const struct request *request, struct reply *reply,
                   uint32_t app) {
    char text[64];
    form(request, "token", text, sizeof text);
    for (uint32_t i = 0; i < sim->oauth.tokens; i++) {
        struct oauth_token *token = &sim->oauth.token[i];
        if (strcmp(token->text, text) == 0 && token->app == app && !token->gone) {
            token->gone = true;
            sim->oauth.is.revoked++;
        }
    }
    reply_text(reply, 200, sim->oauth.app[app].mastodon ? "{}" : "{\"revoked\":true}");
}

/* X's app that has a secret, and did not say it. */
static bool confidential(struct sim *sim, const struct request *request, bool mastodon) {
    char id[64];
    form(request, "client_id", id, sizeof id);
    uint32_t app = find_app(&sim->oauth, id, mastodon);
    return !mastodon && app != SIM_NONE && sim->oauth.app[app].secret[0] != '\0' &&
           header(request, "Authorization") == NULL;
}

static void token_request(struct sim *sim, const struct request *request, struct reply *reply,
                          bool mastodon, bool revokes) {
    char grant[64];
    form(request, "grant_type", grant, sizeof grant);
    if (strcmp(grant, "refresh_token") == 0 && sim->options.refresh_fails > 0) {
        sim->options.refresh_fails--;
        reply_text(reply, 503, "{\"error\":\"temporarily_unavailable\"}");
        return;
    }
    uint32_t app = client(sim, request, mastodon);
    if (app == SIM_NONE && confidential(sim, request, mastodon)) {
        refuse(sim, reply, 401, "unauthorized_client", "Missing valid authorization header");
    } else if (app == SIM_NONE) {
        refuse(sim, reply, 401, "invalid_client", "The app is not known, or its secret is wrong.");
    } else if (revokes) {
        revoke(sim, request, reply, app);
    } else if (strcmp(grant, "authorization_code") == 0) {
        exchange(sim, request, reply, app);
    } else if (strcmp(grant, "refresh_token") == 0 && !mastodon) {
        refresh(sim, request, reply, app);
    } else {
        refuse(sim, reply, 400, "unsupported_grant_type", "No such grant.");
    }
}

uint32_t oauth_app(struct sim *sim, const char *id, const char *secret, const char *redirect,
                   bool mastodon) {
    struct oauth *oauth = &sim->oauth;
    if (oauth->apps == OAUTH_MOST) {
        sim_die("more than %d apps", OAUTH_MOST);
    }
    struct oauth_app *app = &oauth->app[oauth->apps];
    *app = (struct oauth_app){.mastodon = mastodon};
    (void)snprintf(app->id, sizeof app->id, "%s", id);
    (void)snprintf(app->secret, sizeof app->secret, "%s", secret);
    (void)snprintf(app->redirect, sizeof app->redirect, "%s", redirect);
    return oauth->apps++;
}

static bool scopes_known(const struct sim *sim, const char *asked) {
    const char *known = sim->options.app_scopes;
    while (known != NULL && *asked != '\0') {
        char word[64];
        size_t len = strcspn(asked, " ");
        (void)snprintf(word, sizeof word, " %.*s ", (int)(len < 60 ? len : 60), asked);
        char all[512];
        (void)snprintf(all, sizeof all, " %.500s ", known);
        if (strstr(all, word) == NULL) {
            return false;
        }
        asked += len + strspn(asked + len, " ");
    }
    return true;
}

static void register_app(struct sim *sim, const struct request *request, struct reply *reply) {
    char redirect[256];
    char name[64];
    char id[64];
    char secret[64];
    char scopes[256];
    char website[256];
    form(request, "redirect_uris", redirect, sizeof redirect);
    form(request, "client_name", name, sizeof name);
    if (redirect[0] == '\0' || name[0] == '\0') {
        reply_text(reply, 422, "{\"error\":\"Validation failed\"}");
        return;
    }
    form(request, "scopes", scopes, sizeof scopes);
    if (!scopes_known(sim, scopes)) {
        reply_text(reply, 422,
                   "{\"error\":\"Validation failed: Scopes doesn't match configured on the "
                   "server.\"}");
        return;
    }
    draw(sim, "id", sim->oauth.apps, id, sizeof id);
    draw(sim, "secret", sim->oauth.apps, secret, sizeof secret);
    (void)oauth_app(sim, id, secret, redirect, true);
    form(request, "website", website, sizeof website);
    json_t *scope_list = json_array();
    for (const char *at = scopes[0] != '\0' ? scopes : "read"; *at != '\0';) {
        size_t len = strcspn(at, " ");
        (void)json_array_append_new(scope_list, json_stringn(at, len));
        at += len + strspn(at + len, " ");
    }
    char number[16];
    (void)snprintf(number, sizeof number, "%u", sim->oauth.apps);
    json_t *app =
        json_pack("{s:s,s:s,s:s?,s:o,s:[s],s:s,s:s,s:s,s:s,s:i}", "id", number, "name", name,
                  "website", website[0] != '\0' ? website : NULL, "scopes", scope_list,
                  "redirect_uris", redirect, "redirect_uri", redirect, "vapid_key", "", "client_id",
                  id, "client_secret", secret, "client_secret_expires_at", 0);
    char *text = app != NULL ? json_dumps(app, JSON_COMPACT) : NULL;
    reply_text(reply, text != NULL ? 200 : 500, text != NULL ? text : "");
    free(text);
    json_decref(app);
}

/* RFC 8414. The token endpoint is elsewhere: a client must not send a code there. */
static void metadata(struct sim *sim, struct reply *reply) {
    if (sim->oauth.no_pkce) {
        reply_text(reply, 404, "{\"error\":\"Not Found\"}");
        return;
    }
    reply_text(reply, 200,
               "{\"issuer\":\"https://social.example/\",\"authorization_endpoint\":"
               "\"https://elsewhere.example/oauth/authorize\",\"token_endpoint\":"
               "\"https://elsewhere.example/oauth/token\",\"scopes_supported\":[\"read\","
               "\"write\",\"follow\"],\"response_types_supported\":[\"code\"],"
               "\"code_challenge_methods_supported\":[\"S256\"]}");
}

void oauth_serve(struct sim *sim, struct request *request, struct reply *reply) {
    bool mastodon = false;
    int what = endpoint(request->path, &mastodon);
    request->json = body_fields(request);
    if ((what == AUTHORIZE || what == METADATA) != (request->verb == V_GET)) {
        reply_text(reply, 405, "");
    } else if (what == AUTHORIZE) {
        authorize(sim, request, reply, mastodon);
    } else if (what == METADATA) {
        metadata(sim, reply);
    } else if (what == REGISTER) {
        register_app(sim, request, reply);
    } else {
        token_request(sim, request, reply, mastodon, what == REVOKE);
    }
    json_decref(request->json);
    request->json = NULL;
}

void oauth_json(const struct oauth *oauth, struct buf *out) {
    buf_printf(out,
               "{\"apps\":%u,\"authorised\":%u,\"exchanges\":%u,\"refreshes\":%u,\"refused\":%u,"
               "\"reused\":%u,\"revoked\":%u,\"verifier\":\"%s\"}\n",
               oauth->apps, oauth->is.authorised, oauth->is.exchanges, oauth->is.refreshes,
               oauth->is.refused, oauth->is.reused, oauth->is.revoked, oauth->verifier);
}

void oauth_end_access(struct oauth *oauth) {
    for (uint32_t i = 0; i < oauth->tokens; i++) {
        oauth->token[i].gone = oauth->token[i].gone || !oauth->token[i].refresh;
    }
}
