/* What the platform answers to one that asks for a token, a profile or a list. */
#include "sim.h"

#include <stdio.h>
#include <string.h>

static bool asks_for(const char *target, const char *path) {
    return strncmp(target, path, strlen(path)) == 0;
}

void asked_route(struct sim *sim, const struct http_request *q, const char *secret,
                 struct asked_answer *a) {
    char target[512];
    char body[1024];
    snprintf(target, sizeof target, "%.*s", (int)q->target.size, buffer_text(&q->target));
    snprintf(body, sizeof body, "%.*s", (int)q->body.size, buffer_text(&q->body));
    const char *refresh = strstr(body, "refresh_token=refresh-");
    if (asks_for(target, "/2/oauth2/token") && refresh != NULL)
        tokens_answer(sim, token_number(refresh), a);
    else if (asks_for(target, "/xrpc/com.atproto.server.refreshSession"))
        tokens_answer(sim, token_number(secret), a);
    else
        sim_violated(sim, 0, "the platform does not know %s", target);
}
