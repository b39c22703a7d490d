/* Forms: see form.h. Happy path: pairs in, pairs out. Fails, in form_value, on anything that is not
 * as a browser writes it; in form_add only by the buffer's maximum. */
#include "core/http/form.h"

#include <string.h>

void form_add(struct buffer *out, const char *key, const char *value) {
    if (out->size > 0 && out->at[out->size - 1] != '?' && out->at[out->size - 1] != '&')
        buffer_add_text(out, "&");
    buffer_add_text(out, key);
    buffer_add_text(out, "=");
    buffer_add_url(out, value, strlen(value));
}

static int hex(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* One character at `*at`, which goes on behind it; -1 when it is half an escape. */
static int character(const char **at, const char *end) {
    char c = *(*at)++;
    if (c == '+')
        return ' ';
    if (c != '%')
        return (unsigned char)c;
    if (end - *at < 2 || hex((*at)[0]) < 0 || hex((*at)[1]) < 0)
        return -1;
    int value = hex((*at)[0]) * 16 + hex((*at)[1]);
    *at += 2;
    return value;
}

static bool decode(const char *at, const char *end, char *out, size_t room) {
    size_t size = 0;
    while (at < end) {
        int c = character(&at, end);
        if (c < 0x20 || c == 0x7f || size + 1 >= room)
            return false;
        out[size++] = (char)c;
    }
    out[size] = '\0';
    return true;
}

bool form_value(struct text form, const char *key, char *out, size_t room) {
    size_t size = strlen(key);
    const char *at = form.at;
    const char *all_end = form.at + form.size;
    while (at < all_end) {
        const char *end = memchr(at, '&', (size_t)(all_end - at));
        if (end == NULL)
            end = all_end;
        if ((size_t)(end - at) > size && at[size] == '=' && memcmp(at, key, size) == 0)
            return decode(at + size + 1, end, out, room);
        at = end + 1;
    }
    return false;
}
