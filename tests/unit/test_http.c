/* Requests and responses as values: header lookup, method names, and use again. */
#include "cmocka_all.h"

#include "core/http/http.h"

#include <stdlib.h>
#include <string.h>

/* A copy of just that size, so that a sanitizer sees a read behind it. */
static void expect(const char *headers, const char *name, const char *expected) {
    size_t size = strlen(headers);
    char *copy = malloc(size > 0 ? size : 1);
    assert_non_null(copy);
    memcpy(copy, headers, size);
    struct http_response r = {.headers = {copy, (uint32_t)size}};
    struct text value = {"untouched", 9};
    bool found = http_header(&r, name, &value);
    assert_int_equal(found, expected != NULL);
    if (expected == NULL) {
        assert_int_equal(value.size, 9);
    } else {
        assert_int_equal(value.size, strlen(expected));
        assert_memory_equal(value.at, expected, value.size);
    }
    free(copy);
}

static void test_header(void **state) {
    (void)state;
    static const struct {
        const char *headers, *name, *expected;
    } rows[] = {
        {"Date: x\r\nRetry-After: 30\r\n", "Retry-After", "30"},
        {"Date: x\r\nretry-AFTER: 30\r\n", "Retry-After", "30"},
        {"Retry-After:30\r\n", "retry-after", "30"},
        {"Retry-After: \t 30 \t\r\n", "Retry-After", "30"},
        {"Retry-After: 30\n", "Retry-After", "30"},
        {"Date: x\r\nRetry-After: 30", "Retry-After", "30"}, /* no line end */
        {"Retry-After:\r\n", "Retry-After", ""},
        {"Retry-After:", "Retry-After", ""},
        {"Retry-After:   \r\nX: y\r\n", "Retry-After", ""},
        {"A: 1\r\nA: 2\r\n", "A", "1"}, /* the first of them */
        {"Link: <https://a/b?c=d:e>; rel=\"next\"\r\n", "Link",
         "<https://a/b?c=d:e>; rel=\"next\""},
        {"Name: two words\r\n", "Name", "two words"},
        {"", "Date", NULL},
        {"\r\n\r\n", "Date", NULL},
        {"Retry-After: 30\r\n", "Retry", NULL},
        {"X-Retry-After: 30\r\n", "Retry-After", NULL},
        {"Retry-After", "Retry-After", NULL},
        {"Retry-After\r\nDate: x\r\n", "Retry-After", NULL},
        {"X: Date: y\r\n", "Date", NULL},
        {"Dat", "Date", NULL},
        {"Date", "Date", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        expect(rows[i].headers, rows[i].name, rows[i].expected);
}

static void test_no_headers_at_all(void **state) {
    (void)state;
    struct http_response r = {.end = HTTP_NOT_SENT};
    struct text value;
    assert_false(http_header(&r, "Date", &value));
}

static void test_methods(void **state) {
    (void)state;
    assert_string_equal(http_method_name(HTTP_GET), "GET");
    assert_string_equal(http_method_name(HTTP_POST), "POST");
    assert_string_equal(http_method_name(HTTP_PUT), "PUT");
    assert_string_equal(http_method_name(HTTP_DELETE), "DELETE");
}

/* Nothing of one request is left in the next: above all not its secret. */
static void test_request_is_cleared(void **state) {
    (void)state;
    struct http_request r;
    http_request_init(&r);
    assert_int_equal(r.method, HTTP_GET);
    assert_int_equal(r.secret, HTTP_NO_SECRET);
    assert_int_equal(r.target.max, HTTP_TARGET_MAX);
    assert_int_equal(r.body.max, HTTP_BODY_MAX);
    r.method = HTTP_POST;
    r.secret = HTTP_REFRESH_TOKEN;
    r.content_type = "application/json";
    r.accept = "text/plain";
    buffer_add_text(&r.target, "/a");
    buffer_add_text(&r.body, "{}");
    http_request_clear(&r);
    assert_int_equal(r.method, HTTP_GET);
    assert_int_equal(r.secret, HTTP_NO_SECRET);
    assert_null(r.content_type);
    assert_null(r.accept);
    assert_string_equal(buffer_text(&r.target), "");
    assert_string_equal(buffer_text(&r.body), "");
    http_request_free(&r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_header),
        cmocka_unit_test(test_no_headers_at_all),
        cmocka_unit_test(test_methods),
        cmocka_unit_test(test_request_is_cleared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
