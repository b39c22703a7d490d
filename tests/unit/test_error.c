/* Errors: names and exit codes of the contract, filling, and where it happened put in front. */
#include "cmocka_all.h"

#include <string.h>

#include <winnow/error.h>

static void test_codes(void **state) {
    (void)state;
    static const struct {
        enum winnow_code code;
        const char *name;
        int exit_code;
    } rows[] = {
        {WINNOW_OK, "ok", 0},
        {WINNOW_FAILED, "failed", 1},
        {WINNOW_NO_MEMORY, "no_memory", 1},
        {WINNOW_STORAGE, "storage", 1},
        {WINNOW_BUSY, "busy", 1},
        {WINNOW_NETWORK, "network", 1},
        {WINNOW_USAGE, "usage", 2},
        {WINNOW_BAD_INPUT, "bad_input", 2},
        {WINNOW_NOT_FOUND, "not_found", 2},
        {WINNOW_STOPPED, "stopped", 3},
        {WINNOW_CREDENTIAL, "credential", 4},
        {WINNOW_SAFETY, "safety", 5},
        {WINNOW_CAP, "cap", 6},
        {WINNOW_DAMAGED, "damaged", 7},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_string_equal(winnow_code_name(rows[i].code), rows[i].name);
        assert_int_equal(winnow_code_exit(rows[i].code), rows[i].exit_code);
    }
}

static void test_fail_fills(void **state) {
    (void)state;
    struct winnow_error err = {0};
    assert_int_equal(winnow_fail(&err, WINNOW_BAD_INPUT, "line %d: %s", 7, "no id"), -1);
    assert_int_equal(err.code, WINNOW_BAD_INPUT);
    assert_string_equal(err.text, "line 7: no id");
    assert_int_equal(winnow_fail_at(&err, "roster %s", "a.jsonl"), -1);
    assert_int_equal(err.code, WINNOW_BAD_INPUT);
    assert_string_equal(err.text, "roster a.jsonl: line 7: no id");
    assert_int_equal(winnow_fail(NULL, WINNOW_FAILED, "nobody asks"), -1);
    assert_int_equal(winnow_fail_at(NULL, "nobody asks"), -1);
}

/* However long both parts are, the text is ended, holds as much of `where` as fits, and then as
 * much of what was said as fits. */
static void test_truncation(void **state) {
    (void)state;
    static char where[2 * WINNOW_ERROR_TEXT_MAX];
    static char said[2 * WINNOW_ERROR_TEXT_MAX];
    static const size_t lengths[] = {0,    1,    500,  1018, 1019, 1020,
                                     1021, 1022, 1023, 1024, 1025, 2000};
    for (size_t i = 0; i < 12; i++)
        for (size_t k = 0; k < 12; k++) {
            struct {
                struct winnow_error err;
                char after[8];
            } box;
            memset(&box, '#', sizeof box);
            memset(where, 'w', sizeof where);
            memset(said, 's', sizeof said);
            where[lengths[i]] = '\0';
            said[lengths[k]] = '\0';
            winnow_fail(&box.err, WINNOW_FAILED, "%s", said);
            size_t kept = lengths[k] < 1023 ? lengths[k] : 1023;
            assert_int_equal(strlen(box.err.text), kept);
            winnow_fail_at(&box.err, "%s", where);
            size_t size = strlen(box.err.text);
            assert_true(size < sizeof box.err.text);
            assert_memory_equal(box.after, "########", 8);
            size_t front = strspn(box.err.text, "w");
            assert_int_equal(front, lengths[i] < 1023 ? lengths[i] : 1023);
            if (lengths[i] < 1021 && lengths[i] + 2 + kept <= 1023)
                assert_int_equal(size, lengths[i] + 2 + kept);
            else
                assert_true(size >= 1020);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_codes),
        cmocka_unit_test(test_fail_fills),
        cmocka_unit_test(test_truncation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
