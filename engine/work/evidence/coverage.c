/* Coverage: see coverage.h. Fails as the store does. */
#include "work/evidence/coverage.h"

/* Which datasets tell of a direction. "None seen" can be said only where all of `needed` were read,
 * and that there was no more than was seen only where all of `whole` were read to their end; of
 * what others did towards the account no platform keeps all. */
struct direction {
    uint32_t told_by, needed, whole;
};

#define SET(name) (1u << DATASET_##name)

#define TALKED (SET(POSTS) | SET(LIKES) | SET(BOOSTS) | SET(BOOKMARKS) | SET(MESSAGES))
static const struct direction heard = {SET(REACTIONS) | SET(MESSAGES), 0, 0};
static const struct direction messages = {SET(MESSAGES), SET(MESSAGES), SET(MESSAGES)};

struct read_sets {
    uint32_t told, whole;
    uint32_t not_offered; /* by this server, though others of the platform have it */
    uint32_t people[DATASET_COUNT];
};

static uint32_t people_of(const struct read_sets *r, struct direction d) {
    uint32_t people = 0;
    if ((r->told & d.needed) != d.needed)
        return 0;
    for (int set = 0; set < DATASET_COUNT; set++)
        if ((r->told & d.told_by) >> set & 1u)
            people = people == 0 || r->people[set] < people ? r->people[set] : people;
    return people;
}

/* Boosts stand among the posts, and bookmarks nowhere, where the platform has no such source. What
 * the account wrote, liked and boosted must have been read where the platform tells it, and does
 * not forget it soon. */
static struct direction talked_on(const struct platform *p) {
    struct direction d = {TALKED, 0, SET(POSTS) | SET(LIKES) | SET(MESSAGES)};
    for (size_t i = 0; i < p->source_count; i++) {
        const struct platform_source *s = &p->sources[i];
        if (s->way == SOURCE_NONE)
            continue;
        d.whole |= 1u << s->dataset & (SET(BOOSTS) | SET(BOOKMARKS));
        if (s->bound.reason != REASON_KEPT)
            d.needed |= 1u << s->dataset & (SET(POSTS) | SET(LIKES) | SET(BOOSTS));
    }
    return d;
}

bool coverages_need(const struct platform *p, enum dataset set) {
    return (talked_on(p).needed >> set & 1u) != 0;
}

static bool is_whole(const struct read_sets *r, struct direction d) {
    return d.whole != 0 && (r->whole & d.whole) == d.whole;
}

int coverages_load(struct coverages *c, struct store_txn *t, const struct store_campaign *campaign,
                   struct winnow_error *err) {
    struct read_sets r = {0};
    for (int set = 0; set < DATASET_COUNT; set++) {
        struct evidence e;
        if (evidence_get(t, campaign->id, (enum dataset)set, &e, err) != 0)
            return -1;
        r.people[set] = e.people;
        r.told |= e.people > 0 ? 1u << set : 0;
        r.whole |= e.state == WINNOW_SET_COMPLETE ? 1u << set : 0;
        r.not_offered |=
            e.state == WINNOW_SET_ABSENT && e.why.reason == REASON_NOT_OFFERED ? 1u << set : 0;
    }
    struct direction talked = talked_on(platform_find(campaign->platform));
    talked.needed &= ~(r.not_offered & ~SET(POSTS));
    *c = (struct coverages){
        .talked = people_of(&r, talked),
        .heard = people_of(&r, heard),
        .messages = people_of(&r, messages),
        .talked_whole = is_whole(&r, talked),
        .messages_whole = is_whole(&r, messages),
    };
    return 0;
}

void coverages_count(const struct coverages *c, uint32_t number, struct facts *f) {
    const struct coverage one = {
        .talked_told = number < c->talked,
        .talked_whole = number < c->talked && c->talked_whole,
        .heard_told = number < c->heard,
        .heard_whole = number < c->heard && c->heard_whole,
        .messages_told = number < c->messages,
        .messages_whole = number < c->messages && c->messages_whole,
    };
    facts_count_ties(f, &one);
}
