/* Pages of following lists, identities and sessions: every field, and where the next page is. */
#include "platform_recorded.h"

#include "core/base/text_time.h"

#define ROWS_MAX 16

struct row {
    fact_set known, flags;
    int64_t value[FACT_COUNT];
    char text[FACT_TEXT_COUNT][600];
    char keys[600];
};

struct sink {
    struct row rows[ROWS_MAX];
    size_t count;
    size_t stop_at; /* 0: never */
};

static void keep(struct text t, char *out) {
    assert_true(t.size < 600);
    memcpy(out, t.at, t.size);
    out[t.size] = '\0';
}

static int each(void *context, const struct facts *f) {
    struct sink *to = context;
    if (to->stop_at != 0 && to->count + 1 == to->stop_at)
        return -1;
    assert_true(to->count < ROWS_MAX);
    struct row *row = &to->rows[to->count++];
    memset(row, 0, sizeof *row);
    row->known = f->known;
    row->flags = f->flags;
    for (int id = 0; id < FACT_COUNT; id++) {
        if (!facts_known(f, (enum fact_id)id))
            continue;
        if (fact_types[id] == FACT_TEXT)
            keep(facts_text(f, (enum fact_id)id), row->text[fact_slots[id]]);
        else
            row->value[id] = f->value[id];
    }
    keep(f->follow_keys, row->keys);
    return 0;
}

static struct sink sink;
static struct buffer next;
static struct platform_page page;
static struct reply reply;

static int read_page(const struct platform *p, const char *file) {
    struct recorded r;
    memset(&sink, 0, sizeof sink);
    buffer_free(&next);
    buffer_init(&next, 4096);
    page = (struct platform_page){.each = each, .context = &sink, .next = &next};
    recorded_load(&r, p, file);
    int result = platform_following(p)->read(account_of(p), &r.response, &page, &reply);
    recorded_free(&r);
    return result;
}

#define BIT(id) (UINT64_C(1) << FACT_##id)

static enum tri flag(size_t row, enum fact_id id) {
    struct facts f = {.known = sink.rows[row].known, .flags = sink.rows[row].flags};
    return facts_flag(&f, id);
}

static void is_time(size_t row, enum fact_id id, const char *expected) {
    char text[TEXT_TIME_SIZE];
    assert_true(sink.rows[row].known & FACT_SET(id));
    text_time_write(sink.rows[row].value[id], text);
    assert_string_equal(text, expected);
}

static void x_page(void **state) {
    (void)state;
    assert_int_equal(read_page(&platform_x, "page"), 0);
    assert_int_equal(reply.action, REPLY_GO_ON);
    assert_int_equal(page.count, 3);
    assert_int_equal(page.skipped, 3);
    assert_string_equal(page.skipped_why,
                        "row 4 of the page: its id is missing or not 1 to 19 digits");
    assert_false(page.end);
    assert_string_equal(buffer_text(&next), "DFEDBNRFT3MHCZZZ");
    assert_int_equal(reply.seen_count, 1);
    assert_ptr_equal(reply.seen[0].budget, reply_own_budget);
    assert_int_equal(reply.seen[0].remaining, 297);

    const struct row *r = &sink.rows[0];
    assert_string_equal(r->text[FACT_ID], "2244994945");
    assert_string_equal(r->text[FACT_HANDLE], "XDevelopers");
    assert_string_equal(r->text[FACT_NAME], "Developers");
    assert_string_equal(r->text[FACT_BIO], "The voice \xF0\x9F\x90\xA6");
    assert_string_equal(r->keys, "");
    assert_int_equal(r->value[FACT_FOLLOWERS], 570842);
    assert_int_equal(r->value[FACT_FOLLOWING], 2048);
    assert_int_equal(r->value[FACT_POSTS], 14052);
    is_time(0, FACT_CREATED_AT, "2013-12-14T04:35:55Z");
    is_time(0, FACT_LAST_POST_AT, "2026-11-18T11:06:40Z");
    assert_int_equal(flag(0, FACT_FOLLOWS_ME), TRI_YES);
    assert_int_equal(flag(0, FACT_VERIFIED), TRI_YES);
    assert_int_equal(flag(0, FACT_PROTECTED), TRI_NO);
    assert_int_equal(flag(0, FACT_DEFAULT_AVATAR), TRI_NO);
    assert_int_equal(flag(0, FACT_SUSPENDED), TRI_NO);
    assert_int_equal(flag(0, FACT_BOT), TRI_UNKNOWN);
}

static void x_unknown_is_not_false(void **state) {
    (void)state;
    read_page(&platform_x, "page");
    assert_int_equal(flag(1, FACT_FOLLOWS_ME), TRI_NO); /* filled, and not in it */
    assert_int_equal(flag(1, FACT_PROTECTED), TRI_YES);
    assert_int_equal(flag(1, FACT_DEFAULT_AVATAR), TRI_YES);
    assert_int_equal(sink.rows[1].value[FACT_POSTS], 30);      /* the older name */
    assert_false(sink.rows[1].known & BIT(FOLLOWERS));         /* -1 */
    assert_false(sink.rows[1].known & BIT(FOLLOWING));         /* a text */
    is_time(1, FACT_LAST_POST_AT, "2010-11-04T01:42:54.657Z"); /* before the ids held times */
    assert_int_equal(flag(2, FACT_FOLLOWS_ME), TRI_UNKNOWN);   /* empty: not filled */
    assert_int_equal(sink.rows[2].known,
                     BIT(ID) | BIT(HANDLE) | BIT(SUSPENDED) | BIT(DELETED) | BIT(MOVED));
}

static void x_ends(void **state) {
    (void)state;
    read_page(&platform_x, "page-last");
    assert_true(page.end && page.count == 1 && next.size == 0);
    read_page(&platform_x, "page-empty");
    assert_true(page.end && page.count == 0 && reply.action == REPLY_GO_ON);
    read_page(&platform_x, "page-partial-errors");
    assert_true(page.end && page.count == 1 && reply.action == REPLY_GO_ON);
    read_page(&platform_x, "page-odd-token");
    assert_int_equal(reply.action, REPLY_BACK_OFF);
    assert_int_equal(page.count, 0);
    read_page(&platform_x, "page-data-object");
    assert_int_equal(reply.action, REPLY_BACK_OFF);
}

static void mastodon_page(void **state) {
    (void)state;
    assert_int_equal(read_page(&platform_mastodon, "page"), 0);
    assert_int_equal(page.count, 3);
    assert_int_equal(page.skipped, 2);
    assert_string_equal(buffer_text(&next), "/api/v1/accounts/1/following?limit=80&max_id=7628164");
    assert_string_equal(reply.seen[0].budget, "paging/15m"); /* its reset is 15 minutes away */
    const struct row *r = &sink.rows[0];
    assert_string_equal(r->text[FACT_ID], "23634");
    assert_string_equal(r->text[FACT_HANDLE], "noiob@awoo.space");
    assert_string_equal(r->text[FACT_NAME], "ikea shark");
    assert_string_equal(r->text[FACT_BIO], ":ms_rainbow_flag: AT&T <3\nline two\nb 'x' link");
    assert_int_equal(r->value[FACT_FOLLOWERS], 547);
    assert_int_equal(r->value[FACT_FOLLOWING], 404);
    assert_int_equal(r->value[FACT_POSTS], 28468);
    is_time(0, FACT_CREATED_AT, "2017-02-08T02:00:53.274Z");
    is_time(0, FACT_LAST_POST_AT, "2019-11-17T00:00:00Z");
    assert_int_equal(flag(0, FACT_BOT), TRI_NO);
    assert_int_equal(flag(0, FACT_PROTECTED), TRI_NO);
    assert_int_equal(flag(0, FACT_MOVED), TRI_NO);
    assert_int_equal(flag(0, FACT_SUSPENDED), TRI_NO);
    assert_int_equal(flag(0, FACT_DEFAULT_AVATAR), TRI_NO);
    assert_int_equal(flag(0, FACT_FOLLOWS_ME), TRI_UNKNOWN);
}

static void mastodon_other_rows(void **state) {
    (void)state;
    read_page(&platform_mastodon, "page");
    assert_string_equal(sink.rows[1].text[FACT_HANDLE], "local@mastodon.social");
    assert_false(sink.rows[1].known & BIT(LAST_POST_AT));
    assert_false(sink.rows[1].known & BIT(FOLLOWERS));
    assert_int_equal(flag(1, FACT_BOT), TRI_YES);
    assert_int_equal(flag(1, FACT_PROTECTED), TRI_YES);
    assert_int_equal(flag(1, FACT_MOVED), TRI_YES);
    assert_int_equal(flag(1, FACT_SUSPENDED), TRI_YES);
    assert_int_equal(flag(1, FACT_DEFAULT_AVATAR), TRI_YES);
    /* Pleroma tells neither */
    assert_int_equal(flag(2, FACT_MOVED), TRI_UNKNOWN);
    assert_int_equal(flag(2, FACT_SUSPENDED), TRI_UNKNOWN);
    assert_int_equal(flag(2, FACT_BOT), TRI_UNKNOWN);
}

static void mastodon_links(void **state) {
    (void)state;
    static const struct {
        const char *file;
        const char *next; /* NULL: the end */
    } lines[] = {
        {"page-last", NULL},
        {"page-empty-with-next", "/api/v1/accounts/1/following?limit=80&max_id=7"},
        {"page-other-host", "/api/v1/accounts/1/following?max_id=7"}, /* asked of our server */
        {"link-other-path", NULL},
        {"link-traversal", NULL},
        {"link-protocol-relative", NULL},
        {"link-encoded-dots", NULL},
        {"link-userinfo", NULL},
        {"link-space", NULL},
        {"link-no-rel", NULL},
        {"page-pixelfed-last", NULL},
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        assert_int_equal(read_page(&platform_mastodon, lines[i].file), 0);
        assert_int_equal(reply.action, REPLY_GO_ON);
        assert_int_equal(page.end, lines[i].next == NULL);
        assert_string_equal(buffer_text(&next), lines[i].next == NULL ? "" : lines[i].next);
    }
    char first[4096];
    read_page(&platform_mastodon, "page-pixelfed-first"); /* called "prev" there */
    assert_false(page.end);
    snprintf(first, sizeof first, "%s", buffer_text(&next));
    read_page(&platform_mastodon, "page-pixelfed-middle"); /* "next" points backwards there */
    assert_string_equal(buffer_text(&next), first);
}

static void github_page(void **state) {
    (void)state;
    read_page(&platform_github, "page");
    assert_int_equal(page.count, 3); /* one has its id as text */
    assert_int_equal(page.skipped, 2);
    assert_string_equal(buffer_text(&next), "/user/following?per_page=100&page=2");
    assert_string_equal(sink.rows[0].text[FACT_ID], "583231");
    assert_string_equal(sink.rows[0].text[FACT_HANDLE], "octocat");
    assert_string_equal(sink.rows[0].keys, "octocat");
    assert_int_equal(flag(0, FACT_BOT), TRI_NO);
    assert_int_equal(flag(1, FACT_BOT), TRI_YES);
    assert_false(sink.rows[0].known & (BIT(NAME) | BIT(FOLLOWERS) | BIT(FOLLOWS_ME)));
    read_page(&platform_github, "page-last");
    assert_true(page.end && page.count == 1);
}

static void bluesky_pages(void **state) {
    (void)state;
    read_page(&platform_bluesky, "list-records-200"); /* from a real PDS */
    assert_int_equal(reply.action, REPLY_GO_ON);
    assert_true(page.count > 0 && page.skipped == 0 && !page.end && next.size > 0);
    assert_string_equal(sink.rows[0].text[FACT_ID], "did:plc:rz2nvwukl2yogkrlzxvhqzdv");
    assert_string_equal(sink.rows[0].keys, "3khuwc44c2222\n");
    assert_int_equal(sink.rows[0].known, BIT(ID) | BIT(FOLLOWED_AT));
    is_time(0, FACT_FOLLOWED_AT, "2024-01-01T00:00:00Z");
    read_page(&platform_bluesky, "list-records-200-last");
    assert_true(page.count > 0);
    read_page(&platform_bluesky, "list-records-200-empty");
    assert_true(page.end && page.count == 0 && reply.action == REPLY_GO_ON);
    read_page(&platform_bluesky, "page-odd");
    assert_int_equal(page.count, 1);
    assert_int_equal(page.skipped, 5);
    assert_string_equal(sink.rows[0].keys, "3kgood\n");
    assert_false(sink.rows[0].known & BIT(FOLLOWED_AT));   /* from the future */
    assert_string_equal(buffer_text(&next), "3k\r\nX: y"); /* goes out percent-encoded */
    read_page(&platform_bluesky, "page-no-records");
    assert_int_equal(reply.action, REPLY_BACK_OFF);
}

static void each_can_stop(void **state) {
    (void)state;
    struct recorded r;
    memset(&sink, 0, sizeof sink);
    sink.stop_at = 2;
    buffer_clear(&next);
    page = (struct platform_page){.each = each, .context = &sink, .next = &next};
    recorded_load(&r, &platform_x, "page");
    assert_int_equal(platform_following(&platform_x)->read(&account_x, &r.response, &page, &reply),
                     -1);
    assert_int_equal(sink.count, 1);
    recorded_free(&r);
}

/* A list that is refused: what would settle an entry elsewhere stops the run here. */
static void refused_lists(void **state) {
    (void)state;
    static const struct {
        const struct platform *platform;
        const char *file;
        enum reply_action action;
        enum winnow_code code;
        const char *budget;
    } lines[] = {
        {&platform_x, "404-not-found", REPLY_STOP, WINNOW_NOT_FOUND, NULL},
        {&platform_x, "403-about-blank", REPLY_STOP, WINNOW_SAFETY, NULL},
        {&platform_x, "400-invalid-request", REPLY_STOP, WINNOW_FAILED, NULL},
        {&platform_x, "402-credits-depleted", REPLY_STOP, WINNOW_SAFETY, NULL},
        {&platform_x, "401-unauthorized", REPLY_REFRESH, WINNOW_CREDENTIAL, NULL},
        {&platform_x, "429-rate-limit", REPLY_WAIT, WINNOW_OK, reply_own_budget},
        {&platform_x, "200-html", REPLY_BACK_OFF, WINNOW_OK, NULL},
        {&platform_x, "200-unfollowed", REPLY_BACK_OFF, WINNOW_OK, NULL},
        {&platform_mastodon, "404-record", REPLY_STOP, WINNOW_NOT_FOUND, NULL},
        {&platform_mastodon, "404-snac", REPLY_STOP, WINNOW_NETWORK, NULL},
        {&platform_mastodon, "429-paging", REPLY_WAIT, WINNOW_OK, "paging/15m"},
        {&platform_mastodon, "429-mastodon", REPLY_WAIT, WINNOW_OK, "paging/15m"},
        {&platform_mastodon, "200-unfollowed", REPLY_BACK_OFF, WINNOW_OK, NULL},
        {&platform_mastodon, "503-gotosocial-boot", REPLY_BACK_OFF, WINNOW_OK, NULL},
        {&platform_github, "404-not-found", REPLY_STOP, WINNOW_NOT_FOUND, NULL},
        {&platform_github, "401-bad-credentials", REPLY_STOP, WINNOW_CREDENTIAL, NULL},
        {&platform_github, "403-secondary", REPLY_WAIT, WINNOW_OK, NULL},
        {&platform_github, "200-ok", REPLY_BACK_OFF, WINNOW_OK, NULL},
        {&platform_bluesky, "list-records-400-unknown-repo", REPLY_STOP, WINNOW_NOT_FOUND, NULL},
        {&platform_bluesky, "list-records-400-deactivated", REPLY_STOP, WINNOW_NOT_FOUND, NULL},
        {&platform_bluesky, "list-records-429-address", REPLY_WAIT, WINNOW_OK, NULL},
        {&platform_bluesky, "list-records-500-limit-101", REPLY_BACK_OFF, WINNOW_OK, NULL},
        {&platform_bluesky, "200-already-gone", REPLY_BACK_OFF, WINNOW_OK, NULL},
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        assert_int_equal(read_page(lines[i].platform, lines[i].file), 0);
        if (reply.action != lines[i].action ||
            (reply.action == REPLY_STOP && reply.code != lines[i].code))
            fail_msg("%s/%s: action %d code %s: %s", lines[i].platform->name, lines[i].file,
                     (int)reply.action, winnow_code_name(reply.code), reply.reason);
        if (lines[i].budget != NULL)
            assert_string_equal(reply.budget, lines[i].budget);
        assert_int_equal(reply.outcome, OUTCOME_RETRY);
        assert_true(page.count == 0 && sink.count == 0 && next.size == 0);
    }
}

static struct http_response answered(int status, const char *body) {
    return (struct http_response){
        .end = HTTP_DONE, .status = status, .body = {body, (uint32_t)strlen(body)}};
}

static int read_body(const struct platform *p, const char *body) {
    struct http_response in = answered(200, body);
    memset(&sink, 0, sizeof sink);
    buffer_free(&next);
    buffer_init(&next, 4096);
    page = (struct platform_page){.each = each, .context = &sink, .next = &next};
    return platform_following(p)->read(account_of(p), &in, &page, &reply);
}

#define X_ERROR(type)                                                                              \
    "{\"errors\":[{\"title\":\"e\",\"type\":\"https://api.x.com/2/problems/" type                  \
    "\"}],\"meta\":{"                                                                              \
    "\"next_token\":\"ON\"}}"

/* Errors alone are a page without rows where another follows, and they are not about the account.
 */
static void x_errors_alone(void **state) {
    (void)state;
    assert_int_equal(read_body(&platform_x, X_ERROR("resource-not-found")), 0);
    assert_int_equal(reply.action, REPLY_GO_ON);
    assert_true(!page.end && page.count == 0 && page.skipped == 0);
    assert_string_equal(buffer_text(&next), "ON");
    assert_int_equal(read_body(&platform_x, X_ERROR("client-forbidden")), 0);
    assert_true(reply.action == REPLY_STOP && reply.code == WINNOW_CREDENTIAL);
    assert_int_equal(read_body(&platform_x, X_ERROR("credits")), 0);
    assert_true(reply.action == REPLY_STOP && reply.code == WINNOW_SAFETY);
    read_body(&platform_x, "{\"errors\":[{\"title\":\"e\"}],\"meta\":{}}"); /* and no other page */
    assert_int_not_equal(reply.action, REPLY_GO_ON);
    read_body(&platform_x, "{\"errors\":[],\"meta\":{\"next_token\":\"ON\"}}");
    assert_int_not_equal(reply.action, REPLY_GO_ON);
    /* Who is on a list is counted by nobody else: there, such a page may hide somebody. */
    struct http_response in = answered(200, X_ERROR("resource-not-found"));
    assert_int_equal(platform_source(&platform_x, DATASET_LISTS, SOURCE_PARTS)
                         ->held->read(&account_x, &in, &page, &reply),
                     0);
    assert_int_not_equal(reply.action, REPLY_GO_ON);
}

/* The end is where there is no cursor: an empty page that has one is no end. */
static void bluesky_empty_page(void **state) {
    (void)state;
    assert_int_equal(read_body(&platform_bluesky, "{\"records\":[],\"cursor\":\"3k\"}"), 0);
    assert_true(reply.action == REPLY_GO_ON && !page.end);
    assert_string_equal(buffer_text(&next), "3k");
    assert_int_equal(read_body(&platform_bluesky, "{\"records\":[]}"), 0);
    assert_true(reply.action == REPLY_GO_ON && page.end);
}

static struct platform_identity who;

static void whoami(const struct platform *p, const char *file) {
    struct recorded r;
    recorded_load(&r, p, file);
    p->read_whoami(&r.response, &who, &reply);
    recorded_free(&r);
}

static void identities(void **state) {
    (void)state;
    static const struct {
        const struct platform *platform;
        const char *file, *id, *handle;
        int64_t following, followers;
    } good[] = {
        {&platform_x, "me", "813286", "BarackObama", 702586, 1},
        {&platform_mastodon, "me", "1", "trwnh@mastodon.social", 404, 547},
        {&platform_github, "me", "583231", "octocat", 9, 20000},
        {&platform_bluesky, "get-session-200", "did:plc:p424pq3i3lovzq6sxvf2ygjk",
         "thinned.pds.test", -1, -1},
    };
    for (size_t i = 0; i < 4; i++) {
        whoami(good[i].platform, good[i].file);
        assert_int_equal(reply.action, REPLY_GO_ON);
        assert_string_equal(who.id, good[i].id);
        assert_string_equal(who.handle, good[i].handle);
        assert_int_equal(who.following, good[i].following);
        assert_int_equal(who.followers, good[i].followers);
        whoami(good[i].platform, "200-html");
        assert_int_equal(reply.action, REPLY_BACK_OFF);
        assert_string_equal(who.id, "");
        whoami(good[i].platform, "200-other-object");
        assert_int_equal(reply.action, REPLY_BACK_OFF);
    }
    whoami(&platform_mastodon, "401-invalid-token");
    assert_int_equal(reply.code, WINNOW_CREDENTIAL);
    whoami(&platform_github, "401-bad-credentials");
    assert_int_equal(reply.code, WINNOW_CREDENTIAL);
    whoami(&platform_bluesky, "session-inactive");
    assert_true(reply.action == REPLY_STOP && reply.code == WINNOW_SAFETY);
}

static void whoami_body(const struct platform *p, int status, const char *body) {
    struct http_response in = answered(status, body);
    p->read_whoami(&in, &who, &reply);
}

/* snac says 422 to a token that it does not know; Mastodon, to an app's. */
static void whoami_unprocessable(void **state) {
    (void)state;
    static const char *const bodies[] = {
        "", "{\"error\":\"This method requires an authenticated user\"}", "<h1>422</h1>"};
    for (size_t i = 0; i < 3; i++) {
        whoami_body(&platform_mastodon, 422, bodies[i]);
        assert_true(reply.action == REPLY_STOP && reply.code == WINNOW_CREDENTIAL);
        assert_string_equal(who.id, "");
    }
}

#define DID_DOC(url)                                                                               \
    "\"did\":\"did:plc:p424pq3i3lovzq6sxvf2ygjk\",\"didDoc\":{\"service\":[{\"type\":\"Other\","   \
    "\"serviceEndpoint\":\"https://o.example\"},{\"id\":\"#atproto_pds\",\"type\":"                \
    "\"AtprotoPersonalDataServer\",\"serviceEndpoint\":\"" url "\"}]}"

/* Where the account lives, by its own document; and an account that has left this server. */
static void bluesky_moves(void **state) {
    (void)state;
    whoami_body(&platform_bluesky, 200, "{" DID_DOC("https://new.example") ",\"active\":true}");
    assert_int_equal(reply.action, REPLY_GO_ON);
    assert_string_equal(who.server, "https://new.example");
    whoami_body(&platform_bluesky, 200, "{\"did\":\"did:plc:p424pq3i3lovzq6sxvf2ygjk\"}");
    assert_string_equal(who.server, "");
    whoami_body(&platform_bluesky, 200, "{" DID_DOC("javascript:7") "}");
    assert_string_equal(who.server, "");
    whoami_body(&platform_bluesky, 200, "{" DID_DOC("https://new.example/\\n\\u001b[2J") "}");
    assert_string_equal(who.server, "");
    static const struct {
        int status;
        const char *body, *says;
    } left[] = {
        {200, "{" DID_DOC("https://new.example") ",\"active\":false,\"status\":\"deactivated\"}",
         "https://new.example"},
        {200,
         "{\"did\":\"did:plc:p424pq3i3lovzq6sxvf2ygjk\",\"active\":false,\"status\":"
         "\"deactivated\"}",
         "if it has moved to another"},
        {401, "{\"error\":\"AccountDeactivated\",\"message\":\"Account is deactivated\"}",
         "if it has moved to another"},
        {400, "{\"error\":\"RepoDeactivated\",\"message\":\"Repo is deactivated\"}",
         "if it has moved to another"},
    };
    for (size_t i = 0; i < sizeof left / sizeof left[0]; i++) {
        whoami_body(&platform_bluesky, left[i].status, left[i].body);
        assert_true(reply.action == REPLY_STOP && reply.code == WINNOW_SAFETY);
        assert_non_null(strstr(reply.reason, left[i].says));
        assert_non_null(strstr(reply.reason, "winnow login NAME --server URL"));
        assert_null(strstr(reply.reason, "activate it"));
    }
}

static void sessions(void **state) {
    (void)state;
    static const struct {
        const char *file;
        enum reply_action action;
        enum winnow_code code;
    } lines[] = {
        {"create-session-200", REPLY_GO_ON, WINNOW_OK},
        {"refresh-session-200", REPLY_GO_ON, WINNOW_OK},
        {"refresh-session-200-again-in-grace", REPLY_GO_ON, WINNOW_OK},
        {"create-session-200-deactivated", REPLY_STOP, WINNOW_SAFETY},
        {"create-session-401-wrong-password", REPLY_STOP, WINNOW_CREDENTIAL},
        {"create-session-401-unknown-account", REPLY_STOP, WINNOW_CREDENTIAL},
        {"create-session-429", REPLY_WAIT, WINNOW_OK},
        {"refresh-session-400-access-token", REPLY_STOP, WINNOW_CREDENTIAL},
        {"refresh-session-400-with-body", REPLY_STOP, WINNOW_FAILED},
        {"refresh-session-401-taken-down", REPLY_STOP, WINNOW_SAFETY},
        {"refresh-session-429-address", REPLY_WAIT, WINNOW_OK},
        {"delete-record-400-expired-token", REPLY_STOP, WINNOW_CREDENTIAL}, /* no second refresh */
        {"401-two-factor", REPLY_STOP, WINNOW_CREDENTIAL},
        {"session-bad-token", REPLY_BACK_OFF, WINNOW_OK},
        {"200-html", REPLY_BACK_OFF, WINNOW_OK},
        {"200-already-gone", REPLY_BACK_OFF, WINNOW_OK},
        {"get-session-200", REPLY_BACK_OFF, WINNOW_OK}, /* no tokens */
    };
    static struct platform_session session;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct recorded r;
        recorded_load(&r, &platform_bluesky, lines[i].file);
        platform_bluesky.read_session(&r.response, &session, &reply);
        if (reply.action != lines[i].action ||
            (reply.action == REPLY_STOP && reply.code != lines[i].code))
            fail_msg("%s: action %d code %s: %s", lines[i].file, (int)reply.action,
                     winnow_code_name(reply.code), reply.reason);
        bool good = reply.action == REPLY_GO_ON;
        assert_string_equal(session.access, good ? "eyJ.at-jwt.shortened" : "");
        assert_string_equal(session.refresh, good ? "eyJ.refresh-jwt.shortened" : "");
        if (good)
            assert_string_equal(session.who.id, "did:plc:p424pq3i3lovzq6sxvf2ygjk");
        recorded_free(&r);
    }
}

static int release(void **state) {
    (void)state;
    buffer_free(&next);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(x_page),
        cmocka_unit_test(x_unknown_is_not_false),
        cmocka_unit_test(x_ends),
        cmocka_unit_test(mastodon_page),
        cmocka_unit_test(mastodon_other_rows),
        cmocka_unit_test(mastodon_links),
        cmocka_unit_test(github_page),
        cmocka_unit_test(bluesky_pages),
        cmocka_unit_test(each_can_stop),
        cmocka_unit_test(refused_lists),
        cmocka_unit_test(x_errors_alone),
        cmocka_unit_test(bluesky_empty_page),
        cmocka_unit_test(identities),
        cmocka_unit_test(whoami_unprocessable),
        cmocka_unit_test(bluesky_moves),
        cmocka_unit_test(sessions),
    };
    return cmocka_run_group_tests(tests, NULL, release);
}
