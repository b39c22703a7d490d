/* For the tests of whole archives: one small archive of X, with files replaced or left out, as a
 * folder or as a zip file of its own making (stored, not deflated), and what came out of it as
 * text. */
#ifndef ROSTER_ARCHIVE_WORLD_H
#define ROSTER_ARCHIVE_WORLD_H

#include "formats/x/x_archive.h"
#include "roster/collect.h"
#include "temp_directory.h"

#include <fcntl.h>
#include <sys/stat.h>

#define WORLD_FILES 12
#define WORLD_SELF  "813286"

struct world_file {
    const char *name;
    const char *text; /* NULL: left out */
    size_t size;      /* 0: up to its zero */
};

static const char world_manifest[] =
    "window.__THAR_CONFIG = {\"userInfo\":{\"accountId\":\"813286\",\"userName\":\"obama\"},\n"
    "\"archiveInfo\":{\"generationDate\":\"2023-03-01T12:00:00.000Z\",\"isPartialArchive\":false},"
    "\"dataTypes\":{\n"
    "\"account\":{\"files\":[{\"fileName\":\"data/account.js\",\"count\":\"1\"}]},\n"
    "\"following\":{\"files\":[{\"fileName\":\"data/following.js\",\"count\":\"3\"}]},\n"
    "\"follower\":{\"files\":[{\"fileName\":\"data/follower.js\",\"count\":\"2\"}]},\n"
    "\"block\":{\"files\":[{\"fileName\":\"data/block.js\",\"count\":\"1\"}]},\n"
    "\"mute\":{\"files\":[{\"fileName\":\"data/mute.js\",\"count\":\"1\"}]},\n"
    "\"like\":{\"files\":[{\"fileName\":\"data/like.js\",\"count\":\"7\"}]},\n"
    "\"tweets\":{\"mediaDirectory\":\"data/tweets_media\",\"files\":[{\"fileName\":"
    "\"data/tweets.js\",\"globalName\":\"YTD.tweets.part0\",\"count\":\"4\"},{\"fileName\":"
    "\"data/tweets-part1.js\",\"count\":1}]},\n"
    "\"directMessageHeaders\":{\"files\":[{\"fileName\":\"data/direct-message-headers.js\","
    "\"count\":\"2\"}]},\n"
    "\"directMessageGroupHeaders\":{\"files\":[{\"fileName\":"
    "\"data/direct-message-group-headers.js\",\"count\":\"1\"}]}}}";

#define WORLD_POST(rest) "{\"tweet\":{\"created_at\":\"Sat Feb 18 12:33:11 +0000 2023\"" rest "}}"
#define WORLD_MENTION(id)                                                                          \
    "{\"name\":\"n\",\"screen_name\":\"u" id "\",\"id_str\":\"" id "\",\"id\":\"" id "\"}"

#define WORLD_ANSWER                                                                               \
    WORLD_POST(",\"in_reply_to_user_id_str\":\"1\",\"entities\":{\"user_mentions\":[" WORLD_ALL    \
               "]},\"full_text\":\"hello\"")
#define WORLD_ALL                                                                                  \
    WORLD_MENTION("1") "," WORLD_MENTION("3") "," WORLD_MENTION("813286") "," WORLD_MENTION("-1")
#define WORLD_OF_TWO "\"entities\":{\"user_mentions\":[" WORLD_MENTION("2") "]}"
#define WORLD_POSTS                                                                                \
    WORLD_ANSWER                                                                                   \
    ",\n" WORLD_POST("," WORLD_OF_TWO ",\"full_text\":\"RT @two: hi\"") ",\n" WORLD_POST(          \
        ",\"retweeted_status\":{\"id_str\":\"5\"}," WORLD_OF_TWO) ",\n" WORLD_POST(",\"in_"        \
                                                                                   "reply_to_"     \
                                                                                   "user_id_"      \
                                                                                   "str\":"        \
                                                                                   "null")

/* 1 is answered and mentioned in one post, and written to; 2 is in retweets only; 3 is mentioned
 * and wrote in a group; 4 is no followee and wrote. 2 and 9 follow. */
static const struct world_file world_files[] = {
    {"data/manifest.js", world_manifest, 0},
    {"data/account.js",
     "window.YTD.account.part0 = "
     "[{\"account\":{\"username\":\"obama\",\"accountId\":\"813286\"}}]",
     0},
    {"data/following.js",
     "window.YTD.following.part0 = [ "
     "{\"following\":{\"accountId\":\"1\",\"userLink\":\"u\"}},"
     "{\"following\":{\"accountId\":\"2\"}},\n{\"following\":{\"accountId\":\"3\"}} ]",
     0},
    {"data/follower.js",
     "window.YTD.follower.part0 = [{\"follower\":{\"accountId\":\"2\"}},\n"
     "{\"follower\":{\"accountId\":\"9\"}}]",
     0},
    {"data/block.js", "window.YTD.block.part0 = [{\"blocking\":{\"accountId\":\"3\"}}]", 0},
    {"data/mute.js", "window.YTD.mute.part0 = [{\"muting\":{\"accountId\":\"77\"}}]", 0},
    {"data/tweets.js", "window.YTD.tweets.part0 = [" WORLD_POSTS "]", 0},
    {"data/tweets-part1.js",
     "window.YTD.tweets.part1 = [{\"tweet\":{\"created_at\":\"Sun Mar 01 00:00:00 +0000 "
     "2020\",\"in_reply_to_user_id_str\":\"1\"}}]",
     0},
    {"data/direct-message-headers.js",
     "window.YTD.direct_message_headers.part0 = [{\"dmConversation\":{\"conversationId\":"
     "\"1-813286\",\"messages\":[{\"messageCreate\":{\"id\":\"1\",\"senderId\":\"813286\","
     "\"recipientId\":\"1\",\"createdAt\":\"2024-01-02T00:00:00.000Z\"}},{"
     "\"messageCreate\":{"
     "\"senderId\":\"813286\",\"createdAt\":\"2022-01-02T00:00:00.000Z\"}}]}},\n"
     "{\"dmConversation\":{\"conversationId\":\"4-813286\",\"messages\":[{"
     "\"messageCreate\":{"
     "\"senderId\":\"4\",\"recipientId\":\"813286\",\"createdAt\":\"2021-01-01T00:00:00."
     "000Z\"}}]}}]",
     0},
    {"data/direct-message-group-headers.js",
     "window.YTD.direct_message_group_headers.part0 = "
     "[{\"dmConversation\":{\"conversationId\":"
     "\"55\",\"messages\":[{\"joinConversation\":{\"initiatingUserId\":\"2\"}},{"
     "\"messageCreate\":{"
     "\"senderId\":\"3\",\"createdAt\":\"2021-01-01T00:00:00.000Z\"}},{\"messageCreate\":{"
     "\"senderId\":\"813286\",\"createdAt\":\"2021-01-01T00:00:00.000Z\"}}]}}]",
     0},
};
#define WORLD_COUNT (sizeof world_files / sizeof world_files[0])

#define WORLD_THREE "posts=1/0/0@1676723591000/0 messages=0/1/1@0/1609459200000\n"
#define WORLD_TOLD                                                                                 \
    "follower id=9 follows_me=yes\n"                                                               \
    "followee id=1 handle=u1 name=n follows_me=no follow_rank=1 "                                  \
    "posts=2/0/0@1676723591000/0 messages=2/0/2@1704153600000/0\n"                                 \
    "followee id=2 handle=u2 name=n follows_me=yes follow_rank=2 "                                 \
    "posts=2/0/0@1676723591000/0\n"                                                                \
    "followee id=3 handle=u3 name=n follows_me=no follow_rank=3 blocked=yes " WORLD_THREE          \
    "other id=4 messages=0/1/1@0/1609459200000\n"

struct world {
    char folder[PATH_MAX];
    char path[PATH_MAX + 32]; /* of the archive */
    struct world_file files[WORLD_FILES];
    size_t count;
    struct x_archive_options options;
    struct x_archive *archive;
    struct collect c;
};

static inline void world_start(struct world *w) {
    memset(w, 0, sizeof *w);
    temp_directory_make(w->folder);
    memcpy(w->files, world_files, sizeof world_files);
    w->count = WORLD_COUNT;
    w->options.limits = PACK_LIMITS;
}

/* That file is `text` now, NULL: there is none. */
static inline void world_put_bytes(struct world *w, const char *name, const char *text,
                                   size_t size) {
    for (size_t i = 0; i < w->count; i++)
        if (strcmp(w->files[i].name, name) == 0) {
            w->files[i] = (struct world_file){name, text, size};
            return;
        }
    assert_true(w->count < WORLD_FILES);
    w->files[w->count++] = (struct world_file){name, text, size};
}
static inline void world_put(struct world *w, const char *name, const char *text) {
    world_put_bytes(w, name, text, 0);
}

static inline size_t world_size(const struct world_file *f) {
    return f->size > 0 ? f->size : strlen(f->text);
}

static inline void world_write(const char *path, const void *bytes, size_t size) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_true(write(fd, bytes, size) == (ssize_t)size);
    close(fd);
}

static inline void world_as_folder(struct world *w) {
    char path[PATH_MAX + 600];
    snprintf(w->path, sizeof w->path, "%s/unpacked", w->folder);
    assert_int_equal(mkdir(w->path, 0700), 0);
    snprintf(path, sizeof path, "%s/data", w->path);
    assert_int_equal(mkdir(path, 0700), 0);
    for (size_t i = 0; i < w->count; i++)
        if (w->files[i].text != NULL) {
            snprintf(path, sizeof path, "%s/%s", w->path, w->files[i].name);
            world_write(path, w->files[i].text, world_size(&w->files[i]));
        }
}

/* ---- a zip writer ---- */

static inline uint32_t world_crc(const char *at, size_t size) {
    uint32_t crc = ~0u;
    for (size_t i = 0; i < size; i++) {
        crc ^= (unsigned char)at[i];
        for (int k = 0; k < 8; k++)
            crc = crc >> 1 ^ (0xEDB88320u & (0u - (crc & 1u)));
    }
    return ~crc;
}

static inline void world_le(struct buffer *b, uint64_t value, int bytes) {
    for (int i = 0; i < bytes; i++, value >>= 8) {
        char byte = (char)(value & 0xFF);
        buffer_add(b, &byte, 1);
    }
}

/* What both kinds of an entry's header share, from the version on. */
static inline void world_zip_header(struct buffer *b, const struct world_file *f, unsigned flags) {
    size_t size = world_size(f);
    world_le(b, 20, 2);
    world_le(b, flags, 2);
    world_le(b, 0, 2); /* stored */
    world_le(b, 0x566147a0, 4);
    world_le(b, world_crc(f->text, size), 4);
    world_le(b, size, 4);
    world_le(b, size, 4);
    world_le(b, strlen(f->name), 2);
    world_le(b, 0, 2);
}

static inline void world_zip(const struct world *w, unsigned flags, struct buffer *b) {
    struct buffer directory;
    uint64_t entries = 0;
    buffer_init(b, 64u << 20);
    buffer_init(&directory, 1u << 20);
    for (size_t i = 0; i < w->count; i++) {
        const struct world_file *f = &w->files[i];
        if (f->text == NULL)
            continue;
        size_t at = b->size;
        buffer_add(b, "PK\x03\x04", 4);
        world_zip_header(b, f, flags);
        buffer_add_text(b, f->name);
        buffer_add(b, f->text, world_size(f));
        buffer_add(&directory, "PK\x01\x02", 4);
        world_le(&directory, 0x314, 2);
        world_zip_header(&directory, f, flags);
        world_le(&directory, 0, 6);
        world_le(&directory, UINT64_C(0100644) << 16, 4);
        world_le(&directory, at, 4);
        buffer_add_text(&directory, f->name);
        entries++;
    }
    size_t at = b->size;
    buffer_add(b, directory.at, directory.size);
    buffer_add(b, "PK\x05\x06", 4);
    world_le(b, 0, 4);
    world_le(b, entries, 2);
    world_le(b, entries, 2);
    world_le(b, directory.size, 4);
    world_le(b, at, 4);
    world_le(b, 0, 2);
    buffer_free(&directory);
    assert_false(b->failed);
}

static inline void world_as_zip(struct world *w) {
    struct buffer zip;
    snprintf(w->path, sizeof w->path, "%s/twitter.zip", w->folder);
    world_zip(w, 0, &zip);
    world_write(w->path, zip.at, zip.size);
    buffer_free(&zip);
}

/* ---- reading ---- */

static inline void world_read(struct world *w) {
    struct collect *c = &w->c;
    x_archive_close(w->archive);
    w->archive = NULL;
    collect_end(c);
    collect_start(c);
    struct roster_sink sink = {
        .context = c, .followee = collect_followee, .skipped = collect_skipped};
    c->result = x_archive_open(w->path, &w->options, &w->archive, &c->err);
    if (c->result == 0)
        c->result = x_archive_read(w->archive, &sink, &c->counts, &c->err);
}

static inline void world_end(struct world *w) {
    x_archive_close(w->archive);
    collect_end(&w->c);
    temp_directory_remove(w->folder);
}

static inline void assert_world_refused(struct world *w, const char *words) {
    world_read(w);
    assert_int_equal(w->c.result, -1);
    assert_int_equal(w->c.err.code, WINNOW_BAD_INPUT);
    if (strstr(w->c.err.text, words) == NULL)
        fail_msg("\"%s\" is not in: %s", words, w->c.err.text);
}

#endif
