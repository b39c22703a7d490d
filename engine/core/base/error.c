/* The one error type: see include/winnow/error.h. Pure; truncates, never allocates. */
#include <winnow/error.h>

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    int exit_code;
} codes[] = {
#define X(id, name, exit_code) {name, exit_code},
    WINNOW_CODES(X)
#undef X
};

const char *winnow_code_name(enum winnow_code code) {
    return codes[code].name;
}

int winnow_code_exit(enum winnow_code code) {
    return codes[code].exit_code;
}

int(winnow_fail)(struct winnow_error *err, enum winnow_code code, const char *format, ...) {
    if (err == NULL)
        return -1;
    err->code = code;
    va_list args;
    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    return -1;
}

int(winnow_fail_at)(struct winnow_error *err, const char *format, ...) {
    if (err == NULL)
        return -1;
    char before[WINNOW_ERROR_TEXT_MAX];
    memcpy(before, err->text, sizeof before);
    va_list args;
    va_start(args, format);
    int used = vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    size_t at = used < 0 ? 0 : (size_t)used;
    if (at >= sizeof err->text - 3)
        return -1;
    size_t room = sizeof err->text - at - 3;
    size_t kept = strnlen(before, room);
    memcpy(err->text + at, ": ", 2);
    memcpy(err->text + at + 2, before, kept);
    err->text[at + 2 + kept] = '\0';
    return -1;
}
