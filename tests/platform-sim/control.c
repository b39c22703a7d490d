/* The control endpoints under /sim/: read the audit, change faults and limits, cause drift.
 *
 * Happy path: GET /sim/audit, /sim/following?platform=P, /sim/requests, /sim/oauth;
 * POST /sim/fault, /sim/unfollow, /sim/limit, /sim/tokens, each with a small JSON body.
 * Failure: 400 with a text that says what was wrong, 404 for an unknown path. No credential is
 * asked for, and nothing here is counted as a request of the platform. */
#include "sim.h"

#include <stdlib.h>
#include <string.h>

struct stream {
    struct sim *sim;
    enum platform_id platform;
    bool requests; /* lines of the audit; else ids */
    bool records;  /* Bluesky: `rkey did` of each record */
    bool mutual;   /* those alone who follow the account */
    size_t next;
    size_t end;
    struct buf chunk;
    size_t sent; /* of the chunk */
};

static bool stream_line(struct stream *stream) {
    const struct follows *follows = &stream->sim->follows;
    char id[ID_MAX];
    if (stream->requests) {
        if (stream->next >= stream->end) {
            return false;
        }
        audit_line(&stream->sim->audit, follows, stream->next++, &stream->chunk);
        return true;
    }
    const struct bits *bits =
        stream->records ? &follows->records : &follows->followed[stream->platform];
    uint32_t at = bits_next(bits, (uint32_t)stream->next);
    while (stream->mutual && at != SIM_NONE && !facts_of(stream->sim, at).mutual) {
        at = bits_next(bits, at + 1);
    }
    if (at == SIM_NONE) {
        return false;
    }
    stream->next = (size_t)at + 1;
    if (stream->records) {
        record_key(follows, at, id);
        buf_printf(&stream->chunk, "%s ", id);
        at = record_owner(follows, at);
    }
    follows_id(follows, stream->platform, at, id);
    buf_printf(&stream->chunk, "%s\n", id);
    return true;
}

static ssize_t stream_read(void *cls, uint64_t at, char *out, size_t max) {
    struct stream *stream = cls;
    (void)at;
    if (stream->sent == stream->chunk.len) {
        buf_clear(&stream->chunk);
        stream->sent = 0;
        while (stream->chunk.len < 32768 && stream_line(stream)) {
        }
        if (stream->chunk.len == 0) {
            return MHD_CONTENT_READER_END_OF_STREAM;
        }
    }
    size_t left = stream->chunk.len - stream->sent;
    size_t len = left < max ? left : max;
    memcpy(out, stream->chunk.text + stream->sent, len);
    stream->sent += len;
    return (ssize_t)len;
}

static void stream_free(void *cls) {
    struct stream *stream = cls;
    buf_free(&stream->chunk);
    free(stream);
}

static enum MHD_Result send_stream(struct request *request, const struct stream *what) {
    struct stream *stream = sim_realloc(NULL, 1, sizeof *stream);
    *stream = *what;
    struct MHD_Response *response = MHD_create_response_from_callback(
        MHD_SIZE_UNKNOWN, 32768, stream_read, stream, stream_free);
    if (response == NULL) {
        stream_free(stream);
        return MHD_NO;
    }
    (void)MHD_add_response_header(response, "Content-Type", "text/plain");
    enum MHD_Result result = MHD_queue_response(request->conn, 200, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result answer(struct sim *sim, const struct request *request, unsigned status,
                              const char *text) {
    buf_clear(&sim->body);
    buf_str(&sim->body, text);
    return send_text(request->conn, status, "text/plain", &sim->body);
}

static enum platform_id platform_named(const char *name) {
    enum platform_id p = P_X;
    while (p < P_NONE && (name == NULL || strcmp(name, platform_name(p)) != 0)) {
        p++;
    }
    return p;
}

static enum MHD_Result get_following(struct sim *sim, struct request *request) {
    enum platform_id platform = platform_named(query(request, "platform"));
    if (platform == P_NONE) {
        return answer(sim, request, 400, "platform must be x, mastodon, bluesky or github\n");
    }
    struct stream stream = {.sim = sim,
                            .platform = platform,
                            .records = platform == P_BLUESKY && query(request, "records") != NULL};
    stream.mutual = !stream.records && query(request, "mutual") != NULL;
    return send_stream(request, &stream);
}

static const char *set_fault(struct sim *sim, json_t *json) {
    enum fault kind = FAULT_NONE;
    const char *name = json_string_value(json_object_get(json, "kind"));
    json_t *permille = json_object_get(json, "permille");
    json_t *at = json_object_get(json, "at");
    if (json_is_true(json_object_get(json, "clear"))) {
        faults_clear(&sim->faults);
        memset(sim->state, 0, sizeof sim->state);
        return NULL;
    }
    if (name == NULL || !fault_named(name, &kind)) {
        return "kind is no fault\n";
    }
    if (json_is_integer(permille) && json_integer_value(permille) >= 0) {
        return faults_permille(&sim->faults, kind, (uint64_t)json_integer_value(permille))
                   ? NULL
                   : "the sum of all permille may be 1000 at most\n";
    }
    if (json_is_integer(at) && json_integer_value(at) > 0) {
        (void)faults_at(&sim->faults, kind, (uint64_t)json_integer_value(at));
        return NULL;
    }
    if (json_is_true(json_object_get(json, "next"))) {
        (void)faults_at(&sim->faults, kind, sim->audit.is.writes + 1);
        return NULL;
    }
    return "give permille (0 to 1000), at (the number of a write, from 1) or next (true)\n";
}

static const char *somebody_unfollows(struct sim *sim, json_t *json) {
    enum platform_id p = platform_named(json_string_value(json_object_get(json, "platform")));
    const char *id = json_string_value(json_object_get(json, "id"));
    const char *rkey = json_string_value(json_object_get(json, "rkey"));
    if (p == P_NONE || (id == NULL && (rkey == NULL || p != P_BLUESKY))) {
        return "give platform and id (or rkey on bluesky)\n";
    }
    uint32_t at = id != NULL ? follows_find(&sim->follows, p, id) : SIM_NONE;
    bool gone = false;
    if (p != P_BLUESKY) {
        gone = follows_drop(&sim->follows, p, at);
    } else if (rkey != NULL) {
        gone = record_drop(&sim->follows, record_find(&sim->follows, rkey));
    } else {
        for (uint32_t r = 0; at != SIM_NONE && r < sim->follows.records.count; r++) {
            gone = (record_owner(&sim->follows, r) == at && record_drop(&sim->follows, r)) || gone;
        }
    }
    sim->audit.is.drifted += gone ? 1 : 0;
    return gone ? NULL : "not followed\n";
}

static const char *set_limit(struct sim *sim, json_t *json) {
    const char *text = json_string_value(json_object_get(json, "set"));
    if (text != NULL && strcmp(text, "off") == 0) {
        limits_off(&sim->limits);
        return NULL;
    }
    return text != NULL && limits_set(&sim->limits, text)
               ? NULL
               : "set must be \"NAME=LIMIT/PERIOD[:aligned|first|sliding]\", \"NAME=off\" or "
                 "\"off\"\n";
}

static const char *set_astray(struct sim *sim, json_t *json) {
    static const char *const words[] = {"none", "writes", "all"};
    const char *who = json_string_value(json_object_get(json, "who"));
    for (int i = 0; who != NULL && i < 3; i++) {
        if (strcmp(who, words[i]) == 0) {
            sim->options.astray = (enum astray)i;
            return NULL;
        }
    }
    return "who must be \"none\", \"writes\" or \"all\"\n";
}

/* A move to another server: to it, or so far in the account's document alone. */
static const char *move_account(struct sim *sim, json_t *json) {
    const char *to = json_string_value(json_object_get(json, "to"));
    const char *document = json_string_value(json_object_get(json, "document"));
    if (to == NULL && document == NULL) {
        return "give to or document, the origin of a server\n";
    }
    sim->options.deactivated = to != NULL;
    (void)snprintf(sim->options.did_doc, sizeof sim->options.did_doc, "%s",
                   to != NULL ? to : document);
    return NULL;
}

static enum MHD_Result post(struct sim *sim, struct request *request) {
    const char *error = NULL;
    json_t *json = json_loadb(request->body, request->body_len, 0, NULL);
    const char *what = request->segment[1];
    unsigned status = 400;
    if (!json_is_object(json)) {
        error = "the body must be a JSON object\n";
    } else if (strcmp(what, "fault") == 0) {
        error = set_fault(sim, json);
    } else if (strcmp(what, "unfollow") == 0) {
        error = somebody_unfollows(sim, json);
    } else if (strcmp(what, "limit") == 0) {
        error = set_limit(sim, json);
    } else if (strcmp(what, "astray") == 0) {
        error = set_astray(sim, json);
    } else if (strcmp(what, "moved") == 0) {
        error = move_account(sim, json);
    } else if (strcmp(what, "tokens") == 0) {
        oauth_end_access(&sim->oauth);
    } else {
        error = "no such control\n";
        status = 404;
    }
    json_decref(json);
    return answer(sim, request, error != NULL ? status : 200, error != NULL ? error : "ok\n");
}

enum MHD_Result control(struct sim *sim, struct request *request) {
    const char *what = request->segment[1];
    if (request->verb == V_POST) {
        return post(sim, request);
    }
    if (strcmp(what, "following") == 0) {
        return get_following(sim, request);
    }
    if (strcmp(what, "requests") == 0) {
        struct stream stream = {.sim = sim, .requests = true, .end = sim->audit.count};
        return send_stream(request, &stream);
    }
    if (strcmp(what, "oauth") == 0) {
        buf_clear(&sim->body);
        oauth_json(&sim->oauth, &sim->body);
        return send_text(request->conn, 200, "application/json", &sim->body);
    }
    if (strcmp(what, "audit") == 0) {
        buf_clear(&sim->body);
        audit_json(&sim->audit, &sim->limits, &sim->follows, &sim->bill, &sim->body);
        return send_text(request->conn, 200, "application/json", &sim->body);
    }
    return answer(sim, request, 404, "no such control\n");
}
