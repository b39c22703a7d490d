/* Datasets: what a source tells, each with its coverage. A campaign has been told a dataset by an
 * import or a fetch, or not at all. The numbers and the names are stored: append only. */
#ifndef CORE_FACTS_DATASET_H
#define CORE_FACTS_DATASET_H

#include <stddef.h>

enum dataset {
    DATASET_FOLLOWING, /* the list of followees itself */
    DATASET_FOLLOWERS, /* who follows back, and what else a relation tells */
    DATASET_PROFILES,  /* counts, last post, bot, moved, suspended */
    DATASET_LISTS,     /* who is in a list of the account's */
    DATASET_POSTS,     /* the account's own posts: replies, mentions, quotes, boosts */
    DATASET_MESSAGES,  /* direct messages, both ways */
    DATASET_REACTIONS, /* notifications and mentions: what others did towards the account */
    DATASET_LIKES,     /* whom the account likes (on GitHub: whose work it starred) */
    DATASET_BOOSTS,    /* whom it boosts, where its posts do not tell */
    DATASET_BOOKMARKS, /* whose posts it saved */
    DATASET_ENDORSED,  /* whom it shows on its own profile */
    DATASET_BLOCKS,    /* whom it blocks or mutes */
    DATASET_COUNT
};

extern const char *const dataset_names[DATASET_COUNT]; /* "followers" */

/* The dataset of that name, or -1. */
int dataset_find(const char *name, size_t size);

#endif
