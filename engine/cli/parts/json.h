/* Pieces of the JSON twins, on jansson: each builds a new value, NULL where memory ran out, and
 * json_pack's "o" passes that NULL on, so that only json_emit has to look. */
#ifndef CLI_PARTS_JSON_H
#define CLI_PARTS_JSON_H

#include <stdint.h>

#include <jansson.h>

#include <winnow/winnow.h>

#include "cli/base/cli.h"

json_t *json_text(const char *text);         /* bytes that are no UTF-8 become U+FFFD */
json_t *json_text_or_null(const char *text); /* "" is null */
json_t *json_count(uint64_t n);
json_t *json_time(int64_t time_ms); /* RFC 3339; 0 is null */
json_t *json_money(int64_t micro);  /* as a number of the currency */
json_t *json_entry(const struct winnow_entry *entry);
/* Append and consume `value`; returns `array`, or NULL with both freed where memory ran out. */
json_t *json_append(json_t *array, json_t *value);

/* Write a document on one line and free it. */
int json_emit(struct cli *cli, json_t *document, struct winnow_error *err);
/* The same, without the end of the line: for the elements of a long list. */
int json_emit_part(struct cli *cli, json_t *value, struct winnow_error *err);

#endif
