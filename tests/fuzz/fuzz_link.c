/* Link headers. What must be true: a walk over them ends, each link lies inside the headers, and a
 * target that passes holds nothing that could end a request line or leave the prefix. */
#include "fuzz.h"

#include "platform/wire/link.h"

#include <strings.h>

static void check_target(struct text url, const char *prefix) {
    struct text target = {"", 0};
    if (!link_target(url, prefix, &target))
        return;
    MUST(link_target_clean(target, prefix));
    MUST(target.size >= strlen(prefix) && target.size <= LINK_TARGET_MAX);
    MUST(strncasecmp(target.at, prefix, strlen(prefix)) == 0);
    for (uint32_t i = 0; i < target.size; i++)
        MUST(target.at[i] > 0x20 && target.at[i] < 0x7f);
    uint32_t path = 0;
    while (path < target.size && target.at[path] != '?')
        path++;
    for (uint32_t i = 1; i < path; i++)
        MUST(!(target.at[i] == '.' && target.at[i - 1] == '.') &&
             !(target.at[i] == '/' && target.at[i - 1] == '/'));
}

static bool inside(const struct http_response *in, struct text t) {
    return t.size == 0 ||
           (t.at >= in->headers.at && t.at + t.size <= in->headers.at + in->headers.size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *headers = exact_copy(data, size);
    struct http_response in = {
        .end = HTTP_DONE, .status = 200, .headers = {headers, (uint32_t)size}};
    struct link_walk walk = {0};
    struct link link;
    size_t count = 0;
    while (link_next(&in, &walk, &link)) {
        MUST(++count <= size);
        MUST(inside(&in, link.url) && inside(&in, link.rel));
        (void)link_is(&link, "next");
        check_target(link.url, "/api/v1/accounts/1/following");
        check_target(link.url, "/user/following");
    }
    check_target((struct text){headers, (uint32_t)size}, "/user/following");
    free(headers);
    return 0;
}
