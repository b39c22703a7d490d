/* Profiles bought while a campaign runs, just ahead of its cursor, for those about to be unfollowed
 * alone: `run --buy-profiles`. The look before sending (precheck.h) asks for the profile as well,
 * where none is known. What came is stored in the turn's transaction, before anything is decided by
 * it, so that after a crash it is there and is not bought again.
 *
 * Used by the precheck: buy_hear with each answer, buy_store in the transaction after it. */
#ifndef WORK_PLAN_BUY_H
#define WORK_PLAN_BUY_H

#include "core/base/buffer.h"
#include "work/campaign/state.h"
#include "work/session/relation.h"

struct plan_head;
struct policy;

struct buy {
    const struct platform_ask *ask; /* NULL: nothing is bought */
    struct buffer answer; /* that was heard and is not stored; HTTP_RESPONSE_MAX at most */
    int64_t received_ms;  /* then */
    uint16_t batch;       /* of what is bought today; 0: nothing was yet */
    int64_t batch_ms;
};

/* What is told by a profile that is bought: facts, a bit each. */
extern const fact_set buy_facts;
/* Is a profile known of that one, so that none is bought? */
bool buy_has_profile(const struct facts *f);

/* The call that sells profiles; NULL: the platform gives them for nothing, or not at all. */
const struct platform_ask *buy_ask(const struct platform *p);
/* May they be bought so? WINNOW_USAGE where there is nothing to buy, or no cap on the money. */
int buy_check(const struct platform *p, const char *campaign, int64_t max_cost_micro,
              struct winnow_error *err);

void buy_open(struct buy *b, const struct platform *p);
void buy_close(struct buy *b);

/* The plan's policy, for those whose profile is bought. A goal's rules that the plan set aside for
 * want of profiles count for them; a policy of the user's own is taken to the letter. */
int buy_policy(const struct plan_head *head, struct policy **out, struct winnow_error *err);

struct buy_range { /* of a plan's entries */
    uint32_t campaign, plan, from, count;
};
/* How many of them, from the first on, have a profile (`known`), or have none, before one that is
 * otherwise. */
int buy_alike(struct store_txn *t, const struct buy_range *range, bool known, uint32_t *alike,
              struct winnow_error *err);

/* Keep an answer to be stored. Gives what the platform charges for it. */
int64_t buy_hear(struct buy *b, const struct platform_account *who, const struct http_response *in);
bool buy_is_heard(const struct buy *b);

/* Store the answer that was heard: the profiles of those whom the look asked for, `told` of them.
 */
int buy_store(struct buy *b, struct store_txn *t, const struct store_campaign *campaign,
              const struct relation_asking *look, int64_t now_ms, uint32_t *told,
              struct winnow_error *err);

#endif
