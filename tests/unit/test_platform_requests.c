/* What the adapters send, byte by byte, and what they refuse to send. */
#include "platform_recorded.h"

#define T(z)                                                                                       \
    { (z), sizeof(z) - 1 }

static struct http_request request;
static struct winnow_error error;

static void expect(enum http_method method, enum http_secret secret, const char *target,
                   const char *body, const char *content_type) {
    assert_int_equal(request.method, method);
    assert_int_equal(request.secret, secret);
    assert_string_equal(buffer_text(&request.target), target);
    assert_string_equal(buffer_text(&request.body), body);
    if (content_type == NULL)
        assert_null(request.content_type);
    else
        assert_string_equal(request.content_type, content_type);
}

static int setup(void **state) {
    (void)state;
    http_request_init(&request);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    http_request_free(&request);
    return 0;
}

static const struct text first_page = {"", 0}, no_part = {"", 0};

static void x_requests(void **state) {
    (void)state;
    struct target entry = {.id = T("2244994945")};
    assert_int_equal(
        platform_x.actions[ACTION_UNFOLLOW].build(&account_x, &entry, 1, &request, &error), 0);
    expect(HTTP_DELETE, HTTP_ACCESS_TOKEN, "/2/users/813286/following/2244994945", "", NULL);
    assert_int_equal(
        platform_following(&platform_x)->build(&account_x, no_part, first_page, &request, &error),
        0);
    expect(HTTP_GET, HTTP_ACCESS_TOKEN,
           "/2/users/813286/following?max_results=1000&user.fields=connection_status,created_at,"
           "description,name,profile_image_url,protected,public_metrics,username,verified"
           "&expansions=most_recent_post_id",
           "", NULL);
    struct text cursor = T("a b\r\n&x=%");
    assert_int_equal(
        platform_following(&platform_x)->build(&account_x, no_part, cursor, &request, &error), 0);
    assert_non_null(
        strstr(buffer_text(&request.target), "&pagination_token=a%20b%0D%0A%26x%3D%25"));
    assert_int_equal(platform_x.build_whoami(&request, &error), 0);
    expect(HTTP_GET, HTTP_ACCESS_TOKEN, "/2/users/me?user.fields=public_metrics", "", NULL);
}

static void mastodon_requests(void **state) {
    (void)state;
    struct target entry = {.id = T("01FHMQX3GAABWSM0S2VZEC2SWC")};
    assert_int_equal(platform_mastodon.actions[ACTION_UNFOLLOW].build(&account_mastodon, &entry, 1,
                                                                      &request, &error),
                     0);
    expect(HTTP_POST, HTTP_ACCESS_TOKEN, "/api/v1/accounts/01FHMQX3GAABWSM0S2VZEC2SWC/unfollow", "",
           NULL);
    assert_int_equal(platform_following(&platform_mastodon)
                         ->build(&account_mastodon, no_part, first_page, &request, &error),
                     0);
    expect(HTTP_GET, HTTP_ACCESS_TOKEN, "/api/v1/accounts/1/following?limit=80", "", NULL);
    struct text cursor = T("/api/v1/accounts/1/following?limit=80&max_id=7628164");
    assert_int_equal(platform_following(&platform_mastodon)
                         ->build(&account_mastodon, no_part, cursor, &request, &error),
                     0);
    expect(HTTP_GET, HTTP_ACCESS_TOKEN, cursor.at, "", NULL);
    assert_int_equal(platform_mastodon.build_whoami(&request, &error), 0);
    expect(HTTP_GET, HTTP_ACCESS_TOKEN, "/api/v1/accounts/verify_credentials", "", NULL);
}

static void github_requests(void **state) {
    (void)state;
    struct target entry = {.id = T("583231"), .key = T("octo-cat_corp")};
    assert_int_equal(platform_github.actions[ACTION_UNFOLLOW].build(&account_github, &entry, 1,
                                                                    &request, &error),
                     0);
    expect(HTTP_DELETE, HTTP_ACCESS_TOKEN, "/user/following/octo-cat_corp", "", NULL);
    assert_string_equal(request.accept, "application/vnd.github+json");
    assert_string_equal(request.header, "X-GitHub-Api-Version: 2022-11-28");
    assert_int_equal(platform_following(&platform_github)
                         ->build(&account_github, no_part, first_page, &request, &error),
                     0);
    expect(HTTP_GET, HTTP_ACCESS_TOKEN, "/user/following?per_page=100", "", NULL);
    assert_string_equal(request.accept, "application/vnd.github+json");
    struct text cursor = T("/user/following?per_page=100&page=2");
    assert_int_equal(platform_following(&platform_github)
                         ->build(&account_github, no_part, cursor, &request, &error),
                     0);
    expect(HTTP_GET, HTTP_ACCESS_TOKEN, cursor.at, "", NULL);
    assert_int_equal(platform_github.build_whoami(&request, &error), 0);
    expect(HTTP_GET, HTTP_ACCESS_TOKEN, "/user", "", NULL);
    assert_string_equal(request.header, "X-GitHub-Api-Version: 2022-11-28");
}

#define DID "did:plc:p424pq3i3lovzq6sxvf2ygjk"

static void bluesky_requests(void **state) {
    (void)state;
    const struct platform *b = &platform_bluesky;
    struct target entries[] = {{.key = T("3kaaa")}, {.key = T("3kbbb")}};
    assert_int_equal(
        b->actions[ACTION_UNFOLLOW].build(&account_bluesky, entries, 1, &request, &error), 0);
    expect(HTTP_POST, HTTP_ACCESS_TOKEN, "/xrpc/com.atproto.repo.deleteRecord",
           "{\"repo\":\"" DID "\",\"collection\":\"app.bsky.graph.follow\",\"rkey\":\"3kaaa\"}",
           "application/json");
    assert_int_equal(
        b->actions[ACTION_UNFOLLOW].build(&account_bluesky, entries, 2, &request, &error), 0);
    expect(HTTP_POST, HTTP_ACCESS_TOKEN, "/xrpc/com.atproto.repo.applyWrites",
           "{\"repo\":\"" DID "\",\"writes\":["
           "{\"$type\":\"com.atproto.repo.applyWrites#delete\","
           "\"collection\":\"app.bsky.graph.follow\",\"rkey\":\"3kaaa\"},"
           "{\"$type\":\"com.atproto.repo.applyWrites#delete\","
           "\"collection\":\"app.bsky.graph.follow\",\"rkey\":\"3kbbb\"}]}",
           "application/json");
    struct text cursor = T("3k\r\nb");
    assert_int_equal(
        platform_following(b)->build(&account_bluesky, no_part, cursor, &request, &error), 0);
    expect(HTTP_GET, HTTP_NO_SECRET,
           "/xrpc/com.atproto.repo.listRecords?repo=did%3Aplc%3Ap424pq3i3lovzq6sxvf2ygjk"
           "&collection=app.bsky.graph.follow&limit=100&cursor=3k%0D%0Ab",
           "", NULL);
    assert_int_equal(b->build_whoami(&request, &error), 0);
    expect(HTTP_GET, HTTP_ACCESS_TOKEN, "/xrpc/com.atproto.server.getSession", "", NULL);
    assert_int_equal(b->build_session("a.test", "p\"w\\\n\xC3\xA9", &request, &error), 0);
    expect(HTTP_POST, HTTP_NO_SECRET, "/xrpc/com.atproto.server.createSession",
           "{\"identifier\":\"a.test\",\"password\":\"p\\\"w\\\\\\u000a\xC3\xA9\"}",
           "application/json");
    assert_int_equal(b->build_refresh(&request, &error), 0);
    expect(HTTP_POST, HTTP_REFRESH_TOKEN, "/xrpc/com.atproto.server.refreshSession", "", NULL);
}

static void a_full_batch_fits(void **state) {
    (void)state;
    struct target entries[201];
    for (size_t i = 0; i < 201; i++)
        entries[i] = (struct target){.key = T("3khuwc44c2222")};
    const struct platform *b = &platform_bluesky;
    assert_int_equal(b->actions[ACTION_UNFOLLOW].batch_max, 200);
    assert_int_equal(
        b->actions[ACTION_UNFOLLOW].build(&account_bluesky, entries, 200, &request, &error), 0);
    assert_int_equal(
        b->actions[ACTION_UNFOLLOW].build(&account_bluesky, entries, 201, &request, &error), -1);
    assert_int_equal(
        b->actions[ACTION_UNFOLLOW].build(&account_bluesky, entries, 0, &request, &error), -1);
    assert_int_equal(
        platform_x.actions[ACTION_UNFOLLOW].build(&account_x, entries, 2, &request, &error), -1);
}

static void bad_ids_are_not_sent(void **state) {
    (void)state;
    static const struct text bad[] = {T(""),
                                      T("1 2"),
                                      T("1/../2"),
                                      T("1\r\nX: y"),
                                      T("1?a=b"),
                                      T("\xff"),
                                      T("1%2f2"),
                                      T("a@b"),
                                      T("1#"),
                                      T("1\0"
                                        "2"),
                                      T("..")};
    static const struct platform *const all[] = {&platform_x, &platform_mastodon, &platform_bluesky,
                                                 &platform_github};
    for (size_t p = 0; p < 4; p++)
        for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
            struct target entry = {.id = bad[i], .key = bad[i]};
            error.code = WINNOW_OK;
            assert_int_equal(all[p]->actions[ACTION_UNFOLLOW].build(account_of(all[p]), &entry, 1,
                                                                    &request, &error),
                             -1);
            assert_int_equal(error.code, WINNOW_BAD_INPUT);
            assert_int_equal(platform_check_id(all[p], bad[i].at, bad[i].size, &error), -1);
        }
    static const struct platform_account nobody = {"../../x", "", 0, false};
    assert_int_equal(
        platform_following(&platform_x)->build(&nobody, no_part, first_page, &request, &error), -1);
    assert_int_equal(platform_following(&platform_mastodon)
                         ->build(&nobody, no_part, first_page, &request, &error),
                     -1);
    assert_int_equal(platform_following(&platform_bluesky)
                         ->build(&nobody, no_part, first_page, &request, &error),
                     -1);
}

static void bad_cursors_are_not_sent(void **state) {
    (void)state;
    static const struct text bad[] = {
        T("https://evil.example/api/v1/accounts/1/following"),
        T("//evil.example/api/v1/accounts/1/following"),
        T("/api/v1/accounts/1/following?a\r\nHost: evil"),
        T("/api/v1/accounts/../../x"),
        T("/api/v1/accounts/1//x"),
        T("/api/v1/accounts/1/following HTTP/1.1"),
        T("/user/following?page=2\n"),
        T("/users/../x"),
        T("/other"),
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(platform_following(&platform_mastodon)
                             ->build(&account_mastodon, no_part, bad[i], &request, &error),
                         -1);
        assert_int_equal(platform_following(&platform_github)
                             ->build(&account_github, no_part, bad[i], &request, &error),
                         -1);
    }
}

struct id_line {
    const struct platform *platform;
    const char *id;
    int id_ok, account_ok;
};

static void ids_and_accounts(void **state) {
    (void)state;
    static const struct id_line lines[] = {
        {&platform_x, "813286", 1, 1},
        {&platform_x, "9223372036854775807", 1, 1},
        {&platform_x, "12345678901234567890", 0, 0},
        {&platform_x, "BarackObama", 0, 1},
        {&platform_x, "@BarackObama", 0, 0},
        {&platform_x, "a_handle_too_long", 0, 0},
        {&platform_mastodon, "109", 1, 1},
        {&platform_mastodon, "01FHMQX3GAABWSM0S2VZEC2SWC", 1, 1},
        {&platform_mastodon, "alice@example.social", 0, 1},
        {&platform_mastodon, "alice@", 0, 0},
        {&platform_mastodon, "alice@exa mple", 0, 0},
        {&platform_bluesky, DID, 1, 1},
        {&platform_bluesky, "did:web:example.com", 1, 1},
        {&platform_bluesky, "did:plc:", 0, 0},
        {&platform_bluesky, "did:PLC:a", 0, 0},
        {&platform_bluesky, "did:plc:a:", 0, 0},
        {&platform_bluesky, "alice.bsky.social", 0, 1},
        {&platform_bluesky, "alice", 0, 0},
        {&platform_x, "012", 0, 1}, /* a handle of three digits */
        {&platform_mastodon, "012", 0, 1},
        {&platform_github, "583231", 1, 1},
        {&platform_github, "octocat", 1, 1},
        {&platform_github, "octo cat", 0, 0},
        {&platform_github, "a-login-that-is-longer-than-github-allows", 0, 0},
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        const struct id_line *l = &lines[i];
        size_t size = strlen(l->id);
        if ((platform_check_id(l->platform, l->id, size, &error) == 0) != l->id_ok)
            fail_msg("id %s of %s", l->id, l->platform->name);
        if ((platform_check_account(l->platform, l->id, size, &error) == 0) != l->account_ok)
            fail_msg("account %s of %s", l->id, l->platform->name);
    }
    platform_check_id(&platform_x, "\x1b[2J", 4, &error);
    assert_string_equal(error.text,
                        "\"\\x1B[2J\" is no id of X: expected 1 to 19 digits, the first of "
                        "them no zero");
}

/* Budgets have names of their own, costs that draw on them, and a source; all slide. */
static void budgets_are_whole(void **state) {
    (void)state;
    size_t count = 0;
    for (const struct platform *p; (p = platform_at(count)) != NULL; count++) {
        assert_ptr_equal(platform_find(p->name), p);
        assert_true(p->budget_count > 0 && p->budget_count < BUDGETS_MAX);
        for (size_t k = 0; k < p->budget_count; k++) {
            const struct budget_spec *s = &p->budgets[k].spec;
            assert_true(s->name[0] != '\0' && s->limit > 0 && s->period_ms > 0 && !s->users);
            assert_int_equal(s->kind, BUDGET_SLIDING);
            assert_true(s->costs.each[ACTION_UNFOLLOW] + s->costs.write + s->costs.read > 0);
            assert_true(strlen(p->budgets[k].source) > 10);
            for (size_t m = 0; m < k; m++)
                assert_string_not_equal(s->name, p->budgets[m].spec.name);
        }
        assert_true((p->notice == NULL) == (p->notice_source == NULL));
        assert_true(p->sessions == (p->build_session != NULL));
    }
    assert_int_equal(count, 4);
    assert_null(platform_find("myspace"));
    assert_null(platform_find(""));
    assert_int_equal(platform_x.budgets[0].spec.limit, 50);
    assert_int_equal(platform_x.budgets[0].spec.period_ms, 900000);
    assert_int_equal(platform_x.budgets[1].spec.limit, 500);
    assert_int_equal(platform_x.actions[ACTION_UNFOLLOW].price_micro, 10000);
}

/* What nobody else knows of a platform stands in its row. */
static void rows_are_whole(void **state) {
    (void)state;
    const struct platform *p;
    for (size_t i = 0; (p = platform_at(i)) != NULL; i++) {
        bool archive = false;
        assert_true(p->title != NULL && p->id != NULL && p->handle != NULL);
        assert_true(p->id_expected != NULL && p->account_expected != NULL);
        assert_true((p->also != NULL) == (p->exact_expected != NULL));
        assert_non_null(p->profiles.by_handle);
        assert_true(p->profiles.site != NULL || p->default_server == NULL);
        assert_true(p->actions[ACTION_UNFOLLOW].build != NULL &&
                    p->actions[ACTION_UNFOLLOW].read != NULL);
        assert_true(p->build_relation != NULL && p->read_relation != NULL && p->relation_max > 0);
        assert_true(p->build_whoami != NULL && p->read_whoami != NULL);
        assert_true(p->sources[0].dataset == DATASET_FOLLOWING && p->sources[0].list != NULL);
        for (size_t k = 0; k < p->source_count; k++)
            archive |= p->sources[k].way == SOURCE_ARCHIVE;
        assert_true(archive == (p->archive_file != NULL));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(x_requests, setup, teardown),
        cmocka_unit_test_setup_teardown(mastodon_requests, setup, teardown),
        cmocka_unit_test_setup_teardown(github_requests, setup, teardown),
        cmocka_unit_test_setup_teardown(bluesky_requests, setup, teardown),
        cmocka_unit_test_setup_teardown(a_full_batch_fits, setup, teardown),
        cmocka_unit_test_setup_teardown(bad_ids_are_not_sent, setup, teardown),
        cmocka_unit_test_setup_teardown(bad_cursors_are_not_sent, setup, teardown),
        cmocka_unit_test(ids_and_accounts),
        cmocka_unit_test(budgets_are_whole),
        cmocka_unit_test(rows_are_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
