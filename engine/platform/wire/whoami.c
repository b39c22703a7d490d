/* Whose credential it is: see whoami.h. Happy path: a 200 with a profile that has an id. Fails into
 * a reply, and then names nobody. */
#include "platform/wire/whoami.h"

#include "core/base/foreign.h"

const struct platform_identity whoami_nobody = {.following = -1, .followers = -1};

static int64_t count_of(const json_t *counts, const char *key) {
    int64_t count;
    return key != NULL && body_count(counts, key, &count) ? count : -1;
}

bool whoami_profile(const json_t *profile, const json_t *counts, const struct profile_form *form,
                    struct platform_identity *who) {
    char scratch[BODY_ID_SCRATCH];
    struct text id;
    struct text handle;
    if (!body_id(profile, form->id, scratch, &id) || !form->is_id(id))
        return false;
    foreign_copy(id, who->id, sizeof who->id);
    if (form->handle != NULL && body_text(profile, form->handle, &handle) &&
        form->is_handle(handle))
        foreign_copy(handle, who->handle, sizeof who->handle);
    who->following = count_of(counts, form->following);
    who->followers = count_of(counts, form->followers);
    return true;
}

void whoami_read(const struct whoami *w, const struct http_response *in,
                 struct platform_identity *who, struct reply *out) {
    json_t *root = answer_body(in);
    struct answer a = answer_of(w->form, in, out, WHEN_READ, root);
    *who = whoami_nobody;
    if (answer_begin(&a)) {
        if (in->status == 200 && w->identify(root, who)) {
            answer_done(&a, OUTCOME_NONE);
        } else {
            *who = whoami_nobody;
            w->settle(&a, root);
        }
        if (w->observe != NULL)
            w->observe(&a);
    }
    json_decref(root);
}
