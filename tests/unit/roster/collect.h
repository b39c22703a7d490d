/* For the tests of the roster readers: give bytes as a file or a pipe, get as text what the sink
 * was told, one line a record:
 *     followee id=12 handle=alice followers=10 follows_me=yes
 *     3: The line holds a NUL byte. */
#ifndef ROSTER_COLLECT_H
#define ROSTER_COLLECT_H

#include "cmocka_all.h"

#include "core/base/buffer.h"
#include "formats/lists/reader.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct collect {
    struct buffer told;
    struct roster_counts counts;
    struct winnow_error err;
    uint64_t stop_at; /* the sink stops at this followee; 0: never */
    uint64_t followees, progress;
    int result;
};

static void collect_fact(struct buffer *b, const struct facts *f, enum fact_id id) {
    buffer_addf(b, " %s=", fact_names[id]);
    switch (fact_types[id]) {
    case FACT_TEXT:
        for (uint32_t i = 0; i < facts_text(f, id).size; i++)
            buffer_add(b, facts_text(f, id).at[i] == '\n' ? "|" : facts_text(f, id).at + i, 1);
        break;
    case FACT_FLAG:
        buffer_add_text(b, facts_flag(f, id) == TRI_YES ? "yes" : "no");
        break;
    case FACT_NUMBER:
    case FACT_TIME:
        buffer_addf(b, "%" PRId64, f->value[id]);
        break;
    }
}

/* posts=TALKED/HEARD/MESSAGES@LAST_TALKED/LAST_HEARD */
static void collect_tie(struct buffer *b, const struct tie *t) {
    buffer_addf(b, " %s=%" PRIu32 "/%" PRIu32 "/%" PRIu32 "@%" PRId64 "/%" PRId64,
                dataset_names[t->dataset], t->talked, t->heard, t->messages, t->last_talked_ms,
                t->last_heard_ms);
}

static int collect_followee(void *context, enum roster_relation relation, const struct facts *facts,
                            struct winnow_error *err) {
    struct collect *c = context;
    static const char *const names[] = {"followee", "follower", "other"};
    buffer_add_text(&c->told, names[relation]);
    for (int id = 0; id < FACT_COUNT; id++)
        if (facts_known(facts, (enum fact_id)id))
            collect_fact(&c->told, facts, (enum fact_id)id);
    for (uint8_t i = 0; i < facts->tie_count; i++)
        collect_tie(&c->told, &facts->ties[i]);
    buffer_add_text(&c->told, "\n");
    if (++c->followees == c->stop_at)
        return winnow_fail(err, WINNOW_STORAGE, "The sink is full.");
    return 0;
}

static void collect_skipped(void *context, uint64_t line, const char *why) {
    struct collect *c = context;
    buffer_addf(&c->told, "%" PRIu64 ": %s\n", line, why);
}

static void collect_progress(void *context, uint64_t bytes) {
    struct collect *c = context;
    assert_true(bytes > c->progress);
    c->progress = bytes;
}

static inline void collect_start(struct collect *c) {
    memset(c, 0, sizeof *c);
    buffer_init(&c->told, 64u << 20);
}

static inline void collect_fd(struct collect *c, int fd, enum roster_format format) {
    struct roster_sink sink = {
        .context = c,
        .followee = collect_followee,
        .skipped = collect_skipped,
        .progress = collect_progress,
    };
    struct roster_options options = {.format = format, .name = "following.csv"};
    c->result = roster_read(fd, &options, &sink, &c->counts, &c->err);
    assert_false(c->told.failed);
    assert_int_equal(c->counts.lines,
                     c->counts.skipped + c->counts.followees + c->counts.followers);
}

static inline int collect_file(const void *bytes, size_t size) {
    int fd = memfd_create("roster", MFD_CLOEXEC);
    assert_true(fd >= 0);
    for (size_t done = 0; done < size;) {
        ssize_t put = write(fd, (const char *)bytes + done, size - done);
        assert_true(put > 0);
        done += (size_t)put;
    }
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

static inline void collect_bytes(struct collect *c, enum roster_format format, const void *bytes,
                                 size_t size) {
    collect_start(c);
    int fd = collect_file(bytes, size);
    collect_fd(c, fd, format);
    close(fd);
}

static inline void collect_text(struct collect *c, enum roster_format format, const char *text) {
    collect_bytes(c, format, text, strlen(text));
}

static inline void collect_end(struct collect *c) {
    buffer_free(&c->told);
}

/* The input gives just these lines and no error. */
static inline void assert_told(enum roster_format format, const char *text, const char *told) {
    struct collect c;
    collect_text(&c, format, text);
    assert_string_equal(buffer_text(&c.told), told);
    assert_string_equal(c.err.text, "");
    assert_int_equal(c.result, 0);
    collect_end(&c);
}

/* The input ends the reading with this error. */
static inline void assert_refused(enum roster_format format, const char *text, const char *error) {
    struct collect c;
    collect_text(&c, format, text);
    assert_string_equal(c.err.text, error);
    assert_int_equal(c.result, -1);
    assert_int_equal(c.err.code, WINNOW_BAD_INPUT);
    collect_end(&c);
}

/* The same bytes through a pipe, `piece` bytes a write. */
static inline void collect_pipe(struct collect *c, enum roster_format format, const char *text,
                                size_t piece) {
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(ends[0]);
        for (size_t at = 0, size = strlen(text); at < size; at += piece)
            if (write(ends[1], text + at, size - at < piece ? size - at : piece) < 0)
                _exit(1);
        _exit(0);
    }
    close(ends[1]);
    collect_start(c);
    collect_fd(c, ends[0], format);
    close(ends[0]);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

/* Bytes that follow from the seed alone. */
static inline uint64_t collect_random(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

#endif
