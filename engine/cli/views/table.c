/* One row an entry: position, who, id, state, due date, reason. Cannot fail. */
#include "cli/views/table.h"

#include <stdio.h>
#include <string.h>

#include "cli/base/format.h"

enum { POSITION_WIDTH = 9, HANDLE_WIDTH = 20, ID_WIDTH = 20, STATE_WIDTH = 12, DUE_WIDTH = 22 };

static void row(struct output *out, const char *position, const char *handle, const char *id,
                const char *state, const char *due, const char *reason) {
    fprintf(out->file, "%*s  ", POSITION_WIDTH, position);
    out_cell(out, handle, HANDLE_WIDTH);
    fputs("  ", out->file);
    /* ids are for copying: never cut */
    out_text(out, "%-*s  ", ID_WIDTH, id);
    out_cell(out, state, STATE_WIDTH);
    fputs("  ", out->file);
    out_cell(out, due, DUE_WIDTH);
    out_line(out, "  %s", reason);
}

void entry_table_head(struct output *out) {
    row(out, "position", "handle", "id", "state", "due", "reason");
}

void entry_table_row(struct output *out, const struct winnow_entry *entry) {
    char handle[WINNOW_HANDLE_MAX + 2];
    snprintf(handle, sizeof handle, "%s%s", *entry->handle == '\0' ? "" : "@", entry->handle);
    row(out, format_count(entry->position).text, *handle == '\0' ? "-" : handle, entry->id,
        winnow_entry_state_name(entry->state),
        entry->due_ms == 0 ? "-" : format_date(entry->due_ms).text, entry->reason);
}

void entry_who(const struct winnow_entry *entry, char *out, size_t size) {
    if (*entry->handle == '\0')
        snprintf(out, size, "%s", entry->id);
    else
        snprintf(out, size, "@%s", entry->handle);
}
