/* Bluesky's AppView, as a PDS hands requests on to it: profiles, relationships, the list of
 * followees as the account may see it, notifications.
 *
 * Happy path: getProfile, getProfiles, getRelationships, getFollows, getAuthorFeed,
 * listNotifications.
 * Failure: {"error","message"}; without an AppView all of them are "No service configured".
 *
 * Who is dead is left out of lists; who blocks is left out of the list of followees, and a profile
 * then tells of no follow in either direction. Relationships leave nobody out. */
#include "sim.h"

#include <stdio.h>
#include <string.h>

#define VERIFIER      "did:plc:verifierverifierverifier"
#define FOLLOW        "app.bsky.graph.follow"
#define ACTORS_MOST   30
#define PROFILES_MOST 25

enum life { ALIVE, TAKEN_DOWN, DEACTIVATED, DELETED };

static enum life life_of(const struct sim *sim, uint32_t at) {
    if (at < sim->people.count) {
        const struct person *p = &sim->people.person[at];
        return p->suspended ? TAKEN_DOWN : p->deleted ? DELETED : ALIVE;
    }
    uint32_t every = sim->options.dead;
    return every == 0 || at % every != 0 ? ALIVE : (enum life)(1 + at / every % 3);
}

static bool blocks(const struct sim *sim, uint32_t at) {
    return sim->options.blocking != 0 && at % sim->options.blocking == 1;
}

static void error(struct reply *reply, unsigned status, const char *name, const char *message) {
    reply_printf(reply, status, "{\"error\":\"%s\",\"message\":\"%s\"}", name, message);
}

/* ---- profiles --------------------------------------------------------------------------------*/

struct actors {
    const char *key;
    uint32_t most;
    const char *did[ACTORS_MOST];
    uint32_t count;
    bool too_many;
};

static enum MHD_Result collect_actor(void *cls, enum MHD_ValueKind kind, const char *key,
                                     const char *value) {
    struct actors *actors = cls;
    (void)kind;
    if (strcmp(key, actors->key) == 0 && value != NULL) {
        actors->too_many = actors->count == actors->most;
        if (!actors->too_many) {
            actors->did[actors->count++] = value;
        }
    }
    return MHD_YES;
}

static bool collect(const struct request *request, struct actors *actors, struct reply *reply) {
    (void)MHD_get_connection_values(request->conn, MHD_GET_ARGUMENT_KIND, collect_actor, actors);
    if (actors->count == 0 || actors->too_many) {
        error(reply, 400, "InvalidRequest", "Error: too few or too many accounts");
        return false;
    }
    return true;
}

static void viewer_json(struct sim *sim, uint32_t at, struct buf *out) {
    char did[ID_MAX];
    follows_id(&sim->follows, P_BLUESKY, at, did);
    buf_printf(out, ",\"viewer\":{\"muted\":false,\"blockedBy\":%s",
               blocks(sim, at) ? "true" : "false");
    if (!blocks(sim, at) && !hidden(sim, at)) {
        buf_printf(out, ",\"following\":\"at://%.99s/" FOLLOW "/3k\"", account_id(sim, P_BLUESKY));
        if (facts_of(sim, at).mutual) {
            buf_printf(out, ",\"followedBy\":\"at://%s/" FOLLOW "/3k\"", did);
        }
    }
    buf_str(out, "}");
}

static void person_json(struct sim *sim, const struct person *p, bool detailed, struct buf *out) {
    buf_str(out, ",\"displayName\":");
    buf_json(out, people_text(&sim->people, p->name));
    if (detailed) {
        buf_str(out, ",\"description\":");
        buf_json(out, people_text(&sim->people, p->bio));
    }
    if (!p->egg) {
        buf_str(out, ",\"avatar\":\"https://cdn.sim.test/avatar/one.jpg\"");
    }
    if (p->verified) {
        buf_printf(out,
                   ",\"verification\":{\"verifications\":[{\"issuer\":\"" VERIFIER
                   "\",\"uri\":\"at://" VERIFIER "/app.bsky.graph.verification/3k\",\"isValid\":"
                   "true,\"createdAt\":\"2025-05-01T00:00:00.000Z\"}],\"verifiedStatus\":\"valid\","
                   "\"trustedVerifierStatus\":\"none\"}");
    }
    buf_str(out, ",\"labels\":[]");
}

static void profile_json(struct sim *sim, uint32_t at, bool detailed, struct buf *out) {
    struct facts facts = facts_of(sim, at);
    char did[ID_MAX];
    char handle[ID_MAX];
    char created[40];
    follows_id(&sim->follows, P_BLUESKY, at, did);
    follows_handle(&sim->follows, P_BLUESKY, at, handle);
    time_iso(created, sizeof created, facts.created_s * NS_PER_S, false);
    buf_printf(out, "{\"did\":\"%s\",\"handle\":\"%s\",\"createdAt\":\"%.19s.000Z\"", did, handle,
               created);
    if (detailed) {
        buf_printf(out, ",\"followersCount\":%u,\"followsCount\":%u,\"postsCount\":%u",
                   facts.followers, facts.following, facts.posts);
    }
    if (at < sim->people.count) {
        person_json(sim, &sim->people.person[at], detailed, out);
    }
    viewer_json(sim, at, out);
    buf_str(out, "}");
}

static void get_profiles(struct sim *sim, const struct request *request, struct reply *reply) {
    struct actors actors = {.key = "actors", .most = PROFILES_MOST};
    if (!collect(request, &actors, reply)) {
        return;
    }
    reply_text(reply, 200, "{\"profiles\":[");
    bool any = false;
    for (uint32_t i = 0; i < actors.count; i++) {
        uint32_t at = follows_find(&sim->follows, P_BLUESKY, actors.did[i]);
        if (at != SIM_NONE && !hidden(sim, at) && life_of(sim, at) == ALIVE) {
            buf_str(reply->body, any ? "," : "");
            profile_json(sim, at, true, reply->body);
            any = true;
        }
    }
    buf_str(reply->body, "]}");
}

/* Of one alone the AppView says why it shows none. */
static void get_profile(struct sim *sim, const struct request *request, struct reply *reply) {
    const char *did = query(request, "actor");
    uint32_t at = did == NULL ? SIM_NONE : follows_find(&sim->follows, P_BLUESKY, did);
    enum life life = at == SIM_NONE ? DELETED : life_of(sim, at);
    if (life == TAKEN_DOWN) {
        error(reply, 400, "AccountTakedown", "Account has been suspended");
    } else if (life == DEACTIVATED) {
        error(reply, 400, "AccountDeactivated", "Account is deactivated");
    } else if (life == DELETED) {
        error(reply, 400, "InvalidRequest", "Profile not found");
    } else if (hidden(sim, at) && at % 2 == 1) { /* for a reason of its own */
        error(reply, 400, "InvalidRequest", "Error: actor must be a valid did or a handle");
    } else {
        reply_text(reply, 200, "");
        profile_json(sim, at, true, reply->body);
    }
}

/* ---- relationships ---------------------------------------------------------------------------*/

static void relation_json(struct sim *sim, const char *did, struct buf *out) {
    uint32_t at = follows_find(&sim->follows, P_BLUESKY, did);
    if (at == SIM_NONE || hidden(sim, at)) {
        buf_printf(out,
                   "{\"$type\":\"app.bsky.graph.defs#notFoundActor\",\"actor\":\"%.99s\","
                   "\"notFound\":true}",
                   did);
        return;
    }
    buf_printf(out, "{\"$type\":\"app.bsky.graph.defs#relationship\",\"did\":\"%.99s\"", did);
    if (bits_has(&sim->follows.followed[P_BLUESKY], at)) {
        buf_printf(out, ",\"following\":\"at://%.99s/" FOLLOW "/3k\"", account_id(sim, P_BLUESKY));
    }
    if (facts_of(sim, at).mutual) {
        buf_printf(out, ",\"followedBy\":\"at://%.99s/" FOLLOW "/3k\"", did);
    }
    if (blocks(sim, at)) {
        buf_printf(out, ",\"blockedBy\":\"at://%.99s/app.bsky.graph.block/3k\"", did);
    }
    buf_str(out, "}");
}

static void get_relationships(struct sim *sim, const struct request *request, struct reply *reply) {
    struct actors actors = {.key = "others", .most = ACTORS_MOST};
    if (sim->options.look_status != 0) {
        error(reply, sim->options.look_status, "UpstreamFailure", "Upstream service unreachable");
        return;
    }
    if (!collect(request, &actors, reply)) {
        return;
    }
    reply_printf(reply, 200, "{\"actor\":\"%.99s\",\"relationships\":[",
                 account_id(sim, P_BLUESKY));
    for (uint32_t i = 0; i < actors.count; i++) {
        buf_str(reply->body, i == 0 ? "" : ",");
        relation_json(sim, actors.did[i], reply->body);
    }
    buf_str(reply->body, "]}");
}

/* ---- lists -----------------------------------------------------------------------------------*/

static void cursor_json(uint32_t at, struct buf *out) {
    if (at != SIM_NONE) {
        buf_printf(out, ",\"cursor\":\"%u\"", at);
    }
    buf_str(out, "}");
}

/* The pages get short by whom they leave out. The last of them has a cursor too, as on the real
 * one; it leads to an empty page, which has none. */
static void get_follows(struct sim *sim, const struct request *request, struct reply *reply) {
    const struct bits *followed = &sim->follows.followed[P_BLUESKY];
    uint32_t limit = query_number(request, "limit", 50, UINT32_MAX);
    uint32_t from = query_number(request, "cursor", 0, UINT32_MAX);
    bool behind = from >= BEHIND;
    bool again = behind && sim->options.endless == ENDLESS_REPEAT;
    uint32_t at = behind && !again ? SIM_NONE : bits_next(followed, again ? 0 : from);
    const char *actor = query(request, "actor");
    if (actor == NULL || (strcmp(actor, account_id(sim, P_BLUESKY)) != 0 &&
                          strcmp(actor, account_handle(sim, P_BLUESKY)) != 0)) {
        error(reply, 400, "InvalidRequest", "Actor not found");
        return;
    }
    if (limit < 1 || limit > 100) {
        error(reply, 400, "InvalidRequest", "limit must be between 1 and 100");
        return;
    }
    if (sim->options.shown_status != 0) {
        error(reply, sim->options.shown_status, "UpstreamFailure", "Upstream service unreachable");
        return;
    }
    reply_printf(reply, 200, "{\"subject\":{\"did\":\"%.99s\",\"handle\":\"%.99s\"},\"follows\":[",
                 account_id(sim, P_BLUESKY), account_handle(sim, P_BLUESKY));
    bool any = false;
    uint32_t n = 0;
    for (; at != SIM_NONE && n < limit; n++, at = bits_next(followed, at + 1)) {
        if (sim->options.cut_following != 0 && at >= sim->options.cut_following) {
            at = SIM_NONE;
            break;
        }
        if (hidden(sim, at) || life_of(sim, at) != ALIVE || blocks(sim, at)) {
            continue;
        }
        buf_str(reply->body, any ? "," : "");
        profile_json(sim, at, false, reply->body);
        any = true;
    }
    buf_str(reply->body, "]");
    bool last = at == SIM_NONE || behind;
    if (last && sim->options.endless != ENDLESS_NOT) {
        at = behind ? from + 1 : BEHIND;
    } else if (last && sim->options.self_cursor) {
        at = from;
    } else if (last && n != 0) {
        at = sim->follows.count;
    }
    cursor_json(at, reply->body);
}

static enum MHD_Result find_reason(void *cls, enum MHD_ValueKind kind, const char *key,
                                   const char *value) {
    const char **reason = cls; /* looked for; NULL: found */
    (void)kind;
    if (strcmp(key, "reasons") == 0 && value != NULL && *reason != NULL &&
        strcmp(value, *reason) == 0) {
        *reason = NULL;
    }
    return MHD_YES;
}

static bool wanted(const struct request *request, const char *reason) {
    const char *looked_for = reason;
    if (query(request, "reasons") == NULL) {
        return true;
    }
    (void)MHD_get_connection_values(request->conn, MHD_GET_ARGUMENT_KIND, find_reason, &looked_for);
    return looked_for == NULL;
}

/* The record that the notification is about. */
static void reason_json(struct sim *sim, const char *reason, const char *when, const char *cid,
                        struct buf *out) {
    const char *me = account_id(sim, P_BLUESKY);
    bool likes = strcmp(reason, "like") == 0;
    if (strcmp(reason, "follow") == 0) {
        buf_printf(out, "{\"$type\":\"" FOLLOW "\",\"subject\":\"%.99s\"", me);
    } else if (likes || strcmp(reason, "repost") == 0) {
        buf_printf(out,
                   "{\"$type\":\"app.bsky.feed.%s\",\"subject\":{\"uri\":\"at://%.99s/"
                   "app.bsky.feed.post/3k\",\"cid\":\"%s\"}",
                   reason, me, cid);
    } else {
        buf_str(out, "{\"$type\":\"app.bsky.feed.post\",\"text\":\"hello\"");
    }
    buf_printf(out, ",\"createdAt\":\"%.19s.000Z\"}", when);
}

static void notification_json(struct sim *sim, uint32_t at, const char *reason, uint64_t when_s,
                              struct buf *out) {
    bool follows = strcmp(reason, "follow") == 0;
    bool posts = !follows && strcmp(reason, "like") != 0 && strcmp(reason, "repost") != 0;
    char did[ID_MAX];
    char when[40];
    char cid[64];
    follows_id(&sim->follows, P_BLUESKY, at, did);
    time_iso(when, sizeof when, when_s * NS_PER_S, false);
    cid_text(at, cid);
    buf_printf(out, "{\"uri\":\"at://%s/app.bsky.%s%s/3k\",\"cid\":\"%s\",\"author\":", did,
               follows ? "graph." : "feed.", posts ? "post" : reason, cid);
    profile_json(sim, at, false, out);
    buf_printf(out, ",\"reason\":\"%s\",\"record\":", reason);
    reason_json(sim, reason, when, cid, out);
    buf_printf(out, ",\"isRead\":true,\"indexedAt\":\"%.19s.000Z\"}", when);
}

/* What people did to the account, newest first; nothing here tells of messages or bookmarks. */
static void people_notifications(struct sim *sim, const struct request *request,
                                 struct reply *reply) {
    static const char *const reasons[] = {[E_REPLY] = "reply",
                                          [E_MENTION] = "mention",
                                          [E_QUOTE] = "quote",
                                          [E_BOOST] = "repost",
                                          [E_LIKE] = "like"};
    const struct people *people = &sim->people;
    uint32_t limit = query_number(request, "limit", 50, 100);
    uint32_t at = query_number(request, "cursor", people->happenings, people->happenings);
    bool any = false;
    reply_text(reply, 200, "{\"notifications\":[");
    for (uint32_t n = 0; at > 0 && n < limit;) {
        const struct happening *one = &people->happening[--at];
        if (one->ours || one->what > E_LIKE) {
            continue;
        }
        n++;
        if (wanted(request, reasons[one->what])) {
            buf_str(reply->body, any ? "," : "");
            notification_json(sim, one->who, reasons[one->what], one->ms / 1000, reply->body);
            any = true;
        }
    }
    buf_str(reply->body, "]");
    cursor_json(at == 0 ? SIM_NONE : at, reply->body);
}

/* One by everybody the account has talked to, and of every follower that it follows. */
static void list_notifications(struct sim *sim, const struct request *request,
                               struct reply *reply) {
    static const char *const talk[] = {"reply", "like", "mention", "quote", "repost"};
    const struct bits *followed = &sim->follows.followed[P_BLUESKY];
    uint32_t limit = query_number(request, "limit", 50, 100);
    uint32_t at = bits_next(followed, query_number(request, "cursor", 0, UINT32_MAX));
    bool any = false;
    if (sim->people.count != 0) {
        people_notifications(sim, request, reply);
        return;
    }
    reply_text(reply, 200, "{\"notifications\":[");
    for (uint32_t n = 0; at != SIM_NONE && n < limit; at = bits_next(followed, at + 1)) {
        const char *reason = talked_to(at)              ? talk[at % 5]
                             : facts_of(sim, at).mutual ? "follow"
                                                        : NULL;
        if (reason == NULL) {
            continue;
        }
        n++;
        if (wanted(request, reason)) {
            buf_str(reply->body, any ? "," : "");
            notification_json(sim, at, reason, 1710000000 + (uint64_t)at, reply->body);
            any = true;
        }
    }
    buf_str(reply->body, "]");
    cursor_json(at, reply->body);
}

/* Their last post, and no other: nobody here asks for more. */
static void get_author_feed(struct sim *sim, const struct request *request, struct reply *reply) {
    const char *did = query(request, "actor");
    uint32_t at = did == NULL ? SIM_NONE : follows_find(&sim->follows, P_BLUESKY, did);
    uint32_t limit = query_number(request, "limit", 50, UINT32_MAX);
    char when[40];
    char rkey[16];
    char cid[64];
    if (at == SIM_NONE || life_of(sim, at) != ALIVE) {
        error(reply, 400, "InvalidRequest", "Profile not found");
        return;
    }
    if (limit < 1 || limit > 100) {
        error(reply, 400, "InvalidRequest", "limit must be between 1 and 100");
        return;
    }
    uint64_t last_s = facts_of(sim, at).last_post_s;
    if (last_s == 0) {
        reply_text(reply, 200, "{\"feed\":[]}");
        return;
    }
    tid_make(last_s * 1000000, at, rkey);
    cid_text(at, cid);
    time_iso(when, sizeof when, last_s * NS_PER_S, false);
    reply_text(reply, 200, "{\"feed\":[{\"post\":{\"uri\":");
    buf_printf(reply->body, "\"at://%.99s/app.bsky.feed.post/%s\",\"cid\":\"%s\",\"author\":", did,
               rkey, cid);
    profile_json(sim, at, false, reply->body);
    buf_printf(
        reply->body,
        ",\"record\":{\"$type\":\"app.bsky.feed.post\",\"text\":\"high tide\",\"createdAt\":"
        "\"%.19s.000Z\"},\"replyCount\":0,\"repostCount\":0,\"likeCount\":0,\"quoteCount\":0,"
        "\"indexedAt\":\"%.19s.000Z\",\"labels\":[]}}],\"cursor\":\"%.19s.000Z\"}",
        when, when, when);
}

void appview_serve(struct sim *sim, const struct request *request, struct reply *reply) {
    static const struct {
        const char *method;
        void (*serve)(struct sim *, const struct request *, struct reply *);
    } calls[] = {{"app.bsky.graph.getFollows", get_follows},
                 {"app.bsky.feed.getAuthorFeed", get_author_feed},
                 {"app.bsky.graph.getRelationships", get_relationships},
                 {"app.bsky.actor.getProfile", get_profile},
                 {"app.bsky.actor.getProfiles", get_profiles},
                 {"app.bsky.notification.listNotifications", list_notifications}};
    const char *method = request->segment[1];
    if (!sim->options.appview) {
        reply_printf(reply, 400,
                     "{\"error\":\"InvalidRequest\",\"message\":\"No service configured for "
                     "%.99s\"}",
                     method);
        return;
    }
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        if (strcmp(method, calls[i].method) == 0) {
            calls[i].serve(sim, request, reply);
        }
    }
}
