/* The table of schedule entries that plan and show print. */
#ifndef CLI_VIEWS_TABLE_H
#define CLI_VIEWS_TABLE_H

#include "cli/base/cli.h"

void entry_table_head(struct output *out);
void entry_table_row(struct output *out, const struct winnow_entry *entry);
/* "@alice", or the id of who has no known handle. */
void entry_who(const struct winnow_entry *entry, char *out, size_t size);

#endif
