/* Relationships and profiles, where the platform tells them of the ids that one asks for. Happy
 * path: everybody of the roster is asked for in chunks (fetch_chunks.h), and the sets say how many
 * were answered for. Fails as a step does; a platform that does not offer it leaves them absent. */
#include <inttypes.h>
#include <stdio.h>

#include "worker/fetch_chunks.h"

static int take(struct fetching *f, uint32_t number, const struct facts *row) {
    (void)number;
    f->at.follows += facts_known(row, FACT_FOLLOWS_ME);
    f->at.full += facts_known(row, FACT_FOLLOWERS) && facts_known(row, FACT_POSTS);
    return fetch_merge_known(f, row, f->err) < 0 ? -1 : 0;
}

static int put(struct fetching *f, enum evidence_set set, uint64_t count,
               struct winnow_error *err) {
    char why[160];
    snprintf(why, sizeof why,
             "%" PRIu64 " of %" PRIu64 " were not answered for: gone, hidden or not known there",
             f->at.rows - count, f->at.rows);
    return fetch_put(f, set, count, f->at.rows, count < f->at.rows ? why : NULL, err);
}

static int end(struct fetching *f, struct winnow_error *err) {
    const struct platform_ask *ask = f->platform->ask;
    if (ask->tells_follows_me && put(f, EVIDENCE_FOLLOWERS, f->at.follows, err) != 0)
        return -1;
    return ask->tells_profile ? put(f, EVIDENCE_PROFILES, f->at.full, err) : 0;
}

int fetch_asked(struct fetching *f, struct winnow_error *err) {
    const struct platform_ask *ask = f->platform->ask;
    const struct chunks chunks = {
        .name = "asked",
        .doing = ask->tells_profile ? "asking for profiles" : "asking who follows",
        .ask = ask,
        .by = FACT_ID,
        .take = take,
        .end = end,
    };
    bool nobody = false;
    int result = fetch_chunks(f, &chunks, &nobody, err);
    if (nobody)
        return winnow_fail(err, WINNOW_BAD_INPUT,
                           "the roster of campaign %s has nobody to ask about: run `winnow fetch "
                           "%s` first",
                           f->campaign.name, f->campaign.name);
    if (result == 1 && ask->tells_follows_me)
        result = fetch_put_absent(f, EVIDENCE_FOLLOWERS, f->refused, err) == 0 ? 1 : -1;
    if (result == 1 && ask->tells_profile)
        result = fetch_put_absent(f, EVIDENCE_PROFILES, f->refused, err) == 0 ? 1 : -1;
    return result < 0 ? -1 : 0;
}
