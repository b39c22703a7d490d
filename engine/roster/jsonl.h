/* Rosters as JSONL: an object a line (docs/roster.md). */
#ifndef ROSTER_JSONL_H
#define ROSTER_JSONL_H

#include "roster/reading.h"

/* The input stands at its first byte, behind a byte order mark. Fails as roster_read does. */
int jsonl_read(struct reading *r, struct winnow_error *err);

#endif
