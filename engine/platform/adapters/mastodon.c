/* Mastodon's API, as Mastodon, GoToSocial, Pleroma, Akkoma, Pixelfed and snac speak it. Sources:
 * mastodon/documentation (entities/Account, Relationship; methods/accounts), mastodon/mastodon
 * (rack_attack.rb, api/base_controller.rb), and what the other servers were seen to answer;
 * docs/platforms.md lists the differences.
 *
 * Happy path: GET /api/v1/accounts/verify_credentials; GET /api/v1/accounts/:id/following by its
 * Link headers; POST /api/v1/accounts/:id/unfollow, answered by a Relationship that says
 * "following": false. Fails into a reply; a 200 with any other body is in doubt. */
#include "platform/adapters/mastodon.h"
#include "core/base/foreign.h"
#include "core/http/url.h"
#include "platform/budgets.h"
#include "platform/ids.h"
#include "platform/wire/answer.h"
#include "platform/wire/build.h"
#include "platform/wire/link.h"
#include "platform/wire/oauth.h"
#include "platform/wire/page.h"
#include "platform/wire/whoami.h"

#include <stdio.h>
#include <string.h>

#define COUNT(a)    (sizeof(a) / sizeof((a)[0]))
#define LINK_PREFIX "/api/v1/accounts/"
#define FIVE_MIN_MS INT64_C(300000)

/* ---- budgets ----------------------------------------------------------------------------------*/

#define MASTODON_REQUESTS "requests/5m"
#define MASTODON_PAGING   "paging/15m"

/* clang-format off */
/*         name               whose   limit  period   unf wr rd  source */
static const struct platform_budget budgets[] = {
    BUDGET(MASTODON_REQUESTS, ACCOUNT,  300, 5 * BUDGET_MINUTE, 0, 1, 1, "mastodon/mastodon config/initializers/rack_attack.rb, per token"),
    BUDGET(MASTODON_PAGING,   ACCOUNT,  300, 15 * BUDGET_MINUTE, 0, 0, 1, "mastodon/mastodon config/initializers/rack_attack.rb, paging"),
};
/* clang-format on */

/* ---- ids --------------------------------------------------------------------------------------*/

/* A ULID, or 32 digits of snac's, may begin with a zero and have no letter. */
bool id_mastodon(struct text t) {
    return id_is_number(t) ||
           (id_made_of(t, ID_LETTERS ID_DIGITS "_-", 64) && (t.size > 20 || !id_is_digits(t)));
}

/* The host may have a port on a test machine. */
bool handle_mastodon(struct text t) {
    const char *at = memchr(t.at, '@', t.size);
    if (at == NULL)
        return id_made_of(t, ID_LETTERS ID_DIGITS "._-", 64);
    struct text name = {t.at, (uint32_t)(at - t.at)};
    struct text host = {at + 1, (uint32_t)(t.at + t.size - at - 1)};
    return id_made_of(name, ID_LETTERS ID_DIGITS "._-", 64) &&
           id_made_of(host, ID_LETTERS ID_DIGITS ".:-", 253);
}

/* ---- answers ----------------------------------------------------------------------------------*/

/* clang-format off */
static const struct rule rules[] = {
    RULE(STATUS(401),                                                      RETRY,   STOP,   CREDENTIAL, "the token is not valid: log in again"),
    /* "This action is outside the authorized scopes", and the like of others */
    RULE(STATUS(403) PART("scope"),                                        RETRY,   STOP,   CREDENTIAL, "the token lacks a scope: log in with read:accounts read:follows write:follows, for evidence also read:lists read:statuses read:notifications read:favourites read:bookmarks"),
    RULE(STATUS(403) PART("two-factor"),                                   RETRY,   STOP,   CREDENTIAL, "the server wants two-factor authentication first"),
    /* api/base_controller.rb, require_user!: disabled, pending approval, unconfirmed */
    RULE(STATUS(403) PART("your login is"),                                RETRY,   STOP,   SAFETY,     "the account is disabled or not confirmed: ask the server's moderators"),
    RULE(STATUS(403) PART("deactivated"),                                  RETRY,   STOP,   SAFETY,     "the account is deactivated: ask the server's moderators"),
    RULE(STATUS(403) PART("suspended"),                                    RETRY,   STOP,   SAFETY,     "the account is suspended: ask the server's moderators"),
    RULE(STATUS(403),                                                      RETRY,   STREAK, SAFETY,     "the server forbids it"),
    /* snac (2.75): not followed any more; told apart by its header */
    RULE(STATUS(404) WHEN(WHEN_WRITE | WHEN_NO_JSON) WORD("snac"),         RETRY,   ASK,    OK,         "it was not followed, or the server knows no such account"),
    /* the same by its page alone: likely, but another server may have such a page */
    RULE(STATUS(404) WHEN(WHEN_WRITE | WHEN_NO_JSON) WORD("perhaps-snac"), RETRY,   ASK,    NETWORK,    "it was not followed, if the server is snac; else check --server"),
    /* Of one account, or of a server that has lost its way: asked about before it is believed. */
    RULE(STATUS(404) WHEN(WHEN_JSON),                                      RETRY,   ASK,    NOT_FOUND,  "the server knows no such account"),
    RULE(STATUS(410) WHEN(WHEN_JSON),                                      RETRY,   ASK,    NOT_FOUND,  "that account is gone"),
    RULE(STATUS(404),                                                      RETRY,   STREAK, NETWORK,    "this does not look like Mastodon's API: check --server"),
    RULE(STATUS(410),                                                      RETRY,   STREAK, NETWORK,    "this does not look like Mastodon's API: check --server"),
    RULE(STATUS(406),                                                      RETRY,   STOP,   NETWORK,    "the server does not answer in JSON: check --server"),
    RULE(STATUS(418),                                                      RETRY,   STOP,   NETWORK,    "the server wants a User-Agent, and a proxy removes it"), /* GoToSocial 0.19 */
    RULE(STATUS(422) PART("authenticated user"),                           RETRY,   STOP,   CREDENTIAL, "the token is an app's, not a user's: log in with a user's token"),
    RULE(STATUS(422),                                                      REFUSED, STREAK, FAILED,     "the server does not accept the request"),
    RULE(STATUS(429),                                                      NONE,    WAIT,   OK,         NULL),
};
/* clang-format on */

/* snac names itself in a header; behind a proxy that drops it, its error page is left. */
static struct text snac_sign(const struct http_response *in, const json_t *root) {
    struct text value;
    static const char *const headers[] = {"X-Creator", "Server"};
    if (in->status != 404 || root != NULL)
        return (struct text){"", 0};
    for (size_t i = 0; i < COUNT(headers); i++)
        if (http_header(in, headers[i], &value) && foreign_starts(value, "snac/"))
            return (struct text){"snac", 4};
    if (foreign_starts(in->body, "<h1>404 Not Found</h1>"))
        return (struct text){"perhaps-snac", 12};
    return (struct text){"", 0};
}

const struct answer_form mastodon_form = {.title = "the server",
                                          .rules = rules,
                                          .rule_count = COUNT(rules),
                                          .message = "error",
                                          .find_word = snac_sign};

/* The headers tell of the throttle that is nearest to its end and do not name it. A reset over
 * five minutes away can only be that of paging; a nearer one is put to the general budget, which
 * reads draw on as well. */
static const char *budget_of(const struct answer *a, const struct quota *quota) {
    bool far = quota->reset_known && quota->reset_ms > a->in->received_ms + FIVE_MIN_MS;
    return (a->is & WHEN_READ) != 0 && far ? MASTODON_PAGING : MASTODON_REQUESTS;
}

/* Pleroma's 429 {"error":"Throttled"} and GoToSocial's have no time: the drain backs off. */
void mastodon_settle(const struct answer *a) {
    struct quota quota = header_quota(a, "X-RateLimit-");
    const struct rule *rule = answer_rule(a);
    if (rule->action == REPLY_WAIT) {
        answer_wait(a, budget_of(a, &quota), answer_until(a, &quota));
        return;
    }
    answer_settle(a, rule);
}

void mastodon_observe(const struct answer *a) {
    struct quota quota = header_quota(a, "X-RateLimit-");
    answer_observe(a, budget_of(a, &quota), &quota);
}

/* ---- unfollow --------------------------------------------------------------------------------*/

static int build_unfollow(const struct platform_account *who, const struct target *entries,
                          size_t count, struct http_request *out, struct winnow_error *err) {
    (void)who;
    if (build_check(count == 1 && id_mastodon(entries[0].id), "the followee's id", entries[0].id,
                    err) != 0)
        return -1;
    build_begin(out, HTTP_POST, "/api/v1/accounts/");
    build_value(out, entries[0].id);
    buffer_add_text(&out->target, "/unfollow");
    return build_end(out, err);
}

/* Is it a Relationship that says: not followed, nor asked to? */
static bool relationship_ended(const json_t *root) {
    char scratch[BODY_ID_SCRATCH];
    struct text id;
    const json_t *requested = json_object_get(root, "requested");
    return body_id(root, "id", scratch, &id) && body_flag(root, "following") == TRI_NO &&
           (requested == NULL || json_is_null(requested) || json_is_false(requested)) &&
           json_object_get(root, "error") == NULL;
}

static bool relationship_stays(const json_t *root) {
    char scratch[BODY_ID_SCRATCH];
    struct text id;
    return body_id(root, "id", scratch, &id) &&
           (body_flag(root, "following") == TRI_YES || body_flag(root, "requested") == TRI_YES);
}

static void read_unfollow(const struct platform_account *who, size_t count,
                          const struct http_response *in, struct reply *out) {
    (void)who;
    json_t *root = answer_body(in);
    struct answer a = answer_of(&mastodon_form, in, out, when_writes(count), root);
    if (answer_begin(&a)) {
        if (in->status == 200 && relationship_ended(root))
            answer_done(&a, OUTCOME_DONE);
        else if (in->status == 200 && relationship_stays(root))
            answer_say(&a, OUTCOME_RETRY, REPLY_BACK_OFF, WINNOW_OK,
                       "the server says that the account still follows, or asks to");
        else
            mastodon_settle(&a);
        mastodon_observe(&a);
    }
    json_decref(root);
}

/* ---- the following list ----------------------------------------------------------------------*/

static int build_following(const struct platform_account *who, struct text part, struct text cursor,
                           struct http_request *out, struct winnow_error *err) {
    (void)part;
    struct text own = build_text(who->id);
    if (build_check(id_mastodon(own), "the account's id", own, err) != 0)
        return -1;
    if (cursor.size != 0) {
        if (build_check(link_target_clean(cursor, LINK_PREFIX), "the next page", cursor, err) != 0)
            return -1;
        build_begin(out, HTTP_GET, "");
        buffer_add(&out->target, cursor.at, cursor.size);
        return build_end(out, err);
    }
    build_begin(out, HTTP_GET, LINK_PREFIX);
    build_value(out, own);
    buffer_add_text(&out->target, "/following?limit=80");
    return build_end(out, err);
}

/* "name" of this server becomes "name@host", so that a handle means the same everywhere; the host
 * is that of the profile's address. */
static struct text full_handle(const json_t *from, char *out, size_t room) {
    struct text acct;
    struct text text;
    struct url url;
    if (!body_text(from, "acct", &acct) || acct.size == 0 || acct.size >= room)
        return (struct text){"", 0};
    foreign_copy(acct, out, room);
    struct text handle = {out, acct.size};
    if (memchr(acct.at, '@', acct.size) != NULL || !body_text(from, "url", &text) ||
        url_read(text, &url) != URL_FINE || acct.size + 1 + url.site.size >= room)
        return handle;
    snprintf(out + acct.size, room - acct.size, "@%.*s", (int)url.site.size, url.site.at);
    struct text full = {out, acct.size + 1 + url.site.size};
    return handle_mastodon(full) ? full : handle;
}

static void read_avatar(const json_t *from, struct facts *f) {
    /* Mastodon; GoToSocial; Pleroma and Akkoma; Pixelfed */
    static const char *const defaults[] = {"/missing.png", "/default_avatars/", "/images/avi.png",
                                           "/avatars/default."};
    struct text avatar;
    bool found = false;
    if (!body_text(from, "avatar", &avatar))
        return;
    for (size_t i = 0; i < COUNT(defaults); i++)
        found |= foreign_has(avatar, defaults[i]);
    facts_set_flag(f, FACT_DEFAULT_AVATAR, found);
}

/* Mastodon sends `moved` and `suspended` only where they apply, so their absence is a no; Pleroma
 * and Akkoma, known by their own member, never send them: unknown there. */
static void read_state(const json_t *from, struct facts *f) {
    bool tells = json_object_get(from, "pleroma") == NULL;
    if (body_object(from, "moved") != NULL || tells)
        facts_set_flag(f, FACT_MOVED, body_object(from, "moved") != NULL);
    enum tri suspended = body_flag(from, "suspended");
    if (suspended != TRI_UNKNOWN || tells)
        facts_set_flag(f, FACT_SUSPENDED, suspended == TRI_YES);
    facts_set_flag(f, FACT_DELETED, false); /* it is served, so it is there */
}

const char *mastodon_read_row(const json_t *from, struct row *row, struct facts *f) {
    struct text text;
    if (!body_id(from, "id", row->id, &text) || !id_mastodon(text))
        return "its id is missing or not of letters, digits, _ and -";
    facts_set_text(f, FACT_ID, text.at, text.size);
    text = full_handle(from, row->handle, sizeof row->handle);
    if (text.size != 0)
        facts_set_text(f, FACT_HANDLE, text.at, text.size);
    row_text(f, FACT_NAME, from, "display_name", FACT_NAME_MAX);
    if (body_text(from, "note", &text))
        facts_set_text(f, FACT_BIO, row->bio, foreign_from_html(text, row->bio, sizeof row->bio));
    row_count(f, FACT_FOLLOWERS, from, "followers_count"); /* -1: not known, and so not set */
    row_count(f, FACT_FOLLOWING, from, "following_count");
    row_count(f, FACT_POSTS, from, "statuses_count");
    row_time(f, FACT_CREATED_AT, from, "created_at");
    row_time(f, FACT_LAST_POST_AT, from, "last_status_at"); /* a date; null when none is known */
    row_flag(f, FACT_BOT, from, "bot");
    row_flag(f, FACT_PROTECTED, from, "locked");
    read_avatar(from, f);
    read_state(from, f);
    return NULL;
}

/* Does a Laravel cursor (Pixelfed: `cursor=` and base64url of {"id":N,"_pointsToNextItems":true})
 * point onwards? Pixelfed has been seen to call that link "prev", so its rel is not asked. */
static bool cursor_onwards(struct text target, bool *is_cursor) {
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    char decoded[256];
    uint32_t size = 0;
    uint32_t bits = 0;
    unsigned held = 0;
    const char *at = memmem(target.at, target.size, "cursor=", 7);
    *is_cursor = at != NULL && at > target.at && (at[-1] == '?' || at[-1] == '&');
    if (!*is_cursor)
        return false;
    for (at += 7; at < target.at + target.size && size < sizeof decoded; at++) {
        const char *digit = *at == '\0' ? NULL : strchr(alphabet, *at);
        if (digit == NULL)
            break;
        bits = bits << 6 | (uint32_t)(digit - alphabet);
        held += 6;
        if (held >= 8) {
            held -= 8;
            decoded[size++] = (char)(bits >> held & 0xff);
        }
    }
    return foreign_has((struct text){decoded, size}, "\"_pointsToNextItems\":true");
}

static bool has_parameter(struct text target, const char *name) {
    char first[16];
    char later[16];
    snprintf(first, sizeof first, "?%s=", name);
    snprintf(later, sizeof later, "&%s=", name);
    return foreign_has(target, first) || foreign_has(target, later);
}

/* Where an address says by itself which way it goes, its rel is not asked which of the two: with
 * them swapped, the page "next" to the first is an empty one, and a list of thousands would end
 * there. */
static bool points_onwards(struct text target, const struct link *link) {
    bool is_cursor;
    bool onwards = cursor_onwards(target, &is_cursor);
    if (is_cursor)
        return onwards;
    bool older = has_parameter(target, "max_id");
    bool newer = has_parameter(target, "since_id") || has_parameter(target, "min_id");
    if (older == newer)
        return link_is(link, "next");
    return older && (link_is(link, "next") || link_is(link, "prev"));
}

bool mastodon_next_page(const struct http_response *in, const char *prefix, struct text *target) {
    struct link_walk walk = {0};
    struct link link;
    while (link_next(in, &walk, &link))
        if (link_target(link.url, prefix, target) && points_onwards(*target, &link))
            return true;
    return false;
}

int mastodon_read_rows(const struct platform_account *who, const struct http_response *in,
                       json_type rows, const char *prefix, row_reader *read,
                       struct platform_page *page, struct reply *out) {
    json_t *root = answer_body(in);
    struct answer a = answer_of(&mastodon_form, in, out, WHEN_READ, root);
    struct text next;
    int stopped = 0;
    page_begin(page);
    if (answer_begin(&a)) {
        if (in->status == 200 && root != NULL && json_typeof(root) == rows) {
            answer_done(&a, OUTCOME_NONE);
            if (prefix != NULL && mastodon_next_page(in, prefix, &next))
                page_next(page, next);
            stopped = page_read(page, root, read, who, in->received_ms);
        } else if (rows == JSON_OBJECT && root != NULL &&
                   (in->status == 404 || in->status == 410)) {
            answer_done(&a, OUTCOME_NONE); /* there is nobody */
        } else {
            mastodon_settle(&a);
        }
        mastodon_observe(&a);
    }
    json_decref(root);
    return stopped;
}

/* Mastodon itself, whose accounts have "indexable", lists by when the follow began, newest first;
 * of others the order is not known. */
static const char *read_followee(const json_t *from, struct row *row, struct facts *f) {
    row->newest_first = json_object_get(from, "indexable") != NULL;
    return mastodon_read_row(from, row, f);
}

static int read_following(const struct platform_account *who, const struct http_response *in,
                          struct platform_page *page, struct reply *out) {
    return mastodon_read_rows(who, in, JSON_ARRAY, LINK_PREFIX, read_followee, page, out);
}

/* ---- how it stands with some ------------------------------------------------------------------*/

int mastodon_build_relation(const struct platform_account *who, const struct target *entries,
                            size_t count, struct http_request *out, struct winnow_error *err) {
    (void)who;
    if (build_check(count >= 1 && count <= MASTODON_RELATIONSHIPS_MAX, "the number of ids",
                    build_text(""), err) != 0)
        return -1;
    /* without it, Mastodon leaves out who is suspended; others do not know it */
    build_begin(out, HTTP_GET, "/api/v1/accounts/relationships?with_suspended=true");
    for (size_t i = 0; i < count; i++) {
        if (build_check(id_mastodon(entries[i].id), "the followee's id", entries[i].id, err) != 0)
            return -1;
        buffer_add_text(&out->target, "&id[]=");
        build_value(out, entries[i].id);
    }
    return build_end(out, err);
}

static void relation_row(const json_t *from, const struct target *entries, size_t count,
                         struct platform_relation *is) {
    char scratch[BODY_ID_SCRATCH];
    struct text id;
    bool stays =
        body_flag(from, "requested") == TRI_YES; /* asked to follow: something to take back */
    if (!body_id(from, "id", scratch, &id))
        return;
    for (size_t i = 0; i < count; i++)
        if (entries[i].id.size == id.size && memcmp(entries[i].id.at, id.at, id.size) == 0)
            is[i] = (struct platform_relation){stays ? TRI_YES : body_flag(from, "following"),
                                               body_flag(from, "followed_by"), true, false};
}

/* Servers without the call: it is no word on anybody, and need not be asked again. */
static bool no_such_call(const struct answer *a) {
    int status = a->in->status;
    return status == 405 || status == 501 || (status == 404 && (a->is & WHEN_NO_JSON) != 0);
}

static void read_relation(const struct platform_account *who, const struct target *entries,
                          size_t count, const struct http_response *in,
                          struct platform_relation *is, struct reply *out) {
    json_t *root = answer_body(in);
    struct answer a = answer_of(&mastodon_form, in, out, WHEN_READ, root);
    (void)who;
    for (size_t i = 0; i < count; i++)
        is[i] = platform_relation_unknown;
    if (answer_begin(&a)) {
        if (in->status == 200 && json_is_array(root)) {
            for (size_t i = 0; i < json_array_size(root); i++)
                relation_row(json_array_get(root, i), entries, count, is);
            answer_done(&a, OUTCOME_NONE);
        } else if (no_such_call(&a)) {
            answer_say(&a, OUTCOME_NONE, REPLY_GO_ON, WINNOW_OK,
                       "the server does not tell who is followed and follows back");
            answer_done(&a, OUTCOME_NONE);
            out->not_offered = true;
        } else {
            mastodon_settle(&a);
            answer_relation_refused(&a, answer_rule(&a));
        }
        mastodon_observe(&a);
    }
    json_decref(root);
}

/* ---- after a "not found" ---------------------------------------------------------------------*/

/* 1: how does it stand with them? 2: does the server know the account itself, by the call that
 * comes next? Only then is its word on others worth something. 3: is there such an account? 4: does
 * it know the account itself still? A server that knows nobody for a time says so before or after.
 */
enum { ASK_RELATION = 1, ASK_OWN, ASK_PROFILE, ASK_OWN_AGAIN };

static bool asks_own(unsigned number) {
    return number == ASK_OWN || number == ASK_OWN_AGAIN;
}

static int build_question(const struct platform_account *who, const struct target *entry,
                          unsigned number, struct http_request *out, struct winnow_error *err) {
    struct text id = asks_own(number) ? build_text(who->id) : entry->id;
    if (number == ASK_RELATION)
        return mastodon_build_relation(who, entry, 1, out, err);
    if (build_check(id_mastodon(id), "the account's id", id, err) != 0)
        return -1;
    build_begin(out, HTTP_GET, LINK_PREFIX);
    build_value(out, id);
    return build_end(out, err);
}

static void say_there(const struct answer *a) {
    answer_unsure(a, "the server has that account, and answers \"not found\" to the unfollow all "
                     "the same: it stays open");
}

static void next_question(const struct answer *a) {
    a->out->outcome = OUTCOME_RETRY;
    a->out->action = REPLY_ASK;
}

static void read_profile_answer(const struct answer *a, const json_t *root, struct text id,
                                unsigned number) {
    bool own = asks_own(number);
    char scratch[BODY_ID_SCRATCH];
    struct text told;
    int status = a->in->status;
    bool there = status == 200 && body_id(root, "id", scratch, &told) && told.size == id.size &&
                 memcmp(told.at, id.at, id.size) == 0;
    bool none = (status == 404 || status == 410) && root != NULL;
    if (there && number == ASK_OWN_AGAIN)
        answer_done(a, OUTCOME_TARGET_GONE);
    else if (there && !own)
        say_there(a);
    else if (own ? there : none)
        next_question(a);
    else
        mastodon_settle(a);
    if (none && own)
        answer_unsure(a, "the server knows nobody, not even the account itself: nothing is taken "
                         "from its \"not found\"; check --server");
}

static void read_question(const struct platform_account *who, const struct target *entry,
                          unsigned number, const struct http_response *in, struct reply *out) {
    json_t *root = answer_body(in);
    struct answer a = answer_of(&mastodon_form, in, out, WHEN_ONE, root);
    struct platform_relation is = platform_relation_unknown;
    if (number == ASK_RELATION) {
        read_relation(who, entry, 1, in, &is, out);
        if (is.following == TRI_NO && out->action == REPLY_GO_ON)
            out->outcome = OUTCOME_ALREADY_SO;
        else if (is.following == TRI_YES)
            say_there(&a);
        else if (out->action == REPLY_GO_ON || out->action == REPLY_SPLIT)
            next_question(&a);
    } else if (answer_begin(&a)) {
        read_profile_answer(&a, root, asks_own(number) ? build_text(who->id) : entry->id, number);
        mastodon_observe(&a);
    }
    answer_question_failed(&a);
    json_decref(root);
}

static const struct platform_question question = {build_question, read_question};

/* ---- whose token is it -----------------------------------------------------------------------*/

static int build_whoami(struct http_request *out, struct winnow_error *err) {
    build_begin(out, HTTP_GET, "/api/v1/accounts/verify_credentials");
    return build_end(out, err);
}

/* snac (2.75) answers 422 to this call, and to no other, when it does not know the token; elsewhere
 * it is an app's token, which is nobody's. */
static const char no_token[] =
    "the server does not take the token for a user's: it has ended, or is an app's; log in again";

static bool identify(const json_t *root, struct platform_identity *who) {
    static const struct profile_form form = {.id = "id",
                                             .is_id = id_mastodon,
                                             .following = "following_count",
                                             .followers = "followers_count"};
    struct text handle = full_handle(root, who->handle, sizeof who->handle);
    who->handle[handle_mastodon(handle) ? handle.size : 0] = '\0';
    return whoami_profile(root, root, &form, who);
}

static void settle_whoami(struct answer *a, const json_t *root) {
    (void)root;
    if (a->in->status == 422)
        answer_say(a, OUTCOME_RETRY, REPLY_STOP, WINNOW_CREDENTIAL, no_token);
    else
        mastodon_settle(a);
}

static const struct whoami whoami = {
    .form = &mastodon_form, .identify = identify, .settle = settle_whoami};

static void read_whoami(const struct http_response *in, struct platform_identity *who,
                        struct reply *out) {
    whoami_read(&whoami, in, who, out);
}

/* ---- what it tells ---------------------------------------------------------------------------*/

static const struct platform_list following = {.build = build_following, .read = read_following};

static const struct platform_source sources[] = {
    {.dataset = DATASET_FOLLOWING, .way = SOURCE_PAGES, .list = &following},
    {.dataset = DATASET_FOLLOWING, .way = SOURCE_HANDLES, .ask = &mastodon_lookup},
    {.dataset = DATASET_PROFILES, .way = SOURCE_ROWS},
    {.dataset = DATASET_FOLLOWERS, .way = SOURCE_ASKED, .ask = &mastodon_relationships},
    {.dataset = DATASET_LISTS,
     .way = SOURCE_PARTS,
     .list = &mastodon_lists,
     .held = &mastodon_members,
     .scope = "read:lists"},
    /* a relationship tells these too: it is asked for once */
    {.dataset = DATASET_ENDORSED, .way = SOURCE_ASKED, .ask = &mastodon_relationships},
    {.dataset = DATASET_BLOCKS, .way = SOURCE_ASKED, .ask = &mastodon_relationships},
    {.dataset = DATASET_POSTS,
     .way = SOURCE_PAGES,
     .list = &mastodon_statuses,
     .scope = "read:statuses"},
    {.dataset = DATASET_LIKES,
     .way = SOURCE_PAGES,
     .list = &mastodon_favourites,
     .scope = "read:favourites"},
    {.dataset = DATASET_BOOKMARKS,
     .way = SOURCE_PAGES,
     .list = &mastodon_bookmarks,
     .scope = "read:bookmarks"},
    {.dataset = DATASET_MESSAGES,
     .way = SOURCE_PAGES,
     .list = &mastodon_conversations,
     .bound = {REASON_NEVER_WHOLE,
               "the server tells a conversation's last post alone, and deleted ones not at all"},
     .scope = "read:statuses"},
    {.dataset = DATASET_REACTIONS,
     .way = SOURCE_PAGES,
     .list = &mastodon_notifications,
     .bound = {REASON_KEPT, "notifications can be dismissed, and servers drop old ones"},
     .scope = "read:notifications"},
};

/* ---- login in the browser ---------------------------------------------------------------------*/

static const struct platform_oauth oauth = {
    .authorize = "/oauth/authorize",
    .token = "/oauth/token",
    .revoke = "/oauth/revoke",
    .register_app = "/api/v1/apps",
    .metadata = "/.well-known/oauth-authorization-server",
    .scopes = "read:accounts read:follows write:follows read:lists read:statuses "
              "read:notifications read:favourites read:bookmarks",
    .scopes_fewer = "read:accounts read:follows write:follows",
    .needs = {"write:follows", "follow", "write"},
};

const struct platform platform_mastodon = {
    .name = "mastodon",
    .title = "Mastodon",
    .default_server = NULL,
    .id = id_mastodon,
    .handle = handle_mastodon,
    .id_expected = "at most 64 letters, digits, _ and - (the id on your server, not the handle)",
    .account_expected = "an id on your server, or a handle such as name@example.social",
    .handle_form = HANDLE_AT_HOST,
    .profiles = {.by_handle = "/@"},
    .archive = ARCHIVE_OF_MASTODON,
    .budgets = budgets,
    .budget_count = COUNT(budgets),
    .actions = {[ACTION_UNFOLLOW] = {.batch_max = 1,
                                     .build = build_unfollow,
                                     .read = read_unfollow}},
    .relation_max = MASTODON_LOOK_MAX,
    .currency = NULL,
    .notice = NULL, /* each server has rules of its own: /about */
    .notice_source = NULL,
    .sessions = false,
    .sources = sources,
    .source_count = COUNT(sources),
    .build_relation = mastodon_build_relation,
    .read_relation = read_relation,
    .question = &question,
    .build_whoami = build_whoami,
    .read_whoami = read_whoami,
    .token_page = "the server's preferences, authorized apps",
    .oauth = &oauth,
};
