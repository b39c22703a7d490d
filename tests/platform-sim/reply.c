/* Small help for the platforms: filling replies, reading the query and headers, made-up facts.
 *
 * Happy path: each call does one thing to the reply in hand.
 * Failure: a 17th header is left out; an absent query key is NULL or the fallback. */
#include "sim.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void reply_header(struct sim *sim, struct reply *reply, const char *name, const char *format, ...) {
    char value[1024];
    if (reply->headers == REPLY_HEADERS) {
        return;
    }
    va_list args;
    va_start(args, format);
    (void)vsnprintf(value, sizeof value, format, args);
    va_end(args);
    reply->header[reply->headers] = name;
    reply->header_at[reply->headers++] = sim->extra.len;
    buf_put(&sim->extra, value, strlen(value) + 1);
}

void reply_drop_headers(struct reply *reply) {
    reply->headers = 0;
}

void reply_text(struct reply *reply, unsigned status, const char *body) {
    reply->status = status;
    buf_clear(reply->body);
    buf_str(reply->body, body);
}

void reply_printf(struct reply *reply, unsigned status, const char *format, ...) {
    char body[2048];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(body, sizeof body, format, args);
    va_end(args);
    reply_text(reply, status, body);
}

const char *query(const struct request *request, const char *key) {
    return MHD_lookup_connection_value(request->conn, MHD_GET_ARGUMENT_KIND, key);
}

uint32_t query_number(const struct request *request, const char *key, uint32_t fallback,
                      uint32_t most) {
    const char *text = query(request, key);
    uint64_t value = 0;
    if (text == NULL || !parse_u64(text, &value)) {
        return fallback;
    }
    return value > most ? most : (uint32_t)value;
}

const char *header(const struct request *request, const char *name) {
    return MHD_lookup_connection_value(request->conn, MHD_HEADER_KIND, name);
}

bool bearer_is(const struct request *request, const char *scheme, const char *token) {
    const char *value = header(request, "Authorization");
    size_t len = strlen(scheme);
    return value != NULL && strncmp(value, scheme, len) == 0 && value[len] == ' ' &&
           strcmp(value + len + 1, token) == 0;
}

const char *account_id(const struct sim *sim, enum platform_id platform) {
    static const char *const ids[PLATFORMS] = {"813286", "108190000000000001",
                                               "did:plc:simaccount22222222222222", "813286"};
    return sim->options.account != NULL ? sim->options.account : ids[platform];
}

const char *account_handle(const struct sim *sim, enum platform_id platform) {
    if (sim->options.handle != NULL) {
        return sim->options.handle;
    }
    return platform == P_BLUESKY ? "sim.test" : "sim";
}

struct charge charge_of(const struct request *request, bool authorised) {
    return (struct charge){.platform = request->platform,
                           .kind = request->kind,
                           .points = request->points,
                           .authorised = authorised};
}

uint64_t seconds_up(uint64_t ns) {
    return (ns + NS_PER_S - 1) / NS_PER_S;
}

struct facts facts_of(const struct sim *sim, uint32_t followee) {
    if (followee < sim->people.count) {
        const struct person *p = &sim->people.person[followee];
        return (struct facts){.followers = p->followers,
                              .following = p->following,
                              .posts = p->posts,
                              .created_s = p->created_s,
                              .last_post_s = p->last_post_s,
                              .mutual = p->mutual,
                              .verified = p->verified,
                              .bot = p->bot,
                              .locked = p->is_protected};
    }
    uint64_t a = sim_mix(followee + UINT64_C(0xfac75));
    uint64_t b = sim_mix(a);
    struct facts facts = {
        .followers = (uint32_t)(a % 100 < 95 ? a >> 8 & 4095 : a >> 8 & 0xfffff),
        .following = (uint32_t)(b >> 8 & 2047),
        .posts = (uint32_t)(b >> 20 & 32767),
        .created_s = 1230768000 + (a >> 16) % 400000000,
        .mutual = b % 100 < 15,
        .verified = a % 1000 < 20,
        .bot = b % 1000 < 30,
        .locked = a % 1000 > 960,
    };
    facts.last_post_s = b % 100 > 96 ? 0 : facts.created_s + (b >> 32) % 130000000;
    return facts;
}

bool hidden(const struct sim *sim, uint32_t followee) {
    return sim->options.hide != 0 && followee % sim->options.hide == 0;
}

uint32_t followers_count(const struct sim *sim, enum platform_id platform) {
    const struct bits *followed = &sim->follows.followed[platform];
    uint32_t count = 0;
    for (uint32_t at = bits_next(followed, 0); at != SIM_NONE; at = bits_next(followed, at + 1)) {
        count += facts_of(sim, at).mutual ? 1 : 0;
    }
    return count;
}

static uint32_t next_mutual(const struct sim *sim, const struct bits *followed, uint32_t at) {
    at = bits_next(followed, at);
    while (at != SIM_NONE && !facts_of(sim, at).mutual) {
        at = bits_next(followed, at + 1);
    }
    return at;
}

uint32_t followers_page(struct sim *sim, enum platform_id platform, uint32_t *place, uint32_t most,
                        void (*each)(struct sim *sim, uint32_t at, uint32_t n, struct buf *out),
                        struct buf *out) {
    const struct options *o = &sim->options;
    const struct bits *followed = &sim->follows.followed[platform];
    uint32_t rank = 0; /* among all followers */
    uint32_t at = next_mutual(sim, followed, 0);
    uint32_t shown = SIM_NONE;
    uint32_t n = 0;
    most = o->page_most != 0 && o->page_most < most ? o->page_most : most;
    for (; at != SIM_NONE && n < most; at = next_mutual(sim, followed, at + 1), rank++) {
        if (o->cut_after != 0 && rank == o->cut_after) {
            at = SIM_NONE;
            break;
        }
        bool left_out = hidden(sim, at);
        shown = left_out ? shown : at;
        if (at < *place || (left_out && (!o->repeat || shown == SIM_NONE))) {
            continue;
        }
        each(sim, shown, n++, out);
    }
    *place = at == SIM_NONE ? SIM_NONE : o->loop && *place != 0 ? 0 : at;
    return n;
}

bool in_list(uint32_t followee, uint32_t list) {
    return followee % 10 == list;
}

bool talked_to(uint32_t followee) {
    return followee % 7 == 3;
}
