/* Long calls as jobs, for a program with a loop of its own.
 *
 *   struct winnow_job *job;
 *   winnow_run_start(w, "obama", &options, &job, &err);
 *   ... poll(winnow_job_fd(job)); when it is readable: winnow_job_dispatch(job);
 *   ... until winnow_job_over(job)
 *   int result = winnow_job_end(job, &err);     what winnow_run would have returned
 *
 * The call runs on a thread of the job's own. All that it tells (hooks, and the callbacks of a login)
 * is told in winnow_job_dispatch and winnow_job_end, on the program's thread. Until then the call
 * waits with it, but for progress, of which the last is kept. So a program that dispatches late holds
 * the call up, and loses nothing.
 *
 * While a job is there no other call is made on its `w`, but winnow_stop, winnow_ask and, from within
 * a hook other than progress, those that read (winnow_status and its kin). The options' texts and lists, and `out`, live
 * until winnow_job_end. Signals stay with the program's threads. */
#ifndef WINNOW_JOB_H
#define WINNOW_JOB_H

#include <winnow/winnow.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct winnow_job;

/* Begin the call of that name. 0, or -1 with err when the job cannot begin: then there is none. */
int winnow_run_start(struct winnow *w, const char *name, const struct winnow_run_options *options,
                     struct winnow_job **out, struct winnow_error *err);
int winnow_fetch_start(struct winnow *w, const char *name,
                       const struct winnow_fetch_options *options, struct winnow_fetch_result *out,
                       struct winnow_job **job, struct winnow_error *err);
int winnow_import_start(struct winnow *w, const char *name,
                        const struct winnow_import_options *options,
                        struct winnow_import_result *out, struct winnow_job **job,
                        struct winnow_error *err);
int winnow_plan_start(struct winnow *w, const char *name, const struct winnow_plan_options *options,
                      struct winnow_plan *out, struct winnow_job **job, struct winnow_error *err);
int winnow_verify_start(struct winnow *w, const char *name,
                        const struct winnow_verify_options *options,
                        struct winnow_verify_result *out, struct winnow_job **job,
                        struct winnow_error *err);
int winnow_login_browser_start(struct winnow *w, const char *name,
                               const struct winnow_browser_options *options,
                               struct winnow_job **job, struct winnow_error *err);

/* Readable (poll, select, epoll) while there is something to dispatch. The job's: not to be read. */
int winnow_job_fd(const struct winnow_job *job);
/* Tell what there is to tell, without waiting. */
void winnow_job_dispatch(struct winnow_job *job);
/* Has the call returned? */
bool winnow_job_over(struct winnow_job *job);

/* How far it is, as it last said: see hooks.progress. `what` lives until winnow_job_end. */
struct winnow_job_progress {
    const char *what; /* "" nothing was said yet */
    uint64_t done, total;
};
void winnow_job_progress(struct winnow_job *job, struct winnow_job_progress *out);

/* winnow_stop: it returns WINNOW_STOPPED soon. An import and a plan, which take seconds, end first. */
void winnow_job_cancel(struct winnow_job *job);

/* Wait for the call's end, dispatching; free the job. What the call returned, with its `err`. */
int winnow_job_end(struct winnow_job *job, struct winnow_error *err);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
