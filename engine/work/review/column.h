/* Columns of a table for people: what is asked for by name, and the text of it for one followee. */
#ifndef WORK_REVIEW_COLUMN_H
#define WORK_REVIEW_COLUMN_H

#include "work/review/pick.h"

#define COLUMN_TEXT_SIZE 4352 /* a bio, or the names of lists, and an end */

/* Is there a column of that name? WINNOW_USAGE with the nearest name where there is none. */
int column_check(const char *name, struct winnow_error *err);

/* Its text for that followee; "" where it is not known. A count that was seen in part ends in '+',
 * for there may be more. */
void column_text(const char *name, const struct winnow_row *row, const struct facts *f,
                 int64_t now_ms, char to[COLUMN_TEXT_SIZE]);

#endif
