/* Recorded responses for the adapters' tests: a file is one HTTP response. The engine's clock is
 * ten seconds behind the server's, so that a time that is not corrected by the Date header shows.
 */
#ifndef PLATFORM_RECORDED_H
#define PLATFORM_RECORDED_H

#include "cmocka_all.h"

#include "core/http/http.h"
#include "platform/platform.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DATE_MS     INT64_C(1795491000000) /* 2026-11-24T03:30:00Z, the hand-made files' Date */
#define RECEIVED_MS (DATE_MS - 10000)

#define UNIT_DIR SOURCE_DIR "/tests/unit/recorded/"
#define PDS_DIR  SOURCE_DIR "/tests/e2e/recorded/"

static const struct platform_account account_x = {"813286", "BarackObama", 0, false};
static const struct platform_account account_mastodon = {"1", "trwnh", 0, false};
static const struct platform_account account_bluesky = {"did:plc:p424pq3i3lovzq6sxvf2ygjk", "", 0,
                                                        false};
static const struct platform_account account_github = {"583231", "octocat", 0, false};

static inline const struct platform_account *account_of(const struct platform *p) {
    return p == &platform_x          ? &account_x
           : p == &platform_mastodon ? &account_mastodon
           : p == &platform_bluesky  ? &account_bluesky
                                     : &account_github;
}

struct recorded {
    char *bytes; /* owned; the response is a view into it */
    struct http_response response;
};

/* Exact copies, so that a sanitizer sees a read behind the end. */
static inline void recorded_make(struct recorded *r, int status, const char *headers,
                                 const char *body, size_t body_size) {
    size_t head = strlen(headers);
    r->bytes = malloc(head + body_size + 1);
    assert_non_null(r->bytes);
    memcpy(r->bytes, headers, head);
    if (body_size != 0)
        memcpy(r->bytes + head, body, body_size);
    r->response = (struct http_response){.end = HTTP_DONE,
                                         .status = status,
                                         .headers = {r->bytes, (uint32_t)head},
                                         .body = {r->bytes + head, (uint32_t)body_size},
                                         .received_ms = RECEIVED_MS};
}

static inline bool recorded_read(struct recorded *r, const char *directory,
                                 const struct platform *p, const char *name) {
    char path[512];
    snprintf(path, sizeof path, "%s%s/%s.http", directory, p->name, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return false;
    static char file_bytes[65536];
    size_t size = fread(file_bytes, 1, sizeof file_bytes - 1, file);
    fclose(file);
    file_bytes[size] = '\0';
    char *line = strchr(file_bytes, '\n');
    char *blank = strstr(file_bytes, "\r\n\r\n");
    assert_non_null(line);
    assert_non_null(blank);
    blank[2] = '\0';
    const char *body = blank + 4;
    recorded_make(r, (int)strtol(file_bytes + 9, NULL, 10), line + 1, body,
                  size - (size_t)(body - file_bytes));
    return true;
}

static inline void recorded_load(struct recorded *r, const struct platform *p, const char *name) {
    if (!recorded_read(r, UNIT_DIR, p, name) && !recorded_read(r, PDS_DIR, p, name))
        fail_msg("no recorded response %s/%s", p->name, name);
}

static inline void recorded_free(struct recorded *r) {
    free(r->bytes);
    r->bytes = NULL;
}

#endif
