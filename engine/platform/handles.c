/* Handles in one form: see handles.h. Happy path: nearly all are in that form already, or need
 * small letters alone. Fails by leaving the handle as it is: a host that IDNA does not allow is
 * nobody's, and is shown as the user wrote it. */
#include "platform/handles.h"

#include <idn2.h>
#include <string.h>

#include "core/http/url.h"

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct text without_blanks(struct text t) {
    while (t.size > 0 && is_blank(t.at[0]))
        t = (struct text){t.at + 1, t.size - 1};
    while (t.size > 0 && is_blank(t.at[t.size - 1]))
        t.size--;
    return t;
}

static struct text bare(struct text t) {
    t = without_blanks(t);
    if (t.size > 0 && t.at[0] == '@')
        t = without_blanks((struct text){t.at + 1, t.size - 1});
    return t;
}

static char small(char c) {
    return (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
}

static bool is_plain(struct text t) {
    for (uint32_t i = 0; i < t.size; i++)
        if ((unsigned char)t.at[i] >= 0x80 || small(t.at[i]) != t.at[i])
            return false;
    return true;
}

static bool is_ascii(struct text t) {
    for (uint32_t i = 0; i < t.size; i++)
        if ((unsigned char)t.at[i] >= 0x80)
            return false;
    return true;
}

static bool put(char room[FACT_HANDLE_MAX + 1], uint32_t *used, const char *at, size_t size) {
    if (size > FACT_HANDLE_MAX - *used)
        return false;
    for (size_t i = 0; i < size; i++)
        room[(*used)++] = small(at[i]);
    return true;
}

/* The host behind what is in the room already; a port, which servers under test have, is ASCII. */
static bool put_host(char room[FACT_HANDLE_MAX + 1], uint32_t *used, struct text host) {
    char unicode[FACT_HANDLE_MAX + 1];
    char *ascii = NULL;
    if (is_ascii(host))
        return put(room, used, host.at, host.size);
    if (host.size > FACT_HANDLE_MAX || memchr(host.at, '\0', host.size) != NULL)
        return false;
    memcpy(unicode, host.at, host.size);
    unicode[host.size] = '\0';
    if (idn2_to_ascii_8z(unicode, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK)
        return false;
    bool fits = put(room, used, ascii, strlen(ascii));
    idn2_free(ascii);
    return fits;
}

static struct text host_of(const char *server) {
    struct url u;
    (void)url_read((struct text){server, (uint32_t)strlen(server)}, &u);
    return u.site;
}

/* The name keeps its letters, as the person writes it; the host has one form. */
static struct text at_host(struct text handle, const char *server, char room[FACT_HANDLE_MAX + 1]) {
    const char *at = memchr(handle.at, '@', handle.size);
    uint32_t name = at != NULL ? (uint32_t)(at - handle.at) : handle.size;
    struct text host = host_of(server);
    if (at != NULL)
        host = (struct text){at + 1, handle.size - name - 1};
    if (at != NULL && is_plain(host))
        return handle;
    if (name == 0 || host.size == 0 || name >= FACT_HANDLE_MAX)
        return handle;
    memcpy(room, handle.at, name);
    room[name] = '@';
    uint32_t used = name + 1;
    return put_host(room, &used, host) ? (struct text){room, used} : handle;
}

struct text platform_handle(const struct platform *p, const char *server, struct text handle,
                            char room[FACT_HANDLE_MAX + 1]) {
    uint32_t used = 0;
    handle = bare(handle);
    if (handle.size == 0)
        return handle;
    if (p->handle_form == HANDLE_AT_HOST)
        return at_host(handle, server, room);
    if (p->handle_form == HANDLE_IS_HOST && !is_plain(handle) && put_host(room, &used, handle))
        return (struct text){room, used};
    return handle;
}

void platform_handle_of(const struct platform *p, const char *server, struct facts *facts,
                        char room[FACT_HANDLE_MAX + 1]) {
    if (!facts_known(facts, FACT_HANDLE))
        return;
    struct text handle = platform_handle(p, server, facts_text(facts, FACT_HANDLE), room);
    if (handle.size == 0)
        facts->known &= ~(UINT64_C(1) << FACT_HANDLE);
    else
        facts_set_text(facts, FACT_HANDLE, handle.at, handle.size);
}
