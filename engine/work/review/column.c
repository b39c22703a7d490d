/* Columns: see column.h. Happy path: what a row has is taken from it, all else is a value of the
 * policy's language. Cannot fail once the name was checked. */
#include "work/review/column.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/base/text_time.h"
#include "core/expr/expr_value.h"

#define DATE_SIZE 10 /* of "2026-11-24T..." */

_Static_assert(WINNOW_COLUMNS_MAX > VALUE_COUNT + 8, "all columns at once can be asked for");

const char *winnow_value_name(size_t i) {
    return i < VALUE_COUNT ? value_infos[i].name : NULL;
}

static const char *const row_columns[] = {"position", "link",  "verdict", "reason",
                                          "state",    "score", "due"};

static bool is_row_column(const char *name) {
    for (size_t i = 0; i < sizeof row_columns / sizeof row_columns[0]; i++)
        if (strcmp(row_columns[i], name) == 0)
            return true;
    return false;
}

int column_check(const char *name, struct winnow_error *err) {
    if (is_row_column(name))
        return 0;
    return pick_value(name, strlen(name), "--columns", err) < 0 ? -1 : 0;
}

static void put_date(int64_t time_ms, char to[COLUMN_TEXT_SIZE]) {
    char date[TEXT_TIME_SIZE];
    text_time_write(time_ms, date);
    snprintf(to, COLUMN_TEXT_SIZE, "%.*s", DATE_SIZE, date);
}

static void row_text(const char *name, const struct winnow_row *row, char to[COLUMN_TEXT_SIZE]) {
    const struct winnow_entry *e = &row->entry;
    to[0] = '\0';
    if (strcmp(name, "link") == 0)
        snprintf(to, COLUMN_TEXT_SIZE, "%s", row->link);
    else if (strcmp(name, "verdict") == 0)
        snprintf(to, COLUMN_TEXT_SIZE, "%s", winnow_verdict_name(row->verdict));
    else if (strcmp(name, "reason") == 0)
        snprintf(to, COLUMN_TEXT_SIZE, "%s", e->reason);
    else if (strcmp(name, "state") == 0)
        snprintf(to, COLUMN_TEXT_SIZE, "%s", winnow_entry_state_name(e->state));
    else if (e->position == 0)
        return;
    else if (strcmp(name, "position") == 0)
        snprintf(to, COLUMN_TEXT_SIZE, "%" PRIu64, e->position);
    else if (strcmp(name, "score") == 0)
        snprintf(to, COLUMN_TEXT_SIZE, "%.1f", e->score);
    else if (e->due_ms != 0)
        put_date(e->due_ms, to);
}

/* Names of lists with "; " between. */
static void lists_text(const struct facts *f, char to[COLUMN_TEXT_SIZE]) {
    struct text lists = facts_text(f, FACT_LISTS);
    size_t used = 0;
    to[0] = '\0';
    for (uint32_t i = 0; i < lists.size && used + 3 < COLUMN_TEXT_SIZE; i++) {
        bool between = lists.at[i] == '\n';
        if (between && (used == 0 || i + 1 == lists.size))
            continue;
        if (between)
            to[used++] = ';';
        to[used++] = lists.at[i];
        if (between)
            to[used - 1] = ' ';
    }
    to[used] = '\0';
}

static void number_text(enum value_id id, const struct facts *f, double number,
                        char to[COLUMN_TEXT_SIZE]) {
    enum bound bound = value_bound(id, f, number);
    bool whole = number == (double)(int64_t)number || value_infos[id].type != VALUE_NUMBER;
    if (value_infos[id].type == VALUE_DURATION && number >= VALUE_NEVER)
        snprintf(to, COLUMN_TEXT_SIZE, "never");
    else
        snprintf(to, COLUMN_TEXT_SIZE, "%s%.*f%s", bound == BOUND_UPPER ? "up to " : "",
                 whole ? 0 : 2, number, bound == BOUND_LOWER ? "+" : "");
}

static void column_value_text(enum value_id id, const struct facts *f, int64_t now_ms,
                              char to[COLUMN_TEXT_SIZE]) {
    double number = 0;
    enum tri flag;
    to[0] = '\0';
    switch (value_infos[id].type) {
    case VALUE_TEXT:
        if (facts_known(f, value_infos[id].fact))
            text_copy(to, COLUMN_TEXT_SIZE, facts_text(f, value_infos[id].fact));
        break;
    case VALUE_FLAG:
        flag = value_flag(id, f);
        snprintf(to, COLUMN_TEXT_SIZE, "%s",
                 flag == TRI_UNKNOWN ? ""
                 : flag == TRI_YES   ? "yes"
                                     : "no");
        break;
    case VALUE_TIME:
        if (value_number(id, f, now_ms, &number) == 0)
            put_date((int64_t)number, to);
        break;
    case VALUE_NUMBER:
    case VALUE_DAYS:
    case VALUE_DURATION:
        if (id == VALUE_LISTS && facts_known(f, FACT_LISTS))
            lists_text(f, to);
        else if (value_number(id, f, now_ms, &number) == 0)
            number_text(id, f, number, to);
        break;
    }
}

void column_text(const char *name, const struct winnow_row *row, const struct facts *f,
                 int64_t now_ms, char to[COLUMN_TEXT_SIZE]) {
    if (is_row_column(name))
        row_text(name, row, to);
    else
        column_value_text((enum value_id)value_find(name, strlen(name)), f, now_ms, to);
}
