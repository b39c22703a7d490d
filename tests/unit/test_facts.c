/* Facts: three-valued logic in full, views, names, and merging of two sightings of a followee. */
#include "cmocka_all.h"

#include "core/facts/facts.h"

#include <stdio.h>
#include <string.h>

static void test_tri_tables(void **state) {
    (void)state;
    const enum tri n = TRI_NO, u = TRI_UNKNOWN, y = TRI_YES;
    const struct {
        enum tri a, b, both, either;
    } rows[] = {
        {n, n, n, n}, {n, u, n, u}, {n, y, n, y}, {u, n, n, u}, {u, u, u, u},
        {u, y, u, y}, {y, n, n, y}, {y, u, u, y}, {y, y, y, y},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(tri_and(rows[i].a, rows[i].b), rows[i].both);
        assert_int_equal(tri_or(rows[i].a, rows[i].b), rows[i].either);
        /* De Morgan */
        assert_int_equal(tri_not(tri_and(rows[i].a, rows[i].b)),
                         tri_or(tri_not(rows[i].a), tri_not(rows[i].b)));
    }
    assert_int_equal(tri_not(n), y);
    assert_int_equal(tri_not(u), u);
    assert_int_equal(tri_not(y), n);
}

static void test_find(void **state) {
    (void)state;
    for (int id = 0; id < FACT_COUNT; id++)
        assert_int_equal(fact_find(fact_names[id], strlen(fact_names[id])), id);
    assert_int_equal(fact_find("follower", 8), -1);
    assert_int_equal(fact_find("followersX", 9), FACT_FOLLOWERS);
    assert_int_equal(fact_find("", 0), -1);
}

/* docs/roster.md has every fact in its table. */
static void test_documented_names(void **state) {
    (void)state;
    static char text[1 << 17];
    FILE *file = fopen(SOURCE_DIR "/docs/roster.md", "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    assert_int_equal(fclose(file), 0);
    for (int id = 0; id < FACT_COUNT; id++) {
        char name[40];
        bool told = false;
        (void)snprintf(name, sizeof name, "`%s`", fact_names[id]);
        for (char *at = text; !told && (at = strstr(at, name)) != NULL; at++) {
            char *line = at;
            while (line > text && line[-1] != '\n')
                line--;
            told = *line == '|';
        }
        if (!told)
            fail_msg("docs/roster.md has no row for %s", name);
    }
}

static void test_set_and_read(void **state) {
    (void)state;
    struct facts f;
    facts_clear(&f);
    for (int id = 0; id < FACT_COUNT; id++)
        assert_false(facts_known(&f, (enum fact_id)id));
    assert_int_equal(facts_flag(&f, FACT_BOT), TRI_UNKNOWN);
    facts_set_flag(&f, FACT_BOT, true);
    assert_int_equal(facts_flag(&f, FACT_BOT), TRI_YES);
    facts_set_flag(&f, FACT_BOT, false);
    assert_int_equal(facts_flag(&f, FACT_BOT), TRI_NO);
    facts_set_value(&f, FACT_POSTS, 7);
    assert_true(facts_known(&f, FACT_POSTS));
    assert_int_equal(f.value[FACT_POSTS], 7);
    facts_set_text(&f, FACT_LANG, "en-and-more", 2);
    assert_int_equal(facts_text(&f, FACT_LANG).size, 2);
}

static void test_merge_newer_wins_unknown_leaves(void **state) {
    (void)state;
    struct facts older, newer;
    facts_clear(&older);
    facts_clear(&newer);
    facts_set_text(&older, FACT_HANDLE, "old", 3);
    facts_set_text(&older, FACT_LANG, "en", 2);
    facts_set_value(&older, FACT_POSTS, 1);
    facts_set_flag(&older, FACT_BOT, true);
    facts_set_flag(&older, FACT_MOVED, true);
    facts_set_text(&newer, FACT_HANDLE, "new", 3);
    facts_set_text(&newer, FACT_LANG, "en", 2);
    facts_set_value(&newer, FACT_FOLLOWERS, 5);
    facts_set_flag(&newer, FACT_BOT, false);
    newer.follow_keys = (struct text){"k\n", 2};
    facts_came_from(&newer, 9);
    fact_set changed = facts_merge(&older, &newer, NULL);
    assert_int_equal(changed, UINT64_C(1) << FACT_HANDLE | UINT64_C(1) << FACT_FOLLOWERS |
                                  UINT64_C(1) << FACT_BOT);
    assert_memory_equal(facts_text(&older, FACT_HANDLE).at, "new", 3);
    assert_int_equal(older.value[FACT_POSTS], 1);
    assert_int_equal(older.value[FACT_FOLLOWERS], 5);
    assert_int_equal(facts_flag(&older, FACT_BOT), TRI_NO);
    assert_int_equal(facts_flag(&older, FACT_MOVED), TRI_YES);
    assert_int_equal(facts_flag(&older, FACT_VERIFIED), TRI_UNKNOWN);
    assert_int_equal(older.follow_keys.size, 2);
    assert_int_equal(older.source, 9);
}

/* Batch 3 came last and is of an earlier time than batch 2: what batch 2 told stays. */
static void test_merge_by_age(void **state) {
    (void)state;
    static const int64_t as_of_ms[] = {0, 100, 300, 200};
    const struct facts_ages ages = {as_of_ms, 4};
    struct facts older, newer;
    facts_clear(&older);
    facts_clear(&newer);
    facts_set_flag(&older, FACT_FOLLOWS_ME, true);
    facts_set_value(&older, FACT_POSTS, 1);
    facts_set_value(&older, FACT_FOLLOWERS, 1);
    facts_set_value(&older, FACT_FOLLOWING, 1);
    older.sources[FACT_FOLLOWS_ME] = 2;
    older.sources[FACT_POSTS] = 1;
    older.sources[FACT_FOLLOWERS] = 0; /* of a store that did not keep it */
    older.sources[FACT_FOLLOWING] = 4; /* a batch that the ages do not know is new */
    facts_set_flag(&newer, FACT_FOLLOWS_ME, false);
    facts_set_flag(&newer, FACT_BOT, true);
    facts_set_value(&newer, FACT_POSTS, 9);
    facts_set_value(&newer, FACT_FOLLOWERS, 9);
    facts_set_value(&newer, FACT_FOLLOWING, 9);
    facts_came_from(&newer, 3);
    fact_set changed = facts_merge(&older, &newer, &ages);
    assert_int_equal(changed, UINT64_C(1) << FACT_BOT | UINT64_C(1) << FACT_POSTS |
                                  UINT64_C(1) << FACT_FOLLOWERS);
    assert_int_equal(facts_flag(&older, FACT_FOLLOWS_ME), TRI_YES);
    assert_int_equal(older.sources[FACT_FOLLOWS_ME], 2);
    assert_int_equal(older.value[FACT_POSTS], 9);
    assert_int_equal(older.sources[FACT_POSTS], 3);
    assert_int_equal(older.value[FACT_FOLLOWERS], 9);
    assert_int_equal(older.value[FACT_FOLLOWING], 1);
    assert_int_equal(facts_flag(&older, FACT_BOT), TRI_YES);
    /* of the same time: what comes wins, so that an archive can be imported again */
    facts_came_from(&older, 3);
    assert_int_equal(facts_merge(&older, &newer, &ages),
                     UINT64_C(1) << FACT_FOLLOWS_ME | UINT64_C(1) << FACT_FOLLOWING);
}

static void add(struct facts *f, enum dataset set, bool by_them, enum exchange_kind kind,
                int64_t time_ms) {
    const struct exchange x = {.by_them = by_them, .kind = kind, .time_ms = time_ms};
    tie_add(facts_tie(f, set), &x);
}

/* Each dataset says its part anew, and nothing is added up twice. */
static void test_ties_are_merged_by_dataset(void **state) {
    (void)state;
    struct facts older = {0}, newer = {0};
    facts_clear(&older);
    facts_clear(&newer);
    add(&older, DATASET_POSTS, false, EXCHANGE_REPLY, 10);
    add(&older, DATASET_POSTS, false, EXCHANGE_BOOST, 30);
    add(&older, DATASET_REACTIONS, true, EXCHANGE_LIKE, 5);
    add(&newer, DATASET_POSTS, false, EXCHANGE_REPLY, 40); /* read again: one was deleted */
    add(&newer, DATASET_LIKES, false, EXCHANGE_LIKE, 0);   /* nobody says when */
    assert_int_equal(facts_merge(&older, &newer, NULL), FACT_BIT(INTERACTIONS));
    assert_int_equal(facts_merge(&older, &newer, NULL), 0);
    assert_int_equal(older.tie_count, 3);
    assert_int_equal(facts_tie(&older, DATASET_POSTS)->talked, 2);
    assert_int_equal(facts_tie(&older, DATASET_POSTS)->last_talked_ms, 40);
    assert_null(facts_tie(&older, DATASET_FOLLOWERS));

    const struct coverage c = {.talked_told = true, .heard_told = true};
    facts_count_ties(&older, &c);
    assert_int_equal(older.value[FACT_TALKED_TO], 3);
    assert_int_equal(older.value[FACT_HEARD_FROM], 1);
    assert_int_equal(older.value[FACT_INTERACTIONS], 4);
    assert_int_equal(older.value[FACT_LAST_INTERACTION_AT], 40);
    assert_int_equal(older.value[FACT_LAST_HEARD_AT], 5);
    assert_false(facts_known(&older, FACT_MESSAGES)); /* nobody told of messages */
    assert_true(older.at_least == (FACTS_SEEN_IN_PART & older.known));
}

/* The same message in a dataset of posts and in one of messages is one message. */
static void test_messages_do_not_add_up(void **state) {
    (void)state;
    struct facts f = {0};
    facts_clear(&f);
    add(&f, DATASET_POSTS, false, EXCHANGE_MESSAGE, 7);
    add(&f, DATASET_MESSAGES, true, EXCHANGE_MESSAGE, 9);
    add(&f, DATASET_MESSAGES, true, EXCHANGE_MESSAGE, 8);
    const struct coverage c = {.messages_told = true, .messages_whole = true};
    facts_count_ties(&f, &c);
    assert_int_equal(f.value[FACT_MESSAGES], 2);
    assert_true(facts_exact(&f, FACT_MESSAGES));
    assert_false(facts_exact(&f, FACT_HEARD_FROM)); /* seen, though nobody looked for all */
}

/* What nobody looked for stays unknown; looked for and not found is "none seen"; whole is none. */
static void test_coverage(void **state) {
    (void)state;
    struct facts f = {0};
    facts_clear(&f);
    facts_count_ties(&f, &(struct coverage){.messages_told = true});
    assert_false(facts_known(&f, FACT_TALKED_TO));
    facts_clear(&f);
    facts_count_ties(&f, &(struct coverage){.talked_told = true});
    assert_true(facts_known(&f, FACT_TALKED_TO) && !facts_exact(&f, FACT_TALKED_TO));
    assert_false(facts_known(&f, FACT_HEARD_FROM));
    facts_clear(&f);
    facts_count_ties(&f, &(struct coverage){.talked_told = true, .talked_whole = true});
    assert_true(facts_exact(&f, FACT_TALKED_TO) && f.value[FACT_TALKED_TO] == 0);
}

/* A file that states both directions states their sum. */
static void test_stated_directions(void **state) {
    (void)state;
    struct facts f = {0};
    facts_clear(&f);
    facts_set_value(&f, FACT_TALKED_TO, 3);
    facts_set_value(&f, FACT_HEARD_FROM, 0);
    facts_set_value(&f, FACT_LAST_TALKED_AT, 9);
    facts_count_ties(&f, &(struct coverage){0});
    assert_true(facts_exact(&f, FACT_INTERACTIONS) && f.value[FACT_INTERACTIONS] == 3);
    assert_int_equal(f.value[FACT_LAST_INTERACTION_AT], 9);
    facts_clear(&f);
    facts_set_value(&f, FACT_TALKED_TO, 3);
    facts_count_ties(&f, &(struct coverage){0});
    assert_true(!facts_exact(&f, FACT_INTERACTIONS) && f.value[FACT_INTERACTIONS] == 3);
}

/* A file's word stays where the datasets have seen less, and says nothing of the direction. */
static void test_stated_counts(void **state) {
    (void)state;
    const struct coverage c = {.talked_told = true, .heard_told = true};
    struct facts f = {0};
    facts_clear(&f);
    facts_set_value(&f, FACT_INTERACTIONS, 7);
    add(&f, DATASET_REACTIONS, true, EXCHANGE_REPLY, 3);
    facts_count_ties(&f, &c);
    assert_true(facts_exact(&f, FACT_INTERACTIONS) && f.value[FACT_INTERACTIONS] == 7);
    assert_false(facts_known(&f, FACT_TALKED_TO));
    assert_int_equal(f.value[FACT_HEARD_FROM], 1);
    facts_clear(&f);
    facts_set_value(&f, FACT_INTERACTIONS, 0);
    facts_count_ties(&f, &(struct coverage){0});
    assert_true(facts_exact(&f, FACT_TALKED_TO) && f.value[FACT_TALKED_TO] == 0);
    facts_clear(&f);
    facts_set_value(&f, FACT_INTERACTIONS, 0);
    add(&f, DATASET_POSTS, false, EXCHANGE_REPLY, 3);
    facts_count_ties(&f, &c);
    assert_true(!facts_exact(&f, FACT_INTERACTIONS) && f.value[FACT_INTERACTIONS] == 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tri_tables),
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_documented_names),
        cmocka_unit_test(test_set_and_read),
        cmocka_unit_test(test_merge_newer_wins_unknown_leaves),
        cmocka_unit_test(test_merge_by_age),
        cmocka_unit_test(test_ties_are_merged_by_dataset),
        cmocka_unit_test(test_messages_do_not_add_up),
        cmocka_unit_test(test_coverage),
        cmocka_unit_test(test_stated_counts),
        cmocka_unit_test(test_stated_directions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
