/* fetch: evidence from the platform into the roster, within the read budgets and the money allowed.
 * Happy path: the platform says whose the credential is; then set after set, each by its step
 * (fetch.h); then how whole each of them is. Stopped or killed, the same command goes on where each
 * set stood. Fails when the platform refuses; what was read stays. What a platform does not offer
 * is no failure: the set is absent, and says so. */
#include <string.h>

#include "worker/fetch.h"
#include "worker/unmatched.h"
#include "worker/whose.h"

#define INTERACTIONS (1u << EVIDENCE_POSTS | 1u << EVIDENCE_MESSAGES | 1u << EVIDENCE_REACTIONS)

/* The evidence sets that a bit of `sets` stands for. */
static uint32_t sets_of(uint32_t wanted) {
    return ((wanted & WINNOW_FETCH_FOLLOWING) != 0 ? 1u << EVIDENCE_FOLLOWING : 0) |
           ((wanted & WINNOW_FETCH_FOLLOWERS) != 0 ? 1u << EVIDENCE_FOLLOWERS : 0) |
           ((wanted & WINNOW_FETCH_PROFILES) != 0 ? 1u << EVIDENCE_PROFILES : 0) |
           ((wanted & WINNOW_FETCH_LISTS) != 0 ? 1u << EVIDENCE_LISTS : 0) |
           ((wanted & WINNOW_FETCH_INTERACTIONS) != 0 ? INTERACTIONS : 0);
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
    for (int set = 0; set < EVIDENCE_COUNT && result == 0; set++) {
        struct evidence e;
        result = evidence_get(t, f->campaign.id, (enum evidence_set)set, &e, err);
        if (result == 0 && e.state == EVIDENCE_COMPLETE &&
            now_ms - e.as_of_ms < f->options->max_age_ms)
            *fresh |= 1u << set;
    }
    store_abort(t);
    return result;
}

static bool wants(uint32_t sets, enum evidence_set set) {
    return (sets >> set & 1u) != 0;
}

static int lacking(struct fetching *f, enum evidence_set set, const char *why,
                   struct winnow_error *err) {
    return fetch_put_absent(f, set, why != NULL ? why : "the platform does not give it", err);
}

/* Followers by a list, else by asking; profiles by asking, where the following list has none. */
static int fetch_people(struct fetching *f, uint32_t sets, struct winnow_error *err) {
    const struct platform *p = f->platform;
    bool ask = p->ask != NULL && ((wants(sets, EVIDENCE_FOLLOWERS) && p->followers == NULL) ||
                                  (wants(sets, EVIDENCE_PROFILES) && p->ask->tells_profile));
    if (wants(sets, EVIDENCE_FOLLOWERS) && p->followers != NULL) {
        if (fetch_followers(f, err) != 0)
            return -1;
    }
    if (wants(sets, EVIDENCE_PROFILES) && p->shown != NULL && fetch_hidden(f, err) != 0)
        return -1;
    if (ask && fetch_asked(f, err) != 0)
        return -1;
    bool profiles = p->rows_tell_profile || (p->ask != NULL && p->ask->tells_profile);
    return wants(sets, EVIDENCE_PROFILES) && !profiles
               ? lacking(f, EVIDENCE_PROFILES, p->lacks.profiles, err)
               : 0;
}

static bool costs(const struct platform_list *list) {
    return list != NULL && list->price_micro != 0;
}

/* How many rows there are is not told for all lists, and followers can be millions: nobody shall
 * pay for them by chance. */
static int refuse_unpriced(const struct fetching *f, uint32_t sets, struct winnow_error *err) {
    const struct platform *p = f->platform;
    bool any = (wants(sets, EVIDENCE_FOLLOWERS) && costs(p->followers)) ||
               (wants(sets, EVIDENCE_LISTS) && (costs(p->lists) || costs(p->members))) ||
               ((sets & INTERACTIONS) != 0 &&
                (costs(p->posts) || costs(p->messages) || costs(p->reactions)));
    if (!any || f->reads.cap_micro != 0)
        return 0;
    return winnow_fail(err, WINNOW_USAGE,
                       "every row of this costs on %s: say with --max-cost what you allow%s",
                       p->title,
                       p == &platform_x && !wants(sets, EVIDENCE_LISTS)
                           ? ", or import the archive, which costs nothing"
                           : "");
}

static int fetch_talk(struct fetching *f, struct winnow_error *err) {
    const struct platform *p = f->platform;
    if (p->posts == NULL && lacking(f, EVIDENCE_POSTS, p->lacks.posts, err) != 0)
        return -1;
    if (p->messages == NULL && lacking(f, EVIDENCE_MESSAGES, p->lacks.messages, err) != 0)
        return -1;
    if (p->reactions == NULL && lacking(f, EVIDENCE_REACTIONS, p->lacks.reactions, err) != 0)
        return -1;
    bool any = p->posts != NULL || p->messages != NULL || p->reactions != NULL;
    return any ? fetch_interactions(f, err) : 0;
}

static int fetch_sets(struct fetching *f, uint32_t sets, struct winnow_error *err) {
    const struct platform *p = f->platform;
    if (wants(sets, EVIDENCE_FOLLOWING) ||
        (wants(sets, EVIDENCE_PROFILES) && p->rows_tell_profile)) {
        f->result->following = true;
        if (fetch_following(f, err) != 0)
            return -1;
    }
    if (fetch_handles(f, err) != 0 || fetch_people(f, sets, err) != 0)
        return -1;
    if (wants(sets, EVIDENCE_LISTS) &&
        (p->lists != NULL ? fetch_lists(f, err)
                          : lacking(f, EVIDENCE_LISTS, p->lacks.lists, err)) != 0)
        return -1;
    return (sets & INTERACTIONS) != 0 ? fetch_talk(f, err) : 0;
}

static int tell(struct fetching *f, uint32_t sets, struct winnow_error *err) {
    struct winnow_evidence all[WINNOW_EVIDENCE_SETS];
    struct store_txn *t;
    uint64_t noted;
    if (store_read(f->w->store, &t, err) != 0)
        return -1;
    int result = evidence_view(f->w, t, &f->campaign, all, err);
    if (result == 0)
        result = unmatched_tell(t, &f->campaign, &f->options->hooks, err);
    if (result == 0)
        result = noted_tell(t, &f->campaign, &f->options->hooks, &noted, err);
    store_abort(t);
    for (int set = 0; set < EVIDENCE_COUNT && result == 0; set++)
        if (wants(sets, (enum evidence_set)set))
            f->result->evidence[f->result->evidence_count++] = all[set];
    f->result->complete = f->result->end && strcmp(all[EVIDENCE_FOLLOWING].state, "complete") == 0;
    return result;
}

/* Whose id was told is on the keep list by it. */
static int end_notes(struct fetching *f, struct winnow_error *err) {
    struct store_txn *t;
    if (store_write(f->w->store, &t, err) != 0)
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
    uint32_t sets = sets_of(f->options->sets != 0 ? f->options->sets : WINNOW_FETCH_FOLLOWING);
    if (fresh_sets(f, &fresh, err) != 0 || refuse_unpriced(f, sets & ~fresh, err) != 0)
        return -1;
    /* Whatever is asked for, begun or gone on with: first, whose list will it be? */
    bool any = (sets & ~fresh) != 0 || f->campaign.unresolved > 0 || f->campaign.keep_noted > 0;
    if ((any && whose_ask(&f->reads, &f->profile, err) != 0) ||
        fetch_sets(f, sets & ~fresh, err) != 0 ||
        (f->campaign.keep_noted > 0 && end_notes(f, err) != 0))
        return -1;
    return tell(f, sets, err);
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
    return result;
}
