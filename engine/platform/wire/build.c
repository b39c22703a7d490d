/* Building requests: see build.h. Happy path: begin, values, end. Fails only when an id is not
 * of its platform's syntax or the target grows over HTTP_TARGET_MAX. */
#include "platform/wire/build.h"

#include "core/base/foreign.h"

#include <string.h>

void build_begin(struct http_request *out, enum http_method method, const char *path) {
    http_request_clear(out);
    out->method = method;
    out->secret = HTTP_ACCESS_TOKEN;
    buffer_add_text(&out->target, path);
}

void build_value(struct http_request *out, struct text value) {
    buffer_add_url(&out->target, value.at, value.size);
}

int build_end(const struct http_request *out, struct winnow_error *err) {
    if (out->target.failed || out->body.failed)
        return winnow_fail(err, WINNOW_NO_MEMORY,
                           "a request would be larger than winnow sends, or memory ran out");
    return 0;
}

int build_check(bool good, const char *what, struct text value, struct winnow_error *err) {
    if (good)
        return 0;
    char shown[FOREIGN_SHOWN_MAX + 1];
    foreign_show(value, shown, sizeof shown);
    return winnow_fail(err, WINNOW_BAD_INPUT, "%s \"%s\" is not one that the platform gives", what,
                       shown);
}

struct text build_text(const char *z) {
    return (struct text){z, (uint32_t)strlen(z)};
}
