/* Who is in which of the account's lists. Happy path: the lists' names, then the members of each; a
 * name is added to the lists that are known of a followee. Until the end they are open, so that
 * somebody on one list is not taken to be on no other; at the end, if nothing was left out, they
 * are closed, and who is on none is known to be on none.
 *
 * Names are added and never taken away: a list that was written by hand into a roster keeps people,
 * and a fetch must not undo that. */
#include <stdlib.h>
#include <string.h>

#include "work/pages/fetch.h"

#define NAMES_MAX  ((size_t)1024 * 1024) /* of all lists together; servers have hundreds at most */
#define NAMES_NOTE "lists.names"

static struct buffer *names_of(const struct fetching *f) {
    return f->own; /* "KEY\tNAME\n" each */
}

/* Are the members of each list asked for by its key? */
static bool by_part(const struct fetching *f) {
    return f->own_source->way == SOURCE_PARTS;
}

/* ---- names -----------------------------------------------------------------------------------*/

static int add_name(struct fetching *f, const struct facts *row) {
    struct buffer *names = names_of(f);
    struct text name = facts_text(row, FACT_NAME);
    if (name.size == 0)
        name = facts_text(row, FACT_ID);
    buffer_add(names, facts_text(row, FACT_ID).at, facts_text(row, FACT_ID).size);
    buffer_add_text(names, "\t");
    for (uint32_t i = 0; i < name.size; i++) {
        unsigned char c = (unsigned char)name.at[i];
        buffer_add(names, c < 0x20 || c == 0x7f ? " " : name.at + i, 1);
    }
    buffer_add_text(names, "\n");
    return names->failed ? winnow_fail(f->err, WINNOW_NO_MEMORY, "the lists' names are too many")
                         : 0;
}

/* List number `index`, or the one with that key where `key` is not NULL. */
static bool find_list(const struct fetching *f, uint32_t index, const struct text *key,
                      struct text *found, struct text *name) {
    const char *at = buffer_text(names_of(f));
    const char *end = at + names_of(f)->size;
    for (uint32_t i = 0; at < end; i++) {
        const char *tab = memchr(at, '\t', (size_t)(end - at));
        const char *line = tab == NULL ? NULL : memchr(tab, '\n', (size_t)(end - tab));
        if (line == NULL)
            return false;
        *found = (struct text){at, (uint32_t)(tab - at)};
        *name = (struct text){tab + 1, (uint32_t)(line - tab - 1)};
        if (key == NULL ? i == index
                        : key->size == found->size && memcmp(key->at, at, key->size) == 0)
            return true;
        at = line + 1;
    }
    return false;
}

/* ---- members ---------------------------------------------------------------------------------*/

static bool has_name(struct text lists, struct text name) {
    for (uint32_t at = 0; at < lists.size;) {
        uint32_t end = at;
        while (end < lists.size && lists.at[end] != '\n')
            end++;
        if (end - at == name.size && memcmp(lists.at + at, name.at, name.size) == 0)
            return true;
        at = end + 1;
    }
    return false;
}

static int merge_lists(struct fetching *f, struct text id, struct text lists,
                       struct winnow_error *err) {
    struct facts facts = {0};
    facts_clear(&facts);
    facts_set_text(&facts, FACT_ID, id.at, id.size);
    facts_set_text(&facts, FACT_LISTS, lists.at, lists.size);
    return fetch_merge_known(f, &facts, err) < 0 ? -1 : 0;
}

static int add_member(struct fetching *f, struct text id, struct text name) {
    struct facts known;
    uint32_t number;
    char lists[FACT_LISTS_MAX];
    int found = store_followee_find(f->txn, f->campaign.id, id.at, id.size, &number, f->err);
    if (found <= 0)
        return found;
    if (store_followee_get(f->txn, f->campaign.id, number, STORE_FACTS, &known, f->err) != 0)
        return -1;
    struct text before =
        facts_known(&known, FACT_LISTS) ? facts_text(&known, FACT_LISTS) : (struct text){"\n", 1};
    if (has_name(before, name))
        return 0;
    if ((size_t)before.size + name.size + 1 >= sizeof lists) {
        f->at.skipped++;
        return 0;
    }
    if (before.size > 0)
        memcpy(lists, before.at, before.size);
    memcpy(lists + before.size, name.at, name.size);
    lists[before.size + name.size] = '\n';
    return merge_lists(f, id, (struct text){lists, before.size + name.size + 1}, f->err);
}

static int lists_take(void *context, const struct facts *row) {
    struct fetching *f = context;
    struct text key;
    struct text name;
    if (f->at.lists.part == 0)
        return add_name(f, row);
    struct text listed = facts_text(row, FACT_LISTS);
    bool there = by_part(f) ? find_list(f, f->at.lists.part - 1, NULL, &key, &name)
                            : find_list(f, 0, &listed, &key, &name);
    return there ? add_member(f, facts_text(row, FACT_ID), name)
                 : 0; /* of a list that was deleted */
}

/* ---- the step --------------------------------------------------------------------------------*/

static int lists_build(struct fetching *f, const struct platform_account *who,
                       struct http_request *out, struct winnow_error *err) {
    struct text cursor = {buffer_text(&f->cursor), (uint32_t)f->cursor.size};
    struct text key = {"", 0};
    struct text name;
    if (f->at.lists.part == 0)
        return f->own_source->list->build(who, key, cursor, out, err);
    if (by_part(f) && !find_list(f, f->at.lists.part - 1, NULL, &key, &name))
        return winnow_fail(err, WINNOW_DAMAGED,
                           "the names of the lists are not there: begin anew with --restart");
    return f->own_source->held->build(who, key, cursor, out, err);
}

static const struct platform_list *list_in_hand(const struct fetching *f) {
    return f->at.lists.part == 0 ? f->own_source->list : f->own_source->held;
}

static struct reads_price lists_cost_now(const struct fetching *f) {
    const struct platform_list *list = list_in_hand(f);
    return (struct reads_price){MONEY_LISTS, list->price_micro, list->page_max};
}

static int lists_read_rows(struct fetching *f, const struct platform_account *who,
                           const struct http_response *in, struct platform_page *page,
                           struct reply *reply) {
    return list_in_hand(f)->read(who, in, page, reply);
}

static int lists_page(struct fetching *f, const struct platform_page *page,
                      struct winnow_error *err) {
    if (f->at.lists.part > 0) {
        f->at.lists.members += page->count;
        return 0;
    }
    return store_note_put(f->txn, f->campaign.id, STORE_NOTE_FETCH, NAMES_NOTE,
                          buffer_text(names_of(f)), names_of(f)->size, err);
}

/* All lists are read: open ones are closed, and whose lists are not known is on none. */
static int close_lists(struct fetching *f, struct winnow_error *err) {
    for (uint32_t number = 0; number < f->campaign.followees; number++) {
        struct facts known;
        char id[FACT_ID_MAX + 1];
        char lists[FACT_LISTS_MAX + 1] = "";
        if (store_followee_get(f->txn, f->campaign.id, number, STORE_FACTS, &known, err) != 0)
            return -1;
        bool open = facts_lists_open(&known);
        if ((facts_known(&known, FACT_LISTS) && !open) || !facts_known(&known, FACT_ID))
            continue;
        text_copy(id, sizeof id, facts_text(&known, FACT_ID));
        if (open)
            text_copy(lists, sizeof lists,
                      (struct text){facts_text(&known, FACT_LISTS).at + 1,
                                    facts_text(&known, FACT_LISTS).size - 1});
        if (merge_lists(f, (struct text){id, (uint32_t)strlen(id)},
                        (struct text){lists, (uint32_t)strlen(lists)}, err) != 0)
            return -1;
    }
    return 0;
}

static int lists_end(struct fetching *f, bool *more, struct winnow_error *err) {
    struct why why = {0};
    struct text key;
    struct text name;
    *more = f->stopped.reason == REASON_NONE && find_list(f, f->at.lists.part, NULL, &key, &name) &&
            (by_part(f) || f->at.lists.part == 0);
    if (*more) {
        f->at.lists.part++;
        return 0;
    }
    if (f->stopped.reason != REASON_NONE)
        why = f->stopped;
    else if (f->at.skipped > 0)
        why = why_counts(REASON_LISTS_NOT_UNDERSTOOD, f->at.skipped, 0);
    else if (f->at.roster != fetch_roster(f))
        why = why_counts(REASON_ROSTER_CHANGED, 0, 0);
    else if (f->own_source->bound.reason != REASON_NONE)
        why = why_said(f->own_source->bound.reason, f->own_source->bound.say);
    else if (close_lists(f, err) != 0)
        return -1;
    if (store_note_remove(f->txn, f->campaign.id, STORE_NOTE_FETCH, NAMES_NOTE, err) != 0)
        return -1;
    return fetch_put(f, DATASET_LISTS, f->at.lists.members, 0, &why, err);
}

/* The members of one list alone are refused: the others are read all the same. */
static int lists_refused(struct fetching *f, struct winnow_error *err) {
    struct text key;
    struct text name;
    (void)err;
    if (f->at.lists.part == 0 || !by_part(f))
        return FETCH_NOT_OFFERED;
    f->at.skipped++;
    buffer_clear(&f->cursor);
    if (!find_list(f, f->at.lists.part, NULL, &key, &name))
        return FETCH_OVER;
    f->at.lists.part++;
    return FETCH_GO_ON;
}

/* The names of an earlier fetch that was killed. */
static int load_names(struct fetching *f, struct winnow_error *err) {
    struct store_txn *t;
    const void *bytes;
    size_t size;
    if (store_read(f->w->store, &t, err) != 0)
        return -1;
    int found = f->options->restart ? 0
                                    : store_note_get(t, f->campaign.id, STORE_NOTE_FETCH,
                                                     NAMES_NOTE, &bytes, &size, err);
    if (found == 1)
        buffer_add(names_of(f), bytes, size);
    store_abort(t);
    return found < 0 ? -1 : 0;
}

/* Forget the names that an earlier fetch had read. If this one is killed before its first page, the
 * next goes on from its note, and would take them for its own. */
static int lists_begin(struct fetching *f, struct winnow_error *err) {
    buffer_clear(names_of(f));
    return store_note_remove(f->txn, f->campaign.id, STORE_NOTE_FETCH, NAMES_NOTE, err);
}

int fetch_lists(struct fetching *f, const struct platform_source *source,
                struct winnow_error *err) {
    const struct fetch_step step = {
        .name = "lists",
        .kind = FETCH_KIND_LISTS,
        .doing = "reading the lists",
        .cost_now = lists_cost_now,
        .begin = lists_begin,
        .build = lists_build,
        .read = lists_read_rows,
        .take = lists_take,
        .page = lists_page,
        .end = lists_end,
        .refused = lists_refused,
        .may_lack = true,
        .by_pages = true,
    };
    struct buffer names;
    buffer_init(&names, NAMES_MAX);
    f->own_source = source;
    f->own = &names;
    int result = load_names(f, err);
    if (result == 0)
        result = fetch_step_run(f, &step, err);
    f->own = NULL;
    buffer_free(&names);
    if (result != 1)
        return result;
    fetch_warn_refused(f, source);
    return fetch_put_absent(f, DATASET_LISTS, &f->refused, err);
}
