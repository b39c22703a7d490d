/* What a campaign has been told, set by set: how whole it is, and of when. A fact that rests on
 * somebody's absence from a set ("does not follow back", "never talked to") is known only where the
 * set was complete; else it stays unknown. */
#ifndef WORK_EVIDENCE_EVIDENCE_H
#define WORK_EVIDENCE_EVIDENCE_H

#include "core/facts/dataset.h"
#include "core/facts/reason.h"
#include "work/campaign/state.h"

struct evidence {
    enum winnow_set_state state;
    int64_t as_of_ms;  /* engine time of what it says: an archive is older than its import */
    uint64_t count;    /* of what was read */
    uint64_t expected; /* by its own word (a manifest, a profile); 0: not told */
    uint16_t batch;    /* that brought it */
    uint32_t people;   /* roster numbers below it were looked for in all that there is to read
                        * (why_read_through); 0: nobody was */
    int64_t since_ms;  /* PARTIAL, of what is kept for a time: the oldest that was there; 0: - */
    struct why why;    /* PARTIAL: what is missing; ABSENT: why it cannot be had */
};

struct evidence_views {
    struct winnow_evidence all[WINNOW_EVIDENCE_SETS];
    enum dataset dataset[WINNOW_EVIDENCE_SETS];
    size_t count;
};

int evidence_put(struct store_txn *t, uint32_t campaign, enum dataset set, const struct evidence *e,
                 struct winnow_error *err);
/* A set that was never told of is WINNOW_SET_ABSENT, all zero. */
int evidence_get(struct store_txn *t, uint32_t campaign, enum dataset set, struct evidence *out,
                 struct winnow_error *err);

/* All sets of which the platform's table or a note speaks, as a caller of the library sees them,
 * with the command that would bring what is missing. */
int evidence_view(struct winnow *w, struct store_txn *t, const struct store_campaign *c,
                  struct evidence_views *out, struct winnow_error *err);

/* The facts of a set, a bit each: who lacks one of them lacks the set. */
extern const fact_set evidence_facts[DATASET_COUNT];

/* The sets that tell of exchanges, a bit each: what they tell adds up. */
uint32_t evidence_of_exchanges(void);

#endif
