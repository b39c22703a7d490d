/* OAuth 2.0 as X and Mastodon do it: apps, authorisation codes, tokens that expire and rotate.
 *
 * Happy path: oauth_serve answers everything under the OAuth paths; oauth_knows tells the platforms
 * whether a bearer token is one that was given here and is still good.
 * Failure: an error body as RFC 6749 has it; a code or a refresh token that was used is refused. */
#ifndef PLATFORM_SIM_OAUTH_H
#define PLATFORM_SIM_OAUTH_H

#include "base.h"

#define OAUTH_MOST 4096 /* apps, codes and tokens, each */

struct oauth_app {
    char id[64];
    char secret[64]; /* "": a public app */
    char redirect[256];
    bool mastodon;
};

struct oauth_code {
    char text[64];
    char challenge[64]; /* "": none was given */
    char redirect[256];
    uint32_t app;
    uint64_t expires_ns;
    bool used;
};

struct oauth_token {
    char text[64];
    uint32_t app;
    uint64_t expires_ns;
    bool refresh, gone; /* gone: used, or revoked */
};

struct oauth {
    struct oauth_app app[OAUTH_MOST];
    struct oauth_code code[OAUTH_MOST];
    struct oauth_token token[OAUTH_MOST];
    uint32_t apps, codes, tokens;
    uint64_t seed, code_life_ns, token_life_ns, refresh_life_ns;
    bool no_pkce;       /* an older Mastodon: no metadata, and challenges are ignored */
    char verifier[160]; /* of the last exchange, so that tests can look for it */
    struct {
        uint32_t authorised, exchanges, refreshes, refused, reused, revoked;
    } is;
};

#endif
