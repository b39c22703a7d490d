/* Rosters as JSONL: an object a line (docs/roster.md). */
#ifndef FORMATS_LISTS_JSONL_H
#define FORMATS_LISTS_JSONL_H

#include "formats/base/reading.h"

/* The input stands at its first byte, behind a byte order mark. Fails as roster_read does. */
int jsonl_read(struct reading *r, struct winnow_error *err);

#endif
