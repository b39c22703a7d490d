/* import: files into the roster, in one transaction: all of it is there at the end, or none.
 * Happy path: each reader hands over followees, which are merged by id. Fails with the file's name
 * when it cannot be read, and with --strict on its first bad line; nothing is changed then. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/base/record.h"
#include "formats/bluesky/car.h"
#include "formats/mastodon/mastodon_archive.h"
#include "platform/handles.h"
#include "work/import/import_reader.h"
#include "work/import/importing.h"

#define WARNINGS_MAX 100

static void count_change(struct importing *i, enum roster_relation relation, const struct facts *f,
                         enum store_change change) {
    bool by_id = facts_known(f, FACT_ID);
    bool listed = relation == ROSTER_BLOCKED || relation == ROSTER_MUTED;
    if (listed) {
        i->result->blocked += relation == ROSTER_BLOCKED && change != STORE_ABSENT;
        i->result->muted += relation == ROSTER_MUTED && change != STORE_ABSENT;
        return;
    }
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
        if (relation == ROSTER_FOLLOWEE && i->batch == i->plain_batch) {
            i->result->unlisted++;
            name_list_add(&i->unlisted, "", facts_text(f, FACT_ID));
        } else if (relation != ROSTER_OTHER) {
            i->result->not_followed += by_id;
        }
        break;
    }
}

/* A handle that can be no login is shown, and nothing is sent by it. */
static bool is_key(const struct platform *p, const struct facts *f) {
    struct text handle = facts_text(f, FACT_HANDLE);
    return p->handle_is_key && facts_known(f, FACT_HANDLE) &&
           platform_check_account(p, handle.at, handle.size, NULL) == 0;
}

/* That somebody is blocked or muted is nothing that is stored. */
static void only_key(struct facts *f) {
    f->known &= facts_known(f, FACT_ID) ? UINT64_C(1) << FACT_ID : UINT64_C(1) << FACT_HANDLE;
}

static int take_followee(void *context, enum roster_relation relation, const struct facts *facts,
                         struct winnow_error *err) {
    struct importing *i = context;
    struct facts f = *facts;
    enum store_change change;
    uint32_t number;
    facts_came_from(&f, i->batch);
    if (is_key(i->platform, &f))
        f.follow_keys = facts_text(&f, FACT_HANDLE);
    if (relation == ROSTER_FOLLOWER) {
        i->followers_read = i->followers_read || i->batch == i->plain_batch;
        facts_set_flag(&f, FACT_FOLLOWS_ME, true);
    }
    if (relation == ROSTER_BLOCKED || relation == ROSTER_MUTED)
        only_key(&f);
    bool unlisted = i->list_is_whole && i->batch == i->plain_batch && facts_known(&f, FACT_ID) &&
                    !i->options->add_unlisted;
    bool only_known = relation != ROSTER_FOLLOWEE || i->only_known || unlisted;
    if (store_followee_merge(i->txn, i->campaign, &f, only_known, &change, &number, err) != 0)
        return -1;
    count_change(i, relation, &f, change);
    return 0;
}

void importing_expect(void *context, const struct facts *facts) {
    const struct importing *i = context;
    store_hint_soon(i->txn, facts);
}

static void tell_entered(void *context, const char *name) {
    struct importing *i = context;
    snprintf(i->inner, sizeof i->inner, "%s", name);
}

static void import_tell_skipped(void *context, uint64_t line, const char *why) {
    struct importing *i = context;
    char number[32] = "";
    if (i->result->skipped++ >= WARNINGS_MAX)
        return;
    if (line > 0)
        snprintf(number, sizeof number, "%llu:", (unsigned long long)line);
    hooks_warn(&i->options->hooks, "%s%s%s:%s %s", i->file, i->inner[0] != '\0' ? ": " : "",
               i->inner, number, why);
}

void importing_skipped(struct importing *i, const char *format, ...) {
    char text[WINNOW_ERROR_TEXT_MAX];
    va_list args;
    if (i->result->skipped++ >= WARNINGS_MAX)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    hooks_warn(&i->options->hooks, "%s: %s", i->file, text);
}

static void import_tell_progress(void *context, uint64_t bytes) {
    struct importing *i = context;
    i->file_read = bytes;
    hooks_progress(&i->options->hooks, "importing", bytes, i->file_bytes);
}

struct roster_sink importing_sink(struct importing *i) {
    return (struct roster_sink){.context = i,
                                .followee = take_followee,
                                .skipped = import_tell_skipped,
                                .entered = tell_entered,
                                .progress = import_tell_progress,
                                .admit = &i->admit};
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
                           "%s is a folder, which is read as an archive only", name);
    }
    *size = S_ISREG(file.st_mode) ? (uint64_t)file.st_size : 0;
    return fd;
}

struct plain_file {
    int fd;
    struct roster_options options;
};

static int read_plain(void *context, const struct roster_sink *sink, struct roster_counts *counts,
                      struct winnow_error *err) {
    const struct plain_file *file = context;
    return roster_read(file->fd, &file->options, sink, counts, err);
}

static enum roster_format format_of(enum winnow_format format) {
    return format == WINNOW_FORMAT_USERS_JSON ? ROSTER_USERS_JSON : (enum roster_format)format;
}

/* On the thread that reads: in the platform's own forms, or not at all. */
static bool admit(const void *context, struct facts *facts, char *room, char *why) {
    const struct importing *i = context;
    struct winnow_error err = {0};
    platform_handle_of(i->platform, i->campaign->server, facts, room);
    if (facts_known(facts, FACT_ID)) {
        if (platform_check_exact_id(i->platform, facts_text(facts, FACT_ID), &err) == 0)
            return true;
        snprintf(why, RECORD_WHY_SIZE, "%.254s.", err.text);
        return false;
    }
    if (facts_known(facts, FACT_HANDLE))
        return true;
    snprintf(why, RECORD_WHY_SIZE, "There is no \"id\" and no \"handle\".");
    return false;
}

/* What a spreadsheet leaves of a long id is 15 digits and zeros, which by chance one id in 10,000
 * has; what JavaScript leaves ends in two zeros, which one in 100 has. */
static int check_zeros(const struct importing *i, const struct roster_counts *c,
                       struct winnow_error *err) {
    bool spreadsheet = c->zeros_behind_15 > 0 && c->zeros_behind_15 * 5 >= c->long_ids;
    bool script = c->zeros_two >= 3 && c->zeros_two * 2 >= c->long_ids;
    uint64_t found = spreadsheet ? c->zeros_behind_15 : c->zeros_two;
    if (i->options->rounded_ids || (!spreadsheet && !script))
        return 0;
    return winnow_fail(
        err, WINNOW_BAD_INPUT,
        "%llu of %llu long ids end in zeros, as numbers do that %s has rounded: they "
        "may be other people's. Save that column as text; --rounded-ids takes them "
        "as they are",
        (unsigned long long)found, (unsigned long long)c->long_ids,
        spreadsheet ? "a spreadsheet" : "a program");
}

static int check_counts(struct importing *i, const struct roster_counts *c,
                        struct winnow_error *err) {
    i->nameless_followers += c->by_handle;
    if (c->never_whole != NULL)
        i->never_whole = c->never_whole;
    if (c->lines == 0 && i->file_read > 0)
        return winnow_fail(err, WINNOW_BAD_INPUT,
                           "there is no record in it; it was read as %s. If it is something else, "
                           "name that with --format",
                           c->form);
    return check_zeros(i, c, err);
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

int importing_check_archive(const struct importing *i, enum platform_archive archive,
                            struct winnow_error *err) {
    static const char *const words[] = {[ARCHIVE_OF_X] = "an archive of X",
                                        [ARCHIVE_OF_MASTODON] = "an archive of Mastodon",
                                        [ARCHIVE_OF_BLUESKY] = "a repository of Bluesky"};
    return i->platform->archive == archive
               ? 0
               : winnow_fail(err, WINNOW_BAD_INPUT, "%s: %s tells nothing of an account on %s",
                             i->file, words[archive], i->platform->name);
}

/* Whoever is not on a complete list of followees is followed by a file's word alone. */
static int look_for_list(struct importing *i, struct winnow_error *err) {
    struct evidence following;
    if (evidence_get(i->txn, i->campaign->id, DATASET_FOLLOWING, &following, err) != 0)
        return -1;
    i->list_is_whole = following.state == WINNOW_SET_COMPLETE;
    return 0;
}

static int import_file(struct importing *i, const char *name, struct winnow_error *err) {
    struct plain_file file = {
        .options = {.format = format_of(i->options->format),
                    .as = (enum roster_list)i->options->as,
                    .name = strcmp(name, "-") == 0 ? NULL : name,
                    .talked = i->platform->archive == ARCHIVE_OF_X ? &i->talked : NULL}};
    struct roster_counts counts = {0};
    struct roster_sink sink = importing_sink(i);
    i->file = strcmp(name, "-") == 0 ? "standard input" : name;
    file.fd = open_file(name, &i->file_bytes, err);
    if (file.fd < 0)
        return -1;
    int result = plain_batch(i, err);
    i->file_read = 0;
    if (result == 0)
        result = look_for_list(i, err);
    if (result == 0)
        result = import_read((struct import_source){&file, read_plain}, &sink, importing_expect,
                             &counts, err);
    close(file.fd);
    importing_add_counts(i, &counts);
    if (result == 0)
        result = check_counts(i, &counts, err);
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
    if (i->options->followers_complete && (i->never_whole != NULL || i->nameless_followers > 0)) {
        hooks_warn(&i->options->hooks,
                   "the follower files cannot be taken for the whole list (%s): followees who are "
                   "not in them stay unknown",
                   i->never_whole != NULL ? i->never_whole
                                          : "they name people by handles, whose ids are not known");
        return 0;
    }
    if (!i->options->followers_complete) {
        hooks_warn(&i->options->hooks,
                   "followees who are not in the follower files stay unknown: if these files are "
                   "the whole list, import them with --followers-complete");
        return 0;
    }
    struct batch_absent absent = {.batch = i->plain_batch, .none = FACT_BIT(FOLLOWS_ME)};
    return batch_mark_absent(i->txn, i->campaign, &absent, &i->result->changed, err);
}

static int mark_absent_of_archives(struct importing *i, struct winnow_error *err) {
    for (size_t k = 0; k < i->absent_count; k++) {
        const struct batch_absent *absent = &i->absent[k];
        if (absent->none != 0 &&
            batch_mark_absent(i->txn, i->campaign, absent, &i->result->changed, err) != 0)
            return -1;
    }
    return 0;
}

/* By name: a list of people to keep protects nobody whose name is mistyped in it. */
static int tell_names(struct importing *i, struct winnow_error *err) {
    char names[UNMATCHED_NAMES_SIZE];
    uint64_t noted;
    if (i->result->unlisted > 0) {
        name_list_write(&i->unlisted, names);
        hooks_warn(&i->options->hooks,
                   "left out, since the complete list of followees does not have them: %s. "
                   "--add-unlisted takes them all the same",
                   names);
    }
    if (i->nameless_followers > 0)
        hooks_warn(&i->options->hooks,
                   "%llu followers are named by a handle alone, which is matched only with "
                   "followees that are known by no more either",
                   (unsigned long long)i->nameless_followers);
    return unmatched_tell(i->txn, i->campaign, &i->options->hooks, err) != 0
               ? -1
               : noted_tell(i->txn, i->campaign, &i->options->hooks, &noted, err);
}

/* Whose posts and messages single files of an archive have; 0: the campaign knows a handle. */
static uint64_t own_id(const struct importing *i) {
    struct text account = {i->campaign->account, (uint32_t)strlen(i->campaign->account)};
    return platform_check_exact_id(i->platform, account, NULL) == 0
               ? strtoull(i->campaign->account, NULL, 10)
               : 0;
}

static void talked_start(struct importing *i) {
    i->admit = (struct roster_admit){i, admit};
    x_people_init(&i->talked.people, 0);
    x_people_init(&i->talked.posts, X_POSTS_MAX);
    i->talked.self = own_id(i);
    i->talked.remember = true;
}

static bool is_of_x(const char *name) {
    struct pack *pack;
    if (pack_open(name, PACK_LIMITS, &pack, NULL) != 0)
        return false;
    pack_close(pack);
    return true;
}

enum import_kind import_kind_of(const struct importing *i, const char *name) {
    bool piped = strcmp(name, "-") == 0;
    switch (i->options->format) {
    case WINNOW_FORMAT_AUTO:
        if (piped)
            return IMPORT_PLAIN;
        if (car_is(name))
            return IMPORT_BLUESKY;
        if (mastodon_archive_is(name))
            return IMPORT_MASTODON;
        if (!pack_is(name))
            return IMPORT_PLAIN;
        /* what is neither's is refused in the words of the campaign's platform */
        return i->platform->archive == ARCHIVE_OF_MASTODON && !is_of_x(name) ? IMPORT_MASTODON
                                                                             : IMPORT_X;
    case WINNOW_FORMAT_X_ARCHIVE:
        return IMPORT_X;
    case WINNOW_FORMAT_MASTODON_ARCHIVE:
        return IMPORT_MASTODON;
    case WINNOW_FORMAT_BLUESKY_CAR:
        return IMPORT_BLUESKY;
    case WINNOW_FORMAT_JSONL:
    case WINNOW_FORMAT_CSV:
    case WINNOW_FORMAT_MASTODON_CSV:
    case WINNOW_FORMAT_X_JS:
    case WINNOW_FORMAT_USERS_JSON:
        break;
    }
    return IMPORT_PLAIN;
}

/* Archives of Mastodon come last: they speak of people whom other files make known. */
static int import_files(struct importing *i, struct winnow_error *err) {
    static int (*const calls[])(struct importing *, const char *,
                                struct winnow_error *) = {[IMPORT_PLAIN] = import_file,
                                                          [IMPORT_X] = import_archive,
                                                          [IMPORT_BLUESKY] = import_bluesky,
                                                          [IMPORT_MASTODON] = import_mastodon};
    const struct winnow_import_options *o = i->options;
    enum import_kind *kinds = calloc(o->file_count + 1, sizeof *kinds);
    int result = 0;
    if (kinds == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
    for (size_t k = 0; k < o->file_count && result == 0; k++) {
        kinds[k] = import_kind_of(i, o->files[k]);
        if (kinds[k] != IMPORT_MASTODON)
            result = calls[kinds[k]](i, o->files[k], err);
    }
    for (size_t k = 0; k < o->file_count && result == 0; k++)
        if (kinds[k] == IMPORT_MASTODON)
            result = import_mastodon(i, o->files[k], err);
    free(kinds);
    return result;
}

static int import_all(struct winnow *w, struct importing *i, struct winnow_error *err) {
    const struct winnow_import_options *o = i->options;
    i->platform = platform_find(i->campaign->platform);
    talked_start(i);
    if (store_hint_many(i->txn, i->campaign, err) != 0)
        return -1;
    if (import_files(i, err) != 0)
        return -1;
    if (o->strict && i->result->skipped > 0)
        return winnow_fail(err, WINNOW_BAD_INPUT,
                           "%llu bad lines, and nothing was imported since --strict was given",
                           (unsigned long long)i->result->skipped);
    if (import_talked(i, err) != 0 || mark_absent(i, err) != 0 ||
        mark_absent_of_archives(i, err) != 0 ||
        store_keep_notes_end(i->txn, i->campaign, err) != 0 ||
        store_campaign_put(i->txn, i->campaign, err) != 0)
        return -1;
    i->result->followees = i->campaign->followees;
    i->result->unresolved = i->campaign->unresolved;
    if (tell_names(i, err) != 0)
        return -1;
    return state_stamp(w, i->txn, err);
}

static int import_into(struct winnow *w, struct importing *i, struct winnow_error *err) {
    i->now_ms = clock_now(&w->clock);
    i->wall_offset_ms = clock_wall_offset(&w->clock);
    i->absent = calloc(i->options->file_count + 1, sizeof *i->absent);
    if (i->absent == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
    return import_all(w, i, err);
}

int winnow_import(struct winnow *w, const char *name, const struct winnow_import_options *options,
                  struct winnow_import_result *out, struct winnow_error *err) {
    struct store_campaign campaign;
    *out = (struct winnow_import_result){0};
    struct importing i = {.options = options, .campaign = &campaign, .result = out};
    if (store_write_of(w->store, name, &campaign, &i.txn, err) != 0)
        return -1;
    int result = import_into(w, &i, err);
    if (result == 0)
        result = store_commit(i.txn, err);
    else
        store_abort(i.txn);
    batch_ages_free(&i.ages);
    free(i.absent);
    x_people_free(&i.talked.people);
    x_people_free(&i.talked.posts);
    return result;
}
