/* explain: why a followee is kept, held or scheduled. Happy path: the plan's own policy is judged
 * again over the followee's facts, at the plan's time, rule by rule and term by term. Fails when
 * the followee is not known or there is no plan. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text_time.h"
#include "platform/profile.h"
#include "work/campaign/batch.h"
#include "work/campaign/who.h"
#include "work/plan/plan_reader.h"

static void name_facts(fact_set bits, char *to, size_t room) {
    size_t used = 0;
    to[0] = '\0';
    for (int id = 0; id < FACT_COUNT && used < room; id++) {
        if ((bits >> id & 1u) == 0)
            continue;
        int n = snprintf(to + used, room - used, "%s%s", used == 0 ? "" : ", ", fact_names[id]);
        used += n < 0 ? 0 : (size_t)n;
    }
}

static void fill_rule(struct winnow_explained_rule *to, const char *list, size_t index,
                      const struct rule_explanation *from) {
    static const char *const results[] = {"no", "unknown", "yes"};
    snprintf(to->where, sizeof to->where, "%s[%zu]", list, index);
    snprintf(to->result, sizeof to->result, "%s", results[from->result]);
    text_copy(to->text, sizeof to->text, from->source);
    name_facts(from->missing, to->missing, sizeof to->missing);
}

static int fill_rules(struct plan_reader *v, const struct facts *f, struct winnow_explanation *out,
                      struct winnow_error *err) {
    size_t keep = policy_keep_count(v->policy);
    size_t first = policy_first_count(v->policy);
    struct rule_explanation rule;
    out->rules = calloc(keep + first + 1, sizeof *out->rules);
    if (out->rules == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
    for (size_t i = 0; i < keep; i++) {
        policy_explain_keep(v->policy, i, f, v->head.now_ms, &rule);
        fill_rule(&out->rules[out->rule_count++], "keep", i, &rule);
    }
    for (size_t i = 0; i < first; i++) {
        policy_explain_first(v->policy, i, f, v->head.now_ms, &rule);
        fill_rule(&out->rules[out->rule_count++], "first", i, &rule);
    }
    return 0;
}

static int fill_terms(struct plan_reader *v, const struct facts *f, struct winnow_explanation *out,
                      struct winnow_error *err) {
    size_t count = policy_term_count(v->policy);
    out->terms = calloc(count + 1, sizeof *out->terms);
    if (out->terms == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
    for (size_t i = 0; i < count; i++) {
        struct term_explanation term;
        struct winnow_explained_term *to = &out->terms[out->term_count++];
        policy_explain_term(v->policy, i, f, v->head.now_ms, &term);
        snprintf(to->name, sizeof to->name, "%s", term.name);
        to->known = term.missing == 0;
        to->value = to->known ? term.value : 0;
        to->weight = term.weight;
        to->product = to->known ? term.product : 0;
        out->score += to->product;
    }
    return 0;
}

static void lists_text(const struct facts *f, char *to, size_t room) {
    static const char more[] = " (and perhaps others)";
    struct text lists = facts_text(f, FACT_LISTS);
    bool open = facts_lists_open(f);
    text_copy(to, open ? room - sizeof more : room,
              (struct text){lists.at + open, lists.size - open});
    for (char *at = to; *at != '\0'; at++)
        if (*at == '\n')
            *at = at[1] == '\0' ? '\0' : ';';
    if (open)
        memcpy(to + strlen(to), more, sizeof more);
}

static void explanation_value_text(const struct facts *f, enum fact_id id, char *to, size_t room) {
    switch (fact_types[id]) {
    case FACT_TEXT:
        if (id == FACT_LISTS)
            lists_text(f, to, room);
        else
            text_copy(to, room, facts_text(f, id));
        break;
    case FACT_NUMBER:
        snprintf(to, room, "%s%" PRId64, facts_exact(f, id) ? "" : "at least ", f->value[id]);
        break;
    case FACT_TIME:
        text_time_write(f->value[id], to);
        break;
    case FACT_FLAG:
        snprintf(to, room, "%s", facts_flag(f, id) == TRI_YES ? "yes" : "no");
        break;
    }
}

static int fill_facts(struct plan_reader *v, const struct facts *f, int64_t offset_ms,
                      struct winnow_explanation *out, struct winnow_error *err) {
    out->facts = calloc(FACT_COUNT, sizeof *out->facts);
    if (out->facts == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
    for (int id = 0; id < FACT_COUNT; id++) {
        struct batch_source source;
        struct winnow_explained_fact *to = &out->facts[out->fact_count];
        if (!facts_known(f, (enum fact_id)id))
            continue;
        if (batch_source_get(v->txn, v->campaign->id, f->sources[id], &source, err) != 0)
            return -1;
        snprintf(to->name, sizeof to->name, "%s", fact_names[id]);
        explanation_value_text(f, (enum fact_id)id, to->value, sizeof to->value);
        snprintf(to->source, sizeof to->source, "%s", source.kind);
        to->as_of_ms = source.kind[0] == '\0' ? 0 : batch_wall_ms(source.as_of_ms, offset_ms);
        out->fact_count++;
    }
    return 0;
}

/* Why the plan has no followee of it, or holds it back whatever the rules say. */
static void say_held(const struct plan_reader *v, enum plan_verdict verdict,
                     struct winnow_explanation *out) {
    bool by_login = platform_find(v->campaign->platform)->handle_is_key;
    if (verdict == PLAN_HELD)
        snprintf(out->because, sizeof out->because,
                 "others in the roster had the same %s when the plan was made: `winnow fetch %s` "
                 "tells whose it is, then plan again",
                 by_login ? "login" : "follow record", v->campaign->name);
    else
        snprintf(out->because, sizeof out->because,
                 "it was no followee when the plan was made, is unfollowed already, or its id%s is "
                 "not known",
                 by_login ? " or login" : "");
}

static void say_verdict(const struct plan_reader *v, const struct store_decision *d,
                        const struct facts *f, struct winnow_explanation *out) {
    enum plan_verdict verdict = (enum plan_verdict)d->verdict;
    char reason[REASON_SIZE];
    plan_reader_reason(v, d, f, reason);
    out->verdict = plan_reader_verdict(d->verdict);
    if (verdict == PLAN_HELD || verdict == PLAN_NONE)
        say_held(v, verdict, out);
    else if (verdict == PLAN_BEYOND_MAX)
        snprintf(out->because, sizeof out->because,
                 "it would be scheduled, but comes after the plan's --max");
    else if (verdict == PLAN_KEPT_LIST)
        snprintf(out->because, sizeof out->because, "it is on the keep list");
    else
        snprintf(out->because, sizeof out->because, "%s%s", reason,
                 verdict == PLAN_KEPT_UNDECIDED ? ", and the policy keeps those" : "");
}

static bool is_over(enum winnow_entry_state state) {
    return state == WINNOW_ENTRY_IN_FLIGHT || state == WINNOW_ENTRY_IN_DOUBT ||
           state == WINNOW_ENTRY_UNFOLLOWED || state == WINNOW_ENTRY_ALREADY_GONE ||
           state == WINNOW_ENTRY_TARGET_GONE;
}

/* The keep list is of now, the plan of before. */
static void say_kept(const struct store_decision *d, struct winnow_explanation *out) {
    if (out->on_keep_list) {
        bool late = d->position != STORE_NO_POSITION && is_over(out->entry.state);
        out->verdict = WINNOW_VERDICT_KEPT;
        snprintf(out->because, sizeof out->because, "it is on the keep list%s",
                 late                               ? ", but its unfollow has left before"
                 : d->position != STORE_NO_POSITION ? ", and the plan's entry is passed over"
                                                    : "");
    } else if (d->verdict == PLAN_KEPT_LIST) {
        snprintf(out->because, sizeof out->because,
                 "it was on the keep list when the plan was made, and is not any more: the next "
                 "plan judges it");
    }
}

/* A frozen plan does not send whom a fetch has shown gone since. */
static int say_gone(struct plan_reader *v, uint32_t number, struct winnow_explanation *out,
                    struct winnow_error *err) {
    struct store_entry e;
    if (!platform_find(v->campaign->platform)->handle_is_key ||
        out->entry.state != WINNOW_ENTRY_PENDING)
        return 0;
    if (store_schedule_get(v->txn, v->campaign->id, v->progress.plan,
                           (uint32_t)out->entry.position - 1, &e, err) != 0)
        return -1;
    int gone = store_gone_has(v->txn, v->campaign->id, number, e.key, err);
    if (gone == 1)
        snprintf(out->because, sizeof out->because,
                 "held: the list that was fetched since the plan does not have it, and another may "
                 "have its login by now; the next plan leaves it out");
    return gone < 0 ? -1 : 0;
}

/* Does somebody else go by the login that would be sent for it? */
static int say_shared(struct plan_reader *v, struct winnow_explanation *out,
                      struct winnow_error *err) {
    char ids[96];
    char room[FACT_HANDLE_MAX + 1];
    struct who all;
    if (!platform_find(v->campaign->platform)->handle_is_key || out->handle[0] == '\0' ||
        out->verdict == WINNOW_VERDICT_KEPT)
        return 0;
    if (who_has_handle(v->txn, v->campaign, who_handle(v->campaign, out->handle, room), &all,
                       err) != 0 ||
        who_ids(v->txn, v->campaign, &all, ids, sizeof ids, err) != 0)
        return -1;
    if (all.count + all.nameless < 2)
        return 0;
    out->verdict = WINNOW_VERDICT_UNDECIDED;
    snprintf(
        out->because, sizeof out->because,
        "held: several have the login %.40s (%s%s), and a request could hit the other; `winnow "
        "fetch %s` tells whose it is, then plan again",
        out->handle, ids, all.nameless ? " and one without an id" : "", v->campaign->name);
    return 0;
}

/* Who it is, and what is known of it in words. */
static void fill_words(const struct plan_reader *v, const struct facts *f,
                       struct winnow_explanation *out) {
    const struct text none = {"", 0};
    struct judgement j;
    struct text id = facts_known(f, FACT_ID) ? facts_text(f, FACT_ID) : none;
    struct text handle = facts_known(f, FACT_HANDLE) ? facts_text(f, FACT_HANDLE) : none;
    text_copy(out->id, sizeof out->id, id);
    text_copy(out->handle, sizeof out->handle, handle);
    text_copy(out->name, sizeof out->name,
              facts_known(f, FACT_NAME) ? facts_text(f, FACT_NAME) : none);
    platform_profile_link(platform_find(v->campaign->platform), v->campaign->server, id, handle,
                          out->link);
    reason_volume(f, v->head.now_ms, out->posting);
    reason_talked(f, out->talked);
    reason_heard(f, out->heard);
    reason_relation(f, out->relation);
    policy_judge(v->policy, f, v->head.now_ms, &j);
    reason_missing(j.verdict == JUDGED_UNDECIDED ? j.missing : 0, out->missing);
}

/* `offset_ms`: from engine time, which batches have, to the wall's. */
static int explanation_put(struct plan_reader *v, uint32_t number, const struct facts *f,
                           int64_t offset_ms, struct winnow_explanation *out,
                           struct winnow_error *err) {
    struct store_decision d = {STORE_NO_POSITION, PLAN_NONE, 0};
    struct evidence reactions;
    fill_words(v, f, out);
    if (evidence_get(v->txn, v->campaign->id, DATASET_REACTIONS, &reactions, err) != 0)
        return -1;
    out->heard_since_ms = reactions.since_ms;
    int kept = store_keep_has(v->txn, v->campaign->id, out->id, strlen(out->id), err);
    if (kept < 0 ||
        store_decision_get(v->txn, v->campaign->id, v->campaign->plans, number, &d, err) < 0)
        return -1;
    out->on_keep_list = kept == 1;
    if (d.position != STORE_NO_POSITION && plan_reader_entry(v, d.position, &out->entry, err) != 0)
        return -1;
    say_verdict(v, &d, f, out);
    say_kept(&d, out);
    if (say_gone(v, number, out, err) != 0 || say_shared(v, out, err) != 0)
        return -1;
    if (fill_rules(v, f, out, err) != 0 || fill_terms(v, f, out, err) != 0)
        return -1;
    return fill_facts(v, f, offset_ms, out, err);
}

int winnow_explain(struct winnow *w, const char *name, const char *who,
                   struct winnow_explanation *out, struct winnow_error *err) {
    struct store_txn *t;
    struct store_campaign c;
    struct plan_reader v;
    struct facts f;
    uint32_t number;
    *out = (struct winnow_explanation){0};
    if (store_read(w->store, &t, err) != 0)
        return -1;
    int result = store_campaign_find(t, name, &c, err);
    if (result == 0)
        result = who_is(t, &c, who, &number, &f, err);
    if (result == 0)
        result = plan_reader_open(&v, w, t, &c, err);
    if (result == 0) {
        coverages_count(&v.coverages, number, &f);
        result = explanation_put(&v, number, &f, clock_wall_offset(&w->clock), out, err);
        plan_reader_close(&v);
    }
    store_abort(t);
    if (result != 0)
        winnow_explanation_free(out);
    return result;
}

void winnow_explanation_free(struct winnow_explanation *e) {
    free(e->rules);
    free(e->terms);
    free(e->facts);
    e->facts = NULL;
    e->rules = NULL;
    e->terms = NULL;
}
