/* Whom an export speaks of, gathered by id or handle while it is read: what was exchanged with
 * each, on which lists they are, whether they are blocked. Then it is laid over the followees that
 * are known; nothing is stored of anybody else. */
#ifndef WORK_IMPORT_IMPORT_PEOPLE_H
#define WORK_IMPORT_IMPORT_PEOPLE_H

#include "core/facts/tie.h"
#include "formats/base/names.h"
#include "work/import/importing.h"

#define IMPORT_PEOPLE_MAX 1048576u /* some 200 bytes each */
#define IMPORT_LISTED_MAX 1048576u /* people on lists, once for each list */
#define IMPORT_TIES       3        /* datasets of exchanges that one export has */

struct import_person {
    struct tie ties[IMPORT_TIES]; /* of those datasets that told of them, empty ones behind */
    uint32_t listed;              /* the first of their lists: index + 1; 0: none */
    uint32_t number;              /* in the roster, of those found by handle: number + 1 */
    bool blocked;
};

struct import_listed {
    uint32_t list, next; /* index into the lists' names; index + 1 */
};

struct import_people {
    struct names keys, lists;
    struct import_person *all;    /* owned; as keys */
    struct import_listed *listed; /* owned */
    uint32_t room, listed_count, listed_room;
    bool full;        /* somebody was left out */
    uint64_t matched; /* of those applied: followees */
};

void import_people_init(struct import_people *p);
void import_people_free(struct import_people *p);

/* Is it one of the lines, each ended by '\n'? */
bool import_has_line(struct text lines, struct text line);

/* NULL: there is no room. */
struct import_person *import_people_add(struct import_people *p, struct text key);
/* A time in the future is what a wrong clock wrote, and no time. */
void import_people_met(struct import_people *p, struct text key, enum dataset set,
                       const struct exchange *x, int64_t wall_now_ms);
void import_people_listed(struct import_people *p, struct text key, struct text list);

/* Lay all of it over the roster, as the batch at hand. The keys are ids; `by_handle`: handles in
 * small letters, whose numbers were found. */
int import_people_apply(struct importing *i, struct import_people *p, bool by_handle,
                        struct winnow_error *err);

/* All lists of the account were read: open ones are closed, and whoever's lists are not known is on
 * none. */
int import_people_close_lists(struct importing *i, struct winnow_error *err);

/* What an export has of a dataset: note it as evidence, show it in the result, and warn where it is
 * not whole. */
struct import_set {
    enum dataset dataset;
    bool there, complete;
    bool read_through; /* all that is there was read, though it may not tell all (reason.h) */
    uint64_t count, expected; /* 0: not told */
    const char *why;
};
int import_put_set(struct importing *i, const struct import_set *set, int64_t as_of_ms,
                   struct winnow_error *err);

#endif
