/* Evidence sets as a caller of the library sees them: see evidence.h. Fails as the store does. */
#include <stdio.h>

#include "work/campaign/batch.h"
#include "work/evidence/evidence.h"

_Static_assert(DATASET_COUNT == WINNOW_EVIDENCE_SETS, "winnow.h promises all sets");

#define BIT(fact) FACT_BIT(fact)
#define EXCHANGED (BIT(INTERACTIONS) | BIT(LAST_INTERACTION_AT))
#define TALKED    (EXCHANGED | BIT(TALKED_TO) | BIT(LAST_TALKED_AT))
#define HEARD     (EXCHANGED | BIT(HEARD_FROM) | BIT(LAST_HEARD_AT))

const fact_set evidence_facts[DATASET_COUNT] = {
    [DATASET_FOLLOWING] = BIT(HANDLE) | BIT(FOLLOWED_AT) | BIT(FOLLOW_RANK) | BIT(FOLLOWED_AFTER),
    [DATASET_FOLLOWERS] = BIT(FOLLOWS_ME) | BIT(NOTED) | BIT(NOTIFY) | BIT(REQUESTED),
    [DATASET_PROFILES] = BIT(NAME) | BIT(BIO) | BIT(LANG) | BIT(FOLLOWERS) | BIT(FOLLOWING) |
                         BIT(POSTS) | BIT(CREATED_AT) | BIT(LAST_POST_AT) | BIT(VERIFIED) |
                         BIT(BOT) | BIT(PROTECTED) | BIT(SUSPENDED) | BIT(DELETED) | BIT(MOVED) |
                         BIT(DEFAULT_AVATAR),
    [DATASET_LISTS] = BIT(LISTS),
    [DATASET_POSTS] = TALKED,
    [DATASET_MESSAGES] = TALKED | BIT(HEARD_FROM) | BIT(LAST_HEARD_AT) | BIT(MESSAGES),
    [DATASET_REACTIONS] = HEARD,
    [DATASET_LIKES] = TALKED,
    [DATASET_BOOSTS] = TALKED,
    [DATASET_BOOKMARKS] = TALKED,
    [DATASET_ENDORSED] = BIT(ENDORSED),
    [DATASET_BLOCKS] = BIT(BLOCKED) | BIT(MUTED),
};

uint32_t evidence_of_exchanges(void) {
    uint32_t sets = 0;
    for (int set = 0; set < DATASET_COUNT; set++)
        sets |= (evidence_facts[set] & BIT(INTERACTIONS)) != 0 ? 1u << set : 0;
    return sets;
}

/* What brings it. Exchanges are counted together: to read one of their sets alone would count
 * less. */
static void put_getting(const struct platform *p, const struct platform_source *s,
                        struct winnow_getting *out) {
    bool exchanges = (evidence_of_exchanges() >> s->dataset & 1u) != 0;
    out->by = s->way == SOURCE_ARCHIVE ? WINNOW_BY_IMPORT : WINNOW_BY_FETCH;
    snprintf(out->what, sizeof out->what, "%s",
             s->way == SOURCE_ARCHIVE ? p->archive_file
             : exchanges              ? "interactions"
                                      : dataset_names[s->dataset]);
}

/* What is missing, and how to get it: not where it was read to its end, and the source tells no
 * more; nor by a fetch where the server has refused it. */
static void put_rest(const struct platform *p, enum dataset set, const struct evidence *e,
                     struct winnow_evidence *out) {
    const struct source_said *why_not = platform_why_not(p, set);
    const struct platform_source *best = platform_first_source(p, set);
    if (e->state == WINNOW_SET_COMPLETE || reason_of_source(e->why.reason))
        return;
    if (e->why.reason == REASON_NONE && why_not != NULL)
        snprintf(out->why, sizeof out->why, "%s", why_not->say);
    bool refused = e->state == WINNOW_SET_ABSENT && e->why.reason != REASON_NONE;
    if (best != NULL && (best->way == SOURCE_ARCHIVE || !refused))
        put_getting(p, best, &out->get);
}

static void view_fill(const struct winnow *w, const struct store_campaign *c, enum dataset set,
                      const struct evidence *e, struct winnow_evidence *out) {
    *out = (struct winnow_evidence){.count = e->count,
                                    .expected = e->expected > 0 ? (int64_t)e->expected : -1};
    snprintf(out->set, sizeof out->set, "%s", dataset_names[set]);
    out->state = e->state;
    why_sentence(&e->why, out->why);
    out->since_ms = e->since_ms;
    if (e->as_of_ms != 0)
        out->as_of_ms = batch_wall_ms(e->as_of_ms, clock_wall_offset(&w->clock));
    put_rest(platform_find(c->platform), set, e, out);
}

int evidence_view(struct winnow *w, struct store_txn *t, const struct store_campaign *c,
                  struct evidence_views *out, struct winnow_error *err) {
    const struct platform *p = platform_find(c->platform);
    out->count = 0;
    for (int set = 0; set < DATASET_COUNT; set++) {
        struct evidence e;
        if (evidence_get(t, c->id, (enum dataset)set, &e, err) != 0)
            return -1;
        if (e.state == WINNOW_SET_ABSENT && e.why.reason == REASON_NONE &&
            !platform_has_rows(p, (enum dataset)set))
            continue;
        out->dataset[out->count] = (enum dataset)set;
        view_fill(w, c, (enum dataset)set, &e, &out->all[out->count++]);
    }
    return 0;
}
