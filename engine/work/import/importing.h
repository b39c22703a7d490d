/* One call of winnow_import while it runs: what its files share. */
#ifndef WORK_IMPORT_IMPORTING_H
#define WORK_IMPORT_IMPORTING_H

#include "formats/lists/reader.h"
#include "formats/x/x_people.h"
#include "work/campaign/batch.h"
#include "work/campaign/state.h"
#include "work/evidence/evidence.h"
#include "work/evidence/unmatched.h"

struct importing {
    const struct winnow_import_options *options;
    struct store_txn *txn;
    struct store_campaign *campaign;
    const struct platform *platform;
    struct winnow_import_result *result;
    int64_t now_ms, wall_offset_ms;

    /* The file at hand. */
    const char *file;
    char inner[128]; /* of an archive; "" in other files */
    uint64_t file_bytes;
    uint16_t batch;
    bool only_known; /* whom it names and the roster does not know is not followed any more */
    bool had_facts;  /* somebody was in the roster before it */
    bool served;     /* the platform has just given it: all of it is so now */

    uint16_t plain_batch; /* of all files but archives; 0: none yet */
    bool followers_read;  /* from them */
    uint64_t file_read;
    uint64_t nameless_followers; /* of plain files: known by a handle alone */
    const char *never_whole;     /* of a follower file: why it lacks some of them */
    bool list_is_whole;          /* there is a complete list of followees */
    struct name_list unlisted;
    struct roster_admit admit;
    struct x_talked talked; /* what single files of X archives add up to */
    struct batch_ages ages;
    struct batch_absent *absent; /* of each archive; owned, with room for all files */
    size_t absent_count;
};

/* Followees, skipped lines and progress go where they belong; its context is a struct importing. */
struct roster_sink importing_sink(struct importing *i);
void importing_expect(void *context, const struct facts *facts);
void importing_add_counts(struct importing *i, const struct roster_counts *counts);

/* Is the file at hand, which is such an archive, of the campaign's platform? */
int importing_check_archive(const struct importing *i, enum platform_archive archive,
                            struct winnow_error *err);

/* A new batch for the file at hand. */
int importing_batch(struct importing *i, const char *kind, int64_t as_of_ms,
                    struct winnow_error *err);

/* What is there stays when it is more, or as much and newer. */
int importing_put_evidence(struct importing *i, enum dataset set, const struct evidence *e,
                           struct winnow_error *err);

/* Single files of posts and messages, once all files are read: those whom they speak of have at
 * least so many interactions. */
int import_talked(struct importing *i, struct winnow_error *err);

/* What was skipped, told with the file's name, as far as warnings go. */
void importing_skipped(struct importing *i, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* An export of that time, or of none that is told, beside a list of followees that is there and
 * complete: where that is newer, whom only the export has was unfollowed since. Says so, and sets
 * only_known. */
int importing_older_list(struct importing *i, int64_t as_of_ms, bool dated,
                         struct winnow_error *err);

/* What it is, by what lies there and by the format that was asked for. */
enum import_kind { IMPORT_PLAIN, IMPORT_X, IMPORT_BLUESKY, IMPORT_MASTODON };
enum import_kind import_kind_of(const struct importing *i, const char *name);
/* A repository that the platform has just served. Other than an export that somebody saved it is of
 * now: its follows are the list, with its keys, and whom it lacks is not followed any more.
 * WINNOW_BAD_INPUT where it cannot stand for the lists: damaged, with a hole, another account's, or
 * without any follow while the roster has some. Then nothing was changed that the caller keeps. */
int import_bluesky_served(struct importing *i, int fd, struct winnow_error *err);

/* All of it. A set that is not whole is told as a warning and in the result. */
int import_archive(struct importing *i, const char *name, struct winnow_error *err);
int import_bluesky(struct importing *i, const char *name, struct winnow_error *err);
int import_mastodon(struct importing *i, const char *name, struct winnow_error *err);

#endif
