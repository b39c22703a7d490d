/* data/manifest.js of an X archive: whose it is, of when, whether whole, and which files hold what
 * with how many elements. Of a file of more than X_MANIFEST_FILES only the error is told. */
#ifndef ROSTER_X_MANIFEST_H
#define ROSTER_X_MANIFEST_H

#include "roster/lines.h"

#define X_MANIFEST_FILES    4096u /* of the types below, all together */
#define X_MANIFEST_NAME_MAX 128u

/* In the order they are read: whom is followed before who follows back. */
enum x_type {
    X_TYPE_ACCOUNT,
    X_TYPE_FOLLOWING,
    X_TYPE_FOLLOWER,
    X_TYPE_BLOCK,
    X_TYPE_MUTE,
    X_TYPE_TWEETS,
    X_TYPE_MESSAGES,
    X_TYPE_GROUP_MESSAGES,
    X_TYPE_COUNT
};

struct x_file {
    enum x_type type;
    char name[X_MANIFEST_NAME_MAX]; /* "data/following.js" */
    int64_t count;                  /* of elements; -1: not told */
};

struct x_manifest {
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
void x_manifest_free(struct x_manifest *m);

#endif
