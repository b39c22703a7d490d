/* The syntax of ids, handles and keys, by platform. */
#ifndef PLATFORM_IDS_H
#define PLATFORM_IDS_H

#include "core/facts/facts.h"

#include <stdbool.h>

/* Digits, and the first of them no needless zero: "012" is no other way to write 12, but nobody's.
 */
bool id_x(struct text t);        /* ^[0-9]{1,19}$: xdevplatform/docs, openapi.json, UserId */
bool id_mastodon(struct text t); /* digits on Mastodon, ULIDs on GoToSocial, MD5 on snac */
bool id_did(struct text t);      /* atproto.com/specs/did, at most FACT_ID_MAX */
bool id_rkey(struct text t);     /* atproto.com/specs/record-key */
bool id_github(struct text t);   /* digits */
bool id_login(struct text t);    /* of GitHub; managed users' have an underscore */

bool handle_x(struct text t);        /* letters, digits, _; at most 15 */
bool handle_mastodon(struct text t); /* name, or name@host */
bool handle_host(struct text t);     /* a Bluesky handle is a host name */

#endif
