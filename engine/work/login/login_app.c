/* Registered apps: see login_app.h. The file is JSON: {"client_id", "client_secret", "redirect"}.
 * Happy path: one registration a campaign and address. Fails as the server and the disk do. */
#include "work/login/login_app.h"

#include <string.h>

#include "work/session/secret_json.h"

int login_app_path(struct winnow *w, const struct store_campaign *c, char path[PATH_MAX],
                   struct winnow_error *err) {
    return state_path(w, "credentials", c->name, "~app", path, err);
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
    char scopes[OAUTH_SCOPES_MAX + 1];
    if (login_app_path(w, c, path, NULL) != 0)
        return false;
    json_t *root = secret_json_read(path, NULL);
    struct platform_client *client = &out->client;
    bool whole = secret_json_copy(root, "client_id", client->id, sizeof client->id) &&
                 secret_json_copy(root, "client_secret", client->secret, sizeof client->secret) &&
                 secret_json_copy(root, "redirect", out->redirect, sizeof out->redirect) &&
                 secret_json_copy(root, "scopes", scopes, sizeof scopes);
    json_decref(root);
    out->scopes = whole ? known_scopes(platform_find(c->platform), scopes) : NULL;
    return out->scopes != NULL;
}

static int app_write(struct caller *c, const struct oauth_flow *flow, struct winnow_error *err) {
    char path[PATH_MAX];
    struct secret_json file;
    if (login_app_path(c->winnow, c->campaign, path, err) != 0)
        return -1;
    secret_json_begin(&file);
    secret_json_text(&file, "client_id", flow->client.id);
    secret_json_text(&file, "client_secret", flow->client.secret);
    secret_json_text(&file, "redirect", flow->redirect);
    secret_json_text(&file, "scopes", flow->scopes);
    return secret_json_write(&file, path, err);
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
