/* The origin of a campaign's server: see http_origin.h. Happy path: "https://api.x.com" comes out
 * as it went in. Fails on anything that is more, or less, than an origin, with what to write
 * instead; a user and password in it are not repeated in the error. */
#include "io/http/http_origin.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

/* 1 there, 0 absent, -1 out of memory, which is not absent. */
static int part_of(CURLU *url, CURLUPart part, char **text) {
    CURLUcode code = curl_url_get(url, part, text, 0);
    return code == CURLUE_OK ? 1 : code == CURLUE_OUT_OF_MEMORY ? -1 : 0;
}

/* CURLUPARTs that an origin has not; a path of "/" is forgiven. 1 bare, 0 not, -1 out of memory. */
static int is_bare(CURLU *url) {
    static const CURLUPart parts[] = {CURLUPART_USER,     CURLUPART_PASSWORD, CURLUPART_OPTIONS,
                                      CURLUPART_FRAGMENT, CURLUPART_QUERY,    CURLUPART_PATH};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        char *text = NULL;
        int there = part_of(url, parts[i], &text);
        if (there < 0)
            return -1;
        bool forgiven = there == 0 || (parts[i] == CURLUPART_PATH && strcmp(text, "/") == 0);
        curl_free(text);
        if (!forgiven)
            return 0;
    }
    return 1;
}

static bool name_is_loopback(const char *host) {
    struct in_addr v4;
    if (strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0)
        return true;
    return inet_pton(AF_INET, host, &v4) == 1 && ntohl(v4.s_addr) >> 24 == 127;
}

bool http_address_is_loopback(const struct curl_sockaddr *address) {
    if (address->family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, &address->addr, sizeof v4);
        return ntohl(v4.sin_addr.s_addr) >> 24 == 127;
    }
    if (address->family == AF_INET6) {
        struct sockaddr_in6 v6; /* larger than the sockaddr it lies over; curl gives the room */
        memcpy(&v6, &address->addr, sizeof v6);
        return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
    }
    return false;
}

static int not_an_origin(struct winnow_error *err) {
    return winnow_fail(err, WINNOW_BAD_INPUT,
                       "the server must be an origin like https://api.x.com: scheme, host and "
                       "perhaps a port, without user, path or query");
}

static int no_memory(struct winnow_error *err) {
    return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory; close other programs");
}

static int join(const char *scheme, const char *host, const char *port, struct buffer *origin,
                bool *plain, struct winnow_error *err) {
    *plain = strcmp(scheme, "http") == 0;
    if (!*plain && strcmp(scheme, "https") != 0)
        return not_an_origin(err);
    if (*plain && !name_is_loopback(host))
        return winnow_fail(err, WINNOW_BAD_INPUT,
                           "http to %.200s would send the credential in clear text: use https "
                           "(http is for 127.0.0.1, ::1 and localhost only)",
                           host);
    buffer_clear(origin);
    buffer_addf(origin, "%s://%s%s%s", scheme, host, port == NULL ? "" : ":",
                port == NULL ? "" : port);
    size_t needed = strlen(scheme) + 3 + strlen(host) + (port == NULL ? 0 : 1 + strlen(port));
    if (origin->failed && needed < HTTP_ORIGIN_MAX)
        return no_memory(err);
    if (origin->failed)
        return winnow_fail(err, WINNOW_BAD_INPUT, "the server's name is longer than %d bytes",
                           HTTP_ORIGIN_MAX);
    return 0;
}

static int read_parts(CURLU *url, const char *server, struct buffer *origin, bool *plain,
                      struct winnow_error *err) {
    char *scheme = NULL, *host = NULL, *port = NULL;
    int result = -1;
    CURLUcode set = curl_url_set(url, CURLUPART_URL, server, CURLU_NON_SUPPORT_SCHEME);
    int ok = set == CURLUE_OK ? is_bare(url) : set == CURLUE_OUT_OF_MEMORY ? -1 : 0;
    if (ok == 1)
        ok = part_of(url, CURLUPART_SCHEME, &scheme);
    if (ok == 1)
        ok = part_of(url, CURLUPART_HOST, &host);
    if (ok == 1 && part_of(url, CURLUPART_PORT, &port) < 0) /* absent: the scheme's own */
        ok = -1;
    if (ok == 1)
        result = join(scheme, host, port, origin, plain, err);
    else
        (void)(ok < 0 ? no_memory(err) : not_an_origin(err));
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    return result;
}

int http_origin_read(const char *server, struct buffer *origin, bool *plain,
                     struct winnow_error *err) {
    CURLU *url = curl_url();
    if (url == NULL)
        return no_memory(err);
    int result = read_parts(url, server, origin, plain, err);
    curl_url_cleanup(url);
    return result;
}
