/* What Mastodon tells of people: own statuses, favourites, bookmarks, conversations, notifications
 * of the last 180 days, lists and their members, endorsements.
 *
 * Happy path: rows newest first, paged by Link headers. Statuses and conversations are paged by the
 * ids of statuses; the others by numbers of their own, which stand in no row.
 * Failure: a list that is not there is "Record not found"; a cursor that is no number, the first
 * page. */
#include "mastodon.h"

#include <stdio.h>
#include <string.h>

#define OWN           (SIM_NONE - 1) /* the account itself, where a followee could stand */
#define KEPT_DAYS     180            /* of notifications */
#define HOUR_MS       UINT64_C(3600000)
#define NUMBER(index) (UINT64_C(100000) + 5 * ((uint64_t)(index) + 1))
#define PLACE(number) ((number) < NUMBER(0) ? 0 : ((number)-NUMBER(0) + 4) / 5)
#define STATUS_ID(ms) ((ms) << 16 | (sim_mix(ms) & 0xffff))
#define STATUS_URI    "https://" DOMAIN "/statuses/"
#define NOTHING_COUNTS                                                                             \
    "\"replies_count\":0,\"reblogs_count\":0,\"favourites_count\":0,\"quotes_count\":0"

/* ---- one status ---- */

struct saying {
    uint64_t ms;
    uint32_t by; /* a person, or OWN */
    uint32_t to; /* a person, OWN, or SIM_NONE */
    bool reply;  /* to a status of theirs, not a mere mention */
    bool direct; /* for them alone */
    bool liked;  /* by the account */
    bool saved;  /* by the account */
    bool boosts; /* a status of theirs */
    bool quotes; /* a status of theirs */
    const char *text;
};

static void id_of(struct sim *sim, uint32_t who, char *id, char *handle) {
    if (who == OWN) {
        (void)snprintf(id, ID_MAX, "%.99s", account_id(sim, P_MASTODON));
        (void)snprintf(handle, ID_MAX, "%.99s", account_handle(sim, P_MASTODON));
        return;
    }
    follows_id(&sim->follows, P_MASTODON, who, id);
    follows_handle(&sim->follows, P_MASTODON, who, handle);
}

static void author_json(struct sim *sim, uint32_t who, struct buf *out) {
    if (who == OWN) {
        mastodon_own_json(sim, false, out);
    } else {
        mastodon_account_json(sim, who, out);
    }
}

/* To whom it is: the status before it and its author, and who is mentioned. */
static void towards_json(struct sim *sim, const struct saying *s, struct buf *out) {
    char id[ID_MAX];
    char handle[ID_MAX];
    if (s->to == SIM_NONE || s->boosts || s->quotes) {
        buf_str(out, "\"in_reply_to_id\":null,\"in_reply_to_account_id\":null,\"mentions\":[],");
        return;
    }
    id_of(sim, s->to, id, handle);
    if (s->reply) {
        buf_printf(out, "\"in_reply_to_id\":\"%llu\",\"in_reply_to_account_id\":\"%s\",",
                   (unsigned long long)STATUS_ID(s->ms - HOUR_MS), id);
    } else {
        buf_str(out, "\"in_reply_to_id\":null,\"in_reply_to_account_id\":null,");
    }
    if (s->to == s->by) { /* one's own thread mentions nobody */
        buf_str(out, "\"mentions\":[],");
        return;
    }
    int name = (int)strcspn(handle, "@");
    buf_printf(out,
               "\"mentions\":[{\"id\":\"%s\",\"username\":\"%.*s\",\"url\":\"https://" DOMAIN
               "/@%.*s\",\"acct\":\"%s\"}],",
               id, name, handle, name, handle, handle);
}

/* A status without its end: a boost or a quote has another one in it. */
static void begin_json(struct sim *sim, const struct saying *s, struct buf *out) {
    char when[40];
    unsigned long long id = STATUS_ID(s->ms);
    time_iso(when, sizeof when, s->ms * NS_PER_MS, false);
    buf_printf(out, "{\"id\":\"%llu\",\"created_at\":\"%.19s.%03uZ\",", id, when,
               (unsigned)(s->ms % 1000));
    towards_json(sim, s, out);
    buf_printf(
        out,
        "\"sensitive\":false,\"spoiler_text\":\"\",\"visibility\":\"%s\",\"language\":\"en\","
        "\"uri\":\"" STATUS_URI "%llu\",\"url\":\"" STATUS_URI "%llu\"," NOTHING_COUNTS
        ",\"edited_at\":null,\"favourited\":%s,\"reblogged\":false,\"muted\":false,"
        "\"bookmarked\":%s,\"content\":\"<p>%s</p>\",\"filtered\":[],\"media_attachments\":[],"
        "\"tags\":[],\"emojis\":[],\"card\":null,\"poll\":null,\"account\":",
        s->direct ? "direct" : "public", id, id, s->liked ? "true" : "false",
        s->saved ? "true" : "false", s->text);
    author_json(sim, s->by, out);
}

static void status_json(struct sim *sim, const struct saying *s, struct buf *out) {
    struct saying inner = {
        .ms = s->ms - HOUR_MS, .by = s->to, .to = SIM_NONE, .text = "the ferry is back"};
    begin_json(sim, s, out);
    buf_str(out, ",\"quote\":");
    if (s->quotes) {
        buf_str(out, "{\"state\":\"accepted\",\"quoted_status\":");
        begin_json(sim, &inner, out);
        buf_str(out, ",\"quote\":null,\"reblog\":null}},\"reblog\":null}");
    } else if (s->boosts) {
        buf_str(out, "null,\"reblog\":");
        begin_json(sim, &inner, out);
        buf_str(out, ",\"quote\":null,\"reblog\":null}}");
    } else {
        buf_str(out, "null,\"reblog\":null}");
    }
}

/* What the account wrote, or somebody wrote to it. */
static struct saying saying_of(const struct happening *one) {
    uint32_t other = one->who;
    bool thread = one->what == E_ALONE && one->ms / 1000 % 3 == 0;
    return (struct saying){.ms = one->ms,
                           .by = one->ours ? OWN : other,
                           .to = thread      ? OWN
                                 : one->ours ? other
                                             : OWN,
                           .reply = one->what == E_REPLY || thread,
                           .direct = one->what == E_MESSAGE,
                           .boosts = one->what == E_BOOST,
                           .quotes = one->what == E_QUOTE,
                           .text = one->what == E_ALONE ? "low tide at noon" : "quite so"};
}

/* A status of somebody's that the account likes or has saved, or one of its own that somebody
 * likes or boosts. */
static struct saying object_of(const struct happening *one) {
    return (struct saying){.ms = one->ms - HOUR_MS,
                           .by = one->ours ? one->who : OWN,
                           .to = SIM_NONE,
                           .liked = one->ours && one->what == E_LIKE,
                           .saved = one->ours && one->what == E_BOOKMARK,
                           .text = "the ferry is back"};
}

/* ---- which there are ---- */

struct words {
    const char *key;
    const char *looked_for; /* NULL: found */
};

static enum MHD_Result find_word(void *cls, enum MHD_ValueKind kind, const char *key,
                                 const char *value) {
    struct words *words = cls;
    (void)kind;
    if (strcmp(key, words->key) == 0 && value != NULL && words->looked_for != NULL &&
        strcmp(value, words->looked_for) == 0) {
        words->looked_for = NULL;
    }
    return MHD_YES;
}

static bool asked(const struct request *request, const char *key, const char *word) {
    struct words words = {key, word};
    (void)MHD_get_connection_values(request->conn, MHD_GET_ARGUMENT_KIND, find_word, &words);
    return words.looked_for == NULL;
}

static const char *type_of(const struct happening *one) {
    static const char *const types[] = {
        [E_REPLY] = "mention", [E_MENTION] = "mention", [E_QUOTE] = "quote",
        [E_BOOST] = "reblog",  [E_LIKE] = "favourite",  [E_MESSAGE] = "mention"};
    return one->what == E_BOOKMARK || one->what == E_ALONE ? NULL : types[one->what];
}

static bool notified(const struct sim *sim, const struct request *request,
                     const struct happening *one) {
    const char *type = type_of(one);
    return !one->ours && type != NULL && happened_within(&sim->people, one, KEPT_DAYS) &&
           (query(request, "types[]") == NULL || asked(request, "types[]", type)) &&
           !asked(request, "exclude_types[]", type);
}

static bool said(const struct request *request, const struct happening *one) {
    const char *no_replies = query(request, "exclude_replies");
    const char *no_boosts = query(request, "exclude_reblogs");
    return one->ours && one->what != E_LIKE && one->what != E_BOOKMARK &&
           (one->what != E_REPLY || no_replies == NULL || strcmp(no_replies, "true") != 0) &&
           (one->what != E_BOOST || no_boosts == NULL || strcmp(no_boosts, "true") != 0);
}

static bool wanted(const struct sim *sim, const struct request *request,
                   const struct happening *one) {
    switch (request->op) {
    case OP_STATUSES:
        return said(request, one);
    case OP_FAVOURITES:
        return one->ours && one->what == E_LIKE;
    case OP_BOOKMARKS:
        return one->ours && one->what == E_BOOKMARK;
    case OP_CONVERSATIONS:
        return one->last_letter;
    default:
        return notified(sim, request, one);
    }
}

/* ---- rows ---- */

static void notification_json(struct sim *sim, const struct happening *one, uint32_t index,
                              struct buf *out) {
    char when[40];
    bool of_own = one->what == E_LIKE || one->what == E_BOOST;
    struct saying s = of_own ? object_of(one) : saying_of(one);
    s.boosts = false; /* it is the status that was boosted that is told */
    unsigned long long number = NUMBER(index);
    time_iso(when, sizeof when, one->ms * NS_PER_MS, false);
    buf_printf(out,
               "{\"id\":\"%llu\",\"type\":\"%s\",\"created_at\":\"%.19s.000Z\",\"group_key\":"
               "\"ungrouped-%llu\",\"account\":",
               number, type_of(one), when, number);
    mastodon_account_json(sim, one->who, out);
    buf_str(out, ",\"status\":");
    status_json(sim, &s, out);
    buf_str(out, "}");
}

static void row_json(struct sim *sim, const struct request *request, uint32_t index,
                     struct buf *out) {
    const struct happening *one = &sim->people.happening[index];
    struct saying s = saying_of(one);
    switch (request->op) {
    case OP_STATUSES:
        break;
    case OP_CONVERSATIONS:
        buf_printf(out, "{\"id\":\"%u\",\"unread\":false,\"accounts\":[", one->who + 1);
        mastodon_account_json(sim, one->who, out);
        buf_str(out, "],\"last_status\":");
        status_json(sim, &s, out);
        buf_str(out, "}");
        return;
    case OP_NOTIFICATIONS:
        notification_json(sim, one, index, out);
        return;
    default:
        s = object_of(one);
        break;
    }
    status_json(sim, &s, out);
}

/* ---- pages ---- */

static bool by_status(const struct request *request) {
    return request->op == OP_STATUSES || request->op == OP_CONVERSATIONS;
}

static unsigned long long cursor_of(const struct sim *sim, const struct request *request,
                                    uint32_t index) {
    return by_status(request) ? STATUS_ID(sim->people.happening[index].ms) : NUMBER(index);
}

/* The first place whose cursor is not below the query's `max_id`; without one, behind the last. */
static uint32_t place_of(const struct sim *sim, const struct request *request) {
    const char *text = query(request, "max_id");
    uint64_t cursor = 0;
    if (text == NULL || !parse_u64(text, &cursor)) {
        return sim->people.happenings;
    }
    uint64_t place =
        by_status(request) ? happening_from(&sim->people, cursor >> 16) : PLACE(cursor);
    return place > sim->people.happenings ? sim->people.happenings : (uint32_t)place;
}

static void links(struct sim *sim, const struct request *request, struct reply *reply,
                  unsigned long long newest, unsigned long long oldest, bool more) {
    const char *host = header(request, "Host");
    uint32_t limit = query_number(request, "limit", 0, 1000);
    char size[32] = "";
    char base[400];
    if (limit != 0) {
        (void)snprintf(size, sizeof size, "limit=%u&", limit);
    }
    (void)snprintf(base, sizeof base, "http://%.99s%.200s?%s", host != NULL ? host : "localhost",
                   request->path, size);
    if (more) {
        reply_header(sim, reply, "Link",
                     "<%smax_id=%llu>; rel=\"next\", <%smin_id=%llu>; rel=\"prev\"", base, oldest,
                     base, newest);
    } else {
        reply_header(sim, reply, "Link", "<%smin_id=%llu>; rel=\"prev\"", base, newest);
    }
}

/* A full page says that there may be more, as on the real one: the next may be empty. */
static void happenings(struct sim *sim, const struct request *request, struct reply *reply) {
    bool bells = request->op == OP_NOTIFICATIONS;
    uint32_t limit = query_number(request, "limit", bells ? 40 : 20, bells ? 80 : 40);
    uint32_t at = place_of(sim, request);
    const char *since = query(request, "since_id");
    uint64_t least = 0; /* rows have greater cursors */
    uint32_t count = 0;
    unsigned long long newest = 0;
    unsigned long long oldest = 0;
    reply_text(reply, 200, "[");
    if (since != NULL && !parse_u64(since, &least)) {
        least = 0;
    }
    while (at-- > 0 && cursor_of(sim, request, at) > least && count < limit) {
        if (wanted(sim, request, &sim->people.happening[at])) {
            buf_str(reply->body, count++ == 0 ? "" : ",");
            row_json(sim, request, at, reply->body);
            oldest = cursor_of(sim, request, at);
            newest = count == 1 ? oldest : newest;
        }
    }
    buf_str(reply->body, "]");
    if (count > 0) {
        links(sim, request, reply, newest, oldest, count == limit);
    }
}

/* Lists hold people whom the account follows alone, and it endorses no others. */
static bool member(const struct sim *sim, const struct request *request, uint32_t list,
                   uint32_t at) {
    const struct person *p = &sim->people.person[at];
    return bits_has(&sim->follows.followed[P_MASTODON], at) && !p->lost &&
           (request->op == OP_ENDORSED ? p->endorsed : (p->lists >> list & 1) != 0);
}

static void members(struct sim *sim, const struct request *request, struct reply *reply) {
    uint64_t list = 1;
    if (request->op == OP_MEMBERS &&
        (!parse_u64(request->segment[3], &list) || list == 0 || list > sim->people.lists.count)) {
        mastodon_not_found(sim, request, reply);
        return;
    }
    uint32_t limit = query_number(request, "limit", 40, 80);
    uint32_t at = query_number(request, "max_id", sim->people.count, sim->people.count);
    uint32_t count = 0;
    uint32_t newest = 0;
    limit = limit == 0 ? SIM_NONE : limit; /* all of them */
    reply_text(reply, 200, "[");
    while (at > 0 && count < limit) {
        if (member(sim, request, (uint32_t)list - 1, --at)) {
            buf_str(reply->body, count++ == 0 ? "" : ",");
            mastodon_account_json(sim, at, reply->body);
            newest = count == 1 ? at : newest;
        }
    }
    buf_str(reply->body, "]");
    if (count > 0) {
        links(sim, request, reply, newest, at, count == limit);
    }
}

static void lists(struct sim *sim, struct reply *reply) {
    const struct groups *groups = &sim->people.lists;
    reply_text(reply, 200, "[");
    for (uint32_t i = 0; i < groups->count; i++) {
        buf_printf(reply->body, "%s{\"id\":\"%u\",\"title\":", i == 0 ? "" : ",", i + 1);
        buf_json(reply->body, people_text(&sim->people, groups->name[i]));
        buf_str(reply->body, ",\"replies_policy\":\"list\",\"exclusive\":false}");
    }
    buf_str(reply->body, "]");
}

void mastodon_people(struct sim *sim, const struct request *request, struct reply *reply) {
    bool other = request->segments == 5 && request->op != OP_MEMBERS &&
                 strcmp(request->segment[3], account_id(sim, P_MASTODON)) != 0;
    if (other) {
        mastodon_not_found(sim, request, reply);
    } else if (request->op == OP_LISTS) {
        lists(sim, reply);
    } else if (request->op == OP_MEMBERS || request->op == OP_ENDORSED) {
        members(sim, request, reply);
    } else {
        happenings(sim, request, reply);
    }
}
