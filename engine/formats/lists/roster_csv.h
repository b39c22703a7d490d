/* Rosters as CSV, with names of facts as columns (docs/roster.md). */
#ifndef FORMATS_LISTS_ROSTER_CSV_H
#define FORMATS_LISTS_ROSTER_CSV_H

#include "formats/base/reading.h"

/* The input stands at its first byte, behind a byte order mark. Fails as roster_read does. */
int roster_csv_read(struct reading *r, struct winnow_error *err);

#endif
