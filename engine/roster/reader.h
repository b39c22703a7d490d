/* Readers of rosters that people have as files: roster JSONL and CSV (docs/roster.md), Mastodon's
 * following_accounts.csv, and following.js / follower.js of an X archive. Each followee is handed
 * to a sink as a view that lives until the sink returns; nothing is kept, so any size fits in
 * bounded memory. */
#ifndef ROSTER_READER_H
#define ROSTER_READER_H

#include "core/facts.h"

#include <winnow/error.h>

enum roster_format {
    ROSTER_AUTO, /* by the first bytes */
    ROSTER_JSONL,
    ROSTER_CSV,
    ROSTER_MASTODON_CSV,
    ROSTER_X_JS,
};

enum roster_relation {
    ROSTER_FOLLOWEE, /* somebody the account follows */
    ROSTER_FOLLOWER, /* somebody who follows the account; says nothing on the other direction */
    ROSTER_OTHER,    /* says nothing on either */
};

/* A line (or a CSV record) longer than this is skipped as bad. */
#define ROSTER_LINE_MAX 262144u /* bytes */

struct roster_sink {
    void *context;
    /* `facts` has its id, or (Mastodon's CSV) a handle and no id; of a follower it also says
     * follows_me. Non-zero stops the reading; the
     * sink then has filled `err`. */
    int (*followee)(void *context, enum roster_relation relation, const struct facts *facts,
                    struct winnow_error *err);
    /* A record that was left out: line is 1-based, `why` one sentence without the file's name. */
    void (*skipped)(void *context, uint64_t line, const char *why);
    /* Of an archive: what is told from now on stands in that file of it. May be NULL. */
    void (*entered)(void *context, const char *name);
    /* Told now and then: bytes read so far. May be NULL. */
    void (*progress)(void *context, uint64_t bytes);
};

struct roster_counts {
    uint64_t lines; /* records seen, bad ones included */
    uint64_t skipped;
    uint64_t unknown_keys; /* keys that no fact has; reading goes on */
    uint64_t cut;          /* texts longer than their cap */
    uint64_t followees, followers, others;
};

/* Read all of `fd` to its end. Bad records are skipped and told; -1 only when the input cannot be
 * read at all, its format cannot be known, its head is wrong, or the sink stopped it.
 *
 * A file of an X archive that ends before its list does, or breaks off in the middle, is -1 with
 * WINNOW_BAD_INPUT, after its whole elements have been handed over: what the sink has stored then
 * must not be taken for all followers. The same holds while counts->skipped is not 0, and for one
 * part of an archive that has several: only a complete list tells who does not follow back. */
int roster_read(int fd, enum roster_format format, const struct roster_sink *sink,
                struct roster_counts *counts, struct winnow_error *err);

#endif
