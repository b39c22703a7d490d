/* What X tells of people: followees newest first, lists and their members, the newest 800 mentions,
 * and why somebody is not shown.
 *
 * Happy path: rows from a place on; the place behind them becomes the next page's token.
 * Failure: none. */
#include "x.h"

#include <stdio.h>
#include <string.h>

#define MENTIONS_MOST 800
#define SNOWFLAKE(ms) (((ms)-FIRST_SNOWFLAKE_MS) << 22)

bool x_hidden(const struct sim *sim, uint32_t at) {
    return at < sim->people.count &&
           (sim->people.person[at].suspended || sim->people.person[at].deleted);
}

uint32_t x_hidden_followees(const struct sim *sim) {
    uint32_t count = 0;
    for (uint32_t at = 0; at < sim->people.count; at++) {
        count += x_hidden(sim, at) && bits_has(&sim->follows.followed[P_X], at) ? 1 : 0;
    }
    return count;
}

/* Places go down from the newest, whose number is not known to whoever comes later. */
uint32_t x_people_rows(struct sim *sim, const struct request *request, uint32_t from, uint32_t most,
                       uint32_t *next, struct buf *out) {
    const struct bits *followed = &sim->follows.followed[P_X];
    uint32_t at = bits_prev(followed, BEHIND - from);
    uint32_t count = 0;
    for (; at != SIM_NONE && count < most; at = bits_prev(followed, at)) {
        if (!x_hidden(sim, at)) {
            buf_str(out, count++ == 0 ? "" : ",");
            x_user_json(sim, at, query(request, "user.fields"), query(request, "expansions"), out);
        }
    }
    *next = at == SIM_NONE ? SIM_NONE : BEHIND - 1 - at;
    return count;
}

void x_people_lists(struct sim *sim, struct reply *reply) {
    const struct groups *groups = &sim->people.lists;
    sim->bill.lists += groups->count;
    reply_text(reply, 200, groups->count == 0 ? "{" : "{\"data\":[");
    for (uint32_t i = 0; i < groups->count; i++) {
        buf_printf(reply->body, "%s{\"id\":\"%u\",\"name\":", i == 0 ? "" : ",", i + 1);
        buf_json(reply->body, people_text(&sim->people, groups->name[i]));
        buf_str(reply->body, "}");
    }
    buf_printf(reply->body, "%s\"meta\":{\"result_count\":%u}}", groups->count == 0 ? "" : "],",
               groups->count);
}

uint32_t x_people_members(struct sim *sim, const struct request *request, uint32_t list,
                          uint32_t from, uint32_t most, uint32_t *next, struct buf *out) {
    const struct people *people = &sim->people;
    uint32_t count = 0;
    uint32_t at = from;
    for (; at < people->count && count < most; at++) {
        if ((people->person[at].lists >> list & 1) != 0 && !x_hidden(sim, at)) {
            buf_str(out, count++ == 0 ? "" : ",");
            x_user_json(sim, at, query(request, "user.fields"), NULL, out);
        }
    }
    *next = at < people->count ? at : SIM_NONE;
    return count;
}

static void mention_json(struct sim *sim, const struct request *request,
                         const struct happening *one, struct buf *out) {
    const char *fields = query(request, sim->options.old_names ? "tweet.fields" : "post.fields");
    bool expanded = x_wants(query(request, "expansions"), "author_id");
    char id[ID_MAX];
    char when[40];
    follows_id(&sim->follows, P_X, one->who, id);
    time_iso(when, sizeof when, one->ms * NS_PER_MS, false);
    sim->bill.posts++;
    if (expanded) {
        x_expand_author(sim, one->who);
    }
    buf_printf(out, "{\"id\":\"%" PRIu64 "\",\"text\":\"@%.99s quite so\"", SNOWFLAKE(one->ms),
               account_handle(sim, P_X));
    if (expanded || x_wants(fields, "author_id")) {
        buf_printf(out, ",\"author_id\":\"%s\"", id);
    }
    if (x_wants(fields, "created_at")) {
        buf_printf(out, ",\"created_at\":\"%.19s.%03uZ\"", when, (unsigned)(one->ms % 1000));
    }
    if (one->what == E_REPLY && x_wants(fields, "in_reply_to_user_id")) {
        buf_printf(out, ",\"in_reply_to_user_id\":\"%.99s\"", account_id(sim, P_X));
    }
    buf_str(out, "}");
}

/* A quote mentions nobody. Places are ranks from the newest. */
uint32_t x_people_mentions(struct sim *sim, const struct request *request, uint32_t from,
                           uint32_t most, uint32_t *next, struct buf *out) {
    const struct people *people = &sim->people;
    uint32_t rank = 0;
    uint32_t count = 0;
    *next = SIM_NONE;
    for (uint32_t i = people->happenings; i-- > 0 && rank < MENTIONS_MOST;) {
        const struct happening *one = &people->happening[i];
        if (one->ours || (one->what != E_REPLY && one->what != E_MENTION) || rank++ < from) {
            continue;
        }
        if (count == most) {
            *next = from + count;
            break;
        }
        buf_str(out, count++ == 0 ? "" : ",");
        mention_json(sim, request, one, out);
    }
    return count;
}

void x_missing_json(const struct sim *sim, const char *value, uint32_t at, const char *parameter,
                    struct buf *out) {
    bool suspended = at < sim->people.count && sim->people.person[at].suspended;
    struct buf detail = {0};
    if (suspended) {
        buf_printf(&detail, "User has been suspended: [%s].", value);
    } else {
        buf_printf(&detail, "Could not find user with %s: [%s].", parameter, value);
    }
    buf_str(out, "{\"value\":");
    buf_json(out, value);
    buf_printf(out, ",\"title\":\"%s\",\"detail\":", suspended ? "Forbidden" : "Not Found Error");
    buf_json(out, detail.text);
    buf_printf(out,
               ",\"resource_type\":\"user\",\"parameter\":\"%s\",\"type\":\"" TYPE_BASE
               "resource-not-found\"}",
               parameter);
    buf_free(&detail);
}
