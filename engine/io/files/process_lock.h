/* One worker a campaign: a lock that the kernel releases when its holder dies, however it dies.
 * POSIX record locks: the holder's pid can be asked for without taking the lock. They are lost
 * when the process closes any descriptor of the file, so nobody else here opens it. */
#ifndef IO_FILES_PROCESS_LOCK_H
#define IO_FILES_PROCESS_LOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <winnow/error.h>

struct process_lock {
    int fd; /* -1: not held */
};

/* Who holds a lock. The kernel tells no pid (0) of a holder in another PID namespace, as in two
 * containers on one volume: fcntl(2), F_GETLK. */
struct process_holder {
    bool held;
    int64_t pid; /* held: as we see it; 0: in another PID namespace */
};
#define PROCESS_NAME_MAX 64
/* "process 4711", or that it runs in another container. */
void process_holder_name(struct process_holder holder, char name[PROCESS_NAME_MAX]);

/* The last word of a holder that cannot write to the store any more: a sentence for whoever asks
 * why it ended. The room for it is on the disk from process_lock_take on, so that a full disk does
 * not silence it. */
#define PROCESS_WORD_MAX 512

/* Makes the file (0600) when it is missing, and takes back the word of the one before.
 * WINNOW_BUSY names the holder; WINNOW_STORAGE where the file cannot be written. */
int process_lock_take(const char *path, struct process_lock *out, struct winnow_error *err);
void process_lock_release(struct process_lock *lock);
/* The other process that holds it. */
int process_lock_holder(const char *path, struct process_holder *out, struct winnow_error *err);

void process_lock_say(const struct process_lock *lock, const char *word);
/* The word of the last holder; "" where there is none. Only while nobody of this process holds
 * it. */
void process_lock_said(const char *path, char word[PROCESS_WORD_MAX]);

#endif
