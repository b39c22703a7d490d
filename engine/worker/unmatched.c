/* Names of those nobody matched: see unmatched.h. Happy path: the first of them by name, the rest
 * as a number. Fails as the store does. */
#include "worker/unmatched.h"

#include <stdio.h>
#include <string.h>

#include "worker/evidence.h"

void name_list_add(struct name_list *l, const char *before, struct text name) {
    const char *between = l->used > 0 ? ", " : "";
    size_t size = strlen(between) + strlen(before) + name.size;
    if (l->left_out > 0 || size >= sizeof l->text - l->used) {
        l->left_out++;
        return;
    }
    (void)snprintf(l->text + l->used, sizeof l->text - l->used, "%s%s%.*s", between, before,
                   (int)name.size, name.at);
    l->used += size;
}

void name_list_write(const struct name_list *l, char names[UNMATCHED_NAMES_SIZE]) {
    if (l->left_out == 0)
        (void)snprintf(names, UNMATCHED_NAMES_SIZE, "%s", l->used > 0 ? l->text : "");
    else
        (void)snprintf(names, UNMATCHED_NAMES_SIZE, "%s and %llu more", l->text,
                       (unsigned long long)l->left_out);
}

struct listing {
    struct name_list names;
    uint32_t told, total;
};

/* Enough of them are named; the count of all is known without going on. */
static int add(void *context, struct text handle) {
    struct listing *l = context;
    name_list_add(&l->names, "@", handle);
    l->told += l->names.left_out == 0;
    l->names.left_out = l->names.left_out > 0 ? l->total - l->told : 0;
    return l->names.left_out > 0;
}

int unmatched_names(struct store_txn *t, const struct store_campaign *c,
                    char names[UNMATCHED_NAMES_SIZE], struct winnow_error *err) {
    struct listing l = {.total = c->unresolved};
    names[0] = '\0';
    if (c->unresolved == 0)
        return 0;
    if (store_unresolved_each(t, c->id, add, &l, err) < 0)
        return -1;
    name_list_write(&l.names, names);
    return 0;
}

int unmatched_tell(struct store_txn *t, const struct store_campaign *c,
                   const struct winnow_hooks *hooks, struct winnow_error *err) {
    char names[UNMATCHED_NAMES_SIZE];
    struct evidence following;
    if (c->unresolved == 0)
        return 0;
    if (unmatched_names(t, c, names, err) != 0 ||
        evidence_get(t, c->id, EVIDENCE_FOLLOWING, &following, err) != 0)
        return -1;
    hooks_warn(
        hooks,
        following.state == EVIDENCE_COMPLETE
            ? "a file named these, and nobody on the following list is known by that handle: "
              "%s"
            : "a file named these by their handle alone, and `winnow fetch` has to look up "
              "who they are: %s",
        names);
    return 0;
}
