/* Credentials in their files: see credential.h. The file is JSON: {"access": ..., "refresh": ...}.
 * Happy path: read, use, wipe. Fails with WINNOW_CREDENTIAL and the login command to run. */
#include "worker/credential.h"

#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "io/secret_file.h"

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
}

static int login_again(const struct store_campaign *c, const char *what, struct winnow_error *err) {
    const struct platform *p = platform_find(c->platform);
    return winnow_fail(err, WINNOW_CREDENTIAL, "campaign %s: %s; run `winnow login %s --%s-stdin`",
                       c->name, what, c->name, p != NULL && p->sessions ? "password" : "token");
}

static bool copy_string(const json_t *root, const char *key, char to[PLATFORM_TOKEN_MAX + 1]) {
    const json_t *value = json_object_get(root, key);
    size_t size = json_string_length(value);
    if (!json_is_string(value) || size > PLATFORM_TOKEN_MAX)
        return false;
    memcpy(to, json_string_value(value), size + 1);
    return true;
}

int credential_read(struct winnow *w, const struct store_campaign *c, struct credential *out,
                    struct winnow_error *err) {
    char path[PATH_MAX];
    char text[SECRET_FILE_MAX];
    size_t size;
    if (credential_path(w, c, path, err) != 0)
        return -1;
    if (!credential_exists(w, c))
        return login_again(c, "nobody is logged in", err);
    if (secret_file_read(path, text, sizeof text, &size, err) != 0)
        return -1;
    json_t *root = json_loadb(text, size, 0, NULL);
    explicit_bzero(text, sizeof text);
    bool whole =
        copy_string(root, "access", out->access) && copy_string(root, "refresh", out->refresh);
    json_decref(root);
    return whole ? 0 : login_again(c, "the credential file cannot be read", err);
}

int credential_write(struct winnow *w, const struct store_campaign *c,
                     const struct credential *credential, struct winnow_error *err) {
    char path[PATH_MAX];
    if (credential_path(w, c, path, err) != 0)
        return -1;
    json_t *root =
        json_pack("{s:s, s:s}", "access", credential->access, "refresh", credential->refresh);
    char text[SECRET_FILE_MAX];
    size_t size = root == NULL ? 0 : json_dumpb(root, text, sizeof text, JSON_COMPACT);
    json_decref(root);
    if (size == 0 || size > sizeof text)
        return winnow_fail(err, WINNOW_BAD_INPUT, "the token is not UTF-8 text");
    int result = secret_file_write(path, text, size, err);
    explicit_bzero(text, sizeof text);
    return result;
}
