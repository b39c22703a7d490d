/* Registered apps: see login_app.h. The file is JSON: {"client_id", "client_secret", "redirect"}.
 * Happy path: one registration a campaign and address. Fails as the server and the disk do. */
#include "work/login/login_app.h"

#include "io/secret_file.h"

#include <jansson.h>
#include <string.h>

int login_app_path(struct winnow *w, const struct store_campaign *c, char path[PATH_MAX],
                   struct winnow_error *err) {
    return state_path(w, "credentials", c->name, "~app", path, err);
}

static bool copy(const json_t *root, const char *key, char *to, size_t room) {
    const char *value = json_string_value(json_object_get(root, key));
    size_t size = value == NULL ? room : strlen(value);
    if (size >= room)
        return false;
    memcpy(to, value, size + 1);
    return true;
}

/* Files of older versions do not tell the scopes: those apps have too few. */
static const char *known_scopes(const struct platform *p, const char *scopes) {
    const struct platform_oauth *o = p->oauth;
    if (strcmp(scopes, o->scopes) == 0)
        return o->scopes;
    return o->scopes_fewer != NULL && strcmp(scopes, o->scopes_fewer) == 0 ? o->scopes_fewer : NULL;
}

bool login_app_read(struct winnow *w, const struct store_campaign *c, struct oauth_flow *out) {
    char path[PATH_MAX];
    char text[SECRET_FILE_MAX];
    char scopes[OAUTH_SCOPES_MAX + 1];
    size_t size;
    if (login_app_path(w, c, path, NULL) != 0 ||
        secret_file_read(path, text, sizeof text, &size, NULL) != 0)
        return false;
    json_t *root = json_loadb(text, size, 0, NULL);
    explicit_bzero(text, sizeof text);
    bool whole = copy(root, "client_id", out->client.id, sizeof out->client.id) &&
                 copy(root, "client_secret", out->client.secret, sizeof out->client.secret) &&
                 copy(root, "redirect", out->redirect, sizeof out->redirect) &&
                 copy(root, "scopes", scopes, sizeof scopes);
    json_decref(root);
    out->scopes = whole ? known_scopes(platform_find(c->platform), scopes) : NULL;
    return out->scopes != NULL;
}

static int app_write(struct caller *c, const struct oauth_flow *flow, struct winnow_error *err) {
    char path[PATH_MAX];
    char text[SECRET_FILE_MAX];
    if (login_app_path(c->winnow, c->campaign, path, err) != 0)
        return -1;
    json_t *root =
        json_pack("{s:s, s:s, s:s, s:s}", "client_id", flow->client.id, "client_secret",
                  flow->client.secret, "redirect", flow->redirect, "scopes", flow->scopes);
    size_t size = root == NULL ? 0 : json_dumpb(root, text, sizeof text, JSON_COMPACT);
    json_decref(root);
    if (size == 0 || size > sizeof text)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory for the app's registration");
    int result = secret_file_write(path, text, size, err);
    explicit_bzero(text, sizeof text);
    return result;
}

struct registering {
    struct oauth_flow *flow;
    bool too_many; /* scopes: the server refused the app, and there are fewer to ask for */
};

static int ask_register(struct caller *c, void *context, struct winnow_error *err) {
    struct registering *r = context;
    const struct platform_oauth *o = c->platform->oauth;
    struct http_request request;
    const struct http_response *response;
    struct reply reply = {0};
    http_request_init(&request);
    int result = oauth_build_register(c->platform, r->flow, &request, err);
    if (result == 0)
        result = caller_ask(c, &request, &response, err);
    http_request_free(&request);
    if (result != 0)
        return -1;
    oauth_read_register(c->platform, response, &r->flow->client, &reply);
    r->too_many = response->end == HTTP_DONE &&
                  (response->status == 400 || response->status == 422) &&
                  r->flow->scopes == o->scopes && o->scopes_fewer != NULL;
    if (reply.action == REPLY_GO_ON || r->too_many)
        return 0;
    reply_fail(&reply, err);
    return winnow_fail_at(err, "no app could be registered with the server");
}

void login_scopes_tell(const struct platform *p, const char *granted,
                       const struct winnow_hooks *hooks) {
    for (size_t i = 0; i < p->source_count && granted[0] != '\0'; i++) {
        const struct platform_source *s = &p->sources[i];
        if (s->scope != NULL && !oauth_scope_held(granted, s->scope))
            hooks_warn(hooks,
                       "this login lacks the scope %s: your %s stay unread, and a plan knows "
                       "nothing of them",
                       s->scope, dataset_names[s->dataset]);
    }
}

int login_app_register(struct caller *c, struct oauth_flow *flow, const struct winnow_hooks *hooks,
                       struct winnow_error *err) {
    struct registering r = {.flow = flow};
    flow->scopes = c->platform->oauth->scopes;
    if (login_counted(c, ask_register, &r, 0, err) != 0)
        return -1;
    if (r.too_many) {
        flow->scopes = c->platform->oauth->scopes_fewer;
        hooks_warn(hooks, "the server refuses the app with all scopes: it is asked for fewer");
        if (login_counted(c, ask_register, &r, 0, err) != 0)
            return -1;
    }
    return app_write(c, flow, err);
}
