/* Inside the readers of posts and messages: what x_talk_posts.c and x_talk_messages.c share. */
#ifndef FORMATS_X_X_TALK_PARTS_H
#define FORMATS_X_X_TALK_PARTS_H

#include "formats/x/x_list.h"
#include "formats/x/x_people.h"
#include "formats/x/x_talk.h"

/* More than any post has room for: 25,000 characters of "@a ". */
#define POST_PEOPLE_MAX 8192u

/* Bytes of the names in one post: more than 25,000 characters have. */
#define X_TALK_NAMES_MAX 131072u

/* Somebody whom a post answers or mentions, and what it calls them. */
struct x_met {
    uint64_t id;
    uint32_t handle_at, handle_size, name_at, name_size; /* in the post's names */
};

struct x_talk {
    struct reading *reading;
    struct x_talked *talked;
    enum x_talk_kind kind;
    struct x_list list;

    /* The post at hand. */
    uint32_t met_count;
    struct x_met met[POST_PEOPLE_MAX];
    uint32_t names_used; /* of `names`; what has no room is not told */
    char names[X_TALK_NAMES_MAX];
    uint64_t reply_to, first_mention; /* 0: none */
    uint64_t post;                    /* its id; 0: not told */
    bool retweet;

    bool has_time;
    int64_t time_ms;

    /* The message at hand, and the two in its conversation's name; 0: not told. */
    uint64_t sender, recipient, pair[2];
    bool created; /* it is a message, not another event */
};

/* 0: it is none. */
uint64_t x_talk_id(struct text text);

/* "KEY" is something else than expected: the record is bad. Returns false. */
bool x_talk_bad(struct x_talk *t, const char *key, enum pull_kind kind);

/* An id as the value that is next. null is none, and so is "-1", which X puts for accounts that
 * are gone. Whatever else is no id makes the record bad. */
int x_talk_take_id(struct x_talk *t, const char *key, uint64_t *id);
int x_talk_take_time(struct x_talk *t, const char *key,
                     bool (*read)(const char *at, size_t size, int64_t *time_ms));

void x_talk_record_start(struct x_talk *t);

/* One element, which is to be an object: its member `wrapper` is read by `inner`. `also`, which may
 * be NULL, reads the values of its other members. */
struct x_talk_inside {
    const char *wrapper;
    int (*inner)(struct x_talk *);
    int (*also)(struct x_talk *);
};
int x_talk_element(struct x_talk *t, const struct x_talk_inside *inside);

/* Count the element, or tell why it is skipped. */
void x_talk_end_element(struct x_talk *t, uint64_t line);

/* All elements of the list: of posts, of long posts, of conversations, of events. */
int x_posts_all(struct x_talk *t);
int x_notes_all(struct x_talk *t);
int x_messages_all(struct x_talk *t);
int x_events_all(struct x_talk *t);

#endif
