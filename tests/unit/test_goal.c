/* The goals: whom each keeps and lets go, what is set aside and what never is, that "seen" is never
 * taken for "all there was", and that the goals side by side say what each plan would. */
#include "cmocka_all.h"

#include "core/expr/expr.h"
#include "core/policy/goal.h"
#include "core/policy/policy.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS INT64_C(86400000)
#define NOW    INT64_C(1790000000000)
#define ALL    (~(fact_set)0)

static struct policy *policy_of(enum goal goal, fact_set known, uint32_t followees) {
    const struct goal_terms terms = {.followees = followees, .known = known};
    struct winnow_error err;
    struct policy *p = NULL;
    char *json;
    size_t size;
    if (goal_policy(goal, &terms, &json, &size, &err) != 0 ||
        policy_compile(goal_names[goal], json, size, &p, &err) != 0)
        fail_msg("%s", err.text);
    free(json);
    return p;
}

static enum judgement_verdict judged(enum goal goal, const struct facts *f) {
    struct policy *p = policy_of(goal, ALL, 10000);
    struct judgement j;
    policy_judge(p, f, NOW, &j);
    policy_free(p);
    return j.verdict;
}

static void add(struct facts *f, enum dataset set, bool by_them, enum exchange_kind kind,
                int64_t days_ago) {
    const struct exchange x = {
        .by_them = by_them,
        .kind = kind,
        .time_ms = days_ago < 0 ? 0 : NOW - days_ago * DAY_MS,
    };
    tie_add(facts_tie(f, set), &x);
}

/* Posts, likes and notifications were read, and have nothing of them. */
static const struct coverage read_in_part = {
    .talked_told = true, .heard_told = true, .messages_told = true};

/* Who follows back and posts now and then, with whom nothing was exchanged. */
static struct facts stranger(void) {
    struct facts f;
    facts_clear(&f);
    facts_set_text(&f, FACT_ID, "1", 1);
    facts_set_value(&f, FACT_FOLLOWERS, 500);
    facts_set_value(&f, FACT_POSTS, 100);
    facts_set_value(&f, FACT_CREATED_AT, NOW - 1000 * DAY_MS);
    facts_set_value(&f, FACT_LAST_POST_AT, NOW - 2 * DAY_MS);
    facts_set_value(&f, FACT_FOLLOWED_AT, NOW - 900 * DAY_MS);
    facts_set_flag(&f, FACT_FOLLOWS_ME, true);
    facts_set_flag(&f, FACT_VERIFIED, false);
    return f;
}

static struct facts counted(struct facts f) {
    facts_count_ties(&f, &read_in_part);
    return f;
}

static void test_declutter(void **state) {
    (void)state;
    struct facts f = counted(stranger());
    assert_int_equal(judged(GOAL_DECLUTTER, &f), JUDGED_SCHEDULE);

    static const enum dataset ours[] = {DATASET_POSTS, DATASET_LIKES, DATASET_BOOSTS,
                                        DATASET_BOOKMARKS};
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
        f = stranger(); /* once, ten years ago, or nobody knows when */
        add(&f, ours[i], false, EXCHANGE_LIKE, i % 2 == 0 ? 3650 : -1);
        f = counted(f);
        assert_int_equal(judged(GOAL_DECLUTTER, &f), JUDGED_KEEP);
    }
    f = stranger();
    add(&f, DATASET_MESSAGES, true, EXCHANGE_MESSAGE, 3000);
    f = counted(f);
    assert_int_equal(judged(GOAL_DECLUTTER, &f), JUDGED_KEEP);

    f = stranger(); /* they wrote and were not answered */
    add(&f, DATASET_REACTIONS, true, EXCHANGE_REPLY, 100);
    f = counted(f);
    assert_int_equal(judged(GOAL_DECLUTTER, &f), JUDGED_KEEP);
    f = stranger();
    add(&f, DATASET_REACTIONS, true, EXCHANGE_LIKE, 900);
    f = counted(f);
    assert_int_equal(judged(GOAL_DECLUTTER, &f), JUDGED_SCHEDULE);
}

static void test_other_ties(void **state) {
    (void)state;
    struct facts f = counted(stranger());
    facts_set_text(&f, FACT_LISTS, "friends\n", 8);
    assert_int_equal(judged(GOAL_DECLUTTER, &f), JUDGED_KEEP);
    facts_set_text(&f, FACT_LISTS, "\nfriends\n", 9); /* and perhaps others */
    assert_int_equal(judged(GOAL_DECLUTTER, &f), JUDGED_KEEP);

    static const enum fact_id flags[] = {FACT_NOTED, FACT_NOTIFY, FACT_ENDORSED, FACT_PROTECTED};
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        f = counted(stranger());
        facts_set_flag(&f, flags[i], true);
        assert_int_equal(judged(GOAL_DECLUTTER, &f), JUDGED_KEEP);
        facts_set_flag(&f, flags[i], false);
        assert_int_equal(judged(GOAL_DECLUTTER, &f), JUDGED_SCHEDULE);
    }
    f = counted(stranger());
    facts_set_value(&f, FACT_FOLLOWED_AT, NOW - 29 * DAY_MS);
    assert_int_equal(judged(GOAL_DECLUTTER, &f), JUDGED_KEEP);

    facts_forget(&f, FACT_FOLLOWED_AT);
    assert_int_equal(judged(GOAL_DECLUTTER, &f), JUDGED_SCHEDULE);
    facts_set_value(&f, FACT_FOLLOWED_AFTER, NOW - 29 * DAY_MS); /* so this month, for sure */
    assert_int_equal(judged(GOAL_DECLUTTER, &f), JUDGED_KEEP);
    facts_set_value(&f, FACT_FOLLOWED_AFTER, NOW - 500 * DAY_MS);
    facts_set_value(&f, FACT_FOLLOW_RANK, 100); /* of 10,000 */
    assert_int_equal(judged(GOAL_DECLUTTER, &f), JUDGED_KEEP);
    facts_set_value(&f, FACT_FOLLOW_RANK, 101);
    assert_int_equal(judged(GOAL_DECLUTTER, &f), JUDGED_SCHEDULE);
}

static void test_big_voices(void **state) {
    (void)state;
    struct facts f = counted(stranger());
    facts_set_value(&f, FACT_FOLLOWERS, 100000);
    assert_int_equal(judged(GOAL_DECLUTTER, &f), JUDGED_SCHEDULE);
    facts_set_flag(&f, FACT_VERIFIED, true);
    assert_int_equal(judged(GOAL_DECLUTTER, &f), JUDGED_KEEP);
    facts_forget(&f, FACT_VERIFIED); /* where no platform tells, size alone */
    assert_int_equal(judged(GOAL_DECLUTTER, &f), JUDGED_KEEP);
    facts_set_flag(&f, FACT_BOT, true);
    assert_int_equal(judged(GOAL_DECLUTTER, &f), JUDGED_SCHEDULE);
    f = counted(stranger());
    facts_forget(&f, FACT_FOLLOWERS); /* it costs money to know, and nobody waits for it */
    assert_int_equal(judged(GOAL_DECLUTTER, &f), JUDGED_SCHEDULE);
}

/* Nobody is a stranger of whom nothing is known, whatever the goal. */
static void test_nothing_known(void **state) {
    (void)state;
    struct facts f;
    facts_clear(&f);
    facts_set_text(&f, FACT_ID, "1", 1);
    for (int goal = 0; goal < GOAL_COUNT; goal++) {
        struct policy *p = policy_of((enum goal)goal, FACT_BIT(ID), 10000);
        struct judgement j;
        policy_judge(p, &f, NOW, &j);
        assert_int_equal(j.verdict, goal == GOAL_DEAD ? JUDGED_KEEP : JUDGED_UNDECIDED);
        policy_free(p);
    }
    /* nor who came after the datasets were read, and was not looked for in them */
    f = stranger();
    facts_set_flag(&f, FACT_FOLLOWS_ME, false);
    assert_int_equal(judged(GOAL_DECLUTTER, &f), JUDGED_UNDECIDED);
}

/* Where nobody can tell what they did towards the account, who follows back is a tie. */
static void test_mutual_is_all_there_is(void **state) {
    (void)state;
    const struct coverage stars = {.talked_told = true, .talked_whole = true};
    struct facts f = stranger();
    facts_count_ties(&f, &stars);
    assert_int_equal(judged(GOAL_DECLUTTER, &f), JUDGED_KEEP);
    facts_set_flag(&f, FACT_FOLLOWS_ME, false);
    assert_int_equal(judged(GOAL_DECLUTTER, &f), JUDGED_SCHEDULE);
}

/* A roster that states the sum alone: none is none, and some is somebody. */
static void test_stated_interactions(void **state) {
    (void)state;
    const struct coverage nothing = {0};
    struct facts f = stranger();
    facts_set_value(&f, FACT_INTERACTIONS, 0);
    facts_count_ties(&f, &nothing);
    assert_int_equal(judged(GOAL_DECLUTTER, &f), JUDGED_SCHEDULE);
    f = stranger();
    facts_set_value(&f, FACT_INTERACTIONS, 1);
    facts_count_ties(&f, &nothing);
    assert_int_equal(judged(GOAL_DECLUTTER, &f), JUDGED_KEEP);
    f = stranger(); /* more than the datasets show, though they were read */
    facts_set_value(&f, FACT_INTERACTIONS, 7);
    add(&f, DATASET_REACTIONS, true, EXCHANGE_LIKE, 900);
    f = counted(f);
    assert_int_equal(judged(GOAL_DECLUTTER, &f), JUDGED_KEEP);
}

static void test_other_goals(void **state) {
    (void)state;
    struct facts back = counted(stranger()), one_way = counted(stranger());
    facts_set_flag(&one_way, FACT_FOLLOWS_ME, false);
    static const enum goal mutual_stays[] = {GOAL_CAREFUL, GOAL_ONE_WAY};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(judged(mutual_stays[i], &back), JUDGED_KEEP);
        assert_int_equal(judged(mutual_stays[i], &one_way), JUDGED_SCHEDULE);
        struct facts f = one_way;
        facts_forget(&f, FACT_FOLLOWS_ME);
        assert_int_equal(judged(mutual_stays[i], &f), JUDGED_UNDECIDED);
        facts_set_flag(&f, FACT_DELETED, true); /* who is gone follows nobody */
        assert_int_equal(judged(mutual_stays[i], &f), JUDGED_SCHEDULE);
        facts_set_flag(&f, FACT_FOLLOWS_ME, true);
        assert_int_equal(judged(mutual_stays[i], &f), JUDGED_KEEP);
    }
    assert_int_equal(judged(GOAL_INACTIVE, &back), JUDGED_KEEP);
    facts_set_value(&back, FACT_LAST_POST_AT, NOW - 366 * DAY_MS);
    assert_int_equal(judged(GOAL_INACTIVE, &back), JUDGED_SCHEDULE);
    facts_forget(&back, FACT_LAST_POST_AT);
    assert_int_equal(judged(GOAL_INACTIVE, &back), JUDGED_UNDECIDED);
}

static void test_dead(void **state) {
    (void)state;
    struct facts f = counted(stranger());
    assert_int_equal(judged(GOAL_DEAD, &f), JUDGED_KEEP);
    static const enum fact_id ends[] = {FACT_SUSPENDED, FACT_DELETED, FACT_MOVED};
    for (size_t i = 0; i < 3; i++) {
        f = counted(stranger());
        facts_set_flag(&f, ends[i], true);
        assert_int_equal(judged(GOAL_DEAD, &f), JUDGED_SCHEDULE);
    }
    f = counted(stranger());
    facts_set_value(&f, FACT_POSTS, 0);
    assert_int_equal(judged(GOAL_DEAD, &f), JUDGED_SCHEDULE);
    facts_set_value(&f, FACT_CREATED_AT, NOW - 30 * DAY_MS); /* it may still begin */
    assert_int_equal(judged(GOAL_DEAD, &f), JUDGED_KEEP);
}

static double score_of(const struct facts *f) {
    struct policy *p = policy_of(GOAL_DECLUTTER, ALL, 10000);
    struct judgement j;
    policy_judge(p, f, NOW, &j);
    policy_free(p);
    return j.score;
}

/* Loud, then posting now and then, then who posts nothing: gone or silent is the same, and who
 * gives nothing back goes before who does. */
static void test_order(void **state) {
    (void)state;
    struct facts quiet = counted(stranger()), loud = quiet, silent = quiet, gone = quiet,
                 old = quiet;
    facts_set_value(&loud, FACT_POSTS, 50000);
    facts_set_value(&silent, FACT_LAST_POST_AT, NOW - 900 * DAY_MS);
    gone = silent;
    facts_set_flag(&gone, FACT_SUSPENDED, true);
    old = silent;
    facts_set_value(&old, FACT_CREATED_AT, NOW - 5000 * DAY_MS);
    facts_set_value(&old, FACT_POSTS, 0);
    assert_true(score_of(&loud) > score_of(&quiet));
    assert_true(score_of(&quiet) > score_of(&silent));
    assert_true(score_of(&gone) > score_of(&silent));
    assert_true(score_of(&gone) > score_of(&old));
    struct facts one_way = silent;
    facts_set_flag(&one_way, FACT_FOLLOWS_ME, false);
    assert_true(score_of(&one_way) > score_of(&silent));
}

static json_t *json_of(enum goal goal, fact_set known, uint32_t followees) {
    const struct goal_terms terms = {.followees = followees, .known = known};
    struct winnow_error err;
    char *json;
    size_t size;
    assert_int_equal(goal_policy(goal, &terms, &json, &size, &err), 0);
    json_t *root = json_loadb(json, size, 0, NULL);
    assert_non_null(root);
    free(json);
    return root;
}

static bool has_rule(const json_t *root, const char *list, const char *part) {
    size_t i;
    json_t *rule;
    json_array_foreach(json_object_get(root, list), i, rule) {
        if (strstr(json_string_value(rule), part) != NULL)
            return true;
    }
    return false;
}

static void test_set_aside(void **state) {
    (void)state;
    const fact_set archive = FACT_BIT(ID) | FACT_BIT(FOLLOWS_ME) | FACT_BIT(TALKED_TO) |
                             FACT_BIT(MESSAGES) | FACT_BIT(HEARD_FROM) | FACT_BIT(FOLLOW_RANK);
    json_t *root = json_of(GOAL_DECLUTTER, archive, 20000);
    assert_true(has_rule(root, "keep", "talked_to"));
    assert_true(has_rule(root, "keep", "follow_rank <= 200"));
    assert_true(has_rule(root, "aside", "followers >= 100k"));
    assert_true(has_rule(root, "aside", "lists"));
    assert_false(has_rule(root, "keep", "lists"));
    assert_true(has_rule(root, "aside", "protected"));
    json_decref(root);

    root = json_of(GOAL_DECLUTTER, archive | FACT_BIT(FOLLOWERS), 20000);
    assert_true(has_rule(root, "keep", "followers >= 100k")); /* no mark is told: size alone */
    json_decref(root);

    /* What the goal is about is never set aside. */
    root = json_of(GOAL_ONE_WAY, FACT_BIT(ID), 100);
    assert_true(has_rule(root, "keep", "mutual"));
    assert_true(has_rule(root, "keep", "talked_to"));
    assert_true(has_rule(root, "aside", "heard_from"));
    json_decref(root);
}

/* The goals side by side are what a plan for each would say, in every mix of what is known. */
static void test_side_by_side(void **state) {
    (void)state;
    uint64_t seed = 7;
    for (int round = 0; round < 200; round++) {
        struct facts f = stranger();
        for (int id = FACT_LISTS; id < FACT_COUNT; id++) {
            seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
            uint32_t dice = (uint32_t)(seed >> 40);
            if (fact_types[id] == FACT_FLAG && dice % 3 != 0)
                facts_set_flag(&f, (enum fact_id)id, dice % 2 == 0);
            else if (fact_types[id] == FACT_NUMBER && dice % 3 != 0)
                facts_set_value(&f, (enum fact_id)id, dice % 7 == 0 ? 200000 : dice % 2);
            else if (id != FACT_LISTS && dice % 4 == 0)
                facts_forget(&f, (enum fact_id)id);
        }
        const struct goal_terms terms = {.followees = 10000, .known = ALL};
        struct goal_tally *t;
        struct winnow_error err;
        assert_int_equal(goal_tally_init(&t, &terms, NOW, &err), 0);
        goal_tally_add(t, &f, false, false);
        for (int goal = 0; goal < GOAL_COUNT; goal++) {
            const struct goal_count *c = goal_tally_of(t, (enum goal)goal);
            enum judgement_verdict v = judged((enum goal)goal, &f);
            assert_int_equal(c->kept, v == JUDGED_KEEP);
            assert_int_equal(c->undecided, v == JUDGED_UNDECIDED);
            assert_int_equal(c->scheduled, v == JUDGED_SCHEDULE);
        }
        goal_tally_free(t);
    }
}

static void test_default(void **state) {
    (void)state;
    assert_int_equal(goal_default(4999), GOAL_CAREFUL);
    assert_int_equal(goal_default(5000), GOAL_DECLUTTER);
    for (int goal = 0; goal < GOAL_COUNT; goal++)
        assert_int_equal(goal_find(goal_names[goal]), goal);
    assert_int_equal(goal_find("tidy"), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_declutter),
        cmocka_unit_test(test_other_ties),
        cmocka_unit_test(test_big_voices),
        cmocka_unit_test(test_nothing_known),
        cmocka_unit_test(test_mutual_is_all_there_is),
        cmocka_unit_test(test_other_goals),
        cmocka_unit_test(test_stated_interactions),
        cmocka_unit_test(test_dead),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_set_aside),
        cmocka_unit_test(test_side_by_side),
        cmocka_unit_test(test_default),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
