/* What a login in the browser is made of, without a network: forms, PKCE's own example, where each
 * secret of a request stands and where none may, and answers of any kind. */
#include "cmocka_all.h"

#include "core/base/mix.h"
#include "core/http/form.h"
#include "core/http/pkce.h"
#include "platform/wire/oauth.h"

#include <stdio.h>
#include <string.h>

static struct text text_of(const char *z) {
    return (struct text){z, (uint32_t)strlen(z)};
}

/* ---- forms ---- */

static bool reads(const char *form, const char *key, const char *want) {
    char value[16];
    if (!form_value(text_of(form), key, value, sizeof value))
        return want == NULL;
    return want != NULL && strcmp(value, want) == 0;
}

static void forms(void **state) {
    (void)state;
    assert_true(reads("code=abc&state=x%2Fy+z", "state", "x/y z"));
    assert_true(reads("code=abc&state=1", "code", "abc"));
    assert_true(reads("acode=no&code=yes", "code", "yes"));
    assert_true(reads("code=1&code=2", "code", "1"));
    assert_true(reads("code=", "code", ""));
    assert_true(reads("", "code", NULL));
    assert_true(reads("code", "code", NULL));
    assert_true(reads("codes=1", "code", NULL));
    assert_true(reads("code=%", "code", NULL));
    assert_true(reads("code=%4", "code", NULL));
    assert_true(reads("code=%4g", "code", NULL));
    assert_true(reads("code=a%00b", "code", NULL));
    assert_true(reads("code=a%0Ab", "code", NULL));
    assert_true(reads("code=123456789012345", "code", "123456789012345"));
    assert_true(reads("code=1234567890123456", "code", NULL)); /* no room */
}

static void forms_round_trip(void **state) {
    (void)state;
    char value[300];
    struct buffer b;
    buffer_init(&b, 4096);
    for (uint64_t i = 0; i < 2000; i++) {
        char text[200];
        size_t size = (size_t)(mix64_nth(7, 2 * i) % (sizeof text - 1));
        for (size_t k = 0; k < size; k++)
            text[k] = (char)(0x20 + mix64_nth(i, k) % 0x5f);
        text[size] = '\0';
        buffer_clear(&b);
        form_add(&b, "one", text);
        form_add(&b, "two", "2");
        struct text all = {buffer_text(&b), (uint32_t)b.size};
        assert_true(form_value(all, "one", value, sizeof value));
        assert_string_equal(value, text);
        assert_true(form_value(all, "two", value, sizeof value));
        assert_string_equal(value, "2");
    }
    buffer_free(&b);
}

/* ---- PKCE ---- */

/* RFC 7636, appendix B. */
static void pkce(void **state) {
    (void)state;
    static const unsigned char octets[PKCE_RANDOM] = {
        116, 24,  223, 180, 151, 153, 224, 37,  79, 250, 96, 125, 216, 173, 187, 186,
        22,  212, 37,  77,  105, 214, 191, 240, 91, 88,  5,  88,  83,  132, 141, 121};
    struct pkce made;
    pkce_make(octets, &made);
    assert_string_equal(made.verifier, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    assert_string_equal(made.challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    assert_true(pkce_same(made.verifier, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
    assert_false(pkce_same(made.verifier, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXK"));
    assert_false(pkce_same(made.verifier, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjX"));
    assert_false(pkce_same("", "x"));
    assert_true(pkce_same("", ""));
}

/* ---- requests ---- */

static struct oauth_flow flow_of(const char *secret) {
    struct oauth_flow f = {.state = "the-state",
                           .verifier = "the-verifier",
                           .challenge = "the-challenge",
                           .code = "the-code",
                           .redirect = "http://127.0.0.1:8765/callback"};
    snprintf(f.client.id, sizeof f.client.id, "the-id");
    snprintf(f.client.secret, sizeof f.client.secret, "%s", secret);
    return f;
}

static void expect(struct http_request *r, const char *target, enum http_secret secret,
                   const char *body) {
    assert_int_equal(r->method, HTTP_POST);
    assert_string_equal(buffer_text(&r->target), target); /* no secret stands in it */
    assert_int_equal(r->secret, secret);
    assert_string_equal(buffer_text(&r->body), body);
    assert_string_equal(r->content_type, "application/x-www-form-urlencoded");
}

static void requests_x(void **state) {
    (void)state;
    struct http_request r;
    struct oauth_flow open = flow_of("");
    struct oauth_flow closed = flow_of("the-secret");
    http_request_init(&r);
    assert_int_equal(oauth_build_exchange(&platform_x, &open, &r, NULL), 0);
    expect(&r, "/2/oauth2/token", HTTP_NO_SECRET,
           "grant_type=authorization_code&code=the-code&redirect_uri=http%3A%2F%2F127.0.0.1%3A8765"
           "%2Fcallback&code_verifier=the-verifier&client_id=the-id");
    assert_int_equal(oauth_build_refresh(&platform_x, &open.client, "r/1", &r, NULL), 0);
    expect(&r, "/2/oauth2/token", HTTP_NO_SECRET,
           "grant_type=refresh_token&refresh_token=r%2F1&client_id=the-id");
    /* a confidential app's id and secret are in the header alone */
    assert_int_equal(oauth_build_refresh(&platform_x, &closed.client, "r", &r, NULL), 0);
    expect(&r, "/2/oauth2/token", HTTP_CLIENT_SECRET, "grant_type=refresh_token&refresh_token=r");
    assert_int_equal(oauth_build_revoke(&platform_x, &open.client, "t", &r, NULL), 0);
    expect(&r, "/2/oauth2/revoke", HTTP_NO_SECRET, "token=t&client_id=the-id");
    http_request_free(&r);
}

static void requests_mastodon(void **state) {
    (void)state;
    struct http_request r;
    struct oauth_flow f = flow_of("the-secret");
    http_request_init(&r);
    f.verifier[0] = f.challenge[0] = '\0'; /* a server that takes no PKCE */
    assert_int_equal(oauth_build_exchange(&platform_mastodon, &f, &r, NULL), 0);
    expect(&r, "/oauth/token", HTTP_NO_SECRET,
           "grant_type=authorization_code&code=the-code&redirect_uri=http%3A%2F%2F127.0.0.1%3A8765"
           "%2Fcallback&client_id=the-id&client_secret=the-secret");
    memcpy(f.redirect, OAUTH_OUT_OF_BAND, sizeof OAUTH_OUT_OF_BAND);
    assert_int_equal(oauth_build_register(&platform_mastodon, &f, &r, NULL), 0);
    expect(&r, "/api/v1/apps", HTTP_NO_SECRET,
           "client_name=winnow&redirect_uris=urn%3Aietf%3Awg%3Aoauth%3A2.0%3Aoob&scopes="
           "read%3Aaccounts%20read%3Afollows%20write%3Afollows%20read%3Alists%20read%3Astatuses"
           "%20read%3Anotifications%20read%3Afavourites%20read%3Abookmarks");
    f.scopes = platform_mastodon.oauth->scopes_fewer; /* to a server that refused those */
    assert_int_equal(oauth_build_register(&platform_mastodon, &f, &r, NULL), 0);
    expect(&r, "/api/v1/apps", HTTP_NO_SECRET,
           "client_name=winnow&redirect_uris=urn%3Aietf%3Awg%3Aoauth%3A2.0%3Aoob&scopes="
           "read%3Aaccounts%20read%3Afollows%20write%3Afollows");
    http_request_free(&r);
}

/* The browser's address has what may be seen, and neither verifier nor secret. */
static void address(void **state) {
    (void)state;
    struct oauth_flow f = flow_of("the-secret");
    struct buffer url;
    buffer_init(&url, 4096);
    assert_int_equal(oauth_authorize(&platform_x, "https://api.x.com", &f, &url, NULL), 0);
    assert_non_null(strstr(url.at, "https://x.com/i/oauth2/authorize?response_type=code&"));
    assert_non_null(strstr(url.at, "&state=the-state&code_challenge=the-challenge&"
                                   "code_challenge_method=S256"));
    assert_non_null(strstr(url.at, "offline.access"));
    assert_null(strstr(url.at, "verifier"));
    assert_null(strstr(url.at, "secret"));
    assert_int_equal(oauth_authorize(&platform_x, "http://127.0.0.1:1", &f, &url, NULL), 0);
    assert_non_null(strstr(url.at, "http://127.0.0.1:1/i/oauth2/authorize?"));
    f.challenge[0] = '\0';
    assert_int_equal(oauth_authorize(&platform_mastodon, "https://a.example", &f, &url, NULL), 0);
    assert_non_null(strstr(url.at, "https://a.example/oauth/authorize?"));
    assert_null(strstr(url.at, "code_challenge"));
    buffer_free(&url);
}

/* ---- answers ---- */

static struct reply grant_of(int status, const char *body, struct oauth_grant *grant) {
    struct reply reply;
    struct http_response in = {.end = HTTP_DONE, .status = status, .body = text_of(body)};
    oauth_read_grant(&platform_x, &in, grant, &reply);
    return reply;
}

static void grants(void **state) {
    (void)state;
    struct oauth_grant g;
    struct reply r = grant_of(200,
                              "{\"token_type\":\"bearer\",\"expires_in\":7200,"
                              "\"access_token\":\"a\",\"refresh_token\":\"r\"}",
                              &g);
    assert_int_equal(r.action, REPLY_GO_ON);
    assert_string_equal(g.access, "a");
    assert_string_equal(g.refresh, "r");
    assert_int_equal(g.life_ms, 7200000);
    r = grant_of(200, "{\"token_type\":\"Bearer\",\"access_token\":\"a\"}", &g);
    assert_int_equal(r.action, REPLY_GO_ON);
    assert_string_equal(g.refresh, "");
    assert_int_equal(g.life_ms, 0);
    r = grant_of(200,
                 "{\"token_type\":\"bearer\",\"access_token\":\"a\",\"expires_in\":"
                 "9000000000000000000}",
                 &g);
    assert_true(g.life_ms > 0);
    static const char *const none[] = {
        "",
        "{}",
        "[]",
        "null",
        "{\"access_token\":\"a\"}",
        "{\"token_type\":\"mac\",\"access_token\":\"a\"}",
        "{\"token_type\":\"bearer\",\"access_token\":\"\"}",
        "{\"token_type\":\"bearer\",\"access_token\":7}",
        "{\"token_type\":\"bearer\",\"access_token\":\"a\\r\\nX: y\"}"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        r = grant_of(200, none[i], &g);
        assert_int_not_equal(r.action, REPLY_GO_ON);
        assert_string_equal(g.access, "");
    }
}

static void held_scopes(void **state) {
    (void)state;
    assert_true(oauth_scope_held("read:lists write", "read:lists"));
    assert_true(oauth_scope_held("write read", "read:bookmarks"));
    assert_false(oauth_scope_held("write read:lists", "read:bookmarks"));
    assert_false(oauth_scope_held("reads", "read:bookmarks"));
    assert_false(oauth_scope_held("", "read:bookmarks"));
    struct oauth_grant g;
    grant_of(200,
             "{\"token_type\":\"bearer\",\"access_token\":\"a\",\"scope\":\"follows.write x\"}",
             &g);
    assert_string_equal(g.scopes, "follows.write x");
    grant_of(200, "{\"token_type\":\"bearer\",\"access_token\":\"a\"}", &g);
    assert_string_equal(g.scopes, "");
}

/* Without the right to unfollow it is no login; a server that does not say has given what was
 * asked for. */
static void granted_scopes(void **state) {
    static const struct {
        const char *scope;
        bool enough;
    } rows[] = {{"\"tweet.read users.read follows.read follows.write offline.access\"", true},
                {"\"follows.write\"", true},
                {"\"tweet.read users.read\"", false},
                {"\"follows.writes xfollows.write\"", false},
                {"\"\"", false},
                {"null", true},
                {"7", true}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char body[256];
        struct oauth_grant g;
        snprintf(body, sizeof body,
                 "{\"token_type\":\"bearer\",\"access_token\":\"a\",\"refresh_token\":\"r\","
                 "\"scope\":%s}",
                 rows[i].scope);
        struct reply r = grant_of(200, body, &g);
        assert_int_equal(r.action, rows[i].enough ? REPLY_GO_ON : REPLY_STOP);
        assert_string_equal(g.access, rows[i].enough ? "a" : "");
        assert_string_equal(g.refresh, rows[i].enough ? "r" : "");
        assert_true(rows[i].enough || strstr(r.reason, "right to unfollow") != NULL);
    }
}

/* Which refusals are for good, and which pass. */
static void refusals(void **state) {
    (void)state;
    struct oauth_grant g;
    static const struct {
        int status;
        enum reply_action action;
        enum winnow_code code;
    } known[] = {{400, REPLY_STOP, WINNOW_CREDENTIAL}, {401, REPLY_STOP, WINNOW_CREDENTIAL},
                 {403, REPLY_STOP, WINNOW_CREDENTIAL}, {404, REPLY_STOP, WINNOW_CREDENTIAL},
                 {302, REPLY_STOP, WINNOW_NETWORK},    {500, REPLY_BACK_OFF, WINNOW_OK},
                 {503, REPLY_BACK_OFF, WINNOW_OK}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        struct reply r = grant_of(known[i].status, "{\"error\":\"invalid_grant\"}", &g);
        assert_int_equal(r.action, known[i].action);
        assert_int_equal(r.code, known[i].code);
        assert_string_equal(g.access, "");
    }
    assert_int_equal(grant_of(429, "{}", &g).action, REPLY_WAIT);
}

/* X's words to a confidential app that has not said its secret. */
static void lacks_secret(void **state) {
    (void)state;
    static const char *const bodies[] = {
        "{\"error\":\"unauthorized_client\",\"error_description\":\"Missing valid authorization "
        "header\"}",
        "{\"error\":\"unauthorized_client\"}",
        "{\"error\":\"invalid_client\",\"error_description\":\"missing valid authorization "
        "header\"}"};
    struct oauth_grant g;
    for (size_t i = 0; i < 3; i++) {
        struct reply r = grant_of(401, bodies[i], &g);
        assert_true(r.action == REPLY_STOP && r.code == WINNOW_CREDENTIAL);
        assert_non_null(strstr(r.reason, "confidential client"));
        assert_non_null(strstr(r.reason, "--client-secret-stdin"));
    }
    struct reply other;
    struct http_response in = {
        .end = HTTP_DONE, .status = 401, .body = text_of("{\"error\":\"unauthorized_client\"}")};
    oauth_read_grant(&platform_mastodon, &in, &g, &other); /* winnow registered that app */
    assert_null(strstr(other.reason, "confidential client"));
    assert_null(strstr(grant_of(401, "{\"error\":\"invalid_grant\"}", &g).reason, "confidential"));
}

static void metadata(void **state) {
    (void)state;
    static const struct {
        int status;
        const char *body;
        bool takes;
    } known[] = {{200, "{\"code_challenge_methods_supported\":[\"S256\"]}", true},
                 {200, "{\"code_challenge_methods_supported\":[\"plain\",\"S256\"]}", true},
                 {200, "{\"code_challenge_methods_supported\":[\"plain\"]}", false},
                 {200, "{\"code_challenge_methods_supported\":\"S256\"}", false},
                 {200, "{}", false},
                 {200, "<html>", false},
                 {404, "{\"code_challenge_methods_supported\":[\"S256\"]}", false}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        struct http_response in = {
            .end = HTTP_DONE, .status = known[i].status, .body = text_of(known[i].body)};
        assert_true(oauth_read_metadata(&in) == known[i].takes);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms),          cmocka_unit_test(forms_round_trip),
        cmocka_unit_test(pkce),           cmocka_unit_test(requests_x),
        cmocka_unit_test(address),        cmocka_unit_test(requests_mastodon),
        cmocka_unit_test(granted_scopes), cmocka_unit_test(held_scopes),
        cmocka_unit_test(grants),         cmocka_unit_test(refusals),
        cmocka_unit_test(metadata),       cmocka_unit_test(lacks_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
