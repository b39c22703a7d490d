/* Whom a file named by a handle that nobody has, so far as is known: said by name, since a mistyped
 * name on a list of people to keep protects nobody. */
#ifndef WORK_EVIDENCE_UNMATCHED_H
#define WORK_EVIDENCE_UNMATCHED_H

#include "work/campaign/state.h"

#define UNMATCHED_NAMES_SIZE 400

/* "@alice@a.example, @bob@b.example and 3 more"; "" when there is nobody. */
int unmatched_names(struct store_txn *t, const struct store_campaign *c,
                    char names[UNMATCHED_NAMES_SIZE], struct winnow_error *err);

/* As a warning, with what it means: nobody on a complete following list has the handle, or nobody
 * has been looked up yet. Says nothing when there is nobody. */
int unmatched_tell(struct store_txn *t, const struct store_campaign *c,
                   const struct winnow_hooks *hooks, struct winnow_error *err);

/* The handles on the keep list that keep nobody yet: how many, and their names. */
int noted_names(struct store_txn *t, const struct store_campaign *c, uint64_t *count,
                char names[UNMATCHED_NAMES_SIZE], struct winnow_error *err);
/* As a warning; nothing when there are none. `count` as above. */
int noted_tell(struct store_txn *t, const struct store_campaign *c,
               const struct winnow_hooks *hooks, uint64_t *count, struct winnow_error *err);

/* Append a name to such a list, or note that there is no room for it. */
struct name_list {
    char text[UNMATCHED_NAMES_SIZE - 32];
    size_t used;
    uint64_t left_out;
};
void name_list_add(struct name_list *l, const char *before, struct text name);
/* The whole of it: "A, B and 3 more". */
void name_list_write(const struct name_list *l, char names[UNMATCHED_NAMES_SIZE]);

#endif
