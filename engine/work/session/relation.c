/* Asking how it stands with several entries: see relation.h. Happy path: one request tells of all.
 * Fails into a reply, as the adapters do; a refusal of one alone is no failure. */
#include "work/session/relation.h"

#include <string.h>

/* So many refused alone, and nobody ever told of: the server does not offer it. */
#define REFUSALS_MAX 3
/* A server that fails so often at the same request refuses it. */
#define FAILURES_MAX 3

void relation_open(struct relation_asking *l, const struct platform *platform, bool relations) {
    *l = (struct relation_asking){.platform = platform,
                                  .relations = relations ? platform->relations : NULL};
}

void relation_begin(struct relation_asking *l, uint32_t count) {
    l->count = l->size = count;
    l->from = 0;
    l->failures = 0;
    for (uint32_t i = 0; i < count; i++) {
        l->heard[i] = platform_relation_unknown;
        l->settled[i] = false;
    }
}

bool relation_under_way(const struct relation_asking *l) {
    for (uint32_t i = 0; i < l->count; i++)
        if (!l->settled[i])
            return true;
    return false;
}

struct target relation_target(const struct relation_one *one) {
    return (struct target){{one->id, (uint32_t)strlen(one->id)},
                           {one->key, (uint32_t)strlen(one->key)}};
}

static void as_entries(const struct relation_asking *l,
                       struct target entries[PLATFORM_RELATIONS_MAX]) {
    for (uint32_t i = 0; i < l->size; i++)
        entries[i] = relation_target(&l->asked[l->from + i]);
}

int relation_build(struct relation_asking *l, const struct platform_account *who,
                   struct http_request *out, struct winnow_error *err) {
    struct target entries[PLATFORM_RELATIONS_MAX];
    struct platform_account asking = *who;
    asking.older_names = l->older_names;
    as_entries(l, entries);
    if (l->profiles != NULL)
        return l->profiles->build(&asking, entries, l->size, out, err);
    return l->relations != NULL ? l->relations->build(who, entries, l->size, out, err)
                                : l->platform->build_relation(who, entries, l->size, out, err);
}

static void relation_hear(struct relation_asking *l, const struct platform_relation *is) {
    for (uint32_t i = 0; i < l->size; i++) {
        l->answered = l->answered || is[i].told;
        if (!is[i].told && l->size > 1)
            continue;
        l->heard[l->from + i] = is[i];
        l->settled[l->from + i] = true;
    }
    l->refusals = l->failures = 0;
}

/* Not about those who were asked for: the same is asked again, in the older words. */
static bool wants_older_names(struct relation_asking *l, struct reply *out) {
    if (!out->other_names || l->older_names)
        return false;
    l->older_names = true;
    out->action = REPLY_SPLIT;
    return true;
}

static void relation_refused(struct relation_asking *l, struct reply *out) {
    l->failures = 0; /* of this request: the next is another */
    if (l->size > 1)
        return;
    l->settled[l->from] = true;
    l->refusals++;
    if (l->answered || l->refusals < REFUSALS_MAX)
        return;
    out->not_offered = true;
    for (uint32_t i = 0; i < l->count; i++)
        l->settled[i] = true;
}

/* An answer came, good or refused: who is asked next, alone? */
static void go_on(struct relation_asking *l, struct reply *out) {
    l->size = 1;
    l->off = l->off || out->not_offered;
    out->action = REPLY_GO_ON;
    out->outcome = OUTCOME_NONE;
    for (uint32_t i = 0; i < l->count && out->action == REPLY_GO_ON; i++) {
        if (l->settled[i])
            continue;
        l->from = i;
        out->action = REPLY_SPLIT;
    }
}

void relation_read(struct relation_asking *l, const struct platform_account *who,
                   const struct http_response *in, struct reply *out) {
    struct target entries[PLATFORM_RELATIONS_MAX];
    struct platform_relation is[PLATFORM_RELATIONS_MAX];
    as_entries(l, entries);
    if (l->relations != NULL)
        l->relations->read(who, entries, l->size, in, is, out);
    else
        l->platform->read_relation(who, entries, l->size, in, is, out);
    bool failed = out->action == REPLY_BACK_OFF && in->end == HTTP_DONE;
    l->failures += failed;
    if (failed && in->status == 500 && l->failures >= FAILURES_MAX)
        out->action = REPLY_SPLIT;
    if (l->profiles != NULL && wants_older_names(l, out))
        return;
    if (out->action == REPLY_GO_ON && out->not_offered)
        relation_begin(l, 0);
    else if (out->action == REPLY_GO_ON)
        relation_hear(l, is);
    else if (out->action == REPLY_SPLIT)
        relation_refused(l, out);
    else
        return;
    go_on(l, out);
}
