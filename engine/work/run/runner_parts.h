/* What the runner's files share, and nobody else sees. */
#ifndef WORK_RUN_RUNNER_PARTS_H
#define WORK_RUN_RUNNER_PARTS_H

#include "work/run/runner.h"

/* Put into the note what status shows: the state, and why it waits and until when. */
void runner_describe(struct runner *r, const struct drain_step *step, int64_t now_ms);

/* What all journal records of an entry have; kind, outcome and the rest are the caller's. */
struct store_journal_record runner_record(const struct runner *r, const struct drain_entry *e,
                                          struct runner_item item, int64_t now_ms);

/* Act on an answer: not while a turn is being written. */
void runner_hear(struct runner *r, const struct runner_reply *reply);

/* The same of a precheck's answer; `t` is for reading at least. */
void runner_hear_precheck(struct runner *r, struct store_txn *t, const struct runner_reply *reply);

#endif
