/* verify: counters, states, open entries and budgets derived again from the journal, and compared;
 * then, if asked for, a sample of those taken back, looked up at the platform. Happy path: no
 * mismatch, nobody of the sample is followed. Fails as the store does, and as the platform does. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mix.h"
#include "work/budgets/run_note.h"
#include "work/session/relation.h"
#include "work/session/whose.h"

/* ---- against the journal ---- */

/* A budget must hold at least what the journal says; it may hold more, since reads and what is in
 * flight are not in the journal. */
static int compare_budgets(struct limiter *stored, struct limiter *counted, int64_t now_ms,
                           struct winnow_verify_result *out) {
    for (size_t i = 0; i < stored->count; i++) {
        struct budget *b = &stored->budgets[i];
        uint64_t has = budget_used(stored, b, now_ms);
        uint64_t must = budget_used(counted, &counted->budgets[i], now_ms);
        out->budgets++;
        if (has >= must)
            continue;
        if (out->mismatches++ == 0)
            snprintf(out->first, sizeof out->first,
                     "budget %s is counted as %llu, the journal has %llu", b->spec.name,
                     (unsigned long long)has, (unsigned long long)must);
    }
    return 0;
}

static int check_budgets(struct store_txn *t, const struct store_campaign *c, int64_t now_ms,
                         struct winnow_verify_result *out, struct winnow_error *err) {
    const struct platform *platform = platform_find(c->platform);
    struct run_note note;
    struct limiter stored;
    struct limiter counted;
    if (run_note_get(t, c->id, &note, err) != 0)
        return -1;
    if (note.state == WINNOW_RUN_IDLE) /* it never ran */
        return 0;
    limiter_init(&stored, note.pace);
    limiter_init(&counted, note.pace);
    int result = run_note_limiter(&note, platform, &stored, err);
    if (result == 0)
        result = run_note_limiter(&note, platform, &counted, err);
    if (result == 0)
        result = budgets_load(&stored, t, c, now_ms, err);
    if (result == 0)
        result = budgets_recount(&counted, t, c, now_ms, err);
    if (result == 0)
        result = compare_budgets(&stored, &counted, now_ms, out);
    limiter_free(&stored);
    limiter_free(&counted);
    return result;
}

/* Counters of another plan than the campaign's: two stores were mixed, or one was put back. */
static int check_plan(struct store_txn *t, const struct store_campaign *c,
                      struct winnow_verify_result *out, struct winnow_error *err) {
    struct store_progress p;
    int found = store_progress_get(t, c->id, &p, err);
    if (found < 0 || (found == 1 ? p.plan : 0) == c->plans)
        return found < 0 ? -1 : 0;
    if (out->mismatches++ == 0)
        snprintf(out->first, sizeof out->first,
                 "the counters are of plan %u, and the campaign's plan is number %u",
                 found == 1 ? p.plan : 0, c->plans);
    return 0;
}

static int verify_check(struct winnow *w, struct store_txn *t, const char *name,
                        struct store_campaign *campaign, struct winnow_verify_result *out,
                        struct winnow_error *err) {
    struct store_check c = {0};
    if (store_campaign_find(t, name, campaign, err) != 0 ||
        store_keep_check(t, campaign, err) != 0 || store_check(t, campaign->id, &c, err) != 0)
        return -1;
    out->journal_records = c.journal_records;
    out->entries = c.entries;
    out->mismatches = c.mismatches;
    memcpy(out->first, c.first, sizeof out->first);
    if (check_plan(t, campaign, out, err) != 0)
        return -1;
    return check_budgets(t, campaign, clock_now(&w->clock), out, err);
}

/* ---- the sample ---- */

struct sampling {
    const struct winnow_verify_options *options;
    struct store_txn *txn;
    const struct store_campaign *campaign;
    uint32_t positions[WINNOW_SAMPLE_MAX];
    uint64_t seen, draws;
    struct relation_one *ones;
    size_t count;
};

/* Algorithm R (Vitter 1985): each of those that come by has the same chance. */
static void verify_offer(struct sampling *s, uint32_t position) {
    uint64_t place = s->seen++ < s->options->sample
                         ? s->seen - 1
                         : mix64_nth(s->options->seed, ++s->draws) % s->seen;
    if (place < s->options->sample)
        s->positions[place] = position;
}

static int verify_pick(struct sampling *s, const struct store_progress *p,
                       struct winnow_error *err) {
    for (uint32_t i = 0; i < p->cursor; i++) {
        enum outcome outcome;
        if (store_state_get(s->txn, s->campaign->id, p->plan, i, &outcome, err) < 0)
            return -1;
        if (outcome == OUTCOME_DONE || outcome == OUTCOME_ALREADY_SO)
            verify_offer(s, i);
    }
    s->count = s->seen < s->options->sample ? s->seen : s->options->sample;
    return 0;
}

static int copy_one(struct sampling *s, const struct store_progress *p, uint32_t position,
                    struct relation_one *to, struct winnow_error *err) {
    struct store_entry e;
    struct facts f;
    if (store_schedule_get(s->txn, s->campaign->id, p->plan, position, &e, err) != 0 ||
        store_followee_get(s->txn, s->campaign->id, e.number, STORE_FACTS, &f, err) != 0)
        return -1;
    text_copy(to->id, sizeof to->id, facts_text(&f, FACT_ID));
    text_copy(to->key, sizeof to->key, facts_follow_key(&f, e.key));
    return 0;
}

static int take_sample(struct sampling *s, struct winnow_error *err) {
    struct store_progress p;
    int found = store_progress_get(s->txn, s->campaign->id, &p, err);
    if (found <= 0)
        return found;
    if (verify_pick(s, &p, err) != 0)
        return -1;
    s->ones = calloc(s->count + 1, sizeof *s->ones);
    if (s->ones == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
    for (size_t i = 0; i < s->count; i++)
        if (copy_one(s, &p, s->positions[i], &s->ones[i], err) != 0)
            return -1;
    return 0;
}

static void sample_count(const struct relation_asking *l, struct winnow_verify_result *out) {
    out->sampled += l->count;
    for (size_t i = 0; i < l->count; i++) {
        out->not_told += l->heard[i].following == TRI_UNKNOWN;
        if (l->heard[i].following != TRI_YES)
            continue;
        if (out->still_followed++ == 0)
            memcpy(out->example, l->asked[i].id, sizeof out->example);
    }
}

/* The platform charges for those that it answers for. */
static uint64_t count_told(const struct platform_relation *is, size_t count) {
    uint64_t told = 0;
    for (size_t i = 0; i < count; i++)
        told += is[i].following != TRI_UNKNOWN;
    return told;
}

/* What is not told of an account that is not active, or not ours, looks like what is not followed.
 * Not asked where the answer costs money. */
static int own_account(struct reads *r, struct winnow_error *err) {
    struct platform_identity who;
    return r->platform->price_whoami_micro > 0 ? 0 : whose_ask(r, &who, err);
}

/* One request; 1: all of the precheck were asked about. */
static int sample_ask_once(struct reads *r, struct relation_asking *l, struct winnow_error *err) {
    struct platform_account who = {r->campaign->account, r->campaign->handle, 0, false};
    const struct http_response *response;
    struct http_request request;
    struct reply reply = {0};
    struct reads_price price = {MONEY_LOOKS, r->platform->price_relation_micro, l->size};
    const struct platform_relation *heard = &l->heard[l->from];
    uint32_t size = l->size;
    http_request_init(&request);
    int result = relation_build(l, &who, &request, err);
    if (result == 0)
        result = reads_ask(r, &request, price, &response, err);
    http_request_free(&request);
    if (result != 0)
        return -1;
    relation_read(l, &who, response, &reply);
    r->rows = count_told(heard, size);
    if (reads_settle_alone(r, &reply, err) != 0)
        return -1;
    if (reply.action == REPLY_GO_ON)
        return 1;
    return reply.action == REPLY_SPLIT ? 0 : reads_after_trouble(r, &reply, err);
}

static int sample_ask(struct reads *r, struct relation_asking *l, const struct relation_one *ones,
                      size_t count, struct winnow_verify_result *out, struct winnow_error *err) {
    int done = 0;
    memcpy(l->asked, ones, count * sizeof *ones);
    relation_begin(l, (uint32_t)count);
    while (done == 0 && !l->off)
        done = sample_ask_once(r, l, err);
    if (done < 0)
        return -1;
    l->count = (uint32_t)count; /* where it is not offered, nobody was told of */
    sample_count(l, out);
    return 0;
}

static int ask_platform(struct winnow *w, const struct sampling *s,
                        struct winnow_verify_result *out, struct winnow_error *err) {
    const struct platform *platform = platform_find(s->campaign->platform);
    struct reads reads;
    if (reads_open(&reads, w, s->campaign, platform, NULL, 0, &s->options->hooks, err) != 0)
        return -1;
    reads.cap_micro = s->options->max_cost_micro;
    struct relation_asking relation;
    relation_open(&relation, platform, false);
    int result = reads_agree(&reads, "asking the platform about the sample",
                             (int64_t)s->count * platform->price_relation_micro, err);
    if (result == 0)
        result = own_account(&reads, err);
    for (size_t i = 0; i < s->count && result == 0; i += platform->relation_max) {
        size_t count =
            s->count - i < platform->relation_max ? s->count - i : platform->relation_max;
        result = sample_ask(&reads, &relation, &s->ones[i], count, out, err);
        hooks_progress(&s->options->hooks, "asking", i + count, s->count);
    }
    reads_close(&reads);
    return result;
}

/* The sample is copied first: nobody waits for a network with a transaction open. */
int winnow_verify(struct winnow *w, const char *name, const struct winnow_verify_options *options,
                  struct winnow_verify_result *out, struct winnow_error *err) {
    static const struct winnow_verify_options none;
    struct store_campaign campaign;
    struct sampling s = {.options = options != NULL ? options : &none, .campaign = &campaign};
    *out = (struct winnow_verify_result){0};
    if (s.options->sample > WINNOW_SAMPLE_MAX)
        return winnow_fail(err, WINNOW_USAGE, "a sample has at most %d accounts",
                           WINNOW_SAMPLE_MAX);
    if (store_check_sound(w->store, err) != 0 || store_read(w->store, &s.txn, err) != 0)
        return -1;
    int result = verify_check(w, s.txn, name, &campaign, out, err);
    if (result == 0 && s.options->sample > 0)
        result = take_sample(&s, err);
    store_abort(s.txn);
    if (result == 0 && s.count > 0)
        result = ask_platform(w, &s, out, err);
    free(s.ones);
    state_call_ended(w);
    return result;
}
