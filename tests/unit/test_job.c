/* Jobs: what a call tells reaches the program on its own thread, and the call's result comes back. */
#include "cmocka_all.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <winnow/job.h>

#define FOLLOWEES 3000

struct heard {
    pthread_t owner;
    struct winnow *w;
    unsigned warnings, progress;
    bool elsewhere; /* a hook was called on another thread */
    uint64_t campaigns;
    char last[WINNOW_ERROR_TEXT_MAX];
};

static struct heard heard;
static char directory[] = "/tmp/winnow-job-XXXXXX";

static int count(void *context, const struct winnow_campaign *campaign) {
    struct heard *h = context;
    (void)campaign;
    h->campaigns++;
    return 0;
}

static void on_warn(void *context, const char *text) {
    struct heard *h = context;
    h->warnings++;
    h->elsewhere = h->elsewhere || !pthread_equal(pthread_self(), h->owner);
    snprintf(h->last, sizeof h->last, "%s", text);
    /* Calls that read may be made here: the job's thread waits. */
    assert_int_equal(winnow_campaigns(h->w, count, h, NULL), 0);
}

static void on_progress(void *context, const char *what, uint64_t done, uint64_t total) {
    struct heard *h = context;
    (void)what;
    (void)done;
    (void)total;
    h->progress++;
    h->elsewhere = h->elsewhere || !pthread_equal(pthread_self(), h->owner);
}

static const struct winnow_hooks hooks = {
    .context = &heard, .warn = on_warn, .progress = on_progress};

static int open_state(void **state) {
    struct winnow_error err;
    const char *server = NULL;
    (void)state;
    assert_non_null(mkdtemp(directory));
    memset(&heard, 0, sizeof heard);
    heard.owner = pthread_self();
    assert_int_equal(winnow_make(directory, &heard.w, &err), 0);
    assert_int_equal(winnow_campaign_new(heard.w, "obama", "x", "813286", server, &err), 0);
    return 0;
}

static int close_state(void **state) {
    char command[256];
    (void)state;
    winnow_close(heard.w);
    snprintf(command, sizeof command, "rm -r '%s'", directory);
    return system(command);
}

/* A roster, with two lines that are none. */
static void write_roster(char *path, size_t room) {
    snprintf(path, room, "%s/roster.jsonl", directory);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 1; i <= FOLLOWEES; i++) {
        fprintf(file, "{\"id\":\"%d\",\"handle\":\"h%d\",\"followers\":%d}\n", i, i, i);
        if (i % 1000 == 500 && i < 2000)
            fputs("{\"id\":\n", file);
    }
    fclose(file);
}

static void wait_readable(const struct winnow_job *job) {
    struct pollfd said = {.fd = winnow_job_fd(job), .events = POLLIN};
    assert_int_equal(poll(&said, 1, 60000), 1);
}

static void test_import_as_a_job(void **state) {
    struct winnow_error err;
    struct winnow_job *job;
    struct winnow_import_result result;
    char path[256];
    (void)state;
    write_roster(path, sizeof path);
    const char *files[] = {path};
    const struct winnow_import_options options = {.files = files, .file_count = 1, .hooks = hooks};
    assert_int_equal(winnow_import_start(heard.w, "obama", &options, &result, &job, &err), 0);
    while (!winnow_job_over(job)) {
        wait_readable(job);
        winnow_job_dispatch(job);
    }
    assert_int_equal(winnow_job_end(job, &err), 0);
    assert_int_equal(result.added, FOLLOWEES);
    assert_int_equal(result.skipped, 2);
    assert_int_equal(heard.warnings, 2);
    assert_int_equal(heard.campaigns, 2);
    assert_true(heard.progress > 0);
    assert_false(heard.elsewhere);
    assert_non_null(strstr(heard.last, "roster.jsonl"));
}

/* Without a loop: the end waits, and tells all that there is to tell. */
static void test_plan_as_a_job(void **state) {
    struct winnow_error err;
    struct winnow_job *job;
    struct winnow_job_progress progress;
    static struct winnow_plan plan;
    const struct winnow_plan_options options = {.hooks = hooks};
    (void)state;
    assert_int_equal(winnow_plan_start(heard.w, "obama", &options, &plan, &job, &err), 0);
    winnow_job_progress(job, &progress);
    assert_non_null(progress.what);
    assert_int_equal(winnow_job_end(job, &err), 0);
    assert_int_equal(plan.followees, FOLLOWEES);
    assert_false(heard.elsewhere);
}

/* What the call fails with is what the job's end fails with. */
static void test_its_error(void **state) {
    struct winnow_error err = {0};
    struct winnow_job *job;
    const struct winnow_run_options options = {.hooks = hooks};
    (void)state;
    assert_int_equal(winnow_run_start(heard.w, "nobody", &options, &job, &err), 0);
    assert_int_equal(winnow_job_end(job, &err), -1);
    assert_int_equal(err.code, WINNOW_NOT_FOUND);
    assert_non_null(strstr(err.text, "nobody"));
    assert_int_equal(winnow_run_start(heard.w, "obama", &options, &job, &err), 0);
    assert_int_equal(winnow_job_end(job, &err), -1);
    assert_int_equal(err.code, WINNOW_CREDENTIAL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_import_as_a_job),
        cmocka_unit_test(test_plan_as_a_job),
        cmocka_unit_test(test_its_error),
    };
    return cmocka_run_group_tests(tests, open_state, close_state);
}
