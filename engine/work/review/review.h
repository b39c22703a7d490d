/* Rows of a plan for a person: whom a filter means, with why, a link, and columns. */
#ifndef WORK_REVIEW_REVIEW_H
#define WORK_REVIEW_REVIEW_H

#include "work/review/column.h"

struct review_terms {
    const struct winnow_filter *filter;
    const char *const *columns;
    size_t column_count;
    int (*each)(void *context, const struct winnow_row *row);
    void *context;
};

/* In a transaction that is open. */
int review_rows(struct plan_reader *v, const struct review_terms *terms,
                struct winnow_filter_result *out, struct winnow_error *err);

#endif
