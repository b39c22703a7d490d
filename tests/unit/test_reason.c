/* Reasons: their sentences with counts and words, and cuts at whole characters. */
#include "cmocka_all.h"
#include "core/facts/reason.h"

#include <string.h>

static void test_sentences(void **state) {
    (void)state;
    char out[WHY_MAX];
    struct why none = {0};
    why_sentence(&none, out);
    assert_string_equal(out, "");
    struct why rows = why_counts(REASON_ROWS_NOT_UNDERSTOOD, 7, 0);
    why_sentence(&rows, out);
    assert_string_equal(out, "7 rows were not understood");
    struct why both = why_counts(REASON_PROFILE_COUNTS, 162, 14);
    why_sentence(&both, out);
    assert_string_equal(out, "the profile counts 162, 14 more than the list has");
    struct why said = why_said(REASON_REFUSED, "no {n} today");
    why_sentence(&said, out);
    assert_string_equal(out, "no {n} today"); /* words from outside are words */
    struct why later = {.reason = (enum reason)(REASON_COUNT + 3), .text = "newer"};
    why_sentence(&later, out);
    assert_string_equal(out, "newer");
}

/* A number as long as it can be, in the longest sentences. */
static void test_room(void **state) {
    (void)state;
    char out[WHY_MAX];
    for (int reason = 0; reason < REASON_COUNT; reason++) {
        struct why w = why_counts((enum reason)reason, UINT64_MAX, UINT64_MAX);
        memset(w.text, 'x', sizeof w.text - 1);
        why_sentence(&w, out);
        assert_true(strlen(out) < WHY_MAX);
        assert_true((strlen(out) > 0) == (reason != REASON_NONE));
    }
}

static void test_cut(void **state) {
    (void)state;
    char text[WHY_MAX + 8];
    memset(text, 'a', sizeof text);
    memcpy(text + WHY_MAX - 2, "\xc3\xa4", 2); /* it would end in the middle */
    text[WHY_MAX + 1] = '\0';
    struct why w = why_said(REASON_SAID, text);
    assert_int_equal(strlen(w.text), WHY_MAX - 2);
}

static void test_of_source(void **state) {
    (void)state;
    static const enum reason of_source[] = {REASON_NEWEST, REASON_KEPT, REASON_NEVER_WHOLE};
    unsigned count = 0;
    for (int reason = 0; reason < REASON_COUNT; reason++)
        count += reason_of_source((enum reason)reason);
    assert_int_equal(count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_true(reason_of_source(of_source[i]));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sentences),
        cmocka_unit_test(test_room),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_of_source),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
