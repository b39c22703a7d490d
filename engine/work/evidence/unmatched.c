/* Names of those nobody matched: see unmatched.h. Happy path: the first of them by name, the rest
 * as a number. Fails as the store does. */
#include "work/evidence/unmatched.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "work/evidence/evidence.h"

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
    struct store_txn *txn;
    const struct store_campaign *campaign;
    struct name_list names;
    unsigned char
        *on_list; /* a bit a number: somebody with an id has that handle; NULL: not asked */
    uint32_t matched;
};

static int names_add(void *context, uint32_t number, struct text handle) {
    struct listing *l = context;
    bool known = l->on_list != NULL && number < l->campaign->followees;
    if (known && ((unsigned)l->on_list[number / 8] >> number % 8 & 1u) != 0)
        l->matched++;
    else
        name_list_add(&l->names, "@", handle);
    return 0;
}

int unmatched_names(struct store_txn *t, const struct store_campaign *c,
                    char names[UNMATCHED_NAMES_SIZE], struct winnow_error *err) {
    struct listing l = {.txn = t};
    names[0] = '\0';
    if (c->unresolved == 0)
        return 0;
    if (store_unresolved_each(t, c->id, names_add, &l, err) < 0)
        return -1;
    name_list_write(&l.names, names);
    return 0;
}

static int mark(void *context, uint32_t number, const struct facts *f, uint64_t gone,
                struct winnow_error *err) {
    struct listing *l = context;
    uint32_t other;
    (void)number;
    (void)gone;
    if (!facts_known(f, FACT_ID) || !facts_known(f, FACT_HANDLE))
        return 0;
    int found = store_unresolved_find(l->txn, l->campaign->id, f, &other, err);
    if (found == 1 && other < l->campaign->followees) /* an import may be beside us */
        l->on_list[other / 8] |= (unsigned char)(1u << other % 8);
    return found < 0 ? -1 : 0;
}

/* Who of them goes by the same handle as somebody whose id is known? The list can be old, so that
 * is no proof of who it is; but where nobody does, it is a name to look at. */
static int names_compare(struct listing *l, struct winnow_error *err) {
    struct store_scan scan = {
        .detail = STORE_FACTS_AND_TEXTS, .without_gone = true, .each = mark, .context = l};
    l->on_list = calloc(l->campaign->followees / 8 + 1, 1);
    if (l->on_list == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
    return store_roster_scan(l->txn, l->campaign->id, &scan, err) < 0 ||
                   store_unresolved_each(l->txn, l->campaign->id, names_add, l, err) < 0
               ? -1
               : 0;
}

static int tell_compared(struct listing *l, const struct winnow_hooks *hooks,
                         struct winnow_error *err) {
    char names[UNMATCHED_NAMES_SIZE];
    if (names_compare(l, err) != 0)
        return -1;
    name_list_write(&l->names, names);
    if (names[0] != '\0')
        hooks_warn(hooks,
                   "a file named these, and nobody on the following list is known by that handle: "
                   "%s",
                   names);
    if (l->matched > 0)
        hooks_warn(hooks,
                   "%u whom a file named by their handle alone are on the following list by that "
                   "name; the next `winnow fetch %s` makes sure of it",
                   l->matched, l->campaign->name);
    return 0;
}

int unmatched_tell(struct store_txn *t, const struct store_campaign *c,
                   const struct winnow_hooks *hooks, struct winnow_error *err) {
    char names[UNMATCHED_NAMES_SIZE];
    struct evidence following;
    struct listing l = {.txn = t, .campaign = c};
    if (c->unresolved == 0)
        return 0;
    if (evidence_get(t, c->id, DATASET_FOLLOWING, &following, err) != 0)
        return -1;
    if (following.state == WINNOW_SET_COMPLETE) {
        int result = tell_compared(&l, hooks, err);
        free(l.on_list);
        return result;
    }
    if (unmatched_names(t, c, names, err) != 0)
        return -1;
    hooks_warn(hooks,
               "a file named these by their handle alone, and `winnow fetch %s` has to look up who "
               "they are: %s",
               c->name, names);
    return 0;
}

/* ---- handles on the keep list ---- */

struct noted {
    struct name_list names;
    uint64_t count;
};

static int add_noted(void *context, const char *handle, size_t size) {
    struct noted *n = context;
    n->count++;
    name_list_add(&n->names, "@", (struct text){handle, (uint32_t)size});
    return 0;
}

int noted_names(struct store_txn *t, const struct store_campaign *c, uint64_t *count,
                char names[UNMATCHED_NAMES_SIZE], struct winnow_error *err) {
    struct noted n = {.count = 0};
    if (c->keep_noted > 0 && store_keep_noted_each(t, c->id, add_noted, &n, err) < 0)
        return -1;
    *count = n.count;
    name_list_write(&n.names, names);
    return 0;
}

int noted_tell(struct store_txn *t, const struct store_campaign *c,
               const struct winnow_hooks *hooks, uint64_t *count, struct winnow_error *err) {
    char names[UNMATCHED_NAMES_SIZE];
    /* the list of followees has no handles then */
    bool asks = platform_source(platform_find(c->platform), DATASET_PROFILES, SOURCE_ASKED) != NULL;
    if (noted_names(t, c, count, names, err) != 0)
        return -1;
    if (*count > 0)
        hooks_warn(
            hooks,
            "handles on the keep list protect nobody yet, since nobody in the roster is "
            "known by them: %s; mend them with `winnow keep %s`, or let an import or `winnow "
            "fetch %s%s` tell who they are",
            names, c->name, c->name, asks ? " --only profiles" : "");
    return 0;
}
