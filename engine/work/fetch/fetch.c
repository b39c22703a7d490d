/* fetch: evidence from the platform into the roster, within the read budgets and the money allowed.
 * Happy path: the platform says whose the credential is; then set after set, each by its step
 * (fetch.h); then how whole each of them is. Stopped or killed, the same command goes on where each
 * set stood. Fails when the platform refuses; what was read stays. What a platform does not offer
 * is no failure: the set is absent, and says so. */
#include <string.h>

#include "work/evidence/unmatched.h"
#include "work/pages/fetch.h"
#include "work/session/whose.h"

/* The datasets that `sets` of the options stand for. */
static uint32_t sets_of(uint32_t wanted) {
    uint32_t all = (1u << DATASET_COUNT) - 1;
    uint32_t exchanges = (wanted & WINNOW_FETCH_INTERACTIONS) != 0 ? evidence_of_exchanges() : 0;
    return (wanted & all) | exchanges;
}

/* What is read when nothing is asked for: all that costs nothing. Where rows cost, the list of
 * followees alone. */
static uint32_t free_sets(const struct platform *p) {
    uint32_t sets = WINNOW_FETCH_FOLLOWING;
    for (size_t i = 0; i < p->source_count && p->currency == NULL; i++)
        if (source_is_fetched(&p->sources[i]))
            sets |= 1u << p->sources[i].dataset;
    return sets;
}

/* Those that are complete and young enough. */
static int fresh_sets(struct fetching *f, uint32_t *fresh, struct winnow_error *err) {
    struct store_txn *t;
    int64_t now_ms = clock_now(&f->w->clock);
    *fresh = 0;
    if (f->options->max_age_ms == 0)
        return 0;
    if (store_read(f->w->store, &t, err) != 0)
        return -1;
    int result = 0;
    for (int set = 0; set < DATASET_COUNT && result == 0; set++) {
        struct evidence e;
        result = evidence_get(t, f->campaign.id, (enum dataset)set, &e, err);
        if (result == 0 && e.state == WINNOW_SET_COMPLETE &&
            now_ms - e.as_of_ms < f->options->max_age_ms)
            *fresh |= 1u << set;
    }
    store_abort(t);
    return result;
}

static bool wants(uint32_t sets, enum dataset set) {
    return (sets >> set & 1u) != 0;
}

/* ---- the table, row by row -------------------------------------------------------------------*/

static bool of_repo(const struct platform_source *s) {
    return s->way == SOURCE_REPO;
}

static bool of_following(const struct platform_source *s) {
    return (s->way == SOURCE_PAGES && s->dataset == DATASET_FOLLOWING) || s->way == SOURCE_ROWS;
}

static bool of_followers(const struct platform_source *s) {
    return s->way == SOURCE_PAGES && s->dataset == DATASET_FOLLOWERS;
}

static bool of_hidden(const struct platform_source *s) {
    return s->way == SOURCE_HIDDEN;
}

static bool of_asked(const struct platform_source *s) {
    return s->way == SOURCE_ASKED;
}

static bool of_lists(const struct platform_source *s) {
    return s->way == SOURCE_PARTS || s->way == SOURCE_PARTS_AT_ONCE;
}

static bool of_marked(const struct platform_source *s) {
    return s->way == SOURCE_PAGES &&
           (s->dataset == DATASET_BLOCKS || s->dataset == DATASET_ENDORSED);
}

static bool of_exchanges(const struct platform_source *s) {
    return s->way == SOURCE_PAGES && wants(evidence_of_exchanges(), s->dataset);
}

/* In the order in which they are read: what brings many sets at once comes first, and what asks for
 * the people of the roster comes after the list of them. */
static const struct reader {
    bool (*is_for)(const struct platform_source *s);
    int (*fetch)(struct fetching *f, const struct platform_source *source,
                 struct winnow_error *err);
} readers[] = {
    {of_repo, fetch_repo},           {of_following, fetch_following},
    {of_followers, fetch_followers}, {of_hidden, fetch_hidden},
    {of_asked, fetch_asked},         {of_lists, fetch_lists},
    {of_marked, fetch_marked},       {of_exchanges, fetch_interactions},
};

#define READERS (sizeof readers / sizeof readers[0])

/* Once, whatever number of rows it reads. */
static int read_by(struct fetching *f, const struct reader *reader, struct winnow_error *err) {
    for (size_t i = 0; i < f->platform->source_count; i++) {
        const struct platform_source *s = &f->platform->sources[i];
        if (wants(f->wanted, s->dataset) && reader->is_for(s))
            return reader->fetch(f, s, err);
    }
    return 0;
}

static bool any_is_fetched(const struct platform *p, enum dataset set) {
    for (size_t i = 0; i < p->source_count; i++)
        if (p->sources[i].dataset == set && source_is_fetched(&p->sources[i]))
            return true;
    return false;
}

/* What the platform does not give is noted as absent. */
static int put_lacking(struct fetching *f, struct winnow_error *err) {
    for (int set = 0; set < DATASET_COUNT; set++) {
        const struct source_said *said = platform_why_not(f->platform, (enum dataset)set);
        struct why why =
            said != NULL ? why_said(said->reason, said->say) : why_counts(REASON_NOT_GIVEN, 0, 0);
        if (wants(f->wanted, (enum dataset)set) &&
            !any_is_fetched(f->platform, (enum dataset)set) &&
            fetch_put_absent(f, (enum dataset)set, &why, err) != 0)
            return -1;
    }
    return 0;
}

static int fetch_sets(struct fetching *f, struct winnow_error *err) {
    if (f->options->next > 0)
        return fetch_next(f, err);
    if (put_lacking(f, err) != 0)
        return -1;
    for (size_t i = 0; i < READERS; i++) {
        if (read_by(f, &readers[i], err) != 0)
            return -1;
        if (readers[i].fetch == fetch_following && fetch_handles(f, err) != 0)
            return -1;
    }
    return 0;
}

/* How many rows there are is not told for all lists, and followers can be millions: nobody shall
 * pay for them by chance. Of the list of followees it is told, and asked for. */
static int refuse_unpriced(const struct fetching *f, struct winnow_error *err) {
    const struct platform *p = f->platform;
    if (f->options->next > 0) /* that says how many */
        return 0;
    bool costs = false;
    bool in_archive = true; /* all that costs; exchanges are taken for one, since they add up */
    for (size_t i = 0; i < p->source_count; i++) {
        const struct platform_source *s = &p->sources[i];
        if (s->dataset == DATASET_FOLLOWING || !wants(f->wanted, s->dataset) ||
            !source_is_fetched(s) || source_price_micro(s) == 0)
            continue;
        costs = true;
        in_archive =
            in_archive && (platform_source(p, s->dataset, SOURCE_ARCHIVE) != NULL ||
                           (wants(evidence_of_exchanges(), s->dataset) && platform_has_archive(p)));
    }
    if (!costs || f->reads.cap_micro != 0)
        return 0;
    return winnow_fail(err, WINNOW_USAGE,
                       "every row of this costs on %s: say with --max-cost what you allow%s",
                       p->title, in_archive ? ", or import the archive, which costs nothing" : "");
}

/* ---- one fetch -------------------------------------------------------------------------------*/

static int sets_tell(struct fetching *f, uint32_t sets, struct winnow_error *err) {
    struct evidence_views views;
    struct store_txn *t;
    uint64_t noted;
    if (store_read(f->w->store, &t, err) != 0)
        return -1;
    int result = evidence_view(f->w, t, &f->campaign, &views, err);
    if (result == 0)
        result = unmatched_tell(t, &f->campaign, &f->options->hooks, err);
    if (result == 0)
        result = noted_tell(t, &f->campaign, &f->options->hooks, &noted, err);
    store_abort(t);
    for (size_t i = 0; i < views.count && result == 0; i++) {
        const struct winnow_evidence *e = &views.all[i];
        if (wants(sets, views.dataset[i]))
            f->result->evidence[f->result->evidence_count++] = *e;
        if (views.dataset[i] == DATASET_FOLLOWING)
            f->result->complete = f->result->end && e->state == WINNOW_SET_COMPLETE;
    }
    return result;
}

/* Whose id was told is on the keep list by it. */
static int end_notes(struct fetching *f, struct winnow_error *err) {
    struct store_txn *t;
    if (store_write(f->w->store, f->campaign.id, &t, err) != 0)
        return -1;
    if (store_campaign_find(t, f->campaign.name, &f->campaign, err) != 0 ||
        store_keep_notes_end(t, &f->campaign, err) != 0 ||
        store_campaign_put(t, &f->campaign, err) != 0) {
        store_abort(t);
        return -1;
    }
    return store_commit(t, err);
}

static int fetch(struct fetching *f, struct winnow_error *err) {
    uint32_t fresh;
    uint32_t sets = f->options->sets != 0 ? sets_of(f->options->sets) : free_sets(f->platform);
    if (f->options->next > 0 && sets != 1u << DATASET_PROFILES)
        return winnow_fail(err, WINNOW_USAGE,
                           "--next buys profiles of the plan's next entries: give it with --only "
                           "profiles");
    if (fresh_sets(f, &fresh, err) != 0)
        return -1;
    f->wanted = sets & ~fresh;
    if (refuse_unpriced(f, err) != 0)
        return -1;
    /* Whatever is asked for, begun or gone on with: first, whose list will it be? */
    bool any = f->wanted != 0 || f->campaign.unresolved > 0 || f->campaign.keep_noted > 0;
    if ((any && whose_ask(&f->reads, &f->profile, err) != 0) || fetch_sets(f, err) != 0 ||
        (f->campaign.keep_noted > 0 && end_notes(f, err) != 0))
        return -1;
    return sets_tell(f, sets, err);
}

int winnow_fetch(struct winnow *w, const char *name, const struct winnow_fetch_options *options,
                 struct winnow_fetch_result *out, struct winnow_error *err) {
    struct fetching f = {
        .w = w, .options = options, .result = out, .profile = {.following = -1, .followers = -1}};
    *out = (struct winnow_fetch_result){.told = -1, .hidden = -1, .gone = -1};
    if (state_refuse_running(w, name, err) != 0 ||
        state_campaign(w, name, &f.campaign, &f.platform, err) != 0)
        return -1;
    if (f.platform->currency != NULL)
        text_copy(out->currency, sizeof out->currency,
                  (struct text){f.platform->currency, (uint32_t)strlen(f.platform->currency)});
    if (reads_open(&f.reads, w, &f.campaign, f.platform, options->budgets, options->budget_count,
                   &options->hooks, err) != 0)
        return -1;
    f.reads.cap_micro = options->max_cost_micro;
    buffer_init(&f.cursor, HTTP_TARGET_MAX);
    buffer_init(&f.mark, HTTP_TARGET_MAX);
    buffer_init(&f.next, HTTP_TARGET_MAX);
    int result = fetch(&f, err);
    out->cost_micro = f.reads.spent_micro;
    buffer_free(&f.cursor);
    buffer_free(&f.mark);
    buffer_free(&f.next);
    seen_free(&f.seen);
    reads_close(&f.reads);
    state_call_ended(w);
    return result;
}
