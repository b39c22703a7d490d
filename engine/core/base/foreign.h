/* Text from the network: cut, escape, check. Everything here takes any bytes. */
#ifndef CORE_BASE_FOREIGN_H
#define CORE_BASE_FOREIGN_H

#include "core/base/text.h"

#include <stdbool.h>
#include <stddef.h>

/* How many bytes of a foreign text a reason shows. */
#define FOREIGN_SHOWN_MAX 120

/* The size of the well-formed UTF-8 character at `at` (RFC 3629: no surrogates, no overlong
 * forms, nothing over U+10FFFF), or 0. */
size_t foreign_char(const char *at, size_t size);

/* The first at most `max` bytes, ended at a character. */
struct text foreign_cut(struct text t, size_t max);

/* A copy ended by a zero; what does not fit is cut at a word, and "…" says so. */
void foreign_fit(struct text t, char *out, size_t room);

/* Write `t` to `out` for a terminal: controls, bidirectional overrides and invalid UTF-8 become
 * \xNN; what is over FOREIGN_SHOWN_MAX bytes or over the room is cut at a word. Returns the size.
 */
size_t foreign_show(struct text t, char *out, size_t room);

/* HTML to plain text: tags go, a line break or the end of a paragraph becomes '\n', the usual
 * entities become their characters. At most `room` bytes, cut at a character. */
size_t foreign_from_html(struct text html, char *out, size_t room);

/* ASCII case ignored. */
bool foreign_is(struct text t, const char *word);
bool foreign_has(struct text t, const char *part);
/* Is one of the words between any of the separators `word`? In any case. */
bool foreign_lists(struct text t, const char *separators, const char *word);
bool foreign_starts(struct text t, const char *start);

/* A copy ended by a zero, cut at a character when it does not fit. */
void foreign_copy(struct text t, char *out, size_t room);

#endif
