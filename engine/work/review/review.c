/* Rows: see review.h. Happy path: whom the filter picks is put into words, and its columns into one
 * buffer that each row uses again. Fails as pick_each does, and for a column that is none. */
#include "work/review/review.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/profile.h"

_Static_assert(PROFILE_LINK_SIZE == WINNOW_LINK_MAX + 1, "winnow.h has room");
_Static_assert(FACT_NAME_MAX == WINNOW_SHOWN_NAME_MAX, "winnow.h has room");

struct reviewing {
    struct plan_reader *plan;
    const struct review_terms *terms;
    const struct platform *platform;
    struct winnow_row row;
    const char *values[WINNOW_COLUMNS_MAX];
    char texts[WINNOW_COLUMNS_MAX][COLUMN_TEXT_SIZE];
};

/* Who goes: as the schedule has it, its state among it. */
static int fill_entry(struct reviewing *r, const struct picked *one, struct winnow_error *err) {
    struct winnow_entry *e = &r->row.entry;
    const struct facts *f = one->facts;
    if (one->position != STORE_NO_POSITION)
        return plan_reader_entry(r->plan, one->position, e, err);
    *e = (struct winnow_entry){.posts = facts_known(f, FACT_POSTS) ? f->value[FACT_POSTS] : -1};
    if (facts_known(f, FACT_ID))
        text_copy(e->id, sizeof e->id, facts_text(f, FACT_ID));
    if (facts_known(f, FACT_HANDLE))
        text_copy(e->handle, sizeof e->handle, facts_text(f, FACT_HANDLE));
    plan_reader_reason(r->plan, &one->decision, f, e->reason);
    return 0;
}

static int give_row(void *context, const struct picked *one, struct winnow_error *err) {
    struct reviewing *r = context;
    const struct facts *f = one->facts;
    const struct text none = {"", 0};
    if (fill_entry(r, one, err) != 0)
        return -1;
    r->row.verdict = plan_reader_verdict(one->decision.verdict);
    text_copy(r->row.name, sizeof r->row.name,
              facts_known(f, FACT_NAME) ? facts_text(f, FACT_NAME) : none);
    platform_profile_link(r->platform, r->plan->campaign->server,
                          facts_known(f, FACT_ID) ? facts_text(f, FACT_ID) : none,
                          facts_known(f, FACT_HANDLE) ? facts_text(f, FACT_HANDLE) : none,
                          r->row.link);
    for (size_t i = 0; i < r->terms->column_count; i++)
        column_text(r->terms->columns[i], &r->row, f, r->plan->head.now_ms, r->texts[i]);
    return r->terms->each(r->terms->context, &r->row);
}

int review_rows(struct plan_reader *v, const struct review_terms *terms,
                struct winnow_filter_result *out, struct winnow_error *err) {
    const struct pick_source from = pick_of_plan(v);
    if (terms->column_count > WINNOW_COLUMNS_MAX)
        return winnow_fail(err, WINNOW_USAGE, "more than %d columns are asked for: leave some out",
                           WINNOW_COLUMNS_MAX);
    for (size_t i = 0; i < terms->column_count; i++)
        if (column_check(terms->columns[i], err) != 0)
            return -1;
    struct reviewing *r = calloc(1, sizeof *r);
    if (r == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
    r->plan = v;
    r->terms = terms;
    r->platform = platform_find(v->campaign->platform);
    for (size_t i = 0; i < terms->column_count; i++)
        r->values[i] = r->texts[i];
    r->row.values = r->values;
    int result = pick_each(&from, terms->filter, give_row, r, out, err);
    free(r);
    return result;
}

int winnow_review(struct winnow *w, const char *name, const struct winnow_filter *filter,
                  const char *const *columns, size_t column_count,
                  int (*each)(void *context, const struct winnow_row *row), void *context,
                  struct winnow_filter_result *out, struct winnow_error *err) {
    const struct review_terms terms = {filter, columns, column_count, each, context};
    struct store_txn *t;
    struct store_campaign c;
    struct plan_reader v;
    if (store_read(w->store, &t, err) != 0)
        return -1;
    int result = store_campaign_find(t, name, &c, err);
    if (result == 0)
        result = plan_reader_open(&v, w, t, &c, err);
    if (result == 0) {
        result = review_rows(&v, &terms, out, err);
        plan_reader_close(&v);
    }
    store_abort(t);
    return result;
}
