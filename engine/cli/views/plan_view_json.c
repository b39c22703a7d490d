/* A plan's JSON twin. NULL where memory ran out, which json_emit tells. */
#include "cli/parts/getting.h"
#include "cli/views/evidence.h"
#include "cli/views/plan_view.h"

static json_t *counts_json(const struct winnow_plan_count *counts, size_t count) {
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        array = json_append(array, json_pack("{s:o,s:o,s:o}", "name", json_text(counts[i].name),
                                             "text", json_text_or_null(counts[i].text), "count",
                                             json_count(counts[i].count)));
    return array;
}

static json_t *entries_json(const struct winnow_entry *entries, size_t count) {
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        array = json_append(array, json_entry(&entries[i]));
    return array;
}

static json_t *volume_json(const struct winnow_plan *plan) {
    if (!plan->volume_known)
        return json_null();
    return json_pack("{s:f,s:f,s:f,s:o}", "day1", plan->volume_day1, "day7", plan->volume_day7,
                     "day30", plan->volume_day30, "unknown", json_count(plan->volume_unknown));
}

static json_t *diff_json(const struct winnow_plan_diff *diff) {
    if (!diff->any)
        return json_null();
    return json_pack("{s:o,s:o,s:o,s:o}", "digest", json_text(diff->digest), "newly_scheduled",
                     json_count(diff->newly_scheduled), "no_longer_scheduled",
                     json_count(diff->no_longer_scheduled), "same", json_count(diff->same));
}

static json_t *notice_json(const char *platform) {
    const char *text = NULL;
    const char *source = NULL;
    winnow_platform_notice(platform, &text, &source);
    if (text == NULL)
        return json_null();
    return json_pack("{s:o,s:o}", "text", json_text(text), "source",
                     source == NULL ? json_null() : json_text(source));
}

static json_t *goals_json(const struct winnow_plan *plan) {
    json_t *array = json_array();
    for (size_t i = 0; i < plan->goal_count; i++) {
        const struct winnow_goal *g = &plan->goals[i];
        array = json_append(
            array,
            json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "name", json_text(g->name), "meaning",
                      json_text(g->meaning), "kept", json_count(g->kept), "undecided",
                      json_count(g->undecided), "scheduled", json_count(g->scheduled), "finish",
                      json_time(g->finish_even_ms), "cost", json_money(g->cost_micro), "relief",
                      plan->volume_known ? json_real(g->relief) : json_null()));
    }
    return array;
}

static json_t *aside_json(const struct winnow_plan *plan) {
    json_t *array = json_array();
    for (size_t i = 0; i < plan->aside_count; i++)
        array =
            json_append(array, json_pack("{s:o,s:o,s:o}", "rule", json_text(plan->aside[i].rule),
                                         "words", json_text_or_null(plan->aside[i].words),
                                         "unknown", json_text(plan->aside[i].unknown)));
    return array;
}

/* What profiles would decide; null for what is no profile. */
static json_t *next_json(const struct winnow_buy *b) {
    if (b->next == 0)
        return json_null();
    return json_pack("{s:o,s:o,s:o}", "entries", json_count(b->next), "unknown",
                     json_count(b->unknown), "could_be_kept", json_count(b->open));
}

static json_t *buys_json(const char *campaign, const struct winnow_plan *plan) {
    json_t *array = json_array();
    for (size_t i = 0; i < plan->buy_count; i++) {
        const struct winnow_buy *b = &plan->buys[i];
        array = json_append(array,
                            json_pack("{s:o,s:o,s:o,s:o,s:o}", "tells", json_text(b->tells), "get",
                                      json_text(getting(&b->get, campaign).text), "each",
                                      json_money(b->each_micro), "most",
                                      b->most_micro < 0 ? json_null() : json_money(b->most_micro),
                                      "next", next_json(b)));
    }
    return array;
}

static json_t *samples_json(const struct winnow_group *g) {
    json_t *array = json_array();
    for (size_t i = 0; i < g->sample_count; i++)
        array = json_append(array, json_pack("{s:o,s:o,s:o}", "id", json_text(g->samples[i].id),
                                             "handle", json_text_or_null(g->samples[i].handle),
                                             "words", json_text(g->samples[i].words)));
    return array;
}

static json_t *groups_json(const struct plan_view *view) {
    json_t *array = json_array();
    for (size_t i = 0; i < view->plan->group_count; i++) {
        const struct winnow_group *g = &view->groups[i];
        array = json_append(
            array, json_pack("{s:o,s:o,s:o,s:o,s:f,s:o,s:o}", "side", json_text(g->side), "kind",
                             json_text(g->kind), "words", json_text(g->words), "count",
                             json_count(g->count), "posts_a_day", g->posts_a_day, "posts_unknown",
                             json_count(g->posts_unknown), "samples", samples_json(g)));
    }
    return array;
}

static json_t *bend_json(const struct winnow_plan *plan) {
    if (plan->bend == 0)
        return json_null();
    return json_pack("{s:o,s:f,s:f}", "max", json_count(plan->bend), "relief", plan->bend_relief,
                     "relief_of_all", plan->relief);
}

json_t *plan_view_json(const struct plan_view *view) {
    const struct winnow_plan *p = view->plan;
    json_t *finish =
        json_pack("{s:o,s:o,s:o}", "even", json_time(p->finish_even_ms), "burst",
                  json_time(p->finish_burst_ms), "tightest", json_text_or_null(p->tightest));
    json_t *cost =
        json_pack("{s:o,s:o,s:o}", "currency", json_text_or_null(p->currency), "unfollow",
                  json_money(p->cost_micro), "undo", json_money(p->undo_cost_micro));
    return json_pack(
        "{s:i,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,"
        "s:b,s:o,s:o,s:o,s:o,s:o}",
        "version", 1, "campaign", json_text(view->name), "digest", json_text(p->digest),
        "created_at", json_time(p->created_ms), "followees", json_count(p->followees), "kept",
        json_count(p->kept), "undecided", json_count(p->undecided), "beyond_max",
        json_count(p->beyond_max), "scheduled", json_count(p->scheduled), "duplicates",
        json_count(p->duplicates), "kept_by", counts_json(p->kept_by, p->kept_by_count), "missing",
        counts_json(p->missing, p->missing_count), "keep_noted", json_count(p->keep_noted), "head",
        entries_json(p->head, p->head_count), "tail", entries_json(p->tail, p->tail_count),
        "finish", finish, "cost", cost, "volume", volume_json(p), "diff", diff_json(&p->diff),
        "notice", notice_json(view->platform), "evidence",
        evidence_json(view->name, p->evidence, p->evidence_count), "goal",
        json_text_or_null(p->goal), "goal_by_size", p->goal_by_size ? 1 : 0, "goals", goals_json(p),
        "aside", aside_json(p), "buys", buys_json(view->name, p), "groups", groups_json(view),
        "bend", bend_json(p));
}
