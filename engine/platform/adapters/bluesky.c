/* Bluesky: a repository on a PDS of the AT Protocol. Sources: bluesky-social/atproto lexicons
 * (com.atproto.repo, com.atproto.server), docs.bsky.app, and a real PDS 0.4.217; docs/platforms.md.
 *
 * Happy path: createSession with an app password; listRecords of app.bsky.graph.follow by pages of
 * 100, each record a follow; one entry by deleteRecord, more by applyWrites; refreshSession when
 * the access token has run out. One entry is one record key, and several records may name one DID.
 * Fails into a reply. A batch is atomic and not idempotent: when it fails as a whole its entries
 * go in smaller ones, and at last by deleteRecord, which is idempotent. */
#include "platform/adapters/bluesky.h"
#include "core/base/foreign.h"
#include "core/http/url.h"
#include "platform/budgets.h"
#include "platform/ids.h"
#include "platform/wire/answer.h"
#include "platform/wire/build.h"
#include "platform/wire/page.h"
#include "platform/wire/whoami.h"

#include <stdio.h>
#include <string.h>

#define COUNT(a)   (sizeof(a) / sizeof((a)[0]))
#define COLLECTION "app.bsky.graph.follow"
#define BATCH_MAX  200 /* com.atproto.repo.applyWrites, maximum of the PDS */
#define CURSOR_MAX 1024
#define DAY_MS     INT64_C(86400000)
#define JSON_TYPE  "application/json"

/* ---- budgets ----------------------------------------------------------------------------------*/

#define BLUESKY_HOUR     "points/1h"
#define BLUESKY_DAY      "points/1d"
#define BLUESKY_REQUESTS "requests/5m"

/* clang-format off */
/*         name               whose   limit  period   unf wr rd  source */
static const struct platform_budget budgets[] = {
    BUDGET(BLUESKY_HOUR,      ACCOUNT, 5000, BUDGET_HOUR,        1, 0, 0, "docs.bsky.app/docs/advanced-guides/rate-limits: a delete is 1 point"),
    BUDGET(BLUESKY_DAY,       ACCOUNT, 35000, BUDGET_DAY,        1, 0, 0, "docs.bsky.app/docs/advanced-guides/rate-limits, per DID"),
    BUDGET(BLUESKY_REQUESTS,  ADDRESS, 3000, 5 * BUDGET_MINUTE, 0, 1, 1, "docs.bsky.app/docs/advanced-guides/rate-limits, per address"),
};
/* clang-format on */

/* ---- ids --------------------------------------------------------------------------------------*/

/* "did:", a method of small letters, ":", and the rest. */
bool id_did(struct text t) {
    if (t.size > FACT_ID_MAX || t.size < 4 || memcmp(t.at, "did:", 4) != 0)
        return false;
    const char *colon = memchr(t.at + 4, ':', t.size - 4);
    if (colon == NULL)
        return false;
    struct text method = {t.at + 4, (uint32_t)(colon - t.at - 4)};
    struct text rest = {colon + 1, (uint32_t)(t.at + t.size - colon - 1)};
    return id_made_of(method, ID_LOWER, FACT_ID_MAX) &&
           id_made_of(rest, ID_LETTERS ID_DIGITS "._:%-", FACT_ID_MAX) &&
           rest.at[rest.size - 1] != ':' && rest.at[rest.size - 1] != '%';
}

bool id_rkey(struct text t) {
    return id_made_of(t, ID_LETTERS ID_DIGITS "._:~-", 512) && !foreign_is(t, ".") &&
           !foreign_is(t, "..");
}

bool handle_host(struct text t) {
    return id_made_of(t, ID_LETTERS ID_DIGITS ".-", 253) && memchr(t.at, '.', t.size) != NULL &&
           t.at[0] != '.' && t.at[t.size - 1] != '.';
}

/* ---- answers ----------------------------------------------------------------------------------*/

/* An account that has moved is deactivated on the server that it has left (atproto.com, "Account
 * migration"): to activate it there would tear it in two. */
static const char moved_or_ended[] =
    "the account is deactivated on this server: if it has moved to another one, go on there with "
    "`winnow login NAME --server URL`; else ask its host";
static const char not_held[] =
    "the server does not hold the account, or it is not active there: if it has moved, go on with "
    "`winnow login NAME --server URL`; else check --account and --server";

/* clang-format off */
static const struct rule rules[] = {
    RULE(WORD("AccountTakedown"),                                             RETRY,    STOP,     SAFETY,     "the account was taken down: appeal to its host"),
    RULE(WORD("AccountSuspended"),                                            RETRY,    STOP,     SAFETY,     "the account is suspended: appeal to its host"),
    RULE(WORD("AccountDeactivated"),                                          RETRY,    STOP,     SAFETY,     moved_or_ended),
    RULE(WORD("RepoTakendown"),                                               RETRY,    STOP,     SAFETY,     "the account was taken down: appeal to its host"),
    RULE(WORD("RepoSuspended"),                                               RETRY,    STOP,     SAFETY,     "the account is suspended: appeal to its host"),
    RULE(WORD("RepoDeactivated"),                                             RETRY,    STOP,     SAFETY,     moved_or_ended),
    RULE(WORD("RepoNotFound"),                                                RETRY,    STOP,     NOT_FOUND,  not_held),
    RULE(PART("could not find repo"),                                         RETRY,    STOP,     NOT_FOUND,  not_held),
    RULE(WORD("AccountNotFound"),                                             RETRY,    STOP,     CREDENTIAL, "the token is not this account's: log in again"),
    RULE(PART("no service configured"),                                       RETRY,    STOP,     NETWORK,    "the server does not offer this call: check --server"),
    /* a PDS answers 400; other servers 401 */
    RULE(WORD("ExpiredToken"),                                                RETRY,    REFRESH,  CREDENTIAL, "the access token has expired"),
    RULE(WORD("AuthFactorTokenRequired"),                                     RETRY,    STOP,     CREDENTIAL, "the account wants a second factor: log in with an app password instead"),
    RULE(WORD("InvalidToken"),                                                RETRY,    STOP,     CREDENTIAL, "the token is not valid: log in again"),
    RULE(WORD("AuthMissing"),                                                 RETRY,    STOP,     CREDENTIAL, "the server saw no token: log in again"),
    RULE(WORD("AuthenticationRequired"),                                      RETRY,    STOP,     CREDENTIAL, "handle or app password are wrong: log in again"),
    RULE(STATUS(401),                                                         RETRY,    STOP,     CREDENTIAL, "the server does not accept the token: log in again"),
    RULE(WORD("RateLimitExceeded"),                                           NONE,     WAIT,     OK,         NULL),
    RULE(STATUS(429),                                                         NONE,     WAIT,     OK,         NULL),
    RULE(WORD("InvalidSwap"),                                                 RETRY,    BACK_OFF, OK,         "the repository changed meanwhile"),
    /* Some servers have no applyWrites, or take it, and say nothing of having done it. */
    RULE(STATUS(501) WHEN(WHEN_WRITE | WHEN_MANY),                            RETRY,    SPLIT,    OK,         "the server has no batches: one by one from now on"),
    RULE(STATUSES(404, 405) WHEN(WHEN_WRITE | WHEN_MANY),                     RETRY,    SPLIT,    OK,         "the server has no batches: one by one from now on"),
    RULE(STATUS(200) WHEN(WHEN_WRITE | WHEN_MANY),                            IN_DOUBT, SPLIT,    OK,         "the server does not say whether the batch was carried out; its entries go in smaller ones"),
    RULE(WORD("MethodNotImplemented"),                                        RETRY,    STOP,     NETWORK,    "the server is no PDS: check --server"),
    RULE(WORD("XRPCNotSupported"),                                            RETRY,    STOP,     NETWORK,    "the server is no PDS: check --server"),
    RULE(STATUSES(404, 405),                                                  RETRY,    STOP,     NETWORK,    "the server is no PDS: check --server"),
    RULE(STATUS(501),                                                         RETRY,    STOP,     NETWORK,    "the server is no PDS: check --server"),
    /* A record key that is missing or named twice fails the whole batch with 500 (seen on PDS
     * 0.4.217), nothing applied; the same from a proxy may stand for anything. */
    RULE(STATUS(500) WHEN(WHEN_MANY | WHEN_JSON) WORD("InternalServerError"), RETRY,    SPLIT,    OK,         "the batch failed as a whole; its entries go in smaller ones"),
    RULE(STATUS(500) WHEN(WHEN_MANY),                                         IN_DOUBT, SPLIT,    OK,         "the batch failed as a whole; its entries go in smaller ones"),
    RULE(STATUSES(400, 499) WHEN(WHEN_MANY),                                  RETRY,    SPLIT,    OK,         "the batch was refused as a whole; its entries go in smaller ones"),
};
/* clang-format on */

const struct answer_form bluesky_form = {.title = "the server",
                                         .rules = rules,
                                         .rule_count = COUNT(rules),
                                         .word = "error",
                                         .message = "message"};

/* The headers tell of the tightest budget; its window (RateLimit-Policy: 5000;w=3600) names it. */
const char *bluesky_budget(const struct http_response *in) {
    static const struct {
        const char *window;
        const char *budget;
    } windows[] = {{"w=300", BLUESKY_REQUESTS}, {"w=3600", BLUESKY_HOUR}, {"w=86400", BLUESKY_DAY}};
    struct text policy;
    if (!http_header(in, "RateLimit-Policy", &policy))
        return NULL;
    const char *w = memmem(policy.at, policy.size, "w=", 2);
    if (w == NULL)
        return NULL;
    struct text rest = {w, policy.size - (uint32_t)(w - policy.at)};
    uint32_t end = 2;
    while (end < rest.size && rest.at[end] >= '0' && rest.at[end] <= '9')
        end++;
    rest.size = end;
    for (size_t i = 0; i < COUNT(windows); i++)
        if (foreign_is(rest, windows[i].window))
            return windows[i].budget;
    return NULL;
}

/* PDS 0.4.217 sends no Retry-After with a 429, 0.5 does. */
void bluesky_settle(const struct answer *a, const char *budget) {
    const struct rule *rule = answer_rule(a);
    if (rule->action != REPLY_WAIT) {
        answer_settle(a, rule);
        return;
    }
    struct quota quota = header_quota(a, "RateLimit-");
    answer_wait(a, budget, answer_until(a, &quota));
}

void bluesky_observe(const struct answer *a, const char *budget) {
    struct quota quota = header_quota(a, "RateLimit-");
    if (budget != NULL)
        answer_observe(a, budget, &quota);
}

/* ---- unfollow --------------------------------------------------------------------------------*/

static void add_delete(struct buffer *body, const char *before, struct text rkey) {
    body_add_member(body, before, "collection", build_text(COLLECTION));
    body_add_member(body, ",", "rkey", rkey);
    buffer_add_text(body, "}");
}

static int check_entries(const struct platform_account *who, const struct target *entries,
                         size_t count, struct winnow_error *err) {
    struct text own = build_text(who->id);
    if (build_check(id_did(own), "the account's DID", own, err) != 0)
        return -1;
    if (count == 0 || count > BATCH_MAX)
        return winnow_fail(err, WINNOW_BAD_INPUT, "a batch holds 1 to %d entries, not %zu",
                           BATCH_MAX, count);
    for (size_t i = 0; i < count; i++)
        if (build_check(id_rkey(entries[i].key), "the record key", entries[i].key, err) != 0)
            return -1;
    return 0;
}

static int build_unfollow(const struct platform_account *who, const struct target *entries,
                          size_t count, struct http_request *out, struct winnow_error *err) {
    if (check_entries(who, entries, count, err) != 0)
        return -1;
    build_begin(out, HTTP_POST,
                count == 1 ? "/xrpc/com.atproto.repo.deleteRecord"
                           : "/xrpc/com.atproto.repo.applyWrites");
    out->content_type = JSON_TYPE;
    body_add_member(&out->body, "{", "repo", build_text(who->id));
    if (count == 1) {
        add_delete(&out->body, ",", entries[0].key);
        return build_end(out, err);
    }
    buffer_add_text(&out->body, ",\"writes\":[");
    for (size_t i = 0; i < count; i++) {
        body_add_member(&out->body, i == 0 ? "{" : ",{", "$type",
                        build_text("com.atproto.repo.applyWrites#delete"));
        add_delete(&out->body, ",", entries[i].key);
    }
    buffer_add_text(&out->body, "]}");
    return build_end(out, err);
}

/* What a 200 confirms. deleteRecord of a record that is not there is a 200 without a commit, and
 * applyWrites gives one result for each write. The lexicon has a batch answered by a bare {} too,
 * but no PDS was seen to; it is in doubt, and a second try finds out. */
static enum outcome confirmed(const json_t *root, size_t count) {
    const json_t *commit = json_object_get(root, "commit");
    const json_t *results = json_object_get(root, "results");
    if (json_object_get(root, "error") != NULL || (commit != NULL && !json_is_object(commit)))
        return OUTCOME_NONE;
    if (count > 1)
        return commit != NULL && (results == NULL || json_array_size(results) == count)
                   ? OUTCOME_DONE
                   : OUTCOME_NONE;
    if (results != NULL) /* an answer to another call */
        return OUTCOME_NONE;
    if (commit != NULL)
        return OUTCOME_DONE;
    return json_is_object(root) && json_object_size(root) == 0 ? OUTCOME_ALREADY_SO : OUTCOME_NONE;
}

static void read_unfollow(const struct platform_account *who, size_t count,
                          const struct http_response *in, struct reply *out) {
    (void)who;
    json_t *root = answer_body(in);
    struct answer a = answer_of(&bluesky_form, in, out, when_writes(count), root);
    if (answer_begin(&a)) {
        enum outcome outcome = in->status == 200 ? confirmed(root, count) : OUTCOME_NONE;
        if (outcome != OUTCOME_NONE)
            answer_done(&a, outcome);
        else
            bluesky_settle(&a, bluesky_budget(in));
        out->not_offered = out->action == REPLY_SPLIT &&
                           (in->status == 501 || in->status == 404 || in->status == 405);
        bluesky_observe(&a, bluesky_budget(in));
    }
    json_decref(root);
}

/* ---- the following list ----------------------------------------------------------------------*/

/* The records are public: no token goes along, so an expired one is no hindrance. */
int bluesky_build_records(const struct platform_account *who, const char *collection,
                          struct text cursor, struct http_request *out, struct winnow_error *err) {
    struct text own = build_text(who->id);
    if (build_check(id_did(own), "the account's DID", own, err) != 0)
        return -1;
    build_begin(out, HTTP_GET, "/xrpc/com.atproto.repo.listRecords?repo=");
    out->secret = HTTP_NO_SECRET;
    build_value(out, own);
    buffer_add_text(&out->target, "&collection=");
    buffer_add_text(&out->target, collection);
    buffer_add_text(&out->target, "&limit=100");
    if (cursor.size != 0) {
        buffer_add_text(&out->target, "&cursor=");
        build_value(out, cursor);
    }
    return build_end(out, err);
}

static int build_following(const struct platform_account *who, struct text part, struct text cursor,
                           struct http_request *out, struct winnow_error *err) {
    (void)part;
    return bluesky_build_records(who, COLLECTION, cursor, out, err);
}

bool bluesky_key(struct text uri, const char *own, const char *collection, struct text *rkey) {
    char head[FACT_ID_MAX + 64];
    int size = snprintf(head, sizeof head, "at://%s/%s/", own, collection);
    if (size < 0 || (size_t)size >= sizeof head || uri.size <= (uint32_t)size ||
        memcmp(uri.at, head, (size_t)size) != 0)
        return false;
    *rkey = (struct text){uri.at + size, uri.size - (uint32_t)size};
    return id_rkey(*rkey);
}

static bool key_of(const json_t *from, const char *own, struct text *rkey) {
    struct text uri;
    return body_text(from, "uri", &uri) && bluesky_key(uri, own, COLLECTION, rkey);
}

static const char *read_row(const json_t *from, struct row *row, struct facts *f) {
    struct text rkey;
    struct text did;
    int64_t created;
    const json_t *value = body_object(from, "value");
    if (!key_of(from, row->who->id, &rkey))
        return "its uri is missing, or not that of a follow record of the account's";
    if (!body_text(value, "subject", &did) || !id_did(did))
        return "its subject is missing or no DID";
    facts_set_text(f, FACT_ID, did.at, did.size);
    memcpy(row->keys, rkey.at, rkey.size);
    row->keys[rkey.size] = '\n';
    f->follow_keys = (struct text){row->keys, rkey.size + 1};
    /* createdAt is what the client wrote; one from the future is nonsense */
    if (body_time(value, "createdAt", &created) && created > 0 &&
        created <= row->received_ms + DAY_MS)
        facts_set_value(f, FACT_FOLLOWED_AT, created);
    return NULL;
}

/* The end is a page without a cursor; on a PDS it is empty. One that is empty and has a cursor says
 * that there is more. */
static bool page_shape(const json_t *root, struct text *next) {
    const json_t *records = body_array(root, "records");
    const json_t *cursor = json_object_get(root, "cursor");
    *next = (struct text){"", 0};
    if (records == NULL)
        return false;
    if (cursor == NULL || json_is_null(cursor))
        return true;
    return body_text(root, "cursor", next) && next->size <= CURSOR_MAX;
}

int bluesky_read_records(const struct platform_account *who, const struct http_response *in,
                         int (*each_page)(const struct platform_account *who, const json_t *records,
                                          int64_t received_ms, struct platform_page *page),
                         struct platform_page *page, struct reply *out) {
    json_t *root = answer_body(in);
    struct answer a = answer_of(&bluesky_form, in, out, WHEN_READ, root);
    struct text next;
    int stopped = 0;
    page_begin(page);
    if (answer_begin(&a)) {
        if (in->status == 200 && page_shape(root, &next)) {
            answer_done(&a, OUTCOME_NONE);
            if (next.size != 0)
                page_next(page, next);
            stopped = each_page(who, body_array(root, "records"), in->received_ms, page);
        } else {
            bluesky_settle(&a, bluesky_budget(in));
        }
        bluesky_observe(&a, bluesky_budget(in));
    }
    json_decref(root);
    return stopped;
}

static int read_follow_page(const struct platform_account *who, const json_t *records,
                            int64_t received_ms, struct platform_page *page) {
    return page_read(page, records, read_row, who, received_ms);
}

static int read_following(const struct platform_account *who, const struct http_response *in,
                          struct platform_page *page, struct reply *out) {
    return bluesky_read_records(who, in, read_follow_page, page, out);
}

/* ---- how it stands with one -------------------------------------------------------------------*/

/* The record itself; public, as the list. */
static int build_relation(const struct platform_account *who, const struct target *entries,
                          size_t count, struct http_request *out, struct winnow_error *err) {
    if (build_check(count == 1, "the number of records", build_text(""), err) != 0 ||
        check_entries(who, entries, count, err) != 0)
        return -1;
    build_begin(out, HTTP_GET, "/xrpc/com.atproto.repo.getRecord?repo=");
    out->secret = HTTP_NO_SECRET;
    build_value(out, build_text(who->id));
    buffer_add_text(&out->target, "&collection=" COLLECTION "&rkey=");
    build_value(out, entries[0].key);
    return build_end(out, err);
}

static void read_relation(const struct platform_account *who, const struct target *entries,
                          size_t count, const struct http_response *in,
                          struct platform_relation *is, struct reply *out) {
    json_t *root = answer_body(in);
    struct answer a = answer_of(&bluesky_form, in, out, WHEN_READ, root);
    struct text rkey;
    (void)count;
    is[0] = platform_relation_unknown;
    if (answer_begin(&a)) {
        bool there = in->status == 200 && key_of(root, who->id, &rkey) &&
                     rkey.size == entries[0].key.size &&
                     memcmp(rkey.at, entries[0].key.at, rkey.size) == 0;
        bool gone = in->status == 400 && foreign_is(a.word, "RecordNotFound");
        if (there || gone) {
            is[0] = (struct platform_relation){there ? TRI_YES : TRI_NO, TRI_UNKNOWN, true, false};
            answer_done(&a, OUTCOME_NONE);
        } else {
            bluesky_settle(&a, bluesky_budget(in));
            answer_relation_refused(&a, answer_rule(&a));
        }
        bluesky_observe(&a, bluesky_budget(in));
    }
    json_decref(root);
}

/* ---- sessions --------------------------------------------------------------------------------*/

static int build_whoami(struct http_request *out, struct winnow_error *err) {
    build_begin(out, HTTP_GET, "/xrpc/com.atproto.server.getSession");
    return build_end(out, err);
}

static int build_session(const char *identifier, const char *password, struct http_request *out,
                         struct winnow_error *err) {
    build_begin(out, HTTP_POST, "/xrpc/com.atproto.server.createSession");
    out->secret = HTTP_NO_SECRET;
    out->content_type = JSON_TYPE;
    body_add_member(&out->body, "{", "identifier", build_text(identifier));
    body_add_member(&out->body, ",", "password", build_text(password));
    buffer_add_text(&out->body, "}");
    return build_end(out, err);
}

/* No body: a PDS answers 400 to "{}". */
static int build_refresh(struct http_request *out, struct winnow_error *err) {
    build_begin(out, HTTP_POST, "/xrpc/com.atproto.server.refreshSession");
    out->secret = HTTP_REFRESH_TOKEN;
    return build_end(out, err);
}

static int build_session_end(struct http_request *out, struct winnow_error *err) {
    build_begin(out, HTTP_POST, "/xrpc/com.atproto.server.deleteSession");
    out->secret = HTTP_REFRESH_TOKEN;
    return build_end(out, err);
}

static bool is_origin(struct text t) {
    for (uint32_t i = 0; i < t.size; i++)
        if (t.at[i] <= 0x20 || t.at[i] >= 0x7f)
            return false;
    struct url url;
    return t.size <= PLATFORM_SERVER_MAX && url_read(t, &url) == URL_FINE;
}

/* The service that the account's DID document names as its server ("#atproto_pds"). */
static bool service_of(const json_t *root, struct text *origin) {
    const json_t *services = body_array(body_object(root, "didDoc"), "service");
    for (size_t i = 0; i < json_array_size(services); i++) {
        const json_t *one = json_array_get(services, i);
        struct text type;
        if (body_text(one, "type", &type) && foreign_is(type, "AtprotoPersonalDataServer") &&
            body_text(one, "serviceEndpoint", origin) && is_origin(*origin))
            return true;
    }
    return false;
}

/* Who a session's answer speaks of; false when it is not understood. */
static bool identity(const json_t *root, struct platform_identity *who) {
    static const struct profile_form form = {
        .id = "did", .is_id = id_did, .handle = "handle", .is_handle = handle_host};
    struct text origin;
    *who = whoami_nobody;
    if (service_of(root, &origin))
        foreign_copy(origin, who->server, sizeof who->server);
    return whoami_profile(root, NULL, &form, who);
}

/* Sessions are given for inactive accounts too; winnow must not act for one. */
static bool inactive(struct answer *a, const json_t *root) {
    struct text status;
    if (body_flag(root, "active") != TRI_NO)
        return false;
    bool known = body_text(root, "status", &status);
    bool deactivated = known && foreign_is(status, "deactivated");
    bool served = deactivated && service_of(root, &a->message);
    if (!served)
        a->message = known ? status : (struct text){"", 0};
    answer_say(a, OUTCOME_RETRY, REPLY_STOP, WINNOW_SAFETY,
               served ? "the account is deactivated on this server, and its DID document names the "
                        "one in brackets: if that is another, go on there with `winnow login NAME "
                        "--server URL`; else ask its host"
               : deactivated ? moved_or_ended
                             : "the account is not active: ask its host, then run again");
    return true;
}

static bool identify(const json_t *root, struct platform_identity *who) {
    return body_flag(root, "active") != TRI_NO && identity(root, who);
}

static void settle_session(struct answer *a, const json_t *root) {
    if (a->in->status != 200 || !inactive(a, root))
        bluesky_settle(a, NULL);
}

static const struct whoami whoami = {
    .form = &bluesky_form, .identify = identify, .settle = settle_session};

static void read_whoami(const struct http_response *in, struct platform_identity *who,
                        struct reply *out) {
    whoami_read(&whoami, in, who, out);
}

/* createSession or refreshSession. A refresh token that has expired cannot be refreshed. */
static void read_session(const struct http_response *in, struct platform_session *session,
                         struct reply *out) {
    json_t *root = answer_body(in);
    struct answer a = answer_of(&bluesky_form, in, out, WHEN_READ, root);
    session->access[0] = session->refresh[0] = '\0';
    session->who = whoami_nobody;
    if (answer_begin(&a)) {
        if (in->status == 200 && identify(root, &session->who) &&
            body_token(root, "accessJwt", PLATFORM_TOKEN_MAX, session->access) &&
            body_token(root, "refreshJwt", PLATFORM_TOKEN_MAX, session->refresh))
            answer_done(&a, OUTCOME_NONE);
        else
            settle_session(&a, root);
    }
    if (out->action == REPLY_REFRESH)
        answer_say(&a, OUTCOME_RETRY, REPLY_STOP, WINNOW_CREDENTIAL,
                   "the session has ended: log in again");
    if (out->action != REPLY_GO_ON)
        session->access[0] = session->refresh[0] = '\0';
    json_decref(root);
}

/* ---- what it tells ---------------------------------------------------------------------------*/

static const struct platform_list following = {.build = build_following, .read = read_following};

static const struct platform_source sources[] = {
    {.dataset = DATASET_FOLLOWING, .way = SOURCE_PAGES, .list = &following},
    {.dataset = DATASET_FOLLOWING, .way = SOURCE_HANDLES, .ask = &bluesky_lookup},
    {.dataset = DATASET_FOLLOWERS, .way = SOURCE_ASKED, .ask = &bluesky_profiles},
    {.dataset = DATASET_PROFILES, .way = SOURCE_ASKED, .ask = &bluesky_profiles},
    {.dataset = DATASET_PROFILES,
     .way = SOURCE_HIDDEN,
     .list = &bluesky_shown,
     .ask = &bluesky_alone},
    {.dataset = DATASET_PROFILES, .way = SOURCE_NEXT, .ask = &bluesky_last},
    {.dataset = DATASET_LISTS,
     .way = SOURCE_PARTS_AT_ONCE,
     .list = &bluesky_lists,
     .held = &bluesky_members},
    {.dataset = DATASET_BLOCKS, .way = SOURCE_PAGES, .list = &bluesky_blocks},
    {.dataset = DATASET_POSTS, .way = SOURCE_PAGES, .list = &bluesky_posts},
    {.dataset = DATASET_LIKES, .way = SOURCE_PAGES, .list = &bluesky_likes},
    {.dataset = DATASET_BOOSTS, .way = SOURCE_PAGES, .list = &bluesky_reposts},
    {.dataset = DATASET_FOLLOWING, .way = SOURCE_REPO, .list = &bluesky_repository},
    {.dataset = DATASET_LISTS, .way = SOURCE_REPO, .list = &bluesky_repository},
    {.dataset = DATASET_BLOCKS, .way = SOURCE_REPO, .list = &bluesky_repository},
    {.dataset = DATASET_POSTS, .way = SOURCE_REPO, .list = &bluesky_repository},
    {.dataset = DATASET_LIKES, .way = SOURCE_REPO, .list = &bluesky_repository},
    {.dataset = DATASET_BOOSTS, .way = SOURCE_REPO, .list = &bluesky_repository},
    {.dataset = DATASET_MESSAGES,
     .way = SOURCE_NONE,
     .why_not = {REASON_NOT_FETCHED,
                 "app passwords see no direct messages unless allowed to; not fetched"}},
    {.dataset = DATASET_REACTIONS,
     .way = SOURCE_PAGES,
     .list = &bluesky_notifications,
     .bound = {REASON_NEVER_WHOLE,
               "the server leaves out who is muted or blocked, and who blocks"}},
};

const struct platform platform_bluesky = {
    .name = "bluesky",
    .title = "Bluesky",
    .default_server = "https://bsky.social",
    .id = id_did,
    .handle = handle_host,
    .id_expected = "a DID such as did:plc:ewvi7nxzyoun6zhxrhs64oiz",
    .account_expected =
        "a DID such as did:plc:ewvi7nxzyoun6zhxrhs64oiz, or a handle such as name.bsky.social",
    .handle_form = HANDLE_IS_HOST,
    .profiles = {.site = "https://bsky.app", .by_id = "/profile/", .by_handle = "/profile/"},
    .archive = ARCHIVE_OF_BLUESKY,
    .budgets = budgets,
    .budget_count = COUNT(budgets),
    .actions = {[ACTION_UNFOLLOW] = {.batch_max = BATCH_MAX,
                                     .build = build_unfollow,
                                     .read = read_unfollow}},
    .relation_max = 1,
    .currency = NULL,
    .notice = "Bluesky's safety team counts bulk following and unfollowing as spam where it farms "
              "engagement, and has labelled accounts for it.",
    .notice_source = "https://bsky.app/profile/safety.bsky.app/post/3kfywe6qgn32t",
    .sessions = true,
    .needs_key = true,
    .sources = sources,
    .source_count = COUNT(sources),
    .build_relation = build_relation,
    .read_relation = read_relation,
    .relations = &bluesky_relations,
    .build_whoami = build_whoami,
    .read_whoami = read_whoami,
    .build_session = build_session,
    .build_refresh = build_refresh,
    .build_session_end = build_session_end,
    .token_page = "https://bsky.app/settings/app-passwords",
    .read_session = read_session,
};
