/* Profiles of the plan's next entries alone, where each costs money or a request of its own:
 * `fetch --only profiles --next N`. Happy path: those of them whose profile is not known are asked
 * for in chunks; the next plan uses what came. Whoever is bought once is not bought again, so that
 * the same command goes on after a stop. Fails as a step does, and without a plan. */
#include "work/pages/fetch_chunks.h"

#include <string.h>

/* What is free is asked one by one, for the last post, which no profile tells. */
static bool is_free(const struct fetching *f) {
    return source_price_micro(f->own_source) == 0;
}

static bool is_unknown(const struct fetching *f, const struct facts *facts) {
    if (is_free(f))
        return !facts_known(facts, FACT_LAST_POST_AT);
    return !facts_known(facts, FACT_FOLLOWERS) || !facts_known(facts, FACT_POSTS);
}

static int next_take(struct fetching *f, uint32_t number, const struct facts *row) {
    struct facts known;
    struct facts facts = *row;
    char id[FACT_ID_MAX + 1];
    f->at.asked.with_counts += facts_known(row, FACT_FOLLOWERS) && facts_known(row, FACT_POSTS);
    if (!facts_known(row, FACT_ID)) { /* it is of the one who was asked */
        if (store_followee_get(f->txn, f->campaign.id, number, STORE_FACTS, &known, f->err) != 0)
            return -1;
        text_copy(id, sizeof id, facts_text(&known, FACT_ID));
        facts_set_text(&facts, FACT_ID, id, strlen(id));
    }
    return fetch_merge_known(f, &facts, f->err) < 0 ? -1 : 0;
}

/* They are some of the roster, unless all of it was known before. */
static int next_end(struct fetching *f, struct winnow_error *err) {
    struct evidence e;
    if (is_free(f)) /* the profiles are as whole as before */
        return 0;
    if (evidence_get(f->txn, f->campaign.id, DATASET_PROFILES, &e, err) != 0)
        return -1;
    uint64_t known = f->at.asked.with_counts + (e.state == WINNOW_SET_PARTIAL ? e.count : 0);
    struct why why = why_counts(REASON_NOT_BOUGHT, known, f->campaign.followees);
    return e.state == WINNOW_SET_COMPLETE
               ? 0
               : fetch_put(f, DATASET_PROFILES, known, f->campaign.followees, &why, err);
}

int fetch_next(struct fetching *f, struct winnow_error *err) {
    const struct platform *p = f->platform;
    const struct platform_source *s = platform_source(p, DATASET_PROFILES, SOURCE_NEXT);
    bool nobody = false;
    if (s == NULL)
        return winnow_fail(err, WINNOW_USAGE,
                           "%s gives profiles for nothing: run `winnow fetch %s` without --next",
                           p->title, f->campaign.name);
    f->own_source = s;
    const struct chunks chunks = {
        .name = "next",
        .doing = is_free(f) ? "asking when who is next last posted"
                            : "asking for the profiles of who is next",
        .ask = s->ask,
        .next = f->options->next,
        .by = FACT_ID,
        .wanted = is_unknown,
        .take = next_take,
        .end = next_end,
    };
    int result = fetch_chunks(f, &chunks, &nobody, err);
    if (nobody)
        hooks_warn(&f->options->hooks,
                   "of the next %llu entries all is known already: nothing was %s",
                   (unsigned long long)f->options->next, is_free(f) ? "asked" : "bought");
    if (result == 1)
        return fetch_put_absent(f, DATASET_PROFILES, &f->refused, err);
    return result < 0 ? -1 : 0;
}
