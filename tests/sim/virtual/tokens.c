/* Sessions: see tokens.h. Happy path: a refresh token is traded once for a new pair, which is in
 * the file before it is used. What must hold: a refresh token is never presented again once its
 * successor is in the file; who lives on after the answer has it there; a session that is lost was
 * lost by an answer that nobody heard, or by a process that died between hearing and writing. */
#include "tokens.h"
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "work/session/caller.h"

uint32_t token_number(const char *text) {
    const char *dash = strchr(text, '-');
    return dash == NULL ? 0 : (uint32_t)strtoul(dash + 1, NULL, 10);
}

/* ---- the file ---- */

/* By the simulation's own reading. */
static uint32_t look_at_file(const struct sim *sim) {
    char path[PATH_MAX + 32];
    char text[1024] = "";
    snprintf(path, sizeof path, "%s/credentials/c", sim->directory);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return 0;
    size_t size = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[size] = '\0';
    const char *access = strstr(text, "access-");
    const char *refresh = strstr(text, "refresh-");
    if (access == NULL || refresh == NULL || token_number(access) != token_number(refresh))
        return 0;
    return token_number(refresh);
}

/* ---- at the platform ---- */

static uint32_t add_pair(struct sim *sim) {
    struct tokens *t = &sim->server.tokens;
    int64_t now_ms = sim->machine.now_ms;
    if (t->count + 1 >= t->room) {
        t->room = t->room == 0 ? 64 : 2 * t->room;
        t->pairs = realloc(t->pairs, t->room * sizeof *t->pairs);
        if (t->pairs == NULL)
            abort();
    }
    t->pairs[++t->count] = (struct token_pair){
        .born_ms = now_ms, .access_until_ms = now_ms + sim->s.token_life_ms, .session = t->session};
    return t->count;
}

void tokens_free(struct tokens *t) {
    free(t->pairs);
    t->pairs = NULL;
}

static bool is_pair(const struct tokens *t, uint32_t pair) {
    return pair > 0 && pair <= t->count;
}

bool tokens_accept(const struct tokens *t, uint32_t pair, int64_t now_ms) {
    return is_pair(t, pair) && t->session != 0 && t->pairs[pair].session == t->session &&
           now_ms < t->pairs[pair].access_until_ms;
}

void tokens_expire(struct tokens *t, uint32_t pair, int64_t now_ms) {
    if (is_pair(t, pair) && t->pairs[pair].access_until_ms > now_ms)
        t->pairs[pair].access_until_ms = now_ms;
}

bool tokens_young(const struct tokens *t, uint32_t pair, int64_t now_ms) {
    return is_pair(t, pair) && now_ms - t->pairs[pair].born_ms < TOKEN_YOUNG_MS;
}

static void say_pair(const struct sim *sim, uint32_t pair, struct asked_answer *a) {
    char life[64] = "";
    a->status = 200;
    if (sim->s.token_life_told)
        snprintf(life, sizeof life, ",\"expires_in\":%lld",
                 (long long)(sim->s.token_life_ms / 1000));
    if (sim->s.which == ON_BLUESKY)
        snprintf(a->body, sizeof a->body,
                 "{\"did\":\"did:plc:me\",\"handle\":\"me.example\",\"active\":true,"
                 "\"accessJwt\":\"access-%u\",\"refreshJwt\":\"refresh-%u\"}",
                 pair, pair);
    else
        snprintf(a->body, sizeof a->body,
                 "{\"token_type\":\"bearer\",\"access_token\":\"access-%u\","
                 "\"refresh_token\":\"refresh-%u\"%s}",
                 pair, pair, life);
}

static void refuse_pair(struct sim *sim, struct asked_answer *a) {
    sim->asked.refused = true;
    a->status = 400;
    snprintf(a->body, sizeof a->body, "%s",
             sim->s.which == ON_BLUESKY
                 ? "{\"error\":\"ExpiredToken\",\"message\":\"Token has been revoked\"}"
                 : "{\"error\":\"invalid_request\",\"error_description\":\"it was used before\"}");
}

void tokens_answer(struct sim *sim, uint32_t pair, struct asked_answer *a) {
    struct tokens *t = &sim->server.tokens;
    bool known = is_pair(t, pair) && t->session != 0 && t->pairs[pair].session == t->session;
    t->on_disk = look_at_file(sim);
    if (is_pair(t, pair) &&
        (t->on_disk > pair || (sim->asked.answered_ok && t->pairs[pair].successor != 0)))
        sim_violated(sim, 0, "refresh token %u is used a second time, and pair %u is in the file",
                     pair, t->on_disk);
    if (known && t->pairs[pair].successor == 0) {
        uint32_t next = add_pair(sim);
        t->pairs[pair].successor = next;
        if (sim->s.old_access_dies)
            tokens_expire(t, pair, sim->machine.now_ms);
        sim->asked.answered_ok = true;
        say_pair(sim, next, a);
        return;
    }
    if (known) { /* used before, and the answer was never written down */
        t->session = 0;
        sim->met.sessions_lost++;
    }
    refuse_pair(sim, a);
}

/* ---- the process ---- */

void tokens_login(struct sim *sim) {
    struct tokens *t = &sim->server.tokens;
    static const struct platform_client app = {.id = "client"};
    struct credential c;
    t->session = t->count + 1; /* never one that was */
    uint32_t pair = add_pair(sim);
    c = (struct credential){.renew_ms = 0};
    snprintf(c.access, sizeof c.access, "access-%u", pair);
    if (t->on)
        snprintf(c.refresh, sizeof c.refresh, "refresh-%u", pair);
    if (t->on && sim->s.which == ON_X)
        credential_set_client(&c, &app);
    if (sim->s.token_life_told && sim->s.which == ON_X)
        c.renew_ms = credential_renew_ms(clock_now(&sim->w->clock), sim->s.token_life_ms);
    sim_must(sim, credential_write(sim->w, &sim->campaign, &c, &sim->err));
    t->on_disk = t->on ? look_at_file(sim) : 0;
    sim->met.logins++;
    sim_trace(sim, "login: pair %u", pair);
}

void tokens_read(struct sim *sim) {
    sim_must(sim, credential_read(sim->w, &sim->campaign, &sim->credential, &sim->err));
}

void tokens_look(struct sim *sim) {
    sim->server.tokens.on_disk = sim->s.tokens ? look_at_file(sim) : 0;
}

static int rotate(struct sim *sim, struct credential *c, struct winnow_error *why) {
    struct caller caller;
    asked_begin(sim, sim->asked.foreign);
    sim_must(sim, caller_open(&caller, sim->w, &sim->campaign, sim->platform, why));
    caller.credential = *c;
    int result = caller_refresh(&caller, why);
    *c = caller.credential;
    caller_close(&caller);
    sim->server.tokens.on_disk = look_at_file(sim);
    return result;
}

/* Of a rotation that the process lived through. */
static void check_rotation(struct sim *sim, int result, uint32_t before,
                           const struct winnow_error *why) {
    const struct tokens *t = &sim->server.tokens;
    if (t->on_disk == 0)
        sim_violated(sim, 0, "the credential file holds no pair");
    if ((result == 0 || result == 2) && token_number(sim->credential.access) != t->on_disk)
        sim_violated(sim, 0, "the process uses pair %u, and %u is in the file",
                     token_number(sim->credential.access), t->on_disk);
    if (sim->asked.answered_ok && t->on_disk != t->count && !sim->disk_full)
        sim_violated(sim, 0, "pair %u was heard of, and %u is in the file", t->count, t->on_disk);
    if (result == 1 && (sim->asked.faults == 0 || t->on_disk != before))
        sim_violated(sim, 6, "the refresh failed for now without a cause: %s", why->text);
    if (result < 0 && !sim->asked.refused && !sim->disk_full)
        sim_violated(sim, 6, "the refresh failed for good without a cause: %s", why->text);
}

int tokens_rotate(struct sim *sim, struct winnow_error *why) {
    uint32_t before = sim->server.tokens.on_disk;
    sim->asked.foreign = false;
    sim->machine.steps_left = dice_one_in(&sim->dice, sim->s.rotation_crash_one_in)
                                  ? (int)dice_below(&sim->dice, ROTATION_STEPS)
                                  : -1;
    int step = sim->machine.steps_left;
    int result = rotate(sim, &sim->credential, why);
    sim->machine.steps_left = -1;
    sim->met.rotations++;
    sim_trace(sim, "rotation: %d, pair %u in the file, was %u: %s", result,
              sim->server.tokens.on_disk, before, result == 0 ? "" : why->text);
    if (sim->machine.dead) {
        sim->met.rotation_crashes[step]++;
        return 0;
    }
    check_rotation(sim, result, before, why);
    if (result < 0) {
        sim->danger = true;
        sim->may_end[why->code] = true;
    }
    return result;
}

void tokens_rotate_elsewhere(struct sim *sim) {
    struct credential other;
    struct winnow_error why = {0};
    sim_must(sim, credential_read(sim->w, &sim->campaign, &other, &sim->err));
    sim->asked.foreign = true;
    int result = rotate(sim, &other, &why);
    sim->asked.foreign = false;
    sim->met.rotations_elsewhere++;
    sim_trace(sim, "rotation by another process: %d, pair %u in the file", result,
              sim->server.tokens.on_disk);
}
