/* Login by OAuth 2.0's authorisation code (RFC 6749, RFC 7636): what differs between platforms is a
 * table, the rest is shared. Sans-IO as the adapters: requests are built and answers read here. */
#ifndef PLATFORM_WIRE_OAUTH_H
#define PLATFORM_WIRE_OAUTH_H

#include "platform/platform.h"

struct platform_oauth {
    /* Where the browser goes, when the campaign is on the platform's own server; NULL, or another
     * server: `authorize` there. */
    const char *authorize_url;
    const char *authorize; /* paths */
    const char *token;
    const char *revoke;
    const char *register_app; /* NULL: the user brings an app's client id */
    const char *metadata;     /* where the server says whether it takes PKCE; NULL: it does */
    const char *scopes;
    /* Asked for where the server does not know all of those; NULL: there are no fewer. */
    const char *scopes_fewer;
    /* Of what was granted, where the server says it, one of these at least: else nobody can be
     * unfollowed. Ended by NULL. */
    const char *needs[4];
    bool secret_in_header; /* a client secret goes into the Authorization header, else the body */
};

#define OAUTH_CODE_MAX     2048
#define OAUTH_REDIRECT_MAX 128
#define OAUTH_SCOPES_MAX   511
#define OAUTH_OUT_OF_BAND  "urn:ietf:wg:oauth:2.0:oob"

/* What a login puts together. Wipe it after: with code and verifier somebody could have the token.
 */
struct oauth_flow {
    struct platform_client client;
    char redirect[OAUTH_REDIRECT_MAX];
    const char *scopes; /* what the app was registered for; NULL: the platform's all */
    char state[64];
    char challenge[64], verifier[64]; /* "": no PKCE */
    char code[OAUTH_CODE_MAX + 1];
};

/* The tokens of an answer; wipe it after. */
struct oauth_grant {
    char access[PLATFORM_TOKEN_MAX + 1];
    char refresh[PLATFORM_TOKEN_MAX + 1]; /* "": none came */
    int64_t life_ms;                      /* of the access token; 0: not told */
    char scopes[OAUTH_SCOPES_MAX + 1];    /* what was granted; "": not told */
};

/* Does `granted` hold the scope, or the general one of its kind ("read" holds "read:lists")? */
bool oauth_scope_held(const char *granted, const char *scope);

/* The address for the browser. */
int oauth_authorize(const struct platform *p, const char *server, const struct oauth_flow *flow,
                    struct buffer *out, struct winnow_error *err);

int oauth_build_exchange(const struct platform *p, const struct oauth_flow *flow,
                         struct http_request *out, struct winnow_error *err);
int oauth_build_refresh(const struct platform *p, const struct platform_client *client,
                        const char *refresh, struct http_request *out, struct winnow_error *err);
/* An exchange's answer, or a refresh's. */
void oauth_read_grant(const struct platform *p, const struct http_response *in,
                      struct oauth_grant *grant, struct reply *out);

int oauth_build_revoke(const struct platform *p, const struct platform_client *client,
                       const char *token, struct http_request *out, struct winnow_error *err);
void oauth_read_revoke(const struct platform *p, const struct http_response *in, struct reply *out);

int oauth_build_register(const struct platform *p, const struct oauth_flow *flow,
                         struct http_request *out, struct winnow_error *err);
void oauth_read_register(const struct platform *p, const struct http_response *in,
                         struct platform_client *client, struct reply *out);

int oauth_build_metadata(const struct platform *p, struct http_request *out,
                         struct winnow_error *err);
/* Does the server say that it takes PKCE by S256? No document, no PKCE. */
bool oauth_read_metadata(const struct http_response *in);

#endif
