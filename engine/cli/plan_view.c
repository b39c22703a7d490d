/* Shows a plan so that it can be judged before anything is sent: who stays and why, who cannot be
 * judged and what would help, what goes first and last, dates, money, effect, differences.
 *
 * Cannot fail but for memory in the JSON, which is NULL then. */
#include "plan_view.h"

#include <string.h>

#include "evidence.h"
#include "format.h"
#include "table.h"

enum { LABEL_WIDTH = 30, COUNT_WIDTH = 12 };

static void count_row(struct output *out, int indent, const char *label, uint64_t count,
                      const char *text) {
    fprintf(out->file, "%*s", indent, "");
    out_cell(out, label, LABEL_WIDTH - indent);
    out_line(out, " %*s%s%s", COUNT_WIDTH, format_count(count).text, *text == '\0' ? "" : "   ",
             text);
}

/* ---- counts --------------------------------------------------------------------------------*/

static bool text_begins(const char *text, const char *with) {
    return strncmp(text, with, strlen(with)) == 0;
}

/* What brings a missing fact in. */
static const char *fact_help(const char *fact) {
    if (text_begins(fact, "follows_me"))
        return "import a follower file with --followers-complete";
    if (text_begins(fact, "interactions") || text_begins(fact, "last_interaction"))
        return "import a roster that has it, from the archive of your posts";
    if (text_begins(fact, "a login") || text_begins(fact, "a follow record"))
        return "others have it too: winnow fetch tells whose it is";
    if (text_begins(fact, "lists"))
        return "import a roster that has it";
    return "winnow fetch, or import a roster that has it";
}

static void undecided_print(struct output *out, const struct winnow_plan *plan) {
    count_row(out, 0, "undecided", plan->undecided, "");
    for (size_t i = 0; i < plan->missing_count; i++) {
        char label[96];
        snprintf(label, sizeof label, "want of %s", plan->missing[i].name);
        count_row(out, 2, label, plan->missing[i].count, fact_help(plan->missing[i].name));
    }
    if (plan->undecided > 0)
        out_line(out, "  or say in the policy what becomes of them: \"undecided\": \"keep\" or "
                      "\"schedule\"");
}

static void counts_print(struct output *out, const struct winnow_plan *plan) {
    count_row(out, 0, "followed", plan->followees, "");
    if (plan->duplicates > 0)
        count_row(out, 2, "more records of the same", plan->duplicates, "");
    count_row(out, 0, "kept", plan->kept, "");
    for (size_t i = 0; i < plan->kept_by_count; i++)
        count_row(out, 2, plan->kept_by[i].name, plan->kept_by[i].count, plan->kept_by[i].text);
    undecided_print(out, plan);
    if (plan->beyond_max > 0)
        count_row(out, 0, "beyond --max", plan->beyond_max, "");
    count_row(out, 0, "scheduled", plan->scheduled, "");
}

static void entries_print(struct output *out, const struct winnow_plan *plan) {
    if (plan->head_count == 0)
        return;
    fputc('\n', out->file);
    out_title(out, "first");
    entry_table_head(out);
    for (size_t i = 0; i < plan->head_count; i++)
        entry_table_row(out, &plan->head[i]);
    if (plan->tail_count == 0)
        return;
    out_title(out, "last");
    for (size_t i = 0; i < plan->tail_count; i++)
        entry_table_row(out, &plan->tail[i]);
}

/* ---- goals ---------------------------------------------------------------------------------*/

static void goal_row(struct output *out, const struct winnow_plan *plan,
                     const struct winnow_goal *g, int64_t now_ms) {
    bool mine = strcmp(plan->goal, g->name) == 0;
    fprintf(out->file, "%c ", mine ? '*' : ' ');
    out_cell(out, g->name, 10);
    fprintf(out->file, " %10s %10s %10s  %7s", format_count(g->scheduled).text,
            format_count(g->kept).text, format_count(g->undecided).text,
            plan->volume_known ? format_share(g->relief).text : "-");
    if (*plan->currency != '\0')
        fprintf(out->file, " %11s", format_money(g->cost_micro, plan->currency).text);
    out_line(out, "  %s", g->scheduled == 0 ? "-" : format_when(g->finish_even_ms, now_ms).text);
}

static void goals_print(struct output *out, const struct plan_view *view) {
    const struct winnow_plan *plan = view->plan;
    bool money = *plan->currency != '\0';
    fputc('\n', out->file);
    out_title(out, "what each goal would do");
    out_line(out, "  goal         to go       stay   undecided    relief%s  done",
             money ? "       money" : "");
    for (size_t i = 0; i < plan->goal_count; i++)
        goal_row(out, plan, &plan->goals[i], view->now_ms);
    if (*plan->goal == '\0')
        out_line(out, "  this plan goes by a policy of your own");
    else if (plan->goal_by_size)
        out_line(
            out,
            "  this plan is for \"%s\", which is for %s; choose with: winnow plan %s --goal GOAL",
            plan->goal,
            strcmp(plan->goal, "careful") == 0 ? "lists below 5,000" : "lists of 5,000 and more",
            view->name);
    for (size_t i = 0; i < plan->aside_count; i++)
        out_line(out, "  not used: %s (known of nobody: %s)", plan->aside[i].rule,
                 plan->aside[i].unknown);
}

/* ---- dates, money, effect ------------------------------------------------------------------*/

static void finish_print(struct output *out, const struct plan_view *view) {
    const struct winnow_plan *plan = view->plan;
    if (plan->scheduled == 0)
        return;
    fputc('\n', out->file);
    out_title(out, "if it were started now");
    out_line(out, "  done at even pace   %s", format_when(plan->finish_even_ms, view->now_ms).text);
    out_line(out, "  done at burst pace  %s",
             format_when(plan->finish_burst_ms, view->now_ms).text);
    if (*plan->tightest != '\0')
        out_line(out, "  decided by          %s", plan->tightest);
    if (*plan->currency != '\0')
        out_line(out, "  money               %s; following them all again would cost %s",
                 format_money(plan->cost_micro, plan->currency).text,
                 format_money(plan->undo_cost_micro, plan->currency).text);
    if (!plan->volume_known)
        return;
    out_line(out, "  posts gone          %s after 1 day, %s after 7 days, %s after 30 days",
             format_share(plan->volume_day1).text, format_share(plan->volume_day7).text,
             format_share(plan->volume_day30).text);
    if (plan->volume_unknown > 0)
        out_line(out, "                      (how much %s of them post is not known)",
                 format_count(plan->volume_unknown).text);
}

static void diff_print(struct output *out, const struct winnow_plan_diff *diff) {
    if (!diff->any)
        return;
    fputc('\n', out->file);
    out_title(out, "since the last plan, %s", format_digest(diff->digest).text);
    out_line(out, "  newly scheduled     %s", format_count(diff->newly_scheduled).text);
    out_line(out, "  no longer           %s", format_count(diff->no_longer_scheduled).text);
    out_line(out, "  the same            %s", format_count(diff->same).text);
}

static void notice_print(struct output *out, const char *platform) {
    const char *text = NULL;
    const char *source = NULL;
    winnow_platform_notice(platform, &text, &source);
    if (text == NULL)
        return;
    fputc('\n', out->file);
    out_line(out, "note: %s", text);
    out_line(out, "      %s", source == NULL ? "" : source);
}

static void next_print(struct output *out, const struct plan_view *view) {
    const char *name = view->name;
    fputc('\n', out->file);
    if (view->plan->scheduled == 0)
        out_line(out, "nothing is scheduled; see why with: winnow explain %s WHO", name);
    else
        out_line(out, "next: winnow %s %s   (look closer: winnow show %s, winnow explain %s WHO)",
                 view->logged_in ? "run" : "login", name, name, name);
}

void plan_view_print(struct output *out, const struct plan_view *view) {
    out_title(out, "plan of %s, %s", view->name, format_date(view->plan->created_ms).text);
    out_line(out, "digest %s", view->plan->digest);
    fputc('\n', out->file);
    counts_print(out, view->plan);
    goals_print(out, view);
    evidence_print(out, view->plan->evidence, view->plan->evidence_count);
    entries_print(out, view->plan);
    finish_print(out, view);
    diff_print(out, &view->plan->diff);
    notice_print(out, view->platform);
    next_print(out, view);
}

/* ---- JSON ----------------------------------------------------------------------------------*/

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

json_t *plan_view_json(const struct plan_view *view) {
    const struct winnow_plan *p = view->plan;
    json_t *finish =
        json_pack("{s:o,s:o,s:o}", "even", json_time(p->finish_even_ms), "burst",
                  json_time(p->finish_burst_ms), "tightest", json_text_or_null(p->tightest));
    json_t *cost =
        json_pack("{s:o,s:o,s:o}", "currency", json_text_or_null(p->currency), "unfollow",
                  json_money(p->cost_micro), "undo", json_money(p->undo_cost_micro));
    return json_pack(
        "{s:i,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}",
        "version", 1, "campaign", json_text(view->name), "digest", json_text(p->digest),
        "created_at", json_time(p->created_ms), "followees", json_count(p->followees), "kept",
        json_count(p->kept), "undecided", json_count(p->undecided), "beyond_max",
        json_count(p->beyond_max), "scheduled", json_count(p->scheduled), "duplicates",
        json_count(p->duplicates), "kept_by", counts_json(p->kept_by, p->kept_by_count), "missing",
        counts_json(p->missing, p->missing_count), "keep_noted", json_count(p->keep_noted), "head",
        entries_json(p->head, p->head_count), "tail", entries_json(p->tail, p->tail_count),
        "finish", finish, "cost", cost, "volume", volume_json(p), "diff", diff_json(&p->diff),
        "notice", notice_json(view->platform), "evidence",
        evidence_json(p->evidence, p->evidence_count));
}
