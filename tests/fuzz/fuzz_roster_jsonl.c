/* Roster JSONL. Lines as programs write them have a reader of their own, all others are pulled
 * value by value; a space in front of a line makes it one of the others. Both must read the same. */
#include "roster.h"

/* A space in front of every line. The caller frees it. */
static char *indented(const uint8_t *data, size_t size, size_t *out_size) {
    char *out = malloc(2 * size + 1);
    size_t used = 0;
    MUST(out != NULL);
    for (size_t i = 0; i < size; i++) {
        if (i == 0 || data[i - 1] == '\n')
            out[used++] = ' ';
        out[used++] = (char)data[i];
    }
    *out_size = used;
    return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct roster_seen plain;
    struct roster_seen full;
    size_t indented_size;
    if (size > ROSTER_LINE_MAX / 2)
        return 0;
    roster_seen(&plain, ROSTER_JSONL, data, size);
    if (size >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0)
        return 0; /* a byte order mark is one only at the very front */
    char *copy = indented(data, size, &indented_size);
    roster_seen(&full, ROSTER_JSONL, copy, indented_size);
    free(copy);
    MUST(plain.result == full.result && plain.digest == full.digest);
    MUST(plain.followees == full.followees && plain.skipped == full.skipped);
    MUST(plain.counts.unknown_keys == full.counts.unknown_keys);
    MUST(plain.counts.cut == full.counts.cut);
    return 0;
}
