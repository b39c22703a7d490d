/* GitHub's REST API, as far as following goes.
 *
 * Happy path: DELETE and PUT /user/following/{username} give 204; GET /user/following is paged
 * by number with a Link header; GET /user, /user/{id}, /users/{name}.
 * Failure: {"message","documentation_url","status"}; the primary limit answers 403, the
 * secondary (writes) 429 with retry-after. */
#include "sim.h"

#include <stdio.h>
#include <string.h>

enum {
    OP_NONE,
    OP_UNFOLLOW,
    OP_FOLLOW,
    OP_FOLLOWING,
    OP_FOLLOWERS,
    OP_FOLLOWS_ONE,
    OP_ME,
    OP_BY_ID,
    OP_BY_NAME
};

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

static void github_route(struct sim *sim, struct request *request) {
    const char *const *part = request->segment;
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

static void github_gone(struct sim *sim, const struct request *request, struct reply *reply) {
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

static void user_json(const struct sim *sim, uint32_t at, bool full, struct buf *out) {
    struct facts facts = facts_of(at);
    char id[ID_MAX];
    char handle[ID_MAX];
    char created[40];
    follows_id(&sim->follows, P_GITHUB, at, id);
    follows_handle(&sim->follows, P_GITHUB, at, handle);
    bool number = id[strspn(id, "0123456789")] == '\0' && strlen(id) < 19;
    buf_printf(out,
               "{\"login\":\"%s\",\"id\":%s%s%s,\"node_id\":\"U_%u\",\"type\":\"User\","
               "\"site_admin\":false",
               handle, number ? "" : "\"", id, number ? "" : "\"", at);
    if (full) {
        time_iso(created, sizeof created, facts.created_s * NS_PER_S, false);
        buf_printf(out,
                   ",\"name\":\"%s\",\"bio\":null,\"followers\":%u,\"following\":%u,"
                   "\"public_repos\":%u,\"created_at\":\"%s\"",
                   handle, facts.followers, facts.following, facts.posts & 127, created);
    }
    buf_str(out, "}");
}

static void link_header(struct sim *sim, const struct request *request, struct reply *reply,
                        uint32_t page, uint32_t last, uint32_t per_page) {
    const char *host = header(request, "Host");
    char value[1000] = "";
    size_t len = 0;
    const struct {
        const char *rel;
        uint32_t page;
        bool shown;
    } links[] = {{"prev", page - 1, page > 1},
                 {"next", page + 1, page < last},
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
    for (uint32_t n = 0; at != SIM_NONE && n < per_page; n++) {
        buf_str(reply->body, n == 0 ? "" : ",");
        user_json(sim, at, false, reply->body);
        at = bits_next(followed, at + 1);
    }
    buf_str(reply->body, "]");
    link_header(sim, request, reply, page, last, per_page);
}

static void follower_json(struct sim *sim, uint32_t at, uint32_t n, struct buf *out) {
    buf_str(out, n == 0 ? "" : ",");
    user_json(sim, at, false, out);
}

/* By a place in the list, which a page number would not stand still for. */
static void followers(struct sim *sim, const struct request *request, struct reply *reply) {
    const char *host = header(request, "Host");
    uint32_t place = query_number(request, "after", 0, UINT32_MAX);
    reply_text(reply, 200, "[");
    followers_page(sim, P_GITHUB, &place, query_number(request, "per_page", 30, 100), follower_json,
                   reply->body);
    buf_str(reply->body, "]");
    if (place != SIM_NONE) {
        reply_header(sim, reply, "Link",
                     "<http://%.99s/user/followers?per_page=100&after=%u>; rel=\"next\"",
                     host != NULL ? host : "localhost", place);
    }
}

static void unfollow(struct sim *sim, struct request *request, struct reply *reply) {
    if (request->target == SIM_NONE) {
        github_gone(sim, request, reply);
        return;
    }
    reply->applied = follows_drop(&sim->follows, P_GITHUB, request->target);
    reply->already = !reply->applied;
    reply->clean = true;
    reply_text(reply, 204, "");
}

static void follow(struct sim *sim, struct request *request, struct reply *reply) {
    if (request->target == SIM_NONE) {
        github_gone(sim, request, reply);
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
        reply_printf(reply, 200,
                     "{\"login\":\"%.99s\",\"id\":%.99s,\"type\":\"User\",\"following\":%u,"
                     "\"followers\":%u}",
                     account_handle(sim, P_GITHUB), account_id(sim, P_GITHUB),
                     sim->follows.followed[P_GITHUB].set, followers_count(sim, P_GITHUB));
        return;
    }
    uint32_t at = by_id ? follows_find(&sim->follows, P_GITHUB, who) : find_name(sim, who);
    if (at == SIM_NONE) {
        github_gone(sim, request, reply);
        return;
    }
    reply_text(reply, 200, "");
    user_json(sim, at, true, reply->body);
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
        github_gone(sim, request, reply);
        break;
    case OP_ME:
    case OP_BY_ID:
    case OP_BY_NAME:
        one_user(sim, request, reply);
        break;
    default:
        github_gone(sim, request, reply);
        break;
    }
}

const struct platform platform_github = {
    .route = github_route,
    .authorise = github_authorise,
    .rate_headers = github_rate_headers,
    .too_many = github_too_many,
    .state = github_state,
    .gone = github_gone,
    .lie = github_lie,
    .error_500 = github_error_500,
    .handle = github_handle,
};
