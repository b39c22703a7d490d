/* A credential on its way from a person to the library. */
#ifndef CLI_PARTS_SECRET_H
#define CLI_PARTS_SECRET_H

#include <stdbool.h>

#include <winnow/error.h>

enum { SECRET_MAX = 8192 };

/* Fixed, so that no copy is left behind by a growing buffer. */
struct secret {
    char text[SECRET_MAX + 2];
};

/* Read one line from standard input; on a terminal ask for `what`, with echo off. The line's end
 * is removed. */
int secret_read(struct secret *secret, const char *what, struct winnow_error *err);
void secret_wipe(struct secret *secret);

#endif
