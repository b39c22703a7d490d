/* A campaign's credential as it lies in its file, and in memory while it is needed. */
#ifndef WORK_SESSION_CREDENTIAL_H
#define WORK_SESSION_CREDENTIAL_H

#include "work/campaign/state.h"

/* base64 of "id:secret" */
#define CREDENTIAL_BASIC_MAX ((2 * PLATFORM_CLIENT_MAX + 1 + 2) / 3 * 4)

/* access alone for a token that was handed over; access and refresh for a session; the app as well
 * for a login in the browser. Wipe after use. */
struct credential {
    char access[PLATFORM_TOKEN_MAX + 1];
    char refresh[PLATFORM_TOKEN_MAX + 1];
    int64_t renew_ms; /* engine time from which on the access token is to be refreshed; 0: when the
                         platform says so */
    struct platform_client client;        /* id "": the token was handed over */
    char basic[CREDENTIAL_BASIC_MAX + 1]; /* of the client; "" when it has no secret */
};

void credential_set_client(struct credential *c, const struct platform_client *client);

/* Should the access token be refreshed before it is used at `now_ms`? */
bool credential_due(const struct credential *c, int64_t now_ms);

/* When to refresh a token that lives for `life_ms` from now on: a minute before its end, or half
 * way when it lives shorter than two; 0 when its life is not told, or under
 * two seconds. */
int64_t credential_renew_ms(int64_t now_ms, int64_t life_ms);

/* The command that gets one, as the last was got: "winnow login NAME --token-stdin". */
void credential_command(struct winnow *w, const struct store_campaign *c, char *out, size_t room);
#define CREDENTIAL_COMMAND_MAX (STORE_NAME_MAX + 64)

/* WINNOW_CREDENTIAL when there is none, with the command that gets one. */
int credential_read(struct winnow *w, const struct store_campaign *c, struct credential *out,
                    struct winnow_error *err);
int credential_write(struct winnow *w, const struct store_campaign *c,
                     const struct credential *credential, struct winnow_error *err);
void credential_wipe(struct credential *c);
bool credential_exists(struct winnow *w, const struct store_campaign *c);
/* The file goes, and that is on disk. 0 as well when there was none. */
int credential_remove(struct winnow *w, const struct store_campaign *c, struct winnow_error *err);
int credential_path(struct winnow *w, const struct store_campaign *c, char path[PATH_MAX],
                    struct winnow_error *err);

const char *credential_secret(const struct credential *c, enum http_secret which);

/* Stars over the secret in a text that is to be shown: a server may repeat what it was sent. Where
 * the text was cut inside the secret, its beginning is enough. */
void credential_hide_text(const char *secret, char *text);
void credential_hide(const struct credential *c, char *text);

#endif
