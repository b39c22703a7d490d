/* The input of every roster reader: a file descriptor or an entry of an archive, read in big
 * pieces, handed out as lines (JSONL, CSV) or as what lies in the buffer (json_pull.h). Bounded:
 * one buffer, whatever the input is. */
#ifndef FORMATS_BASE_LINES_H
#define FORMATS_BASE_LINES_H

#include "formats/base/roster_sink.h"

#include <stdbool.h>

/* Room for the longest line, and for many lines a system call. */
#define LINES_BUFFER_SIZE 1048576u

/* So many bytes behind a line may be read, whatever they hold: readers go in words. */
#define LINES_AFTER 8

/* Where the bytes come from: up to `size` of them to `to`, *got 0 at the end. -1 with `err` filled
 * when they cannot be read. */
struct lines_source {
    void *context;
    int (*read)(void *context, char *to, size_t size, size_t *got, struct winnow_error *err);
};

struct lines {
    struct lines_source source;
    int fd;                         /* of lines_open */
    const struct roster_sink *sink; /* for its progress; not owned */
    char *buffer;                   /* LINES_BUFFER_SIZE bytes and LINES_AFTER, owned */
    size_t at, end;                 /* what has not been handed out yet */
    size_t searched;                /* up to here there is no newline */
    char newline;                   /* what ends its lines, by the first one; 0: not known yet */
    uint64_t number;                /* of the line handed out last, 1-based */
    uint64_t bytes;                 /* read so far */
    bool at_eof;
};

/* One line without its newline: LF or CR LF; CR alone where the first line ends so, as those of old
 * Macs and of Excel's "CSV (Macintosh)" do. at[size] may be read and is white space,
 * LINES_AFTER bytes may be read. Lives until the next call. */
struct line {
    const char *at;
    size_t size;
    uint64_t number;
    const char *fault; /* NULL, or what is wrong with the bytes; `at` and `size` are then empty */
};

/* Reads the first bytes and steps over a byte order mark. */
int lines_open(struct lines *l, int fd, const struct roster_sink *sink, struct winnow_error *err);
int lines_open_source(struct lines *l, struct lines_source source, const struct roster_sink *sink,
                      struct winnow_error *err);
void lines_close(struct lines *l);

/* Look at the first line without taking it: *size bytes at *at, which end where the line does, or
 * at ROSTER_LINE_MAX. Only before anything else was taken. */
int lines_peek(struct lines *l, const char **at, size_t *size, struct winnow_error *err);

/* 1: *line is the next one. 0: the input has ended. -1: it cannot be read. */
int lines_next(struct lines *l, struct line *line, struct winnow_error *err);

/* For a reader that goes its own way through the buffer, from `at` to `end`: move what is there to
 * the front and read once more behind it. Nothing came when `at_eof` is set then. lines_next cannot
 * be used on the same input. */
int lines_more(struct lines *l, struct winnow_error *err);

#endif
