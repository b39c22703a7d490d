/* The control socket of a running worker: another winnow process tells it in one word that the
 * store has something new to read ("poke"). The word carries no authority and no data; what the
 * user wants stands in the store. */
#ifndef IO_CONTROL_H
#define IO_CONTROL_H

#include <stdbool.h>
#include <uv.h>
#include <winnow/error.h>

#define CONTROL_WORD_MAX 64

struct control;

/* Listen on a unix socket of mode 0600; one left by a dead worker is replaced. */
int control_open(struct control **out, uv_loop_t *loop, const char *path,
                 void (*said)(void *context, const char *word), void *context,
                 struct winnow_error *err);
/* Removes the socket; the memory goes when the loop has run the close callbacks. */
void control_close(struct control *c);

/* Say a word to the worker, waiting at most a second. `*heard` false: nobody listens. */
int control_send(const char *path, const char *word, bool *heard, struct winnow_error *err);

#endif
