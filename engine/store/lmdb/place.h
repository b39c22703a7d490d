/* Inside the store only: is it still where it was opened? LMDB goes on writing into a file that was
 * removed, and takes no notice of a lock file that was made anew: two processes then each hold a
 * write lock of their own, and destroy the store. */
#ifndef STORE_LMDB_PLACE_H
#define STORE_LMDB_PLACE_H

#include <sys/types.h>
#include <winnow/error.h>

#define PLACE_PATH_MAX 4096

struct place_file {
    char path[PLACE_PATH_MAX];
    dev_t device;
    ino_t inode; /* 0: there is none, on a read-only file system */
};

struct place {
    struct place_file data, lock;
};

/* Before LMDB opens the store, which makes a lock file where there is none: WINNOW_STORAGE when the
 * lock file is gone and another process has the store open all the same. */
int place_may_open(const char *directory, struct winnow_error *err);
/* After it: remember both files, and show to place_may_open that the store is open, until `data_fd`
 * is closed. */
int place_note(struct place *p, const char *directory, int data_fd, struct winnow_error *err);
/* Are the files at their paths still those that were opened? Else WINNOW_STORAGE. */
int place_check(const struct place *p, struct winnow_error *err);

/* LMDB tells a write that came out short as EIO. ENOSPC where the disk is full, EFBIG where a limit
 * on the size of files (setrlimit(2), RLIMIT_FSIZE) is reached; else EIO. */
int place_why_short(const struct place *p);

#endif
