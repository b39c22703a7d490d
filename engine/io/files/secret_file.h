/* Small files with credentials: mode 0600 in a directory of mode 0700, replaced as a whole and
 * durably, so that after a power cut either the old pair or the new pair is there. */
#ifndef IO_FILES_SECRET_FILE_H
#define IO_FILES_SECRET_FILE_H

#include <stddef.h>
#include <winnow/error.h>

#define SECRET_FILE_MAX ((size_t)64 * 1024)

/* Reads at most `room` - 1 bytes and ends them with a zero; the caller wipes `to`. Fails with
 * WINNOW_CREDENTIAL when there is none or when others could read it, with what to do. */
int secret_file_read(const char *path, char *to, size_t room, size_t *size,
                     struct winnow_error *err);
/* Write beside, fsync, rename, fsync the directory. Makes the directory when it is missing. */
int secret_file_write(const char *path, const char *bytes, size_t size, struct winnow_error *err);
/* 0 as well when there was none. */
int secret_file_remove(const char *path, struct winnow_error *err);

/* One process at a time between reading and writing (a refresh token may be used once). Waits for
 * the other for at most `wait_ms`, then WINNOW_BUSY. */
struct secret_lock {
    int fd;
};
#define SECRET_LOCK_WAIT_MS 10000 /* what a person or a fetch has the patience for */
int secret_file_lock(const char *path, int wait_ms, struct secret_lock *out,
                     struct winnow_error *err);
void secret_file_unlock(struct secret_lock *lock);

#endif
