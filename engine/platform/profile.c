/* Links to profiles: see profile.h. Happy path: the platform's prefix, then the id or the handle.
 *
 * https://x.com/i/user/ID leads to whoever has that id; https://bsky.app/profile/ takes DIDs as
 * well as handles; Mastodon's web pages are /@name and /@name@host; GitHub's are /login. */
#include "platform/profile.h"

#include <stdio.h>
#include <string.h>

struct page {
    const char *prefix;
    struct text who;
};

static struct page page_of(const struct platform *p, struct text id, struct text handle) {
    if (p->profiles.by_id != NULL && id.size > 0)
        return (struct page){p->profiles.by_id, id};
    return (struct page){p->profiles.by_handle, handle};
}

static bool is_plain(unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("-._~@:", c) != NULL);
}

bool platform_profile_link(const struct platform *p, const char *server, struct text id,
                           struct text handle, char out[PROFILE_LINK_SIZE]) {
    static const char digits[] = "0123456789ABCDEF";
    struct page page = page_of(p, id, handle);
    const char *site = p->profiles.site != NULL ? p->profiles.site : server;
    int begun = snprintf(out, PROFILE_LINK_SIZE, "%s%s", site, page.prefix);
    size_t used = begun < 0 ? PROFILE_LINK_SIZE : (size_t)begun;
    if (page.who.size == 0 || used + 3 * (size_t)page.who.size >= PROFILE_LINK_SIZE) {
        out[0] = '\0';
        return false;
    }
    for (uint32_t i = 0; i < page.who.size; i++) {
        unsigned char c = (unsigned char)page.who.at[i];
        if (is_plain(c)) {
            out[used++] = (char)c;
            continue;
        }
        out[used++] = '%';
        out[used++] = digits[c >> 4];
        out[used++] = digits[c & 15];
    }
    out[used] = '\0';
    return true;
}
