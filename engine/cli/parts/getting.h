/* What is missing is brought by a call of the library's (struct winnow_getting): here as the command
 * that a person gives. */
#ifndef CLI_PARTS_GETTING_H
#define CLI_PARTS_GETTING_H

#include <winnow/winnow.h>

struct getting_text {
    char text[256]; /* "" where nothing would bring it */
};
struct getting_text getting(const struct winnow_getting *g, const char *campaign);

#endif
