/* A job: a blocking call on a thread of its own, whose words are handed over to the thread that owns
 * the job. See winnow/job.h for the promise; job_calls.c has the calls.
 *
 * Happy path: job_start; the call runs, and says each thing by job_hand_over; the owner dispatches
 * until it is over, and ends the job. Fails at job_start only: no memory, descriptor or thread. */
#ifndef WORK_JOB_JOB_H
#define WORK_JOB_JOB_H

#include <winnow/job.h>

struct job_call {
    /* Make the call; on the job's thread. Its hooks are those of job_hooks. */
    int (*make)(struct winnow_job *job, void *args, struct winnow_error *err);
    void *args;                       /* the job's from here on: freed at its end */
    const struct winnow_hooks *hooks; /* the program's */
};

/* Frees call->args also when it fails. */
int job_start(struct winnow *w, const struct job_call *call, struct winnow_job **out,
              struct winnow_error *err);

/* Hooks that hand over to the program's. */
struct winnow_hooks job_hooks(struct winnow_job *job);
/* The args of its call. */
const void *job_args(const struct winnow_job *job);

/* On the job's thread: have tell(args) called on the owner's, and wait until it was. */
void job_hand_over(struct winnow_job *job, void (*tell)(void *args), void *args);

#endif
