/* Which followees the platform does not show to the account, and why: they are gone, or one of the
 * two blocks the other. Happy path: the list of followees as the platform shows it, row after row
 * into those of the roster; whoever of the roster stood on no page is asked about alone, and what
 * the platform says of each in so many words becomes a fact: taken away, or not there.
 *
 * Nobody is taken for gone because of an absence: a list that breaks off costs requests, and no
 * truth. A list without any row is no list, and then nobody is asked about. Where the platform
 * does not offer the list, nothing is known and nothing changes. */
#include <string.h>

#include "work/pages/fetch.h"

#define TRIES_MAX  3 /* of a server in trouble: the sets that were asked for wait behind it */
#define HIDDEN_MAX ((size_t)256 * 1024 * 1024) /* bytes of numbers: of 64 million followees */

struct hiding {
    const struct fetching *f;
    struct buffer numbers; /* uint32_t each: whom no page had, in order */
    bool gathered;
    size_t at; /* which of them is asked about */
    char id[FACT_ID_MAX + 1];
};

/* False: there are no more. */
static bool number_at(const struct hiding *h, uint32_t *number) {
    if (h->at >= h->numbers.size / sizeof *number)
        return false;
    memcpy(number, h->numbers.at + h->at * sizeof *number, sizeof *number);
    return true;
}

/* A row of the list says that it is served: who was told of since the list was begun stood on it,
 * or another fetch has asked about them meanwhile. */
static bool told_of(const struct fetching *f, const struct facts *facts) {
    return facts_known(facts, FACT_SUSPENDED) && facts->sources[FACT_SUSPENDED] >= f->at.batch;
}

static int gather_one(void *context, uint32_t number, const struct facts *facts, uint64_t gone,
                      struct winnow_error *err) {
    struct hiding *h = context;
    const struct fetching *f = h->f;
    if (store_follows_left(facts, gone) != 0 && facts_known(facts, FACT_ID) && !told_of(f, facts) &&
        number + 1 >= f->at.hidden.next)
        buffer_add(&h->numbers, &number, sizeof number);
    return h->numbers.failed ? winnow_fail(err, WINNOW_NO_MEMORY, "out of memory") : 0;
}

static int hidden_gather(struct hiding *h, struct store_txn *t, struct winnow_error *err) {
    struct store_scan scan = {.detail = STORE_FACTS, .each = gather_one, .context = h};
    buffer_clear(&h->numbers);
    h->at = 0;
    h->gathered = true;
    return store_roster_scan(t, h->f->campaign.id, &scan, err);
}

/* Whom it is about; after a kill, of those who are left. Nobody any more, since they have been
 * unfollowed meanwhile: the list is read again, and ends it. */
static int choose(struct fetching *f, struct winnow_error *err) {
    struct hiding *h = f->own;
    struct store_txn *t;
    struct facts facts;
    if (store_read(f->w->store, &t, err) != 0)
        return -1;
    uint32_t number = 0;
    int result = h->gathered ? 0 : hidden_gather(h, t, err);
    bool left = number_at(h, &number);
    for (; left && number + 1 < f->at.hidden.next; left = number_at(h, &number))
        h->at++;
    if (!left)
        f->at.hidden.next = 0;
    else if (result == 0)
        result = store_followee_get(t, f->campaign.id, number, STORE_FACTS, &facts, err);
    if (left && result == 0)
        text_copy(h->id, sizeof h->id, facts_text(&facts, FACT_ID));
    store_abort(t);
    return result;
}

static int hidden_build(struct fetching *f, const struct platform_account *who,
                        struct http_request *out, struct winnow_error *err) {
    struct text cursor = {buffer_text(&f->cursor), (uint32_t)f->cursor.size};
    struct hiding *h = f->own;
    if (f->at.hidden.next > 0 && choose(f, err) != 0)
        return -1;
    if (f->at.hidden.next == 0)
        return f->own_source->list->build(who, (struct text){"", 0}, cursor, out, err);
    struct target entry = {{h->id, (uint32_t)strlen(h->id)}, {"", 0}};
    return f->own_source->ask->build(who, &entry, 1, out, err);
}

static int hidden_read_rows(struct fetching *f, const struct platform_account *who,
                            const struct http_response *in, struct platform_page *page,
                            struct reply *reply) {
    return f->at.hidden.next == 0 ? f->own_source->list->read(who, in, page, reply)
                                  : f->own_source->ask->read(who, in, page, reply);
}

/* What is said of one alone may bear no id. */
static int hidden_take(void *context, const struct facts *row) {
    struct fetching *f = context;
    const struct hiding *h = f->own;
    struct text asked = {h->id, (uint32_t)strlen(h->id)};
    struct facts facts = *row;
    if (f->at.hidden.next > 0 && facts_text(row, FACT_ID).size == 0)
        facts_set_text(&facts, FACT_ID, asked.at, asked.size);
    if (f->at.hidden.next > 0 &&
        (facts_text(&facts, FACT_ID).size != asked.size ||
         memcmp(facts_text(&facts, FACT_ID).at, asked.at, asked.size) != 0))
        return 0;
    f->at.hidden.gone +=
        facts_flag(row, FACT_SUSPENDED) == TRI_YES || facts_flag(row, FACT_DELETED) == TRI_YES;
    return fetch_merge_known(f, &facts, f->err) < 0 ? -1 : 0;
}

static void next_one(struct fetching *f) {
    struct hiding *h = f->own;
    uint32_t number;
    f->at.hidden.alone++;
    if (number_at(h, &number))
        f->at.hidden.next = number + 2;
    h->at++;
}

/* Rows are those of the list. */
static void hidden_count(struct fetching *f, const struct platform_page *page) {
    if (f->at.hidden.next > 0)
        return;
    f->at.rows += page->count;
    f->at.skipped += page->skipped;
}

static int hidden_page(struct fetching *f, const struct platform_page *page,
                       struct winnow_error *err) {
    (void)page;
    (void)err;
    if (f->at.hidden.next > 0)
        next_one(f);
    return 0;
}

static int hidden_end(struct fetching *f, bool *more, struct winnow_error *err) {
    struct hiding *h = f->own;
    if (f->stopped.reason != REASON_NONE) { /* who was not on it yet is most of them */
        *more = false;
        return 0;
    }
    if (f->at.hidden.next == 0) {
        if (f->at.rows > 0 && hidden_gather(h, f->txn, err) != 0)
            return -1;
        f->at.hidden.next = 1;
    }
    uint32_t number;
    *more = number_at(h, &number);
    if (!*more && f->at.rows > 0) {
        f->result->hidden = (int64_t)f->at.hidden.alone;
        f->result->gone = (int64_t)f->at.hidden.gone;
    }
    return 0;
}

static int hidden_refused(struct fetching *f, struct winnow_error *err) {
    const struct hiding *h = f->own;
    uint32_t number;
    (void)err;
    if (f->at.hidden.next == 0)
        return FETCH_NOT_OFFERED;
    next_one(f);
    return number_at(h, &number) ? FETCH_GO_ON : FETCH_OVER;
}

static int hidden_begin(struct fetching *f, struct winnow_error *err) {
    (void)err;
    f->at.told = f->campaign.followees;
    return 0;
}

/* Is it the list that fails, and not the account, the store or the user? It is only the hidden ones
 * that are asked for so: profiles and followers have calls of their own, and go on. */
static bool of_server(const struct winnow_error *err) {
    return err != NULL && (err->code == WINNOW_NETWORK || err->code == WINNOW_FAILED ||
                           err->code == WINNOW_NOT_FOUND);
}

/* The next fetch begins it anew. */
static int hidden_forget(struct fetching *f, struct winnow_error *err) {
    struct store_txn *t;
    if (store_write(f->w->store, f->campaign.id, &t, err) != 0)
        return -1;
    if (fetch_state_remove(t, f->campaign.id, "hidden", err) == 0)
        return store_commit(t, err);
    store_abort(t);
    return -1;
}

int fetch_hidden(struct fetching *f, const struct platform_source *source,
                 struct winnow_error *err) {
    const struct fetch_step step = {
        .name = "hidden",
        .kind = FETCH_KIND_HIDDEN,
        .doing = "looking for who is gone",
        .begin = hidden_begin,
        .build = hidden_build,
        .read = hidden_read_rows,
        .take = hidden_take,
        .count = hidden_count,
        .page = hidden_page,
        .end = hidden_end,
        .refused = hidden_refused,
        .may_lack = true,
        .by_pages = true,
    };
    struct hiding hiding = {.f = f};
    buffer_init(&hiding.numbers, HIDDEN_MAX);
    f->own_source = source;
    f->own = &hiding;
    f->reads.tries_max = TRIES_MAX;
    int result = fetch_step_run(f, &step, err);
    f->reads.tries_max = 0;
    f->own = NULL;
    buffer_free(&hiding.numbers);
    if (result >= 0 || !of_server(err))
        return result < 0 ? -1 : 0;
    hooks_warn(&f->options->hooks, "who is gone is not known: %s", err->text);
    return hidden_forget(f, err);
}
