/* The HTTP glue: libmicrohttpd calls in, requests and replies out.
 *
 * Happy path: a request without a body is served at the second call (the library's rule), one
 * with a body once it is complete; replies go out whole from memory.
 * Failure: bodies over 1 MB are answered 413; faults close the connection or trickle the reply.
 * Everything runs in one thread. */
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BODY_MAX  ((size_t)1024 * 1024)
#define HUGE_BODY (UINT64_C(64) * 1024 * 1024)

struct upload {
    struct buf body;
    bool too_big;
};

/* A reply that is not sent at once. */
struct trickle {
    struct sim *sim;
    struct MHD_Connection *conn;
    char *text;
    size_t len;
    size_t stop; /* cut the connection here */
    uint64_t total;
    uint64_t due_ns;
    uint64_t step_ns;
};

struct sleeper {
    struct sleeper *next;
    struct MHD_Connection *conn;
    uint64_t due_ns;
};

bool sleepers_wake(struct sim *sim, bool all) {
    uint64_t now = clock_mono_ns();
    struct sleeper **link = &sim->sleepers;
    while (*link != NULL) {
        struct sleeper *sleeper = *link;
        if (!all && sleeper->due_ns > now) {
            link = &sleeper->next;
            continue;
        }
        *link = sleeper->next;
        MHD_resume_connection(sleeper->conn);
        free(sleeper);
    }
    return sim->sleepers != NULL;
}

static ssize_t trickle_slow(struct trickle *trickle, uint64_t at, char *out) {
    uint64_t now = clock_mono_ns();
    if (now < trickle->due_ns) {
        struct sleeper *sleeper = sim_realloc(NULL, 1, sizeof *sleeper);
        *sleeper = (struct sleeper){
            .next = trickle->sim->sleepers, .conn = trickle->conn, .due_ns = trickle->due_ns};
        trickle->sim->sleepers = sleeper;
        MHD_suspend_connection(trickle->conn);
        return 0;
    }
    trickle->due_ns = now + trickle->step_ns;
    *out = trickle->text[at];
    return 1;
}

static ssize_t trickle_read(void *cls, uint64_t at, char *out, size_t max) {
    struct trickle *trickle = cls;
    if (at >= trickle->stop && trickle->stop < trickle->total) {
        return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    if (at >= trickle->total) {
        return MHD_CONTENT_READER_END_OF_STREAM;
    }
    if (trickle->step_ns != 0) {
        return trickle_slow(trickle, at, out);
    }
    uint64_t left = (trickle->stop < trickle->total ? trickle->stop : trickle->total) - at;
    size_t len = left < max ? (size_t)left : max;
    memset(out, ' ', len);
    if (at < trickle->len) {
        size_t text = trickle->len - (size_t)at;
        memcpy(out, trickle->text + at, text < len ? text : len);
    }
    return (ssize_t)len;
}

static void trickle_free(void *cls) {
    struct trickle *trickle = cls;
    free(trickle->text);
    free(trickle);
}

static struct MHD_Response *trickle_response(struct sim *sim, struct MHD_Connection *conn,
                                             const struct reply *reply) {
    struct trickle *trickle = sim_realloc(NULL, 1, sizeof *trickle);
    *trickle = (struct trickle){.sim = sim, .conn = conn, .len = reply->body->len};
    trickle->text = sim_realloc(NULL, trickle->len + 1, 1);
    memcpy(trickle->text, reply->body->text, trickle->len + 1);
    trickle->total = reply->delivery == SEND_HUGE ? HUGE_BODY : trickle->len;
    trickle->stop = (size_t)trickle->total;
    if (reply->delivery == SEND_HALF) {
        trickle->stop = trickle->len / 2;
    }
    if (reply->delivery == SEND_SLOW) {
        trickle->due_ns = clock_mono_ns() + sim->options.slow_ns / 2;
        trickle->step_ns = sim->options.slow_ns / 2 / (trickle->len + 1) + 1;
    }
    return MHD_create_response_from_callback(trickle->total, 4096, trickle_read, trickle,
                                             trickle_free);
}

static struct MHD_Response *whole_response(const struct buf *body) {
    static char nothing[1] = "";
    if (body->len == 0) {
        return MHD_create_response_from_buffer(0, nothing, MHD_RESPMEM_PERSISTENT);
    }
    return MHD_create_response_from_buffer(body->len, body->text, MHD_RESPMEM_MUST_COPY);
}

enum MHD_Result send_text(struct MHD_Connection *conn, unsigned status, const char *type,
                          const struct buf *body) {
    struct MHD_Response *response = whole_response(body);
    (void)MHD_add_response_header(response, "Content-Type", type);
    enum MHD_Result result = MHD_queue_response(conn, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result send_reply(struct sim *sim, struct MHD_Connection *conn,
                                  const struct reply *reply) {
    if (reply->delivery == SEND_NOTHING) {
        return MHD_NO; /* the library closes the connection */
    }
    struct MHD_Response *response = reply->delivery == SEND_WHOLE || reply->body->len == 0
                                        ? whole_response(reply->body)
                                        : trickle_response(sim, conn, reply);
    if (response == NULL) {
        return MHD_NO;
    }
    if (reply->body->len != 0) {
        (void)MHD_add_response_header(response, "Content-Type", reply->type);
    }
    if (reply->dated) {
        (void)MHD_add_response_header(response, "Date", "Thu, 01 Jan 1970 00:00:00 GMT");
    }
    for (int i = 0; i < reply->headers; i++) {
        (void)MHD_add_response_header(response, reply->header[i],
                                      sim->extra.text + reply->header_at[i]);
    }
    enum MHD_Result result = MHD_queue_response(conn, reply->status, response);
    MHD_destroy_response(response);
    return result;
}

static enum verb verb_of(const char *method) {
    static const char *const verbs[] = {"GET", "POST", "PUT", "DELETE"};
    for (int v = V_GET; v <= V_DELETE; v++) {
        if (strcmp(method, verbs[v]) == 0) {
            return (enum verb)v;
        }
    }
    return V_OTHER;
}

static enum platform_id platform_of(const char *path) {
    static const struct {
        const char *prefix;
        enum platform_id platform;
    } prefixes[] = {{"/2/", P_X},         {"/api/", P_MASTODON}, {"/xrpc/", P_BLUESKY},
                    {"/user/", P_GITHUB}, {"/users/", P_GITHUB}, {"/orgs/", P_GITHUB}};
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        if (strncmp(path, prefixes[i].prefix, strlen(prefixes[i].prefix)) == 0) {
            return prefixes[i].platform;
        }
    }
    return strcmp(path, "/user") == 0 ? P_GITHUB : P_NONE;
}

static void split_path(struct request *request) {
    (void)snprintf(request->segment_text, sizeof request->segment_text, "%s", request->path);
    char *at = request->segment_text;
    while (*at == '/' && request->segments < SEGMENTS) {
        *at++ = '\0';
        request->segment[request->segments++] = at;
        at += strcspn(at, "/");
    }
    for (int i = request->segments; i < SEGMENTS; i++) {
        request->segment[i] = "";
    }
}

static enum MHD_Result serve_api(struct sim *sim, struct request *request) {
    struct reply reply = {
        .status = 404, .body = &sim->body, .type = "application/json; charset=utf-8"};
    buf_clear(&sim->body);
    buf_clear(&sim->extra);
    serve(sim, request, &reply);
    json_decref(request->json);
    return send_reply(sim, request->conn, &reply);
}

static enum MHD_Result dispatch(struct sim *sim, struct MHD_Connection *conn, const char *url,
                                const char *method, const struct upload *upload) {
    struct request request = {
        .conn = conn,
        .path = url,
        .body = upload != NULL && upload->body.text != NULL ? upload->body.text : "",
        .body_len = upload != NULL ? upload->body.len : 0,
        .verb = verb_of(method),
        .platform = platform_of(url),
        .kind = K_OTHER,
        .target = SIM_NONE,
        .record = SIM_NONE};
    request.mono_ns = clock_mono_ns() - sim->audit.begin_mono_ns;
    request.real_ns = clock_real_ns();
    split_path(&request);
    if (oauth_path(url)) {
        struct reply reply = {.status = 404, .body = &sim->body, .type = "application/json"};
        buf_clear(&sim->body);
        buf_clear(&sim->extra);
        oauth_serve(sim, &request, &reply);
        return send_reply(sim, conn, &reply);
    }
    if (request.platform != P_NONE) {
        return serve_api(sim, &request);
    }
    if (strncmp(url, "/sim/", 5) == 0) {
        return control(sim, &request);
    }
    buf_clear(&sim->body);
    buf_str(&sim->body, "no platform answers on this path\n");
    return send_text(conn, 404, "text/plain", &sim->body);
}

enum MHD_Result on_request(void *cls, struct MHD_Connection *conn, const char *url,
                           const char *method, const char *version, const char *upload,
                           size_t *upload_size, void **state) {
    struct sim *sim = cls;
    struct upload *body = *state != conn ? *state : NULL;
    (void)version;
    if (*state == NULL) {
        *state = conn; /* not an upload: the second call of a request */
        return MHD_YES;
    }
    if (*upload_size == 0) {
        if (body == NULL || !body->too_big) {
            return dispatch(sim, conn, url, method, body);
        }
        buf_clear(&sim->body);
        buf_str(&sim->body, "body over 1 MB\n");
        return send_text(conn, 413, "text/plain", &sim->body);
    }
    if (body == NULL) {
        body = sim_realloc(NULL, 1, sizeof *body);
        *body = (struct upload){0};
        *state = body;
    }
    body->too_big = body->too_big || body->body.len + *upload_size > BODY_MAX;
    if (!body->too_big) {
        buf_put(&body->body, upload, *upload_size);
    }
    *upload_size = 0;
    return MHD_YES;
}

void on_completed(void *cls, struct MHD_Connection *conn, void **state,
                  enum MHD_RequestTerminationCode why) {
    (void)cls;
    (void)why;
    if (*state != NULL && *state != conn) {
        struct upload *body = *state;
        buf_free(&body->body);
        free(body);
    }
    *state = NULL;
}
