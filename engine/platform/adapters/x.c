/* X, API v2. Sources: xdevplatform/docs, openapi.json 2.167; x-api/fundamentals/rate-limits and
 * response-codes-and-errors; marks [3P], [MEM], [?] as in docs/platforms.md.
 *
 * Happy path: GET /2/users/me; GET /2/users/:id/following by pages of 1,000; for each followee
 * DELETE /2/users/:id/following/:target, answered {"data":{"following":false}}. Fails into a
 * reply: an answer counts as success by `following` being exactly false and by nothing else. */
#include "platform/adapters/x.h"
#include "core/base/foreign.h"
#include "platform/budgets.h"
#include "platform/ids.h"
#include "platform/wire/answer.h"
#include "platform/wire/build.h"
#include "platform/wire/oauth.h"
#include "platform/wire/page.h"
#include "platform/wire/whoami.h"

#include <stdio.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define TOKEN_MAX  1024 /* of a pagination token; X's are about 20 characters */
#define ERRORS_MAX 32   /* entries of errors[] that are looked at */
#define PAGE_MAX   1000u
#define DAY_MS     INT64_C(86400000)
#define PROFILE_FIELDS                                                                             \
    "created_at,description,name,profile_image_url,protected,public_metrics,username,verified"

/* ---- budgets ----------------------------------------------------------------------------------*/

#define X_UNFOLLOW_15M "unfollow/15m"
#define X_UNFOLLOW_1D  "unfollow/1d"
#define X_READ_15M     "read/15m"
#define X_WHOAMI       "whoami/15m"
#define X_LISTS        "lists/15m"
#define X_MEMBERS      "members/15m"
#define X_USERS        "users/15m"

/* clang-format off */
/*         name               whose   limit  period   unf wr rd  source */
static const struct platform_budget budgets[] = {
    BUDGET(X_UNFOLLOW_15M,    ACCOUNT,   50, 15 * BUDGET_MINUTE, 1, 0, 0, "docs.x.com/x-api/fundamentals/rate-limits, per user"),
    BUDGET(X_UNFOLLOW_1D,     APP,      500, BUDGET_DAY,         1, 0, 0, "docs.x.com, follows migration page: 500 a day per app"),
    BUDGET_CALLS(X_READ_15M,  ACCOUNT,  300, 15 * BUDGET_MINUTE, 0, 0, 1, BUDGET_READS, "docs.x.com/x-api/fundamentals/rate-limits, per user: following and followers, each"),
    BUDGET_CALLS(X_WHOAMI,    ACCOUNT,   75, 15 * BUDGET_MINUTE, 0, 0, 1, CALL_BIT(CALL_WHOAMI), "the same page: GET /2/users/me"),
    BUDGET_CALLS(X_LISTS,     ACCOUNT,   15, 15 * BUDGET_MINUTE, 0, 0, 1, CALL_BIT(CALL_LISTS), "the same page: GET /2/users/:id/owned_lists"),
    BUDGET_CALLS(X_MEMBERS,   ACCOUNT,  900, 15 * BUDGET_MINUTE, 0, 0, 1, CALL_BIT(CALL_MEMBERS), "the same page: GET /2/lists/:id/members"),
    BUDGET_CALLS(X_USERS,     ACCOUNT,  900, 15 * BUDGET_MINUTE, 0, 0, 1, CALL_BIT(CALL_USERS), "the same page: GET /2/users, /2/users/by"),
};
/* clang-format on */

/* ---- ids --------------------------------------------------------------------------------------*/

/* Letters, digits, _; at most 15. */
static bool handle_x(struct text t) {
    return id_made_of(t, ID_LETTERS ID_DIGITS "_", 15);
}

/* ---- answers ----------------------------------------------------------------------------------*/

/* clang-format off */
static const struct rule rules[] = {
    /* v1 error numbers, still sent by v2's follow endpoints for the state of the account [3P] */
    RULE(NUMBER(64),                                                        RETRY,       STOP,     SAFETY,     "the account is suspended: appeal at x.com, and run again when it is back"),
    RULE(NUMBER(326),                                                       RETRY,       STOP,     SAFETY,     "the account is locked: log in at x.com, unlock it, then run again"),
    RULE(NUMBER(226),                                                       RETRY,       STOP,     SAFETY,     "X takes this for automated abuse: stop, and read docs/platforms.md before going on"),
    RULE(NUMBER(453),                                                       RETRY,       STOP,     CREDENTIAL, "the app's access level does not include this call: change it in X's console"),
    RULE(NUMBER(261),                                                       RETRY,       STOP,     CREDENTIAL, "the app must not write: give it write access in X's console, then log in anew"),
    RULE(NUMBER(416),                                                       RETRY,       STOP,     CREDENTIAL, "the app is suspended: see X's console"),
    RULE(NUMBER(89),                                                        RETRY,       REFRESH,  CREDENTIAL, "the access token is not valid any more"),
    RULE(NUMBER(32),                                                        RETRY,       REFRESH,  CREDENTIAL, "the access token is not valid"),
    RULE(NUMBER(88),                                                        NONE,        WAIT,     OK,         NULL),
    RULE(NUMBER(130),                                                       IN_DOUBT,    BACK_OFF, OK,         "X is over capacity"),
    RULE(NUMBER(131),                                                       IN_DOUBT,    BACK_OFF, OK,         "X has an internal error"),
    /* "Sorry, that page does not exist": a call that is not there, a suspended or rounded id, a
     * hidden limit */
    RULE(NUMBER(34),                                                        RETRY,       STREAK,   FAILED,     "X answers that the page does not exist: this says nothing of the account, which stays open; when it is all of them, see docs/platforms.md"),
    RULE(STATUSES(200, 404) NUMBER(50),                                     TARGET_GONE, GO_ON,    OK,         "X knows no such account"),
    RULE(STATUSES(200, 404) NUMBER(63),                                     TARGET_GONE, GO_ON,    OK,         "that account is suspended"),
    RULE(STATUSES(200, 404) NUMBER(108),                                    TARGET_GONE, GO_ON,    OK,         "X knows no such account"),

    /* problem types: the last segment of `type` */
    RULE(WORD("own-account"),                                               RETRY,       STOP,     NOT_FOUND,  "X does not know the campaign's own account: check --account"),
    RULE(WORD("credits"),                                                   RETRY,       STOP,     SAFETY,     "X's credits are used up: buy credits in X's console, then run again"),
    RULE(WORD("CreditsDepleted"),                                           RETRY,       STOP,     SAFETY,     "X's credits are used up: buy credits in X's console, then run again"),
    RULE(WORD("usage-capped"),                                              NONE,        WAIT,     OK,         NULL),
    RULE(WORD("client-forbidden"),                                          RETRY,       STOP,     CREDENTIAL, "the app is not enrolled for this call: see its project in X's console"),
    RULE(WORD("unsupported-authentication"),                                RETRY,       STOP,     CREDENTIAL, "X wants a token of the user's, with follows.write users.read tweet.read: log in anew"),
    RULE(WORD("oauth1-permissions"),                                        RETRY,       STOP,     CREDENTIAL, "the token must not write: log in anew with write access"),
    RULE(WHEN(WHEN_READ) WORD("invalid-request"),                           RETRY,       STOP,     FAILED,     "X does not accept the request"),
    RULE(WORD("invalid-request"),                                           REFUSED,     STREAK,   FAILED,     "X does not accept the request"),
    RULE(STATUSES(200, 404) WORD("resource-not-found"),                     TARGET_GONE, GO_ON,    OK,         "X knows no such account"),
    RULE(STATUSES(200, 404) WORD("resource-unavailable") PART("suspended"), TARGET_GONE, GO_ON,    OK,         "that account is suspended"), /* "User has been suspended: [1234]." */
    RULE(STATUSES(200, 404) WORD("resource-unavailable"),                   RETRY,       STREAK,   FAILED,     "that account is not available now, and may be again"),
    RULE(WORD("not-authorized-for-resource"),                               REFUSED,     STREAK,   SAFETY,     "X does not let the account do this"),
    RULE(WORD("disallowed-resource"),                                       REFUSED,     STREAK,   SAFETY,     "X does not allow this"),
    RULE(WORD("internal-error"),                                            IN_DOUBT,    BACK_OFF, OK,         "X has an internal error"),

    RULE(STATUS(401),                                                       RETRY,       REFRESH,  CREDENTIAL, "the access token is not valid any more"),
    RULE(STATUS(402),                                                       RETRY,       STOP,     SAFETY,     "X's credits are used up: buy credits in X's console, then run again"),
    RULE(STATUS(403),                                                       RETRY,       STREAK,   SAFETY,     "X forbids it without saying why"),
    /* A typed "not found" is above. This one may as well be a call that X does not offer any
     * more, or a page of a server that is not X. */
    RULE(STATUS(404) WHEN(WHEN_JSON),                                       RETRY,       STREAK,   FAILED,     "X knows no such account or no such call: it stays open"),
    RULE(STATUS(404),                                                       RETRY,       STREAK,   NETWORK,    "this does not look like X's API: check --server"),
    RULE(STATUS(429),                                                       NONE,        WAIT,     OK,         NULL),
};
/* clang-format on */

/* What one problem object says. `type` is compared by its last segment, because its host differs
 * (api.twitter.com, api.x.com). An own account that is not found is no followee that is gone. */
static void problem(struct answer *a, const json_t *object, const char *own_id) {
    char scratch[BODY_ID_SCRATCH];
    struct text value;
    int64_t number;
    a->word = a->message = (struct text){"", 0};
    a->number = body_count(object, "code", &number) ? number : 0;
    if (body_text(object, "type", &a->word)) {
        const char *slash = memrchr(a->word.at, '/', a->word.size);
        if (slash != NULL)
            a->word = (struct text){slash + 1, a->word.size - (uint32_t)(slash + 1 - a->word.at)};
    }
    if (foreign_is(a->word, "resource-not-found") && own_id[0] != '\0' &&
        (body_id(object, "value", scratch, &value) ||
         body_id(object, "resource_id", scratch, &value)) &&
        foreign_is(value, own_id))
        a->word = (struct text){"own-account", 11};
    /* where the detail of an invalid request is a stock sentence, its first error names the fault
     */
    if (!body_text(json_array_get(body_array(object, "errors"), 0), "message", &a->message) &&
        !body_text(object, "detail", &a->message) && !body_text(object, "message", &a->message) &&
        !body_text(object, "title", &a->message))
        a->message = (struct text){"", 0};
}

/* The problem that says most: the first that stops the run, else the first. */
static const struct rule *worst(struct answer *a, const json_t *root, const char *own_id) {
    const json_t *errors = body_array(root, "errors");
    size_t count = json_array_size(errors);
    struct answer one = *a;
    problem(a, root, own_id);
    if (a->word.size == 0 && a->number == 0 && count > 0)
        problem(a, json_array_get(errors, 0), own_id);
    const struct rule *found = answer_rule(a);
    for (size_t i = 0; i < count && i < ERRORS_MAX; i++) {
        problem(&one, json_array_get(errors, i), own_id);
        const struct rule *rule = answer_rule(&one);
        if (rule->action == REPLY_STOP && found->action != REPLY_STOP) {
            *a = one;
            found = rule;
        }
    }
    return found;
}

static const char *const day_prefixes[] = {"x-user-limit-24hour-", "x-app-limit-24hour-"};

/* A 429: until the 15 minutes' reset, or the day's when the day is used up [3P]. */
static void wait_for(const struct answer *a, const char *budget) {
    struct quota quota = header_quota(a, "x-rate-limit-");
    int64_t until = answer_until(a, &quota);
    for (size_t i = 0; i < COUNT(day_prefixes); i++) {
        struct quota day = header_quota(a, day_prefixes[i]);
        if (!day.known || day.remaining != 0 || !day.reset_known || day.reset_ms <= until)
            continue;
        until = day.reset_ms;
        a->out->window_ms = DAY_MS;
        if ((a->is & WHEN_WRITE) != 0)
            budget = X_UNFOLLOW_1D;
    }
    answer_wait(a, budget, until);
}

/* The project's own cap. A day's is over after a day, whenever X's day begins [?]; a month's is
 * the user's to raise, and polling for it would be rude. */
static void usage_capped(const struct answer *a, const json_t *root) {
    struct text period = {"", 0};
    if (!body_text(root, "period", &period)) {
        const json_t *first = json_array_get(body_array(root, "errors"), 0);
        if (!body_text(first, "period", &period))
            period = (struct text){"", 0};
    }
    if (foreign_is(period, "Daily")) {
        int64_t until = a->in->received_ms + DAY_MS;
        a->out->window_ms = DAY_MS;
        for (size_t i = 0; i < COUNT(day_prefixes); i++) {
            struct quota day = header_quota(a, day_prefixes[i]);
            if (day.known && day.remaining == 0 && day.reset_known)
                until = day.reset_ms;
        }
        answer_wait(a, NULL, until);
        return;
    }
    answer_say(a, OUTCOME_RETRY, REPLY_STOP, WINNOW_CAP,
               "the project's usage cap at X is reached: raise it in X's console, or run again in "
               "its next cycle");
}

/* The parameters that came with OpenAPI 2.167, by the names that its servers alone know. */
static bool names_new_parameter(const json_t *root) {
    static const char *const names[] = {"post.fields", "most_recent_post_id", "expansions"};
    const json_t *errors = body_array(root, "errors");
    for (size_t i = 0; i < json_array_size(errors) && i < ERRORS_MAX; i++) {
        const json_t *one = json_array_get(errors, i);
        struct text message;
        for (size_t k = 0; k < COUNT(names); k++)
            if ((body_text(one, "message", &message) && foreign_has(message, names[k])) ||
                json_object_get(body_object(one, "parameters"), names[k]) != NULL)
                return true;
    }
    return false;
}

void x_settle(struct answer *a, const json_t *root, const char *own_id, const char *budget) {
    const struct rule *rule = worst(a, root, own_id);
    bool read = (a->is & WHEN_READ) != 0;
    a->out->malformed = read && a->in->status == 400;
    a->out->other_names = a->out->malformed && names_new_parameter(root);
    a->rule = rule;
    if (rule->outcome == OUTCOME_TARGET_GONE && json_object_get(root, "data") != NULL)
        answer_say(a, OUTCOME_IN_DOUBT, REPLY_BACK_OFF, WINNOW_OK,
                   "X answers with data and with an error");
    else if (rule->action != REPLY_WAIT)
        answer_settle(a, rule);
    else if (foreign_is(a->word, "usage-capped"))
        usage_capped(a, root);
    else
        wait_for(a, budget);
}

const struct answer_form x_form = {.title = "X", .rules = rules, .rule_count = COUNT(rules)};

/* ---- unfollow --------------------------------------------------------------------------------*/

static int build_unfollow(const struct platform_account *who, const struct target *entries,
                          size_t count, struct http_request *out, struct winnow_error *err) {
    struct text own = build_text(who->id);
    if (build_check(id_is_number(own), "the account's id", own, err) != 0 ||
        build_check(count == 1 && id_is_number(entries[0].id), "the followee's id", entries[0].id,
                    err) != 0)
        return -1;
    build_begin(out, HTTP_DELETE, "/2/users/");
    build_value(out, own);
    buffer_add_text(&out->target, "/following/");
    build_value(out, entries[0].id);
    return build_end(out, err);
}

static void observe_unfollow(const struct answer *a) {
    struct quota quota = header_quota(a, "x-rate-limit-");
    answer_observe(a, X_UNFOLLOW_15M, &quota);
    for (size_t i = 0; i < COUNT(day_prefixes); i++) {
        quota = header_quota(a, day_prefixes[i]);
        answer_observe(a, X_UNFOLLOW_1D, &quota);
    }
}

static void read_unfollow(const struct platform_account *who, size_t count,
                          const struct http_response *in, struct reply *out) {
    json_t *root = answer_body(in);
    struct answer a = answer_of(&x_form, in, out, when_writes(count), root);
    if (answer_begin(&a)) {
        bool clean = in->status == 200 && json_array_size(body_array(root, "errors")) == 0;
        enum tri following = body_flag(body_object(root, "data"), "following");
        if (clean && following == TRI_NO)
            answer_done(&a, OUTCOME_DONE);
        else if (clean && following == TRI_YES)
            answer_say(&a, OUTCOME_RETRY, REPLY_BACK_OFF, WINNOW_OK,
                       "X says that the account still follows");
        else
            x_settle(&a, root, who->id, X_UNFOLLOW_15M);
        observe_unfollow(&a);
    }
    json_decref(root);
}

/* ---- the following list ----------------------------------------------------------------------*/

#define LAST_POST(who)                                                                             \
    ((who)->older_names ? "&expansions=most_recent_tweet_id" : "&expansions=most_recent_post_id")

/* The most recent post is no user field but an expansion (openapi.json, UserFieldsParameter and
 * UserExpansionsParameter). It is billed as a post read on top of the row: priced in below. */
static int build_users(const struct platform_account *who, const char *list, const char *expand,
                       struct text cursor, struct http_request *out, struct winnow_error *err) {
    char rows[32];
    struct text own = build_text(who->id);
    if (build_check(id_is_number(own), "the account's id", own, err) != 0)
        return -1;
    bool fewer = who->page_max != 0 && who->page_max < PAGE_MAX;
    snprintf(rows, sizeof rows, "?max_results=%u", fewer ? who->page_max : PAGE_MAX);
    build_begin(out, HTTP_GET, "/2/users/");
    build_value(out, own);
    out->call = CALL_FOLLOWING; /* and followers: both 300 in 15 minutes, counted together */
    buffer_add_text(&out->target, list);
    buffer_add_text(&out->target, rows);
    buffer_add_text(&out->target, "&user.fields=connection_status," PROFILE_FIELDS);
    buffer_add_text(&out->target, expand);
    if (cursor.size != 0) {
        buffer_add_text(&out->target, "&pagination_token=");
        build_value(out, cursor);
    }
    return build_end(out, err);
}

static int build_following(const struct platform_account *who, struct text part, struct text cursor,
                           struct http_request *out, struct winnow_error *err) {
    (void)part;
    return build_users(who, "/following", LAST_POST(who), cursor, out, err);
}

/* Mutuality, where X tells it: on a followee the array holds "following" at least, so one without
 * it was not filled (whether /following fills it is not confirmed [?]) and means unknown. */
static void read_connection(const json_t *from, struct facts *f) {
    const json_t *array = body_array(from, "connection_status");
    bool filled = false;
    bool followed_by = false;
    for (size_t i = 0; i < json_array_size(array); i++) {
        const char *status = json_string_value(json_array_get(array, i));
        filled |= status != NULL && strcmp(status, "following") == 0;
        followed_by |= status != NULL && strcmp(status, "followed_by") == 0;
    }
    if (filled || followed_by)
        facts_set_flag(f, FACT_FOLLOWS_ME, followed_by);
}

/* A post's id holds its time since November 2010; the smaller ids before that come out as that
 * month, which is later than the truth and so errs to the side of keeping. */
static void read_last_post(const json_t *from, const struct row *row, struct facts *f) {
    char scratch[BODY_ID_SCRATCH];
    struct text text;
    if (!body_id(from, "most_recent_post_id", scratch, &text) &&
        !body_id(from, "most_recent_tweet_id", scratch, &text))
        return;
    if (!id_is_number(text) || (text.size == 19 && memcmp(text.at, "9223372036854775807", 19) > 0))
        return;
    int64_t id = 0;
    for (uint32_t i = 0; i < text.size; i++)
        id = id * 10 + (text.at[i] - '0');
    int64_t time_ms = (id >> 22) + INT64_C(1288834974657);
    if (id > 0 && time_ms <= row->received_ms + DAY_MS)
        facts_set_value(f, FACT_LAST_POST_AT, time_ms);
}

const char *x_read_row(const json_t *from, struct row *row, struct facts *f) {
    struct text text;
    if (!body_id(from, "id", row->id, &text) || !id_is_number(text))
        return "its id is missing or not 1 to 19 digits";
    facts_set_text(f, FACT_ID, text.at, text.size);
    row_text(f, FACT_HANDLE, from, "username", FACT_HANDLE_MAX);
    row_text(f, FACT_NAME, from, "name", FACT_NAME_MAX);
    row_text(f, FACT_BIO, from, "description", FACT_BIO_MAX);
    row_time(f, FACT_CREATED_AT, from, "created_at");
    row_flag(f, FACT_PROTECTED, from, "protected");
    row_flag(f, FACT_VERIFIED, from, "verified");
    const json_t *metrics = body_object(from, "public_metrics");
    row_count(f, FACT_FOLLOWERS, metrics, "followers_count");
    row_count(f, FACT_FOLLOWING, metrics, "following_count");
    row_count(f, FACT_POSTS, metrics, "tweet_count"); /* until OpenAPI 2.167 */
    row_count(f, FACT_POSTS, metrics, "post_count");
    if (body_text(from, "profile_image_url", &text))
        facts_set_flag(f, FACT_DEFAULT_AVATAR, foreign_has(text, "/default_profile_images/"));
    read_connection(from, f);
    read_last_post(from, row, f);
    /* X lists no account that is suspended or deleted [MEM], and knows no moved ones. */
    facts_set_flag(f, FACT_SUSPENDED, false);
    facts_set_flag(f, FACT_DELETED, false);
    facts_set_flag(f, FACT_MOVED, false);
    return NULL;
}

/* A page has data, or says that it has no results; a next_token that is odd spoils it. */
bool x_page_whole(const json_t *root, struct text *next) {
    const json_t *meta = body_object(root, "meta");
    const json_t *token = json_object_get(meta, "next_token");
    int64_t results;
    *next = (struct text){"", 0};
    if (token != NULL && !json_is_null(token) &&
        (!body_text(meta, "next_token", next) || next->size > TOKEN_MAX))
        return false;
    if (body_array(root, "data") != NULL)
        return true;
    return json_object_get(root, "data") == NULL && body_array(root, "errors") == NULL &&
           body_count(meta, "result_count", &results) && results == 0;
}

bool x_page_shape(const json_t *root, struct text *next) {
    if (x_page_whole(root, next))
        return true;
    return next->size != 0 && next->size <= TOKEN_MAX && json_object_get(root, "data") == NULL &&
           json_array_size(body_array(root, "errors")) > 0;
}

/* Errors in the place of rows can be about the account or the token, and then it is no page. */
static bool errors_stop(const struct answer *a, const json_t *root, const char *own_id) {
    struct answer copy = *a;
    if (body_array(root, "data") != NULL || body_array(root, "errors") == NULL)
        return false;
    const struct rule *rule = worst(&copy, root, own_id);
    return rule->action == REPLY_WAIT || rule->action == REPLY_REFRESH ||
           (rule->action == REPLY_STOP && rule->code != WINNOW_FAILED);
}

int x_read_page(const struct platform_account *who, const struct http_response *in,
                x_page_judge *is_page, row_reader *read, struct platform_page *page,
                struct reply *out) {
    json_t *root = answer_body(in);
    struct answer a = answer_of(&x_form, in, out, WHEN_READ, root);
    struct text next;
    int stopped = 0;
    page_begin(page);
    if (answer_begin(&a)) {
        struct quota quota = header_quota(&a, "x-rate-limit-");
        if (in->status == 200 && is_page(root, &next) && !errors_stop(&a, root, who->id)) {
            answer_done(&a, OUTCOME_NONE);
            if (next.size != 0)
                page_next(page, next);
            stopped = page_read(page, body_array(root, "data"), read, who, in->received_ms);
        } else {
            x_settle(&a, root, who->id, reply_own_budget);
        }
        answer_observe(&a, reply_own_budget, &quota);
    }
    json_decref(root);
    return stopped;
}

#define USER_MICRO 10000
#define POST_MICRO 5000

/* A row of this list is priced with its most recent post, and not all have one. */
static const char *read_followed(const json_t *from, struct row *row, struct facts *f) {
    bool has_post = json_object_get(from, "most_recent_post_id") != NULL ||
                    json_object_get(from, "most_recent_tweet_id") != NULL;
    row->less_micro = has_post ? 0 : POST_MICRO;
    return x_read_row(from, row, f);
}

static int read_following(const struct platform_account *who, const struct http_response *in,
                          struct platform_page *page, struct reply *out) {
    return x_read_page(who, in, x_page_shape, read_followed, page, out);
}

/* ---- the list of followers -------------------------------------------------------------------*/

static int build_followers(const struct platform_account *who, struct text part, struct text cursor,
                           struct http_request *out, struct winnow_error *err) {
    (void)part;
    return build_users(who, "/followers", "", cursor, out, err);
}

/* A row is a user as in the list of followees. */
static int read_followers(const struct platform_account *who, const struct http_response *in,
                          struct platform_page *page, struct reply *out) {
    return x_read_page(who, in, x_page_shape, x_read_row, page, out);
}

static const struct platform_list followers = {
    .build = build_followers,
    .read = read_followers,
    .price_micro = USER_MICRO,
    .page_max = PAGE_MAX,
};

/* "A,B" behind what the target asks for; at most 100, X's own most. */
static int build_named(const struct target *entries, size_t count, bool (*is_one)(struct text),
                       const char *what, struct http_request *out, struct winnow_error *err) {
    out->call = CALL_USERS;
    for (size_t i = 0; i < count; i++) {
        if (build_check(is_one(entries[i].id), what, entries[i].id, err) != 0)
            return -1;
        if (i > 0)
            buffer_add_text(&out->target, ",");
        build_value(out, entries[i].id);
    }
    return build_end(out, err);
}

/* ---- ids by handles ---------------------------------------------------------------------------*/

#define LOOKUP_MAX 100

static int build_lookup(const struct platform_account *who, const struct target *entries,
                        size_t count, struct http_request *out, struct winnow_error *err) {
    (void)who;
    if (build_check(count >= 1 && count <= LOOKUP_MAX, "the number of handles", build_text(""),
                    err) != 0)
        return -1;
    build_begin(out, HTTP_GET, "/2/users/by?user.fields=" PROFILE_FIELDS "&usernames=");
    return build_named(entries, count, handle_x, "the followee's handle", out, err);
}

/* Who is not there, or suspended, stands in errors[]; all of them may. */
static bool lookup_shape(const json_t *root, struct text *next) {
    *next = (struct text){"", 0};
    return body_array(root, "data") != NULL || (json_object_get(root, "data") == NULL &&
                                                json_array_size(body_array(root, "errors")) > 0);
}

static int read_lookup(const struct platform_account *who, const struct http_response *in,
                       struct platform_page *page, struct reply *out) {
    return x_read_page(who, in, lookup_shape, x_read_row, page, out);
}

/* GET /2/users/by: 100 handles, 900 requests in 15 minutes for a user, priced as any user that is
 * read (docs.x.com/x-api/users/lookup). It is counted in the budget of the other reads. */
static const struct platform_ask lookup = {
    .max = LOOKUP_MAX,
    .price_micro = USER_MICRO,
    .build = build_lookup,
    .read = read_lookup,
};

/* ---- profiles of some -------------------------------------------------------------------------*/

/* GET /2/users: 100 ids, the fields of the following list, the most recent post with them. */
static int build_profiles(const struct platform_account *who, const struct target *entries,
                          size_t count, struct http_request *out, struct winnow_error *err) {
    if (build_check(count >= 1 && count <= LOOKUP_MAX, "the number of ids", build_text(""), err) !=
        0)
        return -1;
    build_begin(out, HTTP_GET, "/2/users?user.fields=connection_status," PROFILE_FIELDS);
    buffer_add_text(&out->target, LAST_POST(who));
    buffer_add_text(&out->target, "&ids=");
    return build_named(entries, count, id_is_number, "the followee's id", out, err);
}

static int read_profiles(const struct platform_account *who, const struct http_response *in,
                         struct platform_page *page, struct reply *out) {
    return x_read_page(who, in, lookup_shape, read_followed, page, out);
}

static const struct platform_ask profiles = {
    .max = LOOKUP_MAX,
    .price_micro = USER_MICRO + POST_MICRO,
    .build = build_profiles,
    .read = read_profiles,
};

/* ---- how it stands with some ------------------------------------------------------------------*/

#define LOOK_MAX 100

static int build_relation(const struct platform_account *who, const struct target *entries,
                          size_t count, struct http_request *out, struct winnow_error *err) {
    (void)who;
    if (build_check(count >= 1 && count <= LOOK_MAX, "the number of ids", build_text(""), err) != 0)
        return -1;
    build_begin(out, HTTP_GET, "/2/users?user.fields=connection_status&ids=");
    return build_named(entries, count, id_is_number, "the followee's id", out, err);
}

/* Who is not followed has no "following" in an array that is there; without the array, and for who
 * stands in errors[] (gone, suspended), X does not tell. */
static void relation_row(const json_t *from, const struct target *entries, size_t count,
                         struct platform_relation *is) {
    char scratch[BODY_ID_SCRATCH];
    struct text id;
    const json_t *array = body_array(from, "connection_status");
    if (!body_id(from, "id", scratch, &id) || array == NULL)
        return;
    bool follows = false;
    bool followed_by = false;
    for (size_t i = 0; i < json_array_size(array); i++) {
        const char *status = json_string_value(json_array_get(array, i));
        follows |= status != NULL && strcmp(status, "following") == 0;
        followed_by |= status != NULL && strcmp(status, "followed_by") == 0;
    }
    for (size_t i = 0; i < count; i++)
        if (entries[i].id.size == id.size && memcmp(entries[i].id.at, id.at, id.size) == 0)
            is[i] = (struct platform_relation){follows ? TRI_YES : TRI_NO,
                                               followed_by ? TRI_YES : TRI_NO, true, false};
}

static void read_relation(const struct platform_account *who, const struct target *entries,
                          size_t count, const struct http_response *in,
                          struct platform_relation *is, struct reply *out) {
    json_t *root = answer_body(in);
    struct answer a = answer_of(&x_form, in, out, WHEN_READ, root);
    const json_t *data = body_array(root, "data");
    for (size_t i = 0; i < count; i++)
        is[i] = platform_relation_unknown;
    if (answer_begin(&a)) {
        bool all_gone = data == NULL && json_array_size(body_array(root, "errors")) == count;
        if (in->status == 200 && (data != NULL || all_gone)) {
            for (size_t i = 0; i < json_array_size(data); i++)
                relation_row(json_array_get(data, i), entries, count, is);
            for (size_t i = 0; i < count; i++) /* asked and paid for: not asked again */
                is[i].told = true;
            answer_done(&a, OUTCOME_NONE);
        } else {
            x_settle(&a, root, who->id, NULL);
            answer_relation_refused(&a, a.rule);
        }
    }
    json_decref(root);
}

/* ---- whose token is it -----------------------------------------------------------------------*/

static int build_whoami(struct http_request *out, struct winnow_error *err) {
    build_begin(out, HTTP_GET, "/2/users/me?user.fields=public_metrics");
    out->call = CALL_WHOAMI;
    return build_end(out, err);
}

static bool identify(const json_t *root, struct platform_identity *who) {
    static const struct profile_form form = {.id = "id",
                                             .is_id = id_is_number,
                                             .handle = "username",
                                             .is_handle = handle_x,
                                             .following = "following_count",
                                             .followers = "followers_count"};
    const json_t *data = body_object(root, "data");
    return whoami_profile(data, body_object(data, "public_metrics"), &form, who);
}

static void settle_whoami(struct answer *a, const json_t *root) {
    x_settle(a, root, "", NULL);
}

static const struct whoami whoami = {
    .form = &x_form, .identify = identify, .settle = settle_whoami};

static void read_whoami(const struct http_response *in, struct platform_identity *who,
                        struct reply *out) {
    whoami_read(&whoami, in, who, out);
}

/* ---- what it tells ---------------------------------------------------------------------------*/

static const struct platform_list following = {
    .build = build_following,
    .read = read_following,
    .price_micro = USER_MICRO + POST_MICRO,
    .page_max = PAGE_MAX,
};

static const struct platform_source sources[] = {
    {.dataset = DATASET_FOLLOWING, .way = SOURCE_PAGES, .list = &following},
    {.dataset = DATASET_FOLLOWING, .way = SOURCE_HANDLES, .ask = &lookup},
    {.dataset = DATASET_FOLLOWING, .way = SOURCE_ARCHIVE},
    {.dataset = DATASET_PROFILES, .way = SOURCE_ROWS},
    {.dataset = DATASET_PROFILES, .way = SOURCE_NEXT, .ask = &profiles},
    {.dataset = DATASET_FOLLOWERS, .way = SOURCE_ARCHIVE},
    {.dataset = DATASET_FOLLOWERS, .way = SOURCE_PAGES, .list = &followers},
    {.dataset = DATASET_LISTS, .way = SOURCE_PARTS, .list = &x_lists, .held = &x_members},
    {.dataset = DATASET_POSTS, .way = SOURCE_ARCHIVE},
    {.dataset = DATASET_POSTS,
     .way = SOURCE_NONE,
     .why_not = {REASON_NOT_FETCHED, "posts are not fetched from X: import the archive"}},
    {.dataset = DATASET_MESSAGES, .way = SOURCE_ARCHIVE},
    {.dataset = DATASET_MESSAGES,
     .way = SOURCE_NONE,
     .why_not = {REASON_NOT_FETCHED, "messages are not fetched from X: import the archive"}},
    {.dataset = DATASET_REACTIONS,
     .way = SOURCE_PAGES,
     .list = &x_mentions,
     .bound = {REASON_NEWEST, "X gives the last 800 mentions"},
     .newest = 800},
};

/* ---- login in the browser ---------------------------------------------------------------------*/

static const struct platform_oauth oauth = {
    .authorize_url = "https://x.com/i/oauth2/authorize",
    .authorize = "/i/oauth2/authorize",
    .token = "/2/oauth2/token",
    .revoke = "/2/oauth2/revoke",
    .scopes = "tweet.read users.read follows.read follows.write list.read offline.access",
    .needs = {"follows.write"},
    .secret_in_header = true,
};

const struct platform platform_x = {
    .name = "x",
    .title = "X",
    .default_server = "https://api.x.com",
    .id = id_is_number, /* ^[0-9]{1,19}$: xdevplatform/docs, openapi.json, UserId */
    .handle = handle_x,
    .id_expected = "1 to 19 digits, the first of them no zero",
    .account_expected = "an id of 1 to 19 digits, or a handle of at most 15 letters, digits and _",
    .handle_form = HANDLE_NAME,
    .profiles = {.site = "https://x.com", .by_id = "/i/user/", .by_handle = "/"},
    .archive = ARCHIVE_OF_X,
    .archive_file = "twitter-....zip",
    .budgets = budgets,
    .budget_count = COUNT(budgets),
    .actions = {[ACTION_UNFOLLOW] = {.batch_max = 1,
                                     .price_micro = 10000,
                                     .build = build_unfollow,
                                     .read = read_unfollow},
                [ACTION_FOLLOW] = {.price_micro = 15000}},
    /* docs.x.com/x-api/getting-started/pricing: "Interaction: Delete" $0.010; a row $0.010 (but
     * $0.001 where app and account have one owner, which winnow cannot know) and, for the
     * expanded post, "Posts: Read" $0.005. */
    .price_relation_micro = USER_MICRO,
    .price_whoami_micro = USER_MICRO,
    .relation_max = LOOK_MAX,
    .relation_call = CALL_USERS,
    .currency = "USD",
    .notice = "X's developer guidelines list following and unfollowing among the automated actions "
              "that are not allowed (\"No bulk, aggressive, or automated following\"), and name "
              "suspension of app and account as the consequence. Ask X for permission first.",
    .notice_source = "https://docs.x.com/developer-guidelines",
    .sessions = false,
    .sources = sources,
    .source_count = COUNT(sources),
    .build_relation = build_relation,
    .read_relation = read_relation,
    .build_whoami = build_whoami,
    .read_whoami = read_whoami,
    .token_page = "https://x.com/settings/connected_apps",
    .oauth = &oauth,
};
