/* Evidence sets as a caller of the library sees them: see evidence.h. Fails as the store does. */
#include <stdio.h>
#include <string.h>

#include "worker/batch.h"
#include "worker/evidence.h"

_Static_assert(EVIDENCE_COUNT == WINNOW_EVIDENCE_SETS, "winnow.h promises all sets");

#define BIT(fact) FACT_BIT(fact)
#define TALKED    (BIT(INTERACTIONS) | BIT(LAST_INTERACTION_AT))

const fact_set evidence_facts[EVIDENCE_COUNT] = {
    [EVIDENCE_FOLLOWING] = BIT(HANDLE) | BIT(FOLLOWED_AT),
    [EVIDENCE_FOLLOWERS] = BIT(FOLLOWS_ME),
    [EVIDENCE_PROFILES] = BIT(NAME) | BIT(BIO) | BIT(LANG) | BIT(FOLLOWERS) | BIT(FOLLOWING) |
                          BIT(POSTS) | BIT(CREATED_AT) | BIT(LAST_POST_AT) | BIT(VERIFIED) |
                          BIT(BOT) | BIT(PROTECTED) | BIT(SUSPENDED) | BIT(DELETED) | BIT(MOVED) |
                          BIT(DEFAULT_AVATAR),
    [EVIDENCE_LISTS] = BIT(LISTS),
    [EVIDENCE_POSTS] = TALKED,
    [EVIDENCE_MESSAGES] = TALKED,
    [EVIDENCE_REACTIONS] = TALKED,
};

/* The sets that an archive of X brings, without money. */
static bool in_archive(enum evidence_set set) {
    return set == EVIDENCE_FOLLOWERS || set == EVIDENCE_POSTS || set == EVIDENCE_MESSAGES;
}

/* What to give to --only; NULL: the platform cannot be asked. */
static const char *only(const struct platform *p, enum evidence_set set) {
    switch (set) {
    case EVIDENCE_FOLLOWING:
        return "following";
    case EVIDENCE_FOLLOWERS:
        return p->followers != NULL || (p->ask != NULL && p->ask->tells_follows_me) ? "followers"
                                                                                    : NULL;
    case EVIDENCE_PROFILES:
        return p->rows_tell_profile || (p->ask != NULL && p->ask->tells_profile) ? "profiles"
                                                                                 : NULL;
    case EVIDENCE_LISTS:
        return p->lists != NULL ? "lists" : NULL;
    case EVIDENCE_POSTS:
        return p->posts != NULL ? "interactions" : NULL;
    case EVIDENCE_MESSAGES:
        return p->messages != NULL ? "interactions" : NULL;
    case EVIDENCE_REACTIONS:
        return p->reactions != NULL ? "interactions" : NULL;
    case EVIDENCE_COUNT:
        break;
    }
    return NULL;
}

static const char *lacks(const struct platform *p, enum evidence_set set) {
    const char *const words[EVIDENCE_COUNT] = {
        [EVIDENCE_FOLLOWERS] = p->lacks.followers, [EVIDENCE_PROFILES] = p->lacks.profiles,
        [EVIDENCE_LISTS] = p->lacks.lists,         [EVIDENCE_POSTS] = p->lacks.posts,
        [EVIDENCE_MESSAGES] = p->lacks.messages,   [EVIDENCE_REACTIONS] = p->lacks.reactions,
    };
    return words[set];
}

/* It was read to its end, and the platform tells no more. */
static bool as_whole_as_can_be(const struct platform *p, enum evidence_set set,
                               const struct evidence *e) {
    const struct platform_list *list = set == EVIDENCE_POSTS       ? p->posts
                                       : set == EVIDENCE_MESSAGES  ? p->messages
                                       : set == EVIDENCE_REACTIONS ? p->reactions
                                                                   : NULL;
    return list != NULL && list->lacks != NULL && strcmp(list->lacks, e->why) == 0;
}

static void fill(const struct winnow *w, const struct store_campaign *c, const struct platform *p,
                 enum evidence_set set, const struct evidence *e, struct winnow_evidence *out) {
    *out = (struct winnow_evidence){.count = e->count,
                                    .expected = e->expected > 0 ? (int64_t)e->expected : -1};
    snprintf(out->set, sizeof out->set, "%s", evidence_names[set]);
    snprintf(out->state, sizeof out->state, "%s", evidence_state_names[e->state]);
    snprintf(out->why, sizeof out->why, "%s", e->why);
    if (e->as_of_ms != 0)
        out->as_of_ms = batch_wall_ms(e->as_of_ms, clock_wall_offset(&w->clock));
    if (e->state == EVIDENCE_COMPLETE)
        return;
    if (as_whole_as_can_be(p, set, e))
        return;
    bool refused = e->state == EVIDENCE_ABSENT && e->why[0] != '\0';
    if (e->why[0] == '\0' && lacks(p, set) != NULL)
        snprintf(out->why, sizeof out->why, "%s", lacks(p, set));
    if (p == &platform_x && in_archive(set))
        snprintf(out->get, sizeof out->get, "winnow import %s twitter-....zip", c->name);
    else if (only(p, set) != NULL && !refused)
        snprintf(out->get, sizeof out->get, "winnow fetch %s --only %s", c->name, only(p, set));
}

int evidence_view(struct winnow *w, struct store_txn *t, const struct store_campaign *c,
                  struct winnow_evidence out[WINNOW_EVIDENCE_SETS], struct winnow_error *err) {
    for (int set = 0; set < EVIDENCE_COUNT; set++) {
        struct evidence e;
        if (evidence_get(t, c->id, (enum evidence_set)set, &e, err) != 0)
            return -1;
        fill(w, c, platform_find(c->platform), (enum evidence_set)set, &e, &out[set]);
    }
    return 0;
}
