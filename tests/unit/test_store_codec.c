/* Records of followees byte by byte, as earlier versions wrote them: what lies in a store must read
 * as before, and what is written must not change by accident (docs/storage-format.md). */
#include "store_world.h"

#include "store/tables/codec.h"

/* Every fact that there was in November 2026, in version 3. */
static const unsigned char full[] = {
    0xff, 0xff, 0xff, 0xff, 0x7f,      /* known: bits 0 to 34 */
    0x80, 0x80, 0x81, 0x80, 0x42,      /* yes: follows_me, noted, muted */
    0x80, 0x80, 0x80, 0x04,            /* seen in part: heard_from */
    7,    0,    1,    14,   2,    1,   /* batch 7; but follows_me of batch 258 */
    3,    'k',  '1',  '\n',            /* follow keys */
    2,    '4',  '2',  2,    'e',  'n', /* id, lang */
    4,    'v',  'i',  'p',  '\n',      /* lists */
    20,   0xd8, 0x04, 0,    6,         /* followers 10, following 300, posts 0, interactions 3 */
    0xd0, 0x0f, 1,    0x80, 0x01, 10, /* created_at 1000, followed_at -1, last_post_at 64, ..._interaction_at 5 */
    2,    4,    0,    8,    10, /* talked_to 1, heard_from 2, messages 0, last_talked_at 4, last_heard_at 5 */
    18,   12,                   /* follow_rank 9, followed_after 6 */
    1,    4,    1,    0,    0,    8,   0, /* one tie: posts, talked 1, last at 4 */
};
static const unsigned char full_texts[] = {3, 'a', 'n', 'n', 3, 'A', 'n', 'n', 2, 'H', 'i'};

static const int64_t full_values[FACT_COUNT] = {
    [FACT_FOLLOWERS] = 10,     [FACT_FOLLOWING] = 300,         [FACT_INTERACTIONS] = 3,
    [FACT_CREATED_AT] = 1000,  [FACT_FOLLOWED_AT] = -1,        [FACT_LAST_POST_AT] = 64,
    [FACT_TALKED_TO] = 1,      [FACT_LAST_INTERACTION_AT] = 5, [FACT_HEARD_FROM] = 2,
    [FACT_LAST_TALKED_AT] = 4, [FACT_LAST_HEARD_AT] = 5,       [FACT_FOLLOW_RANK] = 9,
    [FACT_FOLLOWED_AFTER] = 6,
};
static const char *const full_words[FACT_COUNT] = {
    [FACT_ID] = "42",  [FACT_HANDLE] = "ann", [FACT_NAME] = "Ann",
    [FACT_BIO] = "Hi", [FACT_LANG] = "en",    [FACT_LISTS] = "vip\n",
};

static struct facts read_facts(const unsigned char *at, size_t size, uint8_t version) {
    struct winnow_error err = {0};
    struct facts f;
    facts_clear(&f);
    if (codec_facts_read((struct record){at, size, version}, &f, &err) != 0)
        fail_msg("%s", err.text);
    return f;
}

static void test_full_record_of_version_3(void **state) {
    (void)state;
    struct winnow_error err = {0};
    struct facts f = read_facts(full, sizeof full, 3);
    assert_int_equal(codec_texts_read((struct record){full_texts, sizeof full_texts, 1}, &f, &err),
                     0);
    assert_true(f.known == (UINT64_C(1) << 35) - 1);
    assert_true(f.at_least == FACT_BIT(HEARD_FROM));
    for (int id = 0; id < 35; id++) {
        bool yes = id == FACT_FOLLOWS_ME || id == FACT_NOTED || id == FACT_MUTED;
        assert_int_equal(f.sources[id], id == FACT_FOLLOWS_ME ? 258 : 7);
        if (fact_types[id] == FACT_FLAG) {
            assert_int_equal(facts_flag(&f, (enum fact_id)id), yes ? TRI_YES : TRI_NO);
        } else if (fact_types[id] != FACT_TEXT) {
            assert_int_equal(f.value[id], full_values[id]);
        } else {
            struct text text = facts_text(&f, (enum fact_id)id);
            assert_int_equal(text.size, strlen(full_words[id]));
            assert_memory_equal(text.at, full_words[id], text.size);
        }
    }
    assert_int_equal(f.tie_count, 1);
    assert_int_equal(f.ties[0].dataset, DATASET_POSTS);
    assert_int_equal(f.ties[0].last_talked_ms, 4);
    assert_memory_equal(f.follow_keys.at, "k1\n", 3);
}

static void test_the_same_bytes_are_written(void **state) {
    (void)state;
    struct winnow_error err = {0};
    unsigned char to[CODEC_FACTS_MAX];
    struct facts f = read_facts(full, sizeof full, 3);
    assert_int_equal(codec_texts_read((struct record){full_texts, sizeof full_texts, 1}, &f, &err),
                     0);
    assert_int_equal(codec_facts_write(&f, to), sizeof full);
    assert_memory_equal(to, full, sizeof full);
    assert_int_equal(codec_texts_write(&f, to), sizeof full_texts);
    assert_memory_equal(to, full_texts, sizeof full_texts);
}

/* id, followers, interactions, follows_me; version 2 has the batches besides */
static void test_records_of_versions_1_and_2(void **state) {
    (void)state;
    static const unsigned char first[] = {0x41, 0x42, 0, 0, 0, 0x40, 0, 0, 7, 0, 0, 1, '7', 20, 6};
    static const unsigned char second[] = {0x41, 0x42, 0, 0, 0, 0x40, 0,   0,  7, 0,
                                           1,    6,    9, 0, 0, 1,    '7', 20, 6};
    for (uint8_t version = 1; version <= 2; version++) {
        struct facts f = read_facts(version == 1 ? first : second,
                                    version == 1 ? sizeof first : sizeof second, version);
        assert_memory_equal(facts_text(&f, FACT_ID).at, "7", 1);
        assert_int_equal(f.value[FACT_FOLLOWERS], 10);
        assert_int_equal(f.sources[FACT_FOLLOWERS], version == 1 ? 7 : 9);
        assert_int_equal(facts_flag(&f, FACT_FOLLOWS_ME), TRI_YES);
        assert_int_equal(f.value[FACT_INTERACTIONS], 3);
        assert_false(facts_exact(&f, FACT_INTERACTIONS)); /* they did not say how whole it was */
    }
}

/* A fact that this version does not know: a newer winnow wrote it. */
static void test_a_fact_of_a_later_version_is_refused(void **state) {
    (void)state;
    struct winnow_error err = {0};
    struct facts f;
    unsigned char record[] = {0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01,
                              0,    0,    1,    0,    0,    0,    1,    '7',  0};
    facts_clear(&f);
    assert_int_equal(codec_facts_read((struct record){record, sizeof record, 3}, &f, &err), -1);
    assert_int_equal(err.code, WINNOW_DAMAGED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_full_record_of_version_3),
        cmocka_unit_test(test_the_same_bytes_are_written),
        cmocka_unit_test(test_records_of_versions_1_and_2),
        cmocka_unit_test(test_a_fact_of_a_later_version_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
