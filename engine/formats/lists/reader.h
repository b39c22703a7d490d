/* Readers of rosters that people have as files: roster JSONL and CSV (docs/roster.md), Mastodon's
 * following_accounts.csv, and following.js / follower.js of an X archive. */
#ifndef FORMATS_LISTS_READER_H
#define FORMATS_LISTS_READER_H

#include "formats/base/roster_sink.h"

/* Read all of `fd` to its end. Bad records are skipped and told; -1 only when the input cannot be
 * read at all, its format cannot be known, its head is wrong, or the sink stopped it.
 *
 * A file of an X archive that ends before its list does, or breaks off in the middle, is -1 with
 * WINNOW_BAD_INPUT, after its whole elements have been handed over: what the sink has stored then
 * must not be taken for all followers. The same holds while counts->skipped is not 0, and for one
 * part of an archive that has several: only a complete list tells who does not follow back. */
int roster_read(int fd, const struct roster_options *options, const struct roster_sink *sink,
                struct roster_counts *counts, struct winnow_error *err);

#endif
