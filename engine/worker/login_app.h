/* The app in whose name a login in the browser asks: brought by the user (X), or registered with
 * the server once and kept beside the credential (Mastodon). */
#ifndef WORKER_LOGIN_APP_H
#define WORKER_LOGIN_APP_H

#include "platform/oauth.h"
#include "worker/login.h"

/* The app that was registered; false when there is none that can be read. `redirect` gets the
 * address that it was registered with. */
bool login_app_read(struct winnow *w, const struct store_campaign *c, struct platform_client *out,
                    char redirect[OAUTH_REDIRECT_MAX]);

/* Register one for flow->redirect, and write it down before it is used. */
int login_app_register(struct caller *c, struct oauth_flow *flow, struct winnow_error *err);

#endif
