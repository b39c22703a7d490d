/* The app in whose name a login in the browser asks: brought by the user (X), or registered with
 * the server once and kept beside the credential (Mastodon). */
#ifndef WORK_LOGIN_LOGIN_APP_H
#define WORK_LOGIN_LOGIN_APP_H

#include "platform/wire/oauth.h"
#include "work/login/login.h"

/* The app that was registered, with the address and the scopes that it was registered with; false
 * when there is none that can be read, or its scopes are none that are asked for now. */
bool login_app_read(struct winnow *w, const struct store_campaign *c, struct oauth_flow *out);

/* Register one for flow->redirect, and write it down before it is used. A server that does not know
 * all scopes is asked for fewer, and what that loses is said. */
int login_app_register(struct caller *c, struct oauth_flow *flow, const struct winnow_hooks *hooks,
                       struct winnow_error *err);

/* What was granted without: a warning of each set that stays unread. */
void login_scopes_tell(const struct platform *p, const char *granted,
                       const struct winnow_hooks *hooks);

#endif
