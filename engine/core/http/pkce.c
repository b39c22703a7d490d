/* PKCE: see pkce.h. Happy path: 32 random bytes become the verifier, its hash the challenge. Cannot
 * fail. */
#include "core/http/pkce.h"

#include <nettle/base64.h>
#include <nettle/memops.h>
#include <nettle/sha2.h>
#include <string.h>

void pkce_text(const unsigned char random[PKCE_RANDOM], char out[PKCE_TEXT + 1]) {
    char padded[BASE64_ENCODE_LENGTH(PKCE_RANDOM) + BASE64_ENCODE_FINAL_LENGTH];
    struct base64_encode_ctx ctx;
    base64url_encode_init(&ctx);
    size_t size = base64_encode_update(&ctx, padded, PKCE_RANDOM, random);
    base64_encode_final(&ctx, padded + size);
    memcpy(out, padded, PKCE_TEXT); /* what follows is padding */
    out[PKCE_TEXT] = '\0';
    explicit_bzero(padded, sizeof padded);
    explicit_bzero(&ctx, sizeof ctx);
}

void pkce_make(const unsigned char random[PKCE_RANDOM], struct pkce *out) {
    struct sha256_ctx ctx;
    unsigned char digest[SHA256_DIGEST_SIZE];
    pkce_text(random, out->verifier);
    sha256_init(&ctx);
    sha256_update(&ctx, PKCE_TEXT, (const unsigned char *)out->verifier);
    sha256_digest(&ctx, sizeof digest, digest);
    pkce_text(digest, out->challenge);
    explicit_bzero(&ctx, sizeof ctx);
}

bool pkce_same(const char *a, const char *b) {
    size_t size = strlen(a);
    return size == strlen(b) && memeql_sec(a, b, size) != 0;
}
