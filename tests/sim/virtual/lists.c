/* What the platform answers to one that asks: tokens, the profile, lists and people, in the words
 * of docs/platforms.md. Rows come from the reading at hand (reading.h). Cannot fail: what does not
 * fit is an error of the simulation, and ends it. */
#include "sim.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A request as it arrives. */
struct asking {
    struct sim *sim;
    struct asked_answer *a;
    const char *target;
    size_t used; /* of the body */
};

__attribute__((format(printf, 2, 3))) static void add(struct asking *g, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int size = vsnprintf(g->a->body + g->used, sizeof g->a->body - g->used, format, args);
    va_end(args);
    if (size < 0 || g->used + (size_t)size >= sizeof g->a->body)
        sim_violated(g->sim, 0, "an answer to %s is too long", g->target);
    g->used += (size_t)size;
}

static bool asks_for(const struct asking *g, const char *path) {
    return strncmp(g->target, path, strlen(path)) == 0;
}

static uint32_t number_after(const char *text, const char *what) {
    const char *at = strstr(text, what);
    return at == NULL ? 0 : (uint32_t)strtoul(at + strlen(what), NULL, 10);
}

static void say_status(struct asking *g, int status, const char *body) {
    g->a->status = status;
    add(g, "%s", body);
}

static void refuse(struct asking *g) {
    if (g->sim->s.which == ON_MASTODON && !g->sim->reading.refused) /* one source alone */
        say_status(g, 403, "{\"error\":\"This action is outside the authorized scopes\"}");
    else if (g->sim->s.which == ON_MASTODON)
        say_status(g, 403, "{\"error\":\"This action is not allowed\"}");
    else if (g->sim->s.which == ON_BLUESKY)
        say_status(g, 501, "{\"error\":\"MethodNotImplemented\",\"message\":\"no\"}");
    else
        say_status(g, 403, "{\"title\":\"Forbidden\",\"message\":\"Forbidden\",\"status\":403}");
}

/* ---- the profile ---- */

static void say_profile(struct asking *g) {
    enum which which = g->sim->s.which;
    int64_t told = g->sim->reading.told;
    bool followers = g->sim->reading.set == SET_FOLLOWERS;
    char count[64] = "";
    int who = g->sim->reading.spoil == SPOIL_STRANGER ? 2 : 1;
    if (g->sim->reading.spoil == SPOIL_DEAD_TOKEN) { /* as snac says it */
        say_status(g, 422, "");
        return;
    }
    g->sim->asked.whoami = true;
    g->a->status = 200;
    if (told >= 0)
        snprintf(count, sizeof count, "%s\"%s%s\":%lld", which == ON_X ? "" : ",",
                 followers ? "followers" : "following", which == ON_GITHUB ? "" : "_count",
                 (long long)told);
    if (which == ON_X)
        add(g, "{\"data\":{\"id\":\"%d\",\"username\":\"me\",\"public_metrics\":{%s}}}", who,
            count);
    else if (which == ON_GITHUB)
        add(g, "{\"id\":%d,\"login\":\"me\"%s}", who, count);
    else if (which == ON_BLUESKY)
        add(g, "{\"did\":\"did:plc:me%s\",\"handle\":\"me.example\",\"active\":true}",
            who == 1 ? "" : "not");
    else
        add(g, "{\"id\":\"%d\",\"acct\":\"me\"%s}", who, count);
}

/* ---- pages ---- */

/* Another page follows; one in circles leads back to itself. */
static uint32_t next_page(const struct asking *g, uint32_t page, uint32_t last) {
    enum spoil spoil = g->sim->reading.spoil;
    bool itself = (spoil == SPOIL_CIRCLE && page > 0) || (spoil == SPOIL_SELF && page >= last);
    return itself ? page : page + 1;
}

static void add_link(struct asking *g, const char *path, const char *parameter, uint32_t next) {
    snprintf(g->a->headers, sizeof g->a->headers,
             "Link: <https://m.example%s%c%s=%u>; rel=\"next\"\r\n", path,
             strchr(path, '?') == NULL ? '?' : '&', parameter, next);
}

/* The page that a Mastodon or a Bluesky is asked for. */
static uint32_t reading_at(const struct asking *g) {
    return number_after(g->target, g->sim->s.which == ON_MASTODON ? "max_id=" : "&cursor=c");
}

static void say_x_people(struct asking *g) {
    static struct row_page p;
    uint32_t page = number_after(g->target, "pagination_token=p");
    reading_page(g->sim, 0, page, &p);
    add(g, "{\"data\":[");
    for (uint32_t i = 0; i < p.count; i++)
        add(g, p.rows[i]->bad ? "%s{\"name\":\"%u\"}" : "%s{\"id\":\"%u\"}", i == 0 ? "" : ",",
            1000 + p.rows[i]->number);
    add(g, "],\"meta\":{\"result_count\":%u", p.count);
    if (p.more)
        add(g, ",\"next_token\":\"p%u\"", next_page(g, page, p.last));
    add(g, "}}");
}

static void say_github_people(struct asking *g, const char *path) {
    static struct row_page p;
    uint32_t page = number_after(g->target, "?page=");
    reading_page(g->sim, 0, page, &p);
    add(g, "[");
    for (uint32_t i = 0; i < p.count; i++)
        add(g, p.rows[i]->bad ? "%s{\"login\":\"login%u\"}" : "%s{\"id\":%u,\"login\":\"login%u\"}",
            i == 0 ? "" : ",", 1000 + p.rows[i]->number, 1000 + p.rows[i]->number);
    add(g, "]");
    if (p.more)
        add_link(g, path, "page", next_page(g, page, p.last));
}

static void say_mastodon_names(struct asking *g) {
    bool vip = g->sim->reading.vip_first;
    g->sim->reading.begun = true;
    add(g, "[{\"id\":\"%d\",\"title\":\"%s\"},{\"id\":\"%d\",\"title\":\"%s\"}]", vip ? 1 : 2,
        vip ? "vip" : "other", vip ? 2 : 1, vip ? "other" : "vip");
}

static void say_mastodon_members(struct asking *g) {
    static struct row_page p;
    char path[64] = "/api/v1/accounts/1/following";
    uint32_t list = number_after(g->target, "/api/v1/lists/");
    uint32_t page = reading_at(g);
    reading_page(g->sim, list, page, &p);
    add(g, "[");
    for (uint32_t i = 0; i < p.count; i++)
        add(g, p.rows[i]->bad ? "%s{\"acct\":\"%u\"}" : "%s{\"id\":\"%u\"}", i == 0 ? "" : ",",
            1000 + p.rows[i]->number);
    add(g, "]");
    if (list != 0)
        snprintf(path, sizeof path, "/api/v1/lists/%u/accounts", list);
    if (p.more)
        add_link(g, path, "max_id", next_page(g, page, p.last));
}

#define TIME "\"created_at\":\"2026-09-01T00:00:00Z\""

/* A source of exchanges: how its rows begin, and what comes between and behind them. */
typedef void add_tie(struct asking *g, const struct row *row, uint32_t id);

static void say_talk(struct asking *g, enum from from, struct row_page *p, add_tie *add_one) {
    reading_page(g->sim, from, reading_at(g), p);
    for (uint32_t i = 0; i < p->count; i++) {
        add(g, i == 0 ? "" : ",");
        add_one(g, p->rows[i], (uint32_t)(p->rows[i] - g->sim->reading.rows));
    }
}

static void say_mastodon_talk(struct asking *g, enum from from, const char *path,
                              add_tie *add_one) {
    static struct row_page p;
    add(g, "[");
    say_talk(g, from, &p, add_one);
    add(g, "]");
    if (p.more)
        add_link(g, path, "max_id", next_page(g, reading_at(g), p.last));
}

/* The account answers, names, boosts or quotes somebody. What is boosted names somebody else. */
static void add_status(struct asking *g, const struct row *row, uint32_t id) {
    uint32_t who = 1000 + row->number;
    if (row->bad) {
        add(g, "%u", who);
        return;
    }
    add(g, "{\"id\":\"s%u\"," TIME ",", id);
    if (row->form % 4 == 0)
        add(g, "\"mentions\":[],\"in_reply_to_account_id\":\"%u\"}", who);
    else if (row->form % 4 == 1)
        add(g, "\"mentions\":[{\"id\":\"%u\"},{\"id\":\"1\"}]}", who);
    else if (row->form % 4 == 2)
        add(g,
            "\"mentions\":[{\"id\":\"1000\"}],\"in_reply_to_account_id\":\"1001\","
            "\"reblog\":{\"account\":{\"id\":\"%u\"}}}",
            who);
    else
        add(g, "\"quote\":{\"quoted_status\":{\"account\":{\"id\":\"%u\"}}}}", who);
}

/* What the account favours or saves. */
static void add_marked(struct asking *g, const struct row *row, uint32_t id) {
    add(g, "{\"id\":\"m%u\"," TIME ",\"account\":{\"%s\":\"%u\"}}", id, row->bad ? "name" : "id",
        1000 + row->number);
}

static void add_conversation(struct asking *g, const struct row *row, uint32_t id) {
    uint32_t who = 1000 + row->number;
    enum by by = ties_by(FROM_MESSAGES, row->form);
    add(g, "{\"id\":\"c%u\",\"accounts\":[{\"%s\":\"%u\"}],\"last_status\":{\"id\":\"l%u\"," TIME,
        id, row->bad ? "name" : "id", who, id);
    add(g, ",\"account\":{\"id\":\"%u\"}}}", by == BY_ACCOUNT ? 1 : by == BY_FOLLOWEE ? who : 2);
}

static void add_notification(struct asking *g, const struct row *row, uint32_t id) {
    static const char *const types[] = {"mention", "favourite", "reblog", "quote"};
    bool counts = ties_by(FROM_REACTIONS, row->form) != BY_NOBODY;
    add(g, "{\"id\":\"n%u\",\"type\":\"%s\"," TIME ",\"account\":{\"%s\":\"%u\"}", id,
        counts ? types[row->form % 4] : "follow", row->bad ? "name" : "id", 1000 + row->number);
    if (row->twin != 0)
        add(g, ",\"status\":{\"id\":\"l%u\",\"visibility\":\"direct\"}}", row->twin - 1u);
    else
        add(g, counts ? ",\"status\":{\"id\":\"w%u\"}}" : "}", id);
}

#define LIST_URI "at://did:plc:me/app.bsky.graph.list/"

static void say_bluesky_names(struct asking *g) {
    bool vip = g->sim->reading.vip_first;
    g->sim->reading.begun = true;
    add(g,
        "{\"records\":[{\"uri\":\"" LIST_URI "l%d\",\"value\":{\"name\":\"%s\"}},"
        "{\"uri\":\"" LIST_URI "l%d\",\"value\":{\"name\":\"%s\"}}]}",
        vip ? 1 : 2, vip ? "vip" : "other", vip ? 2 : 1, vip ? "other" : "vip");
}

static void add_member(struct asking *g, const struct row *row, bool first) {
    char did[PERSON_TEXT];
    person_id(ON_BLUESKY, row->number, did);
    add(g, "%s{\"uri\":\"at://did:plc:me/x/r\"", first ? "" : ",");
    if (row->bad)
        add(g, "}");
    else
        add(g, ",\"value\":{\"subject\":\"%s\",\"list\":\"" LIST_URI "l%u\"}}", did, row->part);
}

static void say_bluesky_members(struct asking *g) {
    static struct row_page p;
    uint32_t page = reading_at(g);
    reading_page(g->sim, 0, page, &p);
    add(g, "{\"records\":[");
    for (uint32_t i = 0; i < p.count; i++)
        add_member(g, p.rows[i], i == 0);
    add(g, "]");
    if (p.more)
        add(g, ",\"cursor\":\"c%u\"", next_page(g, page, p.last));
    add(g, "}");
}

static void say_bluesky_talk(struct asking *g, enum from from, const char *rows, add_tie *add_one) {
    static struct row_page p;
    add(g, "{\"%s\":[", rows);
    say_talk(g, from, &p, add_one);
    add(g, "]");
    if (p.more)
        add(g, ",\"cursor\":\"c%u\"", next_page(g, reading_at(g), p.last));
    add(g, "}");
}

/* A record of the account's: an answer, a name or a quote. */
static void add_post(struct asking *g, const struct row *row, uint32_t id) {
    char did[PERSON_TEXT];
    person_id(ON_BLUESKY, row->number, did);
    add(g, "{\"uri\":\"at://did:plc:me/app.bsky.feed.post/r%u\"", id);
    if (row->bad) {
        add(g, "}");
        return;
    }
    add(g, ",\"value\":{\"createdAt\":\"2026-09-01T00:00:00Z\",");
    if (row->form % 3 == 0)
        add(g, "\"reply\":{\"parent\":{\"uri\":\"at://%s/app.bsky.feed.post/p\"}}}}", did);
    else if (row->form % 3 == 1)
        add(g,
            "\"facets\":[{\"features\":[{\"$type\":\"app.bsky.richtext.facet#mention\","
            "\"did\":\"%s\"}]}]}}",
            did);
    else
        add(g, "\"embed\":{\"record\":{\"uri\":\"at://%s/app.bsky.feed.post/q\"}}}}", did);
}

/* A like or a repost: the same record in another collection. */
static void add_subject(struct asking *g, const struct row *row, uint32_t id) {
    char did[PERSON_TEXT];
    person_id(ON_BLUESKY, row->number, did);
    add(g, "{\"uri\":\"at://did:plc:me/x/r%u\"", id);
    if (row->bad)
        add(g, "}");
    else
        add(g,
            ",\"value\":{\"createdAt\":\"2026-09-01T00:00:00Z\",\"subject\":{\"uri\":"
            "\"at://%s/app.bsky.feed.post/p\"}}}",
            did);
}

static void add_reaction(struct asking *g, const struct row *row, uint32_t id) {
    static const char *const reasons[] = {"reply", "mention", "quote", "like", "repost"};
    bool counts = ties_by(FROM_REACTIONS, row->form) != BY_NOBODY;
    char did[PERSON_TEXT];
    person_id(ON_BLUESKY, row->number, did);
    add(g, "{\"uri\":\"at://%s/x/n%u\",\"reason\":\"%s\",\"author\":{\"%s\":\"%s\"}}", did, id,
        counts ? reasons[row->form % 5] : "follow", row->bad ? "name" : "did", did);
}

/* ---- people, asked by their ids ---- */

static void add_relation(struct asking *g, uint32_t number, bool follows, bool filled) {
    const struct person *p = &g->sim->people[number];
    const char *comma = g->a->body[g->used - 1] == '[' ? "" : ",";
    if (g->sim->s.which == ON_MASTODON) {
        add(g, "%s{\"id\":\"%u\",\"following\":%s", comma, 1000 + number,
            p->there != 0 ? "true" : "false");
        add(g, filled ? ",\"followed_by\":%s}" : "}", follows ? "true" : "false");
        return;
    }
    add(g, "%s{\"did\":\"did:plc:person%u\",\"handle\":\"p%u.example\",\"viewer\":{", comma,
        1000 + number, number);
    if (filled && p->there != 0)
        add(g, "\"following\":\"at://did:plc:me/app.bsky.graph.follow/p%uk0\"%s", number,
            follows ? "," : "");
    if (filled && follows)
        add(g, "\"followedBy\":\"at://did:plc:person%u/app.bsky.graph.follow/f\"", 1000 + number);
    add(g, "}}");
}

/* What somebody who reads the first row on a followee right has then been told. */
static void add_person(struct asking *g, uint32_t number) {
    struct sim *sim = g->sim;
    struct person *p = &sim->people[number];
    enum spoil spoil = p->served.spoilt ? sim->reading.spoil : SPOIL_NONE;
    bool filled = spoil != SPOIL_UNFILLED;
    p->served.last_yes = false;
    if (p->is.vanished || spoil == SPOIL_HIDDEN || spoil == SPOIL_REPEATED || spoil == SPOIL_CUT)
        return;
    if (spoil == SPOIL_BAD_ROWS) {
        add(g, "%s{\"name\":\"%u\"}", g->a->body[g->used - 1] == '[' ? "" : ",", number);
        return;
    }
    add_relation(g, number, p->is.follows_me, filled);
    if (filled && p->is.follows_me)
        p->served.yes = p->served.last_yes = true;
    else if (filled && (p->there != 0 || sim->s.which == ON_MASTODON))
        p->served.no = true;
    if (spoil == SPOIL_CONTRADICTS && filled)
        add_relation(g, number, !p->is.follows_me, true);
}

static bool next_id(const char **at, const char *before, uint32_t *number) {
    *at = strstr(*at, before);
    if (*at == NULL)
        return false;
    *at += strlen(before);
    *number = (uint32_t)strtoul(*at, NULL, 10) - 1000;
    return true;
}

static void say_people(struct asking *g) {
    struct sim *sim = g->sim;
    bool mastodon = sim->s.which == ON_MASTODON;
    const char *before = mastodon ? "id[]=" : "person";
    const char *at = g->target;
    uint32_t number;
    sim->reading.begun = true;
    add(g, mastodon ? "[" : "{\"profiles\":[");
    for (uint32_t count = 0;
         sim->reading.spoil != SPOIL_DEAD_TOKEN && next_id(&at, before, &number); count++) {
        if (number >= sim->s.people)
            sim_violated(sim, 0, "the platform is asked about %u in %s", number, g->target);
        bool answered = sim->reading.spoil != SPOIL_EMPTY &&
                        (sim->reading.spoil != SPOIL_FIRST_ONLY || count == 0);
        if (answered)
            add_person(g, number);
    }
    add(g, mastodon ? "]" : "]}");
}

/* ---- which of them ---- */

/* Where each source of exchanges is, and what its rows are. */
struct talk_list {
    enum which which;
    enum from from;
    const char *at; /* in the target */
    add_tie *add_one;
};

static const struct talk_list talk_lists[] = {
    {ON_MASTODON, FROM_POSTS, "/api/v1/accounts/1/statuses", add_status},
    {ON_MASTODON, FROM_LIKES, "/api/v1/favourites", add_marked},
    {ON_MASTODON, FROM_SAVED, "/api/v1/bookmarks", add_marked},
    {ON_MASTODON, FROM_MESSAGES, "/api/v1/conversations", add_conversation},
    {ON_MASTODON, FROM_REACTIONS, "/api/v1/notifications", add_notification},
    {ON_BLUESKY, FROM_POSTS, "collection=app.bsky.feed.post&", add_post},
    {ON_BLUESKY, FROM_LIKES, "collection=app.bsky.feed.like&", add_subject},
    {ON_BLUESKY, FROM_SAVED, "collection=app.bsky.feed.repost&", add_subject},
    {ON_BLUESKY, FROM_REACTIONS, "/xrpc/app.bsky.notification.listNotifications", add_reaction},
};

static const struct talk_list *talk_list_of(const struct asking *g) {
    for (size_t i = 0; i < sizeof talk_lists / sizeof talk_lists[0]; i++)
        if (talk_lists[i].which == g->sim->s.which && strstr(g->target, talk_lists[i].at) != NULL)
            return &talk_lists[i];
    return NULL;
}

static void say_mastodon(struct asking *g) {
    if (asks_for(g, "/api/v1/accounts/relationships"))
        say_people(g);
    else if (asks_for(g, "/api/v1/lists/") || asks_for(g, "/api/v1/accounts/1/following"))
        say_mastodon_members(g);
    else if (asks_for(g, "/api/v1/lists"))
        say_mastodon_names(g);
    else
        sim_violated(g->sim, 0, "the platform does not know %s", g->target);
}

static void say_exchanges(struct asking *g, const struct talk_list *list) {
    if (g->sim->s.which == ON_MASTODON)
        say_mastodon_talk(g, list->from, list->at, list->add_one);
    else
        say_bluesky_talk(g, list->from, list->from == FROM_REACTIONS ? "notifications" : "records",
                         list->add_one);
}

static void say_list(struct asking *g) {
    const struct talk_list *talk = talk_list_of(g);
    g->a->status = 200;
    if (talk != NULL)
        say_exchanges(g, talk);
    else if (g->sim->s.which == ON_MASTODON)
        say_mastodon(g);
    else if (asks_for(g, "/2/users/1/follow"))
        say_x_people(g);
    else if (asks_for(g, "/user/followers"))
        say_github_people(g, "/user/followers");
    else if (asks_for(g, "/user/following"))
        say_github_people(g, "/user/following");
    else if (asks_for(g, "/xrpc/app.bsky.actor.getProfiles"))
        say_people(g);
    else if (strstr(g->target, "collection=app.bsky.graph.list&") != NULL)
        say_bluesky_names(g);
    else if (asks_for(g, "/xrpc/com.atproto.repo.listRecords"))
        say_bluesky_members(g);
    else
        sim_violated(g->sim, 0, "the platform does not know %s", g->target);
}

static bool refuses(const struct asking *g) {
    const struct talk_list *talk = talk_list_of(g);
    return reading_refuses(g->sim, talk == NULL ? FROM_NONE : talk->from, reading_at(g));
}

static void say_expired_token(struct asking *g) {
    struct answer a = {.end = HTTP_DONE};
    say_expired(g->sim->s.which, &a);
    say_status(g, a.status, a.body);
}

static bool token_is_good(struct sim *sim, const struct http_request *q, const char *secret) {
    return !sim->s.tokens || q->secret != HTTP_ACCESS_TOKEN ||
           tokens_accept(&sim->server.tokens, token_number(secret), sim->machine.now_ms);
}

bool asks_for_profile(const char *target) {
    static const char x[] = "/2/users/me";
    return strncmp(target, x, sizeof x - 1) == 0 || strcmp(target, "/user") == 0 ||
           strcmp(target, "/api/v1/accounts/verify_credentials") == 0 ||
           strcmp(target, "/xrpc/com.atproto.server.getSession") == 0;
}

void asked_route(struct sim *sim, const struct http_request *q, const char *secret,
                 struct asked_answer *a) {
    static char target[8192];
    char body[1024];
    struct asking g = {.sim = sim, .a = a, .target = target};
    snprintf(target, sizeof target, "%.*s", (int)q->target.size, buffer_text(&q->target));
    snprintf(body, sizeof body, "%.*s", (int)q->body.size, buffer_text(&q->body));
    const char *refresh = strstr(body, "refresh_token=refresh-");
    if (asks_for(&g, "/2/oauth2/token") && refresh != NULL)
        tokens_answer(sim, token_number(refresh), a);
    else if (asks_for(&g, "/xrpc/com.atproto.server.refreshSession"))
        tokens_answer(sim, token_number(secret), a);
    else if (!token_is_good(sim, q, secret))
        say_expired_token(&g);
    else if (asks_for_profile(target))
        say_profile(&g);
    else if (refuses(&g))
        refuse(&g);
    else
        say_list(&g);
}
