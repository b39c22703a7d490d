/* JSON as it streams by: the caller pulls one value after the other and says where it goes. Any
 * size and any nesting up to JSON_PULL_DEPTH take the input's one buffer and nothing else; no
 * allocation, so none can fail. All of what passes is checked as RFC 8259 has it, UTF-8 too, also
 * what is skipped. It reads a whole input, or one line of it that lies in memory.
 *
 * Happy path of an object:  while ((more = pull_key(p)) == 1) { ... p->text ... pull_value(p) ... }
 * Failures: -1, and every later call fails too; `fault` says why. */
#ifndef FORMATS_BASE_JSON_PULL_H
#define FORMATS_BASE_JSON_PULL_H

#include "formats/base/lines.h"

#include <string.h>

#define JSON_PULL_DEPTH 32
extern const char json_pull_too_deep[]; /* the fault of more than that */

/* Of a text so much is handed out, of a whole input; of a longer one so much and `cut`. */
#define JSON_PULL_TEXT_MAX 256u

enum pull_kind {
    PULL_FAILED = -1,
    PULL_NULL,
    PULL_NO,
    PULL_YES,
    PULL_NUMBER, /* `text` has its digits */
    PULL_TEXT,   /* `text`, without its escapes */
    PULL_OBJECT, /* entered: go on with pull_key */
    PULL_LIST,   /* entered: go on with pull_item */
};

struct json_pull {
    struct lines *lines; /* NULL: one line, and nothing comes behind it */
    const char *at, *end;
    const char *counted; /* newlines before it are in `line` */
    uint64_t line;       /* 1-based */
    struct text text;    /* lives until the next call */
    bool cut;
    bool fresh; /* behind an opening bracket */
    uint32_t depth;
    uint64_t objects;  /* bit k: the (k+1)st bracket that is open is an object's */
    const char *fault; /* NULL, or what is wrong */
    bool unreadable;   /* `err` is filled: the input, not the JSON, is at fault */
    struct winnow_error *err;
    char *scratch; /* where texts lie that have escapes, or go over the buffer's end */
    uint32_t room;
    char own[JSON_PULL_TEXT_MAX];
};

/* At what lies in the buffer of `lines` now. */
void pull_start(struct json_pull *p, struct lines *lines, struct winnow_error *err);
/* One line (lines.h). Of a text `room` bytes are handed out, over the caller's scratch. */
void pull_start_line(struct json_pull *p, const struct line *line, char *scratch, uint32_t room);

/* A value: scalars are passed, objects and lists entered. */
enum pull_kind pull_value(struct json_pull *p);
/* In an object: 1 a key, in `text`, and its value is next; 0 the object is closed; -1. */
int pull_key(struct json_pull *p);
/* In a list: 1 a value is next; 0 the list is closed; -1. */
int pull_item(struct json_pull *p);
/* What pull_value said is of no interest: go to its end. */
int pull_skip(struct json_pull *p, enum pull_kind kind);
/* The same for a value that is not begun yet. */
int pull_pass(struct json_pull *p);

/* Inline, so that the size of a literal is no work: each member's name is held against several. */
static inline bool pull_text_is(const struct json_pull *p, const char *text) {
    size_t size = strlen(text);
    return !p->cut && p->text.size == size && memcmp(p->text.at, text, size) == 0;
}

/* The next character that is no white space, not taken; '\0' at the end of the input. */
char pull_look(struct json_pull *p);
/* The next one, whatever it is. */
char pull_peek(struct json_pull *p);

/* "a number" */
const char *pull_kind_name(enum pull_kind kind);

/* Where it stands now. */
uint64_t pull_line(struct json_pull *p);

#endif
