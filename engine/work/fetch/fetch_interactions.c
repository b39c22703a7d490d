/* Whom the account talked to, and who talked to it: its own posts, likes, conversations,
 * notifications, as far as the platform gives them. Happy path: one source after another into a
 * tally (fetch_tally.h); at a dataset's end that becomes the followees' ties. A source that the
 * server refuses is left with what it told by then, and the next one is read.
 *
 * That nothing was seen says something only of who was in the roster as the reading began: the
 * evidence says how many those were. */
#include <stdlib.h>
#include <string.h>

#include "work/pages/fetch_tally.h"

struct talk {
    struct tally tally;
    const struct platform_source *source; /* in hand, from build on */
    bool refused;                         /* it was, and is in the evidence */
};

/* ---- the sources -----------------------------------------------------------------------------*/

/* A row's name in the note: its dataset, and which of that dataset's lists it is, so that rows may
 * come between. */
#define KEYS_EACH   16u
#define SOURCE_DONE UINT32_MAX

static bool is_read(const struct platform_source *s) {
    return s->way == SOURCE_PAGES && (evidence_of_exchanges() >> s->dataset & 1u) != 0;
}

static uint32_t key_of(const struct platform *p, size_t row) {
    uint32_t nth = 0;
    for (size_t i = 0; i < row; i++)
        nth += p->sources[i].dataset == p->sources[row].dataset && is_read(&p->sources[i]);
    return (uint32_t)p->sources[row].dataset * KEYS_EACH + nth;
}

/* The row of a key; `source_count` when there is none. */
static size_t row_of(const struct platform *p, uint32_t key) {
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

static bool talk_same(const struct fetching *f) {
    return f->at.talk.datasets == wanted_here(f);
}

/* ---- a page ----------------------------------------------------------------------------------*/

static int talk_build(struct fetching *f, const struct platform_account *who,
                      struct http_request *out, struct winnow_error *err) {
    struct text cursor = {buffer_text(&f->cursor), (uint32_t)f->cursor.size};
    struct talk *talk = f->own;
    talk->source = source_of(f);
    if (talk->source == NULL)
        return winnow_fail(err, WINNOW_DAMAGED,
                           "where the fetch of interactions stands cannot be read: begin anew with "
                           "--restart");
    if (tally_load(&talk->tally, f, talk->source->dataset, err) != 0)
        return -1;
    return talk->source->list->build(who, (struct text){"", 0}, cursor, out, err);
}

static struct reads_price talk_cost_now(const struct fetching *f) {
    const struct platform_source *source = source_of(f);
    return source == NULL ? reads_free
                          : (struct reads_price){MONEY_POSTS, source->list->price_micro,
                                                 source->list->page_max};
}

static int talk_read_rows(struct fetching *f, const struct platform_account *who,
                          const struct http_response *in, struct platform_page *page,
                          struct reply *reply) {
    const struct talk *talk = f->own;
    return talk->source->list->read(who, in, page, reply);
}

static void note_oldest(struct fetching *f) {
    int64_t time_ms = f->page.exchange.time_ms;
    if (time_ms > 0 && (f->at.talk.since_ms == 0 || time_ms < f->at.talk.since_ms))
        f->at.talk.since_ms = time_ms;
}

static int talk_take(void *context, const struct facts *row) {
    struct fetching *f = context;
    struct talk *talk = f->own;
    uint32_t number;
    note_oldest(f);
    if (facts_text(row, FACT_ID).size == 0)
        return 0;
    int found = store_followee_find(f->txn, f->campaign.id, facts_text(row, FACT_ID).at,
                                    facts_text(row, FACT_ID).size, &number, f->err);
    if (found <= 0)
        return found;
    return tally_add(&talk->tally, f, talk->source->dataset, number, facts_text(row, FACT_ID));
}

static int talk_page(struct fetching *f, const struct platform_page *page,
                     struct winnow_error *err) {
    struct talk *talk = f->own;
    (void)page;
    return tally_put(&talk->tally, f, err);
}

/* ---- the end of a source ---------------------------------------------------------------------*/

/* Why the source in hand is not whole, if only for what it can never tell. */
static struct why talk_judge(const struct fetching *f, const struct platform_source *source) {
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

static void warn_of_rest(const struct fetching *f, const struct platform_source *source,
                         const struct why *why) {
    char sentence[WHY_MAX];
    why_sentence(why, sentence);
    hooks_warn(&f->options->hooks, "the %s are not read further: %s",
               dataset_names[source->dataset], sentence);
}

/* The evidence of the source in hand; its ties are merged when its dataset ends with it. */
static int end_source(struct fetching *f, const struct why *why, uint32_t next,
                      struct winnow_error *err) {
    struct talk *talk = f->own;
    bool same_set = next != SOURCE_DONE && next / KEYS_EACH == talk->source->dataset;
    int result = fetch_put(f, talk->source->dataset, f->at.rows, 0, why, err);
    if (result == 0 && !same_set)
        result = tally_apply(&talk->tally, f, err);
    f->at.rows = f->at.skipped = 0;
    f->at.talk.since_ms = 0;
    return result;
}

static int talk_end(struct fetching *f, bool *more, struct winnow_error *err) {
    struct talk *talk = f->own;
    uint32_t next = source_after(f);
    if (!talk->refused) {
        struct why why = talk_judge(f, talk->source);
        if (f->stopped.reason != REASON_NONE)
            warn_of_rest(f, talk->source, &why);
        if (end_source(f, &why, next, err) != 0)
            return -1;
    }
    f->stopped = (struct why){0}; /* what the other sources tell is as good */
    talk->refused = false;
    f->at.talk.source = next;
    *more = next != SOURCE_DONE;
    return *more ? 0 : tally_forget(&talk->tally, f, err);
}

/* What it told before it was refused stays, and is not all. */
static int put_refused(struct fetching *f, uint32_t next, struct winnow_error *err) {
    struct talk *talk = f->own;
    if (f->at.rows == 0)
        return fetch_put_absent(f, talk->source->dataset, &f->refused, err);
    if (store_write(f->w->store, f->campaign.id, &f->txn, err) != 0)
        return -1;
    if (store_campaign_find(f->txn, f->campaign.name, &f->campaign, err) == 0 &&
        end_source(f, &f->refused, next, err) == 0 &&
        store_campaign_put(f->txn, &f->campaign, err) == 0)
        return store_commit(f->txn, err);
    store_abort(f->txn);
    return -1;
}

/* The one source is not offered: with what the others tell. */
static int talk_refused(struct fetching *f, struct winnow_error *err) {
    struct talk *talk = f->own;
    uint32_t next = source_after(f);
    fetch_warn_refused(f, talk->source);
    if (put_refused(f, next, err) != 0)
        return -1;
    if (next == SOURCE_DONE) {
        talk->refused = true;
        return FETCH_OVER;
    }
    f->at.talk.source = next;
    buffer_clear(&f->cursor);
    return FETCH_GO_ON;
}

/* Forget what an earlier fetch counted. If this one is killed before its first page, the next goes
 * on from its note, and would add to those counts. */
static int talk_begin(struct fetching *f, struct winnow_error *err) {
    struct talk *talk = f->own;
    f->at.talk.source = next_source(f, 0);
    f->at.talk.datasets = wanted_here(f);
    return tally_forget(&talk->tally, f, err);
}

static int room_of(struct fetching *f, struct winnow_error *err) {
    struct store_txn *t;
    if (store_read(f->w->store, &t, err) != 0)
        return -1;
    int result = store_campaign_find(t, f->campaign.name, &f->campaign, err);
    store_abort(t);
    return result;
}

/* The money that was allowed is spent: what it bought counts, and the next fetch that is allowed
 * more goes on behind it. */
static int put_bought(struct fetching *f, struct winnow_error *err) {
    struct talk *talk = f->own;
    struct why why = why_counts(REASON_MONEY_ENDED, f->at.rows, 0);
    if (f->at.rows == 0)
        return 0;
    if (store_write(f->w->store, f->campaign.id, &f->txn, err) != 0)
        return -1;
    if (store_campaign_find(f->txn, f->campaign.name, &f->campaign, err) == 0 &&
        fetch_put(f, talk->source->dataset, f->at.rows, 0, &why, err) == 0 &&
        tally_apply(&talk->tally, f, err) == 0 &&
        store_campaign_put(f->txn, &f->campaign, err) == 0)
        return store_commit(f->txn, err);
    store_abort(f->txn);
    return -1;
}

int fetch_interactions(struct fetching *f, const struct platform_source *source,
                       struct winnow_error *err) {
    const struct fetch_step step = {
        .name = "exchanges",
        .kind = FETCH_KIND_TALK,
        .doing = "reading the interactions",
        .cost_now = talk_cost_now,
        .begin = talk_begin,
        .same = talk_same,
        .build = talk_build,
        .read = talk_read_rows,
        .take = talk_take,
        .page = talk_page,
        .end = talk_end,
        .refused = talk_refused,
        .may_lack = true,
        .by_pages = true,
    };
    struct talk talk = {.source = source};
    if (room_of(f, err) != 0)
        return -1;
    f->own = &talk;
    int result = tally_init(&talk.tally, f->campaign.followees, err);
    if (result == 0)
        result = fetch_step_run(f, &step, err);
    struct winnow_error trouble;
    if (result < 0 && err->code == WINNOW_CAP && put_bought(f, &trouble) != 0)
        *err = trouble;
    f->own = NULL;
    tally_free(&talk.tally);
    return result < 0 ? -1 : 0;
}
