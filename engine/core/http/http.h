/* The shapes of a request and a response, between the adapters that write and read them and the
 * network that carries them. No I/O here. */
#ifndef CORE_HTTP_HTTP_H
#define CORE_HTTP_HTTP_H

#include "core/base/buffer.h"
#include "core/facts/facts.h"
#include "core/limiter/limiter.h"

enum http_method { HTTP_GET, HTTP_POST, HTTP_PUT, HTTP_DELETE };

/* Which secret goes into the Authorization header. The network layer adds it, so that no log or
 * error ever holds one; secrets in a body are those of logins: Bluesky's password, OAuth's codes,
 * verifiers and refresh tokens. */
enum http_secret {
    HTTP_NO_SECRET,
    HTTP_ACCESS_TOKEN,
    HTTP_REFRESH_TOKEN,
    HTTP_CLIENT_SECRET, /* an app's id and secret, as "Basic"; the others as "Bearer" */
};

#define HTTP_TARGET_MAX   ((size_t)16 * 1024)
#define HTTP_BODY_MAX     ((size_t)256 * 1024)      /* of a request */
#define HTTP_HEADERS_MAX  ((size_t)32 * 1024)       /* of a response, all lines together */
#define HTTP_RESPONSE_MAX ((size_t)8 * 1024 * 1024) /* a page of 1,000 X users is about 1 MB */

/* Where the body of a 200 goes as it comes, instead of into memory: for what may have more bytes
 * than HTTP_RESPONSE_MAX. The body of any other status comes as always. It may take
 * HTTP_FILE_TIMEOUT_MS, as long as bytes come. */
struct http_file {
    int fd;        /* the caller's, open until the answer came; written from where it stands */
    uint64_t max;  /* bytes, after decoding; more are HTTP_TOO_LARGE */
    uint64_t size; /* written so far */
    void (*progress)(void *context, uint64_t size); /* may be NULL */
    void *context;
};
#define HTTP_FILE_TIMEOUT_MS INT64_C(3600000)

struct http_request {
    enum http_method method;
    enum http_secret secret;
    struct buffer target;     /* path and query on the campaign's server: "/2/users/me" */
    struct buffer body;       /* empty: no body */
    const char *content_type; /* static text; NULL when there is no body */
    const char *accept;       /* static text; NULL: application/json */
    enum budget_call call;    /* what it counts as, where a platform limits its calls one by one */
    const char *header;       /* one more line, "Name: value", static text; NULL: none */
    struct http_file *file;   /* the caller's; NULL: the body comes in memory */
};

void http_request_init(struct http_request *r);
void http_request_clear(struct http_request *r); /* for use again */
void http_request_free(struct http_request *r);

const char *http_method_name(enum http_method method);

/* How a transfer ended. Only HTTP_DONE has a status. */
enum http_end {
    HTTP_DONE,      /* a whole response arrived */
    HTTP_NOT_SENT,  /* nothing of the request can have reached the server: no connection */
    HTTP_IN_DOUBT,  /* sent, or perhaps sent, and no whole response: cut, timed out */
    HTTP_TOO_LARGE, /* a response over the caps; the effect is in doubt too */
    HTTP_REFUSED,   /* not sent, by our own rules: not https, a redirect, a bad certificate */
};

struct http_response {
    enum http_end end;
    int status;          /* 100..599 */
    struct text headers; /* raw lines "Name: value\r\n", status line excluded */
    struct text body;    /* decoded; not ended by a zero */
    int64_t received_ms; /* engine time at which it was complete */
    char detail[160];    /* for HTTP_NOT_SENT and worse: why, for a person; never a secret */
};

/* The value of the first header of that name (ASCII case ignored), trimmed; false when absent. */
bool http_header(const struct http_response *r, const char *name, struct text *value);

#endif
