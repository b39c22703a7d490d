/* Whom the address of a post names: see mastodon_uri.h. Happy path: the path is cut at its slashes,
 * and has one of two forms. Cannot fail: whatever is of another form names nobody. */
#include "formats/mastodon/mastodon_uri.h"

#include "core/http/url.h"
#include "formats/lists/mastodon_csv.h"

#include <string.h>

static bool take(struct text *from, const char *word) {
    size_t size = strlen(word);
    if (from->size < size || memcmp(from->at, word, size) != 0)
        return false;
    *from = (struct text){from->at + size, from->size - (uint32_t)size};
    return true;
}

static bool is_of(char c, const char *others) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c != '\0' && strchr(others, c) != NULL);
}

static struct text take_run(struct text *from, const char *others) {
    struct text run = {from->at, 0};
    while (run.size < from->size && is_of(run.at[run.size], others))
        run.size++;
    *from = (struct text){from->at + run.size, from->size - run.size};
    return run;
}

/* Host and port, where a path or nothing comes behind them. */
static struct text take_host(struct text *from) {
    struct url url;
    const char *start = from->at;
    if (url_read(*from, &url) != URL_FINE || url.user ||
        (url.rest.size > 0 && url.rest.at[0] != '/'))
        return (struct text){start, 0};
    *from = url.rest;
    return url.site;
}

struct text uri_host(struct text uri) {
    return take_host(&uri);
}

/* Letters and digits to the end, as ids of posts are. */
static bool is_number(struct text rest) {
    return take_run(&rest, "").size > 0 && rest.size == 0;
}

bool uri_person(struct text uri, struct uri_person *out) {
    const char *start = uri.at;
    *out = (struct uri_person){.host = take_host(&uri)};
    if (out->host.size == 0)
        return false;
    if (take(&uri, "/users/")) {
        out->name = take_run(&uri, "_.-");
        out->actor = (struct text){start, (uint32_t)(uri.at - start)};
        return out->name.size > 0 && take(&uri, "/statuses/") && is_number(uri);
    }
    if (!take(&uri, "/@"))
        return false;
    out->name = take_run(&uri, "_.-");
    if (out->name.size == 0)
        return false;
    if (take(&uri, "@")) {
        out->at = take_run(&uri, ".-:");
        if (out->at.size == 0)
            return false;
    }
    return take(&uri, "/") && is_number(uri);
}

bool uri_is_below(struct text uri, struct text actor) {
    return actor.size > 0 && uri.size >= actor.size && memcmp(uri.at, actor.at, actor.size) == 0 &&
           (uri.size == actor.size || uri.at[actor.size] == '/');
}

struct text uri_handle(struct text name, struct text host, char room[FACT_HANDLE_MAX + 1]) {
    struct text handle = {room, 0};
    if ((uint64_t)name.size + 1 + host.size > FACT_HANDLE_MAX || name.size == 0 || host.size == 0)
        return handle;
    memcpy(room, name.at, name.size);
    room[name.size] = '@';
    for (uint32_t i = 0; i < host.size; i++) {
        char c = host.at[i];
        room[name.size + 1 + i] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
    }
    handle.size = name.size + 1 + host.size;
    room[handle.size] = '\0';
    return mastodon_is_address(handle) ? handle : (struct text){room, 0};
}
