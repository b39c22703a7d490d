/* Whom the account talked to, and who talked to it: its own posts, conversations, notifications, as
 * far as the platform gives them. Happy path: one source after another into a tally of the roster,
 * which is stored with each page; at the end it becomes the facts `interactions` and
 * `last_interaction_at`, where it says more than what is known already.
 *
 * A conversation, and what somebody said in one status, counts once for each person, however often
 * its row comes and in however many sources it stands: a page can repeat the last row of the page
 * before (GoToSocial), and a status is in conversations, mentions and favourites. The marks of what
 * was counted are in memory, and in a note beside each page for the fetch that goes on.
 *
 * Nobody is ever known by this to have had no interaction: no platform gives all of them. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "worker/fetch.h"

#define TALLY_NOTE "interactions.tally"
#define MARKS_MAX  ((size_t)1024 * 1024) /* bytes of a page's note; an ordinary one has 1,280 */

struct counted { /* of one followee; stored as it lies, on the machine that reads it again */
    uint32_t number, count;
    int64_t last_ms; /* 0: not told */
};

struct tally {
    struct counted *all; /* by roster number; campaign.followees long */
    struct counted *packed;
    uint32_t room;                        /* followees */
    const struct platform_source *source; /* in hand, from build on */
    bool refused;                         /* it was */
    struct seen counted;                  /* what was counted, in all sources */
    struct buffer marks;                  /* of them, those of the page in hand: uint64_t each */
};

/* ---- the sources -----------------------------------------------------------------------------*/

/* A row's name in the note: its dataset, and which of that dataset's lists it is, so that rows may
 * come between. Below KEYS_FROM are the numbers of older notes. */
#define KEYS_FROM     16u
#define KEYS_EACH     16u
#define SOURCE_DONE   UINT32_MAX
#define OLDER_SOURCES 3

static bool is_read(const struct platform_source *s) {
    return s->way == SOURCE_PAGES && (evidence_of_exchanges() >> s->dataset & 1u) != 0;
}

static uint32_t key_of(const struct platform *p, size_t row) {
    uint32_t nth = 0;
    for (size_t i = 0; i < row; i++)
        nth += p->sources[i].dataset == p->sources[row].dataset && is_read(&p->sources[i]);
    return KEYS_FROM + (uint32_t)p->sources[row].dataset * KEYS_EACH + nth;
}

/* The row of a key; `source_count` when there is none. */
static size_t row_of(const struct platform *p, uint32_t key) {
    static const enum dataset older[OLDER_SOURCES] = {DATASET_POSTS, DATASET_MESSAGES,
                                                      DATASET_REACTIONS};
    if (key < OLDER_SOURCES)
        key = KEYS_FROM + (uint32_t)older[key] * KEYS_EACH;
    for (size_t i = 0; i < p->source_count; i++)
        if (is_read(&p->sources[i]) && key_of(p, i) == key)
            return i;
    return p->source_count;
}

static const struct platform_source *source_of(const struct fetching *f) {
    size_t row = row_of(f->platform, f->at.talk.source);
    return row < f->platform->source_count ? &f->platform->sources[row] : NULL;
}

/* The key of the first wanted row from `row` on; SOURCE_DONE when there is none. */
static uint32_t next_source(const struct fetching *f, size_t row) {
    const struct platform *p = f->platform;
    for (; row < p->source_count; row++)
        if (is_read(&p->sources[row]) && (f->wanted >> p->sources[row].dataset & 1u) != 0)
            return key_of(p, row);
    return SOURCE_DONE;
}

static uint32_t source_after(const struct fetching *f) {
    return next_source(f, row_of(f->platform, f->at.talk.source) + 1);
}

static uint64_t wanted_here(const struct fetching *f) {
    return f->wanted & evidence_of_exchanges();
}

/* An older note is of all that there were. */
static bool same(const struct fetching *f) {
    uint64_t all = 1u << DATASET_POSTS | 1u << DATASET_MESSAGES | 1u << DATASET_REACTIONS;
    uint64_t begun = f->at.talk.datasets;
    return (begun == 0 ? all : begun) == wanted_here(f);
}

/* ---- a page ----------------------------------------------------------------------------------*/

static int build(struct fetching *f, const struct platform_account *who, struct http_request *out,
                 struct winnow_error *err) {
    struct text cursor = {buffer_text(&f->cursor), (uint32_t)f->cursor.size};
    struct tally *tally = f->own;
    tally->source = source_of(f);
    if (tally->source == NULL)
        return winnow_fail(err, WINNOW_DAMAGED,
                           "where the fetch of interactions stands cannot be read: begin anew with "
                           "--restart");
    return tally->source->list->build(who, (struct text){"", 0}, cursor, out, err);
}

static struct reads_price cost_now(const struct fetching *f) {
    const struct platform_source *source = source_of(f);
    return source == NULL ? reads_free
                          : (struct reads_price){MONEY_POSTS, source->list->price_micro,
                                                 source->list->page_max};
}

static int read_rows(struct fetching *f, const struct platform_account *who,
                     const struct http_response *in, struct platform_page *page,
                     struct reply *reply) {
    const struct tally *tally = f->own;
    return tally->source->list->read(who, in, page, reply);
}

/* 1: it was not counted before, and is from now on. What has neither name counts each time. */
static int count_once(struct fetching *f, struct text who) {
    struct tally *tally = f->own;
    const struct text names[2] = {f->page.conversation, f->page.said};
    bool fresh = true;
    for (size_t i = 0; i < 2; i++) {
        uint64_t mark = seen_mark("cs"[i], who, names[i]);
        bool is_new;
        if (names[i].size == 0)
            continue;
        if (seen_add(&tally->counted, mark, &is_new, f->err) != 0)
            return -1;
        if (is_new && tally->marks.size + sizeof mark <= MARKS_MAX)
            buffer_add(&tally->marks, &mark, sizeof mark);
        fresh = fresh && is_new;
    }
    return fresh;
}

static int take(void *context, const struct facts *row) {
    struct fetching *f = context;
    struct tally *tally = f->own;
    uint32_t number;
    if (row->text[FACT_ID].size == 0)
        return 0;
    int found = store_followee_find(f->txn, f->campaign.id, row->text[FACT_ID].at,
                                    row->text[FACT_ID].size, &number, f->err);
    if (found <= 0 || number >= tally->room)
        return found < 0 ? -1 : 0;
    int fresh = count_once(f, row->text[FACT_ID]);
    if (fresh < 0)
        return -1;
    struct counted *c = &tally->all[number];
    c->number = number;
    c->count += fresh == 1 && c->count < UINT32_MAX;
    if (facts_known(row, FACT_LAST_INTERACTION_AT) &&
        row->value[FACT_LAST_INTERACTION_AT] > c->last_ms)
        c->last_ms = row->value[FACT_LAST_INTERACTION_AT];
    return 0;
}

static void marks_name(uint64_t page, char name[40]) {
    snprintf(name, 40, "interactions.said.%" PRIu64, page);
}

static int put_marks(struct fetching *f, struct winnow_error *err) {
    struct tally *tally = f->own;
    char name[40];
    marks_name(f->at.pages, name);
    if (tally->marks.failed)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
    int result = store_note_put(f->txn, f->campaign.id, STORE_NOTE_FETCH, name,
                                buffer_text(&tally->marks), tally->marks.size, err);
    buffer_clear(&tally->marks);
    return result;
}

/* Those of all pages before; `forget`: take the notes away instead. */
static int each_marks(struct fetching *f, struct store_txn *t, bool forget,
                      struct winnow_error *err) {
    struct tally *tally = f->own;
    for (uint64_t page = 1;; page++) {
        char name[40];
        const void *bytes;
        size_t size;
        marks_name(page, name);
        int found = store_note_get(t, f->campaign.id, STORE_NOTE_FETCH, name, &bytes, &size, err);
        if (found <= 0)
            return found;
        for (size_t at = 0; !forget && at + sizeof(uint64_t) <= size; at += sizeof(uint64_t)) {
            uint64_t mark;
            bool is_new;
            memcpy(&mark, (const char *)bytes + at, sizeof mark);
            if (mark != 0 && seen_add(&tally->counted, mark, &is_new, err) != 0)
                return -1;
        }
        if (forget && store_note_remove(t, f->campaign.id, STORE_NOTE_FETCH, name, err) != 0)
            return -1;
    }
}

static int page(struct fetching *f, const struct platform_page *page, struct winnow_error *err) {
    struct tally *tally = f->own;
    uint32_t used = 0;
    (void)page;
    if (put_marks(f, err) != 0)
        return -1;
    for (uint32_t i = 0; i < tally->room; i++)
        if (tally->all[i].count > 0)
            tally->packed[used++] = tally->all[i];
    return store_note_put(f->txn, f->campaign.id, STORE_NOTE_FETCH, TALLY_NOTE, tally->packed,
                          used * sizeof tally->packed[0], err);
}

static int apply_one(struct fetching *f, const struct counted *c, struct winnow_error *err) {
    struct facts known;
    struct facts facts = {0};
    char id[FACT_ID_MAX + 1];
    int64_t count = c->count;
    if (store_followee_get(f->txn, f->campaign.id, c->number, STORE_FACTS, &known, err) != 0)
        return -1;
    if (!facts_known(&known, FACT_ID))
        return 0;
    text_copy(id, sizeof id, known.text[FACT_ID]);
    facts_clear(&facts);
    facts_set_text(&facts, FACT_ID, id, strlen(id));
    if (!facts_known(&known, FACT_INTERACTIONS) || known.value[FACT_INTERACTIONS] < count)
        facts_set_value(&facts, FACT_INTERACTIONS, count);
    if (c->last_ms > 0 && (!facts_known(&known, FACT_LAST_INTERACTION_AT) ||
                           known.value[FACT_LAST_INTERACTION_AT] < c->last_ms))
        facts_set_value(&facts, FACT_LAST_INTERACTION_AT, c->last_ms);
    return fetch_merge_known(f, &facts, err) < 0 ? -1 : 0;
}

/* Why the source in hand is not whole, if only for what it can never tell. */
static struct why judge(const struct fetching *f, const struct platform_source *source) {
    if (f->stopped.reason != REASON_NONE)
        return f->stopped;
    if (f->at.skipped > 0)
        return why_counts(REASON_ROWS_NOT_UNDERSTOOD, f->at.skipped, 0);
    if (source->bound.reason == REASON_NONE)
        return (struct why){0};
    struct why why = why_said(source->bound.reason, source->bound.say);
    why.n = source->newest;
    return why;
}

static int put_source(struct fetching *f, const struct platform_source *source,
                      struct winnow_error *err) {
    struct why why = judge(f, source);
    if (f->stopped.reason != REASON_NONE) {
        char sentence[WHY_MAX];
        why_sentence(&why, sentence);
        hooks_warn(&f->options->hooks, "the %s are not read further: %s",
                   dataset_names[source->dataset], sentence);
    }
    int result = fetch_put(f, source->dataset, f->at.rows, 0, &why, err);
    f->at.rows = f->at.skipped = 0;
    f->stopped = (struct why){0}; /* what the other sources tell is as good */
    return result;
}

static int end(struct fetching *f, bool *more, struct winnow_error *err) {
    struct tally *tally = f->own;
    if (!tally->refused && put_source(f, tally->source, err) != 0)
        return -1;
    tally->refused = false;
    f->at.talk.source = source_after(f);
    *more = f->at.talk.source != SOURCE_DONE;
    for (uint32_t i = 0; i < tally->room && !*more; i++)
        if (tally->all[i].count > 0 && apply_one(f, &tally->all[i], err) != 0)
            return -1;
    if (*more)
        return 0;
    return each_marks(f, f->txn, true, err) == 0
               ? store_note_remove(f->txn, f->campaign.id, STORE_NOTE_FETCH, TALLY_NOTE, err)
               : -1;
}

/* The one source is not offered: with what the others tell. */
static int refused(struct fetching *f, struct winnow_error *err) {
    struct tally *tally = f->own;
    if (fetch_put_absent(f, tally->source->dataset, &f->refused, err) != 0)
        return -1;
    uint32_t next = source_after(f);
    if (next == SOURCE_DONE) {
        tally->refused = true;
        return FETCH_OVER;
    }
    f->at.talk.source = next;
    buffer_clear(&f->cursor);
    return FETCH_GO_ON;
}

/* Without what a fetch that was begun anew had counted: killed before its first page, this one is
 * gone on with by the note. */
static int begin(struct fetching *f, struct winnow_error *err) {
    struct tally *tally = f->own;
    memset(tally->all, 0, ((size_t)tally->room + 1) * sizeof *tally->all);
    f->at.talk.source = next_source(f, 0);
    f->at.talk.datasets = wanted_here(f);
    seen_free(&tally->counted);
    if (each_marks(f, f->txn, true, err) != 0)
        return -1;
    return store_note_remove(f->txn, f->campaign.id, STORE_NOTE_FETCH, TALLY_NOTE, err);
}

/* The roster's size, and the tally of a fetch that was killed. */
static int load(struct fetching *f, struct tally *tally, struct winnow_error *err) {
    struct store_txn *t;
    const void *bytes = NULL;
    size_t size = 0;
    if (store_read(f->w->store, &t, err) != 0)
        return -1;
    int result = store_campaign_find(t, f->campaign.name, &f->campaign, err);
    if (result == 0 && !f->options->restart)
        result =
            store_note_get(t, f->campaign.id, STORE_NOTE_FETCH, TALLY_NOTE, &bytes, &size, err);
    tally->room = f->campaign.followees;
    tally->all = calloc((size_t)tally->room + 1, sizeof *tally->all);
    tally->packed = calloc((size_t)tally->room + 1, sizeof *tally->packed);
    if (result >= 0 && (tally->all == NULL || tally->packed == NULL))
        result = winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
    for (size_t at = 0; result == 1 && at + sizeof(struct counted) <= size;
         at += sizeof(struct counted)) {
        struct counted c;
        memcpy(&c, (const char *)bytes + at, sizeof c);
        if (c.number < tally->room)
            tally->all[c.number] = c;
    }
    if (result >= 0 && !f->options->restart && each_marks(f, t, false, err) != 0)
        result = -1;
    store_abort(t);
    return result < 0 ? -1 : 0;
}

int fetch_interactions(struct fetching *f, const struct platform_source *source,
                       struct winnow_error *err) {
    const struct fetch_step step = {
        .name = "interactions",
        .kind = FETCH_KIND_TALK,
        .doing = "reading the interactions",
        .cost_now = cost_now,
        .begin = begin,
        .same = same,
        .build = build,
        .read = read_rows,
        .take = take,
        .page = page,
        .end = end,
        .refused = refused,
        .may_lack = true,
        .by_pages = true,
    };
    struct tally tally = {.source = source};
    buffer_init(&tally.marks, MARKS_MAX);
    f->own = &tally;
    int result = load(f, &tally, err);
    if (result == 0)
        result = fetch_step_run(f, &step, err);
    f->own = NULL;
    free(tally.all);
    free(tally.packed);
    seen_free(&tally.counted);
    buffer_free(&tally.marks);
    return result < 0 ? -1 : 0;
}
