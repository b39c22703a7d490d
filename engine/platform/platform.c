/* The platforms by name, and whether an id is one of theirs. Happy path: platform_find, then the
 * adapter's own functions. Fails with WINNOW_BAD_INPUT, saying what is expected. */
#include "platform/platform.h"

#include "core/base/foreign.h"

#include <string.h>

#define LISTED(name) &platform_##name,
static const struct platform *const known[] = {PLATFORMS(LISTED)};

#define KNOWN_COUNT (sizeof known / sizeof known[0])

const struct platform_relation platform_relation_unknown = {TRI_UNKNOWN, TRI_UNKNOWN, false, false};

const struct platform *platform_at(size_t number) {
    return number < KNOWN_COUNT ? known[number] : NULL;
}

const struct platform *platform_find(const char *name) {
    for (size_t i = 0; i < KNOWN_COUNT; i++)
        if (strcmp(known[i]->name, name) == 0)
            return known[i];
    return NULL;
}

static int refuse(const struct platform *p, struct text t, const char *what, const char *expected,
                  struct winnow_error *err) {
    char shown[FOREIGN_SHOWN_MAX + 1];
    foreign_show(t, shown, sizeof shown);
    return winnow_fail(err, WINNOW_BAD_INPUT, "\"%s\" is no %s of %s: expected %s", shown, what,
                       p->title, expected);
}

static struct text id_text(const char *at, size_t size) {
    return (struct text){at, size > UINT32_MAX ? UINT32_MAX : (uint32_t)size};
}

int platform_check_id(const struct platform *p, const char *id, size_t size,
                      struct winnow_error *err) {
    struct text t = id_text(id, size);
    bool is = p->id(t) || (p->also != NULL && p->also(t));
    return is ? 0 : refuse(p, t, "id", p->id_expected, err);
}

int platform_check_exact_id(const struct platform *p, struct text id, struct winnow_error *err) {
    const char *expected = p->exact_expected != NULL ? p->exact_expected : p->id_expected;
    return p->id(id) ? 0 : refuse(p, id, "id", expected, err);
}

int platform_check_account(const struct platform *p, const char *account, size_t size,
                           struct winnow_error *err) {
    struct text t = id_text(account, size);
    return p->id(t) || p->handle(t) ? 0 : refuse(p, t, "account", p->account_expected, err);
}
