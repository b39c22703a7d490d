/* Addresses on the web: see url.h. Happy path: scheme, host, perhaps a port, and the rest. Fails by
 * a fault, which url_server puts into words. */
#include "core/http/url.h"

#include <string.h>
#include <strings.h>

static bool url_take(struct text *t, const char *word) {
    size_t size = strlen(word);
    if (t->size < size || strncasecmp(t->at, word, size) != 0)
        return false;
    *t = (struct text){t->at + size, t->size - (uint32_t)size};
    return true;
}

static bool is_one_of(char c, const char *set) {
    return c != '\0' && strchr(set, c) != NULL;
}

/* Up to the first of `set`, or all of it. */
static struct text until(struct text t, const char *set) {
    uint32_t size = 0;
    while (size < t.size && !is_one_of(t.at[size], set))
        size++;
    return (struct text){t.at, size};
}

static struct text after(struct text t, uint32_t size) {
    return (struct text){t.at + size, t.size - size};
}

static bool is_host_char(unsigned char c, bool brackets) {
    bool hex = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
    if (brackets)
        return hex || c == ':' || c == '.';
    /* names in other letters are written so too; an underscore stands in names of test machines */
    return hex || ((c | 0x20) >= 'g' && (c | 0x20) <= 'z') || is_one_of((char)c, "-._") ||
           c >= 0x80;
}

/* "name" or "[address]" at the start of `site`. */
static struct text host_of(struct text site) {
    bool brackets = site.size > 0 && site.at[0] == '[';
    struct text host = until(site, brackets ? "]" : ":");
    if (brackets && host.size == site.size)
        return (struct text){site.at, 0};
    host.size += brackets;
    for (uint32_t i = brackets; i < host.size - brackets; i++)
        if (!is_host_char((unsigned char)host.at[i], brackets))
            return (struct text){site.at, 0};
    return host.size > 2u * brackets ? host : (struct text){site.at, 0};
}

static bool read_port(struct text t, uint16_t *out) {
    uint32_t port = 0;
    if (t.size < 2 || t.size > 6 || t.at[0] != ':')
        return t.size == 0;
    for (uint32_t i = 1; i < t.size; i++) {
        if (t.at[i] < '0' || t.at[i] > '9')
            return false;
        port = port * 10 + (uint32_t)(t.at[i] - '0');
    }
    *out = (uint16_t)port;
    return port > 0 && port <= UINT16_MAX;
}

enum url_fault url_read(struct text t, struct url *out) {
    *out = (struct url){.https = url_take(&t, "https://")};
    if (!out->https && !url_take(&t, "http://"))
        return URL_NO_SCHEME;
    out->site = until(t, "/?#\\");
    out->rest = after(t, out->site.size);
    for (uint32_t i = out->site.size; i > 0 && !out->user; i--)
        if (out->site.at[i - 1] == '@') {
            out->user = true;
            out->site = after(out->site, i);
        }
    out->host = host_of(out->site);
    out->port = out->https ? 443 : 80;
    if (out->host.size == 0)
        return URL_BAD_HOST;
    return read_port(after(out->site, out->host.size), &out->port) ? URL_FINE : URL_BAD_PORT;
}

static bool is_name(struct text t, const char *name) {
    return t.size == strlen(name) && strncasecmp(t.at, name, t.size) == 0;
}

/* 127 and three more numbers of at most 255, written as people do: "127.1" is not. */
static bool is_loopback_v4(struct text host) {
    unsigned parts = 0;
    while (host.size > 0 && parts < 4) {
        struct text part = until(host, ".");
        unsigned number = 0;
        for (uint32_t i = 0; i < part.size && part.size <= 3; i++)
            number = part.at[i] < '0' || part.at[i] > '9'
                         ? 256
                         : number * 10 + (unsigned)(part.at[i] - '0');
        if (part.size == 0 || part.size > 3 || number > 255 ||
            (part.size > 1 && part.at[0] == '0') || (parts == 0 && number != 127))
            return false;
        parts++;
        host = after(host, part.size + (part.size < host.size));
        if (host.size == 0)
            return parts == 4 && host.at[-1] != '.';
    }
    return false;
}

bool url_is_local(const struct url *u) {
    return is_name(u->host, "localhost") || is_name(u->host, "[::1]") || is_loopback_v4(u->host);
}

static int check_server(const char *server, const struct url *u, enum url_fault fault,
                        struct winnow_error *err) {
    if (strchr(server, '@') != NULL || u->rest.size > 1 ||
        (u->rest.size == 1 && u->rest.at[0] != '/'))
        return winnow_fail(err, WINNOW_USAGE, /* not repeated: a password may stand in it */
                           "the server is more than an origin like https://mastodon.social: "
                           "leave out path, user and query");
    if (fault == URL_NO_SCHEME || (fault == URL_BAD_HOST && u->site.size == 0))
        return winnow_fail(err, WINNOW_USAGE,
                           "%.128s is no server: give its origin like https://mastodon.social",
                           server);
    if (fault == URL_BAD_HOST)
        return winnow_fail(err, WINNOW_USAGE,
                           "%.128s is no server: a host's name has letters, digits, dots and "
                           "dashes, as in https://mastodon.social",
                           server);
    if (fault == URL_BAD_PORT)
        return winnow_fail(err, WINNOW_USAGE,
                           "%.128s is no server: behind the host's name may stand a port from 1 to "
                           "65535",
                           server);
    if (!u->https && !url_is_local(u))
        return winnow_fail(err, WINNOW_USAGE,
                           "%.128s would send the credential in the clear: use https (http is for "
                           "loopback addresses)",
                           server);
    return 0;
}

int url_server(const char *server, struct buffer *origin, bool *plain, struct winnow_error *err) {
    struct url u;
    enum url_fault fault = url_read((struct text){server, (uint32_t)strnlen(server, 65536)}, &u);
    if (check_server(server, &u, fault, err) != 0)
        return -1;
    buffer_clear(origin);
    buffer_add_text(origin, u.https ? "https://" : "http://");
    for (uint32_t i = 0; i < u.site.size; i++) {
        char c = u.site.at[i];
        char small = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
        buffer_add(origin, &small, 1);
    }
    if (plain != NULL)
        *plain = !u.https;
    if (origin->failed && u.site.size + sizeof "https://" <= origin->max)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory; close other programs");
    if (origin->failed)
        return winnow_fail(err, WINNOW_USAGE, "the server's name is longer than %zu bytes",
                           origin->max);
    return 0;
}
