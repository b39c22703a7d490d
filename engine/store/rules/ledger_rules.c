/* The ledger's rules: see ledger_rules.h. Happy path: an event fits, and the counters still say what
 * the rows do. */
#include "store/rules/ledger_rules.h"

static enum ledger_fault contradiction(const struct ledger_entry *before, bool intent) {
    if (before->settled != OUTCOME_NONE)
        return intent ? LEDGER_SENT_AGAIN : LEDGER_SETTLED_TWICE;
    return intent && before->is_open && before->open.in_flight ? LEDGER_SENT_TWICE : LEDGER_FITS;
}

static void count_open(struct store_progress *p, const struct ledger_entry *e) {
    p->open += e->is_open;
    p->in_doubt += e->is_open && e->open.in_doubt;
}

static void uncount_open(struct store_progress *p, const struct ledger_entry *e) {
    p->open -= e->is_open;
    p->in_doubt -= e->is_open && e->open.in_doubt;
}

static void count_intent(struct store_progress *p, const struct store_journal_record *r) {
    if (r->request > p->requests)
        p->requests = r->request;
    if (p->first_sent_ms == 0)
        p->first_sent_ms = r->time_ms;
}

static void count_outcome(struct store_progress *p, const struct store_journal_record *r) {
    p->spent_micro += r->cost_micro;
    p->last_outcome_ms = r->time_ms;
    if (outcome_final(r->outcome))
        p->settled[r->outcome]++;
}

enum ledger_fault ledger_apply(struct store_progress *p, const struct ledger_entry *before,
                               const struct store_event *event, struct ledger_change *out) {
    bool intent = event->record.kind == STORE_JOURNAL_INTENT;
    enum ledger_fault fault = contradiction(before, intent);
    if (fault != LEDGER_FITS)
        return fault;
    *out = (struct ledger_change){.journal = event->record};
    out->journal.sequence = p->journal_next++;
    if (intent)
        out->journal.outcome = OUTCOME_NONE;
    if (outcome_final(out->journal.outcome))
        out->entry.settled = out->journal.outcome;
    else
        out->entry = (struct ledger_entry){.is_open = true, .open = event->entry};
    uncount_open(p, before);
    count_open(p, &out->entry);
    (intent ? count_intent : count_outcome)(p, &out->journal);
    if (event->record.position >= p->cursor)
        p->cursor = event->record.position + 1;
    return LEDGER_FITS;
}

struct store_progress ledger_begin(const struct store_progress *before, uint32_t plan,
                                   uint32_t total) {
    return (struct store_progress){
        .plan = plan,
        .total = total,
        .journal_next = before->journal_next,
        .spent_micro = before->spent_micro,
    };
}

bool ledger_let_go(struct store_progress *p, const struct store_open_entry *open,
                   const struct store_entry *scheduled, int64_t now_ms,
                   struct store_journal_record *journal) {
    if (!open->in_flight)
        return false;
    *journal = (struct store_journal_record){
        .sequence = p->journal_next++,
        .kind = STORE_JOURNAL_OUTCOME,
        .action = open->action,
        .outcome = OUTCOME_IN_DOUBT,
        .plan = p->plan,
        .position = open->position,
        .number = scheduled->number,
        .key = scheduled->key,
        .request = open->request,
        .attempts = open->attempts,
        .time_ms = now_ms,
    };
    return true;
}
