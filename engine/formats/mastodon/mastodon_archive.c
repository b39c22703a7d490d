/* A whole archive of Mastodon: see mastodon_archive.h.
 *
 * Happy path: one row at a time goes by, and whom it speaks of is handed over; nothing is kept but
 * the addresses that mentions tell. Failures: what is wrong with one file is noted in its set, and
 * the next file is read; only a sink that stops, memory, and a file that passes its limits end the
 * reading. */
#include "formats/mastodon/mastodon_archive.h"

#include "core/base/utf8.h"
#include "formats/mastodon/mastodon_item.h"
#include "formats/mastodon/mastodon_uri.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SETS 3

struct mastodon_archive {
    struct pack *pack; /* owned */
    char id[JSON_PULL_TEXT_MAX + 1];
    char name[JSON_PULL_TEXT_MAX + 1]; /* preferredUsername */
    char webfinger[JSON_PULL_TEXT_MAX + 1];
    char handle[FACT_HANDLE_MAX + 1];
    char host[JSON_PULL_TEXT_MAX + 1]; /* of the id */
    int64_t as_of_ms;
    struct mastodon_actors people;
    struct mastodon_archive_set sets[SETS];

    /* While it is read. */
    const struct mastodon_archive_sink *sink;
    struct mastodon_archive_set *set;
    const char *file;
    struct mastodon_item *item; /* owned */
    bool stopped;               /* by the sink */
    bool deliver;               /* else the addresses are gathered */
    bool ended;                 /* the file at hand stands there to its end */
    uint64_t bytes_before, bytes;
    uint32_t told_count;
    uint32_t told[MASTODON_MENTIONS_MAX + 2]; /* of the row at hand: indexes into the handles */
};

static const struct {
    enum dataset set;
    const char *file;
    enum exchange_kind kind; /* of the bare addresses */
} files[SETS] = {
    {DATASET_POSTS, "outbox.json", EXCHANGE_MENTION},
    {DATASET_LIKES, "likes.json", EXCHANGE_LIKE},
    {DATASET_BOOKMARKS, "bookmarks.json", EXCHANGE_BOOKMARK},
};

enum dataset mastodon_archive_dataset(enum exchange_kind kind) {
    for (int i = 1; i < SETS; i++)
        if (files[i].kind == kind)
            return files[i].set;
    return DATASET_POSTS;
}

bool mastodon_archive_is(const char *path) {
    struct pack *pack;
    if ((!pack_is(path) && !pack_is_gzip(path)) ||
        pack_open_mastodon(path, PACK_LIMITS, &pack, NULL) != 0)
        return false;
    pack_close(pack);
    return true;
}

/* ---- whose it is ---- */

static void take_progress(void *context, uint64_t bytes) {
    struct mastodon_archive *a = context;
    a->bytes = bytes;
    if (a->sink != NULL && a->sink->progress != NULL)
        a->sink->progress(a->sink->context, a->bytes_before + bytes);
}

static int read_text(struct json_pull *p, char to[JSON_PULL_TEXT_MAX + 1]) {
    enum pull_kind kind = pull_value(p);
    if (kind == PULL_TEXT && !p->cut && memchr(p->text.at, '\0', p->text.size) == NULL) {
        memcpy(to, p->text.at, p->text.size);
        to[p->text.size] = '\0';
    }
    return pull_skip(p, kind);
}

static int read_actor(struct mastodon_archive *a, struct json_pull *p) {
    int more;
    enum pull_kind kind = pull_value(p);
    if (kind != PULL_OBJECT)
        return pull_skip(p, kind);
    while ((more = pull_key(p)) == 1) {
        char *to = pull_text_is(p, "id")                  ? a->id
                   : pull_text_is(p, "preferredUsername") ? a->name
                   : pull_text_is(p, "webfinger")         ? a->webfinger
                                                          : NULL;
        if ((to != NULL ? read_text(p, to) : pull_pass(p)) != 0)
            return -1;
    }
    return more;
}

static int read_actor_file(struct mastodon_archive *a, struct winnow_error *err) {
    struct lines lines = {0};
    struct json_pull p;
    struct roster_sink sink = {.context = a, .progress = take_progress};
    int found = pack_find(a->pack, "actor.json", err);
    if (found <= 0)
        return found < 0 ? -1
                         : winnow_fail(err, WINNOW_BAD_INPUT,
                                       "There is no actor.json in the archive, which says whose it "
                                       "is: get the archive again, whole.");
    a->as_of_ms = pack_changed_ms(a->pack);
    int result = lines_open_source(&lines, (struct lines_source){a->pack, pack_read}, &sink, err);
    if (result == 0) {
        pull_start(&p, &lines, err);
        result = read_actor(a, &p);
        if (result != 0 && !p.unreadable)
            winnow_fail(err, WINNOW_BAD_INPUT,
                        "actor.json is damaged (line %" PRIu64 ": %s); get the archive again.",
                        pull_line(&p), p.fault);
    }
    lines_close(&lines);
    return result;
}

static struct text text_of(const char *from) {
    return (struct text){from, (uint32_t)strlen(from)};
}

/* "name@host", with or without "acct:" and '@'. */
static struct text from_webfinger(const struct mastodon_archive *a,
                                  char room[FACT_HANDLE_MAX + 1]) {
    const char *from = strncmp(a->webfinger, "acct:", 5) == 0 ? a->webfinger + 5 : a->webfinger;
    from += from[0] == '@';
    const char *at = strchr(from, '@');
    if (at == NULL)
        return (struct text){room, 0};
    return uri_handle((struct text){from, (uint32_t)(at - from)}, text_of(at + 1), room);
}

static int find_handle(struct mastodon_archive *a, struct winnow_error *err) {
    struct text host = uri_host(text_of(a->id));
    memcpy(a->host, host.at, host.size);
    a->host[host.size] = '\0';
    struct text handle = from_webfinger(a, a->handle);
    if (handle.size == 0)
        handle = uri_handle(text_of(a->name), host, a->handle);
    if (handle.size == 0 || host.size == 0)
        return winnow_fail(err, WINNOW_BAD_INPUT,
                           "actor.json does not say whose archive it is; get the archive again.");
    a->handle[handle.size] = '\0';
    a->people.own_host = text_of(strchr(a->handle, '@') + 1);
    return 0;
}

int mastodon_archive_open(const char *path, const struct mastodon_archive_options *options,
                          struct mastodon_archive **out, struct winnow_error *err) {
    struct mastodon_archive *a = calloc(1, sizeof *a);
    *out = a;
    if (a == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "There is no memory for reading an archive.");
    uint32_t most = options->actors != 0 ? options->actors : MASTODON_ACTORS_MAX;
    names_init(&a->people.actors, most);
    names_init(&a->people.handles, most);
    for (int i = 0; i < SETS; i++)
        a->sets[i].expected = -1;
    if (pack_open_mastodon(path, options->limits, &a->pack, err) == 0 &&
        read_actor_file(a, err) == 0 && find_handle(a, err) == 0)
        return 0;
    mastodon_archive_close(a);
    *out = NULL;
    return -1;
}

void mastodon_archive_close(struct mastodon_archive *a) {
    if (a == NULL)
        return;
    pack_close(a->pack);
    names_free(&a->people.actors);
    names_free(&a->people.handles);
    free(a->item);
    free(a);
}

const char *mastodon_archive_handle(const struct mastodon_archive *a) {
    return a->handle;
}

const char *mastodon_archive_host(const struct mastodon_archive *a) {
    return a->host;
}

int64_t mastodon_archive_as_of_ms(const struct mastodon_archive *a) {
    return a->as_of_ms;
}

static bool same(struct text a, struct text b) {
    return a.size == b.size && strncasecmp(a.at, b.at, a.size) == 0;
}

/* Newer accounts have their id in their address: https://HOST/ap/users/NUMBER. */
static bool is_number_of(const struct mastodon_archive *a, const char *account) {
    const char *last = strrchr(a->id, '/');
    return strstr(a->id, "/ap/users/") != NULL && last != NULL && account[0] != '\0' &&
           strcmp(last + 1, account) == 0;
}

static bool is_account(const struct mastodon_archive *a, const char *account, const char *server) {
    const char *own_at = strchr(a->handle, '@');
    account += account[0] == '@';
    if (strcmp(account, a->id) == 0 || is_number_of(a, account))
        return true;
    const char *at = strchr(account, '@');
    size_t name = at != NULL ? (size_t)(at - account) : strlen(account);
    struct text host = {"", 0};
    if (at != NULL)
        host = text_of(at + 1);
    else if (server != NULL)
        host = uri_host(text_of(server));
    bool same_host = (at == NULL && server == NULL) || same(host, text_of(own_at + 1)) ||
                     same(host, text_of(a->host));
    return same_host && same((struct text){account, (uint32_t)name},
                             (struct text){a->handle, (uint32_t)(own_at - a->handle)});
}

int mastodon_archive_check_account(const struct mastodon_archive *a, const char *account,
                                   const char *server, struct winnow_error *err) {
    if (is_account(a, account, server))
        return 0;
    return winnow_fail(err, WINNOW_BAD_INPUT, "The archive is of @%s, and the campaign of %s.",
                       a->handle, account);
}

/* ---- reading ---- */

/* The first reason why a set is not whole stays. */
static void __attribute__((format(printf, 2, 3)))
not_whole(struct mastodon_archive *a, const char *format, ...) {
    char text[WINNOW_ERROR_TEXT_MAX + 64];
    char *why = a->set->why;
    va_list args;
    if (why[0] != '\0')
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    size_t size = utf8_cut(text, strlen(text), sizeof a->set->why - 1);
    memcpy(why, text, size);
    why[size] = '\0';
}

static void skip_row(struct mastodon_archive *a, uint64_t line, const char *why) {
    a->set->nameless++;
    if (a->sink->skipped != NULL)
        a->sink->skipped(a->sink->context, a->file, line, why);
}

/* The address whose posts lie below `actor`, as a mention told it; empty: none did. */
static struct text mentioned(const struct mastodon_archive *a, struct text actor) {
    const struct name *one = actor.size == 0 ? NULL : names_find(&a->people.actors, actor);
    if (one == NULL || one->value == 0)
        return (struct text){"", 0};
    return names_text(&a->people.handles, &a->people.handles.all[one->value - 1]);
}

static bool is_own_post(const struct mastodon_archive *a, const struct item_uri *uri) {
    return uri_is_below((struct text){uri->at, uri->size}, text_of(a->id));
}

/* Whose post that is, by its address alone; empty: it does not say. */
static struct text author(const struct mastodon_archive *a, struct text uri,
                          char room[FACT_HANDLE_MAX + 1]) {
    struct uri_person who;
    if (!uri_person(uri, &who)) {
        /* .../ap/users/NUMBER/statuses/NUMBER: perhaps a mention has told who that is */
        const char *at = memmem(uri.at, uri.size, "/statuses/", 10);
        return at == NULL ? (struct text){room, 0}
                          : mentioned(a, (struct text){uri.at, (uint32_t)(at - uri.at)});
    }
    struct text told = mentioned(a, who.actor);
    if (told.size > 0)
        return told;
    struct text host = who.at.size > 0 ? who.at : who.host;
    return uri_handle(who.name, same(host, text_of(a->host)) ? a->people.own_host : host, room);
}

/* Once for each row, and never the account itself. */
static int tell(struct mastodon_archive *a, struct text handle, enum exchange_kind kind,
                struct winnow_error *err) {
    const struct name *one;
    if (same(handle, text_of(a->handle)))
        return 0;
    one = names_add(&a->people.handles, handle);
    if (one == NULL) {
        a->set->nameless++;
        return 0;
    }
    uint32_t index = names_index(&a->people.handles, one);
    for (uint32_t i = 0; i < a->told_count; i++)
        if (a->told[i] == index)
            return 0;
    if (a->told_count == sizeof a->told / sizeof a->told[0])
        return 0;
    a->told[a->told_count++] = index;
    const struct exchange x = {.kind = kind, .time_ms = a->item->time_ms};
    char room[FACT_HANDLE_MAX + 1]; /* the table may move */
    struct text text = names_text(&a->people.handles, one);
    memcpy(room, text.at, text.size);
    a->stopped = a->sink->exchange(a->sink->context, (struct text){room, text.size}, &x, err) != 0;
    return a->stopped ? -1 : 0;
}

static int tell_author(struct mastodon_archive *a, const struct item_uri *post,
                       enum exchange_kind kind, bool *nameless, struct winnow_error *err) {
    char room[FACT_HANDLE_MAX + 1];
    if (is_own_post(a, post))
        return 0;
    struct text handle = author(a, (struct text){post->at, post->size}, room);
    *nameless = *nameless || handle.size == 0;
    return handle.size == 0 ? 0 : tell(a, handle, kind, err);
}

static int tell_boost(struct mastodon_archive *a, bool *nameless, struct winnow_error *err) {
    const struct mastodon_item *item = a->item;
    struct text by = {item->boosted_by.at, item->boosted_by.size};
    if (is_own_post(a, &item->boosted_by))
        return 0;
    struct text handle = mentioned(a, by);
    if (handle.size > 0)
        return tell(a, handle, EXCHANGE_BOOST, err);
    return tell_author(a, &item->boosted, EXCHANGE_BOOST, nameless, err);
}

static struct text mention_actor(const struct mastodon_archive *a, uint32_t k) {
    return names_text(&a->people.actors, &a->people.actors.all[a->item->mentions[k]]);
}

/* The one whose mention the answered post lies below; else by the post's address. */
static int tell_answer(struct mastodon_archive *a, enum exchange_kind kind, bool *nameless,
                       struct winnow_error *err) {
    const struct mastodon_item *item = a->item;
    struct text post = {item->answered.at, item->answered.size};
    for (uint32_t k = 0; k < item->mention_count && !is_own_post(a, &item->answered); k++) {
        struct text actor = mention_actor(a, k);
        struct text handle = mentioned(a, actor);
        if (handle.size > 0 && uri_is_below(post, actor))
            return tell(a, handle, kind, err);
    }
    return tell_author(a, &item->answered, kind, nameless, err);
}

static int tell_post(struct mastodon_archive *a, bool *nameless, struct winnow_error *err) {
    const struct mastodon_item *item = a->item;
    bool message = item->to.count > 0 && item->to.people;
    if (item->answered.there &&
        tell_answer(a, message ? EXCHANGE_MESSAGE : EXCHANGE_REPLY, nameless, err) != 0)
        return -1;
    if (item->quotes && tell_author(a, &item->quoted, message ? EXCHANGE_MESSAGE : EXCHANGE_QUOTE,
                                    nameless, err) != 0)
        return -1;
    for (uint32_t k = 0; k < item->mention_count; k++) {
        struct text handle = mentioned(a, mention_actor(a, k));
        if (handle.size > 0 &&
            tell(a, handle, message ? EXCHANGE_MESSAGE : EXCHANGE_MENTION, err) != 0)
            return -1;
    }
    *nameless = *nameless || item->nameless;
    return 0;
}

/* One row of outbox.json. 1: p->fault. */
static int outbox_row(struct mastodon_archive *a, struct json_pull *p, struct winnow_error *err) {
    struct mastodon_item *item = a->item;
    bool nameless = false;
    int result = 0;
    uint64_t line = pull_line(p);
    if (mastodon_item_read(p, &a->people, item) != 0)
        return 1;
    if (!a->deliver)
        return 0;
    a->set->count++;
    a->told_count = 0;
    if (!item->understood || (item->post && !item->has_object))
        skip_row(a, line, "The row is no activity.");
    else if (item->boost)
        result = tell_boost(a, &nameless, err);
    else if (item->post)
        result = tell_post(a, &nameless, err);
    a->set->nameless += nameless;
    return result;
}

/* One row of likes.json or bookmarks.json. */
static int address_row(struct mastodon_archive *a, struct json_pull *p, struct winnow_error *err) {
    struct item_uri post = {0};
    bool nameless = false;
    enum pull_kind kind = pull_value(p);
    if (kind == PULL_TEXT && !p->cut) {
        post.size = p->text.size;
        memcpy(post.at, p->text.at, post.size);
    }
    if (pull_skip(p, kind) != 0)
        return 1;
    a->set->count++;
    a->told_count = 0;
    a->item->time_ms = 0;
    int result = tell_author(a, &post, files[a->set - a->sets].kind, &nameless, err);
    a->set->nameless += nameless;
    return result;
}

static int read_rows(struct mastodon_archive *a, struct json_pull *p, struct winnow_error *err) {
    int more;
    bool outbox = a->set == &a->sets[0];
    enum pull_kind kind = pull_value(p);
    if (kind != PULL_LIST)
        return pull_skip(p, kind) != 0;
    while ((more = pull_item(p)) == 1) {
        int result = outbox ? outbox_row(a, p, err) : address_row(a, p, err);
        if (result != 0)
            return result;
    }
    return more != 0;
}

static int read_total(struct mastodon_archive *a, struct json_pull *p) {
    int64_t total = 0;
    enum pull_kind kind = pull_value(p);
    if (kind == PULL_NUMBER && !p->cut && p->text.size < 16) {
        for (uint32_t i = 0; i < p->text.size && total >= 0; i++) {
            char c = p->text.at[i];
            total = c >= '0' && c <= '9' ? total * 10 + (c - '0') : -1;
        }
        a->set->expected = total;
    }
    return pull_skip(p, kind) != 0;
}

/* 0: to its end, or not a collection at all; 1: p->fault; -1. */
static int read_collection(struct mastodon_archive *a, struct json_pull *p,
                           struct winnow_error *err) {
    int more;
    bool rows = false;
    enum pull_kind kind = pull_value(p);
    if (kind != PULL_OBJECT)
        return pull_skip(p, kind) != 0;
    while ((more = pull_key(p)) == 1) {
        int result;
        if (pull_text_is(p, "orderedItems") && !rows) {
            rows = true;
            result = read_rows(a, p, err);
        } else if (pull_text_is(p, "totalItems")) {
            result = read_total(a, p);
        } else {
            result = pull_pass(p) != 0;
        }
        if (result != 0)
            return result;
    }
    a->ended = more == 0 && rows;
    return more != 0;
}

static int read_lines(struct mastodon_archive *a, struct lines *lines, struct winnow_error *err) {
    struct json_pull p;
    struct winnow_error trouble = {0};
    pull_start(&p, lines, &trouble);
    a->ended = false;
    int result = read_collection(a, &p, err);
    if (result < 0)
        return -1;
    if (result == 0 && a->ended) /* to the last byte: a zip's checksum is looked at there */
        a->ended = pull_look(&p) == '\0' && p.fault == NULL;
    if (p.unreadable && pack_is_bomb(a->pack)) {
        *err = trouble;
        return -1;
    }
    if (!a->deliver)
        return 0;
    if (p.unreadable)
        not_whole(a, "%s: %s", a->file, trouble.text);
    else if (result == 1)
        not_whole(a, "%s breaks off or is damaged in line %" PRIu64 " (%s), after %" PRIu64 " rows",
                  a->file, pull_line(&p), p.fault, a->set->count);
    else if (!a->ended)
        not_whole(a, "%s is no collection of Mastodon's, or goes on behind its end", a->file);
    return 0;
}

/* -1 only for what ends all of the reading. */
static int read_file(struct mastodon_archive *a, struct winnow_error *err) {
    struct lines lines = {0};
    struct winnow_error trouble = {0};
    const struct roster_sink sink = {.context = a, .progress = take_progress};
    int found = pack_find(a->pack, a->file, &trouble);
    int result = 0;
    a->set->there = found != 0;
    if (found == 1 &&
        lines_open_source(&lines, (struct lines_source){a->pack, pack_read}, &sink, &trouble) != 0)
        found = -1;
    if (found == 1)
        result = read_lines(a, &lines, err);
    lines_close(&lines);
    a->bytes_before += a->bytes;
    a->bytes = 0;
    if (found >= 0)
        return result == 0 ? 0 : winnow_fail_at(err, "%s", a->file);
    if (trouble.code == WINNOW_NO_MEMORY || pack_is_bomb(a->pack)) {
        *err = trouble;
        return winnow_fail_at(err, "%s", a->file);
    }
    not_whole(a, "%s: %s", a->file, trouble.text);
    return 0;
}

static void judge(struct mastodon_archive *a) {
    struct mastodon_archive_set *set = a->set;
    if (!set->there)
        return;
    bool full = a->people.actors.full || a->people.handles.full;
    uint64_t missing = set->expected > 0 && (uint64_t)set->expected > set->count
                           ? (uint64_t)set->expected - set->count
                           : 0;
    set->read_through = set->why[0] == '\0' && !full && missing <= set->count / 100;
    if (missing > 0)
        not_whole(a, "%s has %" PRIu64 " rows, and says that there are %" PRId64, a->file,
                  set->count, set->expected);
    if (set->nameless > 0)
        not_whole(a, "%" PRIu64 " rows of %s do not tell the address of the person", set->nameless,
                  a->file);
    if (full)
        not_whole(a, "%s speaks of more people than there is room for", a->file);
    set->complete = set->why[0] == '\0';
}

int mastodon_archive_read(struct mastodon_archive *a, const struct mastodon_archive_sink *sink,
                          struct winnow_error *err) {
    a->sink = sink;
    a->item = calloc(1, sizeof *a->item);
    if (a->item == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "There is no memory for reading an archive.");
    for (int pass = 0; pass < SETS + 1; pass++) {
        a->set = &a->sets[pass == 0 ? 0 : pass - 1];
        a->file = files[a->set - a->sets].file;
        a->deliver = pass > 0;
        if (read_file(a, err) != 0)
            return -1;
        if (pass > 0)
            judge(a);
    }
    return 0;
}

const struct mastodon_archive_set *mastodon_archive_set(const struct mastodon_archive *a,
                                                        enum dataset set) {
    for (int i = 0; i < SETS; i++)
        if (files[i].set == set)
            return &a->sets[i];
    return NULL;
}
