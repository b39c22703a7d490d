/* data/manifest.js of an X archive: whose it is, of when, whether whole, and which files hold what
 * with how many elements. Of a file of more than X_MANIFEST_FILES only the error is told. */
#ifndef FORMATS_X_X_MANIFEST_H
#define FORMATS_X_X_MANIFEST_H

#include "formats/base/lines.h"

#define X_MANIFEST_FILES    4096u /* of the types below, all together */
#define X_MANIFEST_NAME_MAX 128u

/* In the order they are read: whom is followed before who follows back, and posts that may stand in
 * tweets.js as well before that. */
enum x_type {
    X_TYPE_ACCOUNT,
    X_TYPE_FOLLOWING,
    X_TYPE_FOLLOWER,
    X_TYPE_BLOCK,
    X_TYPE_MUTE,
    X_TYPE_COMMUNITY_TWEETS,
    X_TYPE_CIRCLE_TWEETS,
    X_TYPE_TWEETS,
    X_TYPE_NOTES,
    X_TYPE_OTHER_POSTS, /* listed, and of a form that is not known */
    X_TYPE_MESSAGES,
    X_TYPE_GROUP_MESSAGES,
    X_TYPE_MESSAGE_EVENTS,
    X_TYPE_OTHER_MESSAGES,
    X_TYPE_COUNT
};

struct x_file {
    enum x_type type;
    char name[X_MANIFEST_NAME_MAX]; /* "data/following.js" */
    int64_t count;                  /* of elements; -1: not told */
};

struct x_manifest {
    bool found;        /* false: there is none, and the files are those that are there */
    char account[32];  /* "" when not told */
    int64_t made_ms;   /* 0: not told */
    bool says_whole;   /* "isPartialArchive" is there and false */
    bool says_partial; /* and true */
    bool listed[X_TYPE_COUNT];
    struct x_file *files; /* owned */
    uint32_t file_count;
};

/* Fails with WINNOW_BAD_INPUT for what is no manifest, or one that names a file outside the archive
 * or a file twice. */
int x_manifest_read(struct x_manifest *m, struct lines *lines, struct winnow_error *err);
/* Where there is no manifest: the names that the files of a type go by, the most usual first. NULL
 * behind the last. */
#define X_MANIFEST_STEMS 4
const char *const *x_manifest_stems(enum x_type type);
int x_manifest_guess_begin(struct x_manifest *m, struct winnow_error *err);
int x_manifest_guess_file(struct x_manifest *m, enum x_type type, const char *name,
                          struct winnow_error *err);

void x_manifest_free(struct x_manifest *m);

#endif
