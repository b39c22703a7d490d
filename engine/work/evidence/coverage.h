/* Coverage: what the datasets of a campaign let one say of exchanges, followee by followee.
 *
 * "None seen" can be said only of who was there when a dataset was read: who came into the roster
 * later was not looked for in it. Reading it again looks for them too. */
#ifndef WORK_EVIDENCE_COVERAGE_H
#define WORK_EVIDENCE_COVERAGE_H

#include "platform/platform.h"
#include "work/evidence/evidence.h"

struct coverages {
    /* Roster numbers below these were looked for in all datasets of that direction that were read;
     * 0: none was. */
    uint32_t talked, heard, messages;
    bool talked_whole, heard_whole, messages_whole;
};

/* "None seen" of whom the account talked to cannot be said before that dataset was read. */
bool coverages_need(const struct platform *p, enum dataset set);

int coverages_load(struct coverages *c, struct store_txn *t, const struct store_campaign *campaign,
                   struct winnow_error *err);

/* Put what follows from the followee's ties where facts are (facts_count_ties). */
void coverages_count(const struct coverages *c, uint32_t number, struct facts *f);

#endif
