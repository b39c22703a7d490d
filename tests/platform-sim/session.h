/* Bluesky's sessions: access and refresh tokens that look like JWTs, expire and rotate.
 *
 * Happy path: session_issue makes a pair, session_check tells what an access token is worth,
 * session_use_refresh spends a refresh token (an already spent one works a while longer).
 * Failure: an unknown token is TOKEN_UNKNOWN. */
#ifndef PLATFORM_SIM_SESSION_H
#define PLATFORM_SIM_SESSION_H

#include "base.h"

enum token_state { TOKEN_UNKNOWN, TOKEN_EXPIRED, TOKEN_GOOD };

#define TOKENS 1024 /* the newest are remembered */

struct token {
    uint64_t hash;
    uint64_t expires_ns; /* monotonic */
    bool refresh;
    bool spent;
};

struct sessions {
    struct token token[TOKENS];
    uint64_t issued;
    uint64_t seed;
    uint64_t life_ns;
    uint64_t refresh_life_ns;
    uint64_t grace_ns;
};

/* Writes `"accessJwt":"…","refreshJwt":"…"` to out. */
void session_issue(struct sessions *sessions, const char *did, uint64_t mono_ns, uint64_t real_ns,
                   struct buf *out);
enum token_state session_check(const struct sessions *sessions, const char *token, bool refresh,
                               uint64_t mono_ns);
void session_use_refresh(struct sessions *sessions, const char *token, uint64_t mono_ns);
/* No token of the pair is good any more. */
void session_end(struct sessions *sessions, const char *refresh);
void session_expire_access(struct sessions *sessions, uint64_t mono_ns);

#endif
