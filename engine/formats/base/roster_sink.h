/* What the readers of files are given, and what they hand over: each followee as a view that lives
 * until the sink returns. Nothing is kept, so any size fits in bounded memory. */
#ifndef FORMATS_BASE_ROSTER_SINK_H
#define FORMATS_BASE_ROSTER_SINK_H

#include "core/facts/facts.h"

#include <stdbool.h>
#include <winnow/error.h>

enum roster_format {
    ROSTER_AUTO, /* by the first bytes */
    ROSTER_JSONL,
    ROSTER_CSV,
    ROSTER_MASTODON_CSV,
    ROSTER_X_JS,
    ROSTER_USERS_JSON,
};

enum roster_relation {
    ROSTER_FOLLOWEE, /* somebody the account follows */
    ROSTER_FOLLOWER, /* somebody who follows the account; says nothing on the other direction */
    ROSTER_OTHER,    /* says nothing on either */
    ROSTER_BLOCKED,  /* by the account; says nothing on either */
    ROSTER_MUTED,
};

/* Whom a list is of. Many forms do not tell: the followers.csv of GoToSocial has the header of a
 * list of followees, a list of blocked accounts the form of an old one. It is never guessed. */
enum roster_list {
    ROSTER_LIST_UNSAID,
    ROSTER_LIST_FOLLOWING,
    ROSTER_LIST_FOLLOWERS,
    ROSTER_LIST_BLOCKS,
    ROSTER_LIST_MUTES,
};

struct x_talked;

struct roster_options {
    enum roster_format format;
    enum roster_list as; /* the user's word */
    const char *name;    /* of the file, which may tell whom it lists; NULL: it has none */
    /* Takes what posts and messages of an X archive tell, file by file; NULL: they are refused. */
    struct x_talked *talked;
};

/* What the platform says of a record before it is handed over: its id and its handle are brought
 * into the platform's one form, the handle in `room`, of FACT_HANDLE_MAX + 1 bytes. False: `why`,
 * of 256 bytes, is a sentence that says what is wrong. Called on the reading thread; pure. */
struct roster_admit {
    const void *context;
    bool (*call)(const void *context, struct facts *facts, char *room, char *why);
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
    const struct roster_admit *admit; /* NULL: all are */
};

struct roster_counts {
    uint64_t lines; /* records seen, bad ones included */
    uint64_t skipped;
    uint64_t unknown_keys; /* keys that no fact has; reading goes on */
    uint64_t cut;          /* texts longer than their cap */
    uint64_t followees, followers, others;
    /* Ids of 17 digits and more; of them those that end as a rounded number does: behind 15 digits
     * zeros alone (a spreadsheet), or at least two (JavaScript). */
    uint64_t long_ids, zeros_behind_15, zeros_two;
    uint64_t by_handle;      /* followers without an id: who they are is not known */
    const char *never_whole; /* why such a list never has everybody; NULL: it may */
    const char *form;        /* "roster CSV": what the file was read as */
};

#endif
