/* Small files that a user names. */
#ifndef CLI_PARTS_FILE_H
#define CLI_PARTS_FILE_H

#include <stddef.h>

#include <winnow/error.h>

/* Read a whole file ("-": standard input) of at most 64 MiB; *text ends with a zero byte that
 * *size does not count and is to be freed. */
int file_read(const char *path, char **text, size_t *size, struct winnow_error *err);
/* The same, and no zero byte within. */
int file_read_text(const char *path, char **text, struct winnow_error *err);

#endif
