/* GitHub's REST API, the evidence: whose repositories the account starred, who is in its
 * organisations, to whose issues it spoke. Sources: docs.github.com/en/rest/activity/starring,
 * orgs/orgs and orgs/members, activity/events.
 *
 * Happy path: GET /user/starred with the time of each star; /user/orgs and /orgs/:org/members;
 * /users/:login/events, which has 90 days; each by its Link headers. Fails into a reply; rows that
 * are not understood are counted. */
#include "core/base/foreign.h"
#include "platform/adapters/github.h"
#include "platform/ids.h"
#include "platform/wire/build.h"

#include <stdio.h>
#include <string.h>

#define STAR_ACCEPT "application/vnd.github.star+json"

typedef int page_reader(const struct platform_account *who, const json_t *rows, int64_t received_ms,
                        struct platform_page *page);

/* A refusal here is of the list alone: unfollowing may be allowed all the same. */
static void refuse(struct answer *a) {
    github_settle(a);
    if (a->in->status == 403 && a->out->action == REPLY_STOP &&
        !foreign_has(a->message, "account was suspended"))
        answer_say(a, OUTCOME_RETRY, REPLY_STOP, WINNOW_CREDENTIAL, "the token may not read this");
}

static int read_list(const struct platform_account *who, const struct http_response *in,
                     page_reader *read, struct platform_page *page, struct reply *out) {
    const struct github_reader reader = {read, refuse};
    return github_read_page(who, in, JSON_ARRAY, &reader, page, out);
}

/* ---- stars -----------------------------------------------------------------------------------*/

static int build_stars(const struct platform_account *who, struct text part, struct text cursor,
                       struct http_request *out, struct winnow_error *err) {
    (void)who;
    (void)part;
    return github_build_page("/user/starred?per_page=100", cursor, STAR_ACCEPT, out, err);
}

/* A server that does not know the media type sends the repository itself, without the time. */
static const char *read_star(const json_t *from, struct row *row, struct facts *f) {
    const json_t *within = body_object(from, "repo");
    const json_t *repository = within != NULL ? within : from;
    char number[BODY_ID_SCRATCH];
    row->exchange = (struct exchange){.kind = EXCHANGE_LIKE,
                                      .time_ms = page_moment(from, "starred_at", row->received_ms)};
    if (!github_read_id(repository, number))
        return "its repository has no id";
    if (!github_read_id(body_object(repository, "owner"), row->id))
        return "its repository's owner has no id";
    int size = snprintf(row->keys, sizeof row->keys, "star %s", number);
    row->said = (struct text){row->keys, (uint32_t)size};
    bool own = strcmp(row->id, row->who->id) == 0;
    facts_set_text(f, FACT_ID, row->id, own ? 0 : strlen(row->id));
    return NULL;
}

static int read_star_page(const struct platform_account *who, const json_t *rows,
                          int64_t received_ms, struct platform_page *page) {
    return page_read(page, rows, read_star, who, received_ms);
}

static int read_stars(const struct platform_account *who, const struct http_response *in,
                      struct platform_page *page, struct reply *out) {
    return read_list(who, in, read_star_page, page, out);
}

const struct platform_list github_stars = {.build = build_stars, .read = read_stars};

/* ---- organisations ---------------------------------------------------------------------------*/

static int build_orgs(const struct platform_account *who, struct text part, struct text cursor,
                      struct http_request *out, struct winnow_error *err) {
    (void)who;
    (void)part;
    return github_build_page("/user/orgs?per_page=100", cursor, GITHUB_ACCEPT, out, err);
}

/* Lists of people are named by hand elsewhere: so that these are not taken for one of them. */
static const char *read_org(const json_t *from, struct row *row, struct facts *f) {
    struct text login;
    if (!body_text(from, "login", &login) || !id_login(login))
        return "the organisation's login is missing or not of letters, digits, - and _";
    facts_set_text(f, FACT_ID, login.at, login.size);
    int size = snprintf(row->bio, sizeof row->bio, "org:%.*s", (int)login.size, login.at);
    facts_set_text(f, FACT_NAME, row->bio, (size_t)size);
    return NULL;
}

static int read_org_page(const struct platform_account *who, const json_t *rows,
                         int64_t received_ms, struct platform_page *page) {
    return page_read(page, rows, read_org, who, received_ms);
}

static int read_orgs(const struct platform_account *who, const struct http_response *in,
                     struct platform_page *page, struct reply *out) {
    return read_list(who, in, read_org_page, page, out);
}

static int build_members(const struct platform_account *who, struct text part, struct text cursor,
                         struct http_request *out, struct winnow_error *err) {
    char first[FACT_ID_MAX + 64];
    (void)who;
    if (cursor.size == 0 && build_check(id_login(part), "the organisation's login", part, err) != 0)
        return -1;
    snprintf(first, sizeof first, "/orgs/%.*s/members?per_page=100", (int)part.size, part.at);
    return github_build_page(first, cursor, GITHUB_ACCEPT, out, err);
}

static int read_member_page(const struct platform_account *who, const json_t *rows,
                            int64_t received_ms, struct platform_page *page) {
    return page_read(page, rows, github_read_row, who, received_ms);
}

static int read_members(const struct platform_account *who, const struct http_response *in,
                        struct platform_page *page, struct reply *out) {
    return read_list(who, in, read_member_page, page, out);
}

const struct platform_list github_orgs = {.build = build_orgs, .read = read_orgs};
const struct platform_list github_members = {.build = build_members, .read = read_members};

/* ---- events ----------------------------------------------------------------------------------*/

static int build_events(const struct platform_account *who, struct text part, struct text cursor,
                        struct http_request *out, struct winnow_error *err) {
    struct text login = build_text(who->handle);
    struct text id = build_text(who->id);
    bool by_id = !id_login(login);
    char first[FACT_HANDLE_MAX + 64];
    (void)part;
    if (by_id && build_check(id_is_number(id), "the account's id", id, err) != 0)
        return -1;
    snprintf(first, sizeof first, "/user%s/%s/events?per_page=100", by_id ? "" : "s",
             by_id ? who->id : who->handle); /* by the number, as its own Link headers have it */
    return github_build_page(first, cursor, GITHUB_ACCEPT, out, err);
}

/* Whose issue or pull request it is about. Whose repository is told by the login alone, and so is
 * of nobody's number. */
static void read_event(const struct platform_account *who, const json_t *from,
                       struct page_people *people) {
    static const char *const about[] = {"issue", "pull_request"};
    const json_t *payload = body_object(from, "payload");
    for (size_t i = 0; i < 2; i++) {
        const struct exchange x = {.kind = EXCHANGE_REPLY, .time_ms = people->time_ms};
        const json_t *user = body_object(body_object(payload, about[i]), "user");
        char *number = people->scratch[i];
        if (github_read_id(user, number))
            page_people_add(people, who, build_text(number), &x);
    }
}

static int read_event_page(const struct platform_account *who, const json_t *rows,
                           int64_t received_ms, struct platform_page *page) {
    int stopped = 0;
    for (size_t i = 0; i < json_array_size(rows) && stopped == 0; i++) {
        const json_t *row = json_array_get(rows, i);
        char number[BODY_ID_SCRATCH];
        struct page_people people = {.time_ms = page_moment(row, "created_at", received_ms)};
        if (!body_id(row, "id", number, &page->said)) {
            page_skip(page, i, "the event has no id");
            continue;
        }
        read_event(who, row, &people);
        stopped = page_people_tell(page, &people);
    }
    return stopped;
}

static int read_events(const struct platform_account *who, const struct http_response *in,
                       struct platform_page *page, struct reply *out) {
    return read_list(who, in, read_event_page, page, out);
}

const struct platform_list github_events = {.build = build_events, .read = read_events};
