/* The token's states: see drain_token.h. Happy path: good. */
#include "core/drain/drain_token.h"

static const struct machine_kind kind = {
    .name = "token",
    .states = {"good", "wanted", "asking"},
    .events = {"is due", "ask", "renewed", "taken", "fails"},
    .next =
        {
            [TOKEN_GOOD] = {[TOKEN_IS_DUE] = TO(TOKEN_WANTED)},
            [TOKEN_WANTED] = {[TOKEN_IS_DUE] = TO(TOKEN_WANTED), [TOKEN_ASK] = TO(TOKEN_ASKING)},
            [TOKEN_ASKING] = {[TOKEN_IS_DUE] = TO(TOKEN_ASKING),
                              [TOKEN_RENEWED] = TO(TOKEN_GOOD),
                              [TOKEN_TAKEN] = TO(TOKEN_GOOD),
                              [TOKEN_FAILS] = TO(TOKEN_WANTED)},
        },
};

bool drain_token_move(struct drain_token *t, enum drain_token_event event, int64_t now_ms,
                      uint32_t in_air, struct machine_fault *fault) {
    if (!machine_move(&kind, &t->state, event, fault))
        return false;
    if (event == TOKEN_RENEWED) {
        t->renewed = true;
        t->renewed_at_ms = now_ms;
    }
    machine_holds(&kind, t->state, t->state != TOKEN_ASKING || in_air == 0,
                  "nothing is sent with the old one meanwhile", fault);
    return true;
}

/* Between a refresh and the next request there can be a wait that is longer than a token lives. */
bool drain_token_expired(struct drain_token *t, int64_t now_ms, struct machine_fault *fault) {
    bool young = t->renewed && now_ms - t->renewed_at_ms < DRAIN_TOKEN_YOUNG_MS;
    if (t->state == TOKEN_WANTED) /* another answer of the same time said so */
        return true;
    if (young || ++t->refusals > DRAIN_TOKEN_REFUSALS_MAX)
        return false;
    return drain_token_move(t, TOKEN_IS_DUE, now_ms, 0, fault);
}
