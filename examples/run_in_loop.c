/* A program with a loop of its own runs a campaign beside its other work: `run_in_loop NAME
 * [BUDGET=LIMIT...]`. What is typed stands for that other work; the word "stop" ends the run. The same file is C and C++.
 *
 *   cc run_in_loop.c $(pkg-config --cflags --libs winnow) */
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include <winnow/job.h>
#include <winnow/winnow.h>

static void show(void *context, const char *what, uint64_t done, uint64_t total) {
    (void)context;
    printf("%s: %" PRIu64 " of %" PRIu64 "\n", what, done, total);
    fflush(stdout);
}

/* False at the end of what is typed. */
static bool typed(struct winnow_job *job) {
    char word[64];
    if (fgets(word, sizeof word, stdin) == NULL)
        return false;
    if (strcmp(word, "stop\n") == 0)
        winnow_job_cancel(job);
    return true;
}

int main(int argc, char **argv) {
    struct winnow_run_options options;
    struct winnow_error err;
    struct winnow_job *job;
    struct winnow *w;
    memset(&options, 0, sizeof options);
    options.hooks.progress = show;
    options.pace = WINNOW_PACE_BURST;
    options.budgets = (const char *const *)argv + 2;
    options.budget_count = argc > 2 ? (size_t)argc - 2 : 0;
    if (argc < 2 || winnow_open(NULL, &w, &err) != 0 ||
        winnow_run_start(w, argv[1], &options, &job, &err) != 0) {
        fprintf(stderr, "%s\n", argc > 1 ? err.text : "usage: run_in_loop NAME [BUDGET=LIMIT...]");
        return 2;
    }
    struct pollfd ready[2] = {{winnow_job_fd(job), POLLIN, 0}, {0, POLLIN, 0}};
    while (!winnow_job_over(job) && poll(ready, 2, -1) > 0) {
        if (ready[0].revents != 0)
            winnow_job_dispatch(job);
        if (ready[1].revents != 0 && !typed(job))
            ready[1].fd = -1;
    }
    int result = winnow_job_end(job, &err);
    printf("%s\n", result == 0 ? "done" : err.text);
    winnow_close(w);
    return result == 0 ? 0 : winnow_code_exit(err.code);
}
