/* The access token, as the drain sees it.
 *
 *   good --is due--> wanted --ask--> asking --renewed, taken--> good
 *                       ^               |
 *                       +----fails------+
 *
 * A token that is refused soon after it was renewed has not expired: the run stops. */
#ifndef CORE_DRAIN_DRAIN_TOKEN_H
#define CORE_DRAIN_DRAIN_TOKEN_H

#include "core/base/machine.h"

/* A token that is refused within this time has not expired. */
#define DRAIN_TOKEN_YOUNG_MS INT64_C(300000)
/* So many refusals of tokens in a row, each refreshed since, are not about their age. */
#define DRAIN_TOKEN_REFUSALS_MAX 10

enum drain_token_state { TOKEN_GOOD, TOKEN_WANTED, TOKEN_ASKING };

enum drain_token_event {
    TOKEN_IS_DUE,  /* it expires soon, or a server takes it no more */
    TOKEN_ASK,     /* the request for a new one leaves; its cost is held */
    TOKEN_RENEWED, /* here is a new one */
    TOKEN_TAKEN,   /* here is one that another process got; it may be old */
    TOKEN_FAILS,   /* not now */
};

struct drain_token {
    uint8_t state;         /* enum drain_token_state */
    bool renewed;          /* by us, and no success since */
    int64_t renewed_at_ms; /* then */
    uint32_t refusals;     /* in a row, with no success between */
};

/* Nothing else may be in the air while a new one is asked for: `in_air` requests are. */
bool drain_token_move(struct drain_token *t, enum drain_token_event event, int64_t now_ms,
                      uint32_t in_air, struct machine_fault *fault);
/* A server refuses it. False: not for its age. */
bool drain_token_expired(struct drain_token *t, int64_t now_ms, struct machine_fault *fault);

#endif
