/* Whom an archive speaks of: each account once, with what was counted of it, in the order in which
 * they were first seen. 32 bytes each, and at most X_PEOPLE_MAX. */
#ifndef ROSTER_X_PEOPLE_H
#define ROSTER_X_PEOPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define X_PEOPLE_MAX 16777216u /* the store has no room for more followees either */

enum {
    X_PERSON_FOLLOWED = 1,     /* by the account */
    X_PERSON_FOLLOWS_BACK = 2, /* the account */
};

struct x_person {
    uint64_t id;
    int64_t last_ms; /* of what was counted */
    uint32_t count;  /* replies to, mentions of, messages with */
    uint32_t flags;
};

struct x_people {
    struct x_person *all; /* owned */
    uint32_t count, room;
    uint32_t max;
    uint32_t *slots; /* owned; 0: free, else index + 1; a power of two, half full at most */
    uint32_t slot_mask;
    uint64_t seed; /* so that no file can be made to have all ids in one slot */
    bool full;     /* somebody was left out: `max`, or no memory */
};

/* max 0: X_PEOPLE_MAX */
void x_people_init(struct x_people *p, uint32_t max);
void x_people_free(struct x_people *p);

/* What the lists of posts and messages of one account add up to. Other ids than people's fit into
 * a table of people too: those of posts, so that one that stands in two files counts once. */
#define X_POSTS_MAX 1048576u
struct x_talked {
    struct x_people people;
    struct x_people posts; /* of X_POSTS_MAX at most */
    uint64_t self;         /* 0: not known; then both ends of a message count */
    bool remember;         /* the posts that come now may come again in a file behind */
    uint64_t posts_read, messages_read; /* elements of such files */
    bool nameless;                      /* a long post named somebody without an id */
};

/* NULL when the id is not there. */
struct x_person *x_people_find(const struct x_people *p, uint64_t id);
/* NULL when there is no room; p->full then. Moves the others. */
struct x_person *x_people_add(struct x_people *p, uint64_t id);

/* One thing more with that account, at that time. */
void x_people_met(struct x_people *p, uint64_t id, int64_t time_ms);

#endif
