/* Asked again before sending: the next entries of the schedule are asked about in one request, and
 * whoever the policy would not let go any more, or is not followed any more, is settled without one
 * of their own. What the platform does not tell changes nothing: they go as planned.
 *
 * Used by the runner: precheck_ask with what the drain wants to know, precheck_read with the
 * answer, precheck_judge once nothing is being written, precheck_verdict when an entry is taken.
 *
 * Where profiles are bought (buy.h), a precheck is about those alone who have none, and buys it: its
 * answer is stored before it is judged by, and who has one is judged without a precheck. */
#ifndef WORK_RUN_PRECHECK_H
#define WORK_RUN_PRECHECK_H

#include "core/drain/drain.h"
#include "work/campaign/state.h"
#include "work/evidence/coverage.h"
#include "work/plan/buy.h"
#include "work/session/relation.h"

struct policy;

struct precheck {
    bool on;
    const struct platform *platform;
    uint32_t campaign, plan;
    struct policy *policy;
    struct coverages coverages;
    int64_t judged_at_ms; /* as the plan was: the same question, to newer facts */
    struct http_request request;
    struct relation_asking relation;
    struct buy buy;
    uint32_t asked_from; /* the position of the precheck's first entry */
    struct platform_relation known[PLATFORM_RELATIONS_MAX];
    uint32_t numbers[PLATFORM_RELATIONS_MAX];      /* their followees */
    enum outcome verdicts[PLATFORM_RELATIONS_MAX]; /* NONE: may leave */
    uint32_t from, count;                          /* positions that both are on */
    /* By what was told since it was opened, the policy keeps them: a bit a followee of the roster.
     * For their other entries, and for tries again long after the precheck. */
    unsigned char *kept;
    uint32_t kept_max;
};

/* Off where `precheck_max` is 0: then nothing else is called. */
int precheck_open(struct precheck *c, struct store_txn *t, const struct store_campaign *campaign,
                  const struct platform *platform, uint32_t precheck_max, struct winnow_error *err);
void precheck_close(struct precheck *c);

/* Behind precheck_open: profiles are bought of who has none. */
int precheck_buy(struct precheck *c, struct store_txn *t, const struct store_campaign *campaign,
                 struct winnow_error *err);
/* Of the entries from `position` on, how many in a row have a profile, `most` at most: they are
 * made ready to be judged. */
int precheck_known(struct precheck *c, struct store_txn *t, uint32_t position, uint32_t most,
                   uint32_t *count, struct winnow_error *err);

/* Fill `request` for the step's entries, or for one of them that is still to be asked about. The
 * step is cut before the first who need not be. */
int precheck_ask(struct precheck *c, struct store_txn *t, const struct platform_account *who,
                 struct drain_step *step, struct winnow_error *err);
/* As relation_read. Where the server is in trouble, the reason says how to go on without asking. Gives
 * what the platform charges for whom it answered for. */
int64_t precheck_read(struct precheck *c, const struct platform_account *who,
                      const struct http_response *in, struct reply *out);

struct precheck_counts {
    uint32_t asked, protected_, gone, unknown;
};
/* From the answer and the stored facts to verdicts. */
int precheck_judge(struct precheck *c, struct store_txn *t, struct precheck_counts *out,
                   struct winnow_error *err);
/* Of an entry and its followee: OUTCOME_PROTECTED, OUTCOME_ALREADY_SO, or OUTCOME_NONE: let it
 * leave. */
enum outcome precheck_verdict(const struct precheck *c, uint32_t position, uint32_t number);
/* It is not followed, says what is no proof: in a batch it could fail all the others. */
bool precheck_goes_alone(const struct precheck *c, uint32_t position);
/* The last precheck said that it is followed. */
bool precheck_followed(const struct precheck *c, uint32_t position);

#endif
