/* A Bluesky account's repository as the app saves it (repo.car): every public record of the
 * account. It tells whom the account follows, with the record keys, whom it answers, mentions,
 * quotes, likes and reposts, whom it has on its lists and whom it blocks. It has no handles, no
 * followers, no mutes, no messages.
 *
 * Happy path: bluesky_repo_open holds each block against its hash and reads the commit, which says
 * whose it is; bluesky_repo_read walks the tree of keys from the commit's `data` to its end. Where
 * every link was found, all records of the account are there: absence is proof.
 * Failures: WINNOW_BAD_INPUT for what car.h refuses, a commit or a node that is none, keys that are
 * not in order (a circle has some), and a tree deeper than any. A block that is missing, and a
 * record that is not understood, make their datasets partial, with the reason.
 *
 * The commit's signature is not looked at: its key stands in the account's DID document, on the
 * network, and may have been changed since. The file is the user's, who has the account: it is held
 * against damage and mixing up, not against forgery by its owner. */
#ifndef FORMATS_BLUESKY_BLUESKY_REPO_H
#define FORMATS_BLUESKY_BLUESKY_REPO_H

#include "core/facts/tie.h"
#include "formats/bluesky/car.h"

#define BLUESKY_KEY_MAX    1024u      /* bytes of "collection/rkey" */
#define BLUESKY_RECORD_MAX (1u << 20) /* bytes, as servers take at most */
#define BLUESKY_NODE_MAX   (1u << 20) /* bytes; nodes have four entries or so */
#define BLUESKY_DEPTH_MAX  64u        /* of the tree; one of 10^9 records has some 15 */
#define BLUESKY_LISTS_MAX  65536u     /* of the account; beyond, that of lists is partial */
#define BLUESKY_NAME_MAX   256u       /* bytes of a list's name; 64 characters are allowed */

enum bluesky_purpose {
    BLUESKY_CURATE,    /* people to read */
    BLUESKY_REFERENCE, /* people of a starter pack */
    BLUESKY_MODERATE,  /* people to block or mute: no tie */
};

struct bluesky_repo_set {
    bool complete;
    bool read_through; /* all of it is there, though a few records may not have been understood */
    uint64_t count;    /* records */
    uint64_t unread;   /* of them, those that are missing, broken, or name nobody */
    char why[160];     /* not complete: what is missing */
};

/* Texts live until the call returns. Non-zero stops the reading; `err` is filled then. Never the
 * account itself. */
struct bluesky_repo_sink {
    void *context;
    /* One follow record; a followee can have several. created_ms is what the client wrote; 0: not
     * told. */
    int (*follow)(void *context, struct text did, struct text rkey, int64_t created_ms,
                  struct winnow_error *err);
    /* The account did that towards `did`; a post counts once for each. */
    int (*exchange)(void *context, struct text did, const struct exchange *x,
                    struct winnow_error *err);
    /* `did` is on the list of that name, which has no control characters. */
    int (*listed)(void *context, struct text did, struct text name, enum bluesky_purpose purpose,
                  struct winnow_error *err);
    int (*block)(void *context, struct text did, struct winnow_error *err);
    /* A record that is not understood, by its key. May be NULL. */
    void (*skipped)(void *context, struct text key, const char *why);
};

struct bluesky_repo;

/* `fd` is the caller's, and stays open meanwhile. */
int bluesky_repo_open(int fd, const struct car_options *options, struct bluesky_repo **out,
                      struct winnow_error *err);
void bluesky_repo_close(struct bluesky_repo *r); /* NULL is allowed */

const char *bluesky_repo_did(const struct bluesky_repo *r);

/* When the account last wrote something, by its server: of then the repository is at least. 0: not
 * told. */
int64_t bluesky_repo_as_of_ms(const struct bluesky_repo *r);

/* Once. */
int bluesky_repo_read(struct bluesky_repo *r, const struct bluesky_repo_sink *sink,
                      struct winnow_error *err);

/* After bluesky_repo_read: of DATASET_FOLLOWING, POSTS, LIKES, BOOSTS, LISTS, BLOCKS; NULL of
 * others. */
const struct bluesky_repo_set *bluesky_repo_set(const struct bluesky_repo *r, enum dataset set);

/* After bluesky_repo_read: so many blocks are linked, and are not in the file. 0: all that the
 * commit leads to is there. */
uint64_t bluesky_repo_missing(const struct bluesky_repo *r);

/* The dataset that an exchange of a repository is of. Pure. */
enum dataset bluesky_repo_dataset(enum exchange_kind kind);

#endif
