/* What the targets of the adapters share. An input is an HTTP response as the recorded ones are
 * (status line, headers, an empty line, the body), so those are the corpus; without a status line
 * it is a transfer that broke off. Every reader of the adapter reads it.
 *
 * What must be true: nothing is a success under a status that is none; a final outcome comes of an
 * answer that is there; a reason is clean for a terminal; a wait is bounded; a page's cursor builds
 * a request that stays on the campaign's server; a credential is there when, and only when, the
 * reply says so. */
#ifndef FUZZ_ADAPTER_H
#define FUZZ_ADAPTER_H

#include "fuzz.h"

#include "platform/platform.h"
#include "platform/wire/answer.h"

#define RECEIVED_MS INT64_C(1795490990000) /* 2026-11-24T03:29:50Z */

struct adapter {
    const struct platform *platform;
    struct platform_account who;
    struct target looked_at; /* somebody of the recorded responses */
    int success;             /* the one status of an unfollow that was done */
};

static inline size_t line_end(const char *at, size_t size) {
    const char *end = memchr(at, '\n', size);
    return end == NULL ? size : (size_t)(end - at) + 1;
}

/* Where the headers end: behind the first empty line. */
static inline size_t headers_end(const char *at, size_t size) {
    size_t offset = 0;
    while (offset < size) {
        size_t line = line_end(at + offset, size - offset);
        offset += line;
        if (line == 1 || (line == 2 && at[offset - 2] == '\r'))
            break;
    }
    return offset;
}

/* `headers` and `body` are exact copies; the caller frees both. */
static inline struct http_response response_of(const char *at, size_t size, char **headers,
                                               char **body) {
    struct http_response in = {.end = HTTP_DONE, .received_ms = RECEIVED_MS};
    size_t first = line_end(at, size);
    if (size >= 12 && memcmp(at, "HTTP/1.1 ", 9) == 0 && at[9] >= '1' && at[9] <= '5' &&
        at[10] >= '0' && at[10] <= '9' && at[11] >= '0' && at[11] <= '9') {
        in.status = (at[9] - '0') * 100 + (at[10] - '0') * 10 + (at[11] - '0');
    } else {
        in.end = (enum http_end)(1 + seed_of((const uint8_t *)at, size) % 4);
        size_t shown = size < sizeof in.detail ? size : sizeof in.detail;
        if (shown != 0)
            memcpy(in.detail, at, shown); /* perhaps without a zero at its end */
    }
    size_t end = first + headers_end(at + first, size - first);
    *headers = exact_copy(at + first, end - first);
    *body = exact_copy(at + end, size - end);
    in.headers = (struct text){*headers, (uint32_t)(end - first)};
    in.body = (struct text){*body, (uint32_t)(size - end)};
    return in;
}

static inline bool has_budget(const struct platform *p, const char *name) {
    if (name == reply_own_budget) /* that of the call, which the caller knows */
        return true;
    for (size_t i = 0; i < p->budget_count; i++)
        if (strcmp(p->budgets[i].spec.name, name) == 0)
            return true;
    return false;
}

static inline bool in_wait(int64_t at_ms) {
    return at_ms >= RECEIVED_MS && at_ms <= RECEIVED_MS + WAIT_MAX_MS + 1000;
}

static inline void check_reply(const struct adapter *a, const struct http_response *in,
                               const struct reply *r) {
    size_t length = strnlen(r->reason, sizeof r->reason);
    MUST(length < sizeof r->reason && is_printable(r->reason, length));
    MUST(r->outcome >= OUTCOME_NONE && r->outcome < OUTCOME_COUNT);
    MUST(r->action == REPLY_GO_ON || r->reason[0] != '\0');
    MUST(r->action != REPLY_STOP || r->code != WINNOW_OK);
    MUST(r->until_ms == 0 || in_wait(r->until_ms));
    MUST(r->budget == NULL || has_budget(a->platform, r->budget));
    MUST(r->seen_count <= REPLY_OBSERVATIONS_MAX);
    for (size_t i = 0; i < r->seen_count; i++) {
        MUST(has_budget(a->platform, r->seen[i].budget));
        MUST(r->seen[i].reset_ms >= RECEIVED_MS && in_wait(r->seen[i].reset_ms));
    }
    if (in->end != HTTP_DONE)
        MUST(r->action != REPLY_GO_ON && !outcome_final(r->outcome) && r->outcome != OUTCOME_NONE);
}

static inline void check_unfollow(const struct adapter *a, const struct http_response *in) {
    static const size_t counts[] = {1, 2, 200};
    struct reply r;
    for (size_t i = 0; i < 3 && counts[i] <= a->platform->actions[ACTION_UNFOLLOW].batch_max; i++) {
        a->platform->actions[ACTION_UNFOLLOW].read(&a->who, counts[i], in, &r);
        check_reply(a, in, &r);
        MUST(r.outcome != OUTCOME_NONE && r.outcome != OUTCOME_PROTECTED);
        MUST(r.outcome != OUTCOME_DONE || in->status == a->success);
        MUST(r.outcome != OUTCOME_ALREADY_SO || in->status == 200 || in->status == 404);
        if (outcome_final(r.outcome))
            MUST((in->status >= 200 && in->status < 300) ||
                 (in->status >= 400 && in->status < 500 && in->status != 401 && in->status != 429));
        /* What is to be tried again is not settled. */
        bool again = r.action == REPLY_WAIT || r.action == REPLY_BACK_OFF ||
                     r.action == REPLY_REFRESH || r.action == REPLY_SPLIT;
        MUST(!again || r.outcome == OUTCOME_RETRY || r.outcome == OUTCOME_IN_DOUBT);
    }
}

struct rows {
    const struct adapter *adapter;
    bool lists;  /* rows are lists of people, not people */
    bool nobody; /* a row may be of nobody: a notification that is none of talk */
    uint64_t count, stop_at;
};

static inline int check_row(void *context, const struct facts *f) {
    struct rows *rows = context;
    struct winnow_error err;
    MUST(facts_known(f, FACT_ID) || rows->nobody);
    MUST(rows->lists || (rows->nobody && facts_text(f, FACT_ID).size == 0) ||
         platform_check_id(rows->adapter->platform, facts_text(f, FACT_ID).at,
                           facts_text(f, FACT_ID).size, &err) == 0);
    for (int i = 0; i < FACT_COUNT; i++) {
        if (!facts_known(f, (enum fact_id)i))
            continue;
        if (fact_types[i] == FACT_TEXT) {
            struct text t = facts_text(f, (enum fact_id)i);
            MUST(t.size <= fact_most[i] && is_utf8(t.at, t.size));
        }
        MUST(fact_types[i] != FACT_NUMBER || f->value[i] >= 0);
    }
    MUST(f->follow_keys.size <= FOLLOW_KEYS_MAX);
    return ++rows->count == rows->stop_at ? 1 : 0;
}

/* The next page's request: one target on the same server, of bytes that a request line may hold. */
static inline void check_cursor(const struct adapter *a, const struct buffer *next) {
    struct http_request request;
    struct winnow_error err = {0};
    http_request_init(&request);
    struct text cursor = {buffer_text(next), (uint32_t)next->size};
    if (platform_following(a->platform)
            ->build(&a->who, (struct text){"", 0}, cursor, &request, &err) == 0) {
        MUST(request.target.size > 1 && request.target.at[0] == '/' && request.target.at[1] != '/');
        for (size_t i = 0; i < request.target.size; i++)
            MUST(request.target.at[i] > 0x20 && request.target.at[i] < 0x7f);
    } else {
        MUST(is_printable(err.text, strlen(err.text)));
    }
    http_request_free(&request);
}

static inline void check_following(const struct adapter *a, const struct http_response *in,
                                   uint64_t seed) {
    struct buffer next;
    struct reply r;
    struct rows rows = {.adapter = a, .stop_at = seed % 4 == 0 ? 1 + seed / 4 % 3 : 0};
    buffer_init(&next, 4096);
    struct platform_page page = {.each = check_row, .context = &rows, .next = &next};
    int stopped = platform_following(a->platform)->read(&a->who, in, &page, &r);
    check_reply(a, in, &r);
    MUST(stopped == 0 || (rows.stop_at != 0 && rows.count == rows.stop_at));
    MUST(page.count == rows.count || stopped != 0);
    MUST(is_printable(page.skipped_why, strlen(page.skipped_why)));
    MUST((page.skipped != 0) == (page.skipped_why[0] != '\0'));
    MUST(!outcome_final(r.outcome)); /* a list settles nobody */
    if (r.action == REPLY_GO_ON) {
        MUST(in->status == 200);
        MUST(page.end || next.size > 0 || next.failed);
        if (!page.end && !next.failed)
            check_cursor(a, &next);
    } else {
        MUST(rows.count == 0);
    }
    buffer_free(&next);
}

typedef int list_reader(const struct platform_account *who, const struct http_response *in,
                        struct platform_page *page, struct reply *out);

/* What else is read by pages or at once; a row may tell of several people, or of none. */
static inline void check_list(const struct adapter *a, const struct http_response *in,
                              list_reader *read, bool lists) {
    struct buffer next;
    struct reply r;
    struct rows rows = {.adapter = a, .lists = lists, .nobody = true};
    buffer_init(&next, 4096);
    struct platform_page page = {.each = check_row, .context = &rows, .next = &next};
    MUST(read(&a->who, in, &page, &r) == 0);
    check_reply(a, in, &r);
    MUST(is_printable(page.skipped_why, strlen(page.skipped_why)));
    MUST(r.action == REPLY_GO_ON || rows.count == 0);
    MUST(page.end || next.size > 0 || next.failed);
    buffer_free(&next);
}

static inline void check_evidence(const struct adapter *a, const struct http_response *in) {
    for (size_t i = 0; i < a->platform->source_count; i++) {
        const struct platform_source *s = &a->platform->sources[i];
        bool names = s->way == SOURCE_PARTS || s->way == SOURCE_PARTS_AT_ONCE;
        if (s->list != NULL && s->dataset != DATASET_FOLLOWING)
            check_list(a, in, s->list->read, names);
        if (s->held != NULL)
            check_list(a, in, s->held->read, false);
        if (s->ask != NULL)
            check_list(a, in, s->ask->read, false);
    }
}

/* By a precheck at entries, or by the relations of those about to be unfollowed. */
static inline void check_look(const struct adapter *a, const struct platform_relations *by,
                              const struct http_response *in) {
    struct reply r;
    uint32_t most = by != NULL ? by->max : a->platform->relation_max;
    size_t count = most < 3 ? most : 3;
    struct target entries[3] = {a->looked_at, {{"7", 1}, {"seven", 5}}, a->looked_at};
    struct platform_relation is[3] = {{.following = TRI_YES, .followed_by = TRI_NO},
                                      {.following = TRI_NO, .followed_by = TRI_YES},
                                      {.following = TRI_YES, .followed_by = TRI_YES}};
    if (by != NULL)
        by->read(&a->who, entries, count, in, is, &r);
    else
        a->platform->read_relation(&a->who, entries, count, in, is, &r);
    check_reply(a, in, &r);
    MUST(!r.not_offered || (r.action == REPLY_GO_ON && in->status != 200));
    for (size_t i = 0; i < count; i++)
        MUST((is[i].following == TRI_UNKNOWN && is[i].followed_by == TRI_UNKNOWN) ||
             (r.action == REPLY_GO_ON && in->end == HTTP_DONE));
    MUST(count < 3 ||
         (is[0].following == is[2].following && is[0].followed_by == is[2].followed_by));
    MUST(!outcome_final(r.outcome));
}

static inline void check_identity(const struct adapter *a, const struct platform_identity *who) {
    struct winnow_error err;
    MUST(strnlen(who->id, sizeof who->id) < sizeof who->id);
    MUST(platform_check_id(a->platform, who->id, strlen(who->id), &err) == 0);
    MUST(is_printable(who->handle, strnlen(who->handle, sizeof who->handle)));
    MUST(who->following >= -1);
}

static inline void check_identities(const struct adapter *a, const struct http_response *in) {
    static struct platform_session session; /* large */
    struct platform_identity who;
    struct reply r;
    a->platform->read_whoami(in, &who, &r);
    check_reply(a, in, &r);
    MUST(r.action != REPLY_GO_ON || in->status == 200);
    if (r.action == REPLY_GO_ON)
        check_identity(a, &who);
    if (a->platform->read_session == NULL)
        return;
    a->platform->read_session(in, &session, &r);
    check_reply(a, in, &r);
    MUST((r.action == REPLY_GO_ON) == (session.access[0] != '\0'));
    MUST((r.action == REPLY_GO_ON) == (session.refresh[0] != '\0'));
    if (r.action != REPLY_GO_ON)
        return;
    MUST(in->status == 200);
    check_identity(a, &session.who);
    const char *const tokens[] = {session.access, session.refresh};
    for (size_t t = 0; t < 2; t++)
        for (const char *c = tokens[t]; *c != '\0'; c++)
            MUST(*c > 0x20 && *c < 0x7f);
}

static inline int adapter_one(const struct adapter *a, const uint8_t *data, size_t size) {
    char *headers;
    char *body;
    struct http_response in = response_of((const char *)data, size, &headers, &body);
    check_unfollow(a, &in);
    check_following(a, &in, seed_of(data, size));
    check_evidence(a, &in);
    check_look(a, NULL, &in);
    if (a->platform->relations != NULL)
        check_look(a, a->platform->relations, &in);
    check_identities(a, &in);
    free(headers);
    free(body);
    return 0;
}

#endif
