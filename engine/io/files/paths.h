/* Directories and names that the files of io share. Internal to io. */
#ifndef IO_FILES_PATHS_H
#define IO_FILES_PATHS_H

#include <limits.h>
#include <winnow/error.h>

/* The directory part of `path` ("." when it has none). */
int path_directory(const char *path, char out[PATH_MAX], struct winnow_error *err);

/* Make the directory of `path`, 0700, when it is missing; its parent must be there. */
int path_make_directory(const char *path, struct winnow_error *err);

#endif
