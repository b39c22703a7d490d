/* X's API v2, as far as following goes.
 *
 * Happy path: DELETE /2/users/{me}/following/{id}, POST /2/users/{me}/following, paged GET
 * /2/users/{me}/following and /followers, GET /2/users/me, /2/users?ids= and
 * /2/users/by?usernames=, all with x-rate-limit headers. Failure: problem bodies with title,
 * detail, type and status, as the API writes them. */
#include "x.h"

#include <stdio.h>
#include <string.h>

/* A body with title, detail and type, which has a content type of its own. */
static void problem(struct reply *reply, unsigned status, const char *body) {
    reply->type = "application/problem+json";
    reply_text(reply, status, body);
}

static void set_target(struct sim *sim, struct request *request, const char *id) {
    (void)snprintf(request->target_name, sizeof request->target_name, "%.*s", ID_MAX - 1, id);
    request->target = follows_find(&sim->follows, P_X, id);
}

static void route_write(struct sim *sim, struct request *request) {
    if (request->verb == V_DELETE && request->segments == 5) {
        request->op = OP_UNFOLLOW;
        request->kind = K_UNFOLLOW;
        set_target(sim, request, request->segment[4]);
    } else if (request->verb == V_POST && request->segments == 4) {
        request->op = OP_FOLLOW;
        request->kind = K_FOLLOW;
        request->json = json_loads(request->body, 0, NULL);
        const char *id = json_string_value(json_object_get(request->json, "target_user_id"));
        set_target(sim, request, id != NULL ? id : "");
    }
}

static void route_evidence(struct request *request) {
    const char *const *part = request->segment;
    bool users = strcmp(part[1], "users") == 0;
    if (users && strcmp(part[3], "owned_lists") == 0) {
        request->op = OP_LISTS;
    } else if (users && strcmp(part[3], "mentions") == 0) {
        request->op = OP_MENTIONS;
    } else if (strcmp(part[1], "lists") == 0 && strcmp(part[3], "members") == 0) {
        request->op = OP_MEMBERS;
    }
    request->kind = request->op == OP_LISTS     ? K_OWNED
                    : request->op == OP_MEMBERS ? K_MEMBERS
                    : request->op != OP_NONE    ? K_LIST
                                                : K_OTHER;
}

static void x_route(struct sim *sim, struct request *request) {
    const char *const *part = request->segment;
    if (request->verb == V_GET && request->segments == 4) {
        route_evidence(request);
    }
    if (strcmp(part[1], "users") != 0 || request->op != OP_NONE) {
        return;
    }
    if (strcmp(part[3], "following") == 0 && request->verb != V_GET) {
        route_write(sim, request);
    } else if (request->verb != V_GET) {
        return;
    } else if (request->segments == 2) {
        request->op = OP_USERS;
        request->kind = K_USERS;
    } else if (request->segments == 3 && strcmp(part[2], "by") == 0) {
        request->op = OP_USERS_BY;
        request->kind = K_USERS;
    } else if (request->segments == 3 && strcmp(part[2], "me") == 0) {
        request->op = OP_ME;
        request->kind = K_ME;
    } else if (request->segments == 4 && strcmp(part[3], "following") == 0) {
        request->op = OP_FOLLOWING;
        request->kind = K_LIST;
    } else if (request->segments == 4 && strcmp(part[3], "followers") == 0) {
        request->op = OP_FOLLOWERS;
        request->kind = K_LIST;
    }
}

static void x_state(struct sim *sim, struct reply *reply, enum account_state state) {
    (void)sim;
    if (state == ACCOUNT_LOCKED) {
        reply_text(reply, 403,
                   "{\"errors\":[{\"code\":326,\"message\":\"To protect our users from spam and "
                   "other malicious activity, this account is temporarily locked. Please log in "
                   "to https://x.com to unlock your account.\"}]}");
    } else if (state == ACCOUNT_SUSPENDED) {
        reply_text(reply, 403,
                   "{\"errors\":[{\"code\":64,\"message\":\"Your account is suspended and is not "
                   "permitted to access this feature.\"}]}");
    } else {
        problem(reply, 401,
                "{\"title\":\"Unauthorized\",\"type\":\"about:blank\",\"status\":401,"
                "\"detail\":\"Unauthorized\"}");
    }
}

static bool x_authorise(struct sim *sim, const struct request *request, struct reply *reply) {
    if (bearer_is(request, "Bearer", sim->options.token) || oauth_knows(sim, request)) {
        return true;
    }
    x_state(sim, reply, ACCOUNT_EXPIRED);
    return false;
}

static struct limit *x_limit(struct sim *sim, const struct request *request) {
    enum limit_id id = request->kind == K_UNFOLLOW  ? L_X_UNFOLLOW
                       : request->kind == K_FOLLOW  ? L_X_FOLLOW
                       : request->kind == K_ME      ? L_X_ME
                       : request->kind == K_USERS   ? L_X_USERS
                       : request->kind == K_OWNED   ? L_X_OWNED
                       : request->kind == K_MEMBERS ? L_X_MEMBERS
                                                    : L_X_READ;
    return &sim->limits.limit[id];
}

static void day_headers(struct sim *sim, const struct request *request, struct reply *reply) {
    enum limit_id id = request->kind == K_UNFOLLOW ? L_X_UNFOLLOW_DAY : L_X_FOLLOW_DAY;
    struct limit *day = &sim->limits.limit[id];
    if ((request->kind != K_UNFOLLOW && request->kind != K_FOLLOW) || !day->on) {
        return;
    }
    struct view view = limit_view(day, request->real_ns);
    reply_header(sim, reply, "x-user-limit-24hour-limit", "%llu", (unsigned long long)view.limit);
    reply_header(sim, reply, "x-user-limit-24hour-remaining", "%llu",
                 (unsigned long long)view.remaining);
    reply_header(sim, reply, "x-user-limit-24hour-reset", "%llu",
                 (unsigned long long)seconds_up(view.reset_ns));
}

static void x_rate_headers(struct sim *sim, const struct request *request, struct reply *reply) {
    struct limit *limit = x_limit(sim, request);
    if (limit->on) {
        struct view view = limit_view(limit, request->real_ns);
        reply_header(sim, reply, "x-rate-limit-limit", "%llu", (unsigned long long)view.limit);
        reply_header(sim, reply, "x-rate-limit-remaining", "%llu",
                     (unsigned long long)view.remaining);
        reply_header(sim, reply, "x-rate-limit-reset", "%llu",
                     (unsigned long long)seconds_up(view.reset_ns));
    }
    day_headers(sim, request, reply);
}

static void x_too_many(struct sim *sim, const struct request *request, struct reply *reply,
                       const struct limit *limit) {
    if (limit == NULL) {
        reply_header(sim, reply, "x-rate-limit-limit", "%llu",
                     (unsigned long long)x_limit(sim, request)->limit);
        reply_header(sim, reply, "x-rate-limit-remaining", "0");
        reply_header(sim, reply, "x-rate-limit-reset", "%llu",
                     (unsigned long long)seconds_up(request->real_ns) + 1);
    }
    problem(reply, 429,
            "{\"title\":\"Too Many Requests\",\"detail\":\"Too Many Requests\","
            "\"type\":\"about:blank\",\"status\":429}");
}

static void x_gone(struct sim *sim, const struct request *request, struct reply *reply) {
    (void)sim;
    (void)request;
    problem(reply, 404,
            "{\"title\":\"Not Found Error\",\"detail\":\"Could not find the user.\",\"type\":"
            "\"" TYPE_BASE "resource-not-found\",\"status\":404}");
}

/* A page that is not there: of a call, a suspended id, a hidden limit. */
static void x_astray(struct sim *sim, const struct request *request, struct reply *reply) {
    (void)sim;
    (void)request;
    reply_text(reply, 404,
               "{\"errors\":[{\"code\":34,\"message\":\"Sorry, that page does not exist.\"}]}");
}

static void x_lie(struct sim *sim, const struct request *request, struct reply *reply) {
    (void)sim;
    (void)request;
    reply_text(reply, 200,
               "{\"errors\":[{\"title\":\"Forbidden\",\"detail\":\"You cannot do this now.\","
               "\"type\":\"" TYPE_BASE "resource-unavailable\",\"parameter\":"
               "\"target_user_id\"}]}");
}

static void x_error_500(struct sim *sim, struct reply *reply) {
    (void)sim;
    problem(reply, 500,
            "{\"title\":\"Internal Server Error\",\"detail\":\"Internal Server Error\","
            "\"type\":\"about:blank\",\"status\":500}");
}

void x_invalid(struct reply *reply, const char *what) {
    reply->type = "application/problem+json";
    reply_printf(reply, 400,
                 "{\"errors\":[{\"message\":\"%s\"}],\"title\":\"Invalid Request\",\"detail\":"
                 "\"One or more parameters to your request was invalid.\",\"type\":\"" TYPE_BASE
                 "invalid-request\"}",
                 what);
}

static bool id_valid(const char *id) {
    size_t len = strspn(id, "0123456789");
    return len >= 1 && len <= 19 && id[len] == '\0';
}

static bool source_mine(struct sim *sim, const struct request *request, struct reply *reply) {
    if (strcmp(request->segment[2], account_id(sim, P_X)) == 0) {
        return true;
    }
    problem(reply, 403,
            "{\"title\":\"Forbidden\",\"detail\":\"The id in the path must be the "
            "authenticated user's.\",\"type\":\"about:blank\",\"status\":403}");
    return false;
}

static void unfollow(struct sim *sim, struct request *request, struct reply *reply) {
    if (!source_mine(sim, request, reply)) {
        return;
    }
    if (!id_valid(request->target_name)) {
        x_invalid(reply, "The target_user_id is not a valid id");
        return;
    }
    reply->applied =
        request->target != SIM_NONE && follows_drop(&sim->follows, P_X, request->target);
    reply->already = !reply->applied;
    reply->clean = true;
    sim->bill.deletes++;
    reply_text(reply, 200, "{\"data\":{\"following\":false}}");
}

static void follow(struct sim *sim, struct request *request, struct reply *reply) {
    if (!source_mine(sim, request, reply)) {
        return;
    }
    if (!id_valid(request->target_name)) {
        x_invalid(reply, "The target_user_id is not a valid id");
        return;
    }
    request->target = follows_know(&sim->follows, P_X, request->target_name);
    reply->applied = follows_add(&sim->follows, P_X, request->target);
    reply_text(reply, 200, "{\"data\":{\"following\":true,\"pending_follow\":false}}");
}

bool x_wants(const char *fields, const char *name) {
    size_t len = strlen(name);
    while (fields != NULL && *fields != '\0') {
        size_t word = strcspn(fields, ",");
        if (word == len && strncmp(fields, name, len) == 0) {
            return true;
        }
        fields += word + (fields[word] == ',' ? 1 : 0);
    }
    return false;
}

static void metrics_json(struct buf *out, const struct facts *facts) {
    buf_printf(out,
               ",\"public_metrics\":{\"followers_count\":%u,\"following_count\":%u,"
               "\"post_count\":%u,\"listed_count\":%u,\"like_count\":%u}",
               facts->followers, facts->following, facts->posts, facts->followers / 50,
               facts->posts / 3);
}

/* The time is in the id; `expansions` names the field by its newer or its older name. */
static void last_post_json(struct sim *sim, const struct facts *facts, const char *expansions,
                           struct buf *out) {
    bool old_name = x_wants(expansions, "most_recent_tweet_id");
    bool asked = old_name || x_wants(expansions, "most_recent_post_id");
    /* Ids of before November 2010 were counted, and tell no time. */
    if (asked && facts->last_post_s * 1000 > FIRST_SNOWFLAKE_MS) {
        uint64_t ms = facts->last_post_s * 1000 - FIRST_SNOWFLAKE_MS;
        sim->bill.posts++;
        buf_printf(out, ",\"most_recent_%s_id\":\"%" PRIu64 "\"", old_name ? "tweet" : "post",
                   ms << 22);
    }
}

void x_user_json(struct sim *sim, uint32_t at, const char *fields, const char *expansions,
                 struct buf *out) {
    const struct person *p = at < sim->people.count ? &sim->people.person[at] : NULL;
    struct facts facts = facts_of(sim, at);
    char id[ID_MAX];
    char handle[ID_MAX];
    char created[40];
    bill_user(&sim->bill, at);
    follows_id(&sim->follows, P_X, at, id);
    follows_handle(&sim->follows, P_X, at, handle);
    const char *quote = sim->options.number_ids ? "" : "\"";
    buf_printf(out, "{\"id\":%s%s%s,\"name\":", quote, id, quote);
    buf_json(out, p != NULL ? people_text(&sim->people, p->name) : handle);
    buf_printf(out, ",\"username\":\"%s\"", handle);
    if (x_wants(fields, "connection_status")) {
        bool following = bits_has(&sim->follows.followed[P_X], at);
        buf_printf(out, ",\"connection_status\":[%s%s%s]", following ? "\"following\"" : "",
                   following && facts.mutual ? "," : "", facts.mutual ? "\"followed_by\"" : "");
    }
    if (x_wants(fields, "created_at")) {
        time_iso(created, sizeof created, facts.created_s * NS_PER_S, false);
        buf_printf(out, ",\"created_at\":\"%.19s.000Z\"", created);
    }
    if (x_wants(fields, "description") && p != NULL) {
        buf_str(out, ",\"description\":");
        buf_json(out, people_text(&sim->people, p->bio));
    } else if (x_wants(fields, "description")) {
        buf_printf(out, ",\"description\":\"A made-up person, number %u\"", at);
    }
    if (x_wants(fields, "protected")) {
        buf_printf(out, ",\"protected\":%s", facts.locked ? "true" : "false");
    }
    if (x_wants(fields, "verified")) {
        buf_printf(out, ",\"verified\":%s", facts.verified ? "true" : "false");
    }
    if (x_wants(fields, "profile_image_url") && p != NULL) {
        buf_printf(out, ",\"profile_image_url\":\"https://%s_normal.png\"",
                   p->egg ? "abs.twimg.com/sticky/default_profile_images/default_profile"
                          : "pbs.twimg.com/profile_images/1/one");
    }
    if (x_wants(fields, "public_metrics")) {
        metrics_json(out, &facts);
    }
    last_post_json(sim, &facts, expansions, out);
    buf_str(out, "}");
}

/* Behind the last page of a list that does not end. */
static uint32_t stranger_json(uint64_t place, uint32_t most, struct buf *out) {
    uint64_t first = (place - BEHIND) * most;
    for (uint32_t n = 0; n < most; n++) {
        buf_printf(out, "%s{\"id\":\"%llu\",\"name\":\"no one\",\"username\":\"no_one%llu\"}",
                   n == 0 ? "" : ",", (unsigned long long)first + 5000000000 + n,
                   (unsigned long long)first + n);
    }
    return most;
}

/* Where the page behind this one begins; 0: there is none. */
static uint64_t next_place(const struct sim *sim, uint64_t from, uint32_t at) {
    if (from >= BEHIND) {
        return from + 1;
    }
    if (at != SIM_NONE) {
        return sim->options.cut_following == 0 ? at : 0;
    }
    return sim->options.self_cursor ? from : sim->options.endless != ENDLESS_NOT ? BEHIND : 0;
}

#define ERRORS_BIT (UINT64_C(1) << 40) /* in a token: first a page of errors alone */

static bool errors_page(uint64_t *from, struct reply *reply) {
    if ((*from & ERRORS_BIT) == 0) {
        return false;
    }
    *from &= ~ERRORS_BIT;
    reply_printf(reply, 200,
                 "{\"errors\":[{\"title\":\"Not Found Error\",\"resource_type\":\"user\",\"type\":"
                 "\"" TYPE_BASE "resource-not-found\"}],\"meta\":{\"result_count\":0,"
                 "\"next_token\":\"" PAGE_TOKEN "\"}}",
                 *from);
    return true;
}

static uint32_t rows_json(struct sim *sim, const struct request *request, uint64_t from,
                          uint32_t most, uint32_t *at, struct buf *out) {
    const struct bits *followed = &sim->follows.followed[P_X];
    const char *fields = query(request, "user.fields");
    enum endless endless = from < BEHIND ? ENDLESS_NOT : sim->options.endless;
    uint32_t count = 0;
    if (endless == ENDLESS_MORE) {
        return stranger_json(from, most, out);
    }
    if (sim->people.count != 0 && endless != ENDLESS_EMPTY) {
        return x_people_rows(sim, request, from < BEHIND ? (uint32_t)from : 0, most, at, out);
    }
    *at = endless == ENDLESS_EMPTY ? SIM_NONE
                                   : bits_next(followed, from < BEHIND ? (uint32_t)from : 0);
    for (; *at != SIM_NONE && count < most; *at = bits_next(followed, *at + 1)) {
        buf_str(out, count++ == 0 ? "" : ",");
        x_user_json(sim, *at, fields, query(request, "expansions"), out);
    }
    return count;
}

static void following(struct sim *sim, struct request *request, struct reply *reply) {
    const char *token = query(request, "pagination_token");
    uint32_t most = query_number(request, "max_results", 100, UINT32_MAX);
    uint64_t from = 0;
    if (!source_mine(sim, request, reply)) {
        return;
    }
    if (most < 1 || most > 1000) {
        x_invalid(reply, "The `max_results` query parameter value is not between 1 and 1000");
        return;
    }
    if (token != NULL && (strncmp(token, "SIM", 3) != 0 || !parse_u64(token + 3, &from))) {
        x_invalid(reply, "The `pagination_token` query parameter value is not valid");
        return;
    }
    if (errors_page(&from, reply)) {
        return;
    }
    uint32_t at = SIM_NONE;
    uint32_t end = sim->options.cut_following;
    most = end != 0 && most > end ? end : most;
    reply_text(reply, 200, "{\"data\":[");
    uint32_t count = rows_json(sim, request, from, most, &at, reply->body);
    if (count == 0) { /* a page without rows has no data */
        reply_text(reply, 200, "{");
    }
    buf_printf(reply->body, "%s\"meta\":{\"result_count\":%u", count == 0 ? "" : "],", count);
    uint64_t next = next_place(sim, from, at);
    if (next != 0 || (at == SIM_NONE && sim->options.self_cursor)) {
        next |= sim->options.errors_pages ? ERRORS_BIT : 0;
        buf_printf(reply->body, ",\"next_token\":\"" PAGE_TOKEN "\"", next);
    }
    buf_str(reply->body, "}}");
}

static void follower_json(struct sim *sim, uint32_t at, uint32_t n, struct buf *out) {
    buf_str(out, n == 0 ? "" : ",");
    x_user_json(sim, at, "public_metrics", NULL, out);
}

static void followers(struct sim *sim, struct request *request, struct reply *reply) {
    const char *token = query(request, "pagination_token");
    uint32_t most = query_number(request, "max_results", 100, 1000);
    uint64_t from = 0;
    if (!source_mine(sim, request, reply)) {
        return;
    }
    if (token != NULL && (strncmp(token, "SIM", 3) != 0 || !parse_u64(token + 3, &from))) {
        x_invalid(reply, "The `pagination_token` query parameter value is not valid");
        return;
    }
    uint32_t place = (uint32_t)from;
    reply_text(reply, 200, "{\"data\":[");
    uint32_t count = followers_page(sim, P_X, &place, most, follower_json, reply->body);
    buf_printf(reply->body, "],\"meta\":{\"result_count\":%u", count);
    if (place != SIM_NONE) {
        buf_printf(reply->body, ",\"next_token\":\"" PAGE_TOKEN "\"", (uint64_t)place);
    }
    buf_str(reply->body, "}}");
}

/* Two lists; the second's name has a line's end in it, which no name should. */
static void owned_lists(struct sim *sim, struct request *request, struct reply *reply) {
    if (!source_mine(sim, request, reply)) {
        return;
    }
    if (sim->people.count != 0) {
        x_people_lists(sim, reply);
    } else {
        sim->bill.lists += 2;
        reply_text(reply, 200,
                   "{\"data\":[{\"id\":\"1\",\"name\":\"friends\"},{\"id\":\"2\",\"name\":"
                   "\"the\\npress\"}],\"meta\":{\"result_count\":2}}");
    }
}

static void item_json(struct sim *sim, const struct request *request, uint32_t at,
                      struct buf *out) {
    char id[ID_MAX];
    char when[40];
    if (request->op == OP_MEMBERS) {
        x_user_json(sim, at, NULL, NULL, out);
        return;
    }
    sim->bill.posts++;
    if (x_wants(query(request, "expansions"), "author_id")) {
        x_expand_author(sim, at);
    }
    follows_id(&sim->follows, P_X, at, id);
    time_iso(when, sizeof when, (1700000000 + (uint64_t)at) * NS_PER_S, false);
    const char *fields = query(request, sim->options.old_names ? "tweet.fields" : "post.fields");
    buf_printf(out, "{\"id\":\"%u\",\"text\":\"@sim\"", at + 1);
    if (x_wants(fields, "author_id") || x_wants(query(request, "expansions"), "author_id")) {
        buf_printf(out, ",\"author_id\":\"%s\"", id);
    }
    if (x_wants(fields, "created_at")) {
        buf_printf(out, ",\"created_at\":\"%.19s.000Z\"", when);
    }
    buf_str(out, "}");
}

static uint32_t people_evidence(struct sim *sim, const struct request *request, uint32_t from,
                                uint32_t most, uint32_t *next, struct buf *out) {
    uint64_t list = 0;
    if (request->op == OP_MENTIONS) {
        return x_people_mentions(sim, request, from, most, next, out);
    }
    if (!parse_u64(request->segment[2], &list) || list < 1 || list > sim->people.lists.count) {
        return 0;
    }
    return x_people_members(sim, request, (uint32_t)list - 1, from, most, next, out);
}

/* Once in an answer, and so once on the bill, however many of its mentions are theirs. */
void x_expand_author(struct sim *sim, uint32_t at) {
    bits_grow(&sim->authors, at + 1);
    bits_add(&sim->authors, at);
}

static void authors_json(struct sim *sim, struct buf *out) {
    const char *before = ",\"includes\":{\"users\":[";
    for (uint32_t at = bits_next(&sim->authors, 0); at != SIM_NONE;
         at = bits_next(&sim->authors, at + 1)) {
        buf_str(out, before);
        x_user_json(sim, at, NULL, NULL, out);
        before = ",";
    }
    buf_str(out, before[1] == '\0' ? "]}" : "");
    bits_free(&sim->authors);
}

/* Members of a list, mentions: those of the followees whom it is about, by number. */
static void evidence(struct sim *sim, const struct request *request, struct reply *reply) {
    const struct bits *followed = &sim->follows.followed[P_X];
    const char *token = query(request, "pagination_token");
    uint32_t least = request->op == OP_MENTIONS ? 5 : 1;
    uint32_t most = query_number(request, "max_results", 100, UINT32_MAX);
    uint32_t list = request->segment[2][0] == '2' ? 1 : 0;
    uint64_t from = 0;
    uint32_t count = 0;
    if (most < least || most > 100 ||
        (token != NULL && (strncmp(token, "SIM", 3) != 0 || !parse_u64(token + 3, &from)))) {
        x_invalid(reply, "The `max_results` or `pagination_token` query parameter is not valid");
        return;
    }
    uint32_t at = SIM_NONE;
    reply_text(reply, 200, "{\"data\":[");
    if (sim->people.count != 0) {
        count = people_evidence(sim, request, (uint32_t)from, most, &at, reply->body);
    } else {
        at = bits_next(followed, (uint32_t)from);
    }
    for (; sim->people.count == 0 && at != SIM_NONE && count < most;
         at = bits_next(followed, at + 1)) {
        if (request->op == OP_MEMBERS ? in_list(at, list) : talked_to(at)) {
            buf_str(reply->body, count++ == 0 ? "" : ",");
            item_json(sim, request, at, reply->body);
        }
    }
    if (count == 0 && sim->people.count != 0) { /* as the real one, without data */
        reply_text(reply, 200, "{");
    }
    buf_printf(reply->body, "%s\"meta\":{\"result_count\":%u", reply->body->len == 1 ? "" : "],",
               count);
    if (at != SIM_NONE) {
        buf_printf(reply->body, ",\"next_token\":\"" PAGE_TOKEN "\"", (uint64_t)at);
    }
    buf_str(reply->body, "}");
    authors_json(sim, reply->body);
    buf_str(reply->body, "}");
}

/* By ids, or by usernames, which the API spells in any case. */
static void users(struct sim *sim, const struct request *request, struct reply *reply) {
    bool by_name = request->op == OP_USERS_BY;
    const char *parameter = by_name ? "usernames" : "ids";
    const char *ids = query(request, parameter);
    const char *fields = query(request, "user.fields");
    struct buf errors = {0};
    struct buf data = {0};
    for (const char *at = ids != NULL ? ids : ""; *at != '\0';) {
        char id[ID_MAX];
        size_t len = strcspn(at, ",");
        (void)snprintf(id, sizeof id, "%.*s", (int)(len < ID_MAX ? len : ID_MAX - 1), at);
        uint32_t found = by_name ? follows_find_handle(&sim->follows, P_X, id)
                                 : follows_find(&sim->follows, P_X, id);
        if (found != SIM_NONE && !x_hidden(sim, found)) {
            buf_str(&data, data.len == 0 ? "" : ",");
            x_user_json(sim, found, fields, query(request, "expansions"), &data);
        } else {
            buf_str(&errors, errors.len == 0 ? "" : ",");
            x_missing_json(sim, id, found, parameter, &errors);
        }
        at += len + (at[len] == ',' ? 1 : 0);
    }
    reply_text(reply, 200, "{");
    if (data.len != 0) {
        buf_printf(reply->body, "\"data\":[%s]%s", data.text, errors.len != 0 ? "," : "");
    }
    if (errors.len != 0) {
        buf_printf(reply->body, "\"errors\":[%s]", errors.text);
    }
    buf_str(reply->body, "}");
    buf_free(&errors);
    buf_free(&data);
}

static void users_checked(struct sim *sim, const struct request *request, struct reply *reply) {
    const char *ids = query(request, request->op == OP_USERS_BY ? "usernames" : "ids");
    unsigned count = ids != NULL && *ids != '\0' ? 1 : 0;
    for (const char *at = ids; at != NULL && *at != '\0'; at++) {
        count += *at == ',' ? 1 : 0;
    }
    if (count == 0 || count > 100) {
        x_invalid(reply, "The query parameter must name between 1 and 100 users");
        return;
    }
    users(sim, request, reply);
}

static void me(struct sim *sim, const struct request *request, struct reply *reply) {
    bill_user(&sim->bill, BILL_OWN);
    reply_printf(reply, 200,
                 "{\"data\":{\"id\":\"%.99s\",\"name\":\"%.99s\",\"username\":\"%.99s\"",
                 account_id(sim, P_X), account_handle(sim, P_X), account_handle(sim, P_X));
    if (x_wants(query(request, "user.fields"), "public_metrics")) {
        buf_printf(reply->body,
                   ",\"public_metrics\":{\"following_count\":%u,\"followers_count\":%u,"
                   "\"post_count\":0,\"listed_count\":0,\"like_count\":0}",
                   sim->follows.followed[P_X].set + sim->options.profile_more -
                       x_hidden_followees(sim),
                   followers_count(sim, P_X));
    }
    buf_str(reply->body, "}}");
}

static void x_handle(struct sim *sim, struct request *request, struct reply *reply) {
    if (request->op != OP_NONE && !x_parameters_known(sim, request, reply)) {
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
        following(sim, request, reply);
        break;
    case OP_FOLLOWERS:
        followers(sim, request, reply);
        break;
    case OP_ME:
        me(sim, request, reply);
        break;
    case OP_LISTS:
        owned_lists(sim, request, reply);
        break;
    case OP_MEMBERS:
    case OP_MENTIONS:
        evidence(sim, request, reply);
        break;
    case OP_USERS:
    case OP_USERS_BY:
        users_checked(sim, request, reply);
        break;
    default:
        x_gone(sim, request, reply);
        break;
    }
}

const struct platform platform_x = {
    .route = x_route,
    .authorise = x_authorise,
    .rate_headers = x_rate_headers,
    .too_many = x_too_many,
    .state = x_state,
    .gone = x_gone,
    .astray = x_astray,
    .lie = x_lie,
    .error_500 = x_error_500,
    .handle = x_handle,
};
