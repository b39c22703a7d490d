/* Replies: see reply.h. Happy path: each sentinel becomes a name. Cannot fail: where the call has
 * no budget of its own, an observation is left out, and a wait holds for all. */
#include "core/reply/reply.h"

const char reply_own_budget[] = "";

void reply_name_own(struct reply *reply, const struct limiter *l, enum budget_call call) {
    const char *name = limiter_of_call(l, call);
    size_t kept = 0;
    if (reply->budget == reply_own_budget)
        reply->budget = name;
    for (size_t i = 0; i < reply->seen_count; i++) {
        struct reply_observation seen = reply->seen[i];
        if (seen.budget == reply_own_budget)
            seen.budget = name;
        if (seen.budget != NULL)
            reply->seen[kept++] = seen;
    }
    reply->seen_count = kept;
}

int reply_fail(const struct reply *reply, struct winnow_error *err) {
    enum winnow_code code = WINNOW_NETWORK;
    if (reply->action == REPLY_STOP)
        code = reply->code;
    else if (reply->action == REPLY_REFRESH)
        code = WINNOW_CREDENTIAL;
    else if (reply->action == REPLY_STREAK)
        code = WINNOW_SAFETY;
    return winnow_fail(err, code, "%s", reply->reason);
}
