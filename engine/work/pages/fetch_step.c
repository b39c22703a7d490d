/* A step of a fetch: see fetch.h. Happy path: where it stood is read (or it begins, as a batch of
 * its own), then page after page to the end. Fails when the platform refuses, when a list has no
 * end (WINNOW_NETWORK; its set is partial then), before it would cost more than allowed, and as the
 * store does; what was read stays. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "platform/handles.h"
#include "work/campaign/batch.h"
#include "work/evidence/coverage.h"
#include "work/pages/fetch.h"

/* The last bound on a list without an end: the largest roster in pages of one. */
#define PAGES_MAX 16777216u

/* ---- evidence --------------------------------------------------------------------------------*/

int fetch_put(struct fetching *f, enum dataset set, uint64_t count, uint64_t expected,
              const struct why *why, struct winnow_error *err) {
    struct evidence e = {.state =
                             why->reason == REASON_NONE ? WINNOW_SET_COMPLETE : WINNOW_SET_PARTIAL,
                         .as_of_ms = f->at.begun_ms,
                         .count = count,
                         .expected = expected,
                         .batch = f->at.batch,
                         .why = *why};
    bool talk = f->at.kind == FETCH_KIND_TALK;
    if (why_read_through(why, count)) /* who came meanwhile was not looked for on its pages */
        e.people = talk ? (uint32_t)(f->at.roster >> 32) : f->campaign.followees;
    e.since_ms = talk && why->reason == REASON_KEPT ? f->at.talk.since_ms : 0;
    return evidence_put(f->txn, f->campaign.id, set, &e, err);
}

int fetch_list_build(struct fetching *f, const struct platform_account *who,
                     struct http_request *out, struct winnow_error *err) {
    struct text cursor = {buffer_text(&f->cursor), (uint32_t)f->cursor.size};
    return f->own_source->list->build(who, (struct text){"", 0}, cursor, out, err);
}

int fetch_list_read(struct fetching *f, const struct platform_account *who,
                    const struct http_response *in, struct platform_page *page,
                    struct reply *reply) {
    return f->own_source->list->read(who, in, page, reply);
}

int fetch_put_absent(struct fetching *f, enum dataset set, const struct why *why,
                     struct winnow_error *err) {
    struct evidence e;
    struct store_txn *t;
    if (store_write(f->w->store, f->campaign.id, &t, err) != 0)
        return -1;
    int result = evidence_get(t, f->campaign.id, set, &e, err);
    if (result == 0 && e.state == WINNOW_SET_ABSENT) {
        e.why = *why;
        e.as_of_ms = clock_now(&f->w->clock);
        result = evidence_put(t, f->campaign.id, set, &e, err);
    }
    if (result == 0)
        return store_commit(t, err);
    store_abort(t);
    return -1;
}

void fetch_warn_refused(const struct fetching *f, const struct platform_source *source) {
    char sentence[WHY_MAX];
    bool refused = f->refused.reason == REASON_REFUSED;
    const char *lost = refused && coverages_need(f->platform, source->dataset)
                           ? "; without them nobody counts as somebody you never talked to"
                           : "";
    why_sentence(&f->refused, sentence);
    if (source->scope != NULL && refused)
        hooks_warn(&f->options->hooks,
                   "the %s are left out: %s%s. If the login lacks the scope %s, log in again and "
                   "allow it, then fetch once more",
                   dataset_names[source->dataset], sentence, lost, source->scope);
    else
        hooks_warn(&f->options->hooks, "the %s are left out: %s%s", dataset_names[source->dataset],
                   sentence, lost);
}

uint64_t fetch_roster(const struct fetching *f) {
    return (uint64_t)f->campaign.followees << 32 | f->campaign.unresolved;
}

int fetch_merge_known(struct fetching *f, const struct facts *row, struct winnow_error *err) {
    struct facts facts = *row;
    enum store_change change;
    uint32_t number;
    char handle[FACT_HANDLE_MAX + 1];
    facts_came_from(&facts, f->at.batch);
    platform_handle_of(f->platform, f->campaign.server, &facts, handle);
    if (store_followee_merge(f->txn, &f->campaign, &facts, true, &change, &number, err) != 0)
        return -1;
    return change != STORE_ABSENT;
}

/* ---- the beginning ---------------------------------------------------------------------------*/

/* Nothing of it was seen yet. */
static void begin_list(struct fetching *f) {
    buffer_clear(&f->mark);
    seen_free(&f->seen);
    f->barren = f->empty = 0;
}

static int step_load(struct fetching *f, const struct fetch_step *step, struct winnow_error *err) {
    struct store_txn *t;
    f->at = (struct fetch_state){.told = -1, .kind = step->kind};
    buffer_clear(&f->cursor);
    begin_list(f);
    f->step = step;
    f->stopped = (struct why){0};
    f->overlong = false;
    if (store_read(f->w->store, &t, err) != 0)
        return -1;
    int found = f->options->restart
                    ? 0
                    : fetch_state_load(t, f->campaign.id, step->name, &f->at, &f->cursor, err);
    store_abort(t);
    if (found != 1 || step->same == NULL || step->same(f))
        return found;
    f->at = (struct fetch_state){.told = -1, .kind = step->kind};
    buffer_clear(&f->cursor);
    return 0;
}

static int64_t told_by(const struct fetching *f, const struct fetch_step *step) {
    if (step->rows != 0)
        return (int64_t)step->rows;
    return step->told != NULL ? step->told(&f->profile) : -1;
}

static int write_begin(struct fetching *f, const struct fetch_step *step,
                       struct winnow_error *err) {
    f->at.begun_ms = clock_now(&f->w->clock);
    struct batch_start batch = {"fetch", f->at.begun_ms, f->at.begun_ms};
    f->at.told = told_by(f, step);
    if (store_campaign_find(f->txn, f->campaign.name, &f->campaign, err) != 0)
        return -1;
    f->at.roster = fetch_roster(f);
    if (batch_start(f->txn, &f->campaign, &batch, &f->at.batch, err) != 0 ||
        (step->begin != NULL && step->begin(f, err) != 0) ||
        store_campaign_put(f->txn, &f->campaign, err) != 0)
        return -1;
    return fetch_state_save(f->txn, f->campaign.id, step->name, &f->at, &f->cursor, err);
}

static struct reads_price cost_of(const struct fetching *f, const struct fetch_step *step) {
    return step->cost_now != NULL ? step->cost_now(f) : step->cost;
}

/* Rows that the money left is enough for; UINT32_MAX without a limit. */
static int affordable(const struct fetching *f, const struct fetch_step *step, uint32_t *rows,
                      struct winnow_error *err) {
    int64_t row_micro = cost_of(f, step).row_micro;
    int64_t spent_micro;
    struct store_txn *t;
    *rows = UINT32_MAX;
    if (f->reads.cap_micro == 0 || row_micro == 0)
        return 0;
    if (store_read(f->w->store, &t, err) != 0)
        return -1;
    int result = money_total(t, f->campaign.id, &spent_micro, err);
    store_abort(t);
    if (result != 0)
        return -1;
    int64_t left = f->reads.cap_micro - spent_micro;
    int64_t most = left > 0 ? left / row_micro : 0;
    *rows = most < UINT32_MAX ? (uint32_t)most : UINT32_MAX;
    return 0;
}

static int too_dear(const struct fetching *f, const struct fetch_step *step, uint64_t rows,
                    struct winnow_error *err) {
    char cost[MONEY_TEXT_MAX];
    money_text((int64_t)rows * cost_of(f, step).row_micro, cost);
    return winnow_fail(err, WINNOW_CAP,
                       "%s costs %s more for %" PRIu64
                       " row%s, over what --max-cost leaves; it goes on where it stands with a "
                       "higher one",
                       step->doing, cost, rows, rows == 1 ? "" : "s");
}

/* What it will cost is said, and agreed to, before it is spent. */
static int agree(struct fetching *f, const struct fetch_step *step, struct winnow_error *err) {
    char cost[MONEY_TEXT_MAX];
    int64_t row_micro = cost_of(f, step).row_micro;
    uint32_t rows;
    if (row_micro == 0)
        return 0;
    f->reads.agreed = false; /* to the list before */
    money_text(row_micro, cost);
    if (f->at.told < 0) {
        hooks_warn(&f->options->hooks, "%s costs %s a row; how many rows is not told", step->doing,
                   cost);
        return reads_agree(&f->reads, step->doing, -1, err);
    }
    uint64_t left = (uint64_t)f->at.told > f->at.rows ? (uint64_t)f->at.told - f->at.rows : 0;
    if (affordable(f, step, &rows, err) != 0)
        return -1;
    if (left > rows)
        return too_dear(f, step, left, err);
    money_text((int64_t)left * row_micro, cost);
    hooks_warn(&f->options->hooks, "%s costs up to %s: %" PRIu64 " rows", step->doing, cost, left);
    return reads_agree(&f->reads, step->doing, (int64_t)left * row_micro, err);
}

static int step_begin(struct fetching *f, const struct fetch_step *step, struct winnow_error *err) {
    int found = step_load(f, step, err);
    if (found < 0)
        return -1;
    if (found == 0)
        f->at.told = told_by(f, step);
    if (agree(f, step, err) != 0)
        return -1;
    if (found == 1)
        return 0;
    if (store_write(f->w->store, f->campaign.id, &f->txn, err) != 0)
        return -1;
    if (write_begin(f, step, err) == 0)
        return store_commit(f->txn, err);
    store_abort(f->txn);
    return -1;
}

/* ---- a page ----------------------------------------------------------------------------------*/

/* Rows that bring nobody new may be a list that moved while it was read; three pages of them are a
 * list without an end. Servers leave people out after they have cut a page, so that one without
 * rows says less. */
#define BARREN_MAX 3
#define EMPTY_MAX  20

static bool step_same(const struct buffer *a, const struct buffer *b) {
    return a->size == b->size && a->size > 0 && memcmp(a->at, b->at, a->size) == 0;
}

/* Far more rows than the profile counts; where they cost, no page is asked for behind the rows that
 * were agreed to: those, or what --max-cost pays for. */
static bool too_many(const struct fetching *f, const struct fetch_step *step) {
    struct reads_price cost = cost_of(f, step);
    uint64_t told = (uint64_t)f->at.told;
    uint64_t margin = cost.row_micro == 0       ? told / 4 + 1000
                      : f->reads.cap_micro == 0 ? 0
                                                : cost.rows;
    return f->at.told > 0 && step->told != NULL && f->at.rows > told + margin;
}

/* After a page that promises another one: can this list be read to its end? */
static void judge_list(struct fetching *f, const struct fetch_step *step,
                       const struct platform_page *page) {
    bool rows = page->count > 0;
    bool all = f->at.told > 0 && f->seen.count >= (uint64_t)f->at.told;
    f->barren = rows && f->page_new == 0 ? f->barren + 1 : rows ? 0 : f->barren;
    f->empty = rows ? 0 : f->empty + 1;
    if (step_same(page->next, &f->cursor) || step_same(page->next, &f->mark))
        f->stopped = why_counts(REASON_SAME_CURSOR, 0, 0);
    else if (!step->by_pages)
        return;
    else if (f->barren >= (all ? 1 : BARREN_MAX))
        f->stopped = why_counts(REASON_NOBODY_NEW, f->barren, 0);
    else if (f->empty >= EMPTY_MAX)
        f->stopped = why_counts(REASON_EMPTY_PAGES, f->empty, 0);
    else if ((f->overlong = too_many(f, step)))
        f->stopped = why_counts(REASON_OVERLONG, f->at.rows, (uint64_t)f->at.told);
}

void fetch_stopped_at_end(struct fetching *f, uint64_t count) {
    if (!f->overlong && f->at.skipped == 0 && f->at.told > 0 && count >= (uint64_t)f->at.told)
        f->stopped = (struct why){0};
}

/* Brent's way to find a circle: what a cursor is compared with moves on at each power of two. */
static int move_cursor(struct fetching *f, const struct buffer *next, struct winnow_error *err) {
    if ((f->at.pages & (f->at.pages + 1)) == 0) {
        buffer_clear(&f->mark);
        buffer_add(&f->mark, buffer_text(&f->cursor), f->cursor.size);
    }
    buffer_clear(&f->cursor);
    buffer_add(&f->cursor, buffer_text(next), next->size);
    return f->cursor.failed || f->mark.failed ? winnow_fail(err, WINNOW_NO_MEMORY, "out of memory")
                                              : 0;
}

/* One row, which is somebody new on this list or not. */
static int take_row(void *context, const struct facts *row) {
    struct fetching *f = context;
    struct text of = f->page.conversation.size > 0 ? f->page.conversation : f->page.said;
    bool is_new = true;
    if (f->step->by_pages &&
        seen_add(&f->seen, seen_mark('r', facts_text(row, FACT_ID), of), &is_new, f->err) != 0)
        return -1;
    f->page_new += is_new;
    f->page_rows++;
    return f->step->take(f, row);
}

static void count_page(struct fetching *f, const struct platform_page *page) {
    f->at.pages++;
    if (f->step->count != NULL) {
        f->step->count(f, page);
    } else {
        f->at.rows += page->count;
        f->at.skipped += page->skipped;
    }
    f->reads.rows = page->count + page->skipped; /* what we do not understand is charged as well */
    f->reads.less_micro = page->less_micro;
    if (page->skipped > 0)
        hooks_warn(&f->options->hooks, "%" PRIu64 " rows left out: %s", page->skipped,
                   page->skipped_why);
}

/* 1: it was the last. */
static int finish_page(struct fetching *f, const struct fetch_step *step,
                       const struct platform_page *page, struct winnow_error *err) {
    bool more = !page->end;
    count_page(f, page);
    if (!page->end)
        judge_list(f, step, page);
    if (step->page != NULL && step->page(f, page, err) != 0)
        return -1;
    if (page->end || f->stopped.reason != REASON_NONE) {
        buffer_clear(&f->cursor);
        begin_list(f);
        if (step->end(f, &more, err) != 0)
            return -1;
    } else if (move_cursor(f, page->next, err) != 0) {
        return -1;
    }
    int result = more
                     ? fetch_state_save(f->txn, f->campaign.id, step->name, &f->at, &f->cursor, err)
                     : fetch_state_remove(f->txn, f->campaign.id, step->name, err);
    if (result != 0 || store_campaign_put(f->txn, &f->campaign, err) != 0)
        return -1;
    hooks_progress(&f->options->hooks, step->doing, f->at.rows,
                   f->at.told > 0 ? (uint64_t)f->at.told : 0);
    return !more;
}

/* Does the answer say that there is no such thing, rather than that something is wrong with us? */
static bool not_offered(const struct http_response *in, const struct reply *reply) {
    bool stops = reply->action == REPLY_STOP && (reply->code != WINNOW_SAFETY || reply->of_this);
    return in->end == HTTP_DONE && stops && !reply->malformed &&
           (in->status == 400 || in->status == 403 || in->status == 404 || in->status == 405 ||
            in->status == 410 || in->status == 422 || in->status == 501);
}

static int step_ask(struct fetching *f, const struct fetch_step *step,
                    const struct platform_account *who, const struct http_response **response,
                    struct winnow_error *err) {
    struct http_request request;
    http_request_init(&request);
    struct reads_price cost = cost_of(f, step);
    if (who->page_max != 0 && who->page_max < cost.rows)
        cost.rows = who->page_max;
    int result = step->build(f, who, &request, err);
    if (result == 0)
        result = reads_ask(&f->reads, &request, cost, response, err);
    http_request_free(&request);
    return result;
}

/* The page's rows, what follows from them, and the spent budgets: one transaction. 0 go on, 1 it
 * was the last, -1 error. */
static int take_page(struct fetching *f, const struct fetch_step *step,
                     const struct platform_account *who, const struct http_response *response,
                     struct reply *reply, struct winnow_error *err) {
    f->page = (struct platform_page){.each = take_row, .context = f, .next = &f->next};
    f->page_new = f->page_rows = 0;
    if (store_write(f->w->store, f->campaign.id, &f->txn, err) != 0)
        return -1;
    f->err = err;
    int last = 0;
    /* An import may have added people since the page before, and a run that began meanwhile has
     * looked at whose logins are whose: it would not see these. */
    int result = state_refuse_running(f->w, f->campaign.name, err);
    if (result == 0)
        result = store_campaign_find(f->txn, f->campaign.name, &f->campaign, err);
    if (result == 0)
        result = step->read(f, who, response, &f->page, reply);
    if (result == 0 && reply->action == REPLY_GO_ON)
        result = last = finish_page(f, step, &f->page, err);
    if (result >= 0)
        result = reads_settle(&f->reads, f->txn, reply, err);
    if (result == 0)
        return store_commit(f->txn, err) == 0 ? last : -1;
    store_abort(f->txn);
    return -1;
}

/* What a refusal of one person's account would mean is not what it means here. */
static void note_refusal(struct fetching *f, int status, const char *reason) {
    if (status == 403)
        f->refused = why_said(REASON_REFUSED, reason);
    else
        f->refused = why_counts(REASON_NOT_OFFERED, (uint64_t)status, 0);
}

/* 0 go on, 1 it was the last page, 2 not offered, -1 error */
static int one_page(struct fetching *f, const struct fetch_step *step, struct winnow_error *err) {
    struct platform_account who = {f->campaign.account, f->campaign.handle, 0, f->older_names};
    const struct http_response *response;
    struct reply reply = {0};
    if (affordable(f, step, &who.page_max, err) != 0)
        return -1;
    if (who.page_max == 0)
        return too_dear(f, step, 1, err);
    if (step_ask(f, step, &who, &response, err) != 0)
        return -1;
    int last = take_page(f, step, &who, response, &reply, err);
    if (last == 1 && f->stopped.reason != REASON_NONE) {
        char why[WHY_MAX];
        why_sentence(&f->stopped, why);
        return winnow_fail(err, WINNOW_NETWORK,
                           "%s stopped: %s; what was read stays, and nobody is taken for absent "
                           "by it",
                           step->doing, why);
    }
    if (last != 0 || reply.action == REPLY_GO_ON)
        return last;
    if (reply.other_names && !f->older_names) {
        f->older_names = true;
        return 0;
    }
    if (step->may_lack && not_offered(response, &reply)) {
        note_refusal(f, response->status, reply.reason);
        return 2;
    }
    return reads_after_trouble(&f->reads, &reply, err);
}

/* The step ends without an answer to its last request: with its evidence, or without. */
static int leave(struct fetching *f, const struct fetch_step *step, bool with_end,
                 struct winnow_error *err) {
    bool more = false;
    if (store_write(f->w->store, f->campaign.id, &f->txn, err) != 0)
        return -1;
    if (store_campaign_find(f->txn, f->campaign.name, &f->campaign, err) == 0 &&
        (!with_end || step->end(f, &more, err) == 0) &&
        fetch_state_remove(f->txn, f->campaign.id, step->name, err) == 0 &&
        store_campaign_put(f->txn, &f->campaign, err) == 0)
        return store_commit(f->txn, err);
    store_abort(f->txn);
    return -1;
}

/* After a refusal. 2: go on; else what fetch_step_run returns. */
static int after_refusal(struct fetching *f, const struct fetch_step *step,
                         struct winnow_error *err) {
    int what = step->refused != NULL ? step->refused(f, err) : FETCH_NOT_OFFERED;
    if (what < 0)
        return -1;
    if (what == FETCH_GO_ON)
        return 2;
    if (leave(f, step, what == FETCH_OVER, err) != 0)
        return -1;
    return what == FETCH_OVER ? 0 : 1;
}

int fetch_step_run(struct fetching *f, const struct fetch_step *step, struct winnow_error *err) {
    if (step_begin(f, step, err) != 0)
        return -1;
    if (step->over != NULL && step->over(f))
        return leave(f, step, true, err);
    for (uint32_t pages = 0; pages < PAGES_MAX; pages++) {
        int last = one_page(f, step, err);
        if (last == 1)
            return 0;
        if (last == 2)
            last = after_refusal(f, step, err);
        else if (last == 0)
            continue;
        if (last != 2)
            return last;
    }
    return winnow_fail(err, WINNOW_NETWORK, "the list did not end after %u pages", PAGES_MAX);
}
