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
    g->sim->reading.refused = true;
    g->sim->reading.begun = true;
    if (g->sim->s.which == ON_MASTODON)
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
    uint32_t page = number_after(g->target, "max_id=");
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

static void say_mastodon_talk(struct asking *g, uint32_t part, const char *path) {
    static struct row_page p;
    uint32_t page = number_after(g->target, "max_id=");
    reading_page(g->sim, part, page, &p);
    add(g, "[");
    for (uint32_t i = 0; i < p.count; i++) {
        const char *id = p.rows[i]->bad ? "name" : "id";
        uint32_t who = 1000 + p.rows[i]->number;
        if (part == 1)
            add(g, "%s{\"accounts\":[{\"%s\":\"%u\"}],\"last_status\":{" TIME "}}",
                i == 0 ? "" : ",", id, who);
        else
            add(g, "%s{\"type\":\"mention\"," TIME ",\"account\":{\"%s\":\"%u\"}}",
                i == 0 ? "" : ",", id, who);
    }
    add(g, "]");
    if (p.more)
        add_link(g, path, "max_id", next_page(g, page, p.last));
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

static void add_record(struct asking *g, const struct row *row, bool first) {
    char did[PERSON_TEXT];
    person_id(ON_BLUESKY, row->number, did);
    add(g, "%s{\"uri\":\"at://did:plc:me/x/r\"", first ? "" : ",");
    if (row->bad)
        add(g, "}");
    else if (g->sim->reading.set == SET_LISTS)
        add(g, ",\"value\":{\"subject\":\"%s\",\"list\":\"" LIST_URI "l%u\"}}", did, row->part);
    else
        add(g,
            ",\"value\":{\"createdAt\":\"2026-09-01T00:00:00Z\",\"reply\":{\"parent\":{\"uri\":"
            "\"at://%s/app.bsky.feed.post/p\"}}}}",
            did);
}

static void say_bluesky_records(struct asking *g) {
    static struct row_page p;
    uint32_t page = number_after(g->target, "&cursor=c");
    reading_page(g->sim, g->sim->reading.set == SET_TALK ? 1 : 0, page, &p);
    add(g, "{\"records\":[");
    for (uint32_t i = 0; i < p.count; i++)
        add_record(g, p.rows[i], i == 0);
    add(g, "]");
    if (p.more)
        add(g, ",\"cursor\":\"c%u\"", next_page(g, page, p.last));
    add(g, "}");
}

static void say_bluesky_notifications(struct asking *g) {
    static struct row_page p;
    uint32_t page = number_after(g->target, "&cursor=c");
    reading_page(g->sim, 2, page, &p);
    add(g, "{\"notifications\":[");
    for (uint32_t i = 0; i < p.count; i++)
        add(g, "%s{\"reason\":\"reply\",\"author\":{\"%s\":\"did:plc:person%u\"}}",
            i == 0 ? "" : ",", p.rows[i]->bad ? "name" : "did", 1000 + p.rows[i]->number);
    add(g, "]");
    if (p.more)
        add(g, ",\"cursor\":\"c%u\"", next_page(g, page, p.last));
    add(g, "}");
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

static void say_mastodon(struct asking *g) {
    if (asks_for(g, "/api/v1/accounts/relationships"))
        say_people(g);
    else if (asks_for(g, "/api/v1/lists/") || asks_for(g, "/api/v1/accounts/1/following"))
        say_mastodon_members(g);
    else if (asks_for(g, "/api/v1/lists"))
        say_mastodon_names(g);
    else if (asks_for(g, "/api/v1/conversations"))
        say_mastodon_talk(g, 1, "/api/v1/conversations");
    else if (asks_for(g, "/api/v1/notifications"))
        say_mastodon_talk(g, 2, "/api/v1/notifications");
    else
        sim_violated(g->sim, 0, "the platform does not know %s", g->target);
}

static void say_list(struct asking *g) {
    g->a->status = 200;
    if (g->sim->s.which == ON_MASTODON)
        say_mastodon(g);
    else if (asks_for(g, "/2/users/1/follow"))
        say_x_people(g);
    else if (asks_for(g, "/user/followers"))
        say_github_people(g, "/user/followers");
    else if (asks_for(g, "/user/following"))
        say_github_people(g, "/user/following");
    else if (asks_for(g, "/xrpc/app.bsky.notification.listNotifications"))
        say_bluesky_notifications(g);
    else if (asks_for(g, "/xrpc/app.bsky.actor.getProfiles"))
        say_people(g);
    else if (strstr(g->target, "collection=app.bsky.graph.list&") != NULL)
        say_bluesky_names(g);
    else if (asks_for(g, "/xrpc/com.atproto.repo.listRecords"))
        say_bluesky_records(g);
    else
        sim_violated(g->sim, 0, "the platform does not know %s", g->target);
}

/* Some servers refuse at once, others in the middle. */
static bool refuses(struct asking *g) {
    struct reading *r = &g->sim->reading;
    return r->spoil == SPOIL_REFUSED && (r->refused || dice_one_in(&g->sim->dice, 3));
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
