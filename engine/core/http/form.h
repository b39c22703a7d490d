/* application/x-www-form-urlencoded: "key=value&key=value", in queries and in bodies. */
#ifndef CORE_HTTP_FORM_H
#define CORE_HTTP_FORM_H

#include "core/base/buffer.h"
#include "core/base/text.h"

/* Append a pair, with '&' before it when `out` does not end at its start, at '?' or at '&'. */
void form_add(struct buffer *out, const char *key, const char *value);

/* The first value of `key`, decoded and ended by a zero. False when there is none, when it does not
 * fit, and when it is not well-formed: half an escape, a control character. */
bool form_value(struct text form, const char *key, char *out, size_t room);

#endif
