/* A plan in words: three sentences, then the groups of who goes, who stays and who cannot be
 * judged, each with its count, its posts a day and some of its people. Cannot fail. */
#include <string.h>

#include "cli/base/format.h"
#include "cli/parts/getting.h"
#include "cli/views/plan_view.h"

enum { HEAD_WIDTH = 56, COUNT_WIDTH = 12, POSTS_WIDTH = 13, WHO_WIDTH = 22, CLAUSES = 3 };

/* ---- three sentences -----------------------------------------------------------------------*/

/* The largest group of those who stay that is smaller than `last`, or stands after it. */
static const struct winnow_group *next_largest(const struct plan_view *view,
                                               const struct winnow_group *last) {
    const struct winnow_group *best = NULL;
    for (size_t i = 0; i < view->plan->group_count; i++) {
        const struct winnow_group *g = &view->groups[i];
        bool told =
            last != NULL && (g->count > last->count || (g->count == last->count && g <= last));
        if (strcmp(g->side, "stay") == 0 && !told && (best == NULL || g->count > best->count))
            best = g;
    }
    return best;
}

static void rule_clause(struct output *out, const struct winnow_group *g) {
    if (strcmp(g->kind, "rule") == 0 && strcmp(g->words, "a rule of your policy") != 0)
        out_text(out, "by your rule \"%s\"", g->words);
    else
        out_text(out, "%s", g->clause);
}

static void stay_print(struct output *out, const struct plan_view *view) {
    const struct winnow_plan *plan = view->plan;
    const struct winnow_group *g = NULL;
    uint64_t told = 0;
    if (plan->kept == 0) {
        out_text(out, "Nobody stays by the plan");
    } else {
        out_text(out, "%s stay%s: ", format_count(plan->kept).text, plan->kept == 1 ? "s" : "");
        for (int i = 0; i < CLAUSES && (g = next_largest(view, g)) != NULL; i++) {
            out_text(out, "%s%s ", i == 0 ? "" : ", ", format_count(g->count).text);
            rule_clause(out, g);
            told += g->count;
        }
        if (told < plan->kept)
            out_text(out, ", %s for other reasons", format_count(plan->kept - told).text);
    }
    if (plan->undecided > 0)
        out_text(out, "; %s cannot be judged, so nothing is done about them",
                 format_count(plan->undecided).text);
    fputs(".\n", out->file);
}

static void go_print(struct output *out, const struct plan_view *view) {
    const struct winnow_plan *plan = view->plan;
    if (plan->scheduled == 0) {
        out_line(out, "Nobody goes.");
        return;
    }
    out_text(out, "%s go%s, the last %s", format_count(plan->scheduled).text,
             plan->scheduled == 1 ? "es" : "",
             format_when(plan->finish_even_ms, view->now_ms).text);
    if (*plan->currency != '\0')
        out_text(out, ", for %s", format_money(plan->cost_micro, plan->currency).text);
    if (plan->volume_known)
        out_text(out, "; with them go %s of the posts", format_share(plan->relief).text);
    fputs(".\n", out->file);
}

static void follows_print(struct output *out, const struct plan_view *view) {
    const struct winnow_plan *plan = view->plan;
    out_text(out, "You follow %s", format_things(plan->followees, "account").text);
    if (plan->duplicates > 0)
        out_text(out, " (by %s more records)", format_count(plan->duplicates).text);
    if (plan->beyond_max > 0)
        out_text(out, ", of whom %s come after --max", format_count(plan->beyond_max).text);
    fputs(".\n", out->file);
}

/* ---- groups --------------------------------------------------------------------------------*/

static void samples_print(struct output *out, const struct winnow_group *g) {
    for (size_t i = 0; i < g->sample_count; i++) {
        const struct winnow_sample *s = &g->samples[i];
        char who[WINNOW_HANDLE_MAX + 2];
        snprintf(who, sizeof who, "%s%s", *s->handle == '\0' ? "" : "@",
                 *s->handle == '\0' ? s->id : s->handle);
        fputs("      ", out->file);
        out_cell(out, who, WHO_WIDTH);
        out_line(out, "  %s", s->words);
    }
}

static void group_print(struct output *out, const struct winnow_group *g) {
    struct shown posts = {"not known"};
    if (g->posts_unknown < g->count)
        posts = format_count((uint64_t)(g->posts_a_day + 0.5));
    fputs("  ", out->file);
    out_cell(out, g->words, HEAD_WIDTH);
    out_line(out, "%*s%*s", COUNT_WIDTH, format_count(g->count).text, POSTS_WIDTH, posts.text);
    samples_print(out, g);
}

static void side_print(struct output *out, const struct plan_view *view, const char *side,
                       const char *title) {
    bool begun = false;
    for (size_t i = 0; i < view->plan->group_count; i++) {
        const struct winnow_group *g = &view->groups[i];
        if (strcmp(g->side, side) != 0)
            continue;
        if (!begun) {
            fputc('\n', out->file);
            out_title(out, "%-*s%*s%*s", HEAD_WIDTH + 2, title, COUNT_WIDTH, "accounts",
                      POSTS_WIDTH, "posts a day");
        }
        begun = true;
        group_print(out, g);
    }
}

/* ---- who cannot be judged ------------------------------------------------------------------*/

/* The evidence set that brings a fact. */
static const char *set_of(const char *fact) {
    static const struct {
        const char *fact, *set;
    } sets[] = {
        {"follows_me", "followers"},
        {"lists", "lists"},
        {"talked_to", "posts"},
        {"last_talked_at", "posts"},
        {"heard_from", "reactions"},
        {"last_heard_at", "reactions"},
        {"interactions", "posts"},
        {"last_interaction_at", "posts"},
        {"messages", "messages"},
        {"id", "following"},
        {"handle", "following"},
        {"followed_at", "following"},
        {"followed_after", "following"},
        {"follow_rank", "following"},
        {"follow record", "following"},
        {"a login of its own", "following"},
        {"a follow record of its own", "following"},
    };
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++)
        if (strcmp(sets[i].fact, fact) == 0)
            return sets[i].set;
    return "profiles";
}

/* What would help on this platform, as far as it tells. */
static void help_print(struct output *out, const struct plan_view *view, const char *fact) {
    const struct winnow_plan *plan = view->plan;
    const char *set = set_of(fact);
    for (size_t i = 0; i < plan->evidence_count; i++) {
        const struct winnow_evidence *e = &plan->evidence[i];
        if (strcmp(e->set, set) != 0)
            continue;
        if (e->get.by != WINNOW_BY_NOTHING)
            out_line(out, "      %s", getting(&e->get, view->name).text);
        else if (*e->why != '\0')
            out_line(out, "      %s", e->why);
        else
            out_line(out,
                     strcmp(set, "following") == 0 ? "      winnow fetch %s"
                                                   : "      import a roster that tells it",
                     view->name);
        return;
    }
}

static void missing_print(struct output *out, const struct plan_view *view) {
    const struct winnow_plan *plan = view->plan;
    if (plan->missing_count == 0)
        return;
    fputc('\n', out->file);
    out_title(out, "%-*s%*s", HEAD_WIDTH + 2, "what is not known of them", COUNT_WIDTH, "accounts");
    for (size_t i = 0; i < plan->missing_count; i++) {
        const struct winnow_plan_count *m = &plan->missing[i];
        fputs("  ", out->file);
        out_cell(out, *m->text == '\0' ? m->name : m->text, HEAD_WIDTH);
        out_line(out, "%*s", COUNT_WIDTH, format_count(m->count).text);
        help_print(out, view, m->name);
    }
    if (*plan->goal == '\0')
        out_line(out, "  or say in the policy what becomes of them: \"undecided\": \"keep\" or "
                      "\"schedule\"");
}

static void goal_print(struct output *out, const struct winnow_plan *plan) {
    for (size_t i = 0; i < plan->goal_count; i++)
        if (strcmp(plan->goals[i].name, plan->goal) == 0)
            out_line(out, "Goal \"%s\": %s.", plan->goal, plan->goals[i].meaning);
}

void plan_words_print(struct output *out, const struct plan_view *view) {
    follows_print(out, view);
    stay_print(out, view);
    go_print(out, view);
    goal_print(out, view->plan);
    side_print(out, view, "go", "who goes");
    side_print(out, view, "beyond", "who would go");
    side_print(out, view, "stay", "who stays");
    side_print(out, view, "undecided", "who is left alone");
    missing_print(out, view);
}
