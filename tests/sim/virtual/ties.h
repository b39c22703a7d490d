/* Exchanges with followees: what each source tells, what winnow has of it, and what the policy may
 * conclude. "At least n" is never "exactly n", and of who was not looked for nothing is known
 * (invariants 8 and 14). The rules stand here a second time, and are the simulation's own. */
#ifndef SIM_TIES_H
#define SIM_TIES_H

#include "dice.h"

#include <stdbool.h>
#include <stdint.h>

struct sim;
struct person;
struct facts;

/* The sources of exchanges: a list each, and part of that number in a reading. */
enum from {
    FROM_NONE,
    FROM_POSTS,     /* the account's own: replies, mentions, quotes, boosts */
    FROM_LIKES,     /* its own */
    FROM_SAVED,     /* its bookmarks; on Bluesky what it boosts */
    FROM_MESSAGES,  /* conversations; not on Bluesky */
    FROM_REACTIONS, /* what others did */
    FROM_COUNT
};

/* Who did it. */
enum by { BY_ACCOUNT, BY_FOLLOWEE, BY_OTHER, BY_NOBODY };

struct exchanged {
    uint32_t talked, heard, messages;
};

/* What the store says of a source as it was last looked at. */
struct looked {
    uint32_t people; /* roster numbers below it were looked for; 0: it was never read */
    uint16_t batch;
    bool whole;
    bool refused, not_offered; /* it once was; the store says that the server has no such thing */
};

#define STATED_INTERACTIONS 3 /* by a roster that says that there were some */

/* What the roster and the account's archive tell of followee `number`. */
void ties_begin(struct sim *sim, uint32_t number);
void ties_tell(const struct sim *sim, const struct person *p, struct facts *f);
/* A roster that was filled from an archive says how far it went. */
void ties_tell_archive(struct sim *sim, uint16_t batch);
/* The rows of a reading: what it was that the followee and the account did. */
void ties_add_rows(struct sim *sim, uint32_t number);
enum by ties_by(enum from from, uint32_t form);
/* Does the platform give that source to one that fetches? */
bool ties_given(const struct sim *sim, enum from from);
/* A source of the reading at hand that is refused from that page on. */
void ties_draw_refusals(struct sim *sim);

struct store_txn;
/* What a fetch has left in the store must follow from what was served; what it means for the policy
 * follows from that. */
void ties_learn(struct sim *sim, struct store_txn *t, bool finished);
/* What the policy may conclude of everybody. */
void ties_judge(struct sim *sim);

#endif
