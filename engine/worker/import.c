/* import: files into the roster, in one transaction: all of it is there at the end, or none.
 * Happy path: each reader hands over followees, which are merged by id. Fails with the file's name
 * when it cannot be read, and with --strict on its first bad line; nothing is changed then. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "worker/import_reader.h"
#include "worker/importing.h"

#define WARNINGS_MAX 100

static void count_change(struct importing *i, enum roster_relation relation,
                         enum store_change change) {
    switch (change) {
    case STORE_ADDED:
        i->result->added++;
        break;
    case STORE_CHANGED:
        i->result->changed++;
        break;
    case STORE_UNCHANGED:
        i->result->unchanged++;
        break;
    case STORE_ABSENT:
        i->result->not_followed += relation != ROSTER_OTHER;
        break;
    }
}

static int take_followee(void *context, enum roster_relation relation, const struct facts *facts,
                         struct winnow_error *err) {
    struct importing *i = context;
    struct facts f = *facts;
    enum store_change change;
    uint32_t number;
    facts_came_from(&f, i->batch);
    if (i->platform->handle_is_key && facts_known(&f, FACT_HANDLE))
        f.follow_keys = f.text[FACT_HANDLE];
    if (relation == ROSTER_FOLLOWER) {
        i->followers_read = i->followers_read || i->batch == i->plain_batch;
        facts_set_flag(&f, FACT_FOLLOWS_ME, true);
    }
    /* That an archive has nothing does not undo what another source has: batch_mark_absent. */
    if (i->had_facts && i->batch != i->plain_batch && facts_known(&f, FACT_INTERACTIONS) &&
        f.value[FACT_INTERACTIONS] == 0)
        f.known &= ~(1u << FACT_INTERACTIONS);
    bool only_known = relation != ROSTER_FOLLOWEE || i->only_known;
    if (store_followee_merge(i->txn, i->campaign, &f, only_known, &change, &number, err) != 0)
        return -1;
    count_change(i, relation, change);
    return 0;
}

void importing_expect(void *context, const struct facts *facts) {
    const struct importing *i = context;
    store_bulk_expect(i->txn, facts);
}

static void tell_entered(void *context, const char *name) {
    struct importing *i = context;
    snprintf(i->inner, sizeof i->inner, "%s", name);
}

static void tell_skipped(void *context, uint64_t line, const char *why) {
    struct importing *i = context;
    char number[32] = "";
    if (i->result->skipped++ >= WARNINGS_MAX)
        return;
    if (line > 0)
        snprintf(number, sizeof number, "%llu:", (unsigned long long)line);
    hooks_warn(&i->options->hooks, "%s%s%s:%s %s", i->file, i->inner[0] != '\0' ? ": " : "",
               i->inner, number, why);
}

static void tell_progress(void *context, uint64_t bytes) {
    struct importing *i = context;
    hooks_progress(&i->options->hooks, "importing", bytes, i->file_bytes);
}

struct roster_sink importing_sink(struct importing *i) {
    return (struct roster_sink){.context = i,
                                .followee = take_followee,
                                .skipped = tell_skipped,
                                .entered = tell_entered,
                                .progress = tell_progress};
}

void importing_add_counts(struct importing *i, const struct roster_counts *counts) {
    i->result->lines += counts->lines;
    i->result->unknown_keys += counts->unknown_keys;
    i->result->cut += counts->cut;
}

int importing_batch(struct importing *i, const char *kind, int64_t as_of_ms,
                    struct winnow_error *err) {
    struct batch_start start = {kind, i->now_ms, as_of_ms};
    if (batch_start(i->txn, i->campaign, &start, &i->batch, err) != 0 ||
        batch_ages_load(&i->ages, i->txn, i->campaign, err) != 0)
        return -1;
    store_merge_by_age(i->txn, &i->ages.ages);
    return 0;
}

static int open_file(const char *name, uint64_t *size, struct winnow_error *err) {
    struct stat file;
    *size = 0;
    if (strcmp(name, "-") == 0)
        return dup(STDIN_FILENO);
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &file) != 0) {
        winnow_fail(err, WINNOW_BAD_INPUT, "%s: %s", name, strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    if (S_ISDIR(file.st_mode)) {
        close(fd);
        return winnow_fail(err, WINNOW_BAD_INPUT,
                           "%s is a folder, which is read as an archive of X only", name);
    }
    *size = S_ISREG(file.st_mode) ? (uint64_t)file.st_size : 0;
    return fd;
}

struct plain_file {
    int fd;
    enum roster_format format;
};

static int read_plain(void *context, const struct roster_sink *sink, struct roster_counts *counts,
                      struct winnow_error *err) {
    const struct plain_file *file = context;
    return roster_read(file->fd, file->format, sink, counts, err);
}

/* All files but archives are one batch. */
static int plain_batch(struct importing *i, struct winnow_error *err) {
    i->batch = i->plain_batch;
    if (i->batch != 0)
        return 0;
    if (importing_batch(i, "import", i->now_ms, err) != 0)
        return -1;
    i->plain_batch = i->batch;
    return 0;
}

static int import_file(struct importing *i, const char *name, struct winnow_error *err) {
    struct plain_file file = {.format = (enum roster_format)i->options->format};
    struct roster_counts counts = {0};
    struct roster_sink sink = importing_sink(i);
    i->file = strcmp(name, "-") == 0 ? "standard input" : name;
    file.fd = open_file(name, &i->file_bytes, err);
    if (file.fd < 0)
        return -1;
    int result = plain_batch(i, err);
    if (result == 0)
        result = import_read((struct import_source){&file, read_plain}, &sink, importing_expect,
                             &counts, err);
    close(file.fd);
    importing_add_counts(i, &counts);
    return result == 0 ? 0 : winnow_fail_at(err, "%s", i->file);
}

/* With all followers known, those who were not among them do not follow. A list with a hole is not
 * whole: whoever stood in it would look like somebody who does not follow back. */
static int mark_absent(struct importing *i, struct winnow_error *err) {
    if (!i->followers_read)
        return 0;
    if (i->options->followers_complete && i->result->skipped > 0) {
        hooks_warn(&i->options->hooks,
                   "lines were skipped, so the follower files are not the whole list: followees "
                   "who are not in them stay unknown; mend the lines and import again");
        return 0;
    }
    if (!i->options->followers_complete) {
        hooks_warn(&i->options->hooks,
                   "followees who are not in the follower files stay unknown: if these files are "
                   "the whole list, import them with --followers-complete");
        return 0;
    }
    struct batch_absent absent = {.batch = i->plain_batch, .not_following = true};
    return batch_mark_absent(i->txn, i->campaign, &absent, &i->result->changed, err);
}

static int mark_absent_of_archives(struct importing *i, struct winnow_error *err) {
    for (size_t k = 0; k < i->absent_count; k++) {
        const struct batch_absent *absent = &i->absent[k];
        if ((absent->not_following || absent->no_interactions) &&
            batch_mark_absent(i->txn, i->campaign, absent, &i->result->changed, err) != 0)
            return -1;
    }
    return 0;
}

static int import_all(struct winnow *w, struct importing *i, struct winnow_error *err) {
    const struct winnow_import_options *o = i->options;
    i->platform = platform_find(i->campaign->platform);
    if (store_bulk_begin(i->txn, i->campaign, err) != 0)
        return -1;
    for (size_t k = 0; k < o->file_count; k++)
        if ((import_is_archive(o, o->files[k]) ? import_archive : import_file)(i, o->files[k],
                                                                               err) != 0)
            return -1;
    if (o->strict && i->result->skipped > 0)
        return winnow_fail(err, WINNOW_BAD_INPUT,
                           "%llu bad lines, and nothing was imported since --strict was given",
                           (unsigned long long)i->result->skipped);
    if (store_bulk_end(i->txn, err) != 0 || mark_absent(i, err) != 0 ||
        mark_absent_of_archives(i, err) != 0 || store_campaign_put(i->txn, i->campaign, err) != 0)
        return -1;
    i->result->followees = i->campaign->followees;
    i->result->unresolved = i->campaign->unresolved;
    return state_stamp(w, i->txn, err);
}

static int import_into(struct winnow *w, const char *name, struct importing *i,
                       struct winnow_error *err) {
    i->now_ms = clock_now(&w->clock);
    i->wall_offset_ms = clock_wall_offset(&w->clock);
    i->absent = calloc(i->options->file_count + 1, sizeof *i->absent);
    if (i->absent == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
    return store_campaign_find(i->txn, name, i->campaign, err) != 0 ? -1 : import_all(w, i, err);
}

int winnow_import(struct winnow *w, const char *name, const struct winnow_import_options *options,
                  struct winnow_import_result *out, struct winnow_error *err) {
    struct store_campaign campaign;
    *out = (struct winnow_import_result){0};
    struct importing i = {.options = options, .campaign = &campaign, .result = out};
    if (store_write(w->store, &i.txn, err) != 0)
        return -1;
    int result = import_into(w, name, &i, err);
    if (result == 0)
        result = store_commit(i.txn, err);
    else
        store_abort(i.txn);
    batch_ages_free(&i.ages);
    free(i.absent);
    return result;
}
