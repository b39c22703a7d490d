/* Whose the credential is, by the platform's own word of just now. No list is read, and nothing is
 * taken from one, before it has said so: a server that does not know the token (snac) gives an
 * empty list to everybody. */
#ifndef WORK_SESSION_WHOSE_H
#define WORK_SESSION_WHOSE_H

#include "work/session/reads.h"

/* Ask until it is answered, within the read budgets, and booked. WINNOW_CREDENTIAL when it is not
 * accepted or is another account's; WINNOW_SAFETY when the account lives on another server. */
int whose_ask(struct reads *r, struct platform_identity *who, struct winnow_error *err);

/* WINNOW_SAFETY when the account's own document names another server than the campaign's. */
int whose_server(const struct store_campaign *c, const struct platform_identity *who,
                 struct winnow_error *err);

#endif
