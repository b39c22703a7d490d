/* What the readers of all formats share: the input, the sink, the counts and the record at hand. */
#ifndef ROSTER_READING_H
#define ROSTER_READING_H

#include "roster/lines.h"
#include "roster/reader.h"
#include "roster/record.h"

struct reading {
    struct lines lines;
    const struct roster_sink *sink;
    struct roster_counts *counts;
    fact_set keys; /* bit (UINT64_C(1) << FACT_x): of these facts, each record has one at least */
    const struct roster_options *options;
    char separator;                /* of columns, where the file says it in a line of its own; 0 */
    enum roster_relation relation; /* of those on a list whose form does not tell */
    uint64_t elements;             /* of an X archive's file: those that were whole */
    struct record record;
    char handle[FACT_HANDLE_MAX + 1]; /* as the platform writes it */
};

/* Whom the list is of, into r->relation: `form_says` what its form tells, ROSTER_LIST_UNSAID where
 * it does not; `form` names it for a person. -1: nothing tells, or two say different things. */
int reading_relation(struct reading *r, enum roster_list form_says, const char *form,
                     struct winnow_error *err);

int reading_own_form(struct reading *r, const char *form, struct winnow_error *err);

/* Hand the record over when it is good, else tell why it is skipped. -1: the sink stops it. */
int reading_deliver(struct reading *r, enum roster_relation relation, uint64_t line,
                    struct winnow_error *err);

/* Count and tell a record that is skipped without a look at its facts. */
void reading_skip(struct reading *r, uint64_t line, const char *why);

/* One a format. The input stands at its first byte, behind a byte order mark. */
int jsonl_read(struct reading *r, struct winnow_error *err);
int csv_read(struct reading *r, struct winnow_error *err);
int mastodon_csv_read(struct reading *r, struct winnow_error *err);
int users_json_read(struct reading *r, struct winnow_error *err);
int x_js_read(struct reading *r, struct winnow_error *err);

/* The lists of accounts in an X archive. X_ANY: following or follower, as the file says. Of
 * block and mute the relation is ROSTER_OTHER. */
enum x_accounts { X_ANY, X_FOLLOWING, X_FOLLOWER, X_BLOCK, X_MUTE };
int x_accounts_read(struct reading *r, enum x_accounts wanted, struct winnow_error *err);

/* The lists of posts and messages in an X archive, by the name in the file's head. */
enum x_talk_kind {
    X_TALK_NONE,
    X_TALK_POSTS,     /* tweets.js, once tweet.js */
    X_TALK_COMMUNITY, /* community-tweet.js: posts in communities, which stand nowhere else */
    X_TALK_CIRCLE,    /* twitter-circle-tweet.js, 2022-23 */
    X_TALK_NOTES,     /* note-tweet.js: the long form of posts that are in tweets.js too */
    X_TALK_PAIRS,     /* direct-message-headers.js */
    X_TALK_GROUPS,    /* direct-message-group-headers.js */
    X_TALK_EVENTS,    /* message-event.js: encrypted chats, of two or of a group */
};
enum x_talk_kind x_talk_kind_of(struct text name);

/* Whom the account talks to: by its own posts (whom it answers, whom it mentions; a post counts
 * once for each), and by its direct messages. */
struct x_talked;
int x_talk_read(struct reading *r, enum x_talk_kind kind, struct x_talked *talked,
                struct winnow_error *err);

#endif
