/* Whom an export speaks of: see import_people.h. Happy path: one merge for each person; of those on
 * lists two, since the names of lists that are known stay. Fails as the store does. */
#include "work/import/import_people.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS INT64_C(86400000)

void import_people_init(struct import_people *p) {
    *p = (struct import_people){0};
    names_init(&p->keys, IMPORT_PEOPLE_MAX);
    names_init(&p->lists, IMPORT_LISTED_MAX);
}

void import_people_free(struct import_people *p) {
    names_free(&p->keys);
    names_free(&p->lists);
    free(p->all);
    free(p->listed);
    *p = (struct import_people){0};
}

/* ---- gathering ---- */

static bool make_room(struct import_people *p, uint32_t index) {
    if (index < p->room)
        return true;
    uint32_t room = p->room == 0 ? 256 : p->room * 2;
    struct import_person *all = realloc(p->all, room * sizeof *all);
    if (all == NULL)
        return false;
    memset(all + p->room, 0, (room - p->room) * sizeof *all);
    p->all = all;
    p->room = room;
    return true;
}

struct import_person *import_people_add(struct import_people *p, struct text key) {
    const struct name *one = names_add(&p->keys, key);
    if (one == NULL || !make_room(p, names_index(&p->keys, one))) {
        p->full = true;
        return NULL;
    }
    return &p->all[names_index(&p->keys, one)];
}

void import_people_met(struct import_people *p, struct text key, enum dataset set,
                       const struct exchange *x, int64_t wall_now_ms) {
    struct import_person *one = import_people_add(p, key);
    struct exchange in_time = *x;
    if (x->time_ms > wall_now_ms + DAY_MS)
        in_time.time_ms = 0;
    for (int i = 0; i < IMPORT_TIES && one != NULL; i++) {
        struct tie *t = &one->ties[i];
        if (!tie_is_empty(t) && t->dataset != set)
            continue;
        t->dataset = (uint8_t)set;
        tie_add(t, &in_time);
        return;
    }
}

void import_people_listed(struct import_people *p, struct text key, struct text list) {
    struct import_person *one = import_people_add(p, key);
    const struct name *name = names_add(&p->lists, list);
    p->full = p->full || name == NULL || p->listed_count == IMPORT_LISTED_MAX;
    if (one == NULL || name == NULL || p->listed_count == IMPORT_LISTED_MAX)
        return;
    if (p->listed_count == p->listed_room) {
        uint32_t room = p->listed_room == 0 ? 64 : p->listed_room * 2;
        struct import_listed *listed = realloc(p->listed, room * sizeof *listed);
        p->full = p->full || listed == NULL;
        if (listed == NULL)
            return;
        p->listed = listed;
        p->listed_room = room;
    }
    p->listed[p->listed_count++] =
        (struct import_listed){.list = names_index(&p->lists, name), .next = one->listed};
    one->listed = p->listed_count;
}

/* ---- laying it over the roster ---- */

bool import_has_line(struct text lines, struct text line) {
    for (uint32_t at = 0; at < lines.size;) {
        const char *end = memchr(lines.at + at, '\n', lines.size - at);
        uint32_t size = end != NULL ? (uint32_t)(end - lines.at) - at : lines.size - at;
        if (size == line.size && memcmp(lines.at + at, line.at, size) == 0)
            return true;
        at += size + 1;
    }
    return false;
}

/* The lists that are known of them, and those of the export. They are open until it is known that
 * these are all. */
static uint32_t join_lists(const struct import_people *p, const struct import_person *one,
                           const struct facts *known, char room[FACT_LISTS_MAX]) {
    bool has = facts_known(known, FACT_LISTS);
    uint32_t size = has ? facts_text(known, FACT_LISTS).size : 1;
    memcpy(room, has ? facts_text(known, FACT_LISTS).at : "\n", size);
    for (uint32_t k = one->listed; k != 0; k = p->listed[k - 1].next) {
        struct text name = names_text(&p->lists, &p->lists.all[p->listed[k - 1].list]);
        if (import_has_line((struct text){room, size}, name) ||
            size + name.size + 1 > FACT_LISTS_MAX)
            continue;
        memcpy(room + size, name.at, name.size);
        size += name.size;
        room[size++] = '\n';
    }
    return size;
}

static int people_merge(struct importing *i, struct facts *f, enum store_change *change,
                        uint32_t *number, struct winnow_error *err) {
    facts_came_from(f, i->batch);
    return store_followee_merge(i->txn, i->campaign, f, true, change, number, err);
}

static int add_lists(struct importing *i, const struct import_people *p,
                     const struct import_person *one, uint32_t number, enum store_change *change,
                     struct winnow_error *err) {
    struct facts known;
    struct facts f = {0};
    char id[FACT_ID_MAX];
    char lists[FACT_LISTS_MAX];
    if (store_followee_get(i->txn, i->campaign->id, number, STORE_FACTS, &known, err) != 0)
        return -1;
    struct text key = facts_text(&known, FACT_ID);
    if (!facts_known(&known, FACT_ID))
        return 0;
    facts_clear(&f);
    memcpy(id, key.at, key.size); /* the store's view ends with the change */
    facts_set_text(&f, FACT_ID, id, key.size);
    facts_set_text(&f, FACT_LISTS, lists, join_lists(p, one, &known, lists));
    enum store_change listed = STORE_UNCHANGED;
    if (people_merge(i, &f, &listed, &number, err) != 0)
        return -1;
    *change = listed == STORE_CHANGED ? listed : *change;
    return 0;
}

/* Who they are: by the key, or by the number that was found for it. 0: nobody in the roster. */
static int set_key(const struct importing *i, const struct import_people *p, uint32_t index,
                   bool by_handle, struct facts *f, char room[FACT_HANDLE_MAX + 1],
                   struct winnow_error *err) {
    struct facts known;
    struct text key = names_text(&p->keys, &p->keys.all[index]);
    enum fact_id as = FACT_ID;
    if (by_handle) {
        if (p->all[index].number == 0)
            return 0;
        if (store_followee_get(i->txn, i->campaign->id, p->all[index].number - 1,
                               STORE_FACTS_AND_TEXTS, &known, err) != 0)
            return -1;
        as = facts_known(&known, FACT_ID) ? FACT_ID : FACT_HANDLE;
        key = facts_text(&known, as);
    }
    facts_clear(f);
    memcpy(room, key.at, key.size);
    facts_set_text(f, as, room, key.size);
    return 1;
}

static int apply_one(struct importing *i, struct import_people *p, uint32_t index, bool by_handle,
                     struct winnow_error *err) {
    struct facts f = {0};
    char room[FACT_HANDLE_MAX + 1];
    enum store_change change;
    uint32_t number;
    const struct import_person *one = &p->all[index];
    int found = set_key(i, p, index, by_handle, &f, room, err);
    if (found <= 0)
        return found;
    for (int k = 0; k < IMPORT_TIES; k++)
        if (!tie_is_empty(&one->ties[k]))
            *facts_tie(&f, (enum dataset)one->ties[k].dataset) = one->ties[k];
    if (one->blocked)
        facts_set_flag(&f, FACT_BLOCKED, true);
    if (people_merge(i, &f, &change, &number, err) != 0)
        return -1;
    if (change == STORE_ABSENT)
        return 0;
    if (one->listed != 0 && add_lists(i, p, one, number, &change, err) != 0)
        return -1;
    p->matched++;
    i->result->changed += change == STORE_CHANGED;
    i->result->blocked += one->blocked;
    return 0;
}

int import_people_apply(struct importing *i, struct import_people *p, bool by_handle,
                        struct winnow_error *err) {
    for (uint32_t k = 0; k < p->keys.count && k < p->room; k++)
        if (apply_one(i, p, k, by_handle, err) != 0)
            return -1;
    return 0;
}

/* ---- closing the lists ---- */

struct open_lists {
    uint32_t *numbers; /* owned; room for the whole roster */
    uint32_t count;
};

static int note_open(void *context, uint32_t number, const struct facts *f, uint64_t gone,
                     struct winnow_error *err) {
    struct open_lists *o = context;
    (void)gone;
    (void)err;
    if (facts_known(f, FACT_ID) && (!facts_known(f, FACT_LISTS) || facts_lists_open(f)))
        o->numbers[o->count++] = number;
    return 0;
}

static int close_one(struct importing *i, uint32_t number, struct winnow_error *err) {
    struct facts known;
    struct facts f = {0};
    char id[FACT_ID_MAX];
    char lists[FACT_LISTS_MAX];
    enum store_change change;
    if (store_followee_get(i->txn, i->campaign->id, number, STORE_FACTS, &known, err) != 0)
        return -1;
    bool open = facts_lists_open(&known);
    struct text before = open ? facts_text(&known, FACT_LISTS) : (struct text){"", 0};
    struct text key = facts_text(&known, FACT_ID);
    memcpy(id, key.at, key.size); /* the store's view ends with the change */
    if (open)
        memcpy(lists, before.at + 1, before.size - 1);
    facts_clear(&f);
    facts_set_text(&f, FACT_ID, id, key.size);
    facts_set_text(&f, FACT_LISTS, lists, open ? before.size - 1 : 0);
    return people_merge(i, &f, &change, &number, err);
}

int import_people_close_lists(struct importing *i, struct winnow_error *err) {
    struct open_lists o = {.numbers = calloc(i->campaign->followees + 1u, sizeof *o.numbers)};
    if (o.numbers == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
    const struct store_scan scan = {.detail = STORE_FACTS, .each = note_open, .context = &o};
    int result = store_roster_scan(i->txn, i->campaign->id, &scan, err);
    for (uint32_t k = 0; k < o.count && result == 0; k++)
        result = close_one(i, o.numbers[k], err);
    free(o.numbers);
    return result;
}

/* ---- the datasets ---- */

static void people_show(struct importing *i, const struct import_set *set,
                        const struct evidence *e) {
    struct winnow_import_result *r = i->result;
    char why[WHY_MAX];
    why_sentence(&e->why, why);
    if (e->state == WINNOW_SET_PARTIAL)
        hooks_warn(&i->options->hooks,
                   "%s: its %s are known in part (%s): what is not in them stays unknown", i->file,
                   dataset_names[set->dataset], why);
    if (r->set_count == WINNOW_IMPORT_SETS)
        return;
    struct winnow_import_set *to = &r->sets[r->set_count++];
    *to = (struct winnow_import_set){.count = e->count, .expected = e->expected};
    snprintf(to->name, sizeof to->name, "%s", dataset_names[set->dataset]);
    to->state = e->state;
    snprintf(to->why, sizeof to->why, "%s", why);
    to->as_of_ms = batch_wall_ms(e->as_of_ms, i->wall_offset_ms);
}

int import_put_set(struct importing *i, const struct import_set *set, int64_t as_of_ms,
                   struct winnow_error *err) {
    struct evidence e = {.state = set->complete ? WINNOW_SET_COMPLETE
                                  : set->there  ? WINNOW_SET_PARTIAL
                                                : WINNOW_SET_ABSENT,
                         .as_of_ms = as_of_ms,
                         .count = set->count,
                         .expected = set->expected,
                         .batch = i->batch};
    if (e.state != WINNOW_SET_ABSENT && set->read_through)
        e.people = i->campaign->followees;
    if (e.state == WINNOW_SET_PARTIAL)
        e.why = why_said(set->read_through ? REASON_NEVER_WHOLE : REASON_SAID, set->why);
    people_show(i, set, &e);
    return e.state == WINNOW_SET_ABSENT ? 0 : importing_put_evidence(i, set->dataset, &e, err);
}
