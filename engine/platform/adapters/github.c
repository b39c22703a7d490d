/* GitHub's REST API. Sources: docs.github.com/en/rest/users/followers, .../using-the-rest-api
 * (rate limits, best practices, troubleshooting); docs/platforms.md.
 *
 * Happy path: GET /user; GET /user/following by its Link headers; DELETE /user/following/:login,
 * answered 204 (also when it was not followed [MEM]). Fails into a reply: only 204 is a success. */
#include "platform/adapters/github.h"
#include "core/base/foreign.h"
#include "platform/budgets.h"
#include "platform/ids.h"
#include "platform/wire/build.h"
#include "platform/wire/link.h"
#include "platform/wire/whoami.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
/* docs.github.com/en/rest/about-the-rest-api/api-versions: kept until 2028-03 at least */
#define VERSION     "X-GitHub-Api-Version: 2022-11-28"
#define LINK_PREFIX "/user"

/* "If none of these: wait at least one minute" (rate limits for the REST API, secondary). */
#define SECONDARY_WAIT_MS INT64_C(60000)

/* ---- budgets ----------------------------------------------------------------------------------*/

#define GITHUB_REQUESTS "requests/1h"
#define GITHUB_POINTS   "points/1m"
#define GITHUB_WRITES   "writes/8s"

/* clang-format off */
/*         name               whose   limit  period   unf wr rd  source */
static const struct platform_budget budgets[] = {
    BUDGET(GITHUB_REQUESTS,   ACCOUNT, 5000, BUDGET_HOUR,        0, 1, 1, "docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api"),
    BUDGET(GITHUB_POINTS,     ACCOUNT,  900, BUDGET_MINUTE,      0, 5, 1, "docs.github.com, rate limits for the REST API, secondary: 900 points a minute, a DELETE is 5"),
    BUDGET(GITHUB_WRITES,     ACCOUNT,    1, 8000,      0, 1, 0, "winnow's choice under the secondary limits (80/min, 500/h): 450/h"),
};
/* clang-format on */

/* ---- ids --------------------------------------------------------------------------------------*/

bool id_login(struct text t) {
    return id_made_of(t, ID_LETTERS ID_DIGITS "_-", 39);
}

/* ---- answers ----------------------------------------------------------------------------------*/

/* clang-format off */
static const struct rule rules[] = {
    RULE(STATUS(401),                                      RETRY, STOP,   CREDENTIAL, "the token is not valid any more: log in again"),
    RULE(STATUSES(403, 429) PART("account was suspended"), RETRY, STOP,   SAFETY,     "the account is suspended: ask GitHub's support"),
    RULE(STATUS(403) WORD("limited"),                      NONE,  WAIT,   OK,         NULL),
    RULE(STATUS(429),                                      NONE,  WAIT,   OK,         NULL),
    RULE(STATUSES(403, 404) WORD("no-scope"),              RETRY, STOP,   CREDENTIAL, "the token lacks the scope user:follow: make one that has it, and log in again"),
    RULE(STATUS(403) PART("not accessible by"),            RETRY, STOP,   CREDENTIAL, "the token lacks the permission \"Followers: write\": make one that has it, and log in again"),
    RULE(STATUS(403),                                      RETRY, STREAK, SAFETY,     "GitHub forbids it"),
    /* One login, or a token or server that sees nobody: GET /users/:login tells. */
    RULE(STATUS(404) WHEN(WHEN_JSON),                      RETRY, ASK,    NOT_FOUND,  "nobody has that login: gone, or renamed (a new fetch finds the new login)"),
    RULE(STATUS(404),                                      RETRY, STREAK, NETWORK,    "this does not look like GitHub's API: check --server"),
    /* "Validation failed, or the endpoint has been spammed" */
    RULE(STATUS(422),                                      RETRY, STREAK, SAFETY,     "GitHub does not accept the request, or takes it for spam"),
};
/* clang-format on */

/* "user" includes "user:follow" (docs.github.com, scopes-for-oauth-apps). */
static bool may_unfollow(struct text scopes) {
    return foreign_lists(scopes, ", ", "user") || foreign_lists(scopes, ", ", "user:follow");
}

/* A classic token's scopes stand in a header; without user:follow GitHub answers 404, which must
 * not look like a followee who is gone. */
static bool lacks_scope(const struct http_response *in) {
    struct text scopes;
    return http_header(in, "X-OAuth-Scopes", &scopes) && !may_unfollow(scopes);
}

static bool limited(const struct answer *a) {
    int64_t later;
    uint64_t remaining;
    return header_retry_after(a, &later) ||
           (header_count(a->in, "x-ratelimit-remaining", &remaining) && remaining == 0) ||
           foreign_has(a->message, "rate limit") || foreign_has(a->message, "abuse detection");
}

const struct answer_form github_form = {
    .title = "GitHub", .rules = rules, .rule_count = COUNT(rules), .message = "message"};

/* Retry-After; else the hour's reset if nothing is left of it; else a minute. */
static void wait_for(const struct answer *a) {
    struct quota quota = header_quota(a, "x-ratelimit-");
    int64_t until;
    if (header_retry_after(a, &until))
        answer_wait(a, NULL, until);
    else if (quota.known && quota.remaining == 0 && quota.reset_known)
        answer_wait(a, GITHUB_REQUESTS, quota.reset_ms);
    else
        answer_wait(a, NULL, a->in->received_ms + SECONDARY_WAIT_MS);
}

void github_settle(struct answer *a) {
    if (limited(a))
        a->word = (struct text){"limited", 7};
    else if ((a->is & WHEN_WRITE) != 0 && lacks_scope(a->in))
        a->word = (struct text){"no-scope", 8};
    const struct rule *rule = answer_rule(a);
    if (rule->action == REPLY_WAIT)
        wait_for(a);
    else
        answer_settle(a, rule);
}

void github_observe(const struct answer *a) {
    struct text resource;
    if (http_header(a->in, "x-ratelimit-resource", &resource) && !foreign_is(resource, "core"))
        return;
    struct quota quota = header_quota(a, "x-ratelimit-");
    answer_observe(a, GITHUB_REQUESTS, &quota);
}

/* ---- unfollow --------------------------------------------------------------------------------*/

static int build_unfollow(const struct platform_account *who, const struct target *entries,
                          size_t count, struct http_request *out, struct winnow_error *err) {
    (void)who;
    if (build_check(count == 1 && id_login(entries[0].key), "the followee's login", entries[0].key,
                    err) != 0)
        return -1;
    build_begin(out, HTTP_DELETE, "/user/following/");
    out->accept = GITHUB_ACCEPT;
    out->header = VERSION;
    build_value(out, entries[0].key);
    return build_end(out, err);
}

static void read_unfollow(const struct platform_account *who, size_t count,
                          const struct http_response *in, struct reply *out) {
    (void)who;
    json_t *root = answer_body(in);
    struct answer a = answer_of(&github_form, in, out, when_writes(count), root);
    if (answer_begin(&a)) {
        if (in->status == 204)
            answer_done(&a, OUTCOME_DONE);
        else
            github_settle(&a);
        github_observe(&a);
    }
    json_decref(root);
}

/* ---- the following list ----------------------------------------------------------------------*/

/* Behind an organisation's first page its Link headers name it by its number. */
static bool is_page(struct text target) {
    static const char *const prefixes[] = {LINK_PREFIX, "/orgs/", "/organizations/"};
    for (size_t i = 0; i < COUNT(prefixes); i++)
        if (link_target_clean(target, prefixes[i]))
            return true;
    return false;
}

int github_build_page(const char *first, struct text cursor, const char *accept,
                      struct http_request *out, struct winnow_error *err) {
    if (cursor.size != 0 && build_check(is_page(cursor), "the next page", cursor, err) != 0)
        return -1;
    build_begin(out, HTTP_GET, cursor.size != 0 ? "" : first);
    buffer_add(&out->target, cursor.at, cursor.size);
    out->accept = accept;
    out->header = VERSION;
    return build_end(out, err);
}

static int build_users(const char *first, struct text cursor, struct http_request *out,
                       struct winnow_error *err) {
    return github_build_page(first, cursor, GITHUB_ACCEPT, out, err);
}

static int build_following(const struct platform_account *who, struct text part, struct text cursor,
                           struct http_request *out, struct winnow_error *err) {
    (void)part;
    (void)who;
    return build_users("/user/following?per_page=100", cursor, out, err);
}

/* 0 is none. */
static bool is_id(struct text t) {
    return id_is_number(t) && t.at[0] != '0';
}

/* A number; from other servers perhaps as text. */
bool github_read_id(const json_t *from, char id[BODY_ID_SCRATCH]) {
    char scratch[BODY_ID_SCRATCH];
    struct text text;
    if (!body_id(from, "id", scratch, &text) || !is_id(text))
        return false;
    foreign_copy(text, id, BODY_ID_SCRATCH);
    return true;
}

/* A row has no profile: names, counts and dates are one request a followee, and stay unknown. */
const char *github_read_row(const json_t *from, struct row *row, struct facts *f) {
    struct text login;
    struct text type;
    if (!github_read_id(from, row->id))
        return "its id is missing or no number";
    if (!body_text(from, "login", &login) || !id_login(login))
        return "its login is missing or not of letters, digits, - and _";
    facts_set_text(f, FACT_ID, row->id, strlen(row->id));
    facts_set_text(f, FACT_HANDLE, login.at, login.size);
    f->follow_keys = login;
    if (body_text(from, "type", &type))
        facts_set_flag(f, FACT_BOT, foreign_is(type, "Bot"));
    /* GitHub hides suspended and deleted users [MEM], and has no moved ones. */
    facts_set_flag(f, FACT_SUSPENDED, false);
    facts_set_flag(f, FACT_DELETED, false);
    facts_set_flag(f, FACT_MOVED, false);
    return NULL;
}

static bool github_next_page(const struct http_response *in, struct text *target) {
    struct link_walk walk = {0};
    struct link link;
    while (link_next(in, &walk, &link))
        if (link_is(&link, "next") && link_target(link.url, "/", target) && is_page(*target))
            return true;
    return false;
}

int github_read_page(const struct platform_account *who, const struct http_response *in,
                     json_type rows, const struct github_reader *reader, struct platform_page *page,
                     struct reply *out) {
    json_t *root = answer_body(in);
    struct answer a = answer_of(&github_form, in, out, WHEN_READ, root);
    struct text next;
    int stopped = 0;
    page_begin(page);
    if (answer_begin(&a)) {
        if (in->status == 200 && root != NULL && json_typeof(root) == rows) {
            answer_done(&a, OUTCOME_NONE);
            if (github_next_page(in, &next))
                page_next(page, next);
            stopped = reader->read(who, root, in->received_ms, page);
        } else if (rows == JSON_OBJECT && in->status == 404 && root != NULL) {
            answer_done(&a, OUTCOME_NONE); /* there is nobody */
        } else {
            reader->settle(&a);
        }
        github_observe(&a);
    }
    json_decref(root);
    return stopped;
}

static int read_user_rows(const struct platform_account *who, const json_t *rows,
                          int64_t received_ms, struct platform_page *page) {
    return page_read(page, rows, github_read_row, who, received_ms);
}

static const struct github_reader users = {read_user_rows, github_settle};

static int read_following(const struct platform_account *who, const struct http_response *in,
                          struct platform_page *page, struct reply *out) {
    return github_read_page(who, in, JSON_ARRAY, &users, page, out);
}

/* ---- an id by a login ------------------------------------------------------------------------*/

static int build_lookup(const struct platform_account *who, const struct target *entries,
                        size_t count, struct http_request *out, struct winnow_error *err) {
    (void)who;
    if (build_check(count == 1 && id_login(entries[0].id), "the followee's login", entries[0].id,
                    err) != 0)
        return -1;
    build_begin(out, HTTP_GET, "/users/");
    out->accept = GITHUB_ACCEPT;
    out->header = VERSION;
    build_value(out, entries[0].id);
    return build_end(out, err);
}

static int read_lookup(const struct platform_account *who, const struct http_response *in,
                       struct platform_page *page, struct reply *out) {
    return github_read_page(who, in, JSON_OBJECT, &users, page, out);
}

static const struct platform_ask lookup = {.max = 1, .build = build_lookup, .read = read_lookup};

/* ---- the list of followers -------------------------------------------------------------------*/

static int build_followers(const struct platform_account *who, struct text part, struct text cursor,
                           struct http_request *out, struct winnow_error *err) {
    (void)who;
    (void)part;
    return build_users("/user/followers?per_page=100", cursor, out, err);
}

static const struct platform_list followers = {.build = build_followers, .read = read_following};

/* ---- how it stands with one -------------------------------------------------------------------*/

static int build_relation(const struct platform_account *who, const struct target *entries,
                          size_t count, struct http_request *out, struct winnow_error *err) {
    (void)who;
    if (build_check(count == 1 && id_login(entries[0].key), "the followee's login", entries[0].key,
                    err) != 0)
        return -1;
    build_begin(out, HTTP_GET, "/user/following/");
    out->accept = GITHUB_ACCEPT;
    out->header = VERSION;
    build_value(out, entries[0].key);
    return build_end(out, err);
}

/* 204: followed; 404: not, by the documentation, but a server that knows nobody says the same: no
 * proof. */
static void read_relation(const struct platform_account *who, const struct target *entries,
                          size_t count, const struct http_response *in,
                          struct platform_relation *is, struct reply *out) {
    json_t *root = answer_body(in);
    struct answer a = answer_of(&github_form, in, out, WHEN_READ, root);
    (void)who;
    (void)entries;
    (void)count;
    is[0] = platform_relation_unknown;
    if (answer_begin(&a)) {
        bool gone = in->status == 404 && root != NULL;
        if (in->status == 204 || gone) {
            is[0] = (struct platform_relation){gone ? TRI_NO : TRI_YES, TRI_UNKNOWN, true, gone};
            answer_done(&a, OUTCOME_NONE);
        } else {
            github_settle(&a);
            answer_relation_refused(&a, answer_rule(&a));
        }
        github_observe(&a);
    }
    json_decref(root);
}

/* ---- after a "not found" ---------------------------------------------------------------------*/

/* 1: does the server know us? Only then is its word on others worth something. 2: who has that
 * login? 3: does it know us still? A server that knows nobody for a time says so before or after.
 */
enum { ASK_OWN = 1, ASK_OWNER, ASK_OWN_AGAIN };

static int build_whoami(struct http_request *out, struct winnow_error *err);

static int build_question(const struct platform_account *who, const struct target *entry,
                          unsigned number, struct http_request *out, struct winnow_error *err) {
    const struct target login = {entry->key, entry->key};
    return number == ASK_OWNER ? build_lookup(who, &login, 1, out, err) : build_whoami(out, err);
}

static void read_owner(struct answer *a, const struct target *entry, const json_t *root) {
    char id[BODY_ID_SCRATCH];
    bool owned = a->in->status == 200 && github_read_id(root, id);
    bool same = owned && strlen(id) == entry->id.size && memcmp(id, entry->id.at, strlen(id)) == 0;
    if (owned && !same && id_is_number(entry->id)) {
        answer_say(
            a, OUTCOME_REFUSED, REPLY_GO_ON, WINNOW_OK,
            "somebody else has that login now: nothing more is sent to it; a new fetch finds "
            "the login of whom you followed");
        answer_done(a, OUTCOME_REFUSED);
    } else if (owned) {
        answer_unsure(a, "GitHub has that login, and answers \"not found\" to the unfollow all the "
                         "same: it stays open; see what the token may do");
    } else if (a->in->status == 404 && root != NULL) {
        a->out->outcome = OUTCOME_RETRY;
        a->out->action = REPLY_ASK;
    } else {
        github_settle(a);
    }
}

/* After the last word of nobody, and the account itself is there: nobody it is. */
static void read_own(struct answer *a, bool again, const json_t *root) {
    char id[BODY_ID_SCRATCH];
    if (a->in->status == 200 && github_read_id(root, id) && again) {
        answer_done(a, OUTCOME_TARGET_GONE);
    } else if (a->in->status == 200 && github_read_id(root, id)) {
        a->out->action = REPLY_ASK;
    } else {
        github_settle(a);
        if (a->out->action == REPLY_ASK)
            answer_unsure(a, "GitHub knows nobody, not even the account itself: nothing is taken "
                             "from its \"not found\"; check --server");
    }
}

static void read_question(const struct platform_account *who, const struct target *entry,
                          unsigned number, const struct http_response *in, struct reply *out) {
    json_t *root = answer_body(in);
    struct answer a = answer_of(&github_form, in, out, WHEN_ONE, root);
    (void)who;
    if (answer_begin(&a)) {
        if (number == ASK_OWNER)
            read_owner(&a, entry, root);
        else
            read_own(&a, number == ASK_OWN_AGAIN, root);
        github_observe(&a);
    }
    answer_question_failed(&a);
    json_decref(root);
}

static const struct platform_question question = {build_question, read_question};

/* ---- whose token is it -----------------------------------------------------------------------*/

static int build_whoami(struct http_request *out, struct winnow_error *err) {
    build_begin(out, HTTP_GET, "/user");
    out->accept = GITHUB_ACCEPT;
    out->header = VERSION;
    return build_end(out, err);
}

static bool identify(const json_t *root, struct platform_identity *who) {
    static const struct profile_form form = {.id = "id",
                                             .is_id = is_id,
                                             .handle = "login",
                                             .is_handle = id_login,
                                             .following = "following",
                                             .followers = "followers"};
    return whoami_profile(root, root, &form, who) && who->handle[0] != '\0';
}

static void settle_whoami(struct answer *a, const json_t *root) {
    (void)root;
    github_settle(a);
}

static const struct whoami whoami = {
    .form = &github_form, .identify = identify, .settle = settle_whoami, .observe = github_observe};

static void read_whoami(const struct http_response *in, struct platform_identity *who,
                        struct reply *out) {
    whoami_read(&whoami, in, who, out);
}

/* Classic tokens tell their scopes in a header; fine-grained ones and those of apps do not. */
static void read_scopes(const struct http_response *in, struct reply *out, const char **note) {
    struct answer a = answer_of(&github_form, in, out, WHEN_READ, NULL);
    struct text scopes;
    *note = NULL;
    if (!answer_begin(&a))
        return;
    if (!http_header(in, "X-OAuth-Scopes", &scopes)) {
        *note = "GitHub does not tell what this token may do: it is no classic one. It needs the "
                "account permission \"Followers: read and write\"";
        answer_done(&a, OUTCOME_NONE);
    } else if (may_unfollow(scopes)) {
        answer_done(&a, OUTCOME_NONE);
    } else {
        answer_say(&a, OUTCOME_RETRY, REPLY_STOP, WINNOW_CREDENTIAL,
                   "the token lacks the scope user:follow: run `gh auth refresh -s user:follow`, "
                   "then hand over what `gh auth token` prints; or make one at "
                   "https://github.com/settings/tokens/new?scopes=user:follow");
    }
}

/* ---- what it tells ---------------------------------------------------------------------------*/

static const struct platform_list following = {.build = build_following, .read = read_following};

static const struct platform_source sources[] = {
    {.dataset = DATASET_FOLLOWING, .way = SOURCE_PAGES, .list = &following},
    {.dataset = DATASET_FOLLOWING, .way = SOURCE_HANDLES, .ask = &lookup},
    {.dataset = DATASET_FOLLOWERS, .way = SOURCE_PAGES, .list = &followers},
    {.dataset = DATASET_PROFILES,
     .way = SOURCE_NONE,
     .why_not = {REASON_NOT_FETCHED, "a profile would be one request each; not fetched"}},
    /* who is in an organisation with the account: a list, named "org:" and its login */
    {.dataset = DATASET_LISTS,
     .way = SOURCE_PARTS,
     .list = &github_orgs,
     .held = &github_members,
     .bound = {REASON_NEVER_WHOLE, "a token may see some of the organisations alone"},
     .scope = "read:org"},
    {.dataset = DATASET_POSTS,
     .way = SOURCE_PAGES,
     .list = &github_events,
     .bound = {REASON_KEPT, "GitHub tells the events of 90 days, and 300 of them at most"}},
    {.dataset = DATASET_LIKES, .way = SOURCE_PAGES, .list = &github_stars},
    {.dataset = DATASET_MESSAGES,
     .way = SOURCE_NONE,
     .why_not = {REASON_NO_SUCH_THING, "GitHub has no messages"}},
    {.dataset = DATASET_REACTIONS,
     .way = SOURCE_NONE,
     .why_not = {REASON_NOT_FETCHED, "notifications are not fetched"}},
};

const struct platform platform_github = {
    .name = "github",
    .title = "GitHub",
    .default_server = "https://api.github.com",
    .id = id_is_number,
    .also = id_login,
    .handle = id_login,
    .id_expected = "an id in digits, the first of them no zero, or a login",
    .exact_expected = "digits, the first of them no zero (a login is a handle)",
    .account_expected = "an id in digits, or a login of at most 39 letters, digits, - and _",
    .handle_form = HANDLE_NAME,
    .profiles = {.site = "https://github.com", .by_handle = "/"},
    .budgets = budgets,
    .budget_count = COUNT(budgets),
    .actions = {[ACTION_UNFOLLOW] = {.batch_max = 1,
                                     .build = build_unfollow,
                                     .read = read_unfollow}},
    .relation_max = 1,
    .currency = NULL,
    .notice = "GitHub's acceptable use policies forbid rank abuse such as automated following, and "
              "excessive automated bulk activity; they do not speak of unfollowing.",
    .notice_source = "https://docs.github.com/en/site-policy/acceptable-use-policies/"
                     "github-acceptable-use-policies",
    .sessions = false,
    .needs_key = true,
    .handle_is_key = true,
    .sources = sources,
    .source_count = COUNT(sources),
    .build_relation = build_relation,
    .read_relation = read_relation,
    .question = &question,
    .build_whoami = build_whoami,
    .read_whoami = read_whoami,
    .read_scopes = read_scopes,
    .token_page = "https://github.com/settings/tokens",
};
