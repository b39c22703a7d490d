/* The fast half of the JSONL reader: lines as programs write them.
 *
 * Of an import of 702,586 lines (128 MB) the pull reader would take a quarter more. This knows only
 * what such lines are made of, and leaves everything else to that one. */
#ifndef FORMATS_LISTS_JSONL_PLAIN_H
#define FORMATS_LISTS_JSONL_PLAIN_H

#include "formats/base/record.h"

/* True: the record is filled from the whole line and good. False: the line has something unusual,
 * be it right or wrong (an escape, a nested value, white space in front, a wrong value): parse it
 * by the full rules. `at` is a line of lines.h: UTF-8 without NUL bytes, a CR or LF behind it, and
 * LINES_AFTER bytes from there readable. */
bool jsonl_plain(struct record *r, const char *at, size_t size, uint64_t *unknown_keys);

#endif
