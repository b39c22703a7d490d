/* Filters: see pick.h. Happy path: a walk over the schedule or the roster, each judged; to sort or
 * to sample, who matches is gathered by place first, and read again when handed over. */
#include "work/review/pick.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mix.h"
#include "core/expr/expr.h"
#include "core/expr/expr_value.h"

/* One that matches: a position of the schedule, or a number of the roster. */
struct found {
    double key;
    uint32_t at;
};

struct picking {
    const struct pick_source *from;
    const struct winnow_filter *filter;
    struct expr *where; /* NULL: everybody */
    int sort;           /* enum value_id; -1: not sorted */
    bool gather;
    struct found *found; /* owned; at most as many as are walked over */
    size_t count, room;
    uint64_t handed; /* over, or passed over by the offset */
    fact_set missing;
    int (*each)(void *context, const struct picked *one, struct winnow_error *err);
    void *context;
    struct winnow_filter_result *out;
};

/* ---- what is asked for ---- */

int pick_value(const char *name, size_t size, const char *option, struct winnow_error *err) {
    int value = value_find(name, size);
    char source[128];
    struct expr *e;
    struct expr_error error;
    if (value >= 0)
        return value;
    /* the words for a name that is none are the language's own */
    int n = snprintf(source, sizeof source, "known(%.*s)", (int)(size > 64 ? 64 : size), name);
    if (n < 0 || expr_compile(source, (size_t)n, &e, &error) == 0)
        return winnow_fail(err, WINNOW_USAGE, "%s: '%.64s' is no name", option, name);
    return winnow_fail(err, WINNOW_USAGE, "%s: %s; docs/policy.md has the names", option,
                       error.text);
}

static int compile_where(struct picking *p, struct winnow_error *err) {
    struct expr_error error;
    const char *where = p->filter->where;
    if (where == NULL || expr_compile(where, strlen(where), &p->where, &error) == 0)
        return 0;
    if (error.column == 0)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
    return winnow_fail(err, WINNOW_USAGE, "--where, column %zu: %s", error.column, error.text);
}

static int find_sort(struct picking *p, struct winnow_error *err) {
    const char *name = p->filter->sort;
    p->sort = -1;
    if (name == NULL)
        return 0;
    name += *name == '-';
    p->sort = pick_value(name, strlen(name), "--sort", err);
    if (p->sort >= 0 && value_infos[p->sort].type == VALUE_TEXT)
        return winnow_fail(err, WINNOW_USAGE,
                           "--sort: '%.64s' is a text; give a number, a time or a flag, such as "
                           "posts_per_day or last_post_at",
                           name);
    return p->sort < 0 ? -1 : 0;
}

/* ---- who matches ---- */

static bool matches(struct picking *p, const struct facts *f) {
    fact_set missing = 0;
    enum tri is = p->where == NULL ? TRI_YES : expr_judge(p->where, f, p->from->now_ms, &missing);
    p->out->unknown += is == TRI_UNKNOWN;
    p->missing |= missing;
    p->out->matched += is == TRI_YES;
    return is == TRI_YES;
}

static bool is_wanted(const struct picking *p) {
    uint64_t count = p->filter->count;
    return count == 0 || p->handed < p->filter->offset || p->handed - p->filter->offset < count;
}

static int hand_over(struct picking *p, const struct picked *one, struct winnow_error *err) {
    if (!is_wanted(p) || p->handed++ < p->filter->offset)
        return 0;
    p->out->shown++;
    return p->each(p->context, one, err);
}

static int pick_gather(struct picking *p, uint32_t at, struct winnow_error *err) {
    if (p->count == p->room) {
        size_t room = p->room == 0 ? 1024 : 2 * p->room;
        struct found *grown = reallocarray(p->found, room, sizeof *grown);
        if (grown == NULL)
            return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory for so many: ask for fewer");
        p->found = grown;
        p->room = room;
    }
    p->found[p->count++] = (struct found){0, at};
    return 0;
}

static int pick_take(struct picking *p, const struct picked *one, struct winnow_error *err) {
    p->out->of++;
    if (!matches(p, one->facts))
        return 0;
    if (!p->gather)
        return hand_over(p, one, err);
    return pick_gather(p, p->filter->side == WINNOW_SIDE_SCHEDULE ? one->position : one->number,
                       err);
}

/* ---- walking ---- */

static int counted(const struct picking *p, uint32_t number, struct facts *f,
                   struct winnow_error *err) {
    if (store_followee_get(p->from->txn, p->from->campaign->id, number, STORE_FACTS_AND_TEXTS, f,
                           err) != 0)
        return -1;
    coverages_count(p->from->coverages, number, f);
    return 0;
}

static int read_entry(const struct picking *p, uint32_t position, struct picked *one,
                      struct facts *f, struct winnow_error *err) {
    struct store_entry e;
    if (store_schedule_get(p->from->txn, p->from->campaign->id, p->from->plan, position, &e, err) !=
            0 ||
        counted(p, e.number, f, err) != 0)
        return -1;
    *one = (struct picked){
        e.number,
        {position, PLAN_SCHEDULED, e.first},
        position,
        f,
    };
    return 0;
}

/* Nothing is judged: who comes before the offset need not be read. */
static uint32_t first_position(struct picking *p) {
    if (p->where != NULL || p->gather)
        return 0;
    uint64_t offset = p->filter->offset < p->from->total ? p->filter->offset : p->from->total;
    p->handed = offset;
    p->out->of = p->out->matched = offset;
    return (uint32_t)offset;
}

static int walk_schedule(struct picking *p, struct winnow_error *err) {
    int result = 0;
    for (uint32_t at = first_position(p); at < p->from->total && result == 0; at++) {
        struct facts f;
        struct picked one;
        if (p->where == NULL && !p->gather && !is_wanted(p))
            break;
        if (read_entry(p, at, &one, &f, err) != 0)
            return -1;
        result = pick_take(p, &one, err);
    }
    return result;
}

static bool is_kept(uint8_t verdict) {
    return verdict == PLAN_KEPT_LIST || verdict == PLAN_KEPT_RULE || verdict == PLAN_KEPT_TOP ||
           verdict == PLAN_KEPT_UNDECIDED;
}

static bool is_undecided(uint8_t verdict) {
    return verdict == PLAN_UNDECIDED || verdict == PLAN_HELD || verdict == PLAN_NONE;
}

/* 1: of the side that is asked for. */
static int pick_decided(const struct picking *p, uint32_t number, struct store_decision *d,
                        struct winnow_error *err) {
    int found = 0;
    *d = (struct store_decision){.position = STORE_NO_POSITION, .verdict = PLAN_NONE};
    if (p->from->plan != 0)
        found =
            store_decision_get(p->from->txn, p->from->campaign->id, p->from->plan, number, d, err);
    if (found < 0)
        return -1;
    if (p->filter->side == WINNOW_SIDE_ROSTER)
        return 1;
    bool kept = p->filter->side == WINNOW_SIDE_KEPT;
    return found == 1 && (kept ? is_kept(d->verdict) : is_undecided(d->verdict));
}

static int walk_one(void *context, uint32_t number, const struct facts *f, uint64_t gone,
                    struct winnow_error *err) {
    struct picking *p = context;
    struct picked one = {.number = number, .position = STORE_NO_POSITION};
    if (store_follows_left(f, gone) == 0)
        return 0;
    int side = pick_decided(p, number, &one.decision, err);
    if (side != 1)
        return side;
    struct facts counted_facts = *f;
    coverages_count(p->from->coverages, number, &counted_facts);
    one.facts = &counted_facts;
    return pick_take(p, &one, err);
}

static int pick_walk(struct picking *p, struct winnow_error *err) {
    if (p->filter->side == WINNOW_SIDE_SCHEDULE)
        return walk_schedule(p, err);
    const struct store_scan scan = {
        .detail = STORE_FACTS_AND_TEXTS, .each = walk_one, .context = p};
    return store_roster_scan(p->from->txn, p->from->campaign->id, &scan, err);
}

/* ---- what was gathered ---- */

static int read_found(const struct picking *p, uint32_t at, struct picked *one, struct facts *f,
                      struct winnow_error *err) {
    if (p->filter->side == WINNOW_SIDE_SCHEDULE)
        return read_entry(p, at, one, f, err);
    *one = (struct picked){.number = at, .position = STORE_NO_POSITION, .facts = f};
    return pick_decided(p, at, &one->decision, err) < 0 ? -1 : counted(p, at, f, err);
}

static int by_at(const void *a, const void *b) {
    const struct found *x = a;
    const struct found *y = b;
    return x->at < y->at ? -1 : x->at > y->at;
}

/* The greatest first; what has no key last. */
static int by_key(const void *a, const void *b) {
    const struct found *x = a;
    const struct found *y = b;
    if (isnan(x->key) || isnan(y->key))
        return isnan(x->key) == isnan(y->key) ? by_at(a, b) : isnan(x->key) ? 1 : -1;
    return x->key > y->key ? -1 : x->key < y->key ? 1 : by_at(a, b);
}

static void sample(struct picking *p) {
    if (p->filter->sample == 0 || p->filter->sample >= p->count)
        return;
    for (size_t i = 0; i < p->count; i++)
        p->found[i].key = (double)(mix64_nth(p->filter->seed, p->found[i].at) >> 11);
    qsort(p->found, p->count, sizeof *p->found, by_key);
    p->count = (size_t)p->filter->sample;
    qsort(p->found, p->count, sizeof *p->found, by_at);
}

static int sort(struct picking *p, struct winnow_error *err) {
    bool least_first = p->filter->sort != NULL && p->filter->sort[0] == '-';
    if (p->sort < 0)
        return 0;
    for (size_t i = 0; i < p->count; i++) {
        struct facts f;
        struct picked one;
        double value = 0;
        if (read_found(p, p->found[i].at, &one, &f, err) != 0)
            return -1;
        if (value_number((enum value_id)p->sort, &f, p->from->now_ms, &value) != 0)
            value = NAN;
        p->found[i].key = least_first ? -value : value;
    }
    if (p->count > 0)
        qsort(p->found, p->count, sizeof *p->found, by_key);
    return 0;
}

static int hand_over_found(struct picking *p, struct winnow_error *err) {
    int result = 0;
    sample(p);
    if (sort(p, err) != 0)
        return -1;
    for (size_t i = 0; i < p->count && result == 0 && is_wanted(p); i++) {
        struct facts f;
        struct picked one;
        if (read_found(p, p->found[i].at, &one, &f, err) != 0)
            return -1;
        result = hand_over(p, &one, err);
    }
    return result;
}

/* ---- the whole ---- */

struct pick_source pick_of_plan(const struct plan_reader *v) {
    return (struct pick_source){
        .txn = v->txn,
        .campaign = v->campaign,
        .coverages = &v->coverages,
        .now_ms = v->head.now_ms,
        .plan = v->campaign->plans,
        .total = v->progress.total,
    };
}

int pick_each(const struct pick_source *from, const struct winnow_filter *filter,
              int (*each)(void *context, const struct picked *one, struct winnow_error *err),
              void *context, struct winnow_filter_result *out, struct winnow_error *err) {
    struct picking p = {
        .from = from,
        .filter = filter,
        .gather = filter->sort != NULL || filter->sample != 0,
        .each = each,
        .context = context,
        .out = out,
    };
    *out = (struct winnow_filter_result){0};
    int result = find_sort(&p, err) != 0 || compile_where(&p, err) != 0 ? -1 : pick_walk(&p, err);
    if (result == 0 && p.gather)
        result = hand_over_found(&p, err);
    reason_missing(p.missing, out->missing);
    free(p.found);
    expr_free(p.where);
    return result;
}
