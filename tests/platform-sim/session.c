/* Bluesky's sessions: a ring of the newest tokens, known by their hash.
 *
 * Happy path: two tokens a session; the signature is a hash from the seed, good enough for a
 * server that only ever checks its own.
 * Failure: tokens that fell out of the ring are unknown again. */
#include "session.h"

#include <stdio.h>
#include <string.h>

static uint64_t token_hash(const char *token) {
    uint64_t hash = 0;
    for (const char *at = token; *at != '\0'; at++) {
        hash = sim_mix(hash ^ (unsigned char)*at);
    }
    return hash;
}

static void issue(struct sessions *sessions, const char *did, bool refresh, uint64_t mono_ns,
                  uint64_t real_ns, struct buf *out) {
    uint64_t life = refresh ? sessions->refresh_life_ns : sessions->life_ns;
    uint64_t number = ++sessions->issued;
    char text[512];
    char sign[64];
    struct buf token = {0};
    int len =
        snprintf(text, sizeof text,
                 "{\"scope\":\"com.atproto.%s\",\"sub\":\"%.200s\",\"iat\":%llu,"
                 "\"exp\":%llu,\"jti\":\"%016llx\"}",
                 refresh ? "refresh" : "access", did, (unsigned long long)(real_ns / NS_PER_S),
                 (unsigned long long)((real_ns + life) / NS_PER_S),
                 (unsigned long long)sim_mix(sessions->seed ^ number));
    buf_str(&token, "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJIUzI1NiJ9.");
    base64url(&token, text, (size_t)len);
    len = snprintf(sign, sizeof sign, "%016llx%016llx",
                   (unsigned long long)sim_mix(sessions->seed + number),
                   (unsigned long long)token_hash(token.text));
    buf_str(&token, ".");
    base64url(&token, sign, (size_t)len);
    sessions->token[number % TOKENS] = (struct token){
        .hash = token_hash(token.text), .expires_ns = mono_ns + life, .refresh = refresh};
    buf_put(out, token.text, token.len);
    buf_free(&token);
}

void session_issue(struct sessions *sessions, const char *did, uint64_t mono_ns, uint64_t real_ns,
                   struct buf *out) {
    buf_str(out, "\"accessJwt\":\"");
    issue(sessions, did, false, mono_ns, real_ns, out);
    buf_str(out, "\",\"refreshJwt\":\"");
    issue(sessions, did, true, mono_ns, real_ns, out);
    buf_str(out, "\"");
}

static uint64_t session_find(const struct sessions *sessions, const char *token) {
    uint64_t hash = token_hash(token);
    uint64_t oldest = sessions->issued > TOKENS ? sessions->issued - TOKENS : 0;
    for (uint64_t n = sessions->issued; n > oldest; n--) {
        if (sessions->token[n % TOKENS].hash == hash) {
            return n;
        }
    }
    return 0;
}

enum token_state session_check(const struct sessions *sessions, const char *token, bool refresh,
                               uint64_t mono_ns) {
    uint64_t number = session_find(sessions, token);
    if (number == 0 || sessions->token[number % TOKENS].refresh != refresh) {
        return TOKEN_UNKNOWN;
    }
    return sessions->token[number % TOKENS].expires_ns > mono_ns ? TOKEN_GOOD : TOKEN_EXPIRED;
}

void session_use_refresh(struct sessions *sessions, const char *token, uint64_t mono_ns) {
    uint64_t number = session_find(sessions, token);
    struct token *used = &sessions->token[number % TOKENS];
    if (number == 0 || used->spent) {
        return;
    }
    used->spent = true;
    uint64_t until = mono_ns + sessions->grace_ns;
    used->expires_ns = until < used->expires_ns ? until : used->expires_ns;
}

/* A pair has two numbers in a row, the access token's first. */
void session_end(struct sessions *sessions, const char *refresh) {
    uint64_t number = session_find(sessions, refresh);
    if (number > 1) {
        sessions->token[number % TOKENS].expires_ns = 0;
        sessions->token[(number - 1) % TOKENS].expires_ns = 0;
    }
}

void session_expire_access(struct sessions *sessions, uint64_t mono_ns) {
    for (size_t i = 0; i < TOKENS; i++) {
        struct token *token = &sessions->token[i];
        if (!token->refresh && token->expires_ns > mono_ns) {
            token->expires_ns = mono_ns;
        }
    }
}
