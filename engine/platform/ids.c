/* The syntax of ids, handles and keys: see ids.h. Pure; cannot fail. */
#include "platform/ids.h"

#include "core/base/foreign.h"

#include <string.h>

#define DIGITS  "0123456789"
#define LOWER   "abcdefghijklmnopqrstuvwxyz"
#define LETTERS LOWER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

static bool made_of(struct text t, const char *allowed, size_t max) {
    if (t.size == 0 || t.size > max)
        return false;
    for (uint32_t i = 0; i < t.size; i++)
        if (t.at[i] == '\0' || strchr(allowed, t.at[i]) == NULL)
            return false;
    return true;
}

static bool is_digits(struct text t) {
    for (uint32_t i = 0; i < t.size; i++)
        if (t.at[i] < '0' || t.at[i] > '9')
            return false;
    return t.size > 0;
}

static bool is_number(struct text t) {
    return t.size <= 19 && is_digits(t) && (t.size == 1 || t.at[0] != '0');
}

bool id_x(struct text t) {
    return is_number(t);
}

/* A ULID, or 32 digits of snac's, may begin with a zero and have no letter. */
bool id_mastodon(struct text t) {
    return is_number(t) || (made_of(t, LETTERS DIGITS "_-", 64) && (t.size > 20 || !is_digits(t)));
}

/* "did:", a method of small letters, ":", and the rest. */
bool id_did(struct text t) {
    if (t.size > FACT_ID_MAX || t.size < 4 || memcmp(t.at, "did:", 4) != 0)
        return false;
    const char *colon = memchr(t.at + 4, ':', t.size - 4);
    if (colon == NULL)
        return false;
    struct text method = {t.at + 4, (uint32_t)(colon - t.at - 4)};
    struct text rest = {colon + 1, (uint32_t)(t.at + t.size - colon - 1)};
    return made_of(method, LOWER, FACT_ID_MAX) &&
           made_of(rest, LETTERS DIGITS "._:%-", FACT_ID_MAX) && rest.at[rest.size - 1] != ':' &&
           rest.at[rest.size - 1] != '%';
}

bool id_rkey(struct text t) {
    return made_of(t, LETTERS DIGITS "._:~-", 512) && !foreign_is(t, ".") && !foreign_is(t, "..");
}

bool id_github(struct text t) {
    return is_number(t);
}

bool id_login(struct text t) {
    return made_of(t, LETTERS DIGITS "_-", 39);
}

bool handle_x(struct text t) {
    return made_of(t, LETTERS DIGITS "_", 15);
}

bool handle_host(struct text t) {
    return made_of(t, LETTERS DIGITS ".-", 253) && memchr(t.at, '.', t.size) != NULL &&
           t.at[0] != '.' && t.at[t.size - 1] != '.';
}

/* The host may have a port on a test machine. */
bool handle_mastodon(struct text t) {
    const char *at = memchr(t.at, '@', t.size);
    if (at == NULL)
        return made_of(t, LETTERS DIGITS "._-", 64);
    struct text name = {t.at, (uint32_t)(at - t.at)};
    struct text host = {at + 1, (uint32_t)(t.at + t.size - at - 1)};
    return made_of(name, LETTERS DIGITS "._-", 64) && made_of(host, LETTERS DIGITS ".:-", 253);
}
