/* A private file without a name, for what is too large for memory and is wanted only for now. */
#ifndef IO_FILES_SCRATCH_FILE_H
#define IO_FILES_SCRATCH_FILE_H

#include <winnow/error.h>

/* In `directory`, for this user alone (0600), to be written and read. Its name is taken away at
 * once, so the file is gone with its last descriptor, however the process ends. `*fd` is the
 * caller's to close. WINNOW_STORAGE when the disk says no. */
int scratch_file_open(const char *directory, int *fd, struct winnow_error *err);

#endif
