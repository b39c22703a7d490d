/* A JSON value as text, whole or not at all. */
#ifndef WORK_CAMPAIGN_JSON_TEXT_H
#define WORK_CAMPAIGN_JSON_TEXT_H

#include <jansson.h>
#include <stddef.h>

/* Compact, ended by a zero; the caller frees it. NULL: out of memory, or `root` is NULL.
 * (json_dumps leaves a key out when its buffer cannot grow, and says nothing.) */
char *json_text_make(const json_t *root, size_t *size);

#endif
