/* Addresses: their parts, which of them is this machine, and what a server may be called. */
#include "cmocka_all.h"

#include "core/http/url.h"

#include <string.h>

static bool is_text(struct text t, const char *expected) {
    return t.size == strlen(expected) && memcmp(t.at, expected, t.size) == 0;
}

static void test_parts(void **state) {
    (void)state;
    static const struct {
        const char *url;
        enum url_fault fault;
        const char *host, *site, *rest;
        uint16_t port;
        bool https, user;
    } rows[] = {
        {"https://a.b", URL_FINE, "a.b", "a.b", "", 443, true, false},
        {"HTTPS://A.b/c?d#e", URL_FINE, "A.b", "A.b", "/c?d#e", 443, true, false},
        {"http://a:8080?q", URL_FINE, "a", "a:8080", "?q", 8080, false, false},
        {"http://[::1]:1/", URL_FINE, "[::1]", "[::1]:1", "/", 1, false, false},
        {"https://u:p@a/", URL_FINE, "a", "a", "/", 443, true, true},
        {"https://u@v@a", URL_FINE, "a", "a", "", 443, true, true},
        {"https://a\\@b", URL_FINE, "a", "a", "\\@b", 443, true, false},
        {"https://m\xc3\xbcnchen.example", URL_FINE, "m\xc3\xbcnchen.example",
         "m\xc3\xbcnchen.example", "", 443, true, false},
        {"http://a:", URL_BAD_PORT, "a", "a:", "", 80, false, false},
        {"http://a:0", URL_BAD_PORT, "a", "a:0", "", 0, false, false},
        {"http://a:65536", URL_BAD_PORT, "a", "a:65536", "", 0, false, false},
        {"http://a:+1", URL_BAD_PORT, "a", "a:+1", "", 80, false, false},
        {"http://[::1]x", URL_BAD_PORT, "[::1]", "[::1]x", "", 80, false, false},
        {"http://[::1", URL_BAD_HOST, "", "[::1", "", 80, false, false},
        {"http://[]", URL_BAD_HOST, "", "[]", "", 80, false, false},
        {"http://", URL_BAD_HOST, "", "", "", 80, false, false},
        {"http://:80", URL_BAD_HOST, "", ":80", "", 80, false, false},
        {"http://a b/", URL_BAD_HOST, "", "a b", "/", 80, false, false},
        {"http://a%2eb", URL_BAD_HOST, "", "a%2eb", "", 80, false, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct url u;
        enum url_fault fault =
            url_read((struct text){rows[i].url, (uint32_t)strlen(rows[i].url)}, &u);
        if (fault != rows[i].fault || !is_text(u.host, rows[i].host) ||
            !is_text(u.site, rows[i].site) || !is_text(u.rest, rows[i].rest) ||
            u.https != rows[i].https || u.user != rows[i].user ||
            (fault == URL_FINE && u.port != rows[i].port))
            fail_msg("%s: %d %.*s %.*s %.*s %u", rows[i].url, fault, (int)u.host.size, u.host.at,
                     (int)u.site.size, u.site.at, (int)u.rest.size, u.rest.at, u.port);
    }
    struct url u;
    assert_int_equal(url_read((struct text){"ftp://a", 7}, &u), URL_NO_SCHEME);
    assert_int_equal(url_read((struct text){"", 0}, &u), URL_NO_SCHEME);
}

static void test_servers(void **state) {
    static const struct {
        const char *server;
        const char *origin; /* NULL: refused */
    } cases[] = {
        {"https://api.x.com", "https://api.x.com"},
        {"https://api.x.com/", "https://api.x.com"},
        {"https://api.x.com:8443", "https://api.x.com:8443"},
        {"HTTPS://API.X.com", "https://api.x.com"}, /* one server, one form */
        {"http://127.0.0.1:80", "http://127.0.0.1:80"},
        {"http://127.9.8.7", "http://127.9.8.7"},
        {"http://localhost:1", "http://localhost:1"},
        {"http://LOCALHOST:1", "http://localhost:1"},
        {"http://[::1]:1", "http://[::1]:1"},
        {"http://192.0.2.1", NULL},
        {"http://api.x.com", NULL},
        {"http://128.0.0.1", NULL},
        {"http://127.1", NULL},
        {"http://127.0.0.256", NULL},
        {"http://127.0.0.01", NULL},
        {"http://127.0.0.1.", NULL},
        {"http://127.0.0..1", NULL},
        {"http://127.0.0.1.2", NULL},
        {"http://127.0.0.1.evil.example", NULL},
        {"http://localhost.evil.example", NULL},
        {"http://[::2]", NULL},
        {"http://0.0.0.0", NULL},
        {"ftp://127.0.0.1", NULL},
        {"file:///etc/passwd", NULL},
        {"api.x.com", NULL},
        {"", NULL},
        {"https://", NULL},
        {"https://api.x.com:0", NULL},
        {"https://api.x.com:http", NULL},
        {"https://user:sesame@api.x.com", NULL},
        {"https://sesame@api.x.com", NULL},
        {"user:sesame@api.x.com", NULL},
        {"https://api.x.com/path", NULL},
        {"https://api.x.com//", NULL},
        {"https://api.x.com?q", NULL},
        {"https://api.x.com#f", NULL},
        {"https://a-name-that-is-longer-than-the-64-bytes-that-are-its-most.example", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buffer origin;
        struct winnow_error err = {0};
        bool plain = false;
        buffer_init(&origin, 64);
        int result = url_server(cases[i].server, &origin, &plain, &err);
        if ((result == 0) != (cases[i].origin != NULL))
            fail_msg("%s: %s", cases[i].server, err.text);
        if (result == 0) {
            assert_string_equal(buffer_text(&origin), cases[i].origin);
            assert_int_equal(plain, strncmp(cases[i].server, "http:", 5) == 0);
        } else {
            assert_int_equal(err.code, WINNOW_USAGE);
            assert_null(strstr(err.text, "sesame"));
        }
        buffer_free(&origin);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_servers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
