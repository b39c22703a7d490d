/* winnow explain: why a followee stays, goes, or waits for facts.
 *
 * Happy path: the verdict, every rule with its result, every term of the score, position and date,
 * every known fact with its source.
 * Failure: somebody who is not in the roster, no plan yet. */
#include <string.h>

#include "cli.h"
#include "format.h"
#include "json.h"

static void verdict_print(struct output *out, const struct winnow_explanation *e) {
    out_title(out, "%s%s%s  %s", *e->handle == '\0' ? "" : "@", e->handle,
              *e->handle == '\0' ? "id" : "", e->id);
    out_line(out, "  verdict    %s: %s", e->verdict, e->because);
    out_line(out, "  keep list  %s", e->on_keep_list ? "yes" : "no");
    if (e->entry.position == 0)
        return;
    out_line(out, "  position   %s, %s", format_count(e->entry.position).text, e->entry.state);
    if (e->entry.due_ms != 0)
        out_line(out, "  due        %s", format_when(e->entry.due_ms, winnow_now_ms()).text);
}

static void rules_print(struct output *out, const struct winnow_explanation *e) {
    if (e->rule_count == 0)
        return;
    out_title(out, "rules");
    for (size_t i = 0; i < e->rule_count; i++) {
        const struct winnow_explained_rule *rule = &e->rules[i];
        fputs("  ", out->file);
        out_cell(out, rule->where, 12);
        out_cell(out, rule->result, 9);
        out_line(out, "%s%s%s", rule->text,
                 *rule->missing == '\0' ? "" : "   missing: ", rule->missing);
    }
}

static void terms_print(struct output *out, const struct winnow_explanation *e) {
    if (e->term_count == 0)
        return;
    out_title(out, "score %.4g", e->score);
    for (size_t i = 0; i < e->term_count; i++) {
        const struct winnow_explained_term *term = &e->terms[i];
        fputs("  ", out->file);
        out_cell(out, term->name, 20);
        if (term->known)
            out_line(out, "%12.4g x %8.4g = %12.4g", term->value, term->weight, term->product);
        else
            out_line(out, "%12s x %8.4g", "unknown", term->weight);
    }
}

static void facts_print(struct output *out, const struct winnow_explanation *e) {
    if (e->fact_count == 0)
        return;
    out_title(out, "known");
    for (size_t i = 0; i < e->fact_count; i++) {
        const struct winnow_explained_fact *fact = &e->facts[i];
        char date[32] = "";
        if (fact->as_of_ms != 0)
            winnow_time_text(fact->as_of_ms, date);
        fputs("  ", out->file);
        out_cell(out, fact->name, 20);
        out_cell(out, fact->source, 8);
        out_line(out, "%-10.10s  %s", date, fact->value);
    }
}

static json_t *facts_json(const struct winnow_explanation *e) {
    json_t *array = json_array();
    for (size_t i = 0; i < e->fact_count; i++) {
        const struct winnow_explained_fact *fact = &e->facts[i];
        array = json_append(array, json_pack("{s:o,s:o,s:o,s:o}", "name", json_text(fact->name),
                                             "value", json_text(fact->value), "source",
                                             json_text_or_null(fact->source), "as_of",
                                             json_time(fact->as_of_ms)));
    }
    return array;
}

static json_t *rules_json(const struct winnow_explanation *e) {
    json_t *array = json_array();
    for (size_t i = 0; i < e->rule_count; i++) {
        const struct winnow_explained_rule *rule = &e->rules[i];
        array = json_append(array,
                            json_pack("{s:o,s:o,s:o,s:o}", "where", json_text(rule->where), "text",
                                      json_text(rule->text), "result", json_text(rule->result),
                                      "missing", json_text_or_null(rule->missing)));
    }
    return array;
}

static json_t *terms_json(const struct winnow_explanation *e) {
    json_t *array = json_array();
    for (size_t i = 0; i < e->term_count; i++) {
        const struct winnow_explained_term *term = &e->terms[i];
        array = json_append(array,
                            json_pack("{s:o,s:o,s:f,s:o}", "name", json_text(term->name), "value",
                                      term->known ? json_real(term->value) : json_null(), "weight",
                                      term->weight, "product",
                                      term->known ? json_real(term->product) : json_null()));
    }
    return array;
}

static json_t *explanation_json(const struct winnow_explanation *e) {
    return json_pack(
        "{s:i,s:o,s:o,s:o,s:o,s:b,s:o,s:f,s:o,s:o,s:o}", "version", 1, "id", json_text(e->id),
        "handle", json_text_or_null(e->handle), "verdict", json_text(e->verdict), "because",
        json_text(e->because), "on_keep_list", e->on_keep_list ? 1 : 0, "entry",
        e->entry.position == 0 ? json_null() : json_entry(&e->entry), "score", e->score, "rules",
        rules_json(e), "terms", terms_json(e), "facts", facts_json(e));
}

static int explain_call(struct cli *cli, struct winnow_error *err) {
    struct winnow_explanation e = {0};
    if (cli_open(cli, err) != 0 ||
        winnow_explain(cli->w, cli->words[0], cli->words[1], &e, err) != 0)
        return -1;
    int result = 0;
    if (cli->json) {
        result = json_emit(cli, explanation_json(&e), err);
    } else {
        verdict_print(&cli->out, &e);
        rules_print(&cli->out, &e);
        terms_print(&cli->out, &e);
        facts_print(&cli->out, &e);
    }
    winnow_explanation_free(&e);
    return result;
}

const struct command command_explain = {
    .name = "explain",
    .usage = "NAME WHO",
    .summary = "say why a followee stays or goes",
    .details = "Prints for one followee, given by id or handle: which rules matched and which\n"
               "could not be judged for want of a fact, each term of the score, the position\n"
               "in the schedule, the date on which it is due, and each known fact with where it\n"
               "is from and of when.",
    .min_words = 2,
    .max_words = 2,
    .call = explain_call,
};
