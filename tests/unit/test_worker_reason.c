/* Followees in words: each fact and each lack of one, links to profiles, and the kinds. */
#include "cmocka_all.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text_time.h"
#include "core/expr/expr_value.h"
#include "core/policy/goal.h"
#include "platform/profile.h"
#include "work/plan/reason.h"

static int64_t at(const char *date) {
    int64_t time_ms = 0;
    assert_true(text_time_read(date, strlen(date), &time_ms));
    return time_ms;
}

#define NOW at("2026-11-27")

/* One who posts `a_day` times a day for 1,000 days, the last time yesterday. */
static struct facts poster(double a_day) {
    struct facts f;
    facts_clear(&f);
    facts_set_value(&f, FACT_POSTS, (int64_t)(a_day * 1000));
    facts_set_value(&f, FACT_CREATED_AT, NOW - INT64_C(1000) * 86400000);
    facts_set_value(&f, FACT_LAST_POST_AT, NOW - 86400000);
    return f;
}

static void assert_words(const struct facts *f, const char *expected) {
    char words[REASON_SIZE];
    reason_words(f, NOW, words);
    assert_string_equal(words, expected);
}

static void test_volume(void **state) {
    (void)state;
    const struct {
        double a_day;
        const char *words;
    } rows[] = {{181.2, "181 posts a day"},      {1, "1 post a day"},
                {0.5, "4 posts a week"},         {0.07, "2 posts a month"},
                {0.003, "1 post a year"},        {0.002, "less than a post a year"},
                {1234567, "1234567 posts a day"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct facts f = poster(rows[i].a_day);
        assert_words(&f, rows[i].words);
    }
}

static void test_silence_and_ends(void **state) {
    (void)state;
    struct facts f = poster(3);
    facts_set_value(&f, FACT_LAST_POST_AT, at("2014-05-09"));
    assert_words(&f, "silent since May 2014");
    facts_set_flag(&f, FACT_MOVED, true);
    assert_words(&f, "moved to a new account");
    facts_set_flag(&f, FACT_SUSPENDED, true);
    assert_words(&f, "suspended");
    facts_set_flag(&f, FACT_DELETED, true);
    assert_words(&f, "deleted");
    facts_clear(&f);
    assert_words(&f, "how much it posts is not known");
    facts_set_value(&f, FACT_LAST_POST_AT, at("2026-11-20"));
    assert_words(&f, "last posted in November 2026");
    facts_forget(&f, FACT_LAST_POST_AT);
    facts_set_value(&f, FACT_POSTS, 0);
    assert_words(&f, "never posted");
    /* some were seen, and there may be more: that it never posted is not known */
    f.at_least |= FACT_BIT(POSTS);
    assert_words(&f, "how much it posts is not known");
}

static void test_exchange(void **state) {
    (void)state;
    struct facts f = poster(181);
    facts_set_value(&f, FACT_TALKED_TO, 0);
    facts_set_flag(&f, FACT_FOLLOWS_ME, true);
    assert_words(&f, "181 posts a day, you never reacted; follows back");
    f.at_least |= FACT_BIT(TALKED_TO);
    assert_words(&f, "181 posts a day, no reaction of yours was seen; follows back");
    facts_set_value(&f, FACT_TALKED_TO, 3);
    facts_set_value(&f, FACT_LAST_TALKED_AT, at("2024-03-01"));
    f.at_least |= FACT_BIT(TALKED_TO);
    assert_words(&f, "181 posts a day, you talked to them at least 3 times, last in March 2024; "
                     "follows back");
    f.at_least = 0;
    facts_set_value(&f, FACT_TALKED_TO, 1);
    facts_set_value(&f, FACT_HEARD_FROM, 2);
    facts_set_flag(&f, FACT_FOLLOWS_ME, false);
    assert_words(&f, "181 posts a day, you talked to them once, last in March 2024, you heard from "
                     "them 2 times; does not follow back");
    f = poster(181);
    facts_set_value(&f, FACT_INTERACTIONS, 0);
    assert_words(&f, "181 posts a day, never talked");
    f.at_least |= FACT_BIT(INTERACTIONS);
    assert_words(&f, "181 posts a day");
    facts_set_value(&f, FACT_INTERACTIONS, 4);
    f.at_least |= FACT_BIT(INTERACTIONS);
    assert_words(&f, "181 posts a day, exchanged something at least 4 times");
}

static void test_relation(void **state) {
    (void)state;
    static const char lists[] = "\npress\nfriends\nlocal\nwork\nmusic\n";
    char words[REASON_SIZE];
    struct facts f;
    facts_clear(&f);
    facts_set_flag(&f, FACT_NOTED, true);
    facts_set_flag(&f, FACT_MUTED, true);
    facts_set_flag(&f, FACT_BOT, true);
    facts_set_text(&f, FACT_LISTS, lists, sizeof lists - 1);
    reason_relation(&f, words);
    assert_string_equal(words, "on your list press, friends, local, and 2 more; you wrote a note "
                               "on them; a bot; muted by you");
}

/* Whatever a name holds, the text ends, and ends at a whole piece. */
static void test_long_names(void **state) {
    (void)state;
    char lists[FACT_LISTS_MAX];
    char words[REASON_SIZE];
    struct facts f = poster(2);
    memset(lists, 'n', sizeof lists);
    facts_set_text(&f, FACT_LISTS, lists, sizeof lists);
    reason_words(&f, NOW, words);
    assert_true(strlen(words) < 120);
    memset(lists, '\n', sizeof lists);
    for (size_t i = 0; i < sizeof lists; i += 2)
        lists[i] = 'n';
    reason_words(&f, NOW, words);
    assert_string_equal(words, "2 posts a day; on your list n, n, n, and 2045 more");
    reason_kept(KIND_RULE, (struct text){lists, sizeof lists}, &f, NOW, words);
    assert_true(strlen(words) < REASON_SIZE);
}

static void test_missing(void **state) {
    (void)state;
    char words[REASON_SIZE];
    reason_missing(0, words);
    assert_string_equal(words, "");
    reason_missing(FACT_BIT(TALKED_TO) | FACT_BIT(FOLLOWS_ME) | FACT_BIT(BIO), words);
    assert_string_equal(words, "bio, whether they follow back, whether you talked to them");
    reason_missing(~(fact_set)0, words);
    assert_true(strlen(words) < REASON_SIZE);
}

static void assert_kept(enum reason_kind kind, const struct facts *f, const char *expected) {
    char words[REASON_SIZE];
    reason_kept(kind, (struct text){"followers > 100", 15}, f, NOW, words);
    assert_string_equal(words, expected);
}

static void test_kept(void **state) {
    (void)state;
    struct facts f = poster(2);
    /* where the facts have changed since the plan, what the kind is */
    assert_kept(KIND_TALKED, &f, "you talked to them");
    assert_kept(KIND_ON_LIST, &f, "on a list of yours");
    assert_kept(KIND_RULE, &f, "your rule \"followers > 100\"");
    assert_kept(KIND_LISTED, &f, "on the keep list");
    assert_kept(KIND_ACTIVE, &f, "2 posts a day");
    facts_set_value(&f, FACT_TALKED_TO, 3);
    facts_set_value(&f, FACT_LAST_TALKED_AT, at("2025-05-09"));
    facts_set_value(&f, FACT_MESSAGES, 2);
    facts_set_value(&f, FACT_FOLLOWERS, 214567);
    facts_set_flag(&f, FACT_VERIFIED, true);
    facts_set_text(&f, FACT_LISTS, "press\n", 6);
    facts_set_value(&f, FACT_FOLLOW_RANK, 57);
    facts_set_value(&f, FACT_FOLLOWED_AFTER, at("2026-11-03"));
    assert_kept(KIND_TALKED, &f, "you talked to them 3 times, last in May 2025");
    assert_kept(KIND_MESSAGES, &f, "you wrote each other in private 2 times");
    assert_kept(KIND_VOICE, &f, "214k followers, verified");
    assert_kept(KIND_ON_LIST, &f, "on your list press");
    assert_kept(KIND_NEWEST, &f, "among your newest follows, at place 57");
    assert_kept(KIND_RECENT, &f, "you followed them after 3 November 2026");
    facts_set_value(&f, FACT_FOLLOWED_AT, at("2026-11-13"));
    assert_kept(KIND_RECENT, &f, "you followed them on 13 November 2026");
}

/* A rule of a goal that is not known here would be told as a rule of the user's own. */
static void test_rules_of_goals(void **state) {
    (void)state;
    const struct goal_terms all = {.followees = 20000, .known = ~(fact_set)0};
    const struct goal_terms nothing = {.followees = 20000};
    for (int goal = 0; goal < 2 * GOAL_COUNT; goal++) {
        char *json;
        size_t size, i;
        struct winnow_error err;
        json_t *rule;
        assert_int_equal(
            goal_policy((enum goal)(goal / 2), goal % 2 == 0 ? &all : &nothing, &json, &size, &err),
            0);
        json_t *root = json_loadb(json, size, 0, NULL);
        json_array_foreach(json_object_get(root, "keep"), i, rule) {
            const char *text = json_string_value(rule);
            if (kind_of_rule((struct text){text, (uint32_t)strlen(text)}) == KIND_RULE)
                fail_msg("no words for the rule %s", text);
        }
        json_decref(root);
        free(json);
    }
    assert_int_equal(kind_of_rule((struct text){"followers > 3", 13}), KIND_RULE);
    assert_int_equal(kind_of_rule((struct text){"", 0}), KIND_RULE);
}

static void test_kinds(void **state) {
    (void)state;
    struct facts f = poster(181);
    assert_int_equal(kind_to_go(&f, NOW), KIND_LOUD_OPEN);
    facts_set_flag(&f, FACT_FOLLOWS_ME, false);
    assert_int_equal(kind_to_go(&f, NOW), KIND_LOUD);
    facts_set_flag(&f, FACT_FOLLOWS_ME, true);
    assert_int_equal(kind_to_go(&f, NOW), KIND_LOUD_BACK);
    facts_forget(&f, FACT_CREATED_AT);
    assert_int_equal(kind_to_go(&f, NOW), KIND_UNKNOWN_BACK);
    facts_set_flag(&f, FACT_BOT, true);
    assert_int_equal(kind_to_go(&f, NOW), KIND_BOT);
    facts_set_value(&f, FACT_LAST_POST_AT, at("2014-05-09"));
    assert_int_equal(kind_to_go(&f, NOW), KIND_SILENT);
    facts_set_flag(&f, FACT_SUSPENDED, true);
    assert_int_equal(kind_to_go(&f, NOW), KIND_GONE);
    f = poster(1);
    assert_int_equal(kind_to_go(&f, NOW), KIND_QUIET_OPEN);
    facts_clear(&f);
    assert_int_equal(kind_to_go(&f, NOW), KIND_UNKNOWN_OPEN);
    facts_set_value(&f, FACT_POSTS, 0);
    assert_int_equal(kind_to_go(&f, NOW), KIND_NEVER);
}

static void test_links(void **state) {
    (void)state;
    const struct {
        const char *platform, *server, *id, *handle, *link;
    } rows[] = {
        {"x", "https://api.x.com", "12", "alice", "https://x.com/i/user/12"},
        {"x", "https://api.x.com", "", "alice", "https://x.com/alice"},
        {"x", "https://api.x.com", "", "", ""},
        {"mastodon", "https://social.example", "109", "bob@far.example",
         "https://social.example/@bob@far.example"},
        {"mastodon", "https://social.example", "109", "", ""},
        {"bluesky", "https://bsky.social", "did:plc:abc", "a.bsky.social",
         "https://bsky.app/profile/did:plc:abc"},
        {"github", "https://api.github.com", "5", "octocat", "https://github.com/octocat"},
        {"github", "https://api.github.com", "5",
         "a/../b?c#\"\n=", "https://github.com/a%2F..%2Fb%3Fc%23%22%0A%3D"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char link[PROFILE_LINK_SIZE];
        struct text id = {rows[i].id, (uint32_t)strlen(rows[i].id)};
        struct text handle = {rows[i].handle, (uint32_t)strlen(rows[i].handle)};
        bool made = platform_profile_link(platform_find(rows[i].platform), rows[i].server, id,
                                          handle, link);
        assert_string_equal(link, rows[i].link);
        assert_int_equal(made, link[0] != '\0');
    }
    char long_handle[FACT_HANDLE_MAX];
    char link[PROFILE_LINK_SIZE];
    memset(long_handle, '/', sizeof long_handle);
    assert_false(platform_profile_link(&platform_github, "", (struct text){"5", 1},
                                       (struct text){long_handle, sizeof long_handle}, link));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_volume),     cmocka_unit_test(test_silence_and_ends),
        cmocka_unit_test(test_exchange),   cmocka_unit_test(test_relation),
        cmocka_unit_test(test_long_names), cmocka_unit_test(test_missing),
        cmocka_unit_test(test_kept),       cmocka_unit_test(test_rules_of_goals),
        cmocka_unit_test(test_kinds),      cmocka_unit_test(test_links),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
