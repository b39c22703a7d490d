/* Trading a refresh token for a new pair. It may be used once only, so the pair's file is locked from
 * the reading of the old pair until the new one is on disk; another process that did so meanwhile is
 * noticed, and its pair taken.
 *
 *   refresh_begin    reads what is on disk and builds the request
 *   (the caller sends it: it may do other things until the answer comes)
 *   refresh_answer   reads the new pair and writes it
 *   refresh_end      unlocks, and wipes what was secret; always, after refresh_begin
 *
 * Fails with WINNOW_CREDENTIAL when the server takes the token no more: the message names the
 * command for a new login. */
#ifndef WORK_SESSION_REFRESH_H
#define WORK_SESSION_REFRESH_H

#include "core/http/http.h"
#include "core/reply/reply.h"
#include "io/files/secret_file.h"
#include "work/session/credential.h"

struct refresh {
    struct winnow *winnow;
    const struct platform *platform;
    const struct store_campaign *campaign;
    struct credential credential; /* what the caller holds; afterwards what is on disk */
    struct http_request request;  /* after refresh_begin */
    struct secret_lock lock;
};

/* What came of a refresh; -1 where it failed for good. */
enum refresh_result {
    REFRESH_DONE = 0, /* of refresh_begin: the request is built */
    REFRESH_PASSING =
        1, /* it failed in a way that may pass: no network, a server in trouble, too many
                            requests, another process at work on the pair */
    REFRESH_TAKEN = 2, /* another process's pair was taken, which may be old already */
};

/* Is there anything to refresh with? */
bool refresh_possible(const struct platform *platform, const struct credential *credential);

/* `r` has its first four members. With `wait`, ten seconds for another process that holds the pair;
 * without, that is REFRESH_PASSING at once. */
int refresh_begin(struct refresh *r, bool wait, struct winnow_error *err);
int refresh_answer(struct refresh *r, const struct http_response *response,
                   struct winnow_error *err);
void refresh_end(struct refresh *r);

#endif
