/* Jobs: see job.h. One lock guards what both threads see: what is to be told, the last progress, and
 * whether the call is over. The eventfd is readable while there is any of it. */
#include "work/job/job.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct winnow_job {
    struct winnow *w;
    struct job_call call;
    struct winnow_hooks hooks; /* the program's */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int fd;
    void (*tell)(void *args); /* NULL: nothing is to be told */
    void *tell_args;
    struct winnow_job_progress progress;
    bool progressed; /* and the program was not told yet */
    bool over;
    int result;
    struct winnow_error err;
};

static void wake_owner(const struct winnow_job *job) {
    const uint64_t one = 1;
    (void)!write(job->fd, &one, sizeof one);
}

void job_hand_over(struct winnow_job *job, void (*tell)(void *args), void *args) {
    pthread_mutex_lock(&job->lock);
    job->tell = tell;
    job->tell_args = args;
    wake_owner(job);
    while (job->tell != NULL)
        pthread_cond_wait(&job->changed, &job->lock);
    pthread_mutex_unlock(&job->lock);
}

/* ---- the hooks ---- */

struct said {
    const struct winnow_hooks *hooks;
    const char *text, *sum;
    int level;
    bool answer;
};

static void tell_warn(void *args) {
    const struct said *said = args;
    said->hooks->warn(said->hooks->context, said->text);
}

static void on_warn(void *context, const char *text) {
    struct winnow_job *job = context;
    struct said said = {.hooks = &job->hooks, .text = text};
    job_hand_over(job, tell_warn, &said);
}

static void tell_log(void *args) {
    const struct said *said = args;
    said->hooks->log(said->hooks->context, said->level, said->text);
}

static void on_log(void *context, int level, const char *line) {
    struct winnow_job *job = context;
    struct said said = {.hooks = &job->hooks, .text = line, .level = level};
    job_hand_over(job, tell_log, &said);
}

static void tell_consent(void *args) {
    struct said *said = args;
    said->answer = said->hooks->consent(said->hooks->context, said->text, said->sum);
}

static bool on_consent(void *context, const char *what, const char *sum) {
    struct winnow_job *job = context;
    struct said said = {.hooks = &job->hooks, .text = what, .sum = sum};
    job_hand_over(job, tell_consent, &said);
    return said.answer;
}

static void tell_asked(void *args) {
    const struct said *said = args;
    said->hooks->asked(said->hooks->context);
}

static void on_asked(void *context) {
    struct winnow_job *job = context;
    struct said said = {.hooks = &job->hooks};
    job_hand_over(job, tell_asked, &said);
}

/* Told as often as the owner has time for: a call that counts does not wait. `what` is a constant. */
static void on_progress(void *context, const char *what, uint64_t done, uint64_t total) {
    struct winnow_job *job = context;
    pthread_mutex_lock(&job->lock);
    job->progress = (struct winnow_job_progress){what, done, total};
    job->progressed = true;
    wake_owner(job);
    pthread_mutex_unlock(&job->lock);
}

struct winnow_hooks job_hooks(struct winnow_job *job) {
    const struct winnow_hooks *of = &job->hooks;
    return (struct winnow_hooks){
        .context = job,
        .warn = of->warn != NULL ? on_warn : NULL,
        .progress = on_progress,
        .log = of->log != NULL ? on_log : NULL,
        .log_level = of->log_level,
        .consent = of->consent != NULL ? on_consent : NULL,
        .asked = of->asked != NULL ? on_asked : NULL,
    };
}

const void *job_args(const struct winnow_job *job) {
    return job->call.args;
}

/* ---- the owner's side ---- */

int winnow_job_fd(const struct winnow_job *job) {
    return job->fd;
}

/* The lock is not held while the program is told: its hook may ask the job how far it is. */
void winnow_job_dispatch(struct winnow_job *job) {
    uint64_t count;
    (void)!read(job->fd, &count, sizeof count);
    pthread_mutex_lock(&job->lock);
    void (*tell)(void *args) = job->tell;
    void *args = job->tell_args;
    struct winnow_job_progress progress = job->progress;
    bool progressed = job->progressed;
    job->progressed = false;
    pthread_mutex_unlock(&job->lock);
    if (progressed && job->hooks.progress != NULL)
        job->hooks.progress(job->hooks.context, progress.what, progress.done, progress.total);
    if (tell == NULL)
        return;
    tell(args);
    pthread_mutex_lock(&job->lock);
    job->tell = NULL;
    pthread_cond_signal(&job->changed);
    pthread_mutex_unlock(&job->lock);
}

bool winnow_job_over(struct winnow_job *job) {
    pthread_mutex_lock(&job->lock);
    bool over = job->over;
    pthread_mutex_unlock(&job->lock);
    return over;
}

void winnow_job_progress(struct winnow_job *job, struct winnow_job_progress *out) {
    pthread_mutex_lock(&job->lock);
    *out = job->progress;
    pthread_mutex_unlock(&job->lock);
}

void winnow_job_cancel(struct winnow_job *job) {
    winnow_stop(job->w);
}

static void job_free(struct winnow_job *job) {
    if (job->fd >= 0)
        close(job->fd);
    pthread_cond_destroy(&job->changed);
    pthread_mutex_destroy(&job->lock);
    free(job->call.args);
    free(job);
}

int winnow_job_end(struct winnow_job *job, struct winnow_error *err) {
    while (!winnow_job_over(job)) {
        struct pollfd said = {.fd = job->fd, .events = POLLIN};
        (void)poll(&said, 1, -1);
        winnow_job_dispatch(job);
    }
    winnow_job_dispatch(job); /* the last progress */
    pthread_join(job->thread, NULL);
    int result = job->result;
    if (result != 0)
        winnow_fail(err, job->err.code, "%s", job->err.text);
    job_free(job);
    return result;
}

/* ---- the call's side ---- */

static void *run_job(void *context) {
    struct winnow_job *job = context;
    struct winnow_error err = {0};
    int result = job->call.make(job, job->call.args, &err);
    pthread_mutex_lock(&job->lock);
    job->result = result;
    job->err = err;
    job->over = true;
    wake_owner(job);
    pthread_mutex_unlock(&job->lock);
    return NULL;
}

/* The program's signals are for the program's threads. */
static int start_thread(struct winnow_job *job) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int code = pthread_create(&job->thread, NULL, run_job, job);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return code;
}

int job_start(struct winnow *w, const struct job_call *call, struct winnow_job **out,
              struct winnow_error *err) {
    struct winnow_job *job = calloc(1, sizeof *job);
    if (job == NULL || call->args == NULL) {
        free(job);
        free(call->args);
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory for a job");
    }
    job->w = w;
    job->call = *call;
    job->hooks = *call->hooks;
    job->progress.what = "";
    pthread_mutex_init(&job->lock, NULL);
    pthread_cond_init(&job->changed, NULL);
    job->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int code = job->fd < 0 ? errno : start_thread(job);
    if (code == 0) {
        *out = job;
        return 0;
    }
    job_free(job);
    return winnow_fail(err, WINNOW_FAILED, "a job cannot begin: %s", strerror(code));
}
