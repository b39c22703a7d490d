/* What a campaign has been told, set by set: how whole it is, and of when. A fact that rests on
 * somebody's absence from a set ("does not follow back", "never talked to") is known only where the
 * set was complete; else it stays unknown. */
#ifndef WORKER_EVIDENCE_H
#define WORKER_EVIDENCE_H

#include "worker/state.h"

enum evidence_set {
    EVIDENCE_FOLLOWING, /* the list of followees itself */
    EVIDENCE_FOLLOWERS, /* who follows back */
    EVIDENCE_PROFILES,  /* counts, last post, bot, moved, suspended */
    EVIDENCE_LISTS,     /* who is in a list of the account's */
    EVIDENCE_POSTS,     /* replies and mentions in the account's own posts */
    EVIDENCE_MESSAGES,  /* direct messages, both ways */
    EVIDENCE_REACTIONS, /* notifications: who answers, likes, mentions */
    EVIDENCE_COUNT
};

enum evidence_state { EVIDENCE_ABSENT, EVIDENCE_PARTIAL, EVIDENCE_COMPLETE };

struct evidence {
    enum evidence_state state;
    int64_t as_of_ms;  /* engine time of what it says: an archive is older than its import */
    uint64_t count;    /* of what was read */
    uint64_t expected; /* by its own word (a manifest, a profile); 0: not told */
    uint16_t batch;    /* that brought it */
    uint32_t people;   /* roster numbers below it were looked for; 0: it was not read */
    char why[160];     /* PARTIAL: what is missing, for a person */
};

extern const char *const evidence_names[EVIDENCE_COUNT]; /* "followers" */
extern const char *const evidence_state_names[EVIDENCE_COMPLETE + 1];

int evidence_put(struct store_txn *t, uint32_t campaign, enum evidence_set set,
                 const struct evidence *e, struct winnow_error *err);
/* A set that was never told of is EVIDENCE_ABSENT, all zero. */
int evidence_get(struct store_txn *t, uint32_t campaign, enum evidence_set set,
                 struct evidence *out, struct winnow_error *err);

/* All sets as a caller of the library sees them, with the command that would bring what is missing.
 */
int evidence_view(struct winnow *w, struct store_txn *t, const struct store_campaign *c,
                  struct winnow_evidence out[WINNOW_EVIDENCE_SETS], struct winnow_error *err);

/* The facts of a set, a bit each: who lacks one of them lacks the set. */
extern const fact_set evidence_facts[EVIDENCE_COUNT];

#endif
