/* Draws the progress line by going to the line's start and erasing it, so that it needs no colour
 * and leaves nothing behind.
 *
 * Happy path: progress_init, progress_show up to ten times a second, progress_clear before any
 * other text. Off a terminal, and with TERM=dumb, all of them do nothing. */
#include "cli/base/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/base/format.h"
#include "cli/base/output.h"

enum { WIDTH_DEFAULT = 80, WIDTH_MAX = 400 };

void progress_init(struct progress *p) {
    *p = (struct progress){.on = terminal_can_draw(STDERR_FILENO)};
}

static int terminal_width(void) {
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return WIDTH_DEFAULT;
    return size.ws_col < WIDTH_MAX ? size.ws_col : WIDTH_MAX;
}

void progress_line(struct progress *p, const char *line) {
    if (!p->on)
        return;
    /* one write, so that the line does not flicker */
    char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);
    if (memory == NULL)
        return;
    struct output cut = {.file = memory};
    fputs("\r", memory);
    out_cell(&cut, line, terminal_width() - 1); /* the last column would wrap */
    fputs("\033[K\r", memory);
    fclose(memory);
    fwrite(text, 1, size, stderr);
    fflush(stderr);
    free(text);
    p->shown = true;
}

/* The time left by the pace since this work began; -1 while that says little. */
static int64_t left_ms(const struct progress *p, uint64_t done, uint64_t total, int64_t now_ms) {
    int64_t elapsed = now_ms - p->started_ms;
    if (elapsed < 2000 || done <= p->started_at || done >= total)
        return -1;
    double pace = (double)(done - p->started_at) / (double)elapsed;
    /* whole seconds: less would flicker */
    return (int64_t)((double)(total - done) / pace / 1000 + 1) * 1000;
}

void progress_show(struct progress *p, const char *what, uint64_t done, uint64_t total,
                   int64_t now_ms) {
    if (!p->on)
        return;
    if (strncmp(p->what, what, sizeof p->what - 1) != 0) {
        snprintf(p->what, sizeof p->what, "%s", what);
        p->started_ms = now_ms;
        p->started_at = done;
    }
    char line[WIDTH_MAX];
    if (total == 0) {
        snprintf(line, sizeof line, "%s  %s", what, format_count(done).text);
    } else {
        int64_t left = left_ms(p, done, total, now_ms);
        snprintf(line, sizeof line, "%s  %s of %s  %s%s%s", what, format_count(done).text,
                 format_count(total).text, format_share((double)done / (double)total).text,
                 left < 0 ? "" : ", left: ", left < 0 ? "" : format_duration(left).text);
    }
    progress_line(p, line);
}

void progress_clear(struct progress *p) {
    if (!p->shown)
        return;
    fputs("\r\033[K", stderr);
    fflush(stderr);
    p->shown = false;
}
