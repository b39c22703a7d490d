/* A list of whom the account itself marked: whom it blocks. Happy path: page after page, who is on
 * it has the mark; at the end, if nothing was left out, those who were not on it do not have it.
 * Fails as the store does; a platform that does not offer the list leaves the set absent. */
#include "work/campaign/batch.h"
#include "work/pages/fetch.h"

static enum fact_id mark_of(const struct fetching *f) {
    return f->own_source->dataset == DATASET_ENDORSED ? FACT_ENDORSED : FACT_BLOCKED;
}

static int marked_take(void *context, const struct facts *row) {
    struct fetching *f = context;
    struct facts facts = *row;
    facts_set_flag(&facts, mark_of(f), true);
    return fetch_merge_known(f, &facts, f->err) < 0 ? -1 : 0;
}

static struct why marked_judge(const struct fetching *f) {
    if (f->stopped.reason != REASON_NONE)
        return f->stopped;
    if (f->at.skipped > 0)
        return why_counts(REASON_ROWS_NOT_UNDERSTOOD, f->at.skipped, 0);
    if (f->at.roster != fetch_roster(f))
        return why_counts(REASON_ROSTER_CHANGED, 0, 0);
    return (struct why){0};
}

static int marked_end(struct fetching *f, bool *more, struct winnow_error *err) {
    uint64_t changed = 0;
    struct why why = marked_judge(f);
    struct batch_absent absent = {.batch = f->at.batch, .none = FACT_SET(mark_of(f))};
    *more = false;
    if (why.reason == REASON_NONE &&
        batch_mark_absent(f->txn, &f->campaign, &absent, &changed, err) != 0)
        return -1;
    return fetch_put(f, f->own_source->dataset, f->at.rows, 0, &why, err);
}

int fetch_marked(struct fetching *f, const struct platform_source *source,
                 struct winnow_error *err) {
    const struct fetch_step step = {
        .name = "marked",
        .doing = "reading whom you block",
        .kind = FETCH_KIND_FOLLOWERS,
        .build = fetch_list_build,
        .read = fetch_list_read,
        .take = marked_take,
        .end = marked_end,
        .may_lack = true,
        .by_pages = true,
    };
    f->own_source = source;
    int result = fetch_step_run(f, &step, err);
    return result == 1 ? fetch_put_absent(f, source->dataset, &f->refused, err) : result;
}
