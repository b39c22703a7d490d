/* Reads a policy or a list of people into memory.
 *
 * Happy path: grow a buffer until the end of the file.
 * Failure: BAD_INPUT, naming the file and what is wrong with it. */
#include "cli/parts/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX ((size_t)64 << 20)
#define CHUNK    ((size_t)64 << 10)

static int stream_read(FILE *file, const char *path, char **text, size_t *size,
                       struct winnow_error *err) {
    char *at = NULL;
    size_t used = 0;
    size_t room = 0;
    do {
        if (room - used < CHUNK) {
            room = room == 0 ? 2 * CHUNK : 2 * room;
            char *grown = room > 2 * FILE_MAX ? NULL : realloc(at, room);
            if (grown == NULL) {
                free(at);
                return winnow_fail(err, WINNOW_BAD_INPUT,
                                   "%s is larger than %zu MiB; give a smaller file", path,
                                   FILE_MAX >> 20);
            }
            at = grown;
        }
        used += fread(at + used, 1, room - used - 1, file);
    } while (feof(file) == 0 && ferror(file) == 0);
    if (ferror(file) != 0) {
        free(at);
        return winnow_fail(err, WINNOW_BAD_INPUT, "%s cannot be read: %s; check the file", path,
                           strerror(errno));
    }
    at[used] = '\0';
    if (used >= 3 &&
        memcmp(at, "\xef\xbb\xbf", 3) == 0) { /* Windows' editors put it before UTF-8 */
        used -= 3;
        memmove(at, at + 3, used + 1);
    }
    *text = at;
    *size = used;
    return 0;
}

int file_read(const char *path, char **text, size_t *size, struct winnow_error *err) {
    if (strcmp(path, "-") == 0)
        return stream_read(stdin, "standard input", text, size, err);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return winnow_fail(err, WINNOW_BAD_INPUT, "%s cannot be read: %s; check the file's name",
                           path, strerror(errno));
    int result = stream_read(file, path, text, size, err);
    fclose(file);
    return result;
}

int file_read_text(const char *path, char **text, struct winnow_error *err) {
    size_t size = 0;
    if (file_read(path, text, &size, err) != 0)
        return -1;
    if (strlen(*text) == size)
        return 0;
    free(*text);
    *text = NULL;
    return winnow_fail(err, WINNOW_BAD_INPUT, "%s holds a zero byte; give a text file", path);
}
