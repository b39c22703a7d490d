/* The calls that can be jobs: each copies its options, puts the job's hooks into them, and is made
 * on the job's thread. */
#include "work/job/job.h"

#include <stdlib.h>
#include <string.h>

struct job_args {
    struct winnow *w;
    char name[WINNOW_NAME_MAX + 1];
    void *out;
    union {
        struct winnow_run_options run;
        struct winnow_fetch_options fetch;
        struct winnow_import_options import;
        struct winnow_plan_options plan;
        struct winnow_verify_options verify;
        struct winnow_browser_options browser;
    } options;
};

/* NULL when there is no memory: job_start tells. A name that is too long is told by the call, which
 * finds no campaign of what is left of it. */
static struct job_args *args_new(struct winnow *w, const char *name, void *out, const void *options,
                                 size_t size) {
    struct job_args *args = calloc(1, sizeof *args);
    if (args == NULL)
        return NULL;
    args->w = w;
    args->out = out;
    memcpy(args->name, name, strnlen(name, WINNOW_NAME_MAX));
    memcpy(&args->options, options, size);
    return args;
}

static int make_run(struct winnow_job *job, void *context, struct winnow_error *err) {
    struct job_args *args = context;
    args->options.run.hooks = job_hooks(job);
    return winnow_run(args->w, args->name, &args->options.run, err);
}

int winnow_run_start(struct winnow *w, const char *name, const struct winnow_run_options *options,
                     struct winnow_job **out, struct winnow_error *err) {
    struct job_call call = {make_run, args_new(w, name, NULL, options, sizeof *options),
                            &options->hooks};
    return job_start(w, &call, out, err);
}

static int make_fetch(struct winnow_job *job, void *context, struct winnow_error *err) {
    struct job_args *args = context;
    args->options.fetch.hooks = job_hooks(job);
    return winnow_fetch(args->w, args->name, &args->options.fetch, args->out, err);
}

int winnow_fetch_start(struct winnow *w, const char *name,
                       const struct winnow_fetch_options *options, struct winnow_fetch_result *out,
                       struct winnow_job **job, struct winnow_error *err) {
    struct job_call call = {make_fetch, args_new(w, name, out, options, sizeof *options),
                            &options->hooks};
    return job_start(w, &call, job, err);
}

static int make_import(struct winnow_job *job, void *context, struct winnow_error *err) {
    struct job_args *args = context;
    args->options.import.hooks = job_hooks(job);
    return winnow_import(args->w, args->name, &args->options.import, args->out, err);
}

int winnow_import_start(struct winnow *w, const char *name,
                        const struct winnow_import_options *options,
                        struct winnow_import_result *out, struct winnow_job **job,
                        struct winnow_error *err) {
    struct job_call call = {make_import, args_new(w, name, out, options, sizeof *options),
                            &options->hooks};
    return job_start(w, &call, job, err);
}

static int make_plan(struct winnow_job *job, void *context, struct winnow_error *err) {
    struct job_args *args = context;
    args->options.plan.hooks = job_hooks(job);
    return winnow_plan(args->w, args->name, &args->options.plan, args->out, err);
}

int winnow_plan_start(struct winnow *w, const char *name, const struct winnow_plan_options *options,
                      struct winnow_plan *out, struct winnow_job **job, struct winnow_error *err) {
    struct job_call call = {make_plan, args_new(w, name, out, options, sizeof *options),
                            &options->hooks};
    return job_start(w, &call, job, err);
}

static int make_verify(struct winnow_job *job, void *context, struct winnow_error *err) {
    struct job_args *args = context;
    args->options.verify.hooks = job_hooks(job);
    return winnow_verify(args->w, args->name, &args->options.verify, args->out, err);
}

int winnow_verify_start(struct winnow *w, const char *name,
                        const struct winnow_verify_options *options,
                        struct winnow_verify_result *out, struct winnow_job **job,
                        struct winnow_error *err) {
    struct job_call call = {make_verify, args_new(w, name, out, options, sizeof *options),
                            &options->hooks};
    return job_start(w, &call, job, err);
}

/* ---- a login's own callbacks ---- */

struct login_said {
    const char *address, *redirect;
    char *code;
    size_t room;
    struct winnow_error *err;
    const struct winnow_browser_options *program; /* the program's callbacks */
    int result;
};

/* The job's options have our callbacks, so the program's are kept beside them. */
struct login_args {
    struct job_args args;
    struct winnow_browser_options program;
};

static void tell_show(void *context) {
    const struct login_said *said = context;
    said->program->show(said->program->hooks.context, said->address, said->redirect);
}

static void tell_code(void *context) {
    struct login_said *said = context;
    said->result =
        said->program->code(said->program->hooks.context, said->code, said->room, said->err);
}

static const struct winnow_browser_options *program_of(struct winnow_job *job) {
    const struct login_args *login = job_args(job);
    return &login->program;
}

static void on_show(void *context, const char *address, const char *redirect) {
    struct winnow_job *job = context;
    struct login_said said = {.address = address, .redirect = redirect, .program = program_of(job)};
    job_hand_over(job, tell_show, &said);
}

static int on_code(void *context, char *code, size_t room, struct winnow_error *err) {
    struct winnow_job *job = context;
    struct login_said said = {.code = code, .room = room, .err = err, .program = program_of(job)};
    job_hand_over(job, tell_code, &said);
    return said.result;
}

static int make_login(struct winnow_job *job, void *context, struct winnow_error *err) {
    struct login_args *login = context;
    struct winnow_browser_options *options = &login->args.options.browser;
    options->hooks = job_hooks(job);
    options->show = on_show;
    options->code = login->program.code != NULL ? on_code : NULL;
    return winnow_login_browser(login->args.w, login->args.name, options, err);
}

/* NULL when there is no memory: job_start tells. */
static struct login_args *login_args_new(struct winnow *w, const char *name,
                                         const struct winnow_browser_options *options) {
    struct login_args *login = calloc(1, sizeof *login);
    if (login == NULL)
        return NULL;
    login->args.w = w;
    memcpy(login->args.name, name, strnlen(name, WINNOW_NAME_MAX));
    login->args.options.browser = login->program = *options;
    return login;
}

int winnow_login_browser_start(struct winnow *w, const char *name,
                               const struct winnow_browser_options *options,
                               struct winnow_job **job, struct winnow_error *err) {
    struct job_call call = {make_login, login_args_new(w, name, options), &options->hooks};
    return job_start(w, &call, job, err);
}
