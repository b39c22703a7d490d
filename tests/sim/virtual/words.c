/* How each platform says what it says: status, headers and body of an answer, written from
 * docs/platforms.md and not from the adapters. Cannot fail: texts are cut at their room. */
#include "server.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static void say(struct answer *a, enum said said, int status, const char *body) {
    a->end = HTTP_DONE;
    a->said = said;
    a->status = status;
    snprintf(a->body, sizeof a->body, "%s", body);
}

__attribute__((format(printf, 2, 3))) static void add_header(struct answer *a, const char *format,
                                                             ...) {
    size_t used = strlen(a->headers);
    va_list args;
    va_start(args, format);
    vsnprintf(a->headers + used, sizeof a->headers - used, format, args);
    va_end(args);
}

static void say_batch_done(uint32_t count, struct answer *a) {
    static const char one[] = "{\"$type\":\"d\"}";
    say(a, SAID_YES, 200, "{\"commit\":{\"rev\":\"3k\"},\"results\":[");
    size_t used = strlen(a->body);
    for (uint32_t i = 0; i < count && used + sizeof one + 4 < sizeof a->body; i++)
        used +=
            (size_t)snprintf(a->body + used, sizeof a->body - used, "%s%s", i == 0 ? "" : ",", one);
    snprintf(a->body + used, sizeof a->body - used, "]}");
}

void say_done(enum which which, uint32_t count, bool was_there, struct answer *a) {
    if (which == ON_X)
        say(a, SAID_YES, 200, "{\"data\":{\"following\":false}}");
    else if (which == ON_MASTODON)
        say(a, SAID_YES, 200, "{\"id\":\"1\",\"following\":false,\"requested\":false}");
    else if (which == ON_GITHUB)
        say(a, SAID_YES, 204, "");
    else if (count > 1 && was_there)
        say_batch_done(count, a);
    else if (count > 1)
        say(a, SAID_NO, 500, "{\"error\":\"InternalServerError\",\"message\":\"no such record\"}");
    else
        say(a, SAID_YES, 200, was_there ? "{\"commit\":{\"rev\":\"3k\"}}" : "{}");
}

void say_stays(enum which which, struct answer *a) {
    if (which == ON_X)
        say(a, SAID_NO, 200, "{\"data\":{\"following\":true}}");
    else if (which == ON_MASTODON)
        say(a, SAID_NO, 200, "{\"id\":\"1\",\"following\":true}");
    else if (which == ON_GITHUB)
        say(a, SAID_NO, 409, "{\"message\":\"conflict\"}");
    else
        say(a, SAID_NO, 400, "{\"error\":\"InvalidSwap\",\"message\":\"the head moved\"}");
}

void say_busy(enum which which, struct answer *a) {
    say(a, SAID_NO, 429,
        which == ON_BLUESKY  ? "{\"error\":\"RateLimitExceeded\",\"message\":\"Too many\"}"
        : which == ON_GITHUB ? "{\"message\":\"You have exceeded a secondary rate limit\"}"
                             : "{\"title\":\"Too Many Requests\",\"error\":\"Throttled\"}");
}

void say_expired(enum which which, struct answer *a) {
    say(a, SAID_NO, which == ON_BLUESKY ? 400 : 401,
        which == ON_BLUESKY ? "{\"error\":\"ExpiredToken\",\"message\":\"Token has expired\"}"
                            : "{\"title\":\"Unauthorized\",\"message\":\"Bad credentials\"}");
    a->expired = which == ON_X || which == ON_BLUESKY;
    a->credential = !a->expired;
}

void say_forbidden(enum which which, uint32_t count, struct answer *a) {
    say(a, SAID_NO, 403,
        which == ON_X        ? "{\"title\":\"Forbidden\",\"status\":403}"
        : which == ON_GITHUB ? "{\"message\":\"Forbidden\"}"
                             : "{\"error\":\"This action is not allowed\"}");
    a->ambiguous = count == 1; /* a refused batch is asked again in parts first */
}

void say_refused(enum which which, struct answer *a) {
    if (which == ON_X)
        say(a, SAID_REFUSED, 403,
            "{\"type\":\"https://api.x.com/2/problems/not-authorized-for-resource\"}");
    else if (which == ON_MASTODON)
        say(a, SAID_REFUSED, 422, "{\"error\":\"Validation failed\"}");
    else
        say_forbidden(which, 1, a);
    a->ambiguous = true;
}

void say_target_gone(enum which which, struct answer *a) {
    if (which == ON_X)
        say(a, SAID_GONE, 404,
            "{\"type\":\"https://api.twitter.com/2/problems/resource-not-found\"}");
    else
        say_astray(which, 0, a); /* the same words: what they are about must be asked */
    a->doubtful = true;          /* a precheck may have said that they are there */
}

void say_astray(enum which which, uint32_t drawn, struct answer *a) {
    if (which == ON_X)
        say(a, SAID_NO, 404,
            drawn == 0 ? "{\"errors\":[{\"code\":34,\"message\":\"that page does not exist\"}]}"
                       : "{\"title\":\"Not Found\",\"type\":\"about:blank\",\"status\":404}");
    else
        say(a, SAID_NO, 404,
            which == ON_MASTODON ? "{\"error\":\"Record not found\"}"
                                 : "{\"message\":\"Not Found\"}");
    a->ambiguous = which == ON_X;
    a->doubtful = true;
}

void say_locked(enum which which, struct answer *a) {
    say(a, SAID_NO, 403,
        which == ON_X          ? "{\"errors\":[{\"code\":326,\"message\":\"locked\"}]}"
        : which == ON_MASTODON ? "{\"error\":\"Your login is currently disabled\"}"
        : which == ON_BLUESKY  ? "{\"error\":\"AccountTakedown\",\"message\":\"taken down\"}"
                               : "{\"message\":\"Sorry. Your account was suspended.\"}");
    a->danger = true;
}

/* Never a word that confirms, whatever is drawn. */
void say_odd(enum which which, uint32_t count, uint32_t drawn, struct answer *a) {
    static const char *const odd[] = {
        "",
        "{",
        "null",
        "[]",
        "<html>it is well</html>",
        "{\"data\":{\"following\":\"false\"}}",
        "{\"data\":{\"following\":0}}",
        "{\"following\":false}",
        "{\"data\":{\"following\":fal",
        "{\"commit\":true}",
        "{\"commit\":{\"rev\":\"3k\"},\"results\":[{}]}",
        "{\"ok\":true}",
    };
    uint32_t i = drawn % (sizeof odd / sizeof odd[0]);
    if (which == ON_BLUESKY && count > 1 && i == 10)
        i = 9;
    say(a, SAID_NOTHING, 200, odd[i]);
}

void say_broken(enum which which, uint32_t count, uint32_t drawn, struct answer *a) {
    static const int statuses[] = {500, 502, 503, 504, 520, 408};
    int status = statuses[drawn % 6];
    if (which == ON_BLUESKY && count > 1 && status < 500)
        status = 504;
    say(a, SAID_NOTHING, status, drawn % 2 == 0 ? "<html>trouble</html>" : "{\"error\":\"oh\"}");
}

void say_redirect(struct answer *a) {
    say(a, SAID_NO, 302, "");
    add_header(a, "Location: https://elsewhere.example/login\r\n");
    a->redirected = true;
}

/* ---- headers ---- */

static void http_time(int64_t clock_ms, char to[64]) {
    time_t seconds = (time_t)(clock_ms / 1000);
    struct tm parts;
    gmtime_r(&seconds, &parts);
    strftime(to, 64, "%a, %d %b %Y %H:%M:%S GMT", &parts);
}

static void iso_time(int64_t clock_ms, char to[64]) {
    time_t seconds = (time_t)(clock_ms / 1000);
    struct tm parts;
    gmtime_r(&seconds, &parts);
    strftime(to, 64, "%Y-%m-%dT%H:%M:%SZ", &parts);
}

void say_date(int64_t clock_ms, struct answer *a) {
    char text[64];
    http_time(clock_ms, text);
    add_header(a, "Date: %s\r\n", text);
}

/* Resets are told in whole seconds, the next one. */
void say_quota(enum which which, const struct told_quota *q, struct answer *a) {
    static const char *const prefixes[] = {"x-rate-limit-", "X-RateLimit-", "RateLimit-",
                                           "x-ratelimit-"};
    const char *prefix = prefixes[which];
    int64_t reset_s = (q->reset_ms + 999) / 1000;
    char text[64];
    bool day = strcmp(q->budget, "unfollow/1d") == 0;
    if (day)
        prefix = "x-user-limit-24hour-";
    add_header(a, "%slimit: %" PRIu64 "\r\n%sremaining: %" PRIu64 "\r\n", prefix, q->limit, prefix,
               q->left);
    if (which == ON_MASTODON) {
        iso_time(reset_s * 1000, text);
        add_header(a, "%sreset: %s\r\n", prefix, text);
    } else {
        add_header(a, "%sreset: %" PRId64 "\r\n", prefix, reset_s);
    }
    if (which == ON_BLUESKY)
        add_header(a, "RateLimit-Policy: %" PRIu64 ";w=%s\r\n", q->limit,
                   strcmp(q->budget, "points/1h") == 0   ? "3600"
                   : strcmp(q->budget, "points/1d") == 0 ? "86400"
                                                         : "300");
}

void say_retry_after(int64_t at_ms, bool as_date, int64_t clock_ms, struct answer *a) {
    char text[64];
    http_time((at_ms + 999) / 1000 * 1000, text);
    if (as_date)
        add_header(a, "Retry-After: %s\r\n", text);
    else
        add_header(a, "Retry-After: %" PRId64 "\r\n", (at_ms - clock_ms + 999) / 1000);
}
