/* The bounded buffer: grows to its maximum and no further, all or nothing, failure stays. */
#include "cmocka_all.h"

#include "core/base/buffer.h"

#include <string.h>

static void test_empty(void **state) {
    (void)state;
    struct buffer b;
    buffer_init(&b, 10);
    assert_string_equal(buffer_text(&b), "");
    buffer_add(&b, NULL, 0);
    assert_int_equal(b.size, 0);
    assert_false(b.failed);
    buffer_clear(&b);
    buffer_free(&b);
    buffer_free(&b);
    assert_int_equal(b.max, 10);
}

static void test_maximum(void **state) {
    (void)state;
    static const size_t maxima[] = {0, 1, 5, 127, 128, 129, 1000, 5000};
    for (size_t i = 0; i < 8; i++) {
        struct buffer b;
        buffer_init(&b, maxima[i]);
        for (size_t k = 0; k < maxima[i]; k++) {
            buffer_add(&b, "x", 1);
            assert_int_equal(b.at[b.size], '\0');
        }
        assert_false(b.failed);
        assert_int_equal(b.size, maxima[i]);
        assert_int_equal(strlen(buffer_text(&b)), maxima[i]);
        buffer_add(&b, "y", 1);
        assert_true(b.failed);
        assert_int_equal(b.size, maxima[i]);
        assert_null(strchr(buffer_text(&b), 'y'));
        buffer_clear(&b);
        assert_false(b.failed);
        assert_string_equal(buffer_text(&b), "");
        buffer_free(&b);
    }
}

/* All of an append or nothing of it, by every call; and nothing after the first failure. */
static void test_failure_stays(void **state) {
    (void)state;
    for (int call = 0; call < 4; call++) {
        struct buffer b;
        buffer_init(&b, 8);
        buffer_add_text(&b, "12345");
        if (call == 0)
            buffer_add(&b, "6789", 4);
        else if (call == 1)
            buffer_add_text(&b, "6789");
        else if (call == 2)
            buffer_addf(&b, "%d", 6789);
        else
            buffer_add_url(&b, "6/8", 3); /* 5 bytes: "6%2F8" */
        assert_true(b.failed);
        assert_string_equal(buffer_text(&b), "12345");
        assert_int_equal(b.size, 5);
        buffer_add(&b, "6", 1);
        buffer_add_text(&b, "6");
        buffer_addf(&b, "6");
        buffer_add_url(&b, "6", 1);
        assert_true(b.failed);
        assert_string_equal(buffer_text(&b), "12345");
        buffer_clear(&b);
        buffer_addf(&b, "%s", "12345678");
        assert_false(b.failed);
        assert_string_equal(buffer_text(&b), "12345678");
        buffer_free(&b);
    }
}

static void test_huge_append(void **state) {
    (void)state;
    struct buffer b;
    buffer_init(&b, 100);
    buffer_add_text(&b, "x");
    buffer_add(&b, "y", SIZE_MAX); /* refused before anything is read */
    assert_true(b.failed);
    assert_string_equal(buffer_text(&b), "x");
    buffer_free(&b);
}

static void test_zero_bytes_are_bytes(void **state) {
    (void)state;
    struct buffer b;
    buffer_init(&b, 10);
    buffer_add(&b, "a\0b", 3);
    assert_int_equal(b.size, 3);
    assert_memory_equal(b.at, "a\0b\0", 4);
    buffer_free(&b);
}

/* Every byte: as it is, or %XX in capitals (RFC 3986 section 2.3). */
static void test_url(void **state) {
    (void)state;
    static const char unreserved[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    static const char digits[] = "0123456789ABCDEF";
    for (int c = 0; c < 256; c++) {
        struct buffer b;
        char byte = (char)c;
        char expected[4] = {byte, '\0'};
        if (c == 0 || strchr(unreserved, c) == NULL) {
            expected[0] = '%';
            expected[1] = digits[c / 16];
            expected[2] = digits[c % 16];
        }
        buffer_init(&b, 100);
        buffer_add_url(&b, &byte, 1);
        assert_string_equal(buffer_text(&b), expected);
        buffer_free(&b);
    }
    struct buffer b;
    buffer_init(&b, 100);
    buffer_add_url(&b, "at://did:plc:x/a b\xc3\xa9", 20);
    assert_string_equal(buffer_text(&b), "at%3A%2F%2Fdid%3Aplc%3Ax%2Fa%20b%C3%A9");
    buffer_free(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_maximum),
        cmocka_unit_test(test_failure_stays),
        cmocka_unit_test(test_huge_append),
        cmocka_unit_test(test_zero_bytes_are_bytes),
        cmocka_unit_test(test_url),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
