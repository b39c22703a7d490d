/* A whole archive of X: see x_archive.h.
 *
 * Happy path: all lists go by in the order of enum x_type, into one table of people (x_people.h);
 * so a followee is handed over once, with all its facts, and the table has what is needed to tell
 * who was not found. Failures: what is wrong with one file is noted in its set, told as skipped,
 * and the next file is read; only a sink that stops, memory, and a zip that passes its limits end
 * the reading. */
#include "formats/x/x_archive.h"

#include "core/base/utf8.h"
#include "formats/x/x_js.h"
#include "formats/x/x_list.h"
#include "formats/x/x_manifest.h"
#include "formats/x/x_people.h"
#include "formats/x/x_talk.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MANIFEST      "data/manifest.js"
#define USERNAME_SIZE 64

struct x_archive {
    struct pack *pack; /* owned */
    struct x_manifest manifest;
    int64_t as_of_ms;
    char username[USERNAME_SIZE]; /* "" when not told */
    struct x_talked talked;
    struct x_archive_set sets[X_SET_COUNT];
    bool broken[X_SET_COUNT]; /* something of it is missing */
    uint64_t blocked, muted;
    uint32_t ranks; /* followees so far */

    /* While it is read. */
    struct reading *reading; /* owned */
    const struct roster_sink *sink;
    struct roster_sink inner; /* what the readers of the lists are given */
    struct roster_counts *counts;
    enum x_type type;
    uint64_t bytes_before; /* of the files before the one at hand */
    uint64_t bytes;
    bool stopped; /* by the sink, or for want of room */
};

/* X_SET_COUNT: of the account's own, block and mute. */
static enum x_set set_of(enum x_type type) {
    switch (type) {
    case X_TYPE_FOLLOWING:
        return X_SET_FOLLOWING;
    case X_TYPE_FOLLOWER:
        return X_SET_FOLLOWERS;
    case X_TYPE_COMMUNITY_TWEETS:
    case X_TYPE_CIRCLE_TWEETS:
    case X_TYPE_TWEETS:
    case X_TYPE_NOTES:
    case X_TYPE_OTHER_POSTS:
        return X_SET_POSTS;
    case X_TYPE_MESSAGES:
    case X_TYPE_GROUP_MESSAGES:
    case X_TYPE_MESSAGE_EVENTS:
    case X_TYPE_OTHER_MESSAGES:
        return X_SET_MESSAGES;
    case X_TYPE_ACCOUNT:
    case X_TYPE_BLOCK:
    case X_TYPE_MUTE:
    case X_TYPE_COUNT:
        break;
    }
    return X_SET_COUNT;
}

/* The first reason why a set is not whole stays. */
static void __attribute__((format(printf, 3, 0)))
keep_why(struct x_archive *a, enum x_set set, const char *format, va_list args) {
    if (set == X_SET_COUNT || a->sets[set].why[0] != '\0')
        return;
    char text[WINNOW_ERROR_TEXT_MAX + X_MANIFEST_NAME_MAX];
    char *why = a->sets[set].why;
    vsnprintf(text, sizeof text, format, args);
    size_t size = utf8_cut(text, strlen(text), sizeof a->sets[set].why - 1);
    memcpy(why, text, size);
    why[size] = '\0';
}

static void __attribute__((format(printf, 3, 4)))
not_whole(struct x_archive *a, enum x_set set, const char *format, ...) {
    va_list args;
    va_start(args, format);
    keep_why(a, set, format, args);
    va_end(args);
    if (set != X_SET_COUNT)
        a->broken[set] = true;
}

/* It was read to its end, and does not tell all. */
static void __attribute__((format(printf, 3, 4)))
not_clear(struct x_archive *a, enum x_set set, const char *format, ...) {
    va_list args;
    va_start(args, format);
    keep_why(a, set, format, args);
    va_end(args);
}

/* ---- opening ---- */

static uint64_t read_id(const char *at) {
    return x_is_id(at, strlen(at)) ? strtoull(at, NULL, 10) : 0;
}

static void ignore_progress(void *context, uint64_t bytes) {
    (void)context;
    (void)bytes;
}

static const struct roster_sink no_sink = {.progress = ignore_progress};

/* "data/tweets.js", "data/tweets-part1.js" and so on, as far as they are there; *found how many. */
static int guess_parts(struct x_archive *a, enum x_type type, const char *stem, uint32_t *found,
                       struct winnow_error *err) {
    char name[X_MANIFEST_NAME_MAX];
    *found = 0;
    for (uint32_t part = 0; part < X_MANIFEST_FILES; part++) {
        if (part == 0)
            snprintf(name, sizeof name, "data/%s.js", stem);
        else
            snprintf(name, sizeof name, "data/%s-part%" PRIu32 ".js", stem, part);
        int there = pack_find(a->pack, name, err);
        if (there < 0)
            return -1;
        if (there == 0 && part > 0)
            return 0;
        if (there == 0)
            continue;
        if (pack_changed_ms(a->pack) > a->as_of_ms)
            a->as_of_ms = pack_changed_ms(a->pack);
        if (x_manifest_guess_file(&a->manifest, type, name, err) != 0)
            return -1;
        ++*found;
    }
    return 0;
}

/* Without a manifest the files are those that are there, and nothing says that these are all. */
static int guess_manifest(struct x_archive *a, struct winnow_error *err) {
    if (x_manifest_guess_begin(&a->manifest, err) != 0)
        return -1;
    for (int type = 0; type < X_TYPE_COUNT; type++) {
        const char *const *stems = x_manifest_stems((enum x_type)type);
        uint32_t found = 0;
        for (int i = 0; i < X_MANIFEST_STEMS && stems[i] != NULL && found == 0; i++)
            if (guess_parts(a, (enum x_type)type, stems[i], &found, err) != 0)
                return -1;
    }
    return 0;
}

static int read_manifest(struct x_archive *a, struct winnow_error *err) {
    struct lines lines;
    if (!pack_has_manifest(a->pack))
        return guess_manifest(a, err);
    int found = pack_find(a->pack, MANIFEST, err);
    if (found <= 0)
        return found < 0 ? -1 : winnow_fail(err, WINNOW_BAD_INPUT, "It is not there.");
    int result =
        lines_open_source(&lines, (struct lines_source){a->pack, pack_read}, &no_sink, err);
    if (result == 0)
        result = x_manifest_read(&a->manifest, &lines, err);
    lines_close(&lines);
    a->as_of_ms = a->manifest.made_ms != 0 ? a->manifest.made_ms : pack_changed_ms(a->pack);
    return result;
}

/* {"account":{"accountId":"12","username":"alice"}}; what is no such thing tells nothing. */
static int read_account_member(struct x_archive *a, struct json_pull *p, uint64_t *id) {
    int more;
    while ((more = pull_key(p)) == 1) {
        bool is_id = pull_text_is(p, "accountId");
        bool is_name = pull_text_is(p, "username");
        enum pull_kind kind = pull_value(p);
        if (kind == PULL_TEXT && (is_id || is_name) && p->text.size < USERNAME_SIZE) {
            char text[USERNAME_SIZE] = {0};
            memcpy(text, p->text.at, p->text.size);
            if (is_id)
                *id = read_id(text);
            else
                memcpy(a->username, text, sizeof text);
        }
        if (pull_skip(p, kind) != 0)
            return -1;
    }
    return more;
}

static int read_account(struct x_archive *a, struct lines *lines, uint64_t *id,
                        struct winnow_error *err) {
    struct x_list list;
    int more;
    if (x_list_open(&list, lines, err) != 0)
        return -1;
    while ((more = x_list_next(&list)) == 1) {
        enum pull_kind kind = pull_value(&list.json);
        int result = pull_skip(&list.json, kind == PULL_OBJECT ? PULL_NULL : kind);
        while (kind == PULL_OBJECT && (result = pull_key(&list.json)) == 1) {
            enum pull_kind inner = pull_value(&list.json);
            if ((inner == PULL_OBJECT ? read_account_member(a, &list.json, id)
                                      : pull_skip(&list.json, inner)) != 0)
                break;
        }
        if (result != 0)
            return x_list_fail(&list);
    }
    return more;
}

/* account.js must say the same as the manifest. Where it is missing the manifest is enough. */
static int check_account_file(struct x_archive *a, const struct x_file *file,
                              struct winnow_error *err) {
    struct lines lines;
    uint64_t id = 0;
    int found = pack_find(a->pack, file->name, err);
    if (found <= 0)
        return found;
    int result =
        lines_open_source(&lines, (struct lines_source){a->pack, pack_read}, &no_sink, err);
    if (result == 0)
        result = read_account(a, &lines, &id, err);
    lines_close(&lines);
    if (result != 0)
        return winnow_fail_at(err, "%s", file->name);
    if (id != 0 && a->talked.self != 0 && id != a->talked.self)
        return winnow_fail(err, WINNOW_BAD_INPUT,
                           "The manifest is of account %" PRIu64 " and %s of %" PRIu64
                           ": the archive was put together from two.",
                           a->talked.self, file->name, id);
    a->talked.self = a->talked.self != 0 ? a->talked.self : id;
    return 0;
}

static int open_parts(struct x_archive *a, const char *path, struct pack_limits limits,
                      struct winnow_error *err) {
    if (pack_open(path, limits, &a->pack, err) != 0)
        return -1;
    if (read_manifest(a, err) != 0)
        return winnow_fail_at(err, MANIFEST);
    a->talked.self = read_id(a->manifest.account);
    for (uint32_t i = 0; i < a->manifest.file_count; i++)
        if (a->manifest.files[i].type == X_TYPE_ACCOUNT &&
            check_account_file(a, &a->manifest.files[i], err) != 0)
            return -1;
    if (a->talked.self == 0)
        return winnow_fail(err, WINNOW_BAD_INPUT,
                           "Neither manifest.js nor account.js says whose archive it is: add the "
                           "one that belongs to it, or import its files one by one.");
    return 0;
}

int x_archive_open(const char *path, const struct x_archive_options *options,
                   struct x_archive **out, struct winnow_error *err) {
    struct x_archive *a = calloc(1, sizeof *a);
    *out = a;
    if (a == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "There is no memory for reading an archive.");
    x_people_init(&a->talked.people, options->people);
    x_people_init(&a->talked.posts, X_POSTS_MAX);
    if (open_parts(a, path, options->limits, err) == 0)
        return 0;
    x_archive_close(a);
    *out = NULL;
    return -1;
}

void x_archive_close(struct x_archive *a) {
    if (a == NULL)
        return;
    pack_close(a->pack);
    x_manifest_free(&a->manifest);
    x_people_free(&a->talked.people);
    x_people_free(&a->talked.posts);
    free(a->reading);
    free(a);
}

int x_archive_check_account(const struct x_archive *a, const char *account,
                            struct winnow_error *err) {
    if (account[0] == '@')
        account++;
    uint64_t id = read_id(account);
    if (id != 0 ? id == a->talked.self : strcasecmp(account, a->username) == 0)
        return 0;
    return winnow_fail(err, WINNOW_BAD_INPUT,
                       "The archive is of account %" PRIu64 "%s%s%s, and the campaign of %s.",
                       a->talked.self, a->username[0] != '\0' ? " (@" : "", a->username,
                       a->username[0] != '\0' ? ")" : "", account);
}

bool x_archive_has_manifest(const struct x_archive *a) {
    return a->manifest.found;
}

int64_t x_archive_as_of_ms(const struct x_archive *a) {
    return a->as_of_ms;
}

/* ---- reading ---- */

static int take_account(void *context, enum roster_relation relation, const struct facts *facts,
                        struct winnow_error *err) {
    struct x_archive *a = context;
    char text[X_ID_MAX + 1] = {0};
    memcpy(text, facts_text(facts, FACT_ID).at, facts_text(facts, FACT_ID).size);
    uint64_t id = strtoull(text, NULL, 10);
    struct x_person *one = x_people_find(&a->talked.people, id);
    if (a->type == X_TYPE_FOLLOWING) {
        one = x_people_add(&a->talked.people, id);
        a->stopped = one == NULL;
        if (one == NULL)
            return winnow_fail(err, WINNOW_NO_MEMORY,
                               "There is no room for more than %" PRIu32 " followees.",
                               a->talked.people.count);
        one->rank = (one->flags & X_PERSON_FOLLOWED) != 0 ? one->rank : ++a->ranks;
        one->flags |= X_PERSON_FOLLOWED;
    } else if (a->type != X_TYPE_FOLLOWER) {
        bool followed = one != NULL && (one->flags & X_PERSON_FOLLOWED) != 0;
        a->blocked += followed && a->type == X_TYPE_BLOCK;
        a->muted += followed && a->type == X_TYPE_MUTE;
        if (followed)
            one->flags |= a->type == X_TYPE_BLOCK ? X_PERSON_BLOCKED : X_PERSON_MUTED;
    } else if (one != NULL) {
        one->flags |= X_PERSON_FOLLOWS_BACK;
    } else {
        a->counts->followers++;
        a->stopped = a->sink->followee(a->sink->context, relation, facts, err) != 0;
        return a->stopped ? -1 : 0;
    }
    return 0;
}

static void take_skipped(void *context, uint64_t line, const char *why) {
    const struct x_archive *a = context;
    a->sink->skipped(a->sink->context, line, why);
}

static void take_progress(void *context, uint64_t bytes) {
    struct x_archive *a = context;
    a->bytes = bytes;
    if (a->sink->progress != NULL)
        a->sink->progress(a->sink->context, a->bytes_before + bytes);
}

static int read_list(struct x_archive *a, struct winnow_error *err) {
    struct reading *r = a->reading;
    switch (a->type) {
    case X_TYPE_FOLLOWING:
        return x_accounts_read(r, X_FOLLOWING, err);
    case X_TYPE_FOLLOWER:
        return x_accounts_read(r, X_FOLLOWER, err);
    case X_TYPE_BLOCK:
        return x_accounts_read(r, X_BLOCK, err);
    case X_TYPE_MUTE:
        return x_accounts_read(r, X_MUTE, err);
    case X_TYPE_COMMUNITY_TWEETS:
        return x_talk_read(r, X_TALK_COMMUNITY, &a->talked, err);
    case X_TYPE_CIRCLE_TWEETS:
        return x_talk_read(r, X_TALK_CIRCLE, &a->talked, err);
    case X_TYPE_TWEETS:
        return x_talk_read(r, X_TALK_POSTS, &a->talked, err);
    case X_TYPE_NOTES:
        return x_talk_read(r, X_TALK_NOTES, &a->talked, err);
    case X_TYPE_MESSAGES:
        return x_talk_read(r, X_TALK_PAIRS, &a->talked, err);
    case X_TYPE_GROUP_MESSAGES:
        return x_talk_read(r, X_TALK_GROUPS, &a->talked, err);
    case X_TYPE_MESSAGE_EVENTS:
        return x_talk_read(r, X_TALK_EVENTS, &a->talked, err);
    case X_TYPE_ACCOUNT:
    case X_TYPE_OTHER_POSTS:
    case X_TYPE_OTHER_MESSAGES:
    case X_TYPE_COUNT:
        break;
    }
    return 0;
}

/* What is wrong with one file and with none of the others. */
static bool is_of_file(const struct x_archive *a, const struct winnow_error *err) {
    return (err->code == WINNOW_BAD_INPUT || err->code == WINNOW_STORAGE) && !a->stopped &&
           !pack_is_bomb(a->pack);
}

static void note_broken(struct x_archive *a, const struct x_file *file, const char *why) {
    not_whole(a, set_of(file->type), "%s: %s", file->name, why);
    a->counts->lines++;
    a->counts->skipped++;
    a->sink->skipped(a->sink->context, 0, why);
}

static void note_counts(struct x_archive *a, const struct x_file *file, uint64_t skipped) {
    enum x_set set = set_of(file->type);
    uint64_t count = a->reading->elements;
    if (skipped > 0)
        not_clear(a, set, "%s: %" PRIu64 " of it could not be taken", file->name, skipped);
    if (file->count < 0 && a->manifest.found)
        not_whole(a, set, "%s: the manifest tells no count", file->name);
    else if (file->count >= 0 && (uint64_t)file->count != count)
        not_whole(a, set, "%s has %" PRIu64 " elements, and the manifest says %" PRId64, file->name,
                  count, file->count);
    if (set == X_SET_COUNT)
        return;
    a->sets[set].count += count;
    a->sets[set].skipped += skipped;
    a->sets[set].expected += file->count > 0 ? (uint64_t)file->count : 0;
}

/* -1 only for what ends all of the reading. */
static int read_file(struct x_archive *a, const struct x_file *file, struct winnow_error *err) {
    struct reading *r = a->reading;
    struct roster_counts of_file = {0};
    struct winnow_error trouble = {0};
    if (a->sink->entered != NULL)
        a->sink->entered(a->sink->context, file->name);
    r->elements = 0;
    r->counts = &of_file;
    int found = pack_find(a->pack, file->name, &trouble);
    int result = found < 0 ? -1 : 0;
    if (found == 1) {
        result = lines_open_source(&r->lines, (struct lines_source){a->pack, pack_read}, &a->inner,
                                   &trouble);
        if (result == 0)
            result = read_list(a, &trouble);
        lines_close(&r->lines);
    }
    a->bytes_before += a->bytes;
    a->bytes = 0;
    a->counts->lines += of_file.lines;
    a->counts->skipped += of_file.skipped;
    a->counts->unknown_keys += of_file.unknown_keys;
    if (result != 0 && !is_of_file(a, &trouble)) {
        *err = trouble;
        return winnow_fail_at(err, "%s", file->name);
    }
    if (found != 1 || result != 0)
        note_broken(a, file, found == 0 ? "The file is not in the archive." : trouble.text);
    note_counts(a, file, of_file.skipped);
    return 0;
}

/* A kind of posts or messages that X had not, or winnow does not know: somebody may stand in it. */
static void note_unread(struct x_archive *a) {
    const struct x_manifest *m = &a->manifest;
    for (uint32_t i = 0; i < m->file_count; i++)
        if (m->files[i].type == a->type && m->files[i].count != 0) {
            a->sets[set_of(a->type)].listed = true;
            not_whole(a, set_of(a->type), "%s is of a kind that is not read", m->files[i].name);
        }
}

static int read_type(struct x_archive *a, struct winnow_error *err) {
    const struct x_manifest *m = &a->manifest;
    enum x_set set = set_of(a->type);
    uint32_t files = 0;
    if (a->type == X_TYPE_OTHER_POSTS || a->type == X_TYPE_OTHER_MESSAGES) {
        note_unread(a);
        return 0;
    }
    a->talked.remember = a->type == X_TYPE_COMMUNITY_TWEETS || a->type == X_TYPE_CIRCLE_TWEETS;
    for (uint32_t i = 0; i < m->file_count; i++)
        if (m->files[i].type == a->type) {
            files++;
            if (read_file(a, &m->files[i], err) != 0)
                return -1;
        }
    if (set == X_SET_COUNT || !m->listed[a->type])
        return 0;
    a->sets[set].listed = true;
    if (files == 0)
        not_whole(a, set, "the manifest names no file of it");
    if (!m->says_whole)
        not_whole(a, set,
                  !m->found         ? "there is no manifest to say that this is all"
                  : m->says_partial ? "the archive says that it is one part of several"
                                    : "the manifest does not say that the archive is whole");
    return 0;
}

static void judge_sets(struct x_archive *a) {
    const struct x_manifest *m = &a->manifest;
    if (a->talked.nameless)
        not_clear(a, X_SET_POSTS, "long posts mention people whose ids are not told");
    if (a->talked.posts.full)
        not_whole(a, X_SET_POSTS, "more than %" PRIu32 " posts may stand there twice", X_POSTS_MAX);
    if (!m->listed[X_TYPE_MESSAGES] || !m->listed[X_TYPE_GROUP_MESSAGES])
        not_whole(a, X_SET_MESSAGES, "the manifest does not know of all kinds of messages");
    if (a->talked.people.full) {
        not_whole(a, X_SET_POSTS, "they speak of more than %" PRIu32 " accounts",
                  a->talked.people.count);
        not_whole(a, X_SET_MESSAGES, "they are with more than %" PRIu32 " accounts",
                  a->talked.people.count);
    }
    for (int set = 0; set < X_SET_COUNT; set++) {
        struct x_archive_set *s = &a->sets[set];
        s->complete = s->listed && s->why[0] == '\0';
        s->read_through = s->listed && !a->broken[set] && s->skipped <= s->count / 100;
    }
}

/* ---- handing over ---- */

/* An id tells when its account was made, from the time on when X gave them by the clock (2016 for
 * accounts; ids before are much smaller). In seconds since 1970; 0: not told. */
static uint32_t made_s(uint64_t id) {
    return id < UINT64_C(100000000000000000)
               ? 0
               : (uint32_t)(((id >> 22) + UINT64_C(1288834974657)) / 1000);
}

/* following.js has the newest follow first, so that a follow is later than the making of its own
 * account, and of all accounts below it. */
static void bound_follows(struct x_archive *a) {
    uint32_t after_s = 0;
    for (uint32_t i = a->talked.people.count; i-- > 0;) {
        struct x_person *one = &a->talked.people.all[i];
        if (one->rank == 0)
            continue;
        uint32_t own_s = made_s(one->id);
        after_s = own_s > after_s ? own_s : after_s;
        one->after_s = after_s;
    }
}

static void add_tie(struct facts *f, const struct tie *tie) {
    if (!tie_is_empty(tie))
        *facts_tie(f, (enum dataset)tie->dataset) = *tie;
}

static void tell_spoken(const struct x_spoken *s, struct facts *f) {
    if (s == NULL)
        return;
    if (s->handle != NULL)
        facts_set_text(f, FACT_HANDLE, s->handle, strlen(s->handle));
    if (s->name != NULL)
        facts_set_text(f, FACT_NAME, s->name, strlen(s->name));
    add_tie(f, &s->posts);
    add_tie(f, &s->messages);
}

static void tell_follow(const struct x_archive *a, const struct x_person *one, struct facts *f) {
    bool back = (one->flags & X_PERSON_FOLLOWS_BACK) != 0;
    if (back || a->sets[X_SET_FOLLOWERS].complete)
        facts_set_flag(f, FACT_FOLLOWS_ME, back);
    if (one->after_s != 0)
        facts_set_value(f, FACT_FOLLOWED_AFTER, (int64_t)one->after_s * 1000);
    facts_set_value(f, FACT_FOLLOW_RANK, one->rank);
    if ((one->flags & X_PERSON_BLOCKED) != 0)
        facts_set_flag(f, FACT_BLOCKED, true);
    if ((one->flags & X_PERSON_MUTED) != 0)
        facts_set_flag(f, FACT_MUTED, true);
}

static int hand_over(struct x_archive *a, const struct x_person *one, struct facts *f,
                     struct winnow_error *err) {
    char id[X_ID_MAX + 2];
    bool followed = (one->flags & X_PERSON_FOLLOWED) != 0;
    int size = snprintf(id, sizeof id, "%" PRIu64, one->id);
    facts_clear(f);
    facts_set_text(f, FACT_ID, id, (size_t)size);
    if (followed)
        tell_follow(a, one, f);
    tell_spoken(x_people_spoken(&a->talked.people, one), f);
    a->counts->followees += followed;
    a->counts->others += !followed;
    return a->sink->followee(a->sink->context, followed ? ROSTER_FOLLOWEE : ROSTER_OTHER, f, err);
}

static int hand_all_over(struct x_archive *a, struct winnow_error *err) {
    struct facts f = {0};
    for (uint32_t i = 0; i < a->talked.people.count; i++)
        if (hand_over(a, &a->talked.people.all[i], &f, err) != 0)
            return -1;
    return 0;
}

int x_archive_read(struct x_archive *a, const struct roster_sink *sink,
                   struct roster_counts *counts, struct winnow_error *err) {
    *counts = (struct roster_counts){0};
    a->sink = sink;
    a->counts = counts;
    a->inner = (struct roster_sink){
        .context = a, .followee = take_account, .skipped = take_skipped, .progress = take_progress};
    a->reading = calloc(1, sizeof *a->reading);
    if (a->reading == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "There is no memory for reading an archive.");
    a->reading->sink = &a->inner;
    a->reading->keys = UINT64_C(1) << FACT_ID;
    record_init(&a->reading->record);
    for (int type = X_TYPE_FOLLOWING; type < X_TYPE_COUNT; type++) {
        a->type = (enum x_type)type;
        if (read_type(a, err) != 0)
            return -1;
    }
    judge_sets(a);
    bound_follows(a);
    return hand_all_over(a, err);
}

const struct x_archive_set *x_archive_set(const struct x_archive *a, enum x_set set) {
    return &a->sets[set];
}

uint64_t x_archive_blocked(const struct x_archive *a) {
    return a->blocked;
}

uint64_t x_archive_muted(const struct x_archive *a) {
    return a->muted;
}
