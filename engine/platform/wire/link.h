/* The Link header (RFC 8288), as Mastodon and GitHub page with it. */
#ifndef PLATFORM_WIRE_LINK_H
#define PLATFORM_WIRE_LINK_H

#include "core/http/http.h"

#define LINK_TARGET_MAX 2048

/* One link after another, over all Link headers. Starts zeroed. */
struct link_walk {
    size_t offset; /* behind the header that `rest` is of */
    struct text rest;
};

struct link {
    struct text url;
    struct text rel; /* may hold several names, parted by spaces */
};

bool link_next(const struct http_response *in, struct link_walk *walk, struct link *out);
bool link_is(const struct link *l, const char *rel);

/* Path and query of a link's URL: the only part of it that is ever used, so that a link to
 * another host is a request to ours. False when it is not clean: not under `prefix`, longer than
 * LINK_TARGET_MAX, or with a byte that a request line must not hold. */
bool link_target(struct text url, const char *prefix, struct text *target);

/* The same check for a target that comes back as a cursor. */
bool link_target_clean(struct text target, const char *prefix);

#endif
