/* Reasons: why something that was read is not whole, or was not read at all. A reason is a number
 * with up to two counts; its sentence is made when somebody reads it. */
#ifndef CORE_FACTS_REASON_H
#define CORE_FACTS_REASON_H

#include <stdbool.h>
#include <stdint.h>

/* constant, its sentence. "{n}" and "{m}" are the counts, "{text}" is what the platform's table,
 * the server or the file says. The numbers are stored: append only. */
#define REASONS(X)                                                                                 \
    X(NONE, "")                                                                                    \
    X(SAID, "{text}") /* nothing but a sentence: of a file, or of a note without a code */         \
    /* What a source can never tell, though it is read to its end. */                              \
    X(NEWEST, "{text}")      /* the newest ones alone */                                           \
    X(KEPT, "{text}")        /* those that are kept for a time */                                  \
    X(NEVER_WHOLE, "{text}") /* some are left out, and nothing says which */                       \
    /* Why a platform's dataset is not fetched. */                                                 \
    X(NOT_GIVEN, "the platform does not give it")                                                  \
    X(NO_SUCH_THING, "{text}") /* the platform does not have it at all */                          \
    X(NOT_FETCHED, "{text}")   /* it has, and winnow does not read it */                           \
    /* What a server answered. */                                                                  \
    X(REFUSED, "{text}")                                                                           \
    X(NOT_OFFERED, "the server does not offer it (HTTP {n})")                                      \
    /* What became of a list. */                                                                   \
    X(ROWS_NOT_UNDERSTOOD, "{n} rows were not understood")                                         \
    X(LISTS_NOT_UNDERSTOOD, "{n} lists or members were not understood")                            \
    X(SAME_CURSOR,                                                                                 \
      "the server gave the same page cursor twice: the list cannot be read to its end")            \
    X(NOBODY_NEW, "{n} pages in a row brought nobody new, and there is always another: the list "  \
                  "cannot be read to its end")                                                     \
    X(EMPTY_PAGES, "{n} pages in a row were empty, and there is always another: the list cannot "  \
                   "be read to its end")                                                           \
    X(OVERLONG, "it has {n} rows by now, and the profile counts {m}: the list cannot be read to "  \
                "its end")                                                                         \
    X(ROSTER_CHANGED, "the roster changed while it was read: fetch it once more")                  \
    X(TOO_LONG_TO_COMPARE, "it is longer than can be compared with the profile's count")           \
    X(EMPTY_TO_EVERYBODY, "the server's list is empty, which some servers give to everybody")      \
    X(PROFILE_SILENT, "the profile does not say how many there are to compare with")               \
    X(PROFILE_COUNTS, "the profile counts {n}, {m} more than the list has")                        \
    X(PROFILE_COUNTS_HIDDEN,                                                                       \
      "the profile counts {n}, {m} more: hidden, suspended or just changed accounts")              \
    X(EMPTY_TAKES_NOBODY,                                                                          \
      "the server's list is empty, and the roster has {n}: an empty list takes nobody out")        \
    X(ROWS_WITHOUT_COUNTS, "{n} rows of the list had no counts")                                   \
    X(FOLLOWING_NOT_WHOLE, "the following list that brings them is not whole")                     \
    X(NOT_ANSWERED, "{n} of {m} were not answered for: gone, hidden or not known there")           \
    X(SINGLE_FILES, "single files of an archive, which may not be all of it")                      \
    X(NOT_BOUGHT, "{n} of {m} were bought")                                                        \
    X(MONEY_ENDED, "the newest {n}, for which the money that was allowed was enough")

enum reason {
#define X(id, sentence) REASON_##id,
    REASONS(X)
#undef X
        REASON_COUNT
};

#define WHY_MAX 160

struct why {
    enum reason reason;
    uint64_t n, m;
    char text[WHY_MAX]; /* where the sentence has a "{text}" */
};

struct why why_counts(enum reason reason, uint64_t n, uint64_t m);
/* Cut at a character, where it is too long. */
struct why why_said(enum reason reason, const char *text);

/* The sentence; "" for REASON_NONE. */
void why_sentence(const struct why *w, char out[WHY_MAX]);

/* Was all of it read that there is to read, though the source tells no more, or a few rows of
 * `count` (at most one of a hundred) were not understood? Who is not in it then was not seen there.
 * Where it broke off, or a part was not there, nobody was looked for. */
bool why_read_through(const struct why *w, uint64_t count);

/* Does it say what the source can never tell, rather than that something is missing this time? */
bool reason_of_source(enum reason reason);

#endif
