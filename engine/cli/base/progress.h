/* One progress line on standard error: only on a terminal that can draw. */
#ifndef CLI_BASE_PROGRESS_H
#define CLI_BASE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    bool on;    /* standard error is such a terminal */
    bool shown; /* a line stands there now */
    int64_t started_ms;
    uint64_t started_at; /* what was done then */
    char what[64];       /* a copy: the caller's text may be gone by the next call */
};

void progress_init(struct progress *p);
/* "importing  120,000 of 702,586  17 %, 12 s left"; total 0: not known. */
void progress_show(struct progress *p, const char *what, uint64_t done, uint64_t total,
                   int64_t now_ms);
/* The line as given, escaped and cut to the terminal's width. */
void progress_line(struct progress *p, const char *line);
void progress_clear(struct progress *p);

#endif
