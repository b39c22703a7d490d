/* Words for messages: the nearest known name to a mistyped one, and foreign text made fit to
 * print. Pure: no allocation, cannot fail. */
#ifndef CORE_EXPR_EXPR_WORDS_H
#define CORE_EXPR_EXPR_WORDS_H

#include <stddef.h>

#define NEAR_SIZE_MAX 24 /* longer words get no suggestion */

struct near_search {
    const char *word; /* what was found */
    size_t size;
    const char *best; /* the nearest so far, NULL: none is near */
    size_t distance;  /* of `best` */
};

/* Start for a word, offer every known name (a string that outlives the search), read `best`. Near
 * is a distance of at most a third of the word's length, one at least; letters in the wrong case
 * cost nothing, two swapped neighbours one. The first of equals wins. */
struct near_search near_start(const char *word, size_t size);
void near_offer(struct near_search *s, const char *name);

/* Make `?` of control characters and of bytes that are no UTF-8. */
void words_clean(char *at, size_t size);

#define QUOTED_MAX 40 /* bytes of foreign text in a message */

struct quoted {
    char text[QUOTED_MAX + 8];
};

/* Foreign text for a message: in quotes unless it begins with one, cleaned, cut after QUOTED_MAX
 * bytes at a character's end. */
struct quoted words_quote(const char *at, size_t size);

#endif
