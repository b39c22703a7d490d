/* Whom an archive speaks of: each account once, in the order in which they were first seen, 24
 * bytes each and at most X_PEOPLE_MAX. What was exchanged with the few of them stands beside that.
 */
#ifndef FORMATS_X_X_PEOPLE_H
#define FORMATS_X_X_PEOPLE_H

#include "core/facts/facts.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define X_PEOPLE_MAX 16777216u /* the store has no room for more followees either */

enum {
    X_PERSON_FOLLOWED = 1,     /* by the account */
    X_PERSON_FOLLOWS_BACK = 2, /* the account */
    X_PERSON_BLOCKED = 4,      /* by the account */
    X_PERSON_MUTED = 8,
};

struct x_person {
    uint64_t id;
    uint32_t flags;
    uint32_t rank;    /* place in the list of followees, from 1; 0: not on it */
    uint32_t after_s; /* the follow is later than this second since 1970; 0: not told */
    uint32_t spoken;  /* index + 1 in struct x_people; 0: nothing was exchanged */
};

/* What was exchanged with somebody, and what the account's posts call them. */
struct x_spoken {
    struct tie posts, messages;
    char *handle, *name; /* owned; NULL: not told */
    int64_t named_ms;    /* of the post that told them */
};

struct x_people {
    struct x_person *all; /* owned */
    uint32_t count, room;
    uint32_t max;
    uint32_t *slots; /* owned; 0: free, else index + 1; a power of two, half full at most */
    uint32_t slot_mask;
    uint64_t seed;           /* so that no file can be made to have all ids in one slot */
    struct x_spoken *spoken; /* owned; at most one for each of `all` */
    uint32_t spoken_count, spoken_room;
    bool full; /* somebody was left out: `max`, or no memory */
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

/* One exchange more with that account, in its posts or its messages. NULL when there is no room;
 * else what was exchanged with it, until the next exchange. */
struct x_spoken *x_people_exchange(struct x_people *p, uint64_t id, enum dataset set,
                                   const struct exchange *x);
/* A post of that time calls them so; the latest one stays. Texts are cut to what facts hold; an
 * empty one tells nothing. */
void x_spoken_name(struct x_spoken *s, struct text handle, struct text name, int64_t time_ms);
/* NULL: nothing was exchanged. */
const struct x_spoken *x_people_spoken(const struct x_people *p, const struct x_person *one);

#endif
