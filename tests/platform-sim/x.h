/* What the parts of the made-up X share: x.c routes and answers, x_people.c tells what is known of
 * people.
 *
 * Happy path: each call fills the reply in hand, or writes JSON behind what is there.
 * Failure: told in the reply. */
#ifndef PLATFORM_SIM_X_H
#define PLATFORM_SIM_X_H

#include "sim.h"

#include <inttypes.h>

#define FIRST_SNOWFLAKE_MS UINT64_C(1288834974657)
#define TYPE_BASE          "https://api.twitter.com/2/problems/"
#define PAGE_TOKEN         "SIM%013" PRIu64 /* 16 letters at least, as the API has it */

enum {
    OP_NONE,
    OP_UNFOLLOW,
    OP_FOLLOW,
    OP_FOLLOWING,
    OP_FOLLOWERS,
    OP_ME,
    OP_USERS,
    OP_USERS_BY,
    OP_LISTS,
    OP_MEMBERS,
    OP_MENTIONS
};

/* x.c */
void x_user_json(struct sim *sim, uint32_t at, const char *fields, const char *expansions,
                 struct buf *out);
void x_invalid(struct reply *reply, const char *what);
bool x_wants(const char *fields, const char *name);

/* x_parameters.c */
bool x_parameters_known(struct sim *sim, const struct request *request, struct reply *reply);

/* x_people.c */
/* Is this one shown nowhere, being suspended or deleted? */
bool x_hidden(const struct sim *sim, uint32_t at);
uint32_t x_hidden_followees(const struct sim *sim);
/* At most `most` followees from a place on, newest follow first; *next is the place behind them,
 * SIM_NONE at the end. How many there were is returned. */
uint32_t x_people_rows(struct sim *sim, const struct request *request, uint32_t from, uint32_t most,
                       uint32_t *next, struct buf *out);
void x_people_lists(struct sim *sim, struct reply *reply);
/* Members of a list (from 0 on), or the newest mentions: as x_people_rows. */
uint32_t x_people_members(struct sim *sim, const struct request *request, uint32_t list,
                          uint32_t from, uint32_t most, uint32_t *next, struct buf *out);
/* The author of a mention stands in the answer beside it. */
void x_expand_author(struct sim *sim, uint32_t at);
uint32_t x_people_mentions(struct sim *sim, const struct request *request, uint32_t from,
                           uint32_t most, uint32_t *next, struct buf *out);
/* Why somebody is not told of: an element of "errors". */
void x_missing_json(const struct sim *sim, const char *value, uint32_t at, const char *parameter,
                    struct buf *out);

#endif
