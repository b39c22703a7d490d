/* GitHub's REST API, as far as following goes.
 *
 * Happy path: DELETE and PUT /user/following/{username} give 204; GET /user/following is paged
 * by number with a Link header; GET /user, /user/{id}, /users/{name}.
 * Failure: {"message","documentation_url","status"}; the primary limit answers 403, the
 * secondary (writes) 429 with retry-after. */
#include "github.h"

#include <stdio.h>
#include <string.h>

#define DOCS "https://docs.github.com/rest"

static uint32_t find_name(const struct sim *sim, const char *name) {
    return follows_find_handle(&sim->follows, P_GITHUB, name);
}

static void route_one(struct sim *sim, struct request *request) {
    const char *name = request->segment[2];
    (void)snprintf(request->target_name, sizeof request->target_name, "%.*s", ID_MAX - 1, name);
    request->target = find_name(sim, name);
    if (request->verb == V_DELETE) {
        request->op = OP_UNFOLLOW;
        request->kind = K_UNFOLLOW;
    } else if (request->verb == V_PUT) {
        request->op = OP_FOLLOW;
        request->kind = K_FOLLOW;
    } else if (request->verb == V_GET) {
        request->op = OP_FOLLOWS_ONE;
        request->kind = K_READ;
    }
}

/* What is known of people. */
static int op_of_people(const struct sim *sim, const struct request *request) {
    const char *const *part = request->segment;
    bool mine = strcmp(part[0], "user") == 0 && request->segments == 2;
    if (sim->people.count == 0 || request->verb != V_GET) {
        return OP_NONE;
    }
    if (mine) {
        return strcmp(part[1], "starred") == 0 ? OP_STARRED
               : strcmp(part[1], "orgs") == 0  ? OP_ORGS
                                               : OP_NONE;
    }
    if (request->segments != 3) {
        return OP_NONE;
    }
    return strcmp(part[0], "orgs") == 0 && strcmp(part[2], "members") == 0   ? OP_MEMBERS
           : strcmp(part[0], "users") == 0 && strcmp(part[2], "events") == 0 ? OP_EVENTS
                                                                             : OP_NONE;
}

static void github_route(struct sim *sim, struct request *request) {
    const char *const *part = request->segment;
    request->op = op_of_people(sim, request);
    if (request->op != OP_NONE) {
        request->kind = K_LIST;
        return;
    }
    if (strcmp(part[0], "orgs") == 0) {
        return;
    }
    bool mine = strcmp(part[0], "user") == 0;
    if (mine && request->segments == 3 && strcmp(part[1], "following") == 0) {
        route_one(sim, request);
    } else if (request->verb != V_GET) {
        return;
    } else if (mine && request->segments == 2 && strcmp(part[1], "following") == 0) {
        request->op = OP_FOLLOWING;
        request->kind = K_LIST;
    } else if (mine && request->segments == 2 && strcmp(part[1], "followers") == 0) {
        request->op = OP_FOLLOWERS;
        request->kind = K_LIST;
    } else if (request->segments <= 2) {
        request->op = !mine ? OP_BY_NAME : request->segments == 1 ? OP_ME : OP_BY_ID;
        request->kind = K_READ;
    }
}

static void message(struct reply *reply, unsigned status, const char *text) {
    reply_printf(reply, status,
                 "{\"message\":\"%s\",\"documentation_url\":\"" DOCS "\",\"status\":\"%u\"}", text,
                 status);
}

static void github_state(struct sim *sim, struct reply *reply, enum account_state state) {
    (void)sim;
    if (state == ACCOUNT_EXPIRED) {
        message(reply, 401, "Bad credentials");
    } else if (state == ACCOUNT_LOCKED) {
        message(reply, 403, "Sorry. Your account is locked.");
    } else {
        message(reply, 403, "Sorry. Your account was suspended.");
    }
}

static bool github_authorise(struct sim *sim, const struct request *request, struct reply *reply) {
    const char *agent = header(request, "User-Agent");
    if (agent == NULL || *agent == '\0') {
        reply->type = "text/plain";
        reply_text(reply, 403,
                   "Request forbidden by administrative rules. Please make sure your request has "
                   "a User-Agent header.");
        return false;
    }
    if (bearer_is(request, "Bearer", sim->options.token) ||
        bearer_is(request, "token", sim->options.token)) {
        return true;
    }
    message(reply, 401,
            header(request, "Authorization") == NULL ? "Requires authentication"
                                                     : "Bad credentials");
    return false;
}

static void github_rate_headers(struct sim *sim, const struct request *request,
                                struct reply *reply) {
    struct limit *core = &sim->limits.limit[L_G_CORE];
    if (sim->options.scopes != NULL) {
        reply_header(sim, reply, "X-OAuth-Scopes", "%s", sim->options.scopes);
    }
    if (!core->on) {
        return;
    }
    struct view view = limit_view(core, request->real_ns);
    reply_header(sim, reply, "x-ratelimit-limit", "%llu", (unsigned long long)view.limit);
    reply_header(sim, reply, "x-ratelimit-remaining", "%llu", (unsigned long long)view.remaining);
    reply_header(sim, reply, "x-ratelimit-reset", "%llu",
                 (unsigned long long)seconds_up(view.reset_ns));
    reply_header(sim, reply, "x-ratelimit-used", "%llu", (unsigned long long)view.used);
    reply_header(sim, reply, "x-ratelimit-resource", "core");
}

static void github_too_many(struct sim *sim, const struct request *request, struct reply *reply,
                            const struct limit *limit) {
    if (limit == &sim->limits.limit[L_G_CORE]) {
        message(reply, 403, "API rate limit exceeded for user.");
        return;
    }
    uint64_t wait_ns = NS_PER_S;
    if (limit != NULL) {
        struct view view =
            limit_view(&sim->limits.limit[limit - sim->limits.limit], request->real_ns);
        wait_ns = view.reset_ns - request->real_ns;
    }
    reply_header(sim, reply, "retry-after", "%llu", (unsigned long long)seconds_up(wait_ns));
    message(reply, 429,
            "You have exceeded a secondary rate limit. Please wait a few minutes before you try "
            "again.");
}

void github_not_found(struct sim *sim, const struct request *request, struct reply *reply) {
    (void)sim;
    (void)request;
    message(reply, 404, "Not Found");
}

static void github_lie(struct sim *sim, const struct request *request, struct reply *reply) {
    (void)sim;
    (void)request;
    message(reply, 200, "Nothing was done");
}

static void github_error_500(struct sim *sim, struct reply *reply) {
    (void)sim;
    message(reply, 500, "Server Error");
}

#define API  "https://api.github.com/users/"
#define SITE "https://github.com/"

/* The addresses that stand with every user; nobody here goes there. */
static void addresses_json(const char *login, struct buf *out) {
    static const struct {
        const char *name;
        const char *end;
    } urls[] = {{"url", ""},
                {"followers_url", "/followers"},
                {"following_url", "/following{/other_user}"},
                {"gists_url", "/gists{/gist_id}"},
                {"starred_url", "/starred{/owner}{/repo}"},
                {"subscriptions_url", "/subscriptions"},
                {"organizations_url", "/orgs"},
                {"repos_url", "/repos"},
                {"events_url", "/events{/privacy}"},
                {"received_events_url", "/received_events"}};
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        buf_printf(out, ",\"%s\":\"" API "%.99s%s\"", urls[i].name, login, urls[i].end);
    }
    buf_printf(out,
               ",\"html_url\":\"" SITE "%.99s\",\"avatar_url\":\"" SITE "%.99s.png\","
               "\"gravatar_id\":\"\",\"type\":\"User\",\"site_admin\":false",
               login, login);
}

/* A profile changes with what its owner does; the account and who is made up has none of that. */
static void full_json(const char *name, const char *bio, const struct facts *facts,
                      struct buf *out) {
    char created[40];
    char updated[40];
    uint64_t last_s =
        bio != NULL && facts->last_post_s != 0 ? facts->last_post_s : facts->created_s;
    time_iso(created, sizeof created, facts->created_s * NS_PER_S, false);
    time_iso(updated, sizeof updated, last_s * NS_PER_S, false);
    buf_str(out, ",\"name\":");
    buf_json(out, name);
    buf_str(out,
            ",\"company\":null,\"blog\":\"\",\"location\":null,\"email\":null,\"hireable\":null,"
            "\"bio\":");
    if (bio != NULL && *bio != '\0') {
        buf_json(out, bio);
    } else {
        buf_str(out, "null");
    }
    buf_printf(out,
               ",\"public_repos\":%u,\"public_gists\":0,\"followers\":%u,\"following\":%u,"
               "\"created_at\":\"%s\",\"updated_at\":\"%s\"",
               facts->posts & 127, facts->followers, facts->following, created, updated);
}

void github_user_json(const struct sim *sim, uint32_t at, bool full, struct buf *out) {
    struct facts facts = facts_of(sim, at);
    char id[ID_MAX];
    char handle[ID_MAX];
    follows_id(&sim->follows, P_GITHUB, at, id);
    follows_handle(&sim->follows, P_GITHUB, at, handle);
    bool number = id[strspn(id, "0123456789")] == '\0' && strlen(id) < 19;
    buf_printf(out, "{\"login\":\"%s\",\"id\":%s%s%s,\"node_id\":\"U_%u\"", handle,
               number ? "" : "\"", id, number ? "" : "\"", at);
    addresses_json(handle, out);
    if (full) {
        const struct person *p = at < sim->people.count ? &sim->people.person[at] : NULL;
        full_json(p != NULL ? people_text(&sim->people, p->name) : handle,
                  p != NULL ? people_text(&sim->people, p->bio) : NULL, &facts, out);
    }
    buf_str(out, "}");
}

void github_own_json(struct sim *sim, bool full, struct buf *out) {
    const char *login = account_handle(sim, P_GITHUB);
    struct facts facts = {.followers = followers_count(sim, P_GITHUB),
                          .following =
                              sim->follows.followed[P_GITHUB].set + sim->options.profile_more,
                          .created_s = 1230768000};
    buf_printf(out, "{\"login\":\"%.99s\",\"id\":%.99s,\"node_id\":\"U_me\"", login,
               account_id(sim, P_GITHUB));
    addresses_json(login, out);
    if (full) {
        full_json(login, NULL, &facts, out);
    }
    buf_str(out, "}");
}

static void link_header(struct sim *sim, const struct request *request, struct reply *reply,
                        uint32_t page, uint32_t last, uint32_t per_page) {
    const char *host = header(request, "Host");
    char value[1000] = "";
    size_t len = 0;
    bool self = sim->options.self_cursor && page >= last;
    bool endless = sim->options.endless != ENDLESS_NOT;
    const struct {
        const char *rel;
        uint32_t page;
        bool shown;
    } links[] = {{"prev", page - 1, page > 1},
                 {"next", self ? page : page + 1, page < last || self || endless},
                 {"last", last, page < last},
                 {"first", 1, page > 1}};
    for (size_t i = 0; i < 4; i++) {
        if (links[i].shown && len < sizeof value) {
            len += (size_t)snprintf(value + len, sizeof value - len,
                                    "%s<http://%.99s/user/following?per_page=%u&page=%u>; "
                                    "rel=\"%s\"",
                                    len == 0 ? "" : ", ", host != NULL ? host : "localhost",
                                    per_page, links[i].page, links[i].rel);
        }
    }
    if (len != 0) {
        reply_header(sim, reply, "Link", "%s", value);
    }
}

static void strangers_json(uint64_t first, uint32_t count, struct buf *out) {
    for (uint32_t n = 0; n < count; n++) {
        buf_printf(out, "%s{\"login\":\"no-one%llu\",\"id\":%llu,\"type\":\"User\"}",
                   n == 0 ? "" : ",", (unsigned long long)first + n,
                   (unsigned long long)first + 5000000000 + n);
    }
}

static void following(struct sim *sim, const struct request *request, struct reply *reply) {
    const struct bits *followed = &sim->follows.followed[P_GITHUB];
    uint32_t per_page = query_number(request, "per_page", 30, 100);
    uint32_t page = query_number(request, "page", 1, 10000000);
    per_page = per_page == 0 ? 30 : per_page;
    page = page == 0 ? 1 : page;
    uint32_t last = followed->set / per_page + (followed->set % per_page != 0 ? 1 : 0);
    uint64_t skip = (uint64_t)(page - 1) * per_page;
    uint32_t at = skip < followed->set ? bits_select(followed, (uint32_t)skip) : SIM_NONE;
    reply_text(reply, 200, "[");
    if (page > last && sim->options.endless == ENDLESS_MORE) {
        strangers_json((uint64_t)page * per_page, per_page, reply->body);
    } else if (page > last && sim->options.endless == ENDLESS_REPEAT) {
        at = bits_next(followed, 0);
    }
    for (uint32_t n = 0; at != SIM_NONE && n < per_page; n++) {
        buf_str(reply->body, n == 0 ? "" : ",");
        github_user_json(sim, at, false, reply->body);
        at = bits_next(followed, at + 1);
    }
    buf_str(reply->body, "]");
    link_header(sim, request, reply, page, last, per_page);
}

static void follower_json(struct sim *sim, uint32_t at, uint32_t n, struct buf *out) {
    buf_str(out, n == 0 ? "" : ",");
    github_user_json(sim, at, false, out);
}

static void no_json(struct sim *sim, uint32_t at, uint32_t n, struct buf *out) {
    (void)sim;
    (void)at;
    (void)n;
    (void)out;
}

static void followers(struct sim *sim, const struct request *request, struct reply *reply) {
    const char *host = header(request, "Host");
    uint32_t per_page = query_number(request, "per_page", 30, 100);
    uint32_t page = query_number(request, "page", 1, 10000000);
    uint32_t place = 0;
    per_page = per_page == 0 ? 30 : per_page;
    page = page == 0 ? 1 : page;
    for (uint32_t before = 1; before < page && place != SIM_NONE; before++) {
        (void)followers_page(sim, P_GITHUB, &place, per_page, no_json, reply->body);
    }
    reply_text(reply, 200, "[");
    if (place != SIM_NONE) {
        (void)followers_page(sim, P_GITHUB, &place, per_page, follower_json, reply->body);
    }
    buf_str(reply->body, "]");
    if (place != SIM_NONE) {
        reply_header(sim, reply, "Link",
                     "<http://%.99s/user/followers?per_page=%u&page=%u>; rel=\"next\"",
                     host != NULL ? host : "localhost", per_page, place == 0 ? 1 : page + 1);
    }
}

static void unfollow(struct sim *sim, struct request *request, struct reply *reply) {
    if (request->target == SIM_NONE ||
        bits_has(&sim->follows.vanished[P_GITHUB], request->target)) {
        github_not_found(sim, request, reply);
        return;
    }
    reply->applied = follows_drop(&sim->follows, P_GITHUB, request->target);
    reply->already = !reply->applied;
    reply->clean = true;
    reply_text(reply, 204, "");
}

static void follow(struct sim *sim, struct request *request, struct reply *reply) {
    if (request->target == SIM_NONE) {
        github_not_found(sim, request, reply);
        return;
    }
    reply->applied = follows_add(&sim->follows, P_GITHUB, request->target);
    reply_text(reply, 204, "");
}

static void one_user(struct sim *sim, const struct request *request, struct reply *reply) {
    bool by_id = request->op == OP_BY_ID;
    const char *who = request->segment[1];
    bool me = request->op == OP_ME ||
              strcmp(who, by_id ? account_id(sim, P_GITHUB) : account_handle(sim, P_GITHUB)) == 0;
    if (me) {
        reply_text(reply, 200, "");
        github_own_json(sim, true, reply->body);
        return;
    }
    uint32_t at = by_id ? follows_find(&sim->follows, P_GITHUB, who) : find_name(sim, who);
    if (at == SIM_NONE || bits_has(&sim->follows.vanished[P_GITHUB], at)) {
        github_not_found(sim, request, reply);
        return;
    }
    reply_text(reply, 200, "");
    github_user_json(sim, at, true, reply->body);
}

static void github_handle(struct sim *sim, struct request *request, struct reply *reply) {
    switch (request->op) {
    case OP_UNFOLLOW:
        unfollow(sim, request, reply);
        break;
    case OP_FOLLOW:
        follow(sim, request, reply);
        break;
    case OP_FOLLOWING:
        following(sim, request, reply);
        break;
    case OP_FOLLOWERS:
        followers(sim, request, reply);
        break;
    case OP_FOLLOWS_ONE:
        if (bits_has(&sim->follows.followed[P_GITHUB], request->target)) {
            reply_text(reply, 204, "");
            break;
        }
        github_not_found(sim, request, reply);
        break;
    case OP_STARRED:
    case OP_ORGS:
    case OP_MEMBERS:
    case OP_EVENTS:
        github_people(sim, request, reply);
        break;
    case OP_ME:
    case OP_BY_ID:
    case OP_BY_NAME:
        one_user(sim, request, reply);
        break;
    default:
        github_not_found(sim, request, reply);
        break;
    }
}

const struct platform platform_github = {
    .route = github_route,
    .authorise = github_authorise,
    .rate_headers = github_rate_headers,
    .too_many = github_too_many,
    .state = github_state,
    .gone = github_not_found,
    .lie = github_lie,
    .error_500 = github_error_500,
    .handle = github_handle,
};
