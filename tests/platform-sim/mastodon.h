/* What the parts of the made-up Mastodon share: mastodon.c routes and answers, mastodon_account.c
 * writes accounts, mastodon_evidence.c answers what is known of followees that are made up,
 * mastodon_people.c what is known of people.
 *
 * Happy path: each call fills the reply in hand, or writes JSON behind what is there.
 * Failure: told in the reply. */
#ifndef PLATFORM_SIM_MASTODON_H
#define PLATFORM_SIM_MASTODON_H

#include "sim.h"

enum {
    OP_NONE,
    OP_UNFOLLOW,
    OP_FOLLOW,
    OP_FOLLOWING,
    OP_FOLLOWERS,
    OP_ME,
    OP_RELATIONSHIPS,
    OP_LOOKUP,
    OP_ACCOUNT,
    OP_LISTS,
    OP_MEMBERS,
    OP_NOTIFICATIONS,
    OP_CONVERSATIONS,
    /* these there are with people alone */
    OP_STATUSES,
    OP_FAVOURITES,
    OP_BOOKMARKS,
    OP_ENDORSED
};

#define DOMAIN "social.example"

/* mastodon_account.c */
void mastodon_account_json(struct sim *sim, uint32_t at, struct buf *out);
/* The account's own; without `source`, as it stands in a status. */
void mastodon_own_json(struct sim *sim, bool source, struct buf *out);

/* mastodon.c */
uint32_t mastodon_page_size(const struct sim *sim, const struct request *request);
void mastodon_not_found(struct sim *sim, const struct request *request, struct reply *reply);

/* mastodon_evidence.c: lists and their members, notifications, conversations */
void mastodon_evidence(struct sim *sim, const struct request *request, struct reply *reply);

/* mastodon_people.c: these, statuses, favourites, bookmarks, endorsements */
void mastodon_people(struct sim *sim, const struct request *request, struct reply *reply);

#endif
