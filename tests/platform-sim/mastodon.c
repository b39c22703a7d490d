/* Mastodon's API and the servers that speak it, as far as following goes.
 *
 * Happy path: POST /api/v1/accounts/{id}/unfollow and /follow answer a Relationship; GET
 * /api/v1/accounts/{id}/following is paged by Link headers, newest follow first; also
 * verify_credentials, relationships, lookup and single accounts, lists and their members,
 * notifications and conversations.
 * Failure: {"error": …}. --flavour picks whose headers, bodies and limits are worn: gotosocial,
 * pleroma (no headers), pixelfed (Link rels swapped, short pages), snac (404 if not followed). */
#include "mastodon.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define RELATIONSHIPS_MOST 100

static void route_post(struct sim *sim, struct request *request) {
    bool unfollows = strcmp(request->segment[4], "unfollow") == 0;
    if (request->segments != 5 || (!unfollows && strcmp(request->segment[4], "follow") != 0)) {
        return;
    }
    request->op = unfollows ? OP_UNFOLLOW : OP_FOLLOW;
    request->kind = unfollows ? K_UNFOLLOW : K_FOLLOW;
    (void)snprintf(request->target_name, sizeof request->target_name, "%.*s", ID_MAX - 1,
                   request->segment[3]);
    request->target = follows_find(&sim->follows, P_MASTODON, request->segment[3]);
}

static void route_evidence(const struct sim *sim, struct request *request) {
    static const struct {
        const char *name;
        int op;
        bool people;
    } named[] = {{"lists", OP_LISTS, false},
                 {"notifications", OP_NOTIFICATIONS, false},
                 {"conversations", OP_CONVERSATIONS, false},
                 {"favourites", OP_FAVOURITES, true},
                 {"bookmarks", OP_BOOKMARKS, true},
                 {"endorsements", OP_ENDORSED, true}};
    const char *const *part = request->segment;
    for (size_t i = 0; request->segments == 3 && i < sizeof named / sizeof named[0]; i++) {
        if (strcmp(part[2], named[i].name) == 0 && (!named[i].people || sim->people.count != 0)) {
            request->op = named[i].op;
        }
    }
    if (request->segments == 5 && strcmp(part[2], "lists") == 0 &&
        strcmp(part[4], "accounts") == 0) {
        request->op = OP_MEMBERS;
    }
    request->kind = request->op != OP_NONE ? K_LIST : K_OTHER;
}

static int op_of_account(const struct sim *sim, const char *name) {
    static const struct {
        const char *name;
        int op;
        bool people;
    } named[] = {{"followers", OP_FOLLOWERS, false},
                 {"following", OP_FOLLOWING, false},
                 {"statuses", OP_STATUSES, true},
                 {"endorsements", OP_ENDORSED, true}};
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++) {
        if (strcmp(name, named[i].name) == 0 && (!named[i].people || sim->people.count != 0)) {
            return named[i].op;
        }
    }
    return OP_NONE;
}

static void mastodon_route(struct sim *sim, struct request *request) {
    static const struct {
        const char *name;
        int op;
    } named[] = {
        {"verify_credentials", OP_ME}, {"relationships", OP_RELATIONSHIPS}, {"lookup", OP_LOOKUP}};
    const char *const *part = request->segment;
    if (strcmp(part[1], "v1") == 0 && request->verb == V_GET) {
        route_evidence(sim, request);
    }
    if (strcmp(part[1], "v1") != 0 || strcmp(part[2], "accounts") != 0) {
        return;
    }
    if (request->verb == V_POST) {
        route_post(sim, request);
    } else if (request->verb == V_GET && request->segments == 5) {
        request->op = op_of_account(sim, part[4]);
        request->kind = request->op != OP_NONE ? K_LIST : K_OTHER;
    } else if (request->verb == V_GET && request->segments == 4) {
        request->op = OP_ACCOUNT;
        request->kind = K_READ;
        for (size_t i = 0; i < sizeof named / sizeof named[0]; i++) {
            request->op = strcmp(part[3], named[i].name) == 0 ? named[i].op : request->op;
        }
    }
}

static enum flavour flavour_of(const struct sim *sim) {
    return sim->options.flavour;
}

static void mastodon_state(struct sim *sim, struct reply *reply, enum account_state state) {
    if (state == ACCOUNT_LOCKED) {
        reply_text(reply, 403, "{\"error\":\"Your login is currently disabled\"}");
    } else if (state == ACCOUNT_SUSPENDED) {
        reply_text(reply, 403, "{\"error\":\"Your login is currently suspended\"}");
    } else if (flavour_of(sim) == F_SNAC) {
        reply_text(reply, 401, "");
    } else if (flavour_of(sim) == F_GOTOSOCIAL) {
        reply_text(reply, 401, "{\"error\":\"Unauthorized: token not recognized\"}");
    } else if (flavour_of(sim) == F_PLEROMA) {
        reply_text(reply, 401, "{\"error\":\"Invalid credentials.\"}");
    } else {
        reply_text(reply, 401, "{\"error\":\"The access token is invalid\"}");
    }
}

/* snac 2.75 without a user: verify_credentials is 422, what lists is an empty list, and only what
 * writes is refused for what it is [MEM of mastoapi.c]. */
static void unknown_token(struct sim *sim, const struct request *request, struct reply *reply) {
    if (request->verb == V_POST) {
        mastodon_state(sim, reply, ACCOUNT_EXPIRED);
    } else if (request->op == OP_ME) {
        reply_text(reply, 422, "");
    } else {
        reply_text(reply, 200, "[]");
    }
}

static bool mastodon_authorise(struct sim *sim, const struct request *request,
                               struct reply *reply) {
    if (sim->options.dead_token) {
        unknown_token(sim, request, reply);
        return false;
    }
    if (flavour_of(sim) == F_GOTOSOCIAL && header(request, "User-Agent") == NULL) {
        reply_text(reply, 418, "{\"error\":\"I'm a teapot: no user-agent sent with request\"}");
        return false;
    }
    if (bearer_is(request, "Bearer", sim->options.token) || oauth_knows(sim, request)) {
        return true;
    }
    mastodon_state(sim, reply, ACCOUNT_EXPIRED);
    return false;
}

static void rate_headers(struct sim *sim, struct reply *reply, struct view view) {
    char reset[64];
    enum flavour flavour = flavour_of(sim);
    if (flavour == F_PLEROMA || flavour == F_SNAC) {
        return;
    }
    reply_header(sim, reply, "X-RateLimit-Limit", "%llu", (unsigned long long)view.limit);
    reply_header(sim, reply, "X-RateLimit-Remaining", "%llu", (unsigned long long)view.remaining);
    if (flavour != F_PIXELFED) {
        bool micros = flavour == F_MASTODON;
        uint64_t at = micros ? view.reset_ns + 999 : seconds_up(view.reset_ns) * NS_PER_S;
        time_iso(reset, sizeof reset, at, micros);
        reply_header(sim, reply, "X-RateLimit-Reset", "%s", reset);
    }
}

static void mastodon_rate_headers(struct sim *sim, const struct request *request,
                                  struct reply *reply) {
    struct charge charge = charge_of(request, true);
    struct limit *limit = limits_tightest(&sim->limits, &charge, request->real_ns);
    if (limit != NULL) {
        rate_headers(sim, reply, limit_view(limit, request->real_ns));
    }
}

static void mastodon_too_many(struct sim *sim, const struct request *request, struct reply *reply,
                              const struct limit *limit) {
    static const char *const bodies[FLAVOURS] = {
        [F_MASTODON] = "{\"error\":\"Too many requests\"}",
        [F_GOTOSOCIAL] = "{\"error\":\"rate limit reached\"}",
        [F_PLEROMA] = "{\"error\":\"Throttled\"}",
        [F_PIXELFED] = "{\"message\":\"Too Many Attempts.\"}",
        [F_SNAC] = "",
    };
    struct view view = {.limit = 300, .reset_ns = request->real_ns + NS_PER_S};
    if (limit != NULL) {
        view = limit_view(&sim->limits.limit[limit - sim->limits.limit], request->real_ns);
    } else {
        rate_headers(sim, reply, view);
    }
    if (flavour_of(sim) == F_PIXELFED) {
        reply_header(sim, reply, "Retry-After", "%llu",
                     (unsigned long long)seconds_up(view.reset_ns - request->real_ns));
        reply_header(sim, reply, "X-RateLimit-Reset", "%llu",
                     (unsigned long long)seconds_up(view.reset_ns));
    }
    reply_text(reply, 429, bodies[flavour_of(sim)]);
}

/* Pleroma also refuses a third action on one target within a minute. */
static bool mastodon_refuses_too(const struct sim *sim, const struct request *request) {
    size_t looked = 0;
    unsigned same = 0;
    if (flavour_of(sim) != F_PLEROMA || !sim->limits.limit[L_M_RELATION].on ||
        request->target == SIM_NONE) {
        return false;
    }
    for (size_t i = sim->audit.count; i > 0 && looked < 4096; i--, looked++) {
        const struct entry *entry = &sim->audit.entry[i - 1];
        if (entry->at_ns + 60 * NS_PER_S <= request->mono_ns) {
            break;
        }
        bool relation = entry->kind == K_UNFOLLOW || entry->kind == K_FOLLOW;
        same += relation && entry->platform == P_MASTODON && entry->status == 200 &&
                        (entry->flags & ENTRY_STRANGER) == 0 && entry->target == request->target
                    ? 1
                    : 0;
    }
    return same >= 2;
}

void mastodon_not_found(struct sim *sim, const struct request *request, struct reply *reply) {
    (void)request;
    if (flavour_of(sim) == F_SNAC) {
        reply->type = "text/html; charset=utf-8";
        reply_text(reply, 404, "<h1>404 Not Found</h1>");
    } else if (flavour_of(sim) == F_GOTOSOCIAL) {
        reply_text(reply, 404, "{\"error\":\"Not Found: target account not found\"}");
    } else {
        reply_text(reply, 404, "{\"error\":\"Record not found\"}");
    }
}

static const char *yes(bool is) {
    return is ? "true" : "false";
}

static void relationship(struct sim *sim, uint32_t at, bool following, struct buf *out) {
    const struct person *p = at < sim->people.count ? &sim->people.person[at] : NULL;
    char id[ID_MAX];
    follows_id(&sim->follows, P_MASTODON, at, id);
    buf_printf(out,
               "{\"id\":\"%s\",\"following\":%s,\"showing_reblogs\":%s,\"notifying\":%s,"
               "\"languages\":null,\"followed_by\":%s,\"blocking\":false,\"blocked_by\":false,"
               "\"muting\":false,\"muting_notifications\":false,\"requested\":false,"
               "\"requested_by\":false,\"domain_blocking\":false,\"endorsed\":%s,"
               "\"note\":",
               id, yes(following), yes(following),
               yes(p != NULL && p->notify && following && !p->lost), yes(facts_of(sim, at).mutual),
               yes(p != NULL && p->endorsed && following && !p->lost));
    buf_json(out, p != NULL ? people_text(&sim->people, p->note) : "");
    buf_str(out, "}");
}

static void mastodon_lie(struct sim *sim, const struct request *request, struct reply *reply) {
    if (request->target == SIM_NONE) {
        mastodon_not_found(sim, request, reply);
        return;
    }
    reply_text(reply, 200, "");
    relationship(sim, request->target, request->kind == K_UNFOLLOW, reply->body);
}

static void mastodon_error_500(struct sim *sim, struct reply *reply) {
    (void)sim;
    reply_text(reply, 500, "{\"error\":\"We're sorry, but something went wrong on our end.\"}");
}

static void mastodon_busy(struct sim *sim, const struct request *request, struct reply *reply) {
    char date[64];
    time_t at = (time_t)(request->real_ns / NS_PER_S + 30);
    struct tm tm = {0};
    if (flavour_of(sim) == F_GOTOSOCIAL) {
        (void)gmtime_r(&at, &tm);
        (void)strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &tm);
        reply_header(sim, reply, "Retry-After", "30");
        reply_header(sim, reply, "Retry-After", "%s", date);
    }
}

static bool mine(struct sim *sim, const struct request *request, struct reply *reply) {
    if (strcmp(request->segment[3], account_id(sim, P_MASTODON)) == 0) {
        return true;
    }
    mastodon_not_found(sim, request, reply);
    return false;
}

/* The id of a follow in the paging links: its index + 1, so 0 is before all. */
static void link_header(struct sim *sim, const struct request *request, struct reply *reply,
                        uint32_t newest, uint32_t oldest, uint32_t limit) {
    const char *host = header(request, "Host");
    char base[512];
    bool swapped = flavour_of(sim) == F_PIXELFED;
    const struct options *o = &sim->options;
    uint32_t behind = query_number(request, "behind", 0, UINT32_MAX);
    bool more = behind == 0 && oldest != SIM_NONE &&
                bits_prev(&sim->follows.followed[P_MASTODON], oldest) != SIM_NONE;
    (void)snprintf(base, sizeof base, "http://%.99s/api/v1/accounts/%.99s/following?limit=%u",
                   host != NULL ? host : "localhost", account_id(sim, P_MASTODON), limit);
    const char *next = swapped ? "prev" : "next";
    const char *prev = swapped ? "next" : "prev";
    if (!more && o->self_cursor) {
        const char *max_id = query(request, "max_id");
        reply_header(sim, reply, "Link", "<%s&max_id=%.20s>; rel=\"%s\"", base,
                     max_id != NULL ? max_id : "4294967295", next);
    } else if (!more && o->endless != ENDLESS_NOT) {
        reply_header(sim, reply, "Link", "<%s&max_id=0&behind=%u>; rel=\"%s\"", base, behind + 1,
                     next);
    } else if (more) {
        reply_header(sim, reply, "Link", "<%s&max_id=%u>; rel=\"%s\", <%s&since_id=%u>; rel=\"%s\"",
                     base, oldest + 1, next, base, newest + 1, prev);
    } else {
        reply_header(sim, reply, "Link", "<%s&since_id=%u>; rel=\"%s\"", base, newest + 1, prev);
    }
}

uint32_t mastodon_page_size(const struct sim *sim, const struct request *request) {
    uint32_t fallback = flavour_of(sim) == F_PIXELFED ? 10 : 40;
    uint32_t limit = query_number(request, "limit", fallback, 80);
    return flavour_of(sim) == F_SNAC ? UINT32_MAX : limit == 0 ? fallback : limit;
}

static void strangers_json(uint64_t first, uint32_t count, struct buf *out) {
    for (uint32_t n = 0; n < count; n++) {
        buf_printf(out, "%s{\"id\":\"%llu\",\"acct\":\"no_one%llu@elsewhere.example\"}",
                   n == 0 ? "" : ",", (unsigned long long)first + 5000000000 + n,
                   (unsigned long long)first + n);
    }
}

static void following(struct sim *sim, const struct request *request, struct reply *reply) {
    const struct bits *followed = &sim->follows.followed[P_MASTODON];
    bool snac = flavour_of(sim) == F_SNAC;
    uint32_t limit = mastodon_page_size(sim, request);
    uint32_t max_id = snac ? UINT32_MAX : query_number(request, "max_id", UINT32_MAX, UINT32_MAX);
    uint32_t since_id = snac ? 0 : query_number(request, "since_id", 0, UINT32_MAX);
    uint32_t newest = SIM_NONE;
    uint32_t oldest = SIM_NONE;
    uint32_t count = flavour_of(sim) == F_PIXELFED && limit > 1 ? 1 : 0; /* pages fall short */
    uint32_t at = bits_prev(followed, max_id == UINT32_MAX ? UINT32_MAX : max_id - (max_id > 0));
    uint32_t behind = query_number(request, "behind", 0, UINT32_MAX);
    at = behind == 0                              ? at
         : sim->options.endless == ENDLESS_REPEAT ? bits_prev(followed, UINT32_MAX)
                                                  : SIM_NONE;
    reply_text(reply, 200, "[");
    if (behind != 0 && sim->options.endless == ENDLESS_MORE) {
        strangers_json((uint64_t)behind * limit, limit, reply->body);
    }
    for (; at != SIM_NONE && at + 1 > since_id && count < limit; count++) {
        buf_str(reply->body, newest == SIM_NONE ? "" : ",");
        newest = newest == SIM_NONE ? at : newest;
        oldest = at;
        mastodon_account_json(sim, at, reply->body);
        at = bits_prev(followed, at);
    }
    buf_str(reply->body, "]");
    if ((newest != SIM_NONE || behind != 0) && !snac) {
        link_header(sim, request, reply, newest, oldest, limit);
    }
}

struct id_list {
    const char *id[RELATIONSHIPS_MOST];
    int count;
};

static enum MHD_Result collect_id(void *cls, enum MHD_ValueKind kind, const char *key,
                                  const char *value) {
    struct id_list *list = cls;
    (void)kind;
    bool is_id = strcmp(key, "id[]") == 0 || strcmp(key, "id") == 0;
    if (is_id && value != NULL && list->count < RELATIONSHIPS_MOST) {
        list->id[list->count++] = value;
    }
    return MHD_YES;
}

static void relationships(struct sim *sim, const struct request *request, struct reply *reply) {
    struct id_list list = {.count = 0};
    (void)MHD_get_connection_values(request->conn, MHD_GET_ARGUMENT_KIND, collect_id, &list);
    if (!sim->options.relations) {
        mastodon_not_found(sim, request, reply);
        return;
    }
    if (sim->options.look_status != 0) {
        reply_text(reply, sim->options.look_status, "{\"error\":\"not for you\"}");
        return;
    }
    if (flavour_of(sim) == F_PIXELFED && list.count > 20) {
        list.count = 20;
    }
    list.count = flavour_of(sim) == F_SNAC && list.count > 1 ? 1 : list.count;
    const char *suspended = query(request, "with_suspended");
    bool with_suspended =
        suspended != NULL && (strcmp(suspended, "true") == 0 || *suspended == '1');
    reply_text(reply, 200, "[");
    for (int i = 0; i < list.count; i++) {
        uint32_t at = follows_find(&sim->follows, P_MASTODON, list.id[i]);
        if (at != SIM_NONE && bits_has(&sim->follows.vanished[P_MASTODON], at)) {
            at = SIM_NONE;
        }
        if (at == SIM_NONE && flavour_of(sim) == F_GOTOSOCIAL) {
            mastodon_not_found(sim, request, reply);
            return;
        }
        bool shown =
            at != SIM_NONE && !hidden(sim, at) &&
            (with_suspended || at >= sim->people.count || !sim->people.person[at].suspended);
        if (shown) {
            buf_str(reply->body, reply->body->len == 1 ? "" : ",");
            relationship(sim, at, bits_has(&sim->follows.followed[P_MASTODON], at), reply->body);
        }
    }
    buf_str(reply->body, "]");
}

static void one_account(struct sim *sim, const struct request *request, struct reply *reply) {
    char name[ID_MAX];
    uint32_t at = SIM_NONE;
    if (request->op == OP_ACCOUNT &&
        strcmp(request->segment[3], account_id(sim, P_MASTODON)) == 0) {
        reply_text(reply, 200, "");
        mastodon_own_json(sim, true, reply->body);
        return;
    }
    if (request->op == OP_ACCOUNT) {
        at = follows_find(&sim->follows, P_MASTODON, request->segment[3]);
    } else {
        const char *acct = query(request, "acct");
        (void)snprintf(name, sizeof name, "%.*s", ID_MAX - 1, acct != NULL ? acct : "");
        if (strcmp(name, account_handle(sim, P_MASTODON)) == 0) {
            reply_text(reply, 200, "");
            mastodon_own_json(sim, true, reply->body);
            return;
        }
        at = follows_find_handle(&sim->follows, P_MASTODON, name);
        if (at == SIM_NONE) { /* also without this server's domain */
            name[strcspn(name, "@")] = '\0';
            at = follows_find_handle(&sim->follows, P_MASTODON, name);
        }
    }
    if (at == SIM_NONE || bits_has(&sim->follows.vanished[P_MASTODON], at)) {
        mastodon_not_found(sim, request, reply);
        return;
    }
    reply_text(reply, 200, "");
    mastodon_account_json(sim, at, reply->body);
}

static void unfollow(struct sim *sim, struct request *request, struct reply *reply) {
    if (request->target != SIM_NONE &&
        bits_has(&sim->follows.vanished[P_MASTODON], request->target)) {
        mastodon_not_found(sim, request, reply);
        return;
    }
    if (request->target != SIM_NONE) {
        reply->applied = follows_drop(&sim->follows, P_MASTODON, request->target);
        reply->already = !reply->applied;
        if (request->target < sim->people.count) {
            sim->people.person[request->target].lost = true;
        }
    }
    if (request->target == SIM_NONE || (reply->already && flavour_of(sim) == F_SNAC)) {
        mastodon_not_found(sim, request, reply);
        return;
    }
    reply->clean = true;
    reply_text(reply, 200, "");
    relationship(sim, request->target, false, reply->body);
}

static void follow(struct sim *sim, struct request *request, struct reply *reply) {
    if (request->target == SIM_NONE) {
        mastodon_not_found(sim, request, reply);
        return;
    }
    reply->applied = follows_add(&sim->follows, P_MASTODON, request->target);
    reply_text(reply, 200, "");
    relationship(sim, request->target, true, reply->body);
}

/* Is one of these among the token's scopes? The general one holds all of its kind. */
static bool scope_held(const char *held, const char *wanted) {
    size_t len = strlen(wanted);
    while (*held != '\0') {
        size_t word = strcspn(held, " ");
        if (word == len && strncmp(held, wanted, len) == 0) {
            return true;
        }
        held += word + (held[word] == ' ' ? 1 : 0);
    }
    return false;
}

static bool scoped(const struct sim *sim, const struct request *request, struct reply *reply) {
    static const char *const scope[] = {[OP_UNFOLLOW] = "write:follows",
                                        [OP_FOLLOW] = "write:follows",
                                        [OP_FOLLOWING] = "read:accounts",
                                        [OP_FOLLOWERS] = "read:accounts",
                                        [OP_ME] = "read:accounts",
                                        [OP_RELATIONSHIPS] = "read:follows",
                                        [OP_LOOKUP] = "read:accounts",
                                        [OP_ACCOUNT] = "read:accounts",
                                        [OP_LISTS] = "read:lists",
                                        [OP_MEMBERS] = "read:lists",
                                        [OP_NOTIFICATIONS] = "read:notifications",
                                        [OP_CONVERSATIONS] = "read:statuses",
                                        [OP_STATUSES] = "read:statuses",
                                        [OP_FAVOURITES] = "read:favourites",
                                        [OP_BOOKMARKS] = "read:bookmarks",
                                        [OP_ENDORSED] = "read:accounts"};
    const char *held = sim->options.mastodon_scopes;
    const char *wanted = scope[request->op];
    if (held == NULL || wanted == NULL) {
        return true;
    }
    bool follows = strcmp(wanted + strcspn(wanted, ":"), ":follows") == 0;
    if (scope_held(held, wanted) || scope_held(held, wanted[0] == 'r' ? "read" : "write") ||
        (follows && scope_held(held, "follow")) ||
        (request->op == OP_ME && scope_held(held, "profile"))) {
        return true;
    }
    reply_text(reply, 403, "{\"error\":\"This action is outside the authorized scopes\"}");
    return false;
}

static void mastodon_handle(struct sim *sim, struct request *request, struct reply *reply) {
    if (!scoped(sim, request, reply)) {
        return;
    }
    switch (request->op) {
    case OP_UNFOLLOW:
        unfollow(sim, request, reply);
        break;
    case OP_FOLLOW:
        follow(sim, request, reply);
        break;
    case OP_FOLLOWING:
        if (mine(sim, request, reply)) {
            following(sim, request, reply);
        }
        break;
    case OP_FOLLOWERS:
        reply_text(reply, 200, "[]");
        break;
    case OP_ME:
        reply_text(reply, 200, "");
        mastodon_own_json(sim, true, reply->body);
        break;
    case OP_RELATIONSHIPS:
        relationships(sim, request, reply);
        break;
    case OP_LISTS:
    case OP_MEMBERS:
    case OP_NOTIFICATIONS:
    case OP_CONVERSATIONS:
        (sim->people.count != 0 ? mastodon_people : mastodon_evidence)(sim, request, reply);
        break;
    case OP_STATUSES:
    case OP_FAVOURITES:
    case OP_BOOKMARKS:
    case OP_ENDORSED:
        mastodon_people(sim, request, reply);
        break;
    case OP_LOOKUP:
    case OP_ACCOUNT:
        one_account(sim, request, reply);
        break;
    default:
        mastodon_not_found(sim, request, reply);
        break;
    }
}

const struct platform platform_mastodon = {
    .route = mastodon_route,
    .authorise = mastodon_authorise,
    .rate_headers = mastodon_rate_headers,
    .refuses_too = mastodon_refuses_too,
    .too_many = mastodon_too_many,
    .state = mastodon_state,
    .gone = mastodon_not_found,
    .lie = mastodon_lie,
    .error_500 = mastodon_error_500,
    .busy = mastodon_busy,
    .handle = mastodon_handle,
};
