/* Lines of a file descriptor: see lines.h.
 *
 * Happy path: the buffer is filled by one read, lines are cut out of it where they lie; the rest
 * that has no newline yet moves to the front before the next read.
 * Failures: a line over ROSTER_LINE_MAX is dropped to its newline and told as a fault of that one
 * line, as are NUL bytes and bytes that are not UTF-8. Only a read that fails ends the input. */
#include "formats/base/lines.h"

#include "core/base/utf8.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

_Static_assert(LINES_BUFFER_SIZE > 2 * ROSTER_LINE_MAX, "a longest line and more fit the buffer");

static int wait_readable(int fd) {
    struct pollfd p = {.fd = fd, .events = POLLIN};
    int ready = poll(&p, 1, -1);
    return ready < 0 && errno != EINTR ? -1 : 0;
}

/* read(2) that sits out interruptions, and descriptors that somebody made non-blocking. */
static ssize_t read_some(int fd, char *to, size_t size) {
    for (;;) {
        ssize_t got = read(fd, to, size);
        if (got >= 0)
            return got;
        if ((errno == EAGAIN || errno == EWOULDBLOCK) && wait_readable(fd) == 0)
            continue;
        if (errno != EINTR)
            return -1;
    }
}

static int read_fd(void *context, char *to, size_t size, size_t *got, struct winnow_error *err) {
    const struct lines *l = context;
    ssize_t some = read_some(l->fd, to, size);
    if (some < 0 && errno == EISDIR)
        return winnow_fail(err, WINNOW_BAD_INPUT, "This is a directory; name the file in it.");
    if (some < 0)
        return winnow_fail(err, WINNOW_STORAGE, "The input cannot be read: %s.", strerror(errno));
    *got = (size_t)some;
    return 0;
}

int lines_more(struct lines *l, struct winnow_error *err) {
    if (l->at > 0) {
        memmove(l->buffer, l->buffer + l->at, l->end - l->at);
        l->end -= l->at;
        l->searched = l->searched > l->at ? l->searched - l->at : 0;
        l->at = 0;
    }
    size_t got = 0;
    if (l->source.read(l->source.context, l->buffer + l->end, LINES_BUFFER_SIZE - l->end, &got,
                       err) != 0)
        return -1;
    l->at_eof = got == 0;
    l->end += got;
    l->bytes += got;
    if (l->sink->progress != NULL && got > 0)
        l->sink->progress(l->sink->context, l->bytes);
    return 0;
}

int lines_open(struct lines *l, int fd, const struct roster_sink *sink, struct winnow_error *err) {
    l->fd = fd;
    return lines_open_source(l, (struct lines_source){l, read_fd}, sink, err);
}

int lines_open_source(struct lines *l, struct lines_source source, const struct roster_sink *sink,
                      struct winnow_error *err) {
    *l = (struct lines){.source = source,
                        .fd = l->fd,
                        .sink = sink,
                        .buffer = calloc(1, LINES_BUFFER_SIZE + LINES_AFTER)};
    if (l->buffer == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "There is no memory for reading a roster.");
    while (l->end < 3 && !l->at_eof)
        if (lines_more(l, err) != 0)
            return -1;
    if (l->end >= 3 && memcmp(l->buffer, "\xEF\xBB\xBF", 3) == 0)
        l->at = l->searched = 3;
    return 0;
}

void lines_close(struct lines *l) {
    free(l->buffer);
    l->buffer = NULL;
}

/* So much is looked at before a CR alone is taken for the end of a line. */
#define LEARN_FROM 65536u

/* Lines end in CR alone where such are more than LFs: a stray one in a line, or a LF in a cell of a
 * spreadsheet, says nothing. */
static char more_of(const char *at, size_t size) {
    size_t crs = 0;
    size_t lfs = 0;
    for (size_t i = 0; i < size; i++) {
        lfs += at[i] == '\n';
        crs += at[i] == '\r' && (i + 1 == size || at[i + 1] != '\n');
    }
    return crs > lfs ? '\r' : '\n';
}

/* What ends the lines, which nearly always the first one tells; false: it cannot be told yet. */
static bool learn_newline(struct lines *l) {
    const char *at = l->buffer + l->at;
    size_t size = l->end - l->at;
    const char *lf = memchr(at, '\n', size);
    const char *cr = memchr(at, '\r', lf != NULL ? (size_t)(lf - at) : size);
    if (cr == NULL && lf == NULL)
        l->searched = l->end;
    else if (cr == NULL || cr + 1 == lf)
        l->newline = '\n';
    else if (l->at_eof || size >= LEARN_FROM)
        l->newline = more_of(at, size < LEARN_FROM ? size : LEARN_FROM);
    return l->newline != 0;
}

/* The next newline at or after `at` in the buffer, or NULL. */
static char *find_newline(struct lines *l) {
    if (l->newline == 0 && !learn_newline(l))
        return NULL;
    size_t from = l->searched > l->at ? l->searched : l->at;
    char *newline = memchr(l->buffer + from, l->newline, l->end - from);
    l->searched = newline == NULL ? l->end : (size_t)(newline - l->buffer);
    return newline;
}

int lines_peek(struct lines *l, const char **at, size_t *size, struct winnow_error *err) {
    char *newline = NULL;
    while ((newline = find_newline(l)) == NULL && !l->at_eof && l->end - l->at < ROSTER_LINE_MAX)
        if (lines_more(l, err) != 0)
            return -1;
    *at = l->buffer + l->at;
    *size = newline != NULL ? (size_t)(newline - *at) : l->end - l->at;
    if (*size > ROSTER_LINE_MAX)
        *size = ROSTER_LINE_MAX;
    return 0;
}

static void line_check(struct line *line) {
    if (line->size <= ROSTER_LINE_MAX && utf8_is_ascii(line->at, line->size))
        return;
    if (line->size > ROSTER_LINE_MAX)
        line->fault = "The line is longer than 262144 bytes.";
    else if (memchr(line->at, '\0', line->size) != NULL)
        line->fault = "The line holds a NUL byte.";
    else if (!utf8_valid(line->at, line->size))
        line->fault = "The line is not valid UTF-8.";
    if (line->fault != NULL)
        line->size = 0;
}

_Static_assert(ROSTER_LINE_MAX == 262144, "the number stands in the message above");

/* Cut the line that ends at buffer[stop] out of the buffer; `stop` may be the end of input. */
static void line_take(struct lines *l, size_t stop, struct line *line) {
    *line = (struct line){.at = l->buffer + l->at, .size = stop - l->at, .number = ++l->number};
    if (stop == l->end)
        l->buffer[stop] = '\n';
    l->at = stop < l->end ? stop + 1 : stop;
    l->searched = l->at;
    if (line->size > 0 && line->at[line->size - 1] == '\r')
        line->size--;
    line_check(line);
}

/* Drop all up to the next newline, that one included, or up to the end of the input. */
static int line_drop(struct lines *l, struct line *line, struct winnow_error *err) {
    char *newline = NULL;
    while ((newline = find_newline(l)) == NULL && !l->at_eof) {
        l->at = l->end;
        if (lines_more(l, err) != 0)
            return -1;
    }
    l->at = newline != NULL ? (size_t)(newline - l->buffer) + 1 : l->end;
    l->searched = l->at;
    *line =
        (struct line){.at = l->buffer + l->at, .size = ROSTER_LINE_MAX + 1, .number = ++l->number};
    line_check(line);
    return 1;
}

int lines_next(struct lines *l, struct line *line, struct winnow_error *err) {
    for (;;) {
        char *newline = find_newline(l);
        if (newline != NULL) {
            line_take(l, (size_t)(newline - l->buffer), line);
            return 1;
        }
        if (l->end - l->at > ROSTER_LINE_MAX + 1)
            return line_drop(l, line, err);
        if (l->at_eof) {
            if (l->at == l->end)
                return 0;
            line_take(l, l->end, line);
            return 1;
        }
        if (lines_more(l, err) != 0)
            return -1;
    }
}
