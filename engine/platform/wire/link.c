/* The Link header: see link.h. Happy path: `<https://host/path?query>; rel="next", <...>; ...`.
 * What is not of that form is passed over; a malformed header ends the walk. */
#include "platform/wire/link.h"

#include "core/base/foreign.h"
#include "core/http/url.h"
#include "platform/wire/answer.h"

#include <string.h>

static struct text from(struct text t, size_t at) {
    return (struct text){t.at + at, t.size - (uint32_t)at};
}

static size_t find(struct text t, size_t at, char c) {
    const char *hit = at < t.size ? memchr(t.at + at, c, t.size - at) : NULL;
    return hit == NULL ? t.size : (size_t)(hit - t.at);
}

/* Where the parameters that start at `at` end: at a comma outside quotes. */
static size_t params_end(struct text t, size_t at) {
    bool quoted = false;
    for (; at < t.size && (quoted || t.at[at] != ','); at++)
        if (t.at[at] == '"')
            quoted = !quoted;
    return at;
}

/* The value of rel among `; name=value; name="value"`. */
static struct text rel_of(struct text params) {
    for (size_t at = find(params, 0, ';'); at < params.size; at = find(params, at, ';')) {
        at++;
        while (at < params.size && params.at[at] == ' ')
            at++;
        if (!foreign_starts(from(params, at), "rel="))
            continue;
        struct text value = from(params, at + 4);
        if (value.size > 0 && value.at[0] == '"') {
            value = from(value, 1);
            value.size = (uint32_t)find(value, 0, '"');
        } else {
            value.size = (uint32_t)find(value, 0, ';');
        }
        return value;
    }
    return (struct text){"", 0};
}

bool link_next(const struct http_response *in, struct link_walk *walk, struct link *out) {
    for (;;) {
        size_t open = find(walk->rest, 0, '<');
        size_t close = find(walk->rest, open, '>');
        if (close >= walk->rest.size) {
            if (!header_next(in, "Link", &walk->offset, &walk->rest))
                return false;
            continue;
        }
        size_t end = params_end(walk->rest, close + 1);
        out->url = (struct text){walk->rest.at + open + 1, (uint32_t)(close - open - 1)};
        out->rel = rel_of((struct text){walk->rest.at + close + 1, (uint32_t)(end - close - 1)});
        walk->rest = from(walk->rest, end);
        return true;
    }
}

bool link_is(const struct link *l, const char *rel) {
    size_t at = 0;
    while (at < l->rel.size) {
        size_t end = find(l->rel, at, ' ');
        if (foreign_is((struct text){l->rel.at + at, (uint32_t)(end - at)}, rel))
            return true;
        at = end + 1;
    }
    return false;
}

bool link_target_clean(struct text target, const char *prefix) {
    if (target.size > LINK_TARGET_MAX || !foreign_starts(target, prefix))
        return false;
    for (uint32_t i = 0; i < target.size; i++) {
        unsigned char c = (unsigned char)target.at[i];
        if (c <= 0x20 || c >= 0x7f || strchr("\"#<>\\^`{|}", c) != NULL)
            return false;
    }
    struct text path = {target.at, (uint32_t)find(target, 0, '?')};
    return !foreign_has(path, "..") && !foreign_has(path, "//") && !foreign_has(path, "%2e");
}

bool link_target(struct text url, const char *prefix, struct text *target) {
    struct url u;
    *target = url_read(url, &u) == URL_NO_SCHEME ? url : u.rest;
    return link_target_clean(*target, prefix);
}
