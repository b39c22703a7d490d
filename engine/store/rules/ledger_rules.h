/* The ledger's rules: what an event changes of an entry and of the counters. Pure: rows in, rows
 * out, so that every store has the same ones.
 *
 *      none --intent--> in flight --retry, in doubt--> waiting --intent--> in flight ...
 *        \                  \                             \
 *         +--outcome---------+----- a final outcome ------+--> settled, for good
 *
 * An outcome without an intent is one of the engine's own: somebody is protected, or a question told
 * of them. Fails only by events that contradict what is there. */
#ifndef STORE_RULES_LEDGER_RULES_H
#define STORE_RULES_LEDGER_RULES_H

#include "store/store.h"

/* How it stands with an entry. */
struct ledger_entry {
    bool is_open;
    struct store_open_entry open; /* if it is */
    enum outcome settled;         /* OUTCOME_NONE: it is not */
};

enum ledger_fault {
    LEDGER_FITS,
    LEDGER_SENT_TWICE,    /* an intent, and one before has no outcome yet */
    LEDGER_SENT_AGAIN,    /* an intent for an entry that is settled */
    LEDGER_SETTLED_TWICE, /* an outcome for one */
};

struct ledger_change {
    struct store_journal_record journal; /* to be appended */
    struct ledger_entry entry;           /* as it is now; `settled` never changes again */
};

/* Changes `p`, and nothing when the event does not fit. */
enum ledger_fault ledger_apply(struct store_progress *p, const struct ledger_entry *before,
                               const struct store_event *event, struct ledger_change *out);

/* A new plan's counters: the journal and the money go on. */
struct store_progress ledger_begin(const struct store_progress *before, uint32_t plan,
                                   uint32_t total);
/* Its last word on an entry that the plan before left open. True: it was in flight, and `journal` is
 * to be appended. */
bool ledger_let_go(struct store_progress *p, const struct store_open_entry *open,
                   const struct store_entry *scheduled, int64_t now_ms,
                   struct store_journal_record *journal);

#endif
