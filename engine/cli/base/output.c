/* Standard output that notices when data does not arrive, and text made safe for a terminal.
 *
 * Happy path: output_open, any number of out_*, output_close.
 * Failure: the first write error is kept in `error`; later writes fail at once, and output_close
 * reports it. A reader that has gone (EPIPE) wanted no more and is no failure. */
#include "cli/base/output.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <unistr.h>
#include <uniwidth.h>

enum { LINE_MAX_BYTES = 4096 };

static ssize_t stdout_write(void *cookie, const char *at, size_t size) {
    struct output *out = cookie;
    size_t done = 0;
    while (done < size && out->error == 0) {
        ssize_t wrote = write(STDOUT_FILENO, at + done, size - done);
        if (wrote >= 0)
            done += (size_t)wrote;
        else if (errno != EINTR)
            out->error = errno;
    }
    return out->error == 0 ? (ssize_t)size : 0;
}

bool terminal_can_draw(int fd) {
    const char *term = getenv("TERM");
    return isatty(fd) == 1 && term != NULL && *term != '\0' && strcmp(term, "dumb") != 0;
}

int output_open(struct output *out) {
    cookie_io_functions_t calls = {.write = stdout_write};
    const char *no_color = getenv("NO_COLOR");
    *out = (struct output){.terminal = terminal_can_draw(STDOUT_FILENO)};
    out->color = out->terminal && (no_color == NULL || *no_color == '\0');
    out->file = fopencookie(out, "w", calls);
    if (out->file == NULL) {
        fputs("winnow: out of memory; close other programs and try again\n", stderr);
        return -1;
    }
    return 0;
}

int output_close(struct output *out, int code) {
    fclose(out->file);
    out->file = NULL;
    if (out->error == 0 || out->error == EPIPE)
        return code;
    fprintf(stderr,
            "winnow: standard output could not be written: %s; what was done stands, "
            "send the output elsewhere and ask again\n",
            strerror(out->error));
    return code == 0 ? 1 : code;
}

/* Would this character move the cursor, hide text, change the order in which it is shown, or be
 * seen by nobody (soft hyphen, zero-width space, byte order mark, tags)? U+200C and U+200D are
 * needed by scripts and emoji. */
static bool is_unsafe(ucs4_t c) {
    static const struct {
        ucs4_t first, last;
    } unsafe[] = {{0x00, 0x1f},     {0x7f, 0x9f},     {0xad, 0xad},      {0x61c, 0x61c},
                  {0x200b, 0x200b}, {0x200e, 0x200f}, {0x2028, 0x202e},  {0x2060, 0x2064},
                  {0x2066, 0x2069}, {0xfeff, 0xfeff}, {0xe0000, 0xe007f}};
    for (size_t i = 0; i < sizeof unsafe / sizeof unsafe[0]; i++)
        if (c >= unsafe[i].first && c <= unsafe[i].last)
            return true;
    return false;
}

/* The bytes at `at` that are one thing to show; `safe` tells whether as they are. */
static size_t step(const uint8_t *at, size_t left, bool *safe) {
    ucs4_t c;
    int size = u8_mbtoucr(&c, at, left);
    if (size <= 0) {
        *safe = false;
        return 1;
    }
    *safe = !is_unsafe(c);
    return (size_t)size;
}

static void piece_write(FILE *file, const uint8_t *at, size_t size, bool safe) {
    if (safe) {
        fwrite(at, 1, size, file);
        return;
    }
    for (size_t i = 0; i < size; i++)
        fprintf(file, "\\x%02x", at[i]);
}

void escaped_write(FILE *file, const char *text) {
    const uint8_t *at = (const uint8_t *)text;
    size_t left = strlen(text);
    while (left > 0) {
        bool safe;
        size_t size = step(at, left, &safe);
        piece_write(file, at, size, safe);
        at += size;
        left -= size;
    }
}

static int piece_width(const uint8_t *at, size_t size, bool safe) {
    return safe ? u8_width(at, size, "UTF-8") : (int)size * 4;
}

static int text_width(const char *text) {
    const uint8_t *at = (const uint8_t *)text;
    size_t left = strlen(text);
    int width = 0;
    while (left > 0) {
        bool safe;
        size_t size = step(at, left, &safe);
        width += piece_width(at, size, safe);
        at += size;
        left -= size;
    }
    return width;
}

void out_cell(struct output *out, const char *text, int width) {
    const uint8_t *at = (const uint8_t *)text;
    size_t left = strlen(text);
    bool whole = text_width(text) <= width;
    int room = whole ? width : width - 1;
    while (left > 0) {
        bool safe;
        size_t size = step(at, left, &safe);
        int wide = piece_width(at, size, safe);
        if (wide > room)
            break;
        piece_write(out->file, at, size, safe);
        room -= wide;
        at += size;
        left -= size;
    }
    if (!whole)
        fputs("…", out->file);
    fprintf(out->file, "%*s", room, "");
}

__attribute__((format(printf, 2, 0))) static void escaped_print(struct output *out,
                                                                const char *format, va_list args) {
    char line[LINE_MAX_BYTES];
    vsnprintf(line, sizeof line, format, args);
    escaped_write(out->file, line);
}

void out_text(struct output *out, const char *format, ...) {
    va_list args;
    va_start(args, format);
    escaped_print(out, format, args);
    va_end(args);
}

void out_line(struct output *out, const char *format, ...) {
    va_list args;
    va_start(args, format);
    escaped_print(out, format, args);
    va_end(args);
    fputc('\n', out->file);
}

void out_title(struct output *out, const char *format, ...) {
    va_list args;
    if (out->color)
        fputs("\033[1m", out->file);
    va_start(args, format);
    escaped_print(out, format, args);
    va_end(args);
    fputs(out->color ? "\033[0m\n" : "\n", out->file);
}
