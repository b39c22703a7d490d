/* What the ways to log in share: a request within the books, whose credential it is, keeping it. */
#ifndef WORK_LOGIN_LOGIN_H
#define WORK_LOGIN_LOGIN_H

#include "work/session/caller.h"

/* `ask` asks the platform once; that counts against the stored budgets like any other read. */
int login_counted(struct caller *c,
                  int (*ask)(struct caller *c, void *context, struct winnow_error *err),
                  void *context, int64_t price_micro, struct winnow_error *err);

/* Whose the caller's access token is, and whether it may do what is needed. */
int login_whoami(struct caller *c, struct platform_identity *who, const struct winnow_hooks *hooks,
                 struct winnow_error *err);
/* WINNOW_CREDENTIAL when it is another account than the campaign's. */
int login_check(const struct store_campaign *campaign, const struct platform_identity *who,
                struct winnow_error *err);
/* Write the caller's credential, and the account's id and handle with the campaign. */
int login_keep(struct caller *c, struct store_campaign *campaign,
               const struct platform_identity *who, struct winnow_error *err);

/* Tell the platform to forget the caller's credential. 0, or -1 with why not. */
int login_revoke(struct caller *c, struct winnow_error *err);

/* Where a registered app is kept: credentials/NAME~app; '~' is in no campaign's name. */
int login_app_path(struct winnow *w, const struct store_campaign *c, char path[PATH_MAX],
                   struct winnow_error *err);

#endif
