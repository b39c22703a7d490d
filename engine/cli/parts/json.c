/* JSON twins: every document is one line and begins with "version":1.
 *
 * Happy path: json_pack("{s:i, ...}", "version", 1, ...), json_emit.
 * Failure: a piece that could not be made makes the whole NULL, and json_emit says so. */
#include "cli/parts/json.h"

#include <stdlib.h>
#include <string.h>

#include <unistr.h>

/* What is no UTF-8 replaced, one U+FFFD a byte; to be freed. */
static char *repaired(const char *text) {
    size_t left = strlen(text);
    char *out = malloc(3 * left + 1);
    if (out == NULL)
        return NULL;
    const uint8_t *at = (const uint8_t *)text;
    size_t size = 0;
    while (left > 0) {
        ucs4_t c;
        int step = u8_mbtoucr(&c, at, left);
        size_t taken = step <= 0 ? 1 : (size_t)step;
        size_t given = step <= 0 ? 3 : taken;
        memcpy(out + size, step <= 0 ? (const void *)"\xef\xbf\xbd" : (const void *)at, given);
        size += given;
        at += taken;
        left -= taken;
    }
    out[size] = '\0';
    return out;
}

json_t *json_text(const char *text) {
    json_t *plain = json_string(text);
    if (plain != NULL)
        return plain;
    char *copy = repaired(text);
    json_t *value = copy == NULL ? NULL : json_string(copy);
    free(copy);
    return value;
}

json_t *json_text_or_null(const char *text) {
    return *text == '\0' ? json_null() : json_text(text);
}

json_t *json_count(uint64_t n) {
    return json_integer(n > INT64_MAX ? INT64_MAX : (json_int_t)n);
}

json_t *json_time(int64_t time_ms) {
    char text[32];
    if (time_ms == 0)
        return json_null();
    winnow_time_text(time_ms, text);
    return json_string(text);
}

json_t *json_money(int64_t micro) {
    return json_real((double)micro / 1e6);
}

json_t *json_entry(const struct winnow_entry *entry) {
    return json_pack("{s:o,s:o,s:o,s:o,s:f,s:o,s:o,s:o}", "position", json_count(entry->position),
                     "id", json_text(entry->id), "handle", json_text_or_null(entry->handle),
                     "reason", json_text(entry->reason), "score", entry->score, "state",
                     json_text(winnow_entry_state_name(entry->state)), "due",
                     json_time(entry->due_ms), "posts",
                     entry->posts < 0 ? json_null() : json_integer(entry->posts));
}

json_t *json_append(json_t *array, json_t *value) {
    if (array != NULL && value != NULL && json_array_append(array, value) == 0) {
        json_decref(value);
        return array;
    }
    json_decref(value);
    json_decref(array);
    return NULL;
}

static int dump_write(const char *at, size_t size, void *context) {
    struct cli *cli = context;
    fwrite(at, 1, size, cli->out.file);
    return 0; /* output_close reports what could not be written */
}

int json_emit_part(struct cli *cli, json_t *value, struct winnow_error *err) {
    /* 15 digits show 6613.83 as it is; a terminal must not see foreign control characters */
    size_t flags = JSON_COMPACT | JSON_REAL_PRECISION(15);
    if (cli->out.terminal)
        flags |= JSON_ENSURE_ASCII;
    int failed = value == NULL || json_dump_callback(value, dump_write, cli, flags) != 0;
    json_decref(value);
    if (failed)
        return winnow_fail(err, WINNOW_NO_MEMORY,
                           "out of memory for the JSON output; close other programs");
    return 0;
}

int json_emit(struct cli *cli, json_t *document, struct winnow_error *err) {
    if (json_emit_part(cli, document, err) != 0)
        return -1;
    fputc('\n', cli->out.file);
    return 0;
}
