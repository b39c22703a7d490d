/* Whose credential it is: the one reader of the answers to build_whoami. What differs between
 * platforms is a table. */
#ifndef PLATFORM_WIRE_WHOAMI_H
#define PLATFORM_WIRE_WHOAMI_H

#include "platform/wire/answer.h"

struct whoami {
    const struct answer_form *form;
    /* Who a 200 speaks of; false: it is not understood, and `settle` says what it means. */
    bool (*identify)(const json_t *root, struct platform_identity *who);
    void (*settle)(struct answer *a, const json_t *root);
    void (*observe)(const struct answer *a); /* what the headers tell of budgets; NULL: nothing */
};

void whoami_read(const struct whoami *w, const struct http_response *in,
                 struct platform_identity *who, struct reply *out);

/* The members of a profile. */
struct profile_form {
    const char *id, *handle, *following, *followers; /* but for the id, NULL: it has none such */
    platform_syntax *is_id, *is_handle;
};

/* Nobody yet. */
extern const struct platform_identity whoami_nobody;

/* Fill `who` from a profile, and its counts from the object that has them. A handle of another
 * syntax, and a count that is not told, stay unknown. False: it has no id, or none of the platform's. */
bool whoami_profile(const json_t *profile, const json_t *counts, const struct profile_form *form,
                    struct platform_identity *who);

#endif
