/* Data on standard output, safe to show. Foreign text (handles, names, rules, error bodies) may
 * hold anything; whatever goes through out_line and out_cell is escaped. */
#ifndef CLI_BASE_OUTPUT_H
#define CLI_BASE_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

struct output {
    FILE *file;    /* standard output; writing to it notes errors here */
    int error;     /* errno of the first write that failed, 0: none */
    bool terminal; /* it is one, and can move its cursor */
    bool color;    /* and the user has not said NO_COLOR */
};

int output_open(struct output *out);
/* Flush; returns `code`, or 1 when it was 0 and data did not arrive. */
int output_close(struct output *out, int code);

/* Write `text` to `file`: control characters, bidirectional overrides, line separators and bytes
 * that are no UTF-8 as \xNN. */
void escaped_write(FILE *file, const char *text);

/* A formatted piece, escaped. out_line ends the line. */
void out_text(struct output *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
void out_line(struct output *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* `text` in a column of `width` terminal cells: cut with … or filled with spaces. */
void out_cell(struct output *out, const char *text, int width);
/* A line in bold where colour is allowed. */
void out_title(struct output *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Is `file` a terminal that can move its cursor (TERM is set and not "dumb")? */
bool terminal_can_draw(int fd);

#endif
