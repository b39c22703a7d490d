/* Inside the reader of a Bluesky repository: what one record says of people. Pure. */
#ifndef FORMATS_BLUESKY_BLUESKY_RECORD_H
#define FORMATS_BLUESKY_BLUESKY_RECORD_H

#include "formats/bluesky/dag_cbor.h"

#define RECORD_MENTIONS_MAX 512u /* of one post, which has room for some hundred */

/* Views into the record; empty where it does not say. Which of them mean something its collection
 * tells. */
struct bluesky_record {
    struct text subject; /* a DID, or the address of a post */
    struct text list, name, purpose;
    struct text answered; /* reply.parent.uri */
    struct text quoted;   /* of the record that a post embeds, whatever it is */
    int64_t created_ms;   /* 0: not told */
    uint32_t mention_count;
    bool mentions_full;
    struct text mentions[RECORD_MENTIONS_MAX]; /* DIDs, as they stand there */
};

/* All of the bytes; false: `why`, as in struct dag. */
bool bluesky_record_read(struct bluesky_record *r, const void *at, size_t size, const char **why);

/* A DID as atproto.com/specs/did has it, of at most FACT_ID_MAX bytes. */
bool bluesky_is_did(struct text t);
/* A record key as atproto.com/specs/record-key has it. */
bool bluesky_is_rkey(struct text t);

/* "at://DID/COLLECTION/RKEY" or less; false: it names nobody by a DID. */
struct bluesky_uri {
    struct text did, collection, rkey;
};
bool bluesky_uri_read(struct text uri, struct bluesky_uri *out);

/* What 13 letters of a record key or revision say of when it was made; 0: nothing. */
int64_t bluesky_tid_ms(struct text t);

#endif
