/* A campaign's credential as it lies in its file, and in memory while it is needed. */
#ifndef WORKER_CREDENTIAL_H
#define WORKER_CREDENTIAL_H

#include "worker/state.h"

/* access alone for a token; access and refresh for a session. Wipe after use. */
struct credential {
    char access[PLATFORM_TOKEN_MAX + 1];
    char refresh[PLATFORM_TOKEN_MAX + 1];
};

/* WINNOW_CREDENTIAL when there is none, with the command that gets one. */
int credential_read(struct winnow *w, const struct store_campaign *c, struct credential *out,
                    struct winnow_error *err);
int credential_write(struct winnow *w, const struct store_campaign *c,
                     const struct credential *credential, struct winnow_error *err);
void credential_wipe(struct credential *c);
bool credential_exists(struct winnow *w, const struct store_campaign *c);
int credential_path(struct winnow *w, const struct store_campaign *c, char path[PATH_MAX],
                    struct winnow_error *err);

const char *credential_secret(const struct credential *c, enum http_secret which);

/* Stars over the secret in a text that is to be shown: a server may repeat what it was sent. Where
 * the text was cut inside the secret, its beginning is enough. */
void credential_hide_text(const char *secret, char *text);
void credential_hide(const struct credential *c, char *text);

#endif
