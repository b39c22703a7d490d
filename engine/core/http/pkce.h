/* Proof Key for Code Exchange (RFC 7636), method S256: who asks for an authorisation code proves by
 * the verifier that they are the one who trades it. Randomness is a parameter. */
#ifndef CORE_HTTP_PKCE_H
#define CORE_HTTP_PKCE_H

#include <stdbool.h>
#include <stddef.h>

#define PKCE_RANDOM 32
#define PKCE_TEXT   43 /* base64url of 32 bytes, without padding */

struct pkce {
    char verifier[PKCE_TEXT + 1];  /* secret until it is sent with the code; wipe it after */
    char challenge[PKCE_TEXT + 1]; /* base64url of its SHA-256; may be seen */
};

void pkce_make(const unsigned char random[PKCE_RANDOM], struct pkce *out);

/* Random bytes as text that fits in a URL; for a `state`. */
void pkce_text(const unsigned char random[PKCE_RANDOM], char out[PKCE_TEXT + 1]);

/* Are the two equal? Takes the same time wherever they differ. */
bool pkce_same(const char *a, const char *b);

#endif
