/* One worker a campaign: a lock that the kernel releases when its holder dies, however it dies.
 * POSIX record locks: the holder's pid can be asked for without taking the lock. They are lost
 * when the process closes any descriptor of the file, so nobody else here opens it. */
#ifndef IO_PROCESS_LOCK_H
#define IO_PROCESS_LOCK_H

#include <stdint.h>
#include <winnow/error.h>

struct process_lock {
    int fd; /* -1: not held */
};

/* Makes the file (0600) when it is missing. WINNOW_BUSY names the holder's pid. */
int process_lock_take(const char *path, struct process_lock *out, struct winnow_error *err);
void process_lock_release(struct process_lock *lock);
/* The pid of another process that holds it; 0: nobody. */
int process_lock_holder(const char *path, int64_t *pid, struct winnow_error *err);

#endif
