/* All that the account's repository tells (follows with their days, posts, likes, reposts, lists,
 * blocks), as the one file that com.atproto.sync.getRepo gives, in place of list after list.
 *
 * When: where all of its datasets are wanted, as by plain `winnow fetch`, and none of their lists
 * was begun. Their lists take seven requests at least, and one more for every 100 records; the file
 * takes one, and has few bytes more than the lists together. So for all of them it is cheaper
 * however large the account is, and nothing has to be asked to know that. For some of them it would
 * bring much that nobody wants: they are read by their lists.
 *
 * Happy path: the file comes into a scratch file of the state folder; the reader that imports a
 * repo.car reads it, with every hash looked at, in one transaction: all of it is there, or nothing.
 * Killed before, the next fetch asks for the file again.
 * Failures: what is wrong with the file, or with getting it, is told, and the lists are read in its
 * place; they have all that it has. A signal, a lost credential and the store's errors end the
 * fetch. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io/files/scratch_file.h"
#include "work/campaign/batch.h"
#include "work/import/importing.h"
#include "work/pages/fetch.h"

/* Bytes. The largest repositories that are known have 128 MiB (formats/bluesky/car.h). */
#define REPO_MAX ((uint64_t)1024 * 1024 * 1024)

struct getting {
    struct fetching *f;
    const struct platform_source *source;
    int fd;
    int64_t begun_ms; /* engine time: what it says is of then, at least */
    uint64_t epoch;   /* of the campaign then: a run since has another */
    char why_not[WINNOW_ERROR_TEXT_MAX];
};

/* ---- is it the way to go? --------------------------------------------------------------------*/

static uint32_t repo_sets(const struct platform *p) {
    uint32_t sets = 0;
    for (size_t i = 0; i < p->source_count; i++)
        if (p->sources[i].way == SOURCE_REPO)
            sets |= 1u << p->sources[i].dataset;
    return sets;
}

/* The steps that read its lists, each of one kind of set alone; "exchanges" may be of others. */
static const char *const steps[] = {"following", "lists", "marked"};
#define STEPS (sizeof steps / sizeof steps[0])

static int any_begun(const struct fetching *f, struct store_txn *t, bool *begun,
                     struct winnow_error *err) {
    struct fetch_state at;
    struct buffer cursor;
    buffer_init(&cursor, HTTP_TARGET_MAX);
    int found = 0;
    for (size_t i = 0; i < STEPS && found == 0; i++)
        found = fetch_state_load(t, f->campaign.id, steps[i], &at, &cursor, err);
    *begun = found > 0;
    if (found == 0) {
        found = fetch_state_load(t, f->campaign.id, "exchanges", &at, &cursor, err);
        *begun = found > 0 && (at.talk.datasets & repo_sets(f->platform)) != 0;
    }
    buffer_free(&cursor);
    return found < 0 ? -1 : 0;
}

/* A list that was begun is gone on with. */
static int is_begun(const struct fetching *f, bool *begun, struct winnow_error *err) {
    struct store_txn *t;
    *begun = false;
    if (f->options->restart)
        return 0;
    if (store_read(f->w->store, &t, err) != 0)
        return -1;
    int result = any_begun(f, t, begun, err);
    store_abort(t);
    return result;
}

/* ---- getting it ------------------------------------------------------------------------------*/

static void repo_show(void *context, uint64_t bytes) {
    const struct fetching *f = context;
    hooks_progress(&f->options->hooks, "getting the repository", bytes, 0);
}

static int repo_ask(struct getting *g, struct http_file *file,
                    const struct http_response **response, struct winnow_error *err) {
    struct fetching *f = g->f;
    const struct platform_account who = {.id = f->campaign.account, .handle = f->campaign.handle};
    const struct text none = {"", 0};
    struct http_request request;
    http_request_init(&request);
    int result = g->source->list->build(&who, none, none, &request, err);
    request.file = file;
    if (result == 0)
        result = reads_ask(&f->reads, &request, reads_free, response, err);
    http_request_free(&request);
    return result;
}

static void note_why(struct getting *g, const struct http_response *in, const struct reply *reply) {
    if (in->end == HTTP_TOO_LARGE)
        snprintf(g->why_not, sizeof g->why_not, "it has more than %" PRIu64 " MiB",
                 REPO_MAX / 1024 / 1024);
    else if (in->end != HTTP_DONE)
        snprintf(g->why_not, sizeof g->why_not, "%s", in->detail);
    else if (in->status == 400 || in->status == 404 || in->status == 501)
        snprintf(g->why_not, sizeof g->why_not, "the server does not give it so: status %d",
                 in->status);
    else
        snprintf(g->why_not, sizeof g->why_not, "%s", reply->reason);
}

/* 1 it is in the file, 0 it is not, and why_not says why; -1 error */
static int get_once(struct getting *g, bool *again, struct winnow_error *err) {
    struct fetching *f = g->f;
    struct http_file file = {.fd = g->fd, .max = REPO_MAX, .progress = repo_show, .context = f};
    const struct platform_account who = {.id = f->campaign.account, .handle = f->campaign.handle};
    const struct http_response *response;
    struct platform_page page = {.next = &f->next};
    struct reply reply = {0};
    *again = false;
    g->begun_ms = clock_now(&f->w->clock);
    if (ftruncate(g->fd, 0) != 0 || lseek(g->fd, 0, SEEK_SET) != 0)
        return winnow_fail(err, WINNOW_STORAGE, "the state folder's disk fails");
    if (repo_ask(g, &file, &response, err) != 0)
        return -1;
    (void)g->source->list->read(&who, response, &page, &reply);
    if (reads_settle_alone(&f->reads, &reply, err) != 0)
        return -1;
    if (reply.action == REPLY_GO_ON)
        return 1;
    *again = reply.action == REPLY_WAIT; /* too many requests: all that is read has to wait */
    note_why(g, response, &reply);
    return *again ? reads_after_trouble(&f->reads, &reply, err) : 0;
}

static int repo_get(struct getting *g, struct winnow_error *err) {
    bool again = true;
    int got = 0;
    while (got == 0 && again)
        got = get_once(g, &again, err);
    return got;
}

/* ---- reading it ------------------------------------------------------------------------------*/

/* Forget what an earlier fetch left of the lists. */
static int forget_lists(const struct fetching *f, struct winnow_error *err) {
    for (size_t i = 0; i < STEPS; i++)
        if (fetch_state_remove(f->txn, f->campaign.id, steps[i], err) != 0)
            return -1;
    return 0;
}

static int import_it(const struct getting *g, struct importing *i, struct winnow_error *err) {
    struct fetching *f = g->f;
    if (state_refuse_running(f->w, f->campaign.name, err) != 0 ||
        store_campaign_find(f->txn, f->campaign.name, &f->campaign, err) != 0)
        return -1;
    if (f->campaign.epoch != g->epoch)
        return winnow_fail(err, WINNOW_BAD_INPUT, "a run has changed the account meanwhile");
    if (import_bluesky_served(i, g->fd, err) != 0 || forget_lists(f, err) != 0 ||
        store_campaign_put(f->txn, &f->campaign, err) != 0)
        return -1;
    return state_stamp(f->w, f->txn, err);
}

static void tell_result(struct fetching *f, const struct winnow_import_result *in) {
    struct winnow_fetch_result *out = f->result;
    out->following = out->end = true;
    out->pages++;
    out->followees += in->lines;
    out->added += in->added;
    out->changed += in->lines - in->added - in->unchanged;
    out->skipped += in->skipped;
    f->wanted &= ~repo_sets(f->platform);
}

/* As get_once. */
static int read_it(struct getting *g, struct winnow_error *err) {
    struct fetching *f = g->f;
    const struct winnow_import_options options = {.hooks = f->options->hooks};
    struct winnow_import_result result = {0};
    const struct store_campaign before = f->campaign;
    struct importing i = {.options = &options,
                          .campaign = &f->campaign,
                          .platform = f->platform,
                          .result = &result,
                          .now_ms = g->begun_ms,
                          .wall_offset_ms = clock_wall_offset(&f->w->clock)};
    if (store_write(f->w->store, f->campaign.id, &f->txn, err) != 0)
        return -1;
    i.txn = f->txn;
    int done = import_it(g, &i, err);
    if (done == 0)
        done = store_commit(f->txn, err);
    else
        store_abort(f->txn);
    batch_ages_free(&i.ages);
    if (done == 0) {
        tell_result(f, &result);
        return 1;
    }
    f->campaign = before;
    snprintf(g->why_not, sizeof g->why_not, "%s", err->text);
    return err->code == WINNOW_BAD_INPUT ? 0 : -1;
}

/* ---- all of it -------------------------------------------------------------------------------*/

static int get_and_read(struct getting *g, struct winnow_error *err) {
    if (scratch_file_open(g->f->w->directory, &g->fd, err) != 0) {
        snprintf(g->why_not, sizeof g->why_not, "%s", err->text);
        return 0;
    }
    int done = repo_get(g, err);
    if (done == 1)
        done = read_it(g, err);
    close(g->fd);
    return done;
}

static void warn(const struct getting *g) {
    size_t size = strlen(g->why_not);
    if (size > 0 && g->why_not[size - 1] == '.') /* it may be a sentence, and goes on here */
        size--;
    hooks_warn(&g->f->options->hooks,
               "the repository could not be read as one file: %.*s; its lists are read one by one "
               "instead, which takes more requests and leaves nothing out",
               (int)size, g->why_not);
}

int fetch_repo(struct fetching *f, const struct platform_source *source, struct winnow_error *err) {
    struct getting g = {.f = f, .source = source, .epoch = f->campaign.epoch};
    struct winnow_error trouble = {0}; /* `err` may be NULL, and what is read here is not */
    bool begun;
    if ((repo_sets(f->platform) & ~f->wanted) != 0)
        return 0;
    if (is_begun(f, &begun, err) != 0)
        return -1;
    int done = begun ? 1 : get_and_read(&g, &trouble);
    if (done < 0 && err != NULL)
        *err = trouble;
    if (done == 0)
        warn(&g);
    return done < 0 ? -1 : 0;
}
