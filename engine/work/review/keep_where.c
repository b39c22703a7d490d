/* keep --where and --list: everybody whom a condition is true of. Happy path: they are picked from
 * the roster, then put on the list, in one write. Fails with the condition's column; for a list
 * that nobody is on; and when next to nobody would be left to go and the user has not said that
 * this is meant. Nobody is changed then. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/expr/expr.h"
#include "work/review/keeping.h"
#include "work/review/pick.h"

#define NEXT_TO_ALL 10 /* all but less than one in so many */
#define LISTS_TOLD  12

struct numbers {
    uint32_t *at; /* owned; at most the campaign's followees */
    size_t count, room;
};

static int add_number(void *context, const struct picked *one, struct winnow_error *err) {
    struct numbers *n = context;
    if (n->count == n->room) {
        size_t room = n->room == 0 ? 1024 : 2 * n->room;
        uint32_t *grown = reallocarray(n->at, room, sizeof *grown);
        if (grown == NULL)
            return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
        n->at = grown;
        n->room = room;
    }
    n->at[n->count++] = one->number;
    return 0;
}

/* ---- lists ---- */

/* in_list('NAME'); the language has no escapes, so the quotes are those that it does not have. */
static int list_condition(const char *list, char *to, size_t room, struct winnow_error *err) {
    char quote = strchr(list, '\'') == NULL ? '\'' : '"';
    if (strchr(list, quote) != NULL || strlen(list) + 16 > room)
        return winnow_fail(err, WINNOW_USAGE,
                           "--list: no condition can be written for a name such as \"%.64s\"; keep "
                           "them by --file",
                           list);
    snprintf(to, room, "in_list(%c%s%c)", quote, list, quote);
    return 0;
}

struct list_names {
    char names[LISTS_TOLD][64];
    size_t count;
};

static void add_name(struct list_names *l, struct text name) {
    char cut[sizeof l->names[0]];
    text_copy(cut, sizeof cut, name);
    for (size_t i = 0; i < l->count; i++)
        if (strcmp(l->names[i], cut) == 0)
            return;
    if (l->count < LISTS_TOLD && name.size > 0)
        memcpy(l->names[l->count++], cut, sizeof cut);
}

static int add_names(void *context, const struct picked *one, struct winnow_error *err) {
    struct text lists = facts_text(one->facts, FACT_LISTS);
    (void)err;
    if (!facts_known(one->facts, FACT_LISTS))
        return 0;
    for (uint32_t from = 0, i = 0; i <= lists.size; i++)
        if (i == lists.size || lists.at[i] == '\n') {
            add_name(context, (struct text){lists.at + from, i - from});
            from = i + 1;
        }
    return 0;
}

/* Nobody is on that list: the names that there are. */
static int no_such_list(const struct pick_source *from, const char *list,
                        struct winnow_error *err) {
    struct winnow_filter everybody = {.side = WINNOW_SIDE_ROSTER};
    struct winnow_filter_result told;
    struct list_names names = {.count = 0};
    char all[LISTS_TOLD * 68] = "";
    if (pick_each(from, &everybody, add_names, &names, &told, err) != 0)
        return -1;
    for (size_t i = 0, used = 0; i < names.count && used < sizeof all; i++) {
        int n = snprintf(all + used, sizeof all - used, "%s%s", i == 0 ? "" : ", ", names.names[i]);
        used += n < 0 ? 0 : (size_t)n;
    }
    return winnow_fail(err, WINNOW_NOT_FOUND,
                       "nobody in the roster of campaign %s is on a list \"%.64s\"%s%s; lists are "
                       "read by `winnow fetch %s --only lists`, or imported",
                       from->campaign->name, list, all[0] == '\0' ? "" : "; there are: ", all,
                       from->campaign->name);
}

/* ---- the whole ---- */

/* Durations are counted up to when the plan was made, as show does; without a plan, up to now. */
static int source_of(struct keeping *k, struct coverages *coverages, struct pick_source *out,
                     struct winnow_error *err) {
    struct plan_head head;
    *out = (struct pick_source){
        .txn = k->txn,
        .campaign = &k->campaign,
        .coverages = coverages,
        .now_ms = winnow_now_ms(),
    };
    if (coverages_load(coverages, k->txn, &k->campaign, err) != 0)
        return -1;
    if (k->campaign.plans == 0)
        return 0;
    if (plan_head_get(k->txn, &k->campaign, k->campaign.plans, &head, err) != 0)
        return -1;
    out->now_ms = head.now_ms;
    plan_head_free(&head);
    return 0;
}

static int refuse_all(const struct keeping *k, const struct winnow_keep_filter *filter,
                      const struct winnow_filter_result *told, struct winnow_error *err) {
    bool many = told->of > 0 && told->matched >= told->of - told->of / NEXT_TO_ALL;
    if (k->remove || filter->next_to_all || !many)
        return 0;
    return winnow_fail(err, WINNOW_USAGE,
                       "that is true of %" PRIu64 " of the %" PRIu64
                       " whom %s follows, and next to "
                       "nobody would be left to go; say --yes as well if it is meant",
                       told->matched, told->of, k->campaign.name);
}

static int keep_matching(struct keeping *k, const struct winnow_keep_filter *filter,
                         struct winnow_filter_result *told, struct winnow_error *err) {
    char condition[EXPR_SIZE_MAX + 1];
    struct winnow_filter everybody = {.side = WINNOW_SIDE_ROSTER, .where = filter->where};
    struct coverages coverages;
    struct pick_source from;
    struct numbers numbers = {0};
    if (filter->list != NULL) {
        if (list_condition(filter->list, condition, sizeof condition, err) != 0)
            return -1;
        everybody.where = condition;
    }
    int result = source_of(k, &coverages, &from, err);
    if (result == 0)
        result = pick_each(&from, &everybody, add_number, &numbers, told, err);
    if (result == 0 && told->matched == 0 && filter->list != NULL)
        result = no_such_list(&from, filter->list, err);
    if (result == 0)
        result = refuse_all(k, filter, told, err);
    for (size_t i = 0; i < numbers.count && result == 0; i++)
        result = keeping_number(k, numbers.at[i], err);
    free(numbers.at);
    return result;
}

int winnow_keep_where(struct winnow *w, const char *name, const struct winnow_keep_filter *filter,
                      unsigned how, struct winnow_keep_result *out,
                      struct winnow_filter_result *told, struct winnow_error *err) {
    struct keeping k;
    if (keeping_begin(&k, w, name, how, out, err) != 0)
        return -1;
    return keeping_end(&k, keep_matching(&k, filter, told, err), err);
}
