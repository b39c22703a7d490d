/* What is known of followees that are made up: two lists, notifications, conversations.
 *
 * Happy path: rows are computed from the followees, newest first, by max_id.
 * Failure: none. */
#include "mastodon.h"

#include <string.h>

/* Two lists; the second's name has a line's end in it, which no name should. */
static void lists(struct reply *reply) {
    reply_text(
        reply, 200,
        "[{\"id\":\"1\",\"title\":\"friends\",\"replies_policy\":\"list\",\"exclusive\":false},"
        "{\"id\":\"2\",\"title\":\"the\\npress\",\"replies_policy\":\"list\","
        "\"exclusive\":false}]");
}

static bool wanted(const struct request *request, uint32_t at) {
    return request->op == OP_MEMBERS ? in_list(at, request->segment[3][0] == '2' ? 1 : 0)
                                     : talked_to(at);
}

#define OTHER_STATUS 60000000u /* than the conversation's last one */

/* What somebody wrote to the account alone. */
static void status_json(struct sim *sim, uint32_t number, uint32_t at, const char *when,
                        struct buf *out) {
    buf_printf(out,
               "{\"id\":\"%u\",\"uri\":\"https://" DOMAIN "/statuses/%u\",\"url\":null,"
               "\"created_at\":\"%.19s.000Z\",\"content\":\"<p>hello</p>\",\"visibility\":"
               "\"direct\",\"sensitive\":false,\"spoiler_text\":\"\",\"media_attachments\":[],"
               "\"mentions\":[],\"tags\":[],\"emojis\":[],\"reblogs_count\":0,"
               "\"favourites_count\":0,\"replies_count\":0,\"in_reply_to_id\":null,"
               "\"in_reply_to_account_id\":null,\"account\":",
               number + 1, number + 1, when);
    mastodon_account_json(sim, at, out);
    buf_str(out, "}");
}

static void item_json(struct sim *sim, const struct request *request, uint32_t at,
                      struct buf *out) {
    char when[40];
    time_iso(when, sizeof when, (1700000000 + (uint64_t)at) * NS_PER_S, false);
    if (request->op == OP_MEMBERS) {
        mastodon_account_json(sim, at, out);
        return;
    }
    bool note = request->op == OP_NOTIFICATIONS;
    buf_printf(out, "{\"id\":\"%u\",", at + 1);
    if (note) {
        buf_printf(out,
                   "\"group_key\":\"ungrouped-%u\",\"type\":\"%s\",\"created_at\":"
                   "\"%.19s.000Z\",\"account\":",
                   at + 1, at % 2 == 0 ? "mention" : "favourite", when);
        mastodon_account_json(sim, at, out);
        buf_str(out, ",\"status\":");
        status_json(sim, sim->options.same_said ? at : at + OTHER_STATUS, at, when, out);
        buf_str(out, "}");
        return;
    }
    buf_str(out, "\"unread\":false,\"accounts\":[");
    mastodon_account_json(sim, at, out);
    buf_str(out, "],\"last_status\":");
    status_json(sim, at, at, when, out);
    buf_str(out, "}");
}

void mastodon_evidence(struct sim *sim, const struct request *request, struct reply *reply) {
    if (request->op == OP_LISTS) {
        lists(reply);
        return;
    }
    const struct bits *followed = &sim->follows.followed[P_MASTODON];
    const char *host = header(request, "Host");
    uint32_t limit = mastodon_page_size(sim, request);
    uint32_t max_id = query_number(request, "max_id", UINT32_MAX, UINT32_MAX);
    uint32_t at = bits_prev(followed, max_id == UINT32_MAX ? UINT32_MAX : max_id - (max_id > 0));
    uint32_t last = SIM_NONE;
    reply_text(reply, 200, "[");
    for (uint32_t count = 0; at != SIM_NONE && count < limit; at = bits_prev(followed, at)) {
        if (wanted(request, at)) {
            buf_str(reply->body, count++ == 0 ? "" : ",");
            item_json(sim, request, at, reply->body);
            last = at;
        }
    }
    buf_str(reply->body, "]");
    if (at != SIM_NONE && last != SIM_NONE) {
        /* GoToSocial's next page of conversations has the last row of this one once more */
        bool again = sim->options.flavour == F_GOTOSOCIAL && request->op == OP_CONVERSATIONS;
        reply_header(sim, reply, "Link", "<http://%.99s%.200s?limit=%u&max_id=%u>; rel=\"next\"",
                     host != NULL ? host : "localhost", request->path, limit,
                     last + (again ? 2 : 1));
    }
}
