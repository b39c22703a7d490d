/* What the parts of the Bluesky adapter share: follows and sessions (bluesky.c), the evidence
 * that any PDS gives (bluesky_evidence.c), and what an AppView tells (bluesky_view.c). */
#ifndef PLATFORM_ADAPTERS_BLUESKY_H
#define PLATFORM_ADAPTERS_BLUESKY_H

#include "platform/wire/answer.h"
#include "platform/wire/page.h"

bool id_did(struct text t);      /* atproto.com/specs/did, at most FACT_ID_MAX */
bool id_rkey(struct text t);     /* atproto.com/specs/record-key */
bool handle_host(struct text t); /* a handle is a host name */

extern const struct answer_form bluesky_form;
/* `budget`: that of the headers' window, see bluesky_budget; NULL: none of ours */
void bluesky_settle(const struct answer *a, const char *budget);
void bluesky_observe(const struct answer *a, const char *budget);
const char *bluesky_budget(const struct http_response *in);

/* A page of a collection of the account's own repository. */
int bluesky_build_records(const struct platform_account *who, const char *collection,
                          struct text cursor, struct http_request *out, struct winnow_error *err);
/* A page of records to `each_page`, which hands over what is in them. */
int bluesky_read_records(const struct platform_account *who, const struct http_response *in,
                         int (*each_page)(const struct platform_account *who, const json_t *records,
                                          int64_t received_ms, struct platform_page *page),
                         struct platform_page *page, struct reply *out);
/* The record key at the end of at://DID/COLLECTION/RKEY, if the record is the account's own. */
bool bluesky_key(struct text uri, const char *own, const char *collection, struct text *rkey);

extern const struct platform_list bluesky_lists, bluesky_members, bluesky_posts, bluesky_likes,
    bluesky_reposts, bluesky_blocks, bluesky_repository, bluesky_shown, bluesky_notifications;
extern const struct platform_ask bluesky_profiles, bluesky_alone, bluesky_last, bluesky_lookup;
extern const struct platform_relations bluesky_relations;

#endif
