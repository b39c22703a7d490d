/* Sentences of reasons: see reason.h. Happy path: the sentence with its counts and words put in.
 * Pure; cannot fail, and cuts what is too long at a character. */
#include "core/facts/reason.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *text;
} sentences[REASON_COUNT] = {
#define X(id, sentence) [REASON_##id] = {sentence},
    REASONS(X)
#undef X
};

struct why why_counts(enum reason reason, uint64_t n, uint64_t m) {
    return (struct why){.reason = reason, .n = n, .m = m};
}

/* Bytes of `text` that fit into `room`, whole characters of UTF-8. */
static size_t fitting(const char *text, size_t room) {
    size_t size = strlen(text);
    if (size <= room)
        return size;
    for (size = room; size > 0 && ((unsigned char)text[size] & 0xc0) == 0x80;)
        size--;
    return size;
}

struct why why_said(enum reason reason, const char *text) {
    struct why w = {.reason = reason};
    memcpy(w.text, text, fitting(text, sizeof w.text - 1));
    return w;
}

static bool begins(const char *at, const char *with) {
    return strncmp(at, with, strlen(with)) == 0;
}

/* The piece of a sentence that begins at `at`; how long it is there. */
static size_t piece_of(const struct why *w, const char *at, char piece[WHY_MAX]) {
    if (begins(at, "{n}") || begins(at, "{m}")) {
        snprintf(piece, WHY_MAX, "%" PRIu64, at[1] == 'n' ? w->n : w->m);
        return 3;
    }
    if (begins(at, "{text}")) {
        snprintf(piece, WHY_MAX, "%s", w->text);
        return 6;
    }
    snprintf(piece, WHY_MAX, "%c", *at);
    return 1;
}

void why_sentence(const struct why *w, char out[WHY_MAX]) {
    const char *at = sentences[w->reason < REASON_COUNT ? w->reason : REASON_SAID].text;
    size_t used = 0;
    while (*at != '\0') {
        char piece[WHY_MAX];
        at += piece_of(w, at, piece);
        size_t size = fitting(piece, WHY_MAX - 1 - used);
        memcpy(out + used, piece, size);
        used += size;
    }
    out[used] = '\0';
}

bool why_read_through(const struct why *w, uint64_t count) {
    bool few = w->reason == REASON_ROWS_NOT_UNDERSTOOD && w->n <= count / 100;
    return w->reason == REASON_NONE || w->reason == REASON_MONEY_ENDED || few ||
           reason_of_source(w->reason);
}

bool reason_of_source(enum reason reason) {
    return reason == REASON_NEWEST || reason == REASON_KEPT || reason == REASON_NEVER_WHOLE;
}
