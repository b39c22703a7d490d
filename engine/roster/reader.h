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
};

/* A line longer than this is skipped as bad; so is an element of an X archive file. */
#define ROSTER_LINE_MAX (256u * 1024)

struct roster_sink {
    void *context;
    /* `facts` has its id, or (Mastodon's CSV) a handle and no id. Non-zero stops the reading; the
     * sink then has filled `err`. */
    int (*followee)(void *context, enum roster_relation relation, const struct facts *facts,
                    struct winnow_error *err);
    /* A record that was left out: line is 1-based, `why` one sentence without the file's name. */
    void (*skipped)(void *context, uint64_t line, const char *why);
    /* Told now and then: bytes read so far. May be NULL. */
    void (*progress)(void *context, uint64_t bytes);
};

struct roster_counts {
    uint64_t lines; /* records seen, bad ones included */
    uint64_t skipped;
    uint64_t unknown_keys; /* keys that no fact has; reading goes on */
    uint64_t cut;          /* texts longer than their cap */
    uint64_t followees, followers;
};

/* Read all of `fd` to its end. Bad records are skipped and told; -1 only when the input cannot be
 * read at all, its format cannot be known, its head is wrong, or the sink stopped it. */
int roster_read(int fd, enum roster_format format, const struct roster_sink *sink,
                struct roster_counts *counts, struct winnow_error *err);

#endif
