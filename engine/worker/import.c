/* import: files into the roster, in one transaction: all of it is there at the end, or none.
 * Happy path: each reader hands over followees, which are merged by id. Fails with the file's name
 * when it cannot be read, and with --strict on its first bad line; nothing is changed then. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "worker/batch.h"
#include "worker/import_reader.h"
#include "worker/state.h"

#define WARNINGS_MAX 100

struct importing {
    const struct winnow_import_options *options;
    struct store_txn *txn;
    struct store_campaign *campaign;
    const struct platform *platform;
    struct winnow_import_result *result;
    const char *file;
    uint64_t file_bytes;
    uint16_t batch;
    bool followers_read;
};

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
        i->followers_read = true;
        facts_set_flag(&f, FACT_FOLLOWS_ME, true);
    }
    if (store_followee_merge(i->txn, i->campaign, &f, relation == ROSTER_FOLLOWER, &change, &number,
                             err) != 0)
        return -1;
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
        i->result->not_followed++;
        break;
    }
    return 0;
}

static void expect_followee(void *context, const struct facts *facts) {
    const struct importing *i = context;
    store_bulk_expect(i->txn, facts);
}

static void tell_skipped(void *context, uint64_t line, const char *why) {
    struct importing *i = context;
    if (i->result->skipped++ < WARNINGS_MAX)
        hooks_warn(&i->options->hooks, "%s:%llu: %s", i->file, (unsigned long long)line, why);
}

static void tell_progress(void *context, uint64_t bytes) {
    struct importing *i = context;
    hooks_progress(&i->options->hooks, "importing", bytes, i->file_bytes);
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
                           "%s is a folder: name the files in it, such as data/following.js", name);
    }
    *size = S_ISREG(file.st_mode) ? (uint64_t)file.st_size : 0;
    return fd;
}

static int import_file(struct importing *i, const char *name, struct winnow_error *err) {
    i->file = strcmp(name, "-") == 0 ? "standard input" : name;
    int fd = open_file(name, &i->file_bytes, err);
    if (fd < 0)
        return -1;
    struct roster_sink sink = {.context = i,
                               .followee = take_followee,
                               .skipped = tell_skipped,
                               .progress = tell_progress};
    struct roster_counts counts = {0};
    int result = import_read(fd, (enum roster_format)i->options->format, &sink, expect_followee,
                             &counts, err);
    close(fd);
    i->result->lines += counts.lines;
    i->result->unknown_keys += counts.unknown_keys;
    i->result->cut += counts.cut;
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
    return batch_mark_not_following(i->txn, i->campaign, i->batch, &i->result->changed, err);
}

static int import_all(struct winnow *w, struct importing *i, struct winnow_error *err) {
    const struct winnow_import_options *o = i->options;
    i->platform = platform_find(i->campaign->platform);
    if (store_bulk_begin(i->txn, i->campaign, err) != 0)
        return -1;
    for (size_t k = 0; k < o->file_count; k++)
        if (import_file(i, o->files[k], err) != 0)
            return -1;
    if (o->strict && i->result->skipped > 0)
        return winnow_fail(err, WINNOW_BAD_INPUT,
                           "%llu bad lines, and nothing was imported since --strict was given",
                           (unsigned long long)i->result->skipped);
    if (store_bulk_end(i->txn, err) != 0 || mark_absent(i, err) != 0 ||
        store_campaign_put(i->txn, i->campaign, err) != 0)
        return -1;
    i->result->followees = i->campaign->followees;
    return state_stamp(w, i->txn, err);
}

int winnow_import(struct winnow *w, const char *name, const struct winnow_import_options *options,
                  struct winnow_import_result *out, struct winnow_error *err) {
    struct store_campaign campaign;
    *out = (struct winnow_import_result){0};
    struct importing i = {.options = options, .campaign = &campaign, .result = out};
    if (store_write(w->store, &i.txn, err) != 0)
        return -1;
    if (store_campaign_find(i.txn, name, &campaign, err) != 0 ||
        batch_start(i.txn, &campaign, "import", clock_now(&w->clock), &i.batch, err) != 0 ||
        import_all(w, &i, err) != 0) {
        store_abort(i.txn);
        return -1;
    }
    return store_commit(i.txn, err);
}
