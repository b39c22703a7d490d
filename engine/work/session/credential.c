/* Credentials in their files: see credential.h. The file is JSON: {"access": ..., "refresh": ...},
 * and for a login in the browser "renew_ms", "client_id" and "client_secret".
 * Happy path: read, use, wipe. Fails with WINNOW_CREDENTIAL and the login command to run. */
#include "work/session/credential.h"

#include <nettle/base64.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "platform/wire/oauth.h"
#include "work/session/secret_json.h"

int credential_path(struct winnow *w, const struct store_campaign *c, char path[PATH_MAX],
                    struct winnow_error *err) {
    return state_path(w, "credentials", c->name, "", path, err);
}

bool credential_exists(struct winnow *w, const struct store_campaign *c) {
    char path[PATH_MAX];
    return credential_path(w, c, path, NULL) == 0 && access(path, F_OK) == 0;
}

void credential_wipe(struct credential *c) {
    explicit_bzero(c, sizeof *c);
}

const char *credential_secret(const struct credential *c, enum http_secret which) {
    switch (which) {
    case HTTP_ACCESS_TOKEN:
        return c->access;
    case HTTP_REFRESH_TOKEN:
        return c->refresh;
    case HTTP_CLIENT_SECRET:
        return c->basic;
    case HTTP_NO_SECRET:
        break;
    }
    return NULL;
}

#define HIDDEN_MIN 8 /* shorter beginnings stand in any text */

void credential_hide_text(const char *secret, char *text) {
    size_t size = strlen(secret);
    size_t least = size < HIDDEN_MIN ? size : HIDDEN_MIN;
    while (size > 0 && *text != '\0') {
        size_t same = 0;
        while (same < size && text[same] == secret[same])
            same++;
        if (same >= least)
            memset(text, '*', same);
        text += same >= least ? same : 1;
    }
}

void credential_hide(const struct credential *c, char *text) {
    credential_hide_text(c->access, text);
    credential_hide_text(c->refresh, text);
    credential_hide_text(c->client.secret, text);
    credential_hide_text(c->basic, text);
}

void credential_set_client(struct credential *c, const struct platform_client *client) {
    char pair[2 * PLATFORM_CLIENT_MAX + 2];
    c->client = *client;
    c->basic[0] = '\0';
    if (client->secret[0] == '\0')
        return;
    size_t size = (size_t)snprintf(pair, sizeof pair, "%s:%s", client->id, client->secret);
    base64_encode_raw(c->basic, size, (const unsigned char *)pair);
    c->basic[BASE64_ENCODE_RAW_LENGTH(size)] = '\0';
    explicit_bzero(pair, sizeof pair);
}

#define RENEW_AHEAD_MS INT64_C(60000)
#define RENEW_LEAST_MS                                                                             \
    INT64_C(2000) /* one that lives shorter would be refreshed for every request */

int64_t credential_renew_ms(int64_t now_ms, int64_t life_ms) {
    if (life_ms < RENEW_LEAST_MS)
        return 0;
    return now_ms + life_ms - (life_ms < 2 * RENEW_AHEAD_MS ? life_ms / 2 : RENEW_AHEAD_MS);
}

bool credential_due(const struct credential *c, int64_t now_ms) {
    return c->renew_ms != 0 && now_ms >= c->renew_ms && c->refresh[0] != '\0';
}

/* A login in the browser is done again as it was; its app is known. */
void credential_command(struct winnow *w, const struct store_campaign *c, char *out, size_t room) {
    const struct platform *p = platform_find(c->platform);
    char path[PATH_MAX];
    bool there = credential_exists(w, c);
    bool browser = !there && p != NULL && p->oauth != NULL && p->oauth->register_app != NULL;
    if (there && p != NULL && p->oauth != NULL && credential_path(w, c, path, NULL) == 0) {
        json_t *root = secret_json_read(path, NULL);
        browser = json_object_get(root, "client_id") != NULL;
        json_decref(root);
    }
    snprintf(out, room, "winnow login %s%s", c->name,
             browser                    ? ""
             : p != NULL && p->sessions ? " --password-stdin"
                                        : " --token-stdin");
}

static int login_again(struct winnow *w, const struct store_campaign *c, const char *what,
                       struct winnow_error *err) {
    char command[CREDENTIAL_COMMAND_MAX];
    credential_command(w, c, command, sizeof command);
    return winnow_fail(err, WINNOW_CREDENTIAL, "campaign %s: %s; run `%s`", c->name, what, command);
}

/* What a login in the browser has besides; files without it are older or of a token. */
static bool read_app(const json_t *root, struct credential *out) {
    struct platform_client client = {0};
    const json_t *renew = json_object_get(root, "renew_ms");
    out->renew_ms = json_is_integer(renew) ? json_integer_value(renew) : 0;
    bool whole = json_object_get(root, "client_id") == NULL ||
                 (secret_json_copy(root, "client_id", client.id, sizeof client.id) &&
                  secret_json_copy(root, "client_secret", client.secret, sizeof client.secret));
    credential_set_client(out, &client);
    explicit_bzero(&client, sizeof client);
    return whole;
}

int credential_read(struct winnow *w, const struct store_campaign *c, struct credential *out,
                    struct winnow_error *err) {
    char path[PATH_MAX];
    if (credential_path(w, c, path, err) != 0)
        return -1;
    if (!credential_exists(w, c))
        return login_again(w, c, "nobody is logged in", err);
    json_t *root = secret_json_read(path, err);
    if (root == NULL)
        return -1;
    bool whole = secret_json_copy(root, "access", out->access, sizeof out->access) &&
                 secret_json_copy(root, "refresh", out->refresh, sizeof out->refresh) &&
                 read_app(root, out);
    json_decref(root);
    return whole ? 0 : login_again(w, c, "the credential file cannot be read", err);
}

int credential_write(struct winnow *w, const struct store_campaign *c,
                     const struct credential *credential, struct winnow_error *err) {
    char path[PATH_MAX];
    struct secret_json file;
    if (credential_path(w, c, path, err) != 0)
        return -1;
    secret_json_begin(&file);
    secret_json_text(&file, "access", credential->access);
    secret_json_text(&file, "refresh", credential->refresh);
    if (credential->client.id[0] != '\0') {
        secret_json_number(&file, "renew_ms", credential->renew_ms);
        secret_json_text(&file, "client_id", credential->client.id);
        secret_json_text(&file, "client_secret", credential->client.secret);
    }
    return secret_json_write(&file, path, err);
}

int credential_remove(struct winnow *w, const struct store_campaign *c, struct winnow_error *err) {
    char path[PATH_MAX];
    return credential_path(w, c, path, err) == 0 ? secret_file_remove(path, err) : -1;
}
