/* Rows for export, as CSV (RFC 4180) or JSONL: a row is begun, gets its fields in the order of the
 * header, and is ended. Text from the network is data: in CSV, a text that a spreadsheet would take
 * for a formula gets a leading apostrophe. */
#ifndef WORK_CAMPAIGN_TABLE_H
#define WORK_CAMPAIGN_TABLE_H

#include "core/facts/facts.h"

#include <stdio.h>

struct table {
    FILE *out;
    bool csv;
    uint32_t fields; /* written of this row */
};

void table_header(struct table *t, const char *const *names, size_t count);
void table_begin(struct table *t);
void table_text(struct table *t, const char *name, struct text value);
void table_number(struct table *t, const char *name, int64_t value);
void table_real(struct table *t, const char *name, double value);
void table_flag(struct table *t, const char *name, bool value);
void table_time(struct table *t, const char *name, int64_t time_ms);
/* lists: a JSON array, in CSV its names with ';' between */
void table_names(struct table *t, const char *name, struct text lines);
void table_unknown(struct table *t, const char *name); /* CSV: empty; JSONL: left out */
void table_end(struct table *t);

#endif
