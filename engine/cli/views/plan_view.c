/* Shows a plan so that it can be judged before anything is sent: who stays and who goes
 * (plan_view_words.c), what it stands on, where relief flattens, what each goal would do, what goes
 * first, dates, money, effect, differences. Cannot fail. */
#include "cli/views/plan_view.h"

#include <inttypes.h>
#include <string.h>

#include "cli/base/format.h"
#include "cli/parts/getting.h"
#include "cli/views/table.h"

enum { SET_WIDTH = 46 };

/* ---- who goes first ------------------------------------------------------------------------*/

static void first_print(struct output *out, const struct winnow_plan *plan) {
    if (plan->head_count == 0)
        return;
    fputc('\n', out->file);
    out_title(out, "first to go");
    entry_table_head(out);
    for (size_t i = 0; i < plan->head_count; i++)
        entry_table_row(out, &plan->head[i]);
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
    out_line(out, "  goal            to go       stay  undecided   relief%s  done",
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
        out_line(out, "  not used: %s (known of nobody: %s)",
                 *plan->aside[i].words != '\0' ? plan->aside[i].words : plan->aside[i].rule,
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

/* ---- what it stands on ---------------------------------------------------------------------*/

/* What an evidence set tells; its own name where there are no words for it. */
static const char *set_words(const char *set) {
    static const struct {
        const char *set, *words;
    } sets[] = {
        {"following", "whom you follow"},
        {"followers", "who follows back"},
        {"profiles", "how much they post, who is gone, who is large"},
        {"lists", "who is on a list of yours"},
        {"posts", "whom you talked to"},
        {"messages", "whom you wrote with in private"},
        {"reactions", "who reacted to you"},
        {"likes", "whose posts you liked"},
        {"boosts", "whose posts you passed on"},
        {"bookmarks", "whose posts you saved"},
        {"endorsed", "whom you show on your profile"},
        {"blocks", "whom you block or mute"},
    };
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++)
        if (strcmp(sets[i].set, set) == 0)
            return sets[i].words;
    return set;
}

static void set_print(struct output *out, const struct winnow_evidence *e) {
    char date[32] = "";
    if (e->as_of_ms != 0)
        winnow_time_text(e->as_of_ms, date);
    fputs("  ", out->file);
    out_cell(out, set_words(e->set), SET_WIDTH);
    out_text(out, " %-10.10s  %s", date, format_count(e->count).text);
    if (e->expected >= 0)
        out_text(out, " of %s", format_count((uint64_t)e->expected).text);
    if (e->since_ms != 0) {
        winnow_time_text(e->since_ms, date);
        out_line(out, ", back to %.10s", date);
    } else {
        out_line(out, "%s", e->state == WINNOW_SET_PARTIAL ? ", not all" : "");
    }
}

/* What money would bring stands below, with its price. */
static bool is_sold(const struct winnow_plan *plan, const char *set) {
    for (size_t i = 0; i < plan->buy_count; i++)
        if (strcmp(plan->buys[i].get.what, set) == 0)
            return true;
    return false;
}

static void unseen_print(struct output *out, const struct plan_view *view,
                         const struct winnow_evidence *e) {
    if (is_sold(view->plan, e->set)) {
        fputs("  ", out->file);
        out_cell(out, set_words(e->set), SET_WIDTH);
        out_line(out, " costs money, see below");
        return;
    }
    fputs("  ", out->file);
    out_cell(out, set_words(e->set), SET_WIDTH);
    /* of what was not read at all, why is nothing beside how */
    struct getting_text get = getting(&e->get, view->name);
    bool how = e->get.by != WINNOW_BY_NOTHING;
    bool why = *e->why != '\0' && (!how || e->state != WINNOW_SET_ABSENT);
    out_line(out, " %s%s%s", why ? e->why : "", why && how ? ": " : "",
             !how && !why ? "cannot be asked for" : get.text);
}

/* Each set that was read, then each that was not read whole, with what would bring it. */
static void standing_print(struct output *out, const struct plan_view *view) {
    const struct winnow_plan *plan = view->plan;
    uint64_t seen = 0;
    uint64_t unseen = 0;
    for (size_t i = 0; i < plan->evidence_count; i++) {
        if (plan->evidence[i].state == WINNOW_SET_ABSENT)
            continue;
        if (seen++ == 0) {
            fputc('\n', out->file);
            out_title(out, "what it stands on");
        }
        set_print(out, &plan->evidence[i]);
    }
    for (size_t i = 0; i < plan->evidence_count; i++) {
        if (plan->evidence[i].state == WINNOW_SET_COMPLETE)
            continue;
        if (unseen++ == 0) {
            fputc('\n', out->file);
            out_title(out, "what it cannot see");
        }
        unseen_print(out, view, &plan->evidence[i]);
    }
}

/* What profiles would decide. */
static void decides_print(struct output *out, const struct winnow_buy *b) {
    if (b->next == 0)
        return;
    out_text(out, "    %s of the next %s have no known profile, and it changes nothing else: ",
             format_count(b->unknown).text, format_count(b->next).text);
    if (b->open == 0)
        out_line(out, "%s", "no rule of this plan keeps anybody by one, so only the order");
    else
        out_line(out, "a rule could keep %s of them by it", format_count(b->open).text);
}

/* What money could add, the best first, each with the most that it can cost. */
static void buys_print(struct output *out, const struct plan_view *view) {
    const struct winnow_plan *plan = view->plan;
    if (plan->buy_count == 0)
        return;
    fputc('\n', out->file);
    out_title(out, "what money could add; nothing is bought unasked");
    for (size_t i = 0; i < plan->buy_count; i++) {
        const struct winnow_buy *b = &plan->buys[i];
        if (b->most_micro >= 0)
            out_line(out, "  %s, at most %s", b->tells,
                     format_money(b->most_micro, plan->currency).text);
        else
            out_line(out, "  %s, %s a row", b->tells,
                     format_money(b->each_micro, plan->currency).text);
        decides_print(out, b);
        out_line(out, "    %s", getting(&b->get, view->name).text);
    }
}

static void bend_print(struct output *out, const struct plan_view *view) {
    const struct winnow_plan *plan = view->plan;
    if (plan->bend == 0 || plan->bend >= plan->scheduled)
        return;
    fputc('\n', out->file);
    out_title(out, "where relief flattens");
    out_line(out, "  the first %s take away %s of the posts, the next %s %s: stop there with",
             format_count(plan->bend).text, format_share(plan->bend_relief).text,
             format_count(plan->scheduled - plan->bend).text,
             format_share(plan->relief - plan->bend_relief).text);
    out_line(out, "  winnow plan %s --max %" PRIu64, view->name, plan->bend);
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
    out_line(out, "digest %s", view->plan->digest);
    if (view->plan->scheduled == 0) {
        out_line(out, "nothing is scheduled; see why with: winnow explain %s WHO", name);
        return;
    }
    out_line(out, "look closer: winnow show %s, winnow explain %s WHO, or in a spreadsheet:", name,
             name);
    out_line(out, "  winnow export %s review --format csv > review.csv", name);
    out_line(out, "  winnow keep %s --from review.csv     (after marking whom to keep)", name);
    out_line(out, "next: winnow %s %s", view->logged_in ? "run" : "login", name);
}

void plan_view_print(struct output *out, const struct plan_view *view) {
    const struct winnow_plan *plan = view->plan;
    plan_words_print(out, view);
    standing_print(out, view);
    buys_print(out, view);
    bend_print(out, view);
    goals_print(out, view);
    first_print(out, plan);
    finish_print(out, view);
    diff_print(out, &plan->diff);
    notice_print(out, view->platform);
    next_print(out, view);
}
