/* Registered apps: see login_app.h. The file is JSON: {"client_id", "client_secret", "redirect"}.
 * Happy path: one registration a campaign and address. Fails as the server and the disk do. */
#include "worker/login_app.h"

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

bool login_app_read(struct winnow *w, const struct store_campaign *c, struct platform_client *out,
                    char redirect[OAUTH_REDIRECT_MAX]) {
    char path[PATH_MAX];
    char text[SECRET_FILE_MAX];
    size_t size;
    if (login_app_path(w, c, path, NULL) != 0 ||
        secret_file_read(path, text, sizeof text, &size, NULL) != 0)
        return false;
    json_t *root = json_loadb(text, size, 0, NULL);
    explicit_bzero(text, sizeof text);
    bool whole = copy(root, "client_id", out->id, sizeof out->id) &&
                 copy(root, "client_secret", out->secret, sizeof out->secret) &&
                 copy(root, "redirect", redirect, OAUTH_REDIRECT_MAX);
    json_decref(root);
    return whole;
}

static int app_write(struct caller *c, const struct oauth_flow *flow, struct winnow_error *err) {
    char path[PATH_MAX];
    char text[SECRET_FILE_MAX];
    if (login_app_path(c->winnow, c->campaign, path, err) != 0)
        return -1;
    json_t *root = json_pack("{s:s, s:s, s:s}", "client_id", flow->client.id, "client_secret",
                             flow->client.secret, "redirect", flow->redirect);
    size_t size = root == NULL ? 0 : json_dumpb(root, text, sizeof text, JSON_COMPACT);
    json_decref(root);
    if (size == 0 || size > sizeof text)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory for the app's registration");
    int result = secret_file_write(path, text, size, err);
    explicit_bzero(text, sizeof text);
    return result;
}

static int ask_register(struct caller *c, void *context, struct winnow_error *err) {
    struct oauth_flow *flow = context;
    struct http_request request;
    const struct http_response *response;
    struct reply reply = {0};
    http_request_init(&request);
    int result = oauth_build_register(c->platform, flow->redirect, &request, err);
    if (result == 0)
        result = caller_ask(c, &request, &response, err);
    http_request_free(&request);
    if (result != 0)
        return -1;
    oauth_read_register(c->platform, response, &flow->client, &reply);
    if (reply.action == REPLY_GO_ON)
        return 0;
    caller_fail(&reply, err);
    return winnow_fail_at(err, "no app could be registered with the server");
}

int login_app_register(struct caller *c, struct oauth_flow *flow, struct winnow_error *err) {
    return login_counted(c, ask_register, flow, 0, err) == 0 ? app_write(c, flow, err) : -1;
}
