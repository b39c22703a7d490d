/* What the HTTP client sends, and how it judges what comes back. */
#include "http_world.h"

#include <curl/curl.h>

#include "io/http/http_origin.h"

static const char *script; /* what the server says; set before a server starts */

static enum raw_then say_script(struct raw_server *s, struct raw_peer *p, const char *request) {
    (void)s;
    (void)request;
    raw_text(p, script);
    return RAW_CLOSE;
}

static struct world *told(const char *bytes) {
    script = bytes;
    struct world *w = world_open(&(struct raw_server){.answer = say_script}, 1, 10000);
    world_send_as(w, 1, HTTP_GET, "/x?q=hidden", NULL, "sesame");
    world_run(w);
    return w;
}

/* Nothing secret, and not the query, in what people read. */
static void assert_discreet(const struct http_response *r) {
    assert_null(strstr(r->detail, "sesame"));
    assert_null(strstr(r->detail, "hidden"));
}

static void test_whole_response(void **state) {
    struct text value;
    struct world *w = told("HTTP/1.1 100 Continue\r\nX-Early: 1\r\n\r\n"
                           "HTTP/1.1 429 Too Many Requests\r\nX-Rate-Limit-Reset:  12 \r\n"
                           "Content-Length: 5\r\n\r\nhello");
    const struct http_response *r = world_answer(w, 1);
    (void)state;
    assert_int_equal(r->end, HTTP_DONE);
    assert_int_equal(r->status, 429);
    assert_string_equal(w->answers[1].body, "hello");
    assert_true(http_header(r, "x-rate-limit-reset", &value));
    assert_memory_equal(value.at, "12", 2);
    assert_false(http_header(r, "X-Early", &value));
    world_close(w);
}

static void test_verdicts(void **state) {
    static const struct {
        const char *bytes;
        enum http_end end;
    } cases[] = {
        {"HTTP/1.1 204 No Content\r\n\r\n", HTTP_DONE},
        {"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
         HTTP_DONE},
        {"HTTP/1.1 200 OK\r\n\r\nuntil the end", HTTP_DONE},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", HTTP_DONE},
        {"", HTTP_IN_DOUBT},
        {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", HTTP_IN_DOUBT},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", HTTP_IN_DOUBT},
        {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nnogzp",
         HTTP_IN_DOUBT},
        {"HTTP/1.1 600 Odd\r\nContent-Length: 0\r\n\r\n", HTTP_IN_DOUBT},
        {"HTTP/1.1 099 Odd\r\nContent-Length: 0\r\n\r\n", HTTP_IN_DOUBT},
        {"hello, this is no HTTP at all\r\n\r\n", HTTP_IN_DOUBT},
        {"HTTP/1.1 200 OK\r\nContent-Length: 8388609\r\n\r\n", HTTP_TOO_LARGE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct world *w = told(cases[i].bytes);
        const struct http_response *r = world_answer(w, 1);
        if (r->end != cases[i].end)
            fail_msg("case %zu: end %d, not %d: %s", i, (int)r->end, (int)cases[i].end, r->detail);
        assert_int_equal(r->status != 0, r->end == HTTP_DONE);
        assert_int_equal(r->detail[0] != '\0', r->end != HTTP_DONE);
        assert_discreet(r);
        world_stop(w);
        assert_int_equal(atomic_load(&w->server->requests), 1);
        world_free(w);
    }
}

/* Larger than the cap without saying so; gzip that grows; headers over the cap. */
enum flood { FLOOD_BODY, FLOOD_HEADERS, FLOOD_ONE_HEADER, FLOOD_FITS };

static enum raw_then flood(struct raw_server *s, struct raw_peer *p, const char *request) {
    static char block[64 * 1024];
    enum flood what = *(enum flood *)s->context;
    (void)request;
    memset(block, 'x', sizeof block);
    raw_text(p, "HTTP/1.1 200 OK\r\n");
    if (what == FLOOD_HEADERS)
        for (int i = 0; i < 40; i++) {
            raw_text(p, "X-A: ");
            raw_send(p, block, 1000);
            raw_text(p, "\r\n");
        }
    if (what == FLOOD_ONE_HEADER) {
        raw_text(p, "X-A: ");
        raw_send(p, block, 40000);
        raw_text(p, "\r\n");
    }
    raw_text(p, "\r\n");
    int blocks = what == FLOOD_BODY ? 129 : what == FLOOD_FITS ? 128 : 0;
    for (int i = 0; i < blocks; i++)
        raw_send(p, block, sizeof block);
    return RAW_CLOSE;
}

static void test_caps(void **state) {
    (void)state;
    for (enum flood what = FLOOD_BODY; what <= FLOOD_FITS; what++) {
        struct world *w =
            world_open(&(struct raw_server){.answer = flood, .context = &what}, 1, 20000);
        world_send(w, 1);
        world_run(w);
        const struct http_response *r = world_answer(w, 1);
        assert_int_equal(r->end, what == FLOOD_FITS ? HTTP_DONE : HTTP_TOO_LARGE);
        if (what == FLOOD_FITS)
            assert_int_equal(r->body.size, HTTP_RESPONSE_MAX);
        world_close(w);
    }
}

/* 16 MiB of zeros, compressed to a few kilobytes with `zlib` by hand would need zlib here; a gzip
 * stream of stored and repeated blocks is as good: deflate's fixed code, one zero and then matches
 * of 258 at distance 1, each 13 bits. */
static size_t bomb(unsigned char *to, size_t matches) {
    static const unsigned char head[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3};
    size_t bit = sizeof head * 8;
    memcpy(to, head, sizeof head);
#define PUT(value) (to[bit / 8] |= (unsigned char)((value) << (bit % 8)), bit++)
    PUT(1), PUT(1), PUT(0); /* last block, fixed codes */
    for (int i = 7; i >= 0; i--)
        PUT((0x30 >> i) & 1); /* the literal 0 */
    for (size_t m = 0; m < matches; m++) {
        for (int i = 7; i >= 0; i--)
            PUT((0xc5 >> i) & 1); /* length 258 */
        for (int i = 0; i < 5; i++)
            PUT(0); /* distance 1 */
    }
#undef PUT
    return bit / 8 + 1;
}

static enum raw_then say_bomb(struct raw_server *s, struct raw_peer *p, const char *request) {
    unsigned char *bytes = calloc(1, 200000);
    size_t size = bomb(bytes, 65000); /* 16 MiB from 106 kB */
    (void)s;
    (void)request;
    raw_text(p, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n");
    raw_send(p, (const char *)bytes, size);
    free(bytes);
    return RAW_CLOSE;
}

static void test_decoded_size_is_capped(void **state) {
    struct world *w = world_open(&(struct raw_server){.answer = say_bomb}, 1, 20000);
    (void)state;
    world_send(w, 1);
    world_run(w);
    assert_int_equal(world_answer(w, 1)->end, HTTP_TOO_LARGE);
    world_close(w);
}

static enum raw_then dribble(struct raw_server *s, struct raw_peer *p, const char *request) {
    const char *text = "HTTP/1.1 200 OK\r\nX-A: b\r\nContent-Length: 10\r\n\r\n0123456789";
    (void)s;
    (void)request;
    for (; *text != '\0'; text++)
        raw_send(p, text, 1); /* TCP_NODELAY: a segment each */
    return RAW_KEEP;
}

static void test_dribbled_response(void **state) {
    struct world *w = world_open(&(struct raw_server){.answer = dribble}, 1, 10000);
    (void)state;
    world_send(w, 1);
    world_run(w);
    assert_int_equal(world_answer(w, 1)->end, HTTP_DONE);
    assert_string_equal(w->answers[1].body, "0123456789");
    world_close(w);
}

static enum raw_then head_only(struct raw_server *s, struct raw_peer *p, const char *request) {
    (void)s;
    (void)request;
    raw_text(p, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234");
    return RAW_KEEP;
}

static void test_timeout_in_the_body(void **state) {
    struct world *w = world_open(&(struct raw_server){.answer = head_only}, 1, 150);
    (void)state;
    world_send(w, 1);
    world_run(w);
    assert_int_equal(world_answer(w, 1)->end, HTTP_IN_DOUBT);
    assert_int_equal(world_answer(w, 1)->status, 0);
    world_close(w);
}

static enum raw_then redirect(struct raw_server *s, struct raw_peer *p, const char *request) {
    char text[200];
    (void)request;
    snprintf(text, sizeof text,
             "HTTP/1.1 307 Elsewhere\r\nLocation: http://127.0.0.1:%u/stolen\r\n"
             "Content-Length: 0\r\n\r\n",
             *(unsigned *)s->context);
    raw_text(p, text);
    return RAW_KEEP;
}

static void test_redirect_is_not_followed(void **state) {
    struct raw_server *other = calloc(1, sizeof *other);
    (void)state;
    raw_server_start(other);
    unsigned port = other->port;
    struct world *w =
        world_open(&(struct raw_server){.answer = redirect, .context = &port}, 1, 10000);
    world_send(w, 1);
    world_run(w);
    assert_int_equal(world_answer(w, 1)->end, HTTP_DONE);
    assert_int_equal(world_answer(w, 1)->status, 307);
    world_stop(w);
    raw_server_stop(other);
    assert_int_equal(atomic_load(&w->server->requests), 1);
    assert_int_equal(atomic_load(&other->accepted), 0);
    raw_server_free(other);
    world_free(w);
}

static void test_refused_connection_is_not_sent(void **state) {
    struct world *w = world_open(&(struct raw_server){0}, 1, 10000);
    uint16_t port;
    int fd = raw_bound(&port);
    (void)state;
    http_client_close(w->client);
    world_client(w, "127.0.0.1", port, 1, 10000);
    world_send(w, 1);
    world_run(w);
    assert_int_equal(world_answer(w, 1)->end, HTTP_NOT_SENT);
    assert_true(world_answer(w, 1)->detail[0] != '\0');
    close(fd);
    world_close(w);
}

/* What stands on the wire, to the letter. */
static void test_requests_as_sent(void **state) {
    struct world *w = world_open(&(struct raw_server){0}, 1, 10000);
    (void)state;
    world_send_as(w, 1, HTTP_GET, "/a/../b?x=%20y", NULL, NULL);
    world_run(w);
    world_send_as(w, 2, HTTP_POST, "/p", "{\"k\":2}", "sesame");
    world_run(w);
    world_send_as(w, 3, HTTP_DELETE, "/d", NULL, "sesame");
    world_run(w);
    world_send_as(w, 4, HTTP_PUT, "/u", NULL, NULL);
    world_run(w);
    world_send_as(w, 5, HTTP_POST, "/e", NULL, NULL);
    world_run(w);
    world_stop(w);
    char expected[2048];
    static const char common[] = "User-Agent: winnow-test\r\nAccept-Encoding: gzip\r\n"
                                 "Accept: application/json\r\n";
    unsigned port = w->server->port;
    snprintf(expected, sizeof expected,
             "GET /a/../b?x=%%20y HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n%s\r\n"
             "POST /p HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n%sContent-Type: application/json\r\n"
             "Authorization: Bearer sesame\r\nContent-Length: 7\r\n\r\n{\"k\":2}"
             "DELETE /d HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n%sAuthorization: Bearer sesame\r\n\r\n"
             "PUT /u HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n%sContent-Length: 0\r\n\r\n"
             "POST /e HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n%sContent-Length: 0\r\n\r\n",
             port, common, port, common, port, common, port, common, port, common);
    assert_string_equal(w->server->log, expected);
    assert_int_equal(atomic_load(&w->server->accepted), 1); /* kept alive */
    world_free(w);
}

static void test_bad_requests(void **state) {
    static const struct {
        enum http_method method;
        const char *target, *body, *secret, *type;
        enum winnow_code code;
    } cases[] = {
        {HTTP_GET, "", NULL, NULL, NULL, WINNOW_BAD_INPUT},
        {HTTP_GET, "x", NULL, NULL, NULL, WINNOW_BAD_INPUT},
        {HTTP_GET, "@evil.example/", NULL, NULL, NULL, WINNOW_BAD_INPUT},
        {HTTP_GET, "/a b", NULL, NULL, NULL, WINNOW_BAD_INPUT},
        {HTTP_GET, "/a\r\nX: y", NULL, NULL, NULL, WINNOW_BAD_INPUT},
        {HTTP_GET, "/a#b", NULL, NULL, NULL, WINNOW_BAD_INPUT},
        {HTTP_GET, "/\xc3\xa4", NULL, NULL, NULL, WINNOW_BAD_INPUT},
        {HTTP_GET, "/a", "body", NULL, NULL, WINNOW_BAD_INPUT},
        {HTTP_POST, "/a", NULL, "", NULL, WINNOW_CREDENTIAL},
        {HTTP_POST, "/a", NULL, "to\r\nX: y", NULL, WINNOW_CREDENTIAL},
        {HTTP_POST, "/a", "{}", NULL, "a/b\r\nX: y", WINNOW_BAD_INPUT},
    };
    struct world *w = world_open(&(struct raw_server){0}, 1, 10000);
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct http_request request;
        struct winnow_error err = {0};
        http_request_init(&request);
        request.method = cases[i].method;
        request.secret = cases[i].secret == NULL ? HTTP_NO_SECRET : HTTP_ACCESS_TOKEN;
        request.content_type = cases[i].type;
        buffer_add_text(&request.target, cases[i].target);
        if (cases[i].body != NULL)
            buffer_add_text(&request.body, cases[i].body);
        assert_int_equal(
            http_client_send(w->client, 1, &request, cases[i].secret, world_done, w, &err), -1);
        if (err.code != cases[i].code)
            fail_msg("case %zu: %s", i, err.text);
        assert_int_equal(http_client_free_slots(w->client), 1);
        http_request_free(&request);
    }
    world_run(w);
    world_stop(w);
    assert_int_equal(w->done, 0);
    assert_int_equal(atomic_load(&w->server->accepted), 0);
    world_free(w);
}

static void test_no_free_slot(void **state) {
    struct world *w = world_open(&(struct raw_server){0}, 1, 10000);
    struct http_request request;
    struct winnow_error err = {0};
    (void)state;
    world_send(w, 1);
    assert_int_equal(http_client_free_slots(w->client), 0);
    http_request_init(&request);
    buffer_add_text(&request.target, "/");
    assert_int_equal(http_client_send(w->client, 2, &request, NULL, world_done, w, &err), -1);
    assert_int_equal(err.code, WINNOW_BUSY);
    http_request_free(&request);
    world_run(w);
    assert_int_equal(w->done, 1);
    world_close(w);
}

/* A name that leads elsewhere is caught when it has become an address, before a socket exists. */
static void test_addresses(void **state) {
    static const struct {
        int family;
        const char *text;
        bool loopback;
    } cases[] = {
        {AF_INET, "127.0.0.1", true},     {AF_INET, "127.255.0.9", true},
        {AF_INET, "192.0.2.1", false},    {AF_INET, "0.0.0.0", false},
        {AF_INET, "126.0.0.1", false},    {AF_INET6, "::1", true},
        {AF_INET6, "::", false},          {AF_INET6, "fe80::1", false},
        {AF_INET6, "2001:db8::1", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        union {
            struct curl_sockaddr curl;
            char room[128];
        } a = {.curl = {.family = cases[i].family}};
        struct sockaddr_in v4 = {.sin_family = AF_INET};
        struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
        if (cases[i].family == AF_INET) {
            inet_pton(AF_INET, cases[i].text, &v4.sin_addr);
            memcpy(a.room + offsetof(struct curl_sockaddr, addr), &v4, sizeof v4);
        } else {
            inet_pton(AF_INET6, cases[i].text, &v6.sin6_addr);
            memcpy(a.room + offsetof(struct curl_sockaddr, addr), &v6, sizeof v6);
        }
        assert_int_equal(http_address_is_loopback(&a.curl), cases[i].loopback);
    }
}

/* A proxy from the environment is not asked. */
static void test_no_proxy(void **state) {
    struct raw_server *proxy = calloc(1, sizeof *proxy);
    char value[64];
    (void)state;
    raw_server_start(proxy);
    snprintf(value, sizeof value, "http://127.0.0.1:%u", proxy->port);
    setenv("http_proxy", value, 1);
    setenv("ALL_PROXY", value, 1);
    struct world *w = world_open(&(struct raw_server){0}, 1, 10000);
    world_send(w, 1);
    world_run(w);
    unsetenv("http_proxy");
    unsetenv("ALL_PROXY");
    assert_int_equal(world_answer(w, 1)->end, HTTP_DONE);
    world_stop(w);
    raw_server_stop(proxy);
    assert_int_equal(atomic_load(&proxy->accepted), 0);
    raw_server_free(proxy);
    world_free(w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_response),
        cmocka_unit_test(test_verdicts),
        cmocka_unit_test(test_caps),
        cmocka_unit_test(test_decoded_size_is_capped),
        cmocka_unit_test(test_dribbled_response),
        cmocka_unit_test(test_timeout_in_the_body),
        cmocka_unit_test(test_redirect_is_not_followed),
        cmocka_unit_test(test_refused_connection_is_not_sent),
        cmocka_unit_test(test_requests_as_sent),
        cmocka_unit_test(test_bad_requests),
        cmocka_unit_test(test_no_free_slot),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_no_proxy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
