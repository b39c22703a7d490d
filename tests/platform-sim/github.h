/* What the parts of the made-up GitHub share: github.c routes and answers, github_people.c tells
 * what is known of people.
 *
 * Happy path: each call fills the reply in hand, or writes JSON behind what is there.
 * Failure: told in the reply. */
#ifndef PLATFORM_SIM_GITHUB_H
#define PLATFORM_SIM_GITHUB_H

#include "sim.h"

enum {
    OP_NONE,
    OP_UNFOLLOW,
    OP_FOLLOW,
    OP_FOLLOWING,
    OP_FOLLOWERS,
    OP_FOLLOWS_ONE,
    OP_ME,
    OP_BY_ID,
    OP_BY_NAME,
    /* these there are with people alone */
    OP_STARRED,
    OP_ORGS,
    OP_MEMBERS,
    OP_EVENTS
};

/* github.c */
void github_user_json(const struct sim *sim, uint32_t at, bool full, struct buf *out);
void github_own_json(struct sim *sim, bool full, struct buf *out);
void github_not_found(struct sim *sim, const struct request *request, struct reply *reply);

/* github_people.c: starred repositories, organisations and their members, own events */
void github_people(struct sim *sim, const struct request *request, struct reply *reply);

#endif
