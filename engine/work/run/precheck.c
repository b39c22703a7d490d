/* Asked again before sending: see precheck.h. Happy path: one request tells how it stands with all of
 * them, and each is judged by the plan's own policy over its stored facts with the newer one laid
 * over. Fails as the store does. */
#include "work/run/precheck.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/foreign.h"
#include "work/plan/plan_head.h"

int precheck_open(struct precheck *c, struct store_txn *t, const struct store_campaign *campaign,
                  const struct platform *platform, uint32_t precheck_max,
                  struct winnow_error *err) {
    struct plan_head head;
    *c = (struct precheck){.on = precheck_max > 0, .platform = platform, .campaign = campaign->id};
    http_request_init(&c->request);
    relation_open(&c->relation, platform, true);
    if (!c->on)
        return 0;
    c->plan = campaign->plans;
    c->kept_max = campaign->followees;
    c->kept = calloc(campaign->followees / 8 + 1, 1);
    if (c->kept == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory for what is asked before sending");
    if (coverages_load(&c->coverages, t, campaign, err) != 0 ||
        plan_head_get(t, campaign, campaign->plans, &head, err) != 0)
        return -1;
    c->judged_at_ms = head.now_ms;
    int result = plan_head_policy(&head, &c->policy, err);
    plan_head_free(&head);
    return result;
}

int precheck_buy(struct precheck *c, struct store_txn *t, const struct store_campaign *campaign,
                 struct winnow_error *err) {
    struct plan_head head;
    if (plan_head_get(t, campaign, campaign->plans, &head, err) != 0)
        return -1;
    policy_free(c->policy);
    c->policy = NULL;
    int result = buy_policy(&head, &c->policy, err);
    plan_head_free(&head);
    buy_open(&c->buy, c->platform);
    c->relation.profiles = c->buy.ask;
    c->relation.relations = NULL;
    return result;
}

void precheck_close(struct precheck *c) {
    buy_close(&c->buy);
    policy_free(c->policy);
    http_request_free(&c->request);
    free(c->kept);
    c->policy = NULL;
    c->kept = NULL;
}

static int copy_one(struct precheck *c, struct store_txn *t, uint32_t position,
                    struct relation_one *to, struct winnow_error *err) {
    struct store_entry e;
    struct facts f;
    if (store_schedule_get(t, c->campaign, c->plan, position, &e, err) != 0 ||
        store_followee_get(t, c->campaign, e.number, STORE_FACTS, &f, err) != 0)
        return -1;
    to->number = e.number;
    text_copy(to->id, sizeof to->id, facts_text(&f, FACT_ID));
    text_copy(to->key, sizeof to->key, facts_follow_key(&f, e.key));
    return 0;
}

static int precheck_begin(struct precheck *c, struct store_txn *t, uint32_t from, uint32_t count,
                          struct winnow_error *err) {
    c->asked_from = from;
    for (uint32_t i = 0; i < count; i++)
        if (copy_one(c, t, from + i, &c->relation.asked[i], err) != 0)
            return -1;
    relation_begin(&c->relation, count);
    return 0;
}

int precheck_known(struct precheck *c, struct store_txn *t, uint32_t position, uint32_t most,
                   uint32_t *count, struct winnow_error *err) {
    const struct buy_range range = {c->campaign, c->plan, position,
                                    most < PLATFORM_RELATIONS_MAX ? most : PLATFORM_RELATIONS_MAX};
    if (buy_alike(t, &range, true, count, err) != 0)
        return -1;
    return *count == 0 ? 0 : precheck_begin(c, t, position, *count, err);
}

/* Who has a profile is not asked about, and so not paid for: the precheck ends before them. */
static int cut_to_unknown(const struct precheck *c, struct store_txn *t, struct drain_step *step,
                          struct winnow_error *err) {
    const struct buy_range range = {c->campaign, c->plan, step->entries[0].position, step->count};
    return c->buy.ask == NULL ? 0 : buy_alike(t, &range, false, &step->count, err);
}

int precheck_ask(struct precheck *c, struct store_txn *t, const struct platform_account *who,
                 struct drain_step *step, struct winnow_error *err) {
    struct relation_asking *l = &c->relation;
    if (cut_to_unknown(c, t, step, err) != 0)
        return -1;
    bool same = c->asked_from == step->entries[0].position && l->count == step->count;
    if ((!same || !relation_under_way(l)) &&
        precheck_begin(c, t, step->entries[0].position, step->count, err) != 0)
        return -1;
    http_request_clear(&c->request);
    return relation_build(l, who, &c->request, err);
}

/* What to do comes first: the rest may be cut. */
static void say_down(struct reply *out) {
    static const char hint[] =
        "asking who still follows fails (`winnow run --precheck off` goes on "
        "without): ";
    char whole[sizeof hint + sizeof out->reason];
    int size = snprintf(whole, sizeof whole, "%s%s", hint, out->reason);
    foreign_fit((struct text){whole, (uint32_t)size}, out->reason, sizeof out->reason);
}

/* The platform charges for those that it answers for. */
static int64_t precheck_charge(struct precheck *c, const struct platform_account *who,
                               uint32_t from, uint32_t size, const struct http_response *in) {
    uint32_t told = 0;
    if (in->end != HTTP_DONE || in->status / 100 != 2)
        return 0;
    if (c->buy.ask != NULL)
        return buy_hear(&c->buy, who, in);
    for (uint32_t i = from; i < from + size; i++)
        told += c->relation.heard[i].told;
    return told * c->platform->price_relation_micro;
}

int64_t precheck_read(struct precheck *c, const struct platform_account *who,
                      const struct http_response *in, struct reply *out) {
    uint32_t from = c->relation.from;
    uint32_t size = c->relation.size;
    relation_read(&c->relation, who, in, out);
    if (out->action == REPLY_BACK_OFF && in->end == HTTP_DONE)
        say_down(out);
    return precheck_charge(c, who, from, size, in);
}

/* Who cannot be judged any more, by what was heard, is treated as by a plan. */
static bool may_go(const struct precheck *c, enum judgement_verdict verdict) {
    return verdict == JUDGED_SCHEDULE ||
           (verdict == JUDGED_UNDECIDED && policy_undecided(c->policy) == UNDECIDED_SCHEDULE);
}

static int judge_one(const struct precheck *c, struct store_txn *t, uint32_t i,
                     enum outcome *verdict, struct winnow_error *err) {
    struct facts f;
    struct judgement judgement;
    *verdict = OUTCOME_NONE;
    if (c->known[i].following == TRI_NO && !c->known[i].index) {
        *verdict = OUTCOME_ALREADY_SO;
        return 0;
    }
    bool heard = c->known[i].followed_by != TRI_UNKNOWN;
    if (!heard && c->buy.ask == NULL)
        return 0;
    if (store_followee_get(t, c->campaign, c->numbers[i], STORE_FACTS_AND_TEXTS, &f, err) != 0)
        return -1;
    if (!heard && !buy_has_profile(&f))
        return 0;
    coverages_count(&c->coverages, c->numbers[i], &f);
    if (heard)
        facts_set_flag(&f, FACT_FOLLOWS_ME, c->known[i].followed_by == TRI_YES);
    policy_judge(c->policy, &f, c->judged_at_ms, &judgement);
    if (!may_go(c, judgement.verdict))
        *verdict = OUTCOME_PROTECTED;
    return 0;
}

static enum tri newer(enum tri heard, enum tri known) {
    return heard != TRI_UNKNOWN ? heard : known;
}

/* Whether a followee follows back, by what is known: it is asked entry by entry, and a followee may
 * have several. */
static enum tri known_of(const struct precheck *c, uint32_t number) {
    enum tri follows = TRI_UNKNOWN;
    for (uint32_t i = 0; i < c->count && follows == TRI_UNKNOWN; i++)
        if (c->numbers[i] == number)
            follows = c->known[i].followed_by;
    return follows;
}

/* What was known of the entry at that position; unknown where no precheck reached it. */
static struct platform_relation known_before(const struct precheck *c, uint32_t position) {
    bool there = position >= c->from && position - c->from < c->count;
    return there ? c->known[position - c->from] : platform_relation_unknown;
}

/* How many entries from `asked_from` on something is known of: those of this one, and those behind
 * it that an earlier one reached. */
static uint32_t reach(const struct precheck *c) {
    uint32_t end = c->from + c->count;
    uint32_t count = c->relation.count;
    bool joined = c->count > 0 && c->from <= c->asked_from + count;
    if (joined && end > c->asked_from + count)
        count = end - c->asked_from;
    return count < PLATFORM_RELATIONS_MAX ? count : PLATFORM_RELATIONS_MAX;
}

/* What this answer does not tell is still known of the last. */
static void add_heard(struct precheck *c) {
    const struct relation_asking *l = &c->relation;
    struct platform_relation known[PLATFORM_RELATIONS_MAX] = {{0}};
    uint32_t numbers[PLATFORM_RELATIONS_MAX] = {0};
    uint32_t count = reach(c);
    for (uint32_t i = 0; i < count; i++) {
        struct platform_relation before = known_before(c, c->asked_from + i);
        bool asked = i < l->count;
        numbers[i] = asked ? l->asked[i].number : c->numbers[c->asked_from + i - c->from];
        known[i] = asked ? l->heard[i] : before;
        if (known[i].following == TRI_UNKNOWN) {
            known[i].following = before.following;
            known[i].index = before.index;
        }
        known[i].followed_by = newer(known[i].followed_by, known_of(c, numbers[i]));
    }
    for (uint32_t i = 0; i < count; i++) /* of one record, and so of all of theirs */
        for (uint32_t k = 0; k < l->count; k++)
            if (numbers[k] == numbers[i])
                known[i].followed_by = newer(l->heard[k].followed_by, known[i].followed_by);
    memcpy(c->known, known, count * sizeof known[0]);
    memcpy(c->numbers, numbers, count * sizeof numbers[0]);
    c->from = c->asked_from;
    c->count = count;
}

static bool is_kept(const struct precheck *c, uint32_t number) {
    return number < c->kept_max && (c->kept[number / 8] >> number % 8 & 1) != 0;
}

static void note_kept(struct precheck *c, uint32_t i) {
    uint32_t number = c->numbers[i];
    if (number >= c->kept_max)
        return;
    if (c->verdicts[i] == OUTCOME_PROTECTED)
        c->kept[number / 8] |= (unsigned char)(1u << number % 8);
    else if (c->known[i].followed_by != TRI_UNKNOWN)
        c->kept[number / 8] &= (unsigned char)~(1u << number % 8);
}

int precheck_judge(struct precheck *c, struct store_txn *t, struct precheck_counts *out,
                   struct winnow_error *err) {
    int result = 0;
    uint32_t asked = c->relation.count;
    *out = (struct precheck_counts){.asked = asked};
    add_heard(c);
    for (uint32_t i = 0; i < c->count && result == 0; i++) {
        result = judge_one(c, t, i, &c->verdicts[i], err);
        if (result == 0)
            note_kept(c, i);
        if (i >= asked)
            continue;
        out->unknown += !c->relation.heard[i].told;
        out->protected_ += c->verdicts[i] == OUTCOME_PROTECTED;
        out->gone += c->verdicts[i] == OUTCOME_ALREADY_SO;
    }
    if (result != 0)
        c->count = 0;
    return result;
}

static const struct platform_relation *known_at(const struct precheck *c, uint32_t position) {
    bool there = c->on && position >= c->from && position - c->from < c->count;
    return there ? &c->known[position - c->from] : &platform_relation_unknown;
}

bool precheck_goes_alone(const struct precheck *c, uint32_t position) {
    const struct platform_relation *is = known_at(c, position);
    return is->following == TRI_NO && is->index;
}

bool precheck_followed(const struct precheck *c, uint32_t position) {
    return known_at(c, position)->following == TRI_YES;
}

enum outcome precheck_verdict(const struct precheck *c, uint32_t position, uint32_t number) {
    if (c->on && position >= c->from && position - c->from < c->count)
        return c->verdicts[position - c->from];
    return c->on && is_kept(c, number) ? OUTCOME_PROTECTED : OUTCOME_NONE;
}
