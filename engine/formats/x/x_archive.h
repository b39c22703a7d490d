/* A whole archive of X: the zip file, or the folder that it was unpacked to. It tells whom the
 * account follows, who of them follows back, and whom it talks to; and, set by set, whether that
 * is all of it, so that "nothing was found" may be taken for "there is nothing".
 *
 * Happy path: x_archive_open reads the manifest and whose archive it is; x_archive_read goes
 * through its lists, hands over followers that are no followees as they come, and then each
 * followee once with all that is known of it, and whoever else was talked to as ROSTER_OTHER.
 * Failures: WINNOW_BAD_INPUT for what pack.h and x_manifest.h refuse, and for another account's
 * archive. A file that is missing, broken or short makes its set partial, with the reason. */
#ifndef FORMATS_X_X_ARCHIVE_H
#define FORMATS_X_X_ARCHIVE_H

#include "formats/base/roster_sink.h"
#include "formats/pack/pack.h"

enum x_set { X_SET_FOLLOWING, X_SET_FOLLOWERS, X_SET_POSTS, X_SET_MESSAGES, X_SET_COUNT };

struct x_archive_set {
    bool listed;       /* the manifest knows of it */
    bool complete;     /* and all of it was read */
    bool read_through; /* all that is there was read, though some of it does not tell of whom */
    uint64_t count;    /* elements that were whole */
    uint64_t skipped;  /* and those that could not be taken */
    uint64_t expected; /* by the manifest */
    char why[160];     /* listed and not complete: what is missing, the file first */
};

struct x_archive_options {
    struct pack_limits limits;
    uint32_t people; /* at most so many are counted; 0: X_PEOPLE_MAX */
};

struct x_archive;

int x_archive_open(const char *path, const struct x_archive_options *options,
                   struct x_archive **out, struct winnow_error *err);
void x_archive_close(struct x_archive *a); /* NULL is allowed */

/* `account` is an id, or a handle with or without '@': is the archive that account's? Where the
 * archive tells no handle a handle is taken for another account's. */
int x_archive_check_account(const struct x_archive *a, const char *account,
                            struct winnow_error *err);

/* Archives of 2018-19 have none: then no set is complete, and its time is that of its newest file.
 */
bool x_archive_has_manifest(const struct x_archive *a);

/* Of when it is: what the manifest says, else when the manifest was written; 0: not told. */
int64_t x_archive_as_of_ms(const struct x_archive *a);

/* Once. With sink->entered each file is told before what comes from it. */
int x_archive_read(struct x_archive *a, const struct roster_sink *sink,
                   struct roster_counts *counts, struct winnow_error *err);

/* After x_archive_read. */
const struct x_archive_set *x_archive_set(const struct x_archive *a, enum x_set set);
/* Followees that are blocked, that are muted. */
uint64_t x_archive_blocked(const struct x_archive *a);
uint64_t x_archive_muted(const struct x_archive *a);

#endif
