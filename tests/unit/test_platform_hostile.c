/* Servers that lie: whatever comes, the adapters read it without harm, and nothing of it settles
 * an entry or gets into a request or a terminal. Bodies and headers are exact allocations, so
 * that the sanitizers see a read behind their end. */
#include "platform_recorded.h"

#include "core/base/foreign.h"
#include "core/base/text_time.h"
#include "platform/wire/answer.h"
#include "platform/wire/json.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct platform *const all[] = {&platform_x, &platform_mastodon, &platform_bluesky,
                                             &platform_github};

static size_t seen_rows;
static struct buffer next;
static struct platform_session session;

static int each(void *context, const struct facts *f) {
    (void)context;
    seen_rows++;
    assert_true(facts_known(f, FACT_ID) && facts_text(f, FACT_ID).size <= FACT_ID_MAX);
    static const struct {
        enum fact_id id;
        uint32_t max;
    } caps[] = {
        {FACT_HANDLE, FACT_HANDLE_MAX}, {FACT_NAME, FACT_NAME_MAX}, {FACT_BIO, FACT_BIO_MAX}};
    for (size_t i = 0; i < COUNT(caps); i++)
        if (facts_known(f, caps[i].id)) {
            struct text t = facts_text(f, caps[i].id);
            assert_true(t.size <= caps[i].max);
            for (size_t at = 0; at < t.size;) { /* cut at a character, all of it well-formed */
                size_t size = foreign_char(t.at + at, t.size - at);
                assert_true(size > 0);
                at += size;
            }
        }
    for (int id = 0; id < FACT_COUNT; id++)
        if (facts_known(f, (enum fact_id)id) && fact_types[id] == FACT_NUMBER)
            assert_true(f->value[id] >= 0);
    return 0;
}

static void printable(const struct reply *reply) {
    struct text t = {reply->reason, (uint32_t)strlen(reply->reason)};
    for (size_t at = 0; at < t.size; at++)
        assert_true((unsigned char)t.at[at] >= 0x20 && t.at[at] != 0x7f);
    assert_true(reply->until_ms >= 0);
    assert_true(reply->until_ms <= RECEIVED_MS + WAIT_MAX_MS + 1000);
}

typedef int rows_reader(const struct platform_account *who, const struct http_response *in,
                        struct platform_page *page, struct reply *out);

static void read_rows(const struct platform *p, rows_reader *read,
                      const struct http_response *response) {
    struct reply reply;
    struct platform_page page = {.each = each, .next = &next};
    buffer_clear(&next);
    assert_int_equal(read(account_of(p), response, &page, &reply), 0);
    printable(&reply);
    assert_true(reply.outcome != OUTCOME_DONE && reply.outcome != OUTCOME_ALREADY_SO);
    assert_true(reply.action == REPLY_GO_ON || (page.count == 0 && page.skipped == 0));
}

/* The same to the readers of every source. */
static void read_evidence(const struct platform *p, const struct http_response *response) {
    for (size_t i = 0; i < p->source_count; i++) {
        const struct platform_source *s = &p->sources[i];
        if (s->list != NULL)
            read_rows(p, s->list->read, response);
        if (s->held != NULL)
            read_rows(p, s->held->read, response);
        if (s->ask != NULL)
            read_rows(p, s->ask->read, response);
    }
}

/* One response to every reader of every adapter. Returns true when one took it for a success. */
static bool read_all(int status, const char *headers, const char *body, size_t size) {
    bool success = false;
    struct recorded r;
    recorded_make(&r, status, headers, body, size);
    for (size_t p = 0; p < COUNT(all); p++) {
        struct reply reply;
        static const size_t counts[] = {1, 2, 200};
        for (size_t c = 0; c < COUNT(counts); c++) {
            all[p]->actions[ACTION_UNFOLLOW].read(account_of(all[p]), counts[c], &r.response,
                                                  &reply);
            printable(&reply);
            success |= reply.outcome == OUTCOME_DONE || reply.outcome == OUTCOME_ALREADY_SO;
        }
        buffer_free(&next);
        buffer_init(&next, 4096);
        size_t rows = seen_rows;
        read_evidence(all[p], &r.response);
        seen_rows = rows;
        buffer_clear(&next);
        struct platform_page page = {.each = each, .next = &next};
        platform_following(all[p])->read(account_of(all[p]), &r.response, &page, &reply);
        printable(&reply);
        struct platform_identity who;
        all[p]->read_whoami(&r.response, &who, &reply);
        printable(&reply);
        assert_true(reply.action != REPLY_GO_ON || who.id[0] != '\0');
        if (all[p]->read_session != NULL) {
            all[p]->read_session(&r.response, &session, &reply);
            printable(&reply);
            assert_true((reply.action == REPLY_GO_ON) == (session.access[0] != '\0'));
        }
    }
    recorded_free(&r);
    return success;
}

/* Every prefix of every good body; only the whole one may settle. */
static void truncated_json(void **state) {
    (void)state;
    static const char *const bodies[] = {
        "{\"data\":{\"following\":false}}",
        "{\"id\":\"1\",\"following\":false,\"requested\":false}",
        "{\"commit\":{\"cid\":\"a\",\"rev\":\"b\"}}",
        "{\"commit\":{\"cid\":\"a\"},\"results\":[{},{}]}",
        ("{\"data\":[{\"id\":\"1\",\"username\":\"a\",\"public_metrics\":{\"followers_count\":1}}],"
         "\"meta\":{\"next_token\":\"x\",\"result_count\":1}}"),
        "[{\"id\":\"1\",\"acct\":\"a\",\"note\":\"<p>&amp;&#39;</p>\"}]",
        "[{\"id\":\"1\",\"followed_by\":false,\"type\":\"mention\",\"account\":{\"id\":\"2\"}}]",
        "{\"profiles\":[{\"did\":\"did:plc:aaaaaaaaaaaaaaaaaaaaaaaa\",\"viewer\":{\"following\":"
        "\"x\"}}]}",
        "{\"records\":[{\"uri\":\"at://did:plc:p424pq3i3lovzq6sxvf2ygjk/app.bsky.graph.list/3k\","
        "\"value\":{\"name\":\"n\",\"reply\":{\"root\":{\"uri\":\"at://did:web:a.b/c/d\"}}}}]}",
    };
    for (size_t b = 0; b < COUNT(bodies); b++)
        for (size_t size = 0; size < strlen(bodies[b]); size++)
            for (int status = 200; status <= 204; status += 2)
                assert_false(read_all(status == 204 ? 201 : 200, "", bodies[b], size));
}

static void wrong_types(void **state) {
    (void)state;
    static const char *const values[] = {"null",
                                         "true",
                                         "0",
                                         "-1",
                                         "1.5",
                                         "\"\"",
                                         "\"false\"",
                                         "[]",
                                         "{}",
                                         "[false]",
                                         "{\"following\":false}",
                                         "9223372036854775807",
                                         "-9223372036854775808",
                                         "1e308",
                                         "99999999999999999999999999",
                                         "1e999",
                                         "\"\\u0000\"",
                                         "\"\\ud83d\"",
                                         "\"\\ud83d\\u0041\""};
    static const char *const shapes[] = {
        "{\"data\":%s}",
        "{\"data\":{\"following\":%s}}",
        "{\"data\":[%s],\"meta\":%s}",
        "{\"errors\":%s}",
        "{\"errors\":[%s]}",
        "{\"errors\":[{\"type\":%s,\"code\":%s,\"detail\":%s}],\"type\":%s}",
        ("{\"data\":[{\"id\":\"1\",\"username\":%s,\"public_metrics\":%s,\"connection_status\":%s,"
         "\"created_at\":%s}],\"meta\":{\"next_token\":%s}}"),
        "{\"id\":%s,\"following\":%s,\"requested\":%s}",
        "{\"commit\":%s,\"results\":%s,\"error\":%s}",
        "{\"records\":%s,\"cursor\":%s}",
        "{\"records\":[{\"uri\":%s,\"value\":%s}],\"cursor\":%s}",
        "{\"did\":%s,\"handle\":%s,\"accessJwt\":%s,\"refreshJwt\":%s,\"active\":%s}",
        "[%s]",
        "[{\"id\":%s,\"login\":%s,\"acct\":%s,\"note\":%s,\"url\":%s}]",
        "{\"login\":%s,\"id\":%s,\"following\":%s}",
        "[{\"id\":\"1\",\"followed_by\":%s,\"title\":%s,\"type\":%s,\"created_at\":%s}]",
        "[{\"type\":\"mention\",\"account\":%s,\"accounts\":%s,\"last_status\":%s}]",
        "[{\"type\":\"mention\",\"account\":{\"id\":%s},\"accounts\":[%s,{\"id\":%s}]}]",
        "{\"profiles\":%s}",
        "{\"profiles\":[%s,{\"did\":\"did:web:a.b\",\"viewer\":%s,\"handle\":%s,\"postsCount\":%s}]"
        "}",
        "{\"profiles\":[{\"did\":%s,\"viewer\":{\"followedBy\":%s,\"following\":%s}}]}",
        "{\"records\":[{\"uri\":\"x\",\"value\":{\"name\":%s,\"subject\":%s,\"list\":%s}}]}",
        "{\"records\":[{\"value\":{\"reply\":%s,\"facets\":%s,\"createdAt\":%s}}]}",
        "{\"records\":[{\"value\":{\"reply\":{\"parent\":%s,\"root\":{\"uri\":%s}},"
        "\"facets\":[%s,{\"features\":%s},{\"features\":[%s,{\"$type\":"
        "\"app.bsky.richtext.facet#mention\",\"did\":%s}]}]}}]}",
    };
    char body[4096];
    for (size_t s = 0; s < COUNT(shapes); s++)
        for (size_t v = 0; v < COUNT(values); v++) {
            size_t used = 0;
            for (const char *at = shapes[s]; *at != '\0'; at++) {
                bool hole = at[0] == '%' && at[1] == 's';
                int made = snprintf(body + used, sizeof body - used, "%.*s",
                                    hole ? (int)strlen(values[v]) : 1, hole ? values[v] : at);
                used += (size_t)made;
                at += hole;
            }
            /* the first shape makes this one, rightly */
            bool right = strcmp(body, "{\"data\":{\"following\":false}}") == 0;
            if (read_all(200, "", body, used) && !right)
                fail_msg("taken for a success: %s", body);
            assert_false(read_all(201, "", body, used));
        }
}

/* The three writes that have a body of their own, one member at a time. */
static void only_the_exact_body_settles(void **state) {
    (void)state;
    static const struct {
        const struct platform *platform;
        const char *body;
        bool settles;
    } lines[] = {
        {&platform_x, "{\"data\":{\"following\":false}}", true},
        {&platform_x, "{\"data\":{\"following\":0}}", false},
        {&platform_x, "{\"data\":{\"following\":\"\"}}", false},
        {&platform_x, "{\"data\":{\"following\":[]}}", false},
        {&platform_x, "{\"data\":{\"Following\":false}}", false},
        {&platform_x, "{\"data\":[{\"following\":false}]}", false},
        {&platform_x, "[{\"data\":{\"following\":false}}]", false},
        {&platform_x, "{\"data\":{\"following\":false}} trailing", false},
        {&platform_x, "{\"data\":{\"following\":false},\"errors\":[{}]}", false},
        {&platform_mastodon, "{\"id\":\"1\",\"following\":false}", true},
        {&platform_mastodon, "{\"id\":1,\"following\":false}", true}, /* a number is an id too */
        {&platform_mastodon, "{\"id\":1.5,\"following\":false}", false},
        /* a member twice: which of the two is meant? */
        {&platform_x, "{\"data\":{\"following\":true,\"following\":false}}", false},
        {&platform_x, "{\"data\":{\"following\":false,\"following\":false}}", false},
        {&platform_x, "{\"data\":{\"following\":true},\"data\":{\"following\":false}}", false},
        {&platform_mastodon, "{\"id\":\"1\",\"following\":true,\"following\":false}", false},
        {&platform_bluesky, "{\"commit\":null,\"commit\":{}}", false},
        {&platform_mastodon, "{\"id\":\"1\",\"following\":false,\"requested\":0}", false},
        {&platform_mastodon, "{\"id\":\"1\",\"following\":false,\"requested\":true}", false},
        {&platform_bluesky, "{}", true},
        {&platform_bluesky, "{\"commit\":{}}", true},
        {&platform_bluesky, "{\"commit\":[]}", false},
        {&platform_bluesky, "{\"ok\":true}", false},
        {&platform_bluesky, "[]", false},
        {&platform_bluesky, "null", false},
        {&platform_github, "{}", false},
    };
    for (size_t i = 0; i < COUNT(lines); i++) {
        struct recorded r;
        struct reply reply;
        recorded_make(&r, 200, "", lines[i].body, strlen(lines[i].body));
        lines[i].platform->actions[ACTION_UNFOLLOW].read(account_of(lines[i].platform), 1,
                                                         &r.response, &reply);
        if ((reply.action == REPLY_GO_ON) != lines[i].settles)
            fail_msg("%s: %s", lines[i].platform->name, lines[i].body);
        recorded_free(&r);
    }
}

static void deep_nesting(void **state) {
    (void)state;
    enum { DEPTH = 200000 };
    char *body = malloc(2 * DEPTH);
    assert_non_null(body);
    static const char *const units[] = {"[", "{\"a\":", "[[]", "{\"data\":["};
    for (size_t u = 0; u < COUNT(units); u++) {
        size_t unit = strlen(units[u]);
        size_t used = 0;
        while (used + unit <= 2 * DEPTH)
            for (size_t i = 0; i < unit; i++)
                body[used++] = units[u][i];
        assert_false(read_all(200, "", body, used));
        assert_null(body_parse((struct text){body, (uint32_t)used}));
    }
    /* balanced, but deeper than jansson goes */
    memset(body, '[', 3000);
    memset(body + 3000, ']', 3000);
    assert_null(body_parse((struct text){body, 6000}));
    free(body);
}

static void over_the_cap(void **state) {
    (void)state;
    size_t size = HTTP_RESPONSE_MAX + 1;
    char *body = malloc(size);
    assert_non_null(body);
    memset(body, ' ', size);
    memcpy(body, "[]", 2);
    assert_null(body_parse((struct text){body, (uint32_t)size}));
    json_t *root = body_parse((struct text){body, HTTP_RESPONSE_MAX});
    assert_non_null(root);
    json_decref(root);
    free(body);
}

static void many_headers(void **state) {
    (void)state;
    struct buffer headers;
    buffer_init(&headers, 4u << 20);
    for (int i = 0; i < 10000; i++)
        buffer_addf(&headers,
                    "Retry-After: %d\r\nLink: <https://h/api/v1/accounts/%d/x>; rel=x\r\n", i, i);
    buffer_add_text(&headers,
                    "Link: <https://h/api/v1/accounts/1/following?max_id=2>; rel=next\r\n");
    struct recorded r;
    struct reply reply;
    recorded_make(&r, 429, buffer_text(&headers), "", 0);
    platform_mastodon.actions[ACTION_UNFOLLOW].read(&account_mastodon, 1, &r.response, &reply);
    assert_int_equal(reply.action, REPLY_WAIT);
    assert_int_equal(reply.until_ms, RECEIVED_MS + 9999000 + 1000);
    recorded_free(&r);
    assert_false(read_all(200, buffer_text(&headers), "[]", 2));
    assert_true(strcmp(buffer_text(&next), "") == 0); /* github's reader is the last */
    buffer_free(&headers);
}

static void odd_headers(void **state) {
    (void)state;
    static const char *const odd[] = {
        "",
        "\r\n",
        ":\r\n",
        "Date",
        "Date:",
        "Date: \r\n",
        "Date: now\r\n",
        "Link",
        "Link: <",
        "Link: <>",
        "Link: >;<",
        "Link: <a>; rel",
        "Link: <a>; rel=\"",
        "Link: <a>; rel=\"next",
        "Link: ;;;;,,,,<<<>>>\r\n",
        "Link: <https://>; rel=next\r\n",
        "Link: </api/>; rel=next\r\n",
        "Link: <https://h/api/v1/accounts/1/following?cursor=>; rel=next\r\n",
        "Link: <https://h/api/v1/accounts/1/following?cursor=%%%%>; rel=next\r\n",
        "Retry-After: -1\r\n",
        "Retry-After: 1e9\r\n",
        "Retry-After: 999999999999999999999999\r\n",
        "Retry-After: Fri, 31 Dec 9999 23:59:59 GMT\r\n",
        ("x-rate-limit-reset: 99999999999999999999\r\nx-rate-limit-remaining: "
         "18446744073709551616\r\n"),
        "x-rate-limit-reset: 1795491000.999\r\nx-rate-limit-remaining: 0\r\n",
        "X-RateLimit-Reset: 9999-12-31T23:59:59.999999Z\r\nX-RateLimit-Remaining: 0\r\n",
        "RateLimit-Policy: w=\r\nRateLimit-Reset: 0\r\n",
        "RateLimit-Policy: w=36000000000000\r\n",
        "Date: Fri, 31 Dec 9999 23:59:59 GMT\r\nRetry-After: Thu, 01 Jan 1970 00:00:00 GMT\r\n",
        "X-OAuth-Scopes: ,,, ,\r\n",
        "X-OAuth-Scopes:\r\n",
        "Location: \x1b[31m\xff\xfe\r\n",
        "X-Creator: snac/",
        "Server: \xff\r\n"};
    static const int statuses[] = {-1, 0, 100, 200, 204, 301, 401, 403, 404, 429, 500, 503, 999};
    for (size_t i = 0; i < COUNT(odd); i++)
        for (size_t s = 0; s < COUNT(statuses); s++) {
            struct recorded r;
            recorded_make(&r, statuses[s], odd[i], "", 0);
            recorded_free(&r);
            bool settled = read_all(statuses[s], odd[i], "", 0);
            if (settled && statuses[s] != 204) /* GitHub's */
                fail_msg("%d with %s settles", statuses[s], odd[i]);
        }
}

/* A page with ill-formed characters is read all the same, with U+FFFD in their place. */
static void ill_formed_text(void **state) {
    (void)state;
    static const char *const names[] = {"\xff\xfe",         "a\xc3",   "\xed\xa0\x80",
                                        "\xf5\x80\x80\x80", "\\ud83d", "\\ud83d\\n",
                                        "\\udc00x",         "\\u0000", "\\ud83d\\ud83d\\ude00"};
    for (size_t i = 0; i < COUNT(names); i++) {
        char body[256];
        int size = snprintf(
            body, sizeof body,
            "{\"data\":[{\"id\":\"1\",\"name\":\"%s\"},{\"id\":\"2\"}],\"meta\":{}}", names[i]);
        seen_rows = 0;
        assert_false(read_all(200, "", body, (size_t)size));
        assert_int_equal(seen_rows, 2);
    }
    json_t *root = body_parse((struct text){"[\"\\ud83d\\ude00 \\\\ud83d \xff\"]", 26});
    assert_non_null(root);
    assert_string_equal(json_string_value(json_array_get(root, 0)),
                        "\xF0\x9F\x98\x80 \\ud83d \xEF\xBF\xBD");
    json_decref(root);
}

static void long_texts_are_cut(void **state) {
    (void)state;
    struct buffer body;
    buffer_init(&body, 1u << 20);
    buffer_add_text(&body, "[{\"id\":\"1\",\"acct\":\"");
    for (int i = 0; i < 400; i++)
        buffer_add_text(&body, "a");
    buffer_add_text(&body, "\",\"display_name\":\"x");
    for (int i = 0; i < 1000; i++)
        buffer_add_text(&body, "\xF0\x9F\x90\xA6"); /* 4 bytes: no cut fits evenly after the x */
    buffer_add_text(&body, "\",\"note\":\"x");
    for (int i = 0; i < 9000; i++)
        buffer_add_text(&body, "&amp;\xE2\x82\xAC");
    buffer_add_text(&body, "\"}]");
    seen_rows = 0;
    assert_false(read_all(200, "", buffer_text(&body), body.size));
    assert_int_equal(seen_rows, 1); /* Mastodon's; GitHub's row has no login */
    buffer_free(&body);
}

static void reasons_are_escaped_and_short(void **state) {
    (void)state;
    char body[4096];
    int size =
        snprintf(body, sizeof body,
                 "{\"message\":\"\\u001b[2J\\u0007\\u202e%0500d\",\"title\":\"\\r\\nx\"}", 7);
    assert_false(read_all(403, "", body, (size_t)size));
    struct recorded r;
    struct reply reply;
    recorded_make(&r, 403, "", body, (size_t)size);
    platform_github.actions[ACTION_UNFOLLOW].read(&account_github, 1, &r.response, &reply);
    assert_non_null(strstr(reply.reason, "\\x1B[2J\\x07\\xE2\\x80\\xAE0000"));
    assert_true(strlen(reply.reason) < 200);
    recorded_free(&r);
    char shown[FOREIGN_SHOWN_MAX + 1];
    assert_int_equal(foreign_show((struct text){"a\xc2\x85\xff\xc3\xa9", 6}, shown, sizeof shown),
                     15);
    assert_string_equal(shown, "a\\xC2\\x85\\xFF\xc3\xa9");
}

/* What is cut is cut at a word, and says so; the sense of a reason comes before it. */
static void cut_at_a_word(void **state) {
    (void)state;
    static const struct {
        const char *is, *fits;
        size_t room;
    } lines[] = {
        {"one two three", "one two three", 14},
        {"one two three", "one two\u2026", 13},
        {"one two three", "one\u2026", 10},
        {"onetwothreefour", "onetwot\u2026", 11},
        {"one tw\u00e9", "one\u2026", 8},
        {"one two", "on", 3},
        {"", "", 1},
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        char out[20];
        struct text t = {lines[i].is, (uint32_t)strlen(lines[i].is)};
        foreign_fit(t, out, lines[i].room);
        assert_string_equal(out, lines[i].fits);
        assert_true(strlen(out) < lines[i].room);
    }
    char body[512] = "{\"message\":\"";
    for (int i = 0; i < 60; i++)
        strcat(body, "word ");
    strcat(body, "\"}");
    struct recorded r;
    struct reply reply;
    recorded_make(&r, 403, "", body, strlen(body));
    platform_github.actions[ACTION_UNFOLLOW].read(&account_github, 1, &r.response, &reply);
    assert_non_null(strstr(reply.reason, "word word\u2026)"));
    recorded_free(&r);
}

static void html_to_text(void **state) {
    (void)state;
    static const struct {
        const char *html, *text;
    } lines[] = {
        {"", ""},
        {"plain", "plain"},
        {"<p>a</p><p>b</p>", "a\nb"},
        {"a<br/>b<BR>c", "a\nb\nc"},
        {"&lt;b&gt; &amp;amp; &quot;&apos;&#39;&#x41;&nbsp;", "<b> &amp; \"''A "},
        {"&#0; &#xD800; &#1114112; &bogus; & &;", "&#0; &#xD800; &#1114112; &bogus; & &;"},
        {"a < b", "a < b"},
        {"<a href=\"x\">link</a>", "link"},
        {"<unclosed", "<unclosed"},
        {"\xff"
         "ok",
         "ok"},
        {"&#8364;&#128038;", "\xE2\x82\xAC\xF0\x9F\x90\xA6"},
    };
    for (size_t i = 0; i < COUNT(lines); i++) {
        char out[64];
        struct text html = {lines[i].html, (uint32_t)strlen(lines[i].html)};
        size_t size = foreign_from_html(html, out, sizeof out - 1);
        out[size] = '\0';
        assert_string_equal(out, lines[i].text);
    }
}

/* Bytes by a fixed generator: no crash, no success by chance (204 apart). */
static void noise(void **state) {
    (void)state;
    uint64_t seed = 88172645463325252u;
    static const char alphabet[] = "{}[]\":,\\ud83d0falsetrunlifowg<>&;=#\xff\xc3 \r\n";
    for (int round = 0; round < 20000; round++) {
        char body[200];
        size_t size = 0;
        while (size < sizeof body) {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            body[size++] = alphabet[seed % (sizeof alphabet - 1)];
        }
        assert_false(read_all(200, "Link: <", body, seed % (sizeof body - 3) + 3));
    }
}

static int release(void **state) {
    (void)state;
    buffer_free(&next);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(truncated_json),
        cmocka_unit_test(wrong_types),
        cmocka_unit_test(only_the_exact_body_settles),
        cmocka_unit_test(deep_nesting),
        cmocka_unit_test(over_the_cap),
        cmocka_unit_test(many_headers),
        cmocka_unit_test(odd_headers),
        cmocka_unit_test(ill_formed_text),
        cmocka_unit_test(long_texts_are_cut),
        cmocka_unit_test(reasons_are_escaped_and_short),
        cmocka_unit_test(cut_at_a_word),
        cmocka_unit_test(html_to_text),
        cmocka_unit_test(noise),
    };
    return cmocka_run_group_tests(tests, NULL, release);
}
