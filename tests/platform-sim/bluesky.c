/* Bluesky's XRPC methods, as far as following goes: sessions, records, lists. What an AppView
 * answers stands in appview.c.
 *
 * Happy path: createSession, refreshSession, getSession, describeServer, deleteRecord,
 * createRecord, applyWrites (all or nothing), listRecords.
 * Failure: {"error","message"}. A missing rkey is a no-op for deleteRecord and fails a whole
 * applyWrites with 500; its points are spent all the same. */
#include "bluesky.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    OP_NONE,
    OP_CREATE_SESSION,
    OP_REFRESH_SESSION,
    OP_DELETE_SESSION,
    OP_GET_SESSION,
    OP_DESCRIBE,
    OP_DELETE,
    OP_CREATE,
    OP_APPLY,
    OP_LIST,
    OP_GET,
    OP_REPO,
    OP_RESOLVE,
    OP_VIEW /* what a PDS hands on to its AppView */
};

#define MOST_WRITES 200

static const struct {
    const char *method;
    enum verb verb;
    int op;
    enum kind kind;
} methods[] = {
    {"com.atproto.server.createSession", V_POST, OP_CREATE_SESSION, K_LOGIN},
    {"com.atproto.server.refreshSession", V_POST, OP_REFRESH_SESSION, K_REFRESH},
    {"com.atproto.server.deleteSession", V_POST, OP_DELETE_SESSION, K_REFRESH},
    {"com.atproto.server.getSession", V_GET, OP_GET_SESSION, K_READ},
    {"com.atproto.server.describeServer", V_GET, OP_DESCRIBE, K_READ},
    {"com.atproto.repo.deleteRecord", V_POST, OP_DELETE, K_UNFOLLOW},
    {"com.atproto.repo.createRecord", V_POST, OP_CREATE, K_FOLLOW},
    {"com.atproto.repo.applyWrites", V_POST, OP_APPLY, K_BATCH},
    {"com.atproto.repo.listRecords", V_GET, OP_LIST, K_LIST},
    {"com.atproto.repo.getRecord", V_GET, OP_GET, K_READ},
    {"com.atproto.sync.getRepo", V_GET, OP_REPO, K_LIST},
    {"com.atproto.identity.resolveHandle", V_GET, OP_RESOLVE, K_READ},
    {"app.bsky.graph.getFollows", V_GET, OP_VIEW, K_LIST},
    {"app.bsky.feed.getAuthorFeed", V_GET, OP_VIEW, K_READ},
    {"app.bsky.graph.getRelationships", V_GET, OP_VIEW, K_READ},
    {"app.bsky.actor.getProfile", V_GET, OP_VIEW, K_READ},
    {"app.bsky.actor.getProfiles", V_GET, OP_VIEW, K_READ},
    {"app.bsky.notification.listNotifications", V_GET, OP_VIEW, K_LIST},
};

static const char *text_of(const json_t *json, const char *key) {
    const char *text = json_string_value(json_object_get(json, key));
    return text != NULL ? text : "";
}

/* One write of a batch, or the only one of deleteRecord and createRecord. */
struct write {
    enum kind kind; /* K_OTHER: neither a delete nor a create */
    const char *name;
    uint32_t target;
    uint32_t record;
    uint32_t points;
};

static struct write write_delete(const struct sim *sim, const json_t *json) {
    struct write write = {.kind = K_UNFOLLOW,
                          .name = text_of(json, "rkey"),
                          .target = SIM_NONE,
                          .record = SIM_NONE,
                          .points = 1};
    if (strcmp(text_of(json, "collection"), COLLECTION) == 0) {
        write.record = record_find(&sim->follows, write.name);
    }
    if (write.record != SIM_NONE) {
        write.target = record_owner(&sim->follows, write.record);
    }
    return write;
}

static struct write write_create(const struct sim *sim, const json_t *json, const char *key) {
    const char *subject = text_of(json_object_get(json, key), "subject");
    return (struct write){.kind = K_FOLLOW,
                          .name = subject,
                          .target = follows_find(&sim->follows, P_BLUESKY, subject),
                          .record = SIM_NONE,
                          .points = 3};
}

static struct write write_of(const struct sim *sim, const json_t *item) {
    const char *type = strchr(text_of(item, "$type"), '#');
    if (type != NULL && strcmp(type, "#delete") == 0) {
        return write_delete(sim, item);
    }
    if (type != NULL && strcmp(type, "#create") == 0) {
        return write_create(sim, item, "value");
    }
    return (struct write){
        .kind = K_OTHER, .name = "", .target = SIM_NONE, .record = SIM_NONE, .points = 2};
}

static void bluesky_route(struct sim *sim, struct request *request) {
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (request->verb == methods[i].verb &&
            strcmp(request->segment[1], methods[i].method) == 0) {
            bool known = methods[i].op != OP_REPO || sim->people.count != 0;
            request->op = known ? methods[i].op : OP_NONE;
            request->kind = known ? methods[i].kind : K_OTHER;
        }
    }
    if (request->verb == V_POST && request->body_len != 0) {
        request->json = json_loadb(request->body, request->body_len, 0, NULL);
    }
    struct write write = {.name = "", .target = SIM_NONE, .record = SIM_NONE};
    if (request->op == OP_DELETE) {
        write = write_delete(sim, request->json);
    } else if (request->op == OP_CREATE) {
        write = write_create(sim, request->json, "record");
    } else if (request->op == OP_APPLY) {
        size_t at = 0;
        json_t *item = NULL;
        json_array_foreach(json_object_get(request->json, "writes"), at, item) {
            struct write one = write_of(sim, item);
            write.points += one.points;
            note_target(sim, P_BLUESKY, one.kind, one.target, one.record, one.name);
        }
    }
    (void)snprintf(request->target_name, sizeof request->target_name, "%.*s", ID_MAX - 1,
                   write.name);
    request->target = write.target;
    request->record = write.record;
    request->points = write.points;
}

void bluesky_error(struct reply *reply, unsigned status, const char *name, const char *message) {
    reply_printf(reply, status, "{\"error\":\"%s\",\"message\":\"%s\"}", name, message);
}

static void bluesky_state(struct sim *sim, struct reply *reply, enum account_state state) {
    (void)sim;
    if (state == ACCOUNT_LOCKED) {
        bluesky_error(reply, 401, "AccountTakedown", "Account has been taken down");
    } else if (state == ACCOUNT_SUSPENDED) {
        bluesky_error(reply, 401, "AccountDeactivated", "Account is deactivated");
    } else {
        bluesky_error(reply, 400, "ExpiredToken", "Token has expired");
    }
}

static bool bluesky_authorise(struct sim *sim, const struct request *request, struct reply *reply) {
    const char *value = header(request, "Authorization");
    if (request->op == OP_CREATE_SESSION || request->op == OP_DESCRIBE || request->op == OP_LIST ||
        request->op == OP_GET || request->op == OP_REPO) {
        return true; /* these are public */
    }
    if (value == NULL || strncmp(value, "Bearer ", 7) != 0) {
        bluesky_error(reply, 401, "AuthMissing", "Authentication Required");
        return false;
    }
    enum token_state state = session_check(
        &sim->sessions, value + 7,
        request->op == OP_REFRESH_SESSION || request->op == OP_DELETE_SESSION, request->mono_ns);
    if (state == TOKEN_UNKNOWN) {
        bluesky_error(reply, 400, "InvalidToken", "Token could not be verified");
    } else if (state == TOKEN_EXPIRED) {
        bluesky_state(sim, reply, ACCOUNT_EXPIRED);
    }
    bool of_session = request->op == OP_REFRESH_SESSION || request->op == OP_DELETE_SESSION ||
                      request->op == OP_GET_SESSION;
    if (state == TOKEN_GOOD && sim->options.deactivated && !of_session) {
        bluesky_state(sim, reply, ACCOUNT_SUSPENDED);
        return false;
    }
    return state == TOKEN_GOOD;
}

static void limit_headers(struct sim *sim, struct reply *reply, struct view view,
                          uint64_t period_ns) {
    reply_header(sim, reply, "RateLimit-Limit", "%llu", (unsigned long long)view.limit);
    reply_header(sim, reply, "RateLimit-Remaining", "%llu", (unsigned long long)view.remaining);
    reply_header(sim, reply, "RateLimit-Reset", "%llu",
                 (unsigned long long)seconds_up(view.reset_ns));
    reply_header(sim, reply, "RateLimit-Policy", "%llu;w=%llu", (unsigned long long)view.limit,
                 (unsigned long long)seconds_up(period_ns));
}

static void bluesky_rate_headers(struct sim *sim, const struct request *request,
                                 struct reply *reply) {
    struct charge charge = charge_of(request, true);
    struct limit *limit = limits_tightest(&sim->limits, &charge, request->real_ns);
    if (limit != NULL) {
        limit_headers(sim, reply, limit_view(limit, request->real_ns), limit->period_ns);
    }
}

static void bluesky_too_many(struct sim *sim, const struct request *request, struct reply *reply,
                             const struct limit *limit) {
    struct view view = {.limit = 5000, .reset_ns = request->real_ns + NS_PER_S};
    if (limit == NULL) {
        limit_headers(sim, reply, view, 3600 * NS_PER_S);
    } else {
        view = limit_view(&sim->limits.limit[limit - sim->limits.limit], request->real_ns);
    }
    if (sim->options.retry_after) {
        reply_header(sim, reply, "Retry-After", "%llu",
                     (unsigned long long)seconds_up(view.reset_ns - request->real_ns));
    }
    bluesky_error(reply, 429, "RateLimitExceeded", "Rate Limit Exceeded");
}

/* Nothing tells a client that a followee is gone: the record is missing, as if deleted. */
static void bluesky_gone(struct sim *sim, const struct request *request, struct reply *reply) {
    (void)sim;
    if (request->kind == K_BATCH) {
        bluesky_error(reply, 500, "InternalServerError", "Internal Server Error");
        return;
    }
    reply_text(reply, 200, "{}");
}

static void bluesky_lie(struct sim *sim, const struct request *request, struct reply *reply) {
    (void)sim;
    (void)request;
    bluesky_error(reply, 200, "InternalServerError", "Nothing was done");
}

void bluesky_error_500(struct sim *sim, struct reply *reply) {
    (void)sim;
    bluesky_error(reply, 500, "InternalServerError", "Internal Server Error");
}

/* The end of a session's answer: is the account active, and which server does its document name? */
static void standing_json(const struct sim *sim, struct buf *out) {
    if (sim->options.did_doc[0] != '\0') {
        buf_printf(out,
                   ",\"didDoc\":{\"id\":\"%.99s\",\"service\":[{\"id\":\"#atproto_pds\",\"type\":"
                   "\"AtprotoPersonalDataServer\",\"serviceEndpoint\":\"%.200s\"}]}",
                   account_id(sim, P_BLUESKY), sim->options.did_doc);
    }
    buf_str(out, sim->options.deactivated ? ",\"active\":false,\"status\":\"deactivated\"}"
                                          : ",\"active\":true}");
}

static void issue(struct sim *sim, const struct request *request, struct reply *reply) {
    reply_text(reply, 200, "{");
    session_issue(&sim->sessions, account_id(sim, P_BLUESKY), request->mono_ns, request->real_ns,
                  reply->body);
    buf_str(reply->body, ",\"did\":");
    buf_json(reply->body, account_id(sim, P_BLUESKY));
    buf_str(reply->body, ",\"handle\":");
    buf_json(reply->body, account_handle(sim, P_BLUESKY));
    standing_json(sim, reply->body);
}

static void create_session(struct sim *sim, const struct request *request, struct reply *reply) {
    const char *who = text_of(request->json, "identifier");
    const char *password = text_of(request->json, "password");
    bool known = strcmp(who, account_id(sim, P_BLUESKY)) == 0 ||
                 strcmp(who, account_handle(sim, P_BLUESKY)) == 0;
    if (sim->state[P_BLUESKY] != ACCOUNT_FINE) {
        bluesky_state(sim, reply, sim->state[P_BLUESKY]);
    } else if (known && strcmp(password, sim->options.password) == 0) {
        issue(sim, request, reply);
    } else {
        bluesky_error(reply, 401, "AuthenticationRequired", "Invalid identifier or password");
    }
}

static void refresh_session(struct sim *sim, const struct request *request, struct reply *reply) {
    if (request->body_len != 0) {
        bluesky_error(reply, 400, "InvalidRequest",
                      "A request body was provided when none was expected");
    } else if (sim->options.refresh_fails > 0) {
        sim->options.refresh_fails--;
        bluesky_error(reply, 503, "ServiceUnavailable", "Try again");
    } else if (sim->state[P_BLUESKY] != ACCOUNT_FINE) {
        bluesky_state(sim, reply, sim->state[P_BLUESKY]);
    } else {
        session_use_refresh(&sim->sessions, header(request, "Authorization") + 7, request->mono_ns);
        issue(sim, request, reply);
    }
}

static void delete_session(struct sim *sim, const struct request *request, struct reply *reply) {
    session_end(&sim->sessions, header(request, "Authorization") + 7);
    reply_text(reply, 200, "");
}

bool bluesky_repo_mine(struct sim *sim, const char *repo, struct reply *reply) {
    if (repo != NULL && (strcmp(repo, account_id(sim, P_BLUESKY)) == 0 ||
                         strcmp(repo, account_handle(sim, P_BLUESKY)) == 0)) {
        return true;
    }
    bluesky_error(reply, 400, "InvalidRequest", "Could not find repo");
    return false;
}

/* Version 1, of DAG-CBOR, by SHA-256; the hash is made up. 36 bytes in base32 are 58 letters: the
 * first of the hash has two bits of what is before it, the last has two bits to spare, all zero. */
void cid_text(uint64_t seed, char *out) {
    static const char digit[] = "abcdefghijklmnopqrstuvwxyz234567";
    memcpy(out, "bafyrei", 7);
    for (int i = 7; i < 59; i++) {
        seed = sim_mix(seed);
        out[i] = digit[i == 7 ? seed & 7 : i == 58 ? seed & 28 : seed & 31];
    }
    out[59] = '\0';
}

static void commit_json(struct sim *sim, struct buf *out) {
    char cid[64];
    char rev[16];
    cid_text(sim->audit.is.requests, cid);
    tid_make(UINT64_C(1700000000000000) + sim->audit.is.requests, 0, rev);
    buf_printf(out, "\"commit\":{\"cid\":\"%s\",\"rev\":\"%s\"}", cid, rev);
}

static void delete_record(struct sim *sim, struct request *request, struct reply *reply) {
    if (!bluesky_repo_mine(sim, text_of(request->json, "repo"), reply)) {
        return;
    }
    if (request->target_name[0] == '\0') {
        bluesky_error(reply, 400, "InvalidRequest", "Input must have the property \\\"rkey\\\"");
        return;
    }
    reply->applied = record_drop(&sim->follows, request->record);
    reply->already = !reply->applied;
    reply->clean = true;
    reply_text(reply, 200, "{");
    if (reply->applied) {
        commit_json(sim, reply->body);
    }
    buf_str(reply->body, "}");
}

void bluesky_uri_json(struct sim *sim, uint32_t record, struct buf *out) {
    char cid[64];
    char rkey[16];
    cid_text(record, cid);
    record_key(&sim->follows, record, rkey);
    buf_printf(out, "\"uri\":\"at://%.99s/" COLLECTION "/%s\",\"cid\":\"%s\"",
               account_id(sim, P_BLUESKY), rkey, cid);
}

static bool create_one(struct sim *sim, struct write *write) {
    if (strncmp(write->name, "did:", 4) != 0 || strlen(write->name) >= ID_MAX) {
        return false;
    }
    write->target = follows_know(&sim->follows, P_BLUESKY, write->name);
    write->record = record_create(&sim->follows, write->target);
    return write->record != SIM_NONE;
}

static void create_record(struct sim *sim, struct request *request, struct reply *reply) {
    struct write write = write_create(sim, request->json, "record");
    if (!bluesky_repo_mine(sim, text_of(request->json, "repo"), reply)) {
        return;
    }
    if (!create_one(sim, &write)) {
        bluesky_error(reply, 400, "InvalidRequest", "Invalid " COLLECTION " record");
        return;
    }
    request->target = write.target;
    request->record = write.record;
    reply->applied = true;
    reply_text(reply, 200, "{");
    bluesky_uri_json(sim, write.record, reply->body);
    buf_str(reply->body, ",");
    commit_json(sim, reply->body);
    buf_str(reply->body, ",\"validationStatus\":\"valid\"}");
}

static bool write_apply(struct sim *sim, const json_t *item, struct write *write) {
    *write = write_of(sim, item);
    if (write->kind == K_UNFOLLOW) {
        return record_drop(&sim->follows, write->record);
    }
    return write->kind == K_FOLLOW && create_one(sim, write);
}

static void roll_back(struct sim *sim, const struct write *done, size_t count) {
    while (count-- > 0) {
        if (done[count].kind == K_UNFOLLOW) {
            (void)record_restore(&sim->follows, done[count].record);
        } else {
            (void)record_drop(&sim->follows, done[count].record);
        }
    }
}

static void results_json(struct sim *sim, const struct write *done, size_t count, struct buf *out) {
    buf_str(out, "{");
    commit_json(sim, out);
    buf_str(out, ",\"results\":[");
    for (size_t i = 0; i < count; i++) {
        bool deleted = done[i].kind == K_UNFOLLOW;
        buf_printf(out, "%s{\"$type\":\"com.atproto.repo.applyWrites#%sResult\"", i == 0 ? "" : ",",
                   deleted ? "delete" : "create");
        if (!deleted) {
            buf_str(out, ",");
            bluesky_uri_json(sim, done[i].record, out);
        }
        buf_str(out, "}");
    }
    buf_str(out, "]}");
}

static void apply_writes(struct sim *sim, struct request *request, struct reply *reply) {
    const json_t *writes = json_object_get(request->json, "writes");
    struct write done[MOST_WRITES];
    size_t count = json_array_size(writes);
    if (sim->options.batches == BATCHES_NONE) {
        bluesky_error(reply, 501, "MethodNotImplemented", "Method Not Implemented");
        return;
    }
    if (sim->options.batches == BATCHES_HOLLOW) {
        reply_text(reply, 200, "{}");
        return;
    }
    if (!bluesky_repo_mine(sim, text_of(request->json, "repo"), reply)) {
        return;
    }
    if (!json_is_array(writes) || count > MOST_WRITES) {
        bluesky_error(reply, 400, "InvalidRequest",
                      json_is_array(writes) ? "Too many writes. Max: 200"
                                            : "Input must have the property \\\"writes\\\"");
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (!write_apply(sim, json_array_get(writes, i), &done[i])) {
            roll_back(sim, done, i);
            bluesky_error_500(sim, reply);
            return;
        }
    }
    reply->applied = count > 0;
    reply->clean = true;
    results_json(sim, done, count, reply->body);
    reply->status = 200;
}

void bluesky_items(struct sim *sim, const struct request *request, const struct reply *reply,
                   uint8_t verb_fault) {
    size_t at = 0;
    json_t *item = NULL;
    json_array_foreach(json_object_get(request->json, "writes"), at, item) {
        struct write write = write_of(sim, item);
        struct entry entry = {.at_ns = request->mono_ns,
                              .target = write.target,
                              .record = write.record,
                              .status = (uint16_t)reply->status,
                              .points = (uint16_t)write.points,
                              .platform = P_BLUESKY,
                              .kind = K_ITEM,
                              .verb_fault = verb_fault};
        entry.flags = reply->applied ? ENTRY_APPLIED : 0;
        if (entry.target == SIM_NONE) {
            entry.target = audit_stranger(&sim->audit, write.name);
            entry.flags |= ENTRY_STRANGER;
        }
        audit_add(&sim->audit, &entry);
        if (!reply->applied) {
            continue;
        }
        sim->audit.is.unfollows_applied += write.kind == K_UNFOLLOW ? 1 : 0;
        sim->audit.is.follows_applied += write.kind == K_FOLLOW ? 1 : 0;
        if (write.kind == K_UNFOLLOW && reply->clean) {
            (void)bits_add(&sim->follows.confirmed[P_BLUESKY], write.record);
        }
    }
}

/* An unknown one has no error of its own on a real PDS. */
static void resolve_handle(struct sim *sim, const struct request *request, struct reply *reply) {
    const char *handle = query(request, "handle");
    uint32_t at = follows_find_handle(&sim->follows, P_BLUESKY, handle != NULL ? handle : "");
    char did[ID_MAX];
    if (at == SIM_NONE) {
        bluesky_error(reply, 400, "InvalidRequest", "Unable to resolve handle");
        return;
    }
    follows_id(&sim->follows, P_BLUESKY, at, did);
    reply_printf(reply, 200, "{\"did\":\"%s\"}", did);
}

static void bluesky_handle(struct sim *sim, struct request *request, struct reply *reply) {
    static void (*const by_op[])(struct sim *, struct request *, struct reply *) = {
        [OP_DELETE] = delete_record, [OP_CREATE] = create_record, [OP_APPLY] = apply_writes};
    static void (*const readers[])(struct sim *, const struct request *, struct reply *) = {
        [OP_CREATE_SESSION] = create_session, [OP_REFRESH_SESSION] = refresh_session,
        [OP_DELETE_SESSION] = delete_session, [OP_LIST] = bluesky_list_records,
        [OP_GET] = bluesky_get_record,        [OP_REPO] = bluesky_get_repo,
        [OP_RESOLVE] = resolve_handle,        [OP_VIEW] = appview_serve};
    if (request->op == OP_DELETE || request->op == OP_CREATE || request->op == OP_APPLY) {
        by_op[request->op](sim, request, reply);
    } else if (request->op == OP_GET_SESSION) {
        reply_printf(reply, 200, "{\"did\":\"%.99s\",\"handle\":\"%.99s\"",
                     account_id(sim, P_BLUESKY), account_handle(sim, P_BLUESKY));
        standing_json(sim, reply->body);
    } else if (request->op == OP_DESCRIBE) {
        reply_text(reply, 200,
                   "{\"did\":\"did:web:sim.test\",\"availableUserDomains\":[\".sim.test\"],"
                   "\"inviteCodeRequired\":false}");
    } else if (request->op == OP_NONE) {
        reply_printf(reply, 400,
                     "{\"error\":\"InvalidRequest\",\"message\":\"No service configured for "
                     "%.99s\"}",
                     request->segment[1]);
    } else {
        readers[request->op](sim, request, reply);
    }
}

const struct platform platform_bluesky = {
    .route = bluesky_route,
    .authorise = bluesky_authorise,
    .rate_headers = bluesky_rate_headers,
    .too_many = bluesky_too_many,
    .state = bluesky_state,
    .gone = bluesky_gone,
    .lie = bluesky_lie,
    .error_500 = bluesky_error_500,
    .handle = bluesky_handle,
};
