/* The one error type of winnow.
 *
 * A call that can fail takes a `struct winnow_error *` as its last parameter and returns 0, or
 * -1 with the error filled. On success the error is left alone. The text is a whole sentence for
 * a person: what was found, where, and what to do next; it never holds a credential. */
#ifndef WINNOW_ERROR_H
#define WINNOW_ERROR_H

#include <stdarg.h>

/* code, name for machines, exit code of the command line (docs/operations.md) */
#define WINNOW_CODES(X)                                                                            \
    X(OK, "ok", 0)                                                                                 \
    X(FAILED, "failed", 1)         /* what none of the others names */                             \
    X(NO_MEMORY, "no_memory", 1)   /* an allocation was refused */                                 \
    X(STORAGE, "storage", 1)       /* disk full, I/O error, no permission */                       \
    X(BUSY, "busy", 1)             /* another process holds the campaign */                        \
    X(NETWORK, "network", 1)       /* the platform could not be reached, or answered nonsense */   \
    X(USAGE, "usage", 2)           /* wrong flags */                                               \
    X(BAD_INPUT, "bad_input", 2)   /* a file, a line, a rule, a date, an id */                     \
    X(NOT_FOUND, "not_found", 2)   /* no such campaign, followee, plan */                          \
    X(STOPPED, "stopped", 3)       /* stopped on request, resumable */                             \
    X(CREDENTIAL, "credential", 4) /* a credential is missing, expired or another account's */     \
    X(SAFETY, "safety", 5)         /* the run stopped to protect the account */                    \
    X(CAP, "cap", 6)               /* a cap of the user's was reached */                           \
    X(DAMAGED, "damaged", 7)       /* the store is damaged or of another version */

enum winnow_code {
#define X(id, name, exit_code) WINNOW_##id,
    WINNOW_CODES(X)
#undef X
};

#define WINNOW_ERROR_TEXT_MAX 1024

struct winnow_error {
    enum winnow_code code;
    char text[WINNOW_ERROR_TEXT_MAX];
};

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

const char *winnow_code_name(enum winnow_code code);
int winnow_code_exit(enum winnow_code code);

/* Fill `err` (may be NULL) and return -1, so that a caller can `return winnow_fail(...)`. */
int winnow_fail(struct winnow_error *err, enum winnow_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Put "where: " in front of an error already filled; returns -1. For callers that know the file,
 * the campaign or the line that the callee did not. */
int winnow_fail_at(struct winnow_error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#ifdef __clang_analyzer__
/* The analyzer looks at one file at a time: tell it that a failure is never 0. */
static inline int winnow_failed(void) {
    return -1;
}
#define winnow_fail(...)    (winnow_fail(__VA_ARGS__), winnow_failed())
#define winnow_fail_at(...) (winnow_fail_at(__VA_ARGS__), winnow_failed())
#endif

#endif
