/* The lists of posts and messages in an X archive: whom the account talks to. */
#ifndef FORMATS_X_X_TALK_H
#define FORMATS_X_X_TALK_H

#include "formats/base/reading.h"

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
