/* Asking for the roster's own people, chunk after chunk in its order: see fetch_chunks.h. What is
 * answered is taken, and who is not answered for stays as before. Nothing rests on absence, so an
 * answer that is cut short does no harm.
 *
 * A server may refuse a whole chunk for one name that it does not like (GoToSocial), or answer for
 * the first id of it alone (snac): its people are then asked one by one, and who is refused alone
 * is passed over. Where everybody is refused, the server does not offer the call. */
#include "work/pages/fetch_chunks.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define REFUSALS_MAX 20 /* in a row, each alone: there is no such call */

struct asking {
    const struct chunks *chunks;
    const struct fetching *f;
    uint32_t *numbers; /* whom to ask, in order; campaign.followees long */
    uint32_t count;
    uint32_t from, until; /* numbers[from..until-1] are in this request */
    uint32_t alone;       /* how many more to ask one by one */
    uint32_t refusals;
    char names[PLATFORM_RELATIONS_MAX][FACT_HANDLE_MAX + 1];
    bool answered[PLATFORM_RELATIONS_MAX];
};
_Static_assert(FACT_ID_MAX <= FACT_HANDLE_MAX, "ids are asked for too");

static enum store_detail detail_of(const struct chunks *c) {
    return c->by == FACT_HANDLE ? STORE_FACTS_AND_TEXTS : STORE_FACTS;
}

static int chunks_gather(void *context, uint32_t number, const struct facts *facts, uint64_t gone,
                         struct winnow_error *err) {
    struct asking *a = context;
    (void)err;
    if (store_follows_left(facts, gone) != 0 && facts_known(facts, a->chunks->by) &&
        (a->chunks->wanted == NULL || a->chunks->wanted(a->f, facts)))
        a->numbers[a->count++] = number;
    return 0;
}

static int by_number(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* The followees of the plan's next entries, who can have several each. */
static int gather_next(struct fetching *f, struct asking *a, struct store_txn *t,
                       struct winnow_error *err) {
    struct store_progress p;
    int there = store_progress_get(t, f->campaign.id, &p, err);
    if (there <= 0)
        return there < 0
                   ? -1
                   : winnow_fail(err, WINNOW_NOT_FOUND,
                                 "campaign %s has no plan yet, so nobody is next: run `winnow "
                                 "plan %s` first",
                                 f->campaign.name, f->campaign.name);
    uint64_t end = (uint64_t)p.cursor + a->chunks->next;
    for (uint32_t at = p.cursor; at < p.total && at < end; at++) {
        struct store_entry e;
        struct facts facts;
        if (store_schedule_get(t, f->campaign.id, p.plan, at, &e, err) != 0 ||
            store_followee_get(t, f->campaign.id, e.number, STORE_FACTS, &facts, err) != 0 ||
            (e.key == 0 && chunks_gather(a, e.number, &facts, 0, err) != 0))
            return -1;
    }
    qsort(a->numbers, a->count, sizeof a->numbers[0], by_number);
    return 0;
}

static int gather_whom(struct fetching *f, struct asking *a, struct store_txn *t,
                       struct winnow_error *err) {
    const struct store_scan scan = {
        .detail = detail_of(a->chunks), .each = chunks_gather, .context = a};
    a->numbers = malloc(((size_t)f->campaign.followees + 1) * sizeof *a->numbers);
    if (a->numbers == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
    return a->chunks->next > 0 ? gather_next(f, a, t, err)
                               : store_roster_scan(t, f->campaign.id, &scan, err);
}

static int gather_all(struct fetching *f, struct asking *a, struct winnow_error *err) {
    struct store_txn *t;
    if (store_read(f->w->store, &t, err) != 0)
        return -1;
    int result = store_campaign_find(t, f->campaign.name, &f->campaign, err);
    if (result == 0)
        result = gather_whom(f, a, t, err);
    store_abort(t);
    return result;
}

static uint32_t place_of(const struct asking *a, uint32_t number) {
    uint32_t low = 0;
    for (uint32_t high = a->count; low < high;) {
        uint32_t middle = low + (high - low) / 2;
        if (a->numbers[middle] < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int copy_names(struct fetching *f, struct asking *a, struct winnow_error *err) {
    struct store_txn *t;
    int result = 0;
    if (store_read(f->w->store, &t, err) != 0)
        return -1;
    for (uint32_t i = a->from; i < a->until && result == 0; i++) {
        struct facts facts;
        result =
            store_followee_get(t, f->campaign.id, a->numbers[i], detail_of(a->chunks), &facts, err);
        if (result == 0)
            text_copy(a->names[i - a->from], sizeof a->names[0], facts_text(&facts, a->chunks->by));
    }
    store_abort(t);
    return result;
}

static int chunks_build(struct fetching *f, const struct platform_account *who,
                        struct http_request *out, struct winnow_error *err) {
    struct asking *a = f->own;
    const struct platform_ask *ask = a->chunks->ask;
    struct target entries[PLATFORM_RELATIONS_MAX];
    uint32_t most = a->alone > 0 ? 1 : ask->max;
    if (who->page_max != 0 && who->page_max < most) /* more would cost too much */
        most = who->page_max;
    a->from = place_of(a, f->at.asked.next);
    a->until = a->count - a->from < most ? a->count : a->from + most;
    memset(a->answered, 0, sizeof a->answered);
    if (copy_names(f, a, err) != 0)
        return -1;
    for (uint32_t i = 0; i < a->until - a->from; i++)
        entries[i] = (struct target){{a->names[i], (uint32_t)strlen(a->names[i])}, {"", 0}};
    return ask->build(who, entries, a->until - a->from, out, err);
}

static int chunks_read_rows(struct fetching *f, const struct platform_account *who,
                            const struct http_response *in, struct platform_page *page,
                            struct reply *reply) {
    const struct asking *a = f->own;
    return a->chunks->ask->read(who, in, page, reply);
}

/* Handles are the same in capitals. A row without one is of the only one who was asked for. */
static bool is_of(const struct asking *a, uint32_t i, const struct facts *row) {
    if (!facts_known(row, a->chunks->by))
        return a->until - a->from == 1;
    struct text name = facts_text(row, a->chunks->by);
    return strlen(a->names[i]) == name.size &&
           (a->chunks->by == FACT_HANDLE ? strncasecmp(a->names[i], name.at, name.size)
                                         : memcmp(a->names[i], name.at, name.size)) == 0;
}

/* Only of those who were asked for, and of each once. */
static int chunks_take(void *context, const struct facts *row) {
    struct fetching *f = context;
    struct asking *a = f->own;
    for (uint32_t i = 0; i < a->until - a->from; i++) {
        if (a->answered[i] || !is_of(a, i, row))
            continue;
        a->answered[i] = true;
        return a->chunks->take(f, a->numbers[a->from + i], row);
    }
    return 0;
}

/* Some servers answer for the first ones alone: snac for one, Pixelfed for twenty. How many, where
 * just the first ones were answered for; 0: that is not so. */
static uint32_t first_alone(const struct asking *a) {
    uint32_t asked = a->until - a->from;
    uint32_t first = 0;
    uint32_t answered = 0;
    for (uint32_t i = 0; i < asked; i++) {
        first += a->answered[i] && first == i;
        answered += a->answered[i];
    }
    return a->chunks->by == FACT_ID && answered < asked && answered == first ? first : 0;
}

/* Rows are those asked, not those answered, and who is not understood is just not answered for. */
static void chunks_count(struct fetching *f, const struct platform_page *page) {
    (void)f;
    (void)page; /* see below: not before it is known who was asked in vain */
}

static int chunks_page(struct fetching *f, const struct platform_page *page,
                       struct winnow_error *err) {
    struct asking *a = f->own;
    (void)page;
    (void)err;
    a->alone -= a->alone > 0;
    uint32_t first = first_alone(a);
    if (first > 0) { /* the others are asked for again, of a server that answers for one, alone */
        a->alone = first == 1 ? a->until - a->from - 1 : a->alone;
        a->until = a->from + first;
    }
    f->at.rows += a->until - a->from;
    a->refusals = 0;
    f->at.asked.next = a->until > a->from ? a->numbers[a->until - 1] + 1 : f->at.asked.next;
    return 0;
}

static int chunks_end(struct fetching *f, bool *more, struct winnow_error *err) {
    struct asking *a = f->own;
    *more = a->until < a->count;
    return *more || a->chunks->end == NULL ? 0 : a->chunks->end(f, err);
}

static int chunks_refused(struct fetching *f, struct winnow_error *err) {
    struct asking *a = f->own;
    (void)err;
    if (a->until - a->from > 1) {
        a->alone = a->until - a->from;
        return FETCH_GO_ON;
    }
    a->refusals++;
    a->alone -= a->alone > 0;
    if (f->at.pages == 0 && (a->refusals >= REFUSALS_MAX || a->until == a->count))
        return FETCH_NOT_OFFERED;
    f->at.rows++;
    f->at.asked.next = a->numbers[a->from] + 1;
    return a->until == a->count ? FETCH_OVER : FETCH_GO_ON;
}

static int chunks_begin(struct fetching *f, struct winnow_error *err) {
    const struct asking *a = f->own;
    (void)err;
    f->at.told = a->count;
    return 0;
}

/* Those who were left when it was cut short may have been unfollowed since. */
static bool over(struct fetching *f) {
    struct asking *a = f->own;
    a->from = a->until = place_of(a, f->at.asked.next);
    return a->from == a->count;
}

static int run(struct fetching *f, struct asking *a, bool *nobody, struct winnow_error *err) {
    struct fetch_step step = {
        .name = a->chunks->name,
        .kind = FETCH_KIND_ASKED,
        .doing = a->chunks->doing,
        .cost = {MONEY_PEOPLE, a->chunks->ask->price_micro, a->chunks->ask->max},
        .begin = chunks_begin,
        .over = over,
        .build = chunks_build,
        .read = chunks_read_rows,
        .take = chunks_take,
        .count = chunks_count,
        .page = chunks_page,
        .end = chunks_end,
        .refused = chunks_refused,
        .may_lack = true,
    };
    if (gather_all(f, a, err) != 0)
        return -1;
    *nobody = a->count == 0;
    if (*nobody)
        return 0;
    step.rows = a->count;
    f->own = a;
    int result = fetch_step_run(f, &step, err);
    f->own = NULL;
    return result;
}

int fetch_chunks(struct fetching *f, const struct chunks *chunks, bool *nobody,
                 struct winnow_error *err) {
    struct asking *a = calloc(1, sizeof *a);
    if (a == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
    a->chunks = chunks;
    a->f = f;
    int result = run(f, a, nobody, err);
    free(a->numbers);
    free(a);
    return result;
}
