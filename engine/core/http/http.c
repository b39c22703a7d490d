/* Requests and responses as values: see http.h. Pure; cannot fail but by a full buffer. */
#include "core/http/http.h"

#include <string.h>
#include <strings.h>

void http_request_init(struct http_request *r) {
    *r = (struct http_request){.method = HTTP_GET};
    buffer_init(&r->target, HTTP_TARGET_MAX);
    buffer_init(&r->body, HTTP_BODY_MAX);
}

void http_request_clear(struct http_request *r) {
    buffer_clear(&r->target);
    buffer_clear(&r->body);
    r->method = HTTP_GET;
    r->secret = HTTP_NO_SECRET;
    r->content_type = NULL;
    r->accept = NULL;
    r->call = CALL_OTHER;
    r->file = NULL;
}

void http_request_free(struct http_request *r) {
    buffer_free(&r->target);
    buffer_free(&r->body);
}

const char *http_method_name(enum http_method method) {
    static const char *const names[] = {"GET", "POST", "PUT", "DELETE"};
    return names[method];
}

static struct text trimmed(const char *at, const char *end) {
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    while (end > at && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
        end--;
    return (struct text){at, (uint32_t)(end - at)};
}

bool http_header(const struct http_response *r, const char *name, struct text *value) {
    if (r->headers.size == 0) /* perhaps no text at all */
        return false;
    size_t size = strlen(name);
    const char *at = r->headers.at;
    const char *all_end = at + r->headers.size;
    while (at < all_end) {
        const char *end = memchr(at, '\n', (size_t)(all_end - at));
        if (end == NULL)
            end = all_end;
        if ((size_t)(end - at) > size && at[size] == ':' && strncasecmp(at, name, size) == 0) {
            *value = trimmed(at + size + 1, end);
            return true;
        }
        at = end + 1;
    }
    return false;
}
