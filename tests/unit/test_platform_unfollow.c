/* Every class of response to an unfollow, by recorded bodies: what it means, and never more than
 * it says. Only the responses in the first lines of each table are successes. */
#include "platform_recorded.h"

#include <dirent.h>

#define X_ &platform_x
#define M_ &platform_mastodon
#define B_ &platform_bluesky
#define G_ &platform_github

#define NOT_TOLD 0
/* seconds from the server's Date to the end of a wait, and the second added for rounding */
#define AFTER(s) (RECEIVED_MS + (s)*INT64_C(1000) + 1000)

struct line {
    const struct platform *platform;
    const char *file;
    size_t count;
    enum outcome outcome;
    enum reply_action action;
    enum winnow_code code; /* looked at with REPLY_STOP only */
    const char *budget;    /* looked at with REPLY_WAIT only */
    int64_t until_ms;      /* looked at with REPLY_WAIT and REPLY_BACK_OFF */
};

/* clang-format off */
#define YES(outcome)   outcome, REPLY_GO_ON, WINNOW_OK, NULL, 0
#define STOP(code)     OUTCOME_RETRY, REPLY_STOP, code, NULL, 0
#define WAIT(b, until) OUTCOME_RETRY, REPLY_WAIT, WINNOW_OK, b, until
#define STREAK(o)      o, REPLY_STREAK, WINNOW_OK, NULL, 0
#define SLOW(o, until) o, REPLY_BACK_OFF, WINNOW_OK, NULL, until
#define REFRESH        OUTCOME_RETRY, REPLY_REFRESH, WINNOW_OK, NULL, 0
#define ASK            OUTCOME_RETRY, REPLY_ASK, WINNOW_OK, NULL, 0
#define SPLIT(o)       o, REPLY_SPLIT, WINNOW_OK, NULL, 0
#define DOUBT          SLOW(OUTCOME_IN_DOUBT, 0)

static const struct line lines[] = {
    {X_, "200-unfollowed", 1, YES(OUTCOME_DONE)},
    {X_, "200-unfollowed-24h", 1, YES(OUTCOME_DONE)},
    {X_, "200-errors-not-found", 1, YES(OUTCOME_TARGET_GONE)},
    {X_, "200-errors-unavailable", 1, YES(OUTCOME_TARGET_GONE)},
    {X_, "404-not-found", 1, YES(OUTCOME_TARGET_GONE)},
    {X_, "200-errors-unavailable-now", 1, STREAK(OUTCOME_RETRY)},
    {X_, "404-v1-50", 1, YES(OUTCOME_TARGET_GONE)},
    {X_, "404-v1-34", 1, STREAK(OUTCOME_RETRY)},
    {X_, "404-about-blank", 1, STREAK(OUTCOME_RETRY)},
    {X_, "200-still-following", 1, SLOW(OUTCOME_RETRY, 0)},
    {X_, "200-following-text", 1, DOUBT},
    {X_, "200-following-null", 1, DOUBT},
    {X_, "200-following-zero", 1, DOUBT},
    {X_, "200-following-elsewhere", 1, DOUBT},
    {X_, "200-errors-own-account", 1, STOP(WINNOW_NOT_FOUND)},
    {X_, "200-errors-unknown", 1, DOUBT},
    {X_, "200-errors-and-data", 1, STOP(WINNOW_SAFETY)},
    {X_, "400-invalid-request", 1, STREAK(OUTCOME_REFUSED)},
    {X_, "401-unauthorized", 1, REFRESH},
    {X_, "401-v1-89", 1, REFRESH},
    {X_, "401-empty", 1, REFRESH},
    {X_, "402-credits-depleted", 1, STOP(WINNOW_SAFETY)},
    {X_, "402-empty", 1, STOP(WINNOW_SAFETY)},
    {X_, "403-client-forbidden", 1, STOP(WINNOW_CREDENTIAL)},
    {X_, "403-unsupported-authentication", 1, STOP(WINNOW_CREDENTIAL)},
    {X_, "403-v1-453", 1, STOP(WINNOW_CREDENTIAL)},
    {X_, "403-v1-64", 1, STOP(WINNOW_SAFETY)},
    {X_, "403-v1-326", 1, STOP(WINNOW_SAFETY)},
    {X_, "403-v1-226", 1, STOP(WINNOW_SAFETY)},
    {X_, "403-second-error-locks", 1, STOP(WINNOW_SAFETY)},
    {X_, "403-about-blank", 1, STREAK(OUTCOME_RETRY)},
    {X_, "403-not-authorized", 1, STREAK(OUTCOME_REFUSED)},
    {X_, "403-html", 1, STREAK(OUTCOME_RETRY)},
    {X_, "404-html", 1, STREAK(OUTCOME_RETRY)},
    {X_, "404-empty", 1, STREAK(OUTCOME_RETRY)},
    {X_, "429-rate-limit", 1, WAIT("unfollow/15m", AFTER(600))},
    {X_, "429-rate-limit-no-date", 1, WAIT("unfollow/15m", AFTER(610))},
    {X_, "429-reset-past", 1, WAIT("unfollow/15m", AFTER(0))},
    {X_, "429-reset-far", 1, WAIT("unfollow/15m", AFTER(32 * 86400))},
    {X_, "429-reset-nonsense", 1, WAIT("unfollow/15m", NOT_TOLD)},
    {X_, "429-24h-user", 1, WAIT("unfollow/1d", AFTER(40000))},
    {X_, "429-24h-app-left", 1, WAIT("unfollow/15m", AFTER(600))},
    {X_, "429-empty", 1, WAIT("unfollow/15m", NOT_TOLD)},
    {X_, "429-usage-capped-daily", 1, WAIT(NULL, AFTER(86400))},
    {X_, "429-usage-capped-monthly", 1, STOP(WINNOW_CAP)},
    {X_, "500-internal-error", 1, DOUBT},
    {X_, "503-service-unavailable", 1, DOUBT},
    {X_, "503-v1-130", 1, DOUBT},

    {M_, "200-unfollowed", 1, YES(OUTCOME_DONE)},
    {M_, "200-unfollowed-gotosocial", 1, YES(OUTCOME_DONE)},
    {M_, "200-unfollowed-pleroma", 1, YES(OUTCOME_DONE)},
    {M_, "404-record", 1, ASK},
    {M_, "404-gotosocial", 1, ASK},
    {M_, "410-gone", 1, ASK},
    {M_, "404-snac", 1, ASK},
    {M_, "404-snac-behind-proxy", 1, ASK},
    {M_, "404-html", 1, STREAK(OUTCOME_RETRY)},
    {M_, "410-html", 1, STREAK(OUTCOME_RETRY)},
    {M_, "200-still-following", 1, SLOW(OUTCOME_RETRY, 0)},
    {M_, "200-requested", 1, SLOW(OUTCOME_RETRY, 0)},
    {M_, "200-requested-text", 1, DOUBT},
    {M_, "200-following-text", 1, DOUBT},
    {M_, "200-no-id", 1, DOUBT},
    {M_, "200-error", 1, DOUBT},
    {M_, "200-list-of-one", 1, DOUBT},
    {M_, "400-gotosocial", 1, STREAK(OUTCOME_RETRY)},
    {M_, "401-invalid-token", 1, STOP(WINNOW_CREDENTIAL)},
    {M_, "401-empty-snac", 1, STOP(WINNOW_CREDENTIAL)},
    {M_, "403-scopes", 1, STOP(WINNOW_CREDENTIAL)},
    {M_, "403-scopes-pixelfed", 1, STOP(WINNOW_CREDENTIAL)},
    {M_, "403-two-factor", 1, STOP(WINNOW_CREDENTIAL)},
    {M_, "403-disabled", 1, STOP(WINNOW_SAFETY)},
    {M_, "403-pending", 1, STOP(WINNOW_SAFETY)},
    {M_, "403-unconfirmed", 1, STOP(WINNOW_SAFETY)},
    {M_, "403-not-allowed", 1, STREAK(OUTCOME_RETRY)},
    {M_, "403-html", 1, STREAK(OUTCOME_RETRY)},
    {M_, "406-gotosocial", 1, STOP(WINNOW_NETWORK)},
    {M_, "418-gotosocial", 1, STOP(WINNOW_NETWORK)},
    {M_, "422-app-token", 1, STOP(WINNOW_CREDENTIAL)},
    {M_, "422-invalid", 1, STREAK(OUTCOME_REFUSED)},
    {M_, "429-mastodon", 1, WAIT("requests/5m", RECEIVED_MS + 301123)},
    {M_, "429-gotosocial", 1, WAIT("requests/5m", AFTER(240))},
    {M_, "429-pleroma", 1, WAIT("requests/5m", NOT_TOLD)},
    {M_, "503-gotosocial-boot", 1, SLOW(OUTCOME_IN_DOUBT, RECEIVED_MS + 60000)},

    {B_, "200-deleted", 1, YES(OUTCOME_DONE)},
    {B_, "200-already-gone", 1, YES(OUTCOME_ALREADY_SO)},
    {B_, "200-batch-3", 3, YES(OUTCOME_DONE)},
    {B_, "200-batch-old", 3, YES(OUTCOME_DONE)},
    {B_, "200-already-gone", 3, SPLIT(OUTCOME_IN_DOUBT)},
    {B_, "200-other-object", 3, SPLIT(OUTCOME_IN_DOUBT)},
    {B_, "page-odd", 3, SPLIT(OUTCOME_IN_DOUBT)},
    {B_, "200-batch-short", 3, SPLIT(OUTCOME_IN_DOUBT)},
    {B_, "200-batch-3", 1, DOUBT},
    {B_, "200-commit-null", 1, DOUBT},
    {B_, "200-commit-text", 1, DOUBT},
    {B_, "200-commit-text", 3, SPLIT(OUTCOME_IN_DOUBT)},
    {B_, "200-error", 1, DOUBT},
    {B_, "200-error", 3, SPLIT(OUTCOME_IN_DOUBT)},
    {B_, "200-empty", 3, SPLIT(OUTCOME_IN_DOUBT)},
    {B_, "200-html", 3, SPLIT(OUTCOME_IN_DOUBT)},
    {B_, "400-invalid-request", 1, STREAK(OUTCOME_RETRY)},
    {B_, "400-invalid-request", 3, SPLIT(OUTCOME_RETRY)},
    {B_, "401-expired", 1, REFRESH},
    {B_, "401-two-factor", 1, STOP(WINNOW_CREDENTIAL)},
    {B_, "401-suspended", 1, STOP(WINNOW_SAFETY)},
    {B_, "403-html", 1, STREAK(OUTCOME_RETRY)},
    {B_, "403-html", 3, SPLIT(OUTCOME_RETRY)},
    {B_, "404-html", 1, STOP(WINNOW_NETWORK)},
    {B_, "404-html", 3, SPLIT(OUTCOME_RETRY)},
    {B_, "413-too-large", 1, STREAK(OUTCOME_RETRY)},
    {B_, "413-too-large", 200, SPLIT(OUTCOME_RETRY)},
    {B_, "429-hour", 1, WAIT("points/1h", AFTER(1800))},
    {B_, "429-day-retry-after", 200, WAIT("points/1d", AFTER(7200))},
    {B_, "429-delta", 1, WAIT("requests/5m", AFTER(120))},
    {B_, "500-error", 1, DOUBT},
    {B_, "500-error", 3, SPLIT(OUTCOME_RETRY)},
    {B_, "500-html", 3, SPLIT(OUTCOME_IN_DOUBT)},
    {B_, "502-upstream", 3, DOUBT},
    {B_, "501-not-implemented", 1, STOP(WINNOW_NETWORK)},
    {B_, "501-not-implemented", 3, SPLIT(OUTCOME_RETRY)},
    /* from a real PDS, 0.4.217 */
    {B_, "apply-writes-200", 2, YES(OUTCOME_DONE)},
    {B_, "apply-writes-200", 3, SPLIT(OUTCOME_IN_DOUBT)},
    {B_, "apply-writes-200-nothing", 2, SPLIT(OUTCOME_IN_DOUBT)},
    {B_, "apply-writes-400-bad-token", 2, STOP(WINNOW_CREDENTIAL)},
    {B_, "apply-writes-400-expired-token", 2, REFRESH},
    {B_, "apply-writes-400-invalid-swap", 2, SLOW(OUTCOME_RETRY, 0)},
    {B_, "apply-writes-400-too-many", 200, SPLIT(OUTCOME_RETRY)},
    {B_, "apply-writes-400-bad-json", 2, SPLIT(OUTCOME_RETRY)},
    {B_, "apply-writes-401-deactivated", 2, STOP(WINNOW_SAFETY)},
    {B_, "apply-writes-401-no-token", 2, STOP(WINNOW_CREDENTIAL)},
    {B_, "apply-writes-401-taken-down", 2, STOP(WINNOW_SAFETY)},
    {B_, "apply-writes-403-other-repo", 2, STOP(WINNOW_CREDENTIAL)},
    {B_, "apply-writes-429-batch", 200, WAIT(NULL, AFTER(60))},
    {B_, "apply-writes-500-missing-rkey", 3, SPLIT(OUTCOME_RETRY)},
    {B_, "apply-writes-500-same-rkey-twice", 2, SPLIT(OUTCOME_RETRY)},
    {B_, "delete-record-200", 1, YES(OUTCOME_DONE)},
    {B_, "delete-record-200-already-gone", 1, YES(OUTCOME_ALREADY_SO)},
    {B_, "delete-record-400-bad-token", 1, STOP(WINNOW_CREDENTIAL)},
    {B_, "delete-record-400-expired-token", 1, REFRESH},
    {B_, "delete-record-401-taken-down", 1, STOP(WINNOW_SAFETY)},
    {B_, "delete-record-429", 1, WAIT(NULL, AFTER(60))},
    {B_, "unknown-method-400", 1, STOP(WINNOW_NETWORK)},

    {G_, "204-unfollowed", 1, YES(OUTCOME_DONE)},
    {G_, "404-not-found", 1, ASK},
    {G_, "404-with-scope", 1, ASK},
    {G_, "404-without-scope", 1, STOP(WINNOW_CREDENTIAL)},
    {G_, "404-html", 1, STREAK(OUTCOME_RETRY)},
    {G_, "200-ok", 1, DOUBT},
    {G_, "401-bad-credentials", 1, STOP(WINNOW_CREDENTIAL)},
    {G_, "403-primary", 1, WAIT("requests/1h", AFTER(1200))},
    {G_, "429-primary", 1, WAIT("requests/1h", AFTER(1200))},
    {G_, "403-secondary-retry-after", 1, WAIT(NULL, AFTER(90))},
    {G_, "403-secondary", 1, WAIT(NULL, AFTER(60))},
    {G_, "429-secondary", 1, WAIT(NULL, AFTER(60))},
    {G_, "403-fine-grained", 1, STOP(WINNOW_CREDENTIAL)},
    {G_, "403-classic-no-scope", 1, STOP(WINNOW_CREDENTIAL)},
    {G_, "403-suspended", 1, STOP(WINNOW_SAFETY)},
    {G_, "403-other", 1, STREAK(OUTCOME_RETRY)},
    {G_, "422-spammed", 1, STREAK(OUTCOME_RETRY)},
};

/* The same on all four. */
static const struct line common[] = {
    {NULL, "200-html", 1, DOUBT},
    {NULL, "200-empty", 1, DOUBT},
    {NULL, "200-array", 1, DOUBT},
    {NULL, "200-other-object", 1, DOUBT},
    {NULL, "200-truncated", 1, DOUBT},
    {NULL, "202-empty", 1, DOUBT},
    {NULL, "302-login", 1, STOP(WINNOW_NETWORK)},
    {NULL, "308-moved", 1, STOP(WINNOW_NETWORK)},
    {NULL, "408-empty", 1, DOUBT},
    {NULL, "409-empty", 1, SLOW(OUTCOME_RETRY, 0)},
    {NULL, "451-html", 1, STREAK(OUTCOME_RETRY)},
    {NULL, "499-empty", 1, STREAK(OUTCOME_RETRY)},
    {NULL, "500-html", 1, DOUBT},
    {NULL, "502-html", 1, DOUBT},
    {NULL, "503-retry-after", 1, SLOW(OUTCOME_IN_DOUBT, RECEIVED_MS + 30000)},
    {NULL, "504-empty", 1, DOUBT},
    {NULL, "599-empty", 1, DOUBT},
};
/* clang-format on */

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct platform *const all[] = {X_, M_, B_, G_};

/* Recorded with another clock than RECEIVED_MS: shift to ten seconds behind their Date. */
static void set_clock(struct recorded *r) {
    struct text date;
    if (http_header(&r->response, "Date", &date) && date.size == 29 &&
        memcmp(date.at, "Tue, 24 Nov 2026 03:32:36 GMT", 29) == 0)
        r->response.received_ms = RECEIVED_MS + 156000;
}

static void check(const struct platform *p, const struct line *l) {
    struct recorded r;
    struct reply reply;
    recorded_load(&r, p, l->file);
    set_clock(&r);
    int64_t shift = r.response.received_ms - RECEIVED_MS;
    p->actions[ACTION_UNFOLLOW].read(account_of(p), l->count, &r.response, &reply);
    bool same = reply.outcome == l->outcome && reply.action == l->action;
    if (l->action == REPLY_STOP)
        same = same && reply.code == l->code;
    if (l->action == REPLY_WAIT || l->action == REPLY_BACK_OFF)
        same = same && reply.until_ms == (l->until_ms == 0 ? 0 : l->until_ms + shift);
    if (l->action == REPLY_WAIT)
        same = same &&
               (l->budget == NULL ? reply.budget == NULL
                                  : reply.budget != NULL && strcmp(reply.budget, l->budget) == 0);
    if (!same)
        fail_msg("%s/%s x%zu: outcome %s action %d code %s budget %s until %+lld: %s", p->name,
                 l->file, l->count, outcome_name(ACTION_UNFOLLOW, reply.outcome), (int)reply.action,
                 winnow_code_name(reply.code), reply.budget == NULL ? "-" : reply.budget,
                 (long long)(reply.until_ms - r.response.received_ms), reply.reason);
    /* whatever is not a plain success says why, in one piece */
    if (reply.action != REPLY_GO_ON)
        assert_true(strlen(reply.reason) > 10 && strlen(reply.reason) < sizeof reply.reason - 1);
    recorded_free(&r);
}

static void every_class(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++)
        check(lines[i].platform, &lines[i]);
}

static void common_classes(void **state) {
    (void)state;
    for (size_t p = 0; p < COUNT(all); p++)
        for (size_t i = 0; i < COUNT(common); i++)
            check(all[p], &common[i]);
}

/* Is it listed above, with that platform, as a success or as no followee any more? */
static bool may_settle(const struct platform *p, const char *file) {
    for (size_t i = 0; i < COUNT(lines); i++)
        if (lines[i].platform == p && strcmp(lines[i].file, file) == 0 &&
            (lines[i].outcome == OUTCOME_DONE || lines[i].outcome == OUTCOME_ALREADY_SO ||
             lines[i].outcome == OUTCOME_TARGET_GONE))
            return true;
    return false;
}

/* The body under every status but its own. What X says in words counts where X says it; elsewhere
 * only 204 (GitHub), 404 and 410 can settle by status, and those have lines of their own. */
static void check_statuses(const struct platform *p, const char *file, struct recorded *r) {
    int own = r->response.status;
    for (int status = -1; status < 1000; status++) {
        struct reply reply;
        if (status == own || status == 404 || status == 410 || (p == G_ && status == 204))
            continue;
        r->response.status = status;
        p->actions[ACTION_UNFOLLOW].read(account_of(p), 1, &r->response, &reply);
        bool in_words = p == X_ && reply.outcome == OUTCOME_TARGET_GONE && status >= 200 &&
                        status <= 404 && may_settle(X_, file);
        bool by_body = status == 200 && may_settle(p, file);
        if (!in_words && !by_body &&
            (reply.action == REPLY_GO_ON || reply.outcome == OUTCOME_DONE ||
             reply.outcome == OUTCOME_ALREADY_SO))
            fail_msg("%s/%s under %d settles: %s", p->name, file, status,
                     outcome_name(ACTION_UNFOLLOW, reply.outcome));
    }
    r->response.status = own;
}

static void check_file(const struct platform *p, const char *file) {
    struct recorded r;
    struct reply reply;
    recorded_load(&r, p, file);
    p->actions[ACTION_UNFOLLOW].read(account_of(p), 1, &r.response, &reply);
    if ((reply.outcome == OUTCOME_DONE || reply.outcome == OUTCOME_ALREADY_SO) &&
        !may_settle(p, file))
        fail_msg("%s/%s settles: %s", p->name, file, outcome_name(ACTION_UNFOLLOW, reply.outcome));
    check_statuses(p, file, &r);
    recorded_free(&r);
}

/* Every file of every platform under every status: only what stands above settles an entry. */
static void nothing_else_settles(void **state) {
    (void)state;
    size_t read = 0;
    for (size_t p = 0; p < COUNT(all); p++) {
        char name[512];
        snprintf(name, sizeof name, "%s%s", UNIT_DIR, all[p]->name);
        DIR *directory = opendir(name);
        assert_non_null(directory);
        const struct dirent *entry;
        while ((entry = readdir(directory)) != NULL) {
            snprintf(name, sizeof name, "%s", entry->d_name);
            char *dot = strstr(name, ".http");
            if (dot == NULL)
                continue;
            *dot = '\0';
            check_file(all[p], name);
            read++;
        }
        closedir(directory);
    }
    assert_true(read > 150);
}

static void other_ends(void **state) {
    (void)state;
    static const struct {
        enum http_end end;
        enum outcome outcome;
        enum reply_action action;
    } ends[] = {
        {HTTP_NOT_SENT, OUTCOME_RETRY, REPLY_BACK_OFF},
        {HTTP_IN_DOUBT, OUTCOME_IN_DOUBT, REPLY_BACK_OFF},
        {HTTP_TOO_LARGE, OUTCOME_IN_DOUBT, REPLY_BACK_OFF},
        {HTTP_REFUSED, OUTCOME_RETRY, REPLY_STOP},
    };
    for (size_t p = 0; p < COUNT(all); p++)
        for (size_t i = 0; i < COUNT(ends); i++) {
            struct http_response in = {.end = ends[i].end,
                                       .status = 200, /* not to be looked at */
                                       .headers = {"", 0},
                                       .body = {"{\"data\":{\"following\":false}}", 28},
                                       .received_ms = RECEIVED_MS,
                                       .detail = "no route \x1b[31m to host"};
            struct reply reply;
            all[p]->actions[ACTION_UNFOLLOW].read(account_of(all[p]), 1, &in, &reply);
            assert_int_equal(reply.outcome, ends[i].outcome);
            assert_int_equal(reply.action, ends[i].action);
            assert_null(strchr(reply.reason, 0x1b));
            assert_non_null(strstr(reply.reason, "no route \\x1B[31m"));
            if (reply.action == REPLY_STOP)
                assert_int_equal(reply.code, WINNOW_NETWORK);
        }
}

struct seen {
    const struct platform *platform;
    const char *file;
    size_t count;
    struct reply_observation expected[3];
};

static void observations(void **state) {
    (void)state;
    static const struct seen table[] = {
        {X_,
         "200-unfollowed-24h",
         3,
         {{"unfollow/15m", 50, 49, RECEIVED_MS + 900000},
          {"unfollow/1d", 500, 120, RECEIVED_MS + 40000000},
          {"unfollow/1d", 1000, 999, RECEIVED_MS + 50000000}}},
        {M_, "200-unfollowed", 1, {{"requests/5m", 300, 298, RECEIVED_MS + 300000}}},
        {M_, "200-unfollowed-pleroma", 0, {{NULL, 0, 0, 0}}},
        {B_, "200-deleted", 1, {{"points/1h", 5000, 4999, RECEIVED_MS + 3600000}}},
        {G_, "204-unfollowed", 1, {{"requests/1h", 5000, 4987, RECEIVED_MS + 3000000}}},
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        struct recorded r;
        struct reply reply;
        recorded_load(&r, table[i].platform, table[i].file);
        table[i].platform->actions[ACTION_UNFOLLOW].read(account_of(table[i].platform), 1,
                                                         &r.response, &reply);
        assert_true(reply.date_known);
        assert_int_equal(reply.skew_ms, 10000);
        assert_int_equal(reply.seen_count, table[i].count);
        for (size_t k = 0; k < table[i].count; k++) {
            const struct reply_observation *e = &table[i].expected[k];
            assert_string_equal(reply.seen[k].budget, e->budget);
            assert_int_equal(reply.seen[k].limit, e->limit);
            assert_int_equal(reply.seen[k].remaining, e->remaining);
            assert_int_equal(reply.seen[k].reset_ms, e->reset_ms);
        }
        recorded_free(&r);
    }
}

static void far_waits_are_capped_and_say_so(void **state) {
    (void)state;
    struct recorded r;
    struct reply reply;
    recorded_load(&r, X_, "429-reset-far");
    platform_x.actions[ACTION_UNFOLLOW].read(&account_x, 1, &r.response, &reply);
    assert_non_null(strstr(reply.reason, "32 days"));
    recorded_free(&r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_class),          cmocka_unit_test(common_classes),
        cmocka_unit_test(nothing_else_settles), cmocka_unit_test(other_ends),
        cmocka_unit_test(observations),         cmocka_unit_test(far_waits_are_capped_and_say_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
