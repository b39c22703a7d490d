/* What the readers of all formats share: the input, the sink, the counts and the record at hand. */
#ifndef FORMATS_BASE_READING_H
#define FORMATS_BASE_READING_H

#include "formats/base/lines.h"
#include "formats/base/record.h"
#include "formats/base/roster_sink.h"

struct reading {
    struct lines lines;
    const struct roster_sink *sink;
    struct roster_counts *counts;
    fact_set keys; /* bit (UINT64_C(1) << FACT_x): of these facts, each record has one at least */
    const struct roster_options *options;
    char separator;                /* of columns, where the file says it in a line of its own; 0 */
    enum roster_relation relation; /* of those on a list whose form does not tell */
    uint64_t elements;             /* of an X archive's file: those that were whole */
    struct record record;
    char handle[FACT_HANDLE_MAX + 1]; /* as the platform writes it */
};

/* Whom the list is of, into r->relation: `form_says` what its form tells, ROSTER_LIST_UNSAID where
 * it does not; `form` names it for a person. -1: nothing tells, or two say different things. */
int reading_relation(struct reading *r, enum roster_list form_says, const char *form,
                     struct winnow_error *err);

int reading_own_form(struct reading *r, const char *form, struct winnow_error *err);

/* Hand the record over when it is good, else tell why it is skipped. -1: the sink stops it. */
int reading_deliver(struct reading *r, enum roster_relation relation, uint64_t line,
                    struct winnow_error *err);

/* Count and tell a record that is skipped without a look at its facts. */
void reading_skip(struct reading *r, uint64_t line, const char *why);

#endif
