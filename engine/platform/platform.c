/* The platforms by name, and the syntax of their ids. Happy path: platform_find, then the
 * adapter's own functions. Fails with WINNOW_BAD_INPUT, saying what is expected. */
#include "platform/platform.h"

#include "core/base/foreign.h"
#include "platform/ids.h"

#include <string.h>

static const struct {
    const struct platform *platform;
    bool (*id)(struct text t);
    bool (*also)(struct text t); /* another syntax of ids; NULL: none */
    bool (*handle)(struct text t);
    const char *id_expected;
    const char *account_expected;
} known[] = {
    {&platform_x, id_x, NULL, handle_x, "1 to 19 digits, the first of them no zero",
     "an id of 1 to 19 digits, or a handle of at most 15 letters, digits and _"},
    {&platform_mastodon, id_mastodon, NULL, handle_mastodon,
     "at most 64 letters, digits, _ and - (the id on your server, not the handle)",
     "an id on your server, or a handle such as name@example.social"},
    {&platform_bluesky, id_did, NULL, handle_host, "a DID such as did:plc:ewvi7nxzyoun6zhxrhs64oiz",
     "a DID such as did:plc:ewvi7nxzyoun6zhxrhs64oiz, or a handle such as name.bsky.social"},
    {&platform_github, id_github, id_login, id_login,
     "an id in digits, the first of them no zero, or a login",
     "an id in digits, or a login of at most 39 letters, digits, - and _"},
};

#define KNOWN_COUNT (sizeof known / sizeof known[0])

const struct platform_relation platform_relation_unknown = {TRI_UNKNOWN, TRI_UNKNOWN, false, false};

const struct platform *platform_at(size_t number) {
    return number < KNOWN_COUNT ? known[number].platform : NULL;
}

const struct platform *platform_find(const char *name) {
    for (size_t i = 0; i < KNOWN_COUNT; i++)
        if (strcmp(known[i].platform->name, name) == 0)
            return known[i].platform;
    return NULL;
}

static int refuse(const struct platform *p, struct text t, const char *what, const char *expected,
                  struct winnow_error *err) {
    char shown[FOREIGN_SHOWN_MAX + 1];
    foreign_show(t, shown, sizeof shown);
    return winnow_fail(err, WINNOW_BAD_INPUT, "\"%s\" is no %s of %s: expected %s", shown, what,
                       p->title, expected);
}

int platform_check_id(const struct platform *p, const char *id, size_t size,
                      struct winnow_error *err) {
    struct text t = {id, size > UINT32_MAX ? UINT32_MAX : (uint32_t)size};
    for (size_t i = 0; i < KNOWN_COUNT; i++) {
        if (known[i].platform != p)
            continue;
        if (known[i].id(t) || (known[i].also != NULL && known[i].also(t)))
            return 0;
        return refuse(p, t, "id", known[i].id_expected, err);
    }
    return refuse(p, t, "id", "a platform that winnow knows", err);
}

int platform_check_exact_id(const struct platform *p, struct text id, struct winnow_error *err) {
    for (size_t i = 0; i < KNOWN_COUNT; i++)
        if (known[i].platform == p && known[i].id(id))
            return 0;
    for (size_t i = 0; i < KNOWN_COUNT; i++)
        if (known[i].platform == p)
            return refuse(p, id, "id",
                          known[i].also == NULL
                              ? known[i].id_expected
                              : "digits, the first of them no zero (a login is a handle)",
                          err);
    return refuse(p, id, "id", "a platform that winnow knows", err);
}

int platform_check_account(const struct platform *p, const char *account, size_t size,
                           struct winnow_error *err) {
    struct text t = {account, size > UINT32_MAX ? UINT32_MAX : (uint32_t)size};
    for (size_t i = 0; i < KNOWN_COUNT; i++) {
        if (known[i].platform != p)
            continue;
        if (known[i].id(t) || known[i].handle(t))
            return 0;
        return refuse(p, t, "account", known[i].account_expected, err);
    }
    return refuse(p, t, "account", "a platform that winnow knows", err);
}
