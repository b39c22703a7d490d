/* What a campaign has spent, by kind, in one ledger: unfollows are in the journal (store_progress),
 * reads and looks in a note of the campaign. Money is booked in the transaction before the request
 * leaves, by the most that the platform can charge for it, and corrected by what came; so a crash
 * between leaves the most booked. One cap holds over all of it.
 *
 * X charges for each resource that an answer has, whether we understand it or not
 * (docs.x.com/x-api/getting-started/pricing). */
#ifndef WORK_BUDGETS_MONEY_H
#define WORK_BUDGETS_MONEY_H

#include "work/campaign/state.h"

enum money_kind {
    MONEY_ACCOUNT,   /* who the account itself is */
    MONEY_FOLLOWING, /* rows of the following list */
    MONEY_PEOPLE,    /* followers, profiles, handles looked up */
    MONEY_LISTS,     /* the account's lists and who is in them */
    MONEY_POSTS,     /* mentions, messages, reactions */
    MONEY_LOOKS,     /* of run and verify: how does it stand with them */
    MONEY_KINDS,     /* kinds are stored: append */
};

const char *money_name(enum money_kind kind); /* "account", as in JSON */

struct money {
    int64_t spent_micro[MONEY_KINDS];
};

/* A campaign that has spent nothing reads as zeros. */
int money_get(struct store_txn *t, uint32_t campaign, struct money *out, struct winnow_error *err);
/* All of it, unfollows included. */
int money_total(struct store_txn *t, uint32_t campaign, int64_t *total_micro,
                struct winnow_error *err);

/* Book before the request leaves. With a cap (0: none) that would be passed in all: WINNOW_CAP. */
int money_book(struct store_txn *t, uint32_t campaign, enum money_kind kind, int64_t most_micro,
               int64_t cap_micro, struct winnow_error *err);
/* What was booked was too much by so much. */
int money_give_back(struct store_txn *t, uint32_t campaign, enum money_kind kind, int64_t micro,
                    struct winnow_error *err);

/* "$0.010" and the like, for messages; USD is the one currency that a platform has. */
#define MONEY_TEXT_MAX 32
void money_text(int64_t micro, char text[MONEY_TEXT_MAX]);

#endif
