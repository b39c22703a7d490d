/* Groups of a plan: see plan_groups.h. The samples of a group are those whose mixed numbers are the
 * least: as good as drawn, the same for the same seed, whatever the order. Fails as the store does,
 * and for want of memory. */
#include "work/plan/plan_groups.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mix.h"
#include "core/expr/expr_value.h"

/* The user's own rules have a group each, the first ones; all others share KIND_RULE. */
#define OWN_RULES (WINNOW_GROUPS_MAX - KIND_COUNT)
_Static_assert(OWN_RULES >= 16, "winnow.h has room for groups of rules");

struct group {
    uint64_t count, volume, unknown; /* volume: posts a day, in thousandths */
    uint32_t sample_count;
    struct {
        uint64_t hash;
        uint32_t number;
    } samples[WINNOW_GROUP_SAMPLES]; /* the least hash first */
};

struct plan_groups {
    uint8_t *to_go; /* enum reason_kind, by the planner's number; owned */
    struct group groups[KIND_COUNT + OWN_RULES];
};

int plan_groups_init(struct plan_groups **out, uint32_t followees, struct winnow_error *err) {
    struct plan_groups *g = calloc(1, sizeof *g);
    *out = g;
    if (g != NULL)
        g->to_go = malloc((size_t)followees + 1);
    if (g != NULL && g->to_go != NULL)
        return 0;
    plan_groups_free(g);
    *out = NULL;
    return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
}

void plan_groups_free(struct plan_groups *g) {
    if (g == NULL)
        return;
    free(g->to_go);
    free(g);
}

void plan_groups_note(struct plan_groups *g, uint32_t planned, const struct facts *f,
                      int64_t now_ms) {
    g->to_go[planned] = (uint8_t)kind_to_go(f, now_ms);
}

static void groups_offer(struct group *g, uint64_t hash, uint32_t number) {
    uint32_t at = g->sample_count;
    if (at == WINNOW_GROUP_SAMPLES && hash >= g->samples[at - 1].hash)
        return;
    if (at < WINNOW_GROUP_SAMPLES)
        g->sample_count++;
    else
        at--;
    for (; at > 0 && g->samples[at - 1].hash > hash; at--)
        g->samples[at] = g->samples[at - 1];
    g->samples[at].hash = hash;
    g->samples[at].number = number;
}

void plan_groups_count(struct plan_groups *g, const struct plan_head *head, const struct policy *p,
                       const struct plan_result *r, uint32_t planned, uint32_t number) {
    struct plan_reason why = plan_reason(r, planned);
    size_t kind = plan_kind(p, head->plan.goal[0] != '\0', why.verdict, why.rule,
                            (enum reason_kind)g->to_go[planned]);
    bool own = kind == KIND_RULE && why.rule < OWN_RULES;
    struct group *group = &g->groups[own ? KIND_COUNT + (size_t)why.rule : kind];
    uint32_t volume = plan_volume(r, planned);
    group->count++;
    if (volume == VALUE_VOLUME_UNKNOWN)
        group->unknown++;
    else
        group->volume += volume;
    groups_offer(group, mix64_nth(head->seed, number), number);
}

/* ---- in words ---- */

static const char *side_of(size_t kind) {
    if (kind == KIND_OPEN)
        return "undecided";
    if (kind == KIND_BEYOND)
        return "beyond";
    return kind < KIND_STAY_FIRST ? "go" : "stay";
}

static int fill_sample(struct plan_reader *v, uint32_t number, struct winnow_sample *out,
                       struct winnow_error *err) {
    struct store_decision d = {.position = STORE_NO_POSITION};
    struct facts f;
    if (plan_reader_facts(v, number, &f, err) != 0 ||
        store_decision_get(v->txn, v->campaign->id, v->campaign->plans, number, &d, err) < 0)
        return -1;
    text_copy(out->id, sizeof out->id, facts_text(&f, FACT_ID));
    if (facts_known(&f, FACT_HANDLE))
        text_copy(out->handle, sizeof out->handle, facts_text(&f, FACT_HANDLE));
    plan_reader_reason(v, &d, &f, out->words);
    return 0;
}

static int fill_group(struct plan_reader *v, size_t slot, const struct group *g,
                      struct winnow_group *out, struct winnow_error *err) {
    size_t kind = slot < KIND_COUNT ? slot : KIND_RULE;
    *out = (struct winnow_group){
        .count = g->count,
        .posts_a_day = (double)g->volume / 1000.0,
        .posts_unknown = g->unknown,
    };
    snprintf(out->side, sizeof out->side, "%s", side_of(kind));
    snprintf(out->kind, sizeof out->kind, "%s", kind_words[kind].name);
    snprintf(out->clause, sizeof out->clause, "%s", kind_words[kind].clause);
    if (slot < KIND_COUNT)
        snprintf(out->words, sizeof out->words, "%s", kind_words[kind].head);
    else
        text_copy(out->words, sizeof out->words, policy_keep_source(v->policy, slot - KIND_COUNT));
    for (uint32_t i = 0; i < g->sample_count; i++)
        if (fill_sample(v, g->samples[i].number, &out->samples[out->sample_count++], err) != 0)
            return -1;
    return 0;
}

int plan_groups_fill(const struct plan_groups *g, struct plan_reader *v,
                     struct winnow_group out[WINNOW_GROUPS_MAX], size_t *count,
                     struct winnow_error *err) {
    *count = 0;
    for (size_t slot = 0; slot < KIND_COUNT + OWN_RULES; slot++)
        if (g->groups[slot].count > 0 &&
            fill_group(v, slot, &g->groups[slot], &out[(*count)++], err) != 0)
            return -1;
    return 0;
}
