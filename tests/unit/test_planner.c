/* The planner, against a naive reference: 100,000 random followees with facts missing at random are
 * judged by plain C, grouped by sorting and ordered by qsort, and the plan must agree on every
 * followee, count and entry. Besides: ties, seeds, max, digests, volume, errors. */
#include "cmocka_all.h"

#include "core/expr/expr_value.h"
#include "core/planner/planner.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define DAY_MS   INT64_C(86400000)
#define NOW      INT64_C(1790000000000)
#define BITS(x)  (UINT64_C(1) << FACT_##x)

/* ---- rosters ---- */

struct person {
    char id[16];
    struct facts facts;
    bool on_keep_list;
};

static uint64_t rolled(uint64_t *seed) {
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *seed >> 33;
}

static void set_random_facts(struct facts *f, uint64_t *seed) {
    static const char *const langs[] = {"en", "de", "fr", "eo", ""};
    const char *lang = langs[rolled(seed) % COUNT(langs)];
    facts_set_text(f, FACT_LANG, lang, strlen(lang));
    facts_set_text(f, FACT_LISTS, "vip\n", rolled(seed) % 20 == 0 ? 4 : 0);
    facts_set_value(f, FACT_FOLLOWERS, (int64_t)(rolled(seed) % 2000));
    facts_set_value(f, FACT_POSTS, (int64_t)(rolled(seed) % 1000));
    facts_set_value(f, FACT_INTERACTIONS, (int64_t)(rolled(seed) % 10 == 0 ? rolled(seed) % 9 : 0));
    facts_set_value(f, FACT_CREATED_AT, NOW - (int64_t)(1000 + rolled(seed) % 100) * DAY_MS);
    facts_set_value(f, FACT_LAST_POST_AT, NOW - (int64_t)(rolled(seed) % 60) * DAY_MS);
    facts_set_flag(f, FACT_FOLLOWS_ME, rolled(seed) % 3 == 0);
    facts_set_flag(f, FACT_VERIFIED, rolled(seed) % 10 == 0);
    facts_set_flag(f, FACT_BOT, rolled(seed) % 10 == 0);
    facts_set_flag(f, FACT_SUSPENDED, rolled(seed) % 30 == 0);
    facts_set_flag(f, FACT_MOVED, rolled(seed) % 30 == 0);
}

static struct person *roster(uint32_t count, uint64_t seed) {
    struct person *people = calloc(count, sizeof *people);
    assert_non_null(people);
    for (uint32_t i = 0; i < count; i++) {
        struct person *p = &people[i];
        facts_clear(&p->facts);
        set_random_facts(&p->facts, &seed);
        for (int id = 0; id < FACT_COUNT; id++)
            if (rolled(&seed) % 12 == 0)
                p->facts.known &= ~FACT_SET(id);
        (void)snprintf(p->id, sizeof p->id, "%u", 1000 + i * 7);
        facts_set_text(&p->facts, FACT_ID, p->id, strlen(p->id));
        p->on_keep_list = rolled(&seed) % 50 == 0;
    }
    return people;
}

/* ---- plans ---- */

static struct policy *compiled(const char *json) {
    struct policy *p = NULL;
    struct winnow_error err;
    if (policy_compile("policy.json", json, strlen(json), &p, &err) != 0)
        fail_msg("%s", err.text);
    return p;
}

static void add(struct planner *p, uint32_t number, const struct person *who) {
    struct winnow_error err;
    if (planner_add(p, number, &who->facts, who->on_keep_list, &err) != 0)
        fail_msg("%s", err.text);
}

static struct plan_result *finished(struct planner *p) {
    struct plan_result *r = NULL;
    struct winnow_error err;
    if (planner_finish(p, &r, &err) != 0)
        fail_msg("%s", err.text);
    planner_free(p);
    return r;
}

static struct planner *planner(const struct policy *policy, struct planner_options options,
                               uint32_t expected) {
    struct planner *p = NULL;
    struct winnow_error err;
    if (planner_init(&p, policy, &options, expected, &err) != 0)
        fail_msg("%s", err.text);
    return p;
}

static struct plan_result *planned(const struct policy *policy, struct planner_options options,
                                   const struct person *people, uint32_t count) {
    struct planner *p = planner(policy, options, count);
    for (uint32_t i = 0; i < count; i++)
        add(p, i, &people[i]);
    return finished(p);
}

static struct planner_options at_now(uint64_t seed, uint64_t max) {
    return (struct planner_options){.now_ms = NOW, .seed = seed, .max = max};
}

static void assert_sums(const struct plan_summary *s) {
    uint32_t kept = s->kept_list + s->kept_undecided, unjudged = 0;
    for (size_t i = 0; i < POLICY_RULES_MAX; i++) {
        kept += s->kept_rule[i];
        unjudged += s->unjudged_rule[i];
    }
    for (size_t i = 0; i < POLICY_TOPS_MAX; i++) {
        kept += s->kept_top[i];
        unjudged += s->unjudged_top[i];
    }
    assert_int_equal(s->kept, kept);
    assert_int_equal(s->unjudged, unjudged);
    assert_int_equal(s->followed, s->kept + s->undecided + s->scheduled + s->beyond_max);
}

/* ---- the naive reference, for one policy ---- */

static const char reference_json[] =
    "{\"keep\": [\"in_list('vip')\", \"mutual and interactions > 0\", "
    "\"followers >= 1k and verified and not bot\"],"
    " \"first\": [\"suspended\", \"moved\"],"
    " \"score\": {\"days_silent\": 2, \"courtesy\": 30, \"followers\": -0.01},"
    " \"keep_top\": [{\"by\": \"lang\", \"n\": 300, \"of\": \"interactions\"},"
    "              {\"by\": \"bot\", \"n\": 200, \"of\": \"followers\"}],"
    " \"undecided\": \"%s\"}";

struct naive {
    uint32_t number;
    uint64_t hash;
    enum plan_verdict verdict;
    uint16_t rule, first;
    float score;
    fact_set missing;
    double value; /* of the keep_top at hand */
};

static bool is_kept(const struct naive *n) {
    return n->verdict == PLAN_KEPT_LIST || n->verdict == PLAN_KEPT_RULE ||
           n->verdict == PLAN_KEPT_TOP;
}

static enum tri compare(const struct facts *f, enum fact_id id, int64_t least) {
    return !facts_known(f, id) ? TRI_UNKNOWN : f->value[id] >= least ? TRI_YES : TRI_NO;
}

static double naive_score(const struct facts *f) {
    double score = 0.0;
    enum tri courtesy =
        tri_and(facts_flag(f, FACT_FOLLOWS_ME), tri_not(compare(f, FACT_INTERACTIONS, 1)));
    score += courtesy == TRI_YES ? 30.0 : 0.0;
    score += facts_known(f, FACT_FOLLOWERS) ? -0.01 * (double)f->value[FACT_FOLLOWERS] : 0.0;
    if (facts_known(f, FACT_LAST_POST_AT))
        score += 2.0 * ((double)(NOW - f->value[FACT_LAST_POST_AT]) / (double)DAY_MS);
    else if (facts_known(f, FACT_POSTS) && f->value[FACT_POSTS] == 0 &&
             facts_known(f, FACT_CREATED_AT))
        score += 2.0 * ((double)(NOW - f->value[FACT_CREATED_AT]) / (double)DAY_MS);
    return score;
}

/* The three keep rules; missing[i] gets what each lacks. */
static void naive_keep(const struct facts *f, enum tri rules[3], fact_set missing[3]) {
    fact_set lacks = ~f->known;
    enum tri lists = !facts_known(f, FACT_LISTS)      ? TRI_UNKNOWN
                     : facts_text(f, FACT_LISTS).size ? TRI_YES
                                                      : TRI_NO;
    rules[0] = lists;
    missing[0] = lacks & BITS(LISTS);
    rules[1] = tri_and(facts_flag(f, FACT_FOLLOWS_ME), compare(f, FACT_INTERACTIONS, 1));
    missing[1] = lacks & (BITS(FOLLOWS_ME) | BITS(INTERACTIONS));
    rules[2] = tri_and(compare(f, FACT_FOLLOWERS, 1000),
                       tri_and(facts_flag(f, FACT_VERIFIED), tri_not(facts_flag(f, FACT_BOT))));
    missing[2] = lacks & (BITS(FOLLOWERS) | BITS(VERIFIED) | BITS(BOT));
}

static struct naive naive_judge(const struct person *who, uint32_t number, uint64_t seed) {
    const struct facts *f = &who->facts;
    struct naive n = {.number = number, .first = PLAN_BY_SCORE, .verdict = PLAN_SCHEDULED};
    enum tri rules[3];
    fact_set missing[3];
    n.hash = XXH3_64bits_withSeed(who->id, strlen(who->id), seed);
    n.score = (float)naive_score(f);
    if (facts_flag(f, FACT_MOVED) == TRI_YES)
        n.first = 1;
    if (facts_flag(f, FACT_SUSPENDED) == TRI_YES)
        n.first = 0;
    naive_keep(f, rules, missing);
    for (uint16_t i = 3; i-- > 0;)
        if (rules[i] == TRI_UNKNOWN) {
            n.verdict = PLAN_UNDECIDED;
            n.rule = i;
            n.missing |= missing[i];
        }
    for (uint16_t i = 3; i-- > 0;)
        if (rules[i] == TRI_YES) {
            n.verdict = PLAN_KEPT_RULE;
            n.rule = i;
        }
    if (who->on_keep_list)
        n.verdict = PLAN_KEPT_LIST;
    if (is_kept(&n))
        n.missing = 0;
    const uint32_t ranked_by[] = {BITS(INTERACTIONS), BITS(FOLLOWERS)};
    for (uint16_t i = 0; i < 2 && !is_kept(&n); i++)
        if (~f->known & ranked_by[i]) {
            n.rule = n.verdict == PLAN_SCHEDULED ? (uint16_t)(PLAN_RULE_TOP + i) : n.rule;
            n.verdict = PLAN_UNDECIDED;
            n.missing |= ranked_by[i];
        }
    return n;
}

static int goes_before(const void *x, const void *y) {
    const struct naive *a = x, *b = y;
    int a_rank = a->first == PLAN_BY_SCORE ? 999 : a->first;
    int b_rank = b->first == PLAN_BY_SCORE ? 999 : b->first;
    if (a_rank != b_rank)
        return a_rank - b_rank;
    if (a->score < b->score || a->score > b->score)
        return a->score > b->score ? -1 : 1;
    return a->hash < b->hash ? -1 : a->hash > b->hash;
}

static int ranks_before(const void *x, const void *y) {
    const struct naive *a = x, *b = y;
    if (a->value < b->value || a->value > b->value)
        return a->value > b->value ? -1 : 1;
    if (is_kept(a) != is_kept(b))
        return is_kept(a) ? -1 : 1;
    return goes_before(b, a);
}

/* The group of a followee under each keep_top: a number from 0 to 5. */
static uint32_t group_of(const struct facts *f, int top) {
    if (top == 1)
        return (uint32_t)facts_flag(f, FACT_BOT);
    if (!facts_known(f, FACT_LANG))
        return 5;
    struct text lang = facts_text(f, FACT_LANG);
    return lang.size == 0 ? 4 : lang.at[0] == 'd' ? 3 : lang.at[0] == 'f' ? 2 : lang.at[1] == 'o';
}

/* `before`: the verdicts before any keep_top, by which all of them rank. */
static void naive_top(const struct person *people, const struct naive *before, struct naive *all,
                      uint32_t count, int top, uint32_t n) {
    enum fact_id of = top == 0 ? FACT_INTERACTIONS : FACT_FOLLOWERS;
    struct naive *members = calloc(count, sizeof *members);
    assert_non_null(members);
    for (uint32_t group = 0; group < 6; group++) {
        uint32_t size = 0;
        for (uint32_t i = 0; i < count; i++) {
            if (group_of(&people[i].facts, top) != group || !facts_known(&people[i].facts, of) ||
                people[i].facts.value[of] <= 0)
                continue;
            members[size] = before[i];
            members[size++].value = (double)people[i].facts.value[of];
        }
        qsort(members, size, sizeof *members, ranks_before);
        for (uint32_t i = 0; i < size && i < n; i++) {
            struct naive *m = &all[members[i].number];
            if (is_kept(m))
                continue;
            m->verdict = PLAN_KEPT_TOP;
            m->rule = (uint16_t)top;
            m->missing = 0;
        }
    }
    free(members);
}

/* What the mode does with the undecided, and the order of who is to go. Returns how many are. */
static uint32_t naive_order(struct naive *all, struct naive *order, uint32_t count,
                            enum policy_undecided mode, uint32_t max) {
    uint32_t size = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct naive *n = &all[i];
        if (n->verdict == PLAN_UNDECIDED && mode == UNDECIDED_KEEP)
            n->verdict = PLAN_KEPT_UNDECIDED;
        if (n->verdict == PLAN_UNDECIDED && mode == UNDECIDED_SCHEDULE)
            n->verdict = PLAN_SCHEDULED_UNDECIDED;
        if (n->verdict != PLAN_SCHEDULED && n->verdict != PLAN_SCHEDULED_UNDECIDED)
            continue;
        n->rule = n->first;
        order[size++] = *n;
    }
    qsort(order, size, sizeof *order, goes_before);
    for (uint32_t k = max; k < size; k++)
        all[order[k].number].verdict = PLAN_BEYOND_MAX;
    return size < max ? size : max;
}

static void check_followees(const struct plan_result *r, const struct naive *all, uint32_t count) {
    struct plan_summary expected = {.followed = count};
    uint32_t verdicts[PLAN_VERDICT_COUNT] = {0};
    for (uint32_t i = 0; i < count; i++) {
        struct plan_reason reason = plan_reason(r, i);
        if (reason.verdict != all[i].verdict ||
            (reason.verdict != PLAN_KEPT_LIST && reason.rule != all[i].rule))
            fail_msg("followee %u: %s by %u, expected %s by %u", i,
                     plan_verdict_name(reason.verdict), reason.rule,
                     plan_verdict_name(all[i].verdict), all[i].rule);
        verdicts[all[i].verdict]++;
        expected.unjudged += all[i].missing != 0;
        for (uint32_t fact = 0; fact < FACT_COUNT; fact++)
            expected.missing[fact] += (uint32_t)(all[i].missing >> fact & 1);
        expected.kept_rule[1] += all[i].verdict == PLAN_KEPT_RULE && all[i].rule == 1;
        expected.kept_top[1] += all[i].verdict == PLAN_KEPT_TOP && all[i].rule == 1;
    }
    const struct plan_summary *s = plan_summary(r);
    assert_sums(s);
    assert_int_equal(s->followed, count);
    assert_int_equal(s->kept_list, verdicts[PLAN_KEPT_LIST]);
    assert_int_equal(s->kept_rule[1], expected.kept_rule[1]);
    assert_int_equal(s->kept_top[1], expected.kept_top[1]);
    assert_int_equal(s->kept_undecided, verdicts[PLAN_KEPT_UNDECIDED]);
    assert_int_equal(s->undecided, verdicts[PLAN_UNDECIDED]);
    assert_int_equal(s->scheduled, verdicts[PLAN_SCHEDULED] + verdicts[PLAN_SCHEDULED_UNDECIDED]);
    assert_int_equal(s->scheduled_undecided, verdicts[PLAN_SCHEDULED_UNDECIDED]);
    assert_int_equal(s->beyond_max, verdicts[PLAN_BEYOND_MAX]);
    assert_int_equal(s->unjudged, expected.unjudged);
    assert_memory_equal(s->missing, expected.missing, sizeof expected.missing);
}

static void check_order(const struct plan_result *r, const struct naive *all,
                        const struct naive *order, uint32_t scheduled) {
    assert_int_equal(plan_summary(r)->scheduled, scheduled);
    for (uint32_t k = 0; k < scheduled; k++) {
        struct plan_entry e = plan_entry(r, k);
        assert_int_equal(e.number, order[k].number);
        assert_int_equal(e.reason.verdict, all[e.number].verdict);
        assert_int_equal(e.reason.rule, order[k].first);
        assert_float_equal(e.score, order[k].score, 0.0);
    }
}

/* cmocka compares floats; this is to be exact to a double's last bits. */
static void assert_share(double share, uint64_t part, uint64_t whole) {
    assert_true(fabs(share - (double)part / (double)whole) < 1e-12);
}

static void check_volume(const struct plan_result *r, const struct person *people, uint32_t count) {
    uint64_t total = 0, gone = 0;
    uint32_t unknown = 0, scheduled = plan_summary(r)->scheduled;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t volume = value_volume(&people[i].facts, NOW);
        unknown += volume == VALUE_VOLUME_UNKNOWN;
        total += volume == VALUE_VOLUME_UNKNOWN ? 0 : volume;
    }
    assert_int_equal(plan_summary(r)->volume_unknown, unknown);
    assert_int_equal(plan_summary(r)->volume_total, total);
    for (uint32_t k = 0; k <= scheduled; k++) {
        if (k % 1024 < 2 || k % 777 == 0 || k == scheduled)
            assert_share(plan_volume_share(r, k), gone, total);
        if (k == scheduled)
            break;
        uint32_t volume = value_volume(&people[plan_entry(r, k).number].facts, NOW);
        gone += volume == VALUE_VOLUME_UNKNOWN ? 0 : volume;
    }
    assert_int_equal(plan_summary(r)->volume_scheduled, gone);
    assert_share(plan_volume_share(r, UINT64_MAX), gone, total);
    uint64_t bend = plan_volume_bend(r);
    assert_true(bend <= scheduled / 3);
    if (bend != 0)
        assert_true(plan_volume_share(r, bend) >= 0.85 * plan_volume_share(r, scheduled));
}

/* Two in a hundred post all there is: the first two hundredths of the requests bring it. */
static void test_bend(void **state) {
    (void)state;
    struct policy *policy = compiled("{\"keep\": [], \"score\": {\"posts\": 1}}");
    struct person *people = roster(1000, 7);
    for (uint32_t i = 0; i < 1000; i++) {
        struct facts *f = &people[i].facts;
        facts_set_value(f, FACT_POSTS, i % 50 == 0 ? 100000 : 1);
        facts_set_value(f, FACT_CREATED_AT, NOW - INT64_C(1000) * 86400000);
        facts_set_value(f, FACT_LAST_POST_AT, NOW);
        facts_set_flag(f, FACT_SUSPENDED, false);
        facts_set_flag(f, FACT_DELETED, false);
    }
    struct plan_result *r = planned(policy, at_now(1, 0), people, 1000);
    assert_int_equal(plan_volume_bend(r), 20);
    plan_free(r);
    r = planned(policy, at_now(1, 50), people, 1000); /* too short a schedule to save anything */
    assert_int_equal(plan_volume_bend(r), 0);
    plan_free(r);
    free(people);
    policy_free(policy);
}

static void check_against_reference(enum policy_undecided mode, uint32_t count, uint32_t max) {
    char json[sizeof reference_json + 16];
    (void)snprintf(json, sizeof json, reference_json, policy_undecided_name(mode));
    struct policy *policy = compiled(json);
    struct person *people = roster(count, 99 + count);
    struct plan_result *r = planned(policy, at_now(5, max), people, count);
    struct naive *before = calloc(count, sizeof *before), *all = calloc(count, sizeof *all);
    struct naive *order = calloc(count, sizeof *order);
    assert_non_null(before);
    assert_non_null(all);
    assert_non_null(order);
    for (uint32_t i = 0; i < count; i++)
        all[i] = before[i] = naive_judge(&people[i], i, 5);
    naive_top(people, before, all, count, 0, 300);
    naive_top(people, before, all, count, 1, 200);
    uint32_t scheduled = naive_order(all, order, count, mode, max == 0 ? UINT32_MAX : max);
    check_followees(r, all, count);
    check_order(r, all, order, scheduled);
    check_volume(r, people, count);
    plan_free(r);
    policy_free(policy);
    free(before);
    free(all);
    free(order);
    free(people);
}

static void test_against_a_naive_reference(void **state) {
    (void)state;
    check_against_reference(UNDECIDED_HOLD, 100000, 0);
    check_against_reference(UNDECIDED_SCHEDULE, 20000, 0);
    check_against_reference(UNDECIDED_KEEP, 20000, 0);
    check_against_reference(UNDECIDED_HOLD, 20000, 1500);
    check_against_reference(UNDECIDED_SCHEDULE, 20000, 2048);
}

/* ---- determinism ---- */

static const char plain_json[] =
    "{\"keep\": [\"mutual\"], \"first\": [\"suspended\"], \"score\": {\"followers\": 1}, "
    "\"keep_top\": [{\"by\": \"lang\", \"n\": 10, \"of\": \"interactions\"}], "
    "\"undecided\": \"schedule\"}";

/* The ids of a schedule, one after the other. */
static char *schedule_of(const struct plan_result *r, const struct person *people,
                         const uint32_t *who) {
    char *text = calloc(plan_summary(r)->scheduled + 1, sizeof people->id);
    assert_non_null(text);
    char *at = text;
    for (uint32_t k = 0; k < plan_summary(r)->scheduled; k++) {
        uint32_t number = plan_entry(r, k).number;
        at = stpcpy(at, people[who == NULL ? number : who[number]].id);
        *at++ = ' ';
    }
    return text;
}

static void test_neither_order_nor_numbers_matter(void **state) {
    (void)state;
    enum { count = 5000 };
    struct policy *policy = compiled(plain_json);
    struct person *people = roster(count, 1);
    struct plan_result *r = planned(policy, at_now(3, 0), people, count);
    char *schedule = schedule_of(r, people, NULL);
    uint64_t seed = 11;
    for (int round = 0; round < 4; round++) {
        uint32_t who[count], order[count]; /* number -> person, order of adding -> number */
        for (uint32_t i = 0; i < count; i++)
            who[i] = order[i] = i;
        for (uint32_t i = count - 1; i > 0; i--) {
            uint32_t j = (uint32_t)(rolled(&seed) % (i + 1)),
                     k = (uint32_t)(rolled(&seed) % (i + 1));
            uint32_t kept = who[i];
            who[i] = who[j];
            who[j] = kept;
            kept = order[i];
            order[i] = order[k];
            order[k] = kept;
        }
        struct planner *p = planner(policy, at_now(3, 0), 0); /* and grows on its way */
        for (uint32_t i = 0; i < count; i++)
            add(p, order[i], &people[who[order[i]]]);
        struct plan_result *again = finished(p);
        assert_memory_equal(plan_digest(again), plan_digest(r), PLAN_DIGEST_SIZE);
        assert_memory_equal(plan_summary(again), plan_summary(r), sizeof(struct plan_summary));
        char *same = schedule_of(again, people, who);
        assert_string_equal(same, schedule);
        free(same);
        plan_free(again);
    }
    free(schedule);
    plan_free(r);
    free(people);
    policy_free(policy);
}

/* Equal scores: the seed decides, and all of them are still there. */
static void test_ties_follow_the_seed(void **state) {
    (void)state;
    enum { count = 3000 };
    struct policy *policy = compiled("{\"keep\": []}");
    struct person *people = roster(count, 2);
    for (uint32_t i = 0; i < count; i++)
        people[i].on_keep_list = false;
    struct plan_result *a = planned(policy, at_now(1, 0), people, count);
    struct plan_result *b = planned(policy, at_now(2, 0), people, count);
    assert_memory_not_equal(plan_digest(a), plan_digest(b), PLAN_DIGEST_SIZE);
    uint32_t in_place = 0;
    bool seen[count] = {false};
    for (uint32_t k = 0; k < count; k++) {
        in_place += plan_entry(a, k).number == plan_entry(b, k).number;
        seen[plan_entry(b, k).number] = true;
        uint64_t hash = XXH3_64bits_withSeed(people[plan_entry(a, k).number].id,
                                             strlen(people[plan_entry(a, k).number].id), 1);
        if (k > 0) {
            const char *before = people[plan_entry(a, k - 1).number].id;
            assert_true(XXH3_64bits_withSeed(before, strlen(before), 1) < hash);
        }
    }
    assert_true(in_place < count / 100);
    for (uint32_t i = 0; i < count; i++)
        assert_true(seen[i]);
    plan_free(a);
    plan_free(b);
    free(people);
    policy_free(policy);
}

/* One person for the small tests. */
static struct person person(const char *id, int64_t followers) {
    struct person p = {.on_keep_list = false};
    facts_clear(&p.facts);
    (void)snprintf(p.id, sizeof p.id, "%s", id);
    facts_set_value(&p.facts, FACT_FOLLOWERS, followers);
    return p;
}

static struct plan_result *planned_few(const struct policy *policy, struct planner_options options,
                                       struct person *people, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        facts_set_text(&people[i].facts, FACT_ID, people[i].id, strlen(people[i].id));
    return planned(policy, options, people, count);
}

static void test_digest_is_golden(void **state) {
    (void)state;
    struct policy *policy =
        compiled("{\"keep\": [\"mutual\"], \"first\": [\"bot\"], "
                 "\"score\": {\"followers\": 0.1}, \"undecided\": \"schedule\"}");
    struct person people[] = {person("1", 10), person("22", 30), person("333", 20),
                              person("4444", 20)};
    facts_set_flag(&people[0].facts, FACT_FOLLOWS_ME, true);
    facts_set_flag(&people[1].facts, FACT_FOLLOWS_ME, false);
    facts_set_flag(&people[2].facts, FACT_FOLLOWS_ME, false);
    facts_set_flag(&people[2].facts, FACT_BOT, true);
    struct plan_result *r = planned_few(policy, at_now(7, 0), people, 4);
    static const uint32_t order[] = {2, 1, 3};
    assert_int_equal(plan_summary(r)->scheduled, 3);
    for (uint32_t k = 0; k < 3; k++)
        assert_int_equal(plan_entry(r, k).number, order[k]);
    char hex[2 * PLAN_DIGEST_SIZE + 1];
    for (size_t i = 0; i < PLAN_DIGEST_SIZE; i++)
        (void)snprintf(hex + 2 * i, 3, "%02x", plan_digest(r)[i]);
    /* A new value here means that no stored plan is found again: see DIGEST_TAG. */
    assert_string_equal(hex, "710266a802e391f00b7d58002e716e6f94424a10c79bb125dc20850cf25de1c4");
    plan_free(r);
    policy_free(policy);
}

/* Which of a followee's several records go is part of the schedule. */
static void test_digest_is_over_follow_keys(void **state) {
    (void)state;
    static const struct {
        struct plan_keys keys[2];
        size_t count;
    } rows[] = {
        {{{0, 0}}, 0},         {{{0, 3}}, 1},         {{{0, 2}}, 1},        {{{1, 3}}, 1},
        {{{0, 3}, {1, 3}}, 2}, {{{0, 3}, {1, 2}}, 2}, {{{0, 1u << 31}}, 1},
    };
    struct policy *policy = compiled("{\"keep\": [], \"score\": {\"followers\": 1}}");
    struct person people[] = {person("1", 10), person("2", 30)};
    uint8_t digests[COUNT(rows)][PLAN_DIGEST_SIZE];
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct plan_result *r = planned_few(policy, at_now(1, 0), people, 2);
        plan_digest_keys(r, rows[i].keys, rows[i].count);
        memcpy(digests[i], plan_digest(r), PLAN_DIGEST_SIZE);
        plan_free(r);
        for (size_t k = 0; k < i; k++)
            assert_memory_not_equal(digests[i], digests[k], PLAN_DIGEST_SIZE);
    }
    struct plan_result *plain = planned_few(policy, at_now(1, 0), people, 2);
    assert_memory_equal(digests[0], plan_digest(plain), PLAN_DIGEST_SIZE);
    plan_free(plain);
    policy_free(policy);
}

static void test_digest_is_over_all_that_decides(void **state) {
    (void)state;
    const char *json = "{\"keep\": [\"mutual\"], \"score\": {\"followers\": 1}}";
    struct policy *policy = compiled(json);
    struct policy *same = compiled("{\"comment\": \"c\", \"score\": {\"followers\": 1}, "
                                   "\"keep\": [\"mutual\"]}");
    struct policy *other = compiled("{\"keep\": [\"mutual\"], \"score\": {\"followers\": 2}}");
    struct person people[] = {person("1", 10), person("2", 30), person("3", 20)};
    for (size_t i = 0; i < COUNT(people); i++)
        facts_set_flag(&people[i].facts, FACT_FOLLOWS_ME, false);
    struct plan_result *base = planned_few(policy, at_now(1, 0), people, 3);
    struct plan_result *others[] = {
        planned_few(same, at_now(1, 0), people, 3),
        planned_few(other, at_now(1, 0), people, 3),
        planned_few(policy, at_now(2, 0), people, 3),
        planned_few(policy, at_now(1, 2), people, 3),
        planned_few(policy, (struct planner_options){.now_ms = NOW + 1, .seed = 1}, people, 3),
        planned_few(policy, at_now(1, 0), people, 2),
    };
    for (size_t i = 0; i < COUNT(others); i++) {
        bool equal = memcmp(plan_digest(others[i]), plan_digest(base), PLAN_DIGEST_SIZE) == 0;
        assert_int_equal(equal, i == 0);
        plan_free(others[i]);
    }
    plan_free(base);
    policy_free(policy);
    policy_free(same);
    policy_free(other);
}

/* ---- rules in small ---- */

static void test_keep_list_wins(void **state) {
    (void)state;
    struct policy *policy = compiled("{\"keep\": [], \"first\": [\"suspended\"]}");
    struct person people[] = {person("1", 1), person("2", 2)};
    facts_set_flag(&people[0].facts, FACT_SUSPENDED, true);
    people[0].on_keep_list = true;
    struct plan_result *r = planned_few(policy, at_now(1, 0), people, 2);
    assert_int_equal(plan_reason(r, 0).verdict, PLAN_KEPT_LIST);
    assert_int_equal(plan_summary(r)->kept_list, 1);
    assert_int_equal(plan_summary(r)->scheduled, 1);
    assert_int_equal(plan_entry(r, 0).number, 1);
    plan_free(r);
    policy_free(policy);
}

static void test_keep_top_counts_the_kept_and_holds_the_unranked(void **state) {
    (void)state;
    struct policy *policy =
        compiled("{\"keep\": [\"mutual\"], \"score\": {\"posts\": 1}, "
                 "\"keep_top\": [{\"by\": \"lang\", \"n\": 2, \"of\": \"followers\"}]}");
    struct person people[] = {person("1", 9), person("2", 8), person("3", 7), person("4", 0),
                              person("5", 5), person("6", 5), person("7", 5)};
    static const char *const langs[] = {"en", "en", "en", "en", NULL, NULL, NULL};
    for (size_t i = 0; i < COUNT(people); i++) {
        facts_set_flag(&people[i].facts, FACT_FOLLOWS_ME, i == 0);
        facts_set_value(&people[i].facts, FACT_POSTS, (int64_t)i);
        if (langs[i] != NULL)
            facts_set_text(&people[i].facts, FACT_LANG, langs[i], 2);
    }
    people[3].facts.known &= ~BITS(FOLLOWERS);
    struct plan_result *r = planned_few(policy, at_now(1, 0), people, COUNT(people));
    static const enum plan_verdict expected[] = {
        PLAN_KEPT_RULE,                                 /* holds one of the two places of "en" */
        PLAN_KEPT_TOP,  PLAN_SCHEDULED, PLAN_UNDECIDED, /* may be among the best: who knows */
        PLAN_KEPT_TOP,  PLAN_KEPT_TOP, /* no language: a group of its own; of equals, */
        PLAN_SCHEDULED,                /* who would go first is not kept */
    };
    for (uint32_t i = 0; i < COUNT(people); i++)
        assert_int_equal(plan_reason(r, i).verdict, expected[i]);
    assert_int_equal(plan_reason(r, 3).rule, PLAN_RULE_TOP);
    assert_int_equal(plan_summary(r)->kept_top[0], 3);
    assert_int_equal(plan_summary(r)->unjudged_top[0], 1);
    assert_int_equal(plan_summary(r)->missing[FACT_FOLLOWERS], 1);
    assert_sums(plan_summary(r));
    plan_free(r);
    policy_free(policy);
}

/* Who a rule could not judge, but keep_top keeps, is not undecided. */
static void test_keep_top_decides_the_undecided(void **state) {
    (void)state;
    static const char *const modes[] = {"hold", "keep", "schedule"};
    static const enum plan_verdict other[] = {PLAN_UNDECIDED, PLAN_KEPT_UNDECIDED,
                                              PLAN_SCHEDULED_UNDECIDED};
    for (size_t mode = 0; mode < COUNT(modes); mode++) {
        char json[160];
        (void)snprintf(json, sizeof json,
                       "{\"keep\": [\"mutual\"], \"keep_top\": [{\"by\": \"bot\", \"n\": 1, "
                       "\"of\": \"followers\"}], \"undecided\": \"%s\"}",
                       modes[mode]);
        struct policy *policy = compiled(json);
        struct person people[] = {person("1", 9), person("2", 8)};
        struct plan_result *r = planned_few(policy, at_now(1, 0), people, 2);
        assert_int_equal(plan_reason(r, 0).verdict, PLAN_KEPT_TOP);
        assert_int_equal(plan_reason(r, 1).verdict, other[mode]);
        assert_int_equal(plan_summary(r)->unjudged, 1);
        assert_int_equal(plan_summary(r)->unjudged_rule[0], 1);
        assert_int_equal(plan_summary(r)->missing[FACT_FOLLOWS_ME], 1);
        assert_sums(plan_summary(r));
        plan_free(r);
        policy_free(policy);
    }
}

static void test_many_groups(void **state) {
    (void)state;
    struct policy *policy = compiled("{\"keep\": [], \"keep_top\": [{\"by\": \"lang\", \"n\": 1, "
                                     "\"of\": \"followers\"}]}");
    struct planner *p = planner(policy, at_now(1, 0), 0);
    struct winnow_error err = {.code = WINNOW_OK};
    uint32_t i = 0;
    int result = 0;
    for (; result == 0 && i < 70000; i++) {
        char id[16];
        struct facts f;
        facts_clear(&f);
        (void)snprintf(id, sizeof id, "%u", i);
        facts_set_text(&f, FACT_ID, id, strlen(id));
        facts_set_text(&f, FACT_LANG, id, strlen(id));
        facts_set_value(&f, FACT_FOLLOWERS, 1);
        result = planner_add(p, i, &f, false, &err);
    }
    assert_int_equal(result, -1);
    assert_int_equal(i, PLANNER_GROUPS_MAX); /* one group is for the unknown */
    assert_string_equal(err.text, "keep_top[0]: the followees fall into more than 65536 groups; "
                                  "group keep_top by another fact");
    planner_free(p);
    policy_free(policy);
}

static void test_max(void **state) {
    (void)state;
    struct policy *policy = compiled("{\"keep\": [], \"score\": {\"followers\": 1}}");
    struct person people[] = {person("1", 1), person("2", 2), person("3", 3)};
    struct plan_result *r = planned_few(policy, at_now(1, 2), people, 3);
    assert_int_equal(plan_summary(r)->scheduled, 2);
    assert_int_equal(plan_summary(r)->beyond_max, 1);
    assert_int_equal(plan_entry(r, 0).number, 2);
    assert_int_equal(plan_entry(r, 1).number, 1);
    assert_int_equal(plan_reason(r, 0).verdict, PLAN_BEYOND_MAX);
    plan_free(r);
    r = planned_few(policy, at_now(1, UINT64_MAX), people, 3);
    assert_int_equal(plan_summary(r)->scheduled, 3);
    plan_free(r);
    policy_free(policy);
}

static void test_empty(void **state) {
    (void)state;
    struct policy *policy = compiled(plain_json);
    struct plan_result *r = planned(policy, at_now(1, 0), NULL, 0);
    assert_int_equal(plan_summary(r)->followed, 0);
    assert_int_equal(plan_summary(r)->scheduled, 0);
    assert_float_equal(plan_volume_share(r, 10), 0.0, 0.0);
    assert_int_equal(plan_volume_bend(r), 0);
    plan_free(r);
    policy_free(policy);
}

/* Scores of either sign, both zeros and great ones are in order. */
static void test_score_order(void **state) {
    (void)state;
    struct policy *policy =
        compiled("{\"keep\": [], \"score\": {\"followers\": 1000000, \"posts\": -1000000}}");
    static const int64_t values[] = {INT64_MAX, 1000, 1, 0, -1, -1000, -INT64_MAX};
    struct person people[COUNT(values)];
    for (size_t i = 0; i < COUNT(values); i++) {
        char id[8];
        (void)snprintf(id, sizeof id, "%zu", i);
        people[i] = person(id, values[i] > 0 ? values[i] : 0);
        facts_set_value(&people[i].facts, FACT_POSTS, values[i] < 0 ? -values[i] : 0);
    }
    struct plan_result *r = planned_few(policy, at_now(1, 0), people, COUNT(values));
    for (uint32_t k = 0; k < COUNT(values); k++)
        assert_int_equal(plan_entry(r, k).number, k);
    assert_float_equal(plan_entry(r, 0).score, 1e21F, 1e15);
    plan_free(r);
    policy_free(policy);
}

/* ---- errors ---- */

static void test_errors(void **state) {
    (void)state;
    struct policy *policy = compiled(plain_json);
    struct person who = person("1", 1);
    struct winnow_error err;
    struct plan_result *r = NULL;
    struct planner *p = planner(policy, at_now(1, 0), 0);
    assert_int_equal(planner_add(p, 0, &who.facts, false, &err), -1);
    assert_string_equal(err.text, "followee number 0 has no id");
    facts_set_text(&who.facts, FACT_ID, who.id, 1);
    assert_int_equal(planner_add(p, 3, &who.facts, false, &err), 0);
    assert_int_equal(planner_add(p, 3, &who.facts, false, &err), -1);
    assert_string_equal(err.text, "followee number 3 was added twice");
    assert_int_equal(planner_add(p, PLANNER_FOLLOWEES_MAX, &who.facts, false, &err), -1);
    assert_string_equal(err.text, "a plan has at most 16777216 followees");
    assert_int_equal(err.code, WINNOW_BAD_INPUT);
    assert_int_equal(planner_finish(p, &r, &err), -1);
    assert_string_equal(err.text, "followee number 0 was not added");
    planner_free(p);
    planner_free(NULL);
    plan_free(NULL);
    policy_free(policy);
}

static void test_verdict_names(void **state) {
    (void)state;
    for (int v = PLAN_NONE; v < PLAN_VERDICT_COUNT; v++)
        assert_true(strlen(plan_verdict_name((enum plan_verdict)v)) > 3);
    assert_string_equal(plan_verdict_name(PLAN_BEYOND_MAX), "beyond_max");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_a_naive_reference),
        cmocka_unit_test(test_neither_order_nor_numbers_matter),
        cmocka_unit_test(test_ties_follow_the_seed),
        cmocka_unit_test(test_digest_is_golden),
        cmocka_unit_test(test_digest_is_over_all_that_decides),
        cmocka_unit_test(test_digest_is_over_follow_keys),
        cmocka_unit_test(test_keep_list_wins),
        cmocka_unit_test(test_keep_top_counts_the_kept_and_holds_the_unranked),
        cmocka_unit_test(test_keep_top_decides_the_undecided),
        cmocka_unit_test(test_many_groups),
        cmocka_unit_test(test_max),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_bend),
        cmocka_unit_test(test_score_order),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_verdict_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
