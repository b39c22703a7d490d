/* Bluesky, what an AppView tells: profiles, whom it shows of the followees and why not the others,
 * how it stands with those about to be unfollowed, notifications. Sources: bluesky-social/atproto,
 * lexicons and packages/bsky (app.bsky.actor.getProfile and getProfiles, app.bsky.graph.getFollows
 * and getRelationships, app.bsky.notification.listNotifications).
 *
 * Happy path: the PDS hands the request on to its AppView, in the account's name. Fails into a
 * reply: a bare PDS has no AppView and answers 400 "No service configured". What is not told is
 * unknown: an AppView leaves out whom it hides, and its index can be behind the repository. */
#include "core/base/foreign.h"
#include "platform/adapters/bluesky.h"
#include "platform/wire/build.h"

#include <string.h>

#define PROFILES_MAX  25
#define RELATIONS_MAX 30
#define CURSOR_MAX    1024

/* One value of `key` an entry; `first` is what comes before the first. */
static int add_dids(const struct target *entries, size_t count, const char *first, const char *key,
                    struct http_request *out, struct winnow_error *err) {
    for (size_t i = 0; i < count; i++) {
        if (build_check(id_did(entries[i].id), "the followee's DID", entries[i].id, err) != 0)
            return -1;
        buffer_add_text(&out->target, i == 0 ? first : "&");
        buffer_add_text(&out->target, key);
        build_value(out, entries[i].id);
    }
    return build_end(out, err);
}

/* ---- profiles --------------------------------------------------------------------------------*/

static int build_profiles(const struct platform_account *who, const struct target *entries,
                          size_t count, struct http_request *out, struct winnow_error *err) {
    (void)who;
    if (build_check(count >= 1 && count <= PROFILES_MAX, "the number of DIDs", build_text(""),
                    err) != 0)
        return -1;
    build_begin(out, HTTP_GET, "/xrpc/app.bsky.actor.getProfiles");
    return add_dids(entries, count, "?", "actors=", out, err);
}

/* The AppView puts both directions into `viewer`. We follow these people, so one that lacks
 * "following" was not filled for us, or is behind, and says nothing on the other direction. */
static void read_viewer(const json_t *from, struct facts *f) {
    struct text uri;
    const json_t *viewer = body_object(from, "viewer");
    bool follows = body_text(viewer, "followedBy", &uri);
    if (follows || body_text(viewer, "following", &uri))
        facts_set_flag(f, FACT_FOLLOWS_ME, follows);
}

/* An AppView that verifies nobody leaves it out as well, so that no word is no "no". */
static void read_verification(const json_t *from, struct facts *f) {
    struct text status;
    if (body_text(body_object(from, "verification"), "verifiedStatus", &status))
        facts_set_flag(f, FACT_VERIFIED, foreign_is(status, "valid"));
}

static const char *read_profile(const json_t *from, struct row *row, struct facts *f) {
    struct text text;
    (void)row;
    if (!body_text(from, "did", &text) || !id_did(text))
        return "its DID is missing or none";
    facts_set_text(f, FACT_ID, text.at, text.size);
    if (body_text(from, "handle", &text) && handle_host(text) &&
        !foreign_is(text, "handle.invalid"))
        facts_set_text(f, FACT_HANDLE, text.at, text.size);
    row_text(f, FACT_NAME, from, "displayName", FACT_NAME_MAX);
    row_text(f, FACT_BIO, from, "description", FACT_BIO_MAX);
    row_count(f, FACT_FOLLOWERS, from, "followersCount");
    row_count(f, FACT_FOLLOWING, from, "followsCount");
    row_count(f, FACT_POSTS, from, "postsCount");
    row_time(f, FACT_CREATED_AT, from, "createdAt");
    read_viewer(from, f);
    read_verification(from, f);
    /* it is served: an account that is gone or taken down is left out of the answer */
    facts_set_flag(f, FACT_SUSPENDED, false);
    facts_set_flag(f, FACT_DELETED, false);
    return NULL;
}

/* A page of `key`, an array. The end is where there is no cursor: a page can be empty by whom it
 * leaves out. */
static int read_page(const struct platform_account *who, const struct http_response *in,
                     const char *key, row_reader *read, struct platform_page *page,
                     struct reply *out) {
    json_t *root = answer_body(in);
    struct answer a = answer_of(&bluesky_form, in, out, WHEN_READ, root);
    const json_t *rows = body_array(root, key);
    const json_t *cursor = json_object_get(root, "cursor");
    struct text next = {"", 0};
    int stopped = 0;
    page_begin(page);
    if (answer_begin(&a)) {
        bool whole = cursor == NULL || json_is_null(cursor) ||
                     (body_text(root, "cursor", &next) && next.size <= CURSOR_MAX);
        if (in->status == 200 && rows != NULL && whole) {
            answer_done(&a, OUTCOME_NONE);
            if (next.size != 0)
                page_next(page, next);
            stopped = page_read(page, rows, read, who, in->received_ms);
        } else {
            bluesky_settle(&a, bluesky_budget(in));
        }
        bluesky_observe(&a, bluesky_budget(in));
    }
    json_decref(root);
    return stopped;
}

static int build_page(const char *target, struct text own, struct text cursor,
                      struct http_request *out, struct winnow_error *err) {
    build_begin(out, HTTP_GET, target);
    if (own.size != 0)
        build_value(out, own);
    if (cursor.size != 0) {
        buffer_add_text(&out->target, "&cursor=");
        build_value(out, cursor);
    }
    return build_end(out, err);
}

static int read_profiles(const struct platform_account *who, const struct http_response *in,
                         struct platform_page *page, struct reply *out) {
    return read_page(who, in, "profiles", read_profile, page, out);
}

const struct platform_ask bluesky_profiles = {
    .max = PROFILES_MAX,
    .build = build_profiles,
    .read = read_profiles,
};

/* ---- who is shown ----------------------------------------------------------------------------*/

static int build_shown(const struct platform_account *who, struct text part, struct text cursor,
                       struct http_request *out, struct winnow_error *err) {
    (void)part;
    return build_page("/xrpc/app.bsky.graph.getFollows?limit=100&actor=", build_text(who->id),
                      cursor, out, err);
}

static int read_shown(const struct platform_account *who, const struct http_response *in,
                      struct platform_page *page, struct reply *out) {
    return read_page(who, in, "follows", read_profile, page, out);
}

const struct platform_list bluesky_shown = {.build = build_shown, .read = read_shown};

static int build_alone(const struct platform_account *who, const struct target *entries,
                       size_t count, struct http_request *out, struct winnow_error *err) {
    (void)who;
    if (build_check(count == 1, "the number of DIDs", build_text(""), err) != 0)
        return -1;
    build_begin(out, HTTP_GET, "/xrpc/app.bsky.actor.getProfile");
    return add_dids(entries, count, "?", "actor=", out, err);
}

/* A profile that is served all the same: by a block it is told why the list leaves it out; without
 * one the account may be anything (an index that is behind, a host in trouble). */
static int read_served(const struct platform_account *who, const json_t *root,
                       const struct http_response *in, struct platform_page *page) {
    const json_t *viewer = body_object(root, "viewer");
    struct text uri;
    struct row row = {.who = who, .received_ms = in->received_ms};
    struct facts facts = {0};
    facts_clear(&facts);
    const char *why = read_profile(root, &row, &facts);
    if (why != NULL) {
        page_skip(page, 0, why);
        return 0;
    }
    if (body_flag(viewer, "blockedBy") != TRI_YES && !body_text(viewer, "blocking", &uri) &&
        body_object(viewer, "blockingByList") == NULL)
        facts.known &= ~(UINT64_C(1) << FACT_SUSPENDED | UINT64_C(1) << FACT_DELETED);
    page->count++;
    return page->each(page->context, &facts);
}

static int tell(enum fact_id fact, struct platform_page *page) {
    struct facts facts = {0};
    facts_clear(&facts);
    facts_set_flag(&facts, fact, true);
    page->count++;
    return page->each(page->context, &facts);
}

/* Taken down; deactivated, which its owner can take back, so that it is not called gone; not known
 * to the AppView, which drops accounts that their host does not hold any more. With 401 the same
 * words would be about the account itself. */
static bool read_gone(const struct answer *a, struct platform_page *page, int *stopped) {
    if (a->in->status != 400)
        return false;
    if (foreign_is(a->word, "AccountTakedown"))
        *stopped = tell(FACT_SUSPENDED, page);
    else if (foreign_is(a->word, "InvalidRequest") && foreign_is(a->message, "Profile not found"))
        *stopped = tell(FACT_DELETED, page);
    else
        return foreign_is(a->word, "AccountDeactivated");
    return true;
}

static int read_alone(const struct platform_account *who, const struct http_response *in,
                      struct platform_page *page, struct reply *out) {
    json_t *root = answer_body(in);
    struct answer a = answer_of(&bluesky_form, in, out, WHEN_READ, root);
    int stopped = 0;
    page_begin(page);
    if (answer_begin(&a)) {
        bool served = in->status == 200 && json_is_object(root);
        if (served)
            stopped = read_served(who, root, in, page);
        if (served || read_gone(&a, page, &stopped))
            answer_done(&a, OUTCOME_NONE);
        else
            bluesky_settle(&a, bluesky_budget(in));
        bluesky_observe(&a, bluesky_budget(in));
    }
    json_decref(root);
    return stopped;
}

const struct platform_ask bluesky_alone = {.max = 1, .build = build_alone, .read = read_alone};

/* ---- the last post ---------------------------------------------------------------------------*/

static int build_last(const struct platform_account *who, const struct target *entries,
                      size_t count, struct http_request *out, struct winnow_error *err) {
    (void)who;
    if (build_check(count == 1, "the number of DIDs", build_text(""), err) != 0)
        return -1;
    build_begin(out, HTTP_GET,
                "/xrpc/app.bsky.feed.getAuthorFeed?limit=1&filter=posts_with_replies");
    return add_dids(entries, count, "&", "actor=", out, err);
}

/* When the AppView saw it: a post's own date is what its writer's app says. To boost somebody's
 * post is a sign of life as well. */
static const char *read_last_post(const json_t *from, struct row *row, struct facts *f) {
    const json_t *boost = body_object(from, "reason");
    int64_t seen_ms = page_moment(boost, "indexedAt", row->received_ms);
    if (seen_ms == 0)
        seen_ms = page_moment(body_object(from, "post"), "indexedAt", row->received_ms);
    if (seen_ms == 0)
        return "its time is missing or of the future";
    facts_set_value(f, FACT_LAST_POST_AT, seen_ms);
    return NULL;
}

/* No post: nothing is told, since a feed can be hidden. */
static int read_last(const struct platform_account *who, const struct http_response *in,
                     struct platform_page *page, struct reply *out) {
    int stopped = read_page(who, in, "feed", read_last_post, page, out);
    buffer_clear(page->next); /* the cursor leads to older ones */
    page->end = true;
    return stopped;
}

const struct platform_ask bluesky_last = {.max = 1, .build = build_last, .read = read_last};

/* ---- relationships ---------------------------------------------------------------------------*/

static int build_relations(const struct platform_account *who, const struct target *entries,
                           size_t count, struct http_request *out, struct winnow_error *err) {
    if (build_check(count >= 1 && count <= RELATIONS_MAX, "the number of DIDs", build_text(""),
                    err) != 0)
        return -1;
    build_begin(out, HTTP_GET, "/xrpc/app.bsky.graph.getRelationships?actor=");
    build_value(out, build_text(who->id));
    return add_dids(entries, count, "&", "others=", out, err);
}

/* We follow them: an answer without "following" is behind the repository, or of an account that is
 * not known there, and does not tell the other direction either. It is never a proof that a record
 * is gone, but such a one goes by itself: in a batch it would fail all. Two entries may be of one
 * DID. */
static void relation(const json_t *from, const struct target *entries, size_t count,
                     struct platform_relation *is) {
    struct text did;
    struct text uri;
    bool follows = body_text(from, "followedBy", &uri);
    bool followed = body_text(from, "following", &uri);
    if (!body_text(from, "did", &did) && !body_text(from, "actor", &did))
        return;
    for (size_t i = 0; i < count; i++) {
        if (entries[i].id.size != did.size || memcmp(entries[i].id.at, did.at, did.size) != 0)
            continue;
        is[i].told = true;
        is[i].following = followed ? TRI_YES : TRI_NO;
        is[i].index = !followed;
        if (follows || followed)
            is[i].followed_by = follows ? TRI_YES : TRI_NO;
    }
}

/* No AppView behind this server. */
static bool not_told(struct answer *a) {
    int status = a->in->status;
    bool unknown_call = status == 404 || status == 405 || status == 501 ||
                        (status >= 400 && foreign_is(a->word, "MethodNotImplemented"));
    if (unknown_call || (status == 400 && foreign_has(a->message, "no service configured"))) {
        answer_say(a, OUTCOME_NONE, REPLY_GO_ON, WINNOW_OK,
                   "the server does not tell who follows back");
        a->out->not_offered = true;
        return true;
    }
    return false;
}

static void read_relations(const struct platform_account *who, const struct target *entries,
                           size_t count, const struct http_response *in,
                           struct platform_relation *is, struct reply *out) {
    json_t *root = answer_body(in);
    struct answer a = answer_of(&bluesky_form, in, out, WHEN_READ, root);
    const json_t *rows = body_array(root, "relationships");
    (void)who;
    if (in->end == HTTP_DONE && in->status >= 500)
        a.form.title = "the AppView behind the server";
    for (size_t i = 0; i < count; i++)
        is[i] = platform_relation_unknown;
    if (answer_begin(&a)) {
        bool told = in->status == 200 && rows != NULL;
        for (size_t i = 0; told && i < json_array_size(rows); i++)
            relation(json_array_get(rows, i), entries, count, is);
        if (told || not_told(&a)) {
            answer_done(&a, OUTCOME_NONE);
        } else {
            bluesky_settle(&a, bluesky_budget(in));
            answer_relation_refused(&a, answer_rule(&a)); /* an id that the AppView does not like */
        }
        bluesky_observe(&a, bluesky_budget(in));
    }
    json_decref(root);
}

const struct platform_relations bluesky_relations = {
    .max = RELATIONS_MAX,
    .build = build_relations,
    .read = read_relations,
};

/* ---- notifications ---------------------------------------------------------------------------*/

static int build_notifications(const struct platform_account *who, struct text part,
                               struct text cursor, struct http_request *out,
                               struct winnow_error *err) {
    (void)who;
    (void)part;
    return build_page("/xrpc/app.bsky.notification.listNotifications?limit=100&reasons=reply"
                      "&reasons=mention&reasons=quote&reasons=like&reasons=repost",
                      (struct text){"", 0}, cursor, out, err);
}

/* Servers that do not know `reasons` send all kinds; "" as the id passes one over. */
static const char *read_notification(const json_t *from, struct row *row, struct facts *f) {
    static const struct {
        const char *reason;
        enum exchange_kind kind;
    } talk[] = {{"reply", EXCHANGE_REPLY},
                {"mention", EXCHANGE_MENTION},
                {"quote", EXCHANGE_QUOTE},
                {"like", EXCHANGE_LIKE},
                {"repost", EXCHANGE_BOOST}};
    struct text reason;
    struct text did;
    bool counts = false;
    row->exchange = (struct exchange){.by_them = true,
                                      .time_ms = page_moment(from, "indexedAt", row->received_ms)};
    if (!body_text(from, "reason", &reason))
        return "it has no reason";
    if (!body_text(from, "uri", &row->said)) /* a reply that mentions as well is two rows */
        row->said = (struct text){"", 0};
    for (size_t i = 0; i < sizeof talk / sizeof talk[0] && !counts; i++) {
        counts = foreign_is(reason, talk[i].reason);
        row->exchange.kind = talk[i].kind;
    }
    if (!counts) {
        facts_set_text(f, FACT_ID, "", 0);
        return NULL;
    }
    if (!body_text(body_object(from, "author"), "did", &did) || !id_did(did))
        return "its author has no DID";
    if (foreign_is(did, row->who->id))
        did.size = 0;
    facts_set_text(f, FACT_ID, did.at, did.size);
    return NULL;
}

static int read_notifications(const struct platform_account *who, const struct http_response *in,
                              struct platform_page *page, struct reply *out) {
    return read_page(who, in, "notifications", read_notification, page, out);
}

const struct platform_list bluesky_notifications = {
    .build = build_notifications,
    .read = read_notifications,
};
