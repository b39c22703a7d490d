/* Relationships and profiles, where the platform tells them of the ids that one asks for. Happy
 * path: everybody of the roster is asked for in chunks (fetch_chunks.h), and the sets say how many
 * were answered for. Fails as a step does; a platform that does not offer it leaves them absent. */
#include "work/pages/fetch_chunks.h"

static int asked_take(struct fetching *f, uint32_t number, const struct facts *row) {
    (void)number;
    f->at.asked.with_follow += facts_known(row, FACT_FOLLOWS_ME);
    f->at.asked.with_counts += facts_known(row, FACT_FOLLOWERS) && facts_known(row, FACT_POSTS);
    return fetch_merge_known(f, row, f->err) < 0 ? -1 : 0;
}

/* Does the call in hand tell of that row's dataset? */
static bool is_told(const struct fetching *f, const struct platform_source *s) {
    const struct platform_source *in_hand = f->own_source;
    return s->way == SOURCE_ASKED && s->ask == in_hand->ask;
}

static uint64_t answers(const struct fetching *f, enum dataset set) {
    return set == DATASET_PROFILES ? f->at.asked.with_counts : f->at.asked.with_follow;
}

static int asked_end(struct fetching *f, struct winnow_error *err) {
    for (size_t i = 0; i < f->platform->source_count; i++) {
        const struct platform_source *s = &f->platform->sources[i];
        uint64_t count = answers(f, s->dataset);
        struct why why = {0};
        if (count < f->at.rows)
            why = why_counts(REASON_NOT_ANSWERED, f->at.rows - count, f->at.rows);
        if (is_told(f, s) && fetch_put(f, s->dataset, count, f->at.rows, &why, err) != 0)
            return -1;
    }
    return 0;
}

static int put_refused(struct fetching *f, struct winnow_error *err) {
    for (size_t i = 0; i < f->platform->source_count; i++) {
        const struct platform_source *s = &f->platform->sources[i];
        if (is_told(f, s) && fetch_put_absent(f, s->dataset, &f->refused, err) != 0)
            return -1;
    }
    return 0;
}

static bool tells(const struct fetching *f, enum dataset set) {
    const struct platform_source *s = platform_source(f->platform, set, SOURCE_ASKED);
    return s != NULL && is_told(f, s);
}

int fetch_asked(struct fetching *f, const struct platform_source *source,
                struct winnow_error *err) {
    bool nobody = false;
    f->own_source = source;
    const struct chunks chunks = {
        .name = "asked",
        .doing = tells(f, DATASET_PROFILES) ? "asking for profiles" : "asking who follows",
        .ask = source->ask,
        .by = FACT_ID,
        .take = asked_take,
        .end = asked_end,
    };
    int result = fetch_chunks(f, &chunks, &nobody, err);
    if (nobody)
        return winnow_fail(err, WINNOW_BAD_INPUT,
                           "the roster of campaign %s has nobody to ask about: run `winnow fetch "
                           "%s` first",
                           f->campaign.name, f->campaign.name);
    if (result == 1)
        return put_refused(f, err);
    return result < 0 ? -1 : 0;
}
