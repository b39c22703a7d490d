/* The states of trouble: see drain_trouble.h. Happy path: calm. */
#include "core/drain/drain_trouble.h"

#include <string.h>

static const struct machine_kind kind = {
    .name = "trouble",
    .states = {"calm", "failing", "doubtful"},
    .events = {"success", "is well", "fails", "says nothing"},
    .next =
        {
            [TROUBLE_CALM] = {[TROUBLE_SUCCESS] = TO(TROUBLE_CALM),
                              [TROUBLE_IS_WELL] = TO(TROUBLE_CALM),
                              [TROUBLE_FAILS] = TO(TROUBLE_FAILING),
                              [TROUBLE_SAYS_NOTHING] = TO(TROUBLE_DOUBTFUL)},
            [TROUBLE_FAILING] = {[TROUBLE_SUCCESS] = TO(TROUBLE_CALM),
                                 [TROUBLE_IS_WELL] = TO(TROUBLE_CALM),
                                 [TROUBLE_FAILS] = TO(TROUBLE_FAILING),
                                 [TROUBLE_SAYS_NOTHING] = TO(TROUBLE_DOUBTFUL)},
            [TROUBLE_DOUBTFUL] = {[TROUBLE_SUCCESS] = TO(TROUBLE_CALM),
                                  [TROUBLE_IS_WELL] = TO(TROUBLE_DOUBTFUL),
                                  [TROUBLE_FAILS] = TO(TROUBLE_DOUBTFUL),
                                  [TROUBLE_SAYS_NOTHING] = TO(TROUBLE_DOUBTFUL)},
        },
};

static void check(const struct drain_trouble *t, struct machine_fault *fault) {
    machine_holds(&kind, t->state, (t->streak > 0) == (t->state == TROUBLE_DOUBTFUL),
                  "somebody is doubtful exactly then", fault);
    machine_holds(&kind, t->state, t->state != TROUBLE_CALM || t->failures == 0,
                  "nothing failed in a row", fault);
    machine_holds(&kind, t->state, t->state != TROUBLE_FAILING || t->failures > 0,
                  "something failed in a row", fault);
}

void drain_trouble_move(struct drain_trouble *t, enum drain_trouble_event event,
                        struct machine_fault *fault) {
    if (!machine_move(&kind, &t->state, event, fault))
        return;
    if (event == TROUBLE_SUCCESS || event == TROUBLE_IS_WELL) {
        t->failures = 0;
        t->busy = 0;
    } else {
        t->failures++;
    }
    if (event == TROUBLE_SUCCESS) {
        t->streak = 0;
        t->well = true;
        t->fresh_first = false;
    }
    if (event != TROUBLE_SAYS_NOTHING) /* then the streak is counted first */
        check(t, fault);
}

static bool in_streak(const struct drain_trouble *t, uint32_t position) {
    for (uint32_t i = 0; i < t->streak; i++)
        if (t->streak_of[i] == position)
            return true;
    return false;
}

void drain_trouble_doubt(struct drain_trouble *t, uint32_t position, struct machine_fault *fault) {
    drain_trouble_move(t, TROUBLE_SAYS_NOTHING, fault);
    t->fresh_first = true; /* another tells whether it is this one */
    if (!in_streak(t, position) && t->streak < DRAIN_STREAK_MAX)
        t->streak_of[t->streak++] = position;
    check(t, fault);
}

void drain_trouble_slow(struct drain_trouble *t, int64_t until_ms, const char *reason) {
    if (until_ms <= t->slow_until_ms)
        return;
    t->slow_until_ms = until_ms;
    size_t size = strnlen(reason, sizeof t->slow_reason - 1);
    memcpy(t->slow_reason, reason, size);
    t->slow_reason[size] = '\0';
}

int64_t drain_trouble_wait_ms(struct drain_trouble *t, const struct backoff *backoff,
                              uint32_t failures, uint64_t seed) {
    return backoff_wait_ms(backoff, failures, seed + t->draws++);
}

/* A server that refuses again when its own time has come tells it too early, or counts what it
 * refuses: each such round waits longer, so that it is not asked at that pace for ever. What
 * several requests in flight are told at once is one round. */
int64_t drain_trouble_patient(struct drain_trouble *t, const struct backoff *backoff, uint64_t seed,
                              int64_t until_ms, int64_t now_ms) {
    if (now_ms >= t->busy_until_ms)
        t->busy++;
    if (t->busy > 1) {
        int64_t least_ms = drain_trouble_wait_ms(t, backoff, t->busy - 1, seed);
        until_ms = now_ms + least_ms > until_ms ? now_ms + least_ms : until_ms;
    }
    if (until_ms > t->busy_until_ms)
        t->busy_until_ms = until_ms;
    return until_ms;
}
