/* A look at some entries, platform by platform: what is asked, and what each answer says of who is
 * followed. What is not told is unknown, never no. */
#include "platform_recorded.h"

#define MOST 3

static const char *const x_ids[MOST] = {"2244994945", "783214", "12"};
static const char *const mastodon_ids[MOST] = {"109302", "01H8X", "7"};

struct row {
    const struct platform *platform;
    size_t count; /* of entries asked about */
    int status;
    const char *body;
    const char *says; /* y, n or ? an entry; NULL: no answer */
    enum reply_action action;
};

#define X_USER(id, more)   "{\"id\":\"" id "\",\"name\":\"n\",\"username\":\"u\"" more "}"
#define STATUS(list)       ",\"connection_status\":[" list "]"
#define RELATION(id, flag) "{\"id\":\"" id "\",\"following\":" flag ",\"followed_by\":true}"

static const struct row rows[] = {
    {&platform_x, 3, 200,
     "{\"data\":[" X_USER("783214", STATUS("\"following\",\"followed_by\"")) "," X_USER(
         "2244994945", STATUS("\"followed_by\"")) "," X_USER("12", STATUS("")) "]}",
     "nyn", REPLY_GO_ON},
    /* the array is left out, or stands in errors[] */
    {&platform_x, 3, 200,
     "{\"data\":[" X_USER("783214",
                          "") "],\"errors\":[{\"resource_id\":\"12\",\"type\":"
                              "\"https://api.twitter.com/2/problems/resource-not-found\"}]}",
     "???", REPLY_GO_ON},
    {&platform_x, 1, 200, "{\"errors\":[{\"resource_id\":\"2244994945\"}]}", "?", REPLY_GO_ON},
    {&platform_x, 2, 200, "{\"errors\":[{\"resource_id\":\"2244994945\"}]}", NULL, REPLY_BACK_OFF},
    {&platform_x, 1, 200, "{\"data\":{\"following\":false}}", NULL, REPLY_BACK_OFF},
    {&platform_x, 1, 200, "[]", NULL, REPLY_BACK_OFF},
    {&platform_x, 1, 503, "", NULL, REPLY_BACK_OFF},
    {&platform_x, 1, 429, "", NULL, REPLY_WAIT},
    {&platform_x, 1, 401, "", NULL, REPLY_REFRESH},
    {&platform_mastodon, 3, 200, "[" RELATION("01H8X", "false") "," RELATION("109302", "true") "]",
     "yn?", REPLY_GO_ON},
    {&platform_mastodon, 1, 200, "[{\"id\":\"109302\",\"following\":\"no\"}]", "?", REPLY_GO_ON},
    {&platform_mastodon, 1, 200, "[]", "?", REPLY_GO_ON},
    {&platform_mastodon, 1, 200, "{\"id\":\"109302\",\"following\":false}", NULL, REPLY_BACK_OFF},
    /* refused: perhaps for one of them, and no reason to stop */
    {&platform_mastodon, 2, 404, "{\"error\":\"Record not found\"}", NULL, REPLY_SPLIT},
    {&platform_mastodon, 1, 400, "{\"error\":\"Bad Request\"}", NULL, REPLY_SPLIT},
    {&platform_mastodon, 1, 410, "{\"error\":\"Gone\"}", NULL, REPLY_SPLIT},
    {&platform_mastodon, 1, 422, "", NULL, REPLY_SPLIT},
    {&platform_mastodon, 1, 403, "{\"error\":\"not allowed\"}", NULL, REPLY_SPLIT},
    {&platform_mastodon, 1, 403, "{\"error\":\"outside the authorized scopes\"}", NULL, REPLY_STOP},
    {&platform_mastodon, 1, 401, "", NULL, REPLY_STOP},
    {&platform_mastodon, 1, 405, "", "?", REPLY_GO_ON}, /* no such call */
    {&platform_mastodon, 1, 404, "<html>", "?", REPLY_GO_ON},
    {&platform_mastodon, 1, 500, "", NULL, REPLY_BACK_OFF},
    {&platform_mastodon, 1, 200, "[{\"id\":109302,\"following\":false}]", "n", REPLY_GO_ON},
    {&platform_mastodon, 1, 429, "{\"error\":\"Too many requests\"}", NULL, REPLY_WAIT},
    {&platform_github, 1, 204, "", "y", REPLY_GO_ON},
    {&platform_github, 1, 404, "{\"message\":\"Not Found\"}", "n", REPLY_GO_ON},
    {&platform_github, 1, 404, "<html>", NULL, REPLY_SPLIT},
    {&platform_github, 1, 200, "", NULL, REPLY_BACK_OFF},
    {&platform_github, 1, 401, "{\"message\":\"Bad credentials\"}", NULL, REPLY_STOP},
    {&platform_bluesky, 1, 200,
     "{\"uri\":\"at://did:plc:p424pq3i3lovzq6sxvf2ygjk/app.bsky.graph.follow/3kabc\",\"cid\":\"b\","
     "\"value\":{\"subject\":\"did:plc:zzzzzzzzzzzzzzzzzzzzzzzz\"}}",
     "y", REPLY_GO_ON},
    {&platform_bluesky, 1, 200, /* another record */
     "{\"uri\":\"at://did:plc:p424pq3i3lovzq6sxvf2ygjk/app.bsky.graph.follow/3kabd\"}", NULL,
     REPLY_BACK_OFF},
    {&platform_bluesky, 1, 400, "{\"error\":\"RecordNotFound\",\"message\":\"Could not locate\"}",
     "n", REPLY_GO_ON},
    {&platform_bluesky, 1, 400, "{\"error\":\"InvalidRequest\",\"message\":\"no\"}", NULL,
     REPLY_SPLIT},
    {&platform_bluesky, 1, 400, "{\"error\":\"RepoDeactivated\"}", NULL, REPLY_STOP},
    {&platform_bluesky, 1, 429, "{\"error\":\"RateLimitExceeded\"}", NULL, REPLY_WAIT},
    {&platform_bluesky, 1, 502, "", NULL, REPLY_BACK_OFF},
};

static struct target entry_of(const struct platform *p, size_t i) {
    const char *id = p == &platform_mastodon ? mastodon_ids[i] : x_ids[i];
    const char *key = p == &platform_github ? "octocat" : p == &platform_bluesky ? "3kabc" : "";
    return (struct target){{id, (uint32_t)strlen(id)}, {key, (uint32_t)strlen(key)}};
}

static void test_answers(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *row = &rows[i];
        struct target entries[MOST];
        struct platform_relation is[MOST] = {{TRI_YES, TRI_YES, false, false}};
        struct recorded r;
        struct reply reply = {0};
        for (size_t k = 0; k < row->count; k++)
            entries[k] = entry_of(row->platform, k);
        recorded_make(&r, row->status, "Content-Type: application/json\r\n", row->body,
                      strlen(row->body));
        row->platform->read_relation(account_of(row->platform), entries, row->count, &r.response,
                                     is, &reply);
        if (reply.action != row->action)
            fail_msg("row %zu: action %d, %s", i, (int)reply.action, reply.reason);
        for (size_t k = 0; k < row->count; k++) {
            enum tri expected = row->says == NULL || row->says[k] == '?' ? TRI_UNKNOWN
                                : row->says[k] == 'y'                    ? TRI_YES
                                                                         : TRI_NO;
            if (is[k].following != expected)
                fail_msg("row %zu, entry %zu: %d", i, k, (int)is[k].following);
        }
        free(r.bytes);
    }
}

/* ---- those about to be unfollowed, on Bluesky
 * --------------------------------------------------*/

#define DID_A       "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"
#define DID_B       "did:plc:bbbbbbbbbbbbbbbbbbbbbbbb"
#define FOLLOW(did) "\"at://" did "/app.bsky.graph.follow/3k\""
#define RELATED(did, more)                                                                         \
    "{\"$type\":\"app.bsky.graph.defs#relationship\",\"did\":\"" did "\"" more "}"
#define FOLLOWED ",\"following\":" FOLLOW("did:plc:p424pq3i3lovzq6sxvf2ygjk")
#define NOT_FOUND                                                                                  \
    "{\"$type\":\"app.bsky.graph.defs#notFoundActor\",\"actor\":\"" DID_A "\",\"notFound\":true}"

/* The first and the last entry are two records of DID_A, the one between is DID_B. `says`: two
 * letters an entry, followed and follows back. */
static const struct {
    int status;
    const char *body;
    const char *says;
    enum reply_action action;
    bool not_offered;
} relations[] = {
    {200,
     "{\"relationships\":[" RELATED(DID_A, FOLLOWED ",\"followedBy\":" FOLLOW(DID_A)) "," RELATED(
         DID_B, FOLLOWED) "]}",
     "yyynyy", REPLY_GO_ON, false},
    /* they block: both directions are told all the same */
    {200,
     "{\"relationships\":[" RELATED(
         DID_B, FOLLOWED ",\"followedBy\":" FOLLOW(DID_B) ",\"blockedBy\":\"at://" DID_B
                                                          "/app.bsky.graph.block/3k\"") "]}",
     "??yy??", REPLY_GO_ON, false},
    /* the index is behind, or knows nothing: a no that is no proof ("i") */
    {200, "{\"relationships\":[" NOT_FOUND "," RELATED(DID_B, "") "]}", "i?i?i?", REPLY_GO_ON,
     false},
    {200, "{\"relationships\":[" RELATED(DID_B, ",\"followedBy\":" FOLLOW(DID_B)) "]}", "??iy??",
     REPLY_GO_ON, false},
    {200, "{\"relationships\":[7,null,{\"did\":9,\"following\":true,\"followedBy\":true}]}",
     "??????", REPLY_GO_ON, false},
    {200, "{\"relationships\":{}}", "??????", REPLY_BACK_OFF, false},
    {200, "<html>", "??????", REPLY_BACK_OFF, false},
    {400,
     "{\"error\":\"InvalidRequest\",\"message\":\"No service configured for "
     "app.bsky.graph.getRelationships\"}",
     "??????", REPLY_GO_ON, true},
    {501, "{\"error\":\"MethodNotImplemented\"}", "??????", REPLY_GO_ON, true},
    {404, "", "??????", REPLY_GO_ON, true},
    /* one of the ids is not to its liking */
    {400, "{\"error\":\"InvalidRequest\",\"message\":\"others/0 must be a did\"}", "??????",
     REPLY_SPLIT, false},
    {400, "{\"error\":\"ExpiredToken\"}", "??????", REPLY_REFRESH, false},
    {401, "{\"error\":\"AccountTakedown\"}", "??????", REPLY_STOP, false},
    {429, "{\"error\":\"RateLimitExceeded\"}", "??????", REPLY_WAIT, false},
    {502, "{\"error\":\"UpstreamFailure\"}", "??????", REPLY_BACK_OFF, false},
};

static char letter(enum tri is) {
    return is == TRI_YES ? 'y' : is == TRI_NO ? 'n' : '?';
}

static void test_relations(void **state) {
    static const struct target entries[MOST] = {
        {{DID_A, 32}, {"3ka", 3}}, {{DID_B, 32}, {"3kb", 3}}, {{DID_A, 32}, {"3kc", 3}}};
    (void)state;
    for (size_t i = 0; i < sizeof relations / sizeof relations[0]; i++) {
        struct platform_relation is[MOST] = {{TRI_YES, TRI_YES, false, false}};
        struct recorded r;
        struct reply reply = {0};
        char says[2 * MOST + 1] = "";
        recorded_make(&r, relations[i].status, "Content-Type: application/json\r\n",
                      relations[i].body, strlen(relations[i].body));
        platform_bluesky.relations->read(&account_bluesky, entries, MOST, &r.response, is, &reply);
        for (size_t k = 0; k < MOST; k++) {
            says[2 * k] = is[k].index ? 'i' : letter(is[k].following);
            assert_int_equal(is[k].told, says[2 * k] != '?');
            says[2 * k + 1] = letter(is[k].followed_by);
        }
        if (reply.action != relations[i].action || reply.not_offered != relations[i].not_offered ||
            strcmp(says, relations[i].says) != 0)
            fail_msg("row %zu: action %d, %s, %s", i, (int)reply.action, says, reply.reason);
        assert_int_equal(reply.outcome == OUTCOME_NONE, reply.action == REPLY_GO_ON);
        free(r.bytes);
    }
}

static void test_relations_of_a_bare_pds(void **state) {
    static const struct target entry = {{DID_A, 32}, {"3ka", 3}};
    struct platform_relation is = {TRI_YES, TRI_YES, false, false};
    struct recorded r;
    struct reply reply = {0};
    (void)state;
    recorded_load(&r, &platform_bluesky, "get-relationships-400-no-service");
    platform_bluesky.relations->read(&account_bluesky, &entry, 1, &r.response, &is, &reply);
    assert_true(reply.action == REPLY_GO_ON && reply.not_offered);
    assert_true(is.following == TRI_UNKNOWN && is.followed_by == TRI_UNKNOWN);
    recorded_free(&r);
}

static void test_relations_request(void **state) {
    static const struct target entries[2] = {{{DID_A, 32}, {"3ka", 3}}, {{DID_B, 32}, {"3kb", 3}}};
    static const struct target bad = {{"did:plc:a&others=b", 18}, {"3ka", 3}};
    struct http_request q;
    struct winnow_error err = {0};
    (void)state;
    http_request_init(&q);
    assert_int_equal(platform_bluesky.relations->build(&account_bluesky, entries, 2, &q, &err), 0);
    assert_string_equal(buffer_text(&q.target),
                        "/xrpc/app.bsky.graph.getRelationships?actor=did%3Aplc%3A"
                        "p424pq3i3lovzq6sxvf2ygjk&others=did%3Aplc%3Aaaaaaaaaaaaaaaaaaaaaaaaa"
                        "&others=did%3Aplc%3Abbbbbbbbbbbbbbbbbbbbbbbb");
    assert_int_equal(q.secret, HTTP_ACCESS_TOKEN);
    assert_int_equal(platform_bluesky.relations->build(&account_bluesky, &bad, 1, &q, &err), -1);
    assert_int_equal(platform_bluesky.relations->build(&account_bluesky, entries, 0, &q, &err), -1);
    assert_true(platform_bluesky.relations->max == 30 && 30 <= PLATFORM_RELATIONS_MAX);
    http_request_free(&q);
}

static void test_requests(void **state) {
    static const struct {
        const struct platform *platform;
        size_t count;
        const char *target;
        enum http_secret secret;
    } asks[] = {
        {&platform_x, 3, "/2/users?user.fields=connection_status&ids=2244994945,783214,12",
         HTTP_ACCESS_TOKEN},
        {&platform_mastodon, 2,
         "/api/v1/accounts/relationships?with_suspended=true&id[]=109302&id[]=01H8X",
         HTTP_ACCESS_TOKEN},
        {&platform_github, 1, "/user/following/octocat", HTTP_ACCESS_TOKEN},
        {&platform_bluesky, 1,
         "/xrpc/com.atproto.repo.getRecord?repo=did%3Aplc%3Ap424pq3i3lovzq6sxvf2ygjk&collection="
         "app.bsky.graph.follow&rkey=3kabc",
         HTTP_NO_SECRET},
    };
    (void)state;
    for (size_t i = 0; i < sizeof asks / sizeof asks[0]; i++) {
        const struct platform *p = asks[i].platform;
        struct target entries[MOST];
        struct http_request q;
        struct winnow_error err = {0};
        for (size_t k = 0; k < asks[i].count; k++)
            entries[k] = entry_of(p, k);
        http_request_init(&q);
        if (p->build_relation(account_of(p), entries, asks[i].count, &q, &err) != 0)
            fail_msg("%s: %s", p->name, err.text);
        assert_string_equal(buffer_text(&q.target), asks[i].target);
        assert_int_equal(q.method, HTTP_GET);
        assert_int_equal(q.secret, asks[i].secret);
        http_request_clear(&q);
        entries[0].id = entries[0].key = (struct text){"a/b", 3};
        assert_int_equal(p->build_relation(account_of(p), entries, 1, &q, &err), -1);
        assert_true(asks[i].count <= p->relation_max && p->relation_max <= PLATFORM_RELATIONS_MAX);
        http_request_clear(&q);
        assert_int_equal(p->build_relation(account_of(p), entries, 0, &q, &err), -1);
        http_request_free(&q);
    }
}

/* ---- questions about one, after a "not found" ---- */

/* The last of them that is asked, and what its answer makes of the entry. */
static const struct {
    const struct platform *platform;
    unsigned number;
    const char *target; /* of the request */
    int status;
    const char *body;
    enum outcome outcome;
    enum reply_action action;
} questions[] = {
    {&platform_mastodon, 1, "/api/v1/accounts/relationships?with_suspended=true&id[]=109302", 200,
     "[" RELATION("109302", "false") "]", OUTCOME_ALREADY_SO, REPLY_GO_ON},
    {&platform_mastodon, 1, NULL, 200, "[" RELATION("109302", "true") "]", OUTCOME_RETRY,
     REPLY_STREAK},
    {&platform_mastodon, 1, NULL, 200, "[]", OUTCOME_RETRY, REPLY_ASK},
    {&platform_mastodon, 1, NULL, 200, "[" RELATION("7", "false") "]", OUTCOME_RETRY, REPLY_ASK},
    {&platform_mastodon, 1, NULL, 404, "{\"error\":\"no\"}", OUTCOME_RETRY, REPLY_ASK},
    {&platform_mastodon, 1, NULL, 405, "", OUTCOME_RETRY, REPLY_ASK},
    {&platform_mastodon, 1, NULL, 503, "", OUTCOME_RETRY, REPLY_BACK_OFF},
    {&platform_mastodon, 2, "/api/v1/accounts/1", 200, "{\"id\":\"1\"}", OUTCOME_RETRY, REPLY_ASK},
    {&platform_mastodon, 2, NULL, 200, "{\"id\":\"2\"}", OUTCOME_RETRY, REPLY_BACK_OFF},
    {&platform_mastodon, 2, NULL, 404, "{\"error\":\"no\"}", OUTCOME_RETRY, REPLY_STREAK},
    {&platform_mastodon, 2, NULL, 401, "{}", OUTCOME_RETRY, REPLY_STOP},
    {&platform_mastodon, 3, "/api/v1/accounts/109302", 404, "{\"error\":\"no\"}", OUTCOME_RETRY,
     REPLY_ASK},
    {&platform_mastodon, 3, NULL, 410, "{\"error\":\"Gone\"}", OUTCOME_RETRY, REPLY_ASK},
    {&platform_mastodon, 3, NULL, 200, "{\"id\":109302}", OUTCOME_RETRY, REPLY_STREAK},
    {&platform_mastodon, 3, NULL, 404, "<html>", OUTCOME_RETRY, REPLY_STREAK},
    {&platform_mastodon, 3, NULL, 403, "{\"error\":\"no\"}", OUTCOME_RETRY, REPLY_STREAK},
    {&platform_mastodon, 3, NULL, 500, "", OUTCOME_RETRY, REPLY_BACK_OFF},
    {&platform_mastodon, 4, "/api/v1/accounts/1", 200, "{\"id\":\"1\"}", OUTCOME_TARGET_GONE,
     REPLY_GO_ON},
    {&platform_mastodon, 4, NULL, 404, "{\"error\":\"no\"}", OUTCOME_RETRY, REPLY_STREAK},
    {&platform_github, 1, "/user", 200, "{\"id\":583231,\"login\":\"octocat\"}", OUTCOME_RETRY,
     REPLY_ASK},
    {&platform_github, 1, NULL, 404, "{\"message\":\"Not Found\"}", OUTCOME_RETRY, REPLY_STREAK},
    {&platform_github, 1, NULL, 401, "{\"message\":\"Bad credentials\"}", OUTCOME_RETRY,
     REPLY_STOP},
    {&platform_github, 2, "/users/octocat", 404, "{\"message\":\"Not Found\"}", OUTCOME_RETRY,
     REPLY_ASK},
    {&platform_github, 2, NULL, 200, "{\"id\":2244994945,\"login\":\"octocat\"}", OUTCOME_RETRY,
     REPLY_STREAK},
    {&platform_github, 2, NULL, 200, "{\"id\":\"2244994945\",\"login\":\"octocat\"}", OUTCOME_RETRY,
     REPLY_STREAK},
    {&platform_github, 2, NULL, 200, "{\"id\":7,\"login\":\"octocat\"}", OUTCOME_REFUSED,
     REPLY_GO_ON},
    {&platform_github, 2, NULL, 404, "<html>", OUTCOME_RETRY, REPLY_STREAK},
    {&platform_github, 2, NULL, 429, "{}", OUTCOME_RETRY, REPLY_WAIT},
    {&platform_github, 3, "/user", 200, "{\"id\":583231,\"login\":\"octocat\"}",
     OUTCOME_TARGET_GONE, REPLY_GO_ON},
    {&platform_github, 3, NULL, 404, "{\"message\":\"Not Found\"}", OUTCOME_RETRY, REPLY_STREAK},
};

static void test_questions(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
        const struct platform *p = questions[i].platform;
        struct target entry = entry_of(p, 0);
        struct http_request q;
        struct recorded r;
        struct reply reply = {0};
        http_request_init(&q);
        assert_int_equal(p->question->build(account_of(p), &entry, questions[i].number, &q, NULL),
                         0);
        assert_int_equal(q.method, HTTP_GET);
        if (questions[i].target != NULL)
            assert_string_equal(buffer_text(&q.target), questions[i].target);
        recorded_make(&r, questions[i].status, "", questions[i].body, strlen(questions[i].body));
        p->question->read(account_of(p), &entry, questions[i].number, &r.response, &reply);
        if (reply.outcome != questions[i].outcome || reply.action != questions[i].action)
            fail_msg("row %zu: outcome %s, action %d: %s", i,
                     outcome_name(ACTION_UNFOLLOW, reply.outcome), (int)reply.action, reply.reason);
        if (reply.action != REPLY_GO_ON && reply.action != REPLY_ASK)
            assert_true(reply.reason[0] != '\0');
        http_request_free(&q);
        free(r.bytes);
    }
    assert_null(platform_x.question); /* there it would cost money */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),           cmocka_unit_test(test_requests),
        cmocka_unit_test(test_relations),         cmocka_unit_test(test_relations_of_a_bare_pds),
        cmocka_unit_test(test_relations_request), cmocka_unit_test(test_questions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
