/* data/manifest.js of an X archive: see x_manifest.h. Happy path: behind "window.__THAR_CONFIG ="
 * stands one object; what is not asked for is passed. Fails with the line at which it is no JSON.
 */
#include "formats/x/x_manifest.h"

#include "core/base/text_time.h"
#include "formats/base/json_pull.h"
#include "formats/base/record.h"
#include "formats/pack/pack.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* As `dataTypes` has them. */
static const struct {
    const char *name;
    enum x_type type;
} types[] = {
    {"account", X_TYPE_ACCOUNT},
    {"following", X_TYPE_FOLLOWING},
    {"follower", X_TYPE_FOLLOWER},
    {"block", X_TYPE_BLOCK},
    {"mute", X_TYPE_MUTE},
    {"tweets", X_TYPE_TWEETS},
    {"tweet", X_TYPE_TWEETS},
    {"communityTweet", X_TYPE_COMMUNITY_TWEETS},
    {"twitterCircleTweet", X_TYPE_CIRCLE_TWEETS},
    {"noteTweet", X_TYPE_NOTES},
    {"directMessageHeaders", X_TYPE_MESSAGES},
    {"directMessageGroupHeaders", X_TYPE_GROUP_MESSAGES},
    {"messageEvent", X_TYPE_MESSAGE_EVENTS},
};

/* What has posts or messages in its name, and none that count: what was deleted in the last two
 * weeks (docs/roster.md says why), an extract of tweets.js, the texts behind the headers, who is
 * muted, calls. */
static const char *const not_talk[] = {
    "deletedTweets",       "deletedTweetHeaders", "deletedNoteTweet",
    "tweetHeaders",        "tweetdeck",           "directMessages",
    "directMessagesGroup", "directMessageMute",   "directMessageGroupMute",
    "audioVideoCallsInDm",
};

/* By the file's name without ".js"; a file in parts is "tweet-part1.js" and so on. */
static const char *const stems[X_TYPE_COUNT][X_MANIFEST_STEMS] = {
    [X_TYPE_ACCOUNT] = {"account"},
    [X_TYPE_FOLLOWING] = {"following"},
    [X_TYPE_FOLLOWER] = {"follower"},
    [X_TYPE_BLOCK] = {"block"},
    [X_TYPE_MUTE] = {"mute"},
    [X_TYPE_COMMUNITY_TWEETS] = {"community-tweet"},
    [X_TYPE_CIRCLE_TWEETS] = {"twitter-circle-tweet"},
    [X_TYPE_TWEETS] = {"tweets", "tweet"},
    [X_TYPE_NOTES] = {"note-tweet"},
    [X_TYPE_MESSAGES] = {"direct-message-headers", "direct-messages", "direct-message"},
    [X_TYPE_GROUP_MESSAGES] = {"direct-message-group-headers", "direct-messages-group",
                               "direct-message-group"},
    [X_TYPE_MESSAGE_EVENTS] = {"message-event"},
};

const char *const *x_manifest_stems(enum x_type type) {
    return stems[type];
}

static bool has_word(struct text name, const char *word) {
    size_t size = strlen(word);
    for (size_t i = 0; i + size <= name.size; i++)
        if (strncasecmp(name.at + i, word, size) == 0)
            return true;
    return false;
}

/* X_TYPE_COUNT: neither of interest nor of a kind that would be. */
static enum x_type type_of(const struct json_pull *p) {
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (pull_text_is(p, types[i].name))
            return types[i].type;
    for (size_t i = 0; i < sizeof not_talk / sizeof not_talk[0]; i++)
        if (pull_text_is(p, not_talk[i]))
            return X_TYPE_COUNT;
    if (has_word(p->text, "tweet"))
        return X_TYPE_OTHER_POSTS;
    return has_word(p->text, "message") ? X_TYPE_OTHER_MESSAGES : X_TYPE_COUNT;
}

struct reading_manifest {
    struct x_manifest *m;
    struct json_pull json;
    struct winnow_error *err;
};

static int read_head(struct reading_manifest *r) {
    static const char start[] = "window.__THAR_CONFIG";
    struct json_pull *p = &r->json;
    bool good = pull_look(p) == start[0];
    for (const char *at = start; good && *at != '\0'; at++, p->at++)
        good = pull_peek(p) == *at;
    good = good && pull_look(p) == '=';
    if (good) {
        p->at++;
        good = pull_look(p) == '{';
    }
    if (p->unreadable)
        return -1;
    return good ? 0
                : winnow_fail(r->err, WINNOW_BAD_INPUT,
                              "It does not begin with \"window.__THAR_CONFIG = {\", as a manifest "
                              "of X's does.");
}

static int fail_json(struct reading_manifest *r) {
    struct json_pull *p = &r->json;
    if (p->unreadable || p->fault == NULL) /* `err` is filled */
        return -1;
    return winnow_fail(r->err, WINNOW_BAD_INPUT,
                       "Line %" PRIu64 " is not JSON (%s); get the archive again.", pull_line(p),
                       p->fault);
}

/* A text value into room; "" when it is none, or too long. -1: the JSON is broken. */
static int take_text(struct json_pull *p, char *to, size_t room) {
    enum pull_kind kind = pull_value(p);
    to[0] = '\0';
    if (kind == PULL_TEXT && !p->cut && p->text.size < room &&
        memchr(p->text.at, '\0', p->text.size) == NULL) {
        memcpy(to, p->text.at, p->text.size);
        to[p->text.size] = '\0';
    }
    return pull_skip(p, kind);
}

static int read_user(struct reading_manifest *r) {
    int more;
    while ((more = pull_key(&r->json)) == 1) {
        bool id = pull_text_is(&r->json, "accountId");
        if ((id ? take_text(&r->json, r->m->account, sizeof r->m->account) : pull_pass(&r->json)) !=
            0)
            return -1;
    }
    return more;
}

static int read_archive(struct reading_manifest *r) {
    struct json_pull *p = &r->json;
    int more;
    while ((more = pull_key(p)) == 1) {
        bool date = pull_text_is(p, "generationDate");
        bool partial = pull_text_is(p, "isPartialArchive");
        enum pull_kind kind = pull_value(p);
        if (date && kind == PULL_TEXT && !text_time_read(p->text.at, p->text.size, &r->m->made_ms))
            r->m->made_ms = 0;
        if (partial) {
            r->m->says_whole = kind == PULL_NO;
            r->m->says_partial = kind == PULL_YES;
        }
        if (pull_skip(p, kind) != 0)
            return -1;
    }
    return more;
}

static int read_count(struct json_pull *p, int64_t *count) {
    enum pull_kind kind = pull_value(p);
    if ((kind != PULL_TEXT && kind != PULL_NUMBER) || p->cut ||
        !record_read_number(p->text.at, p->text.size, count))
        *count = -1;
    return pull_skip(p, kind);
}

static int add_file(struct reading_manifest *r, const struct x_file *file) {
    struct x_manifest *m = r->m;
    if (!pack_name_is_safe(file->name))
        return winnow_fail(r->err, WINNOW_BAD_INPUT,
                           "The manifest names %s, which is no file in the archive.",
                           RECORD_SHOW(file->name, strlen(file->name)));
    for (uint32_t i = 0; i < m->file_count; i++)
        if (strcmp(m->files[i].name, file->name) == 0)
            return winnow_fail(r->err, WINNOW_BAD_INPUT, "The manifest names %s twice.",
                               RECORD_SHOW(file->name, strlen(file->name)));
    if (m->file_count == X_MANIFEST_FILES)
        return winnow_fail(r->err, WINNOW_BAD_INPUT, "The manifest names more than %u files.",
                           X_MANIFEST_FILES);
    m->files[m->file_count++] = *file;
    return 0;
}

static int read_file(struct reading_manifest *r, enum x_type type) {
    struct json_pull *p = &r->json;
    struct x_file file = {.type = type, .count = -1};
    int more;
    while ((more = pull_key(p)) == 1) {
        int result;
        if (pull_text_is(p, "fileName"))
            result = take_text(p, file.name, sizeof file.name);
        else if (pull_text_is(p, "count"))
            result = read_count(p, &file.count);
        else
            result = pull_pass(p);
        if (result != 0)
            return -1;
    }
    return more == 0 ? add_file(r, &file) : -1;
}

static int read_files(struct reading_manifest *r, enum x_type type) {
    struct json_pull *p = &r->json;
    int more;
    while ((more = pull_item(p)) == 1) {
        enum pull_kind kind = pull_value(p);
        if ((kind == PULL_OBJECT ? read_file(r, type) : pull_skip(p, kind)) != 0)
            return -1;
    }
    return more;
}

static int read_type(struct reading_manifest *r, enum x_type type) {
    struct json_pull *p = &r->json;
    int more;
    r->m->listed[type] = true;
    while ((more = pull_key(p)) == 1) {
        bool files = pull_text_is(p, "files");
        enum pull_kind kind = pull_value(p);
        if ((files && kind == PULL_LIST ? read_files(r, type) : pull_skip(p, kind)) != 0)
            return -1;
    }
    return more;
}

static int read_types(struct reading_manifest *r) {
    struct json_pull *p = &r->json;
    int more;
    while ((more = pull_key(p)) == 1) {
        enum x_type type = type_of(p);
        enum pull_kind kind = pull_value(p);
        bool known = type != X_TYPE_COUNT && kind == PULL_OBJECT;
        if ((known ? read_type(r, type) : pull_skip(p, kind)) != 0)
            return -1;
    }
    return more;
}

static int read_all(struct reading_manifest *r) {
    struct json_pull *p = &r->json;
    static const struct {
        const char *name;
        int (*read)(struct reading_manifest *);
    } members[] = {
        {"userInfo", read_user}, {"archiveInfo", read_archive}, {"dataTypes", read_types}};
    int more;
    if (pull_value(p) != PULL_OBJECT)
        return -1;
    while ((more = pull_key(p)) == 1) {
        size_t i = 0;
        while (i < 3 && !pull_text_is(p, members[i].name))
            i++;
        enum pull_kind kind = pull_value(p);
        if ((i < 3 && kind == PULL_OBJECT ? members[i].read(r) : pull_skip(p, kind)) != 0)
            return -1;
    }
    return more;
}

/* To the end of the file, where a zip's checksum is. */
static int read_tail(struct reading_manifest *r) {
    struct json_pull *p = &r->json;
    char c = pull_look(p);
    for (; c == ';'; c = pull_look(p))
        p->at++;
    if (c != '\0')
        return winnow_fail(r->err, WINNOW_BAD_INPUT,
                           "Line %" PRIu64 ": there is more behind the end of the manifest.",
                           pull_line(p));
    return p->fault == NULL ? 0 : -1;
}

int x_manifest_guess_begin(struct x_manifest *m, struct winnow_error *err) {
    *m = (struct x_manifest){.files = calloc(X_MANIFEST_FILES, sizeof *m->files)};
    return m->files != NULL
               ? 0
               : winnow_fail(err, WINNOW_NO_MEMORY, "There is no memory for a manifest.");
}

int x_manifest_guess_file(struct x_manifest *m, enum x_type type, const char *name,
                          struct winnow_error *err) {
    struct reading_manifest r = {.m = m, .err = err};
    struct x_file file = {.type = type, .count = -1};
    memcpy(file.name, name, strlen(name) + 1);
    m->listed[type] = true;
    return add_file(&r, &file);
}

int x_manifest_read(struct x_manifest *m, struct lines *lines, struct winnow_error *err) {
    struct reading_manifest r = {.m = m, .err = err};
    if (x_manifest_guess_begin(m, err) != 0)
        return -1;
    m->found = true;
    pull_start(&r.json, lines, err);
    if (read_head(&r) != 0)
        return -1;
    return read_all(&r) == 0 && read_tail(&r) == 0 ? 0 : fail_json(&r);
}

void x_manifest_free(struct x_manifest *m) {
    free(m->files);
    *m = (struct x_manifest){0};
}
