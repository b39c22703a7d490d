/* X, the evidence: who is in the account's own lists, who writes to it. Sources: docs.x.com,
 * x-api/lists (list-lookup: 15 requests in 15 minutes; list-members: 900), x-api/posts/timelines
 * (mentions: the last 800), x-api/getting-started/pricing (a list $0.005, a user $0.010, a post
 * $0.005).
 *
 * Happy path: GET /2/users/:id/owned_lists, GET /2/lists/:id/members, GET /2/users/:id/mentions, by
 * pages of 100. Lists want the scope list.read. Fails into a reply; rows that are not understood
 * are counted. */
#include "platform/adapters/x.h"
#include "platform/ids.h"
#include "platform/wire/build.h"

#include <inttypes.h>
#include <stdio.h>

#define PAGE_MAX     100u
#define MENTIONS_MIN 5u /* a page of fewer is refused */
#define DAY_MS       INT64_C(86400000)

/* `list` of what has the id, between `before` and it. */
static int build_page(const struct platform_account *who, const char *before, struct text id,
                      const char *list, struct text cursor, struct http_request *out,
                      struct winnow_error *err) {
    char rows[32];
    bool fewer = who->page_max != 0 && who->page_max < PAGE_MAX;
    if (build_check(id_is_number(id), "the id", id, err) != 0)
        return -1;
    snprintf(rows, sizeof rows, "%" PRIu32, fewer ? who->page_max : PAGE_MAX);
    build_begin(out, HTTP_GET, before);
    build_value(out, id);
    buffer_add_text(&out->target, list);
    buffer_add_text(&out->target, rows);
    if (cursor.size != 0) {
        buffer_add_text(&out->target, "&pagination_token=");
        build_value(out, cursor);
    }
    return build_end(out, err);
}

/* ---- lists -----------------------------------------------------------------------------------*/

static int build_lists(const struct platform_account *who, struct text part, struct text cursor,
                       struct http_request *out, struct winnow_error *err) {
    (void)part;
    int result = build_page(who, "/2/users/", build_text(who->id),
                            "/owned_lists?max_results=", cursor, out, err);
    out->call = CALL_LISTS;
    return result;
}

static const char *read_list(const json_t *from, struct row *row, struct facts *f) {
    struct text id;
    if (!body_id(from, "id", row->id, &id) || !id_is_number(id))
        return "the list's id is missing or not 1 to 19 digits";
    facts_set_text(f, FACT_ID, id.at, id.size);
    row_text(f, FACT_NAME, from, "name", FACT_NAME_MAX);
    return facts_known(f, FACT_NAME) ? NULL : "the list has no name";
}

static int read_lists(const struct platform_account *who, const struct http_response *in,
                      struct platform_page *page, struct reply *out) {
    return x_read_page(who, in, x_page_whole, read_list, page, out);
}

static int build_members(const struct platform_account *who, struct text part, struct text cursor,
                         struct http_request *out, struct winnow_error *err) {
    int result = build_page(who, "/2/lists/", part, "/members?max_results=", cursor, out, err);
    out->call = CALL_MEMBERS;
    return result;
}

static int read_members(const struct platform_account *who, const struct http_response *in,
                        struct platform_page *page, struct reply *out) {
    return x_read_page(who, in, x_page_whole, x_read_row, page, out);
}

const struct platform_list x_lists = {
    .build = build_lists, .read = read_lists, .price_micro = 5000, .page_max = PAGE_MAX};
const struct platform_list x_members = {
    .build = build_members, .read = read_members, .price_micro = 10000, .page_max = PAGE_MAX};

#define POST_MICRO   5000
#define AUTHOR_MICRO 10000

/* ---- who writes ------------------------------------------------------------------------------*/

static int build_mentions(const struct platform_account *who, struct text part, struct text cursor,
                          struct http_request *out, struct winnow_error *err) {
    (void)part;
    if (who->page_max != 0 && who->page_max < MENTIONS_MIN)
        return winnow_fail(err, WINNOW_CAP,
                           "mentions come %u at a time at least, and --max-cost leaves less; it "
                           "goes on where it stands with a higher one",
                           MENTIONS_MIN);
    return build_page(who, "/2/users/", build_text(who->id),
                      who->older_names
                          ? "/mentions?tweet.fields=author_id,created_at&max_results="
                          : "/mentions?post.fields=created_at&expansions=author_id&max_results=",
                      cursor, out, err);
}

static const char *read_mention(const json_t *from, struct row *row, struct facts *f) {
    struct text id;
    if (!body_id(from, "author_id", row->id, &id) || !id_is_number(id))
        return "its author is missing or not 1 to 19 digits";
    facts_set_text(f, FACT_ID, id.at, id.size);
    if (!body_id(from, "id", row->keys, &row->said))
        row->said = (struct text){"", 0};
    row->exchange = (struct exchange){
        .by_them = true,
        .kind = EXCHANGE_MENTION,
        .time_ms = page_moment(from, "created_at", row->received_ms),
    };
    return NULL;
}

/* X charges for what an answer has, and an author stands in `includes` once, however many of the
 * page's mentions are theirs. */
static int64_t authors_less_micro(const struct http_response *in) {
    json_t *root = body_parse(in->body);
    size_t rows = json_array_size(body_array(root, "data"));
    size_t users = json_array_size(body_array(body_object(root, "includes"), "users"));
    json_decref(root);
    return users > 0 && users < rows ? (int64_t)(rows - users) * AUTHOR_MICRO : 0;
}

static int read_mentions(const struct platform_account *who, const struct http_response *in,
                         struct platform_page *page, struct reply *out) {
    int stopped = x_read_page(who, in, x_page_shape, read_mention, page, out);
    if (stopped == 0 && out->action == REPLY_GO_ON)
        page->less_micro += authors_less_micro(in);
    return stopped;
}

const struct platform_list x_mentions = {
    .build = build_mentions,
    .read = read_mentions,
    .price_micro = POST_MICRO + AUTHOR_MICRO, /* an author is expanded */
    .page_max = PAGE_MAX,
};
