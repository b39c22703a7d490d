/* winnow explain: why a followee stays, goes, or waits for facts.
 *
 * Happy path: a dozen plain lines: who, the verdict and why, the place, what is known; with
 * --verbose every rule with its result, every term of the score, every fact with its source.
 * Failure: somebody who is not in the roster, no plan yet. */
#include <string.h>

#include "cli/base/cli.h"
#include "cli/base/format.h"
#include "cli/parts/json.h"

struct explain_options {
    bool verbose;
};

static const struct option_rule option_rules[] = {
    {.name = "verbose",
     .kind = OPTION_SWITCH,
     .at = offsetof(struct explain_options, verbose),
     .help = "each rule, each term of the score and each fact as well"},
};

/* ---- in plain lines ------------------------------------------------------------------------*/

static void who_print(struct output *out, const struct winnow_explanation *e) {
    out_title(out, "%s%s%s%s%s", *e->handle == '\0' ? "" : "@",
              *e->handle == '\0' ? e->id : e->handle, *e->name == '\0' ? "" : " (", e->name,
              *e->name == '\0' ? "" : ")");
    if (*e->link != '\0')
        out_line(out, "  profile    %s", e->link);
    if (*e->handle != '\0')
        out_line(out, "  id         %s", *e->id == '\0' ? "not known" : e->id);
}

static void verdict_print(struct output *out, const struct winnow_explanation *e) {
    const struct winnow_entry *entry = &e->entry;
    if (e->verdict == WINNOW_VERDICT_KEPT)
        out_line(out, "  it stays   %s", e->because);
    else if (e->verdict == WINNOW_VERDICT_UNDECIDED)
        out_line(out, "  undecided  so it does not go: %s", e->because);
    else if (e->verdict == WINNOW_VERDICT_BEYOND_MAX)
        out_line(out, "  not now    %s", e->because);
    else
        out_line(out, "  it goes    nothing keeps it: %s", e->because);
    if (entry->position == 0)
        return;
    out_line(out, "  place      %s in the schedule, %s", format_count(entry->position).text,
             winnow_entry_state_name(entry->state));
    if (entry->due_ms != 0)
        out_line(out, "  due        %s", format_when(entry->due_ms, winnow_now_ms()).text);
}

static void known_print(struct output *out, const char *label, const char *words) {
    if (*words != '\0')
        out_line(out, "  %-10s %s", label, words);
}

static void next_print(struct output *out, const char *name, const struct winnow_explanation *e,
                       bool verbose) {
    const char *who = *e->id == '\0' ? e->handle : e->id;
    const char *at = *e->id == '\0' ? "@" : "";
    if (e->on_keep_list)
        out_line(out, "  let it go  winnow keep %s --remove %s%s", name, at, who);
    else if (e->verdict != WINNOW_VERDICT_KEPT)
        out_line(out, "  keep it    winnow keep %s %s%s", name, at, who);
    if (!verbose)
        out_line(out, "  more       winnow explain %s %s%s --verbose", name, at, who);
}

static void plain_print(struct output *out, const char *name, const struct winnow_explanation *e,
                        bool verbose) {
    who_print(out, e);
    verdict_print(out, e);
    known_print(out, "posts", e->posting);
    known_print(out, "you", e->talked);
    known_print(out, "they", e->heard);
    if (e->heard_since_ms != 0 && *e->heard != '\0')
        out_line(out, "             (what others did is known back to %s)",
                 format_date(e->heard_since_ms).text);
    known_print(out, "besides", e->relation);
    known_print(out, "not known", e->missing);
    next_print(out, name, e, verbose);
}

/* ---- the arithmetic ------------------------------------------------------------------------*/

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

static void verbose_print(struct output *out, const struct winnow_explanation *e) {
    rules_print(out, e);
    terms_print(out, e);
    facts_print(out, e);
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

static json_t *words_json(const struct winnow_explanation *e) {
    return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o}", "posting", json_text_or_null(e->posting),
                     "talked", json_text_or_null(e->talked), "heard", json_text_or_null(e->heard),
                     "relation", json_text_or_null(e->relation), "missing",
                     json_text_or_null(e->missing), "heard_since", json_time(e->heard_since_ms));
}

static json_t *explanation_json(const struct winnow_explanation *e) {
    return json_pack("{s:i,s:o,s:o,s:o,s:o,s:o,s:o,s:b,s:o,s:o,s:f,s:o,s:o,s:o}", "version", 1,
                     "id", json_text(e->id), "handle", json_text_or_null(e->handle), "name",
                     json_text_or_null(e->name), "link", json_text_or_null(e->link), "verdict",
                     json_text(winnow_verdict_name(e->verdict)), "because", json_text(e->because),
                     "on_keep_list", e->on_keep_list ? 1 : 0, "words", words_json(e), "entry",
                     e->entry.position == 0 ? json_null() : json_entry(&e->entry), "score",
                     e->score, "rules", rules_json(e), "terms", terms_json(e), "facts",
                     facts_json(e));
}

static int explain_call(struct cli *cli, struct winnow_error *err) {
    const struct explain_options *options = cli->options;
    struct winnow_explanation e = {0};
    if (cli_open(cli, err) != 0 ||
        winnow_explain(cli->w, cli->words[0], cli->words[1], &e, err) != 0)
        return -1;
    int result = 0;
    if (cli->json) {
        result = json_emit(cli, explanation_json(&e), err);
    } else {
        plain_print(&cli->out, cli->words[0], &e, options->verbose);
        if (options->verbose)
            verbose_print(&cli->out, &e);
    }
    winnow_explanation_free(&e);
    return result;
}

const struct command command_explain = {
    .name = "explain",
    .usage = "NAME WHO [--verbose]",
    .summary = "say why a followee stays or goes",
    .details =
        "Says in words of one followee, given by id or handle, whether it stays or goes and\n"
        "why, where it is in the schedule, and what is known of it. With --verbose also\n"
        "which rules matched and which could not be judged for want of a fact, each term\n"
        "of the score, and each fact with where it is from and of when.",
    RULES_OF(option_rules),
    .options_size = sizeof(struct explain_options),
    .min_words = 2,
    .max_words = 2,
    .call = explain_call,
};
