/* Where a campaign stands: one line, one block, one JSON object, from the same struct, so that
 * they cannot disagree. Only the JSON can fail, by memory: it is NULL then. */
#include "cli/views/standing.h"

#include <stdio.h>
#include <string.h>

#include "cli/base/format.h"

uint64_t standing_settled(const struct winnow_status *s) {
    uint64_t remaining = s->progress.remaining;
    return remaining < s->plan.scheduled ? s->plan.scheduled - remaining : 0;
}

static struct shown settled_share(const struct winnow_status *s) {
    return format_share((double)standing_settled(s) / (double)s->plan.scheduled);
}

/* By the pace seen where there is one: it knows more than the budgets. */
static int64_t finish_ms(const struct winnow_status *s) {
    return s->eta_observed_ms != 0 ? s->eta_observed_ms : s->eta_quota_ms;
}

/* What matters first: the line may be cut at the terminal's width. */
void standing_line(const struct winnow_status *s, int64_t now_ms, char *line, size_t size) {
    bool waits = *s->waiting_reason != '\0';
    const char *why = waits ? s->waiting_reason : s->reason;
    int64_t finish = s->progress.remaining == 0 ? 0 : finish_ms(s);
    char until[80] = "";
    if (waits && s->waiting_until_ms != 0)
        snprintf(until, sizeof until, " until %.60s",
                 format_clock(s->waiting_until_ms, now_ms).text);
    char done[128];
    if (s->plan.scheduled == 0)
        snprintf(done, sizeof done, "%s", s->planned ? "nobody is scheduled" : "no plan yet");
    else
        snprintf(done, sizeof done, "%.30s of %.30s settled (%.30s)",
                 format_count(standing_settled(s)).text, format_count(s->plan.scheduled).text,
                 settled_share(s).text);
    snprintf(line, size, "%s %s%s, %s%s%s%s%s", s->campaign.name, winnow_run_state_name(s->state),
             until, done, finish == 0 ? "" : ", done ",
             finish == 0 ? "" : format_when(finish, now_ms).text, *why == '\0' ? "" : ": ", why);
}

/* ---- the block -----------------------------------------------------------------------------*/

static void state_print(struct output *out, const struct winnow_status *s, int64_t now_ms) {
    out_text(out, "  state      %s", winnow_run_state_name(s->state));
    if (s->pid != 0)
        out_text(out, ", process %jd", (intmax_t)s->pid);
    else if (s->worker)
        out_text(out, ", by a process in another container");
    if (*s->reason != '\0')
        out_text(out, ": %s", s->reason);
    out_line(out, "%s", "");
    if (*s->waiting_reason != '\0')
        out_line(out, "  waits      %s; goes on %s", s->waiting_reason,
                 format_when(s->waiting_until_ms, now_ms).text);
    if (!s->logged_in)
        out_line(out, "  login      none; next: winnow login %s", s->campaign.name);
}

static void plan_print(struct output *out, const struct winnow_status *s) {
    out_line(out, "  roster     %s, %s on the keep list",
             format_things(s->followees, "followee").text, format_count(s->keep_list).text);
    if (s->keep_noted > 0)
        out_line(out, "             %s on it protect nobody yet, since no id is known: %s",
                 format_count(s->keep_noted).text, s->keep_noted_names);
    if (!s->planned) {
        out_line(out, "  plan       none; next: winnow plan %s", s->campaign.name);
        return;
    }
    out_line(out, "  plan       %s of %s", format_digest(s->plan.digest).text,
             format_date(s->plan.created_ms).text);
    out_line(out, "             %s: %s kept, %s undecided, %s scheduled",
             format_things(s->plan.followees, "followee").text, format_count(s->plan.kept).text,
             format_count(s->plan.undecided).text, format_count(s->plan.scheduled).text);
}

static void progress_print(struct output *out, const struct winnow_status *s) {
    const struct {
        const char *name;
        uint64_t count;
    } parts[] = {
        {"unfollowed", s->progress.unfollowed},
        {"already gone", s->progress.already_gone},
        {"account gone", s->progress.target_gone},
        {"kept back", s->progress.kept_back},
        {"refused", s->progress.refused},
        {"in doubt", s->progress.in_doubt},
        {"to be tried again", s->progress.retrying},
    };
    if (s->plan.scheduled == 0) {
        out_line(out, "  progress   nobody is scheduled, so there is nothing to do");
        return;
    }
    out_line(out, "  progress   %s of %s settled (%s), %s remain",
             format_count(standing_settled(s)).text, format_count(s->plan.scheduled).text,
             settled_share(s).text, format_count(s->progress.remaining).text);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (i == 0 || parts[i].count > 0)
            out_line(out, "             %12s %s", format_count(parts[i].count).text, parts[i].name);
    out_line(out, "             %12s %s sent", format_count(s->progress.requests).text,
             s->progress.requests == 1 ? "request" : "requests");
}

static void finish_print(struct output *out, const struct winnow_status *s, int64_t now_ms) {
    if (s->progress.remaining == 0)
        return;
    out_line(out, "  finish     by the budgets:    %s", format_when(s->eta_quota_ms, now_ms).text);
    out_line(out, "             by the pace seen:  %s",
             format_when(s->eta_observed_ms, now_ms).text);
    if (s->last_outcome_ms != 0)
        out_line(out, "             last outcome:      %s",
                 format_when(s->last_outcome_ms, now_ms).text);
}

static void budgets_print(struct output *out, const struct winnow_status *s, int64_t now_ms) {
    for (size_t i = 0; i < s->budget_count; i++) {
        const struct winnow_budget_status *b = &s->budgets[i];
        out_text(out, "%s", i == 0 ? "  budgets    " : "             ");
        out_cell(out, b->name, 20);
        out_text(out, " %s of %s used in %s", format_count(b->used).text,
                 format_count(b->limit).text, format_duration(b->period_ms).text);
        if (b->resets_at_ms > now_ms)
            out_text(out, ", new %s", format_when(b->resets_at_ms, now_ms).text);
        out_line(out, "%s", "");
    }
}

static void money_print(struct output *out, const struct winnow_status *s) {
    out_text(out, "  money      %s of %s spent", format_money(s->spent_micro, s->currency).text,
             format_money(s->total_micro, s->currency).text);
    if (s->spent_micro != s->unfollows_micro)
        out_text(out, ": unfollows %s", format_money(s->unfollows_micro, s->currency).text);
    for (size_t i = 0; i < WINNOW_SPENT_KINDS; i++)
        if (s->reads[i].micro != 0)
            out_text(out, ", %s %s", s->reads[i].kind,
                     format_money(s->reads[i].micro, s->currency).text);
    out_line(out, "%s", "");
}

void standing_print(struct output *out, const struct winnow_status *s, int64_t now_ms) {
    out_title(out, "%s  %s  %s%s%s  %s", s->campaign.name, s->campaign.platform,
              s->campaign.account, *s->campaign.handle == '\0' ? "" : " @", s->campaign.handle,
              s->campaign.server);
    state_print(out, s, now_ms);
    plan_print(out, s);
    if (s->planned) {
        progress_print(out, s);
        finish_print(out, s, now_ms);
    }
    if (*s->currency != '\0')
        money_print(out, s);
    budgets_print(out, s, now_ms);
}

/* ---- JSON ----------------------------------------------------------------------------------*/

static json_t *plan_json(const struct winnow_status *s) {
    if (!s->planned)
        return json_null();
    return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o}", "digest", json_text(s->plan.digest), "created_at",
                     json_time(s->plan.created_ms), "followees", json_count(s->plan.followees),
                     "kept", json_count(s->plan.kept), "undecided", json_count(s->plan.undecided),
                     "scheduled", json_count(s->plan.scheduled));
}

static json_t *progress_json(const struct winnow_status *s) {
    return json_pack(
        "{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "unfollowed", json_count(s->progress.unfollowed),
        "already_gone", json_count(s->progress.already_gone), "target_gone",
        json_count(s->progress.target_gone), "protected", json_count(s->progress.kept_back),
        "refused", json_count(s->progress.refused), "in_doubt", json_count(s->progress.in_doubt),
        "remaining", json_count(s->progress.remaining), "retrying",
        json_count(s->progress.retrying), "requests", json_count(s->progress.requests));
}

static json_t *budgets_json(const struct winnow_status *s) {
    json_t *array = json_array();
    for (size_t i = 0; i < s->budget_count; i++) {
        const struct winnow_budget_status *b = &s->budgets[i];
        json_t *period = b->period_ms % 1000 == 0 ? json_integer(b->period_ms / 1000)
                                                  : json_real((double)b->period_ms / 1000);
        array = json_append(array, json_pack("{s:o,s:o,s:o,s:o,s:o}", "name", json_text(b->name),
                                             "limit", json_count(b->limit), "period_s", period,
                                             "used", json_count(b->used), "resets_at",
                                             json_time(b->resets_at_ms)));
    }
    return array;
}

static json_t *waiting_json(const struct winnow_status *s) {
    if (*s->waiting_reason == '\0')
        return json_null();
    return json_pack("{s:o,s:o}", "reason", json_text(s->waiting_reason), "until",
                     json_time(s->waiting_until_ms));
}

static json_t *spent_on_json(const struct winnow_status *s) {
    json_t *on = json_pack("{s:o}", "unfollows", json_money(s->unfollows_micro));
    for (size_t i = 0; i < WINNOW_SPENT_KINDS && on != NULL; i++)
        if (json_object_set_new(on, s->reads[i].kind, json_money(s->reads[i].micro)) != 0) {
            json_decref(on);
            on = NULL;
        }
    return on;
}

json_t *standing_json(const struct winnow_status *s) {
    json_t *eta = json_pack("{s:o,s:o}", "quota", json_time(s->eta_quota_ms), "observed",
                            json_time(s->eta_observed_ms));
    json_t *cost = json_pack("{s:o,s:o,s:o,s:o}", "currency", json_text_or_null(s->currency),
                             "spent", json_money(s->spent_micro), "total",
                             json_money(s->total_micro), "spent_on", spent_on_json(s));
    return json_pack(
        "{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:b,s:o}", "name",
        json_text(s->campaign.name), "platform", json_text(s->campaign.platform), "account",
        json_text(s->campaign.account), "handle", json_text_or_null(s->campaign.handle), "server",
        json_text(s->campaign.server), "state", json_text(winnow_run_state_name(s->state)), "pid",
        s->pid == 0 ? json_null() : json_integer(s->pid), "reason", json_text_or_null(s->reason),
        "plan", plan_json(s), "progress", progress_json(s), "budgets", budgets_json(s), "waiting",
        waiting_json(s), "eta", eta, "cost", cost, "followees", json_count(s->followees),
        "keep_list", json_count(s->keep_list), "keep_noted", json_count(s->keep_noted), "logged_in",
        s->logged_in ? 1 : 0, "last_outcome_at", json_time(s->last_outcome_ms));
}
