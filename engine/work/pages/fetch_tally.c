/* The tally of exchanges: see fetch_tally.h. Happy path: each page adds to the ties of some
 * followees, and leaves two notes, what it counted and those ties as they stand behind it; at the
 * dataset's end they are merged into the roster. Fails as the store does.
 *
 * What somebody said in one status counts once for each person and direction, however often its row
 * comes and in however many sources it stands: a page can repeat the last row of the page before
 * (GoToSocial), and a status is in conversations and in notifications. */
#include "work/pages/fetch_tally.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_NOTE_MAX                                                                              \
    ((size_t)1024 *                                                                                \
     1024) /* bytes of one; an ordinary page's has some thousand                    \
                           */

struct noted { /* stored as it lies, on the machine that reads it again */
    uint32_t number;
    struct tie tie;
};

int tally_init(struct tally *tally, uint32_t followees, struct winnow_error *err) {
    *tally = (struct tally){.room = followees};
    buffer_init(&tally->marks, PAGE_NOTE_MAX);
    buffer_init(&tally->touched, PAGE_NOTE_MAX);
    tally->ties = calloc((size_t)followees + 1, sizeof *tally->ties);
    return tally->ties == NULL ? winnow_fail(err, WINNOW_NO_MEMORY, "out of memory") : 0;
}

void tally_free(struct tally *tally) {
    free(tally->ties);
    seen_free(&tally->counted);
    buffer_free(&tally->marks);
    buffer_free(&tally->touched);
}

/* ---- the notes of pages ----------------------------------------------------------------------*/

struct note_name {
    char text[48];
};

static struct note_name name_of(const char *what, uint64_t page) {
    struct note_name name;
    snprintf(name.text, sizeof name.text, "exchanges.%s.%" PRIu64, what, page);
    return name;
}

static int put_note(struct fetching *f, const char *what, const void *bytes, size_t size,
                    struct winnow_error *err) {
    struct note_name name = name_of(what, f->at.pages);
    return store_note_put(f->txn, f->campaign.id, STORE_NOTE_FETCH, name.text, bytes, size, err);
}

int tally_put(struct tally *tally, struct fetching *f, struct winnow_error *err) {
    size_t count = tally->touched.size / sizeof(uint32_t);
    struct noted *ties = calloc(count + 1, sizeof *ties);
    if (ties == NULL || tally->marks.failed || tally->touched.failed) {
        free(ties);
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
    }
    for (size_t i = 0; i < count; i++) {
        memcpy(&ties[i].number, tally->touched.at + i * sizeof(uint32_t), sizeof(uint32_t));
        ties[i].tie = tally->ties[ties[i].number];
    }
    int result = put_note(f, "said", buffer_text(&tally->marks), tally->marks.size, err);
    if (result == 0)
        result = put_note(f, "ties", ties, count * sizeof *ties, err);
    free(ties);
    buffer_clear(&tally->marks);
    buffer_clear(&tally->touched);
    return result;
}

static int load_marks(struct tally *tally, const char *bytes, size_t size,
                      struct winnow_error *err) {
    for (size_t at = 0; at + sizeof(uint64_t) <= size; at += sizeof(uint64_t)) {
        uint64_t mark;
        bool is_new;
        memcpy(&mark, bytes + at, sizeof mark);
        if (mark != 0 && seen_add(&tally->counted, mark, &is_new, err) != 0)
            return -1;
    }
    return 0;
}

/* Those of another dataset are in the roster by now. */
static void load_ties(struct tally *tally, enum dataset set, const char *bytes, size_t size) {
    for (size_t at = 0; at + sizeof(struct noted) <= size; at += sizeof(struct noted)) {
        struct noted one;
        memcpy(&one, bytes + at, sizeof one);
        if (one.number < tally->room && one.tie.dataset == (uint8_t)set)
            tally->ties[one.number] = one.tie;
    }
}

int tally_load(struct tally *tally, struct fetching *f, enum dataset set,
               struct winnow_error *err) {
    struct store_txn *t;
    const void *bytes;
    size_t size;
    int found = 1;
    if (tally->loaded)
        return 0;
    tally->loaded = true;
    if (store_read(f->w->store, &t, err) != 0)
        return -1;
    for (uint64_t page = 1; page <= f->at.pages && found >= 0; page++) {
        struct note_name said = name_of("said", page);
        struct note_name ties = name_of("ties", page);
        found = store_note_get(t, f->campaign.id, STORE_NOTE_FETCH, said.text, &bytes, &size, err);
        if (found == 1 && load_marks(tally, bytes, size, err) != 0)
            found = -1;
        if (found >= 0)
            found =
                store_note_get(t, f->campaign.id, STORE_NOTE_FETCH, ties.text, &bytes, &size, err);
        if (found == 1)
            load_ties(tally, set, bytes, size);
    }
    store_abort(t);
    return found < 0 ? -1 : 0;
}

static int remove_notes(struct fetching *f, const char *what, struct winnow_error *err) {
    for (uint64_t page = 1;; page++) {
        const void *bytes;
        size_t size;
        struct note_name name = name_of(what, page);
        int found =
            store_note_get(f->txn, f->campaign.id, STORE_NOTE_FETCH, name.text, &bytes, &size, err);
        if (found <= 0)
            return found;
        if (store_note_remove(f->txn, f->campaign.id, STORE_NOTE_FETCH, name.text, err) != 0)
            return -1;
    }
}

int tally_forget(struct tally *tally, struct fetching *f, struct winnow_error *err) {
    memset(tally->ties, 0, ((size_t)tally->room + 1) * sizeof *tally->ties);
    seen_free(&tally->counted);
    tally->loaded = true;
    return remove_notes(f, "said", err) == 0 ? remove_notes(f, "ties", err) : -1;
}

/* ---- counting --------------------------------------------------------------------------------*/

/* 1: it was not counted before, and is from now on. What has neither name counts each time. */
static int count_once(struct tally *tally, struct fetching *f, struct text who) {
    const struct text names[2] = {f->page.conversation, f->page.said};
    const char kinds[2] = {'c', f->page.exchange.by_them ? 'h' : 's'};
    bool fresh = true;
    for (size_t i = 0; i < 2; i++) {
        uint64_t mark = seen_mark(kinds[i], who, names[i]);
        bool is_new;
        if (names[i].size == 0)
            continue;
        if (seen_add(&tally->counted, mark, &is_new, f->err) != 0)
            return -1;
        if (is_new)
            buffer_add(&tally->marks, &mark, sizeof mark);
        fresh = fresh && is_new;
    }
    return fresh;
}

int tally_add(struct tally *tally, struct fetching *f, enum dataset set, uint32_t number,
              struct text who) {
    if (number >= tally->room)
        return 0;
    int fresh = count_once(tally, f, who);
    if (fresh <= 0)
        return fresh;
    struct tie *tie = &tally->ties[number];
    tie->dataset = (uint8_t)set;
    tie_add(tie, &f->page.exchange);
    buffer_add(&tally->touched, &number, sizeof number);
    return 0;
}

static int apply_one(struct fetching *f, uint32_t number, const struct tie *tie,
                     struct winnow_error *err) {
    struct facts known;
    struct facts facts = {0};
    char id[FACT_ID_MAX + 1];
    if (store_followee_get(f->txn, f->campaign.id, number, STORE_FACTS, &known, err) != 0)
        return -1;
    if (!facts_known(&known, FACT_ID))
        return 0;
    text_copy(id, sizeof id, facts_text(&known, FACT_ID));
    facts_clear(&facts);
    facts_set_text(&facts, FACT_ID, id, strlen(id));
    *facts_tie(&facts, (enum dataset)tie->dataset) = *tie;
    return fetch_merge_known(f, &facts, err) < 0 ? -1 : 0;
}

int tally_apply(struct tally *tally, struct fetching *f, struct winnow_error *err) {
    for (uint32_t i = 0; i < tally->room; i++) {
        if (!tie_is_empty(&tally->ties[i]) && apply_one(f, i, &tally->ties[i], err) != 0)
            return -1;
        tally->ties[i] = (struct tie){0};
    }
    return 0;
}
